/**
 * Work that may pause at no cost and that has several sizes, or several sites at once: fills the hulls of
 * {@link HullGreedy} slot by slot from the prices of a window.
 *
 * @module
 */
import { item } from '../../at.ts';
import type { Level, Place } from '../fleet.ts';
import { HullGreedy } from './hull.ts';
import { CRUMB, type Way } from './way.ts';

/** A window: what a slot costs at power 1 and needs 1, and the multiples of the needs that have room; places in a row. */
export interface Slots {
  size: number;
  readonly draw: Float64Array;
  readonly hold: Float64Array;
  readonly room: Float64Array;
  /** Multiples of the needs that there are when nothing else runs: no size of whole needs goes beyond. */
  readonly limit: Float64Array;
}

/**
 * How room is taken: any part of a size, as far as there is room, or only sizes that are there as a whole; for a bound
 * the same two, where what is taken may not fit.
 */
export type RoomRule = 'parts' | 'whole' | 'parts-bound' | 'whole-bound';

export class Sizes {
  private readonly hull: HullGreedy;
  private readonly rooms: Float64Array;

  constructor(longest: number, points: number, places: number) {
    this.hull = new HullGreedy(longest, points);
    this.rooms = new Float64Array(places);
  }

  /** What `work` at one place costs at least, with `late` for each slot until the end; infinite when it does not fit. */
  atOnePlace(slots: Slots, levels: readonly Level[], work: number, late: number, rule: RoomRule): number {
    return this.upToBestEnd(slots.size, work, late, (t) => this.addSlot(slots, levels, t, rule));
  }

  /** The same at all places at once: place i's window is at i × size. */
  atAllPlaces(slots: Slots, places: readonly Place[], work: number, late: number, isBound: boolean): number {
    const cost = this.upToBestEnd(slots.size, work, late, (t) => this.addPlaces(slots, places, t, isBound, false));
    if (isBound || cost < Number.POSITIVE_INFINITY) return cost;
    return this.upToBestEnd(slots.size, work, late, (t) => this.addPlaces(slots, places, t, false, true));
  }

  write(way: Way, cellOf: (slot: number, place: number) => number): void {
    this.hull.write(way, (slot, id) => cellOf(slot, id >> 8));
  }

  private upToBestEnd(size: number, work: number, late: number, add: (t: number) => void): number {
    const { hull } = this;
    hull.begin(work);
    if (late === 0) {
      for (let t = 0; t < size; t++) add(t);
      return hull.cost;
    }
    let best = Number.POSITIVE_INFINITY;
    let end = 0;
    for (let t = 0; t < size; t++) {
      add(t);
      const value = hull.cost + late * (t + 1);
      if (value >= best) continue;
      best = value;
      end = t + 1;
    }
    if (end === 0) return best;
    hull.begin(work);
    for (let t = 0; t < end; t++) add(t);
    return best;
  }

  private addSlot({ draw, hold, room, limit }: Slots, levels: readonly Level[], t: number, rule: RoomRule): void {
    const multiples = room[t] ?? 0;
    const most = rule === 'whole' || rule === 'whole-bound' ? (limit[t] ?? 0) + CRUMB : Number.POSITIVE_INFINITY;
    if (multiples <= 0) return;
    for (let l = 0; l < levels.length; l++) {
      const { speed, power, needs } = item(levels, l);
      if (needs <= most) this.hull.addPoint(l, speed, power * (draw[t] ?? 0) + needs * (hold[t] ?? 0), needs);
    }
    const isBound = rule === 'parts-bound' || rule === 'whole-bound';
    this.hull.addSlot(t, isBound ? Number.POSITIVE_INFINITY : multiples, rule === 'whole');
  }

  private addPlaces(
    { draw, hold, room, size }: Slots,
    places: readonly Place[],
    t: number,
    isBound: boolean,
    isFast: boolean,
  ): void {
    for (let i = 0; i < places.length; i++) {
      const at = i * size + t;
      const multiples = room[at] ?? 0;
      this.rooms[i] = multiples;
      if (multiples <= 0) continue;
      const { levels } = item(places, i);
      for (let l = 0; l < levels.length; l++) {
        const { speed, power, needs } = item(levels, l);
        this.hull.addPoint(i * 256 + l, speed, power * (draw[at] ?? 0) + needs * (hold[at] ?? 0), needs);
      }
    }
    if (isBound) this.hull.addSlot(t, Number.POSITIVE_INFINITY);
    else this.hull.addShared(t, this.rooms, isFast);
  }
}
