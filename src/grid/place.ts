/**
 * Where something is, as people write it, and the grid area that serves it: a zone (`DE`), a name (`Germany`), a cloud
 * region (`aws:eu-central-1`) or a point (`52.52,13.40`). Every answer says how it was found and what is not sure about it.
 *
 * @module
 */
import { Failure, type Place } from '../errors.ts';
import { nearest as nearestWord } from '../mistakes.ts';
import type { Point, Whereabouts } from './borders.ts';
import type { City } from './data/cities.ts';
import { PLACE_NAMES, TIME_ZONES } from './data/time-zones.ts';
import { countryOf, isZone, nearZones, placeName, type ZoneGuess, zoneNamed, zoneNames } from './zone.ts';

export interface LocateOptions {
  /** Who says so, for people: `--zone`, `gridtide.yaml`. */
  readonly from: string;
  /** What a failure is about; default: `from`. */
  readonly about?: string;
  /** Where it is written. */
  readonly place?: Place | undefined;
  /** Take a name that nobody knows for a zone: a file names its columns as it likes. */
  readonly anyName?: boolean;
}

const EXPECTED =
  'a zone such as DE, a country such as Germany, a cloud region such as aws:eu-central-1, or LATITUDE,LONGITUDE such as 52.52,13.40';

/**
 * The grid area of what people wrote. Throws `grid/no-zone` for a place that is not known, with what was probably meant,
 * and for a point where there is no grid. Borders and tables are read from disk only for what needs them.
 */
export async function locate(text: string, options: LocateOptions): Promise<ZoneGuess> {
  const written = text.trim();
  if (isZone(written)) return { zone: written, from: options.from, country: countryOf(written) };
  if (/^[-+]?[\d.]+\s*[,;\s]/.test(written)) return atPoint(written, options);
  if (written.includes(':')) return inCloud(written, options);
  const zone = zoneNamed(written);
  if (zone !== undefined) return byName(written, zone, options);
  if (options.anyName) return { zone: text, from: options.from, country: undefined };
  throw await unknown(written, options);
}

const failure = (value: string, expected: string, { about, from, place }: LocateOptions, why = 'no such place') =>
  new Failure('grid/no-zone', `${about ?? from}: ${why}`, {
    value,
    expected,
    ...(place === undefined ? {} : { place }),
  });

async function unknown(written: string, options: LocateOptions): Promise<Failure> {
  const { CLOUD_REGIONS } = await import('./data/cloud-regions.ts');
  const clouds = Object.entries(CLOUD_REGIONS).flatMap(([cloud, regions]) =>
    Object.hasOwn(regions, written.toLowerCase()) ? [`${cloud}:${written.toLowerCase()}`] : [],
  );
  const zones = nearZones(written, new Set([...Object.values(TIME_ZONES), ...Object.keys(PLACE_NAMES)]));
  const name = nearestWord(written, zoneNames());
  const meant = [...clouds, ...zones.slice(0, 3), ...(name === undefined || zones.length > 0 ? [] : [name])];
  return failure(written, meant.length > 0 ? meant.join(' or ') : EXPECTED, options);
}

/**
 * A part of a grid that is estimated and never measured. Its name means the grid that it lies in, as a cloud region or a
 * point there does; only its own identifier means the estimate.
 */
const ESTIMATED_PART = /^(GB)-NESO-\d+$/;

/** The zone that a name stands for; a whole country may have several. */
async function byName(name: string, zone: string, { from, anyName }: LocateOptions): Promise<ZoneGuess> {
  const whole = ESTIMATED_PART.exec(zone)?.[1];
  // A file may have a column for each part.
  if (whole !== undefined && !anyName) {
    const note = `in ${placeName(whole)}; ${zone} is the estimate of this part alone`;
    return { zone: whole, from: `${from}: ${name} ${note}`, country: whole };
  }
  const { CITIES } = await import('./data/cities.ts');
  const parts = zone.length === 2 ? Object.keys(CITIES[zone] ?? {}) : [];
  const several = parts.length > 0 && !parts.includes(zone) ? `, of which there are several zones: check it` : '';
  return { zone, from: `${from}: ${name}${several}`, country: countryOf(zone) };
}

