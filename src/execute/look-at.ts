/**
 * Looks at a run without touching it: from the store and the disk, whether anybody attends it or not.
 *
 * @module
 */
import { openLedger } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { keeperOf } from './keeper.ts';
import { readDecisions, readEvents, type WorkflowRun } from './records.ts';
import type { RunSnapshot } from './snapshot.ts';
import { hasVanished, seeSteps } from './step-phase.ts';
import { snapshotOf, spentOf } from './take-snapshot.ts';
import { isAttended } from './wishes.ts';

export async function lookAt(store: Store, run: WorkflowRun): Promise<RunSnapshot> {
  const { plan, first, outlooks, count } = await readDecisions(store, run.id);
  const { executor, clock, wallNow } = keeperOf(run.folder, run.id, run.clock, 'command');
  const { runs, phases } = seeSteps(executor, run.folder, run.definition.workflow.steps);
  const accounts = await openLedger(store).soFar(run.id);
  return snapshotOf({
    run,
    state: run.state,
    attended: isAttended(run),
    clock,
    wallNow: wallNow(),
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
    trouble: [...phases].flatMap(([step, phase]) =>
      hasVanished(run.folder, step, phase)
        ? [`${step} has begun, and its folder is gone; it is not begun again. End the run:  gridtide cancel ${run.id}`]
        : [],
    ),
  });
}
