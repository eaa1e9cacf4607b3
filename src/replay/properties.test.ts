import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, instant } from '../units.ts';
import { accountOf } from './account.ts';
import { curveOf } from './curve.ts';
import { gramsByTheMinute, history, mostAtOnce, piecesByJob, question } from './fixtures.ts';
import { lay } from './lay.ts';
import type { JobRow } from './past-jobs.ts';
import { fifo } from './policies/fifo.ts';
import { gridtide } from './policies/gridtide.ts';
import { POLICIES } from './policies.ts';
import { type ReplayQuestion, replay } from './report.ts';
import { type Foresee, perfect, type Scene } from './scene.ts';

const HOURS = 24 * 9;
const minutes = (most: number) => fc.integer({ min: 1, max: most }).map((count) => count / 60);
const rows = fc.array(
  fc.record({
    submitH: minutes(24 * 5 * 60),
    lengthH: minutes(12 * 60),
    cpus: fc.integer({ min: 1, max: 4 }),
    pausable: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
);
const grid = fc.array(fc.integer({ min: 5, max: 900 }), { minLength: HOURS, maxLength: HOURS });
const capacity = fc.option(
  fc.constantFrom({ cpus: 4, gpus: Number.POSITIVE_INFINITY }, { cpus: 9, gpus: Number.POSITIVE_INFINITY }),
  {
    nil: undefined,
  },
);

/** Something else than the truth, and something new every six hours. */
const mistaken: Foresee = (places) => ({
  about: 'guesses',
  perfect: false,
  notes: [],
  issuesH: Array.from({ length: HOURS / 6 }, (_, i) => i * 6),
  curve: (place, issue) => {
    const truth = places[place]?.truth;
    if (truth === undefined || issue < 2) return undefined;
    const first = Math.round((issue * 6) / truth.stepH);
    const values = truth.intensityG.slice(first).map((value, i) => value * (1 + ((i * 7 + issue) % 5) / 4));
    return curveOf(truth.stepH, first, values);
  },
});
const foresee = fc.constantFrom(perfect, mistaken);

/** Laid out as in a report. */
function laid({ places, foresee: ahead = perfect, past, ...asked }: ReplayQuestion): Scene {
  const { axis } = places[0].outlook;
  const { jobs } = lay(past, { ...asked, start: axis.start, end: instant(axis.start + axis.length * axis.step) });
  return { jobs, places, capacity: asked.capacity, foresight: ahead(places, jobs), stepH: axis.step / HOUR };
}

const scenes = fc
  .tuple(rows, grid, grid, capacity, foresee, fc.boolean())
  .map(([some, here, there, held, ahead, both]) => ({
    some,
    asked: question(some, both ? [here, there] : [here], { capacity: held, foresee: ahead }),
  }));

describe.each(POLICIES.map((policy) => [policy.name, policy] as const))('%s', (name, policy) => {
  it('does all the work of every job once, never before it came, in one piece where it must', () => {
    fc.assert(
      fc.property(scenes, ({ asked }) => {
        const scene = laid(asked);
        const byJob = piecesByJob(policy.walk(scene));
        expect(byJob.size).toBe(scene.jobs.count);
        for (const [job, pieces] of byJob) {
          const worked = pieces.reduce((sum, [start, end]) => sum + end - start, 0);
          expect(worked).toBeCloseTo(scene.jobs.lengthH[job] ?? 0, 7);
          expect(pieces[0]?.[0]).toBeGreaterThanOrEqual((scene.jobs.submitH[job] ?? 0) - 1e-9);
          expect(new Set(pieces.map(([, , at]) => at)).size).toBe(1);
          pieces.forEach(([start, end], i) => {
            expect(end).toBeGreaterThan(start);
            if (i > 0) expect(start).toBeGreaterThanOrEqual((pieces[i - 1]?.[1] ?? 0) - 1e-9);
          });
          if (scene.jobs.pausable[job] !== 1) expect(pieces).toHaveLength(1);
        }
      }),
    );
  });

  it.runIf(name !== 'run-now')('never uses more than there is', () => {
    fc.assert(
      fc.property(scenes, ({ asked }) => {
        const scene = laid(asked);
        const schedule = policy.walk(scene);
        if (scene.capacity === undefined) return;
        for (const at of scene.places.keys())
          expect(mostAtOnce(schedule, scene, at)).toBeLessThanOrEqual(scene.capacity.cpus);
      }),
    );
  });

  it('is accounted as it would be minute by minute', () => {
    fc.assert(
      fc.property(scenes, ({ asked }) => {
        const scene = laid(asked);
        const schedule = policy.walk(scene);
        // Where nobody fits any more, work may run beyond the data.
        fc.pre(schedule.endH.every((end) => end <= HOURS));
        const account = accountOf(schedule, scene);
        expect(account.emissionsG).toBeCloseTo(gramsByTheMinute(schedule, scene), 3);
        const { kw, lengthH } = scene.jobs;
        expect(account.energyKWh).toBeCloseTo(
          kw.reduce((sum, power, job) => sum + power * (lengthH[job] ?? 0), 0),
          6,
        );
        const load = account.loadKw.reduce((sum, power) => sum + power * scene.stepH, 0);
        expect(load).toBeCloseTo(account.energyKWh, 6);
        if (scene.places.length === 1) expect(account.peakCpus).toBe(mostAtOnce(schedule, scene, 0));
      }),
    );
  });

  it('does not look ahead: what comes later changes nothing before', () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 12, max: 110 }), ({ some, asked }, cut) => {
        const known = some.filter(({ submitH }) => submitH <= cut);
        fc.pre(known.length > 0);
        const ranBy = (all: readonly Partial<JobRow>[]) => {
          const scene = laid({ ...asked, past: history(all) });
          return [...piecesByJob(policy.walk(scene))]
            .flatMap(([job, pieces]) =>
              pieces.map(([start, end]) => ({
                start,
                end: Math.min(end, Math.floor(cut)),
                submit: scene.jobs.submitH[job] ?? 0,
                cpus: scene.jobs.cpus[job],
              })),
            )
            .filter(({ start, end, submit }) => submit <= cut && end > start)
            .sort((a, b) => a.submit - b.submit || a.start - b.start || a.end - b.end);
        };
        const [alone, among] = [ranBy(known), ranBy(some)];
        const merged = (pieces: typeof alone) =>
          pieces.reduce((sum, { start, end, cpus }) => sum + ((end ** 2 - start ** 2) / 2) * (cpus ?? 0), 0);
        expect(merged(among)).toBeCloseTo(merged(alone), 5);
      }),
    );
  });
});

