import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, type Scripted, scripted } from '../../../test/support/grid-replies.ts';
import {
  openMeteoReply,
  type PlaceReply,
  runBefore,
  type Says,
  someWeather,
} from '../../../test/support/open-meteo.ts';
import { standingClock } from '../../clock.ts';
import { HOUR, instant } from '../../units.ts';
import { WEATHER_VARIABLES } from '../weather.ts';
import { openMeteo } from './open-meteo.ts';

const NOW = at('2026-03-18T12:10Z');
const POINTS = [
  { latitude: 52.52, longitude: 13.4 },
  { latitude: 48.14, longitude: 11.58 },
  { latitude: 53.55, longitude: 9.99 },
];
const DAYS = { start: at('2026-03-01T00:00Z'), end: at('2026-03-04T00:00Z') };
const keyless = (transport: Scripted) => ({ ...contextOf(transport, standingClock(NOW)), key: () => '' });

const provider = openMeteo({ host: 'api.open-meteo.com' });
const honest = (says?: Says, change?: (reply: PlaceReply, place: number) => unknown) =>
  scripted((url) => openMeteoReply(url, NOW, says, change));
const newest = (transport: Scripted) => provider.newest(POINTS, keyless(transport));
const past = (transport: Scripted) => provider.past(POINTS, DAYS, keyless(transport));

describe('the forecast of now', () => {
  it('is of the hours from the present one on, at least six days of them', async () => {
    const { runs, fetchedAt } = await newest(honest());
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ start: at('2026-03-18T12:00Z'), knownAt: NOW });
    expect(runs[0]?.windMS).toHaveLength(7 * 24 - 12 - 1);
    expect(fetchedAt).toBe(NOW);
  });

  it('is the mean of the points, asked for in one request', async () => {
    const transport = honest(({ place }) => [3, 5, 10][place] ?? 0);
    const { runs } = await newest(transport);
    expect(new Set(runs[0]?.temperatureC)).toEqual(new Set([6]));
    expect(transport.asked).toHaveLength(1);
    const url = new URL(transport.asked[0] ?? '');
    expect(`${url.origin}${url.pathname}`).toBe('https://api.open-meteo.com/v1/forecast');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      latitude: '52.52,48.14,53.55',
      longitude: '13.4,11.58,9.99',
      hourly: 'wind_speed_10m,temperature_2m,dew_point_2m,shortwave_radiation,precipitation',
      wind_speed_unit: 'ms',
      timeformat: 'unixtime',
      timezone: 'GMT',
      forecast_days: '7',
    });
  });

  it('takes radiation and rain from the stamp at the end of an hour, and the rest from both of its ends', async () => {
    const { runs } = await newest(
      honest(({ stamp }) => Math.max(0, Math.min(9, (stamp - at('2026-03-18T12:00Z')) / HOUR))),
    );
    const third = WEATHER_VARIABLES.map((variable) => runs[0]?.[variable][3]);
    expect(third).toEqual([3.5, 3.5, 3.5, 4, 4]);
  });

  it('ends with its last whole hour, and has gaps where a point has none', async () => {
    const gap = at('2026-03-19T06:00Z');
    const end = at('2026-03-22T00:00Z');
    const says: Says = (asked) => {
      const isMissing = asked.place === 1 && (asked.stamp === gap || asked.stamp > end);
      return isMissing && asked.variable === 'temperature_2m' ? null : someWeather(asked);
    };
    const { runs } = await newest(honest(says));
    expect(runs[0]?.windMS).toHaveLength((end - at('2026-03-18T12:00Z')) / HOUR);
    // An instant is an end of two hours.
    const missing = [...(runs[0]?.temperatureC ?? [])].flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect(missing).toEqual([17, 18]);
    expect(runs[0]?.windMS.some(Number.isNaN)).toBe(false);
  });

  it('is none where it ends within a day', async () => {
    const says: Says = (asked) => (asked.stamp > NOW + 20 * HOUR ? null : someWeather(asked));
    expect((await failureOf(newest(honest(says)))).code).toBe('grid/unavailable');
  });

  it('may begin a day later where midnight has just passed', async () => {
    const clock = standingClock(at('2026-03-17T23:59:59Z'));
    const { runs } = await provider.newest(POINTS, { ...keyless(honest()), clock });
    expect(runs[0]?.start).toBe(at('2026-03-18T00:00Z'));
  });
});

