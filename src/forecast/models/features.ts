/**
 * The columns of the regression, in blocks that experts pick from. Each column has a value for each of the 96 hours
 * ahead. Their origin and what each block is worth is in `docs/methods/forecasting.md`.
 *
 * @module
 */
import { HOUR } from '../../units.ts';
import type { DayKind } from './days.ts';
import { ahead, at, dayBack, everyDay, HORIZON, meanDay, meanOf, meanOfDays, minus, same, times } from './numbers.ts';
import { type Expected, type Mix, meanOfLast, type Past, type Scene, type Variable, type Weather } from './scene.ts';

export type Block =
  | 'calendar'
  | 'holidays'
  | 'history'
  | 'weather'
  | 'curves'
  | 'neighbours'
  | 'mix'
  | 'amounts'
  | 'operator';

export interface Column {
  readonly block: Block;
  readonly values: Float64Array;
}

const flag = (is: boolean): number => (is ? 1 : 0);
const isWeekend = ({ weekday }: DayKind): boolean => weekday >= 5;

function calendar(origin: number, kindAt: (hour: number) => DayKind): Float64Array[] {
  const today = kindAt(origin);
  const kinds = Array.from({ length: HORIZON }, (_, hour) => kindAt(origin + hour * HOUR));
  const ofKinds = (value: (kind: DayKind) => number): Float64Array => ahead((hour) => value(kinds[hour] ?? today));
  const yesterday = (is: (kind: DayKind) => boolean): Float64Array =>
    ahead((hour) => flag(is(kindAt(origin + ((hour % 24) - 24) * HOUR))));
  const weekend = ofKinds((kind) => flag(isWeekend(kind)));
  const year = (wave: (angle: number) => number): Float64Array =>
    ofKinds(({ dayOfYear }) => wave((2 * Math.PI * dayOfYear) / 365.25));
  return [
    weekend,
    ...[0, 5, 6].map((day) => ofKinds(({ weekday }) => flag(weekday === day))),
    year(Math.sin),
    year(Math.cos),
    year((angle) => Math.sin(2 * angle)),
    year((angle) => Math.cos(2 * angle)),
    minus(weekend, yesterday(isWeekend)),
  ];
}

function holidays(origin: number, kindAt: (hour: number) => DayKind): Float64Array[] {
  const free = ahead((hour) => {
    const kind = kindAt(origin + hour * HOUR);
    return flag(kind.isHoliday && !isWeekend(kind));
  });
  const freeYesterday = ahead((hour) => flag(kindAt(origin + ((hour % 24) - 24) * HOUR).isHoliday));
  return [free, minus(free, freeYesterday), ahead((hour) => flag(kindAt(origin + hour * HOUR).isTurnOfYear))];
}

function history({ log, yesterday, week, month, weekAgo, base }: Past): Float64Array[] {
  const days = [everyDay(yesterday), everyDay(dayBack(log, 2)), everyDay(dayBack(log, 3)), everyDay(week)];
  return [
    ...[...days, everyDay(month), weekAgo].map((values) => minus(values, base)),
    base,
    ...Array.from(yesterday, same),
    ...[1, 2, 3, 7].map((back) => same(meanOf(dayBack(log, back)))),
    same(meanOf(week)),
    same(meanOf(month)),
    same(meanOfLast(yesterday, 3) - meanOfLast(week, 3)),
  ];
}

const PLAIN: readonly Variable[] = [
  'wind',
  'temperature',
  'dewPoint',
  'radiation',
  'rain',
  'squared',
  'cubed',
  'over18',
  'under15',
];
/** Variables whose timing a weather model misses by hours. */
const BLURRED: readonly Variable[] = ['wind', 'radiation', 'cubed'];

function weather({ ahead: to, usual }: Weather): Float64Array[] {
  return PLAIN.flatMap((name) => {
    const values = to(name);
    const reference = usual(name);
    return [
      values,
      minus(values, reference),
      minus(meanOfDays(values), meanOfDays(reference)),
      ...(BLURRED.includes(name) ? [minus(blurred(values), reference)] : []),
    ];
  });
}

