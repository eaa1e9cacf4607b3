import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheapestFlow, randomFleet } from '../fluid-fixtures.ts';
import { byCell } from './by-cell.ts';

describe('Fluid work that weighs differently by step', () => {
  it('is planned within a few percent of the optimum, and leaves nothing out that fits', () => {
    const gaps: number[] = [];
    const bounds: number[] = [];
    const fleets = fc
      .record({
        seed: fc.integer({ min: 1, max: 1e6 }),
        kind: fc.constant('fluid' as const),
        steps: fc.integer({ min: 4, max: 16 }),
        slots: fc.integer({ min: 6, max: 14 }),
        sites: fc.integer({ min: 1, max: 4 }),
        room: fc.constantFrom(0.9, 1.1, 1.5, 3),
        allowLists: fc.boolean(),
        factors: fc.constant(true),
      })
      .map(randomFleet);
    fc.assert(
      fc.property(fleets, (fleet) => {
        const plan = byCell.solve(fleet, { seed: 1, effort: 1 });
        const { cost, placed } = cheapestFlow(fleet);
        const needs = fleet.steps.needs[0] ?? new Float64Array();
        const work = needs.reduce((sum, units, i) => sum + units * (fleet.steps.length[i] ?? 0), 0);
        expect(plan.leftOut.length > 0).toBe(work - placed > 1e-6);
        if (plan.leftOut.length > 0) return;
        expect(plan.cost).toBeGreaterThanOrEqual(cost - 1e-6);
        expect(plan.bound).toBeLessThanOrEqual(cost + 1e-6);
        gaps.push(plan.cost / cost - 1);
        bounds.push(1 - plan.bound / cost);
      }),
      { seed: 11, numRuns: 200 },
    );
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(gaps)).toBeLessThan(0.03);
    expect(mean(bounds)).toBeLessThan(0.002);
  });
});
