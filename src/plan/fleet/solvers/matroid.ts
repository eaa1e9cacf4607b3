/**
 * Exact for fluid work on one resource where what a unit weighs depends on the cell alone: cost and bound meet. Allowed
 * sites may differ by step. By halving ({@link halve}) until each node has one price.
 *
 * @module
 */
import type { Fleet, Solver } from '../fleet.ts';
import { commonWeights, fluidOf, whyNotFluid } from '../fluid.ts';
import { planFlow } from '../plan-flow.ts';

export const matroid: Solver = {
  name: 'matroid',
  refuses: whyNotMatroid,
  solve: (fleet, { seed }) =>
    planFlow(fleet, { passes: 3, rounds: Number.POSITIVE_INFINITY, flows: Number.POSITIVE_INFINITY, polish: 0 }, seed),
};

export function whyNotMatroid(fleet: Fleet): string | undefined {
  const why = whyNotFluid(fleet);
  if (why !== undefined) return why;
  if (fleet.profiles.some(({ kind }) => kind !== 'fluid')) return 'steps keep to a site or to whole needs';
  return commonWeights(fluidOf(fleet)) === undefined ? 'what a unit weighs depends on the step' : undefined;
}
