/**
 * Tables of jobs with a header, whatever their columns are called: `arrival_time,length,cpus` and the like.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { type Column, type Columns, columnsOf } from '../columns.ts';
import type { JobRow } from '../past-jobs.ts';
import type { Field, JobReader, ReadOptions, Taker } from '../reader.ts';
import { placeOf, type Row, walkTable } from '../table.ts';
import { bytesOf, epochHours, inHours, isEmpty, lengthText, numberOf, stampReader, wattsOf } from '../values.ts';

export const csv: JobReader = {
  id: 'csv',
  about: 'a table with a header: CSV, or with semicolons, tabs or bars',
  recognises: () => true,
  async read(source, options, taker) {
    let readRow: ((row: Row) => void) | undefined;
    await walkTable(
      source,
      (cells, line) => {
        const columns = columnsOf(cells, options.columns, { file: source.file, line });
        if (!columns.has('submit'))
          taker.note('when jobs were submitted is not said: they are taken as submitted when they started');
        if (!columns.has('cpus') && !columns.has('gpus') && !columns.has('power'))
          taker.note('what jobs used is not said: each is taken as one CPU');
        readRow = rowReader(source.file, columns, options, taker);
      },
      (row) => readRow?.(row),
    );
  },
};

/** A cell that is not what its column must hold. */
class BadCell extends Error {
  readonly column: Column;
  readonly value: string;
  readonly expected: string;

  constructor(what: string, column: Column, value: string, expected: string) {
    super(what);
    this.column = column;
    this.value = value;
    this.expected = expected;
  }
}

/** Hours, and whether they count from 1970. */
interface Moment {
  readonly hours: number;
  readonly dated: boolean;
}

