/**
 * Which country a point on Earth lies in, by the borders of Natural Earth, true to about a kilometre.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Point {
  /** Degrees north, −90 to 90. */
  readonly latitude: number;
  /** Degrees east, −180 to 180. */
  readonly longitude: number;
}

/** A connected piece of a country: its mainland, an island, an exclave. */
export interface Land {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Longitudes and latitudes by turns, in degrees; the first ring is the outer one, the others are holes. */
  readonly rings: readonly Float64Array[];
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export interface Whereabouts {
  readonly land: Land;
  /** 0 on land. */
  readonly offshoreKm: number;
  /** The nearest other country, if it is nearer than the map is sure of. */
  readonly beyond: { readonly country: string; readonly km: number } | undefined;
}

/** Ports, bridges and reclaimed land lie outside the coarse coast; farther out there is no grid. */
const OFFSHORE_KM = 25;
/** The map is true to about a kilometre, and now and then to no more than two. */
const UNSURE_KM = 3;
const KM_PER_DEGREE = 111.2;

/** Where a point lies; `undefined` at sea and where no country has a grid. Linear in the points of the lands around it. */
export function whereabouts(point: Point): Whereabouts | undefined {
  const around = lands().filter((land) => isAround(land, point));
  const inside = around.find((land) => contains(land, point));
  const near = around
    .map((land) => ({ land, km: land === inside ? 0 : distanceKm(land, point) }))
    .sort((a, b) => a.km - b.km);
  const [nearest] = near;
  if (nearest === undefined || nearest.km > OFFSHORE_KM) return undefined;
  const other = near.find(({ land }) => land.country !== nearest.land.country);
  return {
    land: nearest.land,
    offshoreKm: nearest.km,
    beyond:
      other === undefined || other.km - nearest.km > UNSURE_KM
        ? undefined
        : { country: other.land.country, km: other.km },
  };
}

/** Every land of a country; none where the map does not know it. */
export const landsOf = (country: string): readonly Land[] => lands().filter((land) => land.country === country);

/** Whether `land` is what stands for `point`, also where the coarse coast leaves a port outside. */
export const isOn = (land: Land, point: Point): boolean =>
  isAround(land, point) && (contains(land, point) || whereabouts(point)?.land === land);

/**
 * Whether `point` lies within the outer ring and in none of the holes: by the even-odd rule, along its meridian to the
 * North Pole, so that rings may go over the date line. O(points).
 */
export function contains({ rings }: Land, { latitude, longitude }: Point): boolean {
  let inside = false;
  for (const ring of rings) {
    let ax = eastward(longitude, ring.at(-2) ?? 0);
    let ay = ring.at(-1) ?? 0;
    for (let i = 0; i < ring.length; i += 2) {
      const bx = eastward(longitude, ring[i] ?? 0);
      const by = ring[i + 1] ?? 0;
      const crosses = ax > 0 !== bx > 0 && Math.abs(bx - ax) < 180;
      if (crosses && latitude < ay - (ax / (bx - ax)) * (by - ay)) inside = !inside;
      [ax, ay] = [bx, by];
    }
  }
  return inside;
}

/** On the sphere, mean radius 6,371 km (haversine). */
export function kilometres(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((b.latitude - a.latitude) * rad) / 2) ** 2 +
    Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(((b.longitude - a.longitude) * rad) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Degrees from one meridian to another, the short way round: −180 to 180. */
const eastward = (from: number, to: number): number => ((((to - from) % 360) + 540) % 360) - 180;

/** Length of a degree of longitude over that of one of latitude. */
const narrowing = (latitude: number): number => Math.max(0.01, Math.cos((latitude * Math.PI) / 180));

/** Whether a land's frame comes within the reach of {@link OFFSHORE_KM}. */
function isAround({ west, south, east, north }: Land, { latitude, longitude }: Point): boolean {
  const reach = OFFSHORE_KM / KM_PER_DEGREE;
  if (latitude < south - reach || latitude > north + reach) return false;
  const wide = reach / narrowing(latitude);
  const [middle, half] = [(west + east) / 2, (east - west) / 2];
  return Math.abs(eastward(middle, longitude)) <= half + wide;
}

/** From `point` to the nearest line of a land around it, on a plane that touches the Earth there. */
function distanceKm({ rings }: Land, { latitude, longitude }: Point): number {
  const narrow = narrowing(latitude);
  let least = Number.POSITIVE_INFINITY;
  for (const ring of rings) {
    let ax = eastward(longitude, ring.at(-2) ?? 0) * narrow;
    let ay = (ring.at(-1) ?? 0) - latitude;
    for (let i = 0; i < ring.length; i += 2) {
      const bx = eastward(longitude, ring[i] ?? 0) * narrow;
      const by = (ring[i + 1] ?? 0) - latitude;
      const length = (bx - ax) ** 2 + (by - ay) ** 2;
      const along = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * (bx - ax) + ay * (by - ay)) / length));
      // A line on the far side of the Earth has one end east and one west of here, and does not pass between.
      if (Math.abs(bx - ax) < 90 * narrow)
        least = Math.min(least, Math.hypot(ax + along * (bx - ax), ay + along * (by - ay)));
      [ax, ay] = [bx, by];
    }
  }
  return least * KM_PER_DEGREE;
}

const map = z.object({
  scale: z.number(),
  countries: z.record(z.string(), z.array(z.array(z.array(z.int())))),
  arcs: z.array(z.string()),
});

let loaded: readonly Land[] | undefined;

/** Every land of every country, read once. */
function lands(): readonly Land[] {
  loaded ??= readLands();
  return loaded;
}

function readLands(): Land[] {
  const { scale, countries, arcs } = map.parse(
    JSON.parse(readFileSync(new URL('./data/borders.json', import.meta.url), 'utf8')),
  );
  const lines = arcs.map((arc) => decode(arc, scale));
  return Object.entries(countries).flatMap(([country, pieces]) =>
    pieces.map((rings) =>
      framed(
        country,
        rings.map((ring) => joined(ring, lines)),
      ),
    ),
  );
}

function framed(country: string, rings: readonly Float64Array[]): Land {
  const [outer = new Float64Array()] = rings;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (let i = 0; i < outer.length; i += 2) {
    const [x, y] = [outer[i] ?? 0, outer[i + 1] ?? 0];
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  return { country, rings, west, south, east, north };
}

/** A ring of its arcs; each begins where the one before it ended. */
function joined(ring: readonly number[], lines: readonly Float64Array[]): Float64Array {
  const parts = ring.map((arc) => (arc < 0 ? backwards(lines[~arc]) : lines[arc])?.subarray(2) ?? new Float64Array());
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A line from its end; longitude still before latitude. */
const backwards = (line: Float64Array | undefined): Float64Array | undefined =>
  line?.map((_, i) => line[line.length - 2 - i + 2 * (i % 2)] ?? 0);

/** An arc as `about` of the file describes it: Google's encoded polyline, longitude first. */
function decode(text: string, scale: number): Float64Array {
  const line: number[] = [];
  const last = [0, 0];
  let [value, shift] = [0, 0];
  for (let i = 0; i < text.length; i += 1) {
    const group = text.charCodeAt(i) - 63;
    value |= (group & 31) << shift;
    shift += 5;
    if (group >= 32) continue;
    const axis = line.length % 2;
    last[axis] = (last[axis] ?? 0) + (value & 1 ? ~(value >> 1) : value >> 1);
    line.push((last[axis] ?? 0) / scale);
    [value, shift] = [0, 0];
  }
  return Float64Array.from(line);
}
