import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINUTE, millis } from '../units.ts';
import type { Interruptible } from '../workload/index.ts';
import { checkpoint, EIGHT, freeze, minute, outlook, power, request, site, step } from './fixtures.ts';
import { type Plan, type PlanRequest, type Progress, plan } from './index.ts';

/** Minutes of a tick of the enumeration. */
const TICK = 15;

interface Run {
  readonly start: number;
  readonly finish: number;
  readonly grams: number;
}

/** A step for the enumeration, lengths in ticks, kW. */
interface Sketch {
  readonly name: string;
  readonly after: readonly string[];
  readonly work: number;
  readonly kw: number;
  readonly mode: 'never' | 'freeze' | 'checkpoint';
  readonly pausedKw: number;
  readonly checkpoint: number;
  readonly restart: number;
  readonly begun?: 'running' | 'paused';
}

/** Every way to run a step within the ticks of `gramsPerKw`, tick by tick, with nothing clever in it. */
function everyRun(sketch: Sketch, gramsPerKw: readonly number[]): readonly Run[] {
  const end = gramsPerKw.length;
  const pausedKw = sketch.mode === 'freeze' ? sketch.pausedKw : 0;
  const stop = sketch.mode === 'checkpoint' ? sketch.checkpoint : 0;
  const again = sketch.mode === 'checkpoint' ? sketch.restart : 0;
  const runs: Run[] = [];
  const costOf = (from: number, to: number, kw: number): number =>
    gramsPerKw.slice(from, to).reduce((sum, grams) => sum + kw * grams, 0);
  const go = (t: number, isRunning: boolean, done: number, start: number, grams: number): void => {
    if (done === sketch.work) {
      runs.push({ start, finish: t, grams });
      return;
    }
    if (t >= end) return;
    if (isRunning) {
      go(t + 1, true, done + 1, start, grams + costOf(t, t + 1, sketch.kw));
      const stopped = t + stop;
      if (sketch.mode !== 'never' && stopped < end) {
        go(
          stopped + 1,
          false,
          done,
          start,
          grams + costOf(t, stopped, sketch.kw) + costOf(stopped, stopped + 1, pausedKw),
        );
      }
      return;
    }
    go(t + 1, false, done, start, grams + costOf(t, t + 1, pausedKw));
    const resumed = t + again;
    if (resumed < end) {
      go(
        resumed + 1,
        true,
        done + 1,
        start,
        grams + costOf(t, resumed, sketch.kw) + costOf(resumed, resumed + 1, sketch.kw),
      );
    }
  };
  if (sketch.begun !== undefined) go(0, sketch.begun === 'running', 0, 0, 0);
  // A pause before the first tick of work is no pause; starting later is free.
  else for (let start = 0; start < end; start++) go(start + 1, true, 1, start, costOf(start, start + 1, sketch.kw));
  return runs;
}

/** The cheapest run for every pair of start and finish. */
function cheapestRuns(sketch: Sketch, gramsPerKw: readonly (readonly number[])[]): readonly Run[] {
  const best = new Map<string, Run>();
  for (const run of gramsPerKw.flatMap((zone) => everyRun(sketch, zone))) {
    const key = `${run.start} ${run.finish}`;
    if (run.grams < (best.get(key)?.grams ?? Number.POSITIVE_INFINITY)) best.set(key, run);
  }
  return [...best.values()];
}

/** Least grams of the whole workflow; `undefined` when nothing fits. */
function bruteForce(sketches: readonly Sketch[], gramsPerKw: readonly (readonly number[])[]): number | undefined {
  const runs = sketches.map((sketch) => cheapestRuns(sketch, gramsPerKw));
  let best = Number.POSITIVE_INFINITY;
  const choose = (index: number, chosen: ReadonlyMap<string, Run>, grams: number): void => {
    if (grams >= best) return;
    const sketch = sketches[index];
    if (sketch === undefined) {
      best = grams;
      return;
    }
    const ready = Math.max(0, ...sketch.after.map((name) => chosen.get(name)?.finish ?? 0));
    for (const run of runs[index] ?? []) {
      if (run.start >= ready) choose(index + 1, new Map([...chosen, [sketch.name, run]]), grams + run.grams);
    }
  };
  choose(0, new Map(), 0);
  return Number.isFinite(best) ? best : undefined;
}

