/**
 * How providers have been asked, by every process that shares a folder: who is asking about which zone, what came of it,
 * how many requests are left to a host, and until when it wants to be left alone. So twenty processes beside each other
 * ask no more often than one would.
 *
 * One small file per host. Where it cannot be used, each process keeps its own manners.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { writeDuration } from '../figures.ts';
import { after, between, DAY, formatInstant, type Instant, instant, MINUTE, type Millis, millis } from '../units.ts';
import { type SharedState, sharedState } from './private-file.ts';
import type { Pace, Provider, Transport } from './provider.ts';

/** No provider is asked the same of one zone more often than this. */
const LEAST_INTERVAL: Millis = MINUTE;
/** A provider that failed this often in a row at a zone is left alone there for a while. */
const FAILURES_TO_REST = 3;
const REST: Millis = millis(10 * MINUTE);
/** So long a turn lasts at most: who has it no longer asks. */
const TURN_LASTS: Millis = millis(MINUTE / 2);
/** Nothing is remembered for longer, a wish to be left alone included. */
const REMEMBERED: Millis = DAY;
/** A request waits for its place in the pace of its host up to this. */
const LONGEST_PAUSE: Millis = millis(2_000);
/** Commands read a clock in whole seconds, so that what others did just now may seem to lie ahead. */
export const JUST_NOW: Millis = millis(5_000);

const DEFAULT_PACE: Pace = { requests: 60, per: MINUTE };

const codeSchema = z.enum(['grid/unavailable', 'grid/invalid-data', 'grid/not-configured', 'grid/no-zone']);
const failureSchema = z.object({
  code: codeSchema,
  message: z.string(),
  value: z.string().optional(),
  expected: z.string().optional(),
});
const zoneSchema = z.object({
  /** Turns so far: a name for the last. */
  turns: z.number().int().min(0),
  asked: z.number().int(),
  /** The process that asks, until it is known what came of it. */
  by: z.number().int().optional(),
  /** In a row. */
  failures: z.number().int().min(0),
  failure: failureSchema.optional(),
  /** Tells other keys from these: what was refused to one may be granted to another. */
  keys: z.string(),
});
const hostSchema = z.object({
  schemaVersion: z.literal(1),
  aloneUntil: z.number().int().optional(),
  /** When all requests so far will have had their time in the pace of the host. */
  paidUntil: z.number(),
  /** By provider and zone. */
  zones: z.record(z.string(), zoneSchema),
});
type Host = z.infer<typeof hostSchema>;
type ZoneState = z.infer<typeof zoneSchema>;

export type Turn =
  /** Ask, and {@link Manners.settle} what came of it. */
  | { readonly is: 'yours' }
  /** Somebody is asking the same at this moment. */
  | { readonly is: 'taken' }
  /** It was asked and answered, by turn number `turns`, less than a minute ago. */
  | { readonly is: 'too soon'; readonly turns: number }
  | { readonly is: 'resting'; readonly failure: Failure };

/** Whoever is asked: providers of the grid, and of the weather. */
export type Publisher = Pick<Provider, 'id' | 'keys' | 'pace'>;

/** What came of a turn; `called off` when nobody waited any more, and `impatient` when nobody could wait longer. */
export type Outcome = 'answered' | 'called off' | { readonly failure: Failure; readonly impatient?: boolean };

export type Purpose = 'decision' | 'background';

export interface Manners {
  /** Whether `provider` may be asked about `zone` now. `seen`: the turn whose answer does not hold what is asked for. */
  turn(provider: Publisher, zone: string, seen?: number): Promise<Turn>;
  /** Ends a turn; gives the failure as it is to be told. */
  settle(provider: Publisher, zone: string, outcome: Outcome): Promise<Failure | undefined>;
  /**
   * The same for all requests to `provider` that serve one purpose: each takes its place in the pace of the host, or fails.
   * What nobody waits for (`background`) takes one only while half of them are free, and waits for that.
   */
  transportFor(provider: Publisher, purpose?: Purpose): Transport;
}

export interface MannersOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The value of an environment variable that a provider asks for as a key. */
  readonly key: (name: string) => string;
  /** Where other processes see it; default: nowhere. */
  readonly folder: string | undefined;
}

/** How long ago `since` was, if that was less than `limit`; a clock that was turned back makes everything long ago. */
export function isWithin(clock: Clock, since: Instant | number, limit: Millis): boolean {
  const age = between(instant(since), clock.now());
  if (age < -JUST_NOW) return false;
  // Time that passed before a clock was made to stand did pass.
  return (clock.speed === 0 ? age : clock.toReal(age)) < limit;
}

