/**
 * Work of several sizes in one piece: every stretch is tried, with its first or its last slot or none in part.
 *
 * @module
 */
import { item } from '../../at.ts';
import type { Level } from '../fleet.ts';
import { type MixedSlots, NONE } from './mixed-slots.ts';
import type { Slots } from './sizes.ts';
import { CRUMB, type Way } from './way.ts';

export class MixedStretch {
  private readonly mixed: MixedSlots;
  private readonly set: Int32Array;
  private start = 0;
  private count = 0;
  private inPart = NONE;

  constructor(longest: number, mixed: MixedSlots) {
    this.mixed = mixed;
    this.set = new Int32Array(longest);
  }

  /** What `work` costs at least, with `late` for each slot until its end; infinite when there is no room. */
  cost(slots: Slots, levels: readonly Level[], work: number, late: number): number {
    const { mixed, set } = this;
    mixed.read(slots, levels);
    const fastest = item(levels, levels.length - 1).speed;
    const longest = Math.min(slots.size, Math.ceil(work / item(levels, 0).speed - CRUMB));
    let best = Number.POSITIVE_INFINITY;
    for (let count = Math.max(1, Math.ceil(work / fastest - CRUMB)); count <= longest; count++) {
      for (let start = 0; start + count <= slots.size; start++) {
        for (let i = 0; i < count; i++) set[i] = start + i;
        for (const inPart of [NONE, start + count - 1, start]) {
          const end = late * (start + count);
          const value = end + mixed.cost(set, count, inPart, work, best - end);
          if (value >= best) continue;
          best = value;
          this.start = start;
          this.count = count;
          this.inPart = inPart;
        }
      }
    }
    return best;
  }

  /** Adds what {@link cost} found to `way`; `base` is the cell of the window's first slot. */
  write(way: Way, base: number, work: number): void {
    for (let i = 0; i < this.count; i++) this.set[i] = this.start + i;
    this.mixed.write(way, base, this.set, this.count, this.inPart, work);
  }
}
