/**
 * Work that scales down without loss at one site, when prices rise as it takes room: it is spread so that its last parts
 * weigh the same wherever they run. What best responses need in order to settle, where steps would otherwise all move to
 * the same cheap slots at once.
 *
 * @module
 */
import type { Way } from './way.ts';

/** A window in which the price of a slot is `price` for its first part `flat` and rises by `slope` for a whole slot. */
export interface RisingLane {
  size: number;
  readonly cell: Int32Array;
  readonly price: Float64Array;
  readonly flat: Float64Array;
  readonly slope: Float64Array;
  /** Part of the slot that may be taken. */
  readonly most: Float64Array;
}

const STEPS = 24;

export class Spread {
  private readonly low: Float64Array;
  private readonly high: Float64Array;

  constructor(longest: number) {
    this.low = new Float64Array(longest);
    this.high = new Float64Array(longest);
  }

  /**
   * The least of Σ ∫ price over shares that sum to `length`; infinite when the window is too short. The level of the last
   * parts is found by bisection. O(size × {@link STEPS}).
   */
  cost(lane: RisingLane, length: number): number {
    if (total(lane, Number.POSITIVE_INFINITY) < length - 1e-9) return Number.POSITIVE_INFINITY;
    let below = Number.POSITIVE_INFINITY;
    let above = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < lane.size; t++) {
      const price = lane.price[t] ?? 0;
      below = Math.min(below, price);
      above = Math.max(above, price + (lane.slope[t] ?? 0));
    }
    above += 1;
    below -= 1;
    for (let step = 0; step < STEPS && above - below > 1e-6 * Math.abs(above); step++) {
      const level = (below + above) / 2;
      if (total(lane, level) < length) below = level;
      else above = level;
    }
    return this.mix(lane, length, below, above);
  }

  /** Between what is taken just below the level and just above it, so much that the work is done. */
  private mix(lane: RisingLane, length: number, below: number, above: number): number {
    const { low, high } = this;
    let least = 0;
    let most = 0;
    for (let t = 0; t < lane.size; t++) {
      low[t] = taken(lane, t, below);
      high[t] = taken(lane, t, above);
      least += low[t] ?? 0;
      most += high[t] ?? 0;
    }
    const part = most > least ? Math.min(1, (length - least) / (most - least)) : 1;
    let cost = 0;
    for (let t = 0; t < lane.size; t++) {
      const share = (low[t] ?? 0) + part * ((high[t] ?? 0) - (low[t] ?? 0));
      high[t] = share;
      const rising = Math.max(0, share - (lane.flat[t] ?? 0));
      cost += share * (lane.price[t] ?? 0);
      if (rising > 0) cost += (0.5 * rising * rising * (lane.slope[t] ?? 0)) / (1 - (lane.flat[t] ?? 0));
    }
    return cost;
  }

  /** Adds what {@link cost} found to `way`. */
  write(way: Way, { cell, size }: RisingLane): void {
    for (let t = 0; t < size; t++) {
      const share = this.high[t] ?? 0;
      if (share > 1e-10) way.add(cell[t] ?? 0, share, 0);
    }
  }
}

function taken({ price, flat, slope, most }: RisingLane, t: number, level: number): number {
  const over = level - (price[t] ?? 0);
  if (over < 0) return 0;
  const first = flat[t] ?? 0;
  const rise = slope[t] ?? 0;
  const limit = most[t] ?? 1;
  return first >= 1 || rise <= 0 ? limit : Math.min(limit, first + ((1 - first) * over) / rise);
}

function total(lane: RisingLane, level: number): number {
  let sum = 0;
  for (let t = 0; t < lane.size; t++) sum += taken(lane, t, level);
  return sum;
}
