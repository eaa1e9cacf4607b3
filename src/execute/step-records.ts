/**
 * The store's rows of step runs: what began, what ended, and how far each is accounted.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Site } from '../site/index.ts';
import type { Store } from '../store/index.ts';
import { type Instant, instant } from '../units.ts';
import type { Step } from '../workload/index.ts';
import type { Entry } from './accountant.ts';
import { fenced, type RunEvent, recordEvents, type WorkflowRun } from './records.ts';
import { isCheckpoint, type StepRun } from './step-phase.ts';

export interface StoredStepRun {
  readonly step: string;
  /** Where it ran. */
  readonly site: string;
  /** Counters at the end of its last sample; `undefined` before the first. */
  readonly mark: string | undefined;
  /** It has ended and its last sample is in the ledger. */
  readonly settled: boolean;
}

/** What the store knows of a workflow run's step runs, by id. */
export async function readStepRuns(store: Store, workflowRun: string): Promise<ReadonlyMap<string, StoredStepRun>> {
  const rows = await store.db
    .selectFrom('step_run')
    .select(['id', 'step', 'site', 'meter_mark', 'settled'])
    .where('workflow_run', '=', workflowRun)
    .execute();
  return new Map(
    rows.map(({ id, step, site, meter_mark: mark, settled }) => [
      id,
      { step, site, mark: mark ?? undefined, settled: settled === 1 },
    ]),
  );
}

/** Enters samples with their factors, and the counters at their end, in one transaction. */
export async function writeEntry(ledger: Ledger, run: WorkflowRun, entry: Entry): Promise<void> {
  await ledger.record({
    workflowRun: run.id,
    epoch: run.epoch,
    samples: entry.samples,
    factors: entry.factors,
    also: async (trx) => {
      for (const [id, mark] of Object.entries(entry.marks)) {
        await trx.updateTable('step_run').set({ meter_mark: mark }).where('id', '=', id).execute();
      }
    },
  });
}

export interface Change {
  readonly step: Step;
  readonly run: StepRun;
  readonly id: string;
  readonly site: Site;
}

/** Opens the rows of runs that are new, so that their marks have a place; the ids of those. */
export async function openStepRuns(
  store: Store,
  run: WorkflowRun,
  clock: Clock,
  changes: readonly Change[],
): Promise<ReadonlySet<string>> {
  const opened = new Set<string>();
  await fenced(store, run, async (trx) => {
    for (const { step, run: stepRun, id, site } of changes) {
      if (stepRun.seen.state === 'absent') continue;
      const inserted = await trx
        .insertInto('step_run')
        .values({
          id,
          workflow_run: run.id,
          step: step.name,
          number: stepRun.number,
          site: site.name,
          kind: stepRun.number === 1 ? 'first' : 'again',
          state: 'started',
          started_at: Math.round(clock.fromWall(stepRun.seen.since)),
          ended_at: null,
          exit_code: null,
          signal: null,
          meter_mark: null,
          settled: 0,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows === 1n) opened.add(id);
    }
  });
  return opened;
}

/** Closes the rows of runs that have ended and are accounted, and tells in words what began and ended. */
export async function closeStepRuns(
  store: Store,
  run: WorkflowRun,
  clock: Clock,
  changes: readonly Change[],
  opened: ReadonlySet<string>,
): Promise<RunEvent[]> {
  await fenced(store, run, async (trx) => {
    for (const {
      run: { seen },
      id,
    } of changes) {
      if (seen.state !== 'ended' && seen.state !== 'lost') continue;
      await trx
        .updateTable('step_run')
        .set({
          state: seen.state,
          ended_at: seen.state === 'ended' ? Math.round(clock.fromWall(seen.at)) : null,
          exit_code: seen.state === 'ended' ? seen.code : null,
          settled: 1,
        })
        .where('id', '=', id)
        .execute();
    }
  });
  const events = changes.flatMap((change) => eventsOf(change, opened.has(change.id), clock));
  await recordEvents(store, run, events);
  return events;
}

function eventsOf({ step, run }: Change, isNew: boolean, clock: Clock): RunEvent[] {
  const { seen } = run;
  const event = (wall: Instant, kind: string, text: string): RunEvent => ({
    at: instant(Math.round(clock.fromWall(wall))),
    step: step.name,
    kind,
    text,
  });
  if (seen.state === 'absent') return [];
  const began = isNew ? [event(seen.since, 'step-started', run.number === 1 ? 'starts' : 'starts again')] : [];
  if (seen.state === 'running') return began;
  if (seen.state === 'lost') {
    return [...began, event(seen.since, 'step-lost', 'was lost: its processes are gone and left no exit code')];
  }
  if (seen.code === 0) return [...began, event(seen.at, 'step-done', 'done')];
  return isCheckpoint(run)
    ? [...began, event(seen.at, 'step-checkpointed', 'wrote its checkpoint and ended, to go on later')]
    : [...began, event(seen.at, 'step-failed', `failed with exit code ${seen.code}`)];
}