async function inCloud(written: string, options: LocateOptions): Promise<ZoneGuess> {
  const { CLOUD_REGIONS } = await import('./data/cloud-regions.ts');
  const name = written.toLowerCase();
  const [cloud = '', region = ''] = name.split(':');
  const regions = Object.hasOwn(CLOUD_REGIONS, cloud) ? CLOUD_REGIONS[cloud] : undefined;
  const found = regions !== undefined && Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (found !== undefined) {
    const doubt = found.unsure === undefined ? '' : `; ${found.unsure}: check it`;
    return {
      zone: found.zone,
      from: `${options.from}: ${name} in ${found.place}${doubt}`,
      country: countryOf(found.zone),
    };
  }
  const known = Object.entries(regions === undefined ? CLOUD_REGIONS : { [cloud]: regions }).flatMap(([one, of]) =>
    Object.keys(of).map((key) => `${one}:${key}`),
  );
  const meant = nearestWord(name, known);
  const clouds = Object.keys(CLOUD_REGIONS).join(', ');
  throw failure(
    written,
    meant ?? `a region of ${clouds} such as aws:eu-central-1`,
    options,
    regions === undefined ? 'no such cloud' : 'no such cloud region',
  );
}

/** What stands for a point: its country, and of several zones that of the nearest town on the same land. */
async function atPoint(written: string, options: LocateOptions): Promise<ZoneGuess> {
  const point = readPoint(written, options);
  const [borders, { CITIES, SUPPLIED_BY }] = await Promise.all([import('./borders.ts'), import('./data/cities.ts')]);
  const where = borders.whereabouts(point);
  if (where === undefined)
    throw failure(written, 'a point on land that has a public grid', options, 'there is no grid');
  const { land } = where;
  const towns = Object.entries(CITIES[land.country] ?? {})
    .flatMap(([zone, cities]) => cities.map((city) => ({ zone, name: city[0], at: pointOf(city) })))
    .sort((a, b) => borders.kilometres(point, a.at) - borders.kilometres(point, b.at));
  const near = towns.find(({ at }) => borders.isOn(land, at));
  const nearest = near ?? towns[0];
  const zone = nearest?.zone ?? SUPPLIED_BY[land.country] ?? land.country;
  // Whoever draws on another country's grid is still where it is.
  const country = nearest === undefined ? land.country : countryOf(zone);
  const isOneOfSeveral = towns.some(
    (town) => town.zone !== zone && (near === undefined || borders.isOn(land, town.at)),
  );
  const notes = [
    isOneOfSeveral
      ? `near ${nearest?.name}, nearest of several zones in ${land.country}: check it`
      : `in ${placeName(nearest === undefined ? land.country : zone)}`,
    ...doubts(where, SUPPLIED_BY),
  ];
  return { zone, from: `${options.from}: ${written} ${notes.join('; ')}`, country };
}

const pointOf = ([, latitude, longitude]: City): Point => ({ latitude, longitude });

function doubts({ land, offshoreKm, beyond }: Whereabouts, suppliedBy: Readonly<Record<string, string>>): string[] {
  const gridOf = (country: string): string => suppliedBy[country] ?? country;
  return [
    ...(offshoreKm < 1 ? [] : [`${Math.round(offshoreKm)} km off its coast`]),
    ...(beyond === undefined || gridOf(beyond.country) === gridOf(land.country)
      ? []
      : [`less than ${Math.ceil(beyond.km) || 1} km from ${placeName(beyond.country)}: check it`]),
  ];
}

const NUMBER = String.raw`[-+]?(?:\d+(?:\.\d*)?|\.\d+)`;
const POINT = new RegExp(String.raw`^(${NUMBER})\s*(?:,|\s)\s*(${NUMBER})$`);

function readPoint(written: string, options: LocateOptions): Point {
  const [, north, east] = POINT.exec(written) ?? [];
  if (north === undefined || east === undefined) {
    const comma = /^([-+]?\d+),(\d+)\s*[,;\s]\s*([-+]?\d+)(?:,(\d+))?$/.exec(written);
    const meant = comma === null ? '52.52,13.40' : `${comma[1]}.${comma[2]},${comma[3]}.${comma[4] ?? 0}`;
    throw failure(
      written,
      comma === null
        ? `LATITUDE,LONGITUDE in degrees such as ${meant}`
        : `decimal points, and one comma between latitude and longitude: ${meant}`,
      options,
      'no point on Earth',
    );
  }
  const [latitude, longitude] = [Number(north), Number(east)];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
    const turned =
      Math.abs(longitude) <= 90 && Math.abs(latitude) <= 180 ? `; latitude comes first: ${east},${north}` : '';
    throw failure(
      written,
      `a latitude from -90 to 90 and a longitude from -180 to 180${turned}`,
      options,
      'no point on Earth',
    );
  }
  return { latitude, longitude };
}
