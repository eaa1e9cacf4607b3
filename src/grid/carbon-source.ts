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
import type { CarbonSource, Intensities, KnownLocation } from '../serve/index.ts';
import { after, DAY, type Instant, instant, MINUTE, type Millis, millis } from '../units.ts';
import { type Chains, chainOf } from './chain.ts';
import { mayBePassedOn } from './licence.ts';
import { locate } from './place.ts';
import type { Provider, Range } from './provider.ts';
import { modelled } from './providers/modelled.ts';
import { type Series, sameSignal } from './series.ts';
import { cutSeries, slotStart } from './slots.ts';
import type { GridAnswer } from './source.ts';
import type { VintageKey, Vintages } from './vintages.ts';

interface Seen {
  readonly answer: GridAnswer;
  /** Its series with our forecast laid in, where hours of it are ours. */
  readonly ahead?: Series;
}

type ReadZone = (zone: string, from: Instant, until: Instant, signal: AbortSignal) => Promise<Seen>;

export interface CarbonSourceOptions {
  /** The grid of `zone` over a time. */
  readonly read: ReadZone;
  /** The same as it was known at `from`. Absent: of earlier moments nothing is known. */
  readonly readAt?: ReadZone;
  readonly clock: Clock;
  /**
   * What stands in for every provider, and so is known in advance: the columns of a file, or `any` zone. Absent: live
   * providers, each with what it says at the time.
   */
  readonly only?: readonly string[] | 'any';
  /** What was kept of live providers, read as it was known by now; `undefined` where nothing was yet. */
  readonly kept?: () => Promise<Vintages | undefined>;
  /** By zone: the providers to prefer, as the grid does. */
  readonly chains?: Chains;
}

/** How far ahead a forecast is asked for. */
const HORIZON: Millis = millis(4 * DAY);
/** What is asked for as of now may arrive a little later. */
const NOW_SLACK: Millis = MINUTE;

export function carbonSource(options: CarbonSourceOptions): CarbonSource {
  const { read, readAt, clock, only, chains = {} } = options;

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
  const ask = async (location: string, from: Instant, until: Instant, signal: AbortSignal): Promise<Seen> => {
    let unknown: Failure | undefined;
    for (const zone of await zonesOf(location)) {
      const view = await read(zone, from, until, signal);
      unknown = noZone(view.answer, location);
      if (unknown === undefined) return view;
    }
    throw unknown ?? new Failure('grid/no-zone', 'location: no such place', { value: location });
  };

  /** What was known of `range` by `now`, all of it of one signal, as the live grid would choose it. */
  const keptPast = async (zone: string, range: Range, now: Instant): Promise<readonly Series[]> => {
    const vintages = await options.kept?.();
    if (vintages === undefined) return [];
    const { asked, mayFollow } = chainOf(zone, { chains });
    const keys = await vintages.keys(zone);
    const kept: Series[] = [];
    let leading: Provider | undefined;
    for (const provider of asked.filter((one) => keys.some((key) => isOf(key, one)))) {
      if (!mayFollow(leading, provider)) continue;
      const its = await Promise.all(
        keys.filter((key) => isOf(key, provider)).map((key) => vintages.past(key, range, now)),
      );
      const told = its.filter((series) => known(series) > 0);
      if (told.length > 0) leading ??= provider;
      kept.push(...told);
    }
    return kept;
  };

  /** Whatever begins later than now has not been. */
  const begun = (series: Series, range: Range, now: Instant): Intensities | undefined => {
    const cut = cutSeries(series, range);
    const intensityG = cut.intensityG.map((value, i) => (slotStart(cut.axis, i) > now ? Number.NaN : value));
    return intensityG.every(Number.isNaN) ? undefined : toldBy({ ...cut, intensityG }, only);
  };

  /** What `seen` says from the slot that holds `from` on; `undefined` where that is nothing of what comes. */
  const foreseen = ({ answer, ahead }: Seen, from: Instant): Intensities | undefined => {
    const range = { start: from, end: after(from, HORIZON) };
    const series = ahead ?? answer.series;
    if (answer.use !== 'level' || series === undefined) return undefined;
    const cut = cutSeries(series, range);
    if (!cut.intensityG.some((value, i) => !Number.isNaN(value) && slotStart(cut.axis, i) > from)) return undefined;
    const publisher = ahead === undefined || answer.series === undefined ? {} : publisherOf(cut, answer.series, range);
    return { ...toldBy(cut, only), ...publisher, ...(only === undefined ? {} : { issuedAt: from }) };
  };

  const forecastFrom = async (location: string, from: Instant, signal: AbortSignal): Promise<Intensities> => {
    const seen = await ask(location, from, after(from, HORIZON), signal);
    if (seen.answer.use !== 'level') throw noAnswer(seen.answer);
    const told = foreseen(seen, from);
    if (told === undefined) throw new Failure('grid/no-signal', `no forecast of ${seen.answer.zone} is known`);
    return told;
  };

  return {
    now: () => clock.now(),

    async past(location, range, signal) {
      const now = clock.now();
      const [zone = location] = await zonesOf(location);
      const kept = await keptPast(zone, range, now);
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
      const now = clock.now();
      const then = instant(Math.min(at, now));
      const seen = await readAt?.(zone, then, after(then, HORIZON), signal);
      const told = seen && foreseen(seen, then);
      return told ?? (now - at <= NOW_SLACK ? forecastFrom(location, now, signal) : undefined);
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

/** Whether values kept under `key` are what `provider` says now: of its signal. */
const isOf = (key: VintageKey, { id, signal }: Provider): boolean =>
  key.provider === id && sameSignal(key.signal, signal);

/** Who says what comes, where hours of it are ours. */
function publisherOf(ahead: Series, published: Series, range: Range): Pick<Intensities, 'publisher'> {
  const { provider } = published.provenance;
  const theirs = cutSeries(published, range);
  const isTheirs = (i: number): boolean => theirs.intensityG[i] === ahead.intensityG[i];
  const foretold = [...ahead.quality.keys()].filter((i) => ahead.quality[i] === 'forecast');
  if (foretold.every(isTheirs)) return { publisher: provider };
  return { publisher: foretold.some(isTheirs) ? `${provider}, gridtide` : `gridtide:${provider}` };
}

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
