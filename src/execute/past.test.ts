import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hour, insertRun, plan, RUN, sample, site, T0 } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { CHECKPOINT, ended, lost, running, runOf, stepOf } from '../../test/support/keeping.ts';
import { scaledClock } from '../clock.ts';
import { openLedger } from '../ledger/index.ts';
import { learnerOf } from '../past/index.ts';
import type { Site } from '../site/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { HOUR, instant, MINUTE, millis, watts } from '../units.ts';
import type { Length, Step } from '../workload/index.ts';
import { keepPast } from './past.ts';
import { findRun } from './records.ts';
import { appendTurn } from './run-files.ts';
import type { StepRun } from './step-phase.ts';

let store: Store;
let folder: string;
beforeEach(async () => {
  const made = temporaryFolder();
  folder = made.folder;
  onTestFinished(made.cleanup);
  store = await openStore(folder);
  onTestFinished(() => store.close());
});

const WELL = ended(hour(1), hour(2), 0);

const lengthOf = (hours: number): Length => ({ p50: millis(hours * HOUR), p90: millis(hours * HOUR) });

interface Sketch {
  readonly id?: string;
  readonly step?: Partial<Step>;
  readonly speed?: number;
  readonly at?: Site;
}

/** A workflow run of one step has ended after these step runs; what is kept of it. */
async function kept(runs: readonly StepRun[], { id = RUN, step, speed = 1, at = site }: Sketch = {}) {
  if (id !== RUN || (await store.db.selectFrom('workflow_run').select('id').execute()).length === 0)
    await insertRun(store, id);
  const found = await findRun(store, id);
  const workflow = {
    name: 'nightly',
    project: undefined,
    labels: {},
    unit: undefined,
    deadline: hour(12),
    policy: {
      minPredictedSavingPercent: 0,
      maxDelay: undefined,
      maxCostPremiumPercent: undefined,
      allowCountries: undefined,
    },
    steps: [stepOf(step)],
  };
  await keepPast(store, {
    run: { ...found, definition: { workflow, sites: [site], slotMinutes: 60, grid: { from: 'live' } } },
    runs: new Map([['train', runs]]),
    clock: scaledClock({ wall: instant(0), shown: instant(0), speed }),
    wallNow: hour(9),
    siteOf: () => at,
  });
  return store.db.selectFrom('past_attempt').selectAll().where('id', 'like', `${id}/%`).orderBy('id').execute();
}

describe('what is kept of a step', () => {
  it('is the running time of an attempt that ended well, its stops left out', async () => {
    for (const [turn, hours] of [
      ['stop', 1.25],
      ['go', 1.75],
    ] as const)
      appendTurn(folder, { wall: hour(hours), turn, by: 'test' });
    const rows = await kept([runOf(1, WELL, { folder })], { speed: 60 });
    expect(rows).toMatchObject([
      { id: `${RUN}/train/1`, work_ms: 30 * HOUR, cut: 0, ended_at: hour(2), time_scale: 60, power_w: null },
    ]);
  });

  it('is one time for a run and those that continued it, without checkpoints and restarts', async () => {
    const wrote = runOf(1, ended(hour(1), hour(2), 75), { asked: true });
    const rows = await kept([wrote, runOf(2, ended(hour(4), hour(5), 0))], { step: { interruptible: CHECKPOINT } });
    expect(rows).toMatchObject([{ id: `${RUN}/train/2`, work_ms: 2 * HOUR - 7 * MINUTE, cut: 0 }]);
  });

  it('is a lower end for an attempt that was ended, and nothing of one that failed, was lost or goes on', async () => {
    const late = runOf(1, ended(hour(1), hour(3), 143), { ending: true });
    const failed = runOf(2, ended(hour(3), hour(4), 1));
    const rows = await kept([late, failed, runOf(3, lost(hour(4))), runOf(4, running(hour(5)))]);
    expect(rows).toMatchObject([{ id: `${RUN}/train/1`, work_ms: 2 * HOUR, cut: 1 }]);
  });

  it('is the same when it is kept twice', async () => {
    const once = await kept([runOf(1, WELL)]);
    expect(await kept([runOf(1, WELL)])).toEqual(once);
  });

  it('has the mean power while it ran, without what its stops were charged', async () => {
    for (const [turn, hours] of [
      ['stop', 1.25],
      ['go', 1.75],
    ] as const)
      appendTurn(folder, { wall: hour(hours), turn, by: 'test' });
    const step: Partial<Step> = { interruptible: { mode: 'freeze', pausedPower: watts(10) } };
    const joules = 30 * 60 * 90 + 30 * 60 * 10;
    await enter([sample('a', hour(1), hour(1.25), joules / 2, { gsd: 1.1 })]);
    await enter([sample('b', hour(1.75), hour(2), joules / 2, { gsd: 1.1, kind: 'idle' })]);
    const [row] = await kept([runOf(1, WELL, { folder })], { step });
    expect(row).toMatchObject({ power_w: expect.closeTo(90, 9), power_gsd: expect.closeTo(1.1, 9) });
  });

  it('has no power where a part of it was not measured, none of it, or a chip alone', async () => {
    await enter([sample('a', hour(1), hour(1.5), 90_000), sample('b', hour(1.5), hour(2), null)]);
    expect(await kept([runOf(1, WELL)])).toMatchObject([{ power_w: null, power_gsd: null }]);
    await enter([sample('c', hour(1), hour(2), 90_000, { run: `${RUN}/train/3`, boundary: 'chip' })]);
    expect(await kept([runOf(3, WELL)])).toMatchObject([{ power_w: null }, { power_w: null }]);
    expect(await kept([runOf(2, WELL)])).toMatchObject(Array(3).fill({ power_w: null }));
  });
});

