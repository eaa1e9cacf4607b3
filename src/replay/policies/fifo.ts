/**
 * First come, first served: jobs start in the order of submission, each as soon as what it uses is free, where they ran.
 * Nobody overtakes. Without a capacity it is run-now.
 *
 * @module
 */
import type { Policy } from '../policy.ts';
import type { Scene } from '../scene.ts';
import { Pieces } from '../schedule.ts';

export const fifo: Policy = {
  name: 'fifo',
  about: 'first come, first served, within the capacity',
  walk({ jobs, capacity }: Scene) {
    const { count, submitH, lengthH, cpus, gpus } = jobs;
    const pieces = new Pieces();
    const running = new Ends(count);
    let [freeCpus, freeGpus] = [capacity?.cpus ?? Number.POSITIVE_INFINITY, capacity?.gpus ?? Number.POSITIVE_INFINITY];
    const end = (): number => {
      const job = running.take();
      freeCpus += cpus[job] ?? 0;
      freeGpus += gpus[job] ?? 0;
      return running.endOf(job);
    };
    let before = Number.NEGATIVE_INFINITY;
    for (let job = 0; job < count; job++) {
      let start = Math.max(before, submitH[job] ?? 0);
      const [wantedCpus, wantedGpus] = [(cpus[job] ?? 0) - 1e-9, (gpus[job] ?? 0) - 1e-9];
      while (running.first <= start) end();
      while ((freeCpus < wantedCpus || freeGpus < wantedGpus) && running.size > 0) start = Math.max(start, end());
      freeCpus -= cpus[job] ?? 0;
      freeGpus -= gpus[job] ?? 0;
      running.add(job, start + (lengthH[job] ?? 0));
      pieces.add(job, 0, start, start + (lengthH[job] ?? 0));
      before = start;
    }
    return pieces.finish();
  },
};

/** Running jobs by their ends: a binary heap (Williams, CACM 7, 1964). */
class Ends {
  readonly #ends: Float64Array;
  readonly #heap: Uint32Array;
  #size = 0;

  constructor(count: number) {
    this.#ends = new Float64Array(count);
    this.#heap = new Uint32Array(count);
  }

  get size(): number {
    return this.#size;
  }

  /** The earliest end; infinite where nothing runs. */
  get first(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#at(0);
  }

  endOf(job: number): number {
    return this.#ends[job] ?? 0;
  }

  #at(position: number): number {
    return this.#ends[this.#heap[position] ?? 0] ?? 0;
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a] ?? 0;
    this.#heap[a] = this.#heap[b] ?? 0;
    this.#heap[b] = kept;
  }

  add(job: number, end: number): void {
    this.#ends[job] = end;
    let position = this.#size;
    this.#heap[position] = job;
    this.#size += 1;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (this.#at(parent) <= this.#at(position)) break;
      this.#swap(parent, position);
      position = parent;
    }
  }

  /** The job that ends first. */
  take(): number {
    const job = this.#heap[0] ?? 0;
    this.#size -= 1;
    this.#swap(0, this.#size);
    let position = 0;
    for (;;) {
      const [left, right] = [2 * position + 1, 2 * position + 2];
      let least = position;
      if (left < this.#size && this.#at(left) < this.#at(least)) least = left;
      if (right < this.#size && this.#at(right) < this.#at(least)) least = right;
      if (least === position) return job;
      this.#swap(position, least);
      position = least;
    }
  }
}
