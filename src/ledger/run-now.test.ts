import { describe, expect, test } from 'vitest';
import { facts, hour, RUN } from '../../test/support/account.ts';
import type { StepFacts } from '../report/index.ts';
import { HOUR, millis } from '../units.ts';
import type { CounterfactualStep } from './entries.ts';
import { runNowIntervals } from './run-now.ts';

const written = (step: string, start: number, end: number): CounterfactualStep => ({
  step,
  site: 'here',
  zone: 'DE',
  pueMilli: 1000,
  start: hour(start),
  end: hour(end),
});

const [template] = facts().steps;
const ran = (
  step: string,
  after: readonly string[],
  from: number,
  to: number,
  more: Partial<StepFacts> = {},
): StepFacts => {
  if (template === undefined) throw new Error('no template');
  const runs = [{ run: `${RUN}/${step}/1`, kept: true, stretches: [{ start: hour(from), end: hour(to) }] }];
  return { ...template, step, after, pauses: 0, pauseCost: millis(0), runs, ...more };
};

const inHours = (intervals: ReturnType<typeof runNowIntervals>) =>
  Object.fromEntries(
    [...intervals].map(([step, { start, end }]) => [step, [(start - hour(0)) / HOUR, (end - hour(0)) / HOUR]]),
  );

describe('run-now, by the lengths that steps really ran', () => {
  const chain = [written('a', 0, 4), written('b', 4, 6), written('c', 6, 7)];

  test('is the run itself when it never waited and ended early', () => {
    const real = [ran('a', [], 0, 1), ran('b', ['a'], 1, 2), ran('c', ['b'], 2, 2.5)];
    expect(inHours(runNowIntervals(chain, real))).toEqual({ a: [0, 1], b: [1, 2], c: [2, 2.5] });
  });

  test('starts at the written start, however late the run started', () => {
    const real = [ran('a', [], 9, 10), ran('b', ['a'], 12, 14), ran('c', ['b'], 14, 15)];
    expect(inHours(runNowIntervals(chain, real))).toEqual({ a: [0, 1], b: [1, 3], c: [3, 4] });
  });

  test('takes as long as the run did when that was longer than declared', () => {
    const real = [ran('a', [], 0, 8), ran('b', ['a'], 8, 10), ran('c', ['b'], 10, 11)];
    expect(inHours(runNowIntervals(chain, real))['c']).toEqual([10, 11]);
  });

  test('does not take the time that pauses cost, or that a lost attempt took', () => {
    const real = [
      ran('a', [], 0, 3, { pauses: 2, pauseCost: millis(HOUR / 2) }),
      ran('b', ['a'], 3, 4, {
        runs: [
          { run: `${RUN}/b/1`, kept: false, stretches: [{ start: hour(3), end: hour(9) }] },
          { run: `${RUN}/b/2`, kept: true, stretches: [{ start: hour(9), end: hour(10) }] },
        ],
      }),
    ];
    expect(inHours(runNowIntervals(chain.slice(0, 2), real))).toEqual({ a: [0, 2], b: [2, 3] });
  });

  test('queues a step that its site could not hold beside another one', () => {
    const queue = [written('a', 0, 2), written('b', 2, 4)];
    const real = [ran('a', [], 5, 6), ran('b', [], 6, 7)];
    expect(inHours(runNowIntervals(queue, real))).toEqual({ a: [0, 1], b: [1, 2] });
  });

  test('keeps what was written of a step that never ran', () => {
    const real = [ran('a', [], 0, 1), ran('b', ['a'], 1, 2, { runs: [] })];
    expect(inHours(runNowIntervals(chain.slice(0, 2), real))).toEqual({ a: [0, 1], b: [1, 3] });
  });
});
