import { describe, expect, it } from 'vitest';
import { breaches } from '../check.ts';
import { randomFleet } from '../fluid-fixtures.ts';
import { levels } from './levels.ts';
import { matroid } from './matroid.ts';
import { oneSite } from './one-site.ts';
import { smooth } from './smooth.ts';

const sketch = { seed: 9, steps: 3_000, slots: 200, sites: 8, room: 1.4, allowLists: false, factors: false } as const;

describe('A fleet of thousands', () => {
  const fleet = randomFleet({ ...sketch, kind: 'fluid' });
  const exact = matroid.solve(fleet, { seed: 1, effort: 1 });

  it('is planned exactly, with a certificate of nothing', () => {
    expect(breaches(fleet, exact.assignment)).toEqual([]);
    expect(exact.cost / exact.bound - 1).toBeLessThan(1e-9);
  });

  it('is planned within a percent where halving is broken off, and within five by reacting prices alone', () => {
    for (const [solver, most] of [
      [levels, 0.01],
      [smooth, 0.05],
    ] as const) {
      const plan = solver.solve(fleet, { seed: 1, effort: 1 });
      expect(breaches(fleet, plan.assignment)).toEqual([]);
      expect(plan.bound).toBeLessThanOrEqual(exact.cost * (1 + 1e-9));
      expect(plan.cost).toBeGreaterThanOrEqual(exact.cost * (1 - 1e-9));
      expect(plan.cost / plan.bound - 1).toBeLessThan(most);
    }
  });

  it('gets a smaller gap for more effort', () => {
    const gap = (effort: number): number => {
      const plan = levels.solve(fleet, { seed: 1, effort });
      return plan.cost / plan.bound - 1;
    };
    expect(gap(10)).toBeLessThanOrEqual(gap(0.1));
  });

  it('keeps to one site a step near the fluid optimum, with nothing left out', () => {
    const whole = randomFleet({ ...sketch, room: 2, kind: 'pausable' });
    const plan = oneSite.solve(whole, { seed: 1, effort: 1 });
    expect(breaches(whole, plan.assignment)).toEqual([]);
    expect(plan.leftOut).toHaveLength(0);
    expect(plan.cost / plan.bound - 1).toBeLessThan(0.1);
  });
});
