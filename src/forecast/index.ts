export type { Outcome } from './blend.ts';
export { type Forecast, Forecaster, type SteppedForecast } from './forecaster.ts';
export type { Generation, History, Neighbour, ZoneRecord } from './record.ts';
export { chooseModel, type Interval, type IntervalSkill, regretPercent, type Skill, skillOf } from './skill.ts';
