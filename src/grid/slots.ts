/**
 * Laying values on a time axis: samples become a series, missing slots become explained gaps, a series is cut to a range.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { between, DAY, type Instant, instant, MINUTE, type Millis } from '../units.ts';
import { layPower, type Powers, powersAt, type Source } from './powers.ts';
import type { Range } from './provider.ts';
import type { Gap, Provenance, Quality, Series, Signal, TimeAxis } from './series.ts';

/** Above this no grid on earth is plausible: the dirtiest lignite unit emits about 1,300 g/kWh. */
export const MAX_INTENSITY_G = 3_000;

export const isPlausible = (intensityG: number): boolean => intensityG >= 0 && intensityG <= MAX_INTENSITY_G;

/** Slot lengths that the house plans with, in minutes. */
const STEP_MINUTES: readonly number[] = [5, 15, 30, 60];

export const isStep = (step: number): boolean => STEP_MINUTES.includes(step / MINUTE);

/** One value on its way into a series, in g/kWh; `start` labels its slot. */
export interface Sample {
  readonly start: Instant;
  readonly value: number;
  readonly quality: Quality;
  /** Share of generation that the value was computed from; of computed values. */
  readonly covered?: number;
  /** MW by source that it was computed from; of computed values. */
  readonly powerMW?: ReadonlyMap<Source, number>;
}

/** The start of the slot of `step` that holds `at`, counted from 1970. */
export const floorTo = (at: Instant, step: Millis): Instant => instant(Math.floor(at / step) * step);

export const slotStart = (axis: TimeAxis, index: number): Instant => instant(axis.start + index * axis.step);
export const axisEnd = (axis: TimeAxis): Instant => slotStart(axis, axis.length);

/** Nineteen years of five minutes: whoever asks for more asks by mistake. */
const MOST_SLOTS = 2_000_000;

/**
 * The slots that cover `range`: from the one that holds its start up to its end. `origin` is any slot's start.
 * Throws `grid/invalid-data` where there are more than anybody asks for.
 */
export function axisOver(range: Range, step: Millis, origin: Instant = instant(0)): TimeAxis {
  const start = instant(origin + Math.floor((range.start - origin) / step) * step);
  const length = Math.max(0, Math.ceil((range.end - start) / step));
  if (length <= MOST_SLOTS) return { start, step, length };
  throw new Failure('grid/invalid-data', 'so long a time is not looked at at once', {
    value: `${Math.round(length * (step / DAY))} days in slots of ${step / MINUTE} min`,
    expected: `at most ${MOST_SLOTS} slots`,
  });
}

/** The stretches of NaN in `values`, each with its reason. O(n). */
export function gapsIn(values: Float64Array, axis: TimeAxis, reason: (start: Instant) => string): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 0; i < values.length; i += 1) {
    if (!Number.isNaN(values[i])) continue;
    const from = i;
    const why = reason(slotStart(axis, from));
    while (i + 1 < values.length && Number.isNaN(values[i + 1]) && reason(slotStart(axis, i + 1)) === why) i += 1;
    gaps.push({ start: slotStart(axis, from), end: slotStart(axis, i + 1), reason: why });
  }
  return gaps;
}

export interface SeriesParts {
  readonly zone: string;
  readonly signal: Signal;
  readonly range: Range;
  readonly step: Millis;
  readonly samples: Iterable<Sample>;
  readonly provenance: Provenance;
  /** Why a slot has no value. */
  readonly reason: (start: Instant) => string;
  readonly warnings?: readonly string[];
  readonly labels?: readonly string[];
}

/** A series over `range`; samples outside it are left out. Samples lie on the axis; a later one replaces an earlier. O(n). */
export function seriesOver(parts: SeriesParts): Series {
  const samples = [...parts.samples];
  const axis = axisOver(parts.range, parts.step, samples[0]?.start);
  const intensityG = new Float64Array(axis.length).fill(Number.NaN);
  const quality = new Array<Quality>(axis.length).fill('missing');
  const covered = new Float64Array(axis.length).fill(Number.NaN);
  const powerMW = new Map<Source, Float64Array>();
  for (const sample of samples) {
    const index = (sample.start - axis.start) / axis.step;
    if (!Number.isInteger(index) || index < 0 || index >= axis.length || Number.isNaN(sample.value)) continue;
    intensityG[index] = sample.value;
    quality[index] = sample.quality;
    covered[index] = sample.covered ?? Number.NaN;
    for (const [source, power] of sample.powerMW ?? [])
      layPower(powerMW, axis.length, source, Float64Array.of(power), index);
  }
  return {
    zone: parts.zone,
    signal: parts.signal,
    axis,
    intensityG,
    ...(parts.provenance.factors === undefined ? {} : { covered }),
    ...withPowers(powerMW),
    quality,
    gaps: gapsIn(intensityG, axis, parts.reason),
    provenance: parts.provenance,
    warnings: parts.warnings ?? [],
    ...(parts.labels === undefined ? {} : { labels: parts.labels }),
  };
}

/** Part of a series: its powers, where there are any. */
export const withPowers = (powerMW: Powers | undefined): Pick<Series, 'powerMW'> =>
  powerMW === undefined || powerMW.size === 0 ? {} : { powerMW };

/** The series on the slots that cover `range`; slots it does not reach are gaps. O(slots of the range). */
export function cutSeries(series: Series, range: Range): Series {
  const axis = axisOver(range, series.axis.step, series.axis.start);
  const shift = (axis.start - series.axis.start) / axis.step;
  const at = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: axis.length }, (_, i) => values[i + shift] ?? Number.NaN);
  const intensityG = at(series.intensityG);
  const reasonOf = (start: Instant): string =>
    series.gaps.find((gap) => gap.start <= start && start < gap.end)?.reason ?? 'outside the data';
  return {
    ...series,
    axis,
    intensityG,
    ...(series.lowG === undefined ? {} : { lowG: at(series.lowG) }),
    ...(series.highG === undefined ? {} : { highG: at(series.highG) }),
    ...(series.covered === undefined ? {} : { covered: at(series.covered) }),
    ...withPowers(series.powerMW && powersAt(series.powerMW, axis.length, (i) => i + shift)),
    quality: Array.from({ length: axis.length }, (_, i) => series.quality[i + shift] ?? 'missing'),
    gaps: gapsIn(intensityG, axis, reasonOf),
  };
}

/** `3 h 20 min`, `5 min`, `2 d 4 h`: an age for people, floored to the minute. */
export function spell(length: Millis | number): string {
  const minutes = Math.max(0, Math.floor(length / MINUTE));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Whether `inner` lies within `outer`. */
export const contains = (outer: TimeAxis, inner: Range): boolean =>
  outer.start <= inner.start && between(inner.end, axisEnd(outer)) >= 0;
