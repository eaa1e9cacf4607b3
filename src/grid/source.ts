/**
 * One question, a chain of answers: what is the intensity at `zone` over `range`? A file or a generated day stands in
 * for everything; else a live provider, else its last good answer, else the modelled shape, else nothing.
 *
 * No trouble with a provider is thrown: it ends in a lesser answer that says in words what each link replied. Only an
 * abort by the caller propagates.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { asError, Failure } from '../errors.ts';
import {
  after,
  between,
  DAY,
  formatInstant,
  HOUR,
  type Instant,
  instant,
  MINUTE,
  type Millis,
  millis,
} from '../units.ts';
import { type YearlyAverage, yearlyAverage } from './average.ts';
import { type AnswerCache, answerCache } from './cache.ts';
import type { Provider, Range, Transport } from './provider.ts';
import { modelled } from './providers/modelled.ts';
import { PROVIDERS } from './providers.ts';
import type { Series } from './series.ts';
import { axisEnd, contains, cutSeries, gapsIn, slotStart, spell } from './slots.ts';

/** What one link of the chain had to say. */
export interface LinkReply {
  readonly provider: string;
  readonly outcome: 'ok' | 'failed' | 'does not cover';
  /** In words, for people. */
  readonly reason: string;
  /** For those who would rather throw it (`plan`). */
  readonly failure?: Failure;
}

export interface GridAnswer {
  readonly zone: string;
  /** `level`: grams may be stated; `shape`: hours are ranked only; `none`: nothing is known, run now. */
  readonly use: 'level' | 'shape' | 'none';
  /** Covers at least the asked range; history before it helps to fill gaps. Absent when `use` is `none`. */
  readonly series?: Series;
  /** For the account where `use` is not `level`. */
  readonly average: YearlyAverage;
  /** In the order they were asked. */
  readonly links: readonly LinkReply[];
  /** How old the answer is, when it is not fresh. */
  readonly age?: Millis;
  readonly warnings: readonly string[];
}

export interface OutlookOptions {
  /** An answer this young is given again without asking. Default 5 min. Below one minute it asks all the same. */
  readonly maxAge?: Millis;
}

export interface Grid {
  /** Never throws for a provider's sake; rejects with the abort reason when `abort` aborts. */
  outlook(zone: string, range: Range, abort: AbortSignal, options?: OutlookOptions): Promise<GridAnswer>;
  /** What it stands on, for people: `file grid.csv`, `live providers`, `synthetic day`. */
  readonly about: string;
}

export interface GridOptions {
  /** A loaded CSV file or a synthetic day: it stands in for every provider. */
  readonly only?: Provider;
  /** Whether providers on the network may be asked. Default false: modelled shape, then nothing. */
  readonly live?: boolean;
  /** Folder of kept answers (`<home>/grid-cache`). Default: nothing is kept. */
  readonly cacheFolder?: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Default: the providers of this room. */
  readonly providers?: readonly Provider[];
  /** Real time that a provider has for an answer, retries included. Default 15 s. */
  readonly patienceMs?: number;
}

const FRESH_FOR: Millis = millis(5 * MINUTE);
/** Whatever happens, no provider is asked for one zone more often than this. */
const LEAST_INTERVAL: Millis = MINUTE;
/** A provider that failed this often in a row is left alone for a while. */
const FAILURES_TO_REST = 3;
const REST: Millis = millis(10 * MINUTE);
/** Older than this, a kept answer says nothing about now; its forecast still says something about later. */
export const STALE_AFTER: Millis = millis(3 * HOUR);
const HISTORY: Millis = millis(2 * DAY);
const HORIZON: Millis = millis(2 * DAY);
/** A clock may be wrong by this much before an answer counts as written in the future. */
const CLOCK_SLACK: Millis = millis(5 * MINUTE);

/** What is remembered about one provider at one zone. */
interface Memory {
  good: Series | undefined;
  asked: Instant | undefined;
  failures: number;
  lastFailure: Failure | undefined;
  flight: { promise: Promise<Series>; abort: AbortController; waiting: number } | undefined;
}

const asFailure = (provider: string, thrown: unknown): Failure =>
  thrown instanceof Failure
    ? thrown
    : new Failure('grid/unavailable', `${provider}: ${asError(thrown).message}`, { cause: thrown });

