/**
 * The cheapest stretch of a window: work in one piece, at one size. It begins or ends with a slot, whichever is cheaper;
 * between the two the cost is linear, so that one of them is best.
 *
 * @module
 */
import { CRUMB, type Lane, type Way } from './way.ts';

export class CheapestStretch {
  private readonly prefix: Float64Array;
  private start = 0;
  private startsInPart = false;

  constructor(longest: number) {
    this.prefix = new Float64Array(longest + 1);
  }

  /**
   * What `whole` slots one after the other cost at least, the first or the last of them run to the part `part`, with
   * `late` for each slot until the end; infinite when no stretch has room. Among equals the earliest. O(size).
   */
  stretch(lane: Lane, whole: number, part: number, late: number): number {
    const { price, room, size } = lane;
    const { prefix } = this;
    let best = Number.POSITIVE_INFINITY;
    // Slots up to here, that of the end and that before it, in which the step does not fit whole.
    let blocked = -1;
    let blockedBefore = -1;
    prefix[0] = 0;
    for (let t = 0; t < size; t++) {
      const here = price[t] ?? 0;
      prefix[t + 1] = (prefix[t] ?? 0) + here;
      blockedBefore = blocked;
      if ((room[t] ?? 0) < 1 - CRUMB) blocked = t;
      const first = t - whole + 1;
      if (first < 0) continue;
      const end = late * (t + 1);
      if (blockedBefore < first && (room[t] ?? 0) >= part - CRUMB) {
        const value = (prefix[t] ?? 0) - (prefix[first] ?? 0) + part * here + end;
        if (value < best) {
          best = value;
          this.start = first;
          this.startsInPart = false;
        }
      }
      if (part < 1 && blocked <= first && (room[first] ?? 0) >= part - CRUMB) {
        const value = (prefix[t + 1] ?? 0) - (prefix[first + 1] ?? 0) + part * (price[first] ?? 0) + end;
        if (value < best) {
          best = value;
          this.start = first;
          this.startsInPart = true;
        }
      }
    }
    return best;
  }

  /** Adds what {@link stretch} found to `way`; `base` is the cell of the window's first slot. */
  write(way: Way, base: number, level: number, whole: number, part: number): void {
    const inPart = this.startsInPart ? 0 : whole - 1;
    for (let i = 0; i < whole; i++) way.add(base + this.start + i, i === inPart ? part : 1, level);
  }
}
