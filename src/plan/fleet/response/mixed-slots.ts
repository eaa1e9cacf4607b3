/**
 * Work that changes its size on the way, in given slots: each is run whole, at the slowest size or further along its
 * hull, but for one that may be run in part. Exact where room does not bind: along a hull the slopes ascend, and one edge
 * is taken in part.
 *
 * @module
 */
import { item } from '../../at.ts';
import type { Level } from '../fleet.ts';
import type { Slots } from './sizes.ts';
import { CRUMB, type Way } from './way.ts';

/** Not running. */
const REST = 255;
export const NONE = -1;

/** The edges of the hulls of a window's slots, from a level on: by slot and edge, ascending in slope. */
class Edges {
  readonly most: number;
  readonly count: Int32Array;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly slope: Float64Array;
  readonly width: Float64Array;
  /** Part of the slot that the whole edge moves. */
  readonly part: Float64Array;

  constructor(slots: number, levels: number) {
    this.most = levels;
    this.count = new Int32Array(slots);
    this.from = new Uint8Array(slots * levels);
    this.to = new Uint8Array(slots * levels);
    this.slope = new Float64Array(slots * levels);
    this.width = new Float64Array(slots * levels);
    this.part = new Float64Array(slots * levels);
  }

  /** Fills in a slot's, from level `first` on, as far as its room reaches. */
  fill({ draw, hold, room, limit }: Slots, levels: readonly Level[], t: number, first: number): void {
    const multiples = room[t] ?? 0;
    let from = first;
    let edges = 0;
    for (;;) {
      const now = levels[from];
      const speed = now?.speed ?? 0;
      const cost = now === undefined ? 0 : now.power * (draw[t] ?? 0) + now.needs * (hold[t] ?? 0);
      let next = NONE;
      let least = Number.POSITIVE_INFINITY;
      for (let l = 0; l < levels.length; l++) {
        const level = item(levels, l);
        if (level.speed <= speed + CRUMB || level.needs > (limit[t] ?? 0) + CRUMB) continue;
        const slope = (level.power * (draw[t] ?? 0) + level.needs * (hold[t] ?? 0) - cost) / (level.speed - speed);
        if (slope > least) continue;
        least = slope;
        next = l;
      }
      if (next === NONE) break;
      const level = item(levels, next);
      const needs = now?.needs ?? 0;
      const part = level.needs <= multiples + CRUMB ? 1 : (multiples - needs) / (level.needs - needs);
      if (part <= CRUMB) break;
      const at = t * this.most + edges++;
      this.from[at] = from;
      this.to[at] = next;
      this.slope[at] = least;
      this.width[at] = part * (level.speed - speed);
      this.part[at] = part;
      if (part < 1) break;
      from = next;
    }
    this.count[t] = edges;
  }
}

export class MixedSlots {
  private readonly whole: Edges;
  private readonly open: Edges;
  /** By slot: what it costs at the slowest level, and whether that has room. */
  private readonly base: Float64Array;
  private readonly fits: Uint8Array;
  /** By slot: edges taken; and of the last that was taken its slot, and the part of it. */
  private readonly taken: Int32Array;
  private last = NONE;
  private lastPart = 1;
  private slowest = 1;

  constructor(longest: number, levels: number) {
    this.whole = new Edges(longest, levels);
    this.open = new Edges(longest, levels);
    this.base = new Float64Array(longest);
    this.fits = new Uint8Array(longest);
    this.taken = new Int32Array(longest);
  }

  /** Takes in the prices of a window. */
  read(slots: Slots, levels: readonly Level[]): void {
    const { speed, power, needs } = item(levels, 0);
    this.slowest = speed;
    for (let t = 0; t < slots.size; t++) {
      this.base[t] = power * (slots.draw[t] ?? 0) + needs * (slots.hold[t] ?? 0);
      this.fits[t] = needs <= (slots.room[t] ?? 0) + CRUMB ? 1 : 0;
      this.whole.fill(slots, levels, t, 0);
      this.open.fill(slots, levels, t, REST);
    }
  }

  /** What a whole slot costs at the slowest level. */
  baseOf(t: number): number {
    return this.base[t] ?? 0;
  }

  /**
   * What the first `count` slots of `set` cost when they do the work by their cheapest edges, `inPart` from rest and all
   * others from the slowest level on; infinite when they cannot, or not below `limit`.
   */
  cost(set: Int32Array, count: number, inPart: number, work: number, limit: number): number {
    const { taken, whole, open } = this;
    let sum = 0;
    let left = work;
    for (let i = 0; i < count; i++) {
      const t = set[i] ?? 0;
      taken[t] = 0;
      if (t === inPart) continue;
      if (this.fits[t] === 0) return Number.POSITIVE_INFINITY;
      sum += this.base[t] ?? 0;
      left -= this.slowest;
    }
    if (left < -CRUMB) return Number.POSITIVE_INFINITY;
    this.last = NONE;
    while (left > CRUMB) {
      let next = NONE;
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < count; i++) {
        const t = set[i] ?? 0;
        const edges = t === inPart ? open : whole;
        const e = taken[t] ?? 0;
        if (e >= (edges.count[t] ?? 0)) continue;
        const slope = edges.slope[t * edges.most + e] ?? 0;
        if (slope >= least) continue;
        least = slope;
        next = t;
      }
      if (next === NONE || (least >= 0 && sum >= limit)) return Number.POSITIVE_INFINITY;
      const edges = next === inPart ? open : whole;
      const e = taken[next] ?? 0;
      const width = edges.width[next * edges.most + e] ?? 0;
      sum += Math.min(left, width) * least;
      this.last = next;
      this.lastPart = Math.min(1, left / width);
      left -= width;
      taken[next] = e + 1;
    }
    // A part of nothing would be a slot that is not run.
    return inPart !== NONE && taken[inPart] === 0 ? Number.POSITIVE_INFINITY : sum;
  }

  /** Adds to `way` what {@link cost} found; `base` is the cell of the window's first slot. */
  write(way: Way, base: number, set: Int32Array, count: number, inPart: number, work: number): void {
    this.cost(set, count, inPart, work, Number.POSITIVE_INFINITY);
    for (let i = 0; i < count; i++) {
      const t = set[i] ?? 0;
      const edges = t === inPart ? this.open : this.whole;
      const taken = this.taken[t] ?? 0;
      if (taken === 0) {
        way.add(base + t, 1, 0);
        continue;
      }
      const at = t * edges.most + taken - 1;
      const part = (edges.part[at] ?? 1) * (t === this.last ? this.lastPart : 1);
      const from = edges.from[at] ?? 0;
      if (part < 1 && from !== REST) way.add(base + t, 1 - part, from);
      way.add(base + t, part, edges.to[at] ?? 0);
    }
    way.sort();
  }
}