/** The mean over three hours to either side; at the ends the first or last value stands in. */
const blurred = (values: Float64Array): Float64Array =>
  ahead((hour) => {
    let sum = 0;
    for (let near = hour - 3; near <= hour + 3; near++) sum += at(values, Math.min(Math.max(near, 0), HORIZON - 1));
    return sum / 7;
  });

/** The mean of the 24 hours that end with each hour ahead. */
function trailingDay(yesterday: Float64Array, to: Float64Array): Float64Array {
  let sum = 24 * meanOf(yesterday, 0, 24);
  return ahead((hour) => {
    sum += at(to, hour) - (hour < 24 ? at(yesterday, hour) : at(to, hour - 24));
    return sum / 24;
  });
}

/** What is not linear in the weather, and what depends on how much wind and sun a grid has. */
function curves({ past, weather: found, mix }: Scene, typical: FeatureContext['typical']): Float64Array[] {
  if (found === undefined) return [];
  const { ahead: to, usual, yesterday } = found;
  const change = (name: Variable): Float64Array => minus(to(name), usual(name));
  const level = past.base.map((value) => value - typical.log);
  const wind = change('sigmoid');
  const sun = change('panels');
  const shareOf = (source: 'wind' | 'solar'): Float64Array[] => {
    const usualShare = typical.shares[source];
    if (usualShare === undefined) return [];
    const share = mix?.shares[mix.sources.indexOf(source)];
    return [same(share === undefined ? usualShare : meanOf(share))];
  };
  return [
    wind,
    to('sigmoid'),
    change('strong'),
    change('calm'),
    sun,
    to('panels'),
    change('rootRadiation'),
    change('over24'),
    change('under5'),
    ...(['temperature', 'wind', 'radiation'] as const).map((name) =>
      minus(trailingDay(yesterday(name), to(name)), usual(name)),
    ),
    times(level, wind),
    times(level, sun),
    times(level, level),
    times(meanOfDays(level), minus(meanOfDays(to('sigmoid')), meanOfDays(usual('sigmoid')))),
    ...shareOf('wind').map((share) => times(share, wind)),
    ...shareOf('solar').map((share) => times(share, sun)),
  ];
}

function neighbours(scene: Scene): Float64Array[] {
  return scene.neighbours.flatMap(({ past: { yesterday, week }, weather: { ahead: to, yesterday: before } }) => [
    ...(['sigmoid', 'panels', 'over24'] as const).map((name) => minus(to(name), before(name))),
    minus(meanOfDays(to('sigmoid')), meanOfDays(before('sigmoid'))),
    everyDay(yesterday.map((value, hour) => value - at(week, hour))),
    same(meanOf(yesterday) - meanOf(week)),
    same(meanOfLast(yesterday, 3) - meanOfLast(week, 3)),
  ]);
}

function mix({ shares, logTotal }: Mix): Float64Array[] {
  const yesterday = dayBack(logTotal, 1);
  const week = meanDay(logTotal, 7);
  return [
    ...shares.flatMap((share) => [
      everyDay(dayBack(share, 1)),
      same(meanOf(dayBack(share, 1))),
      same(meanOfLast(share, 3)),
      same(meanOf(share)),
    ]),
    everyDay(yesterday.map((value, hour) => value - at(week, hour))),
    same(meanOf(yesterday)),
    same(meanOf(dayBack(logTotal, 7))),
  ];
}

/** Emissions and generation ahead of an origin as far as they are a repetition, in `scale` MWh. */
export interface Amounts {
  readonly emissions: Float64Array;
  readonly total: Float64Array;
}

interface AmountColumns extends Amounts {
  readonly columns: Float64Array[];
}

