/**
 * Fluid work that weighs differently by step (power per unit, prices of energy and of units): prices by cell, then steps
 * filled into cells with room at these prices, and filled anew by turns at the prices and where it truly is cheaper. Equal
 * steps are one where their rate is equal too. Effort multiplies the passes.
 *
 * Steps that find no room in their turn get it by moving others (blocking flows), so that none is left out that fits.
 *
 * @module
 */
import { aggregate, handDown, type Members } from '../aggregate.ts';
import { type Filling, filling } from '../fill-cells.ts';
import type { Assignment, Fleet, FleetPlan, Shortage, Solver } from '../fleet.ts';
import { emptyFlow, type Flow } from '../flow.ts';
import { type Fluid, fluidOf, placesAt, whyNotFluid } from '../fluid.ts';
import { settle } from '../halving.ts';
import { ATTEMPTS, amountsOfFlow, type Certified, fits, leaveOutTooLong, stepsIn, tollsOf } from '../plan-flow.ts';
import { assignmentOf } from '../pour.ts';
import { polishCells, priceCells } from '../price-cells.ts';
import { shuffled } from '../random.ts';
import { leaveOut, shortageOf } from '../shortage.ts';

export const byCell: Solver = {
  name: 'by-cell',
  refuses: (fleet) =>
    whyNotFluid(fleet) ??
    (fleet.profiles.some(({ kind }) => kind !== 'fluid') ? 'steps keep to a site or to whole needs' : undefined),
  solve: (fleet, { seed, effort }) => plan(fleet, effort, seed),
};

/** Steps of polishing: many where they are cheap, as a share of a budget of looks at cells. */
function timesFor({ count, first, end, sites }: Fluid, effort: number): number {
  let looks = 1;
  for (let i = 0; i < count; i++) looks += ((end[i] ?? 0) - (first[i] ?? 0)) * sites;
  return Math.ceil(effort * Math.min(1000, Math.max(10, 3e8 / looks)));
}

function plan(fleet: Fleet, effort: number, seed: number): FleetPlan {
  const passes = Math.ceil(20 * effort);
  const refills = Math.ceil(6 * effort);
  const without = new Uint8Array(fleet.steps.count);
  let shortage: Shortage | undefined;
  for (let attempt = -1; ; attempt++) {
    const { classes, members } = aggregate(fleet, without);
    const fluid = fluidOf(classes);
    if (leaveOutTooLong(fluid, members, without) > 0) continue;
    const certified = priceCells(fluid, passes, seed);
    const filled = filling(fluid);
    const flow = fill(fluid, classes, filled, certified.prices);
    if (flow !== undefined) {
      shortage ??= shortageOf(flow, members, flow.over);
      leaveOut(fleet, flow, members, without, attempt < ATTEMPTS);
      continue;
    }
    refill(fluid, filled, certified.prices, refills, seed);
    const polished = polishCells(fluid, certified, weighAll(fluid, filled), timesFor(fluid, effort));
    refill(fluid, filled, polished.prices, refills, seed + refills);
    const found = written(fleet, classes, members, fluid, filled, polished, without);
    return shortage === undefined ? found : { ...found, shortage };
  }
}

/** Fills all steps, the hardest first; the flow that shows it where there is no room for all of them. */
function fill(
  fluid: Fluid,
  classes: Fleet,
  filled: Filling,
  prices: Float64Array,
): (Flow & { readonly over: number }) | undefined {
  const { work, count } = fluid;
  const order = Int32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (work[b] ?? 0) - (work[a] ?? 0) || a - b,
  );
  const left = new Float64Array(count);
  for (const i of order) left[i] = filled.put(i, prices);
  if (left.every((amount) => amount === 0)) return undefined;
  const flow = flowOf(fluid, filled, left);
  const over = settle(flow);
  if (!fits(fluid, over)) return { ...flow, over };
  const { from, cell, share } = assignmentOf(fluid, amountsOfFlow(flow), flow.sent, placesAt(classes));
  for (let i = 0; i < count; i++) filled.lift(i);
  for (let i = 0; i < count; i++) {
    const begin = from[i] ?? 0;
    const end = from[i + 1] ?? 0;
    const amounts = [...share.subarray(begin, end)].map((part) => part * (fluid.width[i] ?? 0));
    filled.putBack(i, { cells: [...cell.subarray(begin, end)], amounts });
  }
  return undefined;
}

