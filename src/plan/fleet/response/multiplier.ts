/**
 * A lower bound for work of several sizes that is in one piece, or whose pauses add work: the work that is asked for is
 * bought at one price instead of being demanded.
 *
 * @module
 */
import type { Level } from '../fleet.ts';
import type { Slots } from './sizes.ts';
import { CRUMB } from './way.ts';

const STEPS = 40;

/**
 * With θ ≥ 0 a price of work, every way that does `length` plus `pause` for each of its pauses weighs at least
 *
 *     g(θ) = θ · length + min over ways of [ Σ over running slots of m(t) + θ · pause · pauses + late · end ],
 *     m(t) = min over levels of (cost of the level in t − θ · its speed),
 *
 * by weak duality: the work is done exactly, and a slot that is shared, or run in part, is between the values at its
 * ends. The minimum is over all sets of running slots, by two states a slot (running, paused), and one that does not run
 * at all; `pause` infinite forbids pauses. g is concave: its greatest value is sought by bisection of its slope.
 * O(size × levels) a step, {@link STEPS} steps.
 */
export function leastOfSizes(
  slots: Slots,
  levels: readonly Level[],
  asked: { readonly length: number; readonly pause: number; readonly late: number },
): number {
  let low = 0;
  let high = dearest(slots, levels, asked.late);
  let best = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < STEPS; step++) {
    const price = step === 0 ? high : (low + high) / 2;
    const { value, lacks } = atPrice(slots, levels, asked, price);
    best = Math.max(best, value);
    if (lacks > 0) low = price;
    else if (step > 0) high = price;
    if (high - low <= 1e-9 * high) break;
  }
  return best;
}

/** More than what a slot of work can cost, delay included. */
function dearest({ size, draw, hold }: Slots, levels: readonly Level[], late: number): number {
  let most = 0;
  for (let t = 0; t < size; t++) {
    for (const { speed, power, needs } of levels) {
      most = Math.max(most, (power * (draw[t] ?? 0) + needs * (hold[t] ?? 0)) / speed);
    }
  }
  return 4 * (most + late * size + 1e-9);
}

/** g at one price, and by how much the way of its minimum falls short of what it should do. */
function atPrice(
  { size, draw, hold, limit }: Slots,
  levels: readonly Level[],
  { length, pause, late }: { readonly length: number; readonly pause: number; readonly late: number },
  price: number,
): { readonly value: number; readonly lacks: number } {
  const ofPause = pause < Number.POSITIVE_INFINITY ? price * pause : Number.POSITIVE_INFINITY;
  // Value and net work of the best way that runs in the slot, and of the best that is paused.
  let on = Number.POSITIVE_INFINITY;
  let onWork = 0;
  let off = Number.POSITIVE_INFINITY;
  let offWork = 0;
  let best = late;
  let bestWork = 0;
  for (let t = 0; t < size; t++) {
    let here = Number.POSITIVE_INFINITY;
    let work = 0;
    for (const { speed, power, needs } of levels) {
      const value = power * (draw[t] ?? 0) + needs * (hold[t] ?? 0) - price * speed;
      if (value < here && needs <= (limit[t] ?? 0) + CRUMB) {
        here = value;
        work = speed;
      }
    }
    let before = on;
    let beforeWork = onWork;
    if (off + ofPause < before) {
      before = off + ofPause;
      beforeWork = offWork - pause;
    }
    if (before > 0) {
      before = 0;
      beforeWork = 0;
    }
    if (on < off) {
      off = on;
      offWork = onWork;
    }
    on = here + before;
    onWork = work + beforeWork;
    if (on + late * (t + 1) < best) {
      best = on + late * (t + 1);
      bestWork = onWork;
    }
  }
  return { value: price * length + best, lacks: length - bestWork };
}