/** `14:05Z`, with month and day where they are not those of `now`; never before `at`. */
function clockTime(at: Instant, now: Instant): string {
  const text = formatInstant(instant(Math.ceil(at / MINUTE) * MINUTE));
  const clock = `${text.slice(11, 16)}Z`;
  return text.startsWith(formatInstant(now).slice(0, 10)) ? clock : `${text.slice(5, 10)} ${clock}`;
}

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const writeFailure = ({ code, message, value, expected }: Failure): z.infer<typeof failureSchema> => ({
  code: codeSchema.safeParse(code).data ?? 'grid/unavailable',
  message,
  value,
  expected,
});
const readFailure = ({ code, message, value, expected }: z.infer<typeof failureSchema>): Failure =>
  new Failure(code, message, {
    ...(value === undefined ? {} : { value }),
    ...(expected === undefined ? {} : { expected }),
  });

export function createManners({ transport, clock, key, folder }: MannersOptions): Manners {
  const hosts = new Map<string, SharedState<Host>>();
  const transports = new Map<string, Transport>();
  /** Failures that say what we would not do: no provider's fault. */
  const restraint = new WeakSet<Failure>();

  const paceOf = (provider: Publisher): Pace => provider.pace ?? DEFAULT_PACE;
  const hostOf = (provider: Publisher): SharedState<Host> => {
    const name = paceOf(provider).of ?? provider.id;
    const known = hosts.get(name);
    if (known !== undefined) return known;
    const file = folder === undefined ? undefined : join(folder, `${name}.manners.json`);
    const fresh = sharedState<Host>(file, hostSchema, { schemaVersion: 1, paidUntil: 0, zones: {} });
    hosts.set(name, fresh);
    return fresh;
  };
  /** Sixteen bits: enough to tell keys apart, too few to tell what they are. */
  const keysOf = ({ keys }: Publisher): string =>
    keys.length === 0 ? '' : createHash('sha256').update(keys.map(key).join('\n')).digest('hex').slice(0, 4);

  const restrained = (message: string): Failure => {
    const failure = new Failure('grid/unavailable', message);
    restraint.add(failure);
    return failure;
  };

  /** That the host wants to be left alone. */
  const wishOf = (provider: Publisher, { aloneUntil = 0 }: Host): Failure | undefined => {
    const now = clock.now();
    if (aloneUntil <= now || aloneUntil > now + REMEMBERED) return undefined;
    return restrained(`${provider.id} asked to be left alone until ${clockTime(instant(aloneUntil), now)}`);
  };

  /** The place of the next request in the pace of the host, and what is paid then. */
  const placeIn = (provider: Publisher, { paidUntil }: Host): { readonly due: Instant; readonly paidUntil: number } => {
    const { requests, per } = paceOf(provider);
    const now = clock.now();
    // A debt beyond what the pace allows was made by a clock that ran ahead.
    const isDebt = now < paidUntil && paidUntil <= now + per + LONGEST_PAUSE + JUST_NOW;
    const paid = (isDebt ? paidUntil : now) + per / requests;
    return { due: instant(Math.max(now, Math.ceil(paid - per))), paidUntil: paid };
  };

  /** Why no request may go to the host now. */
  const refusalOf = (provider: Publisher, host: Host): Failure | undefined => {
    const now = clock.now();
    const { due } = placeIn(provider, host);
    if (due <= now + LONGEST_PAUSE) return wishOf(provider, host);
    const { requests, per } = paceOf(provider);
    const spent = `its ${requests} requests in ${writeDuration(per)} are used up until ${clockTime(due, now)}`;
    return wishOf(provider, host) ?? restrained(`${provider.id} is not asked: ${spent}`);
  };

  const isRemembered = ({ asked }: ZoneState): boolean => Math.abs(clock.now() - asked) < REMEMBERED;
  const zoneIn = (host: Host, provider: Publisher, zone: string): ZoneState | undefined => {
    const known = host.zones[`${provider.id} ${zone}`];
    return known !== undefined && known.keys === keysOf(provider) && isRemembered(known) ? known : undefined;
  };
  const withZone = (host: Host, provider: Publisher, zone: string, next: Omit<ZoneState, 'keys'>): Host => ({
    ...host,
    zones: {
      ...Object.fromEntries(Object.entries(host.zones).filter(([, known]) => isRemembered(known))),
      [`${provider.id} ${zone}`]: { ...next, keys: keysOf(provider) },
    },
  });

  /** Takes a place in the pace of the host, and waits for it. */
  const takePlace = async (provider: Publisher, signal: AbortSignal): Promise<void> => {
    const place = await hostOf(provider).change<Failure | Instant>((host) => {
      const refusal = refusalOf(provider, host);
      if (refusal !== undefined) return { state: host, result: refusal };
      const { due, paidUntil } = placeIn(provider, host);
      return { state: { ...host, paidUntil }, result: due };
    });
    if (place instanceof Failure) throw place;
    await clock.until(place, signal);
  };

  /** Takes a place once the half of them is free; a clock that stands frees none. */
  const takeSparePlace = async (provider: Publisher, signal: AbortSignal): Promise<void> => {
    const { requests, per } = paceOf(provider);
    const spare = Math.max(per / 2, per / requests);
    for (;;) {
      signal.throwIfAborted();
      const place = await hostOf(provider).change<Failure | Instant | undefined>((host) => {
        const wish = wishOf(provider, host);
        if (wish !== undefined) return { state: host, result: wish };
        const { paidUntil } = placeIn(provider, host);
        const free = instant(Math.ceil(paidUntil - spare));
        return free > clock.now()
          ? { state: host, result: free }
          : { state: { ...host, paidUntil }, result: undefined };
      });
      if (place instanceof Failure) throw place;
      if (place === undefined) return;
      await clock.until(place, signal);
      if (place > clock.now())
        throw restrained(
          `${provider.id} is not asked: half of its ${requests} requests in ${writeDuration(per)} are kept free`,
        );
    }
  };

  const leaveAlone = (provider: Publisher, wait: Millis): Promise<void> =>
    hostOf(provider).change((host) => {
      const aloneUntil = Math.ceil(after(clock.now(), Math.min(wait, REMEMBERED)));
      return { state: { ...host, aloneUntil }, result: undefined };
    });

  return {
    turn: (provider, zone, seen) =>
      hostOf(provider).change<Turn>((host) => {
        const refusal = refusalOf(provider, host);
        if (refusal !== undefined) return { state: host, result: { is: 'resting', failure: refusal } };
        const known = zoneIn(host, provider, zone);
        if (known?.by !== undefined) {
          if (isWithin(clock, known.asked, TURN_LASTS) && isAlive(known.by))
            return { state: host, result: { is: 'taken' } };
        } else if (known?.failure !== undefined) {
          const rest = known.failures >= FAILURES_TO_REST ? REST : LEAST_INTERVAL;
          if (isWithin(clock, known.asked, rest))
            return { state: host, result: { is: 'resting', failure: readFailure(known.failure) } };
        } else if (known !== undefined && known.turns !== seen && isWithin(clock, known.asked, LEAST_INTERVAL)) {
          return { state: host, result: { is: 'too soon', turns: known.turns } };
        }
        const turns = (known?.turns ?? 0) + 1;
        const taken = { turns, asked: clock.now(), by: process.pid, failures: known?.failures ?? 0 };
        return { state: withZone(host, provider, zone, taken), result: { is: 'yours' } };
      }),
    settle: (provider, zone, outcome) =>
      hostOf(provider).change<Failure | undefined>((host) => {
        const known = zoneIn(host, provider, zone);
        const { turns, asked, failures } = known ?? { turns: 1, asked: clock.now(), failures: 0 };
        const settled = (next: Omit<ZoneState, 'keys'>, failure?: Failure) => ({
          state: withZone(host, provider, zone, next),
          result: failure,
        });
        if (outcome === 'answered') return settled({ turns, asked, failures: 0 });
        // Whoever comes next may ask at once.
        if (outcome === 'called off') return settled({ turns, asked: asked - LEAST_INTERVAL - JUST_NOW, failures });
        const { failure, impatient = false } = outcome;
        const isFault = !impatient && !restraint.has(failure);
        return settled(
          { turns, asked, failures: failures + (isFault ? 1 : 0), failure: writeFailure(failure) },
          wishOf(provider, host) ?? failure,
        );
      }),
    transportFor(provider, purpose = 'decision') {
      const name = `${provider.id} ${purpose}`;
      const known = transports.get(name);
      if (known !== undefined) return known;
      const mannered: Transport = {
        async get(url, asking) {
          await (purpose === 'background' ? takeSparePlace : takePlace)(provider, asking.signal);
          let wish: Promise<void> | undefined;
          const leave = (wait: Millis): void => {
            wish = leaveAlone(provider, wait);
          };
          try {
            return await transport.get(url, { ...asking, leaveAlone: leave });
          } finally {
            await wish;
          }
        },
      };
      transports.set(name, mannered);
      return mannered;
    },
  };
}
