import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { item } from '../../at.ts';
import { boundOf } from '../bound.ts';
import { reordered } from '../canonical.ts';
import { breaches } from '../check.ts';
import { type FleetSketch, randomFleet } from '../fixtures.ts';
import type { Fleet, FleetPlan } from '../fleet.ts';
import { narrowed, precedenceOf } from '../precedence.ts';
import { randomNumbers, shuffle } from '../random.ts';
import { tally, weighCells } from '../weigh.ts';
import { priced } from './priced.ts';

/** How much worse, as a part, a plan may become when the fleet is given more. */
const TOLERANCE = 0.03;

const anySketch = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  steps: fc.integer({ min: 1, max: 12 }),
  slots: fc.integer({ min: 8, max: 16 }),
  sites: fc.integer({ min: 1, max: 3 }),
  kinds: fc.constantFrom<FleetSketch['kinds']>(
    ['fluid'],
    ['local'],
    ['pausable'],
    ['piece'],
    ['fluid', 'local', 'pausable', 'piece'],
  ),
  resources: fc.integer({ min: 1, max: 3 }),
  tightness: fc.double({ min: 0.8, max: 3, noNaN: true }),
  elastic: fc.boolean(),
  pauses: fc.boolean(),
  tolls: fc.boolean(),
  precedence: fc.boolean(),
  prices: fc.boolean(),
  delay: fc.constantFrom(0, 5),
});

const near = (value: number): number => 1e-6 * Math.max(1, Math.abs(value));

/** The least weight of whole-slot steps of whole lengths at one size, over all ways to place them all. */
function bruteForce(fleet: Fleet): number {
  const { kilowatt } = weighCells(fleet);
  const { steps, slots, resources } = fleet;
  const { first, last } = narrowed(fleet, precedenceOf(fleet));
  const room = resources.map(({ capacity }) => capacity.slice());
  const take = (step: number, cell: number, times: number): boolean =>
    room.every((free, r) => {
      free[cell] = (free[cell] ?? 0) - times * (steps.needs[r]?.[step] ?? 0);
      return (free[cell] ?? 0) >= 0;
    });
  const place = (step: number): number => {
    if (step === steps.count) return 0;
    let best = Number.POSITIVE_INFINITY;
    const profile = item(fleet.profiles, steps.profile[step] ?? 0);
    const size = (last[step] ?? 0) - (first[step] ?? 0);
    for (const { site } of profile.places) {
      for (let set = 1; set < 2 ** size; set++) {
        const chosen = Array.from({ length: size }, (_, t) => t).filter((t) => ((set >> t) & 1) === 1);
        if (chosen.length !== steps.length[step]) continue;
        if (profile.kind === 'piece' && item(chosen, chosen.length - 1) - item(chosen, 0) >= chosen.length) continue;
        const cells = chosen.map((t) => site * slots + (first[step] ?? 0) + t);
        const fits = cells.map((cell) => take(step, cell, 1)).every((one) => one);
        if (fits) {
          const own = cells.reduce((sum, cell) => sum + (steps.power[step] ?? 0) * (kilowatt[cell] ?? 0), 0);
          best = Math.min(best, own + place(step + 1));
        }
        for (const cell of cells) take(step, cell, -1);
      }
    }
    return best;
  };
  return place(0);
}

describe('a plan by prices', () => {
  const solve = (fleet: Fleet): FleetPlan => priced.solve(fleet, { seed: 1, effort: 0.3 });

  it('keeps every promise, weighs what it says and no less than its bound', () => {
    fc.assert(
      fc.property(anySketch, (sketch) => {
        const fleet = randomFleet(sketch);
        const plan = solve(fleet);
        expect(breaches(fleet, plan.assignment)).toEqual([]);
        expect(plan.cost).toBeCloseTo(tally(fleet, plan.assignment).cost, 6);
        expect(plan.bound).toBeLessThanOrEqual(plan.cost + near(plan.cost));
        expect(plan.bound).toBeCloseTo(boundOf(fleet, plan.prices, plan.leftOut), 6);
        const { from } = plan.assignment;
        const out = Array.from({ length: fleet.steps.count }, (_, i) => i).filter((i) => from[i] === from[i + 1]);
        expect([...plan.leftOut]).toEqual(out);
      }),
      { numRuns: 30 },
    );
  });

  it('has a bound below the optimum, and is near it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const small = randomFleet({ seed, steps: 4, slots: 7, sites: 2, kinds: ['pausable', 'piece'], tightness: 1.5 });
        const length = small.steps.length.map((one) => Math.min(3, Math.ceil(one)));
        const fleet = { ...small, steps: { ...small.steps, length } };
        const best = bruteForce(fleet);
        const plan = solve(fleet);
        if (best === Number.POSITIVE_INFINITY) return;
        expect(plan.leftOut).toHaveLength(0);
        expect(plan.bound).toBeLessThanOrEqual(best + near(best));
        expect(plan.cost).toBeGreaterThanOrEqual(best - near(best));
        expect(plan.cost).toBeLessThanOrEqual(best * 1.005);
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  it('gives the same plan for the same seed, whatever the order of the steps', () => {
    fc.assert(
      fc.property(anySketch, (sketch) => {
        const fleet = randomFleet(sketch);
        const plan = solve(fleet);
        expect(solve(fleet)).toEqual(plan);
        const order = Int32Array.from({ length: fleet.steps.count }, (_, i) => i);
        shuffle(order, order.length, randomNumbers(sketch.seed));
        const other = solve(reordered(fleet, order));
        expect(other.cost).toBeCloseTo(plan.cost, 5);
        expect(other.leftOut).toHaveLength(plan.leftOut.length);
      }),
      { numRuns: 12 },
    );
  });

  it('is no worse with more capacity or later deadlines', () => {
    fc.assert(
      fc.property(anySketch, (sketch) => {
        const fleet = randomFleet({ ...sketch, delay: 0 });
        const plan = solve(fleet);
        if (plan.leftOut.length > 0) return;
        const wider = fleet.resources.map((one) => ({ ...one, capacity: one.capacity.map((most) => 1.5 * most) }));
        const deadline = fleet.steps.deadline.map((slot) => Math.min(fleet.slots, slot + 2));
        for (const more of [
          { ...fleet, resources: wider },
          { ...fleet, steps: { ...fleet.steps, deadline } },
        ]) {
          const other = solve(more);
          expect(other.leftOut).toHaveLength(0);
          expect(other.cost).toBeLessThanOrEqual(plan.cost + TOLERANCE * Math.abs(plan.cost));
        }
      }),
      { numRuns: 15, seed: 1 },
    );
  });
});
