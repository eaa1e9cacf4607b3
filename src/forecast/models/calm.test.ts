import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calmed, type Manner, mannerOf } from './calm.ts';
import { makeGrid, normalFrom, randomFrom } from './fixtures.ts';
import { at } from './numbers.ts';

const HOURS = makeGrid({ days: 200 }).history.intensityG;
const mannerAt = (hour: number): Manner => {
  const manner = mannerOf(HOURS.subarray(0, hour), 24);
  if (manner === undefined) throw new Error(`nothing was learned before hour ${hour}`);
  return manner;
};
const noisy = (truth: Float64Array, deviation: number, seed: number): Float64Array => {
  const random = randomFrom(seed);
  return truth.map((value) => value + deviation * normalFrom(random));
};
const errorOf = (forecast: Float64Array, truth: Float64Array): number =>
  Math.sqrt(forecast.reduce((sum, value, i) => sum + (value - at(truth, i)) ** 2, 0) / truth.length);

describe('a forecast and the past', () => {
  it('is the same forecast where it has no more noise than the past', () => {
    for (let hour = 24 * 30; hour + 96 <= HOURS.length; hour += 29) {
      const truth = HOURS.subarray(hour, hour + 96);
      expect(calmed(truth, mannerAt(hour))).toBe(truth);
      const smooth = truth.map((_, i) => 300 + 100 * Math.sin(i / 4));
      expect(calmed(smooth, mannerAt(hour))).toBe(smooth);
    }
  });

  it('errs less than half as much where its slots are told with much noise', () => {
    for (const seed of [1, 2, 3, 4]) {
      const hour = 24 * (30 + 20 * seed);
      const truth = HOURS.subarray(hour, hour + 96);
      const forecast = noisy(truth, 90, seed);
      const calm = calmed(forecast, mannerAt(hour));
      expect(errorOf(calm, truth)).toBeLessThan(0.5 * errorOf(forecast, truth));
      expect(Math.min(...calm)).toBeGreaterThanOrEqual(0);
    }
  });

  it('is the most likely course: no other fits forecast and past better', () => {
    const hour = 24 * 60;
    const manner = mannerAt(hour);
    const forecast = noisy(HOURS.subarray(hour, hour + 48), 90, 7).map((value) => Math.max(200, value));
    forecast[5] = Number.NaN;
    const calm = calmed(forecast, manner);
    expect(calm[5]).toBeNaN();
    const shape = (slot: number) => at(manner.shapeG, slot % 24);
    // What is drawn through the slot that is not told, between its neighbours.
    const course = calm.map((value, slot) => value - shape(slot));
    const [one, two] = manner.swing;
    const deviationAt = (slot: number, values: Float64Array): number =>
      slot >= 0 ? at(values, slot) : (manner.last[-1 - slot] ?? Number.NaN);
    // The noise: what the forecast's roughness is beyond that of the past.
    const sizes = [...forecast.keys()]
      .map((i) => Math.abs(at(forecast, i) - 2 * at(forecast, i - 1) + at(forecast, i - 2)))
      .filter((size) => !Number.isNaN(size))
      .sort((a, b) => a - b);
    const noise = ((sizes[Math.floor(sizes.length / 3)] ?? 0) / 0.4307) ** 2 / 6 - manner.roughG2;
    const unlikely = (values: Float64Array): number =>
      values.reduce((sum, value, slot) => {
        const told = at(forecast, slot) - shape(slot);
        const move = value - one * deviationAt(slot - 1, values) - two * deviationAt(slot - 2, values);
        return sum + (Number.isNaN(told) ? 0 : (told - value) ** 2 / noise) + move ** 2 / manner.chanceG2;
      }, 0);
    // The slot not told: of all values the one that the course goes through best.
    const through = (value: number) => unlikely(course.map((other, slot) => (slot === 5 ? value : other)));
    const [a, b, c] = [through(-1), through(0), through(1)];
    course[5] = (a - c) / (2 * (a - 2 * b + c));
    const least = unlikely(course);
    for (const slot of course.keys()) {
      for (const step of [-0.1, 0.1]) {
        expect(unlikely(course.map((value, i) => (i === slot ? value + step : value)))).toBeGreaterThan(least);
      }
    }
  });

  it('is not judged where too little is known: under a week of the past, under a day of the forecast', () => {
    expect(mannerOf(HOURS.subarray(0, 167), 24)).toBeUndefined();
    expect(mannerOf(HOURS.subarray(0, 168), 24)).toBeDefined();
    expect(mannerOf(new Float64Array(672).fill(300), 24)).toBeUndefined();
    const brief = noisy(HOURS.subarray(720, 743), 90, 1);
    expect(calmed(brief, mannerAt(720))).toBe(brief);
  });

  it('is left as it is where it is a little rougher than the past, on each day of it', () => {
    const quarters = (days: number) => Float64Array.from({ length: 96 * days }, (_, i) => 300 + 80 * Math.sin(i / 15));
    const manner = mannerOf(noisy(quarters(28), 10, 1), 96);
    const rougher = (deviation: number) => noisy(quarters(4), deviation, 2);
    const [little, much] = [rougher(17), rougher(40)];
    expect(manner && calmed(little, manner)).toBe(little);
    expect(manner && calmed(much, manner)).not.toBe(much);
  });

  it('is never below nothing', () => {
    const calm = calmed(noisy(new Float64Array(96).fill(-200), 90, 1), mannerAt(720));
    expect(Math.min(...calm)).toBe(0);
  });

  it('is held against the last 28 days', () => {
    expect(mannerOf(HOURS.subarray(24 * 32, 24 * 60), 24)).toEqual(mannerAt(24 * 60));
  });

  it('may have gaps in the past, also at its end', () => {
    const hour = 24 * 60;
    const truth = HOURS.subarray(hour, hour + 96);
    const forecast = noisy(truth, 90, 3);
    const past = HOURS.slice(0, hour).map((value, i) => (i % 97 === 0 || i >= hour - 3 ? Number.NaN : value));
    const manner = mannerOf(past, 24);
    expect(manner?.last).toEqual([Number.NaN, Number.NaN]);
    expect(manner && errorOf(calmed(forecast, manner), truth)).toBeLessThan(0.5 * errorOf(forecast, truth));
  });

  it('comes out in the unit in which it is told', () => {
    const hour = 24 * 60;
    const forecast = noisy(HOURS.subarray(hour, hour + 96), 90, 5).map(Math.abs);
    const calm = calmed(forecast, mannerAt(hour));
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (factor) => {
        const manner = mannerOf(
          HOURS.subarray(0, hour).map((value) => factor * value),
          24,
        );
        const scaled =
          manner &&
          calmed(
            forecast.map((value) => factor * value),
            manner,
          );
        scaled?.forEach((value, i) => {
          expect(value / factor).toBeCloseTo(at(calm, i), 6);
        });
      }),
      { seed: 1, numRuns: 20 },
    );
  });
});
