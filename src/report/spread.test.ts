import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Z90 } from '../units.ts';
import { spreadOfSum, type Term } from './spread.ts';

/** Standard normal draws from a seeded generator (Lehmer, Box-Muller). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** p10 and p90 by drawing each cause once per trial, as the oracle. */
function drawn(terms: readonly Term[], trials: number): { readonly low: number; readonly high: number } {
  const normal = normals(42);
  const causes = [...new Set(terms.flatMap((term) => Object.keys(term.causes)))];
  const sums = Float64Array.from({ length: trials }, () => {
    const z = new Map(causes.map((cause) => [cause, normal()]));
    return terms.reduce((sum, { value, causes: own }) => {
      const exponent = Object.entries(own).reduce((total, [cause, sigma]) => total + sigma * (z.get(cause) ?? 0), 0);
      return sum + value * Math.exp(exponent);
    }, 0);
  }).sort();
  return { low: sums[Math.floor(trials * 0.1)] ?? Number.NaN, high: sums[Math.floor(trials * 0.9)] ?? Number.NaN };
}

describe('spreadOfSum', () => {
  test('gives value · exp(±z·σ) for one term, with σ² the sum of its causes', () => {
    const sigma = Math.hypot(0.3, 0.1);
    const band = spreadOfSum([{ value: 7, causes: { meter: 0.3, grid: 0.1 } }]);
    expect(band.low).toBeCloseTo(7 * Math.exp(-Z90 * sigma), 12);
    expect(band.high).toBeCloseTo(7 * Math.exp(Z90 * sigma), 12);
  });

  test('agrees with drawing 200,000 sums within 2 %, for shared, mixed and separate causes', () => {
    const cases: readonly (readonly Term[])[] = [
      [
        { value: 2, causes: { cpu: Math.log(1.6), grid: 0.1 } },
        { value: 5, causes: { gpu: Math.log(1.1), grid: 0.1 } },
      ],
      [
        { value: 1, causes: { a: 0.5 } },
        { value: 1, causes: { b: 0.5 } },
        { value: 1, causes: { c: 0.5 } },
      ],
      [
        { value: 1, causes: { cpu: Math.log(2.2), de: 0.1, pue: 0.14 } },
        { value: 3, causes: { cpu: Math.log(2.2), fr: 0.2 } },
      ],
    ];
    for (const terms of cases) {
      const band = spreadOfSum(terms);
      const oracle = drawn(terms, 200_000);
      expect(Math.abs(band.low / oracle.low - 1)).toBeLessThan(0.02);
      expect(Math.abs(band.high / oracle.high - 1)).toBeLessThan(0.02);
    }
  });

  test('does not shrink when a row is cut into many of the same causes, and does when the causes are separate', () => {
    const one = spreadOfSum([{ value: 100, causes: { meter: 0.5 } }]);
    const same = spreadOfSum(Array.from({ length: 100 }, () => ({ value: 1, causes: { meter: 0.5 } })));
    const apart = spreadOfSum(Array.from({ length: 100 }, (_, i) => ({ value: 1, causes: { [`meter ${i}`]: 0.5 } })));
    expect(same.sigma).toBeCloseTo(one.sigma, 12);
    expect(apart.sigma).toBeLessThan(one.sigma / 8);
  });

  test('is not changed by the order of its terms and lies around their sum', () => {
    const term = fc.record({
      value: fc.double({ min: 0.001, max: 1000, noNaN: true }),
      causes: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.double({ min: 0, max: 0.3, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 8 }), (terms) => {
        const band = spreadOfSum(terms);
        const back = spreadOfSum([...terms].reverse());
        expect(back.low).toBeCloseTo(band.low, 8);
        const sum = terms.reduce((total, { value }) => total + value, 0);
        expect(band.low).toBeLessThanOrEqual(sum * (1 + 1e-9));
        expect(band.high).toBeGreaterThanOrEqual(sum * (1 - 1e-9));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test('is nothing for nothing', () => {
    expect(spreadOfSum([])).toEqual({ low: 0, high: 0, sigma: 0 });
    expect(spreadOfSum([{ value: 0, causes: { a: 1 } }])).toEqual({ low: 0, high: 0, sigma: 0 });
  });
});
