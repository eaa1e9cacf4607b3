import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, millis, watts } from '../units.ts';
import type { Step } from '../workload/index.ts';
import { EIGHT, freeze, minute, outlook, power, request, site, step } from './fixtures.ts';
import { plan } from './make-plan.ts';
import { wayAt, waysOf } from './ways.ts';

const HOURS = 12;

/** Three hours at 1 kW, or two hours at 1.8 kW on twice the GPUs. */
const elastic = (changes: Partial<Step> = {}): Step => ({
  ...step({ name: 'train', minutes: 180, gpus: 1 }),
  levels: [
    { level: 1, speed: 1, power: undefined, needs: {} },
    { level: 2, speed: 1.5, power: watts(1_800), needs: {} },
  ],
  ...changes,
});

describe('the ways of a step', () => {
  test('without levels and profiles are the one that is declared', () => {
    const plain = step({ name: 'train', minutes: 60, cpus: 4 });
    const { duration, durationP50, needs } = plain;
    expect(waysOf(plain, 'h100')).toEqual([
      { variant: 'default', level: 1, duration, durationP50, needs, power: plain.power },
    ]);
  });

  test('multiply power and needs by the level unless it names them, and divide the durations by its speed', () => {
    const levels = [
      { level: 2, speed: 1.6, power: undefined, needs: {} },
      { level: 4, speed: 3, power: watts(3_500), needs: { cpus: 6 } },
    ];
    const ways = waysOf({ ...step({ name: 'train', minutes: 48, cpus: 2, gpus: 1 }), levels }, undefined);
    expect(ways).toMatchObject([
      { level: 2, duration: 30 * MINUTE, needs: { cpus: 4, gpus: 2 }, power: 2_000 },
      { level: 4, duration: 16 * MINUTE, needs: { cpus: 6, gpus: 4 }, power: 3_500 },
    ]);
  });

  test('on hardware of a name are those of its profile, and keep how power grows with the level', () => {
    const profiles = {
      h100: { duration: millis(HOUR), durationP50: millis(50 * MINUTE), power: watts(900), needs: { cpus: 8 } },
    };
    const named = elastic({ profiles });
    expect(waysOf(named, 'h100')).toMatchObject([
      { variant: 'h100', level: 1, duration: HOUR, needs: { cpus: 8, gpus: 1 }, power: 900 },
      { variant: 'h100', level: 2, duration: 40 * MINUTE, needs: { cpus: 16, gpus: 2 }, power: 1_620 },
    ]);
    expect(wayAt(named, 'a100', 2)).toMatchObject({ variant: 'default', level: 2, duration: 2 * HOUR, power: 1_800 });
    expect(wayAt(named, 'h100', 7).level).toBe(1);
  });
});

