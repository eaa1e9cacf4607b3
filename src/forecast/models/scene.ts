/**
 * What is known at an origin, laid out for the regression: the last four weeks, four days of weather ahead, and weather
 * as it was forecast for the days behind. Read from a record without a look at anything later than the origin.
 *
 * @module
 */
import type { OperatorRun, WeatherRun } from '../../grid/index.ts';
import { DAY, HOUR, instant } from '../../units.ts';
import { ahead, at, dayBack, everyDay, HORIZON, meanDay, meanOf } from './numbers.ts';
import { hoursBefore, runIndexAt, type ZoneRecord } from './record.ts';

const DAYS = 28;

/** Hours so far, as logarithms: multiplicative errors are alike on clean and dirty days. */
export interface Past {
  /** ln g/kWh of the last 28 days. */
  readonly log: Float64Array;
  readonly yesterday: Float64Array;
  readonly week: Float64Array;
  readonly month: Float64Array;
  /** The same hour of the same weekday a week earlier, for each hour ahead. */
  readonly weekAgo: Float64Array;
  /** A first guess for each hour ahead; the regression learns what differs from it. */
  readonly base: Float64Array;
}

/** The hours of a variable. */
export type Variables = (name: Variable) => Float64Array;

/** Weather ahead by variable, and what it is compared with: half yesterday's, half the last week's at the same hour. */
export interface Weather {
  readonly ahead: Variables;
  readonly usual: Variables;
  readonly yesterday: Variables;
}

/** What was generated: shares of each source and the logarithm of the total, over the last week. */
export interface Mix {
  readonly sources: readonly string[];
  readonly shares: readonly Float64Array[];
  readonly logTotal: Float64Array;
  /** MWh in each hour. */
  readonly total: Float64Array;
}

/** What the operator forecast of wind or sun, MW. */
export interface Expected {
  readonly source: 'wind' | 'solar';
  /** Of each hour ahead; beyond the reach of the forecast, and in its gaps, what is usual. */
  readonly ahead: Float64Array;
  /** Half yesterday's, half the last week's at the same hour, as they had been forecast. */
  readonly usual: Float64Array;
  /** Days ahead of which it is told, one after the other: in at least {@link FEWEST_AHEAD} hours each. */
  readonly days: number;
}

export interface Scene {
  readonly origin: number;
  readonly past: Past;
  readonly weather: Weather | undefined;
  readonly mix: Mix | undefined;
  /** Wind and sun, as far as their forecast reaches from the origin on. */
  readonly operator: readonly Expected[];
  readonly neighbours: readonly { readonly past: Past; readonly weather: Weather }[];
}

/**
 * What weather does to a grid. `sigmoid` is the power curve of a wind fleet, `cubed` that of a single turbine, `panels`
 * the output of panels that lose 0.4 % per kelvin; the hinges are heating and cooling.
 */
const VARIABLES = {
  wind: (wind) => wind,
  temperature: (_, temperature) => temperature,
  dewPoint: (_, __, dewPoint) => dewPoint,
  radiation: (_, __, ___, radiation) => radiation,
  rain: (_, __, ___, ____, rain) => rain,
  squared: (wind) => wind * wind,
  cubed: (wind) => Math.min(wind, 12) ** 3 / 100,
  over18: (_, temperature) => Math.max(temperature - 18, 0),
  under15: (_, temperature) => Math.max(15 - temperature, 0),
  sigmoid: (wind) => 1 / (1 + Math.exp((6 - wind) / 1.2)),
  strong: (wind) => Math.max(wind - 8, 0),
  calm: (wind) => Math.max(4 - wind, 0),
  panels: (_, temperature, __, radiation) => (radiation / 1000) * (1 - 0.004 * Math.max(temperature - 20, 0)),
  rootRadiation: (_, __, ___, radiation) => Math.sqrt(Math.max(radiation, 0) / 1000),
  over24: (_, temperature) => Math.max(temperature - 24, 0),
  under5: (_, temperature) => Math.max(5 - temperature, 0),
} as const satisfies Record<
  string,
  (wind: number, temperature: number, dewPoint: number, radiation: number, rain: number) => number
