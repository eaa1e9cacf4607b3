/**
 * What every weather provider promises, and what it makes of a server that means no good: an answer that says so, and no
 * number. Each fault is shown through the real transport; the server sits on this machine in the place of all hosts.
 */
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { standingClock } from '../../src/clock.ts';
import {
  httpTransport,
  openMeteo,
  openWeather,
  type ProviderContext,
  pointsOf,
  type WeatherProvider,
  type WeatherRun,
} from '../../src/grid/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { HOUR, instant } from '../../src/units.ts';
import { temporaryFolder } from '../support/folders.ts';
import { at, contextOf, failureOf, type Scripted, scripted, secretOf } from '../support/grid-replies.ts';
import { FAULTS, MAX_BYTES, openHostileServer } from '../support/hostile-server.ts';
import { openMeteoReply } from '../support/open-meteo.ts';

const NOW = at('2026-03-18T12:10Z');
const ZONE = 'LU';
const DAYS = { start: at('2026-03-10T00:00Z'), end: at('2026-03-13T00:00Z') };
const clock = standingClock(NOW);
const live = new AbortController().signal;

const CASES: readonly {
  readonly name: string;
  readonly provider: WeatherProvider;
  readonly reply: (url: string) => string;
}[] = [
  {
    name: 'open-meteo, the free service',
    provider: openMeteo({ host: 'api.open-meteo.com' }),
    reply: (url) => openMeteoReply(url, NOW),
  },
  {
    name: 'open-meteo, a plan',
    provider: openMeteo({ host: 'customer-api.open-meteo.com' }),
    reply: (url) => openMeteoReply(url, NOW),
  },
];

const VARIABLES = ['windMS', 'temperatureC', 'dewPointC', 'radiationW', 'rainMm'] as const;

function holds(run: WeatherRun): void {
  expect(run.start % HOUR).toBe(0);
  expect(run.knownAt).toBeGreaterThanOrEqual(run.start);
  const lengths = new Set(VARIABLES.map((variable) => run[variable].length));
  expect(lengths.size).toBe(1);
  for (const value of [...run.windMS, ...run.radiationW, ...run.rainMm])
    expect(value >= 0 || Number.isNaN(value)).toBe(true);
}