describe('the forecasts of earlier days', () => {
  /** Each number is how many hours before its stamp the run began that it is of. */
  const leads: Says = ({ stamp, daysBefore }) => (stamp - runBefore(stamp, daysBefore)) / HOUR;
  const scaled: Says = (asked) =>
    (leads(asked) ?? 0) / (asked.variable === 'dew_point_2m' ? 4 : 1) - (asked.variable === 'temperature_2m' ? 90 : 0);

  it('hold nothing that a run after their origin said, and are known five hours after it', async () => {
    const { runs } = await past(honest(scaled));
    expect(runs.map(({ start }) => start)).toEqual(
      Array.from({ length: 12 }, (_, i) => instant(DAYS.start + i * 6 * HOUR)),
    );
    for (const run of runs) {
      expect(run.knownAt).toBe(run.start + 5 * HOUR);
      expect(run.windMS).toHaveLength(6 * 24);
      for (let hour = 0; hour < 144; hour += 1) {
        const ahead = hour + 1; // of the stamp at the end of the hour
        for (const lead of [run.radiationW[hour] ?? 0, run.rainMm[hour] ?? 0]) {
          expect(lead, `hour ${hour}`).toBeGreaterThanOrEqual(ahead);
          expect(lead, `hour ${hour}`).toBeLessThanOrEqual(ahead + 24);
        }
        // The mean of two stamps, both of which are of a run before the origin.
        const moments = [run.windMS[hour] ?? 0, (run.temperatureC[hour] ?? 0) + 90, (run.dewPointC[hour] ?? 0) * 4];
        for (const lead of moments) {
          expect(lead, `hour ${hour}`).toBeGreaterThanOrEqual(ahead - 0.5);
          expect(lead, `hour ${hour}`).toBeLessThanOrEqual(ahead + 24);
        }
      }
    }
  });

  it('are as many hours older than a run of that hour as the documentation says', async () => {
    const { runs } = await past(honest(scaled));
    const older = runs.flatMap((run) => Array.from(run.radiationW, (lead, hour) => lead - (hour + 1)));
    expect([Math.min(...older), Math.max(...older)]).toEqual([0, 24]);
    expect(older.reduce((a, b) => a + b, 0) / older.length).toBe(14);
  });

  it('say what was forecast then, whatever came later', async () => {
    const changed = at('2026-03-02T09:00Z');
    const says =
      (later: number): Says =>
      (asked) =>
        (someWeather(asked) ?? 0) + (runBefore(asked.stamp, asked.daysBefore) > changed ? later : 0);
    const before = (await past(honest(says(0)))).runs;
    const after = (await past(honest(says(3)))).runs;
    for (const [i, run] of before.entries()) {
      if (run.start <= changed) expect(after[i]).toEqual(run);
      else expect(after[i]).not.toEqual(run);
    }
  });

  it('are asked of the servers that keep them, with all that the last of them needs', async () => {
    const transport = honest();
    const { source } = await past(transport);
    const url = new URL(transport.asked[0] ?? '');
    expect(url.host).toBe('previous-runs-api.open-meteo.com');
    expect(url.searchParams.get('start_date')).toBe('2026-03-01');
    expect(url.searchParams.get('end_date')).toBe('2026-03-09');
    expect(url.searchParams.get('hourly')?.split(',')).toHaveLength(5 * 6);
    expect(source).toBe(
      'https://previous-runs-api.open-meteo.com/v1/forecast?latitude=52.52,48.14,53.55&longitude=13.4,11.58,9.99',
    );
  });

  it('are runs of no hours where nothing was kept, also where a unit is not known for want of data', async () => {
    const nothing = await past(
      honest(
        () => null,
        (reply) => ({ ...reply, hourly_units: { time: 'unixtime' } }),
      ),
    );
    expect(nothing.runs).toHaveLength(12);
    expect(nothing.runs.every(({ windMS }) => windMS.length === 0)).toBe(true);
  });

  it('from before the archive are not asked for, which is said', async () => {
    const transport = honest();
    const days = { start: at('2023-12-31T00:00Z'), end: at('2024-01-02T00:00Z') };
    const failure = await failureOf(provider.past(POINTS, days, keyless(transport)));
    expect(failure.describe()).toContain('before 2024-01-01 was not kept');
    expect(transport.asked).toEqual([]);
  });
});

