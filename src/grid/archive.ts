/**
 * The grid as it was known at a moment: the same question as to the live one, answered from what was kept by then. So a
 * decision can be looked at again as it was made.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { formatInstant, type Instant, instant } from '../units.ts';
import { judgeForecast, STALE_AFTER } from './age.ts';
import { HISTORY } from './asking.ts';
import { yearlyAverage } from './average.ts';
import type { Provider, Range } from './provider.ts';
import { PROVIDERS } from './providers.ts';
import { type Quality, type Series, sameSignal } from './series.ts';
import { axisOver, gapsIn, slotStart } from './slots.ts';
import { type ChainLink, type Grid, type GridAnswer, type LinkReply, ownChain } from './source.ts';
import type { VintageKey, Vintages } from './vintages.ts';

export interface ArchiveOptions {
  readonly inVintages: <T>(action: (vintages: Vintages) => Promise<T>) => Promise<T>;
  /** Shows the moment that is asked about. */
  readonly clock: Clock;
  readonly chains?: Readonly<Record<string, readonly ChainLink[]>>;
}

/** Opens what was kept as a grid. It asks nobody. */
export function openArchive({ inVintages, clock, chains = {} }: ArchiveOptions): Grid {
  return {
    about: 'what was kept of earlier answers',
    outlook: (zone, range, abort) => inVintages((vintages) => outlook(vintages, zone, range, abort)),
    read: (provider) =>
      Promise.reject(
        new Failure('grid/not-configured', `${provider} is not asked where a moment of the past is looked at`),
      ),
  };

  async function outlook(vintages: Vintages, zone: string, range: Range, abort: AbortSignal): Promise<GridAnswer> {
    const now = clock.now();
    const average = yearlyAverage(zone);
    const links: LinkReply[] = [];
    for (const provider of askedOf(ownChain(chains, zone), zone)) {
      abort.throwIfAborted();
      const series = await knownOf({ vintages, provider, zone, range, now });
      if (series === undefined) continue;
      links.push({
        provider: `${provider.id} (kept)`,
        outcome: 'ok',
        reason: `as it was known at ${formatInstant(now)}`,
      });
      return { zone, use: 'level', series, average, links, warnings: series.warnings };
    }
    const failure = new Failure('grid/no-signal', `nothing was known of ${zone} at ${formatInstant(now)}`, {
      expected: 'a time at which this home had read the live grid there, or a recorded one (--grid FILE)',
    });
    links.push({ provider: 'archive', outcome: 'failed', reason: failure.message, failure });
    return { zone, use: 'none', average, links, warnings: [failure.message] };
  }
}

/** The providers that the live grid would ask, in its order; which of their keys there were is not known any more. */
function askedOf(chain: readonly ChainLink[] | undefined, zone: string): readonly Provider[] {
  if (chain === undefined) return PROVIDERS;
  const links = chain.flatMap(({ provider: id, allowDegrade }) =>
    PROVIDERS.filter((provider) => provider.id === id && provider.covers(zone)).map((provider) => ({
      provider,
      allowDegrade,
    })),
  );
  const first = links[0]?.provider.signal;
  return links
    .filter(({ provider, allowDegrade }) => allowDegrade || (first && sameSignal(first, provider.signal)))
    .map(({ provider }) => provider);
}

interface Question {
  readonly vintages: Vintages;
  readonly provider: Provider;
  readonly zone: string;
  readonly range: Range;
  readonly now: Instant;
}

/** What a provider was known to say about `range` at `now`: of its series the one that was read last. */
async function knownOf({ vintages, provider, zone, range, now }: Question): Promise<Series | undefined> {
  const { signal, staleAfter = STALE_AFTER } = provider;
  const keys = (await vintages.keys(zone, provider.id)).filter((key) => sameSignal(key.signal, signal));
  const found = await Promise.all(keys.map((key) => knownAt(vintages, key, range, now)));
  return found
    .filter((series) => series !== undefined)
    .filter(({ axis, intensityG }) => {
      const last = intensityG.findLastIndex((value) => !Number.isNaN(value));
      return last !== -1 && slotStart(axis, last + 1) >= now - staleAfter;
    })
    .toSorted((a, b) => b.provenance.fetchedAt - a.provenance.fetchedAt)[0];
}

async function knownAt(vintages: Vintages, key: VintageKey, range: Range, asOf: Instant): Promise<Series> {
  const wide = { start: instant(Math.min(range.start, asOf - HISTORY)), end: range.end };
  const past = await vintages.past(key, wide, asOf);
  const forecast = await vintages.forecast(key, { start: asOf, end: range.end }, { issuedBy: asOf, observedBy: asOf });
  const axis = axisOver(wide, key.step, instant(key.phase ?? 0));
  const shift = forecast === undefined ? 0 : Math.round((forecast.axis.start - axis.start) / axis.step);
  const isPast = (slot: number): boolean => !Number.isNaN(past.intensityG[slot]);
  const pick = (values: Float64Array | undefined): Float64Array =>
    Float64Array.from({ length: axis.length }, (_, slot) =>
      isPast(slot) ? Number.NaN : (values?.[slot - shift] ?? Number.NaN),
    );
  const ahead = pick(forecast?.intensityG);
  const intensityG = ahead.map((value, slot) => (isPast(slot) ? (past.intensityG[slot] ?? Number.NaN) : value));
  const newest = forecast !== undefined && forecast.provenance.fetchedAt >= past.provenance.fetchedAt ? forecast : past;
  // What a publisher dates keeps its date, whatever was read of the past since.
  const { issuedAt, issuedAtBasis } =
    forecast?.provenance.issuedAtBasis === 'provider' ? forecast.provenance : newest.provenance;
  const known: Series = {
    ...past,
    axis,
    intensityG,
    ...(forecast?.lowG === undefined ? {} : { lowG: pick(forecast.lowG), highG: pick(forecast.highG) }),
    quality: Array.from(
      intensityG,
      (value, slot): Quality =>
        isPast(slot) ? (past.quality[slot] ?? 'missing') : Number.isNaN(value) ? 'missing' : 'forecast',
    ),
    gaps: gapsIn(intensityG, axis, () => 'not known then'),
    provenance: { ...newest.provenance, issuedAt, issuedAtBasis },
  };
  return judgeForecast(known, asOf);
}
