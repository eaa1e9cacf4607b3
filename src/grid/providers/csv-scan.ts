/**
 * Reading two columns of a CSV file without splitting the rest: bytes are walked once, in pieces, so that a file of
 * hundreds of columns or megabytes costs neither time nor memory for what nobody asked for.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { asError, Failure } from '../../errors.ts';

const COMMA = 44;
const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
const PIECE_BYTES = 1 << 20;
/** Refused above this; a century of quarter-hours in a hundred zones is smaller. */
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_LINE_BYTES = 1 << 20;

export interface ScannedRow {
  /** Counts from 1; the header is line 1. */
  readonly line: number;
  /** Column of each cell in characters of the line, counting from 1. */
  readonly timeColumn: number;
  readonly valueColumn: number;
  readonly time: string;
  readonly value: string;
}

export interface ScanResult {
  readonly header: readonly string[];
  readonly sha256: string;
}

const unquoted = (cell: string): string => {
  const trimmed = cell.trim();
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"')
    ? trimmed.slice(1, -1).replaceAll('""', '"').trim()
    : trimmed;
};

/** Where each of two cells of a line begins and ends, and how many cells there are. Made once, filled for each line. */
interface Cells {
  firstEnd: number;
  from: number;
  to: number;
  count: number;
}

/**
 * Walks a line once. A comma inside quotes does not end a cell. O(bytes of the line); locals and one flat loop, because
 * nearly all the time of reading a wide file is spent here.
 */
function findCells(bytes: Uint8Array, start: number, end: number, column: number, cells: Cells): void {
  let firstEnd = end;
  let from = end;
  let to = end;
  let count = 1;
  let inQuotes = 0;
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i];
    if (byte === COMMA) {
      if (inQuotes !== 0) continue;
      if (count === column) from = i + 1;
      else if (count === column + 1) to = i;
      if (count === 1) firstEnd = i;
      count += 1;
    } else if (byte === QUOTE) inQuotes ^= 1;
  }
  cells.firstEnd = firstEnd;
  cells.from = from;
  cells.to = to;
  cells.count = count;
}

function headerCells(file: string, text: string): string[] {
  const cells = text.match(/("([^"]|"")*"|[^,])*(,|$)/g) ?? [];
  // The pattern matches once more, empty, at the end of a line that does not end in a comma.
  if (!text.endsWith(',') && cells.at(-1) === '') cells.pop();
  const header = cells.map((cell) => unquoted(cell.replace(/,$/, '')));
  if (header.length < 2) {
    const expected = text.includes(';')
      ? 'commas between columns, not semicolons'
      : 'a time column and at least one zone, separated by commas';
    throw new Failure('grid/invalid-data', 'the header has one column', {
      place: { file, line: 1, column: 1 },
      value: text.slice(0, 60),
      expected,
    });
  }
  return header;
}

/**
 * Walks the file. `choose` gets the header and says which column to read (from 1); `row` gets each row in file order.
 *
 * Throws `file/unreadable` (missing, a folder, too large) and `grid/invalid-data` (binary, ragged, empty).
 */
export async function scanCsv(
  file: string,
  choose: (header: readonly string[]) => number,
  row: (row: ScannedRow) => void,
  abort?: AbortSignal,
): Promise<ScanResult> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new Failure('file/unreadable', `cannot open it (${codeOf(error)})`, { place: { file }, cause: error });
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Failure('file/unreadable', 'this is not a regular file', { place: { file } });
    if (stat.size > MAX_BYTES) {
      throw new Failure('file/unreadable', 'the file is too large', {
        place: { file },
        value: `${Math.ceil(stat.size / 1e6)} MB`,
        expected: 'at most 512 MB',
      });
    }
    return await scanOpen(handle, file, choose, row, abort);
  } finally {
    await handle.close();
  }
}

async function scanOpen(
  handle: FileHandle,
  file: string,
  choose: (header: readonly string[]) => number,
  row: (row: ScannedRow) => void,
  abort: AbortSignal | undefined,
): Promise<ScanResult> {
  const hash = createHash('sha256');
  let header: readonly string[] | undefined;
  let column = 1;
  let line = 0;
  const cells: Cells = { firstEnd: 0, from: 0, to: 0, count: 0 };
  const takeLine = (bytes: Buffer, from: number, to: number): void => {
    line += 1;
    let end = to;
    if (end > from && bytes[end - 1] === RETURN) end -= 1;
    if (header === undefined) {
      const text = bytes.toString('utf8', from, end).replace(/^\uFEFF/, '');
      header = headerCells(file, text);
      column = choose(header);
      return;
    }
    if (end === from) return;
    findCells(bytes, from, end, column, cells);
    if (cells.count !== header.length) {
      throw new Failure('grid/invalid-data', 'the row is ragged', {
        place: { file, line, column: 1 },
        value: `${cells.count} cells`,
        expected: `${header.length} cells, as in the header`,
      });
    }
    row({
      line,
      timeColumn: 1,
      valueColumn: cells.from - from + 1,
      time: unquoted(bytes.toString('latin1', from, cells.firstEnd)),
      value: unquoted(bytes.toString('latin1', cells.from, cells.to)),
    });
  };

  // The beginning of an unfinished line is moved to the front, and the next piece is read in behind it.
  const bytes = Buffer.allocUnsafe(MAX_LINE_BYTES + PIECE_BYTES);
  let held = 0;
  for (;;) {
    abort?.throwIfAborted();
    const { bytesRead } = await handle.read(bytes, held, PIECE_BYTES, null);
    if (bytesRead === 0) break;
    const filled = held + bytesRead;
    const fresh = bytes.subarray(held, filled);
    hash.update(fresh);
    if (fresh.includes(0)) {
      throw new Failure('grid/invalid-data', 'this is a binary file', {
        place: { file },
        expected: 'comma-separated text in UTF-8',
      });
    }
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE, held); at !== -1 && at < filled; at = bytes.indexOf(NEWLINE, from)) {
      takeLine(bytes, from, at);
      from = at + 1;
    }
    bytes.copyWithin(0, from, filled);
    held = filled - from;
    if (held > MAX_LINE_BYTES) {
      throw new Failure('grid/invalid-data', 'a line is longer than 1 MB', {
        place: { file, line: line + 1, column: 1 },
        expected: 'comma-separated text',
      });
    }
  }
  if (held > 0) takeLine(bytes, 0, held);
  if (header === undefined)
    throw new Failure('grid/invalid-data', 'the file is empty', { place: { file }, expected: 'a header and rows' });
  return { header, sha256: hash.digest('hex') };
}

const codeOf = (error: unknown): string => {
  const { message } = asError(error);
  return message.split(':')[0] ?? message;
};
