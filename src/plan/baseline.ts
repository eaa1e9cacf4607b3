/**
 * Run-now: every step in one piece, as early as precedence and capacity allow, at the first site that fits it and in
 * the smallest size that is in time. The
 * named counterfactual of every plan, and what a plan falls back to.
 *
 * @module
 */
import type { Site } from '../site/index.ts';
import { type Instant, instant } from '../units.ts';
import { endOf, type Placed } from './account.ts';
import { item } from './at.ts';
import { type Job, lengthOf, type Option } from './jobs.ts';
import { Usage } from './usage.ts';

/**
 * The run-now schedule of jobs that all have an option; jobs come after those they wait for. Where steps would end later
 * than `latest` (ms since 1970) in their smallest sizes, each takes its fastest at the site, if that is sooner.
 * Work that has begun goes on at `from`. O(jobs²) where sites are shared.
 */
export function runNow(
  jobs: readonly Job[],
  from: Instant,
  latest: (index: number) => number = () => Number.POSITIVE_INFINITY,
): readonly Placed[] {
  const placed = atFirst(jobs, from);
  const isLate = placed.some((one, i) => endOf(one) > latest(i));
  if (!isLate || jobs.every(({ options }) => options.length === 1)) return placed;
  const hurried = atFirst(
    jobs.map((job) => ({ ...job, options: [fastestBeside(job)] })),
    from,
  );
  const endOfAll = (schedule: readonly Placed[]): number => Math.max(...schedule.map(endOf));
  return endOfAll(hurried) < endOfAll(placed)
    ? placed.map((one, i) => ({ ...item(hurried, i), job: one.job }))
    : placed;
}

/** The way in which a job is done soonest at the site of its first. */
const fastestBeside = (job: Job): Option => {
  const first = item(job.options, 0);
  return job.options
    .filter(({ site }) => site === first.site)
    .reduce((best, option) => (lengthOf(job, option) < lengthOf(job, best) ? option : best), first);
};

function atFirst(jobs: readonly Job[], from: Instant): readonly Placed[] {
  const placed: Placed[] = [];
  const usages = new Map<Site, Usage>();
  for (const job of jobs) {
    const ready = job.after.reduce(
      (latest, index) => Math.max(latest, endOf(item(placed, index))),
      Math.max(from, job.release),
    );
    const option = item(job.options, 0);
    const usage = usages.get(option.site) ?? new Usage(option.site.capacity);
    usages.set(option.site, usage);
    const length = lengthOf(job, option);
    const start = usage.earliestFit(option.way.needs, ready, length);
    const stretch = { start: instant(start), end: instant(start + length) };
    usage.add(option.way.needs, stretch);
    placed.push({ job, option, stretches: [stretch] });
  }
  return placed;
}
