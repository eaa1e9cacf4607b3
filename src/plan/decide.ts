/**
 * The decision: the cheapest schedule under the forecast, then what policy makes of it (capacity, premium, pauses that
 * are not worth it, the threshold below which nothing waits), or the reasons why there is none.
 *
 * @module
 */
import { type Instant, instant, MINUTE } from '../units.ts';
import type { Policy } from '../workload/index.ts';
import { accountOf, endOf, type Placed, startOf, totalOf } from './account.ts';
import { item } from './at.ts';
import { runNow } from './baseline.ts';
import { type Guard, latestStarts, type Queue } from './guard.ts';
import { checkComparable, type Job, jobsOf } from './jobs.ts';
import type { Outlook, PlanRequest, StepPower } from './plan.ts';
import { type Answer, type Noted, withinCapacity, withinPremium, withoutIdlePauses } from './policy.ts';
import { cheapestSchedule, earliestTimes, type ScheduleQuestion } from './schedule.ts';
import { duration, percent, time } from './words.ts';

export interface Conflict {
  readonly step: string;
  readonly conflict: readonly string[];
}

/** What was decided, before it is put into words. */
export interface Decision {
  readonly jobs: readonly Job[];
  readonly placed: readonly Placed[];
  readonly unplaced: readonly Conflict[];
  /** What the schedule answers; `undefined` where nothing was asked. */
  readonly question: ScheduleQuestion | undefined;
  readonly guards: ReadonlyMap<string, Guard>;
  /** Earliest start of each job. */
  readonly earliest: readonly number[];
  /** What is left, run now. */
  readonly rest: readonly Placed[];
  /** The whole workflow, run at its submission. */
  readonly baseline: readonly Placed[];
  readonly baselineFrom: Instant;
  /** Bound in the grams that rank. */
  readonly boundG: number;
  /** Why everything runs now, when it does so by rule. */
  readonly runsNow: string | undefined;
  readonly notes: readonly string[];
}

/** Percent of the baseline below which a saving is a rounding error. */
const NOTHING = 1e-7;

const gramsOf = (schedule: readonly Placed[], now: Instant): number =>
  totalOf(schedule.map((placed) => accountOf(placed, now))).rankG;

