import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { HOUR, instant } from '../../units.ts';
import type { Reply } from '../index.ts';
import { electricityMaps, electricityMapsDirect, electricityMapsV3 } from './electricity-maps.ts';

const ask = (change?: (body: string, url: string) => string | Reply) => {
  const { zone, range, context } = play('electricity-maps', change);
  return electricityMaps.intensity(zone, range, context);
};
const only = (part: string, change: (body: string) => string | Reply) => (body: string, url: string) =>
  url.includes(part) ? change(body) : body;

describe('electricity-maps', () => {
  it('gives measured and estimated hours as such, and the forecast after them with its time of issue', async () => {
    const series = await ask();
    expect(series.axis).toEqual({ start: at('2026-03-18T08:00Z'), step: HOUR, length: 24 });
    expect([...series.intensityG].slice(0, 6)).toEqual([410, 405, 400, 395, 390, 382]);
    expect(series.quality.slice(2, 6)).toEqual(['measured', 'estimated', 'estimated', 'forecast']);
    expect(series.provenance).toMatchObject({ issuedAt: at('2026-03-18T11:55Z'), issuedAtBasis: 'provider' });
    expect(series.gaps).toEqual([]);
  });

  it.each([
    ['4', electricityMaps, 'electricity-maps', 'disableCallerLookup=true'],
    ['3', electricityMapsV3, 'electricity-maps-v3', 'shouldUseFallbackCallerLookup=false'],
  ])('never lets version %s answer for the place of the caller', async (version, provider, id, guard) => {
    const { zone, range, context, asked } = play(id);
    await provider.intensity(zone, range, context);
    for (const url of asked) {
      expect(url).toContain(`https://api.electricitymaps.com/v${version}/`);
      expect(url).toContain(guard);
    }
  });

  it('asks for the factors of its signal, and takes no others', async () => {
    const { zone, range, context, asked } = play('electricity-maps-direct');
    const series = await electricityMapsDirect.intensity(zone, range, context);
    expect([series.signal.scope, series.intensityG[0]]).toEqual(['direct', 350]);
    expect(asked.every((url) => url.includes('emissionFactorType=direct'))).toBe(true);
    const lifecycle = play('electricity-maps');
    const failure = await failureOf(electricityMapsDirect.intensity(zone, range, lifecycle.context));
    expect(failure.code).toBe('grid/invalid-data');
  });

  it('shows its token in a header', async () => {
    const { zone, range, context, transport } = play('electricity-maps');
    await electricityMaps.intensity(zone, range, context);
    expect(transport.askings[0]?.secret).toMatchObject({ header: 'auth-token' });
  });

  it('keeps null as a gap, neither 0 nor -1', async () => {
    const series = await ask((body) => body.replace('"carbonIntensity":405', '"carbonIntensity":null'));
    expect(series.intensityG[1]).toBeNaN();
    expect(series.gaps[0]).toMatchObject({ start: at('2026-03-18T09:00Z'), reason: 'not published' });
  });

  it('asks at most ten days at once, and takes an hour that two parts have once', async () => {
    const item = (stamp: string) => `{"zone":"DE","carbonIntensity":300,"datetime":"${stamp}","isEstimated":false}`;
    const transport = scripted((url) => {
      const query = new URL(url).searchParams;
      return `{"data":[${[query.get('start'), query.get('end')].map((stamp) => item(`${stamp?.slice(0, 13)}:00Z`)).join(',')}]}`;
    });
    const { context } = play('electricity-maps');
    const range = { start: at('2026-02-25T00:20Z'), end: at('2026-03-18T00:00Z') };
    const series = await electricityMaps.intensity('DE', range, contextOf(transport, context.clock));
    expect(transport.asked).toHaveLength(3);
    expect(transport.asked[1]).toContain('start=2026-03-07T00%3A00Z&end=2026-03-17T00%3A00Z');
    expect(series.intensityG[240]).toBe(300);
  });

  it('asks for the shortest horizon that reaches, and for no longer than there is', async () => {
    const { zone, context, asked } = play('electricity-maps');
    const now = context.clock.now();
    for (const hours of [20, 30, 200])
      await electricityMaps.intensity(zone, { start: now, end: instant(now + hours * HOUR) }, context);
    expect(asked.map((url) => new URL(url).searchParams.get('horizonHours'))).toEqual(['24', '48', '72']);
  });

  it('does without a forecast that is not in the plan, and says so', async () => {
    const series = await ask(only('/forecast', () => ({ status: 403, body: 'Endpoint not available' })));
    expect(series.warnings).toEqual(['electricity-maps: your plan has no forecast']);
    expect(series.gaps[0]).toMatchObject({ start: at('2026-03-18T13:00Z'), reason: 'beyond the forecast' });
  });

  it('takes the last 24 h where the plan has no ranges', async () => {
    const { zone, range, context } = play('electricity-maps');
    const transport = scripted((url) =>
      url.includes('/history')
        ? '{"zone":"DE","history":[{"zone":"DE","carbonIntensity":312,"datetime":"2026-03-18T11:00:00.000Z","isEstimated":false}]}'
        : { status: 403, body: '' },
    );
    const series = await electricityMaps.intensity(zone, range, contextOf(transport, context.clock));
    expect(series.intensityG[3]).toBe(312);
    expect(series.warnings).toContain('electricity-maps: your plan has the last 24 h alone');
  });

  it('takes the estimate of an hour to come for a forecast', async () => {
    const series = await ask((body) =>
      body.replace(
        '"carbonIntensity":390,"datetime":"2026-03-18T12:',
        '"carbonIntensity":390,"datetime":"2026-03-18T13:',
      ),
    );
    expect([series.intensityG[5], series.quality[5]]).toEqual([390, 'forecast']);
  });

  it.each([
    ['another zone', (body: string) => body.replaceAll('"zone":"DE"', '"zone":"NL"'), 'grid/invalid-data'],
    [
      'a forecast of another zone',
      only('/forecast', (body) => body.replaceAll('"zone":"DE"', '"zone":"NL"')),
      'grid/invalid-data',
    ],
    ['no zone', (body: string) => body.replaceAll('"zone":"DE",', ''), 'grid/invalid-data'],
    ['direct factors', (body: string) => body.replace('"lifecycle"', '"direct"'), 'grid/invalid-data'],
    ['days for hours', (body: string) => body.replace('"hourly"', '"daily"'), 'grid/invalid-data'],
    ['five minutes for hours', (body: string) => body.replace('T09:00:00', 'T08:05:00'), 'grid/invalid-data'],
    [
      'a forecast off the hour',
      only('/forecast', (body) => body.replaceAll(/(T\d\d):00:00.000Z/g, '$1:05:00.000Z')),
      'grid/invalid-data',
    ],
    ['minus one', (body: string) => body.replace('"carbonIntensity":405', '"carbonIntensity":-1'), 'grid/invalid-data'],
    [
      'a measured future',
      (body: string) => body.replace('T12:00:00.000Z","upd', 'T13:00:00.000Z","upd').replaceAll('d":true', 'd":false'),
      'grid/invalid-data',
    ],
    ['a forecast of tomorrow', (body: string) => body.replace('T11:55:00', 'T12:55:00'), 'grid/invalid-data'],
    ['an error', () => '{"error":"Missing argument: \\"lat\\""}', 'grid/unavailable'],
    ['no data', () => ({ status: 404, body: '' }), 'grid/unavailable'],
    [
      'nothing but nulls',
      (body: string) => body.replace(/"carbonIntensity":\d+/g, '"carbonIntensity":null'),
      'grid/unavailable',
    ],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });

  it.each([
    [401, 'the token in ELECTRICITY_MAPS_TOKEN is not accepted'],
    [403, 'the plan of the token in ELECTRICITY_MAPS_TOKEN does not hold carbon-intensity/history of DE'],
  ])('says what a refusal by %i means', async (status, words) => {
    const { zone, range, context } = play('electricity-maps');
    const transport = scripted(() => ({ status, body: '' }));
    const failure = await failureOf(electricityMaps.intensity(zone, range, contextOf(transport, context.clock)));
    expect(failure.code).toBe('grid/not-configured');
    expect(failure.message).toBe(`electricity-maps: ${words}`);
  });
});
