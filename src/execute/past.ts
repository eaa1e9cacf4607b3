/**
 * What attempts at steps took, kept when their workflow run has ended, so that plans learn from them.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { hardwareOf, whatOf } from '../past/index.ts';
import { type PastRun, wayAt } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import type { PastAttemptTable, Store } from '../store/index.ts';
import type { Instant } from '../units.ts';
import type { Step } from '../workload/index.ts';
import { endOfRun, runningTime, workOf } from './keep.ts';
import { fenced, type WorkflowRun } from './records.ts';
import { stepRunId } from './run-files.ts';
import { isCheckpoint, type RunsByStep, type StepRun } from './step-phase.ts';

/** So many attempts of each step are kept; with the half-life of `plan/learn.ts`, an older one would count a ninth. */
const KEPT = 64;

export interface Ended {
  readonly run: WorkflowRun;
  readonly runs: RunsByStep;
  readonly clock: Clock;
  readonly wallNow: Instant;
  readonly siteOf: (step: string) => Site;
}

/** Keeps what the attempts of a run took that has ended. The same again is a no-op. */
export async function keepPast(store: Store, ended: Ended): Promise<void> {
  const { run, runs } = ended;
  const energies = await energiesOf(store, run.id);
  const rows = run.definition.workflow.steps.flatMap((step) =>
    attemptsIn(runs.get(step.name) ?? []).flatMap((attempt) => rowOf(step, attempt, ended, energies)),
  );
  await fenced(store, run, async (trx) => {
    for (const row of rows) {
      await trx
        .insertInto('past_attempt')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      const same = trx
        .selectFrom('past_attempt')
        .select('id')
        .where('workflow', '=', row.workflow)
        .where('time_scale', '=', row.time_scale)
        .where('step', '=', row.step)
        .where('what', '=', row.what)
        .where('hardware', '=', row.hardware);
      const older = same.orderBy('ended_at', 'desc').orderBy('id').limit(-1).offset(KEPT);
      await trx.deleteFrom('past_attempt').where('id', 'in', older).execute();
    }
  });
}

/** The runs of each attempt: one that began anew, and those that continued it after its checkpoints. */
function attemptsIn(runs: readonly StepRun[]): StepRun[][] {
  const attempts: StepRun[][] = [];
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1];
    const last = attempts.at(-1);
    if (last !== undefined && before !== undefined && isCheckpoint(before)) last.push(run);
    else attempts.push([run]);
  }
  return attempts;
}

/** The row of an attempt that ended well, or was ended; none of one that failed, was lost or has not ended. */
function rowOf(
  step: Step,
  attempt: readonly StepRun[],
  { run, clock, wallNow, siteOf }: Ended,
  energies: ReadonlyMap<string, Energy>,
): PastAttemptTable[] {
  const last = attempt.at(-1);
  if (last === undefined || last.seen.state !== 'ended') return [];
  const site = siteOf(step.name);
  if (!isAsDeclared(step, site, last.level)) return [];
  if (!last.ending && last.seen.code !== 0) return [];
  const work = Math.round(workOf(attempt, step, clock, wallNow));
  if (work <= 0) return [];
  const id = (one: StepRun): string => stepRunId(run.id, step.name, one.number);
  const power = powerOf(
    attempt.map((one) => ({ ...timesOf(one, wallNow), energy: energies.get(id(one)) })),
    step,
  );
  return [
    {
      id: id(last),
      workflow: run.definition.workflow.name,
      step: step.name,
      what: whatOf(step),
      hardware: hardwareOf(site),
      time_scale: clock.speed,
      ended_at: endOfRun(last, wallNow),
      work_ms: work,
      cut: last.ending ? 1 : 0,
      power_w: power?.watts ?? null,
      power_gsd: power?.gsd ?? null,
    },
  ];
}

/** Its length and power are those that the step itself declares: its smallest size, and no profile. */
function isAsDeclared(step: Step, { hardware }: Site, level: number): boolean {
  const smallest = wayAt(step, hardware, 0);
  return smallest.variant === 'default' && smallest.level === level;
}

/** IT energy of a step run while it ran. */
interface Energy {
  joules: number;
  /** Joules times the square of the meter's spread (ln of its geometric standard deviation). */
  spread: number;
  /** All of its time was measured, and at the plug: what a chip draws is not what its machine does. */
  isWhole: boolean;
}

async function energiesOf(store: Store, workflowRun: string): Promise<ReadonlyMap<string, Energy>> {
  const rows = await store.db
    .selectFrom('sample')
    .select(['run', 'energy_uj', 'gsd', 'boundary'])
    .where('workflow_run', '=', workflowRun)
    .execute();
  const energies = new Map<string, Energy>();
  for (const { run, energy_uj: energy, gsd, boundary } of rows) {
    const sum = energies.get(run) ?? { joules: 0, spread: 0, isWhole: true };
    const joules = Number(energy ?? 0) / 1e6;
    energies.set(run, {
      joules: sum.joules + joules,
      spread: sum.spread + joules * Math.log(gsd) ** 2,
      isWhole: sum.isWhole && energy !== null && boundary === 'machine',
    });
  }
  return energies;
}

/** Real time, in ms, that a run ran and stood still. */
function timesOf(run: StepRun, wallNow: Instant): { readonly ran: number; readonly stood: number } {
  const ran = runningTime(run, wallNow);
  const since = run.seen.state === 'absent' ? wallNow : run.seen.since;
  return { ran, stood: Math.max(0, endOfRun(run, wallNow) - since - ran) };
}

interface Measured {
  readonly ran: number;
  readonly stood: number;
  readonly energy: Energy | undefined;
}

/** Mean power over the running time of an attempt; while it stood still it was charged what it declares, no more. */
function powerOf(runs: readonly Measured[], { interruptible }: Step): PastRun['power'] {
  const paused = interruptible.mode === 'freeze' ? interruptible.pausedPower : 0;
  let joules = 0;
  let spread = 0;
  let seconds = 0;
  for (const { ran, stood, energy } of runs) {
    if (energy === undefined || !energy.isWhole) return undefined;
    joules += energy.joules - (paused * stood) / 1_000;
    spread += energy.spread;
    seconds += ran / 1_000;
  }
  const all = runs.reduce((sum, { energy }) => sum + (energy?.joules ?? 0), 0);
  return joules > 0 && seconds > 0 ? { watts: joules / seconds, gsd: Math.exp(Math.sqrt(spread / all)) } : undefined;
}
