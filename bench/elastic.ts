/**
 * Elastic work: 24 hours of work at one worker, within 24 hours times 1, 1.5, 2 and 3, at any number of workers of its
 * measured profile, at no cost of changing it. The kernel beside CarbonScaler's greedy (as its operator does it), the best
 * fixed number of workers with pauses, and pauses alone; the energy beside the emissions.
 *
 * Run: `npm run bench -- elastic --data DIR [--json]`. `DIR/scaling` has profiles (`*.yaml`: profile, `replicas`, workers,
 * `throughput` and `power`; `*.csv`: `nodes,throughput,power`), `elastic_starts.csv` (`zone,draw,start_hour`) and, if what
 * others found is to be compared, `expected_savings.csv` (`zone,profile,slack,waitawhile,static,greedy,opt`). `DIR/ci` has
 * hourly intensities with a column for each of the zones.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { at } from '../src/plan/at.ts';
import { elastic, hullIn, type Levels, mixFor, OFF } from '../src/plan/kernels/elastic.ts';
import { columnOf, cpuOf, dataFolder, printRows, type Row, readTable, rounded } from './kernel-data.ts';

const WORK_HOURS = 24;
const SLACKS = [1, 1.5, 2, 3] as const;
const folder = dataFolder('elastic', 'scaling/ and ci/');

const profileSchema = z.record(
  z.string(),
  z.object({ replicas: z.record(z.string(), z.object({ power: z.number(), throughput: z.number() })) }),
);

/** By name; levels ascend by workers, and so by throughput. */
function readProfiles(): ReadonlyMap<string, Levels> {
  const profiles = new Map<string, Levels>();
  for (const file of readdirSync(join(folder, 'scaling')).sort()) {
    const path = join(folder, 'scaling', file);
    if (file.endsWith('.yaml')) {
      for (const [name, { replicas }] of Object.entries(profileSchema.parse(parse(readFileSync(path, 'utf8'))))) {
        const levels = Object.entries(replicas)
          .sort(([a], [b]) => Number(a) - Number(b))
          .map(([, level]) => level);
        profiles.set(name, levelsOf(levels));
      }
    } else if (file.endsWith('.csv')) {
      const table = readTable(path);
      if (table.header.join() !== 'nodes,throughput,power') continue;
      const [throughput, power] = [columnOf(table, /^throughput$/, file), columnOf(table, /^power$/, file)];
      const levels = Array.from(throughput, (does, i) => ({ throughput: does, power: at(power, i) }));
      profiles.set(file.slice(0, -'.csv'.length), levelsOf(levels.filter((level) => level.throughput > 0)));
    }
  }
  return profiles;
}

const levelsOf = (levels: readonly { readonly throughput: number; readonly power: number }[]): Levels => ({
  throughput: Float64Array.from(levels, ({ throughput }) => throughput),
  power: Float64Array.from(levels, ({ power }) => power),
});

/** Hourly intensities of the zones, from the first file that has all of them. */
function readIntensities(zones: readonly string[]): ReadonlyMap<string, Float64Array> {
  for (const file of readdirSync(join(folder, 'ci')).sort()) {
    if (!file.endsWith('.csv')) continue;
    const table = readTable(join(folder, 'ci', file));
    const columns = zones.map((zone) => table.header.indexOf(zone));
    if (columns.includes(-1)) continue;
    return new Map(
      zones.map((zone, i) => [zone, Float64Array.from(table.rows, (row) => Number(row[columns[i] ?? 0]))]),
    );
  }
  throw new Error(`no file of ${join(folder, 'ci')} has columns for ${zones.join(', ')}`);
}

/** What a way to run emits, g × W / kW, and draws, W × h. */
interface Outcome {
  readonly carbon: number;
  readonly energy: number;
}
const NEVER: Outcome = { carbon: Number.POSITIVE_INFINITY, energy: Number.POSITIVE_INFINITY };
/** The rest of the work that counts as none. */
const ROUNDING = 1e-9;

/** Runs at one level through hours in the given order until the work is done. */
function atLevel(
  intensity: Float64Array,
  order: readonly number[],
  { throughput, power }: Levels,
  level: number,
  work: number,
) {
  let [left, carbon, energy] = [work, 0, 0];
  for (const hour of order) {
    const share = Math.min(1, left / at(throughput, level));
    carbon += share * at(power, level) * at(intensity, hour);
    energy += share * at(power, level);
    left -= share * at(throughput, level);
    if (left <= ROUNDING * work) return { carbon, energy };
  }
  return NEVER;
}