describe.each(CASES.map((one) => [one.name, one] as const))('the weather provider %s', (_, { provider, reply }) => {
  const points = pointsOf(ZONE);
  /** Only what it cannot be asked without is there. */
  const contextFor = (transport: Scripted): ProviderContext => ({
    ...contextOf(transport, clock),
    key: (name) => (provider.keys.includes(name) ? secretOf(name) : ''),
  });
  const requests = [
    ['now', (context: ProviderContext) => provider.newest(points, context)],
    ['earlier days', (context: ProviderContext) => provider.past(points, DAYS, context)],
  ] as const;

  it('forecasts four days and more from the present hour on', async () => {
    const { runs, fetchedAt, sha256 } = await provider.newest(points, contextFor(scripted(reply)));
    expect(runs).toHaveLength(1);
    for (const run of runs) {
      holds(run);
      expect(NOW - run.start).toBeLessThan(HOUR);
      expect(run.knownAt).toBe(NOW);
      expect(run.windMS.length).toBeGreaterThanOrEqual(96);
    }
    expect(fetchedAt).toBe(NOW);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells what was forecast on every earlier day, ascending, and known in time', async () => {
    const { runs } = await provider.past(points, DAYS, contextFor(scripted(reply)));
    expect(runs.length).toBeGreaterThanOrEqual(3);
    for (const [i, run] of runs.entries()) {
      holds(run);
      expect(run.knownAt).toBeGreaterThan(runs[i - 1]?.knownAt ?? 0);
      expect(run.start >= DAYS.start && run.start < DAYS.end).toBe(true);
      expect(run.knownAt).toBeLessThan(NOW);
    }
    for (let day = DAYS.start; day < DAYS.end; day = instant(day + 24 * HOUR))
      expect(runs.some(({ start, windMS }) => start === day && windMS.length >= 96)).toBe(true);
  });

  it.each(requests)('ends with the reason of an abort: %s', async (__, ask) => {
    const reason = new Error('enough');
    const context = { ...contextFor(scripted(reply)), signal: AbortSignal.abort(reason) };
    await expect(ask(context)).rejects.toBe(reason);
  });

  it.each(requests)('fails on purpose, not by accident, when the network fails: %s', async (__, ask) => {
    for (const body of ['', 'null', '[]', '{}', '<html>', '{"hourly":null}', '"text"', '1e999', '[{},{},{},{},{}]']) {
      const failure = await failureOf(ask(contextFor(scripted(() => body))));
      expect(['grid/invalid-data', 'grid/unavailable'], body).toContain(failure.code);
    }
  });

  it.each(requests)('asks over HTTPS, and shows its keys to one host alone: %s', async (__, ask) => {
    const transport = scripted(reply);
    const { source } = await ask(contextFor(transport));
    expect(transport.asked.filter((url) => !url.startsWith('https://'))).toEqual([]);
    const confided = transport.askings.filter(({ secret }) => secret !== undefined);
    expect(confided.length > 0).toBe(provider.keys.length > 0);
    for (const key of provider.keys)
      expect(`${decodeURIComponent(transport.asked.join(' '))} ${source}`).not.toContain(secretOf(key));
  });

  it.each(requests)('repeats no key, though the provider does: %s', async (__, ask) => {
    for (const status of [200, 400, 401, 403, 404]) {
      const transport = scripted((url, { secret }) => ({
        status,
        body: `{"error":true,"reason":"no such key: ${secret?.value ?? ''} in ${url}"}`,
      }));
      const failure = await failureOf(ask(contextFor(transport)));
      for (const key of provider.keys)
        expect(`${failure.describe()} ${failure.stack ?? ''}`).not.toContain(secretOf(key));
      expect(['grid/invalid-data', 'grid/unavailable', 'grid/not-configured']).toContain(failure.code);
    }
  });

  it('says who it is, and under which licence', () => {
    expect(provider.id).toMatch(/^[a-z0-9-]+$/);
    expect(provider.about.length).toBeGreaterThan(10);
    expect(provider.licence.length).toBeGreaterThan(5);
  });
});

describe.each(CASES.map((one) => [one.name, one] as const))('%s', (_, { provider, reply }) => {
  const hostile = openHostileServer();
  let store: Store;
  let cleanUp = (): void => {};
  beforeEach(async () => {
    const temporary = temporaryFolder();
    store = await openStore(temporary.folder);
    cleanUp = temporary.cleanup;
  });
  afterEach(async () => {
    await store.close();
    cleanUp();
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await hostile.close();
  });

  const weather = (timeoutMs: number) =>
    openWeather({
      store,
      // Of two days, which are soon told.
      provider: { ...provider, remembersFrom: at('2026-03-16T00:00Z') },
      transport: httpTransport({ timeoutMs, backOffMs: 1, maxBytes: MAX_BYTES }),
      clock,
      environment: Object.fromEntries(provider.keys.map((name) => [name, secretOf(name)])),
    });
  const everything = { start: instant(0), end: at('2100-01-01T00:00Z') };

  it('is believed when the server is honest', async () => {
    await hostile.serve(async (response, honest) => void response.end(await honest()), reply);
    const { refresh, runs } = weather(10_000);
    expect(await refresh(ZONE, live)).toEqual({ requests: 2, daysLeft: 0 });
    expect(await runs(ZONE, everything)).toHaveLength(2 * 4 + 1);
  });

  it.each(Object.entries(FAULTS))('is not believed when the server %s', async (__, fault) => {
    await hostile.serve(fault, reply);
    const { refresh, runs } = weather(100);
    const failure = await failureOf(refresh(ZONE, live));
    expect(['grid/invalid-data', 'grid/unavailable']).toContain(failure.code);
    for (const key of provider.keys)
      expect(`${failure.describe()} ${failure.stack ?? ''}`).not.toContain(secretOf(key));
    expect(await runs(ZONE, everything)).toEqual([]);
    expect(hostile.sentElsewhere()).toBe(0);
  });
});
