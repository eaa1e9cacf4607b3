import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../units.ts';
import { START } from './fixtures.ts';
import { hoursBefore } from './record.ts';

const DAYS = 28;
const HOURS = DAYS * 24;
const END = START + HOURS * HOUR;

describe('Hours before an origin', () => {
  it('take a gap from a day earlier, and never from later', () => {
    const values = Float64Array.from({ length: HOURS + 50 }, (_, i) => i);
    for (const gap of [30, 31, 32]) values[gap] = Number.NaN;
    const found = hoursBefore(START, values, END, HOURS);
    expect(Array.from(found?.subarray(29, 34) ?? [])).toEqual([29, 6, 7, 8, 33]);
  });

  it('are all there when a quarter is missing, and not at all beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: HOURS - 24 }), fc.integer({ min: 0, max: 260 }), (from, length) => {
        const values = Float64Array.from({ length: HOURS }, (_, i) => 100 + (i % 24));
        const to = Math.min(from + length, HOURS - 1);
        values.fill(Number.NaN, from, to);
        const found = hoursBefore(START, values, END, HOURS);
        if ((to - from) * 4 > HOURS) expect(found).toBeUndefined();
        else if (to < HOURS - 24) expect(found?.some(Number.isNaN)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('say nothing where the last day is missing, or all lies outside', () => {
    const values = new Float64Array(HOURS).fill(100);
    values.fill(Number.NaN, HOURS - 24);
    expect(hoursBefore(START, values, END, HOURS)).toBeUndefined();
    expect(hoursBefore(START, values, START, HOURS)).toBeUndefined();
  });
});
