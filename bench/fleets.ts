/**
 * Fleets for the benches of the fleet planner: recorded jobs on recorded grids. Reads a folder with `ci/` (hourly
 * intensity, a column a zone) and `jobs/` (arrival, length and CPUs of jobs).
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Fleet, Kind, Profile } from '../src/plan/fleet/fleet.ts';

/** Hourly intensity of zones, g/kWh; hours by column. */
export interface Intensities {
  readonly zones: readonly string[];
  /** By zone. */
  readonly hours: readonly Float64Array[];
  /** Start of the first hour, UTC, as the file has it. */
  readonly times: readonly string[];
}

const linesOf = (file: string): string[] => {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.trimEnd().split('\n');
};

/** A table of intensities: the first column is the hour, the others are zones. `only`: the zones wanted, in their order. */
export function readIntensities(file: string, only?: readonly string[]): Intensities {
  const [head = '', ...lines] = linesOf(file);
  const names = head.trim().split(',').slice(1);
  const zones = only ?? names;
  const columns = zones.map((zone) => {
    const column = names.indexOf(zone);
    if (column < 0) throw new Error(`${file} has no zone ${zone}; it has ${names.join(', ')}`);
    return column;
  });
  const times: string[] = [];
  const hours = zones.map(() => new Float64Array(lines.length));
  lines.forEach((line, t) => {
    const cells = line.trim().split(',');
    times.push(cells[0] ?? '');
    columns.forEach((column, z) => {
      const cell = cells[column + 1];
      hours[z]?.fill(cell === undefined || cell === '' ? Number.NaN : Number(cell), t, t + 1);
    });
  });
  return { zones, hours, times };
}

/** Recorded jobs, in hours and CPUs. */
export interface Jobs {
  readonly arrivalHours: Float64Array;
  readonly lengthHours: Float64Array;
  readonly cpus: Float64Array;
}

/** `arrival_time,length,cpus` in the unit of time that `unitHours` is of an hour. */
export function readJobs(file: string, unitHours: number): Jobs {
  const rows = linesOf(file)
    .slice(1)
    .map((line) => line.trim().split(',').map(Number));
  return {
    arrivalHours: Float64Array.from(rows, ([arrival = Number.NaN]) => arrival * unitHours),
    lengthHours: Float64Array.from(rows, ([, length = Number.NaN]) => length * unitHours),
    cpus: Float64Array.from(rows, ([, , cpus = Number.NaN]) => cpus),
  };
}

/** The one file in `folder` whose name matches. */
export function fileIn(folder: string, pattern: RegExp): string {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => pattern.test(name)) : [];
  const [name] = names.sort();
  if (name === undefined) throw new Error(`${folder} has no file like ${pattern.source}`);
  return join(folder, name);
}

/** Zones and so many hours from `start` on; throws where an hour has no value. */
export function cut({ zones, hours, times }: Intensities, start: number, length: number): Intensities {
  const part = hours.map((values) => values.slice(start, start + length));
  part.forEach((values, z) => {
    const gap = values.findIndex((value) => !Number.isFinite(value));
    if (gap >= 0 || values.length < length) {
      throw new Error(`${zones[z] ?? ''} has no value in hour ${start + (gap < 0 ? values.length : gap)}`);
    }
  });
  return { zones, hours: part, times: times.slice(start, start + length) };
}

/** The hours of every zone, one zone after the other. */
export function cellsOf({ hours, times }: Intensities): Float64Array {
  const cells = new Float64Array(times.length * hours.length);
  hours.forEach((values, zone) => {
    cells.set(values, zone * times.length);
  });
  return cells;
}

/** Jobs on the grid of hours. */
export interface Asked {
  readonly release: Int32Array;
  readonly deadline: Int32Array;
  readonly lengthHours: Float64Array;
  readonly cpus: Float64Array;
  /** By job: kW at the plug; without, 1 kW a CPU. */
  readonly kilowatts?: Float64Array;
  /** By job: position in the allow-lists. */
  readonly allowed?: Int32Array;
}

/**
 * Jobs at zones with so many CPUs each. `allowLists`: positions of zones; without, one list of all.
 */
export function fleetOf(
  grid: Intensities,
  jobs: Asked,
  kind: Kind,
  cpusPerZone: number,
  allowLists: readonly (readonly number[])[] = [grid.zones.map((_, zone) => zone)],
): Fleet {
  const slots = grid.times.length;
  const gramsPerKwh = cellsOf(grid);
  const count = jobs.release.length;
  const profiles: readonly Profile[] = allowLists.map((zones) => ({
    kind,
    pause: 0,
    places: zones.map((site) => ({
      site,
      variant: '',
      levels: [{ speed: 1, power: 1, needs: 1 }],
      lead: 0,
      tollGrams: 0,
      tollMoney: 0,
    })),
  }));
  return {
    slots,
    slotHours: 1,
    sites: grid.zones,
    gramsPerKwh,
    resources: [{ name: 'cpus', capacity: new Float64Array(gramsPerKwh.length).fill(cpusPerZone) }],
    weights: { grams: 1, money: 0, delay: 0 },
    profiles,
    steps: {
      count,
      release: jobs.release,
      deadline: jobs.deadline,
      length: jobs.lengthHours,
      power: jobs.kilowatts ?? jobs.cpus,
      needs: [jobs.cpus],
      profile: jobs.allowed ?? new Int32Array(count),
      after: { from: new Int32Array(count + 1), step: new Int32Array() },
    },
  };
}

export interface Row {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
  readonly pass?: boolean;
}

/** A row whose value is to be at most `most`, where that is given. */
export function row(name: string, metric: string, value: number, unit: string, most?: number): Row {
  const shown = Number(value.toPrecision(7));
  if (most === undefined) return { case: name, metric, value: shown, unit };
  return { case: name, metric, value: shown, unit, target: most, pass: value <= most };
}

export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
