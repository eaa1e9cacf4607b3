/**
 * Writes samples into the ledger of the folder given until it is killed; prints the id of each after its commit.
 * Run by a test as a process of its own: `write-loop.ts FOLDER ROUND`.
 *
 * @module
 */
import { writeSync } from 'node:fs';
import { openLedger } from '../../src/ledger/index.ts';
import { openStore } from '../../src/store/index.ts';
import { instant } from '../../src/units.ts';
import { RUN, sample, T0 } from './account.ts';

const [folder = '', round = '0'] = process.argv.slice(2);
const store = await openStore(folder);
const ledger = openLedger(store);
const epoch = Number(round) + 1;
await store.db.updateTable('workflow_run').set({ epoch }).where('id', '=', RUN).execute();
for (let i = 0; ; i += 1) {
  const start = instant(T0 + i * 1000);
  const samples = ['dynamic', 'idle'] as const;
  await ledger.record({
    workflowRun: RUN,
    epoch,
    samples: samples.map((kind) => sample(`${round}-${i}-${kind}`, start, instant(start + 1000), i, { kind })),
    factors: [],
  });
  // Straight to the descriptor: a buffered line could be lost although the commit is not.
  writeSync(1, `${round}-${i}\n`);
}
