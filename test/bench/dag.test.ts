/**
 * The cluster of `bench/dag.ts`: what holds for every schedule on it, and that the baselines are what they are called.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capped, fifo, kSearchCap, lambertW, weightedFair, weightedFairOf } from '../../bench/cluster/baselines.ts';
import { type Cluster, type Job, type Outcome, type Ran, simulate } from '../../bench/cluster/simulate.ts';
import { drawJobs, emissionsOf, readFolder } from '../../bench/cluster/workload.ts';
import { carbonAware, type Schedule, stageBound } from '../../src/plan/index.ts';

const HOUR_MS = 10_000;
const CLUSTER: Cluster = { executors: 8, movingMs: 500, warmUpMs: 200, hourMs: HOUR_MS };
const INTENSITY = Float64Array.from({ length: 96 }, (_, hour) => Math.round(300 + 200 * Math.sin(hour / 2)));
const intensityAt = (hour: number): number => INTENSITY[hour % INTENSITY.length] ?? 0;
const forecast = (nowMs: number): Float64Array =>
  Float64Array.from({ length: 24 }, (_, ahead) => intensityAt(Math.floor(nowMs / HOUR_MS) + ahead));
const cap = () => kSearchCap(forecast, HOUR_MS, CLUSTER.executors);

const SCHEDULES: Record<string, () => Schedule> = {
  'first in, first out': () => fifo,
  'weighted fair': () => weightedFair,
  'CAP on first in, first out': () => capped(fifo, cap()),
  'CAP on weighted fair': () => weightedFairOf(cap()),
  'our own, by a delay': () => carbonAware({ ...CLUSTER, forecast, deadlineMs: (job) => job.arrivedMs + 40_000 }),
  'our own, after the last arrival': () =>
    carbonAware({ ...CLUSTER, forecast, deadlineMs: (_, { lastArrivalMs }) => lastArrivalMs + 30_000 }),
};

const stages = fc
  .array(
    fc.record({
      tasks: fc.integer({ min: 1, max: 20 }),
      taskMs: fc.integer({ min: 20, max: 3_000 }),
      times: fc.integer({ min: 1, max: 3 }),
      links: fc.array(fc.nat(5), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((drawn) =>
    drawn.map(({ tasks, taskMs, times, links }, index) => ({
      tasks,
      taskMs,
      firstMs: times * taskMs,
      after: index === 0 ? [] : [...new Set(links.map((link) => link % index))],
    })),
  );
const streams: fc.Arbitrary<Job[]> = fc
  .array(fc.record({ arrivedMs: fc.integer({ min: 0, max: 100_000 }), stages }), { minLength: 1, maxLength: 6 })
  .map((jobs) => jobs.sort((a, b) => a.arrivedMs - b.arrivedMs));

const tasksOf = (outcome: Outcome, job: number, stage: number): Ran[] =>
  outcome.tasks.filter((task) => task.job === job && task.stage === stage);

function expectPrecedence(jobs: readonly Job[], outcome: Outcome): void {
  jobs.forEach((job, index) => {
    job.stages.forEach((stage, at) => {
      const ran = tasksOf(outcome, index, at);
      expect(ran).toHaveLength(stage.tasks);
      const begins = Math.min(...ran.map(({ startMs }) => startMs));
      expect(begins).toBeGreaterThanOrEqual(job.arrivedMs + CLUSTER.movingMs);
      for (const before of stage.after) {
        expect(begins).toBeGreaterThanOrEqual(Math.max(...tasksOf(outcome, index, before).map(({ endMs }) => endMs)));
      }
    });
  });
}

function expectOneTaskEach(outcome: Outcome): void {
  const last = new Map<number, Ran>();
  for (const task of [...outcome.tasks].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)) {
    expect(task.executor).toBeLessThan(CLUSTER.executors);
    const before = last.get(task.executor);
    if (before !== undefined) {
      const away = before.job === task.job ? 0 : CLUSTER.movingMs;
      expect(task.startMs).toBeGreaterThanOrEqual(before.endMs + away);
    }
    last.set(task.executor, task);
  }
}

describe.each(Object.entries(SCHEDULES))('%s', (_, scheduleOf) => {
  const run = (jobs: readonly Job[]): Outcome => simulate(jobs, CLUSTER, scheduleOf());

  it('runs every task once, after the stages before it, on an executor of its own', () => {
    fc.assert(
      fc.property(streams, (jobs) => {
        const outcome = run(jobs);
        expectPrecedence(jobs, outcome);
        expectOneTaskEach(outcome);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('emits no less than the bound at its own end', () => {
    fc.assert(
      fc.property(streams, (jobs) => {
        const outcome = run(jobs);
        const endMs = Math.max(...outcome.endedMs);
        const intensityG = Float64Array.from({ length: Math.ceil(endMs / HOUR_MS) }, (_, hour) => intensityAt(hour));
        const least = stageBound({ ...CLUSTER, jobs, endMs, intensityG });
        expect(least).toBeLessThanOrEqual(emissionsOf(outcome.tasks, HOUR_MS, intensityAt) * (1 + 1e-9));
      }),
      { numRuns: 30, seed: 2 },
    );
  });

  it('knows nothing of jobs before they come', () => {
    fc.assert(
      fc.property(streams, streams, fc.integer({ min: 0, max: 100_000 }), (jobs, others, momentMs) => {
        const known = jobs.filter(({ arrivedMs }) => arrivedMs < momentMs);
        const later = others.map((job) => ({ ...job, arrivedMs: momentMs + job.arrivedMs }));
        const begun = (all: readonly Job[]) => run(all).tasks.filter(({ startMs }) => startMs < momentMs);
        expect(begun([...known, ...later])).toEqual(begun(jobs));
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it('does not care in which order equal jobs are listed', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 2, max: 4 }), (jobs, copies) => {
        const [first] = jobs;
        if (first === undefined) return;
        const equal = Array.from({ length: copies }, () => ({
          ...first,
          stages: first.stages.map((one) => ({ ...one })),
        }));
        const rest = jobs.slice(1).map((job) => ({ ...job, arrivedMs: job.arrivedMs + first.arrivedMs + 1 }));
        const times = (all: readonly Job[]) =>
          run(all).tasks.map(({ startMs, endMs, stage }) => [startMs, endMs, stage]);
        expect(times([...equal.toReversed(), ...rest])).toEqual(times([...equal, ...rest]));
      }),
      { numRuns: 20, seed: 4 },
    );
  });
});

describe('the cluster', () => {
  const one: Job = { arrivedMs: 0, stages: [{ tasks: 4, firstMs: 300, taskMs: 100, after: [] }] };

  it('charges the way to a job to nobody, the first task there and in its stage to the task', () => {
    const { tasks, endedMs } = simulate([one], { ...CLUSTER, executors: 1 }, fifo);
    expect(tasks.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [500, 1_000],
      [1_000, 1_100],
      [1_100, 1_200],
      [1_200, 1_300],
    ]);
    expect(endedMs).toEqual([1_300]);
  });

  it('emits by the hour in which a task runs', () => {
    const task = { job: 0, stage: 0, executor: 0, startMs: 9_000, endMs: 12_000 };
    expect(emissionsOf([task], HOUR_MS, (hour) => [100, 300][hour] ?? 0)).toBe(1_000 * 100 + 2_000 * 300);
  });

  it('lets the first of two jobs go first under FIFO, and shares under weighted fair', () => {
    const wide = (arrivedMs: number): Job => ({
      arrivedMs,
      stages: [{ tasks: 80, firstMs: 1_000, taskMs: 1_000, after: [] }],
    });
    const [first = 0, second = 0] = simulate([wide(0), wide(0)], CLUSTER, fifo).endedMs;
    expect(second - first).toBeGreaterThan(9_000);
    const [one = 0, other = 0] = simulate([wide(0), wide(0)], CLUSTER, weightedFair).endedMs;
    expect(Math.abs(other - one)).toBeLessThan(1_000);
  });
});

describe('CAP', () => {
  it('lets a fifth run in the dirtiest hour, all in the cleanest, and never more the dirtier it is', () => {
    const caps = [100, 150, 220, 300, 400].map((now) =>
      kSearchCap(() => Float64Array.of(now, 100, 400), HOUR_MS, 100)(0),
    );
    expect(caps[0]).toBeGreaterThan(95);
    expect(caps[4]).toBe(20);
    expect(caps).toEqual(caps.toSorted((a, b) => b - a));
  });

  it('lets all run on a flat grid', () => {
    expect(kSearchCap(() => Float64Array.of(200, 200), HOUR_MS, 100)(0)).toBe(100);
  });

  it('keeps to the cap', () => {
    const wide: Job = { arrivedMs: 0, stages: [{ tasks: 40, firstMs: 1_000, taskMs: 1_000, after: [] }] };
    const { tasks } = simulate(
      [wide],
      CLUSTER,
      capped(fifo, () => 3),
    );
    for (const { startMs } of tasks) {
      expect(tasks.filter((other) => other.startMs <= startMs && startMs < other.endMs).length).toBeLessThanOrEqual(3);
    }
  });

  it('rests on Lambert’s W', () => {
    fc.assert(
      fc.property(fc.double({ min: -1 / Math.E + 1e-6, max: 0, noNaN: true }), (x) => {
        expect(lambertW(x) * Math.exp(lambertW(x))).toBeCloseTo(x, 9);
      }),
    );
  });
});

describe('streams from a folder', () => {
  const withFolder = (dags: unknown, csv: string, use: (folder: string) => void): void => {
    const folder = mkdtempSync(join(tmpdir(), 'gridtide-dags-'));
    try {
      writeFileSync(join(folder, 'dags.json'), JSON.stringify(dags));
      writeFileSync(join(folder, 'zone.csv'), csv);
      use(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const CSV = 'datetime,carbon_intensity_avg\n2021-01-01T00:00:00Z,100\n2021-01-01T01:00:00Z,200\n';
  const dag = {
    size: '2g',
    stages: [
      [10, 100],
      [1, 50],
    ],
    edges: [[0, 1]],
  };

  it('have first tasks so that the recorded mean stays the mean of the recorded runs', () => {
    withFolder([dag], CSV, (folder) => {
      const { dags, intensityG } = readFolder(folder);
      expect([...intensityG]).toEqual([100, 200]);
      const [job] = drawJobs(dags, { jobs: 0, meanGapMs: 1, firstTimes: 2 }, 1);
      const [wide, narrow] = job?.stages ?? [];
      // 5 of the 10 tasks are first ones on 5 executors, all of them on the seven larger clusters.
      expect(((wide?.firstMs ?? 0) * 7.5) / 8 + ((wide?.taskMs ?? 0) * 0.5) / 8).toBeCloseTo(100);
      expect(narrow).toMatchObject({ firstMs: 50, after: [0] });
    });
  });

  it('are the same for the same seed, and others for another', () => {
    withFolder([dag, { ...dag, stages: [[3, 10]], edges: [] }], CSV, (folder) => {
      const { dags } = readFolder(folder);
      const drawn = (seed: number) => drawJobs(dags, { jobs: 9, meanGapMs: 1_000, firstTimes: 1 }, seed);
      expect(drawn(7)).toEqual(drawn(7));
      expect(drawn(7)).not.toEqual(drawn(8));
    });
  });

  it.each([
    ['an edge to nowhere', [{ ...dag, edges: [[0, 2]] }], CSV],
    [
      'a circle',
      [
        {
          ...dag,
          edges: [
            [0, 1],
            [1, 0],
          ],
        },
      ],
      CSV,
    ],
    ['no job', [], CSV],
    ['an hour without a number', [dag], 'datetime,carbon_intensity_avg\n2021-01-01T00:00:00Z,\n'],
  ])('are refused with %s', (_, dags, csv) => {
    withFolder(dags, csv, (folder) => expect(() => readFolder(folder)).toThrow());
  });
});
