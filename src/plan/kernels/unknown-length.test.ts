import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../at.ts';
import { cheapest } from './cheapest.ts';
import {
  bestStart,
  expectedCosts,
  knownLength,
  type Length,
  limitedLength,
  runOrWait,
  unlimitedLength,
  type Weighing,
} from './unknown-length.ts';

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** Lengths of 1 to 4 whole slots with chances in eighths. */
const lengths = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 4 }).map((raw) => {
  const chances = raw.map((n) => (n + 1) / sum(raw.map((m) => m + 1)));
  const lasts = Float64Array.from(chances, (_, i) => sum(chances.slice(i)));
  return { chances, length: { lasts, used: lasts } satisfies Length };
});
const prices = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 9, maxLength: 9 })
  .map((list) => Float64Array.from(list));

/** Cost and wait of work of `slots` whole slots that is run as told. */
function follow(price: Float64Array, slots: number, runs: (ran: number, waited: number) => boolean) {
  let [cost, ran, waited] = [0, 0, 0];
  while (ran < slots) {
    if (runs(ran, waited)) cost += at(price, ran++ + waited);
    else waited++;
  }
  return { cost, waited };
}

const expectedOf = (
  { price }: Weighing,
  chances: readonly number[],
  eachWaited: number,
  runs: (ran: number, waited: number) => boolean,
) =>
  sum(
    chances.map((chance, i) => {
      const { cost, waited } = follow(price, i + 1, runs);
      return chance * (cost + eachWaited * waited);
    }),
  );

/** All rules that never wait longer than they may: a rule is what it does in each state. */
function* everyRule(slots: number, longestWait: number): Generator<(ran: number, waited: number) => boolean> {
  const states = slots * longestWait;
  for (let rule = 0; rule < 2 ** states; rule++) {
    yield (ran, waited) => waited >= longestWait || ((rule >> (ran * longestWait + waited)) & 1) === 0;
  }
}

describe('a length', () => {
  it('that is only known by its mean has that mean, within its limits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        (place, least, reach) => {
          const mean = least + place * reach;
          const { lasts, used } = limitedLength(mean, least, least + reach);
          expect(sum(used)).toBeCloseTo(mean, 4);
          expect(lasts[0]).toBe(1);
          expect(lasts.length).toBeLessThanOrEqual(Math.ceil(least + reach));
          lasts.forEach((chance, i) => {
            expect(at(used, i)).toBeLessThanOrEqual(chance + 1e-9);
            if (i + 1 < lasts.length) expect(at(used, i)).toBeGreaterThanOrEqual(at(lasts, i + 1) - 1e-9);
          });
        },
      ),
      { seed: 1 },
    );
  });

  const leftAt = ({ lasts, used }: Length, ran: number) => sum(used.subarray(ran)) / at(lasts, ran);

  it('without limit has that mean but for the rarest, and is exponential', () => {
    const length = unlimitedLength(8, 2);
    expect([...length.lasts.subarray(0, 3)]).toEqual([1, 1, 1]);
    expect(at(length.lasts, 8)).toBeCloseTo(Math.exp(-1), 12);
    expect(length.lasts.at(-1)).toBeGreaterThan(1e-3);
    expect(sum(length.used)).toBeCloseTo(8, 1);
    expect(leftAt(length, 14)).toBeCloseTo(leftAt(length, 8), 1);
  });

  it('without limit and with a heavy tail goes on the longer the longer it has gone on', () => {
    const length = unlimitedLength(8, 2, 2);
    expect(at(length.lasts, 8)).toBeCloseTo(1 / 4, 12);
    // What is left of a mean of 6 at a thousandth, 6 / √1000, is not counted.
    expect(sum(length.used)).toBeCloseTo(8 - 6 * Math.sqrt(1e-3), 2);
    expect(leftAt(length, 20)).toBeGreaterThan(1.5 * leftAt(length, 8));
    expect(at(unlimitedLength(8, 2, 1e7).lasts, 20)).toBeCloseTo(at(unlimitedLength(8, 2).lasts, 20), 6);
  });

  it('is even where the mean is in the middle of its limits', () => {
    const { lasts } = limitedLength(3, 1, 5);
    [1, 1, 0.75, 0.5, 0.25].forEach((chance, i) => {
      expect(at(lasts, i)).toBeCloseTo(chance, 6);
    });
  });

  it('that is known uses part of its last slot', () => {
    expect(knownLength(2.25)).toEqual({ lasts: Float64Array.of(1, 1, 1), used: Float64Array.of(1, 1, 0.25) });
  });
});

