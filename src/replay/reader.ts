/**
 * What reads a history of jobs: one file a format.
 *
 * @module
 */
import type { Failure } from '../errors.ts';
import type { JobRow } from './past-jobs.ts';

/** The unit of numbers that stand for times and lengths. */
export const TIME_UNITS = ['ms', 's', 'min', 'h'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** What a column of a table can say about a job. */
export const FIELDS = [
  'id',
  'submit',
  'start',
  'end',
  'length',
  'deadline',
  'cpus',
  'gpus',
  'gpuShare',
  'memory',
  'power',
  'queue',
  'user',
  'state',
] as const;
export type Field = (typeof FIELDS)[number];

/** The jobs that may be paused: all, none, or those with one of these ids, queues or users. */
export type Pausable = 'all' | 'none' | ReadonlySet<string>;

export interface ReadOptions {
  readonly timeUnit?: TimeUnit | undefined;
  /** IANA name: whose clocks times without an offset are of. Default UTC. */
  readonly timeZone: string;
  /** Columns of a table by what they say, where their headers do not tell. */
  readonly columns: ReadonlyMap<Field, string>;
  /** Whether a job may be paused that has this id, queue and user. */
  readonly mayPause: (names: readonly string[]) => boolean;
}

/** An opened file. */
export interface JobSource {
  /** As people named it. */
  readonly file: string;
  /** Its first characters. */
  readonly head: string;
  /** Its lines in order, many at a time. Throws `replay/invalid-jobs` for what is no text. */
  lines(): AsyncIterable<readonly string[]>;
  /** All of it. Throws `replay/invalid-jobs` above `largest` characters. */
  text(largest: number): Promise<string>;
}

/** Why a job of the history cannot be replayed, though nothing is wrong with its row. */
export type Passed = 'never ran' | 'not over';

/** Where in its file a job is. */
export type Where = { readonly line: number } | { readonly item: number };

export interface Taker {
  /**
   * Whether it is a job that ran: one with amounts that no machine has is a bad row. Throws what would be no history any
   * more: too many rows, or dates beside numbers that are none.
   */
  job(row: JobRow, dated: boolean, where: Where): boolean;
  pass(why: Passed): void;
  /** What the row says happened to a job that did run: `failed`, `cancelled`. */
  remark(what: string): void;
  bad(failure: Failure): void;
  /** What a reader must know of the whole history, in words; once each. */
  note(text: string): void;
}

export interface JobReader {
  readonly id: 'csv' | 'sacct' | 'kubernetes';
  /** For people: what it reads. */
  readonly about: string;
  recognises(head: string): boolean;
  /** Hands each job to `taker`. Throws `replay/invalid-jobs` for what concerns the whole file. */
  read(source: JobSource, options: ReadOptions, taker: Taker): Promise<void>;
}
