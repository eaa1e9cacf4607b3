/**
 * What stands between the cheapest schedule and the plan: the capacity that parallel steps share, the premium that may
 * be paid, and pauses that are not worth it.
 *
 * @module
 */
import type { Site } from '../site/index.ts';
import type { Instant } from '../units.ts';
import { accountOf, endOf, type Placed, rankedGrams, startOf, totalOf } from './account.ts';
import { bestOnePiece, roomOf } from './alternatives.ts';
import { item } from './at.ts';
import type { Job } from './jobs.ts';
import { packed } from './packing.ts';
import type { PlanRequest } from './plan.ts';
import { cheapestSchedule, type ScheduleQuestion } from './schedule.ts';
import type { Arc } from './solvers/tree.ts';
import { fitTogether, Usage } from './usage.ts';
import { percent } from './words.ts';

/** A schedule with its question, so that it can be asked again more narrowly. */
export interface Answer {
  readonly question: ScheduleQuestion;
  readonly placed: readonly Placed[];
}

/** A schedule and what there is to say about it. */
export interface Noted {
  readonly placed: readonly Placed[];
  readonly notes: readonly string[];
}

const hasBegun = (job: Job): boolean => job.progress.state === 'running';

/** Whether any site is asked for more than it holds; needs without limit are not added up. O(steps log steps). */
function isOverfull(placed: readonly Placed[]): boolean {
  const bySite = new Map<Site, Placed[]>();
  for (const one of placed) {
    const { site } = one.option;
    const there = bySite.get(site);
    if (there === undefined) bySite.set(site, [one]);
    else there.push(one);
  }
  return [...bySite].some(([{ capacity }, there]) => {
    if (fitTogether(needsOf(there), capacity)) return false;
    const usage = new Usage(capacity);
    return !there.every((one) => {
      const stretch = { start: startOf(one), end: endOf(one) };
      const fits = usage.fits(one.option.way.needs, stretch);
      usage.add(one.option.way.needs, stretch);
      return fits;
    });
  });
}

const needsOf = (placed: readonly Placed[]) => placed.map(({ option }) => option.way.needs);

/** Two jobs that run at a site together with more than it holds, the one that starts first in front. */
function clash(placed: readonly Placed[]): Arc | undefined {
  if (!isOverfull(placed)) return undefined;
  for (const [to, late] of placed.entries()) {
    const { site } = late.option;
    const beside = [...placed.entries()].filter(
      ([, early]) => early.option.site === site && startOf(early) <= startOf(late) && endOf(early) > startOf(late),
    );
    const needs = needsOf(beside.map(([, early]) => early));
    const first = beside.find(([from, early]) => from !== to && !(hasBegun(early.job) && hasBegun(late.job)));
    if (first !== undefined && !fitTogether(needs, site.capacity)) return { from: first[0], to };
  }
  return undefined;
}

/** The question with one of its jobs changed. */
const withJob = (question: ScheduleQuestion, index: number, job: Job): ScheduleQuestion => ({
  ...question,
  jobs: question.jobs.map((other, i) => (i === index ? job : other)),
});

const otherwise = (job: Job, placed: Placed): Job => ({
  ...job,
  options: job.options.filter(({ site, way }) => site !== placed.option.site || way.level !== placed.option.way.level),
});

/** The ways out of a clash: one step after the other, or one of them somewhere else or in another size. */
function waysOut(
  question: ScheduleQuestion,
  placed: readonly Placed[],
  { from, to }: Arc,
): readonly ScheduleQuestion[] {
  const after = [
    { from, to },
    { from: to, to: from },
  ].filter((arc) => !hasBegun(item(question.jobs, arc.to)));
  return [
    ...after.map((arc) => ({ ...question, extra: [...question.extra, arc] })),
    ...[to, from].map((index) => withJob(question, index, otherwise(item(question.jobs, index), item(placed, index)))),
  ].filter(({ jobs }) => jobs.every((job) => job.options.length > 0));
}

/** From so many steps on, clashes are not resolved one by one. */
const MANY = 48;

/**
 * Resolves clash after clash, each in the cheapest way, until all steps fit their sites together; `undefined` when a
 * clash has no way out. At most steps² + steps × ways rounds of up to four plans; many steps are {@link packed}.
 */
export function withinCapacity(question: ScheduleQuestion, placed: readonly Placed[]): Answer | undefined {
  if (placed.length > MANY && isOverfull(placed)) {
    const all = packed(question, placed);
    return all && { question, placed: all };
  }
  let current: Answer | undefined = { question, placed };
  while (current !== undefined) {
    const arc = clash(current.placed);
    if (arc === undefined) return current;
    let best: (Answer & { readonly rankG: number }) | undefined;
    for (const narrower of waysOut(current.question, current.placed, arc)) {
      const schedule = cheapestSchedule(narrower);
      if (schedule === undefined) continue;
      const rankG = gramsOf(schedule.placed, question.now);
      if (best === undefined || rankG < best.rankG) best = { question: narrower, placed: schedule.placed, rankG };
    }
    current = best;
  }
  return undefined;
}

