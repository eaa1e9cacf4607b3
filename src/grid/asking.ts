/**
 * Asking one live provider: once for all who wait, as its manners allow, patiently but not for ever; and remembering what
 * it last said for when it says nothing.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { asError, Failure } from '../errors.ts';
import { after, between, DAY, formatInstant, type Instant, MINUTE, type Millis, millis } from '../units.ts';
import { forgetNow, judgeForecast, STALE_AFTER } from './age.ts';
import type { AnswerCache } from './cache.ts';
import { isWithin, type Manners } from './manners.ts';
import type { Provider, Range } from './provider.ts';
import { addTo, answerFrom, type Said } from './said.ts';
import { type Series, sameSignal } from './series.ts';
import { contains, isPlausible, slotStart, spell } from './slots.ts';

/** An answer reaches at least so far back. */
export const HISTORY: Millis = millis(2 * DAY);
/** A clock may be wrong by this much before an answer counts as written in the future. */
const CLOCK_SLACK: Millis = millis(5 * MINUTE);

/** How long (real time) an answer may take to be kept and archived, and what was kept to be read. */
const DISK_MS = 2_000;
/** How often another process that is asking is looked at. */
export const LOOK_MS = 50;
/** Why a request is called off for which nobody could wait longer. */
const IMPATIENCE = new Error('nobody could wait longer');

export interface AskerOptions {
  readonly manners: Manners;
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

/** How long whoever asks waits. */
export interface Waiting {
  /** They want no answer any more. */
  readonly abort: AbortSignal;
  /** They want whatever there is by now. */
  readonly deadline: AbortSignal;
}

export interface Asker {
  /** A fresh answer, or the failure. Rejects only when `abort` aborts; from `deadline` on nobody is asked or waited for. */
  fresh(provider: Provider, question: FreshQuestion, waiting: Waiting): Promise<Fresh>;
  /** The last good answer as far as its age allows, or why not. Never rejects. */
  kept(provider: Provider, zone: string, range: Range): Promise<Kept>;
}

/** A request on its way, or the wait for another process that sent one. It never rejects. */
interface Flight {
  readonly promise: Promise<Fresh>;
  readonly abort: AbortController;
  waiting: number;
}

/** What is remembered about one provider at one zone. */
interface Memory {
  said: Said | undefined;
  flight: Flight | undefined;
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
export function createAsker({ manners, clock, key, cache, archive, patienceMs }: AskerOptions): Asker {
  const memories = new Map<string, Memory>();

  const memoryOf = (provider: Provider, zone: string): Memory => {
    const name = `${provider.id} ${zone}`;
    const known = memories.get(name);
    if (known !== undefined) return known;
    const fresh: Memory = { said: undefined, flight: undefined };
    memories.set(name, fresh);
    return fresh;
  };

  /** Writes that hang cost a warning, not the answer. */
  const inTime = async (what: string, writing: Promise<unknown> | undefined): Promise<string> => {
    try {
      const trouble = await orAborted(Promise.resolve(writing), AbortSignal.timeout(DISK_MS));
      return typeof trouble === 'string' ? trouble : '';
    } catch (thrown) {
      return `the answer could not be ${what} (${asError(thrown).message})`;
    }
  };

  /** What was kept on the disk, if it is of the provider's own signal. */
  const read = async (provider: Provider, zone: string): Promise<Said | { readonly absent: string }> => {
    const nothing = { absent: 'nothing kept' };
    if (cache === undefined) return nothing;
    const kept = await orAborted(cache.read(provider.id, zone), AbortSignal.timeout(DISK_MS)).catch(() => nothing);
    return 'absent' in kept || sameSignal(kept.newest.signal, provider.signal)
      ? kept
      : { absent: 'the kept answer is of another signal' };
  };

  /** Whether what was said answers the question as a new answer would. */
  const isEnough = ({ newest }: Said, { least, maxAge }: FreshQuestion): boolean =>
    isWithin(clock, newest.provenance.fetchedAt, maxAge) && contains(newest.axis, least);

  /** The newest that this process or, where that is not enough, another was told. */
  const recall = async (provider: Provider, question: FreshQuestion, memory: Memory): Promise<Said | undefined> => {
    if (memory.said !== undefined && isEnough(memory.said, question)) return memory.said;
    const kept = await read(provider, question.zone);
    const known = memory.said?.newest.provenance.fetchedAt ?? Number.NEGATIVE_INFINITY;
    if (!('absent' in kept) && kept.newest.provenance.fetchedAt > known) memory.said = kept;
    return memory.said;
  };

  const isBelievable = (provider: Provider, zone: string, { newest }: Said): boolean => {
    try {
      accept(provider, zone, newest, clock.now());
      return true;
    } catch {
      return false;
    }
  };

  /** One request in a turn of ours, and what is remembered of it. */
  const request = async (
    provider: Provider,
    { zone, wanted }: FreshQuestion,
    memory: Memory,
    { calledOff, limit }: { readonly calledOff: AbortSignal; readonly limit: AbortSignal },
  ): Promise<Fresh> => {
    const signal = AbortSignal.any([calledOff, limit]);
    const context = { transport: manners.transportFor(provider), clock, key, signal };
    try {
      const reply = await orAborted(provider.intensity(zone, wanted, context), signal);
      const series = accept(provider, zone, reply, clock.now());
      memory.said = addTo(memory.said, series, clock.now());
      const warnings = await Promise.all([
        inTime('kept', cache?.write(provider.id, zone, memory.said)),
        inTime('archived', archive?.(series)),
      ]);
      await manners.settle(provider, zone, 'answered');
      const warning = warnings.filter((words) => words !== '').join('; ');
      return { series, ...(warning === '' ? {} : { warning }) };
    } catch (thrown) {
      const isLate = limit.aborted || calledOff.reason === IMPATIENCE;
      const failure = isLate
        ? new Failure('grid/unavailable', `${provider.id} did not answer in time`)
        : asFailure(provider.id, thrown);
      const isOver = calledOff.aborted && !isLate;
      const outcome = isOver ? 'called off' : { failure, impatient: isLate && !limit.aborted };
      return { failure: (await manners.settle(provider, zone, outcome)) ?? failure };
    }
  };

  /** What was said already where that is enough, else a request where manners allow one; who is before us is waited for. */
  const inquire = async (
    provider: Provider,
    question: FreshQuestion,
    memory: Memory,
    calledOff: AbortSignal,
  ): Promise<Fresh> => {
    const { zone, least } = question;
    const limit = AbortSignal.timeout(patienceMs);
    const ended = AbortSignal.any([calledOff, limit]);
    const late = { failure: new Failure('grid/unavailable', `${provider.id} is being asked and has not answered yet`) };
    let looked: number | undefined;
    let missed: number | undefined;
    for (;;) {
      const said = await recall(provider, question, memory);
      const usable = said !== undefined && isBelievable(provider, zone, said) ? said : undefined;
      if (usable !== undefined && isEnough(usable, question)) return { series: usable.newest };
      if (ended.aborted) return late;
      const turn = await manners.turn(provider, zone, missed);
      if (turn.is === 'yours') return request(provider, question, memory, { calledOff, limit });
      if (turn.is === 'resting') return { failure: turn.failure };
      if (turn.is === 'taken') {
        await delay(LOOK_MS, undefined, { signal: ended }).catch(() => {});
      } else if (looked !== turn.turns) {
        // Its answer may have come since we looked.
        looked = turn.turns;
      } else if (usable !== undefined && contains(usable.newest.axis, least)) {
        return { series: usable.newest };
      } else {
        // What it does not hold may be asked for at once.
        missed = turn.turns;
      }
    }
  };

  /** Waits for `flight`; the last who leaves calls it off. */
  const ride = async (
    provider: Provider,
    memory: Memory,
    flight: Flight,
    { abort, deadline }: Waiting,
  ): Promise<Fresh> => {
    flight.waiting += 1;
    try {
      return await orAborted(flight.promise, AbortSignal.any([abort, deadline]));
    } catch {
      abort.throwIfAborted();
      return { failure: new Failure('grid/unavailable', `${provider.id} did not answer in time`) };
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        // Whoever comes now asks anew rather than joining what is being called off.
        if (memory.flight === flight) memory.flight = undefined;
        flight.abort.abort(abort.aborted ? new Error('nobody waits for this any more') : IMPATIENCE);
      }
    }
  };

