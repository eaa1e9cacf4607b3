/**
 * Every feature of the model at once: a fleet of 10,000 steps of workflows on five sites (`bench/mixed-fleet.ts`), with
 * its gap to its own bound, and small random fleets whose exact optimum is known (`bench/referee.ts`).
 *
 * Run: `npm run bench -- mixed [--data DIR] [--json] [--steps 10000] [--room 1.6] [--effort 1] [--instances 200]
 * [--seconds 20]`. `DIR` has `ci/16-zones-2021-2022-lca.csv` or another of its shape (`--zones FILE`); without it the
 * grids are sine waves. `--seconds` limits the referee's time for one instance; where it proves no optimum in that, the
 * instance is counted apart.
 *
 * @module
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { breaches } from '../src/plan/fleet/check.ts';
import { randomFleet } from '../src/plan/fleet/fixtures.ts';
import { randomNumbers } from '../src/plan/fleet/random.ts';
import { priced } from '../src/plan/fleet/solvers/priced.ts';
import { cellsOf, cut, type Row, readIntensities } from './fleets.ts';
import { type Grid, mixedFleet } from './mixed-fleet.ts';
import { judge, loadReferee } from './referee.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean' },
    zones: { type: 'string', default: 'ci/16-zones-2021-2022-lca.csv' },
    sites: { type: 'string', default: 'CA-ON,DE-LU,GB,US-CAL-CISO,US-TEX-ERCO' },
    hours: { type: 'string', default: '672' },
    steps: { type: 'string', default: '10000' },
    room: { type: 'string', default: '1.6' },
    effort: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    instances: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
  },
});
const effort = Number(options.effort);
const slots = Number(options.hours);

const rows: Row[] = [];
const say = (where: string, metric: string, value: number, unit: string, target?: number): void => {
  const goal = target === undefined ? {} : { target, pass: value <= target };
  rows.push({ case: where, metric, value: Number(value.toPrecision(6)), unit, ...goal });
  console.error(`${where}: ${metric} ${value.toPrecision(6)} ${unit}`);
};

/** The zones' first hours of 2022, or waves. */
function readGrid(): Grid {
  const sites = options.sites.split(',');
  const gramsPerKwh = new Float64Array(sites.length * slots);
  if (options.data === undefined) {
    const random = randomNumbers(7);
    for (let cell = 0; cell < gramsPerKwh.length; cell++) {
      const site = Math.floor(cell / slots);
      gramsPerKwh[cell] = 100 + 90 * site + (50 + 20 * site) * Math.sin((cell + 3 * site) / 3.8) + 30 * random();
    }
    return { slots, sites, gramsPerKwh };
  }
  const grid = readIntensities(path.join(options.data, options.zones), sites);
  const start = Math.max(
    0,
    grid.times.findIndex((time) => time.startsWith('2022-01-01T00')),
  );
  return { slots, sites, gramsPerKwh: cellsOf(cut(grid, start, slots)) };
}

function cpuSeconds(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

function large(): void {
  const fleet = mixedFleet(readGrid(), Number(options.steps), Number(options.seed), Number(options.room));
  const where = `${fleet.steps.count} steps, ${fleet.sites.length} sites, ${slots} h`;
  const before = process.cpuUsage();
  const plan = priced.solve(fleet, { seed: 1, effort });
  const seconds = cpuSeconds(before);
  say(where, 'gap to own bound', 100 * (plan.cost / plan.bound - 1), '%');
  say(where, 'cpu', seconds, 's');
  say(where, 'peak memory', process.resourceUsage().maxRSS / 1_024, 'MB');
  say(where, 'breaches', breaches(fleet, plan.assignment).length, '', 0);
  say(where, 'left out', plan.leftOut.length, 'steps');
}

const KINDS = [['pausable', 'piece', 'local', 'fluid'], ['pausable', 'piece'], ['piece'], ['local']] as const;

async function small(): Promise<void> {
  const referee = await loadReferee();
  const gaps: number[] = [];
  const found = { feasible: 0, infeasible: 0, unproven: 0, missed: 0, worseThanUnproven: 0, invalidBounds: 0 };
  let worstUnproven = 0;
  let ours = 0;
  let theirs = 0;
  for (let seed = 1; seed <= Number(options.instances); seed++) {
    const random = randomNumbers(seed);
    const isAny = (): boolean => random() < 0.5;
    const fleet = randomFleet({
      seed,
      steps: 4 + Math.floor(27 * random() ** 2),
      slots: 12 + Math.floor(6 * random()),
      sites: 2 + Math.floor(2 * random()),
      kinds: KINDS[seed % KINDS.length] ?? KINDS[0],
      resources: 1 + Math.floor(3 * random()),
      tightness: 1.5 + 2 * random(),
      elastic: isAny(),
      pauses: isAny(),
      tolls: isAny(),
      precedence: isAny(),
      prices: isAny(),
      delay: isAny() ? 0 : 10 * random(),
    });
    const before = process.cpuUsage();
    const plan = priced.solve(fleet, { seed: 1, effort });
    ours += cpuSeconds(before);
    const middle = process.cpuUsage();
    const verdict = judge(referee, fleet, Number(options.seconds));
    theirs += cpuSeconds(middle);
    if (verdict.isInfeasible) {
      found.infeasible++;
      continue;
    }
    const isProven =
      verdict.cost < Number.POSITIVE_INFINITY && verdict.cost - verdict.bound <= 2e-4 * Math.abs(verdict.cost);
    if (verdict.cost < Number.POSITIVE_INFINITY) {
      found.feasible++;
      if (plan.leftOut.length > 0) found.missed++;
      else if (plan.bound > verdict.cost + 1e-6 * Math.abs(verdict.cost)) found.invalidBounds++;
    }
    if (plan.leftOut.length > 0) {
      if (verdict.cost < Number.POSITIVE_INFINITY) console.error(`instance ${seed}: ${plan.leftOut.length} left out`);
      continue;
    }
    const gap = 100 * (plan.cost / verdict.cost - 1);
    if (isProven) gaps.push(gap);
    else {
      found.unproven++;
      if (gap > 0) found.worseThanUnproven++;
      worstUnproven = Math.max(worstUnproven, gap);
    }
    if (gap > 1 && gap < 1e9) console.error(`instance ${seed}: ${fleet.steps.count} steps, gap ${gap.toFixed(2)} %`);
  }
  const where = `${options.instances} fleets of at most 30 steps against the referee`;
  say(where, 'feasible', found.feasible, '');
  say(where, 'infeasible', found.infeasible, '');
  say(where, 'left out a step where the referee does not', found.missed, '', 0);
  say(where, 'bounds above the optimum', found.invalidBounds, '', 0);
  say(where, 'optimum proven', gaps.length, '');
  say(where, 'mean gap to the optimum', gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length), '%', 0.5);
  say(where, 'worst gap to the optimum', Math.max(0, ...gaps), '%', 3);
  say(where, 'optimum not proven in time', found.unproven, '');
  say(where, 'of these, worse than what the referee had', found.worseThanUnproven, '');
  say(where, 'of these, worst gap to what the referee had', worstUnproven, '%');
  say(where, 'cpu', ours, 's');
  say(where, 'cpu of the referee', theirs, 's');
}

if (Number(options.steps) > 0) large();
if (Number(options.instances) > 0) await small();
console.log(JSON.stringify(rows));
