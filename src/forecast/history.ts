/**
 * From what publishers said, on slots of any length, to the hours that the models read.
 *
 * @module
 */
import { type Quality, type Series, SOURCES, type Source, type TimeAxis } from '../grid/index.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import type { Generation, History } from './models/record.ts';
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

/** Generation that is known of fewer hours would leave the others untaught. */
const MOST = 0.75;

/** The values of `series`, by slot, that are of one of `qualities`. */
export const valuesOf = ({ quality }: Series, values: Float64Array, qualities: readonly Quality[]): Float64Array =>
  values.map((value, slot) => (qualities.includes(quality[slot] ?? 'missing') ? value : Number.NaN));

const isKnown = (value: number): boolean => !Number.isNaN(value);
const countOf = (values: Float64Array): number => values.filter(isKnown).length;

/**
 * The hours before `until` of which `series` know anything; where several know an hour, the first of them counts.
 * `undefined` where none does. Generation by source is part of it where most of the hours have it.
 *
 * @param qualities what counts as known
 */
export function historyOf(series: readonly Series[], until: Instant, qualities = PAST): History | undefined {
  const start = Math.ceil(Math.min(...series.map(({ axis }) => axis.start)) / HOUR) * HOUR;
  const hours = Math.max(0, Math.floor((until - start) / HOUR));
  if (!Number.isFinite(hours)) return undefined;
  const hoursOf = (valuesIn: (one: Series) => Float64Array | undefined): Float64Array => {
    const known = new Float64Array(hours).fill(Number.NaN);
    for (const one of series) {
      const values = valuesIn(one);
      if (values === undefined) continue;
      hoursFrom(one.axis, valuesOf(one, values, qualities), instant(start), hours)?.forEach((value, hour) => {
        if (!isKnown(known[hour] ?? Number.NaN)) known[hour] = value;
      });
    }
    return known;
  };
  const intensityG = hoursOf((one) => one.intensityG);
  const first = intensityG.findIndex(isKnown);
  if (first === -1) return undefined;
  const told = SOURCES.filter((source) => series.some(({ powerMW }) => powerMW?.has(source)));
  const generation = generationOf(told, intensityG.subarray(first), (source) =>
    hoursOf(({ powerMW }) => powerMW?.get(source)).subarray(first),
  );
  return {
    start: instant(start + first * HOUR),
    intensityG: intensityG.subarray(first),
    ...(generation.length === 0 ? {} : { generation }),
  };
}

/** What generates at all and is known of most hours. A mean power over an hour is as much energy. */
function generationOf(
  told: readonly Source[],
  intensityG: Float64Array,
  powerMW: (source: Source) => Float64Array,
): Generation[] {
  const least = MOST * countOf(intensityG);
  return told.flatMap((source) => {
    const energyMWh = powerMW(source);
    const counts = countOf(energyMWh) >= least && energyMWh.some((energy) => energy > 0);
    return counts ? [{ source, energyMWh }] : [];
  });
}
