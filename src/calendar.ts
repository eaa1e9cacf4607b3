/**
 * Calendars and time zones: the only file that knows daylight saving. Clock times such as `06:00 Europe/Berlin` become
 * instants here, and instants become what people read; the latter by `Intl`, whose formatters are kept.
 *
 * @module
 */
import { Temporal } from 'temporal-polyfill';
import { Failure } from './errors.ts';
import { type Instant, instant } from './units.ts';

/** An instant found for a clock time, and what a reader must know about it (a repeated hour). */
export interface FoundInstant {
  readonly at: Instant;
  readonly note: string | undefined;
}

export interface ClockTime {
  /** `HH:MM` or `HH:MM:SS`, as written. */
  readonly written: string;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** IANA name as written; `undefined` when none was. */
  readonly timeZone: string | undefined;
}

const CLOCK_TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+(\S+))?$/;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
/** Seconds may be left out: people write `2026-12-01T06:00+01:00`. */
const WITHOUT_SECONDS = /^(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2})([Zz]|[+-]\d{2}:\d{2})$/;

/** Whether `name` is a time zone that this machine knows: an IANA name or `UTC`, not a bare offset. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Reads `06:00 Europe/Berlin` or `06:00`; `undefined` when it is not a time of day. The zone is not looked up. */
export function parseClockTime(text: string): ClockTime | undefined {
  const match = CLOCK_TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, hour, minute, second, timeZone] = match;
  const time = {
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
  };
  if (time.hour > 23 || time.minute > 59 || time.second > 59) return undefined;
  const written = [hour?.padStart(2, '0'), minute, ...(second === undefined ? [] : [second])].join(':');
  return { written, ...time, timeZone };
}

/**
 * Reads RFC 3339 with an offset (seconds may be left out, a leap second may not be named); `undefined` when it is not
 * one or when the date does not exist.
 */
export function parseInstant(text: string): Instant | undefined {
  const full = text.trim().replace(WITHOUT_SECONDS, '$1:00$2');
  if (!RFC_3339.test(full) || full.slice(17, 19) === '60') return undefined;
  try {
    return instant(Temporal.Instant.from(full.toUpperCase().replace(' ', 'T')).epochMilliseconds);
  } catch {
    return undefined;
  }
}

/**
 * The next time after `from` at which the clocks of a zone show `text`.
 *
 * On a day whose clocks jump over that time there is no answer: a {@link Failure} `workload/deadline` names the gap,
 * since neither neighbour is what was written. On a day that shows it twice the earlier is meant, unless that has
 * passed; the note says which.
 *
 * @param text `06:00 Europe/Berlin`; without a zone, `fallbackZone` is meant
 */
export function nextClockTime(text: string, from: Instant, fallbackZone?: string): FoundInstant {
  const time = parseClockTime(text);
  const timeZone = time?.timeZone ?? fallbackZone;
  if (time === undefined || timeZone === undefined) {
    throw new Failure('workload/deadline', 'the time of day', {
      value: text,
      expected: 'a clock time with its zone such as "06:00 Europe/Berlin"',
    });
  }
  if (!isTimeZone(timeZone)) {
    throw new Failure('workload/deadline', 'the time zone', {
      value: timeZone,
      expected: 'an IANA time zone such as "Europe/Berlin" or "UTC"',
    });
  }
  const today = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone).toPlainDate();
  // Today, tomorrow, and a day in hand for the day on which a time comes only before `from`.
  for (let ahead = 0; ahead <= 2; ahead += 1) {
    const local = today.add({ days: ahead }).toPlainDateTime(time);
    const earlier = local.toZonedDateTime(timeZone, {
      disambiguation: 'earlier',
    });
    const later = local.toZonedDateTime(timeZone, { disambiguation: 'later' });
    if (earlier.epochMilliseconds === later.epochMilliseconds) {
      if (earlier.epochMilliseconds > from) return { at: instant(earlier.epochMilliseconds), note: undefined };
      continue;
    }
    if (!earlier.toPlainDateTime().equals(local)) {
      const jump = earlier.getTimeZoneTransition('next');
      if (jump === null || jump.epochMilliseconds <= from) continue;
      throw new Failure('workload/deadline', describeGap(time.written, local.toPlainDate().toString(), jump));
    }
    const name = `${time.written} comes twice on ${local.toPlainDate()} in ${timeZone}`;
    if (earlier.epochMilliseconds > from) {
      return {
        at: instant(earlier.epochMilliseconds),
        note: `${name}: the earlier is meant`,
      };
    }
    if (later.epochMilliseconds > from) {
      return {
        at: instant(later.epochMilliseconds),
        note: `${name}: the later is meant, since the earlier has passed`,
      };
    }
  }
  throw new Failure('workload/deadline', `no ${time.written} comes within two days in ${timeZone}`);
}

