import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant, MINUTE } from '../units.ts';
import type { Interruptible } from '../workload/index.ts';
import { accountOf, type Placed } from './account.ts';
import { bestOnePiece, roomOf } from './alternatives.ts';
import { EIGHT, freeze, minute, outlook, power, request, type StepSketch, site, step } from './fixtures.ts';
import { plan } from './index.ts';
import { type Job, jobsOf } from './jobs.ts';

const jobs = (steps: readonly StepSketch[], intensities: readonly number[] = [300, 100, 200], start = EIGHT) =>
  jobsOf(request({ steps: steps.map(step), deadline: 600, outlooks: { DE: outlook(intensities, { start }) } }), power);

const placed = (job: Job | undefined, from: number, to: number): Placed => {
  const option = job?.options[0];
  if (job === undefined || option === undefined) throw new Error('there is no such job');
  return { job, option, stretches: [{ start: minute(from), end: minute(to) }] };
};

describe('The room of a step', () => {
  const [a, b, c, d] = jobs([
    { name: 'a', minutes: 10 },
    { name: 'b', minutes: 10 },
    { name: 'c', minutes: 10, after: ['a', 'b'] },
    { name: 'd', minutes: 10, after: ['c'] },
  ]);
  const all = [placed(a, 0, 20), placed(b, 5, 30), placed(c, 60, 70), placed(d, 90, 100)];

  test('lies between what it waits for and what waits for it', () => {
    expect(roomOf(all, 2, EIGHT, minute(500))).toEqual({ from: minute(30), to: minute(90) });
    expect(roomOf(all, 0, EIGHT, minute(500))).toEqual({ from: EIGHT, to: minute(60) });
  });

  test('begins no earlier than now, and ends no later than its latest end', () => {
    expect(roomOf(all, 2, minute(45), minute(80))).toEqual({ from: minute(45), to: minute(80) });
    expect(roomOf(all, 3, EIGHT, minute(120))).toEqual({ from: minute(70), to: minute(120) });
  });
});

describe('The best single piece', () => {
  const rankOf = (job: Job | undefined, start: number, minutes: number): number =>
    accountOf(placed(job, start, start + minutes), EIGHT).rankG;

  test('is as good as the best of all minutes, apart from a start where that is asked for; of equals the earliest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 20, max: 300 }),
        fc.integer({ min: 0, max: 59 }),
        fc.option(fc.record({ from: fc.integer({ min: 0, max: 200 }), length: fc.constantFrom(15, 60) })),
        (intensities, minutes, from, to, before, apart) => {
          const [job] = jobs([{ name: 'a', minutes }], intensities, instant(EIGHT - before * MINUTE));
          const option = job?.options[0];
          if (job === undefined || option === undefined) throw new Error('no job');
          const starts = Array.from({ length: Math.max(0, to - minutes - from + 1) }, (_, i) => from + i).filter(
            (start) => apart === null || Math.abs(start - apart.from) >= apart.length,
          );
          const ranks = starts.map((start) => rankOf(job, start, minutes));
          const least = Math.min(...ranks);
          const found = bestOnePiece(
            job,
            option,
            { from: minute(from), to: minute(to) },
            EIGHT,
            apart === null ? undefined : { from: minute(apart.from), length: apart.length * MINUTE },
          );
          expect(found === undefined).toBe(starts.length === 0);
          if (found === undefined) return;
          expect(accountOf(found, EIGHT).rankG).toBeCloseTo(least, 9);
          // Between the instants that it looks at, grams rise or fall in a straight line: the first of them is as early.
          const first = starts.find((_, i) => (ranks[i] ?? Infinity) <= least * (1 + 1e-9)) ?? Number.NaN;
          expect(found.stretches[0]?.start).toBe(minute(first));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('The runner-up', () => {
  const start = (of: ReturnType<typeof plan>, name: string): number | undefined => {
    const at = of.steps.find((one) => one.step === name)?.runnerUp?.start;
    return at === undefined ? undefined : (at - EIGHT) / MINUTE;
  };

  test('of a step in one piece starts a slot away at least, where it emits least', () => {
    const outlooks = { DE: outlook([300, 100, 200, 400]) };
    const made = plan(request({ steps: [step({ name: 'a', minutes: 60 })], deadline: 240, outlooks }), power);
    expect(start(made, 'a')).toBe(75);
  });

  test('of a step that may pause can be its best single piece', () => {
    const outlooks = { DE: outlook([300, 100, 300, 100, 250]) };
    const steps = [step({ name: 'a', minutes: 120, interruptible: freeze() })];
    const made = plan(request({ steps, deadline: 300, outlooks }), power);
    expect(made.steps[0]?.intervals).toHaveLength(2);
    expect(start(made, 'a')).toBe(180);
    expect(made.steps[0]?.runnerUp?.emissionsG).toBeCloseTo(350, 9);
  });

  test('is the better of another time here and another place, with pauses where the step may pause', () => {
    const sites = [site(), site({ name: 'there', zone: 'FR' })];
    const runnerUp = (france: readonly number[], interruptible: Interruptible = freeze()) =>
      plan(
        request({
          steps: [step({ name: 'a', minutes: 120, interruptible })],
          deadline: 240,
          sites,
          outlooks: { DE: outlook([100, 100, 110, 120]), FR: outlook(france, { zone: 'FR' }) },
        }),
        power,
      ).steps[0]?.runnerUp;
    expect(runnerUp([101, 300, 101, 300])).toMatchObject({ site: 'there', emissionsG: 202 });
    expect(runnerUp([101, 300, 101, 300], { mode: 'never' })).toMatchObject({ site: 'here' });
    expect(runnerUp([300, 300, 300, 300])).toMatchObject({ site: 'here' });
  });

  test('of a step that has begun is no other start', () => {
    const outlooks = { DE: outlook([100, 100, 100]) };
    const made = plan(
      request({
        steps: [step({ name: 'a', minutes: 60 })],
        deadline: 180,
        outlooks,
        progress: { a: { state: 'running', site: 'here', remaining: step({ name: 'a', minutes: 60 }).duration } },
      }),
      power,
    );
    expect(made.steps[0]?.runnerUp).toBeNull();
  });

  test('moves the others where they leave no room, in a workflow of few steps', () => {
    const outlooks = { DE: outlook([100, 200, 300, 400, 500]) };
    const chain = (count: number) => {
      const steps = Array.from({ length: count }, (_, i) =>
        step({ name: `s${i}`, minutes: 15, after: i === 0 ? [] : [`s${i - 1}`] }),
      );
      return plan(request({ steps, deadline: 15 * count + 15, outlooks }), power);
    };
    expect(chain(16).steps[3]?.runnerUp).not.toBeNull();
    expect(chain(17).steps[3]?.runnerUp).toBeNull();
  });
});
