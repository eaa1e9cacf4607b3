/**
 * Cassettes: what was asked of providers and what came of it, recorded in a file that people can read and compare, and
 * played back without a network. A secret that was sent, and what it was made of, is in none of them.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseInstant } from '../calendar.ts';
import type { Clock } from '../clock.ts';
import { LARGEST_DOCUMENT, type PlainDocument, readDocument } from '../documents.ts';
import { asError, CATALOGUE, Failure, type FailureCode, type Place } from '../errors.ts';
import { codeOf, readTextFile } from '../text-file.ts';
import { between, formatInstant, type Instant } from '../units.ts';
import { type ChainLink, type Environment, isSet, ownChain } from './chain.ts';
import { chainFor } from './doctor.ts';
import type { Asking, Provider, Reply, Secret, Transport } from './provider.ts';
import { isLive, PROVIDERS } from './providers.ts';
import { discreet, HIDDEN, hiding, hostOf } from './transport.ts';

const LARGEST_CASSETTE = 64 * 2 ** 20;
const MOST_EXCHANGES = 10_000;

const NOTICE =
  'Replies belong to their publishers, under the licences below. What is not to be passed on must not be published: ' +
  'show such a recording to nobody to whom its licence does not allow it. Keys are not in it; zones and their sites are.';

const instantSchema = z.string().transform((text, context): Instant => {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'expected a time such as 2026-03-18T12:10:00Z' });
  return z.NEVER;
});

const placeSchema = z.object({ site: z.string(), zone: z.string(), zoneFrom: z.string() }).readonly();
const linkSchema = z.object({ provider: z.string(), allowDegrade: z.boolean() });

const statusSchema = z.int().min(100).max(599);
/** A body is written as JSON where that gives it back byte by byte, else as lines. */
const replySchema = z.union([
  z.object({ status: statusSchema, lines: z.array(z.string()) }),
  z.object({
    status: statusSchema,
    json: z.custom<object>((json) => typeof json === 'object' && json !== null, 'expected an object or a list'),
  }),
]);

const failureSchema = z.object({
  code: z.custom<FailureCode>((code) => typeof code === 'string' && Object.hasOwn(CATALOGUE, code), 'unknown code'),
  message: z.string(),
});

const exchangeSchema = z
  .object({
    method: z.literal('GET'),
    url: z.string(),
    askedAt: instantSchema,
    tookMs: z.int(),
    reply: replySchema.optional(),
    failure: failureSchema.optional(),
  })
  .refine(({ reply, failure }) => (reply === undefined) !== (failure === undefined), 'expected a reply or a failure');

const cassetteSchema = z.object({
  schemaVersion: z.literal(1),
  what: z.literal('gridtide cassette'),
  notice: z.string(),
  licences: z.record(z.string(), z.string()),
  now: instantSchema,
  places: z.array(placeSchema),
  keys: z.array(z.string()),
  chains: z.record(z.string(), z.array(linkSchema)),
  exchanges: z.array(exchangeSchema).max(MOST_EXCHANGES),
});

/** Where was asked about: a site, its zone, and how that was found, for people. */
export type RecordedPlace = z.infer<typeof placeSchema>;

export interface RecordingOptions {
  /** What the clock of the question shows: under a clock that stands there, the same is asked again. */
  readonly now: Instant;
  /** Reads when each exchange began and ended. */
  readonly clock: Clock;
  readonly places?: readonly RecordedPlace[];
  /** Those of the places are written down. */
  readonly chains?: Readonly<Record<string, readonly ChainLink[]>>;
  /** Where keys are; the names of those that are set are written down, never what they hold. */
  readonly environment?: Environment;
  /** Who may be asked; the file says under which licence. Default: those of the chains of the places. */
  readonly providers?: readonly Provider[];
}

export interface Recording extends Transport {
  /** Throws `file/unwritable` when something that was said is not in the file. */
  finish(): Promise<void>;
}

/** What an exchange came to. */
type Outcome = Reply | { readonly failure: Pick<Failure, 'code' | 'message'> };
interface Exchange {
  readonly url: string;
  readonly askedAt: Instant;
  readonly tookMs: number;
  readonly outcome: Outcome;
}

const mapTexts = (exchange: Exchange, change: (text: string) => string): Exchange => {
  const { outcome } = exchange;
  return {
    ...exchange,
    url: change(exchange.url),
    outcome:
      'failure' in outcome
        ? { failure: { code: outcome.failure.code, message: change(outcome.failure.message) } }
        : { status: outcome.status, body: change(outcome.body) },
  };
};

function written({ status, body }: Reply): z.input<typeof replySchema> {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === 'object' && json !== null && JSON.stringify(json) === body) return { status, json };
  } catch {
    // not JSON
  }
  return { status, lines: body.split('\n') };
}

