/**
 * Kysely's door to SQLite: one connection, write transactions that take the lock at once and wait for other processes
 * without blocking this one, and failures in words.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database as Sqlite } from 'better-sqlite3';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { codeOf, storeFailure } from './failures.ts';

/** How long a write waits for another process, in all. */
export const LOCK_PATIENCE_MS = 5_000;
const LOCK_PAUSE_MS = 10;

/**
 * Tries again while another process holds the lock, at most for the patience above. SQLite's own waiting blocks the
 * whole process, and is not done everywhere; the attempts are counted, as time is not read here.
 */
export async function patiently(attempt: () => void): Promise<void> {
  for (let left = Math.ceil(LOCK_PATIENCE_MS / LOCK_PAUSE_MS); ; left -= 1) {
    try {
      attempt();
      return;
    } catch (thrown) {
      if (left <= 0 || codeOf(thrown)?.startsWith('SQLITE_BUSY') !== true) throw thrown;
    }
    await delay(LOCK_PAUSE_MS);
  }
}

export function sqliteDialect(sqlite: Sqlite, file: string): Dialect {
  return {
    createDriver: () => new SqliteFileDriver(sqlite, file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Whoever holds the connection holds it alone: a transaction excludes every other statement of this process. */
class SqliteFileDriver implements Driver {
  readonly #connection: SqliteFileConnection;
  readonly #waiting: (() => void)[] = [];
  #held = false;

  constructor(sqlite: Sqlite, file: string) {
    this.#connection = new SqliteFileConnection(sqlite, file);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    // Handed over in the order of asking.
    if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#held = true;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held = false;
    else next();
  }

  beginTransaction(): Promise<void> {
    return this.#connection.begin();
  }

  async commitTransaction(): Promise<void> {
    this.#connection.execute('commit');
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }

  async destroy(): Promise<void> {
    this.#connection.close();
  }
}

class SqliteFileConnection implements DatabaseConnection {
  readonly #sqlite: Sqlite;
  readonly #file: string;

  constructor(sqlite: Sqlite, file: string) {
    this.#sqlite = sqlite;
    this.#file = file;
  }

  /** IMMEDIATE, so that two writers never both read first and then fail to write. */
  async begin(): Promise<void> {
    try {
      await patiently(() => {
        try {
          this.#sqlite.pragma('busy_timeout = 0');
          this.#sqlite.exec('begin immediate');
        } finally {
          this.#sqlite.pragma(`busy_timeout = ${LOCK_PATIENCE_MS}`);
        }
      });
    } catch (thrown) {
      throw storeFailure(thrown, this.#file);
    }
  }

  execute(statement: string): void {
    try {
      this.#sqlite.exec(statement);
    } catch (thrown) {
      throw storeFailure(thrown, this.#file);
    }
  }

  /** A full disk makes SQLite roll back by itself; asking again then would hide the real failure. */
  rollback(): void {
    if (this.#sqlite.inTransaction) this.execute('rollback');
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const statement = this.#sqlite.prepare<unknown[], R>(query.sql);
      if (statement.reader) return { rows: statement.all(query.parameters) };
      const { changes, lastInsertRowid } = statement.run(query.parameters);
      return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] };
    } catch (thrown) {
      throw storeFailure(thrown, this.#file);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const statement = this.#sqlite.prepare<unknown[], R>(query.sql);
    for (const row of statement.iterate(query.parameters)) yield { rows: [row] };
  }

  close(): void {
    this.#sqlite.close();
  }
}
