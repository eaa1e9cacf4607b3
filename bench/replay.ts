/**
 * What a replay costs, and what it finds: a year of jobs in one zone under run-now, first come first served and Gridtide,
 * with the grid known in advance; ten times as many; a place that is short of room; and, where the folder has grids of
 * CarbonCast's shape, with our own forecasts of the time, in the second half of 2021.
 *
 * Run: `npm run bench -- replay --data DIR [--json] [--jobs FILE --time-unit h] [--grid FILE --zone DE] [--regions DE,SE]
 * [--every 24] [--slack 24h] [--pausable all]`. FILEs are below `DIR`; `--regions none` leaves the forecasts out. CPU seconds are of the
 * whole process.
 *
 * @module
 */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { standingClock } from '../src/clock.ts';
import { loadCsv, type Series } from '../src/grid/index.ts';
import {
  EVERY_H,
  gridPast,
  knownThen,
  type PastJobs,
  type Place,
  placesOf,
  type ReplayQuestion,
  type ReplayReport,
  readJobs,
  replay,
  slackOf,
  TIME_UNITS,
} from '../src/replay/index.ts';
import { HOUR, type Instant, instant, millis } from '../src/units.ts';
import { readRegion, regionsIn } from './carboncast.ts';
import { recordInUse } from './in-use.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean' },
    jobs: { type: 'string', default: 'jobs/pai-100k.csv.gz' },
    'time-unit': { type: 'string', default: 'h' },
    grid: { type: 'string', default: 'ci/123-zones-2022-lca.csv' },
    zone: { type: 'string', default: 'DE' },
    regions: { type: 'string' },
    every: { type: 'string', default: '24' },
    slack: { type: 'string', default: '24h' },
    pausable: { type: 'string', default: 'all' },
  },
});
const folder = options.data;
const everyH = Number(options.every);
const timeUnit = TIME_UNITS.find((unit) => unit === options['time-unit']);
if (folder === undefined || timeUnit === undefined || !EVERY_H.includes(everyH)) {
  console.error('replay: --data names a folder; --time-unit is ms, s, min or h; --every divides a day');
  process.exit(64);
}

interface BenchRow {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
  readonly pass?: boolean;
}
const rows: BenchRow[] = [];
const round = (value: number): number => Number(value.toPrecision(5));
const say = (where: string, metric: string, value: number, unit: string, most?: number): void => {
  const goal = most === undefined ? {} : { target: round(most), pass: value <= most };
  rows.push({ case: where, metric, value: round(value), unit, ...goal });
};
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const peakMB = (): number => process.resourceUsage().maxRSS / 1_024;

const signal = new AbortController().signal;
const clock = standingClock(instant(0));
const read = (path: string): Promise<PastJobs> =>
  readJobs({ path, name: path, signal, timeUnit, pausable: options.pausable === 'none' ? 'none' : 'all' }).then(
    ({ jobs }) => jobs,
  );

async function readGrid(path: string): Promise<Series> {
  const file = await loadCsv(path, { clock, zone: options.zone });
  const nobody = () => Promise.reject(new Error('a bench asks nobody'));
  return file.intensity(options.zone, file.range, { transport: nobody, clock, key: () => '', signal });
}

/** A kilowatt a CPU: grams are of no interest here, shares are. */
const ASKED = {
  slack: slackOf(options.slack),
  capacity: undefined,
  power: { wattsPerCpu: 1_000, wattsPerGpu: 1_000 },
} as const;

const rowOf = ({ rows: all }: ReplayReport, policy: string) => {
  const found = all.find((row) => row.policy === policy);
  if (found === undefined) throw new Error(`no row of ${policy}`);
  return found;
};

const placesIn = (series: Series, fitted: boolean): [Place, ...Place[]] => {
  const { outlook } = gridPast({ zone: options.zone, series, weather: [] });
  return placesOf([{ zone: options.zone, pue: 1, price: undefined, outlook }], { fitted });
};

/** One history on one grid: what it takes, from the files on. */
async function measure(where: string, path: string, mostSeconds?: number): Promise<number> {
  console.error(`replay: ${where}`);
  const start = cpuSeconds();
  const past = await read(path);
  const afterJobs = cpuSeconds();
  const series = await readGrid(join(folder ?? '', options.grid));
  const afterGrid = cpuSeconds();
  const report = replay({ past, places: placesIn(series, false), ...ASKED });
  const end = cpuSeconds();
  const ours = rowOf(report, 'gridtide');
  say(where, 'jobs replayed', report.jobs.count, 'jobs');
  say(where, 'jobs left out at the ends of the data', report.jobs.leftOut.outside, 'jobs');
  say(where, 'reading the jobs', afterJobs - start, 'CPU s');
  say(where, 'reading the grid', afterGrid - afterJobs, 'CPU s');
  say(where, 'three policies and the bound', end - afterGrid, 'CPU s');
  say(where, 'all together', end - start, 'CPU s', mostSeconds);
  say(where, 'peak memory of the process', peakMB(), 'MB');
  say(where, 'saving against run-now', ours.savingPercent ?? Number.NaN, '%');
  say(where, 'mean delay', ours.meanDelayH, 'h');
  say(where, 'deadlines missed', ours.misses, 'jobs', 0);
  return end - start;
}

