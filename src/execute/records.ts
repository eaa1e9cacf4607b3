/**
 * What the store knows of workflow runs: who attends them, what people want of them, what happened to them.
 * Every write of a controller is fenced by its epoch, so that one that was replaced cannot write any more.
 *
 * @module
 */
import type { Transaction } from 'kysely';
import type { ClockOrigin } from '../clock.ts';
import { Failure } from '../errors.ts';
import { readOutlooks } from '../ledger/index.ts';
import type { Outlook, Plan } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import type { Database, Store } from '../store/index.ts';
import { type Instant, instant } from '../units.ts';
import type { Workflow } from '../workload/index.ts';
import { type Identity, isAlive, parseIdentity } from './executors/local/process.ts';
import { forgetEnvironment } from './run-files.ts';

export type Desired = 'run' | 'pause' | 'cancel';
export type RunState = 'active' | 'done' | 'failed' | 'cancelled';

/** What was accepted, as it stays for the whole run. */
export interface Definition {
  readonly workflow: Workflow;
  readonly sites: readonly Site[];
  readonly slotMinutes: number;
  /** How the grid was asked for, so that a later controller asks the same. */
  readonly grid: GridChoice;
}

/** Where intensity comes from for this run. */
export type GridChoice =
  | { readonly from: 'live' }
  /** `file` is absolute, `name` as it was given. */
  | { readonly from: 'file'; readonly file: string; readonly name: string; readonly signal: string | null }
  | { readonly from: 'synthetic'; readonly seed: number };

export interface WorkflowRun {
  readonly id: string;
  readonly definition: Definition;
  readonly submittedAt: Instant;
  readonly clock: ClockOrigin;
  readonly folder: string;
  readonly desired: Desired;
  readonly state: RunState;
  readonly endedAt: Instant | null;
  readonly controller: Identity | null;
  readonly epoch: number;
}

export interface RunEvent {
  readonly at: Instant;
  readonly step: string | null;
  /** Noun and verb: `step-started`, `grid-lost`. */
  readonly kind: string;
  readonly text: string;
}

/** The run named `id`, or the only one whose id starts so. Throws `execute/not-found`. */
export async function findRun(store: Store, id: string): Promise<WorkflowRun> {
  // An unset variable in somebody's script is not every run.
  if (id === '')
    throw new Failure('execute/not-found', 'no run is named', { expected: 'an id that `gridtide ls` shows' });
  const rows = await store.db
    .selectFrom('workflow_run')
    .selectAll()
    .where((e) => e.or([e('id', '=', id), e(e.fn('substr', ['id', e.val(1), e.val(id.length)]), '=', id)]))
    .orderBy('submitted_at', 'desc')
    .limit(5)
    .execute();
  const row = rows.find((candidate) => candidate.id === id) ?? (rows.length === 1 ? rows[0] : undefined);
  if (row !== undefined) return toRun(row);
  if (rows.length === 0) {
    throw new Failure('execute/not-found', 'no run has this name', {
      value: id,
      expected: 'an id that `gridtide ls` shows',
    });
  }
  throw new Failure('execute/not-found', 'several runs begin like this', {
    value: id,
    expected: `one of ${rows.map((candidate) => candidate.id).join(', ')}`,
  });
}

/** The newest runs first, at most `limit`. */
export async function listRuns(store: Store, limit: number): Promise<WorkflowRun[]> {
  const rows = await newestFirst(store).limit(limit).execute();
  return rows.map(toRun);
}

/** Every run that has not ended, the newest first. */
export async function listActive(store: Store): Promise<WorkflowRun[]> {
  const rows = await newestFirst(store).where('state', '=', 'active').execute();
  return rows.map(toRun);
}

const newestFirst = (store: Store) =>
  store.db
    .selectFrom('workflow_run')
    .selectAll()
    // Runs whose clock was set may all have begun at one instant: what tells them apart is when they were entered.
    .orderBy(
      (e) =>
        e
          .selectFrom('run_event')
          .select((own) => own.fn.min('run_event.id').as('entered'))
          .whereRef('run_event.workflow_run', '=', 'workflow_run.id'),
      'desc',
    );

function toRun(row: {
  readonly id: string;
  readonly definition: string;
  readonly submitted_at: number;
  readonly clock: string;
  readonly folder: string;
  readonly desired: string;
  readonly state: string;
  readonly ended_at: number | null;
  readonly controller: string | null;
  readonly epoch: number;
}): WorkflowRun {
  return {
    id: row.id,
    definition: JSON.parse(row.definition) satisfies Definition,
    submittedAt: instant(row.submitted_at),
    clock: JSON.parse(row.clock) satisfies ClockOrigin,
    folder: row.folder,
    desired: row.desired === 'pause' || row.desired === 'cancel' ? row.desired : 'run',
    state: row.state === 'done' || row.state === 'failed' || row.state === 'cancelled' ? row.state : 'active',
    endedAt: row.ended_at === null ? null : instant(row.ended_at),
    controller: row.controller === null ? null : (parseIdentity(row.controller) ?? null),
    epoch: row.epoch,
  };
}