>;

export type Variable = keyof typeof VARIABLES;

function pastOf(start: ZoneRecord['history']['start'], intensityG: Float64Array, origin: number): Past | undefined {
  const found = hoursBefore(start, intensityG, origin, 24 * DAYS);
  if (found === undefined) return undefined;
  const log = found.map((value) => Math.log(Math.max(value, 1)));
  const yesterday = dayBack(log, 1);
  const week = meanDay(log, 7);
  const weekAgo = log.subarray(log.length - 168, log.length - 168 + HORIZON);
  const base = ahead((h) => 0.5 * at(yesterday, h % 24) + 0.35 * at(week, h % 24) + 0.15 * at(weekAgo, h));
  return { log, yesterday, week, month: meanDay(log, DAYS), weekAgo, base };
}

const DAYS_OF_WEATHER = 7;

/** Where each of some hours stands in a run that was known in time. */
interface Hours {
  readonly runs: readonly WeatherRun[];
  readonly places: Int32Array;
}

/** The hours [from, to) after the origin, each from the newest run that was known at the time `knownAt` gives for it. */
function hoursOf(
  runs: readonly WeatherRun[],
  origin: number,
  from: number,
  to: number,
  knownAt: (hour: number) => number,
): Hours | undefined {
  const places = new Int32Array(to - from);
  const used: WeatherRun[] = [];
  let run: WeatherRun | undefined;
  let until = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < places.length; i++) {
    const time = knownAt(from + i);
    if (time >= until) {
      const index = runIndexAt(runs, time);
      run = runs[index];
      until = runs[index + 1]?.knownAt ?? Number.POSITIVE_INFINITY;
    }
    if (run === undefined) return undefined;
    const { length } = run.windMS;
    const hour = Math.floor((origin - run.start) / HOUR) + from + i;
    if (hour < 0 || time >= run.start + length * HOUR) return undefined;
    // Beyond the end of the run its last day repeats.
    places[i] = hour < length ? hour : length - 24 + ((hour - length) % 24);
    used.push(run);
  }
  return { runs: used, places };
}

/** Computed when first asked for: a neighbour is asked for few. */
function remembered(compute: (name: Variable) => Float64Array): Variables {
  const made = new Map<Variable, Float64Array>();
  return (name) => {
    const known = made.get(name) ?? compute(name);
    made.set(name, known);
    return known;
  };
}

const variablesOf = ({ runs, places }: Hours): Variables =>
  remembered((name) => {
    const variable = VARIABLES[name];
    const values = new Float64Array(places.length);
    for (let i = 0; i < places.length; i++) {
      const run = runs[i];
      const hour = places[i] ?? 0;
      if (run === undefined) continue;
      values[i] = variable(
        run.windMS[hour] ?? Number.NaN,
        run.temperatureC[hour] ?? Number.NaN,
        run.dewPointC[hour] ?? Number.NaN,
        run.radiationW[hour] ?? Number.NaN,
        run.rainMm[hour] ?? Number.NaN,
      );
    }
    return values;
  });

function weatherOf(runs: readonly WeatherRun[], origin: number): Weather | undefined {
  const hoursAhead = hoursOf(runs, origin, 0, HORIZON, () => origin);
  // The shortest forecast that was known at each hour behind: the nearest to what the weather was.
  const hoursBehind = hoursOf(runs, origin, -24 * DAYS_OF_WEATHER, 0, (hour) => origin + hour * HOUR);
  if (hoursAhead === undefined || hoursBehind === undefined) return undefined;
  const behind = variablesOf(hoursBehind);
  return {
    ahead: variablesOf(hoursAhead),
    yesterday: remembered((name) => everyDay(dayBack(behind(name), 1))),
    usual: remembered((name) => usualOf(behind(name))),
  };
}

/** Half yesterday's, half that of the last week, at the same hour. */
function usualOf(behind: Float64Array): Float64Array {
  const yesterday = dayBack(behind, 1);
  const week = meanDay(behind, DAYS_OF_WEATHER);
  return everyDay(week.map((mean, hour) => 0.5 * mean + 0.5 * at(yesterday, hour)));
}

