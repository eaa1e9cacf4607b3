/**
 * Work that may run at several levels, and change level at no cost: how fast to run in each slot. Exact where a slot may
 * be shared between two levels.
 *
 * The lower convex hull of (throughput, cost) makes each further unit of work in a slot cost more than the one before, so
 * that the cheapest steps of all slots can be taken one by one. Steps between neighbouring levels, as CarbonScaler takes
 * them (Hanafy et al., POMACS 7(3), 2023), are the cheapest only where marginal power per marginal throughput never falls.
 *
 * @module
 */
import { at } from '../at.ts';
import { marginalPrice, putCell, ROUNDING, roomOf, type Slots } from './cheapest.ts';

/** Ways to run, ascending in throughput. To be off (no work, no power) is not listed, and always possible. */
export interface Levels {
  /** Work in all of a slot. */
  readonly throughput: Float64Array;
  /** What the price of a slot is multiplied by: kW, or kWh in all of a slot. */
  readonly power: Float64Array;
  /** Units of capacity that are taken; needed where capacity has a price. */
  readonly units?: Float64Array;
}

/** Slots in which capacity may have a price of its own. */
export interface ElasticSlots extends Slots {
  /** What a unit of capacity costs in all of a slot, by slot of the grid; 0 where absent. */
  readonly unitPrice?: Float64Array;
}

/** No level at all. */
export const OFF = -1;

/** Vertices of a lower convex hull, ascending in throughput, the first of them off. */
export interface Hull {
  readonly length: number;
  /** Index into the levels; {@link OFF} for the first. */
  readonly level: Int32Array;
  /** Work in all of a slot. */
  readonly throughput: Float64Array;
  /** Cost of all of the slot. */
  readonly cost: Float64Array;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

const emptyHull = (levels: number): Mutable<Hull> => ({
  length: 0,
  level: new Int32Array(levels + 1).fill(OFF),
  throughput: new Float64Array(levels + 1),
  cost: new Float64Array(levels + 1),
});

/**
 * The levels that are worth running at in `slot`, between which its time is shared. Levels that cost as much as their
 * neighbours mixed are left out. O(levels).
 */
export function hullIn(slots: ElasticSlots, levels: Levels, slot: number): Hull {
  const hull = emptyHull(levels.throughput.length);
  span(hull, slots, levels, slot);
  return hull;
}

/** Monotone chain (Andrew, Information Processing Letters 9, 1979). */
function span(hull: Mutable<Hull>, { price, unitPrice }: ElasticSlots, levels: Levels, slot: number): void {
  const { throughput, power, units } = levels;
  const each = at(price, slot);
  const eachUnit = unitPrice === undefined ? 0 : at(unitPrice, slot);
  let top = 0;
  for (let level = 0; level < throughput.length; level++) {
    const work = at(throughput, level);
    const spent = at(power, level) * each + (units === undefined ? 0 : at(units, level) * eachUnit);
    while (top > 0 && isAbove(hull, top, work, spent)) top--;
    if (work <= at(hull.throughput, top)) continue;
    top++;
    hull.level[top] = level;
    hull.throughput[top] = work;
    hull.cost[top] = spent;
  }
  hull.length = top + 1;
}

/** Whether vertex `top` lies on or above the line from the one before it to a new point. */
function isAbove({ throughput, cost }: Hull, top: number, work: number, spent: number): boolean {
  const before = at(throughput, top - 1);
  const rise = at(cost, top) - at(cost, top - 1);
  return rise * (work - before) >= (spent - at(cost, top - 1)) * (at(throughput, top) - before);
}

/** How a slot is shared: `share` of it at level `upper`, the rest at level `lower`. */
export interface Mix {
  readonly lower: number;
  readonly upper: number;
  readonly share: number;
}

/** The cheapest way to do `work` in all of a slot, at most the hull's last throughput. */
export function mixFor(hull: Hull, work: number): Mix {
  let upper = 1;
  while (upper < hull.length - 1 && at(hull.throughput, upper) < work) upper++;
  if (hull.length === 1) return { lower: OFF, upper: OFF, share: 0 };
  const below = at(hull.throughput, upper - 1);
  const share = Math.min(1, Math.max(0, (work - below) / (at(hull.throughput, upper) - below)));
  return { lower: hull.level[upper - 1] ?? OFF, upper: hull.level[upper] ?? OFF, share };
}

/** Edges of hulls, by slot and then ascending: a unit of work costs `slope` on it, and it is `width` units long. */
const edges = { slot: new Int32Array(0), slope: new Float64Array(0), width: new Float64Array(0) };

function edgesOf(slots: ElasticSlots, levels: Levels): number {
  const { from, to } = slots;
  const most = Math.max(0, to - from) * levels.throughput.length;
  if (most > edges.slot.length) {
    edges.slot = new Int32Array(2 * most);
    edges.slope = new Float64Array(2 * most);
    edges.width = new Float64Array(2 * most);
  }
  const hull = emptyHull(levels.throughput.length);
  let count = 0;
  for (let slot = from; slot < to; slot++) {
    const room = roomOf(slots, slot);
    if (room === 0) continue;
    span(hull, slots, levels, slot);
    for (let i = 1; i < hull.length; i++) {
      const width = at(hull.throughput, i) - at(hull.throughput, i - 1);
      edges.slot[count] = slot;
      edges.slope[count] = (at(hull.cost, i) - at(hull.cost, i - 1)) / width;
      edges.width[count++] = room * width;
    }
  }
  return count;
}

/**
 * The least cost of `work`, and into `done` (by slot after `from`) the work in each slot. A level costs
 * power × price + units × unitPrice in all of a slot, in proportion in a part of it. Exact for the linear program; at
 * most one slot that is used stands between two vertices of its hull. Of equally cheap ways the one with earlier slots.
 * Infinite where not all of the work can be done; `done` is then all that can. O(slots × levels) expected.
 */
export function elastic(slots: ElasticSlots, levels: Levels, work: number, done: Float64Array): number {
  const { from, to } = slots;
  const count = edgesOf(slots, levels);
  const { slope, width, slot } = edges;
  for (let edge = 0; edge < count; edge++) putCell(edge, at(slope, edge), at(width, edge));
  const most = marginalPrice(count, work);
  let left = work;
  let cost = 0;
  done.fill(0, 0, to - from);
  const take = (edge: number): void => {
    const part = Math.min(left, at(width, edge));
    const index = (slot[edge] ?? from) - from;
    done[index] = at(done, index) + part;
    left -= part;
    cost += part * at(slope, edge);
  };
  for (let edge = 0; edge < count; edge++) if (at(slope, edge) < most) take(edge);
  for (let edge = 0; edge < count && left > 0; edge++) if (at(slope, edge) === most) take(edge);
  return left > ROUNDING * work ? Number.POSITIVE_INFINITY : cost;
}
