/**
 * The plan: the decision with its figures, bands, bound, guards, reasons and runners-up.
 *
 * @module
 */
import type { Money } from '../site/index.ts';
import { grams, instant, kilowattHours } from '../units.ts';
import {
  type Account,
  accountOf,
  endOf,
  energyOfAll,
  gramsOfAll,
  overheadsOf,
  type Placed,
  startOf,
  totalOf,
} from './account.ts';
import { bestAlone, runnerUpOf } from './alternatives.ts';
import { item } from './at.ts';
import { emissionsBand, MEDIAN, savingBand } from './bands.ts';
import { type Decision, decide } from './decide.ts';
import { reasonOf } from './explain.ts';
import type { Outlook, Plan, PlannedStep, PlanRequest, RunnerUp, SignalSummary, StepPower } from './plan.ts';
import { reckoningOf } from './reckoning.ts';

/**
 * Plans one workflow: each step at the site and the times that emit least under the outlooks, within deadline, sites,
 * residency, `maxDelay` and premium; in one piece or with the pauses it allows, their costs included.
 *
 * Exact for each kind of step and for precedence without circles whose lengths and edges fit the tick grid; with
 * circles, or on a coarser grid, `gapPercent` says how far from the best it can be. Ties: earliest end, then fewer
 * pauses, then the site listed first. When the plan saves less than the policy's threshold, everything runs now.
 * When a step cannot be placed, nothing is: `steps` is empty and `unplaced` says why. Steps that have ended are left out.
 *
 * @throws Failure `plan/mixed-signals` when the usable sites cannot be compared
 */
export function plan(request: PlanRequest, power: StepPower): Plan {
  const decision = decide(request, power);
  const { placed, baseline, rest, unplaced } = decision;
  const { now, workflow } = request;
  const accounts = placed.map((one) => accountOf(one, now));
  const total = totalOf(accounts);
  const baselineTotal = totalOf(baseline.map((one) => accountOf(one, decision.baselineFrom)));
  const isFresh = request.progress === undefined;
  const against = isFresh ? baseline : rest;
  const againstTotal = isFresh ? baselineTotal : totalOf(rest.map((one) => accountOf(one, now)));
  const isWeighed = placed.every((one) => one.option.zone.outlook.use !== 'shape');
  const hasSaving = placed.length > 0 && isWeighed && againstTotal.expectedG > 0;
  const saving = hasSaving ? savingBand(placed, against, now, total, againstTotal) : undefined;
  const isMedian = (workflow.policy.quantile ?? MEDIAN) === MEDIAN;
  const ranked = isMedian ? decision : decide(atMedian(request), power);
  const boundG = Math.min(total.expectedG, isRanked(placed) ? ranked.boundG : leastLevelG(decision));
  const band = emissionsBand(placed.map((one, i) => ({ ...item(accounts, i), gsd: one.option.gsd })));
  return {
    schemaVersion: 1,
    id: request.id,
    workflow: workflow.name,
    createdAt: now,
    slotMinutes: request.slotMinutes,
    quantile: workflow.policy.quantile ?? MEDIAN,
    signals: signalsOf(decision),
    steps: placed.map((_, i) => plannedStep(request, decision, accounts, i)),
    waits: unplaced.length === 0 && decision.runsNow === undefined && placed.length > 0,
    unplaced,
    energyKWh: kilowattHours(total.energyKWh),
    emissionsG: grams(total.expectedG),
    emissionsLowG: grams(band.low),
    emissionsHighG: grams(band.high),
    cost: total.cost,
    baseline: {
      name: 'run-now',
      energyKWh: kilowattHours(baselineTotal.energyKWh),
      emissionsG: grams(baselineTotal.expectedG),
      cost: baselineTotal.cost,
      steps: baseline.map((one) => ({
        step: one.job.step.name,
        site: one.option.site.name,
        start: startOf(one),
        end: endOf(one),
        emissionsG: grams(accountOf(one, decision.baselineFrom).expectedG),
      })),
    },
    savingPercent: hasSaving ? 100 * (1 - total.expectedG / againstTotal.expectedG) : null,
    savingLowPercent: saving?.low ?? null,
    savingHighPercent: saving?.high ?? null,
    boundG: grams(boundG),
    gapPercent: boundG > 0 ? 100 * (total.expectedG / boundG - 1) : 0,
    notes: [...decision.notes, ...closingNotes(isWeighed, isFresh)],
  };
}

