/**
 * Prices that react to load, and prices of slots polished: for the shortest time. Fluid work whose weight depends on the
 * cell alone; a few passes settle within half a percent. Effort multiplies the steps of polishing.
 *
 * @module
 */
import type { Solver } from '../fleet.ts';
import { planFlow } from '../plan-flow.ts';
import { whyNotMatroid } from './matroid.ts';

export const smooth: Solver = {
  name: 'smooth',
  refuses: whyNotMatroid,
  solve: (fleet, { seed, effort }) =>
    planFlow(fleet, { passes: 3, rounds: 0, flows: 0, polish: Math.ceil(2 * effort) }, seed),
};
