/**
 * Where a step stands, told from what is on disk and from nothing else, so that every process that looks comes to
 * the same answer.
 *
 * The phases, what brings a step there and what leads on:
 *
 * - **waiting**: no run of it has been claimed. Leads to *running* when the steps it waits for are done and either
 *   the plan's current interval or its latest start says so.
 * - **running**: its last run is claimed, has no exit file, and is not asked to stop. Leads to *pausing* or *paused*
 *   when the plan leaves a gap, to *done*, *again* or *failed* when the command ends.
 * - **pausing**: asked to write its checkpoint and end; still running. Leads to *paused* when it ends with exit code
 *   75; frozen where it is when it has not ended in its declared time.
 * - **paused**: frozen in memory, or ended after its checkpoint. Leads to *running* by thawing, or by the next run,
 *   at the plan's next interval or at `resumeBy` at the latest.
 * - **again**: its last run failed with retries left, or was lost with its machine. Leads to *running* at once.
 * - **done**: the last run ended with exit code 0. Final.
 * - **failed**: the last run failed and no retry is left. Final.
 *
 * @module
 */
import { type Instant, instant } from '../units.ts';
import type { Executor, Observation } from './executor.ts';
import { hasBegun, markedSince, type Pause, readLevel, readPause, runFolder, runNumbers } from './run-files.ts';

/** Ended after writing its checkpoint: "start me again" (EX_TEMPFAIL of sysexits.h). */
export const EXIT_CHECKPOINTED = 75;
/** A run that is lost with its machine is started again, but not for ever. */
const LOSSES_ALLOWED = 3;

export interface StepRun {
  readonly number: number;
  readonly folder: string;
  readonly seen: Observation;
  /** The size at which it was started. */
  readonly level: number;
  readonly pause: Pause | undefined;
  /** It was asked, at least once, to write its checkpoint and end. */
  readonly asked: boolean;
  /** We asked it to end: a timeout, a cancellation. */
  readonly ending: boolean;
}

export type Phase =
  | { readonly phase: 'waiting'; readonly next: number }
  | { readonly phase: 'running'; readonly run: StepRun }
  | { readonly phase: 'pausing'; readonly run: StepRun; readonly pause: Pause }
  /** `next` is the number of the run that continues it; `undefined` when it is thawed instead. */
  | { readonly phase: 'paused'; readonly run: StepRun; readonly pause: Pause; readonly next: number | undefined }
  | { readonly phase: 'again'; readonly next: number; readonly why: 'retry' | 'lost' }
  | { readonly phase: 'done'; readonly at: Instant }
  | { readonly phase: 'failed'; readonly at: Instant; readonly code: number | undefined };

export type RunsByStep = ReadonlyMap<string, readonly StepRun[]>;
export type PhasesByStep = ReadonlyMap<string, Phase>;

/** Where every step of the run in `root` stands, by name. */
export function seeSteps(
  executor: Executor,
  root: string,
  steps: readonly { readonly name: string; readonly retries: number }[],
): { readonly runs: RunsByStep; readonly phases: PhasesByStep } {
  const runs = new Map(steps.map(({ name }) => [name, stepRuns(executor, root, name)]));
  const phases = new Map(steps.map(({ name, retries }) => [name, phaseOf(runs.get(name) ?? [], retries)]));
  return { runs, phases };
}

/** All runs of a step, oldest first; those that nobody claimed are left out. */
export function stepRuns(executor: Executor, root: string, step: string): StepRun[] {
  return runNumbers(root, step)
    .map((number) => {
      const folder = runFolder(root, step, number);
      const asked = markedSince(folder, 'asked') !== undefined;
      const ending = markedSince(folder, 'ending') !== undefined;
      const seen = executor.observe(folder);
      return { number, folder, seen, level: readLevel(folder), pause: readPause(folder), asked, ending };
    })
    .filter((run) => run.seen.state !== 'absent');
}

/** The phase of a step with `retries` retries, from its claimed runs. `wall` instants are those of the files. */
export function phaseOf(runs: readonly StepRun[], retries: number): Phase {
  const last = runs.at(-1);
  if (last === undefined) return { phase: 'waiting', next: 1 };
  const { seen, pause } = last;
  const next = last.number + 1;
  switch (seen.state) {
    case 'absent':
      return { phase: 'waiting', next: last.number };
    case 'running':
      if (pause === undefined) return { phase: 'running', run: last };
      if (seen.frozen) return { phase: 'paused', run: last, pause, next: undefined };
      return { phase: 'pausing', run: last, pause };
    case 'ended':
      if (seen.code === 0) return { phase: 'done', at: seen.at };
      if (isCheckpoint(last)) return { phase: 'paused', run: last, pause: pause ?? overdue(seen.at), next };
      return failuresOf(runs) <= retries && runs.filter(isEndedByAsking).length <= LOSSES_ALLOWED
        ? { phase: 'again', next, why: 'retry' }
        : { phase: 'failed', at: seen.at, code: seen.code };
    case 'lost':
      return runs.filter((run) => run.seen.state === 'lost').length <= LOSSES_ALLOWED
        ? { phase: 'again', next, why: 'lost' }
        : { phase: 'failed', at: seen.since, code: undefined };
  }
}

/** Whether the run that would be the step's next has begun already: its folder was removed. */
export const hasVanished = (root: string, step: string, phase: Phase): boolean =>
  'next' in phase && phase.next !== undefined && hasBegun(root, step, phase.next);

/** It was asked for a checkpoint and ended by saying that it wrote one. */
export const isCheckpoint = (run: StepRun): boolean =>
  run.seen.state === 'ended' && run.seen.code === EXIT_CHECKPOINTED && run.asked;

/** Runs that began anew: continuations after a checkpoint belong to the run before them. */
export const attemptsOf = (runs: readonly StepRun[]): number =>
  runs.filter((_, i) => {
    const before = runs[i - 1];
    return before === undefined || !isCheckpoint(before);
  }).length;

/** It was over before anybody cancelled the run, well or not: what we ended for that bears our mark. */
export const hasEndedItself = ({ phase }: Phase, last: StepRun | undefined): boolean =>
  phase === 'done' || (phase === 'failed' && last?.ending !== true);

/**
 * It was asked for a checkpoint and ended by a signal instead (a shell says 128 + its number): we ended it, so it is
 * no failure of its own and is started again.
 */
const isEndedByAsking = (run: StepRun): boolean =>
  run.seen.state === 'ended' && run.seen.code > SIGNALLED && run.asked && !run.ending;

const SIGNALLED = 128;

const failuresOf = (runs: readonly StepRun[]): number =>
  runs.filter((run) => run.seen.state === 'ended' && run.seen.code !== 0 && !isCheckpoint(run) && !isEndedByAsking(run))
    .length;

/** It was told to go on while it wrote its checkpoint: it goes on at once. */
const overdue = (at: Instant): Pause => ({ at, resumeBy: instant(0), mode: 'checkpoint' });
