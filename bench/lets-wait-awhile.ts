/**
 * The setting of Let's Wait Awhile (Wiesner et al., Middleware 2021), scenario II: jobs of a machine-learning project in
 * working hours, on half-hours of a year, which may finish by the next working morning or by the next Monday or Thursday
 * morning; forecasts are what comes with independent noise on each half-hour.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../src/plan/at.ts';
import { DAY, MINUTE } from '../src/units.ts';
import { columnOf, readTable } from './kernel-data.ts';

/** Of the slots on which the simulator runs. */
export const SLOT = 30 * MINUTE;
const NINE = 9 * 60;
const FIVE = 17 * 60;
const DAY_MINUTES = 24 * 60;

/** A job in slots from the first of January of its year on. */
export interface Job {
  readonly arrival: number;
  readonly slots: number;
}

export interface Year {
  /** Epoch ms of slot 0. The times of the files are read as UTC. */
  readonly start: number;
  readonly jobs: readonly Job[];
}

/** Intensities of one country, gCO2/kWh. */
export interface Country {
  readonly name: string;
  /** By slot from slot 0 on. */
  readonly intensityG: Float64Array;
  /** What came before, up to slot 0. */
  readonly beforeG: Float64Array;
  /** Standard normal noise by slot, a series a seed. */
  readonly noise: readonly Float64Array[];
}

const only = (folder: string, pattern: RegExp): string => {
  const file = readdirSync(folder).find((name) => pattern.test(name));
  if (file === undefined) throw new Error(`${folder} has no file like ${pattern}`);
  return join(folder, file);
};

/** `*jobs*.csv`: `arrival_min_since_DATE` and `duration_min`. */
export function readYear(folder: string): Year {
  const file = only(folder, /jobs.*\.csv$/);
  const table = readTable(file);
  const title = table.header.find((name) => name.startsWith('arrival_min_since_')) ?? '';
  const start = Date.parse(`${title.slice('arrival_min_since_'.length)}T00:00Z`);
  if (Number.isNaN(start)) throw new Error(`${file} has no column arrival_min_since_YYYY-MM-DD`);
  const minutes = MINUTE / SLOT;
  const [arrivals, durations] = [columnOf(table, /^arrival_min_since_/, file), columnOf(table, /^duration_min$/, file)];
  return {
    start,
    jobs: Array.from(arrivals, (arrival, i) => ({ arrival: arrival * minutes, slots: at(durations, i) * minutes })),
  };
}

/** `NAME_ci.csv`: `Time` and `Carbon Intensity`; `NAME_noise*`: a column a seed, a row a slot. */
export function readCountries(folder: string, { start }: Year): readonly Country[] {
  const names = readdirSync(folder).flatMap((file) => /^(.+)_ci\.csv$/.exec(file)?.[1] ?? []);
  return names.sort().map((name) => {
    const file = join(folder, `${name}_ci.csv`);
    const table = readTable(file);
    const values = columnOf(table, /^Carbon Intensity$/, file);
    const times = table.rows.map(([time = '']) => Date.parse(`${time.replace(' ', 'T')}Z`));
    const first = times[0] ?? start;
    const all = new Float64Array(Math.floor(((times.at(-1) ?? start) - first) / SLOT) + 1).fill(Number.NaN);
    // The simulator reads what is said of the half-hour itself, and leaves out what is said between.
    times.forEach((time, i) => {
      if ((time - first) % SLOT === 0) all[(time - first) / SLOT] = at(values, i);
    });
    const split = (start - first) / SLOT;
    const noiseFile = readdirSync(folder).find((other) => other.startsWith(`${name}_noise`));
    const noise =
      noiseFile === undefined || !existsSync(join(folder, noiseFile)) ? undefined : readTable(join(folder, noiseFile));
    return {
      name,
      intensityG: all.subarray(split),
      beforeG: all.subarray(0, split),
      noise: noise?.header.map((_, seed) => Float64Array.from(noise.rows, (row) => Number(row[seed]))) ?? [],
    };
  });
}

export type Deadline = 'next workday' | 'semi-weekly';

/** Slots after the job's own end, were it to run at once, by which it may end. As the simulator has it. */
export function slackOf({ start }: Year, { arrival, slots }: Job, deadline: Deadline): number {
  const end = start + (arrival + slots) * SLOT;
  const minute = (end % DAY) / MINUTE;
  // 1 January 1970 was a Thursday; 0 is Monday.
  const weekday = (Math.floor(end / DAY) + 3) % 7;
  const untilNine = (days: number): number => ((days * DAY_MINUTES + NINE - minute) * MINUTE) / SLOT;
  if (deadline === 'next workday') {
    if (weekday === 5) return untilNine(2);
    if (weekday === 6 || minute > FIVE) return untilNine(1);
    return minute < NINE ? untilNine(0) : 0;
  }
  const [monday, thursday] = [0, 3];
  const isBefore = (day: number): boolean => weekday < day || (weekday === day && minute <= NINE);
  if (isBefore(monday)) return untilNine(0);
  return isBefore(thursday) ? untilNine(thursday - weekday) : untilNine(7 - weekday);
}
