/**
 * One step of a plan, explained: why here, why now, why this size, what sets its guard, and what its pauses take.
 *
 * @module
 */
import type { Money, Site } from '../site/index.ts';
import { type Grams, grams, type Instant, instant, type Millis, millis } from '../units.ts';
import { accountOf, endOf, type Placed, startOf } from './account.ts';
import { alone, roomOf } from './alternatives.ts';
import { item } from './at.ts';
import { type Decision, decide } from './decide.ts';
import type { Guard } from './guard.ts';
import { type Option, refusal } from './jobs.ts';
import { plannedStep } from './make-plan.ts';
import type { PlannedStep, PlanRequest, StepPower } from './plan.ts';

/** What the step would take, run some other way while all others stay. */
export interface Choice {
  readonly start: Instant;
  readonly end: Instant;
  readonly emissionsG: Grams;
  readonly cost: Money | null;
}

/** A site: the best way to run the step there, or why it cannot. */
export interface ExplainedPlace {
  readonly site: string;
  readonly zone: string;
  readonly isChosen: boolean;
  /** `null` where it cannot run there, or where those beside it leave no room. */
  readonly choice: Choice | null;
  readonly refusal: string | null;
}

/** A slot of the data in the window of the step, half-open. */
export interface ExplainedSlot {
  readonly start: Instant;
  readonly end: Instant;
  readonly intensityGPerKWh: number;
  /** The part of it in which the step runs, [0, 1]. */
  readonly used: number;
}

export interface Explanation {
  readonly planned: PlannedStep;
  /** The same step in run-now, at its site there. */
  readonly runNow: Choice & { readonly site: string };
  readonly places: readonly ExplainedPlace[];
  readonly window: {
    /** From its soonest start to its latest end. */
    readonly start: Instant;
    readonly end: Instant;
    readonly slots: readonly ExplainedSlot[];
    /** Mean intensity of the hours in which it runs, and of all of the window; g/kWh. */
    readonly chosenGPerKWh: number;
    readonly meanGPerKWh: number;
  };
  readonly guard: {
    readonly latestStart: Instant;
    readonly deadline: Instant;
    /** Steps that must still run between its end and what limits them all, in their order. */
    readonly through: readonly { readonly step: string; readonly duration: Millis }[];
    /** What limits the last of them, or the step itself. */
    readonly limit: 'deadline' | 'maxDelay';
  };
  readonly pauses: { readonly count: number; readonly checkpoint: Millis; readonly restart: Millis };
  /** Sizes in which the step may run at its site, ascending; `choice` is `null` where there is no room for one. */
  readonly levels: readonly { readonly level: number; readonly isChosen: boolean; readonly choice: Choice | null }[];
}

/**
 * Explains one step of the plan of `request`; `undefined` where the plan has no such step.
 *
 * @throws Failure `plan/mixed-signals` as the plan does
 */
export function explain(request: PlanRequest, power: StepPower, step: string): Explanation | undefined {
  const decision = decide(request, power);
  const { now } = request;
  const index = decision.placed.findIndex(({ job }) => job.step.name === step);
  if (index < 0) return undefined;
  const ours = item(decision.placed, index);
  const atOnce = item(decision.rest, index);
  const accounts = decision.placed.map((one) => accountOf(one, now));
  const planned = plannedStep(request, decision, accounts, index);
  const { job, stretches } = ours;
  return {
    planned,
    runNow: { ...choiceOf(atOnce, now), site: atOnce.option.site.name },
    places: request.sites.map((site) => placeOf(site, request, decision, index)),
    window: windowOf(ours, planned, item(decision.earliest, index), now),
    guard: guardOf(step, request, decision),
    pauses: { count: stretches.length - 1, checkpoint: millis(job.checkpoint), restart: millis(job.restart) },
    levels: job.options
      .filter(({ site }) => site === ours.option.site)
      .map((option) => ({
        level: option.way.level,
        isChosen: option === ours.option,
        choice: option === ours.option ? choiceOf(ours, now) : bestOf([option], decision, index, now),
      })),
  };
}

function choiceOf(placed: Placed, now: Instant): Choice {
  const { expectedG, cost } = accountOf(placed, now);
  return { start: startOf(placed), end: endOf(placed), emissionsG: grams(expectedG), cost };
}

