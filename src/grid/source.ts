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
import { Failure } from '../errors.ts';
import { DAY, formatInstant, instant, MINUTE, type Millis, millis } from '../units.ts';
import { asFailure, believe, createAsker, type Fresh, HISTORY, orAborted, type Waiting } from './asking.ts';
import { type YearlyAverage, yearlyAverage } from './average.ts';
import { answerCache } from './cache.ts';
import { type Chains, chainOf, type Environment, missingKeys } from './chain.ts';
import { createManners } from './manners.ts';
import { asOneReader } from './one-reader.ts';
import type { Provider, Range, Transport } from './provider.ts';
import { modelled } from './providers/modelled.ts';
import { mayBeChained, PROVIDERS } from './providers.ts';
import type { Series } from './series.ts';
import { cutSeries } from './slots.ts';
import { discreet } from './transport.ts';

/** What one link of the chain had to say. */
export interface LinkReply {
  readonly provider: string;
  readonly outcome: 'ok' | 'failed' | 'does not cover' | 'not configured';
  /** In words, for people. */
  readonly reason: string;
  /** For those who would rather throw it (`plan`). */
  readonly failure?: Failure;
}

export interface GridAnswer {
  readonly zone: string;
  /** `level`: grams may be stated; `shape`: hours are ranked only; `none`: nothing is known, run now. */
  readonly use: 'level' | 'shape' | 'none';
  /** As much of the asked range as the source has, and history before it to fill gaps. Absent when `use` is `none`. */
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
  /** An answer this young is given again without asking. Default 5 min; no less than the minute between two requests. */
  readonly maxAge?: Millis;
  /**
   * Real time that the question may take, all links of the chain together; what is known by then is the answer. Default
   * 20 s.
   */
  readonly patienceMs?: number;
}

export interface Grid {
  /** Never throws for a provider's sake; rejects with the abort reason when `abort` aborts. */
  outlook(zone: string, range: Range, abort: AbortSignal, options?: OutlookOptions): Promise<GridAnswer>;
  /**
   * What one provider of the live grid says of `range` itself, past every chain and cache, and kept: for reading its past,
   * at its pace.
   * Rejects with its failure.
   */
  read(provider: string, zone: string, range: Range, abort: AbortSignal): Promise<Series>;
  /** Has `work` read the past of a zone while no other process that keeps its answers here does; who comes second waits. */
  readonly asOneReader?: <T>(provider: string, zone: string, abort: AbortSignal, work: () => Promise<T>) => Promise<T>;
  /** What it stands on, for people: `file grid.csv`, `live providers`, `synthetic day`. */
  readonly about: string;
}

export interface GridOptions {
  /** A loaded CSV file, with the time that it spans, or a synthetic day: it stands in for every provider. */
  readonly only?: Provider & { readonly range?: Range };
  /** Whether providers on the network may be asked. Default false: modelled shape, then nothing. */
  readonly live?: boolean;
  /** Folder of kept answers and of manners (`<home>/grid-cache`). Default: nothing is kept. */
  readonly cacheFolder?: string;
  /** Keeps every live answer for good, as it was given. Default: none does. */
  readonly archive?: (series: Series) => Promise<void>;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where the keys of providers are. Default: nowhere. */
  readonly environment?: Environment;
  /** Default: the providers of this room. */
  readonly providers?: readonly Provider[];
  readonly chains?: Chains;
  /** Real time that a provider has for an answer, retries included. Default 15 s. */
  readonly patienceMs?: number;
}

/** How long (real time) a provider may take for a piece of its past: some answer day by day, and its pace is waited for. */
const READING_MS = 300_000;
/** So much of what is over may be asked for at once, as little as most providers give at once. */
const PAST_AT_ONCE: Millis = millis(15 * DAY);
const FRESH_FOR: Millis = millis(5 * MINUTE);
/** An answer reaches at least so far ahead. */
export const HORIZON: Millis = millis(2 * DAY);
const PATIENCE_MS = 20_000;

