/**
 * How planning of fleets grows: 10⁴, 10⁵ and 10⁶ jobs that share the capacity of 16 zones for a year of hours (10⁴: a
 * month), at 1.1, 1.2 and 2 times the mean demand. Lengths and CPUs are drawn from recorded jobs, arrivals are uniform,
 * slack is 6, 24 or 72 hours.
 *
 * Each case runs in a process of its own, so that peak memory is its own (with reading and making the jobs); the CPU time
 * is that of the solver, from a fleet in columns to a plan for every job. What the plan breaks, what it costs and what its
 * prices prove is recomputed from the single jobs.
 *
 * Run: `npm run bench -- scale --data DIR [--json] [--zones A,B] [--only WORDS]`. `DIR/ci/*zones-2022-lca.csv` has hourly
 * intensities, `DIR/jobs/*100k.csv.gz` the jobs, in hours.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { breaches } from '../src/plan/fleet/check.ts';
import { fluidOf } from '../src/plan/fleet/fluid.ts';
import { fluidBound } from '../src/plan/fleet/fluid-bound.ts';
import { randomNumbers } from '../src/plan/fleet/random.ts';
import { SOLVERS } from '../src/plan/fleet/solvers/index.ts';
import { tally } from '../src/plan/fleet/weigh.ts';
import {
  type Asked,
  cpuSeconds,
  cut,
  fileIn,
  fleetOf,
  type Intensities,
  type Row,
  readIntensities,
  readJobs,
  row,
} from './fleets.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean' },
    zones: { type: 'string' },
    only: { type: 'string', default: '' },
    case: { type: 'string' },
  },
});
if (options.data === undefined) {
  console.error('scale: --data names a folder with ci/ and jobs/');
  process.exit(64);
}
const folder = options.data;

interface Case {
  readonly jobs: number;
  readonly hours: number;
  /** Capacity over mean demand. */
  readonly room: number;
  readonly solver: string;
  readonly effort: number;
  readonly allowLists?: boolean;
  /** Most gap in %, CPU seconds and MB; jobs left out at most 0 where there are any. */
  readonly target?: { readonly gap: number; readonly cpu: number; readonly memory: number };
}

const YEAR = 8760;
const MONTH = 720;
const million = { jobs: 1_000_000, hours: YEAR } as const;
const hundred = { jobs: 100_000, hours: YEAR } as const;
const ten = { jobs: 10_000, hours: MONTH } as const;

const CASES: readonly Case[] = [
  { ...million, room: 1.2, solver: 'smooth', effort: 1, target: { gap: 0.6, cpu: 3, memory: 400 } },
  { ...million, room: 1.2, solver: 'levels', effort: 2.5, target: { gap: 0.06, cpu: 13, memory: 400 } },
  { ...million, room: 1.2, solver: 'one-site', effort: 1, target: { gap: 0.4, cpu: 6, memory: 400 } },
  { ...million, room: 1.2, solver: 'matroid', effort: 1 },
  { ...million, room: 1.2, solver: 'levels', effort: 1, allowLists: true },
  ...[1.1, 2].flatMap((room) =>
    ['smooth', 'levels', 'one-site'].map((solver) => ({ ...million, room, solver, effort: 1 })),
  ),
  ...[hundred, ten].flatMap((size) =>
    ['smooth', 'levels', 'matroid'].map((solver) => ({
      ...size,
      room: 1.2,
      solver,
      effort: solver === 'levels' ? 2.5 : 1,
    })),
  ),
  { ...hundred, room: 2, solver: 'one-site', effort: 1 },
];

const nameOf = ({ jobs, hours, room, solver, effort, allowLists }: Case): string =>
  `${jobs} jobs, ${hours} h, ${room} × demand, ${solver}${effort === 1 ? '' : ` at effort ${effort}`}${allowLists === true ? ', allow-lists' : ''}`;

/** 16 zones of five continents where the file has them; else its first 16. */
const SIXTEEN =
  'AU-NSW,AU-VIC,BR-CS,CA-ON,CL-SEN,DE,GB,IN-WE,JP-TK,KR,SG,US-CAL-CISO,US-MIDA-PJM,US-NY-NYIS,US-TEX-ERCO,ZA'.split(
    ',',
  );

function readGrid(hours: number): Intensities {
  const file = fileIn(join(folder, 'ci'), /zones-2022-lca\.csv$/);
  const all = readIntensities(file);
  const known = SIXTEEN.every((zone) => all.zones.includes(zone)) ? SIXTEEN : all.zones.slice(0, 16);
  return cut(readIntensities(file, options.zones?.split(',') ?? known), 0, hours);
}

const SLACK_HOURS = [6, 24, 72] as const;