/** Enters samples of the run, which is there from then on. */
async function enter(samples: Parameters<ReturnType<typeof openLedger>['record']>[0]['samples']): Promise<void> {
  if ((await store.db.selectFrom('workflow_run').select('id').execute()).length === 0) await insertRun(store);
  const ledger = openLedger(store);
  await ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [site] });
  await ledger.record({ workflowRun: RUN, epoch: 1, samples, factors: [] });
}

describe('what is learned', () => {
  const ask = (
    change: { readonly workflow?: string; readonly speed?: number; readonly sites?: readonly Site[] } = {},
  ) => learnerOf({ home: folder, workflow: 'nightly', speed: 1, ...change, sites: async () => change.sites ?? [site] });
  /** So many runs of an hour each. */
  const ran = async (count: number, sketch: Sketch = {}, prefix = 'run') => {
    for (let i = 0; i < count; i++)
      await kept([runOf(1, ended(hour(i), hour(i + 1), 0))], { ...sketch, id: `${prefix}-${i}` });
  };

  /** The same, from so many hours on. */
  const later = async (count: number, sketch: Sketch, from: number) => {
    for (let i = from; i < from + count; i++)
      await kept([runOf(1, ended(hour(i), hour(i + 1), 0))], { ...sketch, id: `later-${i}` });
  };

  it('is nothing where nothing has run, or under another name', async () => {
    expect(await ask()).toBeUndefined();
    await ran(3);
    expect(await ask({ workflow: 'weekly' })).toBeUndefined();
    expect((await ask())?.(stepOf())).toMatchObject({ runs: 3, length: { p50: HOUR, p90: 2 * HOUR } });
  });

  it.each<[string, Sketch]>([
    ['command', { step: { command: { form: 'argv', argv: ['false'] } } }],
    ['environment', { step: { environment: { MODE: 'slow' } } }],
    ['need', { step: { needs: { cpus: 2, gpus: 0, memory: 0 } } }],
    ['folder', { step: { folder: '/elsewhere' } }],
    ['machine', { at: { ...site, machine: { ...site.machine, name: 'another' } } }],
    ['clock', { speed: 60 }],
  ])('begins anew with another %s', async (_, sketch) => {
    await ran(3, sketch);
    expect((await ask())?.(stepOf())).toBeUndefined();
  });

  it('is of runs under the same declared length, so that an owner who knows of a change is believed', async () => {
    await ran(31, { step: { declared: lengthOf(2) } });
    const learner = await ask();
    expect(learner?.(stepOf({ declared: lengthOf(2) }))).toMatchObject({ runs: 31, length: { p90: HOUR } });
    expect(learner?.(stepOf({ declared: lengthOf(3) }))).toBeUndefined();
  });

  it('is of the newest declared length where none is declared', async () => {
    await ran(3, {}, 'old');
    await ran(4, { step: { declared: lengthOf(2) } }, 'short');
    await later(5, { step: { declared: lengthOf(3) } }, 10);
    expect((await ask())?.(stepOf())).toMatchObject({ runs: 5 });
    await later(1, {}, 20);
    expect((await ask())?.(stepOf())).toMatchObject({ runs: 6 });
    expect((await ask())?.(stepOf({ declared: lengthOf(3) }))).toMatchObject({ runs: 5 });
  });

  it('is of the same work, whatever its deadline and pauses', async () => {
    await ran(3, { step: { duration: millis(5 * HOUR), interruptible: { mode: 'never' }, retries: 3 } });
    expect((await ask())?.(stepOf())).toMatchObject({ runs: 3 });
  });

  it('is of the sites that the step may use', async () => {
    const declared = { p50: millis(4 * HOUR), p90: millis(5 * HOUR) };
    await ran(3, { step: { declared } });
    const other = { ...site, name: 'other', machine: { ...site.machine, name: 'another' } };
    const remote = { ...other, name: 'hpc', executor: 'slurm' as const };
    const learner = await ask({ sites: [site, other, remote] });
    expect(learner?.(stepOf({ declared }))).toMatchObject({ length: declared });
    expect(learner?.(stepOf({ declared, sites: ['here', 'hpc'] }))?.length.p50).toBeLessThan(4 * HOUR);
    expect(learner?.(stepOf({ declared, sites: ['other'] }))).toBeUndefined();
  });

  it.each([
    ['no length', { work_ms: -5 }],
    ['a length beyond all reason', { work_ms: 9e15 }],
    ['an end that is none', { cut: 7 }],
    ['no power', { power_w: 0, power_gsd: 1.1 }],
    ['a power beyond all reason', { power_w: 1e12, power_gsd: 1.1 }],
    ['a spread below 1', { power_w: 90, power_gsd: 0.5 }],
  ])('is nothing of a row with %s', async (_, change) => {
    await ran(4);
    await store.db.updateTable('past_attempt').set(change).where('id', '=', 'run-1/train/1').execute();
    expect((await ask())?.(stepOf())).toMatchObject({ runs: 3, length: { p50: HOUR, p90: 2 * HOUR } });
  });

  it('rests on the newest 64 runs', async () => {
    await ran(66);
    const rows = await store.db.selectFrom('past_attempt').select('id').orderBy('ended_at').execute();
    expect([rows.length, rows[0]?.id]).toEqual([64, 'run-2/train/1']);
    await ran(1, { step: { folder: '/elsewhere' } }, 'other');
    expect(await store.db.selectFrom('past_attempt').select('id').execute()).toHaveLength(65);
  });
});