  const launch = (provider: Provider, question: FreshQuestion, memory: Memory): Flight => {
    const abort = new AbortController();
    const promise = inquire(provider, question, memory, abort.signal).catch((thrown: unknown) => ({
      failure: asFailure(provider.id, thrown),
    }));
    const flight = { promise, abort, waiting: 0 };
    memory.flight = flight;
    void promise.then(() => {
      if (memory.flight === flight) memory.flight = undefined;
    });
    return flight;
  };

  const judged = (reply: Fresh): Fresh =>
    'failure' in reply ? reply : { ...reply, series: judgeForecast(reply.series, clock.now()) };

  return {
    async fresh(provider, question, waiting) {
      const memory = memoryOf(provider, question.zone);
      for (;;) {
        if (waiting.deadline.aborted)
          return { failure: new Failure('grid/unavailable', `${provider.id} is not asked: there is no time left`) };
        const joined = memory.flight;
        const reply = await ride(provider, memory, joined ?? launch(provider, question, memory), waiting);
        // A flight that others began may have been asked for less.
        const isOurs = joined === undefined || 'failure' in reply || isEnough({ newest: reply.series }, question);
        if (isOurs) return judged(reply);
      }
    },

    async kept(provider, zone, range) {
      const now = clock.now();
      const said = memoryOf(provider, zone).said ?? (await read(provider, zone));
      if ('absent' in said) return said;
      const kept = judgeForecast(answerFrom(said, range), now);
      const { fetchedAt } = said.newest.provenance;
      const age = between(fetchedAt, now);
      if (age < -CLOCK_SLACK) return { absent: `the kept answer is dated in the future (${formatInstant(fetchedAt)})` };
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