/** What is filled as a flow, the rest of the steps over the brim. */
function flowOf(fluid: Fluid, { held }: Filling, left: Float64Array): Flow {
  const { sites, slots, width, group, groups, first, end } = fluid;
  const flow = emptyFlow(fluid, new Float64Array(groups.length * slots * (sites + 1)));
  held.forEach(({ cells, amounts }, i) => {
    const row = (flow.from[i] ?? 0) - (first[i] ?? 0);
    const base = (group[i] ?? 0) * slots;
    const send = (slot: number, site: number, amount: number): void => {
      flow.amount[row + slot] = (flow.amount[row + slot] ?? 0) + amount;
      const at = (base + slot) * (sites + 1) + site;
      flow.sent[at] = (flow.sent[at] ?? 0) + amount;
    };
    cells.forEach((cell, e) => {
      send(cell % slots, Math.floor(cell / slots), amounts[e] ?? 0);
    });
    let rest = left[i] ?? 0;
    for (let t = first[i] ?? 0; t < (end[i] ?? 0) && rest > 0; t++) {
      const here = Math.min(rest, (width[i] ?? 0) - (flow.amount[row + t] ?? 0));
      if (!(here > 0)) continue;
      send(t, sites, here);
      rest -= here;
    }
  });
  return flow;
}

/** Lifts each step and fills it anew, by turns at the prices and at none; at none only where it gets cheaper. */
function refill(fluid: Fluid, filled: Filling, prices: Float64Array, passes: number, seed: number): void {
  const none = new Float64Array(prices.length);
  let best = weighAll(fluid, filled);
  let kept = filled.held.slice();
  for (let pass = 0; pass < passes; pass++) {
    const isPriced = pass % 2 === 0;
    for (const i of shuffled(fluid.count, seed + pass)) {
      const before = isPriced ? Number.POSITIVE_INFINITY : filled.weigh(i);
      const old = filled.lift(i);
      const left = filled.put(i, isPriced ? prices : none);
      if (left === 0 && filled.weigh(i) < before) continue;
      filled.lift(i);
      filled.putBack(i, old);
    }
    const now = weighAll(fluid, filled);
    if (now >= best) continue;
    best = now;
    kept = filled.held.slice();
  }
  for (let i = 0; i < fluid.count; i++) filled.lift(i);
  kept.forEach((own, i) => {
    filled.putBack(i, own);
  });
}

const weighAll = ({ count }: Fluid, { weigh }: Filling): number => {
  let total = 0;
  for (let i = 0; i < count; i++) total += weigh(i);
  return total;
};

function written(
  fleet: Fleet,
  classes: Fleet,
  members: Members,
  fluid: Fluid,
  filled: Filling,
  { prices, bound }: Certified,
  without: Uint8Array,
): FleetPlan {
  const tolls = tollsOf(fleet, without);
  return {
    assignment: handDown(fleet, classes, members, assigned(classes, fluid, filled)),
    leftOut: stepsIn(without),
    cost: weighAll(fluid, filled) + tolls,
    bound: bound + tolls,
    prices: [prices],
  };
}

function assigned(classes: Fleet, { count, slots, width }: Fluid, { held }: Filling): Assignment {
  const from = new Int32Array(count + 1);
  held.forEach(({ cells }, i) => {
    from[i + 1] = (from[i] ?? 0) + cells.length;
  });
  const total = from[count] ?? 0;
  const cell = new Int32Array(total);
  const share = new Float64Array(total);
  const place = new Int32Array(count);
  const placeOf = placesAt(classes);
  held.forEach(({ cells, amounts }, i) => {
    const order = [...cells.keys()].sort((a, b) => ((cells[a] ?? 0) % slots) - ((cells[b] ?? 0) % slots) || a - b);
    order.forEach((e, at) => {
      cell[(from[i] ?? 0) + at] = cells[e] ?? 0;
      share[(from[i] ?? 0) + at] = (amounts[e] ?? 0) / (width[i] ?? 1);
    });
    place[i] = placeOf(i, Math.floor((cells[order[0] ?? 0] ?? 0) / slots));
  });
  return { from, cell, share, level: new Uint8Array(total), place };
}
