/**
 * Run-now: every step in one piece, as early as precedence and capacity allow, at the first site that fits it. The
 * named counterfactual of every plan, and what a plan falls back to.
 *
 * @module
 */
import { type Instant, instant } from '../units.ts';
import type { Needs } from '../workload/index.ts';
import { endOf, type Placed, startOf } from './account.ts';
import { item } from './at.ts';
import { type Job, lengthOf } from './jobs.ts';

const KINDS = ['cpus', 'gpus', 'memory'] as const;

/** Whether all of `needs` fit into `capacity` together. */
export const fitTogether = (needs: readonly Needs[], capacity: Needs): boolean =>
  KINDS.every((kind) => needs.reduce((sum, need) => sum + need[kind], 0) <= capacity[kind]);

/**
 * Whether the site holds the job beside what is placed there, all through [start, end). Only starts can overfill it; what
 * ran together before `start` and still runs is checked at `start`.
 */
function fitsBetween(placed: readonly Placed[], job: Job, start: number, end: number): boolean {
  const { site } = item(job.options, 0);
  const beside = placed.filter((other) => other.option.site === site && startOf(other) < end && endOf(other) > start);
  const moments = [start, ...beside.map(startOf)];
  return moments.every((moment) =>
    fitTogether(
      [
        job,
        ...beside.filter((other) => startOf(other) <= moment && endOf(other) > moment).map((other) => other.job),
      ].map(({ step }) => step.needs),
      site.capacity,
    ),
  );
}

/**
 * The run-now schedule of jobs that all have an option; jobs come after those they wait for.
 * Work that has begun goes on at `from`. O(jobs²) where sites are shared.
 */
export function runNow(jobs: readonly Job[], from: Instant): readonly Placed[] {
  const placed: Placed[] = [];
  for (const job of jobs) {
    const ready = job.after.reduce(
      (latest, index) => Math.max(latest, endOf(item(placed, index))),
      Math.max(from, job.release),
    );
    const length = lengthOf(job);
    const starts = [ready, ...placed.map(endOf).filter((end) => end > ready)].sort((a, b) => a - b);
    const start = starts.find((moment) => fitsBetween(placed, job, moment, moment + length)) ?? ready;
    placed.push({
      job,
      option: item(job.options, 0),
      stretches: [{ start: instant(start), end: instant(start + length) }],
    });
  }
  return placed;
}
