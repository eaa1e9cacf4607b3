/**
 * Capacity prices by cell for fluid work that weighs differently by step, so that no order of cells is right for all:
 * steps choose in turn at prices that react to load, and the prices learn (augmented Lagrangian; Hestenes, Powell, 1969).
 *
 * @module
 */

import { cheapestOf, findCheapest } from './cheapest.ts';
import type { Fluid } from './fluid.ts';
import { cheapestSites, fluidBound } from './fluid-bound.ts';
import type { Certified } from './plan-flow.ts';
import { shuffled } from './random.ts';

/** How strongly a full cell pushes back, as a part of the spread of weights: learnt prices change little by it. */
const PUSH = 1 / 6;

/** In each of the `passes` every step leaves its cells and takes the cheapest; then prices move by what is too much. */
export function priceCells(fluid: Fluid, passes: number, seed: number): Certified {
  const { slots, count, first, end, most, width, work, capacity } = fluid;
  const learnt = new Float64Array(capacity.length);
  const load = new Float64Array(capacity.length);
  const prices = new Float64Array(capacity.length);
  const push = PUSH * spreadOf(fluid);
  const react = (cell: number, amount: number): void => {
    const held = (load[cell] ?? 0) + amount;
    load[cell] = held;
    const units = capacity[cell] ?? 0;
    prices[cell] = units > 0 ? Math.max(0, (learnt[cell] ?? 0) + push * (held / units - 1)) : Number.POSITIVE_INFINITY;
  };
  for (let cell = 0; cell < load.length; cell++) react(cell, 0);
  const from = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) from[i + 1] = (from[i] ?? 0) + (most[i] ?? 0);
  const chosen = new Int32Array(from[count] ?? 0);
  const cheapest = cheapestOf(most.reduce((a, b) => Math.max(a, b), 1));
  const price = new Float64Array(slots);
  const site = new Int32Array(slots);
  const order = shuffled(count, seed);
  let best: Certified = { prices: new Float64Array(capacity.length), bound: Number.NEGATIVE_INFINITY };
  for (let pass = 0; pass < passes; pass++) {
    for (const i of order) {
      const begin = from[i] ?? 0;
      const k = most[i] ?? 0;
      const wide = width[i] ?? 0;
      const rest = (work[i] ?? 0) - (k - 1) * wide;
      const start = first[i] ?? 0;
      const window = (end[i] ?? 0) - start;
      if (pass > 0) for (let s = 0; s < k; s++) react(chosen[begin + s] ?? 0, s < k - 1 ? -wide : -rest);
      cheapestSites(fluid, prices, i, start, start + window, price, site);
      findCheapest(cheapest, price, 0, 0, window, k);
      for (let s = 0; s < k; s++) {
        const at = cheapest.slot[s] ?? 0;
        const cell = (site[at] ?? 0) * slots + start + at;
        chosen[begin + s] = cell;
        react(cell, s < k - 1 ? wide : rest);
      }
    }
    const step = push / (1 + 0.15 * pass);
    for (let cell = 0; cell < load.length; cell++) {
      const units = capacity[cell] ?? 0;
      if (units > 0) learnt[cell] = Math.max(0, (learnt[cell] ?? 0) + step * ((load[cell] ?? 0) / units - 1));
      react(cell, 0);
    }
    if (pass % 4 !== 3 && pass !== passes - 1) continue;
    const bound = fluidBound(fluid, learnt);
    if (bound > best.bound) best = { prices: learnt.slice(), bound };
  }
  return best;
}

/**
 * Better prices for a plan that costs `cost`: deflected subgradient steps of Polyak's length ({@link polish} does the same
 * for slots). Cells without a price that have room stay out of the length of a step.
 */
export function polishCells(fluid: Fluid, start: Certified, cost: number, times: number): Certified {
  const { capacity } = fluid;
  const prices = start.prices.slice();
  const load = new Float64Array(capacity.length);
  const pull = new Float64Array(capacity.length);
  let best = start;
  let reach = 0.7;
  let stalled = 0;
  for (let time = 0; time < times && cost > best.bound; time++) {
    const value = serve(fluid, prices, load);
    stalled = value > best.bound + 2e-5 * Math.abs(best.bound) ? 0 : stalled + 1;
    if (value > best.bound) best = { prices: prices.slice(), bound: value };
    let norm = 0;
    for (let cell = 0; cell < load.length; cell++) {
      const much = (load[cell] ?? 0) - (capacity[cell] ?? 0);
      const now = time === 0 ? much : 0.6 * (pull[cell] ?? 0) + 0.4 * much;
      pull[cell] = now;
      if (now > 0 || (prices[cell] ?? 0) > 0) norm += now * now;
    }
    if (!(norm > 0)) break;
    if (stalled > 8) {
      reach *= 0.6;
      stalled = 0;
      prices.set(best.prices);
    }
    const length = (reach * (cost - value)) / norm;
    for (let cell = 0; cell < load.length; cell++) {
      prices[cell] = Math.max(0, (prices[cell] ?? 0) + length * (pull[cell] ?? 0));
    }
  }
  return best;
}

/** The dual value of the prices; `load` becomes what the steps would put into each cell. */
function serve(fluid: Fluid, prices: Float64Array, load: Float64Array): number {
  const { slots, count, first, end, most, width, work, capacity } = fluid;
  const cheapest = cheapestOf(most.reduce((a, b) => Math.max(a, b), 1));
  const price = new Float64Array(slots);
  const site = new Int32Array(slots);
  let total = 0;
  load.fill(0);
  for (let i = 0; i < count; i++) {
    const start = first[i] ?? 0;
    const window = (end[i] ?? 0) - start;
    const k = most[i] ?? 1;
    const wide = width[i] ?? 0;
    const rest = (work[i] ?? 0) - (k - 1) * wide;
    cheapestSites(fluid, prices, i, start, start + window, price, site);
    findCheapest(cheapest, price, 0, 0, window, k);
    for (let s = 0; s < k; s++) {
      const at = cheapest.slot[s] ?? 0;
      const cell = (site[at] ?? 0) * slots + start + at;
      const amount = s < k - 1 ? wide : rest;
      load[cell] = (load[cell] ?? 0) + amount;
      total += amount * (cheapest.price[s] ?? 0);
    }
  }
  for (let cell = 0; cell < capacity.length; cell++) total -= (prices[cell] ?? 0) * (capacity[cell] ?? 0);
  return total;
}

/** Between the lightest and the heaviest that a unit of the mean rate weighs. */
function spreadOf({ kilowatt, unit, rate }: Fluid): number {
  const mean = rate.reduce((a, b) => a + b, 0) / Math.max(1, rate.length);
  const weights = kilowatt.map((weight, cell) => mean * weight + (unit[cell] ?? 0));
  return weights.reduce((a, b) => Math.max(a, b), 0) - weights.reduce((a, b) => Math.min(a, b), weights[0] ?? 0) + 1e-9;
}
