/**
 * Shifting in time, in the setting of Let's Wait Awhile (Wiesner et al., Middleware 2021), scenario II.
 *
 * Two ways of counting. `as its simulator`: a window has one slot more than ends at the deadline, and running at once may
 * be a slot late as well. `strict`: work ends by its deadline, and is held against running at once. Forecasts are what
 * comes with independent noise of so many percent of the mean on each half-hour, of seeds that come with the data; plans
 * are made on the forecast and counted on what came. `smoothed` is the forecast as the product reads it of a publisher
 * (`src/forecast/models/calm.ts`), with nothing known but the past of each job's arrival.
 *
 * Run: `npm run bench -- shift --data DIR [--json]`. `DIR/lets-wait-awhile`, or `DIR`, has the files that
 * `bench/lets-wait-awhile.ts` reads, of any countries. What was published is a target only where running at once emits
 * what was measured of it.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { calmed, mannerOf } from '../src/forecast/models/calm.ts';
import { at } from '../src/plan/at.ts';
import { cheapest } from '../src/plan/kernels/cheapest.ts';
import { cheapestPiece, costBetween, lineOf } from '../src/plan/kernels/piece.ts';
import { DAY } from '../src/units.ts';
import { cpuOf, dataFolder, printRows, type Row, rounded } from './kernel-data.ts';
import {
  type Country,
  type Deadline,
  type Job,
  readCountries,
  readYear,
  SLOT,
  slackOf,
  type Year,
} from './lets-wait-awhile.ts';

const DEADLINES = ['next workday', 'semi-weekly'] as const;
const KINDS = ['one piece', 'may pause'] as const;
type Kind = (typeof KINDS)[number];
const NOISES = [0, 0.05, 0.1] as const;
/** How far back the product looks, and how far ahead a publisher's forecast reaches at least, in slots. */
const LOOKED_BACK = (28 * DAY) / SLOT;
const REACH = (4 * DAY) / SLOT;

/** In percent saved: its simulator with noise of 0, 5 and 10 %, the optimum, and what smoothing must reach at 10 %. */
interface Targets {
  /** Tonnes of all jobs at once at 2,036.6 W a job. */
  readonly nowTonnes: number;
  readonly simulator: Readonly<Record<Deadline, Readonly<Record<Kind, readonly number[]>>>>;
  readonly strict: Readonly<Record<Deadline, Readonly<Record<Kind, number>>>>;
  readonly smoothed: number;
}
const JOB_KW = 2.0366;
const PUBLISHED: readonly Targets[] = [
  {
    nowTonnes: 100.97,
    simulator: {
      'next workday': { 'one piece': [5.93, 5.91, 5.88], 'may pause': [8.16, 7.93, 7.46] },
      'semi-weekly': { 'one piece': [14.13, 14.11, 14.05], 'may pause': [18.5, 18.11, 17.19] },
    },
    strict: {
      'next workday': { 'one piece': 5.92, 'may pause': 8.04 },
      'semi-weekly': { 'one piece': 14.15, 'may pause': 18.48 },
    },
    smoothed: 18.2,
  },
  {
    nowTonnes: 68.66,
    simulator: {
      'next workday': { 'one piece': [6.57, 6.56, 6.52], 'may pause': [9.23, 9.03, 8.58] },
      'semi-weekly': { 'one piece': [14.75, 14.73, 14.67], 'may pause': [20, 19.66, 18.8] },
    },
    strict: {
      'next workday': { 'one piece': 6.66, 'may pause': 9.23 },
      'semi-weekly': { 'one piece': 14.85, 'may pause': 20.09 },
    },
    smoothed: 19.6,
  },
];

/** What a plan made on a forecast emits, g/kWh summed over slots, and when it ends; slots from the job's arrival on. */
interface Planned {
  readonly emitted: number;
  readonly end: number;
}
type Planner = (forecastG: Float64Array, truthG: Float64Array, slots: number, window: number) => Planned;

const used = new Float64Array(4_096);

