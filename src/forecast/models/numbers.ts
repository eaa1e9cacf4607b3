/**
 * Small sums over arrays of hours. Most are of 96 hours: four days from the origin on.
 *
 * @module
 */

/** How far ahead a forecast reaches. */
export const HORIZON = 96;

/** The number at `index`; `NaN` outside the array. */
export const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;

/** Arrays of 96 hours that share a buffer: a forecast makes hundreds, and a buffer of its own costs each a microsecond. */
const SHARED = 256;
let buffer = new Float64Array(0);
let used = 0;

function hoursAhead(): Float64Array {
  if (used + HORIZON > buffer.length) {
    buffer = new Float64Array(SHARED * HORIZON);
    used = 0;
  }
  used += HORIZON;
  return buffer.subarray(used - HORIZON, used);
}

/** The same value in each hour ahead. */
export const same = (value: number): Float64Array => hoursAhead().fill(value);

/** A value for each hour ahead. */
export function ahead(value: (hour: number) => number): Float64Array {
  const values = hoursAhead();
  for (let hour = 0; hour < HORIZON; hour++) values[hour] = value(hour);
  return values;
}

/** The 24 values of a day, repeated for each day ahead. */
export function everyDay(day: Float64Array): Float64Array {
  const values = hoursAhead();
  for (let start = 0; start < HORIZON; start += 24) values.set(day, start);
  return values;
}

export function minus(a: Float64Array, b: Float64Array): Float64Array {
  const values = hoursAhead();
  for (let hour = 0; hour < HORIZON; hour++) values[hour] = (a[hour] ?? Number.NaN) - (b[hour] ?? Number.NaN);
  return values;
}

export function times(a: Float64Array, b: Float64Array): Float64Array {
  const values = hoursAhead();
  for (let hour = 0; hour < HORIZON; hour++) values[hour] = (a[hour] ?? Number.NaN) * (b[hour] ?? Number.NaN);
  return values;
}

/** Each hour ahead has the mean of its day ahead. */
export function meanOfDays(values: Float64Array): Float64Array {
  const means = hoursAhead();
  for (let day = 0; day < HORIZON; day += 24) means.fill(meanOf(values, day, day + 24), day, day + 24);
  return means;
}

/** Mean over [from, to). */
export function meanOf(values: Float64Array, from = 0, to = values.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] ?? Number.NaN;
  return sum / (to - from);
}

/** The mean of the last `days` days at each of the 24 hours. */
export function meanDay(values: Float64Array, days: number): Float64Array {
  const mean = new Float64Array(24);
  for (let i = values.length - 24 * days; i < values.length; i++) {
    const hour = (i - values.length + 24 * days) % 24;
    mean[hour] = (mean[hour] ?? 0) + (values[i] ?? Number.NaN) / days;
  }
  return mean;
}

/** The 24 hours that ended `days - 1` days before the end. */
export const dayBack = (values: Float64Array, days: number): Float64Array =>
  values.subarray(values.length - 24 * days, values.length - 24 * (days - 1));

/** The value below which the share `rank` of ascending values lies, by a line between neighbours. */
export function quantile(ascending: Float64Array, rank: number): number {
  const place = Math.min(Math.max(rank, 0), 1) * (ascending.length - 1);
  const below = Math.floor(place);
  const low = at(ascending, below);
  return low + (place - below) * (at(ascending, Math.min(below + 1, ascending.length - 1)) - low);
}

export const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
