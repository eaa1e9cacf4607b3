/**
 * What is taken of a place, slot by slot. A job takes all it uses for the whole of every slot that it runs in, so that
 * what is reserved is never less than what is used at any moment.
 *
 * @module
 */
import type { Capacity } from './scene.ts';

/** Rounding of sums of fractions of CPUs. */
const TOLERANCE = 1e-9;

/** The slot that holds an instant; one that begins at it, within rounding. */
export const slotAt = (hours: number, stepH: number): number => Math.floor(hours / stepH + 1e-9);
/** One past the last slot of what ends at an instant. */
export const slotAfter = (hours: number, stepH: number): number => Math.ceil(hours / stepH - 1e-9);

export class Room {
  readonly #capacity: Capacity;
  readonly #stepH: number;
  #cpus: Float64Array;
  #gpus: Float64Array;

  constructor(capacity: Capacity, stepH: number, slots: number) {
    this.#capacity = capacity;
    this.#stepH = stepH;
    this.#cpus = new Float64Array(slots);
    this.#gpus = new Float64Array(slots);
  }

  fits(slot: number, cpus: number, gpus: number): boolean {
    return (
      (this.#cpus[slot] ?? 0) + cpus <= this.#capacity.cpus + TOLERANCE &&
      (this.#gpus[slot] ?? 0) + gpus <= this.#capacity.gpus + TOLERANCE
    );
  }

  /** The share of the scarcer kind that is taken, 0 to 1. */
  taken(slot: number): number {
    return Math.max((this.#cpus[slot] ?? 0) / this.#capacity.cpus, (this.#gpus[slot] ?? 0) / this.#capacity.gpus || 0);
  }

  /** Takes, or with −1 gives back, the slots of a piece from slot `from` on. */
  reserve(startH: number, endH: number, cpus: number, gpus: number, sign: 1 | -1 = 1, from = 0): void {
    const last = slotAfter(endH, this.#stepH);
    if (last > this.#cpus.length) this.#widen(last * 2);
    for (let slot = Math.max(from, slotAt(startH, this.#stepH)); slot < last; slot++) {
      this.#cpus[slot] = (this.#cpus[slot] ?? 0) + sign * cpus;
      this.#gpus[slot] = (this.#gpus[slot] ?? 0) + sign * gpus;
    }
  }

  #widen(slots: number): void {
    const [cpus, gpus] = [new Float64Array(slots), new Float64Array(slots)];
    cpus.set(this.#cpus);
    gpus.set(this.#gpus);
    [this.#cpus, this.#gpus] = [cpus, gpus];
  }
}
