/**
 * What the HTTP door asks of the grid: a location's past and what is forecast for it, from whatever stands behind the reader
 * (a file, a generated day, live providers), and from what was kept of earlier answers.
 *
 * Every answer is of one publisher and one signal. A part that was kept never hides the rest: what is not wholly kept is
 * asked for.
 *
 * @module
 */
import { basename } from 'node:path';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { Outlook } from '../plan/index.ts';
import type { CarbonSource, Intensities, KnownLocation } from '../serve/index.ts';
import { after, DAY, type Instant, MINUTE, type Millis, millis } from '../units.ts';
import type { Chains } from './chain.ts';
import { mayBePassedOn } from './licence.ts';
import { locate } from './place.ts';
import type { Range } from './provider.ts';
import { modelled } from './providers/modelled.ts';
import { PROVIDERS } from './providers.ts';
import { type Series, sameSignal } from './series.ts';
import { cutSeries, slotStart } from './slots.ts';
import type { GridAnswer } from './source.ts';
import type { VintageKey, Vintages } from './vintages.ts';

export interface CarbonSourceOptions {
  /** The grid of `zone` over a time, and the outlook on it. */
  readonly read: (
    zone: string,
    from: Instant,
    until: Instant,
    signal: AbortSignal,
  ) => Promise<{ readonly answer: GridAnswer; readonly outlook: Outlook }>;
  readonly clock: Clock;
  /**
   * What stands in for every provider, and so is known in advance: the columns of a file, or `any` zone. Absent: live
   * providers, each with what it says at the time.
   */
  readonly only?: readonly string[] | 'any';
  /** What was kept of live providers; `undefined` where nothing was yet. */
  readonly kept?: () => Promise<Vintages | undefined>;
  /** By zone: the providers to prefer, as the grid does. */
  readonly chains?: Chains;
}

/** How far ahead a forecast is asked for. */
const HORIZON: Millis = millis(4 * DAY);
/** What is asked for as of now may arrive a little later. */
const NOW_SLACK: Millis = MINUTE;

