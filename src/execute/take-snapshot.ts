/**
 * Puts together what can be seen of a run at a moment.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { StepAccount } from '../ledger/index.ts';
import { type Outlook, type Plan, wayAt } from '../plan/index.ts';
import {
  grams,
  type Instant,
  instant,
  kilowattHours,
  type Microjoules,
  microgramsToGrams,
  microjoulesToKWh,
  millis,
} from '../units.ts';
import type { Step } from '../workload/index.ts';
import { left } from './decide.ts';
import { stretchesOf, workDone } from './keep.ts';
import type { RunEvent, RunState, WorkflowRun } from './records.ts';
import { markedSince } from './run-files.ts';
import type { RunSnapshot, StepSnapshot, StepState } from './snapshot.ts';
import { attemptsOf, hasEndedItself, type Phase, type StepRun } from './step-phase.ts';

/** Facility energy and emissions entered so far. */
export interface Spent {
  readonly energyKWh: number;
  readonly emissionsG: number;
}

export interface View {
  readonly run: WorkflowRun;
  readonly state: RunState;
  readonly attended: boolean;
  readonly clock: Clock;
  readonly wallNow: Instant;
  readonly runs: ReadonlyMap<string, readonly StepRun[]>;
  readonly phases: ReadonlyMap<string, Phase>;
  readonly events: readonly RunEvent[];
  readonly plan: Plan;
  readonly firstPlan: Plan;
  readonly plans: number;
  readonly outlooks: Readonly<Record<string, Outlook>>;
  readonly spent: ReadonlyMap<string, Spent>;
  readonly powerW: number | undefined;
  readonly meters: readonly string[];
  readonly trouble: readonly string[];
}

const LAST_LINE_BYTES = 4_096;

export function snapshotOf(view: View): RunSnapshot {
  const { run, clock, wallNow } = view;
  const held = view.state === 'active' ? markedSince(run.folder, 'hold') : undefined;
  return {
    schemaVersion: 1,
    id: run.id,
    workflow: run.definition.workflow.name,
    state: view.state,
    attended: view.attended,
    heldSince: held === undefined ? null : instant(Math.round(clock.fromWall(held))),
    submittedAt: run.submittedAt,
    now: instant(Math.round(clock.fromWall(wallNow))),
    deadline: run.definition.workflow.deadline,
    speed: clock.speed,
    steps: run.definition.workflow.steps.map((step) => stepSnapshot(step, view)),
    plan: view.plan,
    promised: promiseOf(view.firstPlan),
    outlooks: view.outlooks,
    plans: view.plans,
    powerW: view.powerW ?? null,
    meter: view.meters.join(', '),
    events: view.events,
    trouble: view.trouble,
  };
}

function promiseOf({ savingPercent, savingLowPercent, savingHighPercent }: Plan): RunSnapshot['promised'] {
  return savingPercent === null || savingLowPercent === null || savingHighPercent === null
    ? null
    : { percent: savingPercent, low: savingLowPercent, high: savingHighPercent };
}

function stepSnapshot(step: Step, view: View): StepSnapshot {
  const { clock, wallNow } = view;
  const runs = view.runs.get(step.name) ?? [];
  const phase = view.phases.get(step.name) ?? { phase: 'waiting', next: 1 };
  const virtual = (wall: Instant): Instant => instant(Math.round(clock.fromWall(wall)));
  const open = phase.phase === 'running' || phase.phase === 'pausing';
  const stretches = runs.flatMap((run) => stretchesOf(run, wallNow));
  const ran = stretches.map(({ start, end }, i) => ({
    start: virtual(start),
    end: open && i === stretches.length - 1 ? null : virtual(end),
  }));
  const last = runs.at(-1);
  const state = view.state === 'cancelled' && !hasEndedItself(phase, last) ? 'cancelled' : stateOf(phase);
  const spent = view.spent.get(step.name);
  const done = workDone(runs, step, clock, wallNow);
  const site = siteOf(step.name, view.plan) ?? siteOf(step.name, view.firstPlan) ?? '';
  const { hardware } = view.run.definition.sites.find(({ name }) => name === site) ?? {};
  const planned = view.plan.steps.find((one) => one.step === step.name)?.intervals[0];
  const { duration } = wayAt(step, hardware, last?.level ?? planned?.level ?? 1);
  return {
    step: step.name,
    state,
    since: sinceOf(state, ran, view),
    site,
    ran,
    duration,
    reckoned: view.firstPlan.steps.find((planned) => planned.step === step.name)?.reckoning?.words,
    remaining: left(duration, done),
    overrun: millis(Math.max(0, done - duration)),
    pauses: Math.max(0, stretches.length - attemptsOf(runs)),
    attempts: attemptsOf(runs),
    exitCode: last?.seen.state === 'ended' ? last.seen.code : null,
    energyKWh: kilowattHours(spent?.energyKWh ?? 0),
    emissionsG: grams(spent?.emissionsG ?? 0),
    lastLine: last === undefined ? '' : lastLine(last.folder),
  };
}

/** What the accounts of the ledger say, by step. */
export const spentOf = (accounts: readonly StepAccount[]): ReadonlyMap<string, Spent> =>
  new Map(
    accounts.map(({ step, facility, emissions }) => [
      step,
      { energyKWh: microjoulesToKWh(facility), emissionsG: microgramsToGrams(emissions) },
    ]),
  );

/** What was entered, and what was read since, at the intensity of now. */
export function withPending(
  entered: ReadonlyMap<string, Spent>,
  pending: ReadonlyMap<string, Microjoules>,
  worth: (step: string) => { readonly pue: number; readonly intensityG: number | undefined },
): ReadonlyMap<string, Spent> {
  const all = new Map(entered);
  for (const [step, energy] of pending) {
    const { pue, intensityG } = worth(step);
    const before = all.get(step) ?? { energyKWh: 0, emissionsG: 0 };
    const energyKWh = microjoulesToKWh(energy) * pue;
    all.set(step, {
      energyKWh: before.energyKWh + energyKWh,
      emissionsG: before.emissionsG + energyKWh * (intensityG ?? 0),
    });
  }
  return all;
}

/** Plans leave out steps that are done. */
const siteOf = (step: string, plan: Plan): string | undefined =>
  plan.steps.find((planned) => planned.step === step)?.site;

const stateOf = (phase: Phase): StepState => (phase.phase === 'again' ? 'waiting' : phase.phase);

function sinceOf(state: StepState, ran: StepSnapshot['ran'], view: View): Instant {
  const last = ran.at(-1);
  if (last === undefined) return view.run.submittedAt;
  return state === 'running' || state === 'pausing' ? last.start : (last.end ?? last.start);
}

/** The last line that a run printed, without reading more than the end of its log. */
function lastLine(folder: string): string {
  let file: number | undefined;
  try {
    file = openSync(join(folder, 'output.log'), 'r');
    const { size } = fstatSync(file);
    const length = Math.min(size, LAST_LINE_BYTES);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    // What a program prints is not trusted with the terminal.
    return (lines.at(-1) ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
