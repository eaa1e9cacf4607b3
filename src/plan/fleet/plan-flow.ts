/**
 * Plans a fleet of fluid steps that weigh the same in a cell: equal steps as one, prices that react, a flow that is made
 * cheaper by halving, and a certificate.
 *
 * @module
 */
import { aggregate, handDown, type Members } from './aggregate.ts';
import type { Fleet, FleetPlan, Shortage } from './fleet.ts';
import { emptyFlow, type Flow } from './flow.ts';
import { commonWeights, type Fluid, fluidOf, placesAt } from './fluid.ts';
import { fluidBound } from './fluid-bound.ts';
import { type Effort, halve, settle } from './halving.ts';
import { polish } from './polish.ts';
import { type Amounts, assignmentOf, overBrim, pour } from './pour.ts';
import { type Reaction, react } from './react.ts';
import { leaveOut, shortageOf } from './shortage.ts';

export interface FlowEffort extends Effort {
  /** Passes of reacting prices, and steps of polishing those of slots. */
  readonly passes: number;
  readonly polish: number;
}

/** Times that steps are left out one by one before all that still find no room are left out together. */
export const ATTEMPTS = 6;

export function planFlow(fleet: Fleet, effort: FlowEffort, seed: number): FleetPlan {
  const relaxed = relax(fleet, effort, seed);
  const { classes, members, without, fluid, amounts, sent, cost, certified, shortage } = relaxed;
  const ofClasses = assignmentOf(fluid, amounts, sent, placesAt(classes));
  const tolls = tollsOf(fleet, without);
  const plan = {
    assignment: handDown(fleet, classes, members, ofClasses),
    leftOut: stepsIn(without),
    cost: cost + tolls,
    bound: certified.bound + tolls,
    prices: [certified.prices],
  };
  return shortage === undefined ? plan : { ...plan, shortage };
}

/** The fleet's work as a flow, with what it costs and what proves it; tolls left aside. */
interface Relaxed {
  readonly classes: Fleet;
  readonly members: Members;
  /** 1 for steps that are left out. */
  readonly without: Uint8Array;
  readonly fluid: Fluid;
  readonly weights: Float64Array;
  readonly amounts: Amounts;
  readonly sent: Float64Array;
  readonly cost: number;
  readonly certified: Certified;
  readonly shortage?: Shortage | undefined;
}

/** Capacity prices by cell, and the bound that they prove. */
export interface Certified {
  readonly prices: Float64Array;
  readonly bound: number;
}

export function relax(fleet: Fleet, effort: FlowEffort, seed: number): Relaxed {
  const without = new Uint8Array(fleet.steps.count);
  let shortage: Shortage | undefined;
  for (let attempt = -1; ; attempt++) {
    const { classes, members } = aggregate(fleet, without);
    const fluid = fluidOf(classes);
    if (leaveOutTooLong(fluid, members, without) > 0) continue;
    const weights = commonWeights(fluid);
    if (weights === undefined) throw new RangeError('what a unit weighs depends on the step');
    const reaction = react(fluid, weights, effort.passes, seed);
    const start = amountsOfReaction(fluid, reaction);
    const poured = pour(fluid, start, weights);
    const done = (amounts: Amounts, sent: Float64Array, nodes: readonly Float64Array[]): Relaxed => {
      const cost = costOf(fluid, sent, weights);
      const certified = bestPrices(fluid, weights, nodes, cost, effort.polish);
      return { classes, members, without, fluid, weights, amounts, sent, cost, certified, shortage };
    };
    if (effort.rounds === 0 && fits(fluid, overBrim(poured, fluid.sites))) return done(start, poured, [reaction.price]);
    const flow = flowOf(fluid, start, poured);
    const over = settle(flow);
    if (fits(fluid, over)) {
      const node = halve(flow, weights, effort);
      return done(amountsOfFlow(flow), flow.sent, [reaction.price, node]);
    }
    shortage ??= shortageOf(flow, members, over);
    leaveOut(fleet, flow, members, without, attempt < ATTEMPTS);
  }
}

export const fits = ({ work }: Fluid, over: number): boolean => over <= 1e-9 * (1 + work.reduce((a, b) => a + b, 0));

