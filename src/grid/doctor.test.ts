import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { at, play, type Scripted, scripted, secretOf } from '../../test/support/grid-replies.ts';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { type DoctorOptions, examine, type Finding } from './doctor.ts';
import type { Provider, Transport } from './provider.ts';
import { electricityMaps } from './providers/electricity-maps.ts';
import { energinet } from './providers/energinet.ts';
import { energyCharts } from './providers/energy-charts.ts';
import { entsoe } from './providers/entsoe.ts';
import { nesoUk } from './providers/neso-uk.ts';
import { wattTime } from './providers/watttime.ts';
import { isLive, PROVIDERS } from './providers.ts';

const live = new AbortController().signal;
const LIVE = PROVIDERS.filter(isLive);
const ALL_KEYS = Object.fromEntries(LIVE.flatMap(({ keys }) => keys.map((key) => [key, secretOf(key)])));
const clock = standingClock(at('2026-03-18T12:10Z'));
const silent = scripted(() => new Failure('grid/unavailable', 'nobody is there'));

const examined = (options: Partial<DoctorOptions>) =>
  examine({ zones: [], environment: ALL_KEYS, transport: silent, clock, signal: live, ...options });

async function findingOf(provider: Provider, options: Partial<DoctorOptions>): Promise<Finding> {
  const { providers } = await examined({ ...options, providers: [provider] });
  const [first] = providers;
  if (first === undefined || providers.length > 1) throw new Error('one provider was named');
  return first.finding;
}

/** The replies of a fixture, whatever times are asked for: what lies outside them is not there. */
const playing = (id: string): { readonly transport: Scripted; readonly zone: string; readonly clock: typeof clock } =>
  play(id);

const playingFor = (id: string): Partial<DoctorOptions> => {
  const { transport, zone, clock: then } = playing(id);
  return { transport, zones: [zone], clock: then };
};

describe('the doctor, of each provider', () => {
  const fixtures = readdirSync(new URL('./providers/fixtures/', import.meta.url));

  it.each(LIVE)('$id: finds that it answers, how often the network was asked, and no key', async (provider) => {
    expect(fixtures).toContain(`${provider.id}.json`);
    const { transport, zone, clock: then } = playing(provider.id);
    const finding = await findingOf(provider, { transport, zones: [zone], clock: then });
    if (finding.state !== 'answers') throw new Error(JSON.stringify(finding));
    expect(finding.zone).toBe(zone);
    expect(finding.requests).toBe(transport.asked.length);
    expect(finding.requests).toBeGreaterThan(0);
    for (const key of provider.keys) expect(JSON.stringify(finding)).not.toContain(secretOf(key));
  });

  it.each(LIVE)('$id: is asked about a zone that it covers, though the user is elsewhere', async (provider) => {
    const finding = await findingOf(provider, { zones: ['ZZ'] });
    if (finding.state !== 'fails') throw new Error('nobody is there');
    expect(provider.covers(finding.zone)).toBe(true);
    expect(finding.requests).toBeGreaterThan(0);
  });

  it('is asked about the zone that it names, or else about one that it covers, and not about others', async () => {
    const zonesOf = async (provider: Provider, zones: string[]) => {
      const finding = await findingOf(provider, { zones });
      return finding.state === 'fails' ? finding.zone : finding.state;
    };
    expect(await zonesOf(wattTime, [])).toBe('US-CAL-CISO');
    expect(await zonesOf(wattTime, ['US-TEX-ERCO'])).toBe('US-TEX-ERCO');
    const island: Provider = { ...nesoUk, id: 'island', covers: (zone) => zone === 'IS' };
    expect(await zonesOf(island, ['DE'])).toBe('IS');
  });

  it.each(LIVE.filter(({ keys }) => keys.length > 0))('$id: asks nobody without its keys', async (provider) => {
    const transport = scripted(() => '{}');
    const [first = '', ...rest] = provider.keys;
    const environment = { ...ALL_KEYS, [first]: ' \n' };
    expect(await findingOf(provider, { transport, environment })).toEqual({ state: 'needs keys', missing: [first] });
    expect(await findingOf(provider, { transport, environment: {} })).toMatchObject({ missing: [first, ...rest] });
    expect(transport.asked).toEqual([]);
  });
});

