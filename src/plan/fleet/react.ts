/**
 * Prices that react to load: each step in turn takes the slots that are cheapest while the others stay where they are, at
 * a price that rises with what a slot already holds. That is descent by blocks on a smooth convex cost, so that it settles,
 * which steps that all go after the same cheap slots do not.
 *
 * @module
 */
import { cheapestOf, findCheapest } from './cheapest.ts';
import type { Fluid } from './fluid.ts';
import { shuffled } from './random.ts';

export interface Reaction {
  /** Slots of step i at `from[i] … from[i + 1]`, ascending. */
  readonly from: Int32Array;
  readonly slot: Int32Array;
  /** By step: the dearest of its slots, which it need not fill. */
  readonly dearest: Int32Array;
  /** By node (group × slots + slot). */
  readonly price: Float64Array;
}

/**
 * What the next unit weighs at a node, by load: the weights of its cells in ascending order, linear between the middles of
 * their capacities; where the last one fills it rises by a quarter of the spread of all weights, and steeply beyond.
 */
interface Stairs {
  /** By node × (sites + 2) + step of the stair. */
  readonly load: Float64Array;
  readonly weight: Float64Array;
  readonly steps: Int32Array;
  /** By node: where on the stair it stands. */
  readonly now: Int32Array;
}

function stairsOf({ slots, sites, capacity, groups }: Fluid, weights: Float64Array): Stairs {
  const finite = weights.filter(Number.isFinite);
  const ramp = (finite.reduce((a, b) => Math.max(a, b), 0) - finite.reduce((a, b) => Math.min(a, b), 0)) / 4 + 1e-9;
  const nodes = groups.length * slots;
  const width = sites + 2;
  const stairs = {
    load: new Float64Array(nodes * width),
    weight: new Float64Array(nodes * width),
    steps: new Int32Array(nodes),
    now: new Int32Array(nodes),
  };
  groups.forEach((group, g) => {
    const order = group.sites.slice();
    for (let slot = 0; slot < slots; slot++) {
      const v = g * slots + slot;
      const base = v * width;
      order.sort((a, b) => (weights[a * slots + slot] ?? 0) - (weights[b * slots + slot] ?? 0));
      let filled = 0;
      let at = 0;
      let last = 0;
      let before = 0;
      for (const site of order) {
        const cell = site * slots + slot;
        const room = capacity[cell] ?? 0;
        if (!(room > 0)) continue;
        last = weights[cell] ?? 0;
        stairs.load[base + at] = filled + room / 2;
        stairs.weight[base + at] = last;
        before = filled;
        filled += room;
        at++;
      }
      if (at > 0) stairs.load[base + at - 1] = at > 1 ? before : 0;
      stairs.load[base + at] = filled;
      stairs.weight[base + at] = last + ramp;
      stairs.load[base + at + 1] = filled + (filled - before) / 10 + 1e-9;
      stairs.weight[base + at + 1] = last + 2 * ramp;
      stairs.steps[v] = at + 2;
    }
  });
  return stairs;
}

/** Each step in a random order, the same in each of the `passes`. */
export function react(fluid: Fluid, weights: Float64Array, passes: number, seed: number): Reaction {
  const { slots, sites, count, first, end, most, width, work, group, groups } = fluid;
  const from = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    from[i + 1] = (from[i] ?? 0) + Math.min(most[i] ?? 0, (end[i] ?? 0) - (first[i] ?? 0));
  }
  const slot = new Int32Array(from[count] ?? 0);
  const { load: stairLoad, weight: stairWeight, steps: stairSteps, now } = stairsOf(fluid, weights);
  const span = sites + 2;
  const load = new Float64Array(groups.length * slots);
  const price = new Float64Array(load.length);
  const put = (v: number, amount: number): void => {
    const y = (load[v] ?? 0) + amount;
    load[v] = y;
    const base = v * span;
    const top = (stairSteps[v] ?? 2) - 2;
    let k = now[v] ?? 0;
    while (k < top && y >= (stairLoad[base + k + 1] ?? 0)) k++;
    while (k > 0 && y < (stairLoad[base + k] ?? 0)) k--;
    now[v] = k;
    const low = stairLoad[base + k] ?? 0;
    const lowWeight = stairWeight[base + k] ?? 0;
    if (y <= low) price[v] = lowWeight;
    else {
      const slope = ((stairWeight[base + k + 1] ?? 0) - lowWeight) / ((stairLoad[base + k + 1] ?? 0) - low);
      price[v] = lowWeight + slope * (y - low);
    }
  };
  for (let v = 0; v < load.length; v++) put(v, 0);
  const order = shuffled(count, seed);
  const cheapest = cheapestOf(most.reduce((a, b) => Math.max(a, b), 1));
  const chosen = cheapest.slot;
  for (let pass = 0; pass < passes; pass++) {
    for (let q = 0; q < count; q++) {
      const i = order[q] ?? 0;
      const base = (group[i] ?? 0) * slots;
      const begin = from[i] ?? 0;
      const k = (from[i + 1] ?? 0) - begin;
      const wide = width[i] ?? 0;
      const rest = (work[i] ?? 0) - (k - 1) * wide;
      if (pass > 0) for (let s = 0; s < k; s++) put(base + (slot[begin + s] ?? 0), s < k - 1 ? -wide : -rest);
      findCheapest(cheapest, price, base, first[i] ?? 0, end[i] ?? 0, k);
      for (let s = 0; s < k; s++) {
        slot[begin + s] = chosen[s] ?? 0;
        put(base + (chosen[s] ?? 0), s < k - 1 ? wide : rest);
      }
    }
  }
  const dearest = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    dearest[i] = slot[(from[i + 1] ?? 0) - 1] ?? 0;
    sortPart(slot, from[i] ?? 0, from[i + 1] ?? 0);
  }
  return { from, slot, dearest, price };
}

/** Sorts `values[begin] … values[end − 1]` where they stand; they are few. */
export function sortPart(values: Int32Array, begin: number, end: number): void {
  for (let i = begin + 1; i < end; i++) {
    const value = values[i] ?? 0;
    let at = i;
    while (at > begin && (values[at - 1] ?? 0) > value) {
      values[at] = values[at - 1] ?? 0;
      at--;
    }
    values[at] = value;
  }
}
