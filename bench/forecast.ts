/**
 * How good the forecasts are, on recorded years: the protocol of CarbonCast (181 origins at midnight UTC, 96 hours, no
 * look-ahead, a refit on the past alone every three days), beside CarbonCast's own forecasts where the folder has them.
 *
 * Run: `npm run bench -- forecast --data DIR [--json] [--regions DE,ES] [--signals direct,lifecycle] [--hours 6,12,18]
 * [--from 2021-07-01] [--in-use] [--every 6]`. `DIR` has a folder a region (`bench/carboncast.ts`). `--hours none` leaves
 * out the other origins. `--in-use` adds what users get (`bench/in-use.ts`), at every sixth of the origins; with
 * `--signals none --hours none` it is all that is measured.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import {
  chooseModel,
  type Forecast,
  Forecaster,
  type Interval,
  regretPercent,
  type Skill,
  skillOf,
} from '../src/forecast/index.ts';
import { DAY, HOUR, instant } from '../src/units.ts';
import { published, readRegion, regionsIn, type Signal } from './carboncast.ts';
import { intervalOfMean, PlainBands } from './forecast-statistics.ts';
import { forecastsInUse, recordInUse, type SkillInUse, skillInUse } from './in-use.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean' },
    regions: { type: 'string' },
    signals: { type: 'string', default: 'direct,lifecycle' },
    hours: { type: 'string', default: '6,12,18' },
    from: { type: 'string' },
    'in-use': { type: 'boolean' },
    every: { type: 'string', default: '6' },
  },
});
const every = Number(options.every);
if (!Number.isInteger(every) || every < 1) {
  console.error(`forecast: --every is a whole number of days from 1 on, not ${options.every}`);
  process.exit(64);
}
const folder = options.data;
if (folder === undefined) {
  console.error('forecast: --data names a folder with a folder a region, such as CarbonCast has them');
  process.exit(64);
}
const known = regionsIn(folder);
const regions = options.regions?.split(',') ?? known;
const absent = regions.filter((region) => !known.includes(region));
if (regions.length === 0 || absent.length > 0) {
  console.error(`forecast: ${folder} has no hourly.csv.gz for ${absent.join(', ') || 'any region'}`);
  process.exit(65);
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
const say = (where: string, metric: string, value: number, unit: string, target?: number): void => {
  const goal = target === undefined ? {} : { target: round(target), pass: value <= target };
  rows.push({ case: where, metric, value: round(value), unit, ...goal });
};
const meanOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const medianOf = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const ORIGINS = 181;
/** Issued before the first origin that counts, so that weights, memory and bands have seen something. */
interface Pace {
  readonly warmUpDays: number;
  readonly warmUpRefitDays: number;
  readonly refitDays: number;
}
const FULL: Pace = { warmUpDays: 181, warmUpRefitDays: 7, refitDays: 3 };
/** Hours of the day are compared with each other, and there are many. */
const BRIEF: Pace = { warmUpDays: 91, warmUpRefitDays: 28, refitDays: 28 };
const LEVELS = [0.8, 0.9] as const;
const ALL_DAYS = [0, 1, 2, 3] as const;
/** The blend with error memory, as users get it. */
const OURS = 'gridtide';

/** One method's errors: by origin and day ahead, percent. */
interface Scored {
  readonly apes: number[][];
  readonly regrets: { readonly at24: number[]; readonly at48: number[] };
}

interface Run {
  readonly methods: ReadonlyMap<string, Scored>;
  /** By level: rolling conformal and adaptive, each by day ahead. */
  readonly bands: ReadonlyMap<string, readonly Skill[][]>;
  readonly fitSeconds: number;
  readonly refitSeconds: number;
  /** Of a forecast in a process that has made hundreds, and of the first hundreds. */
  readonly forecastMs: number;
  readonly firstForecastsMs: number;
  readonly missing: readonly string[];
}

/** What `action` gives; its CPU seconds are added to `seconds`. */
function timed<T>(seconds: number[], action: () => T): T {
  const before = process.cpuUsage();
  const result = action();
  const { user, system } = process.cpuUsage(before);
  seconds.push((user + system) / 1e6);
  return result;
}

/** The last 181 origins whose 96 hours are in the data, or those from `--from` on. */
function firstOrigin(start: number, hours: number): number {
  if (options.from !== undefined) return Date.parse(`${options.from}T00:00Z`);
  const end = start + hours * HOUR;
  return Math.floor((end - 4 * DAY) / DAY) * DAY - (ORIGINS - 1) * DAY;
}

