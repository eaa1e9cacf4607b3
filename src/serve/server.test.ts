import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asks, type Door } from '../../test/support/door.ts';
import { until } from '../../test/support/folders.ts';
import { failureOf } from '../../test/support/grid-replies.ts';
import { Failure } from '../errors.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import type { CarbonSource, Intensities } from './index.ts';
import { type ServeOptions, serve } from './index.ts';

const NOW: Instant = instant(Date.UTC(2026, 10, 25, 12));

const said = (zone: string, values: readonly number[], more: Partial<Intensities> = {}): Intensities => ({
  zone,
  signal: { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' },
  axis: { start: NOW, step: HOUR, length: values.length },
  intensityG: Float64Array.from(values),
  quality: 'measured',
  publisher: 'electricity-maps',
  source: 'https://example.org',
  licence: 'CC-BY-4.0',
  mayBePassedOn: true,
  issuedAt: NOW,
  ...more,
});

const source = (past: CarbonSource['past']): CarbonSource => ({
  now: () => NOW,
  past,
  forecast: async (location) => said(location, [1, 2]),
  forecastAt: async () => undefined,
  locations: async () => [],
});

/** Answers of each location; what fails is thrown. */
const telling = (answers: Readonly<Record<string, Intensities | Failure | undefined>>): CarbonSource =>
  source(async (location) => {
    const answer = answers[location];
    if (answer instanceof Failure) throw answer;
    return answer;
  });

async function open(from: CarbonSource, options: Partial<ServeOptions> = {}): Promise<Door> {
  const served = await serve({ port: 0, ...options, source: from });
  onTestFinished(() => served.close());
  return asks(served);
}

const none = telling({});
const gone = new Failure('grid/unavailable', 'it does not answer');

describe('whom the door answers', () => {
  it('is this machine under its own names', async () => {
    const door = await open(none);
    expect(door.served.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(door.served.isOpen).toBe(false);
    const { port } = door.served;
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1:9000', '[::1]:80', 'LOCALHOST'])
      expect(await door.getAs(host, '/health'), host).toBe(200);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example'])
      expect(await door.getAs(host, '/health'), host).toBe(403);
  });

  it('is whoever asks where another address was asked for', async () => {
    const door = await open(none, { host: '0.0.0.0' });
    expect(door.served.isOpen).toBe(true);
    const { port } = door.served;
    const here = asks({ ...door.served, address: `http://127.0.0.1:${port}` });
    expect(await here.getAs('carbon.example', '/health')).toBe(200);
  });

  it('is this machine alone for values that may not be passed on, past, to come and once to come', async () => {
    const tell = async (location: string) => said(location, [1, 2], { mayBePassedOn: false });
    const theirs = { ...source(tell), forecast: tell, forecastAt: tell };
    const here = await open(theirs);
    const { served } = await open(theirs, { host: '0.0.0.0' });
    const elsewhere = asks({ ...served, address: `http://127.0.0.1:${served.port}` });
    const batch = [{ location: 'DE', requestedAt: '2026-11-25T12:00Z' }];
    for (const question of [
      (door: Door) => door.get('/emissions/bylocation?location=DE'),
      (door: Door) => door.get('/emissions/forecasts/current?location=DE'),
      (door: Door) => door.post('/emissions/forecasts/batch', batch),
    ]) {
      expect((await question(here)).status).toBe(200);
      const refused = await question(elsewhere);
      expect(refused.status).toBe(403);
      expect(JSON.stringify(refused.body)).toContain('electricity-maps');
    }
  });

  it('is no page of another origin', async () => {
    const { headers } = await (await open(none)).get('/health', { origin: 'https://evil.example' });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('is nobody at an address that is taken or is not of this machine', async () => {
    const { served } = await open(none);
    const taken = await failureOf(serve({ source: none, port: served.port }));
    expect(taken).toMatchObject({ code: 'serve/cannot-listen', value: `127.0.0.1:${served.port}` });
    expect(taken.expected).toContain('--port 0');
    expect(await failureOf(serve({ source: none, host: '192.0.2.1', port: 0 }))).toMatchObject({
      code: 'serve/cannot-listen',
    });
  });
});

describe('how much may be asked', () => {
  const locations = (count: number): string => Array.from({ length: count }, () => 'location=a').join('&');

  it.each([
    [`/emissions/bylocations?${locations(51)}`, 'at most 50 locations may be asked for at once'],
    [`/emissions/bylocation?location=${'x'.repeat(201)}`, 'location must have at most 200 characters'],
    ['/emissions/bylocation?location=a&time=2020-01-01&toTime=2021-01-02', 'at most 366 days'],
    [`/emissions/bylocations?${locations(3)}&time=2020-01-01&toTime=2020-06-01`, 'of all locations together'],
    ['/emissions/forecasts/current?location=a&windowSize=10081', 'from 0 to 10080'],
    [
      '/emissions/bylocation?location=a&time=9999-12-31T23:59Z',
      'time must lie between 1990-01-01T00:00:00Z and 5 days',
    ],
    ['/emissions/bylocation?location=a&time=1989-12-31', 'time must lie between'],
    ['/emissions/bylocation?location=a&time=2026-11-25&toTime=2026-12-01', 'toTime must lie between'],
    ['/emissions/average-carbon-intensity?location=a&startTime=2026-11-25&endTime=9999-12-31', 'endTime must lie'],
    ['/emissions/forecasts/current?location=a&dataEndAt=9999-12-31', 'dataEndAt must lie between'],
    ['/emissions/forecasts/current?location=a&windowSize=1.5', 'a whole number of minutes'],
  ])('%.60s is too much', async (path, why) => {
    const { status, body } = await (await open(none)).get(path);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(why);
  });

  it('is of times that somebody can say something of, in items as well', async () => {
    const item = { location: 'a', startTime: '1980-01-01', endTime: '2026-11-25' };
    const { status, body } = await (await open(none)).post('/emissions/average-carbon-intensity/batch', [item]);
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: { '[0].startTime': [expect.stringContaining('startTime must lie')] } });
  });

  it('is a hundred items and a quarter of a megabyte', async () => {
    const door = await open(none);
    const batch = '/emissions/average-carbon-intensity/batch';
    expect(
      (
        await door.post(
          batch,
          Array.from({ length: 101 }, () => ({})),
        )
      ).status,
    ).toBe(400);
    expect((await door.post(batch, `[${' '.repeat(262_144)}]`)).status).toBe(413);
    expect((await door.post(batch, '{')).status).toBe(400);
    expect((await door.post(batch, {})).status).toBe(400);
  });
});

describe('an answer', () => {
  /** A source that never answers, and what became of its questions. */
  const silent = () => {
    const reasons: unknown[] = [];
    let asked = 0;
    const never = source((_location, _range, signal) => {
      asked += 1;
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        }),
      );
    });
    return { never, reasons, asked: () => asked };
  };

  it('that takes too long is called off', async () => {
    const { never, reasons } = silent();
    const { status, body } = await (await open(never, { patienceMs: 30 })).get('/emissions/bylocation?location=a');
    expect({ status, body }).toMatchObject({
      status: 504,
      body: { title: 'Timeout', detail: 'no answer within 0.03 s' },
    });
    expect(reasons).toHaveLength(1);
  });

  it('is one of eight at once; who comes then may ask again, and health is told', async () => {
    const { never, asked } = silent();
    const { served, get } = await open(never);
    const question = '/emissions/bylocation?location=a';
    const waiting = Array.from({ length: 8 }, () => get(question).catch(() => undefined));
    await until('the questions', () => asked() === 8);
    const { status, headers, body } = await get(question);
    expect([status, headers.get('retry-after'), body]).toEqual([503, '1', expect.objectContaining({ title: 'Busy' })]);
    expect((await fetch(`${served.address}/health`)).status).toBe(200);
    expect(asked()).toBe(8);
    await served.close();
    await Promise.all(waiting);
  });

  it('is worked on again when those before it are over', async () => {
    const door = await open(telling({ a: gone }));
    for (let nth = 0; nth < 12; nth += 1)
      expect((await door.get('/emissions/bylocation?location=a')).headers.get('retry-after')).toBeNull();
  });

  it('that nobody waits for any more is called off', async () => {
    const { never, reasons, asked } = silent();
    const { served } = await open(never);
    const socket = connect(served.port, '127.0.0.1');
    socket.write('GET /emissions/bylocation?location=a HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('the question', () => asked() === 1);
    socket.destroy();
    await until('its end', () => reasons.length === 1);
  });

  it('that is under way when the door closes is called off', async () => {
    const { never, reasons, asked } = silent();
    const { served, get } = await open(never);
    const reply = get('/emissions/bylocation?location=a').catch(() => 'cut');
    await until('the question', () => asked() === 1);
    await served.close();
    await reply;
    expect(reasons).toHaveLength(1);
  });

  it('is none of what fails here by mistake, which is told here alone', async () => {
    const told: Error[] = [];
    const broken = source(() => Promise.reject(new Error('secret of /home/me')));
    const door = await open(broken, { onMistake: (error) => told.push(error) });
    const { status, body } = await door.get('/emissions/bylocation?location=a');
    expect(status).toBe(500);
    expect(body).toEqual({ title: 'InternalServerError', status: 500, traceId: expect.any(String) });
    expect(told.map(({ message }) => message)).toEqual(['secret of /home/me']);
  });

  it('that a source fails to give may be asked for later; a file that is broken is not the client’s to mend', async () => {
    const broken = new Failure('grid/invalid-data', 'not an intensity', { place: { file: '/home/me/grid.csv' } });
    const door = await open(telling({ a: gone, b: broken }));
    expect(await door.get('/emissions/bylocation?location=a')).toMatchObject({
      status: 503,
      body: { detail: 'it does not answer' },
    });
    const { status, body } = await door.get('/emissions/bylocation?location=b');
    expect([status, JSON.stringify(body)]).toEqual([500, expect.not.stringContaining('/home/me')]);
  });
});

