/**
 * One site per step, whole needs, at scale: steps are placed one by one, the hardest first, each where it is cheapest at
 * half the capacity prices of the fluid relaxation, which are also its certificate. No step is moved again.
 *
 * Hardest first (most slots, then most units) leaves small steps to fill what is left. At full prices all sites of a slot
 * look alike, and dirty ones are used while clean ones stand empty; at none the clean cells go to whoever comes first.
 *
 * @module
 */
import { aggregate } from '../aggregate.ts';
import type { Assignment, Solver } from '../fleet.ts';
import { commonWeights, type Fluid, fluidOf, whyNotFluid } from '../fluid.ts';
import { fluidBound } from '../fluid-bound.ts';
import { insertAll } from '../insertion.ts';
import { relax, stepsIn, tollsOf } from '../plan-flow.ts';

export const oneSite: Solver = {
  name: 'one-site',
  refuses: (fleet) => {
    const why = whyNotFluid(fleet);
    if (why !== undefined) return why;
    if (fleet.profiles.some(({ kind }) => kind === 'fluid')) return 'steps may change their site';
    if (fleet.profiles.some(({ pause }) => pause > 0)) return 'pausing costs time';
    return commonWeights(fluidOf(fleet)) === undefined ? 'what a unit weighs depends on the step' : undefined;
  },
  solve: (fleet, { seed, effort }) => {
    const { certified, weights, without, shortage } = relax(
      fleet,
      { passes: 2, rounds: 7, flows: Math.ceil(2 * effort), polish: 0 },
      seed,
    );
    const { prices } = certified;
    const fluid = fluidOf(fleet);
    const assignment = insertAll(fleet, fluid, weights, prices);
    const missing = missingIn(assignment, fleet.steps.count);
    const isSame = missing.every((mark, step) => mark === without[step]);
    const bound = isSame ? certified.bound : fluidBound(fluidOf(aggregate(fleet, missing).classes), prices);
    const tolls = tollsOf(fleet, missing);
    return {
      assignment,
      leftOut: stepsIn(missing),
      cost: costOf(fluid, assignment, weights) + tolls,
      bound: bound + tolls,
      prices: [prices],
      ...(shortage === undefined ? {} : { shortage }),
    };
  },
};

function missingIn({ from }: Assignment, count: number): Uint8Array {
  const missing = new Uint8Array(count);
  for (let step = 0; step < count; step++) if (from[step] === from[step + 1]) missing[step] = 1;
  return missing;
}

function costOf({ width, count }: Fluid, { from, cell, share }: Assignment, weights: Float64Array): number {
  let cost = 0;
  for (let step = 0; step < count; step++) {
    for (let e = from[step] ?? 0; e < (from[step + 1] ?? 0); e++) {
      cost += (width[step] ?? 0) * (share[e] ?? 0) * (weights[cell[e] ?? 0] ?? 0);
    }
  }
  return cost;
}
