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
 * The run-now schedule of jobs that all have an option; jobs come after those they wait for. Where a step would be late in
 * the smallest sizes, it and those before it take larger ones, one size at a time, the one that wins most time first; if
 * none of that helps, the smallest stand.
 * Work that has begun goes on at `from`. O(jobs²) where sites are shared, once for each size that is raised.
 *
 * @param deadline of all steps, ms since 1970, beside the latest ends of their ways
 */
export function runNow(
  jobs: readonly Job[],
  from: Instant,
  deadline: number = Number.POSITIVE_INFINITY,
): readonly Placed[] {
  const isLate = (placed: Placed): boolean => endOf(placed) > Math.min(placed.option.latest, deadline);
  const smallest = atFirst(jobs, from);
  let placed = smallest;
  for (let late = placed.findIndex(isLate); late >= 0; late = placed.findIndex(isLate)) {
    const faster = hurried(jobs, placed, late);
    if (faster === undefined) break;
    const options = placed.map(({ option }, i) => (i === faster.index ? faster.option : option));
    placed = atFirst(
      jobs.map((job, i) => ({ ...job, options: [item(options, i)] })),
      from,
    );
  }
  const end = (schedule: readonly Placed[]): number => Math.max(...schedule.map(endOf));
  if (placed.some(isLate) && end(placed) >= end(smallest)) return smallest;
  return placed.map((one, i) => ({ ...one, job: item(jobs, i) }));
}

interface Faster {
  readonly index: number;
  readonly option: Option;
}

/** Of a step and all that it waits for, the one whose next size at its site wins most time. */
function hurried(jobs: readonly Job[], placed: readonly Placed[], late: number): Faster | undefined {
  const before = new Set([late]);
  for (const index of before) for (const other of item(jobs, index).after) before.add(other);
  let best: Faster | undefined;
  let most = 0;
  for (const index of before) {
    const { option } = item(placed, index);
    const [next] = item(jobs, index)
      .options.filter(({ site, work }) => site === option.site && work < option.work)
      .sort((a, b) => b.work - a.work);
    if (next === undefined || option.work - next.work <= most) continue;
    most = option.work - next.work;
    best = { index, option: next };
  }
  return best;
}

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