function rowReader(file: string, columns: Columns, options: ReadOptions, taker: Taker): (row: Row) => void {
  const readStamp = stampReader(options.timeZone);
  const cellOf = ({ cells }: Row, field: Field): string => {
    const column = columns.get(field);
    const text = column === undefined ? '' : (cells[column.index] ?? '');
    return isEmpty(text) ? '' : text;
  };

  const unitOf = (column: Column, value: string, row: Row): NonNullable<ReadOptions['timeUnit']> => {
    const unit = column.unit ?? options.timeUnit;
    if (unit !== undefined) return unit;
    throw new Failure('replay/invalid-jobs', `${column.header}: a number says nothing of its unit`, {
      place: placeOf(file, row, column.index),
      value,
      expected:
        '--time-unit s, min, h or ms; or the unit in the header (duration_s); or times such as 2022-06-01T08:00Z',
    });
  };

  const moment = (row: Row, field: Field): Moment | undefined => {
    const column = columns.get(field);
    const text = cellOf(row, field);
    if (column === undefined || text === '') return undefined;
    const value = numberOf(text);
    if (Number.isNaN(value)) {
      const hours = readStamp(text);
      if (hours !== undefined) return { hours, dated: true };
      throw new BadCell(
        'not a time',
        column,
        text,
        '2022-06-01T08:00:00Z, 2022-06-01 08:00, or a number with its unit',
      );
    }
    const epoch = epochHours(value, column.unit ?? options.timeUnit);
    if (epoch !== undefined) return { hours: epoch, dated: true };
    return { hours: inHours(value, unitOf(column, text, row)), dated: false };
  };

  const length = (row: Row): number | undefined => {
    const column = columns.get('length');
    const text = cellOf(row, 'length');
    if (column === undefined || text === '') return undefined;
    const value = numberOf(text);
    const hours = Number.isNaN(value) ? lengthText(text) : inHours(value, unitOf(column, text, row));
    if (hours === undefined || !(hours >= 0))
      throw new BadCell('not a length of time', column, text, 'a number with its unit, 1-02:03:04, 02:03:04 or 2h30m');
    return hours;
  };

  const amount = (row: Row, field: 'cpus' | 'gpus' | 'gpuShare', absent: number): number => {
    const column = columns.get(field);
    const text = cellOf(row, field);
    if (column === undefined || text === '') return absent;
    const value = numberOf(text);
    if (!(value >= 0 && value <= 1e7)) throw new BadCell('not an amount', column, text, 'a number from 0 on');
    return /milli$/i.test(column.header) ? value / 1_000 : value;
  };

  const jobOf = (row: Row): { readonly job: JobRow; readonly dated: boolean } | 'never ran' | 'not over' => {
    const state = cellOf(row, 'state');
    const start = moment(row, 'start');
    const end = moment(row, 'end');
    const submit = moment(row, 'submit') ?? start;
    const ran = length(row) ?? (start && end && end.hours - start.hours);
    if (ran === undefined && /run|pend|queue|wait/i.test(state)) return 'not over';
    if (ran === undefined || submit === undefined) return incomplete(row, columns, ran === undefined);
    if (ran < 0)
      throw new BadCell('it ended before it started', endColumn(columns), cellOf(row, 'end'), 'an end after the start');
    if (ran === 0) return 'never ran';
    const due = moment(row, 'deadline');
    const deadline = columns.get('deadline');
    if (due !== undefined && deadline !== undefined && due.dated !== submit.dated)
      throw new BadCell(
        'it is on another clock',
        deadline,
        cellOf(row, 'deadline'),
        'a time as submissions are written',
      );
    const names = [cellOf(row, 'id'), cellOf(row, 'queue'), cellOf(row, 'user')];
    const memory = columns.get('memory');
    const memoryText = cellOf(row, 'memory');
    return {
      dated: submit.dated,
      job: {
        submitH: submit.hours,
        lengthH: ran,
        dueH: due?.hours ?? Number.NaN,
        cpus: amount(row, 'cpus', columns.has('gpus') || columns.has('power') ? 0 : 1),
        gpus: amount(row, 'gpus', 0) * amount(row, 'gpuShare', 1),
        memoryGB: memoryOf(memoryText, memory?.scale),
        powerW: power(row),
        queue: names[1] ?? '',
        user: names[2] ?? '',
        pausable: options.mayPause(names),
      },
    };
  };

  const power = (row: Row): number => {
    const column = columns.get('power');
    const text = cellOf(row, 'power');
    if (column === undefined || text === '') return Number.NaN;
    const value = wattsOf(text, column.scale ?? 1);
    if (!(value >= 0 && value <= 1e9))
      throw new BadCell('not a power', column, text, 'a number of watts, or 180 W, 1.2 kW');
    return value;
  };

  return (row) => {
    try {
      const found = jobOf(row);
      if (typeof found === 'string') return taker.pass(found);
      if (!taker.job(found.job, found.dated, { line: row.line })) return;
      const fate = fateOf(cellOf(row, 'state'));
      if (fate !== undefined) taker.remark(fate);
    } catch (thrown) {
      if (!(thrown instanceof BadCell)) throw thrown;
      const { message, column, value, expected } = thrown;
      taker.bad(
        new Failure('replay/invalid-jobs', `${column.header}: ${message}`, {
          place: placeOf(file, row, column.index),
          value: value.slice(0, 40),
          expected,
        }),
      );
    }
  };
}

/** How a job that ran came to its end, where it was not as it should. */
export function fateOf(state: string): 'failed' | 'cancelled' | undefined {
  if (/^(?:fail|error|timeout|node_fail|boot_fail|out_of_me|oom|deadline|killed)/i.test(state)) return 'failed';
  return /^(?:cancel|preempt|revoked|evict|abort)/i.test(state) ? 'cancelled' : undefined;
}

const memoryOf = (text: string, scale: number | undefined): number => {
  const plain = numberOf(text);
  if (!Number.isNaN(plain)) return scale === undefined ? Number.NaN : plain * scale;
  return (bytesOf(text) ?? Number.NaN) / 1e9;
};

const endColumn = (columns: Columns): Column => columns.get('end') ?? FIRST;
const FIRST: Column = { index: 0, header: 'row', unit: undefined, scale: undefined };

function incomplete(row: Row, columns: Columns, isLength: boolean): never {
  const column = isLength
    ? (columns.get('length') ?? columns.get('end'))
    : (columns.get('submit') ?? columns.get('start'));
  const cell = column === undefined ? '' : (row.cells[column.index] ?? '');
  throw new BadCell(
    isLength ? 'how long it ran is not said' : 'when it came is not said',
    column ?? FIRST,
    cell,
    isLength ? 'a length, or a start and an end' : 'a time of submission or start',
  );
}
