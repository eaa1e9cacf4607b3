/**
 * Where the weather of a zone is asked for: a few points whose mean stands for it, from the map and the towns of this
 * room alone, so that the same zone always has the same points.
 *
 * @module
 */
import { contains, kilometres, type Land, landsOf, type Point } from './borders.ts';
import { CITIES, type City } from './data/cities.ts';
import { YEARLY_MIX } from './data/yearly-mix.ts';
import { countryOf } from './zone.ts';

/** Points that are spread over the area, beside the one where most electricity is used. */
const SPREAD = 4;
/** So many places in the frame of a zone are looked at. */
const PLACES = 400;
/** Farther from every town of its zone a place has neither people nor plants. */
const REACH_KM = 300;
/** A piece of a country with less than this, of the area of the largest or of all towns, does not count. */
const LEAST_SHARE = 0.1;
const KM_PER_DEGREE = 111.2;
const ROUNDS = 30;

const known = new Map<string, readonly Point[]>();

/**
 * One to five points of `zone`, to a hundredth of a degree; none where the map does not know it. The first is where most
 * is used, as far as a table says (the first town of the zone; the middle that its yearly mix names), the others are the
 * middles of {@link SPREAD} parts of its area of about equal reach (k-means: Lloyd, IEEE Trans. Inf. Theory 28, 1982,
 * from the points farthest apart). The area of a zone is its country, or, of several zones, where its towns are the
 * nearest on their land, as `locate` has it, up to 300 km from them. A whole country of several zones is its towns.
 */
export function pointsOf(zone: string): readonly Point[] {
  const found = known.get(zone) ?? findPoints(zone);
  known.set(zone, found);
  return found;
}

function findPoints(zone: string): readonly Point[] {
  const country = mapCountryOf(zone);
  if (country === undefined) return [];
  const zones = CITIES[country] ?? {};
  const own = Object.hasOwn(zones, zone) ? zones[zone] : undefined;
  const towns = Object.entries(zones).flatMap(([of, cities]) => cities.map((city) => ({ of, at: pointOf(city) })));
  const places =
    own !== undefined
      ? areaOf(zone, country, towns)
      : towns.length > 0
        ? townsOn(country, towns)
        : gridOn(majorOf(landsOf(country)));
  const first = own?.[0] === undefined ? centreOf(zone, country) : pointOf(own[0]);
  const points = [...(first === undefined ? [] : [first]), ...middles(places, SPREAD)].map(rounded);
  return points.filter((point, i) => points.findIndex((other) => kilometres(point, other) < 1) === i);
}

const pointOf = ([, latitude, longitude]: City): Point => ({ latitude, longitude });
const rounded = ({ latitude, longitude }: Point): Point => ({
  latitude: Math.round(latitude * 100) / 100,
  longitude: Math.round(longitude * 100) / 100,
});

/** The country under which the map and the towns know `zone`: overseas parts of a country are its own there. */
const mapCountryOf = (zone: string): string | undefined =>
  Object.keys(CITIES).find((country) => Object.hasOwn(CITIES[country] ?? {}, zone)) ?? countryOf(zone);

function centreOf(zone: string, country: string): Point | undefined {
  const mix = YEARLY_MIX[zone] ?? YEARLY_MIX[country];
  return mix === undefined ? undefined : { latitude: mix.latitude, longitude: mix.longitude };
}

interface Town {
  readonly of: string;
  readonly at: Point;
}

/** Places near the towns of `zone`, on their lands, that no town of another zone is nearer to; else its towns. */
function areaOf(zone: string, country: string, towns: readonly Town[]): readonly Point[] {
  const places = landsOf(country).flatMap((land) => {
    const on = towns.filter(({ at }) => contains(land, at));
    const own = on.filter(({ of }) => of === zone).map(({ at }) => at);
    if (own.length === 0) return [];
    return gridOn([cut(land, own)]).filter((place) => {
      const town = nearest(place, on);
      return town?.of === zone && kilometres(place, town.at) <= REACH_KM;
    });
  });
  return places.length > 0 ? places : towns.flatMap(({ of, at }) => (of === zone ? [at] : []));
}

