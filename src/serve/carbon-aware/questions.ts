/**
 * What clients may ask: parameters of the query and items of the body, read by zod. Names are read in any case and an
 * empty value is none, as the original does; a value that cannot be read is told, with all others.
 *
 * @module
 */
import { z } from 'zod';
import { parseInstant } from '../../calendar.ts';
import type { Range } from '../../grid/index.ts';
import { DAY, formatInstant, type Instant, instant, MINUTE, millis } from '../../units.ts';
import { type Mistake, refuse } from '../refusal.ts';

export const MOST_LOCATIONS = 50;
export const MOST_ITEMS = 100;
/** Of all locations of a request together. */
export const LONGEST_RANGE = millis(366 * DAY);
/** Nothing was published before, and no forecast reaches farther: times beyond are mistakes. */
const EARLIEST = instant(Date.UTC(1990, 0, 1));
const FARTHEST_DAYS = 5;
const LONGEST_NAME = 200;
const LONGEST_WINDOW_MINUTES = 10_080;

const notSet = (name: string): string => `${name} is not set`;

const location = z
  .string({ error: 'location must be one text; /emissions/bylocations takes several' })
  .max(LONGEST_NAME, `location must have at most ${LONGEST_NAME} characters`);
const locations = z
  .union([z.string().transform((one) => [one]), z.array(z.string())], { error: 'location must be text' })
  .pipe(
    z
      .array(z.string().max(LONGEST_NAME, `location must have at most ${LONGEST_NAME} characters`))
      .max(MOST_LOCATIONS, `at most ${MOST_LOCATIONS} locations may be asked for at once`),
  );

/** A plus that was sent as it is arrives as a space. */
const LOST_PLUS = /^(\S*T\S*) (\d\d:\d\d)$/i;
/** Without an offset: UTC, wherever this machine stands. */
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$/;

/** RFC 3339; without an offset UTC, without a time midnight. */
export function readTime(text: string): Instant | undefined {
  const written = text.trim().replace(LOST_PLUS, '$1+$2');
  if (!WITHOUT_OFFSET.test(written)) return parseInstant(written);
  return parseInstant(`${written.length === 10 ? `${written}T00:00` : written}Z`);
}

const time = (name: string) =>
  z
    .string({ error: `${name} must be one time such as 2022-03-01T15:30:00Z` })
    .meta({ format: 'date-time' })
    .transform((text, context): Instant => {
      const at = readTime(text);
      if (at !== undefined) return at;
      context.issues.push({
        code: 'custom',
        message: `${name} cannot be read: expected a time such as 2022-03-01T15:30:00Z`,
        input: text,
      });
      return z.NEVER;
    });

const WINDOW = `windowSize must be a whole number of minutes from 0 to ${LONGEST_WINDOW_MINUTES}`;
const windowSize = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}$/, WINDOW)
        .transform(Number),
    ],
    { error: WINDOW },
  )
  .pipe(z.int(WINDOW).min(0, WINDOW).max(LONGEST_WINDOW_MINUTES, WINDOW))
  .transform((minutes) => millis(minutes * MINUTE));

const span = { time: time('time').optional(), toTime: time('toTime').optional() };
const bounds = {
  dataStartAt: time('dataStartAt').optional(),
  dataEndAt: time('dataEndAt').optional(),
  windowSize: windowSize.optional(),
};
const stretch = { location, startTime: time('startTime'), endTime: time('endTime') };

export const emissionsOfOne = z.object({ location, ...span });
export const emissionsOfMany = z.object({ location: locations, ...span });
export const forecastNow = z.object({ location: locations, ...bounds });
export const forecastThen = z.object({ requestedAt: time('requestedAt'), location, ...bounds });
export const average = z.object(stretch);

/** `value` with the names of `schema` in their own case, and without what is empty. */
function named(schema: z.ZodObject, value: unknown): unknown {
  const given = z.record(z.string(), z.unknown()).safeParse(value);
  if (!given.success) return value;
  const names = new Map(Object.keys(schema.shape).map((name) => [name.toLowerCase(), name]));
  const filled = (one: unknown): unknown => (Array.isArray(one) ? one.filter((part) => part !== '') : one);
  return Object.fromEntries(
    Object.entries(given.data).flatMap(([name, raw]) => {
      const its = names.get(name.toLowerCase());
      const one = filled(raw);
      const isEmpty = one === null || one === '' || (Array.isArray(one) && one.length === 0);
      return its === undefined || isEmpty ? [] : [[its, one]];
    }),
  );
}

