import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalFrom, randomFrom } from './fixtures.ts';
import { type Example, NormalEquations } from './normal-equations.ts';
import { sharedMoments, solveRidge } from './ridge.ts';

const FEATURES = 3;

/** Examples of y = 2 + 3 a − b and z = a, with a feature that never varies. */
function examples(count: number, seed: number): Example[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const [a, b] = [normalFrom(random), 5 + normalFrom(random)];
    return { features: Float64Array.of(a, b, 7), targets: Float64Array.of(2 + 3 * a - b, a), weight: 1 };
  });
}

const solved = (equations: NormalEquations, lambda: number) =>
  sharedMoments(equations).map((moments) => solveRidge(moments, Int32Array.of(0, 1, 2), [0, 1], lambda));

describe('Ridges on running sums', () => {
  it('find the line that made the data, and leave out what never varies', () => {
    const equations = new NormalEquations(1, FEATURES, 2);
    equations.add(examples(50, 1));
    const [line] = solved(equations, 1e-9);
    expect(Array.from(line?.coefficients ?? [])).toEqual([3, -1, 0, 1, 0, 0].map((value) => expect.closeTo(value, 6)));
    expect(Array.from(line?.intercepts ?? [])).toEqual([2, 0].map((value) => expect.closeTo(value, 6)));
  });

  it('do not depend on the parts in which examples come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.integer(),
        (parts, seed) => {
          const all = examples(parts.reduce((a, b) => a + b, 0) + 8, seed);
          const [whole, pieces] = [new NormalEquations(1, FEATURES, 2), new NormalEquations(1, FEATURES, 2)];
          whole.add(all);
          const rest = [...all];
          for (const part of parts) pieces.add(rest.splice(0, part));
          pieces.add(rest);
          const [a, b] = [solved(whole, 0.1), solved(pieces, 0.1)];
          expect(Array.from(b[0]?.coefficients ?? [])).toEqual(
            Array.from(a[0]?.coefficients ?? [], (value) => expect.closeTo(value, 9)),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('count a weighted example as often as its weight', () => {
    const [twice, weighted] = [new NormalEquations(1, FEATURES, 2), new NormalEquations(1, FEATURES, 2)];
    const all = examples(20, 3);
    twice.add([...all, ...all.slice(0, 5)]);
    weighted.add(all.map((one, i) => (i < 5 ? { ...one, weight: 2 } : one)));
    const flat = (equations: NormalEquations): number[] =>
      Object.values(equations.moments(0)).flatMap((part) => [...part]);
    expect(flat(weighted)).toEqual(flat(twice).map((value) => expect.closeTo(value, 9)));
  });

  it('leave a horizon out whose target is a gap', () => {
    const [equations, without] = [new NormalEquations(1, FEATURES, 2), new NormalEquations(1, FEATURES, 2)];
    const all = examples(20, 4);
    without.add(all);
    equations.add([
      ...all,
      { features: Float64Array.of(99, 99, 99), targets: Float64Array.of(Number.NaN, 1), weight: 1 },
    ]);
    expect(equations.moments(0)).toEqual(without.moments(0));
    expect(equations.greatest[0]).toBeLessThan(99);
  });
});