/** Wires the chain. Holds no timer and no open file. */
export function openGrid(options: GridOptions): Grid {
  const { clock, environment = {} } = options;
  const transport = discreet(options.transport);
  const cache = options.cacheFolder === undefined ? undefined : answerCache(options.cacheFolder);
  const key = (name: string): string => (environment[name] ?? '').trim();
  const manners = createManners({ transport, clock, key, folder: options.cacheFolder });
  const asker = createAsker({
    manners,
    clock,
    key,
    cache,
    archive: options.archive,
    patienceMs: options.patienceMs ?? 15_000,
  });
  const live = options.live === true ? (options.providers ?? PROVIDERS).filter(mayBeChained) : [];

  const read: Grid['read'] = async (id, zone, range, abort) => {
    const provider = live.find((known) => known.id === id);
    const missing = provider === undefined ? [] : missingKeys(provider, environment);
    if (provider === undefined || missing.length > 0) {
      const why = provider === undefined ? 'is not asked here' : `needs ${missing.join(' and ')} in the environment`;
      throw new Failure('grid/not-configured', `${id} ${why}`);
    }
    const signal = AbortSignal.any([abort, AbortSignal.timeout(READING_MS)]);
    const context = { transport: manners.transportFor(provider, 'background'), clock, key, signal };
    const series = await orAborted(provider.intensity(zone, range, context), signal);
    believe(provider, zone, series);
    await options.archive?.(series);
    return series;
  };

  /** What `provider` says of a time that is over, in whole days: nothing that this comes to is held against it. */
  const readPast = async (provider: Provider, zone: string, range: Range, waiting: Waiting): Promise<Fresh> => {
    if (range.end - range.start > PAST_AT_ONCE) {
      const days = PAST_AT_ONCE / DAY;
      const what = `${provider.id} is not asked for a time so long past: at most ${days} days of it may be asked for at once`;
      return { failure: new Failure('grid/unavailable', what) };
    }
    const whole = {
      start: instant(Math.floor(range.start / DAY) * DAY),
      end: instant(Math.ceil(range.end / DAY) * DAY),
    };
    const signal = AbortSignal.any([waiting.abort, waiting.deadline]);
    try {
      const series = await orAborted(read(provider.id, zone, whole, signal), signal);
      if (!cutSeries(series, range).intensityG.every(Number.isNaN)) return { series };
      return { failure: new Failure('grid/unavailable', `${provider.id}: no value in its answer`) };
    } catch (thrown) {
      waiting.abort.throwIfAborted();
      const failure = waiting.deadline.aborted
        ? new Failure('grid/unavailable', `${provider.id} did not answer in time`)
        : asFailure(provider.id, thrown);
      return { failure };
    }
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
      const { range: spans } = options.only;
      try {
        const series = await orAborted(
          options.only.intensity(zone, wide, { transport, clock, key, signal: abort }),
          abort,
        );
        const asked = cutSeries(series, range);
        if (range.end > range.start && asked.intensityG.every(Number.isNaN)) {
          const isElsewhere = spans !== undefined && (now < spans.start || spans.end <= now);
          throw new Failure(
            isElsewhere ? 'grid/other-times' : 'grid/no-signal',
            `no value for ${zone} between ${formatInstant(range.start)} and ${formatInstant(range.end)}: ${asked.gaps[0]?.reason ?? 'empty'}`,
            isElsewhere ? { expected: `a time that it spans, such as --at ${formatInstant(spans.start)}` } : {},
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

    const { asked, passed, mayFollow } = chainOf(zone, { chains: options.chains, providers: live, environment });
    links.push(...passed);
    if (options.live !== true)
      links.push({ provider: 'live', outcome: 'does not cover', reason: 'live providers are not asked' });
    else if (asked.length === 0)
      links.push({
        provider: 'live',
        outcome: 'does not cover',
        reason: `no provider that may be asked covers ${zone}`,
      });
    const isOver = range.end <= now - HISTORY;
    const wanted: Range = {
      start: instant(Math.min(range.start, now - HISTORY)),
      // In whole days: who looks a little farther each time is not to ask each time.
      end: instant(range.end <= now + HORIZON ? now + HORIZON : Math.ceil(range.end / DAY) * DAY),
    };
    const waiting: Waiting = { abort, deadline: AbortSignal.timeout(asking.patienceMs ?? PATIENCE_MS) };
    let leading: Provider | undefined;
    for (const provider of asked) {
      if (!mayFollow(leading, provider)) continue;
      const question = { zone, least: range, wanted, maxAge: asking.maxAge ?? FRESH_FOR };
      const fresh = isOver
        ? await readPast(provider, zone, range, waiting)
        : await asker.fresh(provider, question, waiting);
      if ('series' in fresh) {
        links.push({ provider: provider.id, outcome: 'ok', reason: provider.about });
        return level(fresh.series, fresh.warning === undefined ? [] : [fresh.warning]);
      }
      const { failure } = fresh;
      const outcome = failure.code === 'grid/not-configured' ? 'not configured' : 'failed';
      links.push({ provider: provider.id, outcome, reason: failure.describe(), failure });
      const kept = await asker.kept(provider, zone, range);
      abort.throwIfAborted();
      if ('series' in kept) {
        links.push({ provider: `${provider.id} (kept)`, outcome: 'ok', reason: kept.reason });
        return level(kept.series, [`${provider.id} does not answer (${failure.message}); ${kept.reason}`], kept.age);
      }
      // What it refuses and never gave, another may lead with. What it once gave sets the signal, whyever it fails now.
      if (outcome === 'not configured') continue;
      links.push({ provider: `${provider.id} (kept)`, outcome, reason: kept.absent });
      leading ??= provider;
    }

    try {
      const series = await modelled.intensity(zone, range, { transport, clock, key, signal: abort });
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
    read,
    asOneReader: (provider, zone, abort, work) => asOneReader(options.cacheFolder, `${provider}-${zone}`, abort, work),
  };
}