/** @throws Failure `plan/mixed-signals` when the usable sites cannot be compared */
export function decide(request: PlanRequest, power: StepPower): Decision {
  const { workflow, now, margin = 0 } = request;
  const { policy, deadline } = workflow;
  const jobs = jobsOf(request, power);
  const notes: string[] = [];
  const homeless = homelessSteps(jobs);
  if (homeless.length > 0) return undecided(request, jobs, homeless);
  checkComparable(jobs);

  const from = baselineStart(request, jobs, notes);
  const asSubmitted: PlanRequest = { ...request, now: from, progress: {} };
  const all = request.progress === undefined && from === now ? jobs : jobsOf(asSubmitted, power);
  const baseline = all.every((job) => job.options.length > 0) ? runNow(all, from) : [];
  const rest = runNow(jobs, now);
  const earliest = earliestTimes(jobs);
  const delayed = delayLimits(request, jobs, baseline, earliest);
  const limits = withMargins(delayed, baseline, margin);
  const guards = latestStarts(request, limits);
  const latest = jobs.map(({ step: { name }, reserve }) =>
    Math.min(
      (guards.get(name)?.deadline ?? deadline) - margin - reserve,
      delayed.get(name) ?? Number.POSITIVE_INFINITY,
    ),
  );

  const late = jobs.flatMap((job, i) => lateness(job, item(earliest, i), item(latest, i), guards, request));
  const isRefused = late.length > 0 && request.progress === undefined && !fitsAsDeclared(request);
  if (isRefused) return { ...undecided(request, jobs, late), rest, baseline };

  const common = { jobs, guards, earliest: earliest.map(({ start }) => start), rest, baseline, baselineFrom: from };
  const nowBecause = (runsNow: string, boundG: number, question?: ScheduleQuestion): Decision => ({
    ...common,
    question,
    guards: latestStarts(request, limits, queuesOf(rest, now)),
    placed: rest,
    unplaced: [],
    boundG,
    runsNow,
    notes: [...notes, runsNow],
  });
  const restG = gramsOf(rest, now);
  if (late.length > 0) {
    const worst = late.map(({ step, conflict }) => `${step} ${conflict.join(', ')}`).join('; ');
    const why = request.progress === undefined ? 'by past runs, the deadline may not' : 'the deadline can no longer';
    return nowBecause(`runs now: ${why} be met (${worst})`, restG);
  }
  const outlooks = [...new Set(jobs.flatMap((job) => job.options.map((option) => option.zone.outlook)))];
  notes.push(...outlooks.flatMap(caveatsOf));
  if (outlooks.some((outlook) => outlook.use === 'none')) {
    return nowBecause('runs now: there is no signal in time to wait for', restG);
  }
  const dataEnd = Math.min(...outlooks.map(({ axis }) => axis.start + axis.step * axis.length));
  const runNowEnd = Math.max(now, ...rest.map(endOf));
  if (dataEnd < runNowEnd) return nowBecause('runs now: the grid data end before the work would', restG);
  if (outlooks.some(({ axis }) => axis.start > now)) notes.push('the grid data start after now: their mean stands in');
  if (dataEnd < deadline)
    notes.push(`the grid data end at ${time(dataEnd, now)}, before the deadline: no later hour is considered`);

  const question: ScheduleQuestion = {
    jobs,
    latest,
    now,
    horizon: instant(Math.min(deadline, dataEnd)),
    slot: request.slotMinutes * MINUTE,
    extra: [],
  };
  const first = cheapestSchedule(question);
  const isOnTime = rest.every((placed, i) => endOf(placed) <= item(latest, i));
  const boundG = first === undefined ? restG : Math.min(first.boundG, ...(isOnTime ? [restG] : []));
  const separate = first && withinCapacity(question, first.placed);
  if (separate === undefined) {
    if (isOnTime || request.progress !== undefined) {
      return nowBecause('runs now: nothing else fits between now and the deadline', boundG, question);
    }
    const conflict = ['capacity: the steps that share a site cannot all be done by the deadline'];
    return {
      ...undecided(
        request,
        jobs,
        jobs.map((job) => ({ step: job.step.name, conflict })),
      ),
      rest,
      baseline,
    };
  }
  if (request.objective === 'run-now' && isOnTime) return nowBecause('runs now: asked to', boundG, question);
  const affordable = isOnTime ? withinPremium(separate, rest, request) : unlimited(separate, policy);
  const calm = withoutIdlePauses(affordable.placed, rest, baseline, request, latest);
  // Of the whole workflow: what is left shrinks, and what is worth a delay must not shrink with it.
  const wholeG = gramsOf(baseline, now) || restG;
  const saving = wholeG > 0 ? (100 * (restG - gramsOf(calm.placed, now))) / wholeG : 0;
  // A wait that was begun goes on while anything is left to gain by it.
  const least = request.waits === true ? 0 : policy.minPredictedSavingPercent;
  if (isOnTime && saving < least) {
    const claim = saving > NOTHING ? saving : 0;
    return nowBecause(
      `runs now: waiting would save ${percent(claim)}, below the ${percent(least)} that is worth a delay`,
      boundG,
      question,
    );
  }
  if (isOnTime && saving <= NOTHING) return nowBecause('runs now: no other time or place is cleaner', boundG, question);
  notes.push(...affordable.notes, ...calm.notes);
  if (!isOnTime) notes.push('run-now would end after the deadline: steps share a site that cannot hold them together');
  const queues = affordable.question.extra.map(({ from, to }) => ({
    first: item(jobs, from).step.name,
    second: item(jobs, to).step.name,
  }));
  return {
    ...common,
    guards: latestStarts(request, limits, queues),
    question: affordable.question,
    placed: calm.placed,
    unplaced: [],
    boundG,
    runsNow: undefined,
    notes,
  };
}

