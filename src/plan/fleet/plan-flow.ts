/**
 * Plans a fleet of fluid steps that weigh the same in a cell: equal steps as one, prices that react, a flow that is made
 * cheaper by halving, and a certificate.
 *
 * @module
 */
import { aggregate, handDown, type Members } from './aggregate.ts';
import { boundOf } from './bound.ts';
import type { Fleet, FleetPlan, Shortage } from './fleet.ts';
import { emptyFlow, type Flow, pour } from './flow.ts';
import { assignmentOf } from './flow-assignment.ts';
import { commonWeights, type Fluid, fluidOf } from './fluid.ts';
import { type Effort, halve, settle } from './halving.ts';
import { polish } from './polish.ts';
import { type Reaction, react } from './react.ts';
import { leaveOut, shortageOf } from './shortage.ts';

export interface FlowEffort extends Effort {
  /** Passes of reacting prices, and steps of polishing those of slots. */
  readonly passes: number;
  readonly polish: number;
}

/** Times that steps are left out one by one before all that still find no room are left out together. */
const ATTEMPTS = 6;

export function planFlow(fleet: Fleet, effort: FlowEffort, seed: number): FleetPlan {
  const without = new Uint8Array(fleet.steps.count);
  let shortage: Shortage | undefined;
  for (let attempt = -1; ; attempt++) {
    const { classes, members } = aggregate(fleet, without);
    const fluid = fluidOf(classes);
    if (leaveOutTooLong(fluid, members, without) > 0) continue;
    const weights = commonWeights(fluid);
    if (weights === undefined) throw new RangeError('what a unit weighs depends on the step');
    const reaction = react(fluid, weights, effort.passes, seed);
    const flow = flowOf(fluid, reaction);
    pour(flow, weights);
    const over = settle(flow);
    if (over <= 1e-9 * (1 + fluid.work.reduce((a, b) => a + b, 0))) {
      const node = halve(flow, weights, effort);
      const prices = bestPrices(flow, weights, [reaction.price, node], effort.polish);
      const plan = planOf(fleet, classes, members, flow, weights, prices, without);
      return shortage === undefined ? plan : { ...plan, shortage };
    }
    shortage ??= shortageOf(flow, members, over);
    leaveOut(fleet, flow, members, without, attempt < ATTEMPTS);
  }
}

/** Marks the steps whose window has fewer slots than they need; how many there are. */
function leaveOutTooLong({ count, first, end, most }: Fluid, { from, step }: Members, without: Uint8Array): number {
  let found = 0;
  for (let k = 0; k < count; k++) {
    if ((end[k] ?? 0) - (first[k] ?? 0) >= (most[k] ?? 0)) continue;
    for (const member of step.subarray(from[k], from[k + 1])) without[member] = 1;
    found++;
  }
  return found;
}

function flowOf(fluid: Fluid, { from, slot }: Reaction): Flow {
  const { count, first, width, work } = fluid;
  const flow = emptyFlow(fluid);
  for (let i = 0; i < count; i++) {
    const wide = width[i] ?? 0;
    const row = (flow.from[i] ?? 0) - (first[i] ?? 0);
    const last = (from[i + 1] ?? 0) - 1;
    for (let s = from[i] ?? 0; s < last; s++) flow.amount[row + (slot[s] ?? 0)] = wide;
    flow.amount[row + (slot[last] ?? 0)] = (work[i] ?? 0) - (last - (from[i] ?? 0)) * wide;
  }
  return flow;
}

const costOf = ({ fluid, sent }: Flow, weights: Float64Array): number => {
  const { slots, sites } = fluid;
  let cost = 0;
  for (let v = 0; v * (sites + 1) < sent.length; v++) {
    for (let site = 0; site < sites; site++) {
      const here = sent[v * (sites + 1) + site] ?? 0;
      if (here > 0) cost += here * (weights[site * slots + (v % slots)] ?? 0);
    }
  }
  return cost;
};

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

interface Certified {
  readonly prices: Float64Array;
  readonly bound: number;
}

/** Of several prices of nodes those that prove most, polished where there is one group. */
function bestPrices(flow: Flow, weights: Float64Array, nodes: readonly Float64Array[], times: number): Certified {
  const { fluid } = flow;
  const proved = nodes.map((node) => {
    const prices = pricesOf(fluid, weights, node);
    return { node, prices, bound: boundOf(fluid, prices) };
  });
  const best = proved.reduce((a, b) => (b.bound > a.bound ? b : a));
  if (times === 0 || fluid.groups.length !== 1) return best;
  const polished = pricesOf(fluid, weights, polish(fluid, weights, best.node, costOf(flow, weights), times).price);
  const bound = boundOf(fluid, polished);
  return bound > best.bound ? { prices: polished, bound } : best;
}

function planOf(
  fleet: Fleet,
  classes: Fleet,
  members: Members,
  flow: Flow,
  weights: Float64Array,
  { prices, bound }: Certified,
  without: Uint8Array,
): FleetPlan {
  const placeAt = fleet.profiles.map(({ places }) =>
    fleet.sites.map((_, site) => places.findIndex((one) => one.site === site)),
  );
  const ofClasses = assignmentOf(flow, (k, site) => placeAt[classes.steps.profile[k] ?? 0]?.[site] ?? 0);
  const tolls = tollsOf(fleet, without);
  return {
    assignment: handDown(fleet, classes, members, ofClasses),
    leftOut: Int32Array.from([...without.keys()].filter((step) => without[step] === 1)),
    cost: costOf(flow, weights) + tolls,
    bound: bound + tolls,
    prices: [prices],
  };
}

/** What moving the data of the steps weighs, which is the same wherever they run. */
function tollsOf({ steps, profiles, weights }: Fleet, without: Uint8Array): number {
  const tolls = profiles.map(({ places: [place] }) =>
    place === undefined ? 0 : weights.grams * place.tollGrams + weights.money * place.tollMoney,
  );
  if (tolls.every((toll) => toll === 0)) return 0;
  let total = 0;
  for (let i = 0; i < steps.count; i++) if (without[i] === 0) total += tolls[steps.profile[i] ?? 0] ?? 0;
  return total;
}
