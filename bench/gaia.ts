/**
 * The setting of GAIA (Hanafy et al., ASPLOS 2024, figure 8) and its own policies: two queues split at two hours, whose
 * jobs may wait 6 and 24 hours, on an hourly trace of intensity in ticks of five seconds.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../src/plan/at.ts';
import { costBetween, type Line, lineOf } from '../src/plan/kernels/piece.ts';
import { columnOf, readTable } from './kernel-data.ts';

/** Ticks of an hour. */
export const TICKS = 720;
/** Jobs shorter than this, in hours, are in the short queue. */
export const SPLIT = 2;
/** Hours that a job may wait, by queue. */
const LONGEST_WAIT = { short: 6, long: 24 } as const;

export interface Job {
  /** Hours, whole ticks; the length is not known to policies that know the queue alone. */
  readonly arrival: number;
  readonly hours: number;
  readonly cpus: number;
  readonly queue: 'short' | 'long';
  readonly longestWait: number;
}

export interface Setting {
  readonly jobs: readonly Job[];
  /** kg an hour of one kW, by hour; each cpu draws one. */
  readonly line: Line;
  /** Mean length of each queue's jobs, hours: all that is known of them when they arrive. */
  readonly meanHours: { readonly short: number; readonly long: number };
}

/**
 * The first CSV of `jobs/` with arrival, length and cpus (in seconds), and the first of hourly intensity.
 */
export function readSetting(folder: string): Setting {
  const tables = readdirSync(join(folder, 'jobs'))
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => ({ file, table: readTable(join(folder, 'jobs', file)) }));
  const found = (names: readonly string[]) => {
    const one = tables.find(({ table }) => names.every((name) => table.header.includes(name)));
    if (one === undefined) throw new Error(`${join(folder, 'jobs')} has no CSV with the columns ${names.join(', ')}`);
    return (name: string) => columnOf(one.table, new RegExp(`^${name}$`), one.file);
  };
  const job = found(['arrival_time', 'length', 'cpus']);
  const ticks = (name: string) => job(name).map((seconds) => Math.trunc((seconds * TICKS) / 3_600));
  const [arrivals, lengths, cpus] = [ticks('arrival_time'), ticks('length'), job('cpus')];
  // As GAIA reckons them: before lengths become whole ticks, and a job of just two hours counts in both.
  const hours = job('length').map((seconds) => seconds / 3_600);
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  const jobs = Array.from(arrivals, (arrival, i): Job => {
    const queue = at(lengths, i) < SPLIT * TICKS ? 'short' : 'long';
    return {
      arrival: arrival / TICKS,
      hours: at(lengths, i) / TICKS,
      cpus: Math.trunc(at(cpus, i)),
      queue,
      longestWait: LONGEST_WAIT[queue],
    };
  });
  return {
    jobs: jobs.filter((one) => one.hours > 0),
    line: lineOf(found(['hour_index', 'ci'])('ci').map((grams) => grams / 1_000)),
    meanHours: { short: mean(hours.filter((h) => h <= SPLIT)), long: mean(hours.filter((h) => h >= SPLIT)) },
  };
}

/** What a job emitted, kg, and how long it waited in all, hours. */
export interface Outcome {
  readonly carbon: number;
  readonly waited: number;
}
export type Policy = (job: Job) => Outcome;

export const runAfter = ({ line }: Setting, { arrival, hours, cpus }: Job, waited: number): Outcome => ({
  carbon: cpus * costBetween(line, arrival + waited, arrival + waited + hours),
  waited,
});

/** Hourly starts after arrival within the longest wait at which the queue's mean length still ends within the trace. */
const starts = ({ line }: Setting, { arrival, longestWait }: Job, length: number): readonly number[] =>
  Array.from({ length: Math.floor(longestWait) + 1 }, (_, hour) => hour).filter(
    (hour) => arrival + hour + length <= line.price.length,
  );

/** GAIA's policies by the names of its paper. */
export function gaiaPolicies(setting: Setting): ReadonlyMap<string, Policy> {
  const { line, meanHours } = setting;
  const meanOf = ({ queue }: Job): number => Math.trunc(meanHours[queue] * TICKS) / TICKS;
  const best = (values: readonly number[], scoreOf: (value: number) => number): number =>
    values.reduce((found, value) => (scoreOf(value) > scoreOf(found) ? value : found), values[0] ?? 0);
  return new Map<string, Policy>([
    ['NoWait', (job) => runAfter(setting, job, 0)],
    [
      'Lowest-Slot',
      (job) => {
        const last = Math.min(job.arrival + job.longestWait, line.price.length - 1 / TICKS);
        const hours = Array.from(
          { length: Math.floor(last) - Math.floor(job.arrival) + 1 },
          (_, i) => Math.floor(job.arrival) + i,
        );
        const hour = best(hours, (one) => -at(line.price, one));
        return runAfter(setting, job, Math.max(0, hour - job.arrival));
      },
    ],
    [
      'Lowest-Window',
      (job) => {
        const length = meanOf(job);
        const emitted = (hour: number) => costBetween(line, job.arrival + hour, job.arrival + hour + length);
        return runAfter(
          setting,
          job,
          best(starts(setting, job, length), (hour) => -emitted(hour)),
        );
      },
    ],
    [
      'Carbon-Time',
      (job) => {
        const length = meanOf(job);
        const emitted = (hour: number) => costBetween(line, job.arrival + hour, job.arrival + hour + length);
        const perHour = (hour: number) => (emitted(0) - emitted(hour)) / (hour + length);
        return runAfter(setting, job, best(starts(setting, job, length), perHour));
      },
    ],
    ['Ecovisor', (job) => ecovisor(setting, job)],
  ]);
}

/** Runs below the 30th percentile of the next 24 hours, and when no more waiting is left. */
function ecovisor({ line }: Setting, { arrival, hours, cpus, longestWait }: Job): Outcome {
  const ahead = Array.from({ length: 24 * TICKS }, (_, tick) => Math.floor(arrival + (tick + 0.5) / TICKS))
    .filter((hour) => hour < line.price.length)
    .map((hour) => at(line.price, hour))
    .sort((a, b) => a - b);
  const place = 0.3 * (ahead.length - 1);
  const [low = 0, high = low] = [ahead[Math.floor(place)], ahead[Math.ceil(place)]];
  const threshold = low + (place % 1) * (high - low);
  let [carbon, left, waited, now] = [0, hours, 0, arrival];
  while (left > 1e-9) {
    const edge = Math.floor(now + 1e-9) + 1;
    const mayWait = longestWait - waited;
    const runs = at(line.price, edge - 1) < threshold || mayWait <= 1e-9;
    const until = Math.min(edge, now + (runs ? left : mayWait));
    if (runs) {
      carbon += cpus * costBetween(line, now, until);
      left -= until - now;
    } else waited += until - now;
    now = until;
  }
  return { carbon, waited };
}

export interface Total {
  /** Of running at once. */
  readonly share: number;
  readonly meanWait: number;
  /** Jobs that waited longer than they may. */
  readonly misses: number;
}

export function totalOf(setting: Setting, policy: Policy): Total {
  let [carbon, now, waited, misses] = [0, 0, 0, 0];
  for (const job of setting.jobs) {
    const outcome = policy(job);
    carbon += outcome.carbon;
    waited += outcome.waited;
    now += runAfter(setting, job, 0).carbon;
    if (outcome.waited > job.longestWait + 1e-9) misses++;
  }
  return { share: carbon / now, meanWait: waited / setting.jobs.length, misses };
}