/** CarbonScaler: the next worker of some hour that adds most work per gram, until the work is done. */
function carbonScaler(intensity: Float64Array, { throughput, power }: Levels, work: number): Outcome {
  const steps = (values: Float64Array) => values.map((value, k) => value - (k === 0 ? 0 : at(values, k - 1)));
  const [more, drawn] = [steps(throughput), steps(power)];
  const next = new Int32Array(intensity.length);
  const priceOf = (hour: number): number => {
    const k = next[hour] ?? 0;
    if (k >= more.length) return Number.POSITIVE_INFINITY;
    return at(more, k) > 0 ? (at(drawn, k) * at(intensity, hour)) / at(more, k) : Number.MAX_VALUE;
  };
  const prices = intensity.map((_, hour) => priceOf(hour));
  let [left, carbon, energy] = [work, 0, 0];
  while (left > ROUNDING * work) {
    const hour = prices.reduce((best, price, i) => (price < at(prices, best) ? i : best), 0);
    if (at(prices, hour) === Number.POSITIVE_INFINITY) return NEVER;
    const k = next[hour] ?? 0;
    const share = at(more, k) > 0 ? Math.min(1, left / at(more, k)) : 1;
    carbon += share * at(drawn, k) * at(intensity, hour);
    energy += share * at(drawn, k);
    left -= share * at(more, k);
    next[hour] = k + 1;
    prices[hour] = priceOf(hour);
  }
  return { carbon, energy };
}

function ours(intensity: Float64Array, levels: Levels, work: number, done: Float64Array): Outcome {
  const slots = { price: intensity, from: 0, to: intensity.length };
  const carbon = elastic(slots, levels, work, done);
  let energy = 0;
  for (let hour = 0; hour < slots.to; hour++) {
    if (at(done, hour) === 0) continue;
    const { lower, upper, share } = mixFor(hullIn(slots, levels, hour), at(done, hour));
    energy += (1 - share) * (lower === OFF ? 0 : at(levels.power, lower)) + share * at(levels.power, upper);
  }
  return { carbon, energy };
}

/** No way emits less: what the work is paid for, less what the best levels earn beyond it, at the best pay (Lagrange). */
function boundOf(intensity: Float64Array, { throughput, power }: Levels, work: number): number {
  let [low, high] = [
    0,
    2 * Math.max(...intensity) * Math.max(...power.map((watts, k) => watts / at(throughput, k))) * 10,
  ];
  let best = 0;
  for (let i = 0; i < 60; i++) {
    const pay = (low + high) / 2;
    let [bound, does] = [pay * work, 0];
    for (const each of intensity) {
      let [least, doing] = [0, 0];
      for (let k = 0; k < power.length; k++) {
        const cost = at(power, k) * each - pay * at(throughput, k);
        if (cost < least) [least, doing] = [cost, at(throughput, k)];
      }
      bound += least;
      does += doing;
    }
    best = Math.max(best, bound);
    if (does < work) low = pay;
    else high = pay;
  }
  return best;
}

const POLICIES = ['run now', 'suspend-resume', 'best fixed level', "CarbonScaler's greedy", 'hull'] as const;
type Policy = (typeof POLICIES)[number];
/** Columns of `expected_savings.csv`. */
const EXPECTED = {
  'suspend-resume': 'waitawhile',
  'best fixed level': 'static',
  "CarbonScaler's greedy": 'greedy',
  hull: 'opt',
};

interface Cell {
  readonly savedPercent: ReadonlyMap<Policy, number>;
  readonly energySavedPercent: ReadonlyMap<Policy, number>;
  readonly gap: number;
}

/** Sums over starts of what each policy emits and draws. */
function measure(year: Float64Array, starts: readonly number[], levels: Levels, slack: number): Cell {
  const hours = Math.round(WORK_HOURS * slack);
  const work = WORK_HOURS * at(levels.throughput, 0);
  const done = new Float64Array(hours);
  const sums = new Map<Policy, { carbon: number; energy: number }>(POLICIES.map((p) => [p, { carbon: 0, energy: 0 }]));
  let gap = 0;
  for (const start of starts) {
    const intensity = year.subarray(start, start + hours);
    const inTime = [...intensity.keys()];
    const byIntensity = inTime.toSorted((a, b) => at(intensity, a) - at(intensity, b));
    const fixed = [...levels.throughput.keys()].map((level) => atLevel(intensity, byIntensity, levels, level, work));
    const optimum = ours(intensity, levels, work, done);
    const outcomes: Record<Policy, Outcome> = {
      'run now': atLevel(intensity, inTime, levels, 0, work),
      'suspend-resume': fixed[0] ?? NEVER,
      'best fixed level': fixed.reduce((best, one) => (one.carbon < best.carbon ? one : best), NEVER),
      "CarbonScaler's greedy": carbonScaler(intensity, levels, work),
      hull: optimum,
    };
    for (const policy of POLICIES) {
      const sum = sums.get(policy);
      if (sum === undefined) continue;
      sum.carbon += outcomes[policy].carbon;
      sum.energy += outcomes[policy].energy;
    }
    gap = Math.max(gap, optimum.carbon / boundOf(intensity, levels, work) - 1);
  }
  const now = sums.get('run now') ?? NEVER;
  const saved = (of: keyof Outcome) =>
    new Map(POLICIES.map((policy) => [policy, 100 * (1 - (sums.get(policy) ?? NEVER)[of] / now[of])] as const));
  return { savedPercent: saved('carbon'), energySavedPercent: saved('energy'), gap };
}

