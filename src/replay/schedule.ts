/**
 * When and where jobs ran under a policy: half-open pieces in columns, in no order.
 *
 * @module
 */

export interface Schedule {
  readonly count: number;
  /** Row in the jobs of the scene. */
  readonly job: Uint32Array;
  /** Position in the places of the scene. */
  readonly place: Uint16Array;
  readonly startH: Float64Array;
  readonly endH: Float64Array;
}

/** Takes pieces one by one. */
export class Pieces {
  #count = 0;
  #job = new Uint32Array(4096);
  #place = new Uint16Array(4096);
  #startH = new Float64Array(4096);
  #endH = new Float64Array(4096);

  add(job: number, place: number, startH: number, endH: number): void {
    if (this.#count === this.#job.length) this.#grow();
    this.#job[this.#count] = job;
    this.#place[this.#count] = place;
    this.#startH[this.#count] = startH;
    this.#endH[this.#count] = endH;
    this.#count += 1;
  }

  #grow(): void {
    const wider = this.#job.length * 2;
    const [job, place] = [new Uint32Array(wider), new Uint16Array(wider)];
    const [startH, endH] = [new Float64Array(wider), new Float64Array(wider)];
    job.set(this.#job);
    place.set(this.#place);
    startH.set(this.#startH);
    endH.set(this.#endH);
    [this.#job, this.#place, this.#startH, this.#endH] = [job, place, startH, endH];
  }

  finish(): Schedule {
    const count = this.#count;
    return {
      count,
      job: this.#job.subarray(0, count),
      place: this.#place.subarray(0, count),
      startH: this.#startH.subarray(0, count),
      endH: this.#endH.subarray(0, count),
    };
  }
}
