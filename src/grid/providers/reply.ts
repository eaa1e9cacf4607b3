/**
 * What every network adapter does with a reply before it believes it: JSON, of the expected shape, with whole stamps
 * in order, near the asked range, and plausible numbers. Whatever is not so becomes a failure, never a value.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseInstant } from '../../calendar.ts';
import { Failure } from '../../errors.ts';
import { DAY, formatInstant, type Instant, instant, MINUTE } from '../../units.ts';
import type { ProviderContext, Range, Secret } from '../provider.ts';
import type { Provenance } from '../series.ts';
import { isPlausible, MAX_INTENSITY_G } from '../slots.ts';

/** A failure about what `provider` replied. */
export const brokenReply = (provider: string, what: string, value?: unknown, expected?: string): Failure =>
  new Failure('grid/invalid-data', `${provider}: ${what}`, {
    ...(value === undefined ? {} : { value: short(value) }),
    ...(expected === undefined ? {} : { expected }),
  });

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

export interface Request {
  readonly secret?: Secret;
  /** What a status outside 2xx means here, in words: the provider cannot be asked this by these keys. */
  readonly means?: Readonly<Record<number, string>>;
  /** Statuses that say that there are no data. */
  readonly absent?: readonly number[];
}

/** The body of the reply; `undefined` when the provider says that there are no data. */
export async function ask(
  provider: string,
  url: string,
  { transport, signal }: ProviderContext,
  { secret, means = {}, absent = [] }: Request = {},
): Promise<string | undefined> {
  const { status, body } = await transport.get(url, {
    signal,
    ...(secret === undefined ? {} : { secret }),
    accept: [...Object.keys(means).map(Number), ...absent],
  });
  if (absent.includes(status)) return undefined;
  const refusal = means[status];
  if (refusal !== undefined) throw new Failure('grid/not-configured', `${provider}: ${refusal}`);
  return body;
}

/** What a provider says is wrong, in its own words. */
const toldSchema = z.union([
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.literal(true), reason: z.string() }).transform(({ reason }) => reason),
]);

/** The reply as `schema` reads it. Throws `grid/invalid-data` with the path of the first mistake. */
export function readReply<T>(provider: string, body: string, schema: z.ZodType<T>): T {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    throw brokenReply(provider, 'the reply is not JSON', body.trimStart().slice(0, 40), 'a JSON document');
  }
  const told = toldSchema.safeParse(document);
  if (told.success) throw new Failure('grid/unavailable', `${provider}: ${short(told.data)}`);
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw brokenReply(
    provider,
    `the reply breaks its contract at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? ''}`,
  );
}

/** The members of an object by name, whatever they are called; a record leaves `__proto__` out. */
export const members = <T>(of: z.ZodType<T>) =>
  z
    .custom<object>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'expected an object',
    )
    .transform((object): ReadonlyMap<string, unknown> => new Map(Object.entries(object)))
    .pipe(z.map(z.string(), of));

/** A number in g/kWh or a gap (`null`). Strings, negatives and values beyond reason are not numbers. */
export const intensityOrNull = z.number().min(0).max(MAX_INTENSITY_G).nullish();

/** A UTC stamp with or without seconds; `zoned` says whether it must end in `Z`. */
export function readStamp(provider: string, text: string, zoned: boolean): Instant {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z?)$/.exec(text);
  const at = match === null ? Number.NaN : Date.parse(`${match[1] ?? ''}${match[2] ?? ':00'}Z`);
  if (match === null || Number.isNaN(at) || (zoned && match[3] !== 'Z')) {
    throw brokenReply(provider, 'a time cannot be read', text, zoned ? '2026-03-18T12:00Z' : '2026-03-18T12:00:00');
  }
  return instant(at);
}

/** A stamp of RFC 3339 with its offset. */
export function readOffsetStamp(provider: string, text: string): Instant {
  const at = parseInstant(text);
  if (at === undefined) throw brokenReply(provider, 'a time cannot be read', text, '2026-03-18T12:00:00+01:00');
  return at;
}

/**
 * Refuses stamps that do not ascend strictly, that repeat, that are no whole minutes, or that lie more than a day
 * outside `range` (a source that answers about other times cannot be trusted about its values).
 */
export function checkStamps(provider: string, stamps: readonly Instant[], range: Range): void {
  for (const [i, stamp] of stamps.entries()) {
    const previous = stamps[i - 1];
    if (stamp % MINUTE !== 0) throw brokenReply(provider, 'a time is no whole minute', formatInstant(stamp));
    if (previous !== undefined && stamp <= previous) {
      const what = stamp === previous ? 'a time comes twice' : 'times are out of order';
      throw brokenReply(provider, what, formatInstant(stamp), `later than ${formatInstant(previous)}`);
    }
    if (stamp >= range.end + DAY) {
      throw brokenReply(
        provider,
        'a time lies in the far future',
        formatInstant(stamp),
        `before ${formatInstant(range.end)}`,
      );
    }
    if (stamp < range.start - DAY) {
      throw brokenReply(
        provider,
        'a time lies long before what was asked',
        formatInstant(stamp),
        `from ${formatInstant(range.start)} on`,
      );
    }
  }
}

/** The last guard before a number enters a series. */
export function checkValue(provider: string, value: number): number {
  if (!isPlausible(value))
    throw brokenReply(provider, 'an intensity is not plausible', value, `0 to ${MAX_INTENSITY_G} g/kWh`);
  return value;
}

/** Provenance of replies that name no time of issue: the fetch stands in for it. */
export function fetched(
  provider: string,
  source: string,
  licence: string,
  at: Instant,
  bodies: readonly string[],
): Provenance {
  const hash = createHash('sha256');
  for (const body of bodies) hash.update(body);
  return {
    provider,
    source,
    sha256: hash.digest('hex'),
    licence,
    fetchedAt: at,
    issuedAt: at,
    issuedAtBasis: 'fetch-time',
  };
}

/** `2026-03-18T12:00Z`: the form that these APIs take in a URL. */
export const minuteStamp = (at: Instant): string => `${new Date(at).toISOString().slice(0, 16)}Z`;