/** The deadline comes before the premium: against a run-now that is late, none can be held. */
const unlimited = (answer: Answer, { maxCostPremiumPercent }: Policy): Answer & Noted => ({
  ...answer,
  notes:
    maxCostPremiumPercent === undefined
      ? []
      : ['the premium over run-now is not limited: run-now would end after the deadline'],
});

function undecided(request: PlanRequest, jobs: readonly Job[], unplaced: readonly Conflict[]): Decision {
  return {
    jobs,
    question: undefined,
    placed: [],
    unplaced,
    guards: latestStarts(request),
    earliest: [],
    rest: [],
    baseline: [],
    baselineFrom: request.submittedAt ?? request.now,
    boundG: 0,
    runsNow: undefined,
    notes: [],
  };
}

/** What must be said of the hours that a plan rests on. */
function caveatsOf({ zone, quality, notes = [] }: Outlook): readonly string[] {
  const foreseen = `${zone}: planned with perfect knowledge of a recorded grid, an upper bound of what a forecast allows`;
  return [...(quality === 'replayed' ? [foreseen] : []), ...notes];
}

/** Steps of a run-now schedule that start when another one leaves them room. */
function queuesOf(placed: readonly Placed[], now: Instant): readonly Queue[] {
  const ends = new Map<string, string>();
  const at = (one: Placed, time: number): string => `${one.option.site.name} ${time}`;
  for (const one of placed) ends.set(at(one, endOf(one)), one.job.step.name);
  return placed.flatMap((one) => {
    const ready = Math.max(now, ...one.job.after.map((index) => endOf(item(placed, index))));
    const first = startOf(one) > ready ? ends.get(at(one, startOf(one))) : undefined;
    return first === undefined ? [] : [{ first, second: one.job.step.name }];
  });
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
function baselineStart(request: PlanRequest, jobs: readonly Job[], notes: string[]): Instant {
  const { now, submittedAt = now } = request;
  const reaches = jobs.every((job) => job.options.every((option) => option.zone.outlook.axis.start <= submittedAt));
  if (reaches || submittedAt === now) return submittedAt;
  notes.push('the grid data do not reach back to the submission: run-now is counted from now');
  return now;
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
  for (const { job } of baseline) {
    held.push(job.reserve + Math.max(0, ...job.after.map((index) => item(held, index) + margin)));
  }
  const byName = new Map(baseline.map(({ job }, i) => [job.step.name, item(held, i)]));
  return new Map([...limits].map(([name, limit]) => [name, limit + (byName.get(name) ?? 0)]));
}

/**
 * Whether the deadline can be met by what was declared, or by the median where nothing was: what past runs alone stand
 * against is run at once, and not refused.
 */
function fitsAsDeclared(request: PlanRequest): boolean {
  const { workflow, now } = request;
  const steps = workflow.steps.map((step) =>
    step.learned === undefined ? step : { ...step, duration: step.declared?.p90 ?? step.durationP50 },
  );
  if (workflow.steps.every(({ learned }) => learned === undefined)) return false;
  const guards = latestStarts({ ...request, workflow: { ...workflow, steps } });
  return [...guards.values()].every(({ latestStart }) => latestStart >= now);
}

/** The margin, where it is part of what a step needs. */
const heldBack = ({ margin }: PlanRequest): string =>
  margin === undefined || margin === 0 ? '' : ` (with ${margin / 1_000} s held back for starting each step)`;

/** By how much a job cannot meet its latest end; empty when it can. */
function lateness(
  job: Job,
  earliest: { readonly start: number; readonly end: number },
  latest: number,
  guards: ReadonlyMap<string, Guard>,
  request: PlanRequest,
): readonly Conflict[] {
  if (earliest.end <= latest) return [];
  const { deadline } = request.workflow;
  const guard = guards.get(job.step.name);
  const needed = deadline - (guard?.latestStart ?? deadline);
  const conflict = `deadline: needs ${duration(needed)} to the end, the deadline leaves ${duration(Math.max(0, deadline - earliest.start))}${heldBack(request)}`;
  return [{ step: job.step.name, conflict: [conflict] }];
}