const interruptible = (sketch: Sketch): Interruptible => {
  if (sketch.mode === 'freeze') return freeze(sketch.pausedKw * 1_000);
  return sketch.mode === 'never' ? { mode: 'never' } : checkpoint(sketch.checkpoint * TICK, sketch.restart * TICK);
};

interface Case {
  readonly sketches: readonly Sketch[];
  /** g/kWh in half-hours, one row a zone. */
  readonly zones: readonly (readonly number[])[];
}

function asRequest({ sketches, zones }: Case): PlanRequest {
  const names = zones.map((_, i) => `Z${i}`);
  const progress: Record<string, Progress> = {};
  for (const { name, begun, work } of sketches) {
    if (begun !== undefined)
      progress[name] = { state: begun, site: 'site-Z0', remaining: millis(work * TICK * MINUTE) };
  }
  return request({
    steps: sketches.map((sketch) =>
      step({
        name: sketch.name,
        after: sketch.after,
        minutes: sketch.work * TICK,
        watts: sketch.kw * 1_000,
        interruptible: interruptible(sketch),
      }),
    ),
    deadline: (zones[0] ?? []).length * 30,
    sites: names.map((zone) => site({ name: `site-${zone}`, zone })),
    outlooks: Object.fromEntries(zones.map((zone, i) => [`Z${i}`, outlook(zone, { zone: `Z${i}`, stepMinutes: 30 })])),
    ...(Object.keys(progress).length > 0 ? { progress } : {}),
  });
}

const perTick = (zones: Case['zones']): number[][] =>
  zones.map((zone) => zone.flatMap((grams) => [grams * (TICK / 60), grams * (TICK / 60)]));

/** Grams of a plan, minute by minute, from nothing but its intervals. */
function recompute(made: Plan, { sketches, zones }: Case): number {
  let grams = 0;
  for (const planned of made.steps) {
    const sketch = sketches.find((one) => one.name === planned.step);
    const zone = zones[Number(planned.zone.slice(1))];
    if (sketch === undefined || zone === undefined) throw new Error('the plan speaks of what was not asked');
    const pausedKw = sketch.mode === 'freeze' ? sketch.pausedKw : 0;
    const last = planned.intervals.at(-1)?.end ?? EIGHT;
    const from = sketch.begun === undefined ? (planned.intervals[0]?.start ?? EIGHT) : EIGHT;
    for (let time = from; time < last; time = minute((time - EIGHT) / MINUTE + 1)) {
      const isRunning = planned.intervals.some(({ start, end }) => start <= time && time < end);
      grams +=
        ((isRunning ? sketch.kw : pausedKw) * (zone[Math.floor((time - EIGHT) / (30 * MINUTE))] ?? Number.NaN)) / 60;
    }
  }
  return grams;
}

/** What every plan must hold, whatever it decides. */
function checkPlan(made: Plan, asked: PlanRequest, of: Case): void {
  expect(made.emissionsG).toBeCloseTo(recompute(made, of), 6);
  expect(made.boundG).toBeLessThanOrEqual(made.emissionsG + 1e-9);
  for (const planned of made.steps) {
    const sketch = of.sketches.find((one) => one.name === planned.step);
    const start = planned.intervals[0]?.start ?? Number.NaN;
    const end = planned.intervals.at(-1)?.end ?? Number.NaN;
    expect(end).toBeLessThanOrEqual(planned.deadline);
    if (sketch?.begun !== 'running') expect(start).toBeLessThanOrEqual(planned.latestStart);
    expect(start).toBeGreaterThanOrEqual(planned.earliest);
    planned.intervals.forEach((interval, i) => {
      expect(interval.end).toBeGreaterThan(interval.start);
      const next = planned.intervals[i + 1];
      if (next !== undefined) expect(next.start).toBeGreaterThanOrEqual(interval.end);
    });
    const before = asked.workflow.steps.find((one) => one.name === planned.step)?.after ?? [];
    for (const name of before) {
      const earlier = made.steps.find((one) => one.step === name)?.intervals.at(-1)?.end;
      if (earlier !== undefined) expect(start).toBeGreaterThanOrEqual(earlier);
    }
    const ran = planned.intervals.reduce((sum, interval) => sum + interval.end - interval.start, 0);
    const pauses = planned.intervals.length - 1;
    const atOnce = sketch?.begun === undefined || (sketch.begun === 'running' && start === EIGHT);
    const stops = sketch?.mode === 'checkpoint' ? sketch.checkpoint * pauses : 0;
    const restarts = sketch?.mode === 'checkpoint' ? sketch.restart * (atOnce ? pauses : pauses + 1) : 0;
    expect(ran).toBeCloseTo(((sketch?.work ?? 0) + stops + restarts) * TICK * MINUTE, 3);
  }
}

