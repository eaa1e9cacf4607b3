/**
 * Facts: what the Carbon Aware SDK's own tests expect of rolling averages, averages and forecasts (Green Software
 * Foundation, Carbon Aware SDK 1.8, `EmissionsDataExtensionsTests.cs` and `ForecastHandlerTests.cs`, MIT). Four slots of
 * 5 min from midnight hold 10, 20, 30 and 40.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { type Instant, instant, MINUTE, millis } from '../../units.ts';
import { averageOver, leastOf, pointsIn, windowsIn } from './windows.ts';

const MIDNIGHT = Date.UTC(2020, 0, 1);
const at = (minute: number): Instant => instant(MIDNIGHT + minute * MINUTE);
const axis = { start: at(0), step: millis(5 * MINUTE), length: 4 };
const values = { axis, intensityG: Float64Array.of(10, 20, 30, 40) };
const minutes = (count: number) => millis(count * MINUTE);

const figures = (points: readonly { readonly intensityG: number }[]): number[] =>
  points.map(({ intensityG }) => Math.round(intensityG * 1e9) / 1e9);

describe('rolling averages', () => {
  it.each([
    [5, 5, [10, 20, 30, 40]],
    [2, 5, [10, 20, 30, 40]],
    [5, 4, [10, 18, 26, 34]],
    [2, 4, [10, 15, 20, 30, 40]],
    [5, 7, [10, 24, 38]],
    [2, 7, [10, 20, 35]],
    [0, 5, [10, 20, 30, 40]],
    [0, 7, [10, 20, 30, 40]],
    [5, 0, [10, 20, 30, 40]],
    [2, 0, [10, 20, 30, 40]],
  ])('of %i min each %i min are %j', (window, tick, expected) => {
    const whole = { start: at(0), end: at(20) };
    expect(figures(windowsIn(values, whole, { window: minutes(window), tick: minutes(tick) }))).toEqual(expected);
  });

  it.each([
    [0, 20, [10, 20, 30, 40]],
    [5, 15, [20, 30]],
    [5, 20, [20, 30, 40]],
    [2, 20, [14, 24, 34]],
    [0, 18, [10, 20, 30]],
  ])('from minute %i to minute %i begin there and end by then: %j', (start, end, expected) => {
    const points = windowsIn(values, { start: at(start), end: at(end) }, { window: minutes(5) });
    expect(figures(points)).toEqual(expected);
    expect(points[0]?.start).toBe(at(start));
  });

  it('leave out each window of which a part is not known', () => {
    const gap = { axis, intensityG: Float64Array.of(10, Number.NaN, 30, 40) };
    const points = windowsIn(gap, { start: at(0), end: at(20) }, { window: minutes(10) });
    expect(points).toEqual([{ start: at(10), length: minutes(10), intensityG: 35 }]);
  });
});

describe('an average', () => {
  it.each([
    [0, 20, 25],
    [0, 16, 21.25],
    [2.5, 17.5, 25],
  ])('from minute %d to minute %d is %d', (start, end, expected) => {
    expect(averageOver(values, { start: at(start), end: at(end) })).toBeCloseTo(expected, 9);
  });

  it('is nothing, not zero and not that of the rest, where a part is not known', () => {
    const gap = { axis, intensityG: Float64Array.of(10, Number.NaN, 30, 40) };
    expect(averageOver(gap, { start: at(0), end: at(20) })).toBeNaN();
    expect(averageOver(values, { start: at(0), end: at(21) })).toBeNaN();
    expect(averageOver(values, { start: at(-1), end: at(5) })).toBeNaN();
    expect(averageOver(gap, { start: at(10), end: at(20) })).toBe(35);
  });
});

describe('points', () => {
  it('lie in a range that ends before its end', () => {
    expect(figures(pointsIn(values, { start: at(2), end: at(12) }))).toEqual([10, 20, 30]);
    expect(figures(pointsIn(values, { start: at(0), end: at(15) }))).toEqual([10, 20, 30]);
  });

  it('of a moment are the one that holds it', () => {
    expect(figures(pointsIn(values, { start: at(5), end: at(5) }))).toEqual([20]);
    expect(figures(pointsIn(values, { start: at(9.9), end: at(9.9) }))).toEqual([20]);
  });

  it('are never those without a value', () => {
    const gap = { axis, intensityG: Float64Array.of(10, Number.NaN, 30, 40) };
    expect(figures(pointsIn(gap, { start: at(0), end: at(20) }))).toEqual([10, 30, 40]);
  });
});

it('all that share the least are the best', () => {
  expect(figures(leastOf([{ intensityG: 20 }, { intensityG: 10 }, { intensityG: 10 }]))).toEqual([10, 10]);
  expect(leastOf([])).toEqual([]);
});

const data = process.env['GRIDTIDE_DATA'];
const span = z.object({ start: z.string(), end: z.string() });
const vectors = z.object({
  points: z.array(z.object({ time: z.string(), durationMin: z.number(), rating: z.number() })),
  rollingAverage: z.array(z.object({ windowMin: z.number(), tickMin: z.number(), expected: z.array(z.number()) })),
  rollingAverageBounds: z.array(span.extend({ firstStart: z.string(), expected: z.array(z.number()) })),
  averageOverPeriod: z.array(span.extend({ expected: z.number() })),
});

describe.skipIf(data === undefined)('On the vectors (GRIDTIDE_DATA names the folder with conformance/)', () => {
  const load = () => {
    const file = join(data ?? '', 'conformance', 'casdk_vectors.json');
    const read = vectors.parse(JSON.parse(readFileSync(file, 'utf8')));
    const [first] = read.points;
    const step = minutes(first?.durationMin ?? Number.NaN);
    return {
      ...read,
      values: {
        axis: { start: instant(Date.parse(first?.time ?? '')), step, length: read.points.length },
        intensityG: Float64Array.from(read.points, ({ rating }) => rating),
      },
    };
  };
  const range = (asked: z.infer<typeof span>) => ({
    start: instant(Date.parse(asked.start)),
    end: instant(Date.parse(asked.end)),
  });

  test('rolling averages are those', () => {
    const { rollingAverage, rollingAverageBounds, ...its } = load();
    const whole = { start: its.values.axis.start, end: instant(its.values.axis.start + 20 * MINUTE) };
    for (const { windowMin, tickMin, expected } of rollingAverage) {
      const points = windowsIn(its.values, whole, { window: minutes(windowMin), tick: minutes(tickMin) });
      expect(figures(points), `${windowMin} ${tickMin}`).toEqual(expected);
    }
    for (const { expected, firstStart, ...asked } of rollingAverageBounds) {
      const points = windowsIn(its.values, range(asked), { window: minutes(5) });
      expect(figures(points)).toEqual(expected);
      expect(points[0]?.start).toBe(Date.parse(firstStart));
    }
  });

  test('averages are those', () => {
    const { averageOverPeriod, values: its } = load();
    for (const { expected, ...asked } of averageOverPeriod)
      expect(averageOver(its, range(asked))).toBeCloseTo(expected, 9);
  });
});
