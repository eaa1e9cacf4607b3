/**
 * What attempts at steps took, kept when their workflow run has ended, and read again so that plans learn from them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { learn, type PastRun } from '../plan/index.ts';
import { type Site, stepPower } from '../site/index.ts';
import { canonicalJson, type PastAttemptTable, type Store } from '../store/index.ts';
import type { Instant } from '../units.ts';
import type { Learner, Step, UnmeasuredStep } from '../workload/index.ts';
import { endOfRun, runningTime, workOf } from './keep.ts';
import { fenced, type WorkflowRun } from './records.ts';
import { stepRunId } from './run-files.ts';
import { isCheckpoint, type RunsByStep, type StepRun } from './step-phase.ts';

/** So many attempts of each step are kept; with the half-life of `plan/learn.ts`, an older one would count a ninth. */
const KEPT = 64;
/** More rows are not read: of a workflow of very many steps, the newest. */
const MOST_READ = 20_000;

/** What tells whether a past run was of the same work. */
const whatOf = ({ command, environment, folder, needs }: UnmeasuredStep): string =>
  createHash('sha256').update(canonicalJson({ command, environment, folder, needs })).digest('hex').slice(0, 16);

const hardwareOf = ({ hardware, machine }: Site): string =>
  [hardware ?? '', machine.name, String(machine.threads)].join('|');

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
      hardware: hardwareOf(siteOf(step.name)),
      time_scale: clock.speed,
      ended_at: endOfRun(last, wallNow),
      work_ms: work,
      cut: last.ending ? 1 : 0,
      power_w: power?.watts ?? null,
      power_gsd: power?.gsd ?? null,
    },
  ];
}

/** IT energy of a step run while it ran. */
interface Energy {
  joules: number;
  /** Joules times the square of the meter's spread (ln of its geometric standard deviation). */
  spread: number;
  isWhole: boolean;
}

async function energiesOf(store: Store, workflowRun: string): Promise<ReadonlyMap<string, Energy>> {
  const rows = await store.db
    .selectFrom('sample')
    .select(['run', 'energy_uj', 'gsd'])
    .where('workflow_run', '=', workflowRun)
    .execute();
  const energies = new Map<string, Energy>();
  for (const { run, energy_uj: energy, gsd } of rows) {
    const sum = energies.get(run) ?? { joules: 0, spread: 0, isWhole: true };
    const joules = Number(energy ?? 0) / 1e6;
    energies.set(run, {
      joules: sum.joules + joules,
      spread: sum.spread + joules * Math.log(gsd) ** 2,
      isWhole: sum.isWhole && energy !== null,
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

export interface Asked {
  readonly workflow: string;
  /** Seconds of the run's clock in a real one: what ran on another clock took another time on it. */
  readonly speed: number;
  readonly sites: () => Promise<readonly Site[]>;
}

/** What past runs of a workflow say of its steps; `undefined` where there are none. */
export async function learnerOf(store: Store, { workflow, speed, sites }: Asked): Promise<Learner | undefined> {
  const rows = await store.db
    .selectFrom('past_attempt')
    .selectAll()
    .where('workflow', '=', workflow)
    .where('time_scale', '=', speed)
    .orderBy('ended_at', 'desc')
    .limit(MOST_READ)
    .execute();
  if (rows.length === 0) return undefined;
  const past = new Map<string, PastRun[]>();
  for (const row of rows) {
    const key = keyOf(row.step, row.what, row.hardware);
    const runs = past.get(key);
    if (runs === undefined) past.set(key, [pastRun(row)]);
    else runs.push(pastRun(row));
  }
  const here = (await sites()).filter(({ executor }) => executor === 'local');
  return (step) => learn(placesOf(step, here, past), step.declared);
}

const keyOf = (step: string, what: string, hardware: string): string => `${step}|${what}|${hardware}`;

const pastRun = ({ ended_at, work_ms, cut, power_w, power_gsd }: PastAttemptTable): PastRun => ({
  endedAt: ended_at,
  work: work_ms,
  cut: cut === 1,
  power: power_w === null || power_gsd === null ? undefined : { watts: power_w, gsd: power_gsd },
});

/** The sites that a step may use, one entry for each kind of hardware. */
function placesOf(step: UnmeasuredStep, sites: readonly Site[], past: ReadonlyMap<string, readonly PastRun[]>) {
  const what = whatOf(step);
  const kinds = new Map<string, Site[]>();
  for (const site of sites) {
    if (step.sites?.includes(site.name) === false) continue;
    const kind = hardwareOf(site);
    kinds.set(kind, [...(kinds.get(kind) ?? []), site]);
  }
  return [...kinds].flatMap(([hardware, [first, ...rest]]) =>
    first === undefined
      ? []
      : [
          {
            sites: [first, ...rest].map(({ name }) => name),
            runs: past.get(keyOf(step.name, what, hardware)) ?? [],
            prior: { watts: stepPower(step, first), declared: step.power !== undefined },
          },
        ],
  );
}
