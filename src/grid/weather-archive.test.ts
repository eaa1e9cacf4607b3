import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { at, failureOf, type Scripted, scripted } from '../../test/support/grid-replies.ts';
import { openMeteoReply, type Says, someWeather } from '../../test/support/open-meteo.ts';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { openStore, type Store } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import { openMeteo } from './providers/open-meteo.ts';
import type { WeatherProvider } from './weather.ts';
import { openWeather, type Weather } from './weather-archive.ts';
import { pointsOf } from './weather-points.ts';

const NOW = at('2026-03-18T12:10Z');
const FOREVER = { start: instant(0), end: at('2100-01-01T00:00Z') };
const live = new AbortController().signal;
const whole = openMeteo({ host: 'api.open-meteo.com' });
/** With a short memory, which is read quickly. */
const recent = { ...whole, remembersFrom: at('2026-02-16T00:00Z') };

let store: Store;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
});

/** What each request is about: `now`, or its first and last day. */
const subjects = ({ asked }: Scripted): string[] =>
  asked.map((url) => {
    const query = new URL(url).searchParams;
    return query.has('start_date') ? `${query.get('start_date')} ${query.get('end_date')}` : 'now';
  });

interface Moment {
  readonly weather: Weather;
  readonly transport: Scripted;
  readonly refresh: (zone?: string) => ReturnType<Weather['refresh']>;
}

interface At {
  readonly provider?: WeatherProvider;
  readonly says?: Says;
  readonly fails?: (url: string) => boolean;
  /** For how long the server wants to be left alone, ms. */
  readonly wait?: number;
  /** Shared with other processes. */
  readonly cacheFolder?: string;
}

/** The archive at `now`, at a server that answers as `says`; `fails` makes a request fail. */
function moment(now: Instant, more: At = {}): Moment {
  const { provider = recent, says = someWeather, fails = () => false, wait, cacheFolder } = more;
  const transport = scripted((url, { leaveAlone }) => {
    if (wait !== undefined) leaveAlone?.(millis(wait));
    return fails(url) || wait !== undefined ? new Failure('grid/unavailable', 'no') : openMeteoReply(url, now, says);
  });
  const shared = cacheFolder === undefined ? {} : { cacheFolder };
  const weather = openWeather({ store, provider, transport, clock: standingClock(now), ...shared });
  return { weather, transport, refresh: (zone = 'LU') => weather.refresh(zone, live) };
}

const knownAts = async (weather: Weather, asOf?: Instant): Promise<Instant[]> =>
  (await weather.runs('LU', FOREVER, asOf)).map(({ knownAt }) => knownAt);

/** All that there is to be asked, at `now`. */
async function filled(now: Instant): Promise<Weather> {
  const { weather, refresh } = moment(now);
  while ((await refresh()).daysLeft > 0);
  return weather;
}