const gramsOf = (placed: readonly Placed[], now: Instant): number =>
  placed.reduce((sum, one) => sum + rankedGrams(one, now), 0);

/** A step that costs more than in run-now. */
interface Dearer {
  readonly index: number;
  /** Premium per gram saved. */
  readonly rate: number;
}

/**
 * Keeps the cost within the premium over run-now: the step with the largest premium per gram saved gives up its dearer
 * way, or its pauses where it runs the way it does in run-now, until the cost is within.
 */
export function withinPremium(answer: Answer, rest: readonly Placed[], request: PlanRequest): Answer & Noted {
  const { now } = request;
  const { maxCostPremiumPercent: premium } = request.workflow.policy;
  if (premium === undefined) return { ...answer, notes: [] };
  const costOf = (placed: Placed): number | undefined => accountOf(placed, now).cost?.amount;
  const runNowCost = totalOf(rest.map((placed) => accountOf(placed, now))).cost;
  if (runNowCost === null)
    return { ...answer, notes: ['the premium over run-now is not limited: a site has no price'] };
  const limit = runNowCost.amount * (1 + premium / 100) + 1e-9;
  const gaveUp = new Set<string>();
  let current = answer;
  for (;;) {
    const total = totalOf(current.placed.map((placed) => accountOf(placed, now))).cost;
    if (total !== null && total.amount <= limit) break;
    let dearest: Dearer | undefined;
    for (const [index, placed] of current.placed.entries()) {
      const atOnce = item(rest, index);
      const more = (costOf(placed) ?? Number.POSITIVE_INFINITY) - (costOf(atOnce) ?? 0);
      const saved = rankedGrams(atOnce, now) - rankedGrams(placed, now);
      const rate = more / Math.max(saved, Number.MIN_VALUE);
      if (more > 0 && (dearest === undefined || rate > dearest.rate)) dearest = { index, rate };
    }
    if (dearest === undefined) break;
    const { index } = dearest;
    const placed = item(current.placed, index);
    const cheaper = humbler(item(current.question.jobs, index), placed, item(rest, index));
    const question = withJob(current.question, index, cheaper);
    const schedule = cheapestSchedule(question);
    const next = schedule && withinCapacity(question, schedule.placed);
    if (next === undefined) return { ...current, placed: rest, notes: [] };
    gaveUp.add(placed.job.step.name);
    current = next;
  }
  const names = [...gaveUp].join(', ');
  return {
    ...current,
    notes: gaveUp.size > 0 ? [`a premium of ${percent(premium)} over run-now holds back ${names}`] : [],
  };
}

/** The job without its dearer way, or without pauses where it runs the way it does in run-now. */
const humbler = (job: Job, placed: Placed, atOnce: Placed): Job =>
  placed.option === atOnce.option ? { ...job, pausable: false } : otherwise(job, placed);

/**
 * A step whose own gain is below the threshold is not split: it runs in its best single piece between its neighbours,
 * unless that would emit more than running it now.
 *
 * @param rest what is left, run now
 * @param baseline the whole workflow, run at its submission: a gain is a share of it
 * @param latest latest end of each job, ms since 1970
 */
export function withoutIdlePauses(
  placed: readonly Placed[],
  rest: readonly Placed[],
  baseline: readonly Placed[],
  request: PlanRequest,
  latest: readonly number[],
): Noted {
  const { now } = request;
  const least = request.workflow.policy.minPredictedSavingPercent;
  const notes: string[] = [];
  let current = placed;
  for (const [index, ours] of placed.entries()) {
    const restG = rankedGrams(item(rest, index), now);
    const whole = baseline.find(({ job }) => job.step.name === ours.job.step.name);
    const gain = (100 * (restG - rankedGrams(ours, now))) / (whole === undefined ? restG : rankedGrams(whole, now));
    if (ours.stretches.length === 1 || gain >= least) continue;
    const piece = bestOnePiece(ours.job, ours.option, roomOf(current, index, now, item(latest, index)), now);
    if (piece === undefined || rankedGrams(piece, now) > restG) continue;
    const calmer = current.map((other, i) => (i === index ? piece : other));
    if (clash(calmer) !== undefined) continue;
    current = calmer;
    notes.push(`${ours.job.step.name} is not split: that would save it ${percent(gain)}`);
  }
  return { placed: current, notes };
}
