/**
 * The grid as it was known at a moment: the same question as to the live one, answered from what was kept by then. So a
 * decision can be looked at again as it was made.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { between, formatInstant, type Instant, instant, type Millis } from '../units.ts';
import { judgeForecast, STALE_AFTER } from './age.ts';
import { HISTORY } from './asking.ts';
import { yearlyAverage } from './average.ts';
import { type Chains, chainOf, ownChain } from './chain.ts';
import type { Provider, Range } from './provider.ts';
import { type Quality, type Series, sameSignal } from './series.ts';
import { gapsIn, slotStart, spell } from './slots.ts';
import { type Grid, type GridAnswer, HORIZON, type LinkReply } from './source.ts';
import type { VintageKey, Vintages } from './vintages.ts';

export interface ArchiveOptions {
  readonly inVintages: <T>(action: (vintages: Vintages) => Promise<T>) => Promise<T>;
  /** Shows the moment that is asked about. */
  readonly clock: Clock;
  readonly chains?: Chains;
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
    // Which of their keys there were is not known any more.
    const { asked, passed, mayFollow } = chainOf(zone, { chains });
    const isNamed = ownChain(chains, zone) !== undefined;
    const links = [...passed];
    let leading: Provider | undefined;
    for (const provider of asked) {
      abort.throwIfAborted();
      const pass = (outcome: LinkReply['outcome'], reason: string): number =>
        links.push({ provider: `${provider.id} (kept)`, outcome, reason });
      const newest = await newestOf(vintages, provider, zone, now);
      if (newest === undefined) {
        // Who is not named is missed by nobody.
        if (isNamed) pass('failed', 'nothing of it was known then');
        continue;
      }
      if (!mayFollow(leading, provider)) {
        pass('does not cover', `its signal is another than that of ${leading?.id}`);
        continue;
      }
      leading ??= provider;
      if (newest.age > (provider.staleAfter ?? STALE_AFTER)) {
        pass('failed', `its newest value was ${spell(newest.age)} old`);
        continue;
      }
      const wide = { start: instant(Math.min(range.start, now - HISTORY)), end: range.end };
      const series = await knownAt(vintages, newest.key, wide, now);
      pass('ok', `as it was known at ${formatInstant(now)}`);
      return { zone, use: 'level', series, average, links, warnings: series.warnings };
    }
    const failure = new Failure('grid/no-signal', `nothing was known of ${zone} at ${formatInstant(now)}`, {
      expected: 'a time at which this home had read the live grid there, or a recorded one (--grid FILE)',
    });
    links.push({ provider: 'archive', outcome: 'failed', reason: failure.message, failure });
    return { zone, use: 'none', average, links, warnings: [failure.message] };
  }
}

interface Newest {
  readonly key: VintageKey;
  /** Since the end of its newest value; negative where that is still to come. */
  readonly age: Millis;
}

/** Of the series of a provider the one that was read last, of those that said anything about the days around `now`. */
async function newestOf(
  vintages: Vintages,
  { id, signal }: Provider,
  zone: string,
  now: Instant,
): Promise<Newest | undefined> {
  const around = { start: instant(now - HISTORY), end: instant(now + HORIZON) };
  const keys = (await vintages.keys(zone, id)).filter((key) => sameSignal(key.signal, signal));
  const known = await Promise.all(
    keys.map(async (key) => ({ key, series: await knownAt(vintages, key, around, now) })),
  );
  const [newest] = known
    .map(({ key, series: { axis, intensityG, provenance } }) => ({
      ...{ key, readAt: provenance.fetchedAt },
      end: intensityG.findLastIndex((value) => !Number.isNaN(value)) + 1,
      axis,
    }))
    .filter(({ end }) => end > 0)
    .toSorted((a, b) => b.readAt - a.readAt);
  return newest && { key: newest.key, age: between(slotStart(newest.axis, newest.end), now) };
}

/** What a series was known to say about `range`: what had happened, and the forecast in force at `asOf`. */
async function knownAt(vintages: Vintages, key: VintageKey, range: Range, asOf: Instant): Promise<Series> {
  const past = await vintages.past(key, range, asOf);
  const reach = { start: asOf, end: instant(Math.max(range.end, asOf + HORIZON)) };
  const issued = await vintages.forecast(key, reach, { issuedBy: asOf });
  const forecast = issued && judgeForecast(issued, asOf);
  const { axis } = past;
  const shift = forecast === undefined ? 0 : Math.round((forecast.axis.start - axis.start) / axis.step);
  const isPast = (slot: number): boolean => !Number.isNaN(past.intensityG[slot]);
  const pick = (values: Float64Array | undefined): Float64Array =>
    Float64Array.from({ length: axis.length }, (_, slot) =>
      isPast(slot) ? Number.NaN : (values?.[slot - shift] ?? Number.NaN),
    );
  const ahead = pick(forecast?.intensityG);
  const intensityG = ahead.map((value, slot) => (isPast(slot) ? (past.intensityG[slot] ?? Number.NaN) : value));
  const newest = forecast !== undefined && forecast.provenance.fetchedAt >= past.provenance.fetchedAt ? forecast : past;
  // A forecast keeps its date, whatever was read of the past since.
  const { issuedAt, issuedAtBasis } = (ahead.every(Number.isNaN) ? newest : (forecast ?? newest)).provenance;
  return {
    ...past,
    intensityG,
    ...(forecast?.lowG === undefined ? {} : { lowG: pick(forecast.lowG), highG: pick(forecast.highG) }),
    quality: Array.from(
      intensityG,
      (value, slot): Quality =>
        isPast(slot) ? (past.quality[slot] ?? 'missing') : Number.isNaN(value) ? 'missing' : 'forecast',
    ),
    gaps: gapsIn(intensityG, axis, () => 'not known then'),
    provenance: { ...newest.provenance, issuedAt, issuedAtBasis },
    warnings: forecast?.warnings ?? [],
  };
}
