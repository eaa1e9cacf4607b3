/**
 * What every publisher of operators' forecasts promises, and what it makes of a server that means no good: an answer that
 * says so, and no number. A provider that has them needs a fixture `src/grid/providers/fixtures/day-ahead/<id>.json` in
 * the documented shape of its replies. Each fault is shown through the real transport; the server sits on this machine in
 * the place of all hosts.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { standingClock } from '../../src/clock.ts';
import {
  httpTransport,
  type OperatorForecasts,
  type OperatorReading,
  type OperatorRun,
  openOperators,
  PROVIDERS,
  type Provider,
  recording,
  replaying,
} from '../../src/grid/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { DAY, HOUR, instant } from '../../src/units.ts';
import { temporaryFolder } from '../support/folders.ts';
import { contextOf, failureOf, type Played, play, scripted, secretOf } from '../support/grid-replies.ts';
import { FAULTS, MAX_BYTES, openHostileServer } from '../support/hostile-server.ts';

const live = new AbortController().signal;
const playOf = (id: string): Played => play(`day-ahead/${id}`);

const CASES = PROVIDERS.flatMap((provider): [string, Provider, OperatorForecasts][] =>
  provider.operator === undefined ? [] : [[provider.id, provider, provider.operator]],
);

function holds({ start, knownAt, windMW, solarMW }: OperatorRun, fetchedAt: number): void {
  expect(start % HOUR).toBe(0);
  expect([23, 24, 25]).toContain(windMW.length);
  expect(solarMW).toHaveLength(windMW.length);
  // It is the forecast of the day before.
  expect(knownAt).toBeLessThan(start);
  expect(knownAt).toBeGreaterThan(start - DAY);
  expect(knownAt).toBeLessThanOrEqual(fetchedAt);
  for (const power of [...windMW, ...solarMW]) expect(Number.isNaN(power) || power >= 0).toBe(true);
  expect([...windMW, ...solarMW].some((power) => power > 0)).toBe(true);
}

it('some operators are known, and most of them without a key', () => {
  expect(CASES.map(([id]) => id)).toEqual(['energinet', 'energy-charts', 'entsoe']);
});

describe.each(CASES)('the forecasts of operators by %s', (id, provider, operator) => {
  const ask = ({ zone, range, context }: Played): Promise<OperatorReading> => operator.dayAhead(zone, range, context);

  it('are of each day that has a part in the range, ascending, issued the evening before', async () => {
    const asking = playOf(id);
    const { runs, fetchedAt, sha256, source } = await ask(asking);
    expect(fetchedAt).toBe(asking.clock.now());
    expect(runs.map(({ start }) => start)).toEqual([asking.range.start, asking.range.start + DAY]);
    for (const run of runs) holds(run, fetchedAt);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(source).toMatch(/^https:\/\/[^?]*(\?(?!.*(token|key|secret)=).*)?$/i);
  });

  it('are of whole days where a part of one is asked for', async () => {
    const asking = playOf(id);
    const noon = instant(asking.range.start + 13 * HOUR);
    const { runs } = await operator.dayAhead(asking.zone, { start: noon, end: instant(noon + HOUR) }, asking.context);
    expect(runs.map(({ start }) => start)).toEqual([asking.range.start]);
    expect(runs).toEqual((await ask(playOf(id))).runs.slice(0, 1));
  });

  it('are of no other zone, and of those that it covers', async () => {
    const asking = playOf(id);
    expect(operator.covers(asking.zone) && provider.covers(asking.zone)).toBe(true);
    for (const zone of ['', 'XX', 'constructor']) {
      expect(operator.covers(zone)).toBe(false);
      expect((await failureOf(operator.dayAhead(zone, asking.range, asking.context))).code).toBe('grid/no-zone');
    }
  });

  it('end with the reason of an abort', async () => {
    const asking = playOf(id);
    const reason = new Error('enough');
    const context = { ...asking.context, signal: AbortSignal.abort(reason) };
    await expect(ask({ ...asking, context })).rejects.toBe(reason);
  });

  it('fail on purpose, not by accident, when the network fails', async () => {
    const asking = playOf(id);
    for (const body of ['', 'null', '[]', '{}', '<html>', '{"data":null}', '"text"', '1e999']) {
      const context = contextOf(
        scripted(() => body),
        asking.clock,
      );
      const failure = await failureOf(ask({ ...asking, context }));
      expect(['grid/invalid-data', 'grid/unavailable'], body).toContain(failure.code);
    }
  });

  it.each([
    [
      'a power that is none',
      (body: string) => body.replaceAll(/(\b6\d\d|\b1\d{3,4}|\b2\d{3,4})(\.\d)?\b(?=[,\n}<])/g, '9999999'),
    ],
    ['times far away', (body: string) => body.replaceAll('2026-03-1', '2019-03-1').replaceAll(/\b1773/g, '1473')],
    [
      'another area',
      (body: string) => body.replaceAll('DK1', 'DK9').replaceAll('10YFI', '10YXX').replaceAll('"solar"', '"load"'),
    ],
  ])('are refused with %s', async (_, change) => {
    const asking = play(`day-ahead/${id}`, change);
    expect((await failureOf(ask(asking))).code).toBe('grid/invalid-data');
  });

  it('are asked for over HTTPS, with keys for one host alone, which are repeated nowhere', async () => {
    const asking = playOf(id);
    const { source } = await ask(asking);
    const { asked, askings } = asking.transport;
    expect(asked.filter((url) => !url.startsWith('https://'))).toEqual([]);
    const confided = asked.filter((__, i) => askings[i]?.secret !== undefined);
    expect(confided.length > 0).toBe(provider.keys.length > 0);
    expect(new Set(confided.map((url) => new URL(url).host)).size).toBeLessThanOrEqual(1);
    for (const status of [200, 400, 401, 403, 404]) {
      const transport = scripted((url, { secret }) => ({
        status,
        body: `{"error":"no such key: ${secret?.value ?? ''} in ${url}"}`,
      }));
      const said = await ask({ ...asking, context: contextOf(transport, asking.clock) }).then(
        ({ runs }) => `${runs.length} runs`,
        (thrown: unknown) => (thrown instanceof Error ? `${thrown.message} ${thrown.stack ?? ''}` : ''),
      );
      for (const key of provider.keys)
        expect(`${said} ${source} ${decodeURIComponent(asked.join(' '))}`).not.toContain(secretOf(key));
      if (status !== 404) expect(said).not.toMatch(/\d runs$/);
    }
  });

  it('are the same from a cassette, which holds no key', async () => {
    const { zone, range, clock, transport } = playOf(id);
    const { folder: tapes, cleanup } = temporaryFolder();
    const cassette = join(tapes, 'cassette.json');
    const recorder = await recording(transport, cassette, { now: clock.now(), clock, providers: [provider] });
    const said = await operator.dayAhead(zone, range, contextOf(recorder, clock));
    await recorder.finish();
    for (const key of provider.keys) expect(readFileSync(cassette, 'utf8')).not.toContain(secretOf(key));
    const played = await replaying(cassette, { signal: live });
    const again = await operator.dayAhead(zone, range, contextOf(played, standingClock(played.now)));
    expect(again.runs).toEqual(said.runs);
    expect(played.unused()).toEqual([]);
    cleanup();
  });

  it('say whose they are, and under which licence, as their page does', () => {
    expect(operator.about.length).toBeGreaterThan(10);
    expect(operator.licence.length).toBeGreaterThan(5);
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/reference/grid-providers.md'), 'utf8');
    const section = page.slice(page.indexOf("## Operators' forecasts"));
    expect(section).toContain(`| \`${id}\` |`);
    expect(section).toContain(operator.licence);
  });
});

describe.each(CASES)('%s', (id, provider) => {
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

  const { zone, range, clock, transport: fixture } = playOf(id);
  const archive = (timeoutMs: number) =>
    openOperators({
      store,
      providers: [provider],
      transport: httpTransport({ timeoutMs, backOffMs: 1, maxBytes: MAX_BYTES }),
      clock,
      environment: Object.fromEntries(provider.keys.map((name) => [name, secretOf(name)])),
    });
  const honestly = async (url: string): Promise<string> => (await fixture.get(url, { signal: live })).body;
  const everything = { start: instant(0), end: instant(range.end + DAY) };

  it('is believed about what operators forecast when the server is honest', async () => {
    await hostile.serve(async (response, honest) => void response.end(await honest()), honestly);
    const { refresh, history } = archive(10_000);
    expect(await refresh(zone, false, live)).toBeUndefined();
    expect((await history(zone, everything))?.runs).toHaveLength(2);
  });

  it.each(Object.entries(FAULTS))('is not believed about it when the server %s', async (__, fault) => {
    await hostile.serve(fault, honestly);
    const { refresh, history } = archive(100);
    const trouble = await refresh(zone, false, live);
    expect(trouble).toMatch(/\w/);
    for (const key of provider.keys) expect(trouble).not.toContain(secretOf(key));
    expect(await history(zone, everything)).toBeUndefined();
    expect(hostile.sentElsewhere()).toBe(0);
  });
});
