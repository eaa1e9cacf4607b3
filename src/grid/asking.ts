/**
 * Asking one live provider with manners: once for all who wait, no more often than agreed, patiently but not for ever;
 * and remembering what it last said for when it says nothing.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { asError, Failure } from '../errors.ts';
import { after, between, DAY, formatInstant, HOUR, type Instant, MINUTE, type Millis, millis } from '../units.ts';
import type { AnswerCache } from './cache.ts';
import type { Provider, Range, Transport } from './provider.ts';
import { type Series, sameSignal } from './series.ts';
import { contains, gapsIn, isPlausible, slotStart, spell } from './slots.ts';

/** Whatever happens, no provider is asked for one zone more often than this. */
const LEAST_INTERVAL: Millis = MINUTE;
/** A provider that failed this often in a row is left alone for a while. */
const FAILURES_TO_REST = 3;
const REST: Millis = millis(10 * MINUTE);
/** An answer reaches at least so far back. */
export const HISTORY: Millis = millis(2 * DAY);
/** Older than this, an answer says nothing about now; its forecast still says something about later. */
export const STALE_AFTER: Millis = millis(3 * HOUR);
/** A clock may be wrong by this much before an answer counts as written in the future. */
const CLOCK_SLACK: Millis = millis(5 * MINUTE);

/** How long (real time) an answer may take to be kept and archived. */
const WRITING_MS = 2_000;

export interface AskerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The value of an environment variable that a provider asks for as a key. */
  readonly key: (name: string) => string;
  readonly cache: AnswerCache | undefined;
  /** Keeps every answer as it was given; what it throws is told as a warning. */
  readonly archive: ((series: Series) => Promise<void>) | undefined;
  /** Real time that a provider has for an answer, retries included. */
  readonly patienceMs: number;
}

export type Fresh = { readonly series: Series; readonly warning?: string } | { readonly failure: Failure };
export type Kept =
  | { readonly series: Series; readonly age: Millis; readonly reason: string }
  | { readonly absent: string };

export interface FreshQuestion {
  readonly zone: string;
  /** What must be covered for a remembered answer to do. */
  readonly least: Range;
  /** What is asked for when it does not. */
  readonly wanted: Range;
  readonly maxAge: Millis;
}

export interface Asker {
  /** A fresh answer, or the failure. Rejects only when `abort` aborts. */
  fresh(provider: Provider, question: FreshQuestion, abort: AbortSignal): Promise<Fresh>;
  /** The last good answer as far as its age allows, or why not. Never rejects. */
  kept(provider: Provider, zone: string, range: Range): Promise<Kept>;
}

/** What is remembered about one provider at one zone. */
interface Memory {
  good: Series | undefined;
  asked: Instant | undefined;
  failures: number;
  lastFailure: Failure | undefined;
  flight: { promise: Promise<Fresh>; abort: AbortController; waiting: number } | undefined;
}

export const asFailure = (provider: string, thrown: unknown): Failure =>
  thrown instanceof Failure
    ? thrown
    : new Failure('grid/unavailable', `${provider}: ${asError(thrown).message}`, { cause: thrown });

/** Waits for `promise` or for `abort`, whichever comes first. */
export async function orAborted<T>(promise: Promise<T>, abort: AbortSignal): Promise<T> {
  abort.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abort.reason);
    abort.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    abort.removeEventListener('abort', stop);
  }
}

/** The latest slot that has a value; `undefined` when none has. */
function lastKnown(series: Series): Instant | undefined {
  for (let i = series.axis.length - 1; i >= 0; i -= 1)
    if (!Number.isNaN(series.intensityG[i])) return slotStart(series.axis, i);
  return undefined;
}