describe('the doctor', () => {
  it('tells the newest value and its age, the step, how far ahead, the licence', async () => {
    const { transport, clock: then, zone } = playing('neso-uk');
    const { providers } = await examined({ providers: [nesoUk], zones: [zone], transport, clock: then });
    expect(providers[0]).toMatchObject({
      id: 'neso-uk',
      signal: nesoUk.signal,
      quota: nesoUk.quota,
      finding: {
        state: 'answers',
        zone: 'GB',
        step: 30 * 60_000,
        licence: expect.stringContaining('CC BY 4.0'),
      },
    });
    const finding = providers[0]?.finding;
    if (finding?.state !== 'answers') throw new Error('it answers');
    expect(finding.newest?.end).toBe((finding.newest?.start ?? 0) + finding.step);
    expect(finding.newest?.start).toBeLessThanOrEqual(then.now());
    expect(finding.age).toBe(Math.max(0, then.now() - (finding.newest?.end ?? 0)));
    expect(finding.forecastUntil).toBeGreaterThan(then.now());
  });

  it('tells until when the operator forecasts wind and sun, or why that is not told, and counts what was asked for it', async () => {
    const [now, ahead] = [playing('energinet'), playing('day-ahead/energinet')];
    const asked = async (aheadToo: boolean) => {
      const told = aheadToo ? ahead.transport : scripted(() => new Failure('grid/unavailable', 'down'));
      const both: Transport = {
        get: (url, asking) => (url.includes('Forecasts_Hour') ? told : now.transport).get(url, asking),
      };
      return findingOf(energinet, { transport: both, zones: [now.zone], clock: now.clock });
    };
    expect(await asked(true)).toMatchObject({
      state: 'answers',
      requests: 3,
      operator: { until: at('2026-03-19T23:00Z'), licence: expect.stringContaining('Energinet') },
    });
    expect(await asked(false)).toMatchObject({ state: 'answers', operator: { failure: { message: 'down' } } });
    expect(await findingOf(nesoUk, playingFor('neso-uk'))).not.toHaveProperty('operator');
  });

  it('takes what is stale, of another zone or beyond reason for no answer', async () => {
    const { transport, zone, clock: then } = playing('energy-charts');
    const later = standingClock(at(new Date(then.now() + 48 * 3_600_000).toISOString()));
    const stale = await findingOf(energyCharts, { transport, zones: [zone], clock: later });
    expect(stale).toMatchObject({ state: 'fails' });
    const wild: Provider = {
      ...energyCharts,
      async intensity(asked, range, context) {
        const series = await energyCharts.intensity(asked, range, context);
        return { ...series, zone: 'FR' };
      },
    };
    expect(await findingOf(wild, { transport, zones: [zone], clock: then })).toMatchObject({
      state: 'fails',
      failure: { code: 'grid/invalid-data' },
    });
  });

  it('repeats no key, whatever a server says of it', async () => {
    const said: string[] = [];
    for (const status of [200, 400, 401, 403, 404, 500]) {
      const transport: Transport = {
        async get(url, { secret, accept = [] }) {
          const echo = `no such key: ${secret?.value ?? ''} ${secret?.words?.join(' ') ?? ''} at ${url}`;
          const body = JSON.stringify({ error: echo, token: echo, message: echo });
          if (status === 200 || accept.includes(status)) return { status, body };
          throw new Failure('grid/unavailable', `answers ${status}: ${echo}`, { cause: new Error(echo) });
        },
      };
      const diagnosis = await examined({ transport, zones: ['DE', 'US-CAL-CISO'] });
      for (const { finding } of diagnosis.providers) {
        expect(finding.state).toBe('fails');
        if (finding.state !== 'fails') continue;
        said.push(finding.failure.describe(), finding.failure.stack ?? '', String(finding.failure.cause ?? ''));
      }
      said.push(JSON.stringify(diagnosis));
    }
    expect(said.join('\n')).toContain('no such key');
    for (const key of Object.keys(ALL_KEYS)) expect(said.join('\n')).not.toContain(secretOf(key));
  });

  it('gives up on a provider that does not answer, and goes on with the others', async () => {
    const { transport, zone, clock: then } = playing('neso-uk');
    const hangs: Provider = { ...energyCharts, intensity: () => new Promise(() => {}) };
    const { providers } = await examined({
      providers: [hangs, nesoUk],
      zones: [zone],
      transport,
      clock: then,
      patienceMs: 20,
    });
    expect(providers.map(({ finding }) => finding.state)).toEqual(['fails', 'answers']);
    expect(providers[0]?.finding).toMatchObject({
      failure: { message: 'energy-charts did not answer within 0.02 s' },
    });
  });

  it('asks at most four at once, and stops asking with the reason of an abort', async () => {
    let [under, most, begun] = [0, 0, 0];
    const abort = new AbortController();
    const reason = new Error('enough');
    const slow: Provider = {
      ...nesoUk,
      async intensity() {
        under += 1;
        begun += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
        if (begun === 8) abort.abort(reason);
        throw new Failure('grid/unavailable', 'no');
      },
    };
    const providers = Array.from({ length: 30 }, () => slow);
    await expect(examined({ providers, signal: abort.signal })).rejects.toBe(reason);
    expect(most).toBe(4);
    expect(begun).toBeLessThan(13);
  });

  it('tells the chain of a zone: who is asked, who lacks a key, who is passed over for another signal', async () => {
    const { chains } = await examined({
      providers: [electricityMaps, energyCharts, entsoe, wattTime],
      zones: ['DE'],
      environment: {},
    });
    expect(chains.get('DE')?.map(({ provider, state }) => [provider, state])).toEqual([
      ['electricity-maps', 'needs keys'],
      ['energy-charts', 'asked'],
      ['entsoe', 'needs keys'],
      ['watttime', 'needs keys'],
      ['modelled', 'asked'],
    ]);
    const keyed = await examined({ providers: [electricityMaps, energyCharts], zones: ['DE'] });
    expect(keyed.chains.get('DE')?.slice(0, 2)).toMatchObject([
      { state: 'asked' },
      { state: 'passed over', reason: 'its signal is another than that of electricity-maps' },
    ]);
  });

  it('tells a chain that is configured in its own order', async () => {
    const link = (provider: string, allowDegrade = false) => ({ provider, allowDegrade });
    const chains = { DE: [link('entsoe'), link('neso-uk'), link('energy-charts'), link('electricity-maps', true)] };
    const diagnosis = await examined({ zones: ['DE'], chains, environment: { ELECTRICITY_MAPS_TOKEN: 'x' } });
    expect(diagnosis.chains.get('DE')).toMatchObject([
      { provider: 'entsoe', state: 'needs keys', reason: 'it needs ENTSOE_API_KEY in the environment' },
      { provider: 'neso-uk', state: 'passed over', reason: 'it does not cover DE' },
      { provider: 'energy-charts', state: 'passed over' },
      { provider: 'electricity-maps', state: 'asked' },
      { provider: 'modelled', state: 'asked' },
    ]);
  });
});
