/**
 * As `matroid`, but broken off: ten halvings of at most a few blocking flows each. For a million
 * steps in the time of a few passes; effort multiplies the blocking flows.
 *
 * @module
 */
import type { Solver } from '../fleet.ts';
import { planFlow } from '../plan-flow.ts';
import { whyNotMatroid } from './matroid.ts';

export const levels: Solver = {
  name: 'levels',
  refuses: whyNotMatroid,
  solve: (fleet, { seed, effort }) =>
    planFlow(fleet, { passes: 3, rounds: 10, flows: Math.ceil(12 * effort), polish: 0 }, seed),
};
