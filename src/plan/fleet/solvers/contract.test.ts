/** What every listed solver keeps, on random small fleets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breaches } from '../check.ts';
import type { Fleet, FleetPlan, Kind } from '../fleet.ts';
import { cheapestFlow, permuted, randomFleet, type Sketch } from '../fluid-fixtures.ts';
import { shuffled } from '../random.ts';
import { tally } from '../weigh.ts';
import { SOLVERS } from './index.ts';

/**
 * How much worse a plan may get where it should not, as a part of its cost. Solvers that are not named here place steps one
 * by one: in fleets as small as these, one step that is placed otherwise changes much.
 */
const TOLERANCE: Readonly<Record<string, number>> = { matroid: 1e-9, levels: 0.02, smooth: 0.3 };

/** How many fleets each is tried on; a search takes longer than a flow, and is tested by itself as well. */
const RUNS: Readonly<Record<string, number>> = { priced: 16 };

const sketches: fc.Arbitrary<Sketch> = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  kind: fc.constantFrom<Kind[]>('fluid', 'pausable', 'piece'),
  steps: fc.integer({ min: 1, max: 9 }),
  slots: fc.integer({ min: 5, max: 10 }),
  sites: fc.integer({ min: 1, max: 3 }),
  room: fc.constantFrom(0.5, 1, 1.2, 2, 5),
  allowLists: fc.boolean(),
  factors: fc.boolean(),
});

const options = { seed: 1, effort: 1 };
const isComplete = ({ leftOut }: FleetPlan): boolean => leftOut.length === 0;

describe.each(SOLVERS)('The solver $name', (solver) => {
  const tolerance = TOLERANCE[solver.name] ?? Number.POSITIVE_INFINITY;
  const numRuns = RUNS[solver.name] ?? 300;
  const forAll = (check: (fleet: Fleet, plan: FleetPlan) => void): void => {
    let tried = 0;
    fc.assert(
      fc.property(sketches, (sketch) => {
        const fleet = randomFleet(sketch);
        if (solver.refuses(fleet) !== undefined) return;
        tried++;
        check(fleet, solver.solve(fleet, options));
      }),
      { seed: 7, numRuns },
    );
    expect(tried).toBeGreaterThan(Math.min(20, numRuns / 2));
  };

  it('breaks no promise of the fleet, and costs what it says', () => {
    forAll((fleet, plan) => {
      expect(breaches(fleet, plan.assignment)).toEqual([]);
      expect(plan.cost).toBeCloseTo(tally(fleet, plan.assignment).cost, 6);
      const { from } = plan.assignment;
      const empty = Array.from({ length: fleet.steps.count }, (_, i) => i).filter((i) => from[i] === from[i + 1]);
      expect([...plan.leftOut]).toEqual(empty);
    });
  });

  it('has a bound that no plan is below', () => {
    forAll((fleet, plan) => {
      expect(plan.bound).toBeLessThanOrEqual(plan.cost + 1e-6);
      const isFluid = fleet.profiles.every(({ kind }) => kind === 'fluid');
      if (isComplete(plan) && isFluid) expect(plan.bound).toBeLessThanOrEqual(cheapestFlow(fleet).cost + 1e-6);
      for (const prices of plan.prices) expect(Math.min(0, ...prices)).toBe(0);
    });
  });

  it('does not mind the order of the steps', () => {
    forAll((fleet, plan) => {
      const other = solver.solve(permuted(fleet, shuffled(fleet.steps.count, 3)), options);
      if (!isComplete(plan) || !isComplete(other)) return;
      expect(Math.abs(other.cost - plan.cost)).toBeLessThanOrEqual(tolerance * plan.cost + 1e-6);
    });
  });

  it('is no worse with more room or more time', () => {
    forAll((fleet, plan) => {
      const more = fleet.resources.map((one) => ({ ...one, capacity: one.capacity.map((units) => units + 1) }));
      const later = { ...fleet.steps, deadline: fleet.steps.deadline.map((slot) => Math.min(fleet.slots, slot + 1)) };
      for (const easier of [
        { ...fleet, resources: more },
        { ...fleet, steps: later },
      ]) {
        const better = solver.solve(easier, options);
        if (tolerance === Number.POSITIVE_INFINITY) continue;
        expect(better.leftOut.length).toBeLessThanOrEqual(plan.leftOut.length);
        if (isComplete(plan)) expect(better.cost).toBeLessThanOrEqual(plan.cost * (1 + tolerance) + 1e-6);
      }
    });
  });

  it('gives the same plan for the same seed', () => {
    forAll((fleet, plan) => {
      expect(solver.solve(fleet, options)).toEqual(plan);
    });
  });
});
