import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { account, RUN, site } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { at, stepOf } from '../../test/support/keeping.ts';
import { openLedger } from '../ledger/index.ts';
import { receipt } from '../report/index.ts';
import { openStore } from '../store/index.ts';
import { watts } from '../units.ts';
import { attend } from './attend.ts';
import { identifySelf } from './executors/local/process.ts';
import { setDesired, takeOver } from './records.ts';

it('a disk that does not take what must be written ends attending with that reason and the file, and is no bug', async () => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  const store = await openStore(folder);
  onTestFinished(() => store.close());
  const ledger = openLedger(store);
  await account(store, ledger);
  const taken = await takeOver(store, RUN, identifySelf());
  await setDesired(store, RUN, 'cancel');
  // A file stands where the run's folder should be.
  const root = join(folder, 'run');
  writeFileSync(root, '');
  const policy = {
    minPredictedSavingPercent: 0,
    maxDelay: undefined,
    maxCostPremiumPercent: undefined,
    allowCountries: undefined,
  };
  const workflow = { name: 'nightly', project: undefined, labels: {}, unit: undefined, deadline: at(16), policy };
  const definition = {
    workflow: { ...workflow, steps: [stepOf()] },
    sites: [site],
    slotMinutes: 15,
    grid: { from: 'live' },
  } as const;
  const attending = attend(
    { ...taken, folder: root, definition },
    {
      store,
      ledger,
      read: async () => Promise.reject(new Error('no grid here')),
      power: () => watts(0),
      receiptOf: receipt,
      signal: new AbortController().signal,
    },
  );
  await expect(attending).rejects.toMatchObject({
    code: 'store/unusable',
    place: { file: expect.stringContaining(join(root, 'attended')) },
  });
});
