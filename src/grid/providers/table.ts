/**
 * Tables of others: a small CSV document as rows by column. A few lines rather than a library, since what is read here
 * has one header line, no line break within a cell, and a size that the transport limits.
 *
 * @module
 */
import { brokenReply } from './reply.ts';

/** Cell by name of its column, in lower case. */
export type TableRow = ReadonlyMap<string, string>;

/** Commas within quotes end no cell; a doubled quote is one. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let open = '';
  for (const piece of line.split(',')) {
    const cell = open === '' ? piece.trim() : `${open},${piece}`.trimEnd();
    const quotes = cell.split('"').length - 1;
    open = cell.startsWith('"') && quotes % 2 === 1 ? cell : '';
    if (open === '') cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
  }
  return open === '' ? cells : [...cells, open];
}

/**
 * The rows of `body`; its header must name `columns`, in any order and case. A last row without its line break is left out:
 * it may be the half of one, and half a number is another number. Throws `grid/invalid-data`.
 */
export function readTable(provider: string, body: string, columns: readonly string[]): readonly TableRow[] {
  const [first = '', ...lines] = body.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = cellsOf(first).map((name) => name.toLowerCase());
  const missing = columns.find((name) => !header.includes(name));
  if (missing !== undefined) throw brokenReply(provider, 'a column is missing', first.slice(0, 80), missing);
  return lines
    .slice(0, -1)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = cellsOf(line);
      if (cells.length > header.length) throw brokenReply(provider, 'a row is longer than the header', line);
      return new Map(header.map((name, i) => [name, cells[i] ?? '']));
    });
}

/** The number of a cell; `undefined` when it is empty. */
export function numberIn(provider: string, row: TableRow, column: string): number | undefined {
  const text = row.get(column) ?? '';
  if (text === '') return undefined;
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw brokenReply(provider, `the column ${column} holds no number`, text);
  return Number(text);
}
