import { describe, expect, test } from 'vitest';
import { Failure } from '../errors.ts';
import { grams, instant, MINUTE, type Millis, millis, watts } from '../units.ts';
import { checkpoint, EIGHT, freeze, minute, outlook, power, request, site, step } from './fixtures.ts';
import { frontier, type Plan, type PlannedStep, type Progress, plan, planToJson } from './index.ts';

const stepOf = (made: Plan, name: string): PlannedStep => {
  const found = made.steps.find((planned) => planned.step === name);
  if (found === undefined) throw new Error(`${name} is not in the plan`);
  return found;
};

/** Intervals in minutes after {@link EIGHT}. */
const minutesOf = (planned: PlannedStep): number[][] =>
  planned.intervals.map(({ start, end }) => [(start - EIGHT) / MINUTE, (end - EIGHT) / MINUTE]);

const paused = (at: string, minutes: number): Progress => ({
  state: 'paused',
  site: at,
  remaining: millis(minutes * MINUTE),
});
const running = (at: string, minutes: number): Progress => ({
  state: 'running',
  site: at,
  remaining: millis(minutes * MINUTE),
});

describe('A step in one piece', () => {
  const asked = request({
    steps: [step({ name: 'train', minutes: 90, watts: 2_000 })],
    deadline: 360,
    outlooks: { DE: outlook([400, 300, 200, 100, 300, 400]) },
  });

  test('starts so that it covers the cleanest hours, to the tick', () => {
    const made = plan(asked, power);
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[150, 240]]);
    expect(made.emissionsG).toBeCloseTo(2 * (0.5 * 200 + 100), 9);
    expect(made.energyKWh).toBeCloseTo(3, 12);
    expect(made.baseline.emissionsG).toBeCloseTo(2 * (400 + 150), 9);
    expect(made.savingPercent).toBeCloseTo(100 * (1 - 400 / 1_100), 9);
    expect(made.boundG).toBeCloseTo(made.emissionsG, 9);
  });

  test('has a reason, a guard and a runner-up at least a slot away', () => {
    const planned = stepOf(plan(asked, power), 'train');
    expect(planned.reason).toBe('starts 10:30Z: 133\u202fg/kWh against 367\u202fg/kWh run now');
    expect(planned.latestStart).toBe(minute(270));
    expect(planned.deadline).toBe(minute(360));
    expect(planned.earliest).toBe(EIGHT);
    expect(planned.runnerUp?.start).toBe(minute(135));
    expect(planned.runnerUp?.emissionsG).toBeCloseTo(2 * (0.75 * 200 + 0.75 * 100), 9);
  });

  test('runs now under the objective run-now, and still says how much was possible', () => {
    const made = plan({ ...asked, objective: 'run-now' }, power);
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[0, 90]]);
    expect(made.savingPercent).toBe(0);
    expect(made.boundG).toBeCloseTo(400, 9);
    expect(made.gapPercent).toBeCloseTo(175, 9);
    expect(stepOf(made, 'train').reason).toBe('runs now: asked to');
  });

  test('counts PUE in energy and emissions', () => {
    const made = plan({ ...asked, sites: [site({ pue: 1.5 })] }, power);
    expect(made.energyKWh).toBeCloseTo(4.5, 12);
    expect(made.emissionsG).toBeCloseTo(600, 9);
    expect(stepOf(made, 'train').pue).toBe(1.5);
  });

  test('starts as soon as equally clean hours allow', () => {
    const level = { DE: outlook([400, 200, 200, 200, 200, 200]) };
    expect(minutesOf(stepOf(plan({ ...asked, outlooks: level }, power), 'train'))).toEqual([[60, 150]]);
  });
});