/** Waits for `promise` or for `abort`, whichever comes first. */
async function orAborted<T>(promise: Promise<T>, abort: AbortSignal): Promise<T> {
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

/** Wires the chain. Holds no timer and no open file. */
export function openGrid(options: GridOptions): Grid {
  const { clock, transport } = options;
  const cache: AnswerCache | undefined =
    options.cacheFolder === undefined ? undefined : answerCache(options.cacheFolder);
  const live =
    options.live === true
      ? (options.providers ?? PROVIDERS).filter((p) => p.id !== 'modelled' && p.id !== 'synthetic')
      : [];
  const memories = new Map<string, Memory>();

  const memoryOf = (provider: Provider, zone: string): Memory => {
    const key = `${provider.id} ${zone}`;
    const known = memories.get(key);
    if (known !== undefined) return known;
    const fresh: Memory = { good: undefined, asked: undefined, failures: 0, lastFailure: undefined, flight: undefined };
    memories.set(key, fresh);
    return fresh;
  };

  /** Asks once for all who wait; the request ends when the last of them has gone. */
  const ask = async (
    provider: Provider,
    zone: string,
    range: Range,
    memory: Memory,
    abort: AbortSignal,
  ): Promise<Series> => {
    if (memory.flight === undefined) {
      const controller = new AbortController();
      const limit = AbortSignal.timeout(options.patienceMs ?? 15_000);
      const asked = provider.intensity(zone, range, {
        transport,
        clock,
        signal: AbortSignal.any([controller.signal, limit]),
      });
      const patient = orAborted(asked, limit).catch((thrown: unknown) => {
        throw limit.aborted ? new Failure('grid/unavailable', `${provider.id} did not answer in time`) : thrown;
      });
      const flight = { promise: patient, abort: controller, waiting: 0 };
      const land = (): void => {
        if (memory.flight === flight) memory.flight = undefined;
      };
      patient.then(land, land);
      memory.flight = flight;
      memory.asked = clock.now();
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

  /** Believes an answer only when it is of the zone, of the provider's own signal, and not dead. */
  const accept = (provider: Provider, zone: string, series: Series, now: Instant): Series => {
    if (series.zone !== zone)
      throw new Failure('grid/invalid-data', `${provider.id} answered for another zone`, {
        value: series.zone,
        expected: zone,
      });
    const last = lastKnown(series);
    if (last === undefined) throw new Failure('grid/unavailable', `${provider.id}: no value in its answer`);
    if (after(last, series.axis.step) < now - STALE_AFTER) {
      throw new Failure('grid/unavailable', `${provider.id} is stale: its newest value is ${spell(now - last)} old`);
    }
    return series;
  };

  type Fresh = { readonly series: Series; readonly warning?: string } | { readonly failure: Failure };

  /** A fresh answer of one provider, from memory where it is young and reaches far enough; else `wanted` is asked for. */
  const freshFrom = async (
    provider: Provider,
    zone: string,
    asked: Range,
    wanted: Range,
    maxAge: Millis,
    abort: AbortSignal,
  ): Promise<Fresh> => {
    const memory = memoryOf(provider, zone);
    const now = clock.now();
    const since = memory.asked === undefined ? undefined : millis(now - memory.asked);
    // A clock that was turned back makes everything remembered look young: ask again.
    const recent = (limit: Millis): boolean =>
      since !== undefined && since >= 0 && (clock.speed === 0 || clock.toReal(since) < limit);
    if (memory.good !== undefined && memory.failures === 0) {
      const age = between(memory.good.provenance.fetchedAt, now);
      const young =
        age >= 0 && clock.speed !== 0 ? clock.toReal(age) < Math.max(maxAge, LEAST_INTERVAL) : clock.speed === 0;
      if ((young && contains(memory.good.axis, asked)) || recent(LEAST_INTERVAL)) return { series: memory.good };
    }
    if (
      memory.lastFailure !== undefined &&
      memory.failures > 0 &&
      recent(memory.failures >= FAILURES_TO_REST ? REST : LEAST_INTERVAL)
    ) {
      return { failure: memory.lastFailure };
    }
    try {
      const joined = memory.flight !== undefined;
      const series = accept(provider, zone, await ask(provider, zone, wanted, memory, abort), clock.now());
      memory.good = series;
      memory.failures = 0;
      memory.lastFailure = undefined;
      const warning = joined ? undefined : await cache?.write(provider.id, zone, series);
      return { series, ...(warning === undefined ? {} : { warning }) };
    } catch (thrown) {
      abort.throwIfAborted();
      memory.failures += 1;
      memory.lastFailure = asFailure(provider.id, thrown);
      return { failure: memory.lastFailure };
    }
  };

  /** The last good answer, as far as its age allows; or why not. */
  const keptFrom = async (
    provider: Provider,
    zone: string,
    range: Range,
  ): Promise<{ series: Series; age: Millis; reason: string } | { absent: string }> => {
    const now = clock.now();
    const kept = memoryOf(provider, zone).good ?? (await cache?.read(provider.id, zone)) ?? { absent: 'nothing kept' };
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
  };

  const outlook = async (
    zone: string,
    range: Range,
    abort: AbortSignal,
    asking: OutlookOptions = {},
  ): Promise<GridAnswer> => {
    abort.throwIfAborted();
    const now = clock.now();
    const average = yearlyAverage(zone);
    const links: LinkReply[] = [];
    const level = (series: Series, warnings: readonly string[], age?: Millis): GridAnswer => ({
      zone,
      use: 'level',
      series,
      average,
      links,
      ...(age === undefined ? {} : { age }),
      warnings: [...series.warnings, ...warnings],
    });
    const none = (): GridAnswer => ({
      zone,
      use: 'none',
      average,
      links,
      warnings: [`no grid signal for ${zone}: steps run now, emissions at the yearly average of ${average.of}`],
    });

    if (options.only !== undefined) {
      // A week of history, to fill gaps with the same hours of the days before.
      const wide = { start: instant(Math.min(range.start, now - 7 * DAY)), end: range.end };
      try {
        const series = await orAborted(options.only.intensity(zone, wide, { transport, clock, signal: abort }), abort);
        const asked = cutSeries(series, range);
        if (range.end > range.start && asked.intensityG.every(Number.isNaN)) {
          throw new Failure(
            'grid/no-signal',
            `no value for ${zone} between ${formatInstant(range.start)} and ${formatInstant(range.end)}: ${asked.gaps[0]?.reason ?? 'empty'}`,
          );
        }
        links.push({ provider: options.only.id, outcome: 'ok', reason: options.only.about });
        return level(series, []);
      } catch (thrown) {
        abort.throwIfAborted();
        const failure = asFailure(options.only.id, thrown);
        links.push({ provider: options.only.id, outcome: 'failed', reason: failure.describe(), failure });
        return none();
      }
    }

    const covering = live.filter((provider) => provider.covers(zone));
    if (options.live !== true)
      links.push({ provider: 'live', outcome: 'does not cover', reason: 'live providers are not asked' });
    else if (covering.length === 0)
      links.push({ provider: 'live', outcome: 'does not cover', reason: `no keyless provider covers ${zone}` });
    const wanted: Range = {
      start: instant(Math.min(range.start, now - HISTORY)),
      end: instant(Math.max(range.end, now + HORIZON)),
    };
    for (const provider of covering) {
      const fresh = await freshFrom(provider, zone, range, wanted, asking.maxAge ?? FRESH_FOR, abort);
      if ('series' in fresh) {
        links.push({ provider: provider.id, outcome: 'ok', reason: provider.about });
        return level(fresh.series, fresh.warning === undefined ? [] : [fresh.warning]);
      }
      links.push({
        provider: provider.id,
        outcome: 'failed',
        reason: fresh.failure.describe(),
        failure: fresh.failure,
      });
      const kept = await keptFrom(provider, zone, range);
      abort.throwIfAborted();
      if ('series' in kept) {
        links.push({ provider: `${provider.id} (kept)`, outcome: 'ok', reason: kept.reason });
        return level(
          kept.series,
          [`${provider.id} does not answer (${fresh.failure.message}); ${kept.reason}`],
          kept.age,
        );
      }
      links.push({ provider: `${provider.id} (kept)`, outcome: 'failed', reason: kept.absent });
    }

    try {
      const series = await modelled.intensity(zone, range, { transport, clock, signal: abort });
      links.push({ provider: modelled.id, outcome: 'ok', reason: modelled.about });
      const trouble = links
        .filter((link) => link.failure !== undefined)
        .map((link) => `${link.provider} does not answer (${link.failure?.message ?? ''})`);
      return { zone, use: 'shape', series, average, links, warnings: [...series.warnings, ...trouble] };
    } catch (thrown) {
      abort.throwIfAborted();
      const failure = asFailure(modelled.id, thrown);
      links.push({ provider: modelled.id, outcome: 'failed', reason: failure.describe(), failure });
      return none();
    }
  };

  return {
    about:
      options.only?.about ?? (options.live === true ? 'live providers, else a modelled shape' : 'a modelled shape'),
    outlook,
  };
}

/** The end of what a series reaches; for those who show it. */
export const reachOf = (series: Series): Instant => {
  const last = lastKnown(series);
  return last === undefined ? axisEnd(series.axis) : after(last, series.axis.step);
};
