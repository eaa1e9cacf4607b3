/**
 * Verification: recomputes the whole account from what was stored and names the first row that does not hold
 * (docs/methods/verification.md). Reads only; a page at a time.
 *
 * @module
 */
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { asError } from '../errors.ts';
import { QUALITIES, type Quality, type Signal, signalSchema } from '../grid/index.ts';
import type { Receipt, ReceiptInput } from '../report/index.ts';
import type { Database, SampleTable, Store } from '../store/index.ts';
import { canonicalJson } from '../store/index.ts';
import { type Grams, micrograms, microgramsToGrams } from '../units.ts';
import { GENESIS, linkHash, rowHash } from './chain.ts';
import { runDigest, toCounterfactual } from './counterfactual.ts';
import { exactSum, readExactSum } from './exact-sum.ts';
import { factorId } from './factor.ts';
import { lastReceipt } from './ledger.ts';
import { postingsOf } from './postings.ts';
import { readBasis, readFactors, readReceiptInput } from './receipt-input.ts';
import { ACCOUNT_TABLES, type AccountTable, fromPosting, isAccountTable, toFactor, toSample } from './rows.ts';
import { sameWithin } from './same.ts';

/** What was emitted under one signal that is known in one way. */
export interface Emitted {
  readonly signal: Signal | null;
  readonly quality: Quality;
  readonly emissionsG: Grams;
}

export type Verdict =
  | {
      readonly ok: true;
      /** Rows of the account (of the run, when one was named), all in the chain. */
      readonly rows: number;
      readonly runs: number;
      /** Location-based emissions, PUE included, recomputed: never summed over signals or qualities. */
      readonly emissions: readonly Emitted[];
      /** Runs that have not ended, or were not yet accounted for. */
      readonly open: number;
      /** The last link's hash: kept elsewhere, it proves later that nothing was rewritten. */
      readonly head: string;
    }
  | {
      readonly ok: false;
      readonly table: string;
      readonly id: string;
      /** Place in the chain; null for a row that is not in it. */
      readonly seq: number | null;
      readonly what: string;
    };

export interface VerifyOptions {
  /** `receipt` of the report room. */
  readonly receiptOf: (input: ReceiptInput) => Receipt;
  /** Recompute the postings and the receipt of this run only; the chain is always walked whole. */
  readonly workflowRun?: string;
  /** A hash, or its first digits, that was kept elsewhere (a receipt's `chain`): it must be in the chain. */
  readonly head?: string;
  readonly signal?: AbortSignal;
}

const PAGE = 1_000;

/** Thrown inside only, to leave the walk at the first row that does not hold. */
class DoesNotHold extends Error {
  readonly verdict: Extract<Verdict, { ok: false }>;
  constructor(table: string, id: string, seq: number | null, what: string) {
    super(what);
    this.verdict = { ok: false, table, id, seq, what };
  }
}

/** Recomputes everything; O(rows) time, a page of rows in memory, and the rows of one run at a time for its receipt. */
export async function verify(store: Store, options: VerifyOptions): Promise<Verdict> {
  try {
    return await new Walk(store, options).run();
  } catch (thrown) {
    if (thrown instanceof DoesNotHold) return thrown.verdict;
    throw thrown;
  }
}

interface Link {
  readonly seq: number;
  readonly table_name: string;
  readonly row_id: string;
  readonly row_hash: string;
  readonly hash: string;
}

type RunRow = Pick<Selectable<Database['workflow_run']>, 'id' | 'state' | 'ended_at'>;

type Row = { readonly id: string } & Readonly<Record<string, unknown>>;

class Walk {
  readonly #db: Store['db'];
  readonly #options: VerifyOptions;
  /** Runs whose counterfactual has been met on the walk. */
  readonly #counterfactuals = new Set<string>();
  #rows = 0;
  #headSeen = false;

  constructor(store: Store, options: VerifyOptions) {
    this.#db = store.db;
    this.#options = options;
  }

  async run(): Promise<Verdict> {
    const head = await this.#end();
    let previous = { seq: 0, hash: GENESIS };
    while (previous.seq < head.seq) {
      this.#options.signal?.throwIfAborted();
      const links = await this.#page(previous.seq, head.seq);
      if (links.length === 0) break;
      const rows = await this.#rowsOf(links);
      for (const link of links) previous = this.#checkLink(link, previous, rows);
      await this.#checkPage(links, rows);
    }
    await this.#checkUnlinked();
    if (this.#options.head !== undefined && !this.#headSeen) {
      throw new DoesNotHold(
        'chain',
        this.#options.head,
        null,
        'this hash, kept elsewhere, is not in the chain: it was rewritten or cut off',
      );
    }
    const runs = await this.#runs(); // before their receipts, which are there when a run is said to have ended
    for (const run of runs) this.#checkState(run, await this.#checkReceipt(run.id));
    const open = runs.filter(({ state }) => state === 'active').length;
    return {
      ok: true,
      rows: this.#rows,
      runs: runs.length,
      emissions: await this.#emissions(),
      open,
      head: previous.hash,
    };
  }

