import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { account, hour, plan, RUN, site } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { ended, lost, runOf, stepOf } from '../../test/support/keeping.ts';
import { scaledClock } from '../clock.ts';
import { type Ledger, openLedger } from '../ledger/index.ts';
import { type ReceiptStep, receipt } from '../report/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { HOUR, instant } from '../units.ts';
import { watchGrid } from './grid-watch.ts';
import { findRun } from './records.ts';
import { settleRun } from './settle.ts';
import type { StepRun } from './step-phase.ts';

let store: Store;
let ledger: Ledger;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
  ledger = openLedger(store);
  await account(store, ledger);
});

const POLICY = {
  minPredictedSavingPercent: 0,
  maxDelay: undefined,
  maxCostPremiumPercent: undefined,
  allowCountries: undefined,
};

/** What the receipt says of `train`, which may be retried `retries` times, when its run ends in `state`. */
async function settled(
  runs: readonly StepRun[],
  state: 'failed' | 'cancelled' = 'cancelled',
  retries = 0,
  vanished: readonly string[] = [],
): Promise<ReceiptStep | undefined> {
  const clock = scaledClock({ wall: instant(0), shown: instant(0), speed: 1 });
  const found = await findRun(store, RUN);
  const workflow = {
    name: 'nightly',
    project: undefined,
    labels: {},
    unit: undefined,
    deadline: hour(12),
    policy: POLICY,
    steps: [stepOf({ retries })],
  };
  const { steps } = await settleRun({
    store,
    ledger,
    run: { ...found, definition: { workflow, sites: [site], slotMinutes: 60, grid: { from: 'live' } } },
    state,
    clock,
    wallNow: hour(7),
    grid: watchGrid({
      sites: [site],
      clock,
      from: hour(0),
      until: () => hour(12),
      read: () => Promise.reject(new Error('not asked')),
    }),
    plan,
    runs: new Map([['train', runs]]),
    vanished,
    siteOf: () => site,
    receiptOf: receipt,
  });
  return steps[0];
}

const outcomeOf = async (...of: Parameters<typeof settled>) => (await settled(...of))?.outcome;

describe('the receipt of a cancelled run', () => {
  const FAILED = ended(hour(4), hour(5), 3);

  it('calls a step failed that had failed by itself', async () => {
    expect(await outcomeOf([runOf(1, FAILED)])).toBe('failed');
  });

  it('calls a step cancelled that was ended for it, or would have gone on', async () => {
    expect(await outcomeOf([runOf(1, ended(hour(4), hour(5), 143), { ending: true })])).toBe('cancelled');
    expect(await outcomeOf([runOf(1, ended(hour(4), hour(5), 75), { asked: true })])).toBe('cancelled');
    expect(await outcomeOf([runOf(1, FAILED)], 'cancelled', 1)).toBe('cancelled');
    expect(await outcomeOf([runOf(1, lost(hour(4)))])).toBe('cancelled');
  });

  it('calls a step done that had ended well, and not started where nothing of it ran', async () => {
    expect(await outcomeOf([runOf(1, ended(hour(4), hour(5), 0))])).toBe('done');
    expect(await outcomeOf([])).toBe('not-started');
  });

  it('does not say that a step was not started whose folder was removed', async () => {
    expect(await outcomeOf([], 'cancelled', 0, [`${RUN}/train/1`])).toBe('cancelled');
    expect(await outcomeOf([], 'cancelled', 0, [`${RUN}/trains/1`])).toBe('not-started');
  });
});

it('the receipt of a failed run calls a step failed that we ended, too', async () => {
  expect(await outcomeOf([runOf(1, ended(hour(4), hour(5), 143), { ending: true })], 'failed')).toBe('failed');
});

it('a step in the receipt has what it took beside what was declared', async () => {
  expect(await settled([runOf(1, ended(hour(4), hour(7), 0))])).toMatchObject({ ran: 3 * HOUR, declared: 2 * HOUR });
});