export function carbonSource(options: CarbonSourceOptions): CarbonSource {
  const { read, clock, only, chains = {} } = options;

  /** Columns of a file, which it may call as it likes. */
  const columns = only === 'any' ? undefined : only;

  /** What to ask the grid for, the likeliest first. */
  const zonesOf = async (location: string): Promise<readonly string[]> => {
    const region = await regionNamed(location);
    const { zone } = await locate(region ?? location, { from: 'location', anyName: columns !== undefined });
    if (columns === undefined) return [zone];
    const written = location.trim().toLowerCase();
    return [...new Set([columns.find((name) => name.toLowerCase() === written) ?? location, zone])];
  };

  /** The first zone of `location` that the grid knows, and what it says. */
  const ask = async (location: string, from: Instant, until: Instant, signal: AbortSignal) => {
    let unknown: Failure | undefined;
    for (const zone of await zonesOf(location)) {
      const view = await read(zone, from, until, signal);
      unknown = noZone(view.answer, location);
      if (unknown === undefined) return view;
    }
    throw unknown ?? new Failure('grid/no-zone', 'location: no such place', { value: location });
  };

  /** Whose values of `zone` were kept, those of the preferred providers first. */
  const keysOf = async (vintages: Vintages, zone: string): Promise<readonly VintageKey[]> => {
    const order = Object.hasOwn(chains, zone) ? (chains[zone] ?? []).map(({ provider }) => provider) : [];
    const preferred = [...order, ...PROVIDERS.map(({ id }) => id)];
    const rank = ({ provider }: VintageKey): number =>
      preferred.includes(provider) ? preferred.indexOf(provider) : preferred.length;
    return [...(await vintages.keys(zone))].sort((a, b) => rank(a) - rank(b));
  };

  const keptPast = async (zone: string, range: Range): Promise<readonly Series[]> => {
    const vintages = await options.kept?.();
    if (vintages === undefined) return [];
    return Promise.all((await keysOf(vintages, zone)).map((key) => vintages.past(key, range)));
  };

  /** Whatever begins later than now has not been. */
  const begun = (series: Series, range: Range, now: Instant): Intensities | undefined => {
    const cut = cutSeries(series, range);
    const intensityG = cut.intensityG.map((value, i) => (slotStart(cut.axis, i) > now ? Number.NaN : value));
    return intensityG.every(Number.isNaN) ? undefined : toldBy({ ...cut, intensityG }, only);
  };

  const forecastFrom = async (location: string, from: Instant, signal: AbortSignal): Promise<Intensities> => {
    const { answer, outlook } = await ask(location, from, after(from, HORIZON), signal);
    if (outlook.use !== 'level') throw noAnswer(answer);
    // What was filled in for planning is no forecast.
    const intensityG = outlook.intensityG.map((value, i) => {
      const start = slotStart(outlook.axis, i);
      return outlook.gaps?.some((gap) => gap.start <= start && start < gap.end) ? Number.NaN : value;
    });
    const isAhead = intensityG.some((value, i) => !Number.isNaN(value) && slotStart(outlook.axis, i) > from);
    if (!isAhead) throw new Failure('grid/no-signal', `no forecast of ${outlook.zone} is known`);
    return {
      zone: outlook.zone,
      signal: outlook.signal,
      axis: outlook.axis,
      intensityG,
      quality: outlook.quality,
      publisher: answer.series?.provenance.provider ?? 'gridtide',
      source: nameOf(outlook.source, only),
      licence: answer.series?.provenance.licence ?? 'unknown',
      mayBePassedOn: answer.series === undefined || mayBePassedOn(answer.series.provenance),
      issuedAt: only === undefined ? outlook.asOf : from,
    };
  };

  return {
    now: () => clock.now(),

    async past(location, range, signal) {
      const now = clock.now();
      const [zone = location] = await zonesOf(location);
      const kept = await keptPast(zone, range);
      const whole = kept.find((series) => !series.intensityG.some(Number.isNaN));
      if (whole !== undefined) return begun(whole, range, now);
      const { answer } = await ask(location, range.start, range.end, signal);
      const { series } = answer;
      if (series !== undefined && answer.use === 'level') {
        const asked = cutSeries(series, range);
        const same = kept.find((one) => isOfSame(one, asked));
        return begun(same === undefined ? asked : filledFrom(asked, same), range, now);
      }
      const most = kept.toSorted((a, b) => known(b) - known(a))[0];
      const partly = most === undefined ? undefined : begun(most, range, now);
      if (partly === undefined && (only === undefined || !isOfOtherTimes(answer))) throw noAnswer(answer);
      return partly;
    },

    forecast: (location, signal) => forecastFrom(location, clock.now(), signal),

    async forecastAt(location, at, signal) {
      // Of what is known in advance the same was known at any time.
      if (only !== undefined) return forecastFrom(location, at, signal);
      const [zone = location] = await zonesOf(location);
      const vintages = await options.kept?.();
      const range = { start: at, end: after(at, HORIZON) };
      for (const key of vintages === undefined ? [] : await keysOf(vintages, zone)) {
        const series = await vintages?.forecast(key, range, { issuedBy: at });
        if (series !== undefined) {
          const { axis } = series;
          const ahead = { start: at, end: slotStart(axis, axis.length) };
          return toldBy(cutSeries(series, ahead), only);
        }
      }
      return clock.now() - at <= NOW_SLACK ? forecastFrom(location, clock.now(), signal) : undefined;
    },

    async locations() {
      const places = await knownPlaces();
      if (columns === undefined) return places.map(withoutZone);
      const named = columns.map((name) => {
        const place = places.find((one) => one.name === name);
        return { name, latitude: place?.latitude ?? null, longitude: place?.longitude ?? null };
      });
      const served = places.filter(({ zone, name }) => columns.includes(zone) && !columns.includes(name));
      return [...named, ...served.map(withoutZone)];
    },
  };
}

/** `azure:eastus` of `eastus`: no two clouds call a region the same. */
async function regionNamed(name: string): Promise<string | undefined> {
  const { CLOUD_REGIONS } = await import('./data/cloud-regions.ts');
  const written = name.trim().toLowerCase();
  const cloud = Object.keys(CLOUD_REGIONS).find((one) => Object.hasOwn(CLOUD_REGIONS[one] ?? {}, written));
  return cloud === undefined ? undefined : `${cloud}:${written}`;
}

