/**
 * What a decision stands on, before any schedule is searched: what is left to do and where, run-now, the latest end of
 * each step, and what cannot be met whatever the grid.
 *
 * @module
 */
import { type Instant, instant, MINUTE } from '../units.ts';
import { endOf, type Placed } from './account.ts';
import { item } from './at.ts';
import { runNow } from './baseline.ts';
import { type Guard, latestStarts } from './guard.ts';
import { type Job, jobsOf, lengthOf, type Option } from './jobs.ts';
import type { PlanRequest, StepPower } from './plan.ts';
import { withinCapacity } from './policy.ts';
import { cheapestSchedule, earliestTimes, effortFor, type ScheduleQuestion } from './schedule.ts';
import { everyWay } from './ways.ts';
import { duration } from './words.ts';

export interface Conflict {
  readonly step: string;
  readonly conflict: readonly string[];
}

export interface Footing {
  readonly jobs: readonly Job[];
  /** Steps without a place; where there are any, the rest is empty. */
  readonly homeless: readonly Conflict[];
  /** Where the baseline starts. */
  readonly from: Instant;
  /** The whole workflow, run at its submission. */
  readonly baseline: readonly Placed[];
  /** What is left, run now. */
  readonly rest: readonly Placed[];
  /** Soonest start and end of each job. */
  readonly earliest: readonly { readonly start: number; readonly end: number }[];
  /** Further latest ends by step name, for the guards. */
  readonly limits: ReadonlyMap<string, number>;
  readonly guards: ReadonlyMap<string, Guard>;
  /** Latest end of each job. */
  readonly latest: readonly number[];
  /** Steps that cannot meet it. */
  readonly late: readonly Conflict[];
  /** Whether all of `rest` does. */
  readonly isOnTime: boolean;
}

/** @param within further latest ends of steps in their p90, by name: what a plan's own guards asked for */
export function footingOf(
  request: PlanRequest,
  power: StepPower,
  within: ReadonlyMap<string, number> = new Map(),
): Footing {
  const { workflow, now, margin = 0 } = request;
  const found = jobsOf(request, power);
  const homeless = homelessSteps(found);
  if (homeless.length > 0) return { ...NOTHING, jobs: found, homeless, from: now };
  const from = baselineStart(request, found);
  const asSubmitted: PlanRequest = { ...request, now: from, progress: {} };
  const all = request.progress === undefined && from === now ? found : jobsOf(asSubmitted, power);
  const baseline = all.every((job) => job.options.length > 0) ? runNow(all, from, workflow.deadline) : [];
  const earliest = earliestTimes(found);
  const delayed = delayLimits(request, found, baseline, earliest);
  const limits = withMargins(delayed, baseline, margin);
  const fastest = found.map((job) => [job.step.name, Math.min(...job.options.map(({ way }) => way.duration))] as const);
  const guards = latestStarts(request, limits, [], new Map(fastest));
  const jobs = found.map((job) => {
    const { name } = job.step;
    const end = Math.min(guards.get(name)?.deadline ?? workflow.deadline, within.get(name) ?? Number.POSITIVE_INFINITY);
    const limit = delayed.get(name) ?? Number.POSITIVE_INFINITY;
    const latestBy = ({ reserve }: Option): number => Math.min(end - margin - reserve, limit);
    return { ...job, options: job.options.map((option) => ({ ...option, latest: latestBy(option) })) };
  });
  const latest = jobs.map(({ options }) => Math.max(...options.map((option) => option.latest)));
  const rest = runNow(jobs, now);
  const late = jobs.flatMap((job, i) => lateness(job, item(earliest, i), guards, request));
  const isOnTime = rest.every((placed) => endOf(placed) <= placed.option.latest);
  return { jobs, homeless, from, baseline, rest, earliest, limits, guards, latest, late, isOnTime };
}

const NOTHING = {
  baseline: [],
  rest: [],
  earliest: [],
  limits: new Map<string, number>(),
  guards: new Map<string, Guard>(),
  latest: [],
  late: [],
  isOnTime: false,
};

/** Where the data of the nearest-sighted zone end. */
export const endOfData = (jobs: readonly Job[]): number =>
  jobs
    .flatMap((job) => job.options.map((option) => option.zone.outlook.axis))
    .reduce((end, { start, step, length }) => Math.min(end, start + step * length), Number.POSITIVE_INFINITY);

/** What the search is asked; `grain` as there. */
export const questionOf = (request: PlanRequest, footing: Footing, dataEnd: number, grain = 0): ScheduleQuestion => ({
  jobs: footing.jobs,
  latest: footing.latest,
  now: request.now,
  horizon: instant(Math.min(request.workflow.deadline, dataEnd)),
  slot: request.slotMinutes * MINUTE,
  extra: [],
  effort: effortFor(footing.jobs.length),
  grain,
});

