/**
 * What users get of the forecasts: one signal without generation or neighbours, a publisher that is some hours late, and
 * the hours from now on.
 *
 * @module
 */
import { Forecaster, skillOf, type ZoneRecord } from '../src/forecast/index.ts';
import { WEATHER_VARIABLES, type WeatherRun } from '../src/grid/index.ts';
import { DAY, HOUR, type Instant, instant } from '../src/units.ts';

/** As in `src/forecast/zone-forecast.ts`; a test holds the two together. */
const REHEARSED_DAYS = 150;
const REFIT_DAYS = 28;
const [LOW, HIGH] = [0.1, 0.9] as const;

/** 96 hours from `origin` on, in g/kWh. */
export interface InUse {
  readonly origin: Instant;
  readonly intensityG: Float64Array;
  readonly lowG: Float64Array;
  readonly highG: Float64Array;
}

/**
 * Forecasts at `origins` (ascending, at one hour of the day). The first is that of `forecastZone`. For the others the
 * rehearsal goes on where it was instead of beginning anew: it is longer than 150 days, and refits fall on other days.
 */
export function* forecastsInUse(record: ZoneRecord, origins: readonly Instant[]): Generator<InUse> {
  const [first, last] = [origins[0], origins.at(-1)];
  if (first === undefined || last === undefined) return;
  const forecaster = new Forecaster(record, new Date(first).getUTCHours());
  const asked = new Set<number>(origins);
  let learned = Number.NEGATIVE_INFINITY;
  for (let origin = first - REHEARSED_DAYS * DAY; origin <= last; origin += DAY) {
    if (asked.has(origin) || origin - learned >= REFIT_DAYS * DAY) {
      forecaster.learn(origin);
      learned = origin;
    }
    forecaster.observe(origin);
    const at = instant(origin);
    const forecast = forecaster.issue(at);
    if (forecast === undefined || !asked.has(origin)) continue;
    const { intensityG } = forecast;
    yield { origin: at, intensityG, lowG: forecaster.quantile(at, LOW), highG: forecaster.quantile(at, HIGH) };
  }
}

/**
 * A record as it is kept in use. A forecast made at one of `moments` rests on the hours up to `lagHours` before, and on
 * the run of weather that begins at the moment: it is handed to the forecast as known at its origin, with the hours
 * before its start from the newest run before it.
 */
export function recordInUse(record: ZoneRecord, moments: readonly Instant[], lagHours: number): ZoneRecord {
  const { start, intensityG } = record.history;
  const reaching = lagHours === 0 ? [] : moments.flatMap((moment) => reachingBack(record.weather, moment, lagHours));
  const weather = [...record.weather, ...reaching].sort((a, b) => a.knownAt - b.knownAt);
  return { ...record, history: { start, intensityG }, weather, neighbours: [] };
}

function reachingBack(runs: readonly WeatherRun[], moment: Instant, lagHours: number): WeatherRun[] {
  const origin = instant(moment - lagHours * HOUR);
  const run = runs.find(({ start }) => start === moment);
  const before = runs.findLast(({ knownAt }) => knownAt <= origin);
  if (run === undefined || before === undefined) return [];
  const place = (origin - before.start) / HOUR;
  if (place + lagHours > before.windMS.length) return [];
  const join = (variable: (typeof WEATHER_VARIABLES)[number]): Float64Array =>
    Float64Array.from([...before[variable].subarray(place, place + lagHours), ...run[variable]]);
  const joined = {
    start: origin,
    knownAt: origin,
    windMS: join('windMS'),
    temperatureC: join('temperatureC'),
    dewPointC: join('dewPointC'),
    radiationW: join('radiationW'),
    rainMm: join('rainMm'),
  };
  return WEATHER_VARIABLES.some((variable) => joined[variable].some(Number.isNaN)) ? [] : [joined];
}

/** Of the hours from now on, percent: mean |f / y − 1|, and hours of day 1 within p10 to p90. */
export interface SkillInUse {
  readonly firstHours: number;
  readonly dayOne: number;
  readonly all: number;
  readonly within: number;
}

/** `truthG`: what came of the 96 hours from the origin, of which the first `lagHours` have passed. */
export function skillInUse({ intensityG, lowG, highG }: InUse, truthG: Float64Array, lagHours: number): SkillInUse {
  const upTo = (hours: number) =>
    skillOf(intensityG, truthG, [{ level: HIGH - LOW, lowG, highG }], lagHours, Math.min(lagHours + hours, 96));
  const dayOne = upTo(24);
  return {
    firstHours: upTo(6).mapePercent,
    dayOne: dayOne.mapePercent,
    all: upTo(96).mapePercent,
    within: 100 * (dayOne.intervals[0]?.coverage ?? Number.NaN),
  };
}
