/**
 * What a model may know about a zone: its hours so far, and weather forecasts as they were issued. A record may reach
 * beyond an origin; whoever reads it for a forecast reads nothing that was not known then.
 *
 * @module
 */
import type { OperatorRun, WeatherRun } from '../../grid/index.ts';
import { HOUR, type Instant } from '../../units.ts';
import { at } from './numbers.ts';

/** Hours of a zone: hour i is [start + i h, start + (i + 1) h); `NaN` marks a gap. */
export interface History {
  /** A whole hour. */
  readonly start: Instant;
  /** g/kWh of one signal. */
  readonly intensityG: Float64Array;
  /** What was generated in the same hours, where the source publishes it. */
  readonly generation?: readonly Generation[];
}

export interface Generation {
  /** `wind`, `solar`, `coal`, …; wind and solar are recognised by these names. */
  readonly source: string;
  readonly energyMWh: Float64Array;
}

export interface ZoneRecord {
  /** IANA name: weekdays and holidays are local. */
  readonly timeZone: string;
  /** ISO 3166 code of the country whose holidays count; without a known one only the turn of the year does. */
  readonly country?: string;
  readonly history: History;
  /** By `knownAt`, ascending. Empty where there is no weather. */
  readonly weather: readonly WeatherRun[];
  /** What the operator of the grid forecast of wind and sun, by `knownAt`, ascending; absent where none is known. */
  readonly operator?: readonly OperatorRun[];
  /** Zones next door, whose weather and level say something about this one. The same ones, in the same order, always. */
  readonly neighbours: readonly Neighbour[];
}

export interface Neighbour {
  readonly history: History;
  readonly weather: readonly WeatherRun[];
}

/**
 * `hours` values before `end` (a whole hour). A gap, and what lies outside the history, takes the value a day earlier,
 * else a week earlier, else the mean so far: always from the past, so that what comes later changes nothing.
 *
 * `undefined` where more than a quarter is missing, or all of the last day: that is no ground for a forecast.
 */
export function hoursBefore(
  start: Instant,
  values: Float64Array,
  end: number,
  hours: number,
): Float64Array | undefined {
  const first = (end - start) / HOUR - hours;
  const found = new Float64Array(hours);
  let missing = 0;
  let missingToday = 0;
  let sum = 0;
  for (let i = 0; i < hours; i++) {
    const value = at(values, first + i);
    if (Number.isNaN(value)) {
      missing += 1;
      if (i >= hours - 24) missingToday += 1;
      const day = at(found, i - 24);
      const week = at(found, i - 168);
      found[i] = !Number.isNaN(day) ? day : !Number.isNaN(week) ? week : sum / (i - missing + 1);
    } else {
      sum += value;
      found[i] = value;
    }
  }
  if (missing * 4 > hours || missingToday === 24) return undefined;
  // Gaps before the first value at all.
  for (let i = 0; i < hours; i++) if (Number.isNaN(at(found, i))) found[i] = sum / (hours - missing);
  return found;
}

/** The place of the newest run that was known at `time`; -1 where none was. */
export function runIndexAt(runs: readonly Pick<WeatherRun, 'knownAt'>[], time: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.knownAt ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
