import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { account, insertRun, plan, RUN } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import {
  at,
  ended,
  keeperWith,
  lost,
  notingExecutor,
  plannedOf,
  running,
  runOf,
  stepOf,
} from '../../test/support/keeping.ts';
import { openLedger } from '../ledger/index.ts';
import type { Reckoning } from '../plan/index.ts';
import { openStore } from '../store/index.ts';
import { microjoules } from '../units.ts';
import type { RunState } from './records.ts';
import { phaseOf, type StepRun } from './step-phase.ts';
import { snapshotOf, spentOf, withPending } from './take-snapshot.ts';

let root: string;
beforeEach(() => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  root = folder;
});

const RECKONING: Reckoning = {
  p50Seconds: 6_000,
  p90Seconds: 7_200,
  powerW: 96,
  declared: { p50Seconds: null, p90Seconds: null, powerW: null },
  runs: 12,
  cutRuns: 0,
  words: '12 runs say 1 h 40 min (p90 2 h), 96 W',
};

/** The one step of a run with these step runs, as it is seen at 12:00. */
function seen(runs: readonly StepRun[], state: RunState = 'active', retries = 0) {
  const { clock } = keeperWith(root, notingExecutor(root, () => at(12)).executor, () => at(12));
  const step = stepOf({ retries });
  const policy = {
    minPredictedSavingPercent: 0,
    maxDelay: undefined,
    maxCostPremiumPercent: undefined,
    allowCountries: undefined,
  };
  const snapshot = snapshotOf({
    run: {
      id: 'nightly-1',
      definition: {
        workflow: {
          name: 'nightly',
          project: undefined,
          labels: {},
          unit: undefined,
          deadline: at(16),
          policy,
          steps: [step],
        },
        sites: [],
        slotMinutes: 15,
        grid: { from: 'live' },
      },
      submittedAt: at(8),
      clock: { wall: at(0), shown: at(0), speed: 1 },
      folder: root,
      desired: 'run',
      state,
      endedAt: null,
      controller: null,
      epoch: 1,
    },
    state,
    attended: true,
    clock,
    wallNow: at(12),
    runs: new Map([['train', runs]]),
    phases: new Map([['train', phaseOf(runs, retries)]]),
    events: [],
    plan,
    firstPlan: { ...plan, steps: [plannedOf({ site: 'there', reckoning: RECKONING })] },
    plans: 1,
    outlooks: {},
    spent: new Map([['train', { energyKWh: 3, emissionsG: 900 }]]),
    powerW: undefined,
    meters: [],
    trouble: [],
  });
  return snapshot.steps[0];
}

const runIn = (number: number, of: StepRun['seen'], change: Partial<StepRun> = {}): StepRun => {
  const folder = join(root, String(number));
  mkdirSync(folder, { recursive: true });
  return runOf(number, of, { folder, ...change });
};

describe('a step of a cancelled run', () => {
  const cancelled = (of: StepRun['seen'], change: Partial<StepRun> = {}) =>
    seen([runIn(1, of, change)], 'cancelled')?.state;

  it('that had failed by itself has failed', () => {
    expect(cancelled(ended(at(9), at(10), 3))).toBe('failed');
  });

  it('that was done is done', () => {
    expect(cancelled(ended(at(9), at(10), 0))).toBe('done');
  });

  it('that was ended for it, never began, or was about to go on is cancelled', () => {
    expect(cancelled(ended(at(9), at(10), 143), { ending: true })).toBe('cancelled');
    expect(seen([], 'cancelled')?.state).toBe('cancelled');
    expect(cancelled(ended(at(9), at(10), 75), { asked: true })).toBe('cancelled');
    expect(cancelled(lost(at(9)))).toBe('cancelled');
  });
});

it('a step shows where it stands, what it ran and what it used', () => {
  const runs = [
    runIn(1, ended(at(8), at(9), 75), { asked: true }),
    runIn(2, ended(at(9, 30), at(10), 1)),
    runIn(3, running(at(11))),
  ];
  writeFileSync(join(root, '3', 'output.log'), 'epoch 1\nepoch 2\u001b[2J\n\n');
  expect(seen(runs, 'active', 3)).toMatchObject({
    state: 'running',
    since: at(11),
    reckoned: RECKONING.words,
    site: 'there', // the plan in force has no steps that have ended
    ran: [
      { start: at(8), end: at(9) },
      { start: at(9, 30), end: at(10) },
      { start: at(11), end: null },
    ],
    remaining: 60 * 60_000,
    overrun: 0,
    pauses: 1,
    attempts: 2,
    exitCode: null,
    energyKWh: 3,
    emissionsG: 900,
    lastLine: 'epoch 2[2J',
  });
  expect(seen([runIn(1, ended(at(8), at(9), 7))], 'active', 1)).toMatchObject({
    state: 'waiting',
    since: at(9),
    exitCode: 7,
  });
  // Declared: 2 h.
  expect(seen([runIn(4, running(at(9, 15)))])).toMatchObject({ state: 'running', overrun: 45 * 60_000 });
  expect(seen([])).toMatchObject({ state: 'waiting', since: at(8), ran: [], attempts: 0 });
});

it('what a step used includes its PUE, from the account alone: plans leave out steps that are done', async () => {
  const store = await openStore(root);
  onTestFinished(() => store.close());
  await account(store, openLedger(store));
  await insertRun(store, 'another');
  const spent = spentOf(await openLedger(store).soFar(RUN));
  // 0.5 kWh · 1.2 at 600 g/kWh; 0.5 kWh · 1.2 at 600 and 1.5 kWh · 1.2 at 200.
  expect(spent.get('prepare')?.energyKWh).toBeCloseTo(0.6, 12);
  expect(spent.get('prepare')?.emissionsG).toBeCloseTo(360, 9);
  expect(spent.get('train')?.energyKWh).toBeCloseTo(2.4, 12);
  expect(spent.get('train')?.emissionsG).toBeCloseTo(720, 9);
  expect(spentOf(await openLedger(store).soFar('another')).size).toBe(0);
});

it('what was read and not yet entered is added, at the intensity of now where that is known', () => {
  const entered = new Map([['a', { energyKWh: 1, emissionsG: 100 }]]);
  const kWh = microjoules(3_600_000_000_000n);
  const pending = new Map([
    ['a', kWh],
    ['b', kWh],
  ]);
  const worth = (step: string) => ({ pue: 1.5, intensityG: step === 'a' ? 200 : undefined });
  expect(withPending(entered, pending, worth)).toEqual(
    new Map([
      ['a', { energyKWh: 2.5, emissionsG: 400 }],
      ['b', { energyKWh: 1.5, emissionsG: 0 }],
    ]),
  );
});