/** Issues and scores every origin of a region at `hour` UTC; runs of weather are known `latency` after their hour. */
function run(region: string, signal: Signal, hour: number, latency: number, pace: Pace): Run {
  const { record, missing } = readRegion(folder ?? '', region, signal, latency);
  const { start, intensityG } = record.history;
  const first = firstOrigin(start, intensityG.length) + hour * HOUR;
  const warmUp = Math.max(first - pace.warmUpDays * DAY, start + 120 * DAY);
  const forecaster = new Forecaster(record, hour);
  const plain = new PlainBands();
  const tiers = ['cc_tier1', 'cc_tier2_rerun'].map(
    (tier) =>
      [tier.replace('_rerun', '').replace('_', '-'), published(folder ?? '', region, `${tier}_${signal}`)] as const,
  );
  const methods = new Map<string, Scored>();
  const bands = new Map<string, Skill[][]>();
  const fits: number[] = [];
  const forecasts: number[] = [];
  const truthAt = (origin: number): Float64Array => {
    const place = (origin - start) / HOUR;
    return intensityG.slice(place, place + 96);
  };
  for (let day = 0, origin = hour * HOUR + Math.ceil((warmUp - hour * HOUR) / DAY) * DAY; ; day++, origin += DAY) {
    const truth = truthAt(origin);
    if (origin >= first + ORIGINS * DAY || truth.length < 96) break;
    if (day % (origin < first ? pace.warmUpRefitDays : pace.refitDays) === 0)
      timed(fits, () => forecaster.learn(origin));
    forecaster.observe(origin);
    const at = instant(origin);
    const forecast = timed(forecasts, () => forecaster.issue(at));
    if (forecast === undefined) continue;
    const found = {
      adaptive: intervalsOf((rank) => forecaster.quantile(at, rank)),
      plain: plain.intervals(origin, forecast.intensityG, LEVELS),
    };
    plain.add(origin, forecast.intensityG, truth);
    if (origin < first) continue;
    const all = new Map(forecast.models);
    all.set('choice', choiceOf(forecaster, forecast));
    for (const [name, byRun] of tiers) {
      const theirs = hour === 0 ? byRun.get(origin) : undefined;
      if (theirs !== undefined) all.set(name, theirs);
    }
    for (const [name, values] of all) {
      const scored = methods.get(name) ?? { apes: [], regrets: { at24: [], at48: [] } };
      scored.apes.push(ALL_DAYS.map((ahead) => skillOf(values, truth, [], 24 * ahead, 24 * ahead + 24).mapePercent));
      scored.regrets.at24.push(regretPercent(values, truth, 24, 4));
      scored.regrets.at48.push(regretPercent(values, truth, 48, 4));
      methods.set(name, scored);
    }
    for (const [name, intervals] of Object.entries(found)) {
      const skills = bands.get(name) ?? [];
      skills.push(ALL_DAYS.map((ahead) => skillOf(forecast.intensityG, truth, intervals, 24 * ahead, 24 * ahead + 24)));
      bands.set(name, skills);
    }
  }
  // Once more, as often as the compiler needs.
  const steady: number[] = [];
  const last = instant(first + (ORIGINS - 1) * DAY);
  for (let i = 0; i < 400; i++) timed(i < 300 ? [] : steady, () => forecaster.issue(last));
  return {
    methods,
    bands,
    fitSeconds: Math.max(...fits),
    refitSeconds: meanOf(fits.slice(1)),
    forecastMs: 1_000 * medianOf(steady),
    firstForecastsMs: 1_000 * medianOf(forecasts),
    missing,
  };
}

/** Each day ahead from the model that skill so far speaks for. */
function choiceOf(forecaster: Forecaster, { models, intensityG }: Forecast): Float64Array {
  const days = ALL_DAYS.map((day) => models.get(chooseModel(OURS, forecaster.outcomes, day)) ?? intensityG);
  return intensityG.map((value, hour) => days[Math.floor(hour / 24)]?.[hour] ?? value);
}

const intervalsOf = (quantile: (rank: number) => Float64Array): Interval[] =>
  LEVELS.map((level) => ({ level, lowG: quantile((1 - level) / 2), highG: quantile((1 + level) / 2) }));