function closingNotes(isWeighed: boolean, isFresh: boolean): readonly string[] {
  return [
    ...(isWeighed ? [] : ['no saving is claimed: the shape ranks hours, it does not weigh them']),
    ...(isFresh
      ? []
      : ['saving and bound are of the work that is left; the baseline counts the whole workflow from its submission']),
  ];
}

const isRanked = (placed: readonly Placed[]): boolean => placed.every((one) => one.option.zone.outlook.use === 'level');

/** The same question with the hours ranked by what is expected of them: its bound is one of expected grams. */
const atMedian = (request: PlanRequest): PlanRequest => ({
  ...request,
  workflow: { ...request.workflow, policy: { ...request.workflow.policy, quantile: MEDIAN } },
});

/** Where grams come from one level, only energy can be saved: each job without overheads at its thriftiest place. */
function leastLevelG({ jobs }: Decision): number {
  return jobs.reduce((sum, job) => {
    const each = job.options.map(({ runningKw, zone, work }) => runningKw * zone.expected(0, work));
    return sum + Math.min(...each);
  }, 0);
}

function signalsOf({ jobs }: Decision): Readonly<Record<string, SignalSummary>> {
  const outlooks = jobs.flatMap((job) => job.options.map((option) => option.zone.outlook));
  const summary = ({ signal, source, quality, asOf }: Outlook): SignalSummary => ({ ...signal, source, quality, asOf });
  return Object.fromEntries(outlooks.map((outlook) => [outlook.zone, summary(outlook)]));
}

/** One step of a plan, with its reason and its runner-up. */
export function plannedStep(
  request: PlanRequest,
  decision: Decision,
  accounts: readonly Account[],
  index: number,
): PlannedStep {
  const { now } = request;
  const ours = item(decision.placed, index);
  const { option, job } = ours;
  const account = item(accounts, index);
  const guard = decision.guards.get(job.step.name);
  const deadline = guard?.deadline ?? request.workflow.deadline;
  const overheads = overheadsOf(ours, now);
  const band = emissionsBand([{ ...account, gsd: option.gsd }]);
  const { question } = decision;
  const from = item(decision.earliest, index);
  const alone = () => question && bestAlone(ours, { from, to: item(question.latest, index) }, question);
  const runnerUp = decision.question && runnerUpOf(decision.placed, index, decision.question);
  return {
    step: job.step.name,
    site: option.site.name,
    zone: option.site.zone,
    variant: option.way.variant,
    pue: option.site.pue,
    earliest: instant(item(decision.earliest, index)),
    deadline,
    latestStart: guard?.latestStart ?? deadline,
    intervals: ours.stretches.map(({ start, end }) => ({ start, end, level: option.way.level })),
    overheads: {
      energyKWh: kilowattHours(energyOfAll(overheads)),
      emissionsG: grams(gramsOfAll(overheads, option.zone.expected)),
    },
    energyKWh: kilowattHours(account.energyKWh),
    emissionsG: grams(account.expectedG),
    emissionsLowG: grams(band.low),
    emissionsHighG: grams(band.high),
    cost: account.cost,
    reckoning: reckoningOf(job.step, option),
    reason: decision.runsNow ?? reasonOf(ours, item(decision.rest, index), alone, now),
    runnerUp: runnerUp === undefined ? null : describeRunnerUp(runnerUp, accountOf(runnerUp, now)),
  };
}

const describeRunnerUp = (
  placed: Placed,
  { expectedG, cost }: { expectedG: number; cost: Money | null },
): RunnerUp => ({
  site: placed.option.site.name,
  level: placed.option.way.level,
  start: startOf(placed),
  emissionsG: grams(expectedG),
  cost,
});
