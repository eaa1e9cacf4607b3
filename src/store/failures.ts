/**
 * What SQLite says when it cannot go on, in words.
 *
 * @module
 */
import { asError, Failure } from '../errors.ts';

/** First match wins: SQLite's extended codes begin with the code of their family. */
const WORDS: readonly (readonly [prefix: string, words: string, expected: string])[] = [
  ['SQLITE_FULL', 'the disk is full', 'free space on this disk'],
  ['SQLITE_BUSY', 'another process has held the store for too long', 'the other process to end its write'],
  ['SQLITE_LOCKED', 'the store is locked', 'the other process to end its write'],
  ['SQLITE_READONLY', 'the store cannot be written', 'a file and folder that this user may write'],
  ['SQLITE_CANTOPEN', 'the store cannot be opened', 'a file and folder that this user may read and write'],
  ['SQLITE_PERM', 'the store may not be accessed', 'a file and folder that this user may read and write'],
  ['SQLITE_AUTH', 'the store may not be accessed', 'a file and folder that this user may read and write'],
  ['SQLITE_NOTADB', 'the file is not a database', 'a store written by Gridtide'],
  ['SQLITE_CORRUPT', 'the database file is damaged', 'a backup, or a new folder'],
  ['SQLITE_IOERR', 'the disk does not answer as it must', 'a disk that can be read and written'],
  ['SQLITE_TOOBIG', 'a value is too big for the store', 'a smaller value'],
  ['ENOSPC', 'the disk is full', 'free space on this disk'],
  ['EDQUOT', 'the quota on this disk is used up', 'free space on this disk'],
  ['EIO', 'the disk does not answer as it must', 'a disk that can be read and written'],
  ['EROFS', 'the folder is on a disk that cannot be written', 'a folder that this user may write'],
  ['EACCES', 'the folder may not be accessed', 'a folder that this user may write'],
  ['EPERM', 'the folder may not be accessed', 'a folder that this user may write'],
  ['ENOTDIR', 'a part of the path is not a folder', 'a folder'],
  ['EISDIR', 'a folder stands where the file should be', 'a file, or nothing'],
  ['EEXIST', 'a part of the path is not a folder', 'a folder'],
];

/**
 * `store/unusable` (`store/busy` where another process holds it) with the cause, when `thrown` says that the store cannot be used; else `thrown` itself (a broken
 * constraint or a wrong statement is a mistake in the program, not in the store).
 */
export function storeFailure(thrown: unknown, file: string): unknown {
  const code = codeOf(thrown);
  const found = code === undefined ? undefined : WORDS.find(([prefix]) => code.startsWith(prefix));
  if (found === undefined) return thrown;
  const [prefix, words, expected] = found;
  const busy = prefix === 'SQLITE_BUSY' || prefix === 'SQLITE_LOCKED';
  return new Failure(busy ? 'store/busy' : 'store/unusable', `${words} (${asError(thrown).message})`, {
    place: { file: pathOf(thrown) ?? file },
    expected,
    cause: thrown,
  });
}

/** The file that Node's error names. */
const pathOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : undefined;

/** The error code that SQLite or Node gave, e.g. `SQLITE_FULL`, `EACCES`. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
