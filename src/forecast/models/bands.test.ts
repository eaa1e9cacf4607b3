import { describe, expect, it } from 'vitest';
import { DAY } from '../../units.ts';
import { Bands } from './bands.ts';
import { dayAt, normalFrom, randomFrom, START } from './fixtures.ts';

/** Coverage by day ahead at a level, over the origins from `first` on, where errors have a deviation of `scaleAt(origin)`. */
function coverageOf(
  level: number,
  origins: number,
  first: number,
  scaleAt: (origin: number) => number,
  seed = 5,
): number[] {
  const random = randomFrom(seed);
  const bands = new Bands();
  const hits = new Float64Array(4);
  const truths: Float64Array[] = [];
  for (let origin = 0; origin < origins; origin++) {
    for (let day = 3; day >= 0; day--) {
      const truth = truths[origin - day - 1];
      if (truth !== undefined) bands.observe(dayAt(origin - day - 1), day, truth);
    }
    const truth = new Float64Array(96).map(() => 300 * Math.exp(scaleAt(origin) * normalFrom(random)));
    truths.push(truth);
    bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96).fill(0.02));
    if (origin < first) continue;
    const low = bands.at(dayAt(origin), (1 - level) / 2);
    const high = bands.at(dayAt(origin), (1 + level) / 2);
    truth.forEach((value, hour) => {
      const day = Math.floor(hour / 24);
      if (value >= (low[hour] ?? Number.NaN) && value <= (high[hour] ?? Number.NaN)) hits[day] = (hits[day] ?? 0) + 1;
    });
  }
  return Array.from(hits, (count) => count / 24 / (origins - first));
}

describe('Bands', () => {
  it.each([0.5, 0.8, 0.9, 0.95])('hold %d of what is exchangeable', (level) => {
    for (const coverage of coverageOf(level, 260, 120, () => 0.1))
      expect(Math.abs(coverage - level)).toBeLessThan(0.02);
  });

  it('follow errors that grow, and errors that shrink', () => {
    for (const factor of [2.5, 0.4]) {
      const coverage = coverageOf(0.8, 260, 170, (origin) => (origin < 150 ? 0.08 : 0.08 * factor));
      for (const share of coverage) expect(Math.abs(share - 0.8)).toBeLessThan(0.08);
    }
  });

  it('widen on every day ahead after first days that missed more, and where the experts disagree', () => {
    const widths = (deviation: number, spread: number): number[] => {
      const random = randomFrom(4);
      const bands = new Bands();
      for (let origin = 0; origin < 60; origin++) {
        bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96).fill(0.02));
        const truth = new Float64Array(96).map(() => 300 * Math.exp(0.1 * normalFrom(random)));
        for (let day = 0; day < 4; day++) bands.observe(dayAt(origin), day, truth);
      }
      for (let origin = 60; origin < 63; origin++) {
        bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96).fill(0.02));
        const truth = new Float64Array(96).map(() => 300 * Math.exp(deviation * normalFrom(random)));
        bands.observe(dayAt(origin), 0, truth);
      }
      bands.issue(dayAt(63), new Float64Array(96).fill(300), new Float64Array(96).fill(spread));
      const [low, high] = [bands.at(dayAt(63), 0.1), bands.at(dayAt(63), 0.9)];
      return [3, 30, 60, 90].map((hour) => Math.log((high[hour] ?? Number.NaN) / (low[hour] ?? Number.NaN)));
    };
    const usual = widths(0.1, 0.02);
    usual.forEach((width, day) => {
      expect(widths(0.2, 0.02)[day]).toBeGreaterThan(1.1 * width);
      expect(widths(0.1, 0.08)[day]).toBeGreaterThan(1.2 * width);
      expect(widths(0.1, 0.08)[day]).toBeLessThan(1.4 * width);
    });
  });

  it('half believe that errors fall to one side', () => {
    const bands = new Bands();
    for (let origin = 0; origin < 60; origin++) {
      bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96));
      bands.observe(dayAt(origin), 0, new Float64Array(96).fill(300 * Math.exp(0.1)));
    }
    bands.issue(dayAt(60), new Float64Array(96).fill(300), new Float64Array(96));
    const [low, high] = [bands.at(dayAt(60), 0.1)[5], bands.at(dayAt(60), 0.9)[5]];
    expect(low).toBeCloseTo(300, 6);
    expect(high).toBeGreaterThan(325);
  });

  it('know nothing before errors were seen, and say so', () => {
    const bands = new Bands();
    bands.issue(START, new Float64Array(96).fill(300), new Float64Array(96));
    expect(bands.at(START, 0.9).every(Number.isNaN)).toBe(true);
    expect(bands.at(START + DAY, 0.9).every(Number.isNaN)).toBe(true);
  });

  it('widen with the level, and have the middle within', () => {
    const random = randomFrom(2);
    const bands = new Bands();
    for (let origin = 0; origin < 80; origin++) {
      bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96).fill(0.02));
      const truth = new Float64Array(96).map(() => 300 * Math.exp(0.1 * normalFrom(random)));
      for (let day = 0; day < 4; day++) bands.observe(dayAt(origin), day, truth);
    }
    bands.issue(dayAt(80), new Float64Array(96).fill(300), new Float64Array(96).fill(0.02));
    const ranks = [0.001, 0.01, 0.025, 0.03, 0.05, 0.08, 0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999];
    const found = ranks.map((rank) => bands.at(dayAt(80), rank));
    for (let i = 1; i < found.length; i++) {
      found[i]?.forEach((value, hour) => {
        expect(value).toBeGreaterThanOrEqual(found[i - 1]?.[hour] ?? Number.NaN);
      });
    }
  });

  it('learn nothing from a day with a gap', () => {
    const bands = new Bands();
    const truth = new Float64Array(96).fill(310);
    truth[30] = Number.NaN;
    for (let origin = 0; origin < 60; origin++) {
      bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96));
      for (let day = 0; day < 4; day++) bands.observe(dayAt(origin), day, truth);
    }
    bands.issue(dayAt(60), new Float64Array(96).fill(300), new Float64Array(96));
    const edge = bands.at(dayAt(60), 0.9);
    expect([edge[3], edge[30]]).toEqual([expect.closeTo(310, -1), Number.NaN]);
  });

  it('forget a forecast after its last day, also where that has a gap', () => {
    const bands = new Bands();
    const truth = new Float64Array(96).fill(310);
    for (let origin = 0; origin < 60; origin++) {
      bands.issue(dayAt(origin), new Float64Array(96).fill(300), new Float64Array(96));
      for (let day = 0; day < 3; day++) bands.observe(dayAt(origin), day, truth);
    }
    expect(bands.at(dayAt(59), 0.9)[3]).toBeGreaterThan(300);
    bands.observe(dayAt(59), 3, new Float64Array(96).fill(Number.NaN));
    expect(bands.at(dayAt(59), 0.9)[3]).toBeNaN();
  });
});
