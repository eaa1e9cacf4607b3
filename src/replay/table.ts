/**
 * Lines of a table as cells.
 *
 * @module
 */
import type { Place } from '../errors.ts';
import type { JobSource } from './reader.ts';

export interface Row {
  /** Counts from 1; the header is a line too. */
  readonly line: number;
  readonly cells: readonly string[];
  readonly text: string;
  readonly delimiter: string;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** What parts the cells of a header: whichever of the usual signs comes most often. */
export function delimiterOf(header: string): string {
  const times = (sign: string): number => header.split(sign).length;
  return DELIMITERS.reduce((best, sign) => (times(sign) > times(best) ? sign : best));
}

/** The cells of a line, without spaces around them; a quoted one may hold the delimiter. O(characters). */
export function cellsOf(line: string, delimiter: string): string[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i] ?? '';
    if (sign === '"' && quoted && text[i + 1] === '"') {
      cell += sign;
      i += 1;
    } else if (sign === '"') quoted = !quoted;
    else if (sign === delimiter && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += sign;
  }
  cells.push(cell.trim());
  return cells;
}

/**
 * Walks a table: the header once, then every row that is not empty, in order. Lines that begin with `#` before the header
 * are passed over.
 */
export async function walkTable(
  source: JobSource,
  header: (cells: readonly string[], line: number) => void,
  row: (row: Row) => void,
): Promise<void> {
  let line = 0;
  let delimiter: string | undefined;
  for await (const lines of source.lines()) {
    for (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      if (delimiter !== undefined) row({ line, cells: cellsOf(text, delimiter), text, delimiter });
      else if (!text.startsWith('#')) {
        const first = text.replace(/^\uFEFF/, '');
        delimiter = delimiterOf(first);
        header(cellsOf(first, delimiter), line);
      }
    }
  }
}

/** Where a cell begins; columns count characters, from 1. */
export function placeOf(file: string, { line, text, delimiter }: Row, index: number): Place {
  let cell = 0;
  let quoted = false;
  let at = 0;
  for (; at < text.length && cell < index; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === delimiter && !quoted) cell += 1;
  }
  return { file, line, column: at + 1 };
}