describe('without a limit', () => {
  it('no job is late, whatever was foreseen', () => {
    fc.assert(
      fc.property(scenes, ({ asked }) => {
        const scene = laid({ ...asked, capacity: undefined });
        expect(accountOf(gridtide.walk(scene), scene).misses).toBe(0);
      }),
    );
  });

  it('what is known in advance is used as well as can be: no better start, no better set of minutes', () => {
    fc.assert(
      fc.property(rows, grid, (some, here) => {
        const scene = laid(question(some, [here]));
        const grams = accountOf(gridtide.walk(scene), scene).emissionsG;
        let best = 0;
        for (let job = 0; job < scene.jobs.count; job++) best += bestByTheMinute(scene, job, here);
        expect(grams).toBeLessThanOrEqual(best + 1e-3);
        expect(grams).toBeCloseTo(best, 3);
      }),
    );
  });

  it('first come, first served is run-now', () => {
    fc.assert(
      fc.property(rows, grid, (some, here) => {
        const { rows: all } = replay(question(some, [here]));
        expect(all[1]).toEqual({ ...all[0], policy: fifo.name, about: fifo.about });
      }),
    );
  });
});

/** Times of these jobs are whole minutes, so that the best schedule is one too. */
function bestByTheMinute({ jobs }: Scene, job: number, intensities: readonly number[]): number {
  const [from, to] = [jobs.submitH[job] ?? 0, jobs.dueH[job] ?? 0].map((hours) => Math.round(hours * 60));
  const work = Math.round((jobs.lengthH[job] ?? 0) * 60);
  const costs: number[] = [];
  for (let minute = from ?? 0; minute < (to ?? 0); minute++)
    costs.push((intensities[Math.floor(minute / 60)] ?? 0) / 60);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const kw = jobs.kw[job] ?? 0;
  if (jobs.pausable[job] === 1) return kw * sum(costs.toSorted((a, b) => a - b).slice(0, work));
  let running = sum(costs.slice(0, work));
  let best = running;
  for (let end = work; end < costs.length; end++) {
    running += (costs[end] ?? 0) - (costs[end - work] ?? 0);
    best = Math.min(best, running);
  }
  return kw * best;
}

describe('a report', () => {
  it('does not depend on the order of the jobs', () => {
    fc.assert(
      fc.property(rows, grid, capacity, fc.integer(), (some, here, held, seed) => {
        const shuffled = some
          .map((row, i) => ({ row, key: Math.imul(i + 1, seed | 1) >>> 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
        const of = (all: typeof some) => replay(question(all, [here], { capacity: held }));
        expect(of(shuffled)).toEqual(of(some));
      }),
    );
  });

  it('never promises less than is possible, nor more slack for more grams', () => {
    fc.assert(
      fc.property(rows, grid, foresee, (some, here, ahead) => {
        const { rows: all } = replay(
          question(some, [here], { foresee: ahead, changes: [{ name: 'more', with: { slackTimes: 2 } }] }),
        );
        for (const row of all) expect(row.emissionsG).toBeGreaterThanOrEqual(row.boundG - 1e-6);
        const [now, , ours, more] = all;
        if (ahead === perfect) {
          expect(ours?.emissionsG).toBeLessThanOrEqual((now?.emissionsG ?? 0) + 1e-6);
          expect(ours?.gapPercent).toBeCloseTo(0, 6);
          if (more?.jobs === ours?.jobs) expect(more?.emissionsG).toBeLessThanOrEqual((ours?.emissionsG ?? 0) + 1e-6);
        }
      }),
    );
  });
});