/** `02:30 does not exist on 2026-03-29 in Europe/Berlin: clocks go from 02:00 to 03:00`. */
function describeGap(written: string, date: string, jump: Temporal.ZonedDateTime): string {
  const last = jump.subtract({ nanoseconds: 1 }).toPlainDateTime().round('minute');
  const first = jump.toPlainDateTime();
  const sameDay = last.toPlainDate().equals(first.toPlainDate());
  const show = (at: Temporal.PlainDateTime): string =>
    (sameDay ? '' : `${at.toPlainDate()} `) + at.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${written} does not exist on ${date} in ${jump.timeZoneId}: clocks go from ${show(last)} to ${show(first)}`;
}

/** The instant at which the local day of `at` begins, and the one at which the next begins: 23, 24 or 25 hours later. */
export function localDay(at: Instant, timeZone: string): { readonly start: Instant; readonly end: Instant } {
  const start = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).startOfDay();
  const end = start.toPlainDate().add({ days: 1 }).toZonedDateTime(timeZone);
  return {
    start: instant(start.epochMilliseconds),
    end: instant(end.epochMilliseconds),
  };
}

/**
 * The instants at which the clocks of `timeZone` show `time` (`HH:MM`) on `date` (`YYYY-MM-DD`): none where they jump over
 * it, two where they are turned back, else one.
 */
export function instantsOf(date: string, time: string, timeZone: string): readonly Instant[] {
  const local = Temporal.PlainDateTime.from(`${date}T${time}`);
  const [earlier, later] = (['earlier', 'later'] as const).map((disambiguation) =>
    local.toZonedDateTime(timeZone, { disambiguation }),
  );
  if (earlier === undefined || later === undefined || !earlier.toPlainDateTime().equals(local)) return [];
  const instants = new Set([earlier.epochMilliseconds, later.epochMilliseconds]);
  return [...instants].map(instant);
}

/** The dates (`YYYY-MM-DD`) that the calendars of `timeZone` show from `start` until just before `end`. */
export function localDates(start: Instant, end: Instant, timeZone: string): readonly string[] {
  const dates: string[] = [];
  for (let day = localDay(start, timeZone); start < end && day.start < end; day = localDay(day.end, timeZone))
    dates.push(formatLocal(day.start, timeZone, 'date'));
  return dates;
}

/** How an instant is written for people. */
export type LocalStyle =
  /** `18:00` */
  | 'time'
  /** `Sat 23:35` */
  | 'weekday-time'
  /** `Sat` */
  | 'weekday'
  /** `2022-06-01` */
  | 'date'
  /** `2022-06-01 18:00` */
  | 'date-time';

interface LocalParts {
  readonly date: string;
  readonly time: string;
  readonly weekday: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}

function localParts(at: Instant, timeZone: string): LocalParts {
  const part = new Map(
    formatterFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes): string => part.get(type) ?? '';
  return {
    date: `${get('year')}-${get('month')}-${get('day')}`,
    time: `${get('hour')}:${get('minute')}`,
    weekday: get('weekday'),
  };
}

/** Writes `at` as the clocks of `timeZone` (an IANA name) show it. About 2 µs after the first call for a zone. */
export function formatLocal(at: Instant, timeZone: string, style: LocalStyle): string {
  const { date, time, weekday } = localParts(at, timeZone);
  switch (style) {
    case 'time':
      return time;
    case 'weekday':
      return weekday;
    case 'weekday-time':
      return `${weekday} ${time}`;
    case 'date':
      return date;
    case 'date-time':
      return `${date} ${time}`;
  }
}

/** Length of the days within which a weekday names one day only. */
const WEEK_MS = 6 * 86_400_000;

/**
 * Writes `at` as short as it can be understood from `now`: `18:00` on the same local day, `Sat 23:35` within six days
 * either way, `2022-06-01 18:00` beyond.
 */
export function formatNear(at: Instant, timeZone: string, now: Instant): string {
  const there = localParts(at, timeZone);
  if (there.date === localParts(now, timeZone).date) return there.time;
  return Math.abs(at - now) < WEEK_MS ? `${there.weekday} ${there.time}` : `${there.date} ${there.time}`;
}