const dayMean = ({ apes }: Scored, day: number): number => meanOf(apes.map((days) => days[day] ?? Number.NaN));
const allMean = ({ apes }: Scored): number => meanOf(apes.map(meanOf));

/** Sums over regions, by method and metric. */
const sums = new Map<string, number[]>();
const sum = (metric: string, value: number): void => {
  sums.set(metric, [...(sums.get(metric) ?? []), value]);
};

/** Where ours errs more than CarbonCast's better tier: by how much, and how sure that is. */
function compare(where: string, methods: Run['methods']): void {
  const ours = methods.get(OURS);
  const tiers = ['cc-tier1', 'cc-tier2'].flatMap((name) => methods.get(name) ?? []);
  if (ours === undefined || tiers.length === 0) return;
  const metrics = [
    ['MAPE 96 h', (scored: Scored) => scored.apes.map(meanOf)],
    ['MAPE day 1', (scored: Scored) => scored.apes.map((days) => days[0] ?? Number.NaN)],
  ] as const;
  for (const [metric, errors] of metrics) {
    const [best] = tiers.map(errors).sort((a, b) => meanOf(a) - meanOf(b));
    if (best === undefined) continue;
    const mine = errors(ours);
    say(where, `${metric}, at most the better tier`, meanOf(mine), '%', meanOf(best));
    if (meanOf(mine) <= meanOf(best)) continue;
    const { low, high } = intervalOfMean(mine.map((error, i) => error - (best[i] ?? Number.NaN)));
    say(where, `${metric}, above the better tier, 95 % from`, low, 'points');
    say(where, `${metric}, above the better tier, 95 % to`, high, 'points');
  }
}

function tell(region: string, signal: Signal, { methods, bands, ...cost }: Run): void {
  const where = `${region} ${signal}`;
  for (const [name, scored] of methods) {
    const by = `${where} ${name}`;
    say(by, 'MAPE 96 h', allMean(scored), '%');
    for (const day of ALL_DAYS) say(by, `MAPE day ${day + 1}`, dayMean(scored, day), '%');
    say(by, '4-h regret in 24 h', meanOf(scored.regrets.at24), '%');
    say(by, '4-h regret in 48 h', meanOf(scored.regrets.at48), '%');
    sum(`${signal} ${name}|MAPE 96 h`, allMean(scored));
    sum(`${signal} ${name}|MAPE day 1`, dayMean(scored, 0));
    sum(`${signal} ${name}|4-h regret in 24 h`, meanOf(scored.regrets.at24));
    sum(`${signal} ${name}|4-h regret in 48 h`, meanOf(scored.regrets.at48));
  }
  compare(where, methods);
  for (const [name, skills] of bands) {
    LEVELS.forEach((level, i) => {
      for (const day of ALL_DAYS) {
        const found = skills.flatMap((days) => days[day]?.intervals[i] ?? []);
        const by = `${where} ${name} band`;
        const ahead = `${100 * level} %, day ${day + 1}`;
        const coverage = 100 * meanOf(found.map((one) => one.coverage));
        say(by, `coverage at ${ahead}`, coverage, '%');
        say(by, `width at ${ahead}`, meanOf(found.map((one) => one.width)), 'of the mean');
        say(by, `Winkler at ${ahead}`, meanOf(found.map((one) => one.winkler)), 'of the mean');
        sum(`${signal} ${name} band|Winkler at ${ahead}`, meanOf(found.map((one) => one.winkler)));
        const limit = day === 0 ? 2 : day === 3 ? 4.5 : undefined;
        if (name === 'adaptive') say(by, `coverage off at ${ahead}`, Math.abs(coverage - 100 * level), 'points', limit);
      }
    });
  }
  say(where, 'CPU of the first fit', cost.fitSeconds, 's', 2.5);
  say(where, 'CPU of a refit', cost.refitSeconds, 's');
  say(where, 'CPU of a forecast, median', cost.forecastMs, 'ms', 2);
  say(where, 'CPU of a forecast, median of the first hundreds', cost.firstForecastsMs, 'ms');
}

const TARGETS: Readonly<Record<string, number>> = {
  'MAPE 96 h': 8.2,
  'MAPE day 1': 6.15,
  '4-h regret in 24 h': 1.95,
  '4-h regret in 48 h': 3.7,
};

