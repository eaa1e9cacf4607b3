/**
 * Weather forecasts as they were read, kept for good: what a forecast of the grid rests on, and what it learns from. Two
 * times are kept of each run: when it could be read, and when it was observed here; so any reading takes an `asOf`.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { Database, Store } from '../store/index.ts';
import { after, DAY, HOUR, type Instant, instant } from '../units.ts';
import { LOOK_MS, orAborted } from './asking.ts';
import { createManners } from './manners.ts';
import type { ProviderContext, Range, Transport } from './provider.ts';
import { floorTo } from './slots.ts';
import { discreet } from './transport.ts';
import {
  hoursOf,
  WEATHER_VARIABLES,
  type WeatherProvider,
  type WeatherReading,
  type WeatherRun,
  weatherRun,
} from './weather.ts';
import { pointsOf } from './weather-points.ts';

export interface WeatherOptions {
  readonly store: Store;
  readonly provider: WeatherProvider;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where the key of the provider is. Default: nowhere. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where other processes see how the provider has been asked ({@link createManners}). Default: nowhere. */
  readonly cacheFolder?: string;
}

/** What a refresh came to. */
export interface Refreshed {
  readonly requests: number;
  /** Days of the last two years that were not asked for yet: another refresh goes on with them. */
  readonly daysLeft: number;
}

export interface Weather {
  /**
   * The runs that could be read in `range`, by `knownAt`, ascending, as far as they had been observed at `asOf` (default:
   * all). One that was put together afterwards is left out where a better one was read about then.
   */
  runs(zone: string, range: Range, asOf?: Instant): Promise<readonly WeatherRun[]>;
  /**
   * Asks for what is missing: what is forecast now, if the last answer is an hour old, then earlier days of the last two
   * years, the newest first, in a few requests of at most 90 days. Each answer is kept before the next request, so that
   * an end at any moment loses one request, and nothing is asked twice, by other processes neither. Each request has its
   * turn and its place in the pace of the host.
   *
   * Fails with what the provider failed with, with `grid/unavailable` while it is left alone or its pace is used up, with `grid/no-zone` for a place that is not on the map, and with the abort
   * reason.
   */
  refresh(zone: string, abort: AbortSignal): Promise<Refreshed>;
}

/** A forecast younger than this is not asked for again: models run every few hours. */
const FRESH_FOR = HOUR;
const REACH = 2 * 365 * DAY;
const MOST_DAYS = 90;
/** In one refresh, so that a free service is not asked for a day's worth at once. */
const MOST_REQUESTS_BACK = 4;
/** So long after a day its last run is out and in the archive. */
const SETTLED = 6 * HOUR;
/** A run that was read is better than one put together, whose hours are up to a day older, for so long. */
const BETTER_FOR = 12 * HOUR;

/** One request, whose answer is kept. */
type Ask = (context: ProviderContext) => Promise<void>;
type Row = Pick<Database['weather_run'], 'kind' | 'start' | 'hours' | 'known_at' | 'weather'>;

