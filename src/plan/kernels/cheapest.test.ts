import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheapest, marginalPrice, putCell, type Slots } from './cheapest.ts';

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** Small whole prices make ties; some slots are closed, some are part of a slot. */
const windows = fc
  .array(
    fc.record({ price: fc.integer({ min: -3, max: 9 }), room: fc.constantFrom(0, 0.25, 0.5, 1), open: fc.boolean() }),
    {
      maxLength: 12,
    },
  )
  .map((cells): Slots & { readonly holds: number } => ({
    price: Float64Array.from(cells, ({ price, open }) => (open ? price : Number.POSITIVE_INFINITY)),
    room: Float64Array.from(cells, ({ room }) => room),
    from: 0,
    to: cells.length,
    holds: sum(cells.map(({ room, open }) => (open ? room : 0))),
  }));

/** Quarters of slots, sorted by price and then by time. */
function bySorting({ price, room, to }: Slots, work: number): { cost: number; used: number[] } {
  const quarters = Array.from({ length: to }, (_, slot) =>
    Array.from({ length: 4 * (room?.[slot] ?? 1) }, () => ({ slot, price: price[slot] ?? 0 })),
  )
    .flat()
    .filter((quarter) => quarter.price < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.price - b.price || a.slot - b.slot)
    .slice(0, 4 * work);
  const used = Array.from({ length: to }, (_, slot) => quarters.filter((quarter) => quarter.slot === slot).length / 4);
  return { cost: sum(quarters.map((quarter) => quarter.price / 4)), used };
}

describe('the cheapest slots', () => {
  it('are those of a sort by price and then by time, with a last one that need not be whole', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: 48 }), (slots, quarters) => {
        const work = quarters / 4;
        fc.pre(work <= slots.holds);
        const used = new Float64Array(slots.to);
        const cost = cheapest(slots, work, used);
        expect({ cost, used: [...used] }).toEqual(bySorting(slots, work));
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('are those of a sort where sums are rounded', () => {
    const rooms = fc.array(fc.constantFrom(0.1, 0.2, 0.3, 1 / 3), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rooms, fc.integer({ min: 1, max: 30 }), (list, first) => {
        const price = Float64Array.from(list, (_, i) => (7 * i) % 31);
        const inOrder = [...list.keys()].sort((a, b) => (price[a] ?? 0) - (price[b] ?? 0)).slice(0, first);
        const work = sum(inOrder.map((slot) => list[slot] ?? 0));
        const room = Float64Array.from(list);
        const cost = cheapest({ price, room, from: 0, to: list.length }, work, new Float64Array(list.length));
        expect(cost).toBeCloseTo(sum(inOrder.map((slot) => (list[slot] ?? 0) * (price[slot] ?? 0))), 9);
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });

  it('cost infinitely much where there are too few, and are then all that there are', () => {
    fc.assert(
      fc.property(windows, fc.double({ min: 0.01, max: 5, noNaN: true }), (slots, more) => {
        const used = new Float64Array(slots.to).fill(9);
        expect(cheapest(slots, slots.holds + more, used)).toBe(Number.POSITIVE_INFINITY);
        expect(sum(used)).toBe(slots.holds);
      }),
      { seed: 2 },
    );
  });

  it('are found in a window of a longer grid, whose slots are whole unless said', () => {
    const used = new Float64Array(3);
    expect(cheapest({ price: Float64Array.of(0, 5, 3, 4, 0), from: 1, to: 4 }, 1.5, used)).toBe(3 + 0.5 * 4);
    expect([...used]).toEqual([0, 1, 0.5]);
  });

  it('are all of them where the work fills the window but for rounding', () => {
    const price = Float64Array.from({ length: 10 }, (_, i) => i);
    const room = new Float64Array(10).fill(0.1);
    expect(cheapest({ price, room, from: 0, to: 10 }, 1 + 1e-12, new Float64Array(10))).toBeCloseTo(4.5, 12);
  });

  it('are found among as many as there are, in any order', () => {
    const count = 3_000;
    for (const priceOf of [(i: number) => i, (i: number) => -i, () => 7, (i: number) => (i * 7_919) % 1_009]) {
      for (let i = 0; i < count; i++) putCell(i, priceOf(i), 1);
      const sorted = Array.from({ length: count }, (_, i) => priceOf(i)).sort((a, b) => a - b);
      expect(marginalPrice(count, 1_234.5)).toBe(sorted[1_234]);
    }
  });
});
