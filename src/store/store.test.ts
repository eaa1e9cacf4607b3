import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { glance, openStore, STORE_FILE, type Store } from './index.ts';
import { MIGRATIONS } from './migrations/index.ts';

const execute = promisify(execFile);

let root: string;
let folder: string;
const opened: Store[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gridtide-store-'));
  folder = root;
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(root, { recursive: true, force: true });
});

async function open(options = {}): Promise<Store> {
  const store = await openStore(folder, options);
  opened.push(store);
  return store;
}

const event = { at: 1, step: null, kind: 'test', text: '', detail: '{}' } as const;

async function insertRun(store: Store, id: string): Promise<void> {
  await store.db
    .insertInto('workflow_run')
    .values({
      id,
      workflow: 'w',
      definition: '{}',
      submitted_at: 0,
      deadline: 1,
      clock: '{}',
      folder,
      desired: 'run',
      state: 'active',
      ended_at: null,
      controller: null,
      epoch: 0,
    })
    .execute();
}

const pragma = async (store: Store, name: string): Promise<unknown> =>
  Object.values((await sql<Record<string, unknown>>`${sql.raw(`pragma ${name}`)}`.execute(store.db)).rows[0] ?? {})[0];

describe('a store', () => {
  test('is a private file in a private folder, durable and with foreign keys', async () => {
    folder = join(folder, 'deep', 'home');
    const store = await open();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, STORE_FILE)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, `${STORE_FILE}-wal`)).mode & 0o777).toBe(0o600);
    expect(await pragma(store, 'journal_mode')).toBe('wal');
    expect(await pragma(store, 'synchronous')).toBe(2);
    expect(await pragma(store, 'foreign_keys')).toBe(1);
    expect(await pragma(store, 'busy_timeout')).toBe(5000);
  });

  test('keeps what was written when it is opened again', async () => {
    await insertRun(await open(), 'a');
    const again = await open();
    expect(await again.db.selectFrom('workflow_run').select('id').execute()).toEqual([{ id: 'a' }]);
    const reader = await open({ readonly: true });
    expect(await reader.db.selectFrom('workflow_run').select('id').execute()).toEqual([{ id: 'a' }]);
    await expect(insertRun(reader, 'b')).rejects.toMatchObject({ code: 'store/unusable' });
  });

  test('refuses to change or remove a row of the account, also by way of REPLACE', async () => {
    const store = await open();
    await insertRun(store, 'a');
    await store.db.insertInto('chain').values({ table_name: 't', row_id: '1', row_hash: '', hash: '' }).execute();
    await store.db.insertInto('receipt').values({ id: 'r', workflow_run: 'a', written_at: 1, content: '{}' }).execute();
    await expect(store.db.updateTable('receipt').set({ content: '' }).execute()).rejects.toThrow(
      'receipt is append-only',
    );
    await expect(store.db.deleteFrom('receipt').execute()).rejects.toThrow('receipt is append-only');
    await expect(sql`insert or replace into receipt values ('r', 'a', 2, '')`.execute(store.db)).rejects.toThrow(
      'receipt is append-only',
    );
    await expect(store.db.deleteFrom('chain').execute()).rejects.toThrow('chain is append-only');
    const { rows } = await sql<{ name: string }>`select name from sqlite_schema where type = 'trigger'`.execute(
      store.db,
    );
    expect(rows).toHaveLength(28);
  });

  test('rolls a failed transaction back as a whole', async () => {
    const store = await open();
    await insertRun(store, 'a');
    await expect(
      store.transaction(async (trx) => {
        await trx
          .insertInto('run_event')
          .values({ workflow_run: 'a', ...event })
          .execute();
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await store.db.selectFrom('run_event').selectAll().execute()).toEqual([]);
  });

  test('is made once by all who open it at once, in every folder', async () => {
    const opener = fileURLToPath(new URL('../../test/support/open-many.ts', import.meta.url));
    const openers = Array.from({ length: 4 }, () =>
      execute(process.execPath, ['--import', 'tsx', opener, folder, '60']),
    );
    for (const { stderr } of await Promise.all(openers)) expect(stderr).toBe('');
  });

  test('lets the transactions of one process follow each other, so that no count is lost', async () => {
    const store = await open();
    await insertRun(store, 'a');
    const grow = (through: Store) =>
      through.transaction(async (trx) => {
        const { epoch } = await trx.selectFrom('workflow_run').select('epoch').executeTakeFirstOrThrow();
        await Promise.resolve();
        await trx
          .updateTable('workflow_run')
          .set({ epoch: epoch + 1 })
          .execute();
      });
    await Promise.all(Array.from({ length: 20 }, () => grow(store)));
    expect(await store.db.selectFrom('workflow_run').select('epoch').execute()).toEqual([{ epoch: 20 }]);
  });

  test('waits for the writer of another connection without blocking this process', async () => {
    const one = await open();
    const other = await open();
    await insertRun(one, 'a');
    const grow = (through: Store) =>
      through.transaction(async (trx) => {
        const { epoch } = await trx.selectFrom('workflow_run').select('epoch').executeTakeFirstOrThrow();
        // If waiting blocked the process, this would never come back.
        await new Promise((resolve) => setImmediate(resolve));
        await trx
          .updateTable('workflow_run')
          .set({ epoch: epoch + 1 })
          .execute();
      });
    await Promise.all(Array.from({ length: 10 }, (_, i) => grow(i % 2 === 0 ? one : other)));
    expect(await one.db.selectFrom('workflow_run').select('epoch').execute()).toEqual([{ epoch: 10 }]);
  });

  test('says in words when it cannot be used', async () => {
    await expect(open({ readonly: true })).rejects.toMatchObject({
      code: 'store/unusable',
      message: 'nothing has been recorded here yet',
    });

    const file = join(folder, STORE_FILE);
    writeFileSync(file, 'this is a text and no database, '.repeat(100));
    await expect(open()).rejects.toMatchObject({
      code: 'store/unusable',
      message: expect.stringContaining('not a database'),
    });
    rmSync(file);

    writeFileSync(join(folder, 'plain'), '');
    await expect(openStore(join(folder, 'plain'))).rejects.toMatchObject({ code: 'store/unusable' });
    await expect(openStore(join(folder, 'plain', 'below'))).rejects.toMatchObject({ code: 'store/unusable' });

    const foreign = new BetterSqlite(file);
    foreign.exec('create table bookmarks (id integer)');
    foreign.close();
    await expect(open()).rejects.toMatchObject({
      code: 'store/unusable',
      message: 'the file is the database of another program',
    });
  });

  test('takes over what the schema before had kept of the grid, unchanged', async () => {
    const doubles = (...values: number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);
    // The first byte says that doubles follow (`grid/packing.ts`).
    const marked = (...values: number[]): Buffer => Buffer.concat([Buffer.of(0x21), doubles(...values)]);
    const old = new BetterSqlite(join(folder, STORE_FILE));
    for (const statement of MIGRATIONS.slice(0, 2).flat()) old.exec(statement);
    old.pragma(`application_id = ${0x47726964}`);
    old.pragma('user_version = 2');
    old.exec("insert into grid_series values (1, 'neso-uk', 'GB', 'average/consumption/direct/CO2', 3600000, 0, '')");
    const block = old.prepare(
      "insert into grid_block values (?, 1, 2900, 7, 0, ?, ?, ?, 'e-e', 'url', 'CC-BY-4.0', ?)",
    );
    block.run(4, 20, 20, doubles(100.25, Number.NaN, 1 / 3), 'ab01');
    block.run(9, 30, 25, doubles(104), null);
    old
      .prepare("insert into grid_forecast values (3, 1, 20, 'provider', 21, 30, 40, ?, ?, null, 'other', 'none', null)")
      .run(doubles(7, 8.5), doubles(6, 0));
    old.close();
    const { db } = await open();
    const origins = await db.selectFrom('grid_origin').selectAll().execute();
    const origin = (source: string): number | undefined => origins.find((one) => one.source === source)?.id;
    expect(origins.map(({ source, licence }) => [source, licence]).sort()).toEqual([
      ['other', 'none'],
      ['url', 'CC-BY-4.0'],
    ]);
    const shared = {
      series: 1,
      chunk: 2900,
      offset: 7,
      whole: 0,
      covered: null,
      sources: null,
      power: null,
      quality: 'e-e',
      origin: origin('url'),
    };
    expect(await db.selectFrom('grid_block').selectAll().execute()).toEqual([
      {
        ...{ ...shared, id: 4, observed_at: 20, issued_at: null },
        ...{ intensity: marked(100.25, Number.NaN, 1 / 3), sha256: Buffer.of(0xab, 0x01) },
      },
      { ...shared, id: 9, observed_at: 30, issued_at: 25, intensity: marked(104), sha256: null },
    ]);
    expect(await db.selectFrom('grid_forecast').selectAll().execute()).toEqual([
      {
        ...{ id: 3, series: 1, issued_at: 20, issued_by: 'provider', observed_at: 21, base: null, start: 30, end: 40 },
        ...{ intensity: marked(7, 8.5), low: marked(6, 0), high: null, origin: origin('other'), sha256: null },
      },
    ]);
    await expect(db.deleteFrom('grid_block').execute()).rejects.toThrow('append-only');
  });

  test('says so when a newer version wrote it, and leaves it as it is', async () => {
    await (await open()).close();
    const file = join(folder, STORE_FILE);
    const raw = new BetterSqlite(file);
    raw.pragma('user_version = 99');
    raw.close();
    await expect(open()).rejects.toMatchObject({
      code: 'store/unusable',
      message: expect.stringContaining('newer version'),
    });
    const after = new BetterSqlite(file);
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  test('says so when a folder stands in its place', async () => {
    const shut = join(folder, 'shut');
    mkdirSync(join(shut, STORE_FILE), { recursive: true });
    await expect(openStore(shut)).rejects.toMatchObject({ code: 'store/unusable', cause: { code: 'EISDIR' } });
  });

  test('turns a full disk into a failure with its cause, and loses nothing that was acknowledged', async () => {
    const store = await open();
    await insertRun(store, 'a');
    await sql`pragma max_page_count = 60`.execute(store.db);
    const fill = store.transaction(async (trx) => {
      for (let i = 0; i < 100; i += 1) {
        await trx
          .insertInto('run_event')
          .values({ workflow_run: 'a', ...event, detail: 'x'.repeat(10_000) })
          .execute();
      }
    });
    await expect(fill).rejects.toMatchObject({
      code: 'store/unusable',
      message: expect.stringContaining('the disk is full'),
      cause: { code: 'SQLITE_FULL' },
    });
    expect(await store.db.selectFrom('run_event').selectAll().execute()).toEqual([]);
    expect(await store.db.selectFrom('workflow_run').select('id').execute()).toEqual([{ id: 'a' }]);
    await store.db
      .insertInto('run_event')
      .values({ workflow_run: 'a', ...event })
      .execute();
  });

  test('can be glanced at: its rows, none where there is no store or an older one', async () => {
    const query = 'select id from workflow_run where id >= ? order by id';
    expect(await glance(folder, query, ['a'])).toEqual([]);
    const store = await open();
    await insertRun(store, 'a');
    await insertRun(store, 'b');
    expect(await glance(folder, query, ['b'])).toEqual([{ id: 'b' }]);
    await expect(glance(folder, 'delete from workflow_run', [])).rejects.toThrow();
    await store.close();
    const older = new BetterSqlite(join(folder, STORE_FILE));
    older.pragma('user_version = 1');
    older.close();
    expect(await glance(folder, query, ['a'])).toEqual([]);
  });

  test('that is none is told apart from one that is not there', async () => {
    writeFileSync(join(folder, STORE_FILE), 'text that is long enough to be taken for the head of a file');
    await expect(glance(folder, 'select 1', [])).rejects.toMatchObject({ code: 'store/unusable' });
  });
});
