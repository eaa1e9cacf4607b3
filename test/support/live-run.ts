/**
 * A workflow on a live grid of the test's own: the command, a provider that answers as it is told, a clock that passes
 * 60 times as fast.
 *
 * @module
 */
import { expect, type TestContext } from 'vitest';
import { type Answer, type LiveGrid, openLiveGrid } from './live-grid.ts';
import { untilNoneOf } from './processes.ts';
import { openStage, type Receipt, receiptOf, type Stage } from './stage.ts';

const FACTOR = 60;

export interface LiveRun {
  readonly stage: Stage;
  readonly grid: LiveGrid;
}

/** A stage with `workflow.yaml`, and a provider that answers so at first. Both end with the test. */
export async function openLiveRun(
  workflow: string,
  answer: Answer,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<LiveRun> {
  const grid = await openLiveGrid(FACTOR, answer);
  const stage = openStage(grid.env);
  stage.write('workflow.yaml', workflow);
  onTestFinished(async () => {
    await stage.close();
    await grid.close();
  });
  return { stage, grid };
}

export const accept = (stage: Stage): ReturnType<Stage['accept']> =>
  stage.accept('workflow.yaml', '--zone', 'DE', '--slot', '5');

/**
 * What must hold after every run, whatever the grid did: it was done once and in time, its energy is accounted, the
 * ledger verifies, nothing is left running. The workflow writes `start` to `starts` and `end` to `ends`.
 */
export async function mustHaveHeld(stage: Stage, id: string): Promise<Receipt> {
  const verified = await stage.command('verify');
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
  const receipt = receiptOf(await stage.show(id));
  expect(receipt.outcome).toBe('done');
  expect(receipt.earlySeconds).toBeGreaterThan(0);
  expect(receipt.energy.coveragePercent).toBeGreaterThan(90);
  for (const { step, itEnergyKWh } of receipt.steps) expect(itEnergyKWh, step).toBeGreaterThan(0);
  await untilNoneOf(stage.folder);
  return receipt;
}
