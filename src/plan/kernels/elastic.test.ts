import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../at.ts';
import { type ElasticSlots, elastic, hullIn, type Levels, mixFor, OFF } from './elastic.ts';

const whole = (min: number, max: number) => fc.integer({ min, max });

/** Levels with steps of any kind: better, worse, and cheaper than the one before. */
const levels = fc
  .array(fc.record({ more: whole(1, 4), power: whole(1, 12), units: whole(1, 5) }), { minLength: 1, maxLength: 5 })
  .map((list): Levels & { readonly units: Float64Array; readonly most: number } => {
    const throughput = Float64Array.from(list, (_, i) => list.slice(0, i + 1).reduce((sum, { more }) => sum + more, 0));
    return {
      throughput,
      power: Float64Array.from(list, ({ power }) => power),
      units: Float64Array.from(list, ({ units }) => units),
      most: throughput.at(-1) ?? 0,
    };
  });
const slots = fc
  .array(fc.record({ price: whole(0, 9), unit: fc.constantFrom(0, 0, 2, 7), room: fc.constantFrom(0, 0.5, 1, 1) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((list): ElasticSlots & { readonly unitPrice: Float64Array; readonly room: Float64Array } => ({
    price: Float64Array.from(list, ({ price }) => price),
    unitPrice: Float64Array.from(list, ({ unit }) => unit),
    room: Float64Array.from(list, ({ room }) => room),
    from: 0,
    to: list.length,
  }));

/** What all of a slot costs at a level. */
const costAt = ({ price, unitPrice }: ElasticSlots, { power, units }: Levels, slot: number, level: number): number =>
  level === OFF ? 0 : at(power, level) * at(price, slot) + at(units ?? power, level) * (unitPrice?.[slot] ?? 0);

/**
 * A bound from below that needs no hull: for any price of work, no plan costs less than what it is paid for the work and
 * what the best level of each slot costs beyond its pay (Lagrange). At the best price of work this is the optimum of the
 * linear program; the best is at the slope between two levels of some slot.
 */
function boundOf(slots: ElasticSlots, levels: Levels, work: number): number {
  const all = [OFF, ...levels.throughput.keys()];
  const does = (level: number): number => (level === OFF ? 0 : at(levels.throughput, level));
  const each = Array.from(slots.price, (_, slot) => slot).filter((slot) => (slots.room?.[slot] ?? 1) > 0);
  const slopes = each.flatMap((slot) =>
    all.flatMap((a) =>
      all
        .filter((b) => does(b) > does(a))
        .map((b) => (costAt(slots, levels, slot, b) - costAt(slots, levels, slot, a)) / (does(b) - does(a))),
    ),
  );
  const bounds = [0, ...slopes].map((pay) =>
    each.reduce(
      (sum, slot) =>
        sum +
        (slots.room?.[slot] ?? 1) *
          Math.min(...all.map((level) => costAt(slots, levels, slot, level) - pay * does(level))),
      pay * work,
    ),
  );
  return Math.max(...bounds);
}

describe('elastic work', () => {
  it('costs as much as the bound of the linear program, with a price of capacity as without', () => {
    fc.assert(
      fc.property(
        slots,
        levels,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.boolean(),
        (cells, ways, share, free) => {
          const { unitPrice: _, ...unpriced } = cells;
          const asked: ElasticSlots = free ? unpriced : cells;
          const work = share * ways.most * cells.room.reduce((a, b) => a + b, 0);
          fc.pre(work > 0);
          const done = new Float64Array(cells.to);
          const cost = elastic(asked, ways, work, done);
          expect(cost).toBeCloseTo(boundOf(asked, ways, work), 9);
          expect(done.reduce((a, b) => a + b, 0)).toBeCloseTo(work, 9);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('costs what the levels cost between which each slot is shared, and shares one slot at most', () => {
    fc.assert(
      fc.property(slots, levels, fc.double({ min: 0.01, max: 1, noNaN: true }), (cells, ways, part) => {
        const work = part * ways.most * cells.room.reduce((a, b) => a + b, 0);
        fc.pre(work > 0);
        const done = new Float64Array(cells.to);
        const cost = elastic(cells, ways, work, done);
        let told = 0;
        let shared = 0;
        for (const [slot, inSlot] of done.entries()) {
          const room = at(cells.room, slot);
          if (room === 0) {
            expect(inSlot).toBe(0);
            continue;
          }
          const { lower, upper, share } = mixFor(hullIn(cells, ways, slot), inSlot / room);
          told += room * ((1 - share) * costAt(cells, ways, slot, lower) + share * costAt(cells, ways, slot, upper));
          if (share > 1e-9 && share < 1 - 1e-9) shared++;
        }
        expect(told).toBeCloseTo(cost, 9);
        expect(shared).toBeLessThanOrEqual(1);
      }),
      { seed: 2, numRuns: 1_000 },
    );
  });

  it('leaves out levels that cost as much as their neighbours mixed, or do no more than others', () => {
    const slots = { price: Float64Array.of(1), from: 0, to: 1 };
    const vertices = (throughput: readonly number[], power: readonly number[]): number[] => {
      const hull = hullIn(slots, { throughput: Float64Array.from(throughput), power: Float64Array.from(power) }, 0);
      return [...hull.level.subarray(0, hull.length)];
    };
    expect(vertices([1, 2, 3], [4, 5, 9])).toEqual([OFF, 1, 2]);
    expect(vertices([1, 2, 3], [2, 4, 9])).toEqual([OFF, 1, 2]);
    expect(vertices([2, 2], [3, 5])).toEqual([OFF, 0]);
    expect(vertices([2, 2, 3], [3, 5, 9])).toEqual([OFF, 0, 2]);
    expect(vertices([2, 2, 3], [5, 3, 9])).toEqual([OFF, 1, 2]);
  });

  it('runs lower where capacity is dear', () => {
    const ways = {
      throughput: Float64Array.of(1, 2),
      power: Float64Array.of(1, 2),
      units: Float64Array.of(1, 3),
    };
    const slots = { price: Float64Array.of(1, 1), unitPrice: Float64Array.of(0, 1), from: 0, to: 2 };
    const done = new Float64Array(2);
    expect(elastic(slots, ways, 3, done)).toBe(2 + 2);
    expect([...done]).toEqual([2, 1]);
    expect(elastic(slots, ways, 4, done)).toBe(2 + 2 + 3);
    expect([...done]).toEqual([2, 2]);
  });

  it('costs infinitely much where it cannot be done, and does all that can', () => {
    const slots = { price: Float64Array.of(1, Number.POSITIVE_INFINITY, 1), from: 0, to: 3 };
    const done = new Float64Array(3);
    const ways = { throughput: Float64Array.of(2), power: Float64Array.of(1) };
    expect(elastic(slots, ways, 4.1, done)).toBe(Number.POSITIVE_INFINITY);
    expect([...done]).toEqual([2, 0, 2]);
  });
});
