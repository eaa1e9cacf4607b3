/**
 * Who a saving comes from: the same schedules by queue or by user.
 *
 * @module
 */
import { integralOf } from '../plan/index.ts';
import { type Grams, grams, HOUR } from '../units.ts';
import type { PastJobs } from './past-jobs.ts';
import type { Scene } from './scene.ts';
import type { Schedule } from './schedule.ts';

export type By = 'queue' | 'user';

/** What jobs of one queue, or one user, come to under run-now and under Gridtide. */
export interface Group {
  /** Empty where the history does not say. */
  readonly name: string;
  readonly jobs: number;
  readonly runNowG: Grams;
  readonly gridtideG: Grams;
  /** `null` where nothing is emitted. */
  readonly savingPercent: number | null;
  readonly meanDelayH: number;
}

export interface GroupsQuestion {
  readonly past: PastJobs;
  readonly by: By;
  /** Of each job of the scene, its row in the history. */
  readonly rows: Uint32Array;
  readonly scene: Scene;
  readonly runNow: Schedule;
  readonly gridtide: Schedule;
}

/** Those that would have emitted most at once come first. O(pieces). */
export function groupsOf({ past, by, rows, scene, runNow, gridtide }: GroupsQuestion): Group[] {
  const names = by === 'queue' ? past.queues : past.users;
  const column = past[by];
  const groupOf = (job: number): number => column[rows[job] ?? 0] ?? 0;
  const [before, after] = [runNow, gridtide].map((schedule) => gramsOf(schedule, scene, groupOf, names.length));
  const { counts, delays } = delaysOf(gridtide, scene, groupOf, names.length);
  return names
    .map((name, group): Group => {
      const [runNowG, gridtideG, jobs] = [before?.[group] ?? 0, after?.[group] ?? 0, counts[group] ?? 0];
      return {
        name,
        jobs,
        runNowG: grams(runNowG),
        gridtideG: grams(gridtideG),
        savingPercent: runNowG > 0 ? 100 * (1 - gridtideG / runNowG) : null,
        meanDelayH: jobs > 0 ? (delays[group] ?? 0) / jobs : 0,
      };
    })
    .filter(({ jobs }) => jobs > 0)
    .sort((a, b) => b.runNowG - a.runNowG || (a.name < b.name ? -1 : 1));
}

function gramsOf(
  schedule: Schedule,
  { jobs, places }: Scene,
  groupOf: (job: number) => number,
  groups: number,
): Float64Array {
  const sums = new Float64Array(groups);
  const integrals = places.map(({ outlook }) => integralOf(outlook.axis, outlook.intensityG));
  const origin = places[0].outlook.axis.start;
  for (let i = 0; i < schedule.count; i++) {
    const [job = 0, at = 0, start = 0, end = 0] = [
      schedule.job[i],
      schedule.place[i],
      schedule.startH[i],
      schedule.endH[i],
    ];
    const kw = (jobs.kw[job] ?? 0) * (places[at]?.pue ?? 1);
    const group = groupOf(job);
    sums[group] = (sums[group] ?? 0) + kw * (integrals[at]?.(origin + start * HOUR, origin + end * HOUR) ?? 0);
  }
  return sums;
}

function delaysOf(schedule: Schedule, { jobs }: Scene, groupOf: (job: number) => number, groups: number) {
  const ends = new Float64Array(jobs.count);
  for (let i = 0; i < schedule.count; i++) {
    const job = schedule.job[i] ?? 0;
    ends[job] = Math.max(ends[job] ?? 0, schedule.endH[i] ?? 0);
  }
  const [counts, delays] = [new Float64Array(groups), new Float64Array(groups)];
  for (let job = 0; job < jobs.count; job++) {
    const group = groupOf(job);
    const delay = (ends[job] ?? 0) - (jobs.submitH[job] ?? 0) - (jobs.lengthH[job] ?? 0);
    counts[group] = (counts[group] ?? 0) + 1;
    delays[group] = (delays[group] ?? 0) + Math.max(0, delay);
  }
  return { counts, delays };
}