function bodyOf(reply: z.output<typeof replySchema>): string {
  if ('lines' in reply) return reply.lines.join('\n');
  try {
    return JSON.stringify(reply.json);
  } catch (cause) {
    throw new Failure('grid/invalid-data', 'the recording is damaged: a reply is nested too deeply to be read', {
      cause,
    });
  }
}

const unwritable = (file: string, what: string, cause?: unknown): Failure =>
  new Failure('file/unwritable', what, { place: { file }, ...(cause === undefined ? {} : { cause }) });

/**
 * `transport`, with every exchange written to `file`, in the order of asking: replies, failures, and what was called off
 * before it was answered. The file is made at once, readable by its owner alone, and is whole after every exchange. What
 * any exchange showed as a secret is in none of them, nor is a reply that is a secret itself.
 *
 * Throws `file/unwritable` where there is a file of this name, or none can be made. A reply is never held up by trouble
 * with the file: `finish` tells of it.
 */
export async function recording(transport: Transport, file: string, options: RecordingOptions): Promise<Recording> {
  const { clock, now, places = [], environment = {}, chains = {} } = options;
  const providers = options.providers ?? askedAbout(places, { environment, chains });
  const keys = new Set(providers.flatMap((provider) => provider.keys.filter((name) => isSet(environment, name))));
  const quiet = discreet(transport);
  const hides = new Map<string, (text: string) => string>();
  let exchanges: (Exchange | undefined)[] = [];
  let trouble: Failure | undefined;
  let writing = Promise.resolve();

  const learn = (secret: Secret | undefined): void => {
    if (secret === undefined) return;
    const name = JSON.stringify([secret.value, secret.words]);
    if (hides.has(name)) return;
    const hide = hiding(secret);
    hides.set(name, hide);
    exchanges = exchanges.map((exchange) => exchange && mapTexts(exchange, hide));
  };
  const hideAll = (text: string): string => [...hides.values()].reduce((rest, hide) => hide(rest), text);

  const text = (): string => {
    const document: z.input<typeof cassetteSchema> = {
      schemaVersion: 1,
      what: 'gridtide cassette',
      notice: NOTICE,
      licences: Object.fromEntries(providers.map(({ id, about }) => [id, about])),
      now: formatInstant(now),
      places: [...places],
      keys: [...keys],
      chains: Object.fromEntries(
        places.flatMap(({ zone }) => {
          const chain = ownChain(chains, zone);
          return chain === undefined ? [] : [[zone, [...chain]]];
        }),
      ),
      exchanges: exchanges
        .filter((exchange) => exchange !== undefined)
        .map(({ url, askedAt, tookMs, outcome }) => ({
          method: 'GET' as const,
          url,
          askedAt: formatInstant(askedAt),
          tookMs,
          ...('failure' in outcome ? { failure: outcome.failure } : { reply: written(outcome) }),
        })),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  };

  const save = async (): Promise<void> => {
    if (trouble !== undefined) return;
    const draft = `${file}.${randomUUID()}.tmp`;
    try {
      const whole = text();
      if (exchanges.length > MOST_EXCHANGES || Buffer.byteLength(whole) > LARGEST_CASSETTE)
        throw new Error('it is full, and what was said last is not in it');
      await writeFile(draft, whole, { mode: 0o600, flag: 'wx' });
      await rename(draft, file);
    } catch (thrown) {
      trouble = unwritable(file, `the recording cannot be written: ${asError(thrown).message}`, thrown);
      await rm(draft, { force: true }).catch(() => {});
    }
  };

  try {
    await writeFile(file, text(), { mode: 0o600, flag: 'wx' });
  } catch (thrown) {
    const isThere = codeOf(thrown) === 'EEXIST';
    const what = isThere ? 'there is a file of this name' : `the file cannot be made: ${asError(thrown).message}`;
    throw unwritable(file, what, thrown);
  }

  return {
    async get(url, asking) {
      learn(asking.secret);
      const place = exchanges.length;
      exchanges.push(undefined);
      const askedAt = clock.now();
      const keep = async (outcome: Outcome): Promise<void> => {
        const exchange = { url, askedAt, tookMs: between(askedAt, clock.now()), outcome };
        exchanges[place] = mapTexts(exchange, hideAll);
        writing = writing.then(save);
        await writing;
      };
      let reply: Reply;
      try {
        reply = await quiet.get(url, asking);
      } catch (thrown) {
        const { code, message } = asFailure(thrown, asking.signal);
        await keep({ failure: { code, message } });
        throw thrown;
      }
      await keep({ status: reply.status, body: asking.keptAs ?? reply.body });
      return reply;
    },
    async finish() {
      await writing;
      if (trouble !== undefined) throw trouble;
    },
  };
}

function asFailure(thrown: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return new Failure('grid/unavailable', 'there was no answer when the question was called off');
  return thrown instanceof Failure ? thrown : new Failure('grid/unavailable', asError(thrown).message);
}

/** The providers that a question about `places` may come to. */
function askedAbout(
  places: readonly RecordedPlace[],
  options: Required<Pick<RecordingOptions, 'environment' | 'chains'>>,
): readonly Provider[] {
  const steps = places.flatMap(({ zone }) => chainFor(zone, options));
  return PROVIDERS.filter(isLive).filter(({ id }) =>
    steps.some(({ provider, state }) => provider === id && state === 'asked'),
  );
}

export interface Replaying extends Transport {
  /** What the clock of the question showed. */
  readonly now: Instant;
  readonly places: readonly RecordedPlace[];
  readonly chains: Readonly<Record<string, readonly ChainLink[]>>;
  /** Stands in for the keys that were set, so that the same providers can be asked. */
  readonly environment: Readonly<Record<string, string>>;
  /** URLs of exchanges that nobody asked for, in the order of the file. */
  unused(): readonly string[];
  /** What was asked and is not in the cassette, the first of it; for those who do not see what `get` rejects with. */
  missed(): Failure | undefined;
}

export interface ReplayingOptions {
  readonly signal: AbortSignal;
  /** How the file is named in failures. Default: as it is. */
  readonly name?: string;
}

/**
 * The transport that a cassette holds: it asks nobody, and gives each reply, or fails with each failure, once and at
 * once, those of one URL in the order of the recording. `get` rejects with `grid/not-recorded` for anything else.
 *
 * Throws `file/unreadable`, or `grid/invalid-data` with its place where the file is damaged or above 64 MiB.
 */
export async function replaying(file: string, options: ReplayingOptions): Promise<Replaying> {
  const { signal, name = file } = options;
  const text = await readTextFile(file, { name, code: 'grid/invalid-data', signal, largest: LARGEST_CASSETTE });
  const { exchanges, now, keys, places, chains } = parseCassette(text, name);
  const left = [...exchanges];
  let missed: Failure | undefined;

  const miss = (url: string): Failure => {
    const times = exchanges.filter((exchange) => exchange.url === url).length;
    const near = nearest(
      url,
      exchanges.map((exchange) => exchange.url),
    );
    const what =
      times === 0 ? 'this was not asked when it was recorded' : `this was asked ${times} × when it was recorded`;
    return new Failure('grid/not-recorded', what, {
      place: { file: name },
      value: url,
      expected: times > 0 ? 'no more than that' : near === undefined ? 'no question at all' : `such as ${near}`,
    });
  };

  return {
    now,
    environment: Object.fromEntries(keys.map((name) => [name, HIDDEN])),
    places,
    chains,
    async get(url, asking) {
      asking.signal.throwIfAborted();
      const asked = asking.secret === undefined ? url : hiding(asking.secret)(url);
      const index = left.findIndex((exchange) => exchange.url === asked);
      const [exchange] = index === -1 ? [] : left.splice(index, 1);
      if (exchange?.failure !== undefined) throw new Failure(exchange.failure.code, exchange.failure.message);
      if (exchange?.reply !== undefined) return accepted(asked, exchange.reply, asking);
      const failure = miss(asked);
      missed ??= failure;
      throw failure;
    },
    unused: () => left.map(({ url }) => url),
    missed: () => missed,
  };
}

function accepted(url: string, reply: z.output<typeof replySchema>, { accept = [] }: Asking): Reply {
  const { status } = reply;
  if ((status >= 200 && status < 300) || accept.includes(status)) return { status, body: bodyOf(reply) };
  throw new Failure('grid/unavailable', `${hostOf(url)} answers ${status}`);
}

function parseCassette(text: string, file: string): z.output<typeof cassetteSchema> {
  const damaged = (what: string, place: Place, cause?: unknown): Failure =>
    new Failure('grid/invalid-data', `the recording is damaged: ${what}`, { place, cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const { message } = asError(thrown);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, offset).split('\n');
    throw damaged(message, { file, line: before.length, column: (before.at(-1) ?? '').length + 1 }, thrown);
  }
  const result = cassetteSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  const where = path.length === 0 ? 'its top' : path.join('.');
  throw damaged(`${where}: ${issue?.message ?? ''}`, placeIn(text, file, path), result.error);
}

/** Line and column of what stands at `path`, where the file is small enough to look. */
function placeIn(text: string, file: string, path: Parameters<PlainDocument['place']>[0]): Place {
  if (Buffer.byteLength(text) > LARGEST_DOCUMENT) return { file };
  try {
    return readDocument(text, { file, code: 'grid/invalid-data' }).place(path);
  } catch {
    return { file };
  }
}

/** Which of `known` begins most like `url`; the earliest of several. O(|known| · |url|). */
function nearest(url: string, known: readonly string[]): string | undefined {
  const alike = (other: string): number => {
    let count = 0;
    while (count < url.length && url[count] === other[count]) count += 1;
    return count;
  };
  return known.reduce<string | undefined>(
    (best, one) => (best === undefined || alike(one) > alike(best) ? one : best),
    undefined,
  );
}
