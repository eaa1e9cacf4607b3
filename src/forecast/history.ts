/**
 * From what publishers said, on slots of any length, to the hours that the models read.
 *
 * @module
 */
import type { Quality, Series, TimeAxis } from '../grid/index.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import type { History } from './models/record.ts';
import { toHours } from './models/steps.ts';

/** What happened, or what stands for it in a recorded or generated grid: forecasts are judged by it. */
export const TRUTH: readonly Quality[] = ['measured', 'replayed', 'synthetic'];
/** What a model may learn from. An estimate may be the publisher's own forecast of that hour. */
const PAST: readonly Quality[] = [...TRUTH, 'estimated'];

/**
 * The means of `hours` whole hours from `start` on; `NaN` for an hour of which any part is not known. `undefined` where
 * hours do not begin where slots do.
 */
export function hoursFrom(
  axis: TimeAxis,
  values: Float64Array,
  start: Instant,
  hours: number,
): Float64Array | undefined {
  const first = (start - axis.start) / axis.step;
  if (!Number.isInteger(first)) return undefined;
  const slots = Float64Array.from({ length: (hours * HOUR) / axis.step }, (_, i) => values[first + i] ?? Number.NaN);
  return toHours(slots, axis.step);
}

/** The values of `series` that are of one of `qualities`. */
export const valuesOf = ({ intensityG, quality }: Series, qualities: readonly Quality[]): Float64Array =>
  intensityG.map((value, slot) => (qualities.includes(quality[slot] ?? 'missing') ? value : Number.NaN));

/**
 * The hours before `until` of which `series` know anything; where several know an hour, the first of them counts.
 * `undefined` where none does.
 *
 * @param qualities what counts as known
 */
export function historyOf(series: readonly Series[], until: Instant, qualities = PAST): History | undefined {
  const start = Math.ceil(Math.min(...series.map(({ axis }) => axis.start)) / HOUR) * HOUR;
  const hours = Math.max(0, Math.floor((until - start) / HOUR));
  if (!Number.isFinite(hours)) return undefined;
  const intensityG = new Float64Array(hours).fill(Number.NaN);
  for (const one of series) {
    hoursFrom(one.axis, valuesOf(one, qualities), instant(start), hours)?.forEach((value, hour) => {
      if (Number.isNaN(intensityG[hour])) intensityG[hour] = value;
    });
  }
  const first = intensityG.findIndex((value) => !Number.isNaN(value));
  return first === -1 ? undefined : { start: instant(start + first * HOUR), intensityG: intensityG.subarray(first) };
}