/** The shapes of precedence that are tried, as lists of what each step waits for. */
const SHAPES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'a single step': [[]],
  'two steps in a chain': [[], [0]],
  'three steps in a chain': [[], [0], [1]],
  'a fan-out': [[], [0], [0]],
  'a fan-in': [[], [], [0, 1]],
  'a zigzag': [[], [], [0, 1], [1]],
  'two chains apart': [[], [0], [], [2]],
  'a diamond': [[], [0], [0], [1, 2]],
  'a triangle': [[], [0], [0, 1]],
  'a diamond with a tail': [[], [0], [0], [1, 2], [3]],
  'two diamonds that share a step': [[], [0], [0], [1, 2], [0, 3]],
  'three parallel steps between two': [[], [0], [0], [0], [1, 2, 3]],
};

const mode = fc.constantFrom('never' as const, 'freeze' as const, 'checkpoint' as const);

const sketchOf = (index: number, after: readonly number[]): fc.Arbitrary<Sketch> =>
  fc.record({
    name: fc.constant(`s${index}`),
    after: fc.constant(after.map((i) => `s${i}`)),
    work: fc.integer({ min: 1, max: 3 }),
    kw: fc.constantFrom(0.25, 0.5, 1),
    mode,
    pausedKw: fc.constantFrom(0, 0.125, 0.25),
    checkpoint: fc.integer({ min: 0, max: 2 }),
    restart: fc.integer({ min: 0, max: 2 }),
  });

const zone = (halfHours: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc.integer({ min: 0, max: 8 }).map((n) => n * 50),
    { minLength: halfHours, maxLength: halfHours },
  );

const caseOf = (shape: readonly (readonly number[])[], zones: number, halfHours: number): fc.Arbitrary<Case> =>
  fc.record({
    sketches: fc.tuple(...shape.map((after, i) => sketchOf(i, after))),
    zones: fc.tuple(...Array.from({ length: zones }, () => zone(halfHours))),
  });

function agrees(of: Case): void {
  const asked = asRequest(of);
  const made = plan(asked, power);
  const best = bruteForce(of.sketches, perTick(of.zones));
  if (best === undefined) {
    if (asked.progress === undefined) expect(made.unplaced.length).toBeGreaterThan(0);
    return;
  }
  expect(made.unplaced).toEqual([]);
  expect(made.emissionsG).toBeCloseTo(best, 6);
  expect(made.gapPercent).toBeLessThan(1e-6);
  if (asked.progress === undefined) expect(made.emissionsG).toBeLessThanOrEqual(made.baseline.emissionsG + 1e-9);
  checkPlan(made, asked, of);
}

describe('A plan is as good as the best of all plans, tried one by one, for', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    test(name, () => {
      fc.assert(fc.property(caseOf(shape, 1, shape.length > 3 ? 5 : 6), agrees), { numRuns: 25, seed: 11 });
    });
  }

  test('a single step at one of two sites', () => {
    fc.assert(fc.property(caseOf([[]], 2, 6), agrees), { numRuns: 25, seed: 12 });
  });

  test('a chain over two sites', () => {
    fc.assert(fc.property(caseOf([[], [0]], 2, 5), agrees), { numRuns: 25, seed: 13 });
  });

  test('work that has begun and what follows it', () => {
    const begun = fc.constantFrom('running' as const, 'paused' as const);
    const started = fc.tuple(caseOf([[], [0]], 1, 6), begun).map(([of, state]) => ({
      ...of,
      sketches: of.sketches.map((sketch, i) =>
        i > 0 || (state === 'paused' && sketch.mode === 'never') ? sketch : { ...sketch, begun: state },
      ),
    }));
    fc.assert(fc.property(started, agrees), { numRuns: 50, seed: 14 });
  });
});

