/**
 * From a file of any of the formats to the jobs in it, and what must be said about those that are not.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { JobColumns, type JobRow, type PastJobs } from './past-jobs.ts';
import type { JobReader, Passed, Pausable, ReadOptions, Taker, Where } from './reader.ts';
import { READERS } from './readers.ts';
import { openSource } from './source.ts';

export interface ReadJobsOptions extends Partial<Omit<ReadOptions, 'mayPause'>> {
  /** The absolute path; `name` is how people called it. */
  readonly path: string;
  readonly name: string;
  readonly signal: AbortSignal;
  /** Default: none. */
  readonly pausable?: Pausable | undefined;
  /** Default: told by the first lines. */
  readonly format?: JobReader['id'] | undefined;
  /** Refuse the file for a single bad row. Default: up to 5 % of the rows are left out and said. */
  readonly strict?: boolean | undefined;
}

export interface JobHistory {
  readonly jobs: PastJobs;
  readonly format: JobReader['id'];
  /** Rows that are no jobs that ran, by why. */
  readonly passed: ReadonlyMap<Passed, number>;
  /** Jobs that ran and are replayed, though they `failed` or were `cancelled`. */
  readonly remarks: ReadonlyMap<string, number>;
  /** Rows that could not be read: how many, and the first of them. */
  readonly bad: { readonly count: number; readonly first: readonly Failure[] };
  readonly notes: readonly string[];
}

/** A millisecond. */
const SHORTEST_H = 1 / 3_600_000;
const MOST_JOBS = 20_000_000;
/** Most CPUs or GPUs of a job, and most watts. */
const MOST_UNITS = 1e7;
const MOST_WATTS = 1e9;
/** Bad rows that are told one by one. */
const TOLD = 20;
/** More of the rows than this, and the file is not what it was taken for. */
const BAD_SHARE = 0.05;

/**
 * Reads a history. Time grows with its bytes, memory with its jobs (some 80 bytes each).
 *
 * Throws `file/unreadable`, `replay/invalid-jobs` (with line, column, value and what was expected) and `cli/usage`.
 */
export async function readJobs(options: ReadJobsOptions): Promise<JobHistory> {
  const source = await openSource(options.path, options.name, options.signal);
  const reader = READERS.find(({ id, recognises }) =>
    options.format === undefined ? recognises(source.head) : id === options.format,
  );
  if (reader === undefined) throw new Failure('cli/usage', '--format', { value: options.format ?? '' });
  const tally = new Tally(options.name);
  const { timeZone = 'UTC', columns = new Map(), pausable = 'none', timeUnit } = options;
  const found = new Set<string>();
  await reader.read(source, { timeZone, columns, timeUnit, mayPause: pauser(pausable, found) }, tally);
  tally.judge(options.strict === true);
  const jobs = tally.columns.finish(tally.dated ?? false);
  if (typeof pausable === 'object') allFound(pausable, found, jobs);
  return {
    jobs,
    format: reader.id,
    passed: tally.passed,
    remarks: tally.remarks,
    bad: { count: tally.badCount, first: tally.firstBad },
    notes: [...tally.notes],
  };
}

/** Tells jobs that may be paused, and keeps in `found` which names were those of some job. */
function pauser(pausable: Pausable, found: Set<string>): ReadOptions['mayPause'] {
  if (typeof pausable === 'string') return () => pausable === 'all';
  return (names) => {
    const known = names.filter((name) => name !== '' && pausable.has(name));
    for (const name of known) found.add(name);
    return known.length > 0;
  };
}

function allFound(pausable: ReadonlySet<string>, found: ReadonlySet<string>, { queues, users }: PastJobs): void {
  const lost = [...pausable].filter((name) => !found.has(name));
  if (lost.length === 0) return;
  const listed = (what: string, names: readonly string[]): string[] => {
    const named = names.filter((name) => name !== '');
    const more = named.length > TOLD ? ', …' : '';
    return named.length === 0 ? [] : [`${what} ${named.slice(0, TOLD).join(', ')}${more}`];
  };
  throw new Failure('cli/usage', '--pausable: no job that ran has this name, queue or user', {
    value: lost.join(','),
    expected: ['all, none, or names of jobs', ...listed('queues:', queues), ...listed('users:', users)].join('; '),
  });
}

