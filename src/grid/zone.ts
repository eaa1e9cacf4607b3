/**
 * Names of grid areas (Electricity Maps' identifiers): which one this machine is probably in, which country, how people
 * call it, and what was probably meant.
 *
 * @module
 */
import { LOCAL_TIMES, PLACE_NAMES, SHARED_ZONES, TIME_ZONES } from './data/time-zones.ts';

export interface ZoneGuess {
  readonly zone: string;
  /** How it was found and what is not sure about it, for people: `time zone Europe/Berlin`. */
  readonly from: string;
  /** ISO 3166-1 alpha-2; `undefined` where the zone names none. */
  readonly country: string | undefined;
}

const regionNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Whether `text` looks like a grid area: a country (`DE`), or a part of one (`DK-DK1`, `US-CAL-CISO`). */
export function isZone(text: string): boolean {
  if (!/^[A-Z]{2}(-[A-Z0-9]{1,6}){0,2}$/.test(text)) return false;
  const country = text.slice(0, 2);
  // ZZ is CLDR's name for an unknown region; `UK` and codes of the past (`DD`) are others in canonical form.
  const isCurrent = Intl.getCanonicalLocales(`und-${country}`)[0] === `und-${country}`;
  return country !== 'ZZ' && isCurrent && regionNames.of(country) !== undefined;
}

/** The country that `zone` lies in, ISO 3166-1 alpha-2; `undefined` when the name is not a zone. */
export const countryOf = (zone: string): string | undefined => (isZone(zone) ? zone.slice(0, 2) : undefined);

/** The time zone (IANA) that most people of `zone` live by, else those of its country; UTC where none is known. */
export function timeZoneOf(zone: string): string {
  const areas = Object.entries(TIME_ZONES);
  for (let name = zone; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('-')))) {
    const own = Object.hasOwn(LOCAL_TIMES, name) ? LOCAL_TIMES[name] : undefined;
    const found =
      own ?? areas.find(([, area]) => area === name)?.[0] ?? areas.find(([, area]) => area.startsWith(`${name}-`))?.[0];
    if (found !== undefined) return found;
  }
  return 'UTC';
}

/** What people call it: `Germany`, `Great Britain`, `California`; of an area without a name of its own, its country's. */
export function placeName(zone: string): string {
  const own = Object.hasOwn(PLACE_NAMES, zone) ? PLACE_NAMES[zone] : undefined;
  if (own !== undefined) return own;
  const country = countryOf(zone);
  const name = country === undefined ? undefined : regionNames.of(country);
  return name ?? zone;
}

/** Names in use beside those of CLDR and of {@link PLACE_NAMES}. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'Czech Republic': 'CZ',
  England: 'GB',
  Holland: 'NL',
  'Hong Kong': 'HK',
  'Ivory Coast': 'CI',
  Macao: 'MO',
  Scotland: 'GB',
  Turkey: 'TR',
  UAE: 'AE',
  UK: 'GB',
  USA: 'US',
  Wales: 'GB',
};

const folded = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();

let names: ReadonlyMap<string, { readonly name: string; readonly zone: string }> | undefined;

/** Folded name → zone: countries, areas of {@link PLACE_NAMES}, other names; a later one wins. */
function zonesByName(): NonNullable<typeof names> {
  if (names !== undefined) return names;
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const countries = letters.flatMap((a) => letters.map((b) => a + b)).filter(isZone);
  const all: (readonly [string, string])[] = [
    ...countries.map((code) => [regionNames.of(code) ?? code, code] as const),
    ...Object.entries(PLACE_NAMES).map(([zone, name]) => [name, zone] as const),
    ...Object.entries(OTHER_NAMES),
  ];
  names = new Map(all.map(([name, zone]) => [folded(name), { name, zone }]));
  return names;
}

/** The zone that people call by this English name: `Germany`, `great britain`, `California`. */
export const zoneNamed = (name: string): string | undefined => zonesByName().get(folded(name))?.zone;

/** Every name that {@link zoneNamed} knows. */
export const zoneNames = (): readonly string[] => [...zonesByName().values()].map(({ name }) => name);

/**
 * The grid area that a machine in this time zone (default: the system's) is probably in. A guess is always shown with
 * how it was made. `undefined` when the time zone tells no place (`UTC`, as in most containers) or is not known here.
 */
export function guessZone(timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone): ZoneGuess | undefined {
  const zone = Object.hasOwn(TIME_ZONES, timeZone) ? TIME_ZONES[timeZone] : undefined;
  if (zone === undefined) return undefined;
  const shared = SHARED_ZONES.has(timeZone) ? `; several grids share it, ${zone} stands for them` : '';
  return { zone, from: `time zone ${timeZone}${shared}`, country: zone.slice(0, 2) };
}

/** Single-character edits between two short texts (Levenshtein 1966). O(|a|·|b|). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Up to five of `known` that `zone` may have meant, nearest first: other spelling, same country, few edits apart. */
export function nearZones(zone: string, known: Iterable<string>): string[] {
  const asked = zone.trim().toUpperCase().replaceAll('_', '-');
  const country = asked.split('-')[0] ?? asked;
  const rank = (candidate: string): number => {
    const name = candidate.toUpperCase();
    if (name === asked) return 0;
    if (placeName(candidate).toUpperCase() === asked) return 1;
    if (name.endsWith(`-${asked}`) || asked.endsWith(`-${name}`)) return 2;
    if (name.split('-')[0] === country) return 3 + distance(name, asked) / 100;
    return asked.length > 2 && distance(name, asked) === 1 ? 5 : Number.POSITIVE_INFINITY;
  };
  return [...new Set(known)]
    .map((name) => ({ name, rank: rank(name) }))
    .filter((entry) => entry.rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .slice(0, 5)
    .map((entry) => entry.name);
}