describe('a refresh', () => {
  it('asks for now, then for earlier days, the newest first, at most 90 at once and 360 in all', async () => {
    const { transport, refresh } = moment(NOW, { provider: whole });
    expect(await refresh()).toEqual({ requests: 5, daysLeft: 730 - 360 });
    expect(subjects(transport)).toEqual([
      'now',
      '2025-12-18 2026-03-23',
      '2025-09-19 2025-12-23',
      '2025-06-21 2025-09-24',
      '2025-03-23 2025-06-26',
    ]);
  });

  it('goes on where the last one ended, in another process too, and asks nothing twice', async () => {
    await moment(NOW, { provider: whole }).refresh();
    const second = moment(instant(NOW + MINUTE), { provider: whole });
    expect(await second.refresh()).toEqual({ requests: 4, daysLeft: 10 });
    expect(subjects(second.transport)[0]).toBe('2024-12-23 2025-03-28');
    const third = moment(instant(NOW + 2 * MINUTE), { provider: whole });
    expect(await third.refresh()).toEqual({ requests: 1, daysLeft: 0 });
    expect(subjects(third.transport)).toEqual(['2024-03-18 2024-04-02']);
    expect(await third.refresh()).toEqual({ requests: 0, daysLeft: 0 });
    expect(new Set(await knownAts(third.weather)).size).toBe(730 * 4 + 1);
  });

  it('asks for now after an hour, and for a day once it is over', async () => {
    await filled(NOW);
    const asked = async (now: Instant): Promise<string[]> => {
      const { transport, refresh } = moment(now);
      await refresh();
      return subjects(transport);
    };
    expect(await asked(instant(NOW + 59 * MINUTE))).toEqual([]);
    expect(await asked(instant(NOW + 60 * MINUTE))).toEqual(['now']);
    expect(await asked(at('2026-03-19T05:59Z'))).toEqual(['now']);
    expect(await asked(at('2026-03-19T06:00Z'))).toEqual(['2026-03-18 2026-03-24']);
    expect(await asked(at('2026-03-22T06:00Z'))).toEqual(['now', '2026-03-19 2026-03-27']);
  });

  it('loses one request at most when it ends in the middle', async () => {
    const { weather, refresh } = moment(NOW, {
      provider: whole,
      fails: (url) => url.includes('start_date=2025-09-19'),
    });
    expect((await failureOf(refresh())).code).toBe('grid/unavailable');
    expect(await knownAts(weather)).toHaveLength(1 + 90 * 4);
    const next = moment(instant(NOW + MINUTE), { provider: whole });
    await next.refresh();
    expect(subjects(next.transport)[0]).toBe('2025-09-19 2025-12-23');
  });

  it('asks for no day from before the archive', async () => {
    const { transport, refresh } = moment(at('2024-01-21T12:00Z'), { provider: whole });
    expect(await refresh()).toEqual({ requests: 2, daysLeft: 0 });
    expect(subjects(transport)[1]).toBe('2024-01-01 2024-01-26');
  });

  it('does not ask again for days of which nothing was kept', async () => {
    const { weather, refresh } = moment(NOW, { says: (asked) => (asked.daysBefore > 0 ? null : someWeather(asked)) });
    while ((await refresh()).daysLeft > 0);
    expect(await refresh()).toEqual({ requests: 0, daysLeft: 0 });
    expect(await knownAts(weather)).toEqual([NOW]);
  });

  it('keeps no forecast that repeats the last one, and does not ask for it again within the hour', async () => {
    await filled(NOW);
    const later = moment(instant(NOW + 2 * HOUR));
    await later.refresh();
    await later.refresh();
    expect(subjects(later.transport)).toEqual(['now']);
    expect((await knownAts(later.weather)).at(-1)).toBe(NOW);
    const changed = moment(instant(NOW + 4 * HOUR), { says: (asked) => (someWeather(asked) ?? 0) + 1 });
    await changed.refresh();
    expect((await knownAts(changed.weather)).at(-1)).toBe(NOW + 4 * HOUR);
  });

  it('that is asked for twice at once asks once', async () => {
    const { transport, refresh } = moment(NOW);
    const [first, second] = await Promise.all([refresh(), refresh()]);
    expect(subjects(transport)).toHaveLength(first.requests + second.requests);
    expect(new Set(subjects(transport)).size).toBe(transport.asked.length);
  });

  it('of two processes at once keeps each run once', async () => {
    const [first, second] = [moment(NOW), moment(NOW)];
    await Promise.all([first.refresh(), second.refresh()]);
    const found = await knownAts(first.weather);
    expect(found).toHaveLength(30 * 4 + 1);
    expect(new Set(found).size).toBe(found.length);
  });

  it('ends with the reason of an abort, also while another one is on its way', async () => {
    const { weather } = moment(NOW);
    const reason = new Error('enough');
    await expect(weather.refresh('LU', AbortSignal.abort(reason))).rejects.toBe(reason);
    const hanging = openWeather({
      store,
      provider: whole,
      transport: { get: () => new Promise(() => {}) },
      clock: standingClock(NOW),
    });
    const stop = new AbortController();
    const first = hanging.refresh('LU', stop.signal);
    const second = hanging.refresh('LU', stop.signal);
    stop.abort(reason);
    await expect(first).rejects.toBe(reason);
    await expect(second).rejects.toBe(reason);
  });

  it('asks nobody about a place that is not on the map', async () => {
    const { transport, refresh } = moment(NOW);
    expect((await failureOf(refresh('ZZ'))).code).toBe('grid/no-zone');
    expect(transport.asked).toEqual([]);
  });

  it('says the key to nobody', async () => {
    const transport = scripted((_, { secret }) => ({
      status: 400,
      body: `{"error":true,"reason":"what is ${secret?.value ?? ''}?"}`,
    }));
    const weather = openWeather({
      store,
      provider: whole,
      transport,
      clock: standingClock(NOW),
      environment: { OPEN_METEO_API_KEY: ' hush-hush ' },
    });
    const failure = await failureOf(weather.refresh('LU', live));
    expect(transport.askings[0]?.secret?.value).toBe('hush-hush');
    expect(failure.message).toBe('open-meteo: what is <redacted>?');
  });
});

