import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate, handDown } from './aggregate.ts';
import { breaches } from './check.ts';
import type { Assignment, Fleet } from './fleet.ts';
import { cheapestFlow, permuted, randomFleet } from './fluid-fixtures.ts';
import { randomNumbers } from './random.ts';
import { matroid } from './solvers/matroid.ts';
import { tally } from './weigh.ts';

/** Each step three times, with different needs and lengths of as many slots. */
function threefold(fleet: Fleet, seed: number): Fleet {
  const next = randomNumbers(seed);
  const order = new Int32Array(3 * fleet.steps.count).map((_, i) => Math.floor(i / 3));
  const { steps, ...rest } = permuted(fleet, order);
  const needs = (steps.needs[0] ?? new Float64Array()).map(() => 0.25 + next());
  const length = steps.length.map((slots) => Math.ceil(slots) - 0.9 * next());
  return { ...rest, steps: { ...steps, needs: [needs], power: needs.map((units) => 2 * units), length } };
}

const fleets = fc
  .record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    kind: fc.constant('fluid' as const),
    steps: fc.integer({ min: 1, max: 5 }),
    slots: fc.integer({ min: 5, max: 9 }),
    sites: fc.integer({ min: 1, max: 3 }),
    room: fc.constantFrom(1, 2, 4),
    allowLists: fc.boolean(),
    factors: fc.constant(false),
  })
  .map((sketch) => threefold(randomFleet(sketch), sketch.seed));

describe('Equal steps', () => {
  it('are one class, with their work and their energy together', () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        const { classes, members } = aggregate(fleet);
        expect(classes.steps.count).toBeLessThanOrEqual(fleet.steps.count / 3);
        expect([...members.step].sort((a, b) => a - b)).toEqual(Array.from({ length: fleet.steps.count }, (_, i) => i));
        const sum = ({ steps }: Fleet, of: Float64Array): number =>
          of.reduce((total, value, i) => total + value * (steps.length[i] ?? 0), 0);
        expect(sum(classes, classes.steps.power)).toBeCloseTo(sum(fleet, fleet.steps.power), 9);
      }),
      { seed: 2 },
    );
  });

  it('are planned together as cheaply as apart, and each of them keeps its promises', () => {
    let planned = 0;
    fc.assert(
      fc.property(fleets, (fleet) => {
        const plan = matroid.solve(fleet, { seed: 1, effort: 1 });
        expect(breaches(fleet, plan.assignment)).toEqual([]);
        if (plan.leftOut.length > 0) return;
        planned++;
        expect(plan.cost).toBeCloseTo(cheapestFlow(fleet).cost, 6);
        expect(tally(fleet, plan.assignment).cost).toBeCloseTo(plan.cost, 6);
      }),
      { seed: 2 },
    );
    expect(planned).toBeGreaterThan(30);
  });

  it('share any plan of their class, also one that runs all its slots in part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 4 }), (seed, n) => {
        const one = randomFleet({
          seed,
          kind: 'fluid',
          steps: 1,
          slots: 10,
          sites: 2,
          room: 1000,
          allowLists: false,
          factors: false,
        });
        const wide = {
          ...one.steps,
          release: Int32Array.of(0),
          deadline: Int32Array.of(10),
          length: Float64Array.of(n - 0.5),
        };
        const fleet = threefold({ ...one, steps: wide }, seed);
        const { classes, members } = aggregate(fleet);
        const length = classes.steps.length[0] ?? 0;
        // The same part of all ten slots, half of it at either site.
        const plan: Assignment = {
          from: Int32Array.of(0, 20),
          cell: new Int32Array(20).map((_, i) => (i % 2) * 10 + Math.floor(i / 2)),
          share: new Float64Array(20).fill(length / 20),
          level: new Uint8Array(20),
          place: Int32Array.of(0),
        };
        const handed = handDown(fleet, classes, members, plan);
        expect(breaches(fleet, handed)).toEqual([]);
        expect(tally(fleet, handed).cost).toBeCloseTo(tally(classes, plan).cost, 6);
      }),
      { seed: 4 },
    );
  });
});