describe('A step that may pause', () => {
  const valley = { DE: outlook([400, 100, 500, 100, 400, 400]) };

  test('leaves the dirty hour out, and says so', () => {
    const made = plan(
      request({
        steps: [step({ name: 'train', minutes: 120, interruptible: freeze() })],
        deadline: 360,
        outlooks: valley,
      }),
      power,
    );
    const planned = stepOf(made, 'train');
    expect(minutesOf(planned)).toEqual([
      [60, 120],
      [180, 240],
    ]);
    expect(planned.overheads).toEqual({ energyKWh: 0, emissionsG: 0 });
    expect(planned.reason).toBe(
      'starts 09:00Z: 100\u202fg/kWh against 250\u202fg/kWh run now; 1 pause skips dirtier hours',
    );
    expect(planned.runnerUp).toEqual({ site: 'here', level: 1, start: EIGHT, emissionsG: grams(500), cost: null });
  });

  test('pays for its paused power, inside its totals', () => {
    const made = plan(
      request({
        steps: [step({ name: 'train', minutes: 120, interruptible: freeze(100) })],
        deadline: 360,
        outlooks: valley,
      }),
      power,
    );
    expect(stepOf(made, 'train').overheads.energyKWh).toBeCloseTo(0.1, 12);
    expect(stepOf(made, 'train').overheads.emissionsG).toBeCloseTo(50, 9);
    expect(made.emissionsG).toBeCloseTo(250, 9);
    expect(made.energyKWh).toBeCloseTo(2.1, 12);
  });

  test('pays for checkpoint and restart in running time, inside its intervals', () => {
    const made = plan(
      request({
        steps: [step({ name: 'train', minutes: 120, interruptible: checkpoint(6, 3) })],
        deadline: 360,
        outlooks: { DE: outlook([400, 100, 900, 100, 400, 400]) },
      }),
      power,
    );
    const planned = stepOf(made, 'train');
    expect(minutesOf(planned)).toEqual([
      [51, 120],
      [180, 240],
    ]);
    expect(planned.overheads.energyKWh).toBeCloseTo(9 / 60, 12);
    expect(planned.overheads.emissionsG).toBeCloseTo(15, 9);
    expect(made.emissionsG).toBeCloseTo(200 + 0.15 * 400, 9);
  });

  test('takes fewer pauses where that costs nothing', () => {
    const made = plan(
      request({
        steps: [step({ name: 'train', minutes: 150, interruptible: freeze() })],
        deadline: 360,
        outlooks: { DE: outlook([100, 200, 500, 100, 500, 500]) },
      }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([
      [0, 90],
      [180, 240],
    ]);
  });

  test('pauses several times, and counts them', () => {
    const made = plan(
      request({
        steps: [step({ name: 'train', minutes: 180, interruptible: freeze() })],
        deadline: 360,
        outlooks: { DE: outlook([100, 500, 100, 500, 100, 500]) },
      }),
      power,
    );
    expect(stepOf(made, 'train').reason).toContain('; 2 pauses skip dirtier hours');
    expect(made.emissionsG).toBeCloseTo(300, 9);
  });

  test('is not split where the pause gains it less than the threshold', () => {
    const steps = [
      step({ name: 'small', minutes: 120, watts: 100, interruptible: freeze() }),
      step({ name: 'large', minutes: 60, watts: 5_000 }),
    ];
    const outlooks = { DE: outlook([300, 310, 300, 100, 400, 400]) };
    const split = plan(
      request({ steps: [steps[0] ?? step({ name: '', minutes: 1 })], deadline: 180, outlooks }),
      power,
    );
    expect(stepOf(split, 'small').intervals).toHaveLength(2);
    const calm = plan(
      request({
        steps: [steps[0] ?? step({ name: '', minutes: 1 }), steps[1] ?? step({ name: '', minutes: 1 })],
        deadline: 240,
        outlooks: { DE: outlook([300, 310, 295, 290, 400, 400]) },
        policy: { minPredictedSavingPercent: 3 },
      }),
      power,
    );
    expect(stepOf(calm, 'small').intervals).toHaveLength(1);
    expect(calm.emissionsG).toBeGreaterThan(calm.boundG - 1e-9);
  });
});

describe('The threshold', () => {
  const asked = request({
    steps: [step({ name: 'train', minutes: 60 })],
    deadline: 180,
    outlooks: { DE: outlook([250, 247, 300]) },
    policy: { minPredictedSavingPercent: 5 },
  });

  test('keeps a workflow from waiting for little, and every reason and the notes say so', () => {
    const made = plan(asked, power);
    const words = 'runs now: waiting would save 1.2\u202f%, below the 5\u202f% that is worth a delay';
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[0, 60]]);
    expect(stepOf(made, 'train').reason).toBe(words);
    expect(made.notes).toEqual([words]);
    expect(made.boundG).toBeCloseTo(247, 9);
  });

  test('lets a workflow wait for exactly as much', () => {
    const policy = { ...asked.workflow.policy, minPredictedSavingPercent: 1.2 };
    const made = plan({ ...asked, workflow: { ...asked.workflow, policy } }, power);
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[60, 120]]);
    expect(made.notes).toEqual([]);
  });
});

describe('Between sites', () => {
  const two = [site(), site({ name: 'there', zone: 'FR', country: 'FR' })];
  const outlooks = { DE: outlook([400, 400, 400]), FR: outlook([90, 50, 60], { zone: 'FR' }) };
  const steps = [step({ name: 'train', minutes: 60 })];

  test('a step goes where and when its electricity is cleanest', () => {
    const made = plan(request({ steps, deadline: 180, sites: two, outlooks }), power);
    expect(stepOf(made, 'train')).toMatchObject({ site: 'there', zone: 'FR' });
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[60, 120]]);
    expect(stepOf(made, 'train').reason).toBe(
      'starts 09:00Z at there (FR): 50\u202fg/kWh against 400\u202fg/kWh run now',
    );
    expect(Object.keys(made.signals)).toEqual(['DE', 'FR']);
  });

  test('equal sites are taken in the order in which they are listed', () => {
    const same = { DE: outlook([300, 200]), FR: outlook([300, 200], { zone: 'FR' }) };
    const made = plan(request({ steps, deadline: 120, sites: two, outlooks: same }), power);
    expect(stepOf(made, 'train').site).toBe('here');
    const turned = plan(request({ steps, deadline: 120, sites: [...two].reverse(), outlooks: same }), power);
    expect(stepOf(turned, 'train').site).toBe('there');
    expect(stepOf(turned, 'train').runnerUp?.site).toBe('here');
  });

  test.each([
    ['scope', { scope: 'direct' }],
    ['kind', { kind: 'marginal' }],
    ['basis', { basis: 'production' }],
    ['gas', { gas: 'CO2' }],
  ] as const)('zones whose %s differs are refused', (part, change) => {
    const other = outlook([100], { zone: 'FR', signal: { ...outlook([1]).signal, ...change } });
    const ask = (): Plan =>
      plan(request({ steps, deadline: 60, sites: two, outlooks: { DE: outlook([200]), FR: other } }), power);
    expect(ask).toThrow(Failure);
    expect(ask).toThrow(`the ${part}`);
  });

  test.each(['kind', 'basis', 'scope'] as const)('zones of which the %s is unknown are refused', (part) => {
    const signal = { ...outlook([1]).signal, [part]: 'unknown' as const };
    const unknown = { DE: outlook([200], { signal }), FR: outlook([100], { zone: 'FR', signal }) };
    const ask = (): Plan => plan(request({ steps, deadline: 60, sites: two, outlooks: unknown }), power);
    expect(ask).toThrow(`the ${part} of the signal of DE is unknown`);
  });

  test('zones from different sources, or without levels, are refused', () => {
    const ask =
      (changes: object): (() => Plan) =>
      () => {
        const FR = { ...outlook([100], { zone: 'FR' }), ...changes };
        return plan(request({ steps, deadline: 60, sites: two, outlooks: { DE: outlook([200]), FR } }), power);
      };
    expect(ask({ source: 'elsewhere' })).toThrow('DE comes from test, FR from elsewhere');
    expect(ask({ publisher: 'elsewhere' })).toThrow('DE comes from test, FR from elsewhere');
    // One publisher says it at an address for each zone, and who looks ahead of it is another matter.
    expect(ask({ source: 'https://test/FR', publisher: 'test' })).not.toThrow();
    expect(ask({ use: 'shape' })).toThrow('for FR only the shape of the day is known');
    expect(ask({ use: 'none' })).toThrow('for FR only a yearly level is known');
  });

  test('what cannot be compared does not matter where there is nothing to compare', () => {
    const signal = { kind: 'unknown', basis: 'unknown', scope: 'unknown', gas: 'unknown' } as const;
    const unknown = { DE: outlook([200, 100], { signal }), FR: outlook([100, 100], { zone: 'FR', signal }) };
    const bound = [step({ name: 'train', minutes: 60, sites: ['here'] })];
    expect(plan(request({ steps: bound, deadline: 120, sites: two, outlooks: unknown }), power).emissionsG).toBeCloseTo(
      100,
      9,
    );
    const oneZone = [site(), site({ name: 'beside' })];
    expect(plan(request({ steps, deadline: 120, sites: oneZone, outlooks: unknown }), power).emissionsG).toBeCloseTo(
      100,
      9,
    );
  });
});

