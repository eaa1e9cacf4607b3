/**
 * Deadlines as people write them: the next clock time in a zone, a length from now, or an instant with its offset.
 *
 * @module
 */
import { nextClockTime, parseClockTime, parseInstant } from '../calendar.ts';
import { Failure } from '../errors.ts';
import { LONGEST_DURATION } from '../shapes.ts';
import { after, formatInstant, type Instant, parseDuration } from '../units.ts';

const EXPECTED =
  'a clock time such as "06:00 Europe/Berlin", a length such as "+12h", or an instant such as "2026-12-01T06:00:00+01:00"';

export interface FoundDeadline {
  readonly at: Instant;
  /** What a reader must know: which of two repeated hours, whose time zone. */
  readonly warning: string | undefined;
}

/**
 * The deadline that `text` names at `now`. A clock time without a zone is one of `timeZone`, with a warning.
 * Throws `workload/deadline` (without a place) when it cannot be read, does not exist, has passed, or lies more than a
 * year ahead.
 */
export function readDeadline(text: string, now: Instant, timeZone: string): FoundDeadline {
  const found = find(text.trim(), now, timeZone);
  if (found.at <= now) {
    throw new Failure('workload/deadline', `deadline: it has passed: now is ${formatInstant(now)}`, { value: text });
  }
  if (found.at - now > LONGEST_DURATION) {
    throw new Failure('workload/deadline', 'deadline: it lies more than a year ahead', {
      value: text,
      expected: 'an instant within 366 days',
    });
  }
  return found;
}

function find(text: string, now: Instant, timeZone: string): FoundDeadline {
  const unreadable = (): Failure => new Failure('workload/deadline', 'deadline', { value: text, expected: EXPECTED });
  if (text.startsWith('+')) {
    const length = parseDuration(text.slice(1));
    if (length === undefined) throw unreadable();
    if (length === 0)
      throw new Failure('workload/deadline', 'deadline', { value: text, expected: 'a length above zero' });
    return { at: after(now, length), warning: undefined };
  }
  const time = parseClockTime(text);
  if (time !== undefined) {
    const { at, note } = nextClockTime(text, now, timeZone);
    const unzoned =
      time.timeZone === undefined ? `deadline: ${time.written} names no time zone: ${timeZone} is meant` : undefined;
    const warning = [unzoned, note === undefined ? undefined : `deadline: ${note}`]
      .filter((one) => one !== undefined)
      .join('; ');
    return { at, warning: warning === '' ? undefined : warning };
  }
  const at = parseInstant(text);
  if (at !== undefined) return { at, warning: undefined };
  if (/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}/.test(text) && !/([Zz]|[+-]\d{2}:?\d{2})$/.test(text)) {
    throw new Failure('workload/deadline', 'deadline: the instant has no offset', {
      value: text,
      expected: `"${text}Z" or "${text}+01:00"`,
    });
  }
  throw unreadable();
}
