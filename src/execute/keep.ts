/**
 * The acts on a step that are safe for any process to do at any time, alone or beside another: each looks at the
 * disk first, is named by the run's folder, and does nothing when it is done already.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { type Instant, instant, MINUTE, type Millis, millis } from '../units.ts';
import type { Step } from '../workload/index.ts';
import type { Keeper } from './keeper.ts';
import {
  appendTurn,
  clearPause,
  markAt,
  markBegun,
  markedSince,
  markSet,
  nameOf,
  type Pause,
  readEnvironment,
  readTurns,
  runFolder,
  type StepOrder,
  stepRunId,
  writePause,
} from './run-files.ts';
import { isCheckpoint, type Phase, type PhasesByStep, type StepRun } from './step-phase.ts';

/** Asked to end, a command has this long (real time) before it is ended. */
const GRACE: Millis = millis(10_000);
/** That a run lives is noted this often (real time). */
const SIGN_EVERY: Millis = MINUTE;

/** Starts run `number` of a step unless somebody has. */
export async function startRun(keeper: Keeper, order: StepOrder, number: number, signal: AbortSignal): Promise<void> {
  await keeper.executor.start(
    {
      folder: runFolder(keeper.root, order.name, number),
      name: nameOf(stepRunId(keeper.workflowRun, order.name, number)),
      argv: order.argv,
      environment: {
        ...readEnvironment(keeper.root),
        ...order.environment,
        GRIDTIDE_WORKFLOW_RUN: keeper.workflowRun,
        GRIDTIDE_STEP: order.name,
        GRIDTIDE_RUN: String(number),
        GRIDTIDE_LEVEL: String(order.level ?? 1),
      },
      directory: order.directory,
    },
    signal,
  );
  markBegun(keeper.root, order.name, number);
}

/** Has a running step stop: freezes it, or asks it for its checkpoint. */
export function pauseRun(keeper: Keeper, run: StepRun, pause: Pause, signalName: NodeJS.Signals | undefined): void {
  writePause(run.folder, pause);
  if (pause.mode === 'checkpoint' && signalName !== undefined) {
    markSet(run.folder, 'asked');
    if (keeper.executor.notify(run.folder, signalName)) return;
  }
  freezeRun(keeper, run);
}

/** Stops a run in memory, and notes when. */
export function freezeRun(keeper: Keeper, run: StepRun): void {
  if (keeper.executor.freeze(run.folder)) {
    appendTurn(run.folder, { wall: keeper.wallNow(), turn: 'stop', by: keeper.by });
  }
}

/** Has a stopped or stopping run go on. */
export function resumeRun(keeper: Keeper, run: StepRun): void {
  keeper.executor.thaw(run.folder);
  appendTurn(run.folder, { wall: keeper.wallNow(), turn: 'go', by: keeper.by });
  clearPause(run.folder);
}

/** Ends a run: asks first, insists after the grace. Call again until it has ended. */
export function endRun(keeper: Keeper, run: StepRun, why: string): void {
  const since = markedSince(run.folder, 'ending');
  if (since === undefined) {
    markSet(run.folder, 'ending', why);
    keeper.executor.terminate(run.folder);
  } else if (keeper.wallNow() - since > GRACE) {
    keeper.executor.kill(run.folder);
  }
}

/**
 * Freezes whatever runs, for a hold, be it in the middle of a checkpoint; the names of the steps that it stopped. The
 * hold alone keeps them there: once it is lifted they are due, whoever lifted it and however far they got.
 */
export function holdAll(keeper: Keeper, phases: PhasesByStep): string[] {
  return [...phases].flatMap(([step, phase]) => {
    if (phase.phase !== 'running' && phase.phase !== 'pausing') return [];
    if (phase.phase === 'pausing' && phase.pause.mode === 'freeze') {
      freezeRun(keeper, phase.run); // it was told, and does not stand still yet
      return [];
    }
    const now = keeper.clock.now();
    pauseRun(keeper, phase.run, { at: now, resumeBy: now, mode: 'freeze' }, undefined);
    return [step];
  });
}

/** Ends whatever runs or stands still, for a cancellation; false once nothing does. */
export function endAll(keeper: Keeper, phases: PhasesByStep): boolean {
  const alive = living(phases);
  for (const run of alive) endRun(keeper, run, 'cancel');
  return alive.length > 0;
}

/** Whether nothing runs or stands still. */
export const nothingLives = (phases: PhasesByStep): boolean => living(phases).length === 0;

const living = (phases: PhasesByStep): StepRun[] =>
  [...phases.values()].flatMap((phase) => ('run' in phase && phase.run.seen.state === 'running' ? [phase.run] : []));

