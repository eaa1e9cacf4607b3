/**
 * Small scenes for tests: jobs, grids and what is recomputed of them by other means.
 *
 * @module
 */
import type { Outlook } from '../plan/index.ts';
import { HOUR, instant, type Millis } from '../units.ts';
import { JobColumns, type JobRow, type PastJobs } from './past-jobs.ts';
import { placesOf } from './places.ts';
import type { ReplayQuestion } from './report.ts';
import type { Place, Scene } from './scene.ts';
import type { Schedule } from './schedule.ts';
import { slackOf } from './slack.ts';

export const START = instant(Date.UTC(2023, 0, 2));

export function outlook(zone: string, intensities: readonly number[], step: Millis = HOUR): Outlook {
  const intensityG = Float64Array.from(intensities);
  return {
    zone,
    signal: { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' },
    source: 'test',
    quality: 'replayed',
    asOf: START,
    axis: { start: START, step, length: intensities.length },
    intensityG,
    lowG: intensityG,
    highG: intensityG,
    use: 'level',
  };
}

export function places(
  grids: readonly (readonly number[])[],
  fitted = false,
  zones: readonly string[] = ['DE', 'SE', 'FR'],
): readonly [Place, ...Place[]] {
  const [first, ...others] = grids.map((intensities, i) => ({
    zone: zones[i] ?? 'XX',
    pue: 1,
    price: undefined,
    outlook: outlook(zones[i] ?? 'XX', intensities),
  }));
  if (first === undefined) throw new Error('a scene has a place');
  return placesOf([first, ...others], { fitted });
}

const ROW: JobRow = {
  submitH: 0,
  lengthH: 1,
  dueH: Number.NaN,
  cpus: 1,
  gpus: 0,
  memoryGB: Number.NaN,
  powerW: Number.NaN,
  queue: '',
  user: '',
  pausable: false,
};

/** Jobs of a history without dates. */
export function history(rows: readonly Partial<JobRow>[]): PastJobs {
  const columns = new JobColumns();
  for (const row of rows) columns.add({ ...ROW, ...row });
  return columns.finish(false);
}

/** A kilowatt a CPU, and 24 h of slack. */
export const question = (
  rows: readonly Partial<JobRow>[],
  grids: readonly (readonly number[])[],
  more: Partial<ReplayQuestion> = {},
): ReplayQuestion => ({
  past: history(rows),
  places: places(grids, more.capacity !== undefined),
  slack: slackOf('24h'),
  capacity: undefined,
  power: { wattsPerCpu: 1_000, wattsPerGpu: undefined },
  ...more,
});

/** The pieces of each job, in the order in which they ran. */
export function piecesByJob(
  schedule: Schedule,
): ReadonlyMap<number, readonly (readonly [start: number, end: number, place: number])[]> {
  const found = new Map<number, [number, number, number][]>();
  for (let i = 0; i < schedule.count; i++) {
    const job = schedule.job[i] ?? -1;
    const pieces = found.get(job) ?? [];
    pieces.push([schedule.startH[i] ?? 0, schedule.endH[i] ?? 0, schedule.place[i] ?? 0]);
    found.set(job, pieces);
  }
  return new Map([...found].map(([job, pieces]) => [job, pieces.toSorted((a, b) => a[0] - b[0])]));
}

/** Grams of a schedule, minute by minute: nothing of the integrals that it was planned by. */
export function gramsByTheMinute(schedule: Schedule, { jobs, places: all }: Scene): number {
  let grams = 0;
  for (let i = 0; i < schedule.count; i++) {
    const [start, end] = [schedule.startH[i] ?? 0, schedule.endH[i] ?? 0];
    const { outlook: grid, pue } = all[schedule.place[i] ?? 0] ?? all[0];
    const kw = (jobs.kw[schedule.job[i] ?? 0] ?? 0) * pue;
    for (let minute = Math.floor(start * 60); minute < end * 60; minute++) {
      const part = Math.min(end, (minute + 1) / 60) - Math.max(start, minute / 60);
      const slot = Math.floor((minute / 60) * (HOUR / grid.axis.step));
      grams += kw * Math.max(0, part) * (grid.intensityG[slot] ?? Number.NaN);
    }
  }
  return grams;
}

/** The most that was used at once, by looking at every start. */
export function mostAtOnce(schedule: Schedule, { jobs }: Scene, at: number): number {
  let most = 0;
  for (let i = 0; i < schedule.count; i++) {
    const moment = schedule.startH[i] ?? 0;
    let used = 0;
    for (let k = 0; k < schedule.count; k++) {
      const runs =
        schedule.place[k] === at &&
        (schedule.startH[k] ?? 0) <= moment + 1e-9 &&
        (schedule.endH[k] ?? 0) > moment + 1e-9;
      if (runs) used += jobs.cpus[schedule.job[k] ?? 0] ?? 0;
    }
    most = Math.max(most, used);
  }
  return most;
}
