/**
 * Steps whose runs differ in length: planned with the median, guarded with the p90.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, millis, watts } from '../units.ts';
import type { Learned, Step } from '../workload/index.ts';
import { EIGHT, freeze, minute, outlook, power, request, type StepSketch, site, step } from './fixtures.ts';
import { plan } from './make-plan.ts';
import type { PlannedStep } from './plan.ts';

/** A step that takes `minutes` in the middle, and `p90` in one run of ten or less. */
const uneven = ({ p90, ...sketch }: StepSketch & { readonly p90: number }): Step => ({
  ...step(sketch),
  duration: millis(p90 * MINUTE),
});

const only = (steps: readonly PlannedStep[]): PlannedStep => {
  const [one, ...more] = steps;
  if (one === undefined || more.length > 0) throw new RangeError(`${steps.length} steps`);
  return one;
};

/** Cleaner from hour to hour. */
const FALLING = outlook([600, 500, 400, 300, 200, 100]);

describe('a step that takes an hour in the middle, and two at its p90', () => {
  const train = uneven({ name: 'train', minutes: 60, p90: 120 });

  it('is expected to draw for one, and starts so that two end by the deadline', () => {
    const made = plan(request({ steps: [train], deadline: 360, outlooks: { DE: FALLING } }), power);
    const planned = only(made.steps);
    expect(planned).toMatchObject({ latestStart: minute(240), energyKWh: 1, emissionsG: 200 });
    expect(planned.intervals).toEqual([{ start: minute(240), end: minute(300), level: 1 }]);
    expect(made).toMatchObject({ boundG: 200, gapPercent: 0, baseline: { energyKWh: 1, emissionsG: 600 } });
  });

  it('leaves its margin beside that', () => {
    const asked = request({ steps: [train], deadline: 360, outlooks: { DE: FALLING }, margin: millis(15 * MINUTE) });
    const planned = only(plan(asked, power).steps);
    expect(planned.latestStart).toBe(minute(225));
    expect(planned.intervals).toEqual([{ start: minute(225), end: minute(285), level: 1 }]);
  });

  it('is refused where two hours do not fit', () => {
    const asked = request({ steps: [train], deadline: 90, outlooks: { DE: FALLING } });
    expect(plan(asked, power).unplaced).toMatchObject([{ step: 'train' }]);
  });

  it('runs now where past runs alone say that two hours do not fit', () => {
    const learned = {
      runs: 3,
      cut: 0,
      length: { p50: train.durationP50, p90: train.duration },
      tellsP90: false,
      power: {},
    };
    const planned = (deadline: number, declared?: number) => {
      const length = declared === undefined ? undefined : millis(declared * MINUTE);
      const step = { ...train, learned, declared: length && { p50: length, p90: length } };
      return plan(request({ steps: [step], deadline, outlooks: { DE: FALLING } }), power);
    };
    for (const made of [planned(90), planned(90, 90), planned(90, 30)]) {
      expect(made.steps).toMatchObject([{ intervals: [{ start: EIGHT, end: minute(60) }] }]);
      expect(made.notes[0]).toMatch(/^runs now: by past runs, the deadline may not be met \(train deadline: needs 2/);
    }
    for (const made of [planned(50), planned(90, 100)]) expect(made.unplaced).toMatchObject([{ step: 'train' }]);
  });

  it('is not delayed by what its guard holds back', () => {
    const steps = [train, uneven({ name: 'next', after: ['train'], minutes: 30, p90: 45 })];
    const asked = request({ steps, deadline: 360, outlooks: { DE: FALLING }, policy: { maxDelay: millis(0) } });
    const made = plan({ ...asked, margin: millis(MINUTE) }, power);
    expect(made.unplaced).toEqual([]);
    expect(made.steps.map(({ intervals }) => intervals)).toEqual([
      [{ start: EIGHT, end: minute(60), level: 1 }],
      [{ start: minute(60), end: minute(90), level: 1 }],
    ]);
  });

  it('is expected to take half of what is left of its guard once it runs', () => {
    const asked = request({ steps: [train], deadline: 360, outlooks: { DE: FALLING } });
    const progress = { train: { state: 'running', site: 'here', remaining: millis(45 * MINUTE) } } as const;
    const planned = only(plan({ ...asked, progress }, power).steps);
    expect(planned.intervals).toEqual([{ start: EIGHT, end: minute(22.5), level: 1 }]);
    expect(planned.latestStart).toBe(minute(315));
  });
});

it('every start leaves room for the p90 of the step and of all that comes after it', () => {
  const minutes = fc.integer({ min: 1, max: 8 }).map((tens) => tens * 10);
  const sketch = fc.record({ minutes, more: minutes, pauses: fc.boolean() });
  const chain = fc.array(sketch, { minLength: 1, maxLength: 3 });
  const intensities = fc.array(fc.integer({ min: 50, max: 900 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(chain, intensities, (sketches, hours) => {
      const steps = sketches.map(({ minutes: length, more, pauses }, i) =>
        uneven({
          name: `s${i}`,
          after: i === 0 ? [] : [`s${i - 1}`],
          minutes: length,
          p90: length + more,
          interruptible: pauses ? freeze() : { mode: 'never' },
        }),
      );
      const made = plan(request({ steps, deadline: 720, outlooks: { DE: outlook(hours) } }), power);
      expect(made.boundG).toBeLessThanOrEqual(made.emissionsG * (1 + 1e-9));
      expect(made.emissionsG).toBeLessThanOrEqual(made.baseline.emissionsG * (1 + 1e-9));
      for (const [i, { intervals }] of made.steps.entries()) {
        const after = steps.slice(i + 1).reduce((sum, { duration }) => sum + duration, 0);
        const worked = intervals.reduce((sum, { start, end }) => sum + end - start, 0);
        const own = steps[i];
        if (own === undefined) throw new RangeError('a step that was not asked for');
        expect(worked).toBe(own.durationP50);
        const end = intervals.at(-1)?.end ?? 0;
        expect(end + own.duration - own.durationP50 + after).toBeLessThanOrEqual(minute(720));
      }
    }),
    { numRuns: 60 },
  );
});

describe('what a step is reckoned with', () => {
  const learned: Learned = {
    runs: 12,
    cut: 0,
    length: { p50: millis(140 * MINUTE), p90: millis(170 * MINUTE) },
    tellsP90: true,
    power: { here: { watts: watts(96.4), gsd: 1.1, runs: 12 } },
  };
  const declared = { p50: millis(3 * HOUR), p90: millis(3 * HOUR) };
  const reckoningOf = (change: Partial<Step>) => {
    const steps = [{ ...step({ name: 'train', minutes: 140, watts: 180 }), duration: learned.length.p90, ...change }];
    const asked = request({
      steps,
      deadline: 720,
      outlooks: { DE: outlook([300, 200, 100]) },
      sites: [site({ pue: 1.5 })],
    });
    return only(plan(asked, (of, at) => of.learned?.power[at.name]?.watts ?? watts(180)).steps).reckoning;
  };

  it('is told with who says so', () => {
    expect(reckoningOf({ declared, learned })).toEqual({
      p50Seconds: 8_400,
      p90Seconds: 10_200,
      powerW: expect.closeTo(96.4, 9),
      declared: { p50Seconds: 10_800, p90Seconds: 10_800, powerW: 180 },
      runs: 12,
      cutRuns: 0,
      words:
        'declared 3\u202fh, 12 runs say 2\u202fh 20\u202fmin (p90 2\u202fh 50\u202fmin), 96\u202fW (declared 180\u202fW)',
    });
  });

  it.each([
    ['declared 3\u202fh', { declared }],
    ['declared 2\u202fh (p90 3\u202fh)', { declared: { ...declared, p50: millis(2 * HOUR) } }],
    [
      'with 4 runs and 1 that was ended: expects 45\u202fs (guards leave 2\u202fmin)',
      {
        power: undefined,
        learned: {
          ...learned,
          runs: 4,
          cut: 1,
          tellsP90: false,
          power: {},
          length: { p50: millis(45_000), p90: millis(2 * MINUTE) },
        },
      },
    ],
  ])('says %j', (words, change) => expect(reckoningOf(change)?.words).toBe(words));

  it('has the spread of what was measured in its band', () => {
    const steps = [{ ...step({ name: 'train', minutes: 60 }), learned }];
    const asked = request({ steps, deadline: 120, outlooks: { DE: outlook([100, 100]) } });
    const { emissionsHighG, emissionsG } = plan(asked, power);
    expect(emissionsHighG / emissionsG).toBeCloseTo(1.1 ** 1.2816, 3);
  });
});

describe('steps whose runs differ in length and that have several sizes', () => {
  const sized = (sketch: Parameters<typeof uneven>[0], sizes: readonly [number, number, number][]): Step => ({
    ...uneven(sketch),
    levels: sizes.map(([level, speed, kilowatts]) => ({ level, speed, power: watts(kilowatts * 1_000), needs: {} })),
  });
  const flat = (hours: number) => ({ DE: outlook(new Array<number>(hours).fill(300)) });

  it('hurry no more than they must in run-now, and claim nothing by it', () => {
    const train = sized({ name: 'train', minutes: 240, p90: 240 }, [
      [1, 1, 0.7],
      [2, 1.9, 1.38],
      [8, 4, 5.6],
    ]);
    const made = plan(request({ steps: [train], deadline: 180, outlooks: flat(4) }), power);
    expect(made.steps[0]?.intervals[0]?.level).toBe(2);
    expect(made.baseline.energyKWh).toBeCloseTo(made.energyKWh, 9);
    const chain = [
      { ...train, name: 'a' },
      { ...train, name: 'b', after: ['a'] },
    ];
    const both = plan(request({ steps: chain, deadline: 400, outlooks: flat(8) }), power);
    const levels = both.steps.map(({ intervals }) => intervals[0]?.level ?? 0);
    expect(levels.toSorted()).toEqual([1, 2]);
    expect(both.savingPercent).toBeCloseTo(0, 9);
  });

  it('are not refused because a slower size has a longer p90, and their bound knows of the quicker one', () => {
    const train = sized({ name: 'train', minutes: 60, p90: 180 }, [
      [1, 1, 1],
      [4, 4, 4],
    ]);
    const tight = plan(request({ steps: [train], deadline: 90, outlooks: flat(2) }), power);
    expect(tight.unplaced).toEqual([]);
    expect(tight.steps[0]?.intervals[0]?.level).toBe(4);
    const late = plan(
      request({ steps: [train], deadline: 240, outlooks: { DE: outlook([500, 500, 500, 100]) } }),
      power,
    );
    expect(late).toMatchObject({ emissionsG: 100, boundG: 100 });
  });

  it('start no later than their own guard, whatever was chosen behind them', () => {
    const first = uneven({ name: 'first', minutes: 60, p90: 180 });
    const second = sized({ name: 'second', minutes: 240, p90: 240, after: ['first'] }, [
      [1, 1, 1],
      [2, 2, 2.4],
    ]);
    const hours = [500, 500, 500, 400, 300, 100, 100, 100, 100, 100];
    const made = plan(request({ steps: [first, second], deadline: 600, outlooks: { DE: outlook(hours) } }), power);
    for (const { intervals, latestStart } of made.steps) {
      expect(intervals[0]?.start ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(latestStart);
    }
    const grid = fc.array(fc.integer({ min: 50, max: 500 }), { minLength: 12, maxLength: 12 });
    const length = fc.record({ minutes: fc.integer({ min: 2, max: 12 }), more: fc.integer({ min: 0, max: 8 }) });
    const speeds = fc.integer({ min: 11, max: 40 });
    fc.assert(
      fc.property(grid, fc.tuple(length, length, length), speeds, (values, lengths, speed) => {
        const steps = lengths.map(({ minutes, more }, i) =>
          sized(
            {
              name: `s${i}`,
              minutes: minutes * 15,
              p90: (minutes + more) * 15,
              after: i === 0 ? [] : [`s${i - 1}`],
            },
            [
              [1, 1, 1],
              [2, speed / 10, 1.8],
            ],
          ),
        );
        const asked = request({ steps, deadline: 720, outlooks: { DE: outlook(values) } });
        const answer = plan(asked, power);
        for (const { intervals, latestStart, step: name } of answer.steps) {
          expect(intervals[0]?.start ?? 0, name).toBeLessThanOrEqual(Math.max(EIGHT, latestStart));
        }
        expect(answer.boundG).toBeLessThanOrEqual(answer.emissionsG * (1 + 1e-9));
      }),
      { numRuns: 60 },
    );
  });

  it('that take turns at a full site are not guarded to start before their turn', () => {
    const sites = [site({ capacity: { cpus: 1, gpus: 0, memory: 0 } })];
    const steps = ['a', 'b', 'c'].map((name) => uneven({ name, minutes: 60, p90: 200 }));
    const made = plan(request({ steps, deadline: 450, outlooks: flat(8), sites }), power);
    const starts = made.steps.map(({ intervals }) => intervals[0]?.start ?? 0);
    expect(starts).toEqual([EIGHT, minute(60), minute(120)]);
    for (const [i, { latestStart }] of made.steps.entries()) {
      if (i > 0) expect(latestStart).toBeGreaterThanOrEqual(starts[i] ?? 0);
    }
  });
});