/** The towns of a country, but for those of its lands that have few. */
function townsOn(country: string, towns: readonly Town[]): readonly Point[] {
  const byLand = landsOf(country).map((land) => towns.filter(({ at }) => contains(land, at)).map(({ at }) => at));
  const places = byLand.flatMap((on) => (on.length >= LEAST_SHARE * towns.length ? on : []));
  return places.length > 0 ? places : towns.map(({ at }) => at);
}

function nearest(place: Point, towns: readonly Town[]): Town | undefined {
  let best: Town | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const town of towns) {
    const km = kilometres(place, town.at);
    if (km < least) [best, least] = [town, km];
  }
  return best;
}

/** A land, and the part of its frame that is looked at. */
type Frame = Pick<Land, 'west' | 'east' | 'south' | 'north'> & { readonly land: Land };

/** The frame of a land within reach of some points on it. */
function cut(land: Land, points: readonly Point[]): Frame {
  const reach = REACH_KM / KM_PER_DEGREE;
  const latitudes = points.map(({ latitude }) => latitude);
  const south = Math.max(land.south, Math.min(...latitudes) - reach);
  const north = Math.min(land.north, Math.max(...latitudes) + reach);
  const wide = reach / narrowing(Math.max(Math.abs(south), Math.abs(north)));
  const longitudes = points.map(({ longitude }) => longitude);
  return {
    land,
    west: Math.max(land.west, Math.min(...longitudes) - wide),
    east: Math.min(land.east, Math.max(...longitudes) + wide),
    south,
    north,
  };
}

const narrowing = (latitude: number): number => Math.max(0.05, Math.cos((latitude * Math.PI) / 180));

/** In square degrees of the equator. */
const sizeOf = ({ west, east, south, north }: Frame): number =>
  (east - west) * (north - south) * narrowing((south + north) / 2);

/** The frames of the lands that count. One that goes around the Earth, over the date line, says nothing of their size. */
function majorOf(all: readonly Land[]): readonly Frame[] {
  const frames = all.map((land) => ({ land, ...land })).filter(({ west, east }) => east - west < 350);
  const largest = Math.max(...frames.map(sizeOf));
  return frames.filter((frame) => sizeOf(frame) >= LEAST_SHARE * largest);
}

/** Places on lands at equal distances, {@link PLACES} in their frames. */
function gridOn(frames: readonly Frame[]): Point[] {
  const step = Math.sqrt(frames.reduce((sum, frame) => sum + sizeOf(frame), 0) / PLACES);
  if (!(step > 0)) return [];
  return frames.flatMap(({ land, west, east, south, north }) => {
    const places: Point[] = [];
    for (let latitude = south + step / 2; latitude < north; latitude += step) {
      const wide = step / narrowing(latitude);
      for (let longitude = west + wide / 2; longitude < east; longitude += wide)
        if (contains(land, { latitude, longitude })) places.push({ latitude, longitude });
    }
    return places;
  });
}

type Direction = readonly [x: number, y: number, z: number];

/** From the middle of the Earth, so that the date line is a line like any other. */
function directionOf({ latitude, longitude }: Point): Direction {
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

const dot = (a: Direction, b: Direction): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The index of the greatest value; the first of equals. */
const greatest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** The place nearest to the middle of each of `count` parts; all places where there are no more than that. */
function middles(places: readonly Point[], count: number): readonly Point[] {
  if (places.length <= count) return places;
  const at = places.map(directionOf);
  const whole = meanOf(at);
  let centres: Direction[] = [];
  // Those farthest from what is there already: first from the middle, which then goes.
  for (let n = 0; n < count; n += 1) {
    const taken = centres.length === 0 ? [whole] : centres;
    const next = at[greatest(at.map((one) => -Math.max(...taken.map((centre) => dot(one, centre)))))];
    if (next !== undefined) centres = [...centres, next];
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const part = at.map((one) => greatest(centres.map((centre) => dot(one, centre))));
    centres = centres.map((centre, n) => {
      const members = at.filter((_, i) => part[i] === n);
      return members.length === 0 ? centre : meanOf(members);
    });
  }
  return centres.flatMap((centre) => places[greatest(at.map((one) => dot(one, centre)))] ?? []);
}

function meanOf(directions: readonly Direction[]): Direction {
  const [x, y, z] = directions.reduce<Direction>(
    (sum, one) => [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]],
    [0, 0, 0],
  );
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}
