/**
 * What every command that attends a run needs for it, and attending with nobody watching.
 *
 * @module
 */
import {
  type App,
  clockOfRun,
  execution,
  type Opened,
  type ReadGrid,
  reporting,
  stepPower,
  type WorkflowRun,
} from '../../app.ts';
import { asError, Failure } from '../../errors.ts';
import { note } from '../output.ts';

/** `stays`: for as long as the run lasts. */
export async function attending(app: App, run: WorkflowRun, stays = false) {
  const { receipt } = await reporting();
  // A source that is gone (a file that was removed) is a signal that is lost: the work ends and is accounted without it.
  const read = await app.readGrid(run.definition.grid, clockOfRun(run), { keepUp: stays }).catch(
    (thrown: unknown): ReadGrid =>
      () =>
        Promise.reject(asError(thrown)),
  );
  return { read, power: stepPower, receiptOf: receipt };
}

/** Attends a run that nobody attends until it has ended: its account is written, its receipt with it. */
export async function settleUnattended(app: App, opened: Opened, id: string): Promise<void> {
  const { attend, identifySelf, letGo, takeOver } = await execution();
  const taken = await takeOver(opened.store, id, identifySelf());
  try {
    await attend(taken, { ...opened, ...(await attending(app, taken)), signal: app.signal });
  } finally {
    await letGo(opened.store, taken);
  }
}

/** `runs` as they are now, after those that ended with nobody attending them were accounted for where that can be. */
export async function accountForEnded(
  app: App,
  opened: Opened,
  runs: readonly WorkflowRun[],
): Promise<readonly WorkflowRun[]> {
  const { endedAlone, findRun } = await execution();
  const settled: WorkflowRun[] = [];
  for (const run of runs) {
    if (endedAlone(run)) {
      await settleUnattended(app, opened, run.id).catch((thrown: unknown) => {
        // Looking goes on. That somebody else accounts for it, or has by now, is no news.
        if (thrown instanceof Failure && (thrown.code === 'execute/attended' || thrown.code === 'execute/cannot'))
          return;
        note(`${run.id} has ended and is not accounted for yet: ${asError(thrown).message}`);
      });
      settled.push(await findRun(opened.store, run.id));
    } else settled.push(run);
  }
  return settled;
}