const NO_ROOM = 'no room: the steps beside it, or its deadline, leave too little time there';

function placeOf(site: Site, request: PlanRequest, decision: Decision, index: number): ExplainedPlace {
  const { placed } = decision;
  const ours = item(placed, index);
  const { job } = ours;
  const { name, zone } = site;
  const at = { site: name, zone };
  if (ours.option.site.name === name) {
    return { ...at, isChosen: true, choice: choiceOf(ours, request.now), refusal: null };
  }
  const why = refusal(job.step, site, request);
  if (why !== undefined) return { ...at, isChosen: false, choice: null, refusal: why };
  const there = job.options.filter((other) => other.site.name === name);
  const choice = bestOf(there, decision, index, request.now);
  return { ...at, isChosen: false, choice, refusal: choice === null ? NO_ROOM : null };
}

/** The best that one step could do in some of its ways, all others where they are; `null` where they leave no room. */
function bestOf(ways: readonly Option[], { placed, question }: Decision, index: number, now: Instant): Choice | null {
  const { job } = item(placed, index);
  const room = question && roomOf(placed, index, now, item(question.latest, index));
  const choices = ways.flatMap((option) => {
    const found = room && alone(job, option, room, question);
    return found === undefined ? [] : [choiceOf(found, now)];
  });
  return choices.reduce<Choice | null>((a, b) => (a !== null && a.emissionsG <= b.emissionsG ? a : b), null);
}

function windowOf(ours: Placed, planned: PlannedStep, earliest: number, now: Instant): Explanation['window'] {
  const { axis, intensityG } = ours.option.zone.outlook;
  const start = Math.min(earliest, startOf(ours));
  const end = Math.max(planned.deadline, endOf(ours));
  const first = Math.max(0, Math.floor((start - axis.start) / axis.step));
  const last = Math.min(axis.length, Math.ceil((end - axis.start) / axis.step));
  const slots = Array.from({ length: Math.max(0, last - first) }, (_, i): ExplainedSlot => {
    const from = Math.max(start, axis.start + (first + i) * axis.step);
    const to = Math.min(end, axis.start + (first + i + 1) * axis.step);
    const running = ours.stretches.reduce(
      (sum, stretch) => sum + Math.max(0, Math.min(to, stretch.end) - Math.max(from, stretch.start)),
      0,
    );
    return {
      start: instant(from),
      end: instant(to),
      intensityGPerKWh: intensityG[first + i] ?? Number.NaN,
      used: running / (to - from),
    };
  });
  const { energyKWh, rankG } = accountOf(ours, now);
  const hours = slots.reduce((sum, slot) => sum + (slot.end - slot.start), 0);
  const weighed = slots.reduce((sum, slot) => sum + slot.intensityGPerKWh * (slot.end - slot.start), 0);
  return {
    start: instant(start),
    end: instant(end),
    slots,
    chosenGPerKWh: energyKWh > 0 ? rankG / energyKWh : 0,
    meanGPerKWh: hours > 0 ? weighed / hours : 0,
  };
}

/** Follows the guards from a step to whatever limits the last of those that must run after it. */
function guardOf(step: string, { workflow }: PlanRequest, { guards, placed }: Decision): Explanation['guard'] {
  const of = (name: string): Guard =>
    guards.get(name) ?? { deadline: workflow.deadline, latestStart: workflow.deadline };
  const through: { step: string; duration: Millis }[] = [];
  let last = step;
  for (;;) {
    const { deadline } = of(last);
    const next = placed.find(
      ({ job }) => of(job.step.name).latestStart === deadline && (job.step.after.includes(last) || queued(job, last)),
    );
    if (next === undefined || through.length > placed.length) break;
    last = next.job.step.name;
    through.push({ step: last, duration: millis(next.option.work + next.option.reserve) });
  }
  const limit = of(last).deadline >= workflow.deadline ? 'deadline' : 'maxDelay';
  return { ...of(step), through, limit };

  /** Put behind another at a site that cannot hold both. */
  function queued({ step: other }: Placed['job'], before: string): boolean {
    const site = (name: string): string | undefined =>
      placed.find(({ job }) => job.step.name === name)?.option.site.name;
    return other.name !== before && of(before).deadline < workflow.deadline && site(other.name) === site(before);
  }
}
