/**
 * Open-Meteo: weather forecasts of the national services, now and as they were on earlier days. The free service is for
 * non-commercial use; a company has a plan of its own (`customer-api.open-meteo.com`), or runs the server itself.
 *
 * Written from the public documentation and source of the server; it could not be asked. UNVERIFIED: from which day on
 * each variable is in the archive, and the body of an error beyond its reason.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, formatInstant, HOUR, type Instant, instant, MINUTE, SECOND } from '../../units.ts';
import { kilometres, type Point } from '../borders.ts';
import type { Pace, ProviderContext, Secret } from '../provider.ts';
import { floorTo } from '../slots.ts';
import {
  hoursOf,
  WEATHER_VARIABLES,
  type WeatherProvider,
  type WeatherReading,
  type WeatherRun,
  type WeatherVariable,
  weatherRun,
} from '../weather.ts';
import { brokenReply, readReply } from './reply.ts';

const ID = 'open-meteo';
const KEY = 'OPEN_METEO_API_KEY';
/** Since then forecasts of earlier days are kept; of some models and variables since a little later. */
const REMEMBERS_FROM = instant(Date.UTC(2024, 0, 1));

/** Days ahead that are asked for, and for which earlier days are put together. */
const DAYS_AHEAD = 6;
/** The hours of a day at which models start. */
const CYCLES = [0, 6, 12, 18];
/** A run is out about five hours after the hour that it is named after. */
const LATENCY = 5 * HOUR;
/** A run that breaks off before this is none. */
const LEAST_HOURS = 24;
/**
 * The free service bears 600 calls a minute (its terms; UNVERIFIED). A request for 90 earlier days at five points counts
 * as about a hundred, so that six are borne.
 */
const FREE: Pace = { requests: 6, per: MINUTE };
/** Of a plan, or of a server of one's own, nothing is published: what any host bears. */
const OTHERS: Pace = { requests: 60, per: MINUTE };
/** A value stands for the cell of its model; the coarsest have cells of about a degree, and land is preferred to sea. */
const CELL_KM = 100;

interface Variable {
  readonly name: string;
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  /** What counts as the least: rounding, and the taking apart of longer means, go a little below zero. */
  readonly slack: number;
  /** Of the moment of its stamp, or of the hour before it. */
  readonly of: 'moment' | 'hour before';
}

const VARIABLES: Readonly<Record<WeatherVariable, Variable>> = {
  windMS: { name: 'wind_speed_10m', unit: 'm/s', least: 0, most: 150, slack: 0, of: 'moment' },
  temperatureC: { name: 'temperature_2m', unit: '°C', least: -100, most: 70, slack: 0, of: 'moment' },
  dewPointC: { name: 'dew_point_2m', unit: '°C', least: -120, most: 60, slack: 0, of: 'moment' },
  radiationW: { name: 'shortwave_radiation', unit: 'W/m²', least: 0, most: 2_000, slack: 50, of: 'hour before' },
  rainMm: { name: 'precipitation', unit: 'mm', least: 0, most: 1_000, slack: 1, of: 'hour before' },
};

const pointSchema = z.object({
  latitude: z.number(),
  longitude: z.number(),
  utc_offset_seconds: z.literal(0),
  hourly_units: z.record(z.string(), z.string()),
  hourly: z.object({ time: z.array(z.number().int()) }).catchall(z.array(z.number().nullable())),
});
type PointReply = z.infer<typeof pointSchema>;

/** The mean over the points, by the name of the variable in the reply; stamp i is `start` + i h. */
interface Columns {
  readonly start: Instant;
  readonly length: number;
  readonly values: ReadonlyMap<string, Float64Array>;
}

export interface OpenMeteoOptions {
  /**
   * `api.open-meteo.com`, `customer-api.open-meteo.com`, or the address of a server of one's own: `https` where no scheme
   * stands before it.
   */
  readonly host: string;
}