function readExpected(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (!readdirSync(join(folder, 'scaling')).includes('expected_savings.csv')) return found;
  const { header, rows } = readTable(join(folder, 'scaling', 'expected_savings.csv'));
  for (const row of rows) {
    const cell = (name: string): string => row[header.indexOf(name)] ?? '';
    for (const [policy, column] of Object.entries(EXPECTED)) {
      const value = Number(cell(column));
      if (Number.isFinite(value) && cell(column) !== '') {
        found.set([cell('zone'), cell('profile'), Number(cell('slack')), policy].join(), value);
      }
    }
  }
  return found;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function main(): void {
  const profiles = readProfiles();
  const startTable = readTable(join(folder, 'scaling', 'elastic_starts.csv'));
  const zones = [...new Set(startTable.rows.map(([zone = '']) => zone))];
  const intensities = readIntensities(zones);
  const startsOf = (zone: string) =>
    startTable.rows.filter(([name]) => name === zone).map(([, , hour]) => Number(hour));
  const expected = readExpected();
  const rows: Row[] = [];
  for (const [profile, levels] of profiles) {
    console.error(`elastic: ${profile}`);
    for (const slack of SLACKS) {
      const cells = zones.map((zone) =>
        measure(intensities.get(zone) ?? new Float64Array(0), startsOf(zone), levels, slack),
      );
      rows.push(...rowsOf(profile, slack, zones, cells, expected));
    }
  }
  rows.push(...costOf(profiles, intensities, startsOf));
  printRows('elastic', rows);
}

function rowsOf(
  profile: string,
  slack: number,
  zones: readonly string[],
  cells: readonly Cell[],
  expected: ReadonlyMap<string, number>,
): Row[] {
  const name = `${profile}, ${slack} × ${WORK_HOURS} h`;
  const rows: Row[] = [];
  for (const policy of POLICIES.slice(1)) {
    const ofZones = cells.map(({ savedPercent }) => savedPercent.get(policy) ?? Number.NaN);
    const others = zones.map((zone) => expected.get([zone, profile, slack, policy].join()) ?? Number.NaN);
    const known = !others.some(Number.isNaN);
    // Every cell equals what was found before, to the two decimals that were written down; means are of those.
    const equal = ofZones.every((value, i) => Math.abs(value - (others[i] ?? 0)) <= 0.005 + 1e-9);
    rows.push({
      case: name,
      metric: `${policy}: emissions saved`,
      value: rounded(mean(ofZones.map((value) => rounded(value, 2))), 2),
      unit: '%',
      ...(known ? { target: rounded(mean(others), 2) } : {}),
      ...(known && policy === 'hull' ? { pass: equal } : {}),
    });
    const energy = cells.map(({ energySavedPercent }) => energySavedPercent.get(policy) ?? Number.NaN);
    rows.push({ case: name, metric: `${policy}: energy saved`, value: rounded(mean(energy), 2), unit: '%' });
  }
  const gap = 100 * Math.max(...cells.map((cell) => cell.gap));
  rows.push({
    case: name,
    metric: 'hull: largest gap to the bound',
    value: rounded(gap, 9),
    unit: '%',
    target: 1e-6,
    pass: gap <= 1e-6,
  });
  return rows;
}

/** CPU of the kernel alone, over all starts. */
function costOf(
  profiles: ReadonlyMap<string, Levels>,
  intensities: ReadonlyMap<string, Float64Array>,
  startsOf: (zone: string) => readonly number[],
): Row[] {
  const done = new Float64Array(WORK_HOURS * Math.max(...SLACKS));
  let plans = 0;
  const { seconds } = cpuOf(() => {
    for (const levels of profiles.values()) {
      for (const [zone, price] of intensities) {
        for (const from of startsOf(zone)) {
          for (const slack of SLACKS) {
            elastic(
              { price, from, to: from + WORK_HOURS * slack },
              levels,
              WORK_HOURS * at(levels.throughput, 0),
              done,
            );
            plans++;
          }
        }
      }
    }
  });
  return [
    { case: `${plans} plans`, metric: 'hull: CPU', value: rounded((seconds / plans) * 1e6, 1), unit: 'µs a plan' },
  ];
}

main();