/** A forecast that says nothing of the next hours is none. */
const FEWEST_AHEAD = 6;
/** Days are forecast the day before: what was issued so long before the hours behind says nothing of them. */
const OLDEST_ISSUE = 3 * DAY;

/** Each hour from a week behind the origin on, from the newest run known at the origin that tells it. */
function expectedOf(runs: readonly OperatorRun[], origin: number, source: Expected['source']): Expected | undefined {
  if (runs.length === 0) return undefined;
  const behind = 24 * DAYS_OF_WEATHER;
  const told = new Float64Array(behind + HORIZON).fill(Number.NaN);
  for (let i = runIndexAt(runs, origin); i >= 0; i--) {
    const run = runs[i];
    if (run === undefined || run.knownAt < origin - behind * HOUR - OLDEST_ISSUE) break;
    const first = (run.start - origin) / HOUR + behind;
    (source === 'wind' ? run.windMW : run.solarMW).forEach((power, hour) => {
      const place = first + hour;
      if (place >= 0 && place < told.length && Number.isNaN(told[place])) told[place] = power;
    });
  }
  const before = hoursBefore(instant(origin - behind * HOUR), told.subarray(0, behind), origin, behind);
  if (before === undefined || told.subarray(behind, behind + FEWEST_AHEAD).some(Number.isNaN)) return undefined;
  const usual = usualOf(before);
  const to = ahead((hour) => {
    const power = at(told, behind + hour);
    return Number.isNaN(power) ? at(usual, hour) : power;
  });
  const hoursTold = (day: number): number => {
    const from = behind + 24 * day;
    return told.subarray(from, from + 24).filter((power) => !Number.isNaN(power)).length;
  };
  const untold = [0, 1, 2, 3].find((day) => hoursTold(day) < FEWEST_AHEAD) ?? HORIZON / 24;
  return { source, ahead: to, usual, days: untold };
}

function mixOf({ history }: ZoneRecord, origin: number): Mix | undefined {
  const { generation = [], start } = history;
  const hours = 24 * 7;
  const amounts = generation.map(({ energyMWh }) => hoursBefore(start, energyMWh, origin, hours));
  const known = amounts.filter((amount) => amount !== undefined);
  if (known.length === 0 || known.length < amounts.length) return undefined;
  const total = new Float64Array(hours);
  for (const amount of known) for (let i = 0; i < hours; i++) total[i] = at(total, i) + Math.max(at(amount, i), 0);
  for (let i = 0; i < hours; i++) if (at(total, i) <= 0) total[i] = 1;
  return {
    sources: generation.map(({ source }) => source),
    shares: known.map((amount) => amount.map((value, i) => Math.max(value, 0) / at(total, i))),
    logTotal: total.map(Math.log),
    total,
  };
}

/** Everything known at `origin` (a whole hour); `undefined` where the last four weeks are too thin. About 0.3 ms. */
export function sceneAt(record: ZoneRecord, origin: number): Scene | undefined {
  const past = pastOf(record.history.start, record.history.intensityG, origin);
  if (past === undefined) return undefined;
  const neighbours = record.neighbours.map(({ history, weather: runs }) => {
    const level = pastOf(history.start, history.intensityG, origin);
    const weather = weatherOf(runs, origin);
    return level === undefined || weather === undefined ? undefined : { past: level, weather };
  });
  return {
    origin,
    past,
    weather: weatherOf(record.weather, origin),
    mix: mixOf(record, origin),
    operator: (['wind', 'solar'] as const).flatMap((source) => expectedOf(record.operator ?? [], origin, source) ?? []),
    // All or none: a column belongs to one neighbour.
    neighbours: neighbours.every((one) => one !== undefined) ? neighbours : [],
  };
}

/** The mean of the last `hours` of an array. */
export const meanOfLast = (values: Float64Array, hours: number): number => meanOf(values, values.length - hours);
