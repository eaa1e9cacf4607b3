import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, facts, hour, insertRun, RUN } from '../../test/support/account.ts';
import { receipt } from '../report/index.ts';
import { openStore, STORE_FILE, type Store } from '../store/index.ts';
import { linkHash, rowHash } from './chain.ts';
import { openLedger, type Verdict, verify } from './index.ts';

const ACCOUNT = ['decision', 'sample', 'factor', 'posting', 'counterfactual', 'receipt'];

let folder: string;
let chain: string;
/** The store that verify reads. */
let store: Store;
/** A hand with a database tool: no triggers, no foreign keys. */
let raw: BetterSqlite.Database;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gridtide-verify-'));
  const whole = await openStore(folder);
  const ledger = openLedger(whole);
  await account(whole, ledger);
  chain = (await ledger.writeReceipt({ workflowRun: RUN, at: hour(6), facts: facts(), receiptOf: receipt })).chain;
  await whole.close();
  mkdirSync(join(folder, 'copy'));
  await openCopy();
});

/** Opens a new copy of the ledger that nobody touched. */
async function openCopy(): Promise<void> {
  const copy = join(folder, 'copy');
  copyFileSync(join(folder, STORE_FILE), join(copy, STORE_FILE));
  raw = new BetterSqlite(join(copy, STORE_FILE));
  raw.pragma('foreign_keys = off');
  for (const name of names(`select name from sqlite_schema where type = 'trigger'`)) raw.exec(`drop trigger ${name}`);
  store = await openStore(copy);
}

async function afresh(): Promise<void> {
  raw.close();
  await store.close();
  await openCopy();
}