describe('A step that no site can run', () => {
  const outlooks = { DE: outlook([200, 100]) };
  const conflictOf = (changes: Parameters<typeof request>[0]): readonly string[] => {
    const made = plan(request(changes), power);
    expect(made.steps).toEqual([]);
    expect(made.energyKWh).toBe(0);
    expect(made.savingPercent).toBeNull();
    return made.unplaced[0]?.conflict ?? [];
  };

  test.each([
    ['cpus', { cpus: 65 }, 'capacity: here has 64 cpus, the step needs 65'],
    ['gpus', { gpus: 9 }, 'capacity: here has 8 gpus, the step needs 9'],
  ])('says that %s are short', (_, needs, words) => {
    const steps = [step({ name: 'train', minutes: 60, ...needs })];
    expect(conflictOf({ steps, deadline: 120, outlooks })).toEqual([words]);
  });

  test('says that memory is short', () => {
    const [small] = [site({ capacity: { cpus: 1, gpus: 0, memory: 10 } })];
    const large = step({ name: 'train', minutes: 60 });
    const steps = [{ ...large, needs: { ...large.needs, memory: 11 } }];
    const words = 'capacity: here has 10 bytes of memory, the step needs 11';
    expect(conflictOf({ steps, deadline: 120, outlooks, sites: [small] })).toEqual([words]);
  });

  test('fits a site of exactly its size', () => {
    const steps = [step({ name: 'train', minutes: 60, cpus: 64, gpus: 8 })];
    expect(plan(request({ steps, deadline: 120, outlooks }), power).unplaced).toEqual([]);
  });

  test('says where it may not run', () => {
    const steps = [step({ name: 'train', minutes: 60 })];
    const policy = { allowCountries: ['FR', 'NL'] };
    expect(conflictOf({ steps, deadline: 120, outlooks, policy })).toEqual([
      'residency: here is in DE, the policy allows FR, NL',
    ]);
    expect(conflictOf({ steps, deadline: 120, outlooks, policy, sites: [site({ country: undefined })] })).toEqual([
      'residency: here is in no known country, the policy allows FR, NL',
    ]);
    const allowed = { allowCountries: ['FR', 'DE'] };
    expect(plan(request({ steps, deadline: 120, outlooks, policy: allowed }), power).unplaced).toEqual([]);
  });

  test('says which sites it allows', () => {
    const steps = [step({ name: 'train', minutes: 60, sites: ['hpc', 'lab'] })];
    expect(conflictOf({ steps, deadline: 120, outlooks })).toEqual(['site list: the step allows hpc, lab, not here']);
  });

  test('says that grid data are missing, or that there is no site at all', () => {
    const steps = [step({ name: 'train', minutes: 60 })];
    expect(conflictOf({ steps, deadline: 120 })).toEqual(['grid: there are no data for DE, the zone of here']);
    expect(conflictOf({ steps, deadline: 120, sites: [] })).toEqual(['there is no site']);
  });

  test('takes those with it that wait for it', () => {
    const steps = [
      step({ name: 'train', minutes: 60, gpus: 9 }),
      step({ name: 'evaluate', minutes: 60, after: ['train'] }),
      step({ name: 'beside', minutes: 60 }),
    ];
    const made = plan(request({ steps, deadline: 120, outlooks }), power);
    expect(made.unplaced.map((one) => one.step)).toEqual(['train', 'evaluate']);
    expect(made.unplaced[1]?.conflict).toEqual(['waits for train, which has no place']);
    expect(made.steps).toEqual([]);
  });
});