/**
 * Makes `self` the one that attends the run; the epoch it must write under. Throws `execute/attended`, and
 * `execute/cannot` when it has ended: an account is written once.
 */
export async function takeOver(store: Store, id: string, self: Identity): Promise<WorkflowRun> {
  return store.transaction(async (trx) => {
    const row = await trx.selectFrom('workflow_run').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new Failure('execute/not-found', 'no run has this name', { value: id });
    const run = toRun(row);
    if (run.state !== 'active') throw new Failure('execute/cannot', `${id} has ended`);
    if (run.controller !== null && run.controller.pid !== self.pid && isAlive(run.controller)) {
      throw new Failure('execute/attended', `process ${run.controller.pid} attends ${id} already`);
    }
    const epoch = run.epoch + 1;
    await trx
      .updateTable('workflow_run')
      .set({ controller: identityText(self), epoch })
      .where('id', '=', id)
      .execute();
    return { ...run, controller: self, epoch };
  });
}

/** Nobody attends the run any more. */
export async function letGo(store: Store, run: WorkflowRun): Promise<void> {
  await store.db
    .updateTable('workflow_run')
    .set({ controller: null })
    .where('id', '=', run.id)
    .where('epoch', '=', run.epoch)
    .execute();
}

export const identityText = (identity: Identity): string => `${identity.pid} ${identity.start} ${identity.bootId}`;

/** Runs `write` in a transaction if this controller still is the run's. Throws `execute/attended`. */
export async function fenced<T>(
  store: Store,
  run: WorkflowRun,
  write: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return store.transaction(async (trx) => {
    const row = await trx.selectFrom('workflow_run').select('epoch').where('id', '=', run.id).executeTakeFirst();
    if (row?.epoch !== run.epoch) throw new Failure('execute/attended', `another process took ${run.id} over`);
    return write(trx);
  });
}

export async function readDesired(store: Store, run: WorkflowRun): Promise<Desired> {
  const row = await store.db
    .selectFrom('workflow_run')
    .select('desired')
    .where('id', '=', run.id)
    .executeTakeFirstOrThrow();
  return row.desired === 'pause' || row.desired === 'cancel' ? row.desired : 'run';
}

/** What people want of the run. A run that has ended, or is being ended, takes no other wish. */
export async function setDesired(store: Store, id: string, desired: Desired): Promise<void> {
  const changed = await store.db
    .updateTable('workflow_run')
    .set({ desired })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .where((e) => (desired === 'cancel' ? e.lit(true) : e('desired', '!=', 'cancel')))
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) {
    throw new Failure('execute/cannot', `${id} has ended or is being cancelled; it cannot be asked to ${desired}`);
  }
}

export async function endRecord(store: Store, run: WorkflowRun, state: RunState, at: Instant): Promise<void> {
  await fenced(store, run, async (trx) => {
    await trx.updateTable('workflow_run').set({ state, ended_at: at }).where('id', '=', run.id).execute();
  });
  forgetEnvironment(run.folder); // it may hold secrets, and nothing of this run starts any more
}

/** Appends what happened; the text is one sentence for people. */
export async function recordEvents(store: Store, run: WorkflowRun, events: readonly RunEvent[]): Promise<void> {
  if (events.length === 0) return;
  await fenced(store, run, async (trx) => {
    await trx
      .insertInto('run_event')
      .values(events.map((event) => ({ workflow_run: run.id, ...event, detail: '{}' })))
      .execute();
  });
}

/** What has been decided about a run. */
export interface Decisions {
  /** In force, with what it rests on. */
  readonly plan: Plan;
  readonly outlooks: Readonly<Record<string, Outlook>>;
  /** Made when the run was accepted. */
  readonly first: Plan;
  readonly count: number;
}

export async function readDecisions(store: Store, id: string): Promise<Decisions> {
  const of = (order: 'asc' | 'desc') =>
    store.db
      .selectFrom('decision')
      .selectAll()
      .where('workflow_run', '=', id)
      .orderBy('id', order)
      .limit(1)
      .executeTakeFirst();
  const last = await of('desc');
  const first = await of('asc');
  if (last === undefined || first === undefined) throw new Failure('execute/cannot', `${id} was never planned`);
  const { count } = await store.db
    .selectFrom('decision')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workflow_run', '=', id)
    .executeTakeFirstOrThrow();
  return {
    plan: JSON.parse(last.plan) satisfies Plan,
    outlooks: readOutlooks(last),
    first: JSON.parse(first.plan) satisfies Plan,
    count,
  };
}

export async function readEvents(store: Store, id: string): Promise<RunEvent[]> {
  const rows = await store.db
    .selectFrom('run_event')
    .select(['at', 'step', 'kind', 'text'])
    .where('workflow_run', '=', id)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, at: instant(row.at) }));
}
