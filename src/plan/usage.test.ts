import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../units.ts';
import { fitTogether, Usage } from './usage.ts';

test('needs fit together up to the capacity in every kind', () => {
  const capacity = { cpus: 4, gpus: 2, memory: 10 };
  const half = { cpus: 2, gpus: 1, memory: 5 };
  expect(fitTogether([half, half], capacity)).toBe(true);
  for (const kind of ['cpus', 'gpus', 'memory'] as const) {
    expect(fitTogether([half, { ...half, [kind]: half[kind] + 1 }], capacity)).toBe(false);
  }
  expect(fitTogether([], capacity)).toBe(true);
});

describe('What a site has in use', () => {
  const cpus = (count: number) => ({ cpus: count, gpus: 0, memory: 0 });
  const stretch = (start: number, end: number) => ({ start: instant(start), end: instant(end) });

  test('leaves a step the earliest time at which it fits all through', () => {
    const usage = new Usage(cpus(2));
    usage.add(cpus(1), stretch(2, 4));
    usage.add(cpus(2), stretch(6, 8));
    expect(usage.earliestFit(cpus(1), 0, 6)).toBe(0);
    expect(usage.earliestFit(cpus(2), 0, 2)).toBe(0);
    expect(usage.earliestFit(cpus(2), 0, 3)).toBe(8);
    expect(usage.earliestFit(cpus(2), 3, 2)).toBe(4);
    expect(usage.fits(cpus(1), stretch(1, 6))).toBe(true);
    expect(usage.fits(cpus(1), stretch(1, 7))).toBe(false);
    usage.remove(cpus(2), stretch(6, 8));
    expect(usage.fits(cpus(1), stretch(1, 7))).toBe(true);
  });

  test('never lets in what never fits, and says when it was wanted', () => {
    expect(new Usage(cpus(1)).earliestFit(cpus(2), 5, 1)).toBe(5);
    expect(new Usage(cpus(1)).fits(cpus(2), stretch(5, 6))).toBe(false);
  });

  const wishes = fc.array(
    fc.record({ need: fc.integer({ min: 1, max: 3 }), ready: fc.nat(20), length: fc.integer({ min: 1, max: 6 }) }),
    { maxLength: 12 },
  );

  test('is never above the capacity, and no step could have come earlier', () => {
    fc.assert(
      fc.property(wishes, (all) => {
        const usage = new Usage(cpus(3));
        const used = new Array<number>(200).fill(0);
        const isFree = (from: number, length: number, need: number): boolean =>
          used.slice(from, from + length).every((value) => value + need <= 3);
        for (const { need, ready, length } of all) {
          const start = usage.earliestFit(cpus(need), ready, length);
          const first = used.findIndex((_, t) => t >= ready && isFree(t, length, need));
          expect(start).toBe(first);
          usage.add(cpus(need), stretch(start, start + length));
          for (let t = start; t < start + length; t++) used[t] = (used[t] ?? 0) + need;
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