describe('A deadline', () => {
  const chain = [
    step({ name: 'prepare', minutes: 95 }),
    step({ name: 'train', minutes: 120, after: ['prepare'] }),
    step({ name: 'evaluate', minutes: 60, after: ['train'] }),
  ];
  const outlooks = { DE: outlook([400, 300, 200, 100, 100, 100]) };

  test('that cannot be met is refused with the distance', () => {
    const made = plan(request({ steps: chain, deadline: 180, outlooks }), power);
    expect(made.steps).toEqual([]);
    expect(made.unplaced[0]).toEqual({
      step: 'prepare',
      conflict: ['deadline: needs 4\u202fh 35\u202fmin to the end, the deadline leaves 3\u202fh'],
    });
    expect(made.unplaced[2]).toEqual({
      step: 'evaluate',
      conflict: ['deadline: needs 1\u202fh to the end, the deadline leaves 0\u202fmin'],
    });
    expect(made.baseline.emissionsG).toBeGreaterThan(0);
  });

  test('that is just met is met by running now', () => {
    const made = plan(request({ steps: chain, deadline: 275, outlooks }), power);
    expect(made.steps.map((planned) => minutesOf(planned)[0])).toEqual([
      [0, 95],
      [95, 215],
      [215, 275],
    ]);
    expect(plan(request({ steps: chain, deadline: 274, outlooks }), power).steps).toEqual([]);
  });

  test('leaves room for the margin of every step on the way', () => {
    const margin = millis(5 * MINUTE);
    const made = plan(request({ steps: chain, deadline: 360, outlooks, margin }), power);
    expect(made.steps.map((planned) => (planned.deadline - EIGHT) / MINUTE)).toEqual([170, 295, 360]);
    expect(made.steps.map((planned) => (planned.latestStart - EIGHT) / MINUTE)).toEqual([70, 170, 295]);
    expect(made.steps.map((planned) => minutesOf(planned)[0]?.[1])).toEqual([165, 290, 350]);
    expect(plan(request({ steps: chain, deadline: 290, outlooks, margin }), power).unplaced).toEqual([]);
    expect(plan(request({ steps: chain, deadline: 289, outlooks, margin }), power).unplaced).not.toEqual([]);
  });

  test('that begun work can no longer meet lets it run now, with a note', () => {
    const made = plan(
      request({ steps: chain, deadline: 180, outlooks, progress: { prepare: running('here', 30) } }),
      power,
    );
    expect(made.unplaced).toEqual([]);
    expect(minutesOf(stepOf(made, 'prepare'))).toEqual([[0, 30]]);
    expect(made.notes[0]).toBe(
      'runs now: the deadline can no longer be met (prepare deadline: needs 3\u202fh 30\u202fmin to the end, the deadline leaves 3\u202fh; ' +
        'train deadline: needs 3\u202fh to the end, the deadline leaves 2\u202fh 30\u202fmin; ' +
        'evaluate deadline: needs 1\u202fh to the end, the deadline leaves 30\u202fmin)',
    );
    expect(stepOf(made, 'prepare').runnerUp).toBeNull();
  });
});

describe('maxDelay', () => {
  const steps = [step({ name: 'a', minutes: 60 }), step({ name: 'b', minutes: 60, after: ['a'] })];
  const outlooks = { DE: outlook([400, 300, 200, 100, 50, 50, 50, 50]) };

  test('limits how long after run-now a step ends', () => {
    const made = plan(request({ steps, deadline: 480, outlooks, policy: { maxDelay: millis(60 * MINUTE) } }), power);
    expect(made.steps.map((planned) => minutesOf(planned)[0]?.[1])).toEqual([120, 180]);
    expect(made.steps.map((planned) => (planned.deadline - EIGHT) / MINUTE)).toEqual([120, 180]);
  });

  test('counts from the submission, and never asks for the impossible', () => {
    const asked = request({ steps, deadline: 480, outlooks, policy: { maxDelay: millis(60 * MINUTE) } });
    const later = plan({ ...asked, submittedAt: EIGHT, now: minute(90), progress: {} }, power);
    expect(later.steps.map((planned) => minutesOf(planned)[0])).toEqual([
      [90, 150],
      [150, 210],
    ]);
    expect(later.baseline.steps.map((run) => (run.start - EIGHT) / MINUTE)).toEqual([0, 60]);
  });
});

