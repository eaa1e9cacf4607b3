import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobState, StageQueue, StageState } from './index.ts';
import { carbonAware, chainsOf, spread } from './stage-policy.ts';

const HOUR_MS = 60_000;

const stage = (tasks: number, taskMs: number, after: number[] = []): StageState => ({
  tasks,
  firstMs: 2 * taskMs,
  taskMs,
  after,
  begun: 0,
  ended: 0,
  coming: 0,
});

const job = (stages: StageState[], arrivedMs = 0): JobState => ({ arrivedMs, stages, executors: 0 });

const queueOf = (jobs: JobState[], nowMs = 0): StageQueue => ({
  nowMs,
  lastArrivalMs: 0,
  executors: 100,
  busy: 0,
  jobs,
});

const policyOf = (intensityG: number[], deadlineMs: number) =>
  carbonAware({
    hourMs: HOUR_MS,
    movingMs: 2_000,
    warmUpMs: 1_000,
    forecast: (nowMs) => Float64Array.from(intensityG.slice(Math.floor(nowMs / HOUR_MS))),
    deadlineMs: () => deadlineMs,
  });

describe('spreading work over hours', () => {
  const hours = fc.array(fc.record({ c: fc.integer({ min: 1, max: 900 }), m: fc.integer({ min: 0, max: 100 }) }), {
    minLength: 2,
    maxLength: 12,
  });
  const lengthsOf = (count: number) => new Float64Array(count).fill(HOUR_MS);

  it('holds the work where the hours can, and all they can where they cannot', () => {
    fc.assert(
      fc.property(
        hours,
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        (hs, part, theta) => {
          const most = Float64Array.from(hs, ({ m }) => m);
          const room = HOUR_MS * most.reduce((sum, m) => sum + m, 0);
          const intensityG = Float64Array.from(hs, ({ c }) => c);
          const levels = spread(part * room, theta, most, intensityG, lengthsOf(hs.length));
          levels.forEach((level, h) => {
            expect(level).toBeGreaterThanOrEqual(0);
            expect(level).toBeLessThanOrEqual(most[h] ?? 0);
          });
          if (theta < 0.001) return;
          const held = HOUR_MS * levels.reduce((sum, level) => sum + level, 0);
          expect(held).toBeGreaterThanOrEqual(Math.min(part, 1) * room * (1 - 1e-4) - 1);
          expect(held).toBeLessThanOrEqual(Math.min(part, 1) * room * (1 + 1e-3) + 100);
        },
      ),
    );
  });

  it('costs no more than with a little moved from one hour to another', () => {
    fc.assert(
      fc.property(hours, fc.nat(11), fc.nat(11), (hs, a, b) => {
        const theta = 0.01;
        const most = Float64Array.from(hs, ({ m }) => m);
        const intensityG = Float64Array.from(hs, ({ c }) => c);
        const work = 0.4 * HOUR_MS * most.reduce((sum, m) => sum + m, 0);
        const levels = spread(work, theta, most, intensityG, lengthsOf(hs.length));
        const cost = (of: Float64Array) =>
          of.reduce((sum, m, h) => sum + (intensityG[h] ?? 0) * (m + theta * m * m), 0);
        const [from, to] = [a % hs.length, b % hs.length];
        const moved = Math.min(0.1, levels[from] ?? 0, (most[to] ?? 0) - (levels[to] ?? 0));
        const other = levels.slice();
        other[from] = (other[from] ?? 0) - moved;
        other[to] = (other[to] ?? 0) + moved;
        expect(cost(levels)).toBeLessThanOrEqual(cost(other) + 1e-4 * Math.max(1, cost(other)));
      }),
    );
  });
});

describe('chains', () => {
  it('are the longest way of first tasks to the end of the job', () => {
    const stages = [stage(5, 100), stage(1, 700), stage(9, 50, [0, 1]), stage(1, 10, [2])];
    expect([...chainsOf(stages)]).toEqual([320, 1_520, 120, 20]);
  });
});

describe('a stream of jobs', () => {
  it('waits through a dirty hour while the deadline allows it', () => {
    const waiting = job([stage(10, 1_000)]);
    const schedule = policyOf([500, 100, 500], 3 * HOUR_MS);
    expect(schedule(queueOf([waiting]), { job: undefined, executors: 100 })).toBe('stay');
    expect(schedule(queueOf([waiting], HOUR_MS), { job: undefined, executors: 100 })).toMatchObject({ job: waiting });
  });

  it('begins at once where the deadline has passed, with as many as the widest stage can use', () => {
    const late = job([stage(10, 1_000)]);
    const schedule = policyOf([500, 100, 500], 0);
    const answer = schedule(queueOf([late]), { job: undefined, executors: 100 });
    expect(answer).toEqual({ job: late, stage: 0, executors: 10 });
  });

  it('gives late jobs an equal part each', () => {
    const late = [job([stage(200, 1_000)]), job([stage(200, 1_000)])];
    const answer = policyOf([500, 100], 0)(queueOf(late), { job: undefined, executors: 100 });
    expect(answer).toMatchObject({ executors: 50 });
  });

  it('begins with the stage that the longest chain goes through', () => {
    const late = job([stage(200, 100), stage(200, 400), stage(1, 10, [0, 1])]);
    expect(policyOf([500], 0)(queueOf([late]), { job: undefined, executors: 5 })).toMatchObject({ stage: 1 });
  });

  it('uses fewer executors the more time there is, since each costs a first task', () => {
    const executorsBy = (deadlineMs: number): number => {
      const answer = policyOf([300, 300, 300, 300], deadlineMs)(queueOf([job([stage(400, 1_000)])]), {
        job: undefined,
        executors: 100,
      });
      return typeof answer === 'string' ? 0 : answer.executors;
    };
    expect(executorsBy(HOUR_MS)).toBeGreaterThan(executorsBy(2 * HOUR_MS));
    expect(executorsBy(2 * HOUR_MS)).toBeGreaterThan(executorsBy(4 * HOUR_MS));
  });

  it('leaves later hours free for jobs like those that came', () => {
    // It would fit twice into the clean hours that follow.
    const waiting = job([stage(1_000, 6_000)]);
    const schedule = policyOf([200, 100, 100], 3 * HOUR_MS);
    expect(schedule(queueOf([waiting]), { job: undefined, executors: 100 })).toMatchObject({ job: waiting });
    const rare = { ...queueOf([waiting], 50 * HOUR_MS), lastArrivalMs: 50 * HOUR_MS };
    const later = policyOf([...Array.from({ length: 50 }, () => 0), 200, 100, 100], 53 * HOUR_MS);
    expect(later(rare, { job: undefined, executors: 100 })).toBe('stay');
  });

  it('keeps warm executors where they are, unless another job lacks them and no cold one is free', () => {
    const schedule = policyOf([500], 0);
    const done = { ...job([{ ...stage(100, 1_000), begun: 100 }]), executors: 100 };
    const offer = { job: done, executors: 100 };
    expect(schedule(queueOf([done]), offer)).toBe('stay');
    const other = job([stage(30, 1_000)]);
    expect(schedule(queueOf([done, other]), offer)).toEqual({ job: other, stage: 0, executors: 30 });
    const smaller = { ...done, executors: 60 };
    expect(schedule(queueOf([smaller, other]), { job: smaller, executors: 60 })).toBe('stay');
  });
});
