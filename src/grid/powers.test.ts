import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Powers, packPowers, SOURCES, unpackPowers } from './powers.ts';

const packed = (powers: Powers, length: number) =>
  packPowers(length, (source, slot) => powers.get(source)?.[slot] ?? Number.NaN);

describe('generation by source', () => {
  it('comes back as it was packed, without sources of which nothing is known', () => {
    const value = fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 500_000 }));
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 50 })
          .chain((length) =>
            fc.tuple(
              fc.constant(length),
              fc.uniqueArray(fc.constantFrom(...SOURCES)),
              fc.array(fc.array(value, { minLength: length, maxLength: length }), { minLength: 10, maxLength: 10 }),
            ),
          ),
        ([length, sources, rows]) => {
          const powers = new Map(sources.map((source, i) => [source, Float64Array.from(rows[i] ?? [])]));
          const known = [...powers].filter(([, values]) => !values.every(Number.isNaN));
          expect(unpackPowers(packed(powers, length))).toEqual(new Map(known));
        },
      ),
    );
  });

  it('of a week of hours from nine sources takes less than two bytes an hour and source', () => {
    const powers = new Map(
      SOURCES.slice(0, 9).map((source, i) => [
        source,
        Float64Array.from({ length: 168 }, (_, hour) =>
          Math.round(1_000 * i + 300 * Math.sin(hour / 4 + i) + ((hour * 7_919 * (i + 1)) % 97)),
        ),
      ]),
    );
    expect(packed(powers, 168).power?.length).toBeLessThan(2 * 9 * 168);
  });
});
