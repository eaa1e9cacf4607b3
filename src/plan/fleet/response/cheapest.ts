/**
 * The cheapest slots of a window, in any order: work that may pause at no cost, at one size. Exact: the slots are a
 * matroid, so that taking them by price is optimal; the dearest of them is the one that is run in part.
 *
 * @module
 */
import { CRUMB, type Lane, type Way } from './way.ts';

export class CheapestSlots {
  /** Taken so far, by ascending price; among equals the earlier first. */
  private readonly price: Float64Array;
  private readonly slot: Int32Array;
  private readonly share: Float64Array;
  private count = 0;
  /** A slot in which only the part fits. */
  private spare = -1;
  private sparePrice = Number.POSITIVE_INFINITY;
  private end = 0;

  constructor(longest: number) {
    this.price = new Float64Array(longest + 1);
    this.slot = new Int32Array(longest + 1);
    this.share = new Float64Array(longest + 1);
  }

  /**
   * What `whole` − 1 slots and the part `part` of one more cost at least, with `late` added for each slot until the
   * last of them has ended; infinite when they do not fit. O(size × whole).
   */
  slots(lane: Lane, whole: number, part: number, late: number): number {
    const value = this.scanSlots(lane, lane.size, whole, part, late);
    if (late > 0 && value < Number.POSITIVE_INFINITY) this.scanSlots(lane, this.end, whole, part, 0);
    return value;
  }

  private scanSlots(lane: Lane, size: number, whole: number, part: number, late: number): number {
    const { price, room } = lane;
    this.count = 0;
    this.sparePrice = Number.POSITIVE_INFINITY;
    let sum = 0;
    let best = Number.POSITIVE_INFINITY;
    for (let t = 0; t < size; t++) {
      const here = price[t] ?? 0;
      const fits = room[t] ?? 0;
      if (fits < 1 - CRUMB) {
        if (fits < part - CRUMB || here >= this.sparePrice) continue;
        this.sparePrice = here;
        this.spare = t;
      } else {
        const dearest = this.price[whole - 1] ?? 0;
        if (this.count === whole) {
          if (here >= dearest) continue;
          sum -= dearest;
        }
        sum += here;
        this.insert(t, here, whole);
      }
      if (late === 0) continue;
      const value = this.valueOf(sum, whole, part) + late * (t + 1);
      if (value < best) {
        best = value;
        this.end = t + 1;
      }
    }
    return late > 0 ? best : this.valueOf(sum, whole, part);
  }

  private insert(t: number, here: number, most: number): void {
    const { price, slot } = this;
    let z = this.count < most ? this.count++ : most - 1;
    while (z > 0 && (price[z - 1] ?? 0) > here) {
      price[z] = price[z - 1] ?? 0;
      slot[z] = slot[z - 1] ?? 0;
      z--;
    }
    price[z] = here;
    slot[z] = t;
  }

  private valueOf(sum: number, whole: number, part: number): number {
    if (this.count === whole) {
      const dearest = this.price[whole - 1] ?? 0;
      return sum - dearest + part * Math.min(dearest, this.sparePrice);
    }
    return this.count === whole - 1 ? sum + part * this.sparePrice : Number.POSITIVE_INFINITY;
  }

  /** Adds what {@link slots} found to `way`; `base` is the cell of the window's first slot. */
  writeSlots(way: Way, base: number, level: number, whole: number, part: number): void {
    for (let i = 0; i < whole - 1; i++) way.add(base + (this.slot[i] ?? 0), 1, level);
    const isSpare = this.count < whole || this.sparePrice < (this.price[whole - 1] ?? 0);
    way.add(base + (isSpare ? this.spare : (this.slot[whole - 1] ?? 0)), part, level);
    way.sort();
  }

  /**
   * What `length` slots cost at least when any part of each slot may be run, as far as there is room, with `late` for
   * each slot until the last of them has ended; infinite when they do not fit.
   */
  parts(lane: Lane, length: number, late: number): number {
    const value = this.scanParts(lane, lane.size, length, late);
    if (late > 0 && value < Number.POSITIVE_INFINITY) this.scanParts(lane, this.end, length, 0);
    return value;
  }

  private scanParts(lane: Lane, size: number, length: number, late: number): number {
    const { price: prices, slot, share } = this;
    this.count = 0;
    let sum = 0;
    let total = 0;
    let best = Number.POSITIVE_INFINITY;
    const enough = length - CRUMB;
    for (let t = 0; t < size; t++) {
      const here = lane.price[t] ?? 0;
      const part = Math.min(1, lane.room[t] ?? 0);
      if (part <= CRUMB || (total >= enough && here >= (prices[this.count - 1] ?? 0))) continue;
      let z = this.count++;
      while (z > 0 && (prices[z - 1] ?? 0) > here) {
        prices[z] = prices[z - 1] ?? 0;
        slot[z] = slot[z - 1] ?? 0;
        share[z] = share[z - 1] ?? 0;
        z--;
      }
      prices[z] = here;
      slot[z] = t;
      share[z] = part;
      total += part;
      sum += part * here;
      for (let last = share[this.count - 1] ?? 0; total - last >= enough; last = share[this.count - 1] ?? 0) {
        this.count--;
        total -= last;
        sum -= last * (prices[this.count] ?? 0);
      }
      if (late === 0 || total < enough) continue;
      const value = sum - (total - length) * (prices[this.count - 1] ?? 0) + late * (t + 1);
      if (value < best) {
        best = value;
        this.end = t + 1;
      }
    }
    if (total < enough) return Number.POSITIVE_INFINITY;
    return late > 0 ? best : sum - (total - length) * (prices[this.count - 1] ?? 0);
  }

  /** Adds what {@link parts} found to `way`. */
  writeParts(way: Way, base: number, level: number, length: number): void {
    let rest = length;
    for (let i = 0; i < this.count; i++) {
      const part = Math.min(rest, this.share[i] ?? 0);
      if (part > 0) way.add(base + (this.slot[i] ?? 0), i === this.count - 1 ? Math.min(1, rest) : part, level);
      rest -= part;
    }
    way.sort();
  }
}
