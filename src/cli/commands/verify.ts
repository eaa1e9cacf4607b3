/**
 * `gridtide verify`: recomputes the ledger from what was stored.
 *
 * @module
 */
import { accounting, execution, reporting } from '../../app.ts';
import { CATALOGUE } from '../../errors.ts';
import { appFor, columns, interrupt, show } from '../context.ts';
import { drawVerify } from '../draw/index.ts';
import type { GlobalOptions } from '../options.ts';
import { printJson } from '../output.ts';

export async function verify(id: string | undefined, options: GlobalOptions): Promise<number> {
  const signal = interrupt();
  const [{ findRun }, ledger, { receipt }] = await Promise.all([execution(), accounting(), reporting()]);
  const app = await appFor(options, signal);
  const { store } = await app.open();
  try {
    const run = id === undefined ? undefined : (await findRun(store, id)).id;
    const verdict = await ledger.verify(store, {
      receiptOf: receipt,
      signal,
      ...(run === undefined ? {} : { workflowRun: run }),
    });
    if (options.json) printJson({ schemaVersion: 1, ...verdict });
    else show(drawVerify(verdict, { columns: columns() }));
    return verdict.ok ? 0 : CATALOGUE['ledger/does-not-hold'].exit;
  } finally {
    await store.close();
  }
}