describe('of several locations', () => {
  const all = '/emissions/bylocations?location=a&location=b';

  it('one whose source fails is left out, and named', async () => {
    const { body, headers } = await (await open(telling({ a: said('A', [100]), b: gone }))).get(all);
    expect(body).toMatchObject([{ location: 'a', rating: 100 }]);
    expect(headers.get('gridtide-missing')).toBe('"b";reason="it does not answer"');
    expect((await (await open(telling({ a: gone, b: gone }))).get(all)).status).toBe(503);
  });

  it('the best are all that share the least rating', async () => {
    const door = await open(telling({ a: said('A', [100]), b: said('B', [100]) }));
    expect((await door.get('/emissions/bylocations/best?location=a&location=b')).body).toMatchObject([
      { location: 'a', rating: 100 },
      { location: 'b', rating: 100 },
    ]);
  });

  it.each([
    ['signals', { signal: { kind: 'marginal', basis: 'unknown', scope: 'direct', gas: 'CO2' } }],
    ['publishers', { publisher: 'eia' }],
  ] as const)('none is best of several %s', async (_, other) => {
    const door = await open(telling({ a: said('A', [100]), b: said('B', [50], other) }));
    const { status, body } = await door.get('/emissions/bylocations/best?location=a&location=b');
    expect(status).toBe(400);
    expect(body).toMatchObject({
      title: 'InvalidOperationException',
      detail: expect.stringMatching(/^the locations cannot be compared/),
    });
  });

  it('each is told in words that a header can hold', async () => {
    const odd = said('Z', [1], { source: 'grid "ü"\r\n', licence: 'x'.repeat(5_000) });
    const door = await open(telling({ a: said('A', [1], { source: 'grid "ü"\r\nset-cookie: x' }), b: odd }));
    const { headers, body } = await door.get(all);
    expect(headers.get('gridtide-provenance')).toContain('source="grid \\"%c3%bc\\"%0d%0aset-cookie: x"');
    expect(headers.get('gridtide-provenance')).not.toContain('xxx');
    expect(headers.get('set-cookie')).toBeNull();
    expect(body).toHaveLength(2);
  });

  it('of which nothing is known there is no content', async () => {
    expect((await (await open(none)).get(all)).status).toBe(204);
    expect((await (await open(none)).get('/locations')).status).toBe(204);
  });
});

it('a forecast that was not known then is refused', async () => {
  const { status, body } = await (await open(none)).post('/emissions/forecasts/batch', [
    { location: 'a', requestedAt: '2026-11-24T12:00:00Z' },
  ]);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain('none was at 2026-11-24T12:00:00Z');
});