/** Takes away from an old answer whatever it said about times up to now, except what was measured. */
function forgetNow(series: Series, now: Instant): Series {
  const intensityG = series.intensityG.map((value, i) =>
    series.quality[i] === 'forecast' && slotStart(series.axis, i) <= now ? Number.NaN : value,
  );
  return {
    ...series,
    intensityG,
    gaps: gapsIn(intensityG, series.axis, (start) =>
      start <= now ? 'the kept answer is too old for this' : 'not published',
    ),
  };
}

/** Throws `grid/invalid-data` unless an answer is of the zone and of the provider's own signal, and plausible. */
export function believe(provider: Provider, zone: string, series: Series): void {
  const broken = (what: string, value: string, expected: string): Failure =>
    new Failure('grid/invalid-data', `${provider.id} ${what}`, { value, expected });
  if (series.zone !== zone) throw broken('answered for another zone', series.zone, zone);
  const signalOf = ({ kind, basis, scope, gas }: Series['signal']): string => `${kind}/${basis}/${scope}/${gas}`;
  if (signalOf(series.signal) !== signalOf(provider.signal)) {
    throw broken('answered with another signal', signalOf(series.signal), signalOf(provider.signal));
  }
  const wild = series.intensityG.find((value) => !Number.isNaN(value) && !isPlausible(value));
  if (wild !== undefined) throw broken('gave an implausible intensity', `${wild}`, 'a plausible g/kWh');
}

/** Accepts an answer that can be believed and is not dead. */
export function accept(provider: Provider, zone: string, series: Series, now: Instant): Series {
  believe(provider, zone, series);
  const last = lastKnown(series);
  if (last === undefined) throw new Failure('grid/unavailable', `${provider.id}: no value in its answer`);
  if (after(last, series.axis.step) < now - (provider.staleAfter ?? STALE_AFTER)) {
    throw new Failure('grid/unavailable', `${provider.id} is stale: its newest value is ${spell(now - last)} old`);
  }
  return series;
}

