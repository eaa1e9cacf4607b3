/**
 * Reads small text files that people write, and says in words why one cannot be read.
 *
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { LARGEST_DOCUMENT, tooLarge } from './documents.ts';
import { asError, Failure, type FailureCode } from './errors.ts';

export interface TextFileOptions {
  /** How the file is named in failures. */
  readonly name: string;
  /** The failure that a wrong content is. */
  readonly code: FailureCode;
  readonly signal: AbortSignal;
  /** Most bytes that are read. Default {@link LARGEST_DOCUMENT}. */
  readonly largest?: number;
}

/**
 * Reads a UTF-8 file of at most `largest` bytes. Throws `file/unreadable`, or `code` for a content that
 * is too large or no text; rejects with the abort reason when `signal` aborts.
 */
export async function readTextFile(path: string, options: TextFileOptions): Promise<string> {
  const { name, code, signal, largest = LARGEST_DOCUMENT } = options;
  const place = { file: name };
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Failure('file/unreadable', 'this is not a file', { place });
    if (found.size > largest) throw tooLarge(name, code, largest);
    const content = await readFile(path, { signal });
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof Failure) throw thrown;
    if (thrown instanceof TypeError)
      throw new Failure(code, 'this is not a text file in UTF-8', { place, cause: thrown });
    throw new Failure('file/unreadable', readingFault(thrown), { place, cause: thrown });
  }
}

/** Why the system did not open a file, in words. */
export function readingFault(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read';
    default:
      return `the file cannot be read: ${asError(thrown).message}`;
  }
}

/** The system's code of an error (`ENOENT`), if it has one. */
export const codeOf = (thrown: unknown): unknown =>
  thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