describe('Work that has begun', () => {
  const outlooks = { DE: outlook([500, 100, 500, 500, 500]) };
  const train = step({ name: 'train', minutes: 120, interruptible: checkpoint(6, 3) });
  const evaluate = step({ name: 'evaluate', minutes: 60, after: ['train'] });

  test('that runs may stop at once, for a checkpoint now and a restart later', () => {
    const made = plan(
      request({ steps: [train], deadline: 300, outlooks, progress: { train: running('here', 57) } }),
      power,
    );
    const planned = stepOf(made, 'train');
    expect(minutesOf(planned)).toEqual([
      [0, 6],
      [60, 120],
    ]);
    expect(planned.overheads.energyKWh).toBeCloseTo(9 / 60, 12);
    expect(made.emissionsG).toBeCloseTo(0.1 * 500 + 100, 9);
  });

  test('that is paused goes on with a restart, no later than its guard', () => {
    const made = plan(
      request({ steps: [train], deadline: 300, outlooks, progress: { train: paused('here', 57) } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[60, 120]]);
    expect(stepOf(made, 'train').latestStart).toBe(minute(300 - 60));
    expect(stepOf(made, 'train').overheads.energyKWh).toBeCloseTo(3 / 60, 12);
  });

  test('that is frozen draws its paused power from now on', () => {
    const frozen = { ...train, interruptible: freeze(100) };
    const made = plan(
      request({ steps: [frozen], deadline: 300, outlooks, progress: { train: paused('here', 60) } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[60, 120]]);
    expect(made.energyKWh).toBeCloseTo(1.1, 12);
    expect(stepOf(made, 'train').overheads.emissionsG).toBeCloseTo(50, 9);
  });

  test('that runs frozen-able stops without a checkpoint', () => {
    const frozen = { ...train, interruptible: freeze(100) };
    const made = plan(
      request({ steps: [frozen], deadline: 300, outlooks, progress: { train: running('here', 60) } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[60, 120]]);
    expect(stepOf(made, 'train').overheads.energyKWh).toBeCloseTo(0.1, 12);
  });

  test('that cannot pause runs on', () => {
    const whole = step({ name: 'train', minutes: 120 });
    const made = plan(
      request({ steps: [whole], deadline: 300, outlooks, progress: { train: running('here', 60) } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[0, 60]]);
    expect(stepOf(made, 'train').latestStart).toBe(minute(240));
  });

  test('stays where it is, even where a cleaner site is free', () => {
    const sites = [site(), site({ name: 'there', zone: 'FR' })];
    const both = { ...outlooks, FR: outlook([1, 1, 1, 1, 1], { zone: 'FR' }) };
    const made = plan(
      request({ steps: [train], deadline: 300, sites, outlooks: both, progress: { train: paused('here', 60) } }),
      power,
    );
    expect(stepOf(made, 'train').site).toBe('here');
    const gone = plan(
      request({ steps: [train], deadline: 300, sites, outlooks: both, progress: { train: paused('lab', 60) } }),
      power,
    );
    expect(gone.unplaced).toEqual([{ step: 'train', conflict: ['it has begun at lab, which can no longer be used'] }]);
  });

  test('that has ended is left out, and what waits for it may start', () => {
    const done: Progress = { state: 'done', at: minute(20) };
    const made = plan(
      request({
        steps: [train, evaluate],
        deadline: 300,
        outlooks,
        now: minute(30),
        submittedAt: EIGHT,
        progress: { train: done },
      }),
      power,
    );
    expect(made.steps.map((planned) => planned.step)).toEqual(['evaluate']);
    expect(minutesOf(stepOf(made, 'evaluate'))).toEqual([[60, 120]]);
    expect(made.baseline.steps.map((run) => run.step)).toEqual(['train', 'evaluate']);
    expect(made.savingPercent).toBeCloseTo(100 * (1 - 100 / 300), 9);
    expect(made.notes).toContain(
      'saving and bound are of the work that is left; the baseline counts the whole workflow from its submission',
    );
  });

  test('whose predecessor ended after now waits for that end', () => {
    const done: Progress = { state: 'done', at: minute(90) };
    const flat = { DE: outlook([100, 100, 100, 100, 100]) };
    const made = plan(
      request({ steps: [train, evaluate], deadline: 300, outlooks: flat, progress: { train: done } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'evaluate'))).toEqual([[90, 150]]);
    expect(stepOf(made, 'evaluate').earliest).toBe(minute(90));
  });

  test('that overruns its declared duration is given a second', () => {
    const made = plan(
      request({ steps: [train], deadline: 300, outlooks, progress: { train: running('here', -5) } }),
      power,
    );
    const [interval] = stepOf(made, 'train').intervals;
    expect((interval?.end ?? 0) - (interval?.start ?? 0)).toBe(1_000);
  });

  test('leaves an ended workflow with nothing to plan', () => {
    const made = plan(
      request({ steps: [train], deadline: 300, outlooks, progress: { train: { state: 'done', at: EIGHT } } }),
      power,
    );
    expect(made.steps).toEqual([]);
    expect(made.unplaced).toEqual([]);
    expect(made.emissionsG).toBe(0);
    expect(made.gapPercent).toBe(0);
  });
});

describe('Steps that share a site', () => {
  const outlooks = { DE: outlook([400, 100, 300, 400]) };
  const full = [step({ name: 'a', minutes: 60, gpus: 5 }), step({ name: 'b', minutes: 60, gpus: 5 })];

  test('wait for each other where they do not fit together, and the bound stays the one without this', () => {
    const made = plan(request({ steps: full, deadline: 240, outlooks }), power);
    const starts = made.steps.map((planned) => minutesOf(planned)[0]?.[0]).sort();
    expect(starts).toEqual([120, 60]);
    expect(made.emissionsG).toBeCloseTo(400, 9);
    expect(made.boundG).toBeCloseTo(200, 9);
    expect(made.gapPercent).toBeCloseTo(100, 9);
    expect(made.baseline.steps.map((run) => (run.start - EIGHT) / MINUTE)).toEqual([0, 60]);
  });

  test('run together where they fit exactly', () => {
    const half = [step({ name: 'a', minutes: 60, gpus: 4 }), step({ name: 'b', minutes: 60, gpus: 4 })];
    const made = plan(request({ steps: half, deadline: 240, outlooks }), power);
    expect(made.emissionsG).toBeCloseTo(200, 9);
    expect(made.baseline.steps.map((run) => (run.start - EIGHT) / MINUTE)).toEqual([0, 0]);
  });

  test('are refused where there is no room for one after the other', () => {
    const made = plan(request({ steps: full, deadline: 60, outlooks }), power);
    expect(made.steps).toEqual([]);
    expect(made.unplaced).toEqual(
      ['a', 'b'].map((name) => ({
        step: name,
        conflict: ['capacity: the steps that share a site cannot all be done by the deadline'],
      })),
    );
    expect(made.baseline.steps).toHaveLength(2);
  });

  test('go to another site where run-now would be too late', () => {
    const sites = [site(), site({ name: 'there' })];
    const made = plan(
      request({ steps: full, deadline: 60, sites, outlooks, policy: { minPredictedSavingPercent: 5 } }),
      power,
    );
    expect(made.steps.map((planned) => planned.site).sort()).toEqual(['here', 'there']);
    expect(made.notes).toEqual([
      'run-now would end after the deadline: steps share a site that cannot hold them together',
    ]);
  });
});

describe('The premium', () => {
  const cheap = site({ price: { gpuHour: { amount: 1, currency: 'EUR' } } });
  const dear = site({ name: 'there', zone: 'FR', price: { gpuHour: { amount: 1.05, currency: 'EUR' } } });
  const outlooks = { DE: outlook([400, 300]), FR: outlook([100, 100], { zone: 'FR' }) };
  const steps = [step({ name: 'train', minutes: 60, gpus: 2 })];
  const made = (maxCostPremiumPercent: number | undefined): Plan =>
    plan(request({ steps, deadline: 120, sites: [cheap, dear], outlooks, policy: { maxCostPremiumPercent } }), power);

  test('keeps a step from a dearer site, and says so', () => {
    expect(stepOf(made(undefined), 'train').site).toBe('there');
    expect(made(undefined).cost).toEqual({ amount: 2.1, currency: 'EUR' });
    expect(stepOf(made(2), 'train').site).toBe('here');
    expect(made(2).cost).toEqual({ amount: 2, currency: 'EUR' });
    expect(made(2).notes).toEqual(['a premium of 2\u202f% over run-now holds back train']);
    expect(minutesOf(stepOf(made(2), 'train'))).toEqual([[60, 120]]);
  });

  test('of exactly as much is paid', () => {
    expect(stepOf(made(5), 'train').site).toBe('there');
    expect(made(5).notes).toEqual([]);
  });

  test('cannot be limited without prices, and the note says so', () => {
    const asked = request({
      steps,
      deadline: 120,
      outlooks: { DE: outlook([400, 300]) },
      policy: { maxCostPremiumPercent: 0 },
    });
    expect(plan(asked, power).notes).toEqual(['the premium over run-now is not limited: a site has no price']);
  });

  test('forbids pauses whose overheads cost too much', () => {
    const split = [step({ name: 'train', minutes: 120, gpus: 1, interruptible: checkpoint(6, 6) })];
    const asked = request({
      steps: split,
      deadline: 300,
      sites: [cheap],
      outlooks: { DE: outlook([500, 100, 900, 100, 500]) },
    });
    expect(stepOf(plan(asked, power), 'train').intervals).toHaveLength(2);
    const policy = { ...asked.workflow.policy, maxCostPremiumPercent: 5 };
    const whole = plan({ ...asked, workflow: { ...asked.workflow, policy } }, power);
    expect(stepOf(whole, 'train').intervals).toHaveLength(1);
    expect(whole.cost?.amount).toBeCloseTo(2, 9);
  });
});

describe('Cost', () => {
  const steps = [step({ name: 'train', minutes: 90, watts: 2_000, cpus: 4, gpus: 2 })];
  const costAt = (price: ReturnType<typeof site>['price']): Plan['cost'] =>
    plan(
      request({ steps, deadline: 120, sites: [site({ price, pue: 1.5 })], outlooks: { DE: outlook([1, 1]) } }),
      power,
    ).cost;

  test('adds hours of cpus and gpus and the energy at the meter', () => {
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect(costAt({ cpuHour: eur(0.1), gpuHour: eur(2), kWh: eur(0.3) })?.amount).toBeCloseTo(0.6 + 6 + 4.5 * 0.3, 9);
    expect(costAt({ kWh: eur(0.3) })).toEqual({ amount: expect.closeTo(1.35, 9), currency: 'EUR' });
  });

  test('is unknown without prices and in several currencies', () => {
    expect(costAt(undefined)).toBeNull();
    expect(costAt({})).toBeNull();
    expect(costAt({ cpuHour: { amount: 1, currency: 'EUR' }, gpuHour: { amount: 1, currency: 'USD' } })).toBeNull();
  });
});

describe('Without levels', () => {
  const steps = [step({ name: 'train', minutes: 60, watts: undefined })];
  const levelG = { expected: 350, low: 250, high: 450 };

  test('a shape ranks the hours, grams come from the level, and no saving is claimed', () => {
    const shape = { DE: outlook([3, 2, 1], { use: 'shape', levelG }) };
    const made = plan(
      request({ steps, deadline: 180, outlooks: shape, policy: { minPredictedSavingPercent: 5 } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[120, 180]]);
    expect(made.emissionsG).toBeCloseTo(350, 9);
    expect(made.boundG).toBeCloseTo(350, 9);
    expect([made.savingPercent, made.savingLowPercent, made.savingHighPercent]).toEqual([null, null, null]);
    expect(made.notes).toEqual(['no saving is claimed: the shape ranks hours, it does not weigh them']);
  });

  test('a shape that gains less than the threshold runs now', () => {
    const shape = { DE: outlook([100, 98, 99], { use: 'shape', levelG }) };
    const made = plan(
      request({ steps, deadline: 180, outlooks: shape, policy: { minPredictedSavingPercent: 5 } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[0, 60]]);
  });

  test('no signal means run now, with the reason, at the level', () => {
    const none = { DE: outlook([3, 2, 1], { use: 'none', levelG }) };
    const made = plan(request({ steps, deadline: 180, outlooks: none }), power);
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[0, 60]]);
    expect(stepOf(made, 'train').reason).toBe('runs now: there is no signal in time to wait for');
    expect(made.emissionsG).toBeCloseTo(350, 9);
    expect(made.savingPercent).toBe(0);
  });
});

describe('Where the data end', () => {
  const steps = [step({ name: 'train', minutes: 60 })];

  test('before the deadline, no later hour is considered', () => {
    const made = plan(request({ steps, deadline: 2_000, outlooks: { DE: outlook([400, 300, 200]) } }), power);
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[120, 180]]);
    expect(made.notes).toEqual(['the grid data end at 11:00Z, before the deadline: no later hour is considered']);
  });

  test('before run-now would, everything runs now', () => {
    const made = plan(
      request({ steps: [step({ name: 'train', minutes: 90 })], deadline: 300, outlooks: { DE: outlook([400]) } }),
      power,
    );
    expect(minutesOf(stepOf(made, 'train'))).toEqual([[0, 90]]);
    expect(made.notes).toEqual(['runs now: the grid data end before the work would']);
    expect(made.emissionsG).toBeCloseTo(600, 9);
  });

  test('exactly with the deadline, nothing is to be said', () => {
    expect(plan(request({ steps, deadline: 120, outlooks: { DE: outlook([400, 300]) } }), power).notes).toEqual([]);
  });

  test('or start after now or after the submission, the notes say so', () => {
    const late = { DE: outlook([400, 300, 200], { start: minute(60) }) };
    expect(plan(request({ steps, deadline: 240, outlooks: late }), power).notes).toEqual([
      'the grid data start after now: their mean stands in',
    ]);
    const asked = request({ steps, deadline: 240, outlooks: late, now: minute(60), submittedAt: EIGHT });
    const made = plan(asked, power);
    expect(made.notes).toEqual(['the grid data do not reach back to the submission: run-now is counted from now']);
    expect(made.baseline.steps[0]?.start).toBe(minute(60));
  });
});

describe('Uncertainty', () => {
  const bands = { lowG: Float64Array.of(200, 50), highG: Float64Array.of(600, 150) };
  const outlooks = { DE: outlook([400, 100], bands) };

  test('adds the forecast and the declared power in quadrature', () => {
    const made = plan(request({ steps: [step({ name: 'train', minutes: 60 })], deadline: 120, outlooks }), power);
    const energy = 1.2816 * Math.log(1.2);
    expect(made.emissionsLowG).toBeCloseTo(100 * Math.exp(-Math.hypot(Math.log(2), energy)), 9);
    expect(made.emissionsHighG).toBeCloseTo(100 * Math.exp(Math.hypot(Math.log(1.5), energy)), 9);
    expect(stepOf(made, 'train').emissionsLowG).toBe(made.emissionsLowG);
    expect(stepOf(made, 'train').emissionsHighG).toBe(made.emissionsHighG);
  });

  test('takes the machine model where no power was declared', () => {
    const steps = [step({ name: 'train', minutes: 60, watts: undefined })];
    const made = plan(request({ steps, deadline: 120, outlooks: { DE: outlook([400, 100]) } }), power);
    expect(made.emissionsHighG).toBeCloseTo(100 * 1.5 ** 1.2816, 9);
    expect(made.emissionsLowG).toBeCloseTo(100 / 1.5 ** 1.2816, 9);
  });

  test('of a saving pairs the errors of plan and baseline', () => {
    const made = plan(request({ steps: [step({ name: 'train', minutes: 60 })], deadline: 120, outlooks }), power);
    const half = Math.log(2) * Math.sqrt(2 - 2 * 0.7);
    expect(made.savingPercent).toBeCloseTo(75, 9);
    expect(made.savingLowPercent).toBeCloseTo(100 * (1 - 0.25 * Math.exp(half)), 9);
    expect(made.savingHighPercent).toBeCloseTo(100 * (1 - 0.25 * Math.exp(-half)), 9);
  });

  test('of a saving is none for a perfect forecast, and none where nothing is moved', () => {
    const steps = [step({ name: 'train', minutes: 60 })];
    const perfect = plan(request({ steps, deadline: 120, outlooks: { DE: outlook([400, 100]) } }), power);
    expect([perfect.savingLowPercent, perfect.savingHighPercent]).toEqual([75, 75]);
    const atOnce = plan(request({ steps, deadline: 120, outlooks, objective: 'run-now' }), power);
    expect(atOnce.savingLowPercent).toBeCloseTo(0, 9);
    expect(atOnce.savingHighPercent).toBeCloseTo(0, 9);
  });
});

describe('The frontier', () => {
  const steps = [step({ name: 'train', minutes: 60 })];
  const outlooks = { DE: outlook([400, 300, 350, 100, 200, 50]) };
  const asked = request({ steps, deadline: 360, outlooks, policy: { minPredictedSavingPercent: 99 } });

  test('shows what each later finish saves, without what is beaten', () => {
    const points = frontier(asked, power, 6).map((point) => [(point.finish - EIGHT) / MINUTE, point.emissionsG]);
    expect(points).toEqual([
      [60, 400],
      [120, 300],
      [240, 100],
      [360, 50],
    ]);
  });

  test('names deadlines that lead to its points', () => {
    for (const point of frontier(asked, power)) {
      const workflow = { ...asked.workflow, deadline: point.deadline };
      const policy = { ...workflow.policy, minPredictedSavingPercent: 0 };
      expect(plan({ ...asked, workflow: { ...workflow, policy } }, power).emissionsG).toBeCloseTo(point.emissionsG, 9);
      expect(point.cost).toBeNull();
    }
  });

  test('ends with the plan for the whole deadline, by finish, whatever the slots are', () => {
    const odd = { ...asked, workflow: { ...asked.workflow, deadline: minute(352) } };
    const points = frontier(odd, power, 4);
    expect(points.at(-1)?.deadline).toBe(minute(352));
    expect(points.at(-1)?.emissionsG).toBeCloseTo((8 * 200 + 52 * 50) / 60, 9);
    expect(points[0]).toMatchObject({ finish: minute(60), deadline: minute(60), emissionsG: 400 });
    expect(points.slice(0, -1).map((point) => ((point.deadline - EIGHT) / MINUTE) % 15)).toEqual(
      points.slice(0, -1).map(() => 0),
    );
    expect(points.map((point) => point.finish)).toEqual(points.map((point) => point.finish).toSorted());
  });

  test('counts the last of several ends, and keeps the other rules of the policy', () => {
    const two = [step({ name: 'a', minutes: 60 }), step({ name: 'b', minutes: 60, after: ['a'] })];
    const points = frontier(request({ steps: two, deadline: 360, outlooks }), power, 2);
    expect(points.map((point) => [point.finish, point.emissionsG])).toEqual([
      [minute(120), 700],
      [minute(360), 150],
    ]);
    const policy = { maxDelay: millis(60 * MINUTE) };
    const limited = frontier(request({ steps: two, deadline: 360, outlooks, policy }), power, 2);
    expect(limited.map((point) => point.emissionsG)).toEqual([700, 650]);
  });

  test('does not let a cheaper point in money be beaten by a dearer one that is as clean and as soon', () => {
    const euro = (amount: number) => ({ gpuHour: { amount, currency: 'EUR' } });
    const sites = [site({ price: euro(1) }), site({ name: 'there', zone: 'FR', price: euro(3) })];
    const both = { DE: outlook([400, 400]), FR: outlook([300, 300], { zone: 'FR' }) };
    const gpu = [step({ name: 'train', minutes: 60, gpus: 1 })];
    const points = frontier(request({ steps: gpu, deadline: 120, sites, outlooks: both }), power, 2);
    expect(points.map((point) => [point.emissionsG, point.cost?.amount])).toEqual([
      [400, 1],
      [300, 3],
    ]);
    const unpriced = [sites[0] ?? site(), site({ name: 'there', zone: 'FR' })];
    const known = frontier(request({ steps: gpu, deadline: 120, sites: unpriced, outlooks: both }), power, 2);
    expect(known.map((point) => point.emissionsG)).toEqual([300]);
  });

  test('is a single point on a flat grid and empty where nothing fits', () => {
    const flat = frontier({ ...asked, outlooks: { DE: outlook([7, 7, 7, 7, 7, 7]) } }, power);
    expect(flat.map((point) => point.finish)).toEqual([minute(60)]);
    expect(frontier({ ...asked, workflow: { ...asked.workflow, deadline: minute(30) } }, power)).toEqual([]);
  });

  test('keeps a dearer point for its grams and a cheaper one for its cost', () => {
    const euro = (amount: number) => ({ gpuHour: { amount, currency: 'EUR' } });
    const sites = [site({ price: euro(1) }), site({ name: 'there', zone: 'FR', price: euro(3) })];
    const both = { DE: outlook([400, 400, 400]), FR: outlook([500, 500, 90], { zone: 'FR' }) };
    const gpu = [step({ name: 'train', minutes: 60, gpus: 1 })];
    const points = frontier(request({ steps: gpu, deadline: 180, sites, outlooks: both }), power, 3);
    expect(points.map((point) => [point.emissionsG, point.cost?.amount])).toEqual([
      [400, 1],
      [90, 3],
    ]);
  });
});

describe('As JSON', () => {
  test('instants are RFC 3339 in UTC and nothing is lost', () => {
    const steps = [step({ name: 'train', minutes: 60 })];
    const made = plan(request({ steps, deadline: 180, outlooks: { DE: outlook([400, 300, 100]) } }), power);
    const json = planToJson(made);
    expect(json).toMatchObject({
      schemaVersion: 1,
      id: 'test',
      workflow: 'test',
      createdAt: '2022-06-01T08:00:00Z',
      slotMinutes: 15,
      quantile: 0.5,
      signals: { DE: { kind: 'average', source: 'test', quality: 'synthetic', asOf: '2022-06-01T08:00:00Z' } },
      steps: [
        {
          step: 'train',
          variant: 'default',
          earliest: '2022-06-01T08:00:00Z',
          deadline: '2022-06-01T11:00:00Z',
          latestStart: '2022-06-01T10:00:00Z',
          intervals: [{ start: '2022-06-01T10:00:00Z', end: '2022-06-01T11:00:00Z', level: 1 }],
          runnerUp: { site: 'here', start: '2022-06-01T09:45:00Z', cost: null },
        },
      ],
      unplaced: [],
      baseline: {
        name: 'run-now',
        steps: [{ step: 'train', site: 'here', start: '2022-06-01T08:00:00Z', end: '2022-06-01T09:00:00Z' }],
      },
    });
    expect(Object.keys(json)).toEqual(Object.keys(made));
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  test('a step without a runner-up says null', () => {
    const steps = [step({ name: 'train', minutes: 60 })];
    const made = plan(request({ steps, deadline: 60, outlooks: { DE: outlook([400]) } }), power);
    expect(planToJson(made).steps[0]?.runnerUp).toBeNull();
  });
});

describe('Power', () => {
  test('is asked for each step at each site', () => {
    const sites = [site(), site({ name: 'thrifty' })];
    const asked = request({
      steps: [step({ name: 'train', minutes: 60 })],
      deadline: 60,
      sites,
      outlooks: { DE: outlook([400]) },
    });
    const made = plan(asked, (_, at) => watts(at.name === 'thrifty' ? 500 : 1_000));
    expect(stepOf(made, 'train').site).toBe('thrifty');
    expect(made.emissionsG).toBeCloseTo(200, 9);
  });
});

test('`now` with milliseconds plans on a coarser grid and ends work exactly', () => {
  const now = instant(EIGHT + 123_457);
  const length: Millis = millis(61 * MINUTE + 7);
  const long = { ...step({ name: 'train', minutes: 1 }), duration: length, durationP50: length };
  const made = plan(
    request({
      steps: [long],
      deadline: 600,
      now,
      outlooks: { DE: outlook([400, 300, 200, 100, 100, 100, 200, 300, 400, 500]) },
    }),
    power,
  );
  const [interval] = stepOf(made, 'train').intervals;
  expect((interval?.end ?? 0) - (interval?.start ?? 0)).toBe(length);
  expect(made.gapPercent).toBeLessThan(0.1);
  expect(made.emissionsG).toBeCloseTo((100 * length) / (60 * MINUTE), 6);
});

test('`now` off the grid, work that may pause keeps its length and lies close to its bound', () => {
  const now = instant(EIGHT + 10 * MINUTE + 500);
  const steps = [step({ name: 'train', minutes: 15, interruptible: checkpoint(2, 1) })];
  const made = plan(
    request({ steps, deadline: 45, now, outlooks: { DE: outlook([300, 50, 300], { stepMinutes: 20 }) } }),
    power,
  );
  const [interval, ...others] = stepOf(made, 'train').intervals;
  expect(others).toEqual([]);
  expect((interval?.end ?? 0) - (interval?.start ?? 0)).toBe(15 * MINUTE);
  expect(made.emissionsG).toBeCloseTo(0.25 * 50, 9);
  expect(made.gapPercent).toBeLessThan(1);
});
