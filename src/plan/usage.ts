/**
 * What a site has in use over time: when a step fits in, and when too much is asked of it.
 *
 * @module
 */
import type { Needs } from '../workload/index.ts';
import type { Stretch } from './account.ts';
import { item } from './at.ts';

const NOTHING: Needs = { cpus: 0, gpus: 0, memory: 0 };

const sum = (a: Needs, b: Needs): Needs => ({
  cpus: a.cpus + b.cpus,
  gpus: a.gpus + b.gpus,
  memory: a.memory + b.memory,
});

const difference = (a: Needs, b: Needs): Needs => ({
  cpus: a.cpus - b.cpus,
  gpus: a.gpus - b.gpus,
  memory: a.memory - b.memory,
});

/** Whether `needs` fit into `capacity`. */
export const fitsIn = (needs: Needs, capacity: Needs): boolean =>
  needs.cpus <= capacity.cpus && needs.gpus <= capacity.gpus && needs.memory <= capacity.memory;

/** Whether all of `needs` fit into `capacity` together. */
export const fitTogether = (needs: readonly Needs[], capacity: Needs): boolean =>
  fitsIn(needs.reduce(sum, NOTHING), capacity);

/** A piecewise constant sum of needs; each piece begins at its time and ends with the next. O(pieces) for each call. */
export class Usage {
  readonly #capacity: Needs;
  readonly #times: number[] = [Number.NEGATIVE_INFINITY];
  readonly #used: Needs[] = [NOTHING];

  constructor(capacity: Needs) {
    this.#capacity = capacity;
  }

  /** Position of the piece that holds `time`. */
  #pieceAt(time: number): number {
    let low = 0;
    let high = this.#times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (item(this.#times, middle) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Makes a piece begin at `time`. */
  #split(time: number): number {
    const piece = this.#pieceAt(time);
    if (this.#times[piece] === time) return piece;
    this.#times.splice(piece + 1, 0, time);
    this.#used.splice(piece + 1, 0, item(this.#used, piece));
    return piece + 1;
  }

  #change({ start, end }: Stretch, to: (used: Needs) => Needs): void {
    const first = this.#split(start);
    const last = this.#split(end);
    for (let piece = first; piece < last; piece++) this.#used[piece] = to(item(this.#used, piece));
  }

  add(needs: Needs, stretch: Stretch): void {
    this.#change(stretch, (used) => sum(used, needs));
  }

  remove(needs: Needs, stretch: Stretch): void {
    this.#change(stretch, (used) => difference(used, needs));
  }

  /** The earliest start from `ready` on at which `length` ms of `needs` fit in; `ready` where they never do. */
  earliestFit(needs: Needs, ready: number, length: number): number {
    let start = ready;
    for (let piece = this.#pieceAt(ready); piece < this.#times.length; piece++) {
      if (item(this.#times, piece) >= start + length) return start;
      if (!fitsIn(sum(item(this.#used, piece), needs), this.#capacity)) {
        start = this.#times[piece + 1] ?? Number.POSITIVE_INFINITY;
      }
    }
    return Number.isFinite(start) ? start : ready;
  }

  fits(needs: Needs, { start, end }: Stretch): boolean {
    return this.earliestFit(needs, start, end - start) === start && fitsIn(needs, this.#capacity);
  }
}
