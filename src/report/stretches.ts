/**
 * Arithmetic on half-open stretches of time.
 *
 * @module
 */
import { type Instant, instant, type Millis, millis } from '../units.ts';
import type { Stretch } from './facts.ts';

/** Sorted, without overlaps; touching ones joined, empty ones left out. O(n log n). */
export function union(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const one of [...stretches].filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || one.start > last.end) joined.push(one);
    else if (one.end > last.end) joined[joined.length - 1] = { start: last.start, end: one.end };
  }
  return joined;
}

/** What of `whole` lies outside `holes`. Both are unions. */
export function without(whole: readonly Stretch[], holes: readonly Stretch[]): Stretch[] {
  return whole.flatMap((one) => {
    const rest: Stretch[] = [];
    let from = one.start;
    for (const hole of holes) {
      if (hole.end <= from || hole.start >= one.end) continue;
      if (hole.start > from) rest.push({ start: from, end: hole.start });
      from = instant(Math.max(from, hole.end));
    }
    if (from < one.end) rest.push({ start: from, end: one.end });
    return rest;
  });
}

export const lengthOf = (stretches: readonly Stretch[]): Millis =>
  millis(stretches.reduce((sum, { start, end }) => sum + (end - start), 0));

/** Share of [start, end) that lies in `stretches` (a union); of an instant: whether it lies in one. */
export function shareIn(start: Instant, end: Instant, stretches: readonly Stretch[]): number {
  if (end <= start) return stretches.some((one) => start >= one.start && start <= one.end) ? 1 : 0;
  let inside = 0;
  for (const one of stretches) inside += Math.max(0, Math.min(end, one.end) - Math.max(start, one.start));
  return inside / (end - start);
}
