import { describe, expect, test } from 'vitest';
import { MINUTE } from '../units.ts';
import { runNow } from './baseline.ts';
import { EIGHT, minute, outlook, power, request, type StepSketch, site, step } from './fixtures.ts';
import { jobsOf } from './jobs.ts';

const outlooks = { DE: outlook([1, 1, 1, 1]) };
const startsOf = (sketches: readonly StepSketch[], from = EIGHT): number[] => {
  const asked = request({ steps: sketches.map(step), deadline: 600, outlooks, now: from });
  return runNow(jobsOf(asked, power), from).map(({ stretches }) => ((stretches[0]?.start ?? EIGHT) - EIGHT) / MINUTE);
};

describe('Run-now', () => {
  test('starts what is free at once and the rest as its predecessors end', () => {
    expect(
      startsOf([
        { name: 'a', minutes: 10 },
        { name: 'b', minutes: 30 },
        { name: 'c', minutes: 5, after: ['a', 'b'] },
      ]),
    ).toEqual([0, 0, 30]);
    expect(startsOf([{ name: 'a', minutes: 10 }], minute(7))).toEqual([7]);
  });

  test('waits for capacity, not a moment longer', () => {
    expect(
      startsOf([
        { name: 'a', minutes: 30, gpus: 4 },
        { name: 'b', minutes: 20, gpus: 4 },
        { name: 'c', minutes: 10, gpus: 4 },
        { name: 'd', minutes: 10, gpus: 8 },
      ]),
    ).toEqual([0, 0, 20, 30]);
  });

  test('does not start into what comes later', () => {
    expect(
      startsOf([
        { name: 'a', minutes: 20, gpus: 2 },
        { name: 'b', minutes: 20, gpus: 7, after: ['a'] },
        { name: 'c', minutes: 30, gpus: 2 },
        { name: 'd', minutes: 20, gpus: 2 },
      ]),
    ).toEqual([0, 20, 40, 0]);
  });

  test('may run beside two that run one after the other', () => {
    expect(
      startsOf([
        { name: 'a', minutes: 20, gpus: 5 },
        { name: 'b', minutes: 20, gpus: 5, after: ['a'] },
        { name: 'c', minutes: 40, gpus: 3 },
      ]),
    ).toEqual([0, 20, 0]);
    expect(
      startsOf([
        { name: 'a', minutes: 20, gpus: 5 },
        { name: 'b', minutes: 20, gpus: 6, after: ['a'] },
        { name: 'c', minutes: 40, gpus: 3 },
      ]),
    ).toEqual([0, 20, 40]);
  });

  test('is not held up by what runs elsewhere', () => {
    const sites = [site(), site({ name: 'there' })];
    const steps = [
      step({ name: 'a', minutes: 30, gpus: 8, sites: ['there'] }),
      step({ name: 'b', minutes: 5, gpus: 8 }),
    ];
    const placed = runNow(jobsOf(request({ steps, deadline: 60, sites, outlooks }), power), EIGHT);
    expect(placed.map(({ stretches }) => stretches[0]?.start)).toEqual([EIGHT, EIGHT]);
  });

  test('takes the first site that fits', () => {
    const sites = [site({ capacity: { cpus: 1, gpus: 0, memory: 0 } }), site({ name: 'big' })];
    const asked = request({ steps: [step({ name: 'a', minutes: 5, gpus: 1 })], deadline: 60, sites, outlooks });
    expect(runNow(jobsOf(asked, power), EIGHT)[0]?.option.site.name).toBe('big');
  });
});
