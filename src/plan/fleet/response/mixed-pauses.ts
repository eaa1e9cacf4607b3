/**
 * Work of several sizes whose pauses add work: the slots to run in are those of the Lagrangian's minimum at several prices
 * of work ({@link leastOfSizes}), the sizes in them are the best. Not always the best of all.
 *
 * @module
 */
import { item } from '../../at.ts';
import type { Level } from '../fleet.ts';
import { type MixedSlots, NONE } from './mixed-slots.ts';
import type { Asked } from './pauses.ts';
import type { Slots } from './sizes.ts';
import { CRUMB, type Way } from './way.ts';

/** Prices of work that are tried. */
const PRICES = 24;

export class MixedPauses {
  private readonly mixed: MixedSlots;
  private readonly before: Int32Array;
  private readonly set: Int32Array;
  private count = 0;
  private readonly bestSet: Int32Array;
  private bestCount = 0;
  private bestPart = NONE;
  private bestWork = 0;

  constructor(longest: number, mixed: MixedSlots) {
    this.mixed = mixed;
    this.before = new Int32Array(longest);
    this.set = new Int32Array(longest);
    this.bestSet = new Int32Array(longest);
  }

  /** What the work costs in the best of the sets of slots that are tried; infinite when none does it. */
  cost(slots: Slots, levels: readonly Level[], asked: Asked): number {
    this.mixed.read(slots, levels);
    let low = 0;
    let high = 4 * asked.late * slots.size;
    for (let t = 0; t < slots.size; t++) {
      for (const { speed, power, needs } of levels) {
        high = Math.max(high, (4 * (power * (slots.draw[t] ?? 0) + needs * (slots.hold[t] ?? 0))) / speed);
      }
    }
    let best = Number.POSITIVE_INFINITY;
    for (let step = 0; step < PRICES; step++) {
      const price = step === 0 ? high : (low + high) / 2;
      const done = this.atPrice(slots, levels, asked, price);
      if (step > 0 && done < asked.length) low = price;
      else high = price;
      best = this.trim(levels, asked, best);
    }
    return best < Number.POSITIVE_INFINITY ? this.exchange(slots.size, asked, best) : best;
  }

  /** Adds or drops a slot of the best set, or lets one take another's place beside it, as long as that helps. */
  private exchange(size: number, asked: Asked, start: number): number {
    let best = start;
    for (let before = Number.POSITIVE_INFINITY; best < before; ) {
      before = best;
      for (let t = 0; t < size; t++) {
        this.toggle(t);
        best = this.tryAll(asked, best);
        for (let other = t + 1; other < Math.min(size, t + 3); other++) {
          this.toggle(t);
          this.toggleToo(other);
          best = this.tryAll(asked, best);
        }
      }
    }
    return best;
  }

  /** The best set, with a slot added or dropped. */
  private toggle(t: number): void {
    this.count = this.bestCount;
    this.set.set(this.bestSet);
    this.toggleToo(t);
  }

  private toggleToo(t: number): void {
    const { set } = this;
    let i = 0;
    while (i < this.count && (set[i] ?? 0) < t) i++;
    if (i < this.count && set[i] === t) {
      set.copyWithin(i, i + 1, this.count);
      this.count--;
    } else if (this.count < set.length) {
      set.copyWithin(i + 1, i, this.count);
      set[i] = t;
      this.count++;
    }
  }

  /** Adds what {@link cost} found to `way`; `base` is the cell of the window's first slot. */
  write(way: Way, base: number): void {
    this.mixed.write(way, base, this.bestSet, this.bestCount, this.bestPart, this.bestWork);
  }

  /** Sets the slots of the minimum at a price of work; returns the work they do, pauses taken off. */
  private atPrice({ size, draw, hold, room }: Slots, levels: readonly Level[], asked: Asked, price: number): number {
    const { before } = this;
    const ofPause = price * asked.pause;
    let on = Number.POSITIVE_INFINITY;
    let onWork = 0;
    let off = Number.POSITIVE_INFINITY;
    let offWork = 0;
    let offSlot = NONE;
    let best = Number.POSITIVE_INFINITY;
    let bestWork = 0;
    let end = NONE;
    for (let t = 0; t < size; t++) {
      let here = Number.POSITIVE_INFINITY;
      let work = 0;
      for (const { speed, power, needs } of levels) {
        const value = power * (draw[t] ?? 0) + needs * (hold[t] ?? 0) - price * speed;
        if (value >= here || needs > (room[t] ?? 0) + CRUMB) continue;
        here = value;
        work = speed;
      }
      let from = on;
      let fromWork = onWork;
      before[t] = t - 1;
      if (off + ofPause < from) {
        from = off + ofPause;
        fromWork = offWork - asked.pause;
        before[t] = offSlot;
      }
      if (from >= 0) {
        from = 0;
        fromWork = 0;
        before[t] = NONE;
      }
      if (on < off) {
        off = on;
        offWork = onWork;
        offSlot = t - 1;
      }
      on = here + from;
      onWork = work + fromWork;
      if (on + asked.late * (t + 1) >= best) continue;
      best = on + asked.late * (t + 1);
      bestWork = onWork;
      end = t;
    }
    this.count = 0;
    for (let t = end; t !== NONE; t = before[t] ?? NONE) this.set[this.count++] = t;
    this.set.subarray(0, this.count).reverse();
    return bestWork;
  }

  /** Tries the set, and what is left of it when it is more than enough and the dearest ends go. */
  private trim(levels: readonly Level[], asked: Asked, limit: number): number {
    const { set } = this;
    const slowest = item(levels, 0).speed;
    let best = limit;
    while (this.count > 0) {
      best = this.tryAll(asked, best);
      let dearest = NONE;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < this.count; i++) {
        const price = this.mixed.baseOf(set[i] ?? 0);
        if (this.isInside(i) || price <= most) continue;
        most = price;
        dearest = i;
      }
      if (dearest === NONE || (this.count - 1) * slowest < asked.length) return best;
      set.copyWithin(dearest, dearest + 1, this.count);
      this.count--;
    }
    return best;
  }

  private isInside(i: number): boolean {
    const { set } = this;
    const t = set[i] ?? 0;
    return i > 0 && i < this.count - 1 && set[i - 1] === t - 1 && set[i + 1] === t + 1;
  }

  /** Tries the set with every slot whole, and with each end of a stretch in part. */
  private tryAll(asked: Asked, limit: number): number {
    const { set } = this;
    if (this.count === 0) return limit;
    let pauses = 0;
    for (let i = 1; i < this.count; i++) if ((set[i] ?? 0) > (set[i - 1] ?? 0) + 1) pauses++;
    const work = asked.length + pauses * asked.pause;
    const end = asked.late * ((set[this.count - 1] ?? 0) + 1);
    let best = this.take(NONE, work, end, limit);
    for (let i = 0; i < this.count; i++) if (!this.isInside(i)) best = this.take(set[i] ?? 0, work, end, best);
    return best;
  }

  private take(inPart: number, work: number, end: number, limit: number): number {
    const value = end + this.mixed.cost(this.set, this.count, inPart, work, limit - end);
    if (value >= limit) return limit;
    this.bestSet.set(this.set);
    this.bestCount = this.count;
    this.bestPart = inPart;
    this.bestWork = work;
    return value;
  }
}