  /** The last link, which must be the last that was ever given a number. */
  async #end(): Promise<{ readonly seq: number }> {
    const last = await this.#db.selectFrom('chain').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
    const counters = await this.#db
      .withTables<{ sqlite_sequence: { name: string; seq: number } }>()
      .selectFrom('sqlite_sequence')
      .select('seq')
      .where('name', '=', 'chain')
      .executeTakeFirst();
    const seq = last?.seq ?? 0;
    const given = counters?.seq ?? 0;
    if (given > seq) {
      throw new DoesNotHold(
        'chain',
        String(seq + 1),
        seq + 1,
        `the chain ends at ${seq}, but ${given} links were written`,
      );
    }
    return { seq };
  }

  #page(from: number, to: number): Promise<Link[]> {
    return this.#db
      .selectFrom('chain')
      .selectAll()
      .where('seq', '>', from)
      .where('seq', '<=', to)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
  }

  async #rowsOf(links: readonly Link[]): Promise<ReadonlyMap<string, Row>> {
    const rows = new Map<string, Row>();
    for (const table of ACCOUNT_TABLES) {
      const ids = links.filter((link) => link.table_name === table).map((link) => link.row_id);
      if (ids.length === 0) continue;
      for (const row of await this.#select(table, ids)) rows.set(`${table} ${row.id}`, row);
    }
    return rows;
  }

  #select(table: AccountTable, ids: readonly string[]): Promise<Row[]> {
    switch (table) {
      case 'decision':
        return this.#db.selectFrom('decision').selectAll().where('id', 'in', ids).execute();
      case 'sample':
        return this.#db.selectFrom('sample').selectAll().where('id', 'in', ids).execute();
      case 'factor':
        return this.#db.selectFrom('factor').selectAll().where('id', 'in', ids).execute();
      case 'posting':
        return this.#db.selectFrom('posting').selectAll().where('id', 'in', ids).execute();
      case 'counterfactual':
        return this.#db.selectFrom('counterfactual').selectAll().where('id', 'in', ids).execute();
      case 'receipt':
        return this.#db.selectFrom('receipt').selectAll().where('id', 'in', ids).execute();
    }
  }

  /** Order, presence, content and linkage of one row. */
  #checkLink(link: Link, previous: { readonly seq: number; readonly hash: string }, rows: ReadonlyMap<string, Row>) {
    const { seq, table_name: table, row_id: id } = link;
    const fail = (what: string): never => {
      throw new DoesNotHold(table, id, seq, what);
    };
    if (seq !== previous.seq + 1) {
      throw new DoesNotHold('chain', String(previous.seq + 1), previous.seq + 1, 'this link of the chain is missing');
    }
    if (!isAccountTable(table)) return fail('the chain names a table that is not part of the account');
    const row = rows.get(`${table} ${id}`);
    if (row === undefined) return fail('the row is in the chain but not in its table: it was removed or renamed');
    if (rowHash(row) !== link.row_hash) return fail('the row is not what it was when it was written');
    if (linkHash(previous.hash, link.row_hash) !== link.hash) {
      return fail('the link does not follow from the one before it: it was changed, moved or inserted');
    }
    if (this.#options.head !== undefined && link.hash.startsWith(this.#options.head)) this.#headSeen = true;
    if (this.#options.workflowRun === undefined || row['workflow_run'] === this.#options.workflowRun) this.#rows += 1;
    return link;
  }

  /** What a row says, given the rows before it. */
  async #checkPage(links: readonly Link[], rows: ReadonlyMap<string, Row>): Promise<void> {
    const samples: { readonly seq: number; readonly row: Row }[] = [];
    for (const { seq, table_name: table, row_id: id } of links) {
      const row = rows.get(`${table} ${id}`);
      if (row === undefined) continue;
      const fail = (what: string): never => {
        throw new DoesNotHold(table, id, seq, what);
      };
      try {
        if (table === 'counterfactual') await this.#checkCounterfactual(id, fail);
        if (table === 'factor') await this.#checkFactor(id, fail);
        if (table === 'decision' || table === 'sample') this.#checkOrder(row, fail);
      } catch (thrown) {
        if (thrown instanceof DoesNotHold) throw thrown;
        fail(`the row cannot be read: ${asError(thrown).message}`);
      }
      if (table === 'sample' && this.#inScope(row['workflow_run'])) samples.push({ seq, row });
    }
    await this.#checkPostings(samples);
  }

  #inScope(workflowRun: unknown): boolean {
    return this.#options.workflowRun === undefined || workflowRun === this.#options.workflowRun;
  }

  async #checkCounterfactual(id: string, fail: (what: string) => never): Promise<void> {
    const row = await this.#db.selectFrom('counterfactual').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    const run = await this.#db
      .selectFrom('workflow_run')
      .selectAll()
      .where('id', '=', row.workflow_run)
      .executeTakeFirst();
    if (run === undefined || toCounterfactual(row).run !== runDigest(run)) {
      fail('the workflow run is not what it was when its counterfactual was written');
    }
    this.#counterfactuals.add(row.workflow_run);
  }

  async #checkFactor(id: string, fail: (what: string) => never): Promise<void> {
    const row = await this.#db.selectFrom('factor').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    if (factorId(toFactor(row)) !== id) fail('its id does not follow from its content');
  }

  /** Nothing is decided or measured before the counterfactual is written. */
  #checkOrder(row: Row, fail: (what: string) => never): void {
    if (!this.#counterfactuals.has(String(row['workflow_run']))) fail('no counterfactual was written before it');
  }

  /** The postings of samples follow from them and the factors before them, and there are no others. */
  async #checkPostings(samples: readonly { readonly seq: number; readonly row: Row }[]): Promise<void> {
    const ids = samples.map(({ row }) => row.id);
    if (ids.length === 0) return;
    const sampleRows = await this.#db.selectFrom('sample').selectAll().where('id', 'in', ids).execute();
    const stored = new Map<string, Selectable<Database['posting']>[]>();
    for (const posting of await this.#db.selectFrom('posting').selectAll().where('sample', 'in', ids).execute()) {
      stored.set(posting.sample, [...(stored.get(posting.sample) ?? []), posting]);
    }
    const seqs = new Map(samples.map(({ seq, row }) => [row.id, seq]));
    for (const group of groups(sampleRows)) {
      const { zone, site, start, end, rows } = group;
      const factors = await readFactors(this.#db, [zone, site], start, end);
      for (const row of rows) {
        const seq = seqs.get(row.id) ?? 0;
        const known = factors.filter((factor) => factor.seq < seq).map(({ factor }) => factor);
        this.#comparePostings(row, seq, stored.get(row.id) ?? [], known);
      }
    }
  }

  #comparePostings(
    row: Selectable<SampleTable>,
    seq: number,
    stored: readonly Selectable<Database['posting']>[],
    known: Parameters<typeof postingsOf>[1],
  ): void {
    const left = new Map(stored.map((posting) => [posting.id, posting]));
    for (const expected of postingsOf(toSample(row), known)) {
      const { id } = expected;
      const posting = left.get(id);
      if (posting === undefined) {
        throw new DoesNotHold('posting', id, seq, `the posting of sample ${row.id} is missing`);
      }
      left.delete(id);
      if (posting.method !== expected.method) {
        throw new DoesNotHold('posting', id, seq, `this version cannot recompute the method ${posting.method}`);
      }
      if (canonicalJson({ ...posting }) !== canonicalJson({ ...fromPosting(expected) })) {
        const what = `it does not follow from sample ${row.id} and the factors: ${expected.emissions} µg expected`;
        throw new DoesNotHold('posting', id, seq, what);
      }
    }
    const [extra] = left.keys();
    if (extra !== undefined) throw new DoesNotHold('posting', extra, seq, `it does not follow from sample ${row.id}`);
  }

  /** Rows of the account that the chain does not know. */
  async #checkUnlinked(): Promise<void> {
    for (const table of ACCOUNT_TABLES) {
      const row = await this.#db
        .selectFrom(table)
        .select('id')
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom('chain')
                .select('chain.seq')
                .where('chain.table_name', '=', table)
                .whereRef('chain.row_id', '=', `${table}.id`),
            ),
          ),
        )
        .limit(1)
        .executeTakeFirst();
      if (row !== undefined) throw new DoesNotHold(table, row.id, null, 'the row is not in the chain: it was inserted');
    }
    const orphan = await this.#db
      .selectFrom('posting')
      .select('id')
      .where((e) =>
        e.not(e.exists(e.selectFrom('sample').select('sample.id').whereRef('sample.id', '=', 'posting.sample'))),
      )
      .limit(1)
      .executeTakeFirst();
    if (orphan !== undefined) throw new DoesNotHold('posting', orphan.id, null, 'its sample does not exist');
  }

  async #runs(): Promise<RunRow[]> {
    const { workflowRun } = this.#options;
    const all = this.#db.selectFrom('workflow_run').select(['id', 'state', 'ended_at']).orderBy('id');
    return (workflowRun === undefined ? all : all.where('id', '=', workflowRun)).execute();
  }

  /**
   * A run has ended as its last receipt says, and one without a receipt has not. The receipt is written first: a run that
   * was left by its process between the two is active still, until somebody attends it and ends it.
   */
  #checkState({ id, state, ended_at: endedAt }: RunRow, receipt: Receipt | undefined): void {
    const fail = (what: string): never => {
      throw new DoesNotHold('workflow_run', id, null, what);
    };
    if (state === 'active') {
      if (endedAt !== null) fail('it has an end, but is said to be active');
    } else if (receipt === undefined) fail(`it is said to be ${state}, but has no receipt`);
    else if (receipt.outcome !== state) fail(`it is said to be ${state}, but its receipt says ${receipt.outcome}`);
    else if (receipt.end !== endedAt) fail('its end is not that of its receipt');
  }

  /** The last receipt of a run is what its rows, events and step runs make it. */
  async #checkReceipt(workflowRun: string): Promise<Receipt | undefined> {
    const stored = await lastReceipt(this.#db, workflowRun);
    if (stored === undefined) return undefined;
    const { id, basis, facts, receipt } = stored;
    const link = await this.#db
      .selectFrom('chain')
      .select('seq')
      .where('table_name', '=', 'receipt')
      .where('row_id', '=', id)
      .executeTakeFirstOrThrow();
    const fail = (what: string): never => {
      throw new DoesNotHold('receipt', id, link.seq, what);
    };
    const at = await this.#db.selectFrom('chain').select('hash').where('seq', '=', basis.chainSeq).executeTakeFirst();
    if ((at?.hash ?? GENESIS) !== basis.chainHash) fail('it rests on a chain that is not this one');
    const now = await readBasis(this.#db, workflowRun, { seq: basis.chainSeq, hash: basis.chainHash }, basis.lastEvent);
    if (now.events !== basis.events) fail('the events of the run are not those that it was made from');
    if (now.stepRuns !== basis.stepRuns) fail('the step runs are not those that it was made from');
    const again = this.#options.receiptOf(await readReceiptInput(this.#db, id, workflowRun, facts, basis));
    const difference = sameWithin(JSON.parse(canonicalJson(again)), receipt, 1e-9);
    if (difference !== undefined) fail(`recomputed, it differs at ${difference}`);
    return receipt;
  }

  async #emissions(): Promise<Emitted[]> {
    const { workflowRun } = this.#options;
    const all = this.#db
      .selectFrom('posting')
      .innerJoin('factor', 'factor.id', 'posting.intensity_factor')
      .select(['factor.signal', 'factor.quality', exactSum('posting.emissions_ug').as('sum')])
      .groupBy(['factor.signal', 'factor.quality'])
      .orderBy('factor.signal')
      .orderBy('factor.quality');
    const rows = await (workflowRun === undefined
      ? all
      : all.where('posting.workflow_run', '=', workflowRun)
    ).execute();
    return rows.map(({ signal, quality, sum }) => ({
      signal: signal === null ? null : signalSchema.parse(JSON.parse(signal)),
      quality: z.enum(QUALITIES).parse(quality),
      emissionsG: microgramsToGrams(micrograms(readExactSum(sum) ?? 0n)),
    }));
  }
}

/** Samples of one zone and site, with the span they cover. */
function groups(rows: readonly Selectable<SampleTable>[]) {
  const found = new Map<
    string,
    { zone: string; site: string; start: number; end: number; rows: Selectable<SampleTable>[] }
  >();
  for (const row of rows) {
    const key = JSON.stringify([row.zone, row.site]);
    const group = found.get(key) ?? { zone: row.zone, site: row.site, start: row.start, end: row.end, rows: [] };
    group.start = Math.min(group.start, row.start);
    group.end = Math.max(group.end, row.end);
    group.rows.push(row);
    found.set(key, group);
  }
  return found.values();
}