/** Memory is kept for each provider and zone for as long as the asker lives. */
export function createAsker({ transport, clock, key, cache, archive, patienceMs }: AskerOptions): Asker {
  const memories = new Map<string, Memory>();

  const memoryOf = (provider: Provider, zone: string): Memory => {
    const key = `${provider.id} ${zone}`;
    const known = memories.get(key);
    if (known !== undefined) return known;
    const fresh: Memory = { good: undefined, asked: undefined, failures: 0, lastFailure: undefined, flight: undefined };
    memories.set(key, fresh);
    return fresh;
  };

  /** Writes that hang cost a warning, not the answer. */
  const inTime = async (what: string, writing: Promise<unknown> | undefined): Promise<string> => {
    try {
      const trouble = await orAborted(Promise.resolve(writing), AbortSignal.timeout(WRITING_MS));
      return typeof trouble === 'string' ? trouble : '';
    } catch (thrown) {
      return `the answer could not be ${what} (${asError(thrown).message})`;
    }
  };

  /** One request, and what is remembered of it; a request that was called off is not counted against the provider. */
  const request = async (
    provider: Provider,
    { zone, wanted }: FreshQuestion,
    memory: Memory,
    calledOff: AbortSignal,
  ): Promise<Fresh> => {
    const limit = AbortSignal.timeout(patienceMs);
    const signal = AbortSignal.any([calledOff, limit]);
    try {
      const said = await orAborted(provider.intensity(zone, wanted, { transport, clock, key, signal }), signal);
      const series = accept(provider, zone, said, clock.now());
      memory.good = series;
      memory.failures = 0;
      memory.lastFailure = undefined;
      const warnings = await Promise.all([
        inTime('kept', cache?.write(provider.id, zone, series)),
        inTime('archived', archive?.(series)),
      ]);
      const warning = warnings.filter((words) => words !== '').join('; ');
      return { series, ...(warning === '' ? {} : { warning }) };
    } catch (thrown) {
      const failure = limit.aborted
        ? new Failure('grid/unavailable', `${provider.id} did not answer in time`)
        : asFailure(provider.id, thrown);
      if (!calledOff.aborted) {
        memory.failures += 1;
        memory.lastFailure = failure;
      }
      return { failure };
    }
  };

  /** Joins the request that is on its way, or sends one; it is called off when the last who waits has gone. */
  const join = async (
    provider: Provider,
    question: FreshQuestion,
    memory: Memory,
    abort: AbortSignal,
  ): Promise<Fresh> => {
    if (memory.flight === undefined) {
      const controller = new AbortController();
      memory.asked = clock.now();
      const flight = { promise: request(provider, question, memory, controller.signal), abort: controller, waiting: 0 };
      memory.flight = flight;
      void flight.promise.then(() => {
        if (memory.flight === flight) memory.flight = undefined;
      });
    }
    const { flight } = memory;
    flight.waiting += 1;
    try {
      return await orAborted(flight.promise, abort);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        // Whoever comes now asks anew rather than joining what is being called off.
        if (memory.flight === flight) memory.flight = undefined;
        flight.abort.abort(new Error('nobody waits for this any more'));
      }
    }
  };

  /** What another process was told last, as far as it would be believed today. */
  const recall = async (provider: Provider, zone: string): Promise<Series | undefined> => {
    const kept = await read(provider, zone);
    if ('absent' in kept) return undefined;
    try {
      return accept(provider, zone, kept, clock.now());
    } catch {
      return undefined;
    }
  };

  /** What was kept on the disk, if it is of the provider's own signal. */
  const read = async (provider: Provider, zone: string): Promise<Series | { readonly absent: string }> => {
    const kept = (await cache?.read(provider.id, zone)) ?? { absent: 'nothing kept' };
    return 'absent' in kept || sameSignal(kept.signal, provider.signal)
      ? kept
      : { absent: 'the kept answer is of another signal' };
  };

  return {
    async fresh(provider, question, abort) {
      const memory = memoryOf(provider, question.zone);
      if (memory.asked === undefined) memory.good ??= await recall(provider, question.zone);
      const now = clock.now();
      // Time that passed before a clock was made to stand did pass; one that was turned back makes everything old.
      const within = (since: Instant | undefined, limit: Millis | number): boolean => {
        if (since === undefined || now < since) return false;
        const age = between(since, now);
        return (clock.speed === 0 ? age : clock.toReal(age)) < limit;
      };
      if (memory.flight !== undefined) return join(provider, question, memory, abort);
      const recently = within(memory.asked, LEAST_INTERVAL);
      if (memory.lastFailure !== undefined) {
        const resting = memory.failures >= FAILURES_TO_REST ? within(memory.asked, REST) : recently;
        if (resting) return { failure: memory.lastFailure };
      } else if (memory.good !== undefined) {
        const young =
          within(memory.good.provenance.fetchedAt, question.maxAge) && contains(memory.good.axis, question.least);
        if (young || recently) return { series: memory.good };
      }
      return join(provider, question, memory, abort);
    },

    async kept(provider, zone, range) {
      const now = clock.now();
      const kept = memoryOf(provider, zone).good ?? (await read(provider, zone));
      if ('absent' in kept) return kept;
      const age = between(kept.provenance.fetchedAt, now);
      if (age < -CLOCK_SLACK)
        return { absent: `the kept answer is dated in the future (${formatInstant(kept.provenance.fetchedAt)})` };
      if (age <= STALE_AFTER) return { series: kept, age, reason: `last good answer, ${spell(age)} old` };
      const series = forgetNow(kept, now);
      const last = lastKnown(series);
      const usesPastAlone = range.end <= now;
      if (last === undefined || (!usesPastAlone && last <= now))
        return { absent: `the kept answer is ${spell(age)} old and says nothing about what comes` };
      return {
        series,
        age,
        reason: `stale: last good answer is ${spell(age)} old; its forecast is used, not its present`,
      };
    },
  };
}