describe('a start of work of unknown length', () => {
  it('is the one of least expected cost and waiting, the earliest of several', () => {
    fc.assert(
      fc.property(
        prices,
        lengths,
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0, 0.3, 2),
        (price, { chances, length }, longestWait, each) => {
          const starts = Array.from({ length: longestWait + 1 }, (_, start) =>
            expectedOf({ price, length, longestWait }, chances, each, (_ran, waited) => waited >= start),
          );
          const costs = expectedCosts({ price, length, longestWait });
          const best = bestStart(costs, each);
          expect(at(costs, best) + each * best).toBeCloseTo(Math.min(...starts), 9);
          expect(starts.findIndex((cost) => cost <= Math.min(...starts) + 1e-9)).toBe(best);
        },
      ),
      { seed: 3 },
    );
  });
});

describe('run or wait', () => {
  it('costs no more than any other rule', () => {
    fc.assert(
      fc.property(
        prices,
        lengths,
        fc.constantFrom(0, 1, 2, 3),
        fc.constantFrom(0, 0.3, 2),
        (price, { chances, length }, longestWait, each) => {
          const weighing = { price, length, longestWait };
          const ours = expectedOf(weighing, chances, each, runOrWait(weighing, each));
          let least = Number.POSITIVE_INFINITY;
          for (const rule of everyRule(chances.length, longestWait)) {
            least = Math.min(least, expectedOf(weighing, chances, each, rule));
          }
          expect(ours).toBeCloseTo(least, 9);
        },
      ),
      { seed: 4, numRuns: 60 },
    );
  });

  it('takes the cheapest slots where the length is known and waiting costs nothing', () => {
    fc.assert(
      fc.property(
        prices,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 5 }),
        (price, slots, longestWait) => {
          const runs = runOrWait({ price, length: knownLength(slots), longestWait }, 0);
          const to = slots + longestWait;
          expect(follow(price, slots, runs).cost).toBe(cheapest({ price, from: 0, to }, slots, new Float64Array(to)));
        },
      ),
      { seed: 5 },
    );
  });

  it('runs where waiting is no better', () => {
    const flat = { price: new Float64Array(9).fill(4), length: knownLength(2), longestWait: 3 };
    expect(follow(flat.price, 2, runOrWait(flat, 0))).toEqual({ cost: 8, waited: 0 });
  });

  it('goes on as in the last slot that it was thought to last', () => {
    const runs = runOrWait({ price: Float64Array.of(5, 5, 1, 1, 1), length: knownLength(1), longestWait: 3 }, 0);
    expect([0, 1, 7].map((ran) => runs(ran, 0))).toEqual([false, false, false]);
    expect([0, 1, 7].map((ran) => runs(ran, 2))).toEqual([true, true, true]);
  });

  it('takes the last price for what comes after it', () => {
    const short = { length: knownLength(3), longestWait: 2 };
    expect([...expectedCosts({ ...short, price: Float64Array.of(9, 1) })]).toEqual([11, 3, 3]);
    expect(runOrWait({ ...short, price: Float64Array.of(9, 1) }, 1)(0, 0)).toBe(false);
    expect(runOrWait({ ...short, price: Float64Array.of(1, 9) }, 1)(0, 0)).toBe(true);
  });

  it('waits no longer than it may, however long the work turns out to be', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 5 }), ({ length }, longestWait) => {
        const price = Float64Array.from({ length: 30 }, (_, i) => 30 - i);
        expect(follow(price, 12, runOrWait({ price, length, longestWait }, 0)).waited).toBeLessThanOrEqual(longestWait);
      }),
      { seed: 6 },
    );
  });
});
