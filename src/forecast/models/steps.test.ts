import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, millis } from '../../units.ts';
import { toHours, toSteps } from './steps.ts';

const hours = fc
  .array(fc.double({ min: 1, max: 900, noNaN: true }), { minLength: 2, maxLength: 40 })
  .map((values) => Float64Array.from(values));
const steps = fc.constantFrom(5, 10, 15, 20, 30, 60).map((minutes) => millis(minutes * MINUTE));

describe('Steps and hours', () => {
  it('hold the same in every hour', () => {
    fc.assert(
      fc.property(hours, steps, (values, step) => {
        const there = toSteps(values, step);
        expect(there).toHaveLength((values.length * HOUR) / step);
        expect(Array.from(toHours(there, step))).toEqual(Array.from(values, (value) => expect.closeTo(value, 8)));
      }),
    );
  });

  it('never go beyond an hour and its neighbours', () => {
    fc.assert(
      fc.property(hours, steps, (values, step) => {
        const perHour = HOUR / step;
        toSteps(values, step).forEach((value, i) => {
          const hour = Math.floor(i / perHour);
          const near = values.slice(Math.max(hour - 1, 0), hour + 2);
          expect(value).toBeGreaterThanOrEqual(Math.min(...near) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...near) + 1e-9);
        });
      }),
    );
  });

  it('follow a slope within the hour', () => {
    expect(Array.from(toSteps(Float64Array.of(100, 200, 300), millis(30 * MINUTE)))).toEqual([
      100, 100, 175, 225, 300, 300,
    ]);
  });

  it('keep a gap a gap', () => {
    expect(Array.from(toHours(Float64Array.of(1, Number.NaN, 3, 5), millis(30 * MINUTE)))).toEqual([Number.NaN, 4]);
  });

  it('are refused where they do not fill an hour', () => {
    expect(() => toSteps(Float64Array.of(1), millis(7 * MINUTE))).toThrow(RangeError);
    expect(() => toHours(Float64Array.of(1), millis(MINUTE))).toThrow(RangeError);
  });
});
