/**
 * Averages over time: of a range, and of every window that fits into one. Pure.
 *
 * @module
 */
import type { Range, TimeAxis } from '../../grid/index.ts';
import { type Instant, instant, type Millis, millis } from '../../units.ts';

export interface Values {
  readonly axis: TimeAxis;
  /** g/kWh, one per slot; `NaN` where nothing is known. */
  readonly intensityG: Float64Array;
}

export interface Point {
  readonly start: Instant;
  readonly length: Millis;
  readonly intensityG: number;
}

/** The slots that have a value and lie in the half-open `range`, wholly or in part; a range of no length is a moment. */
export function pointsIn({ axis, intensityG }: Values, { start, end }: Range): Point[] {
  const points: Point[] = [];
  intensityG.forEach((value, i) => {
    const from = axis.start + i * axis.step;
    const isIn = from + axis.step > start && (from < end || from === start);
    if (isIn && !Number.isNaN(value)) points.push({ start: instant(from), length: axis.step, intensityG: value });
  });
  return points;
}

/** The mean over [start, end), weighted by time; `NaN` unless every part of it is known. O(slots of the range). */
export function averageOver({ axis, intensityG }: Values, { start, end }: Range): number {
  const first = Math.floor((start - axis.start) / axis.step);
  let sum = 0;
  for (let i = first; axis.start + i * axis.step < end; i += 1) {
    const from = axis.start + i * axis.step;
    sum += (intensityG[i] ?? Number.NaN) * (Math.min(end, from + axis.step) - Math.max(start, from));
  }
  return sum / (end - start);
}

export interface WindowOptions {
  /** Length of each window; 0: the slots as they are. */
  readonly window: Millis;
  /** From one window's start to the next; 0: a slot. */
  readonly tick?: Millis;
}

/**
 * The mean of every window that lies in `range` and is wholly known. The first begins where the range does, whether or not
 * a slot begins there. O(windows · slots of a window).
 */
export function windowsIn(values: Values, range: Range, { window, tick = millis(0) }: WindowOptions): Point[] {
  if (window === 0) return pointsIn(values, range);
  const step = tick === 0 ? values.axis.step : tick;
  const points: Point[] = [];
  for (let start = range.start; start + window <= range.end; start = instant(start + step)) {
    const intensityG = averageOver(values, { start, end: instant(start + window) });
    if (!Number.isNaN(intensityG)) points.push({ start, length: window, intensityG });
  }
  return points;
}

/** All that share the least intensity. */
export function leastOf<P extends Pick<Point, 'intensityG'>>(points: readonly P[]): P[] {
  const least = points.reduce((min, { intensityG }) => Math.min(min, intensityG), Number.POSITIVE_INFINITY);
  return points.filter(({ intensityG }) => intensityG === least);
}
