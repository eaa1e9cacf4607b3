import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BoundQuestion, stageBound } from './index.ts';

const HOUR_MS = 60_000;
const boundOf = (question: Partial<BoundQuestion>): number =>
  stageBound({
    jobs: [],
    executors: 10,
    movingMs: 0,
    endMs: 3 * HOUR_MS,
    hourMs: HOUR_MS,
    intensityG: Float64Array.of(500, 100, 300),
    ...question,
  });
const stage = (tasks: number, taskMs: number, after: number[] = []) => ({ tasks, firstMs: taskMs, taskMs, after });

describe('the bound of a set of jobs', () => {
  it('puts all work into the cleanest hour that holds it', () => {
    expect(boundOf({ jobs: [{ arrivedMs: 0, stages: [stage(10, 30_000)] }] })).toBeCloseTo(10 * 30_000 * 100);
  });

  it('goes on in the next cleanest where executors run out, and begins no job before it comes', () => {
    const full = { arrivedMs: 0, stages: [stage(10, 60_000)] };
    const late = { arrivedMs: HOUR_MS, stages: [stage(10, 30_000)] };
    // The late job can only have the hours of 100 and 300, so that the other one's overflow goes where that is cheapest.
    expect(boundOf({ jobs: [full, late] })).toBeCloseTo(10 * 60_000 * 100 + 10 * 30_000 * 300);
    const later = { arrivedMs: 2 * HOUR_MS, stages: [stage(20, 30_000)] };
    expect(boundOf({ jobs: [full, later] })).toBeCloseTo(10 * 60_000 * 100 + 20 * 30_000 * 300);
  });

  it('equals the best of all ways to give each stage an hour', () => {
    const chains = fc.array(fc.record({ from: fc.nat(2), length: fc.integer({ min: 1, max: 2 }) }), { maxLength: 3 });
    const hours = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(chains, hours, (jobs, intensities) => {
        const endMs = 5 * HOUR_MS;
        const asked = jobs.map(({ from, length }) => ({
          arrivedMs: from * HOUR_MS,
          stages: Array.from({ length }, (_, i) => stage(1, HOUR_MS, i === 0 ? [] : [i - 1])),
        }));
        const windows = jobs.flatMap(({ from, length }) =>
          Array.from({ length }, (_, i) => ({ first: from + i, last: 5 - length + i })),
        );
        const least = (index: number, taken: readonly number[]): number => {
          const window = windows[index];
          if (window === undefined) return 0;
          let best = Number.POSITIVE_INFINITY;
          for (let hour = window.first; hour <= window.last; hour++) {
            if (taken.includes(hour)) continue;
            best = Math.min(best, (intensities[hour] ?? 0) * HOUR_MS + least(index + 1, [...taken, hour]));
          }
          return best;
        };
        const found = boundOf({ jobs: asked, executors: 1, endMs, intensityG: Float64Array.from(intensities) });
        const expected = least(0, []);
        if (Number.isFinite(expected)) expect(found).toBeCloseTo(expected, 3);
        else expect(found).toBe(expected);
      }),
    );
  });

  it('keeps stages in windows that precedence leaves', () => {
    const chain = { arrivedMs: 0, stages: [stage(1, 60_000), stage(1, 60_000, [0]), stage(1, 60_000, [1])] };
    expect(boundOf({ jobs: [chain] })).toBeCloseTo(60_000 * (500 + 100 + 300));
  });

  it('uses no more executors for a stage than it has tasks', () => {
    const narrow = { arrivedMs: 0, stages: [stage(1, 100_000)] };
    expect(boundOf({ jobs: [narrow] })).toBeCloseTo(60_000 * 100 + 40_000 * 300);
  });

  it('is infinite where the work cannot be done by then', () => {
    expect(boundOf({ jobs: [{ arrivedMs: 0, stages: [stage(10, 60_000)] }], endMs: 30_000 })).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