const PLANNERS: Readonly<Record<Kind, Planner>> = {
  'one piece': (forecastG, truthG, slots, window) => {
    const line = lineOf(forecastG.subarray(0, window));
    const start = cheapestPiece(line, slots, { from: 0, to: window, wholeStarts: true })?.start ?? 0;
    let emitted = 0;
    for (let slot = start; slot < start + slots; slot++) emitted += at(truthG, slot);
    return { emitted, end: start + slots };
  },
  'may pause': (forecastG, truthG, slots, window) => {
    cheapest({ price: forecastG, from: 0, to: window }, slots, used);
    let [emitted, end] = [0, 0];
    for (let slot = 0; slot < window; slot++) {
      emitted += at(used, slot) * at(truthG, slot);
      if (at(used, slot) > 0) end = slot + 1;
    }
    return { emitted, end };
  },
};

/** Its simulator runs in every slot that is as cheap as the last that is needed, also where that is more than are needed. */
function pausingAsSimulator(forecastG: Float64Array, truthG: Float64Array, slots: number, window: number): number {
  cheapest({ price: forecastG, from: 0, to: window }, slots, used);
  let worst = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < window; slot++) if (at(used, slot) > 0) worst = Math.max(worst, at(forecastG, slot));
  let emitted = 0;
  for (let slot = 0; slot < window; slot++) if (at(forecastG, slot) <= worst) emitted += at(truthG, slot);
  return emitted;
}

/** What comes, with the noise of a seed; from `slot` on. */
function forecastOf(country: Country, share: number, seed: number): Float64Array {
  const { intensityG } = country;
  const deviation = (share * intensityG.reduce((a, b) => a + b, 0)) / intensityG.length;
  return share === 0
    ? intensityG
    : intensityG.map((value, slot) => value + deviation * at(country.noise[seed] ?? intensityG, slot));
}

/** Mean over seeds of what all jobs emit. */
type Sums = Map<string, number>;
const add = (sums: Sums, name: string, value: number): void => void sums.set(name, (sums.get(name) ?? 0) + value);

/** All that is counted of one job; how its past moves is learned once for all forecasts. */
function countJob(job: Job, year: Year, country: Country, forecasts: readonly Run[], sums: Sums): void {
  const { intensityG, beforeG } = country;
  const truth = intensityG.subarray(job.arrival);
  const past = new Float64Array(LOOKED_BACK);
  for (let i = 0; i < LOOKED_BACK; i++) {
    const slot = job.arrival - LOOKED_BACK + i;
    past[i] = slot < 0 ? at(beforeG, beforeG.length + slot) : at(intensityG, slot);
  }
  const manner = mannerOf(past, DAY / SLOT);
  const line = lineOf(truth.subarray(0, job.slots + 1));
  add(sums, 'now', costBetween(line, 0, job.slots));
  add(sums, 'now, simulator', PLANNERS['one piece'](truth, truth, job.slots, job.slots + 1).emitted);
  for (const deadline of DEADLINES) {
    const window = Math.min(job.slots + slackOf(year, job, deadline), truth.length);
    for (const { noise, valuesG, weight } of forecasts) {
      const told = valuesG.subarray(job.arrival, job.arrival + Math.max(window + 1, REACH));
      const calm = manner === undefined ? told : calmed(told, manner);
      for (const kind of KINDS) {
        const plan = PLANNERS[kind];
        const count = (way: string, emitted: number) => add(sums, nameOf(way, deadline, kind, noise), weight * emitted);
        const longer = Math.min(window + 1, truth.length);
        count(
          'simulator',
          kind === 'one piece'
            ? plan(told, truth, job.slots, longer).emitted
            : pausingAsSimulator(told, truth, job.slots, longer),
        );
        const strict = plan(told, truth, job.slots, window);
        const smoothed = calm === told ? strict : plan(calm, truth, job.slots, window);
        count('strict', strict.emitted);
        count('smoothed', smoothed.emitted);
        for (const { end } of [strict, smoothed]) add(sums, 'misses', end > window ? 1 : 0);
      }
    }
  }
}

interface Run {
  readonly noise: number;
  readonly valuesG: Float64Array;
  /** One over the number of seeds. */
  readonly weight: number;
}

