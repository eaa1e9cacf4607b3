/**
 * Looks at a run without touching it: from the store and the disk, whether anybody attends it or not.
 *
 * @module
 */
import { scaledClock, systemClock } from '../clock.ts';
import { openLedger } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { localExecutor } from './executors/local/local.ts';
import { readDecisions, readEvents, type WorkflowRun } from './records.ts';
import type { RunSnapshot } from './snapshot.ts';
import { phaseOf, stepRuns } from './step-phase.ts';
import { snapshotOf, spentOf } from './take-snapshot.ts';
import { isAttended } from './wishes.ts';

export async function lookAt(store: Store, run: WorkflowRun): Promise<RunSnapshot> {
  const { workflow } = run.definition;
  const { plan, first, outlooks, count } = await readDecisions(store, run.id);
  const runs = new Map(workflow.steps.map((step) => [step.name, stepRuns(localExecutor, run.folder, step.name)]));
  const phases = new Map(workflow.steps.map((step) => [step.name, phaseOf(runs.get(step.name) ?? [], step.retries)]));
  const accounts = await openLedger(store).soFar(run.id);
  return snapshotOf({
    run,
    state: run.state,
    attended: isAttended(run),
    clock: scaledClock(run.clock),
    wallNow: systemClock.now(),
    runs,
    phases,
    events: await readEvents(store, run.id),
    plan,
    firstPlan: first,
    plans: count,
    outlooks,
    spent: spentOf(accounts),
    powerW: undefined,
    meters: [],
    trouble: [],
  });
}
