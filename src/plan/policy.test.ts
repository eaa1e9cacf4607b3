import { describe, expect, test } from 'vitest';
import { MINUTE, millis } from '../units.ts';
import { freeze, minute, outlook, power, type RequestSketch, request, site, step } from './fixtures.ts';
import { type Plan, plan } from './index.ts';

const made = (sketch: RequestSketch): Plan => plan(request(sketch), power);

/** Start and end of each interval in minutes of the plan, by step. */
const times = ({ steps }: Plan): Record<string, number[][]> =>
  Object.fromEntries(
    steps.map(({ step: name, intervals }) => [
      name,
      intervals.map(({ start, end }) => [(start - minute(0)) / MINUTE, (end - minute(0)) / MINUTE]),
    ]),
  );

describe('A step that gains little by its pauses', () => {
  const small = step({ name: 'small', minutes: 120, watts: 100, interruptible: freeze(), gpus: 5 });
  const large = { name: 'large', minutes: 60, watts: 5_000 };
  /** Split into the first and the third hour, `small` would save 2 % of its own. */
  const outlooks = { DE: outlook([100, 103, 99, 50]) };
  const policy = { minPredictedSavingPercent: 3 };

  test('runs in its best piece between its neighbours, and the notes say what was passed over', () => {
    const steps = [small, step({ ...large, after: ['small'] })];
    const split = made({ steps, deadline: 240, outlooks });
    expect(times(split)['small']).toEqual([
      [0, 60],
      [120, 180],
    ]);
    const whole = made({ steps, deadline: 240, outlooks, policy });
    expect(times(whole)).toEqual({ small: [[60, 180]], large: [[180, 240]] });
    expect(whole.notes).toEqual(['small is not split: that would save it 2.0\u202f%']);
    expect(whole.emissionsG).toBeCloseTo(0.1 * (103 + 99) + 5 * 50, 9);
  });

  test('is split where it gains exactly as much as is asked for', () => {
    const steps = [small, step({ ...large, after: ['small'] })];
    const least = 100 * (1 - 199 / 203);
    const exactly = made({ steps, deadline: 240, outlooks, policy: { minPredictedSavingPercent: least } });
    expect(times(exactly)['small']).toHaveLength(2);
  });

  test('is split all the same where its piece would run beside what does not fit there with it', () => {
    // Its best piece is hours 3 and 4, and in hour 4 the other has the site.
    const steps = [small, step({ ...large, gpus: 5 })];
    const plans = made({ steps, deadline: 240, outlooks, policy });
    expect(times(plans)).toEqual({
      small: [
        [0, 60],
        [120, 180],
      ],
      large: [[180, 240]],
    });
    expect(plans.notes).toEqual([]);
  });

  test('is split all the same where its piece would emit more than running now', () => {
    const first = step({ name: 'first', minutes: 60, watts: 5_000 });
    const steps = [first, step({ name: 'small', minutes: 120, watts: 100, interruptible: freeze(), after: ['first'] })];
    // Now: `small` runs in hours 2 and 3 (150). After `first` has waited, its best piece takes hours 3 and 4 (400).
    const grid = { DE: outlook([200, 50, 100, 300, 100, 300]) };
    const plans = made({ steps, deadline: 360, outlooks: grid, policy });
    expect(times(plans)).toEqual({
      first: [[60, 120]],
      small: [
        [120, 180],
        [240, 300],
      ],
    });
    expect(plans.notes).toEqual([]);
  });
});

