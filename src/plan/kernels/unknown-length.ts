/**
 * Work of which only a distribution says how long it lasts: when to start it if it must run in one piece, and when to run
 * it if it may pause. Both weigh expected cost against waiting, and never wait longer than they may.
 *
 * @module
 */
import { at } from '../at.ts';

/** How long work lasts, told by the slots of its own running: the first is slot 0. */
export interface Length {
  /** The chance that it is not done before running slot `i` begins; 1 for the first, 0 after the last. */
  readonly lasts: Float64Array;
  /** The share of running slot `i` that is expected to be used: the mean of that chance over the slot. */
  readonly used: Float64Array;
}

/**
 * From the chance `lasts(x)` of lasting longer than `x` slots and its integral from 0 to `x`, `upTo(x)`. Lengths that are
 * rarer than `rarest` count up to there.
 */
function lengthOf(lasts: (slots: number) => number, upTo: (slots: number) => number, rarest = 1e-6): Length {
  let slots = 1;
  while (lasts(slots) > rarest) slots++;
  return {
    lasts: Float64Array.from({ length: slots }, (_, i) => lasts(i)),
    used: Float64Array.from({ length: slots }, (_, i) => upTo(i + 1) - upTo(i)),
  };
}

/** A length that is known. In slots, as all lengths here. */
export const knownLength = (slots: number): Length =>
  lengthOf(
    (x) => (x < slots ? 1 : 0),
    (x) => Math.min(x, slots),
  );

/**
 * Of all distributions between `least` and `most` with this mean the one that supposes nothing else: that of the largest
 * entropy (Jaynes, Phys. Rev. 106, 1957), whose density is exponential.
 */
export function limitedLength(mean: number, least: number, most: number): Length {
  const reach = most - least;
  const rate = rateFor((mean - least) / reach) / reach;
  // Near a rate of 0 the density is even, and both forms below would divide by 0.
  const even = Math.abs(rate * reach) < 1e-6;
  const rest = Math.exp(-rate * reach);
  const lasts = (x: number): number =>
    x <= least ? 1 : x >= most ? 0 : even ? (most - x) / reach : (Math.exp(-rate * (x - least)) - rest) / (1 - rest);
  const upTo = (x: number): number => {
    if (x <= least) return x;
    const past = Math.min(x, most) - least;
    if (even) return least + past - (past * past) / (2 * reach);
    return least + ((1 - Math.exp(-rate * past)) / rate - past * rest) / (1 - rest);
  };
  return lengthOf(lasts, upTo);
}

/**
 * Lengths from `least` on, without limit, with this mean. Beyond `least` they are exponential, which supposes nothing
 * else; or, with a `shape`, exponential with a rate that is itself not known, spread as a gamma distribution of that shape,
 * above 1 (Lomax, J. Am. Stat. Assoc. 49, 1954). Then the longer work has run, the longer it is expected to run on, as is
 * seen of processes (Harchol-Balter and Downey, ACM TOCS 15(3), 1997). A thousandth of them is not followed to its end.
 */
export function unlimitedLength(mean: number, least: number, shape = Number.POSITIVE_INFINITY): Length {
  const beyond = mean - least;
  const scale = (shape - 1) * beyond;
  const left = (x: number, power: number): number =>
    shape === Number.POSITIVE_INFINITY ? Math.exp(-(x - least) / beyond) : (1 + (x - least) / scale) ** power;
  return lengthOf(
    (x) => (x <= least ? 1 : left(x, -shape)),
    (x) => (x <= least ? x : least + beyond * (1 - left(x, 1 - shape))),
    1e-3,
  );
}

/** The rate at which an exponential on [0, 1] has this mean, between 0 and 1; negative above a half. By bisection. */
function rateFor(mean: number): number {
  const meanOf = (rate: number): number =>
    Math.abs(rate) < 1e-6 ? 0.5 - rate / 12 : 1 / rate - 1 / (Math.exp(rate) - 1);
  let low = -700;
  let high = 700;
  while (high - low > 1e-12 * Math.max(1, Math.abs(low))) {
    const rate = (low + high) / 2;
    if (meanOf(rate) > mean) low = rate;
    else high = rate;
    if (rate === low && rate === high) break;
  }
  return (low + high) / 2;
}

/** What is weighed. Slots are counted from the first in which the work may run. */
export interface Weighing {
  /** What running all of a slot costs, by slot. */
  readonly price: Float64Array;
  readonly length: Length;
  /** Slots that may be waited in all; a whole number. */
  readonly longestWait: number;
}

/**
 * What a piece is expected to cost, by the slots waited before it starts: Σᵢ price[s + i] · used[i]. Beyond the prices a
 * slot costs as much as the last of them. O(longest wait × longest length).
 */
export function expectedCosts({ price, length, longestWait }: Weighing): Float64Array {
  const { used } = length;
  const last = price.length - 1;
  return Float64Array.from({ length: longestWait + 1 }, (_, start) => {
    let cost = 0;
    for (let i = 0; i < used.length; i++) cost += at(price, Math.min(start + i, last)) * at(used, i);
    return cost;
  });
}

/** The start, in slots waited, at which expected cost and waiting (`eachWaited` a slot) are least; the earliest of them. */
export function bestStart(costs: Float64Array, eachWaited: number): number {
  let best = 0;
  for (let start = 1; start < costs.length; start++) {
    if (at(costs, start) + eachWaited * start < at(costs, best) + eachWaited * best) best = start;
  }
  return best;
}

/** Whether to run in a slot, after so many slots of running and so many of waiting, at most the longest wait. */
export type RunOrWait = (ran: number, waited: number) => boolean;

/**
 * When to run work that may pause, so that expected cost and waiting (`eachWaited` a slot, until it is done) are least:
 * the work is looked at before each slot, and that it is not done yet says how long it may still last. Exact on the
 * slots, by dynamic programming over (ran, waited), with V(ran, waited) times the chance of getting there:
 * V(r, w) = min(price[r + w] · used[r] + V(r + 1, w), eachWaited · lasts[r] + V(r, w + 1)), and no wait beyond the longest.
 * Of equal ways it runs; after more slots than it can last, as in the last of them. Beyond the prices a slot costs as much
 * as the last of them. O(longest length × longest wait) time and bytes.
 */
export function runOrWait({ price, length, longestWait }: Weighing, eachWaited: number): RunOrWait {
  const { used, lasts } = length;
  const last = price.length - 1;
  const width = longestWait + 1;
  const waits = new Uint8Array(used.length * width);
  const after = new Float64Array(width);
  for (let ran = used.length - 1; ran >= 0; ran--) {
    const share = at(used, ran);
    const wait = eachWaited * at(lasts, ran);
    let next = Number.POSITIVE_INFINITY;
    for (let waited = longestWait; waited >= 0; waited--) {
      const run = at(price, Math.min(ran + waited, last)) * share + at(after, waited);
      const rest = wait + next;
      if (rest < run) {
        waits[ran * width + waited] = 1;
        next = rest;
      } else next = run;
      after[waited] = next;
    }
  }
  return (ran, waited) => waits[Math.min(ran, used.length - 1) * width + waited] !== 1;
}
