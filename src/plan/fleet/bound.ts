/**
 * The dual value of prices of capacity: no plan of the fluid work weighs less, whatever the prices are.
 *
 * With prices μ ≥ 0 a unit weighs w + μ in a cell; q(μ) = Σ over steps of the cheapest way to do their work at these
 * weights − Σ over cells of capacity × μ. All steps are served at once since the prices stand for the capacity
 * (Lagrangian duality; Geoffrion, Mathematical Programming Study 2, 1974).
 *
 * @module
 */
import { cheapestOf, findCheapest } from './cheapest.ts';
import type { Fluid } from './fluid.ts';

/** By cell, not below 0. Infinite where a step has fewer slots than it needs. */
export function boundOf(fluid: Fluid, prices: Float64Array): number {
  const { count, capacity, most, width, work, first, end } = fluid;
  const cheapest = cheapestOf(most.reduce((a, b) => Math.max(a, b), 1));
  const nodePrice = pricesByRate(fluid, prices);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const k = most[i] ?? 1;
    const { price, base } = nodePrice(i);
    if (findCheapest(cheapest, price, base, first[i] ?? 0, end[i] ?? 0, k) < k) return Number.POSITIVE_INFINITY;
    const wide = width[i] ?? 0;
    let sum = 0;
    for (let s = 0; s < k - 1; s++) sum += cheapest.price[s] ?? 0;
    total += sum * wide + (cheapest.price[k - 1] ?? 0) * ((work[i] ?? 0) - (k - 1) * wide);
  }
  for (let cell = 0; cell < capacity.length; cell++) {
    if ((prices[cell] ?? 0) > 0) total -= (prices[cell] ?? 0) * (capacity[cell] ?? 0);
  }
  return total;
}

/** What the cheapest site weighs by slot, for the group and rate of a step; those of the last few rates are kept. */
function pricesByRate(fluid: Fluid, prices: Float64Array): (step: number) => { price: Float64Array; base: number } {
  const { slots, groups, group, rate, kilowatt, unit } = fluid;
  const known = new Map<string, Float64Array>();
  let last: { price: Float64Array; base: number } = { price: new Float64Array(), base: 0 };
  let lastGroup = -1;
  let lastRate = Number.NaN;
  return (step) => {
    const g = group[step] ?? 0;
    const own = rate[step] ?? 0;
    if (g === lastGroup && own === lastRate) return last;
    const key = `${g} ${own}`;
    let price = known.get(key);
    if (price === undefined) {
      price = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
      const { sites, multiple } = groups[g] ?? { sites: new Int32Array(), multiple: new Float64Array() };
      for (let k = 0; k < sites.length; k++) {
        const here = own * (multiple[k] ?? 0);
        const base = (sites[k] ?? 0) * slots;
        for (let t = 0; t < slots; t++) {
          const weight = here * (kilowatt[base + t] ?? 0) + (unit[base + t] ?? 0) + (prices[base + t] ?? 0);
          if (weight < (price[t] ?? 0)) price[t] = weight;
        }
      }
      if (known.size > 64) known.clear();
      known.set(key, price);
    }
    last = { price, base: 0 };
    lastGroup = g;
    lastRate = own;
    return last;
  };
}
