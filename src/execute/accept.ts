/**
 * Accepts a workflow: from the moment this returns, it will be run, whatever happens to the process that asked.
 *
 * Order matters. The guard's orders are on the disk before the record is; the record, run-now as it was expected then,
 * and the first plan become durable in one transaction; the guard starts after it. A process killed between these
 * leaves either nothing that counts, or a run whose guard the next command starts.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ClockOrigin } from '../clock.ts';
import { openLedger } from '../ledger/index.ts';
import type { Outlook, Plan } from '../plan/index.ts';
import { canonicalJson, type Store } from '../store/index.ts';
import type { Instant } from '../units.ts';
import type { Identity } from './executors/local/process.ts';
import { ensureGuard } from './guard.ts';
import { ordersOf } from './orders.ts';
import { type Definition, identityText, type WorkflowRun } from './records.ts';
import { keepEnvironment, writeOrders } from './run-files.ts';

export interface Acceptance {
  readonly store: Store;
  /** Folder under which each run has its own. */
  readonly home: string;
  readonly self: Identity;
  readonly definition: Definition;
  readonly clock: ClockOrigin;
  readonly submittedAt: Instant;
  /** The first plan and what it rests on. Its `id` must be unique; `runId` of this acceptance begins it. */
  readonly runId: string;
  readonly plan: Plan;
  readonly outlooks: Readonly<Record<string, Outlook>>;
}

/** `first-light-7k2m9q`: the workflow's name and enough chance to be unique. */
export function newRunId(workflow: string): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const chance = [...randomBytes(6)].map((byte) => letters[byte % letters.length]).join('');
  return `${workflow}-${chance}`;
}

export async function accept(acceptance: Acceptance): Promise<WorkflowRun> {
  const { store, home, self, definition, clock, submittedAt, runId, plan, outlooks } = acceptance;
  const run: WorkflowRun = {
    id: runId,
    definition,
    submittedAt,
    clock,
    folder: join(home, 'runs', runId),
    desired: 'run',
    state: 'active',
    endedAt: null,
    controller: self,
    epoch: 1,
  };
  keepEnvironment(run.folder, process.env);
  writeOrders(run.folder, ordersOf(run, plan));
  await store.transaction(async (trx) => {
    await trx
      .insertInto('workflow_run')
      .values({
        id: run.id,
        workflow: definition.workflow.name,
        definition: canonicalJson(definition),
        submitted_at: submittedAt,
        deadline: definition.workflow.deadline,
        clock: JSON.stringify(clock),
        folder: run.folder,
        desired: run.desired,
        state: run.state,
        ended_at: null,
        controller: identityText(self),
        epoch: run.epoch,
      })
      .execute();
    const ledger = openLedger({ ...store, db: trx, transaction: (fn) => fn(trx) });
    const { epoch } = run;
    await ledger.writeCounterfactual({ workflowRun: run.id, at: submittedAt, plan, sites: definition.sites, epoch });
    await ledger.recordDecision({ id: plan.id, workflowRun: run.id, at: submittedAt, plan, outlooks, epoch });
    await trx
      .insertInto('run_event')
      .values({
        workflow_run: run.id,
        at: submittedAt,
        step: null,
        kind: 'run-accepted',
        text: 'accepted',
        detail: '{}',
      })
      .execute();
  });
  ensureGuard(run.folder);
  return run;
}
