/**
 * Better prices of slots for a plan that is known: the bound is pulled towards its cost.
 *
 * @module
 */
import { cheapestOf, findCheapest } from './cheapest.ts';
import type { Fluid } from './fluid.ts';

/**
 * Deflected subgradient steps of Polyak's length (Polyak, USSR Comp. Math. and Math. Physics 9, 1969; deflection: Camerini,
 * Fratta and Maffioli, Mathematical Programming Study 3, 1975) on the price of each slot, for one group of steps with
 * common weights. A slot that takes in more than its cells would give at its price gets dearer. Of a stair's flat piece the
 * amount nearest to the load counts. `cost` is that of a plan. Returns the best prices met, `start` included.
 */
export function polish(
  fluid: Fluid,
  weights: Float64Array,
  start: Float64Array,
  cost: number,
  times: number,
): Float64Array {
  const { slots } = fluid;
  const cells = cellsBySlot(fluid, weights);
  const load = new Float64Array(slots);
  const pull = new Float64Array(slots);
  let price: Float64Array = start.slice();
  let best = { price, bound: Number.NEGATIVE_INFINITY };
  let reach = 0.5;
  let stalled = 0;
  for (let time = 0; time <= times; time++) {
    const value = demand(fluid, price, load) - rent(cells, price, load, slots);
    stalled = value > best.bound + 1e-6 * Math.abs(value) ? 0 : stalled + 1;
    if (value > best.bound) best = { price: price.slice(), bound: value };
    let norm = 0;
    for (let t = 0; t < slots; t++) {
      const now = time === 0 ? (load[t] ?? 0) : ((pull[t] ?? 0) + (load[t] ?? 0)) / 2;
      pull[t] = now;
      norm += now * now;
    }
    if (!(norm > 0) || !(cost > value)) break;
    if (stalled > 4) {
      reach *= 0.6;
      stalled = 0;
      price = best.price.slice();
    }
    const length = (reach * (cost - value)) / norm;
    for (let t = 0; t < slots; t++) {
      price[t] = Math.max(cells.weight[t * cells.width] ?? 0, (price[t] ?? 0) + length * (pull[t] ?? 0));
    }
  }
  return best.price;
}

/** What the steps would pay at these prices; `load` becomes what each slot would take in. */
function demand({ count, first, end, most, width, work }: Fluid, price: Float64Array, load: Float64Array): number {
  load.fill(0);
  const cheapest = cheapestOf(most.reduce((a, b) => Math.max(a, b), 1));
  let total = 0;
  for (let i = 0; i < count; i++) {
    const k = most[i] ?? 1;
    const wide = width[i] ?? 0;
    const rest = (work[i] ?? 0) - (k - 1) * wide;
    findCheapest(cheapest, price, 0, first[i] ?? 0, end[i] ?? 0, k);
    for (let s = 0; s < k; s++) {
      const amount = s < k - 1 ? wide : rest;
      const t = cheapest.slot[s] ?? 0;
      total += amount * (cheapest.price[s] ?? 0);
      load[t] = (load[t] ?? 0) + amount;
    }
  }
  return total;
}

interface Cells {
  readonly width: number;
  /** By slot × width: weights ascending, and the capacity at each. */
  readonly weight: Float64Array;
  readonly capacity: Float64Array;
}

function cellsBySlot({ slots, sites, capacity }: Fluid, weights: Float64Array): Cells {
  const cells = { width: sites, weight: new Float64Array(slots * sites), capacity: new Float64Array(slots * sites) };
  const order = new Int32Array(sites).map((_, site) => site);
  for (let t = 0; t < slots; t++) {
    order.sort((a, b) => (weights[a * slots + t] ?? 0) - (weights[b * slots + t] ?? 0));
    order.forEach((site, k) => {
      cells.weight[t * sites + k] = weights[site * slots + t] ?? 0;
      cells.capacity[t * sites + k] = capacity[site * slots + t] ?? 0;
    });
  }
  return cells;
}

/** What the cells would earn at these prices; what they would give is taken from `load`. */
function rent({ width, weight, capacity }: Cells, price: Float64Array, load: Float64Array, slots: number): number {
  let total = 0;
  for (let t = 0; t < slots; t++) {
    const here = price[t] ?? 0;
    let least = 0;
    let most = 0;
    for (let c = t * width; c < (t + 1) * width; c++) {
      const margin = here - (weight[c] ?? 0);
      if (margin < -1e-9) break;
      most += capacity[c] ?? 0;
      if (margin <= 1e-9) continue;
      least += capacity[c] ?? 0;
      total += margin * (capacity[c] ?? 0);
    }
    load[t] = (load[t] ?? 0) - Math.min(most, Math.max(least, load[t] ?? 0));
  }
  return total;
}
