/**
 * Reads a folder of the shape of CarbonCast's data: a folder a region, with `hourly.csv.gz` and the 96 hours of each
 * midnight run of GFS, in steps of three hours.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { History, Neighbour, ZoneRecord } from '../src/forecast/index.ts';
import type { WeatherRun } from '../src/grid/index.ts';
import { DAY, HOUR, instant } from '../src/units.ts';

/** What the data do not say about a region: its clocks, its holidays, and who lives next door. */
const REGIONS: Readonly<Record<string, { timeZone: string; country: string; neighbours: readonly string[] }>> = {
  CISO: { timeZone: 'America/Los_Angeles', country: 'US', neighbours: ['BPAT'] },
  BPAT: { timeZone: 'America/Los_Angeles', country: 'US', neighbours: ['CISO'] },
  ERCO: { timeZone: 'America/Chicago', country: 'US', neighbours: [] },
  PJM: { timeZone: 'America/New_York', country: 'US', neighbours: ['NYISO'] },
  ISNE: { timeZone: 'America/New_York', country: 'US', neighbours: ['NYISO', 'PJM'] },
  NYISO: { timeZone: 'America/New_York', country: 'US', neighbours: ['PJM', 'ISNE'] },
  FPL: { timeZone: 'America/New_York', country: 'US', neighbours: [] },
  SE: { timeZone: 'Europe/Stockholm', country: 'SE', neighbours: ['DE', 'PL'] },
  DE: { timeZone: 'Europe/Berlin', country: 'DE', neighbours: ['NL', 'PL', 'SE'] },
  ES: { timeZone: 'Europe/Madrid', country: 'ES', neighbours: [] },
  NL: { timeZone: 'Europe/Amsterdam', country: 'NL', neighbours: ['DE'] },
  PL: { timeZone: 'Europe/Warsaw', country: 'PL', neighbours: ['DE', 'SE'] },
  AUS_QLD: { timeZone: 'Australia/Brisbane', country: 'AU', neighbours: [] },
};

export type Signal = 'direct' | 'lifecycle';

/** A table by column name; empty cells are `NaN`. */
interface Table {
  readonly times: readonly string[];
  readonly columns: ReadonlyMap<string, Float64Array>;
}

function readTable(file: string): Table {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  const rows = lines.filter((line) => !line.startsWith('#')).map((line) => line.trim().split(','));
  const [names = [], ...cells] = rows;
  const number = (cell: string | undefined): number => (cell === undefined || cell === '' ? Number.NaN : Number(cell));
  return {
    times: cells.map(([time = '']) => time),
    columns: new Map(names.slice(1).map((name, i) => [name, Float64Array.from(cells, (row) => number(row[i + 1]))])),
  };
}

/** `2021-07-01T00Z`, `2021-07-01` or `2020-01-01T00:00Z`. */
function timeOf(text: string): number {
  const [, date = '', hour = '00'] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d))?/.exec(text) ?? [];
  return Date.parse(`${date}T${hour}:00Z`);
}

export const regionsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'hourly.csv.gz')))
    .sort();

function historyOf(folder: string, region: string, signal: Signal): History {
  const { times, columns } = readTable(join(folder, region, 'hourly.csv.gz'));
  const start = timeOf(times[0] ?? '');
  const length = (timeOf(times.at(-1) ?? '') - start) / HOUR + 1;
  const onHours = (values: Float64Array): Float64Array => {
    const hours = new Float64Array(length).fill(Number.NaN);
    times.forEach((time, i) => {
      hours[(timeOf(time) - start) / HOUR] = values[i] ?? Number.NaN;
    });
    return hours;
  };
  const generation = [...columns].filter(([name]) => !name.startsWith('ci_'));
  return {
    start: instant(start),
    intensityG: onHours(columns.get(`ci_${signal}`) ?? new Float64Array(0)),
    generation: generation.map(([source, values]) => ({ source, energyMWh: onHours(values) })),
  };
}

const WEATHER = {
  windMS: 'WIND_SPEED',
  temperatureC: 'TEMP',
  dewPointC: 'DPT',
  radiationW: 'DSWRF',
  rainMm: 'PCP',
} as const;

/** States at 0, 3, … 96 h become the middles of hours, by a line. */
const fromStates = (row: readonly number[], shift: number): Float64Array =>
  new Float64Array(96).map((_, hour) => {
    const place = (hour + 0.5) / 3;
    const low = row[Math.floor(place)] ?? Number.NaN;
    const high = row[Math.ceil(place)] ?? Number.NaN;
    return low + (place % 1) * (high - low) + shift;
  });