/** The part of emissions and generation that repeats, and its columns. Emissions are intensity times generation. */
export function amounts({ past, mix: found }: Scene, scale: number): AmountColumns | undefined {
  if (found === undefined) return undefined;
  const total = found.total.map((value) => value / scale);
  const log = past.log.subarray(past.log.length - total.length);
  const emissions = total.map((value, i) => value * Math.exp(at(log, i)));
  const parts = [emissions, total].map((values) => {
    const yesterday = everyDay(dayBack(values, 1));
    const week = everyDay(meanDay(values, 7));
    const weekAgo = values.subarray(0, HORIZON);
    const base = ahead((hour) => 0.5 * at(yesterday, hour) + 0.35 * at(week, hour) + 0.15 * at(weekAgo, hour));
    return { base, columns: [base, minus(yesterday, base), minus(week, base)], weekAgo: minus(weekAgo, base) };
  });
  const [ofEmissions, ofTotal] = parts;
  if (ofEmissions === undefined || ofTotal === undefined) return undefined;
  return {
    emissions: ofEmissions.base,
    total: ofTotal.base,
    columns: [...ofEmissions.columns, ...ofTotal.columns, ofTotal.weekAgo],
  };
}

/** The least part of generation that is counted as neither wind nor sun, where their forecast says less. */
const LEAST_REST = 0.05;

/**
 * What the operator expects of wind and sun: each as it is and against the usual, what depends on the level, and both
 * together, since the last megawatt of either displaces more than the first: squared, and, where generation is known, as
 * the logarithm of what they leave of it to others.
 */
function operator({ operator: expected, past, mix: found }: Scene, context: FeatureContext): Float64Array[] {
  if (expected.length === 0) return [];
  const { typical, scaleMW } = context;
  const level = past.base.map((value) => value - typical.log);
  const sum = (of: (one: Expected) => Float64Array): Float64Array =>
    ahead((hour) => expected.reduce((all, one) => all + at(of(one), hour) / scaleMW, 0));
  const [both, usual] = [sum((one) => one.ahead), sum((one) => one.usual)];
  const generated = found === undefined ? undefined : everyDay(meanDay(found.total, 7));
  const rest = (powers: Float64Array): Float64Array =>
    ahead((hour) => Math.log(Math.max(1 - (scaleMW * at(powers, hour)) / at(generated ?? powers, hour), LEAST_REST)));
  return [
    ...expected.flatMap((one) => {
      const [to, from] = [one.ahead, one.usual].map((powers) => powers.map((power) => power / scaleMW));
      if (to === undefined || from === undefined) return [];
      const change = minus(to, from);
      return [to, change, minus(meanOfDays(to), meanOfDays(from)), times(level, change)];
    }),
    minus(times(both, both), times(usual, usual)),
    times(usual, minus(both, usual)),
    ...(generated === undefined ? [] : [rest(both), minus(rest(both), rest(usual))]),
  ];
}

export interface FeatureContext {
  /** Those that are wanted. */
  readonly blocks: ReadonlySet<Block>;
  readonly kindAt: (hour: number) => DayKind;
  readonly typical: {
    /** The mean ln g/kWh that levels are measured from. */
    readonly log: number;
    /** Shares of wind and sun where the mix of the last week is not known; absent where the zone publishes none. */
    readonly shares: { readonly wind: number | undefined; readonly solar: number | undefined };
  };
  /** MWh that amounts are counted in. */
  readonly scaleMWh: number;
  /** MW that the operator's forecasts are counted in. */
  readonly scaleMW: number;
}

/** The wanted columns of a scene, block by block. The same blocks, in the same order, for scenes with the same parts. */
export function columnsOf(scene: Scene, context: FeatureContext): Column[] {
  const { kindAt, typical, scaleMWh } = context;
  const { origin, past, weather: found, mix: shares } = scene;
  const blocks: readonly (readonly [Block, () => Float64Array[]])[] = [
    ['calendar', () => calendar(origin, kindAt)],
    ['holidays', () => holidays(origin, kindAt)],
    ['history', () => history(past)],
    ['weather', () => (found === undefined ? [] : weather(found))],
    ['curves', () => curves(scene, typical)],
    ['neighbours', () => neighbours(scene)],
    ['mix', () => (shares === undefined ? [] : mix(shares))],
    ['amounts', () => amounts(scene, scaleMWh)?.columns ?? []],
    ['operator', () => operator(scene, context)],
  ];
  return blocks.flatMap(([block, columns]) =>
    context.blocks.has(block) ? columns().map((values) => ({ block, values })) : [],
  );
}
