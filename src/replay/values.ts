/**
 * Cells of job histories as numbers: times, lengths, amounts, in the many ways that schedulers write them.
 *
 * @module
 */
import { instantsOf } from '../calendar.ts';
import { HOUR, parseBytes, parseDuration, parsePower } from '../units.ts';
import type { TimeUnit } from './reader.ts';

const HOURS: Readonly<Record<TimeUnit, number>> = { ms: 1 / 3_600_000, s: 1 / 3_600, min: 1 / 60, h: 1 };

export const inHours = (value: number, unit: TimeUnit): number => value * HOURS[unit];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A plain number; `NaN` where it is none. */
export const numberOf = (text: string): number => (NUMBER.test(text) ? Number(text) : Number.NaN);

/** What schedulers write where nothing is to be said. */
export const isEmpty = (text: string): boolean => /^(?:|-|nan|null|none|n\/a|na|unknown|invalid|\\n)$/i.test(text);

const STAMP = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)([.,]\d+)?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/** Numbers above these are seconds, or milliseconds, since 1970: later than 1990, and no length of a history. */
const EPOCH_SECONDS = 631_152_000;
const EPOCH_MILLISECONDS = EPOCH_SECONDS * 1_000;

/**
 * Hours since 1970 of a number that can only be an instant; `undefined` for one that counts from somewhere else. What is
 * said to be milliseconds is not taken for seconds, which would begin at a week.
 */
export function epochHours(value: number, unit: TimeUnit | undefined): number | undefined {
  if (value >= EPOCH_MILLISECONDS) return inHours(value, 'ms');
  if (unit === 'ms') return undefined;
  return value >= EPOCH_SECONDS && value < EPOCH_SECONDS * 20 ? inHours(value, 's') : undefined;
}

/**
 * Reads dates and times as hours since 1970: RFC 3339, or the same without an offset, which is then one of `timeZone`.
 * `undefined` for what is none, or what no clock there ever showed. Of an hour that comes twice the earlier is taken.
 */
export function stampReader(timeZone: string): (text: string) => number | undefined {
  const offsets = new Map<string, number | undefined>();
  const isUtc = /^(?:utc|etc\/utc|gmt)$/i.test(timeZone);
  /** The length from an hour of the local clock to the same hour of UTC; looked up once an hour of the history. */
  const offsetOf = (date: string, hour: string, utc: number): number | undefined => {
    const key = `${date} ${hour}`;
    if (!offsets.has(key)) {
      const [earlier] = instantsOf(date, `${hour}:00`, timeZone);
      offsets.set(key, earlier === undefined ? undefined : utc - earlier);
    }
    return offsets.get(key);
  };
  return (text) => {
    const match = STAMP.exec(text);
    if (match === null) return undefined;
    const [, year = '', month = '', day = '', hour = '00', minute = '0', second = '0', fraction = '', offset] = match;
    const whole = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
    const isDate = new Date(whole).toISOString().startsWith(`${year}-${month}-${day}T${hour}`);
    if (!isDate || Number(minute) > 59 || Number(second) > 60) return undefined;
    const rest =
      Number(minute) * 60_000 + Math.min(Number(second), 59) * 1_000 + Number(`0${fraction.replace(',', '.')}`) * 1_000;
    const shift =
      offset === undefined ? (isUtc ? 0 : offsetOf(`${year}-${month}-${day}`, hour, whole)) : written(offset);
    return shift === undefined ? undefined : (whole + rest - shift) / HOUR;
  };
}

/** No place is further than this from UTC. */
const FURTHEST_MINUTES = 14 * 60;

function written(offset: string): number | undefined {
  if (/^(?:Z|UTC)$/i.test(offset)) return 0;
  const past = Number(offset.slice(-2));
  const minutes = Number(offset.slice(1, 3)) * 60 + past;
  if (past > 59 || minutes > FURTHEST_MINUTES) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

const CLOCK = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d\d)(\.\d+)?$/;

/** `1-02:03:04`, `02:03:04`, `03:04.5` (as Slurm writes them), `2h30m` in hours; `undefined` for anything else. */
export function lengthText(text: string): number | undefined {
  const match = CLOCK.exec(text);
  if (match !== null) {
    const [, days = '0', hours, minutes = '0', seconds = '0', fraction = ''] = match;
    // With days and no third part, the two are hours and minutes.
    const isShort = match[1] !== undefined && hours === undefined;
    const parts = isShort
      ? [Number(minutes), Number(seconds), 0]
      : [Number(hours ?? 0), Number(minutes), Number(seconds)];
    return (
      Number(days) * 24 + (parts[0] ?? 0) + (parts[1] ?? 0) / 60 + ((parts[2] ?? 0) + Number(`0${fraction}`)) / 3_600
    );
  }
  const duration = parseDuration(text);
  return duration === undefined ? undefined : duration / HOUR;
}

/** Bytes of a written memory, Kubernetes' and Slurm's ways included (`4Gi`, `16G`, `8000M`); `undefined` for others. */
export function bytesOf(text: string): number | undefined {
  const short = /^(\d+(?:\.\d+)?)\s*([kKMGT])(i?)[bB]?[cn]?$/.exec(text);
  if (short === null) return parseBytes(text);
  // Slurm's K, M and G are powers of two; so are Kubernetes' with an i. Its few others are near enough.
  const power = { k: 1, K: 1, M: 2, G: 3, T: 4 }[short[2] ?? 'k'] ?? 0;
  return Number(short[1]) * (short[3] === 'i' || !/b$/i.test(text) ? 1_024 : 1_000) ** power;
}

/** Watts of a plain number times `scale`, or of `180 W`; `NaN` for others. */
export function wattsOf(text: string, scale: number): number {
  const plain = numberOf(text);
  return Number.isNaN(plain) ? (parsePower(text) ?? Number.NaN) : plain * scale;
}
