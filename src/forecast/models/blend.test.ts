import { describe, expect, it } from 'vitest';
import { blend, errorOfDay, type Outcome, weightsOf } from './blend.ts';

const flat = (value: number): Float64Array => new Float64Array(96).fill(value);
const outcomes = (count: number, errors: Readonly<Record<string, number>>): Outcome[] =>
  Array.from(
    { length: count },
    () => new Map(Object.entries(errors).map(([name, error]) => [name, new Float64Array(4).fill(error)])),
  );

describe('Weights', () => {
  it('are equal before five outcomes, and sum to one after', () => {
    expect(Array.from(weightsOf(['a', 'b'], outcomes(4, { a: 0.1, b: 0.2 }))[0] ?? [])).toEqual([0.5, 0.5]);
    const [first] = weightsOf(['a', 'b'], outcomes(60, { a: 0.1, b: 0.2 }));
    expect(first?.[0]).toBeGreaterThan(0.98);
    expect((first?.[0] ?? 0) + (first?.[1] ?? 0)).toBeCloseTo(1, 12);
  });

  it('forget what is older than 60 outcomes', () => {
    const past = [...outcomes(100, { a: 0.01, b: 0.3 }), ...outcomes(60, { a: 0.2, b: 0.1 })];
    expect(weightsOf(['a', 'b'], past)).toEqual(weightsOf(['a', 'b'], outcomes(60, { a: 0.2, b: 0.1 })));
  });

  it('count a day ahead that has passed, whatever the later ones', () => {
    const young = outcomes(20, { a: 0.1, b: 0.2 }).map(
      (one) =>
        new Map([...one].map(([name, days]) => [name, days.map((error, day) => (day < 2 ? error : Number.NaN))])),
    );
    const weights = weightsOf(['a', 'b'], young);
    expect(weights[1]?.[0]).toBeGreaterThan(0.9);
    expect(Array.from(weights[2] ?? [])).toEqual([0.5, 0.5]);
  });
});

describe('A blend', () => {
  it('is the weighted mean of logarithms, and says how far its parts are apart', () => {
    const weights = [0.5, 1, 0, 0.25].map((share) => Float64Array.of(share, 1 - share));
    const { intensityG, spread } = blend([flat(100), flat(400)], weights);
    expect([0, 24, 48, 72].map((hour) => intensityG[hour])).toEqual(
      [200, 100, 400, 400 * 0.25 ** 0.25].map((value) => expect.closeTo(value, 9)),
    );
    expect(spread[0]).toBeCloseTo(Math.log(2), 9);
    expect(blend([flat(100), flat(100)], weights).spread[50]).toBeCloseTo(0, 9);
  });
});

describe('The error of a day', () => {
  it('is relative, and unknown until all of the day has passed', () => {
    const truth = flat(200);
    truth[30] = Number.NaN;
    expect([0, 1].map((day) => errorOfDay(flat(150), truth, day))).toEqual([0.25, Number.NaN]);
  });
});
