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

/** Prices by cell, not below 0. Infinite where a step has fewer slots than it needs. */
export function fluidBound(fluid: Fluid, prices: Float64Array): number {
  const { count, capacity, most, width, work, first, end } = fluid;
  const cheapest = cheapestOf(most.reduce((a, b) => Math.max(a, b), 1));
  const served = servedAt(fluid, prices);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const k = most[i] ?? 1;
    const { price, base } = served(i);
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

/** What a unit of a step weighs in slot t at its cheapest site, `price[base + t]`. */
interface Served {
  readonly price: Float64Array;
  readonly base: number;
}

/** Few kinds of steps (sites and rate) are served from one table each, many from their windows. */
const FEW = 64;

function servedAt(fluid: Fluid, prices: Float64Array): (step: number) => Served {
  const { slots, count, first, end, group, rate } = fluid;
  const kinds = new Map<string, Served>();
  const sites = new Int32Array(slots);
  let kept: Served = { price: new Float64Array(), base: 0 };
  let [lastGroup, lastRate] = [-1, Number.NaN];
  const window = new Float64Array(slots);
  for (let i = 0; i < count && kinds.size <= FEW; i++) {
    if (group[i] === lastGroup && rate[i] === lastRate) continue;
    [lastGroup, lastRate] = [group[i] ?? 0, rate[i] ?? 0];
    const key = `${lastGroup} ${lastRate}`;
    if (kinds.has(key)) continue;
    const price = new Float64Array(slots);
    cheapestSites(fluid, prices, i, 0, slots, price, sites);
    kinds.set(key, { price, base: 0 });
  }
  [lastGroup, lastRate] = [-1, Number.NaN];
  return (step) => {
    if (kinds.size > FEW) {
      cheapestSites(fluid, prices, step, first[step] ?? 0, end[step] ?? 0, window, sites);
      return { price: window, base: -(first[step] ?? 0) };
    }
    if (group[step] === lastGroup && rate[step] === lastRate) return kept;
    [lastGroup, lastRate] = [group[step] ?? 0, rate[step] ?? 0];
    kept = kinds.get(`${lastGroup} ${lastRate}`) ?? kept;
    return kept;
  };
}

/**
 * What a unit of `step` weighs in the slots `from` … `to` − 1 at its cheapest site, with `prices` on top, and which site it
 * is; both written from position 0 on. Infinite where a slot has none.
 */
export function cheapestSites(
  { slots, groups, group, rate, kilowatt, unit }: Fluid,
  prices: Float64Array,
  step: number,
  from: number,
  to: number,
  price: Float64Array,
  site: Int32Array,
): void {
  price.fill(Number.POSITIVE_INFINITY, 0, to - from);
  const allowed = groups[group[step] ?? 0];
  for (let k = 0; k < (allowed?.sites.length ?? 0); k++) {
    const where = allowed?.sites[k] ?? 0;
    const factor = (rate[step] ?? 0) * (allowed?.multiple[k] ?? 0);
    const base = where * slots;
    for (let t = from; t < to; t++) {
      const weight = factor * (kilowatt[base + t] ?? 0) + (unit[base + t] ?? 0) + (prices[base + t] ?? 0);
      if (weight >= (price[t - from] ?? 0)) continue;
      price[t - from] = weight;
      site[t - from] = where;
    }
  }
}
