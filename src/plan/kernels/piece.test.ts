import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheapestPiece, costBetween, lineOf } from './piece.ts';

const prices = fc
  .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 10 })
  .map((list) => Float64Array.from(list));
/** Lengths in eighths of a slot, which add up without rounding. */
const eighths = (max: number) => fc.integer({ min: 0, max: 8 * max }).map((n) => n / 8);

/** The cost of a piece as a sum over its overlap with each slot. */
const byOverlap = (price: Float64Array, start: number, end: number): number =>
  price.reduce((total, each, slot) => total + each * Math.max(0, Math.min(end, slot + 1) - Math.max(start, slot)), 0);

describe('a piece', () => {
  it('costs what its overlap with each slot costs', () => {
    fc.assert(
      fc.property(prices, eighths(10), eighths(10), (price, a, b) => {
        const [start, end] = [Math.min(a, b, price.length), Math.min(Math.max(a, b), price.length)];
        expect(costBetween(lineOf(price), start, end)).toBeCloseTo(byOverlap(price, start, end), 9);
      }),
      { seed: 1 },
    );
  });

  it('costs least where no start an eighth of a slot apart costs less, and begins no later than it must', () => {
    fc.assert(
      fc.property(
        prices,
        eighths(3),
        eighths(10),
        eighths(10),
        fc.constantFrom(0, 0, 1.5),
        (price, from, to, work, waiting) => {
          const end = Math.min(to, price.length);
          const placed = cheapestPiece(lineOf(price), work, { from, to: end, waiting });
          const starts = Array.from({ length: 81 }, (_, n) => from + n / 8).filter((start) => start + work <= end);
          const costs = starts.map((start) => byOverlap(price, start, start + work) + waiting * (start - from));
          if (end - work < from) expect(placed).toBeUndefined();
          if (placed === undefined) return;
          expect(placed.cost).toBeCloseTo(Math.min(...costs), 9);
          expect(placed.start).toBeGreaterThanOrEqual(from);
          expect(placed.start + work).toBeLessThanOrEqual(end);
          const earlier = costs.findIndex((cost) => cost <= placed.cost + 1e-9);
          expect(placed.start).toBeLessThanOrEqual((starts[earlier] ?? 0) + 1e-9);
        },
      ),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('begins at the edge of a slot where it must', () => {
    fc.assert(
      fc.property(prices, eighths(3), eighths(4), (price, from, work) => {
        const placed = cheapestPiece(lineOf(price), work, { from, to: price.length, wholeStarts: true });
        const starts = [...price.keys(), price.length].filter((s) => s >= from && s + work <= price.length);
        expect(placed === undefined).toBe(starts.length === 0);
        if (placed === undefined) return;
        const costs = starts.map((start) => byOverlap(price, start, start + work));
        expect(placed.cost).toBeCloseTo(Math.min(...costs), 9);
        expect(starts).toContain(placed.start);
      }),
      { seed: 3 },
    );
  });

  it('fits where it is as long as its window, and not where it is longer', () => {
    const line = lineOf(Float64Array.of(1, 2, 3));
    expect(cheapestPiece(line, 1.5, { from: 0.5, to: 2 })).toEqual({ start: 0.5, cost: 2.5 });
    expect(cheapestPiece(line, 1.6, { from: 0.5, to: 2 })).toBeUndefined();
  });
});
