/**
 * The hash chain over every row of the account: each link names one row, hashes its content and the link before it.
 *
 * @module
 */
import type { Transaction } from 'kysely';
import type { Database } from '../store/index.ts';
import { canonicalJson } from '../store/index.ts';
import { sha256 } from './factor.ts';
import type { AccountRow } from './rows.ts';

/** What the first link is linked to. */
export const GENESIS = '0'.repeat(64);

/** sha256 of the canonical JSON of a row, all its columns. */
export const rowHash = (row: object): string => sha256(canonicalJson({ ...row }));

/** The hash of a link: sha256 of the two hex strings one after the other. */
export const linkHash = (previous: string, row: string): string => sha256(previous + row);

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export async function readHead(trx: Transaction<Database>): Promise<Head> {
  const last = await trx.selectFrom('chain').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return last ?? { seq: 0, hash: GENESIS };
}

/** SQLite takes 32,766 values a statement; no table here has more than 17 columns. */
const ROWS_AT_ONCE = 500;

/**
 * Inserts `rows` in order and links them to the chain; the new head. Part of the caller's transaction.
 * The number of a link is left to SQLite, which never gives one twice: a tail that was cut off leaves a hole.
 */
export async function append(trx: Transaction<Database>, rows: readonly AccountRow[]): Promise<Head> {
  let head = await readHead(trx);
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    const some = rows.slice(i, i + ROWS_AT_ONCE);
    await insert(trx, some);
    const links = some.map(({ table, row }) => {
      const hash = rowHash(row);
      head = { seq: head.seq + 1, hash: linkHash(head.hash, hash) };
      return { table_name: table, row_id: row.id, row_hash: hash, hash: head.hash };
    });
    await trx.insertInto('chain').values(links).execute();
  }
  return head;
}

async function insert(trx: Transaction<Database>, rows: readonly AccountRow[]): Promise<void> {
  const factors = rows.flatMap((one) => (one.table === 'factor' ? [one.row] : []));
  const samples = rows.flatMap((one) => (one.table === 'sample' ? [one.row] : []));
  const postings = rows.flatMap((one) => (one.table === 'posting' ? [one.row] : []));
  const decisions = rows.flatMap((one) => (one.table === 'decision' ? [one.row] : []));
  const counterfactuals = rows.flatMap((one) => (one.table === 'counterfactual' ? [one.row] : []));
  const receipts = rows.flatMap((one) => (one.table === 'receipt' ? [one.row] : []));
  // Referred-to tables first.
  if (factors.length > 0) await trx.insertInto('factor').values(factors).execute();
  if (samples.length > 0) await trx.insertInto('sample').values(samples).execute();
  if (postings.length > 0) await trx.insertInto('posting').values(postings).execute();
  if (decisions.length > 0) await trx.insertInto('decision').values(decisions).execute();
  if (counterfactuals.length > 0) await trx.insertInto('counterfactual').values(counterfactuals).execute();
  if (receipts.length > 0) await trx.insertInto('receipt').values(receipts).execute();
}
