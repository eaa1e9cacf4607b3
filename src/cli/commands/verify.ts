/**
 * `gridtide verify`: recomputes the ledger from what was stored.
 *
 * @module
 */
import { accounting, execution, reporting, type Verdict } from '../../app.ts';
import { CATALOGUE, Failure } from '../../errors.ts';
import { appFor, columns, interrupt, show } from '../context.ts';
import { drawVerify } from '../draw/index.ts';
import type { VerifyOptions } from '../options.ts';
import { printJson } from '../output.ts';

export async function verify(id: string | undefined, options: VerifyOptions): Promise<number> {
  const verdict = await recompute(id, options);
  if (options.json) printJson({ schemaVersion: 1, ...verdict });
  else show(drawVerify(verdict, { columns: columns() }));
  return exitOf(verdict);
}

export const exitOf = (verdict: Verdict): number => (verdict.ok ? 0 : CATALOGUE['ledger/does-not-hold'].exit);

export async function recompute(id: string | undefined, options: VerifyOptions): Promise<Verdict> {
  const signal = interrupt();
  const [{ findRun }, ledger, { receipt }] = await Promise.all([execution(), accounting(), reporting()]);
  const app = await appFor(options, signal);
  const { store } = await app.openExisting();
  try {
    const run = id === undefined ? undefined : (await findRun(store, id)).id;
    return await ledger.verify(store, {
      receiptOf: receipt,
      signal,
      ...(run === undefined ? {} : { workflowRun: run }),
      ...(options.head === undefined ? {} : { head: headOf(options.head) }),
    });
  } finally {
    await store.close();
  }
}

/** A hash as a receipt writes it (`5d2b·d8da·7ad5`), or as it is. */
function headOf(text: string): string {
  const digits = text.replaceAll('·', '').toLowerCase();
  if (/^[0-9a-f]{8,64}$/.test(digits)) return digits;
  throw new Failure('cli/usage', '--head', { value: text, expected: 'at least 8 hexadecimal digits, as on a receipt' });
}
