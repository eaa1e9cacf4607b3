/**
 * Run-now: every step in one piece, as early as precedence and capacity allow, at the first site that fits it. The
 * named counterfactual of every plan, and what a plan falls back to.
 *
 * @module
 */
import type { Site } from '../site/index.ts';
import { type Instant, instant } from '../units.ts';
import { endOf, type Placed } from './account.ts';
import { item } from './at.ts';
import { type Job, lengthOf } from './jobs.ts';
import { Usage } from './usage.ts';

/**
 * The run-now schedule of jobs that all have an option; jobs come after those they wait for.
 * Work that has begun goes on at `from`. O(jobs²) where sites are shared.
 */
export function runNow(jobs: readonly Job[], from: Instant): readonly Placed[] {
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
    const length = lengthOf(job);
    const start = usage.earliestFit(job.step.needs, ready, length);
    const stretch = { start: instant(start), end: instant(start + length) };
    usage.add(job.step.needs, stretch);
    placed.push({ job, option, stretches: [stretch] });
  }
  return placed;
}
