/**
 * A plan in the making: which step runs how, and what room is left. Steps are put in and lifted out again.
 *
 * @module
 */
import { item } from '../../../at.ts';
import type { Assignment, Fleet } from '../../fleet.ts';
import type { Way } from '../../response/way.ts';
import { placeOf, profileOf, weighCells } from '../../weigh.ts';

export class Draft {
  /** By resource and cell: units that are free; below 0 where a draft is overfull. */
  readonly room: readonly Float64Array[];
  /** By step: what it weighs, its toll and delay included; 0 when it is out. */
  readonly cost: Float64Array;
  /** By step: its first and last slot; −1 when it is out. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Steps that are in. */
  placed = 0;
  private readonly fleet: Fleet;
  private readonly soonest: Float64Array;
  private readonly kilowatt: Float64Array;
  private readonly unit: readonly (Float64Array | undefined)[];
  private readonly from: Int32Array;
  private readonly count: Int32Array;
  private readonly place: Int32Array;
  private readonly cell: Int32Array;
  private readonly share: Float64Array;
  private readonly level: Uint8Array;

  constructor(fleet: Fleet, soonest: Float64Array) {
    const { count } = fleet.steps;
    const { kilowatt, unit } = weighCells(fleet);
    this.fleet = fleet;
    this.soonest = soonest;
    this.kilowatt = kilowatt;
    this.unit = unit;
    this.room = fleet.resources.map(({ capacity }) => capacity.slice());
    this.cost = new Float64Array(count);
    this.first = new Int32Array(count).fill(-1);
    this.last = new Int32Array(count).fill(-1);
    this.from = new Int32Array(count + 1);
    for (let step = 0; step < count; step++) this.from[step + 1] = (this.from[step] ?? 0) + mostEntries(fleet, step);
    const entries = this.from[count] ?? 0;
    this.count = new Int32Array(count);
    this.place = new Int32Array(count).fill(-1);
    this.cell = new Int32Array(entries);
    this.share = new Float64Array(entries);
    this.level = new Uint8Array(entries);
  }

  isIn(step: number): boolean {
    return (this.first[step] ?? -1) >= 0;
  }

  /** What all steps that are in weigh. */
  total(): number {
    let sum = 0;
    for (let step = 0; step < this.cost.length; step++) sum += this.cost[step] ?? 0;
    return sum;
  }

  /** Puts a step in that is out; `cost` is what it weighs, when that is known. */
  put(step: number, way: Way, cost = this.weigh(step, way)): void {
    const { cell, share, level } = this;
    const from = this.from[step] ?? 0;
    for (let i = 0; i < way.count; i++) {
      cell[from + i] = way.cell[i] ?? 0;
      share[from + i] = way.share[i] ?? 0;
      level[from + i] = way.level[i] ?? 0;
    }
    this.count[step] = way.count;
    this.place[step] = way.place;
    this.cost[step] = cost;
    this.first[step] = (way.cell[0] ?? 0) % this.fleet.slots;
    this.last[step] = (way.cell[way.count - 1] ?? 0) % this.fleet.slots;
    this.placed++;
    this.take(step, 1);
  }

  /** Lifts a step out that is in. */
  lift(step: number): void {
    this.take(step, -1);
    this.cost[step] = 0;
    this.first[step] = -1;
    this.last[step] = -1;
    this.placed--;
  }

  clear(): void {
    for (let step = 0; step < this.cost.length; step++) if (this.isIn(step)) this.lift(step);
  }

  /** Copies how a step that is in runs. */
  copy(step: number, way: Way): void {
    const from = this.from[step] ?? 0;
    way.count = 0;
    way.place = this.place[step] ?? -1;
    way.value = this.cost[step] ?? 0;
    for (let i = from; i < from + (this.count[step] ?? 0); i++) {
      way.add(this.cell[i] ?? 0, this.share[i] ?? 0, this.level[i] ?? 0);
    }
  }

