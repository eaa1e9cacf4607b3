/**
 * How much of what perfect foresight would save is saved with forecasts as they were known, planned again each hour with
 * the current hour alone committed: work of 1, 6 and 24 hours that may pause, a start every seven hours (the job shapes
 * of CarbonCast's users and of Wiesner et al., Middleware 2021), over the last 181 days of recorded years.
 *
 * Run: `npm run bench -- realistic --data DIR [--json] [--regions DE,ES] [--signal direct] [--every 6] [--latency 5]`.
 * `DIR` has a folder a region (`bench/carboncast.ts`). Ours is issued every so many hours, and a run of weather is known
 * so many hours after the hour it is named after. CarbonCast's is issued at midnight, with the run of that midnight.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { Forecaster } from '../src/forecast/index.ts';
import { cheapest } from '../src/plan/kernels/cheapest.ts';
import { DAY, HOUR, instant } from '../src/units.ts';
import { published, type Region, readRegion, regionsIn, type Signal } from './carboncast.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean' },
    regions: { type: 'string' },
    signal: { type: 'string', default: 'direct' },
    every: { type: 'string', default: '6' },
    latency: { type: 'string', default: '5' },
  },
});
const folder = options.data;
if (folder === undefined) {
  console.error('realistic: --data names a folder with a folder a region, such as CarbonCast has them');
  process.exit(64);
}
const wholeNumber = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`realistic: --${name} is a whole number from ${least} to ${most}, not ${text}`);
  return process.exit(64);
};
const every = wholeNumber('every', options.every, 1, 24);
const latency = wholeNumber('latency', options.latency, 0, 24) * HOUR;
const signal: Signal = options.signal === 'lifecycle' ? 'lifecycle' : 'direct';
const known = regionsIn(folder);
const regions = options.regions?.split(',') ?? known;
const absent = regions.filter((region) => !known.includes(region));
if (regions.length === 0 || absent.length > 0) {
  console.error(`realistic: ${folder} has no hourly.csv.gz for ${absent.join(', ') || 'any region'}`);
  process.exit(65);
}

const DAYS = 181;
const HORIZON = 96;
const WARM_UP_DAYS = 91;
const REFIT_DAYS = 28;
/** Hours of work and of slack beyond it. */
const SHAPES = [
  [1, 24],
  [6, 24],
  [24, 24],
  [24, 72],
] as const;
const STARTS_EVERY = 7;

/** g/kWh of the hours from an origin on, by origin; places are hours since the start of the history. */
type Issues = ReadonlyMap<number, Float64Array>;

/** What was issued, and how long it takes until the next is. */
interface Forecasts {
  readonly issues: Issues;
  readonly every: number;
}

/** Ours for a region, from the past of each origin alone. */
function ours({ record }: Region, first: number, end: number): Forecasts {
  const { start } = record.history;
  const issues = new Map<number, Float64Array>();
  for (let hour = 0; hour < 24; hour += every) {
    const forecaster = new Forecaster(record, hour);
    const midnight = start + first * HOUR;
    let learned = Number.NEGATIVE_INFINITY;
    for (let origin = midnight + hour * HOUR - WARM_UP_DAYS * DAY; origin < start + end * HOUR; origin += DAY) {
      if (origin - learned >= REFIT_DAYS * DAY) {
        forecaster.learn(origin);
        learned = origin;
      }
      forecaster.observe(origin);
      const forecast = forecaster.issue(instant(origin));
      if (forecast !== undefined) issues.set((origin - start) / HOUR, forecast.intensityG);
    }
  }
  return { issues, every };
}

function theirs(region: string, { record }: Region, tier: string): Forecasts | undefined {
  const runs = published(folder ?? '', region, `${tier}_${signal}`);
  const issues = new Map([...runs].map(([run, values]) => [(run - record.history.start) / HOUR, values]));
  return issues.size === 0 ? undefined : { issues, every: 24 };
}

