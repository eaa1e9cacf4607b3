/**
 * Time under a plan: exact integrals of a piecewise constant intensity, and the grid of ticks on which decisions live.
 * Formulae and their reasons are in `docs/methods/planning.md`.
 *
 * @module
 */
import { HOUR, type Instant, SECOND } from '../units.ts';
import { at } from './at.ts';
import type { Outlook } from './plan.ts';

/** Integral over [from, to) of an intensity, in g/kWh times hours; exact for piecewise constant values, O(1). */
export type Integral = (from: number, to: number) => number;

/**
 * The integral of `intensityG` (g/kWh, one per slot) on the outlook's axis, by prefix sums with fractional ends.
 * Outside the axis the mean of the axis stands in, so that work that must run there still has a figure.
 */
export function integralOf(axis: Outlook['axis'], intensityG: Float64Array): Integral {
  const { start, step, length } = axis;
  const sums = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) sums[i + 1] = at(sums, i) + at(intensityG, i);
  const mean = at(sums, length) / length;
  const until = (time: number): number => {
    const slots = (time - start) / step;
    if (slots <= 0) return slots * mean;
    if (slots >= length) return at(sums, length) + (slots - length) * mean;
    const whole = Math.floor(slots);
    return at(sums, whole) + (slots - whole) * at(intensityG, whole);
  };
  return (from, to) => ((until(to) - until(from)) * step) / HOUR;
}

/** The integral of a constant intensity in g/kWh. */
export const constantIntegral =
  (intensityG: number): Integral =>
  (from, to) =>
    (intensityG * (to - from)) / HOUR;

/** What one kilowatt costs in each tick: grams per kW in `tick[t]`, their running sum in `prefix[t]` (length + 1). */
export interface Curve {
  readonly tick: Float64Array;
  readonly prefix: Float64Array;
}

const curveOf = (tick: Float64Array): Curve => {
  const prefix = new Float64Array(tick.length + 1);
  for (let t = 0; t < tick.length; t++) prefix[t + 1] = at(prefix, t) + at(tick, t);
  return { tick, prefix };
};

/** The curve of an intensity on `length` ticks of `tick` ms from `start`. */
export function tickCurve(integral: Integral, start: Instant, tick: number, length: number): Curve {
  const values = new Float64Array(length);
  for (let t = 0; t < length; t++) values[t] = integral(start + t * tick, start + (t + 1) * tick);
  return curveOf(values);
}

/**
 * A curve that lies nowhere above the intensity: each tick at the cleanest moment in it. The best plan under it cannot
 * emit more than the best plan under the intensity itself, at whatever instants that one starts and pauses.
 */
export function cleanestCurve(
  axis: Outlook['axis'],
  intensityG: Float64Array,
  start: Instant,
  tick: number,
  length: number,
): Curve {
  const mean = intensityG.reduce((sum, value) => sum + value, 0) / axis.length;
  const values = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    const from = (start + t * tick - axis.start) / axis.step;
    let least = Number.POSITIVE_INFINITY;
    for (let slot = Math.floor(from); slot < from + tick / axis.step; slot++) {
      least = Math.min(least, intensityG[slot] ?? mean);
    }
    values[t] = (least * tick) / HOUR;
  }
  return curveOf(values);
}

/** The same curve with time running backwards. */
export const reversedCurve = (curve: Curve): Curve => curveOf(curve.tick.slice().reverse());

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** States of the recurrence that one solve may visit where that makes it exact; 5 to 20 ns each. */
export const STATE_BUDGET = 4_000_000;

/** The part of the budget that is spent where no affordable tick is exact: finer ticks gain little there. */
const INEXACT_PART = 0.5;

export interface TickQuestion {
  /** Length of a planning slot, ms. */
  readonly slot: number;
  /** Durations of the work. */
  readonly works: readonly number[];
  /** Durations of checkpoints and restarts. */
  readonly overheads: readonly number[];
  /** Distances from the anchor that matter: data edges, data steps, deadlines. */
  readonly marks: readonly number[];
  /** How many states a solve would visit at this tick. */
  readonly states: (tick: number) => number;
  readonly budget: number;
}

/**
 * The tick, in ms, and whether it is exact: on an exact tick every length and every edge falls on the grid, so no
 * schedule at all, at whatever instants, is better than the best one on it (a vertex of the underlying difference
 * system lies on the grid). Where the exact tick is under a second or asks for too many states, the finest divisor of
 * the slot that does not is taken: one that divides all lengths if there is such a one, or all but the overheads; the
 * slot itself at worst.
 */
export function chooseTick(question: TickQuestion): { readonly tick: number; readonly exact: boolean } {
  const { slot, works, overheads, marks, states, budget } = question;
  const ofWorks = works.reduce(greatestCommonDivisor, slot);
  const ofLengths = overheads.reduce(greatestCommonDivisor, ofWorks);
  const exact = marks.reduce(greatestCommonDivisor, ofLengths);
  if (exact >= SECOND && states(exact) <= budget) return { tick: exact, exact: true };
  const finest = (length: number): number | undefined => {
    for (let parts = Math.floor(length / SECOND); parts >= 1; parts--) {
      const tick = length / parts;
      if (Number.isInteger(tick) && states(tick) <= budget * INEXACT_PART) return tick;
    }
    return undefined;
  };
  return { tick: finest(ofLengths) ?? finest(ofWorks) ?? finest(slot) ?? slot, exact: false };
}
