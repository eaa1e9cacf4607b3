/**
 * Jobs that share the capacity of regions: a region's emissions per kWh and its CPUs by the hour, jobs with deadlines, and
 * how far from the optimum their plan is.
 *
 * Free region per slot: work may be anywhere in each slot and at any part of its CPUs. Exact, so that cost and bound meet,
 * where a CPU draws the same for every job; with prices by region and hour where it does not.
 *
 * Run: `npm run bench -- regions --data DIR [--json] [--zones A,B] [--from 2022-01-01T00] [--skip 7000] [--hours 264]`.
 * `DIR/ci/16-zones*lca.csv` has hourly intensities, `DIR/jobs/*1k.csv` the jobs, in seconds.
 *
 * @module
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { item } from '../src/plan/at.ts';
import { breaches } from '../src/plan/fleet/check.ts';
import type { Fleet } from '../src/plan/fleet/fleet.ts';
import { fluidOf } from '../src/plan/fleet/fluid.ts';
import { fluidBound } from '../src/plan/fleet/fluid-bound.ts';
import { byCell } from '../src/plan/fleet/solvers/by-cell.ts';
import { matroid } from '../src/plan/fleet/solvers/matroid.ts';
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
    from: { type: 'string', default: '2022-01-01T00' },
    skip: { type: 'string', default: '7000' },
    hours: { type: 'string', default: '264' },
  },
});
if (options.data === undefined) {
  console.error('regions: --data names a folder with ci/ and jobs/');
  process.exit(64);
}
const folder = options.data;

/** Slack in hours and CPUs a region: from plenty to hardly enough. */
const CASES = [
  [6, 16],
  [24, 16],
  [6, 4],
  [24, 4],
  [24, 3],
] as const;

/** Ten zones from ten grids, where the file has them; else its first ten. */
const TEN = 'AU-NSW,BR-SP,CA-ON,DE-LU,GB,JP-TK,US-CAL-CISO,US-MIDA-PJM,US-TEX-ERCO,ZA'.split(',');

function readGrid(): Intensities {
  const all = readIntensities(fileIn(join(folder, 'ci'), /^16-zones.*lca\.csv$/));
  const known = TEN.every((zone) => all.zones.includes(zone)) ? TEN : all.zones.slice(0, 10);
  const zones = options.zones?.split(',') ?? known;
  const start = Math.max(
    0,
    all.times.findIndex((time) => time.startsWith(options.from)),
  );
  const hours = zones.map((zone) => all.hours[all.zones.indexOf(zone)] ?? new Float64Array());
  return cut({ zones, hours, times: all.times }, start + Number(options.skip), Number(options.hours));
}

/** Jobs start at the next full hour, and have `slack` hours more than they take. */
function readAsked(slots: number, slack: number): Asked {
  const jobs = readJobs(fileIn(join(folder, 'jobs'), /1k\.csv$/), 1 / 3600);
  const release = Int32Array.from(jobs.arrivalHours, Math.ceil);
  const deadline = release.map((start, i) => Math.min(slots, start + Math.ceil(jobs.lengthHours[i] ?? 0) + slack));
  return { release, deadline, lengthHours: jobs.lengthHours, cpus: jobs.cpus };
}

/** Emissions if each job ran at once in its home region, the regions taking turns, whatever the capacity. */
function runNow(fleet: Fleet): number {
  const { steps, slots, sites, gramsPerKwh } = fleet;
  let grams = 0;
  for (let i = 0; i < steps.count; i++) {
    const home = (i % sites.length) * slots;
    let left = steps.length[i] ?? 0;
    for (let t = steps.release[i] ?? 0; left > 0; t++, left--) {
      grams += (steps.power[i] ?? 0) * Math.min(1, left) * (gramsPerKwh[home + Math.min(t, slots - 1)] ?? 0);
    }
  }
  return grams;
}

function free(grid: Intensities): Row[] {
  return CASES.flatMap(([slack, cpus]) => {
    const name = `free region, slack ${slack} h, ${cpus} CPUs a region`;
    console.error(`regions: ${name}`);
    const fleet = fleetOf(grid, readAsked(grid.times.length, slack), 'fluid', cpus);
    const runs = [1, 2, 3].map(() => {
      const before = cpuSeconds();
      return { plan: matroid.solve(fleet, { seed: 1, effort: 1 }), cpu: cpuSeconds() - before };
    });
    const { plan, cpu: first } = item(runs, 0);
    // Nothing that the solver says is believed: promises, cost and bound are taken from the plan alone.
    const { cost } = tally(fleet, plan.assignment);
    const bound = fluidBound(fluidOf(fleet), plan.prices[0] ?? new Float64Array());
    return [
      row(name, 'emissions', cost / 1000, 'kg'),
      row(name, 'saved against running at once at home', 100 * (1 - cost / runNow(fleet)), '%'),
      row(name, 'gap to the bound', Math.abs(cost / bound - 1), '1', 1e-6),
      row(name, 'promises broken', breaches(fleet, plan.assignment).length + plan.leftOut.length, '1', 0),
      row(name, 'CPU, first run', first, 's'),
      row(name, 'CPU, least of 3 runs', Math.min(...runs.map(({ cpu }) => cpu)), 's', 0.1),
    ];
  });
}

/** The same where a CPU draws 1, 1.5 or 2 kW by job, so that no cell weighs the same for all. */
function freeByPower(grid: Intensities): Row[] {
  return CASES.flatMap(([slack, cpus]) => {
    const name = `free region, power by job, slack ${slack} h, ${cpus} CPUs a region`;
    console.error(`regions: ${name}`);
    const asked = readAsked(grid.times.length, slack);
    const kilowatts = asked.cpus.map((units, i) => units * (1 + 0.5 * (i % 3)));
    const fleet = fleetOf(grid, { ...asked, kilowatts }, 'fluid', cpus);
    const before = cpuSeconds();
    const plan = byCell.solve(fleet, { seed: 1, effort: 1 });
    const cpu = cpuSeconds() - before;
    const { cost } = tally(fleet, plan.assignment);
    const bound = fluidBound(fluidOf(fleet), plan.prices[0] ?? new Float64Array());
    return [
      row(name, 'gap to the bound', 100 * (cost / bound - 1), '%'),
      row(name, 'promises broken', breaches(fleet, plan.assignment).length + plan.leftOut.length, '1', 0),
      row(name, 'CPU', cpu, 's'),
    ];
  });
}

const grid = readGrid();
console.log(JSON.stringify([...free(grid), ...freeByPower(grid)]));