/** The newest forecast at `now` of the hours up to `to`; hours beyond its reach are those of a day before. */
function newest({ issues, every: apart }: Forecasts, now: number, to: number): Float64Array | undefined {
  let origin = now;
  while (!issues.has(origin) && now - origin < 2 * apart) origin -= 1;
  const issued = issues.get(origin);
  if (issued === undefined) return undefined;
  const ahead = Float64Array.from({ length: to - now }, (_, i) => issued[now - origin + i] ?? Number.NaN);
  for (let i = 0; i < ahead.length; i++) {
    if (Number.isNaN(ahead[i])) ahead[i] = ahead[i - 24] ?? issued[HORIZON - 24 + (i % 24)] ?? Number.NaN;
  }
  return ahead;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
const used = new Float64Array(HORIZON + 24);

/** What the best hours of the window emit, known in advance; one kW. */
const foreseen = (truth: Float64Array, from: number, to: number, work: number): number =>
  cheapest({ price: truth, from, to }, work, used);

/** What the hours emit that are taken one by one: each hour planned again with the newest forecast. */
function rolling(
  truth: Float64Array,
  forecasts: Forecasts,
  from: number,
  to: number,
  work: number,
): number | undefined {
  let left = work;
  let emitted = 0;
  for (let now = from; left > 0; now++) {
    const price = newest(forecasts, now, to);
    if (price === undefined) return undefined;
    cheapest({ price, from: 0, to: to - now }, left, used);
    if ((used[0] ?? 0) === 0) continue;
    emitted += truth[now] ?? Number.NaN;
    left -= 1;
  }
  return emitted;
}

/** Percent saved against run-now by each method, and how often a start was left out for want of a forecast. */
interface Saved {
  readonly perfect: number;
  readonly by: ReadonlyMap<string, number>;
  readonly starts: number;
  readonly leftOut: number;
}

function savings(
  truth: Float64Array,
  methods: ReadonlyMap<string, Forecasts>,
  [work, slack]: (typeof SHAPES)[number],
  first: number,
  end: number,
): Saved {
  const sums = new Map<string, number>([...methods.keys()].map((name) => [name, 0]));
  let atOnce = 0;
  let perfect = 0;
  let starts = 0;
  let leftOut = 0;
  for (let from = first; from + work + slack <= end; from += STARTS_EVERY) {
    const to = from + work + slack;
    const each = [...methods].map(([name, forecasts]) => [name, rolling(truth, forecasts, from, to, work)] as const);
    const window = truth.subarray(from, to);
    if (window.some(Number.isNaN) || each.some(([, grams]) => grams === undefined)) {
      leftOut += 1;
      continue;
    }
    starts += 1;
    atOnce += sumOf(truth.subarray(from, from + work));
    perfect += foreseen(truth, from, to, work);
    for (const [name, grams] of each) sums.set(name, (sums.get(name) ?? 0) + (grams ?? 0));
  }
  const percent = (grams: number): number => 100 * (1 - grams / atOnce);
  const by = new Map([...sums].map(([name, grams]) => [name, percent(grams)]));
  return { perfect: percent(perfect), by, starts, leftOut };
}

interface Row {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
  readonly pass?: boolean;
}
const rows: Row[] = [];
const round = (value: number): number => Number(value.toPrecision(5));
const say = (where: string, metric: string, value: number, unit: string, atLeast?: number): void => {
  const goal = atLeast === undefined ? {} : { target: round(atLeast), pass: value >= atLeast };
  rows.push({ case: where, metric, value: round(value), unit, ...goal });
};
const meanOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** California, published: 89 to 93 % with CarbonCast's forecasts; the nine: what is asked of ours. */
const LEAST_IN_CALIFORNIA = 94;
const LEAST_IN_THE_MEAN = 90;

const OURS = 'gridtide';
const shares: number[] = [];
for (const name of regions) {
  console.error(`realistic: ${name} ${signal}`);
  const region = readRegion(folder, name, signal, latency);
  for (const note of region.missing) console.error(`realistic: ${note}`);
  const { start, intensityG } = region.record.history;
  const end = intensityG.length;
  const first = Math.floor((start + end * HOUR) / DAY - DAYS - 3) * (DAY / HOUR) - start / HOUR;
  const before = process.cpuUsage();
  const methods = new Map<string, Forecasts>([[OURS, ours(region, first, end)]]);
  const { user, system } = process.cpuUsage(before);
  for (const tier of ['cc_tier1', 'cc_tier2_rerun']) {
    const found = theirs(name, region, tier);
    if (found !== undefined) methods.set(tier.replace('_rerun', '').replace('_', '-'), found);
  }
  const byMethod = new Map<string, number[]>();
  for (const shape of SHAPES) {
    const saved = savings(intensityG, methods, shape, first, end);
    const where = `${name} ${signal}, ${shape[0]} h with ${shape[1]} h of slack`;
    say(where, 'starts', saved.starts, '');
    if (saved.leftOut > 0) say(where, 'starts without a forecast, left out', saved.leftOut, '');
    say(where, 'saved with perfect foresight', saved.perfect, '% of run-now');
    for (const [method, percent] of saved.by) {
      say(where, `saved with ${method}`, percent, '% of run-now');
      byMethod.set(method, [...(byMethod.get(method) ?? []), (100 * percent) / saved.perfect]);
    }
  }
  const published = [...byMethod].filter(([method]) => method !== OURS).map(([, each]) => meanOf(each));
  for (const [method, each] of byMethod) {
    const share = meanOf(each);
    const least = Math.max(...published, name === 'CISO' ? LEAST_IN_CALIFORNIA : 0);
    say(`${name} ${signal}`, `share of perfect foresight, ${method}`, share, '%', method === OURS ? least : undefined);
    if (method === OURS) shares.push(share);
  }
  say(`${name} ${signal}`, 'CPU of the forecasts', (user + system) / 1e6, 's');
}
const areTheNine = regions.join() === 'BPAT,CISO,DE,ERCO,ES,FPL,NL,PJM,SE';
say(
  `mean of ${regions.length} regions, ${signal}`,
  `share of perfect foresight, ${OURS}`,
  meanOf(shares),
  '%',
  areTheNine ? LEAST_IN_THE_MEAN : undefined,
);
console.log(JSON.stringify(rows));
