/**
 * The decision: the cheapest schedule under the forecast, then what policy makes of it (capacity, premium, pauses that
 * are not worth it, the threshold below which nothing waits), or the reasons why there is none.
 *
 * @module
 */
import { type Instant, instant } from '../units.ts';
import type { Policy } from '../workload/index.ts';
import { endOf, type Placed, rankedGrams, startOf } from './account.ts';
import { item } from './at.ts';
import { MEDIAN } from './bands.ts';
import { type Conflict, endOfData, fitsAsDeclared, footingOf, questionOf } from './footing.ts';
import { type Guard, latestStarts, type Queue } from './guard.ts';
import { checkComparable, type Job } from './jobs.ts';
import type { Outlook, PlanRequest, StepPower } from './plan.ts';
import { type Answer, type Noted, withinCapacity, withinPremium, withoutIdlePauses } from './policy.ts';
import { cheapestSchedule, type ScheduleQuestion } from './schedule.ts';
import { percent, time } from './words.ts';

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
  schedule.reduce((sum, placed) => sum + rankedGrams(placed, now), 0);

/** So often a decision is made again because a step of it would start later than its own guard. */
const ROUNDS = 4;

/**
 * A step may wait for no longer than its guard lets it, and the guard leaves room for what was chosen behind it: a slower
 * size, another site, a turn at a full one. Where that makes a step start too late, its window is narrowed to what its
 * guard asks for, and all is decided again.
 *
 * @param grain a part of the emissions that does not matter: the search may end that near to its bound
 * @throws Failure `plan/mixed-signals` when the usable sites cannot be compared
 */
export function decide(request: PlanRequest, power: StepPower, grain = 0): Decision {
  const within = new Map<string, number>();
  const first = decideWithin(request, power, grain, within);
  let decision = first;
  for (let round = 1; round < ROUNDS; round++) {
    const late = decision.placed.filter((placed) => startsTooLate(placed, decision.guards));
    if (late.length === 0) break;
    for (const { job } of late) {
      const { name } = job.step;
      within.set(
        name,
        Math.min(within.get(name) ?? Number.POSITIVE_INFINITY, decision.guards.get(name)?.deadline ?? 0),
      );
    }
    const narrower = decideWithin(request, power, grain, within);
    if (narrower.placed.length === 0) break;
    decision = narrower;
  }
  // The bound is of all plans, whatever was narrowed since.
  return { ...decision, boundG: first.boundG };
}

function startsTooLate(placed: Placed, guards: Decision['guards']): boolean {
  const guard = guards.get(placed.job.step.name);
  return placed.job.progress.state !== 'running' && guard !== undefined && startOf(placed) > guard.latestStart;
}

function decideWithin(
  request: PlanRequest,
  power: StepPower,
  grain: number,
  within: ReadonlyMap<string, number>,
): Decision {
  const { workflow, now } = request;
  const { policy, deadline } = workflow;
  const footing = footingOf(request, power, within);
  const { jobs, homeless } = footing;
  if (homeless.length > 0) return undecided(request, jobs, homeless);
  checkComparable(jobs);
  const { from, baseline, rest, earliest, limits, guards, latest, late, isOnTime } = footing;
  const notes: string[] = [];
  if (from !== (request.submittedAt ?? now)) {
    notes.push('the grid data do not reach back to the submission: run-now is counted from now');
  }
  if (policy.quantile !== undefined && policy.quantile !== MEDIAN) {
    const share = percent(100 * policy.quantile);
    notes.push(`hours are ranked by the intensity that is not exceeded with a probability of ${share}`);
  }
  const isRefused = late.length > 0 && request.progress === undefined && !fitsAsDeclared(request);
  if (isRefused) return { ...undecided(request, jobs, late), rest, baseline };

  const common = { jobs, guards, earliest: earliest.map(({ start }) => start), rest, baseline, baselineFrom: from };
  const nowBecause = (runsNow: string, boundG: number, question?: ScheduleQuestion): Decision => ({
    ...common,
    question,
    guards: guardsOf(request, limits, rest, queuesOf(rest, now)),
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
  const dataEnd = endOfData(jobs);
  const runNowEnd = Math.max(now, ...rest.map(endOf));
  if (dataEnd < Math.min(runNowEnd, deadline))
    return nowBecause('runs now: the grid data end before the work would', restG);
  if (outlooks.some(({ axis }) => axis.start > now)) notes.push('the grid data start after now: their mean stands in');
  if (dataEnd < deadline)
    notes.push(`the grid data end at ${time(dataEnd, now)}, before the deadline: no later hour is considered`);

  const question = questionOf(request, footing, dataEnd, grain);
  const first = cheapestSchedule(question);
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
  const inTurn = affordable.question.extra.map(({ from: first, to: second }) => ({
    first: item(jobs, first).step.name,
    second: item(jobs, second).step.name,
  }));
  const queues = inTurn.length > 0 ? inTurn : queuesOf(calm.placed, now);
  return {
    ...common,
    guards: guardsOf(request, limits, calm.placed, queues),
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

/** The guards of a schedule. A step that waits for its turn at a full site gains nothing by starting before it. */
function guardsOf(
  request: PlanRequest,
  limits: ReadonlyMap<string, number>,
  placed: readonly Placed[],
  queues: readonly Queue[],
): ReadonlyMap<string, Guard> {
  const durations = new Map(placed.map(({ job, option }) => [job.step.name, option.way.duration]));
  const guards = latestStarts(request, limits, queues, durations);
  const inTurn = new Set(queues.map(({ second }) => second));
  const starts = new Map(placed.map((one) => [one.job.step.name, startOf(one)]));
  return new Map(
    [...guards].map(([name, guard]) => {
      const start = inTurn.has(name) ? (starts.get(name) ?? guard.latestStart) : guard.latestStart;
      return [name, { ...guard, latestStart: instant(Math.max(guard.latestStart, start)) }];
    }),
  );
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
