import { describe, expect, it } from 'vitest';
import { ErrorMemory, featuresOfErrors } from './memory.ts';

const flat = (value: number): Float64Array => new Float64Array(24).fill(value);

describe('Error memory', () => {
  /** Errors that last at half their size for a day, and are gone after. */
  function learned(days: number): ErrorMemory {
    const memory = new ErrorMemory();
    for (let i = 0; i < days; i++) {
      const yesterday = flat(i % 2 === 0 ? 0.1 : -0.1);
      const errors = new Float64Array(96);
      errors.fill((yesterday[0] ?? 0) / 2, 0, 24);
      for (let day = 0; day < 4; day++) memory.learn(featuresOfErrors(yesterday), errors, day);
    }
    return memory;
  }

  it('expects of today what lasted of yesterday, somewhat less, and nothing of the days after', () => {
    const expected = learned(200).expect(featuresOfErrors(flat(0.1)));
    for (const hour of [0, 5, 12]) {
      expect(expected[hour]).toBeGreaterThan(0.035);
      expect(expected[hour]).toBeLessThan(0.05);
    }
    for (const hour of [24, 50, 95]) expect(expected[hour]).toBeCloseTo(0, 9);
  });

  it('expects nothing before it has seen enough', () => {
    expect(
      learned(10)
        .expect(featuresOfErrors(flat(0.1)))
        .every((value) => value === 0),
    ).toBe(true);
  });
});
