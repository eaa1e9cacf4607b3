/**
 * Jobs of one region each under shared capacity: the protocol of the multi-region bench (1,000 jobs, ten zones, 264 hours
 * of 2022 from hour 7,000), with any part of a job's cpus in any hour at its region, and with whole jobs of which half
 * are not interruptible. The gap is that of the plan to its own bound.
 *
 * Run: `npm run bench -- regions-one-site --data DIR [--json] [--effort 1]`. `DIR` has `ci/16-zones-2021-2022-lca.csv`
 * and `jobs/pai_1k.csv`, or others of the same shape (`--zones FILE`, `--jobs FILE`, `--regions A,B`, `--from HOUR`);
 * `--widths flexible` and `--cases 6/16` measure a part.
 *
 * @module
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { breaches } from '../src/plan/fleet/check.ts';
import type { Fleet, Kind } from '../src/plan/fleet/fleet.ts';
import { priced } from '../src/plan/fleet/solvers/priced.ts';
import { cellsOf, cut, type Row, readIntensities, readJobs } from './fleets.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean' },
    zones: { type: 'string', default: 'ci/16-zones-2021-2022-lca.csv' },
    jobs: { type: 'string', default: 'jobs/pai_1k.csv' },
    regions: { type: 'string', default: 'AU-NSW,BR-SP,CA-ON,DE-LU,GB,JP-TK,US-CAL-CISO,US-MIDA-PJM,US-TEX-ERCO,ZA' },
    year: { type: 'string', default: '2022' },
    from: { type: 'string', default: '7000' },
    hours: { type: 'string', default: '264' },
    effort: { type: 'string', default: '1' },
    widths: { type: 'string', default: 'flexible,whole' },
    cases: { type: 'string', default: '6/16,24/16,6/4,24/4,24/3' },
  },
});
if (options.data === undefined) {
  console.error('regions-one-site: --data names the folder with ci/ and jobs/');
  process.exit(64);
}
const folder = options.data;
const slots = Number(options.hours);
const regions = options.regions.split(',');

/** Whole hours of arrival, hours of length, and cpus. */
const recorded = readJobs(path.join(folder, options.jobs), 1);
const jobs = Array.from(recorded.cpus, (cpus, job) => ({
  arrival: Math.ceil((recorded.arrivalHours[job] ?? Number.NaN) / 3_600),
  hours: (recorded.lengthHours[job] ?? Number.NaN) / 3_600,
  cpus,
}));
const grid = readIntensities(path.join(folder, options.zones), regions);
const start = grid.times.findIndex((time) => time.startsWith(`${options.year}-01-01T00`)) + Number(options.from);
const gramsPerKwh = cellsOf(cut(grid, start, slots));

/** One kW a cpu; each job's kind by its position. Jobs that are wider than a region is are left away, and counted. */
function fleetOf(slack: number, cap: number, kinds: readonly Kind[]): { readonly fleet: Fleet; readonly wide: number } {
  const isLocal = kinds.includes('local');
  const fitting = jobs.filter(({ cpus }) => isLocal || cpus <= cap);
  const count = fitting.length;
  const column = (value: (job: (typeof jobs)[number]) => number): Float64Array => Float64Array.from(fitting, value);
  const release = Int32Array.from(fitting, ({ arrival }) => arrival);
  const places = regions.map((_, site) => ({
    site,
    variant: '',
    levels: [{ speed: 1, power: 1, needs: 1 }],
    lead: 0,
    tollGrams: 0,
    tollMoney: 0,
  }));
  const fleet: Fleet = {
    slots,
    slotHours: 1,
    sites: regions,
    gramsPerKwh,
    resources: [{ name: 'cpus', capacity: gramsPerKwh.map(() => cap) }],
    weights: { grams: 1, money: 0, delay: 0 },
    profiles: kinds.map((kind) => ({ kind, pause: 0, places })),
    steps: {
      count,
      release,
      deadline: Int32Array.from(fitting, ({ arrival, hours }) => Math.min(arrival + Math.ceil(hours) + slack, slots)),
      length: column(({ hours }) => hours),
      power: column(({ cpus }) => cpus),
      needs: [column(({ cpus }) => cpus)],
      profile: Int32Array.from(fitting, (_, job) => job % kinds.length),
    },
  };
  return { fleet, wide: jobs.length - count };
}

const rows: Row[] = [];
const say = (name: string, metric: string, value: number, unit: string, target?: number): void => {
  const goal = target === undefined ? {} : { target, pass: value <= target };
  rows.push({ case: name, metric, value: Number(value.toPrecision(6)), unit, ...goal });
};

interface Kinds {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** Percent of gap, and CPU seconds. */
  readonly gap: number;
  readonly seconds?: number;
}
const KINDS: readonly Kinds[] = [
  { name: 'flexible width', kinds: ['local'], gap: 0.5, seconds: 5 },
  { name: 'whole width, half in one piece', kinds: ['pausable', 'piece'], gap: 1.5 },
];

const widths = options.widths.split(',');
for (const { name, kinds, gap, seconds } of KINDS.filter((one) => widths.some((width) => one.name.startsWith(width)))) {
  for (const one of options.cases.split(',')) {
    const [slack = 0, cap = 0] = one.split('/').map(Number);
    const { fleet, wide } = fleetOf(slack, cap, kinds);
    const before = process.cpuUsage();
    const plan = priced.solve(fleet, { seed: 1, effort: Number(options.effort) });
    const { user, system } = process.cpuUsage(before);
    const place = `${name}, ${slack} h slack, ${cap} a region`;
    say(place, 'gap to own bound', 100 * (plan.cost / plan.bound - 1), '%', gap);
    say(place, 'grams', plan.cost, 'g');
    say(place, 'bound', plan.bound, 'g');
    say(place, 'cpu', (user + system) / 1e6, 's', seconds);
    say(place, 'left out', plan.leftOut.length, 'jobs', 0);
    if (wide > 0) say(place, 'wider than a region, left away', wide, 'jobs');
    say(place, 'breaches', breaches(fleet, plan.assignment).length, '', 0);
    console.error(
      rows
        .slice(-7)
        .map(({ metric, value }) => `${metric} ${value}`)
        .join(', '),
    );
  }
}
say('all', 'peak memory', process.resourceUsage().maxRSS / 1_024, 'MB');
console.log(JSON.stringify(rows));