/** Weather of Open-Meteo, or of whoever answers as it does at `host`. */
export function openMeteo({ host }: OpenMeteoOptions): WeatherProvider {
  const address = new URL(host.includes('://') ? host : `https://${host}`);
  const base = address.href.replace(/\/+$/, '');
  // Open-Meteo keeps what was forecast on earlier days on servers of their own; a server of one's own has all in one.
  const past = base.replace(/^(https?:\/\/(?:customer-)?)(api\.open-meteo\.com)$/, '$1previous-runs-$2');
  const pace = address.host === 'api.open-meteo.com' ? FREE : OTHERS;
  const keys = address.host === 'customer-api.open-meteo.com' ? [KEY] : [];

  /** Asks for some variables at all points at once. */
  const ask = async (
    from: string,
    points: readonly Point[],
    names: readonly string[],
    when: Readonly<Record<string, string>>,
    context: ProviderContext,
  ): Promise<Pick<WeatherReading, 'source' | 'sha256'> & { readonly columns: Columns }> => {
    const key = context.key(KEY);
    if (key === '' && keys.length > 0)
      throw new Failure('grid/not-configured', `${ID}: ${address.host} is asked with a key, in ${KEY}`);
    const secret: Secret | undefined = key === '' ? undefined : { query: 'apikey', value: key };
    const where = new URLSearchParams({
      latitude: points.map(({ latitude }) => latitude).join(','),
      longitude: points.map(({ longitude }) => longitude).join(','),
    });
    const what = new URLSearchParams({
      hourly: names.join(','),
      wind_speed_unit: 'ms',
      timeformat: 'unixtime',
      timezone: 'GMT',
      ...when,
    });
    // Between the parts of a list a comma is as good as its code, and the address a third as long.
    const query = `${where}&${what}`.replaceAll('%2C', ',');
    const { status, body } = await context.transport.get(`${from}/v1/forecast?${query}`, {
      signal: context.signal,
      ...(secret === undefined ? {} : { secret }),
      accept: [400, 401, 403],
    });
    if (status === 401 || status === 403) {
      const what = key === '' ? `${address.host} wants a key, in ${KEY}` : `the key in ${KEY} is not accepted`;
      throw new Failure('grid/not-configured', `${ID}: ${what}`);
    }
    const reply = points.length === 1 ? [readReply(ID, body, pointSchema)] : readReply(ID, body, z.array(pointSchema));
    return {
      columns: columnsOf(reply, points, names),
      source: `${from}/v1/forecast?${where}`.replaceAll('%2C', ','),
      sha256: createHash('sha256').update(body).digest('hex'),
    };
  };

  return {
    id: ID,
    about: 'Open-Meteo, from national weather services, CC BY 4.0; the free service is for non-commercial use',
    licence: 'CC BY 4.0, Open-Meteo.com',
    keys,
    // What one host wants is no wish of another.
    pace: { ...pace, of: address.host.replaceAll(/[^a-z0-9]+/g, '-') },
    remembersFrom: REMEMBERS_FROM,

    async newest(points, context) {
      const names = WEATHER_VARIABLES.map((variable) => VARIABLES[variable].name);
      const when = { forecast_days: `${DAYS_AHEAD + 1}` };
      const { columns, ...told } = await ask(base, points, names, when, context);
      const now = context.clock.now();
      const start = floorTo(now, HOUR);
      const first = (start - columns.start) / HOUR;
      // At midnight its day may already be the next one.
      if (first < -1 || first * HOUR > 2 * DAY)
        throw brokenReply(
          ID,
          'the forecast begins at another time',
          formatInstant(columns.start),
          formatInstant(start),
        );
      const from = Math.max(first, 0);
      const run = runOf(instant(columns.start + from * HOUR), now, columns.length - 1 - from, (variable, hour) =>
        hourOf(columns.values.get(VARIABLES[variable].name), from + hour, VARIABLES[variable].of),
      );
      if (hoursOf(run) === 0)
        throw new Failure('grid/unavailable', `${ID}: the forecast has less than ${LEAST_HOURS} whole hours`);
      return { ...told, runs: [run], fetchedAt: now };
    },

    async past(points, days, context) {
      if (days.start < REMEMBERS_FROM) {
        const since = dateOf(REMEMBERS_FROM);
        const what = `${ID}: what was forecast before ${since} was not kept`;
        throw new Failure('grid/no-signal', what, { value: dateOf(days.start), expected: `a day from ${since} on` });
      }
      const names = WEATHER_VARIABLES.flatMap((variable) =>
        Array.from({ length: DAYS_AHEAD }, (_, day) => nameOf(variable, day + 1)),
      );
      const lastDay = after(days.end, (DAYS_AHEAD - 1) * DAY);
      const when = { start_date: dateOf(days.start), end_date: dateOf(lastDay) };
      const { columns, ...told } = await ask(past, points, names, when, context);
      if (columns.start !== days.start)
        throw brokenReply(
          ID,
          'the reply begins at another time',
          formatInstant(columns.start),
          formatInstant(days.start),
        );
      const runs: WeatherRun[] = [];
      for (let day = days.start; day < days.end; day = after(day, DAY))
        for (const cycle of CYCLES) runs.push(runFrom(columns, after(day, cycle * HOUR)));
      return { ...told, runs, fetchedAt: context.clock.now() };
    },
  };
}

const nameOf = (variable: WeatherVariable, daysBefore: number): string =>
  `${VARIABLES[variable].name}_previous_day${daysBefore}`;

/** `2026-03-18`. */
const dateOf = (at: Instant): string => formatInstant(at).slice(0, 10);

