export { type ForecastDesk, type InForce, type Made, openDesk } from './desk.ts';
export { type KeepUp, keepUp } from './keep-up.ts';
export { type ForecastOptions, type ForecastView, type Lookout, openLookout } from './lookout.ts';
export type { Outcome } from './models/blend.ts';
export { type Forecast, Forecaster, type SteppedForecast } from './models/forecaster.ts';
export type { Generation, History, Neighbour, ZoneRecord } from './models/record.ts';
export { chooseModel, type Interval, type IntervalSkill, regretPercent, type Skill, skillOf } from './models/skill.ts';
export type { ModelSkill } from './scores.ts';
export type { BandedForecast, ZoneForecast } from './zone-forecast.ts';
