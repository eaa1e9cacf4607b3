/**
 * Opens new stores below the folder given, one after the other, beside others that do the same.
 * Run by a test as a process of its own: `open-many.ts FOLDER COUNT`.
 *
 * @module
 */
import { join } from 'node:path';
import { openStore } from '../../src/store/index.ts';

const [folder = '', count = '0'] = process.argv.slice(2);
for (let i = 0; i < Number(count); i += 1) {
  const store = await openStore(join(folder, String(i)));
  await store.close();
}