export function openWeather(options: WeatherOptions): Weather {
  const { store, provider, clock, environment = {} } = options;
  const key = (name: string): string => (environment[name] ?? '').trim();
  const transport = discreet(options.transport);
  const manners = createManners({ transport, clock, key, folder: options.cacheFolder });

  const of = (zone: string) =>
    store.db.selectFrom('weather_run').where('provider', '=', provider.id).where('zone', '=', zone);

  const newest = async (zone: string): Promise<Row | undefined> =>
    of(zone)
      .select(['kind', 'start', 'hours', 'known_at', 'weather'])
      .where('kind', '=', 'read')
      .where('hours', '>', 0)
      .orderBy('known_at', 'desc')
      .limit(1)
      .executeTakeFirst();

  const keep = async (zone: string, kind: 'read' | 'past', reading: WeatherReading): Promise<void> => {
    const { runs, fetchedAt, source, sha256 } = reading;
    const rows = runs.map((run) => ({
      provider: provider.id,
      zone,
      kind,
      start: run.start,
      hours: hoursOf(run),
      known_at: run.knownAt,
      observed_at: fetchedAt,
      weather: bytesOf(run),
      source,
      licence: provider.licence,
      sha256,
    }));
    await store.transaction((trx) =>
      // Another process may have been faster with the same.
      trx
        .insertInto('weather_run')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  };

  /**
   * What `missing` says is missing is asked for in a turn of ours; who is before us is waited for, and may have brought it.
   * Whether it had to be asked for.
   */
  const inTurn = async (
    zone: string,
    abort: AbortSignal,
    missing: () => Promise<Ask | undefined>,
  ): Promise<boolean> => {
    let seen: number | undefined;
    for (;;) {
      abort.throwIfAborted();
      const ask = await missing();
      if (ask === undefined) return false;
      const turn = await manners.turn(provider, zone, seen);
      if (turn.is === 'resting') throw turn.failure;
      if (turn.is === 'taken') await orAborted(delay(LOOK_MS), abort);
      else if (turn.is === 'too soon') seen = turn.turns;
      else {
        try {
          await orAborted(ask({ transport: manners.transportFor(provider), clock, signal: abort, key }), abort);
        } catch (thrown) {
          const isFault = thrown instanceof Failure && !abort.aborted;
          const told = await manners.settle(provider, zone, isFault ? { failure: thrown } : 'called off');
          abort.throwIfAborted();
          throw told ?? thrown;
        }
        await manners.settle(provider, zone, 'answered');
        return true;
      }
    }
  };

  /** What is forecast now, unless that was asked within the hour. */
  const missingNow = async (zone: string): Promise<Ask | undefined> => {
    const asked = await of(zone)
      .select(({ fn }) => fn.max('known_at').as('at'))
      .where('kind', '=', 'read')
      .executeTakeFirst();
    const age = asked?.at == null ? Number.POSITIVE_INFINITY : clock.now() - asked.at;
    if (age >= 0 && age < FRESH_FOR) return undefined;
    return async (context) => {
      const reading = await provider.newest(pointsOf(zone), context);
      const before = await newest(zone);
      const runs = reading.runs.map((run) =>
        before !== undefined && repeats(runFrom(before), run) ? weatherRun(run, () => new Float64Array()) : run,
      );
      await keep(zone, 'read', { ...reading, runs });
    };
  };

  /** The next of the earlier days, after those that are there, then before them; and how many there are. */
  const missingDays = async (zone: string): Promise<{ readonly days: Range | undefined; readonly left: number }> => {
    const end = floorTo(instant(clock.now() - SETTLED), DAY);
    const start = instant(Math.max(floorTo(instant(end - REACH), DAY), provider.remembersFrom));
    const found = await of(zone)
      .select(({ fn }) => [fn.min('start').as('first'), fn.max('start').as('last')])
      .where('kind', '=', 'past')
      .executeTakeFirst();
    let [from, to] = [end, end];
    if (found?.first != null && found.last != null)
      [from, to] = [floorTo(instant(found.first), DAY), after(floorTo(instant(found.last), DAY), DAY)];
    const left = Math.max(0, (end - to) / DAY) + Math.max(0, (from - start) / DAY);
    if (left === 0) return { days: undefined, left };
    const days =
      to < end
        ? { start: to, end: instant(Math.min(end, to + MOST_DAYS * DAY)) }
        : { start: instant(Math.max(start, from - MOST_DAYS * DAY)), end: from };
    return { days, left };
  };

  const missingPast = async (zone: string): Promise<Ask | undefined> => {
    const { days } = await missingDays(zone);
    if (days === undefined) return undefined;
    return async (context) => keep(zone, 'past', await provider.past(pointsOf(zone), days, context));
  };

  return {
    async runs(zone, range, asOf) {
      let query = of(zone)
        .select(['kind', 'start', 'hours', 'known_at', 'weather'])
        .where('hours', '>', 0)
        .where('known_at', '>=', range.start - BETTER_FOR)
        .where('known_at', '<', range.end)
        .orderBy('known_at')
        .orderBy('id');
      if (asOf !== undefined) query = query.where('observed_at', '<=', asOf);
      const runs: WeatherRun[] = [];
      let read = Number.NEGATIVE_INFINITY;
      for (const row of await query.execute()) {
        if (row.kind === 'read') read = row.known_at;
        else if (row.known_at - read < BETTER_FOR) continue;
        if (row.known_at >= range.start) runs.push(runFrom(row));
      }
      return runs;
    },

    async refresh(zone, abort) {
      abort.throwIfAborted();
      if (pointsOf(zone).length === 0)
        throw new Failure('grid/no-zone', `${provider.id} cannot be asked for a place that is not on the map`, {
          value: zone,
        });
      let requests = (await inTurn(zone, abort, () => missingNow(zone))) ? 1 : 0;
      for (let back = 0; back < MOST_REQUESTS_BACK; back += 1) {
        if (!(await inTurn(zone, abort, () => missingPast(zone)))) break;
        requests += 1;
      }
      return { requests, daysLeft: (await missingDays(zone)).left };
    },
  };
}

/** Whether `next` says of its hours what `last` said of them, and says nothing of later ones. */
function repeats(last: WeatherRun, next: WeatherRun): boolean {
  const shift = (next.start - last.start) / HOUR;
  return (
    shift >= 0 &&
    hoursOf(next) + shift <= hoursOf(last) &&
    WEATHER_VARIABLES.every((variable) =>
      next[variable].every((value, i) => Object.is(value, last[variable][i + shift])),
    )
  );
}

/** Singles as little-endian bytes, as every machine that Node runs on has them. */
const bytesOf = (run: WeatherRun): Uint8Array =>
  Buffer.concat(
    WEATHER_VARIABLES.map((variable) => {
      const singles = Float32Array.from(run[variable]);
      return Buffer.from(singles.buffer, singles.byteOffset, singles.byteLength);
    }),
  );

function runFrom({ start, hours, known_at: knownAt, weather }: Row): WeatherRun {
  // A copy, since a single must begin at a multiple of four and a row's bytes begin anywhere.
  const singles = new Float32Array(new Uint8Array(weather).buffer);
  return weatherRun({ start: instant(start), knownAt: instant(knownAt) }, (variable) => {
    const first = WEATHER_VARIABLES.indexOf(variable) * hours;
    return new Float64Array(singles.subarray(first, first + hours));
  });
}
