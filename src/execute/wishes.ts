/**
 * What people can ask of a run from outside: pause, go on, end. A living controller does it at its next look;
 * without one it is done here, by the same acts.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { scaledClock, systemClock } from '../clock.ts';
import type { Store } from '../store/index.ts';
import { instant, type Millis, millis } from '../units.ts';
import { isAlive } from './executors/local/process.ts';
import { ensureGuard } from './guard.ts';
import { holdAll, nothingLeft, nothingLives, resumeRun } from './keep.ts';
import { type Keeper, keeperOf } from './keeper.ts';
import { findRun, listActive, recordEvents, setDesired, type WorkflowRun } from './records.ts';
import { markClear, markSet } from './run-files.ts';
import { type PhasesByStep, seeSteps } from './step-phase.ts';

/** How long a living controller is given to do what was asked. */
const PATIENCE: Millis = millis(15_000);

export const isAttended = (run: WorkflowRun): boolean => run.controller !== null && isAlive(run.controller);

/** Where each step stands, from the disk alone. */
export const phasesOf = (run: WorkflowRun): PhasesByStep =>
  seeSteps(commandOf(run).executor, run.folder, run.definition.workflow.steps).phases;

/** Whether it ended with nobody attending it, so that only its account is left to be written. */
export function endedAlone(run: WorkflowRun): boolean {
  if (run.state !== 'active' || isAttended(run)) return false;
  const phases = phasesOf(run);
  return run.desired === 'cancel' ? nothingLives(phases) : nothingLeft(run.definition.workflow.steps, phases);
}

/** Has everything of it stand still until people say otherwise; its deadline no longer holds. */
export async function pause(store: Store, run: WorkflowRun): Promise<void> {
  await setDesired(store, run.id, 'pause');
  markSet(run.folder, 'hold');
  await tell(store, run, 'run-paused', 'pauses because somebody asked for it; its deadline no longer holds');
  holdAll(commandOf(run), phasesOf(run));
}

/** Lets it go on: at once where it is attended, by its guard at the latest start of each step where it is not. */
export async function resume(store: Store, run: WorkflowRun): Promise<void> {
  await setDesired(store, run.id, 'run');
  markClear(run.folder, 'hold');
  await tell(store, run, 'run-resumed', 'goes on because somebody asked for it');
  const keeper = commandOf(run);
  for (const phase of phasesOf(run).values()) {
    if ((phase.phase === 'paused' || phase.phase === 'pausing') && phase.run.seen.state === 'running') {
      resumeRun(keeper, phase.run);
    }
  }
  ensureGuard(run.folder);
}

/** Wants it ended; true once it is, false when it still has to be settled by somebody who attends it. */
export async function cancel(store: Store, run: WorkflowRun, signal: AbortSignal): Promise<boolean> {
  await setDesired(store, run.id, 'cancel');
  markSet(run.folder, 'cancel');
  await tell(store, run, 'run-cancelled', 'ends because somebody asked for it');
  ensureGuard(run.folder);
  const until = systemClock.now() + PATIENCE;
  while (systemClock.now() < until) {
    const seen = await findRun(store, run.id);
    if (seen.state !== 'active') return true;
    if (!isAttended(seen)) return false;
    await delay(200, undefined, { signal });
  }
  return false;
}

/** Starts the guards that are gone (a reboot, a kill) of runs that have not ended. */
export async function reviveGuards(store: Store): Promise<void> {
  for (const run of await listActive(store)) ensureGuard(run.folder);
}

/** Enters what was asked of the run, under the epoch in force: whoever attends it goes on. */
async function tell(store: Store, run: WorkflowRun, kind: string, text: string): Promise<void> {
  const at = instant(Math.round(scaledClock(run.clock).now()));
  await recordEvents(store, await findRun(store, run.id), [{ at, step: null, kind, text }]);
}

const commandOf = (run: WorkflowRun): Keeper => keeperOf(run.folder, run.id, run.clock, 'command');
