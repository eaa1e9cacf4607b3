/**
 * From published powers of wind and sun to forecasts of days, as they were known the evening before.
 *
 * @module
 */
import { formatLocal, instantsOf, localDates, localDay } from '../../calendar.ts';
import { DAY, formatInstant, HOUR, type Instant, instant, type Millis } from '../../units.ts';
import type { OperatorReading, OperatorRun } from '../operators.ts';
import type { Range } from '../provider.ts';
import { brokenReply, fetched } from './reply.ts';

/** Mean power of one type (`Wind offshore`) over a slot. */
export interface DayAheadSlot {
  readonly source: 'wind' | 'solar';
  /** The publisher's name for it. */
  readonly type: string;
  readonly start: Instant;
  readonly step: Millis;
  /** `NaN` where it is not published. */
  readonly powerMW: number;
}

/**
 * By when operators publish what they forecast of the wind and sun of the next day, Brussels time: Regulation (EU)
 * 543/2013, article 14.
 */
export const EU_OUT_BY = '18:00';

export interface DayAheadParts {
  readonly provider: string;
  readonly slots: readonly DayAheadSlot[];
  /** Whose days are forecast. */
  readonly timeZone: string;
  /** By when a forecast is out, `HH:MM` on the day before. */
  readonly outBy: string;
  /** Days that have a part in it are told. */
  readonly range: Range;
  /** When it was read. */
  readonly now: Instant;
  readonly source: string;
  readonly bodies: readonly string[];
}

/** Forecasts round about zero may be a little below it; no wind or sun of one zone makes as much as the other. */
const [LOWEST_MW, HIGHEST_MW] = [-100, 500_000] as const;

/** More digits than that are no knowledge, and cost room. */
const tenths = (powerMW: number): number => Math.round(10 * powerMW) / 10;

/** Megawatts by hour of one type; an hour is known when all of it is. */
function hoursOf(provider: string, slots: readonly DayAheadSlot[]): ReadonlyMap<number, number> {
  const sums = new Map<number, { energy: number; covered: number }>();
  const seen = new Set<Instant>();
  for (const { type, start, step, powerMW } of slots) {
    if (seen.has(start)) throw brokenReply(provider, `${type} comes twice`, formatInstant(start));
    seen.add(start);
    if (Number.isNaN(powerMW)) continue;
    if (powerMW < LOWEST_MW || powerMW > HIGHEST_MW)
      throw brokenReply(provider, `${type} is said to be`, `${powerMW} MW`, `${LOWEST_MW} to ${HIGHEST_MW} MW`);
    const hour = Math.floor(start / HOUR) * HOUR;
    const { energy, covered } = sums.get(hour) ?? { energy: 0, covered: 0 };
    sums.set(hour, { energy: energy + Math.max(0, powerMW) * step, covered: covered + step });
  }
  return new Map(
    [...sums].flatMap(([hour, { energy, covered }]) =>
      covered === HOUR ? [[hour, tenths(energy / HOUR)] as const] : [],
    ),
  );
}

/** Refuses slots more than a day outside of what was asked: who answers about other times cannot be believed. */
export function checkNear(provider: string, slots: readonly DayAheadSlot[], asked: Range): void {
  const stray = slots.find(({ start }) => start < asked.start - DAY || start >= asked.end + DAY);
  if (stray !== undefined)
    throw brokenReply(provider, 'a time lies far from what was asked', formatInstant(stray.start));
}

/** The reading of a reply. Of several types of wind every one must be known in an hour, since a sum without one is less. */
export function dayAheadReading(parts: DayAheadParts): OperatorReading {
  const { provider, slots, timeZone, range, now, source, bodies } = parts;
  const types = [...new Set(slots.map(({ type }) => type))].map((type) => {
    const its = slots.filter((slot) => slot.type === type);
    return { source: its[0]?.source, hours: hoursOf(provider, its) };
  });
  const powerOf = (of: 'wind' | 'solar', hour: number): number => {
    const its = types.filter((type) => type.source === of);
    return its.length === 0
      ? Number.NaN
      : tenths(its.reduce((sum, { hours }) => sum + (hours.get(hour) ?? Number.NaN), 0));
  };
  const runs = localDates(range.start, range.end, timeZone).flatMap((date): OperatorRun[] => {
    const day = localDay(instantsOf(date, '12:00', timeZone)[0] ?? now, timeZone);
    const length = Math.round((day.end - day.start) / HOUR);
    const hours = (of: 'wind' | 'solar'): Float64Array =>
      Float64Array.from({ length }, (_, hour) => powerOf(of, day.start + hour * HOUR));
    const [windMW, solarMW] = [hours('wind'), hours('solar')];
    if (windMW.every(Number.isNaN) && solarMW.every(Number.isNaN)) return [];
    return [{ start: day.start, knownAt: outBefore(day.start, parts), windMW, solarMW }];
  });
  const { sha256 = '' } = fetched(provider, source, '', now, bodies);
  return { runs, fetchedAt: now, source, sha256 };
}

/** When the forecast of the day that begins at `start` was out, or now where that is yet to come. */
function outBefore(start: Instant, { timeZone, outBy, now }: DayAheadParts): Instant {
  const dayBefore = formatLocal(instant(start - HOUR), timeZone, 'date');
  return instant(Math.min(now, instantsOf(dayBefore, outBy, timeZone)[0] ?? start));
}