describe('a plan', () => {
  const flat = new Array<number>(HOURS).fill(100);
  const planned = (steps: readonly Step[], changes: Partial<Parameters<typeof request>[0]> = {}) =>
    plan(request({ steps, deadline: HOURS * 60, outlooks: { DE: outlook(flat) }, ...changes }), power);

  test('takes the size that emits least: the smaller where the larger wastes, the larger into a clean hour', () => {
    const small = planned([elastic()]);
    expect(small.steps[0]?.intervals).toEqual([{ start: EIGHT, end: minute(180), level: 1 }]);
    const valley = { DE: outlook([400, 400, 400, 50, 50, 400, 400, 400, 400, 400, 400, 400]) };
    const large = planned([elastic()], { outlooks: valley });
    expect(large.steps[0]?.intervals).toEqual([{ start: minute(180), end: minute(300), level: 2 }]);
    expect(large.steps[0]).toMatchObject({ energyKWh: 3.6, emissionsG: 180 });
    expect(large.steps[0]?.latestStart).toBe(minute(HOURS * 60 - 120));
    expect(large.steps[0]?.reason).toContain('level 2 for 2\u202fh instead of 3\u202fh');
  });

  test('takes the larger size where only that meets the deadline, and guards it by its own length', () => {
    const late = planned([elastic()], { deadline: 150 });
    expect(late.unplaced).toEqual([]);
    expect(late.steps[0]?.intervals).toEqual([{ start: EIGHT, end: minute(120), level: 2 }]);
    expect(late.steps[0]?.latestStart).toBe(minute(30));
    expect(planned([elastic()], { deadline: 110 }).unplaced[0]?.conflict[0]).toContain('needs 2\u202fh');
  });

  test('hurries too where there is nothing to wait for, and counts from the size that is in time', () => {
    const blind = planned([elastic()], { deadline: 150, outlooks: { DE: outlook(flat, { use: 'none' }) } });
    expect(blind.steps[0]?.intervals).toEqual([{ start: EIGHT, end: minute(120), level: 2 }]);
    expect(blind.baseline.energyKWh).toBe(3.6);
    expect(planned([elastic()], { objective: 'run-now' }).steps[0]?.intervals[0]?.level).toBe(1);
  });

  test('leaves out sizes that the site cannot hold', () => {
    const sites = [site({ capacity: { cpus: 8, gpus: 1, memory: 0 } })];
    const valley = { DE: outlook([400, 400, 400, 50, 50, 400, 400, 400, 400, 400, 400, 400]) };
    expect(planned([elastic()], { sites, outlooks: valley }).steps[0]?.intervals[0]?.level).toBe(1);
  });

  test('has two steps share a site in sizes that fit it together', () => {
    const sites = [site({ capacity: { cpus: 8, gpus: 3, memory: 0 } })];
    const valley = { DE: outlook([400, 400, 400, 50, 50, 120, 400, 400, 400, 400, 400, 400]) };
    const two = planned([elastic(), { ...elastic(), name: 'other' }], { sites, outlooks: valley, deadline: 360 });
    expect(two.steps.map(({ intervals }) => intervals[0])).toEqual(
      expect.arrayContaining([
        { start: minute(180), end: minute(300), level: 2 },
        { start: minute(180), end: minute(360), level: 1 },
      ]),
    );
  });

  test('goes where the hardware is quicker, and begun work stays in its size', () => {
    const profiles = { h100: { duration: millis(HOUR), durationP50: millis(HOUR), power: watts(1_200), needs: {} } };
    const sites = [site(), site({ name: 'hpc', hardware: 'h100' })];
    const there = planned(
      [step({ name: 'train', minutes: 180 })].map((one) => ({ ...one, profiles })),
      { sites },
    );
    expect(there.steps[0]).toMatchObject({ site: 'hpc', variant: 'h100', energyKWh: 1.2 });
    const progress = { train: { state: 'running' as const, site: 'here', level: 2, remaining: millis(HOUR) } };
    const begun = planned([elastic({ interruptible: freeze() })], { progress });
    expect(begun.steps[0]?.intervals).toEqual([{ start: EIGHT, end: minute(60), level: 2 }]);
  });

  test('is the best of all sizes and starts, by trying them all', () => {
    const grid = fc.array(fc.integer({ min: 20, max: 600 }), { minLength: HOURS, maxLength: HOURS });
    const sizes = fc.uniqueArray(
      fc.record({
        level: fc.integer({ min: 1, max: 8 }),
        slots: fc.integer({ min: 1, max: 8 }),
        watts: fc.integer({ min: 200, max: 9_000 }),
      }),
      { minLength: 1, maxLength: 4, selector: ({ level }) => level },
    );
    fc.assert(
      fc.property(grid, sizes, fc.integer({ min: 4, max: HOURS }), (hours, chosen, deadline) => {
        const levels = chosen
          .map(({ level, slots, watts: watt }) => ({ level, speed: 8 / slots, power: watts(watt), needs: {} }))
          .sort((a, b) => a.level - b.level);
        const step8 = { ...step({ name: 'train', minutes: 8 * 60 }), levels };
        const made = planned([step8], { deadline: deadline * 60, outlooks: { DE: outlook(hours) } });
        const best = chosen.flatMap(({ slots, watts: watt }) =>
          Array.from({ length: Math.max(0, deadline - slots + 1) }, (_, start) =>
            hours.slice(start, start + slots).reduce((sum, grams) => sum + (grams * watt) / 1_000, 0),
          ),
        );
        if (best.length === 0) expect(made.unplaced).not.toEqual([]);
        else expect(made.emissionsG).toBeCloseTo(Math.min(...best), 6);
      }),
    );
  });
});
