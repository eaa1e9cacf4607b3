/**
 * Opens the store: one SQLite file in a folder, brought to the schema that this version knows.
 *
 * @module
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Database as Sqlite } from 'better-sqlite3';
import type { Kysely, Transaction } from 'kysely';
import { Failure } from '../errors.ts';
import { storeFailure } from './failures.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Database } from './schema.ts';

export interface Store {
  /** The file, for messages. */
  readonly file: string;
  /**
   * For reads and single writes. One connection serves all: inside {@link Store.transaction} use what `fn` is given,
   * since `db` waits until the transaction has ended.
   */
  readonly db: Kysely<Database>;
  /**
   * Runs `fn` in an IMMEDIATE transaction: all of it is on the disk when the promise resolves, none when it rejects.
   * Other transactions of this process queue; other processes are waited for, at most 5 s (`store/unusable`).
   */
  transaction<T>(fn: (trx: Transaction<Database>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Never creates, migrates or writes. */
  readonly readonly?: boolean;
}

/** Name of the database file in the store's folder. */
export const STORE_FILE = 'gridtide.sqlite';

/** Marks the file as ours in its header (PRAGMA application_id): `Grid`. */
const APPLICATION_ID = 0x47726964;

/**
 * Opens (unless `readonly`, makes) the store in `folder`: WAL, `synchronous=FULL`, foreign keys, file mode 0600; a
 * folder that it makes has mode 0700. Fails with `store/unusable` when the folder or file cannot be used, is not
 * Gridtide's, or was written by a newer version.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const file = join(folder, STORE_FILE);
  const readonly = options.readonly ?? false;
  try {
    if (!readonly) prepare(folder, file);
    else if (!existsSync(file))
      throw new Failure('store/unusable', 'nothing has been recorded here yet', { place: { file } });
    // Loaded here and not above, so that commands that need no store, or only glance at it, do not pay for it.
    const { default: BetterSqlite } = await import('better-sqlite3');
    const { Kysely } = await import('kysely');
    const { LOCK_PATIENCE_MS, patiently, sqliteDialect } = await import('./dialect.ts');
    const sqlite = new BetterSqlite(file, { readonly, fileMustExist: true, timeout: LOCK_PATIENCE_MS });
    try {
      await patiently(() => setUp(sqlite, file, readonly));
    } catch (thrown) {
      sqlite.close();
      throw thrown;
    }
    return storeOver(new Kysely<Database>({ dialect: sqliteDialect(sqlite, file) }), sqlite, file);
  } catch (thrown) {
    throw storeFailure(thrown, file);
  }
}

/**
 * Rows of one query on the store in `folder`, for whoever needs no more of it: nothing of what writes is loaded. None
 * where there is no store, or one of an older schema. Fails with `store/unusable` as {@link openStore} does.
 */
export async function glance(
  folder: string,
  query: string,
  values: readonly (string | number)[],
): Promise<readonly unknown[]> {
  const file = join(folder, STORE_FILE);
  if (!existsSync(file)) return [];
  try {
    const { default: BetterSqlite } = await import('better-sqlite3');
    const sqlite = new BetterSqlite(file, { readonly: true, fileMustExist: true, timeout: GLANCE_PATIENCE_MS });
    try {
      if (number(sqlite, 'user_version') < MIGRATIONS.length) return [];
      setUp(sqlite, file, true);
      return sqlite.prepare(query).all(...values);
    } finally {
      sqlite.close();
    }
  } catch (thrown) {
    throw storeFailure(thrown, file);
  }
}

/** A reader waits for nobody but a writer that is moving the log into the file. */
const GLANCE_PATIENCE_MS = 1_000;

function storeOver(db: Kysely<Database>, sqlite: Sqlite, file: string): Store {
  return {
    file,
    db,
    transaction: (fn) => db.transaction().execute(fn),
    async close() {
      // Kysely closes only what it has used.
      await db.destroy();
      if (sqlite.open) sqlite.close();
    },
  };
}

function prepare(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Made before SQLite does, since SQLite's companions (-wal, -shm) take the mode of this file.
  closeSync(openSync(file, 'a', 0o600));
}

function setUp(sqlite: Sqlite, file: string, readonly: boolean): void {
  // In one transaction: another process may be bringing a new file to its schema at this moment.
  const { application, found, isEmpty } = sqlite.transaction(() => ({
    application: number(sqlite, 'application_id'),
    found: number(sqlite, 'user_version'),
    isEmpty: sqlite.prepare('select 1 from sqlite_schema limit 1').get() === undefined,
  }))();
  const known = MIGRATIONS.length;
  if (application !== APPLICATION_ID && (application !== 0 || found !== 0 || !isEmpty)) {
    throw new Failure('store/unusable', 'the file is the database of another program', {
      place: { file },
      expected: 'a store written by Gridtide',
    });
  }
  if (found > known) {
    throw new Failure('store/unusable', `the store was written by a newer version of Gridtide (schema ${found})`, {
      place: { file },
      expected: `schema ${known} or older, or a newer Gridtide`,
    });
  }
  if (readonly && found < known) {
    throw new Failure('store/unusable', `the store has the older schema ${found} and is opened for reading only`, {
      place: { file },
      expected: `schema ${known}; a command that writes brings it there`,
    });
  }
  sqlite.pragma('foreign_keys = on');
  // Without it, INSERT OR REPLACE would delete a row without its trigger.
  sqlite.pragma('recursive_triggers = on');
  if (readonly) return;
  sqlite.pragma('journal_mode = wal');
  sqlite.pragma('synchronous = full');
  if (found < known) migrate(sqlite);
}

/** In one transaction; the version is read again inside, since another process may have been faster. */
function migrate(sqlite: Sqlite): void {
  sqlite
    .transaction(() => {
      const from = number(sqlite, 'user_version');
      for (const statements of MIGRATIONS.slice(from)) for (const statement of statements) sqlite.exec(statement);
      sqlite.pragma(`application_id = ${APPLICATION_ID}`);
      sqlite.pragma(`user_version = ${MIGRATIONS.length}`);
    })
    .immediate();
}

const number = (sqlite: Sqlite, pragma: string): number => Number(sqlite.pragma(pragma, { simple: true }));