const told = new Set<string>();
for (const signal of ['direct', 'lifecycle'] as const) {
  if (!options.signals.split(',').includes(signal)) continue;
  for (const region of regions) {
    console.error(`forecast: ${region} ${signal}`);
    const result = run(region, signal, 0, 0, FULL);
    for (const note of result.missing) if (!told.has(note)) console.error(`forecast: ${note}`);
    for (const note of result.missing) told.add(note);
    tell(region, signal, result);
  }
}

// The newest run that is out, five hours after the hour it is named after; the folder has midnight runs alone, so it is
// 6, 12 and 18 hours old. Midnight with a run of the same hour is what they are held against.
const hours = options.hours === 'none' ? [] : [0, ...options.hours.split(',').map(Number)];
for (const hour of hours) {
  for (const region of regions) {
    console.error(`forecast: ${region} direct at ${hour} UTC`);
    const ours = run(region, 'direct', hour, hour === 0 ? 0 : 5 * HOUR, BRIEF).methods.get(OURS);
    if (ours === undefined) continue;
    const of = `direct ${OURS} at ${hour} UTC`;
    const metrics = [
      ['MAPE 96 h', allMean(ours)] as const,
      ...ALL_DAYS.map((day) => [`MAPE day ${day + 1}`, dayMean(ours, day)] as const),
    ];
    for (const [metric, value] of metrics) {
      say(`${region} ${of}`, metric, value, '%');
      sum(`${of}|${metric}`, value);
    }
  }
}

/** Forecasts of `region` made every so many days at midnight by a home whose publisher is `lagHours` late. */
function scoresInUse(region: string, lagHours: number, withWeather: boolean): SkillInUse[] {
  const { record } = readRegion(folder ?? '', region, 'direct', lagHours === 0 ? 0 : 5 * HOUR);
  const { start, intensityG } = record.history;
  const first = firstOrigin(start, intensityG.length);
  const days = Array.from({ length: Math.ceil(ORIGINS / every) }, (_, i) => i * every);
  const moments = days
    .map((day) => instant(first + day * DAY))
    .filter((at) => at + 4 * DAY <= start + intensityG.length * HOUR);
  const kept = recordInUse(withWeather ? record : { ...record, weather: [] }, moments, lagHours);
  const origins = moments.map((moment) => instant(moment - lagHours * HOUR));
  return Array.from(forecastsInUse(kept, origins), (forecast) => {
    const place = (forecast.origin - start) / HOUR;
    return skillInUse(forecast, intensityG.slice(place, place + 96), lagHours);
  });
}

const IN_USE = [
  ['MAPE first 6 h', ({ firstHours }: SkillInUse) => firstHours],
  ['MAPE day 1', ({ dayOne }: SkillInUse) => dayOne],
  ['MAPE as far as it reaches', ({ all }: SkillInUse) => all],
  ['coverage of p10 to p90, day 1', ({ within }: SkillInUse) => within],
] as const;

for (const region of options['in-use'] ? regions : []) {
  for (const lagHours of [0, 1, 2]) {
    for (const withWeather of [true, false]) {
      const of = `direct in use ${withWeather ? 'with' : 'without'} weather, ${lagHours} h late`;
      console.error(`forecast: ${region} ${of}`);
      const seconds: number[] = [];
      const scores = timed(seconds, () => scoresInUse(region, lagHours, withWeather));
      say(`${region} ${of}`, 'forecasts', scores.length, '');
      for (const [metric, figureOf] of IN_USE) {
        const value = meanOf(scores.map(figureOf));
        say(`${region} ${of}`, metric, value, '%');
        sum(`${of}|${metric}`, value);
      }
      say(`${region} ${of}`, 'CPU', meanOf(seconds), 's');
    }
  }
}

/** The targets are means over nine regions; of others they say nothing. */
const isTheNine = regions.join() === 'BPAT,CISO,DE,ERCO,ES,FPL,NL,PJM,SE' && options.from === undefined;
for (const [key, values] of sums) {
  const [of = '', metric = ''] = key.split('|');
  const plain = sums.get(key.replace('adaptive band', 'plain band'));
  const target =
    of === `direct ${OURS}` && isTheNine
      ? TARGETS[metric]
      : of.endsWith('adaptive band') && plain
        ? meanOf(plain)
        : undefined;
  say(
    `mean of ${values.length} regions, ${of}`,
    metric,
    meanOf(values),
    metric.startsWith('Winkler') ? 'of the mean' : '%',
    target,
  );
}
console.log(JSON.stringify(rows));
