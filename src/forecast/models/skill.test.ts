import { describe, expect, it } from 'vitest';
import type { Outcome } from './blend.ts';
import { chooseModel, regretPercent, skillOf } from './skill.ts';

const series = (...values: number[]): Float64Array => Float64Array.of(...values);

describe('Skill', () => {
  it('is the mean of relative errors over the hours that have a truth', () => {
    const skill = skillOf(series(110, 90, 50, 70), series(100, 100, Number.NaN, 0));
    expect(skill).toEqual({ hours: 2, mapePercent: expect.closeTo(10, 9), intervals: [] });
  });

  it('weighs what an interval missed by with its level', () => {
    const interval = { level: 0.8, lowG: series(90, 90), highG: series(110, 110) };
    const { intervals } = skillOf(series(100, 100), series(100, 130), [interval]);
    // Width 20 each, one miss by 20: 20 + 10 · 20 / 2, over the mean truth of 115.
    expect(intervals).toEqual([
      { level: 0.8, coverage: 0.5, width: expect.closeTo(20 / 115, 9), winkler: expect.closeTo(120 / 115, 9) },
    ]);
  });

  it('counts the emissions that a wrong start costs', () => {
    const truth = series(100, 100, 50, 50, 80, 80);
    expect(regretPercent(truth, truth, 6, 2)).toBe(0);
    expect(regretPercent(series(1, 1, 2, 2, 0, 0), truth, 6, 2)).toBeCloseTo(60, 9);
    expect(regretPercent(series(1, 1, 1, 1, 1, 1), truth, 6, 2)).toBeCloseTo(100, 9);
    expect(regretPercent(series(1, 1, 2, 2, 0, 0), truth, 4, 2)).toBeCloseTo(100, 9);
  });
});

describe('The choice of a model', () => {
  const outcomes = (count: number, errors: Record<string, number>): Outcome[] =>
    Array.from(
      { length: count },
      () => new Map(Object.entries(errors).map(([name, error]) => [name, new Float64Array(4).fill(error)])),
    );

  it('goes to whoever erred clearly less, and stays for noise', () => {
    expect(chooseModel('ours', outcomes(20, { ours: 0.1, provider: 0.08 }), 0)).toBe('provider');
    expect(chooseModel('ours', outcomes(20, { ours: 0.1, provider: 0.099 }), 0)).toBe('ours');
    expect(chooseModel('ours', outcomes(9, { ours: 0.1, provider: 0.01 }), 0)).toBe('ours');
  });

  it('looks at the last 60 outcomes in which both spoke, day by day', () => {
    const changed = [...outcomes(80, { ours: 0.1, other: 0.01 }), ...outcomes(60, { ours: 0.1, other: 0.3 })];
    expect(chooseModel('ours', changed, 0)).toBe('ours');
    const unseen = outcomes(20, { ours: 0.1, other: 0.05 }).map(
      (one) => new Map([...one, ['other', Float64Array.of(0.05, 0.05, Number.NaN, Number.NaN)]]),
    );
    expect([0, 1, 2, 3].map((day) => chooseModel('ours', unseen, day))).toEqual(['other', 'other', 'ours', 'ours']);
  });
});