describe('the host', () => {
  it.each([
    ['api.open-meteo.com', 'https://api.open-meteo.com/', 'https://previous-runs-api.open-meteo.com/'],
    [
      'customer-api.open-meteo.com',
      'https://customer-api.open-meteo.com/',
      'https://customer-previous-runs-api.open-meteo.com/',
    ],
    ['HTTPS://API.Open-Meteo.com:443/', 'https://api.open-meteo.com/', 'https://previous-runs-api.open-meteo.com/'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['https://weather.example/meteo/', 'https://weather.example/meteo/', 'https://weather.example/meteo/'],
  ])('%s is asked', async (host, now, before) => {
    const transport = honest();
    const context = contextOf(transport, standingClock(NOW));
    await openMeteo({ host }).newest(POINTS, context);
    await openMeteo({ host }).past(POINTS, DAYS, context);
    expect(transport.asked.map((url) => url.split('v1/')[0])).toEqual([now, before]);
  });

  it('of a plan is not asked without its key, which is sent as a secret', async () => {
    const customer = openMeteo({ host: 'customer-api.open-meteo.com' });
    const transport = honest();
    const failure = await failureOf(customer.newest(POINTS, keyless(transport)));
    expect([failure.code, failure.message]).toEqual([
      'grid/not-configured',
      expect.stringContaining('OPEN_METEO_API_KEY'),
    ]);
    expect(transport.asked).toEqual([]);
    await customer.newest(POINTS, contextOf(transport, standingClock(NOW)));
    expect(transport.askings[0]?.secret).toEqual({ query: 'apikey', value: 'very-secret-OPEN_METEO_API_KEY' });
  });

  it('of the free service is asked without a key', async () => {
    const transport = honest();
    await newest(transport);
    expect(transport.askings[0]?.secret).toBeUndefined();
  });
});

describe('a reply', () => {
  it('of one point is no list', async () => {
    const { runs } = await provider.newest(POINTS.slice(0, 1), keyless(honest()));
    expect(runs[0]?.windMS.length).toBeGreaterThan(96);
  });

  it('that is an error is told in the words of the provider', async () => {
    const body = '{"error":true,"reason":"Parameter \'end_date\' is out of allowed range"}';
    const failure = await failureOf(newest(scripted(() => ({ status: 400, body }))));
    expect([failure.code, failure.message]).toEqual([
      'grid/unavailable',
      "open-meteo: Parameter 'end_date' is out of allowed range",
    ]);
  });

  it.each([401, 403])('of status %i is told as a matter of the key', async (status) => {
    const refusing = scripted(() => ({ status, body: '{"error":true,"reason":"no"}' }));
    const without = await failureOf(newest(refusing));
    expect([without.code, without.message]).toEqual(['grid/not-configured', expect.stringContaining('wants a key')]);
    const context = contextOf(refusing, standingClock(NOW));
    const wrong = await failureOf(provider.newest(POINTS, context));
    expect([wrong.code, wrong.message]).toEqual(['grid/not-configured', expect.stringContaining('is not accepted')]);
  });

  const edit =
    (change: (reply: PlaceReply) => unknown, only?: number) =>
    (reply: PlaceReply, place: number): unknown =>
      only === undefined || only === place ? change(reply) : reply;
  const units = (name: string, unit: string) =>
    edit((reply) => ({ ...reply, hourly_units: { ...reply.hourly_units, [name]: unit } }), 1);
  const hourly = (change: (hours: PlaceReply['hourly']) => unknown, only?: number) =>
    edit((reply) => ({ ...reply, hourly: change(reply.hourly) }), only);
  const column = (name: string, values: (old: readonly (number | null)[]) => unknown, only?: number) =>
    hourly((hours) => ({ ...hours, [name]: values(hours[name] ?? []) }), only);

  it.each([
    ['wind in km/h', units('wind_speed_10m', 'km/h'), 'another unit'],
    ['degrees Fahrenheit', units('dew_point_2m', '°F'), 'another unit'],
    ['rain in inches', units('precipitation', 'inch'), 'another unit'],
    ['times that are text', units('time', 'iso8601'), 'Unix seconds'],
    ['another place', edit((reply) => ({ ...reply, latitude: reply.latitude + 1.5 }), 2), 'another place'],
    ['local time', edit((reply) => ({ ...reply, utc_offset_seconds: 3600 })), 'utc_offset_seconds'],
    ['times backwards', column('time', (times) => [...times].reverse()), 'by the hour'],
    [
      'a time that is missing',
      column('time', (times) => times.map((t, i) => (t ?? 0) + (i > 5 ? 3600 : 0))),
      'by the hour',
    ],
    ['half hours', column('time', (times) => times.map((t) => (t ?? 0) + 1800)), 'by the hour'],
    ['another day', column('time', (times) => times.map((t) => (t ?? 0) + 5 * 86_400)), 'another time'],
    ['places at different times', column('time', (times) => times.map((t) => (t ?? 0) + 3600), 1), 'different times'],
    ['fewer values than times', column('precipitation', (values) => values.slice(1), 1), 'number of hours'],
    ['a variable less', hourly(({ precipitation: _, ...rest }) => rest, 1), 'no precipitation'],
    ['kelvins', column('temperature_2m', (values) => values.map((v) => (v ?? 0) + 273)), 'not plausible'],
    ['negative wind', column('wind_speed_10m', (values) => values.map(() => -1)), 'not plausible'],
    ['a number as text', column('precipitation', (values) => values.map(String), 0), 'breaks its contract'],
  ])('with %s is refused', async (_, change, words) => {
    const failure = await failureOf(newest(honest(someWeather, change)));
    expect([failure.code, failure.message]).toEqual(['grid/invalid-data', expect.stringContaining(words)]);
  });

  it('with another number of places is refused, and with other days', async () => {
    const fewer = scripted((url) => openMeteoReply(url.replace('52.52,', ''), NOW));
    expect((await failureOf(newest(fewer))).message).toContain('number of places');
    const others = scripted((url) => openMeteoReply(url.replace('2026-03-01', '2026-02-28'), NOW));
    expect((await failureOf(past(others))).message).toContain('begins at another time');
  });

  it('a little below zero by rounding is zero', async () => {
    const { runs } = await newest(honest(({ variable }) => (variable === 'shortwave_radiation' ? -0.4 : 1)));
    expect(new Set(runs[0]?.radiationW)).toEqual(new Set([0]));
  });
});