/** Notes of whatever runs that it was seen running: should it be lost, this is all that will be known of its end. */
export function noteAlive(keeper: Keeper, phases: PhasesByStep): void {
  const now = keeper.wallNow();
  for (const phase of phases.values()) {
    if (phase.phase !== 'running' && phase.phase !== 'pausing') continue;
    const { folder } = phase.run;
    const last = markedSince(folder, 'alive');
    if (last !== undefined && Math.abs(now - last) < SIGN_EVERY) continue;
    try {
      markAt(folder, 'alive', now);
    } catch {
      // A full disk must not keep anybody from what the work needs next.
    }
  }
}

/** Ends a run that has been running (pauses left out) for longer than the step's timeout. */
export function enforceTimeout(keeper: Keeper, order: StepOrder, phase: Phase): boolean {
  if (order.timeout === null || (phase.phase !== 'running' && phase.phase !== 'pausing')) return false;
  const { run } = phase;
  if (run.seen.state !== 'running' || keeper.clock.speed === 0) return false;
  if (runningTime(run, keeper.wallNow()) * keeper.clock.speed <= order.timeout) return false;
  endRun(keeper, run, 'timeout');
  return true;
}

/** Real time that a run has been running until `until` (or its end), without its stops. */
export function runningTime(run: StepRun, until: Instant): Millis {
  return millis(stretchesOf(run, until).reduce((sum, stretch) => sum + (stretch.end - stretch.start), 0));
}

/**
 * The wall time until which a run ran: its end, or `until` while it runs. Nobody saw the end of one that was lost: it is
 * taken to have run for as long after the last sign of it as signs are apart, so that hours in which the machine was
 * off are not counted.
 */
export function endOfRun({ folder, seen }: StepRun, until: Instant): Instant {
  switch (seen.state) {
    case 'ended':
      return seen.at;
    case 'lost': {
      const signs = [seen.since, markedSince(folder, 'alive') ?? 0, readTurns(folder).at(-1)?.wall ?? 0];
      return instant(Math.min(until, Math.max(...signs) + SIGN_EVERY));
    }
    default:
      return until;
  }
}

/** The stretches of wall time in which a run ran, until {@link endOfRun}. */
export function stretchesOf(run: StepRun, until: Instant): { readonly start: Instant; readonly end: Instant }[] {
  const { seen } = run;
  if (seen.state === 'absent') return [];
  const end = endOfRun(run, until);
  const stretches: { start: Instant; end: Instant }[] = [];
  let open: Instant | undefined = seen.since;
  for (const { wall, turn } of readTurns(run.folder)) {
    const at = instant(Math.min(wall, end));
    if (turn === 'stop' && open !== undefined) {
      if (at > open) stretches.push({ start: open, end: at });
      open = undefined;
    } else if (turn === 'go') {
      open = at;
    }
  }
  if (open !== undefined && end > open) stretches.push({ start: open, end });
  return stretches;
}

/**
 * Work that the attempt under way has done: {@link workOf} its last run and the runs that it continues after
 * checkpoints. A failed or lost run counts for nothing: the next one begins anew.
 */
export function workDone(
  runs: readonly StepRun[],
  step: Pick<Step, 'interruptible'>,
  clock: Clock,
  wallNow: Instant,
): Millis {
  const hasFailed = (run: StepRun): boolean =>
    run.seen.state === 'lost' || (run.seen.state === 'ended' && run.seen.code !== 0 && !isCheckpoint(run));
  return workOf(runs.slice(runs.findLastIndex(hasFailed) + 1), step, clock, wallNow);
}

/**
 * Work of one attempt, on the run's clock: the stretches of its runs, less what is declared for writing each checkpoint
 * and for each restart.
 */
export function workOf(
  attempt: readonly StepRun[],
  { interruptible }: Pick<Step, 'interruptible'>,
  clock: Clock,
  wallNow: Instant,
): Millis {
  const { checkpoint, restart } = interruptible.mode === 'checkpoint' ? interruptible : { checkpoint: 0, restart: 0 };
  let done = 0;
  let continues = false;
  for (const run of attempt) {
    const wrote = isCheckpoint(run);
    const ran = runningTime(run, wallNow) * clock.speed - (continues ? restart : 0) - (wrote ? checkpoint : 0);
    done += Math.max(0, ran);
    continues = wrote;
  }
  return millis(done);
}

/** Whether every step has ended, or waits for one that never will be done. Steps come in an order of precedence. */
export function nothingLeft(
  steps: readonly { readonly name: string; readonly after: readonly string[] }[],
  phases: PhasesByStep,
): boolean {
  const over = new Map<string, boolean>();
  for (const { name, after } of steps) {
    const phase = phases.get(name)?.phase;
    const blocked = after.some((before) => over.get(before) === true && phases.get(before)?.phase !== 'done');
    over.set(name, phase === 'done' || phase === 'failed' || blocked);
  }
  return [...over.values()].every(Boolean);
}