  /** What a way weighs; with `held`, the weights of units under capacity prices, under these. */
  weigh(step: number, way: Way, held = this.unit): number {
    const { fleet, kilowatt } = this;
    const { steps, weights, slots } = fleet;
    const kw = steps.power[step] ?? 0;
    let sum = 0;
    for (let i = 0; i < way.count; i++) {
      const cell = way.cell[i] ?? 0;
      const { power, needs } = item(placeOf(fleet, step, way.place, cell).levels, way.level[i] ?? 0);
      let slot = power * kw * (kilowatt[cell] ?? 0);
      for (let r = 0; r < held.length; r++) {
        const paid = held[r];
        if (paid !== undefined) slot += needs * (steps.needs[r]?.[step] ?? 0) * (paid[cell] ?? 0);
      }
      sum += (way.share[i] ?? 0) * slot;
    }
    const { tollGrams, tollMoney } = item(profileOf(fleet, step).places, way.place);
    const end = ((way.cell[way.count - 1] ?? 0) % slots) + 1;
    const delay = weights.delay === 0 ? 0 : weights.delay * (end - (this.soonest[step] ?? 0));
    return sum + weights.grams * tollGrams + weights.money * tollMoney + delay;
  }

  private take(step: number, times: number): void {
    const { fleet, room, cell, share, level } = this;
    const from = this.from[step] ?? 0;
    const to = from + (this.count[step] ?? 0);
    const place = this.place[step] ?? -1;
    for (let i = from; i < to; i++) {
      const here = cell[i] ?? 0;
      const part = times * (share[i] ?? 0) * item(placeOf(fleet, step, place, here).levels, level[i] ?? 0).needs;
      for (let r = 0; r < room.length; r++) {
        const units = fleet.steps.needs[r]?.[step] ?? 0;
        const free = room[r];
        if (units !== 0 && free !== undefined) free[here] = (free[here] ?? 0) - part * units;
      }
    }
  }

  /** Part of a slot for which there is room in a cell, at `multiples` of the step's needs. */
  fits(step: number, cell: number, multiples: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let r = 0; r < this.room.length; r++) {
      const units = multiples * (this.fleet.steps.needs[r]?.[step] ?? 0);
      if (units > 0) least = Math.min(least, (this.room[r]?.[cell] ?? 0) / units);
    }
    return least;
  }

  /** What a slot at size 1 weighs in a cell. */
  priceIn(step: number, cell: number): number {
    const { steps } = this.fleet;
    let price = (steps.power[step] ?? 0) * (this.kilowatt[cell] ?? 0);
    for (let r = 0; r < this.unit.length; r++) price += (steps.needs[r]?.[step] ?? 0) * (this.unit[r]?.[cell] ?? 0);
    return price;
  }

  /** Calls `visit` with every cell that a step that is in uses. */
  eachCell(step: number, visit: (cell: number) => void): void {
    const from = this.from[step] ?? 0;
    for (let i = from; i < from + (this.count[step] ?? 0); i++) visit(this.cell[i] ?? 0);
  }

  /** The draft as it stands. */
  assignment(): Assignment {
    const { count } = this.fleet.steps;
    const from = new Int32Array(count + 1);
    for (let step = 0; step < count; step++) {
      from[step + 1] = (from[step] ?? 0) + (this.isIn(step) ? (this.count[step] ?? 0) : 0);
    }
    const entries = from[count] ?? 0;
    const cell = new Int32Array(entries);
    const share = new Float64Array(entries);
    const level = new Uint8Array(entries);
    for (let step = 0; step < count; step++) {
      if (!this.isIn(step)) continue;
      const source = this.from[step] ?? 0;
      const to = from[step] ?? 0;
      const end = source + (this.count[step] ?? 0);
      cell.set(this.cell.subarray(source, end), to);
      share.set(this.share.subarray(source, end), to);
      level.set(this.level.subarray(source, end), to);
    }
    return { from, cell, share, level, place: this.place.slice() };
  }

  /** Makes this draft the same as `other`, of the same fleet. */
  become(other: Draft): void {
    this.room.forEach((free, r) => {
      free.set(other.room[r] ?? free);
    });
    this.cost.set(other.cost);
    this.first.set(other.first);
    this.last.set(other.last);
    this.count.set(other.count);
    this.place.set(other.place);
    this.cell.set(other.cell);
    this.share.set(other.share);
    this.level.set(other.level);
    this.placed = other.placed;
  }
}

/** The most entries that a way of the step may have. */
export function mostEntries(fleet: Fleet, step: number): number {
  const { steps, slots } = fleet;
  const { kind, places } = profileOf(fleet, step);
  const window = Math.max(0, Math.min(steps.deadline[step] ?? 0, slots) - (steps.release[step] ?? 0));
  if (kind === 'fluid') return window * (places.length + 1);
  return places.some(({ levels }) => levels.length > 1) ? 2 * window : window;
}
