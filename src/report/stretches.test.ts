import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../units.ts';
import type { Stretch } from './index.ts';
import { lengthOf, shareIn, union, without } from './stretches.ts';

const stretch = (start: number, end: number): Stretch => ({ start: instant(start), end: instant(end) });

const some = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 10 })), { maxLength: 8 })
  .map((pairs) => pairs.map(([start, length]) => stretch(start, start + length)));

/** Whole instants inside, one by one. */
const inside = (stretches: readonly Stretch[]): Set<number> =>
  new Set(
    Array.from({ length: 60 }, (_, at) => at).filter((at) =>
      stretches.some(({ start, end }) => at >= start && at < end),
    ),
  );

test('union and difference hold the same instants as when they are counted one by one', () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(inside(union(a))).toEqual(inside(a));
      expect(lengthOf(union(a))).toBe(inside(a).size);
      const rest = without(union(a), union(b));
      const expected = new Set([...inside(a)].filter((at) => !inside(b).has(at)));
      expect(inside(rest)).toEqual(expected);
      expect(lengthOf(rest)).toBe(expected.size);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('the share of a stretch lies between none and all of it', () => {
  const holes = [stretch(0, 10), stretch(20, 30)];
  expect(shareIn(instant(5), instant(25), holes)).toBe(0.5);
  expect(shareIn(instant(0), instant(10), holes)).toBe(1);
  expect(shareIn(instant(12), instant(18), holes)).toBe(0);
  expect(shareIn(instant(5), instant(5), holes)).toBe(1);
  expect(shareIn(instant(15), instant(15), holes)).toBe(0);
});