afterEach(async () => {
  raw.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const check = (options = {}): Promise<Verdict> => verify(store, { receiptOf: receipt, ...options });

const names = (query: string): string[] =>
  raw
    .prepare<[], { name: string }>(query)
    .all()
    .map(({ name }) => name);

interface Column {
  readonly name: string;
  readonly type: string;
}
const columnsOf = (table: string): Column[] =>
  raw.prepare<[], Column>(`select name, type from pragma_table_info('${table}')`).all();

type Row = Record<string, string | number | null>;
const rowsOf = (table: string): (Row & { readonly rowid: number })[] =>
  raw.prepare<[], Row & { rowid: number }>(`select rowid as rowid, * from ${table}`).all();

function flipped(value: string | number | null | undefined, type: string): string | number {
  if (typeof value === 'number') return value + 100_000;
  if (typeof value === 'string' && value !== '') return `${value.slice(0, -1)}${value.endsWith('7') ? '8' : '7'}`;
  return type === 'TEXT' ? '7' : 7;
}

/** Writes the chain anew over whatever the tables say now, as someone would who knows how it is made. */
function rechain(): void {
  let previous = '0'.repeat(64);
  for (const link of rowsOf('chain')) {
    const row = raw.prepare<[unknown], Row>(`select * from ${link['table_name']} where id = ?`).get(link['row_id']);
    if (row === undefined) throw new Error(`no row ${link['row_id']}`);
    const hash = rowHash(row);
    previous = linkHash(previous, hash);
    raw.prepare('update chain set row_hash = ?, hash = ? where seq = ?').run(hash, previous, link['seq']);
  }
}

describe('verify', () => {
  test('finds that a ledger nobody touched holds', async () => {
    expect(await check({ head: chain })).toMatchObject({
      ok: true,
      rows: 27,
      runs: 1,
      open: 1,
      emissions: [{ signal: { kind: 'average', scope: 'lifecycle' }, quality: 'measured', emissionsG: 1080 }],
    });
  });

  test('names the row when any column of any row of the account is changed', async () => {
    let flips = 0;
    for (const table of ACCOUNT) {
      for (const row of rowsOf(table)) {
        for (const { name, type } of columnsOf(table)) {
          const before = row[name] ?? null;
          const after = flipped(before, type);
          const set = raw.prepare(`update ${table} set "${name}" = ? where rowid = ?`);
          set.run(after, row.rowid);
          const verdict = await check();
          const where = `${table}.${name} of ${row['id']}`;
          expect(verdict, where).toMatchObject({ ok: false, table, id: row['id'] });
          set.run(before, row.rowid);
          flips += 1;
        }
      }
    }
    expect(flips).toBeGreaterThan(300);
    expect(await check()).toMatchObject({ ok: true });
  });

  test('names the place when any column of any link of the chain is changed', async () => {
    for (const link of rowsOf('chain')) {
      for (const { name, type } of columnsOf('chain')) {
        const set = raw.prepare(`update chain set "${name}" = ? where rowid = ?`);
        const after = flipped(link[name], type);
        set.run(after, link.rowid);
        expect(await check(), `chain.${name} of ${link['seq']}`).toMatchObject({ ok: false, seq: link['seq'] });
        set.run(link[name], name === 'seq' ? after : link.rowid);
      }
    }
    expect(await check()).toMatchObject({ ok: true });
  });

  test('notices a change of what is not in the chain but what a row of the chain rests on', async () => {
    const rests = [
      ['workflow_run', ['id', 'workflow', 'definition', 'submitted_at', 'deadline', 'clock'], 'counterfactual'],
      ['step_run', columnsOf('step_run').map(({ name }) => name), 'receipt'],
      ['run_event', columnsOf('run_event').map(({ name }) => name), 'receipt'],
    ] as const;
    for (const [table, columns, named] of rests) {
      const types = new Map(columnsOf(table).map(({ name, type }) => [name, type]));
      for (const row of rowsOf(table)) {
        for (const name of columns) {
          const rowid = name === 'id' && typeof row['id'] === 'number' ? row['id'] + 100_000 : row.rowid;
          raw
            .prepare(`update ${table} set "${name}" = ? where rowid = ?`)
            .run(flipped(row[name], types.get(name) ?? ''), row.rowid);
          expect(await check(), `${table}.${name}`).toMatchObject({ ok: false, table: named });
          raw.prepare(`update ${table} set "${name}" = ? where rowid = ?`).run(row[name], rowid);
        }
      }
    }
    expect(await check()).toMatchObject({ ok: true });
  });

  test('holds a run against its receipt', async () => {
    const say = (state: string, endedAt: number | null) =>
      raw.prepare('update workflow_run set state = ?, ended_at = ?').run(state, endedAt);
    say('done', hour(6));
    expect(await check()).toMatchObject({ ok: true, runs: 1 });
    // Its process was killed between the receipt and the end of the record.
    say('active', null);
    expect(await check()).toMatchObject({ ok: true, runs: 1 });
    for (const [state, endedAt, what] of [
      ['failed', hour(6), 'it is said to be failed, but its receipt says done'],
      ['ended', hour(6), 'it is said to be ended, but its receipt says done'],
      ['done', hour(5), 'its end is not that of its receipt'],
      ['done', null, 'its end is not that of its receipt'],
      ['active', hour(6), 'it has an end, but is said to be active'],
    ] as const) {
      say(state, endedAt);
      for (const options of [{}, { workflowRun: RUN }]) {
        expect(await check(options), what).toEqual({ ok: false, table: 'workflow_run', id: RUN, seq: null, what });
      }
    }
  });

  test('notices a run that is said to have ended without a receipt', async () => {
    await insertRun(store, 'forged');
    expect(await check()).toMatchObject({ ok: true });
    raw.exec(`update workflow_run set state = 'done', ended_at = ${hour(6)} where id = 'forged'`);
    expect(await check()).toMatchObject({
      ok: false,
      table: 'workflow_run',
      id: 'forged',
      what: 'it is said to be done, but has no receipt',
    });
    expect(await check({ workflowRun: RUN })).toMatchObject({ ok: true });
  });

  test('notices rows that were removed, with and without their link', async () => {
    for (const table of ACCOUNT) {
      raw.exec(`delete from ${table} where id = (select min(id) from ${table})`);
      expect(await check(), table).toMatchObject({ ok: false, table });
      await afresh();
    }
    raw.exec(`delete from chain where seq = 9`);
    expect(await check()).toMatchObject({ ok: false, table: 'chain', seq: 9 });
  });

  test('notices a row that was inserted beside the chain', async () => {
    raw.exec(`insert into factor select 'forged', kind, key, valid_from, valid_to, '1', unit, gsd, signal, quality, source,
      licence, sha256, published_at from factor limit 1`);
    expect(await check()).toMatchObject({ ok: false, table: 'factor', id: 'forged', seq: null });
  });

  test('notices two links that changed places', async () => {
    raw.exec(
      `update chain set seq = 1000 where seq = 5; update chain set seq = 5 where seq = 6; update chain set seq = 6 where seq = 1000`,
    );
    expect(await check()).toMatchObject({ ok: false, seq: 5 });
  });

  test('notices a tail that was cut off, rows and links alike', async () => {
    raw.exec(`delete from receipt; delete from chain where table_name = 'receipt'`);
    expect(await check()).toMatchObject({ ok: false, table: 'chain', seq: 27 });
    // Whoever sets the counter back as well is caught by a hash that was kept elsewhere, if it was one of the tail.
    raw.exec(`delete from posting where sample = 's3'; delete from sample where id = 's3'`);
    raw.exec(`delete from chain where seq > 21; update sqlite_sequence set seq = 21 where name = 'chain'`);
    expect(await check()).toMatchObject({ ok: true });
    expect(await check({ head: chain })).toMatchObject({ ok: false, table: 'chain' });
  });

  test('recomputes what follows, so that writing the chain anew does not help', async () => {
    const edits = [
      [`update posting set emissions_ug = '1' where id = 's3/0/it'`, 'posting', 's3/0/it'],
      [`update posting set method = 'location-average/9' where id = 's3/0/it'`, 'posting', 's3/0/it'],
      [`update sample set energy_uj = '1000000' where id = 's2'`, 'posting', 's2/0/it'],
      [`update sample set "end" = "end" + 3600000 where id = 's1'`, 'posting', 's1/0/it'],
      [`update factor set value = '1' where kind = 'pue'`, 'factor', undefined],
      [`update factor set value = '100000' where valid_from = ${hour(4)}`, 'factor', undefined],
      [
        `update receipt set content = replace(content, '"expected":1080', '"expected":108')`,
        'receipt',
        `${RUN}/receipt/1`,
      ],
      [
        `update receipt set content = replace(content, '"coveragePercent":100', '"coveragePercent":99')`,
        'receipt',
        undefined,
      ],
      [
        `update receipt set content = replace(content, '"perUnit":{"grams":1.', '"perUnit":{"grams":0.')`,
        'receipt',
        undefined,
      ],
      [
        `update counterfactual set content = replace(content, '"emissionsG":600', '"emissionsG":900')`,
        'receipt',
        undefined,
      ],
    ] as const;
    for (const [edit, table, id] of edits) {
      const { changes } = raw.prepare(edit).run();
      expect(changes, edit).toBeGreaterThan(0);
      rechain();
      // The receipt rests on a hash of the chain: a forger would mend that, too.
      mendBasis();
      rechain();
      expect(await check(), edit).toMatchObject({ ok: false, table, ...(id === undefined ? {} : { id }) });
      expect(await check({ head: chain }), edit).toMatchObject({ ok: false });
      await afresh();
    }
  });
});

function mendBasis(): void {
  const link = raw.prepare<[], { hash: string }>('select hash from chain where seq = 26').get();
  if (link === undefined) throw new Error('no link 26');
  const row = raw.prepare<[], { content: string }>('select content from receipt').get();
  const content: { basis: { chainHash: string }; receipt: { chain: string } } = JSON.parse(row?.content ?? '');
  content.basis.chainHash = link.hash;
  content.receipt.chain = link.hash.slice(0, 12);
  raw.prepare('update receipt set content = ?').run(JSON.stringify(content));
}