/** The same jobs ten times, a little apart, in a file of their own. */
async function tenTimes(path: string, to: string): Promise<void> {
  const { count, submitH, lengthH, cpus } = await read(path);
  const lastH = submitH[count - 1] ?? 0;
  const lines = ['submit_h,length_h,cpus'];
  for (let job = 0; job < count; job++) {
    for (let copy = 0; copy < 10; copy++) {
      const submit = ((submitH[job] ?? 0) + (copy * lastH) / 10) % lastH;
      lines.push(`${submit.toFixed(5)},${(lengthH[job] ?? 0).toFixed(6)},${cpus[job]}`);
    }
  }
  await writeFile(to, `${lines.join('\n')}\n`);
}

/** A place that holds `share` of the mean demand: what must give way, and that it is not the deadlines. */
function short(past: PastJobs, series: Series, share: number): void {
  const where = `capacity ${share} × mean demand`;
  console.error(`replay: ${where}`);
  let work = 0;
  for (let job = 0; job < past.count; job++) work += (past.lengthH[job] ?? 0) * (past.cpus[job] ?? 0);
  const spanH = (past.submitH[past.count - 1] ?? 0) - (past.submitH[0] ?? 0);
  const capacity = { cpus: Math.round((share * work) / spanH), gpus: Number.POSITIVE_INFINITY };
  const start = cpuSeconds();
  const report = replay({ past, places: placesIn(series, true), ...ASKED, capacity });
  const [fifo, ours] = [rowOf(report, 'fifo'), rowOf(report, 'gridtide')];
  say(where, 'three policies and the bound', cpuSeconds() - start, 'CPU s');
  say(where, 'capacity', capacity.cpus, 'CPUs');
  say(where, 'peak', ours.peakCpus, 'CPUs', capacity.cpus);
  say(where, 'saving against run-now', ours.savingPercent ?? Number.NaN, '%');
  say(where, 'deadlines missed by first come, first served', fifo.misses, 'jobs');
  say(where, 'deadlines missed by its own schedule', (ours.outdone ?? ours).misses, 'jobs', fifo.misses);
  say(where, 'first come, first served is taken instead', ours.outdone === null ? 0 : 1, 'of 1');
}

/** The second half of 2021, as CarbonCast is judged by. */
const FORECAST_FROM: Instant = instant(Date.UTC(2021, 6, 1));

/** The first half-year of the jobs in a region of CarbonCast's, with the forecasts of the time. */
function asKnownThen(past: PastJobs, regions: string, region: string): number | undefined {
  const where = `${region}, own forecasts every ${everyH} h, H2 2021`;
  console.error(`replay: ${where}`);
  const record = recordInUse(readRegion(regions, region, 'lifecycle', 0).record, [], 0);
  const { start, intensityG } = record.history;
  const first = Math.max(0, (FORECAST_FROM - start) / HOUR);
  const known = intensityG.subarray(first);
  if (known.length < 24 * 7) {
    console.error(`replay: ${region} has no hours from ${new Date(FORECAST_FROM).toISOString()} on`);
    return undefined;
  }
  const series: Series = {
    zone: region,
    signal: { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' },
    axis: { start: instant(start + first * HOUR), step: millis(HOUR), length: known.length },
    intensityG: known,
    quality: Array.from(known, (value) => (Number.isNaN(value) ? 'missing' : 'replayed')),
    gaps: [],
    provenance: {
      ...{ provider: 'carboncast', source: regions, licence: 'as the folder says' },
      ...{ fetchedAt: instant(0), issuedAt: instant(0), issuedAtBasis: 'fetch-time' },
    },
    warnings: [],
  };
  const { outlook } = gridPast({ zone: region, series, weather: [] });
  const places = placesOf([{ zone: region, pue: 1, price: undefined, outlook }], { fitted: false });
  const asked: ReplayQuestion = { past, places, ...ASKED };
  const best = rowOf(replay(asked), 'gridtide');
  const before = cpuSeconds();
  const report = replay({ ...asked, foresee: knownThen({ records: new Map([[region, record]]), everyH }) });
  const ours = rowOf(report, 'gridtide');
  const share = (100 * (ours.savingPercent ?? 0)) / (best.savingPercent ?? Number.NaN);
  say(where, 'jobs replayed', report.jobs.count, 'jobs');
  say(where, 'learning, forecasts and three policies', cpuSeconds() - before, 'CPU s');
  say(where, 'saving against run-now', ours.savingPercent ?? Number.NaN, '%');
  say(where, 'with the grid known in advance', best.savingPercent ?? Number.NaN, '%');
  say(where, 'share of it', share, '%');
  say(where, 'deadlines missed', ours.misses, 'jobs', 0);
  return share;
}

const jobsFile = join(folder, options.jobs);
const scratch = await mkdtemp(join(tmpdir(), 'gridtide-bench-'));
try {
  const once = await measure(`${options.zone}, grid known in advance`, jobsFile, 10);
  const past = await read(jobsFile);
  const series = await readGrid(join(folder, options.grid));
  for (const share of [1.5, 2, 3]) short(past, series, share);
  const regions = join(folder, 'carboncast');
  const known = existsSync(regions) ? regionsIn(regions) : [];
  const asked = options.regions === 'none' ? [] : (options.regions?.split(',') ?? known);
  const shares = asked.flatMap((region) => asKnownThen(past, regions, region) ?? []);
  if (shares.length > 0) {
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    say(
      `${shares.length} regions, own forecasts every ${everyH} h`,
      'share of the saving with the grid known',
      mean,
      '%',
    );
  }
  await tenTimes(jobsFile, join(scratch, 'jobs.csv'));
  const tenfold = await measure('ten times the jobs', join(scratch, 'jobs.csv'));
  const size = past.count;
  const growth = (10 * Math.log(10 * size)) / Math.log(size);
  say('ten times the jobs', 'growth', tenfold / once, 'times', growth);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(JSON.stringify(rows));
