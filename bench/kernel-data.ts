/**
 * What the benches of the planner's kernels share: tables, rows, and what a stretch of work cost.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';

export interface Row {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
  readonly pass?: boolean;
}

/** The folder that `--data` names; ends the program where there is none. */
export function dataFolder(bench: string, holds: string): string {
  const { values } = parseArgs({ options: { data: { type: 'string' }, json: { type: 'boolean' } } });
  if (values.data !== undefined) return values.data;
  console.error(`${bench}: --data names a folder with ${holds}`);
  process.exit(64);
}

/** The cells of a CSV file, plain or gzipped, below its header. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function readTable(file: string): Table {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [header = [], ...rows] = lines.map((line) => line.split(',').map((cell) => cell.trim()));
  return { header, rows };
}

/** The numbers of the column whose name matches. */
export function columnOf({ header, rows }: Table, name: RegExp, file: string): Float64Array {
  const index = header.findIndex((title) => name.test(title));
  if (index === -1) throw new Error(`${file} has no column ${name}`);
  return Float64Array.from(rows, (row) => Number(row[index]));
}

/** CPU seconds of `work`, of all its threads. */
export function cpuOf<T>(work: () => T): { readonly result: T; readonly seconds: number } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Prints `rows` with the largest memory of the process. */
export function printRows(bench: string, rows: readonly Row[]): void {
  const peak = {
    case: bench,
    metric: 'peak memory',
    value: rounded(process.resourceUsage().maxRSS / 1024, 0),
    unit: 'MB',
  };
  console.log(JSON.stringify([...rows, peak]));
}