/**
 * What a run of `origin` would have said, from what was forecast days before each hour: a value n days before a stamp is
 * of the newest run that began at least 24 n hours before it, so that stamps up to 24 n hours after the origin are of runs
 * that began no later than the origin. Hours 0 to 23 take one day before, 24 to 47 two, and so on.
 */
function runFrom(columns: Columns, origin: Instant): WeatherRun {
  const first = (origin - columns.start) / HOUR;
  return runOf(origin, after(origin, LATENCY), DAYS_AHEAD * 24, (variable, hour) =>
    hourOf(columns.values.get(nameOf(variable, Math.floor(hour / 24) + 1)), first + hour, VARIABLES[variable].of),
  );
}

/** A run of at most `hours`: it ends with the last hour that is whole. Its numbers are singles, as they are kept. */
function runOf(
  start: Instant,
  knownAt: Instant,
  hours: number,
  valueAt: (variable: WeatherVariable, hour: number) => number,
): WeatherRun {
  const run = weatherRun({ start, knownAt }, (variable) =>
    Float64Array.from({ length: Math.max(0, hours) }, (_, hour) => Math.fround(valueAt(variable, hour))),
  );
  let end = hoursOf(run);
  while (end > 0 && WEATHER_VARIABLES.some((variable) => Number.isNaN(run[variable][end - 1]))) end -= 1;
  return weatherRun(run, (variable) => run[variable].slice(0, end < LEAST_HOURS ? 0 : end));
}

/** The mean of the hour that begins at stamp `index`: between its two ends, or as the stamp at its end has it. */
function hourOf(values: Float64Array | undefined, index: number, of: Variable['of']): number {
  const atEnd = values?.[index + 1] ?? Number.NaN;
  return of === 'hour before' ? atEnd : ((values?.[index] ?? Number.NaN) + atEnd) / 2;
}

/** Checks every point's reply, and takes their mean; where one of them says nothing, so does the mean. */
function columnsOf(reply: readonly PointReply[], points: readonly Point[], names: readonly string[]): Columns {
  if (reply.length !== points.length)
    throw brokenReply(ID, 'the reply has another number of places', reply.length, `${points.length}`);
  const stamps = reply[0]?.hourly.time ?? [];
  checkHours(stamps);
  const sums = new Map(names.map((name) => [name, new Float64Array(stamps.length)]));
  for (const [i, point] of points.entries()) {
    const said = reply[i];
    if (said === undefined) continue;
    const km = kilometres(point, said);
    if (!(km <= CELL_KM)) {
      const found = `${said.latitude},${said.longitude}`;
      throw brokenReply(ID, 'the reply is about another place', found, `${point.latitude},${point.longitude}`);
    }
    const { time } = said.hourly;
    if (time.length !== stamps.length || time.some((stamp, hour) => stamp !== stamps[hour]))
      throw brokenReply(ID, 'the places of the reply have different times');
    if (said.hourly_units['time'] !== 'unixtime') throw brokenReply(ID, 'times are no Unix seconds');
    for (const [name, sum] of sums) add(sum, said, name);
  }
  for (const sum of sums.values()) for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) / points.length;
  return { start: instant((stamps[0] ?? 0) * SECOND), length: stamps.length, values: sums };
}

function checkHours(stamps: readonly number[]): void {
  const [first] = stamps;
  if (first === undefined) throw new Failure('grid/unavailable', `${ID}: the reply has no hours`);
  for (const [i, stamp] of stamps.entries()) {
    if (stamp * SECOND !== first * SECOND + i * HOUR || (stamp * SECOND) % HOUR !== 0) {
      const expected = 'whole hours, each one after the one before';
      throw brokenReply(ID, 'times do not go by the hour', stamp, expected);
    }
  }
}

/** Adds one variable of one place to `sum`; a gap is NaN, and stays it. */
function add(sum: Float64Array, { hourly, hourly_units: units }: PointReply, name: string): void {
  const variable = Object.values(VARIABLES).find((known) => name.startsWith(known.name));
  const values = hourly[name];
  if (variable === undefined || values === undefined) throw brokenReply(ID, `the reply has no ${name}`);
  if (values.length !== sum.length)
    throw brokenReply(ID, `${name} has another number of hours`, values.length, `${sum.length}`);
  // Where a model does not have a variable, its unit is said to be undefined.
  if (units[name] !== variable.unit && values.some((value) => value !== null))
    throw brokenReply(ID, `${name} has another unit`, units[name] ?? 'none', variable.unit);
  const { least, most, slack, unit } = variable;
  for (const [i, value] of values.entries()) {
    if (value !== null && !(value >= least - slack && value <= most))
      throw brokenReply(ID, `${name} is not plausible`, value, `${least} to ${most} ${unit}`);
    sum[i] = value === null ? Number.NaN : (sum[i] ?? 0) + Math.max(least, value);
  }
}