/** `requestedAt` has a limit of its own. */
const TIMES: ReadonlySet<string> = new Set(['time', 'toTime', 'startTime', 'endTime', 'dataStartAt', 'dataEndAt']);

/** The times among the parameters `read` that nobody can say anything of. */
function farTimes(read: Readonly<Record<string, unknown>>, now: Instant, at: string): Mistake[] {
  const latest = now + FARTHEST_DAYS * DAY;
  return Object.entries(read).flatMap(([name, value]) => {
    if (!TIMES.has(name) || typeof value !== 'number' || (EARLIEST <= value && value <= latest)) return [];
    const message = `${name} must lie between ${formatInstant(EARLIEST)} and ${FARTHEST_DAYS} days from now`;
    return [{ name: at === '' ? name : `${at}.${name}`, message }];
  });
}

/** What is wrong with a value, each at the name of its parameter; `at` is the item of a body. */
function mistakesIn(error: z.ZodError, value: unknown, at: string): Mistake[] {
  const isGiven = z.record(z.string(), z.unknown()).safeParse(value);
  return error.issues.map(({ path, message }) => {
    if (path.length === 0) return { name: at || '$', message: 'an item must be a JSON object' };
    const name = String(path[0]);
    const isMissing = isGiven.success && isGiven.data[name] === undefined;
    return { name: at === '' ? name : `${at}.${name}`, message: isMissing ? notSet(name) : message };
  });
}

/** Reads the parameters of a query that is asked `now`. Throws `serve/invalid-request` with every mistake. */
export function readQuery<S extends z.ZodObject>(schema: S, query: unknown, now: Instant): z.output<S> {
  const value = named(schema, query);
  const read = schema.safeParse(value);
  if (!read.success) throw refuse(mistakesIn(read.error, value, ''));
  const far = farTimes(read.data, now, '');
  if (far.length > 0) throw refuse(far);
  return read.data;
}

/** Reads a list of items that is asked for `now`. Throws `serve/invalid-request` with every mistake of every item. */
export function readItems<S extends z.ZodObject>(schema: S, body: unknown, now: Instant): z.output<S>[] {
  if (!Array.isArray(body)) throw refuse([{ name: '$', message: 'the body must be a JSON array' }]);
  if (body.length > MOST_ITEMS)
    throw refuse([{ name: '$', message: `at most ${MOST_ITEMS} items may be asked for at once` }]);
  const mistakes: Mistake[] = [];
  const items = body.flatMap((item: unknown, i) => {
    const value = named(schema, item);
    const read = schema.safeParse(value);
    mistakes.push(...(read.success ? farTimes(read.data, now, `[${i}]`) : mistakesIn(read.error, value, `[${i}]`)));
    return read.success ? [read.data] : [];
  });
  if (mistakes.length > 0) throw refuse(mistakes);
  return items;
}

/** A range whose two ends were given under these names, in their order. */
export function ordered(names: readonly [string, string], start: Instant, end: Instant): Range {
  if (start >= end) throw refuse([{ name: names[0], message: `${names[0]} must be before ${names[1]}` }]);
  return { start, end };
}

/** What `time` and `toTime` ask for: a range, the moment of `time`, or now. */
export function rangeOf(
  asked: { readonly time?: Instant | undefined; readonly toTime?: Instant | undefined },
  now: Instant,
): Range {
  const { time: start, toTime: end } = asked;
  if (start === undefined) {
    if (end !== undefined) throw refuse([{ name: 'time', message: 'time must be defined if toTime is defined' }]);
    return { start: now, end: now };
  }
  return end === undefined ? { start, end: start } : ordered(['time', 'toTime'], start, end);
}

/** Refuses ranges that are too long together. */
export function limitRanges(name: string, ranges: readonly Range[]): void {
  const length = ranges.reduce((sum, { start, end }) => sum + (end - start), 0);
  if (length > LONGEST_RANGE)
    throw refuse([
      { name, message: `at most ${LONGEST_RANGE / DAY} days may be asked for at once, of all locations together` },
    ]);
}

/** A moment as the shortest range that holds it. */
export const asRange = ({ start, end }: Range): Range => ({ start, end: end > start ? end : instant(start + 1) });
