/**
 * From an answer of the grid to what a planner can use: no gap, a band on every slot, and words for whatever was made up
 * on the way. Pure. Filled values are for planning alone and never reach the account.
 *
 * @module
 */
import type { Outlook } from '../plan/index.ts';
import { between, DAY, formatInstant, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../units.ts';
import { spread } from './average.ts';
import type { Quality, Series, TimeAxis } from './series.ts';
import { axisOver, gapsIn, slotStart, spell } from './slots.ts';
import type { GridAnswer } from './source.ts';

/** An outlook whose notes say what is amiss with it. */
export interface PlanningOutlook extends Outlook {
  readonly notes: readonly string[];
}

export interface OutlookSpan {
  readonly now: Instant;
  readonly until: Instant;
}

/** Gaps of up to this many slots are bridged by a straight line. */
const LONGEST_LINE = 2;
const DAYS_LOOKED_BACK = 7;
/** The step of an outlook that has no series behind it. */
const FLAT_STEP: Millis = millis(15 * MINUTE);

/**
 * Half-width of the band of a live forecast that gives none, as a share: 8 % and 1 % more per hour ahead, at most 35 %,
 * read as p10 to p90. This is a prior, to be replaced by measured skill.
 */
const priorBand = (hoursAhead: number): number => Math.min(0.35, 0.08 + 0.01 * Math.max(0, hoursAhead));
/** Added where a value was filled or repeated rather than given. */
const MADE_UP_BAND = 0.1;

type How = 'given' | 'line' | 'days' | 'persistence' | 'mean';

/** The value at each slot of `axis` and how it was come by. O(slots · days looked back). */
function fill(series: Series, axis: TimeAxis, end: number): { values: Float64Array; how: How[] } {
  const shift = Math.round((axis.start - series.axis.start) / axis.step);
  const values = new Float64Array(axis.length);
  const how = new Array<How>(axis.length).fill('given');
  const known = (index: number): number => series.intensityG[index] ?? Number.NaN;
  const daySlots = DAY / axis.step;
  const given = series.intensityG.filter((value) => !Number.isNaN(value));
  const mean = given.reduce((a, b) => a + b, 0) / given.length;

  const line = (index: number): number => {
    let before = index - 1;
    while (Number.isNaN(known(before)) && index - before <= LONGEST_LINE) before -= 1;
    let next = index + 1;
    while (Number.isNaN(known(next)) && next - index <= LONGEST_LINE) next += 1;
    if (next - before - 1 > LONGEST_LINE) return Number.NaN;
    return known(before) + ((known(next) - known(before)) * (index - before)) / (next - before);
  };
  const sameHour = (index: number): number => {
    let sum = 0;
    let count = 0;
    for (let day = 1; day <= DAYS_LOOKED_BACK; day += 1) {
      const value = known(index - day * daySlots);
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    return count === 0 ? Number.NaN : sum / count;
  };

  for (let i = 0; i < axis.length; i += 1) {
    const index = i + shift;
    const beyond = index >= end;
    const attempts: readonly (readonly [How, () => number])[] = beyond
      ? // The last 24 h again; values filled in on this walk count, so that several days may follow.
        [
          ['persistence', () => (i >= daySlots ? (values[i - daySlots] ?? Number.NaN) : known(index - daySlots))],
          ['days', () => sameHour(index)],
          ['mean', () => mean],
        ]
      : [
          ['given', () => known(index)],
          ['line', () => line(index)],
          ['days', () => sameHour(index)],
          ['mean', () => mean],
        ];
    for (const [way, attempt] of attempts) {
      const value = attempt();
      if (Number.isNaN(value)) continue;
      values[i] = value;
      how[i] = way;
      break;
    }
  }
  return { values, how };
}

/** One past the last slot with a value. */
function endOf(series: Series): number {
  let end = series.intensityG.length;
  while (end > 0 && Number.isNaN(series.intensityG[end - 1])) end -= 1;
  return end;
}

/** The worst quality among slots from `from` on that matter, for the one word that an outlook has. */
function overallQuality(series: Series, now: Instant): Quality {
  const ahead = series.quality.filter(
    (quality, i) => quality !== 'missing' && slotStart(series.axis, i) + series.axis.step > now,
  );
  const first = ahead.find((quality) => quality !== 'measured' && quality !== 'estimated');
  return first ?? ahead[0] ?? series.quality.find((quality) => quality !== 'missing') ?? 'missing';
}

const count = (how: readonly How[], way: How, step: Millis): string =>
  spell(how.filter((one) => one === way).length * step);

/**
 * The outlook from the slot that holds `now` up to `until`. Gaps: a line over at most 2 slots, else the mean of the same
 * hour of up to 7 days before, else the mean of all. Beyond the end of the data the last 24 h repeat (persistence), unless
 * they are a recorded grid: then the outlook ends there too.
 *
 * A replayed file and a synthetic past are exact; a live forecast without a band gets {@link priorBand}; whatever was
 * made up gets 10 % more. O(slots).
 */
export function toOutlook(answer: GridAnswer, { now, until }: OutlookSpan): PlanningOutlook {
  const { series, average, zone } = answer;
  const levelG = spread(average.intensityG, average.gsd);
  const end = series === undefined ? 0 : endOf(series);
  if (series === undefined || end === 0 || answer.use === 'none') {
    const axis = axisOver({ start: now, end: until }, FLAT_STEP);
    const flat = (value: number): Float64Array => new Float64Array(axis.length).fill(value);
    return {
      zone,
      signal: { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' },
      source: `${average.source}, ${average.year}, ${average.of}`,
      quality: 'yearly-average',
      asOf: now,
      axis,
      intensityG: flat(levelG.expected),
      lowG: flat(levelG.low),
      highG: flat(levelG.high),
      use: 'none',
      levelG,
      notes: answer.warnings,
    };
  }

  const reach = slotStart(series.axis, end);
  // A recorded grid ends where its file ends: nobody waits for hours of which nothing is known.
  const isRecorded = series.quality.includes('replayed') && reach > now;
  const span = { start: now, end: isRecorded ? instant(Math.min(until, reach)) : until };
  const axis = axisOver(span, series.axis.step, series.axis.start);
  const shift = Math.round((axis.start - series.axis.start) / axis.step);
  const { values, how } = fill(series, axis, end);
  const lowG = new Float64Array(axis.length);
  const highG = new Float64Array(axis.length);
  for (let i = 0; i < axis.length; i += 1) {
    const value = values[i] ?? 0;
    const madeUp = how[i] !== 'given';
    const quality = series.quality[i + shift];
    const ahead = between(series.provenance.issuedAt, slotStart(axis, i)) / HOUR;
    const low = madeUp ? undefined : series.lowG?.[i + shift];
    const high = madeUp ? undefined : series.highG?.[i + shift];
    if (answer.use === 'shape') {
      const width = spread(value, average.gsd);
      lowG[i] = width.low;
      highG[i] = width.high;
    } else if (low !== undefined && high !== undefined && !Number.isNaN(low) && !Number.isNaN(high)) {
      lowG[i] = Math.min(low, value);
      highG[i] = Math.max(high, value);
    } else {
      const exact = !madeUp && (quality === 'replayed' || quality === 'measured' || quality === 'synthetic');
      const band = exact ? 0 : priorBand(ahead) + (madeUp ? MADE_UP_BAND : 0);
      lowG[i] = value * (1 - band);
      highG[i] = value * (1 + band);
    }
  }

  const overall = overallQuality(series, now);
  const given = values.map((value, i) => (how[i] === 'given' ? value : Number.NaN));
  const gaps = gapsIn(given, axis, () => 'filled in for planning');
  const notes = [
    ...answer.warnings,
    ...(how.includes('line')
      ? [`${count(how, 'line', axis.step)} of missing values bridged by a line, for planning only`]
      : []),
    ...(how.includes('days')
      ? [
          `${count(how, 'days', axis.step)} of missing values taken from the same hours of earlier days, for planning only`,
        ]
      : []),
    ...(how.includes('mean')
      ? [`${count(how, 'mean', axis.step)} of missing values set to the mean, for planning only`]
      : []),
    ...(how.includes('persistence')
      ? [`the data end at ${formatInstant(reach)}; after that the last 24 h are repeated, with a wider band`]
      : []),
  ];
  return {
    zone,
    signal: series.signal,
    source: series.provenance.source,
    publisher: [series.provenance.provider, series.provenance.factors ?? []].flat().join(' '),
    // What repeats the past is not measured, though the past was.
    quality: overall === 'measured' && gaps.length > 0 ? 'estimated' : overall,
    asOf: series.provenance.issuedAt,
    axis,
    intensityG: values,
    ...(gaps.length === 0 ? {} : { gaps }),
    lowG,
    highG,
    use: answer.use,
    ...(answer.use === 'level' ? {} : { levelG }),
    notes,
  };
}
