/**
 * What a forecast rests on beside the past of its zone: weather and what operators forecast, as they were known when it is
 * made; and what is said of it afterwards, its hash and its licences.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  type OperatorArchive,
  type OperatorHistory,
  WEATHER_VARIABLES,
  type Weather,
  type WeatherRun,
  weatherRun,
} from '../grid/index.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import { at } from './models/numbers.ts';
import type { ZoneRecord } from './models/record.ts';
import type { ZoneForecast } from './zone-forecast.ts';

/** When a forecast begins, when it is made, and from when on is learned. What is known by `now` may be used at `origin`. */
export interface Moment {
  readonly since: Instant;
  readonly origin: Instant;
  readonly now: Instant;
}

/** Runs of weather that may be used in a forecast. */
export async function weatherAt(
  weather: Pick<Weather, 'runs'> | undefined,
  zone: string,
  { since, origin, now }: Moment,
): Promise<readonly WeatherRun[]> {
  const runs = (await weather?.runs(zone, { start: since, end: instant(now + 1) }, now)) ?? [];
  const before = runs.filter(({ knownAt }) => knownAt <= origin);
  const newest = runs.at(-1);
  // What was read since is known when this forecast is made, which is what counts.
  return newest === undefined || newest.knownAt <= origin ? before : [...before, reachingBack(newest, before, origin)];
}

/** What the operator of a zone forecast, as it may be used in a forecast; `undefined` where nothing is kept. */
export async function operatorAt(
  operators: Pick<OperatorArchive, 'history'> | undefined,
  zone: string,
  { since, origin, now }: Moment,
): Promise<OperatorHistory | undefined> {
  const told = await operators?.history(zone, { start: since, end: instant(now + 1) }, now);
  // As with weather.
  return (
    told && { ...told, runs: told.runs.map((run) => ({ ...run, knownAt: instant(Math.min(run.knownAt, origin)) })) }
  );
}

/** The licences of all that a forecast rests on: of its publisher, of weather and of the operator's forecasts. */
export function licenceOf(
  model: ZoneForecast['model'],
  [publisher, weather, operator]: readonly [Licensed, Licensed | undefined, Licensed | undefined],
): string {
  const hasWeather = weather !== undefined && model !== 'history' && model !== 'seasonal';
  return [
    publisher.licence,
    ...(hasWeather ? [`weather: ${weather.licence}`] : []),
    ...(operator === undefined ? [] : [`wind and sun: ${operator.licence}`]),
  ].join('; ');
}

interface Licensed {
  readonly licence: string;
}

/** sha256, hex, of what is learned from. */
export function vintageOf({ history, weather, operator = [] }: ZoneRecord): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([history.start, weather.length]))
    .update(history.intensityG);
  for (const { source, energyMWh } of history.generation ?? []) hash.update(source).update(energyMWh);
  for (const run of weather) {
    hash.update(JSON.stringify([run.start, run.knownAt]));
    for (const variable of WEATHER_VARIABLES) hash.update(run[variable]);
  }
  for (const run of operator)
    hash
      .update(JSON.stringify([run.start, run.knownAt]))
      .update(run.windMW)
      .update(run.solarMW);
  return hash.digest('hex');
}

/** `run` with the hours from `origin` to its start, where it begins later, as the newest of `earlier` runs tell them. */
function reachingBack(run: WeatherRun, earlier: readonly WeatherRun[], origin: Instant): WeatherRun {
  const lacking = Math.max(0, (run.start - origin) / HOUR);
  return weatherRun({ start: instant(Math.min(run.start, origin)), knownAt: origin }, (variable) => {
    const before = Array.from({ length: lacking }, (_, hour) => {
      const time = origin + hour * HOUR;
      const told = earlier.findLast(({ start, windMS }) => start <= time && time < start + windMS.length * HOUR);
      return told === undefined ? Number.NaN : at(told[variable], (time - told.start) / HOUR);
    });
    return Float64Array.from([...before, ...run[variable]]);
  });
}