function drawJobs(count: number, hours: number): Asked & { readonly cpuHours: number } {
  const recorded = readJobs(fileIn(join(folder, 'jobs'), /100k\.csv\.gz$/), 1);
  const next = randomNumbers(12_345);
  const longest = Math.ceil(recorded.lengthHours.reduce((a, b) => Math.max(a, b), 0));
  const last = hours - longest - Math.max(...SLACK_HOURS);
  const asked = {
    release: new Int32Array(count),
    deadline: new Int32Array(count),
    lengthHours: new Float64Array(count),
    cpus: new Float64Array(count),
    allowed: new Int32Array(count),
  };
  let cpuHours = 0;
  for (let i = 0; i < count; i++) {
    const like = Math.floor(next() * recorded.cpus.length);
    const length = recorded.lengthHours[like] ?? 1;
    const release = Math.floor(next() * last);
    asked.release[i] = release;
    asked.deadline[i] = release + Math.ceil(length) + (SLACK_HOURS[Math.floor(next() * SLACK_HOURS.length)] ?? 0);
    asked.lengthHours[i] = length;
    asked.cpus[i] = Math.min(8, recorded.cpus[like] ?? 1);
    cpuHours += length * (asked.cpus[i] ?? 0);
  }
  return { ...asked, cpuHours };
}

function measure(one: Case): Row[] {
  const solver = SOLVERS.find(({ name }) => name === one.solver);
  if (solver === undefined) throw new Error(`no solver ${one.solver}`);
  const grid = readGrid(one.hours);
  const jobs = drawJobs(one.jobs, one.hours);
  const zones = grid.zones.map((_, zone) => zone);
  // A third of the jobs may run everywhere, a third in the first half of the zones, a third in the second.
  const half = Math.ceil(zones.length / 2);
  const lists = one.allowLists === true ? [zones, zones.slice(0, half), zones.slice(half)] : [zones];
  for (let i = 0; i < one.jobs; i++) jobs.allowed?.fill(i % lists.length, i, i + 1);
  const kind = one.solver === 'one-site' ? 'pausable' : 'fluid';
  const cpusPerZone = (one.room * jobs.cpuHours) / (grid.times.length * zones.length);
  const fleet = fleetOf(grid, jobs, kind, cpusPerZone, lists);
  const before = cpuSeconds();
  const plan = solver.solve(fleet, { seed: 1, effort: one.effort });
  const cpu = cpuSeconds() - before;
  const megabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const { cost } = tally(fleet, plan.assignment);
  const bound =
    plan.leftOut.length === 0 ? fluidBound(fluidOf(fleet), plan.prices[0] ?? new Float64Array()) : plan.bound;
  const { target } = one;
  const name = nameOf(one);
  return [
    row(name, 'gap to the bound', 100 * (cost / bound - 1), '%', target?.gap),
    row(name, 'CPU', cpu, 's', target?.cpu),
    row(name, 'peak memory', megabytes, 'MB', target?.memory),
    row(name, 'jobs left out', plan.leftOut.length, '1', target === undefined ? undefined : 0),
    ...(plan.shortage === undefined ? [] : [row(name, 'work without room', plan.shortage.units, 'CPU h')]),
    row(name, 'promises broken', breaches(fleet, plan.assignment).length, '1', 0),
  ];
}

/** CPU time of ten times the jobs, at most as n log n has it. */
function growth(rows: readonly Row[], solver: string, room: number, effort: number): Row[] {
  const cpu = ({ jobs, hours }: { jobs: number; hours: number }): number | undefined =>
    rows.find((one) => one.case === nameOf({ jobs, hours, room, solver, effort }) && one.metric === 'CPU')?.value;
  const [many, few] = [cpu(million), cpu(hundred)];
  if (many === undefined || few === undefined) return [];
  const most = (10 * Math.log(million.jobs)) / Math.log(hundred.jobs);
  return [row(`${solver}, 10⁵ to 10⁶ jobs`, 'growth for 10 times', many / few, 'times', most)];
}

if (options.case !== undefined) {
  const one = CASES[Number(options.case)];
  if (one === undefined) throw new Error(`no case ${options.case}`);
  console.log(JSON.stringify(measure(one)));
} else {
  const rows = CASES.flatMap((one, position): Row[] => {
    const name = nameOf(one);
    if (!name.includes(options.only)) return [];
    console.error(`scale: ${name}`);
    const self = process.argv[1] ?? '';
    const zones = options.zones === undefined ? [] : ['--zones', options.zones];
    const args = [...process.execArgv, self, '--data', folder, '--case', String(position), ...zones];
    const ran = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    if (ran.status !== 0) throw new Error(`${name} ended with ${ran.status}`);
    const measured: Row[] = JSON.parse(ran.stdout);
    return measured;
  });
  const grown = [growth(rows, 'smooth', 1.2, 1), growth(rows, 'levels', 1.2, 2.5), growth(rows, 'one-site', 2, 1)];
  console.log(JSON.stringify([...rows, ...grown.flat()]));
}