const nameOf = (way: string, deadline: Deadline, kind: Kind, noise: number): string =>
  [way, deadline, kind, noise].join();

function rowsOf(country: Country, year: Year): Row[] {
  const forecasts = NOISES.flatMap((noise): Run[] => {
    const seeds = noise === 0 ? [0] : [...country.noise.keys()];
    return seeds.map((seed) => ({ noise, valuesG: forecastOf(country, noise, seed), weight: 1 / seeds.length }));
  });
  const sums: Sums = new Map();
  for (const job of year.jobs) countJob(job, year, country, forecasts, sums);
  const now = sums.get('now') ?? Number.NaN;
  const tonnes = (now * (SLOT / 3_600_000) * JOB_KW) / 1e6;
  const targets = PUBLISHED.find(({ nowTonnes }) => Math.abs(nowTonnes - tonnes) < 0.005);
  const saved = (name: string, against: string): number =>
    100 * (1 - (sums.get(name) ?? Number.NaN) / (sums.get(against) ?? Number.NaN));
  const rows: Row[] = [{ case: country.name, metric: 'run now', value: rounded(tonnes, 2), unit: 't' }];
  for (const deadline of DEADLINES) {
    for (const kind of KINDS) {
      NOISES.forEach((noise, i) => {
        if (noise > 0 && country.noise.length === 0) return;
        const name = `${country.name}, ${deadline}, ${kind}, noise ${100 * noise} %`;
        const row = (metric: string, value: number, target?: number, pass?: boolean): void => {
          const goal = { ...(target === undefined ? {} : { target }), ...(pass === undefined ? {} : { pass }) };
          rows.push({ case: name, metric, value: rounded(value, 3), unit: '%', ...goal });
        };
        const ofSimulator = saved(nameOf('simulator', deadline, kind, noise), 'now, simulator');
        const expected = targets?.simulator[deadline][kind][i];
        const close = (noise === 0 ? 0.005 : 0.02) + 1e-9;
        row(
          'saved, as its simulator',
          ofSimulator,
          expected,
          expected === undefined ? undefined : Math.abs(ofSimulator - expected) <= close,
        );
        const strict = saved(nameOf('strict', deadline, kind, noise), 'now');
        const optimum = noise === 0 ? targets?.strict[deadline][kind] : undefined;
        row(
          'saved, strict',
          strict,
          optimum,
          optimum === undefined ? undefined : Math.abs(strict - optimum) <= 0.005 + 1e-9,
        );
        const smoothed = saved(nameOf('smoothed', deadline, kind, noise), 'now');
        const isGoal = noise === 0.1 && deadline === 'semi-weekly' && kind === 'may pause';
        // Without noise, smoothing may cost half of the last digit.
        const least = noise === 0 ? strict - 0.005 : isGoal ? targets?.smoothed : undefined;
        row(
          'saved, strict, smoothed',
          smoothed,
          least === undefined ? undefined : rounded(least, 3),
          least === undefined ? undefined : smoothed >= least,
        );
        const bound = (sums.get(nameOf('strict', deadline, kind, 0)) ?? Number.NaN) / now;
        row('strict, smoothed: above the bound', 100 * ((1 - smoothed / 100) / bound - 1));
      });
    }
  }
  const misses = sums.get('misses') ?? 0;
  rows.push({
    case: country.name,
    metric: 'missed deadlines, strict',
    value: misses,
    unit: '1',
    target: 0,
    pass: misses === 0,
  });
  return rows;
}

function main(): void {
  const given = dataFolder('shift', 'lets-wait-awhile/');
  const inside = join(given, 'lets-wait-awhile');
  const folder = existsSync(inside) ? inside : given;
  const year = readYear(folder);
  const rows: Row[] = [];
  for (const country of readCountries(folder, year)) {
    console.error(`shift: ${country.name}`);
    const { result, seconds } = cpuOf(() => rowsOf(country, year));
    rows.push(...result, { case: country.name, metric: 'CPU', value: rounded(seconds, 1), unit: 's' });
  }
  printRows('shift', rows);
}

main();