describe('A premium that not all steps can have', () => {
  const sites = [
    site({ price: { gpuHour: { amount: 1, currency: 'EUR' } } }),
    site({ name: 'there', zone: 'FR', price: { gpuHour: { amount: 2, currency: 'EUR' } } }),
  ];
  const outlooks = { DE: outlook([400, 400]), FR: outlook([100, 100], { zone: 'FR' }) };
  const steps = [
    step({ name: 'light', minutes: 60, watts: 100, gpus: 1 }),
    step({ name: 'heavy', minutes: 60, watts: 5_000, gpus: 1 }),
    step({ name: 'middle', minutes: 60, watts: 1_000, gpus: 1 }),
  ];
  const within = (maxCostPremiumPercent: number): Plan =>
    made({ steps, deadline: 60, sites, outlooks, policy: { maxCostPremiumPercent } });
  const places = (of: Plan): Record<string, string> => Object.fromEntries(of.steps.map((one) => [one.step, one.site]));

  test.each([
    [100, { light: 'there', heavy: 'there', middle: 'there' }, []],
    [70, { light: 'here', heavy: 'there', middle: 'there' }, ['light']],
    [50, { light: 'here', heavy: 'there', middle: 'here' }, ['light, middle']],
    [100 / 3, { light: 'here', heavy: 'there', middle: 'here' }, ['light, middle']],
  ])('of %d %% goes to where a gram is cheapest to save', (premium, expected, heldBack) => {
    const plans = within(premium);
    expect(places(plans)).toEqual(expected);
    expect(plans.notes.map((note) => note.replace(/.* holds back /, ''))).toEqual(heldBack);
    expect(plans.cost?.amount).toBeLessThanOrEqual(3 * (1 + premium / 100) + 1e-9);
  });

  test('of nothing leaves every step where it costs least', () => {
    expect(places(within(0))).toEqual({ light: 'here', heavy: 'here', middle: 'here' });
  });

  test('does not count where run-now itself would be too late: the deadline comes first', () => {
    const two = steps.slice(0, 2).map((one) => ({ ...one, needs: { ...one.needs, gpus: 5 } }));
    const plans = made({ steps: two, deadline: 60, sites, outlooks, policy: { maxCostPremiumPercent: 0 } });
    expect(plans.unplaced).toEqual([]);
    expect(places(plans)).toEqual({ light: 'here', heavy: 'there' });
    expect(times(plans)).toEqual({ light: [[0, 60]], heavy: [[0, 60]] });
    expect(plans.notes).toContain('the premium over run-now is not limited: run-now would end after the deadline');
  });
});

describe('Steps that have begun', () => {
  const begun = { state: 'running', site: 'here', remaining: millis(60 * MINUTE) } as const;
  const outlooks = { DE: outlook([100, 400, 400]) };
  const steps = [step({ name: 'a', minutes: 60, gpus: 5 }), step({ name: 'b', minutes: 60, gpus: 5, watts: 5_000 })];

  test('are not put behind others, dirtier as that may be', () => {
    const plans = made({ steps, deadline: 180, outlooks, progress: { a: begun } });
    expect(times(plans)).toEqual({ a: [[0, 60]], b: [[60, 120]] });
  });

  test('go on beside each other, whatever the site was said to hold', () => {
    const plans = made({ steps, deadline: 180, outlooks, progress: { a: begun, b: begun } });
    expect(times(plans)).toEqual({ a: [[0, 60]], b: [[0, 60]] });
  });
});

describe('What is worth a delay', () => {
  const steps = [step({ name: 'train', minutes: 240 })];
  /** Hours 3 and 4 are 8 % cleaner than hours 1 and 2 of what is left: 4 % of the whole. */
  const outlooks = { DE: outlook([100, 100, 100, 100, 92, 92, 100, 100], { start: minute(-120) }) };
  const begun = (sketch: Partial<RequestSketch> = {}): Plan =>
    made({
      steps: [step({ name: 'train', minutes: 240, interruptible: freeze() })],
      deadline: 360,
      outlooks,
      submittedAt: minute(-120),
      progress: { train: { state: 'running', site: 'here', remaining: millis(120 * MINUTE) } },
      policy: { minPredictedSavingPercent: 5 },
      ...sketch,
    });

  test('is a share of the whole workflow, not of what is left of it', () => {
    expect(times(begun())).toEqual({ train: [[0, 120]] });
    expect(begun().waits).toBe(false);
    const less = begun({ policy: { minPredictedSavingPercent: 3.9 } });
    expect(times(less)).toEqual({ train: [[120, 240]] });
    expect(less.waits).toBe(true);
  });

  test('is anything once it waits', () => {
    expect(times(begun({ waits: true }))).toEqual({ train: [[120, 240]] });
    const flat = { DE: outlook(new Array<number>(8).fill(100), { start: minute(-120) }) };
    expect(begun({ waits: true, outlooks: flat }).waits).toBe(false);
  });

  test('of work that has not begun is a share of just that', () => {
    const fresh = made({ steps, deadline: 480, outlooks: { DE: outlook([100, 100, 100, 100, 92, 92, 92, 92]) } });
    expect(fresh.savingPercent).toBeCloseTo(8, 9);
    expect(times(fresh)).toEqual({ train: [[240, 480]] });
  });
});