/** Every second cell covers six hours: the mean, or the sum, of both halves. */
const fromHalves = (row: readonly number[], ofSum: boolean): Float64Array =>
  new Float64Array(96).map((_, hour) => {
    const cell = Math.floor(hour / 3);
    const value = row[cell] ?? Number.NaN;
    if (cell % 2 === 0) return Math.max(value, 0);
    return Math.max((ofSum ? value : 2 * value) - (row[cell - 1] ?? Number.NaN), 0);
  });

/** Runs of a region; each is known `latency` after the hour it is named after. A run with a hole is left out. */
function weatherOf(folder: string, region: string, latency: number): WeatherRun[] {
  const tables = Object.values(WEATHER).map((name) => readTable(join(folder, region, `gfs96_${name}.csv.gz`)));
  const [first] = tables;
  const rowsOf = (table: Table): number[][] => {
    const columns = [...table.columns.values()];
    return table.times.map((_, row) => columns.map((column) => column[row] ?? Number.NaN));
  };
  const [wind = [], temperature = [], dewPoint = [], radiation = [], rain = []] = tables.map(rowsOf);
  return (first?.times ?? []).flatMap((time, i) => {
    const start = instant(timeOf(time));
    const run = {
      start,
      knownAt: instant(start + latency),
      windMS: fromStates(wind[i] ?? [], 0),
      temperatureC: fromStates(temperature[i] ?? [], -273.15),
      dewPointC: fromStates(dewPoint[i] ?? [], -273.15),
      radiationW: fromHalves(radiation[i] ?? [], false),
      rainMm: fromHalves(rain[i] ?? [], true),
    };
    const whole = [run.windMS, run.temperatureC, run.dewPointC, run.radiationW, run.rainMm].every(
      (values) => !values.some(Number.isNaN),
    );
    return whole ? [run] : [];
  });
}

/** What CarbonCast forecast, by run (midnight): 96 g/kWh. */
export function published(folder: string, region: string, column: string): ReadonlyMap<number, Float64Array> {
  const file = join(folder, region, 'carboncast_forecasts_h2_2021.csv.gz');
  const found = new Map<number, Float64Array>();
  if (!existsSync(file)) return found;
  const { times, columns } = readTable(file);
  const values = columns.get(column);
  const leads = columns.get('lead_h');
  if (values === undefined || leads === undefined) return found;
  times.forEach((time, i) => {
    const run = timeOf(time);
    const forecast = found.get(run) ?? new Float64Array(96).fill(Number.NaN);
    forecast[leads[i] ?? 0] = values[i] ?? Number.NaN;
    found.set(run, forecast);
  });
  return found;
}

export interface Region {
  readonly record: ZoneRecord;
  /** What the folder lacks, in words. */
  readonly missing: readonly string[];
}

/** A region with its neighbours, as far as the folder has them. */
export function readRegion(folder: string, region: string, signal: Signal, latency: number): Region {
  const missing: string[] = [];
  const known = REGIONS[region];
  if (known === undefined) missing.push(`${region}: clocks, holidays and neighbours are not known; UTC is taken`);
  const weatherFiles = (of: string): boolean =>
    Object.values(WEATHER).every((name) => existsSync(join(folder, of, `gfs96_${name}.csv.gz`)));
  const neighbours: Neighbour[] = [];
  for (const name of known?.neighbours ?? []) {
    if (existsSync(join(folder, name, 'hourly.csv.gz')) && weatherFiles(name)) {
      neighbours.push({ history: historyOf(folder, name, signal), weather: weatherOf(folder, name, latency) });
    } else missing.push(`${region}: no data of its neighbour ${name}`);
  }
  if (!weatherFiles(region)) missing.push(`${region}: no weather, so history alone speaks`);
  const record = {
    timeZone: known?.timeZone ?? 'UTC',
    ...(known === undefined ? {} : { country: known.country }),
    history: historyOf(folder, region, signal),
    weather: weatherFiles(region) ? weatherOf(folder, region, latency) : [],
    neighbours,
  };
  if (record.history.intensityG.length < 96 + 90 * (DAY / HOUR)) missing.push(`${region}: under 90 days of hours`);
  return { record, missing };
}