/** Regions of clouds by the names that their clouds give them, and zones that have a town to stand for them. */
async function knownPlaces(): Promise<readonly (KnownLocation & { readonly zone: string })[]> {
  const [{ CLOUD_REGIONS }, { CITIES }] = await Promise.all([
    import('./data/cloud-regions.ts'),
    import('./data/cities.ts'),
  ]);
  const regions = Object.values(CLOUD_REGIONS).flatMap((of) =>
    Object.entries(of).map(([name, { latitude, longitude, zone }]) => ({ name, latitude, longitude, zone })),
  );
  const zones = Object.values(CITIES).flatMap((of) =>
    Object.entries(of).map(([zone, [town]]) => ({
      ...{ name: zone, zone },
      ...{ latitude: town?.[1] ?? null, longitude: town?.[2] ?? null },
    })),
  );
  return [...regions, ...zones];
}

const withoutZone = ({ name, latitude, longitude }: KnownLocation): KnownLocation => ({ name, latitude, longitude });

const known = ({ intensityG }: Series): number => intensityG.filter((value) => !Number.isNaN(value)).length;

/** Whether two series are what one publisher says in one signal on the same slots. */
const isOfSame = (a: Series, b: Series): boolean =>
  a.provenance.provider === b.provenance.provider &&
  a.provenance.factors === b.provenance.factors &&
  sameSignal(a.signal, b.signal) &&
  a.axis.step === b.axis.step &&
  a.axis.start === b.axis.start;

/** `series` with what was kept where it says nothing. Both are on the same slots. */
const filledFrom = (series: Series, kept: Series): Series => {
  const isMissing = (i: number): boolean => Number.isNaN(series.intensityG[i] ?? Number.NaN);
  return {
    ...series,
    intensityG: series.intensityG.map((value, i) => (isMissing(i) ? (kept.intensityG[i] ?? Number.NaN) : value)),
    quality: series.quality.map((quality, i) => (isMissing(i) ? (kept.quality[i] ?? quality) : quality)),
  };
};

function toldBy(series: Series, only: CarbonSourceOptions['only']): Intensities {
  const { zone, signal, axis, intensityG, provenance } = series;
  const qualities = series.quality.filter((_, i) => !Number.isNaN(intensityG[i] ?? Number.NaN));
  return {
    ...{ zone, signal, axis, intensityG },
    quality: [...new Set(qualities)].join(', '),
    publisher: provenance.provider,
    source: nameOf(provenance.source, only),
    licence: provenance.licence,
    mayBePassedOn: mayBePassedOn(provenance),
    issuedAt: provenance.issuedAt,
  };
}

/** Of a file its name alone: where it lies is nobody else's concern. */
const nameOf = (source: string, only: CarbonSourceOptions['only']): string =>
  only === undefined ? source : basename(source);

/** That nobody knows the zone, where it is so. */
function noZone({ links, zone, use }: GridAnswer, location: string): Failure | undefined {
  if (use === 'level') return undefined;
  const asked = links.filter(({ provider }) => provider !== modelled.id);
  const unknown = asked.find(({ failure }) => failure?.code === 'grid/no-zone')?.failure;
  if (unknown === undefined && asked.some(({ outcome }) => outcome !== 'does not cover')) return undefined;
  return new Failure('grid/no-zone', `location: ${unknown?.message ?? `no source that may be asked covers ${zone}`}`, {
    value: location,
    ...(unknown?.expected === undefined ? {} : { expected: unknown.expected }),
  });
}

/** Why no level is known. A file that was named is meant: one that is broken is no source that says nothing. */
function noAnswer({ zone, links }: GridAnswer): Failure {
  const failures = links.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const broken = failures.find(({ code }) => code === 'file/unreadable' || code === 'grid/invalid-data');
  if (links.length === 1 && broken !== undefined) return broken;
  const reasons = links.map(({ provider, reason, failure }) => `${provider}: ${failure?.message ?? reason}`);
  return new Failure('grid/no-signal', `no source tells the intensity of ${zone}: ${reasons.join('; ')}`);
}

/** Whether it is the time alone that nothing is known of. */
const isOfOtherTimes = ({ links }: GridAnswer): boolean =>
  links.some(({ failure }) => failure?.code === 'grid/other-times' || failure?.code === 'grid/no-signal');
