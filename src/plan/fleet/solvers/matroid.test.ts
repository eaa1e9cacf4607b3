import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheapestFlow, randomFleet } from '../fluid-fixtures.ts';
import { matroid } from './matroid.ts';

const fleets = fc
  .record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    kind: fc.constant('fluid' as const),
    steps: fc.integer({ min: 1, max: 12 }),
    slots: fc.integer({ min: 5, max: 12 }),
    sites: fc.integer({ min: 1, max: 4 }),
    room: fc.constantFrom(0.5, 0.8, 1, 1.3, 3),
    allowLists: fc.boolean(),
    factors: fc.constant(false),
  })
  .map(randomFleet);

describe('A fleet whose work weighs the same in a cell', () => {
  it('is planned as cheaply as shortest augmenting paths do, and proves it', () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        const plan = matroid.solve(fleet, { seed: 1, effort: 1 });
        if (plan.leftOut.length > 0) return;
        const { cost } = cheapestFlow(fleet);
        expect(plan.cost).toBeCloseTo(cost, 6);
        expect(plan.bound).toBeCloseTo(cost, 6);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('says exactly how much work finds no room, and which full cells and steps conflict', () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        const { shortage, leftOut } = matroid.solve(fleet, { seed: 1, effort: 1 });
        const needs = fleet.steps.needs[0] ?? new Float64Array();
        const capacity = fleet.resources[0]?.capacity ?? new Float64Array();
        const work = needs.reduce((sum, units, i) => sum + units * (fleet.steps.length[i] ?? 0), 0);
        const missing = work - cheapestFlow(fleet).placed;
        expect(shortage?.units ?? 0).toBeCloseTo(missing, 6);
        expect(leftOut.length > 0).toBe(missing > 1e-6);
        if (shortage === undefined) return;
        const full = new Set(shortage.cells);
        const room = shortage.cells.reduce((sum, cell) => sum + (capacity[cell] ?? 0), 0);
        const demand = shortage.steps.reduce((sum, i) => {
          const places = fleet.profiles[fleet.steps.profile[i] ?? 0]?.places ?? [];
          let free = 0;
          for (let t = fleet.steps.release[i] ?? 0; t < (fleet.steps.deadline[i] ?? 0); t++) {
            if (places.some(({ site }) => !full.has(site * fleet.slots + t))) free++;
          }
          return sum + Math.max(0, (fleet.steps.length[i] ?? 0) - free) * (needs[i] ?? 0);
        }, 0);
        expect(demand - room).toBeCloseTo(missing, 6);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