describe('the manners of a refresh', () => {
  let cacheFolder: string;
  beforeEach(() => {
    const { folder, cleanup } = temporaryFolder();
    cacheFolder = folder;
    onTestFinished(cleanup);
  });
  const process = (shift: number, more: At = {}) => moment(instant(NOW + shift), { ...more, cacheFolder });

  it('leave a host alone that wants it, in every process, at every zone and until its time', async () => {
    const first = process(0, { wait: 2 * HOUR });
    const words = 'open-meteo asked to be left alone until 14:10Z';
    expect((await failureOf(first.refresh())).message).toBe(words);
    expect(first.transport.asked).toHaveLength(1);
    for (const [shift, zone] of [[MINUTE, 'LU'] as const, [HOUR, 'LU'] as const, [HOUR, 'DE'] as const]) {
      const { transport, refresh } = process(shift);
      expect((await failureOf(refresh(zone))).message).toBe(words);
      expect(transport.asked).toEqual([]);
    }
    // A server of one's own has wishes of its own.
    const own = { ...openMeteo({ host: 'http://127.0.0.1:8080' }), remembersFrom: recent.remembersFrom };
    expect((await process(HOUR, { provider: own }).refresh()).requests).toBe(2);
    expect((await process(2 * HOUR).refresh('DE')).requests).toBe(2);
  });

  it('let all processes and zones together ask as often as the host bears', async () => {
    expect((await process(0, { provider: whole }).refresh()).requests).toBe(5);
    const second = process(0, { provider: whole });
    const failure = await failureOf(second.refresh('DE'));
    expect(failure.message).toBe('open-meteo is not asked: its 6 requests in 1 min are used up until 12:11Z');
    expect(subjects(second.transport)).toEqual(['now']);
    expect((await process(MINUTE, { provider: whole }).refresh('DE')).requests).toBe(4);
  });

  it('let one ask for all who want the same', async () => {
    const all = Array.from({ length: 5 }, () => process(0));
    const done = await Promise.all(all.map(({ refresh }) => refresh()));
    expect(done.reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
    expect(all.flatMap(({ transport }) => subjects(transport)).toSorted()).toEqual(['2026-02-16 2026-03-23', 'now']);
  });

  it('are a rest after failures, for every process', async () => {
    const asked = async (minute: number): Promise<number> => {
      const { transport, refresh } = process(minute * MINUTE, { fails: () => true });
      expect((await failureOf(refresh())).message).toBe('no');
      return transport.asked.length;
    };
    expect([await asked(0), await asked(0.5), await asked(1), await asked(2)]).toEqual([1, 0, 1, 1]);
    expect([await asked(3), await asked(11), await asked(12)]).toEqual([0, 0, 1]);
  });

  it('hold nothing against the host that was called off', async () => {
    const stop = new AbortController();
    const transport = scripted(() => {
      stop.abort(new Error('enough'));
      return new Failure('grid/unavailable', 'no');
    });
    const clock = standingClock(NOW);
    const { refresh } = openWeather({ store, provider: recent, transport, clock, cacheFolder });
    await expect(refresh('LU', stop.signal)).rejects.toThrow('enough');
    expect((await process(0).refresh()).requests).toBe(2);
  });
});

describe('the runs', () => {
  it('are what was read, to the last digit', async () => {
    const clock = standingClock(NOW);
    const { weather, transport, refresh } = moment(NOW);
    await refresh();
    const context = { transport, clock, signal: live, key: () => '' };
    const now = await whole.newest(pointsOf('LU'), context);
    const days = { start: recent.remembersFrom, end: at('2026-03-18T00:00Z') };
    const past = await whole.past(pointsOf('LU'), days, context);
    const kept = await weather.runs('LU', { start: days.start, end: FOREVER.end });
    expect(kept).toEqual([...past.runs, ...now.runs]);
  });

  it('are those that could be read in a range, ascending', async () => {
    const weather = await filled(NOW);
    const range = { start: at('2026-03-01T05:00Z'), end: at('2026-03-02T05:00Z') };
    const hours = (await weather.runs('LU', range)).map(({ knownAt }) => (knownAt - range.start) / HOUR);
    expect(hours).toEqual([0, 6, 12, 18]);
    expect(await weather.runs('DE', range)).toEqual([]);
  });

  it('are those that had been observed at a time, though they could have been read before', async () => {
    const weather = await filled(NOW);
    const before = await knownAts(weather);
    const later = moment(instant(NOW + 30 * DAY));
    await later.refresh();
    expect((await knownAts(later.weather)).length).toBeGreaterThan(before.length + 30);
    expect(await knownAts(later.weather, instant(NOW + DAY))).toEqual(before);
    expect(await knownAts(later.weather, instant(NOW - 1))).toEqual([]);
  });

  it('leave out what was put together afterwards where a better one was read', async () => {
    await filled(NOW);
    const next = moment(at('2026-03-20T12:10Z'));
    await next.refresh();
    const since = (await knownAts(next.weather)).filter((knownAt) => knownAt > NOW - 8 * HOUR);
    const put = (time: string): Instant => at(`${time}:00Z`);
    expect(since).toEqual([
      put('2026-03-18T05:00'),
      put('2026-03-18T11:00'),
      NOW,
      // Not those of 17:00 and 23:00.
      put('2026-03-19T05:00'),
      put('2026-03-19T11:00'),
      put('2026-03-19T17:00'),
      put('2026-03-19T23:00'),
      at('2026-03-20T12:10Z'),
    ]);
  });

  it('are never changed', async () => {
    await moment(NOW).refresh();
    await expect(store.db.updateTable('weather_run').set({ hours: 0 }).execute()).rejects.toThrow('append-only');
    await expect(store.db.deleteFrom('weather_run').execute()).rejects.toThrow('append-only');
  });
});