/** Counts what a reader finds. */
class Tally implements Taker {
  readonly columns = new JobColumns();
  readonly passed = new Map<Passed, number>();
  readonly remarks = new Map<string, number>();
  readonly firstBad: Failure[] = [];
  readonly notes = new Set<string>();
  badCount = 0;
  dated: boolean | undefined;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  job(...[row, dated, where]: Parameters<Taker['job']>): boolean {
    const wrong = wrongOf(row);
    if (wrong !== undefined) {
      this.bad(this.#failureOf(wrong, where));
      return false;
    }
    this.dated ??= dated;
    if (this.dated !== dated) {
      throw new Failure('replay/invalid-jobs', 'some jobs have dates and others have numbers that are none', {
        place: { file: this.#file },
        expected: 'dates for all jobs, or hours or seconds from the first one for all',
      });
    }
    if (this.columns.count >= MOST_JOBS) {
      throw new Failure('replay/invalid-jobs', 'there are too many jobs', {
        place: { file: this.#file },
        expected: `at most ${MOST_JOBS}: split the history by time`,
      });
    }
    if (row.lengthH < SHORTEST_H) {
      this.pass('never ran');
      return false;
    }
    this.columns.add(row);
    return true;
  }

  #failureOf({ what, value, expected }: Wrong, where: Where): Failure {
    const isLine = 'line' in where;
    return new Failure('replay/invalid-jobs', isLine ? what : `items[${where.item}]: ${what}`, {
      place: { file: this.#file, ...(isLine ? where : {}) },
      value: String(value),
      expected,
    });
  }

  pass(why: Passed): void {
    this.passed.set(why, (this.passed.get(why) ?? 0) + 1);
  }

  remark(what: string): void {
    this.remarks.set(what, (this.remarks.get(what) ?? 0) + 1);
  }

  bad(failure: Failure): void {
    this.badCount += 1;
    if (this.firstBad.length < TOLD) this.firstBad.push(failure);
  }

  note(text: string): void {
    this.notes.add(text);
  }

  /** Throws where there is nothing to replay, or too much cannot be read. */
  judge(strict: boolean): void {
    const { count } = this.columns;
    const [first, ...others] = this.firstBad;
    const most = strict ? 0 : Math.max(1, BAD_SHARE * (count + this.badCount));
    if (first !== undefined && (count === 0 || this.badCount > most)) {
      const rows = `${this.badCount} of ${count + this.badCount} rows cannot be read`;
      const { place, value, expected } = first;
      throw new Failure('replay/invalid-jobs', `${first.message} (${rows})`, {
        ...(place === undefined ? {} : { place }),
        ...(value === undefined ? {} : { value }),
        ...(expected === undefined ? {} : { expected }),
        others,
      });
    }
    if (count > 0) return;
    const passed = [...this.passed].map(([why, times]) => `${times} ${why}`).join(', ');
    throw new Failure('replay/invalid-jobs', passed === '' ? 'no job is in it' : 'no job in it ever ran and ended', {
      place: { file: this.#file },
      ...(passed === '' ? {} : { value: passed }),
      expected: 'jobs with a length',
    });
  }
}

interface Wrong {
  readonly what: string;
  readonly value: number;
  readonly expected: string;
}

/** What no machine can have had, however the row says it. */
function wrongOf({ submitH, lengthH, cpus, gpus, powerW }: JobRow): Wrong | undefined {
  const within = (value: number, most: number): boolean => value >= 0 && value <= most;
  if (!Number.isFinite(submitH)) return { what: 'when it came is no time', value: submitH, expected: 'a time' };
  if (!within(lengthH, Number.MAX_VALUE))
    return { what: 'the hours it ran are no length', value: lengthH, expected: 'a number from 0 on' };
  const expected = `a number from 0 to ${MOST_UNITS}`;
  if (!within(cpus, MOST_UNITS)) return { what: 'its CPUs are no amount', value: cpus, expected };
  if (!within(gpus, MOST_UNITS)) return { what: 'its GPUs are no amount', value: gpus, expected };
  return Number.isNaN(powerW) || within(powerW, MOST_WATTS)
    ? undefined
    : { what: 'its watts are no power', value: powerW, expected: `a number from 0 to ${MOST_WATTS}` };
}
