/**
 * How one step runs: what a response writes, and what a plan in the making stores. Buffers, written over and over.
 *
 * @module
 */

export class Way {
  /** What it weighs under the terms it was sought under; infinite when there is none. */
  value = Number.POSITIVE_INFINITY;
  /** No way weighs less under these terms; equals `value` where the search was exact. */
  least = Number.POSITIVE_INFINITY;
  /** Position of the place within the profile. */
  place = -1;
  /** Entries in use; ascending in time. */
  count = 0;
  readonly cell: Int32Array;
  readonly share: Float64Array;
  readonly level: Uint8Array;

  private readonly slots: number;

  constructor(entries: number, slots: number) {
    this.slots = slots;
    this.cell = new Int32Array(entries);
    this.share = new Float64Array(entries);
    this.level = new Uint8Array(entries);
  }

  add(cell: number, share: number, level: number): void {
    this.cell[this.count] = cell;
    this.share[this.count] = share;
    this.level[this.count] = level;
    this.count++;
  }

  /** What it runs of a cell. */
  shareIn(cell: number): number {
    let share = 0;
    for (let i = 0; i < this.count; i++) if (this.cell[i] === cell) share += this.share[i] ?? 0;
    return share;
  }

  /** Adds to what it runs of a cell, at the lowest level. */
  addTo(cell: number, share: number): void {
    for (let i = 0; i < this.count; i++) {
      if (this.cell[i] !== cell) continue;
      this.share[i] = (this.share[i] ?? 0) + share;
      return;
    }
    this.add(cell, share, 0);
  }

  /** Puts the entries in the order of time. */
  sort(): void {
    const { cell, share, level, slots } = this;
    for (let i = 1; i < this.count; i++) {
      const c = cell[i] ?? 0;
      const s = share[i] ?? 0;
      const l = level[i] ?? 0;
      let z = i;
      while (z > 0 && (cell[z - 1] ?? 0) % slots > c % slots) {
        cell[z] = cell[z - 1] ?? 0;
        share[z] = share[z - 1] ?? 0;
        level[z] = level[z - 1] ?? 0;
        z--;
      }
      cell[z] = c;
      share[z] = s;
      level[z] = l;
    }
  }
}

/** The slots of a window at one place, at one level: what a whole slot costs, and how much of the step fits. */
export interface Lane {
  size: number;
  readonly price: Float64Array;
  /** Part of a slot of the step for which there is room; 1 or more: the whole. */
  readonly room: Float64Array;
}

/** What is left of room by rounding counts as room. */
export const CRUMB = 1e-9;