/** Whether any plan meets all conditions; searches only where run-now does not. */
export function isFeasible(request: PlanRequest, power: StepPower): boolean {
  const footing = footingOf(request, power);
  if (footing.homeless.length > 0 || footing.late.length > 0) return false;
  if (footing.isOnTime) return true;
  const question = questionOf(request, footing, Number.POSITIVE_INFINITY, 1);
  const first = cheapestSchedule(question);
  return first !== undefined && withinCapacity(question, first.placed) !== undefined;
}

/** Steps that no site can run, and those that wait for them. */
function homelessSteps(jobs: readonly Job[]): readonly Conflict[] {
  const homeless = new Map<number, Conflict>();
  jobs.forEach((job, i) => {
    const before = job.after.find((index) => homeless.has(index));
    if (job.options.length === 0) {
      homeless.set(i, { step: job.step.name, conflict: job.refusals.length > 0 ? job.refusals : ['there is no site'] });
    } else if (before !== undefined) {
      homeless.set(i, {
        step: job.step.name,
        conflict: [`waits for ${item(jobs, before).step.name}, which has no place`],
      });
    }
  });
  return [...homeless.values()];
}

/** Where the baseline starts: at the submission, or now when the data do not reach back to it. */
function baselineStart(request: PlanRequest, jobs: readonly Job[]): Instant {
  const { now, submittedAt = now } = request;
  const reaches = jobs.every((job) => job.options.every((option) => option.zone.outlook.axis.start <= submittedAt));
  return reaches ? submittedAt : now;
}

/** Latest ends by `maxDelay`; never earlier than a step can end at all. */
function delayLimits(
  request: PlanRequest,
  jobs: readonly Job[],
  baseline: readonly Placed[],
  earliest: readonly { readonly end: number }[],
): ReadonlyMap<string, number> {
  const { maxDelay } = request.workflow.policy;
  if (maxDelay === undefined) return new Map();
  const soonest = new Map(jobs.map((job, i) => [job.step.name, item(earliest, i).end]));
  return new Map(
    baseline.map((placed) => {
      const { name } = placed.job.step;
      return [name, Math.max(endOf(placed) + maxDelay, soonest.get(name) ?? 0)];
    }),
  );
}

/** For the guards: each step on the way holds back its margin and its reserve, and that is no delay by choice. */
function withMargins(
  limits: ReadonlyMap<string, number>,
  baseline: readonly Placed[],
  margin: number,
): ReadonlyMap<string, number> {
  const held: number[] = [];
  for (const { job, option } of baseline) {
    held.push(option.reserve + Math.max(0, ...job.after.map((index) => item(held, index) + margin)));
  }
  const byName = new Map(baseline.map(({ job }, i) => [job.step.name, item(held, i)]));
  return new Map([...limits].map(([name, limit]) => [name, limit + (byName.get(name) ?? 0)]));
}

/**
 * Whether the deadline can be met by what was declared, or by the median where nothing was: what past runs alone stand
 * against is run at once, and not refused.
 */
export function fitsAsDeclared(request: PlanRequest): boolean {
  const { workflow, now } = request;
  if (workflow.steps.every(({ learned }) => learned === undefined)) return false;
  const shortest = workflow.steps.map((step) => {
    const duration = step.learned === undefined ? step.duration : (step.declared?.p90 ?? step.durationP50);
    return [step.name, Math.min(...everyWay({ ...step, duration }).map((way) => way.duration))] as const;
  });
  const guards = latestStarts(request, new Map(), [], new Map(shortest));
  return [...guards.values()].every(({ latestStart }) => latestStart >= now);
}

/** The margin, where it is part of what a step needs. */
const heldBack = ({ margin }: PlanRequest): string =>
  margin === undefined || margin === 0 ? '' : ` (with ${margin / 1_000} s held back for starting each step)`;

/** By how much a job cannot meet its latest end; empty when it can. */
function lateness(
  job: Job,
  earliest: { readonly start: number },
  guards: ReadonlyMap<string, Guard>,
  request: PlanRequest,
): readonly Conflict[] {
  if (job.options.some((option) => earliest.start + lengthOf(job, option) <= option.latest)) return [];
  const { deadline } = request.workflow;
  const guard = guards.get(job.step.name);
  const needed = deadline - (guard?.latestStart ?? deadline);
  const conflict = `deadline: needs ${duration(needed)} to the end, the deadline leaves ${duration(Math.max(0, deadline - earliest.start))}${heldBack(request)}`;
  return [{ step: job.step.name, conflict: [conflict] }];
}