describe('However the question is put,', () => {
  const two = caseOf([[], [0], [0]], 1, 6);

  test('the order of the steps does not change the grams', () => {
    fc.assert(
      fc.property(two, (of) => {
        const asked = asRequest(of);
        const [first, second, third] = asked.workflow.steps;
        if (first === undefined || second === undefined || third === undefined)
          throw new Error('three steps were made');
        const turned = { ...asked, workflow: { ...asked.workflow, steps: [first, third, second] } };
        expect(plan(turned, power).emissionsG).toBeCloseTo(plan(asked, power).emissionsG, 6);
      }),
      { numRuns: 25, seed: 21 },
    );
  });

  test('a later deadline never emits more', () => {
    fc.assert(
      fc.property(two, fc.integer({ min: 4, max: 11 }), (of, quarters) => {
        const asked = asRequest(of);
        const sooner = { ...asked, workflow: { ...asked.workflow, deadline: minute(quarters * TICK) } };
        const early = plan(sooner, power);
        if (early.unplaced.length === 0)
          expect(plan(asked, power).emissionsG).toBeLessThanOrEqual(early.emissionsG + 1e-9);
      }),
      { numRuns: 40, seed: 22 },
    );
  });

  test('twice the intensity is twice the grams at the same times', () => {
    fc.assert(
      fc.property(two, (of) => {
        const twice = { ...of, zones: of.zones.map((row) => row.map((grams) => 2 * grams)) };
        const one = plan(asRequest(of), power);
        const other = plan(asRequest(twice), power);
        expect(other.emissionsG).toBeCloseTo(2 * one.emissionsG, 6);
        expect(other.steps.map((planned) => planned.intervals)).toEqual(one.steps.map((planned) => planned.intervals));
      }),
      { numRuns: 25, seed: 23 },
    );
  });

  test('on a flat grid everything runs now, in one piece, and saves nothing', () => {
    fc.assert(
      fc.property(two, fc.constantFrom(0, 137.3, 400), fc.constantFrom(0, 5), (of, level, least) => {
        const flat = { ...of, zones: of.zones.map((row) => row.map(() => level)) };
        const asked = asRequest(flat);
        const patient = { ...asked.workflow.policy, minPredictedSavingPercent: least };
        const made = plan({ ...asked, workflow: { ...asked.workflow, policy: patient } }, power);
        const starts = made.steps.map((planned) => [planned.intervals.length, planned.intervals[0]?.start]);
        expect(starts).toEqual(made.baseline.steps.map((run) => [1, run.start]));
        expect(made.savingPercent).toBe(level === 0 || made.steps.length === 0 ? null : 0);
      }),
      { numRuns: 25, seed: 24 },
    );
  });

  test('a `now` off the grid of the data gives a plan that keeps its word and lies close to its bound', () => {
    fc.assert(
      fc.property(two, fc.integer({ min: 1, max: 29 * 60_000 }), (of, late) => {
        // In one piece: with pauses each of these would take the whole budget of states.
        const whole = of.sketches.map((sketch) => ({ ...sketch, mode: 'never' as const }));
        const asked = asRequest({ ...of, sketches: whole });
        const now = minute(late / MINUTE);
        const made = plan({ ...asked, now, submittedAt: now }, power);
        if (made.unplaced.length > 0) return;
        expect(made.boundG).toBeLessThanOrEqual(made.emissionsG + 1e-9);
        expect(made.emissionsG).toBeLessThanOrEqual(made.baseline.emissionsG + 1e-9);
        for (const planned of made.steps) {
          expect(planned.intervals[0]?.start).toBeGreaterThanOrEqual(now);
          expect(planned.intervals.at(-1)?.end).toBeLessThanOrEqual(planned.deadline);
        }
      }),
      { numRuns: 12, seed: 25 },
    );
  });
});