/** Marks the steps whose window has fewer slots than they need; how many there are. */
export function leaveOutTooLong(
  { count, first, end, most }: Fluid,
  { from, step }: Members,
  without: Uint8Array,
): number {
  let found = 0;
  for (let k = 0; k < count; k++) {
    if ((end[k] ?? 0) - (first[k] ?? 0) >= (most[k] ?? 0)) continue;
    for (const member of step.subarray(from[k], from[k + 1])) without[member] = 1;
    found++;
  }
  return found;
}

function amountsOfReaction({ width, work }: Fluid, { from, slot, dearest }: Reaction): Amounts {
  return {
    each: (step, visit) => {
      const begin = from[step] ?? 0;
      const end = from[step + 1] ?? 0;
      const wide = width[step] ?? 0;
      const last = dearest[step] ?? 0;
      const rest = (work[step] ?? 0) - (end - begin - 1) * wide;
      for (let s = begin; s < end; s++) visit(slot[s] ?? 0, slot[s] === last ? rest : wide);
    },
  };
}

export function amountsOfFlow({ fluid, from, amount }: Flow): Amounts {
  const { first, end } = fluid;
  return {
    each: (step, visit) => {
      const row = (from[step] ?? 0) - (first[step] ?? 0);
      for (let t = first[step] ?? 0; t < (end[step] ?? 0); t++) {
        const here = amount[row + t] ?? 0;
        if (here > 0) visit(t, here);
      }
    },
  };
}

function flowOf(fluid: Fluid, amounts: Amounts, sent: Float64Array): Flow {
  const flow = emptyFlow(fluid, sent);
  for (let i = 0; i < fluid.count; i++) {
    const row = (flow.from[i] ?? 0) - (fluid.first[i] ?? 0);
    amounts.each(i, (t, amount) => {
      flow.amount[row + t] = amount;
    });
  }
  return flow;
}

function costOf({ slots, sites }: Fluid, sent: Float64Array, weights: Float64Array): number {
  let cost = 0;
  for (let v = 0; v * (sites + 1) < sent.length; v++) {
    for (let site = 0; site < sites; site++) {
      const here = sent[v * (sites + 1) + site] ?? 0;
      if (here > 0) cost += here * (weights[site * slots + (v % slots)] ?? 0);
    }
  }
  return cost;
}

/** By cell: how much dearer the nodes that may use it are than it weighs. */
function pricesOf({ slots, groups, capacity }: Fluid, weights: Float64Array, node: Float64Array): Float64Array {
  const prices = new Float64Array(capacity.length);
  groups.forEach(({ sites }, g) => {
    for (const site of sites) {
      for (let t = 0; t < slots; t++) {
        const cell = site * slots + t;
        const above = (node[g * slots + t] ?? 0) - (weights[cell] ?? 0);
        if (above > (prices[cell] ?? 0)) prices[cell] = above;
      }
    }
  });
  return prices;
}

/** Of several prices of nodes those that prove most, polished where there is one group. */
function bestPrices(
  fluid: Fluid,
  weights: Float64Array,
  nodes: readonly Float64Array[],
  cost: number,
  times: number,
): Certified {
  const proved = nodes.map((node) => {
    const prices = pricesOf(fluid, weights, node);
    return { node, prices, bound: fluidBound(fluid, prices) };
  });
  const best = proved.reduce((a, b) => (b.bound > a.bound ? b : a));
  if (times === 0 || fluid.groups.length !== 1) return best;
  const polished = pricesOf(fluid, weights, polish(fluid, weights, best.node, cost, times));
  const bound = fluidBound(fluid, polished);
  return bound > best.bound ? { prices: polished, bound } : best;
}

export function stepsIn(marks: Uint8Array): Int32Array {
  const steps: number[] = [];
  marks.forEach((mark, step) => {
    if (mark === 1) steps.push(step);
  });
  return Int32Array.from(steps);
}

/** What moving the data of the steps weighs, which is the same wherever they run; 1 in `without` for those left aside. */
export function tollsOf({ steps, profiles, weights }: Fleet, without: Uint8Array): number {
  const tolls = profiles.map(({ places: [place] }) =>
    place === undefined ? 0 : weights.grams * place.tollGrams + weights.money * place.tollMoney,
  );
  if (tolls.every((toll) => toll === 0)) return 0;
  let total = 0;
  for (let i = 0; i < steps.count; i++) if (without[i] === 0) total += tolls[steps.profile[i] ?? 0] ?? 0;
  return total;
}
