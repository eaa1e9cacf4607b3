/**
 * Slurm's account as `sacct --parsable2` (or `-P`) prints it: bars between cells, one line a job, lines of its steps
 * between them.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import type { JobReader, ReadOptions, Taker } from '../reader.ts';
import { placeOf, type Row, walkTable } from '../table.ts';
import { bytesOf, isEmpty, lengthText, numberOf, stampReader } from '../values.ts';
import { fateOf } from './csv.ts';

/** Columns that must be there; any one of each. */
const NEEDED = [
  ['JobID', 'JobIDRaw'],
  ['Submit', 'Start'],
  ['Elapsed', 'ElapsedRaw'],
] as const;

/** Slurm writes 0 where no energy was measured, or its `NO_VAL64`, 2⁶⁴ − 2. */
const NO_VALUE = 2 ** 64;

export const sacct: JobReader = {
  id: 'sacct',
  about:
    'Slurm: sacct -D -P --units=G -o JobID,User,Partition,Submit,Eligible,Start,End,Elapsed,AllocCPUS,AllocTRES,State',
  recognises: (head) =>
    /^[^\n]*\bJobID(?:Raw)?\|/.test(head.replace(/^\uFEFF/, '')) || /^[^\n]*\|JobID(?:Raw)?\b/.test(head),
  async read(source, options, taker) {
    let readRow: ((row: Row) => void) | undefined;
    taker.note(`Slurm writes times without an offset: they are taken as those of ${options.timeZone} (--time-zone)`);
    await walkTable(
      source,
      (cells, line) => {
        const columns = new Map(cells.map((name, index) => [name, index]));
        const missing = NEEDED.find((names) => names.every((name) => !columns.has(name)));
        if (missing !== undefined) {
          throw new Failure('replay/invalid-jobs', `sacct was not asked for ${missing.join(' or ')}`, {
            place: { file: source.file, line },
            value: cells.join('|').slice(0, 120),
            expected: sacct.about,
          });
        }
        readRow = rowReader(source.file, columns, options, taker);
      },
      (row) => readRow?.(row),
    );
  },
};

function rowReader(
  file: string,
  columns: ReadonlyMap<string, number>,
  options: ReadOptions,
  taker: Taker,
): (row: Row) => void {
  const readStamp = stampReader(options.timeZone);
  const cell = ({ cells }: Row, ...names: readonly string[]): string => {
    for (const name of names) {
      const text = cells[columns.get(name) ?? -1] ?? '';
      if (!isEmpty(text)) return text;
    }
    return '';
  };
  const bad = (row: Row, name: string, what: string, expected: string): void =>
    taker.bad(
      new Failure('replay/invalid-jobs', `${name}: ${what}`, {
        place: placeOf(file, row, columns.get(name) ?? 0),
        value: cell(row, name).slice(0, 40),
        expected,
      }),
    );

  return (row) => {
    const id = cell(row, 'JobID', 'JobIDRaw');
    // Steps of a job (`123.batch`, `123.0`) are parts of it.
    if (id.includes('.')) return;
    const state = cell(row, 'State');
    if (/^(?:RUNNING|SUSPENDED)/.test(state)) return taker.pass('not over');
    const submit = readStamp(cell(row, 'Submit', 'Start'));
    if (/^(?:PENDING|REQUEUED|RESIZING)/.test(state)) return taker.pass('not over');
    if (submit === undefined) return bad(row, 'Submit', 'not a time', '2022-06-01T08:00:00');
    const raw = numberOf(cell(row, 'ElapsedRaw'));
    const lengthH = Number.isNaN(raw) ? lengthText(cell(row, 'Elapsed')) : raw / 3_600;
    if (lengthH === undefined) return bad(row, 'Elapsed', 'not a length of time', '1-02:03:04 or 02:03:04');
    if (lengthH === 0) return taker.pass('never ran');
    const tres = cell(row, 'AllocTRES', 'ReqTRES');
    const cpus = numberOf(cell(row, 'AllocCPUS', 'NCPUS', 'ReqCPUS') || tresOf(tres, 'cpu'));
    if (Number.isNaN(cpus)) return bad(row, 'AllocCPUS', 'not an amount', 'a number of CPUs');
    const names = [id, cell(row, 'Partition', 'QOS'), cell(row, 'User', 'Account')];
    const joules = numberOf(cell(row, 'ConsumedEnergyRaw'));
    const isJob = taker.job(
      {
        // What waits for another job or a begin time cannot run before it is eligible.
        submitH: Math.max(submit, readStamp(cell(row, 'Eligible')) ?? submit),
        lengthH,
        dueH: Number.NaN,
        cpus,
        gpus: numberOf(tresOf(tres, 'gres/gpu')) || 0,
        memoryGB: (bytesOf(tresOf(tres, 'mem')) ?? Number.NaN) / 1e9,
        powerW: joules > 0 && joules < NO_VALUE ? joules / (lengthH * 3_600) : Number.NaN,
        queue: names[1] ?? '',
        user: names[2] ?? '',
        pausable: options.mayPause(names),
      },
      true,
      { line: row.line },
    );
    const fate = fateOf(state);
    if (isJob && fate !== undefined) taker.remark(fate);
  };
}

/** `4` of `cpu` in `billing=4,cpu=4,gres/gpu=2,mem=16G`; empty where it is not there. Typed GPUs count where no sum is. */
function tresOf(tres: string, name: string): string {
  const parts = tres.split(',').map((part) => part.split('='));
  const exact = parts.find(([key]) => key === name)?.[1];
  if (exact !== undefined) return exact;
  const typed = parts.filter(([key]) => key?.startsWith(`${name}:`) === true);
  return typed.length === 0 ? '' : String(typed.reduce((sum, [, amount]) => sum + Number(amount), 0));
}
