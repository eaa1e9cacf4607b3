import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted, secretOf } from '../../../test/support/grid-replies.ts';
import { DAY, instant, MINUTE } from '../../units.ts';
import type { Reply } from '../index.ts';
import { wattTime } from './watttime.ts';

const ask = (change?: (body: string, url: string) => string | Reply) => {
  const { zone, range, context } = play('watttime', change);
  return wattTime.intensity(zone, range, context);
};
const only = (part: string, change: (body: string) => string | Reply) => (body: string, url: string) =>
  url.includes(part) ? change(body) : body;

describe('watttime', () => {
  it('turns pounds per megawatt-hour into grams per kilowatt-hour, once', async () => {
    const series = await ask();
    expect(series.intensityG[0]).toBeCloseTo(870 * 0.45359237, 9);
    expect(series.axis.step).toBe(5 * MINUTE);
    expect(series.signal.kind).toBe('marginal');
  });

  it('tells measured, imputed and forecast apart, and when the forecast was issued', async () => {
    const { quality, provenance } = await ask();
    expect([quality[0], quality[1], quality[24], quality[26]]).toEqual([
      'measured',
      'estimated',
      'measured',
      'forecast',
    ]);
    expect(provenance).toMatchObject({ issuedAt: at('2026-03-18T12:10Z'), issuedAtBasis: 'provider' });
    expect(provenance.source).toMatch(/CAISO_NORTH, model 2023-03-01/);
  });

  it('says which of its regions stands for the zone, and hands on its warnings', async () => {
    expect((await ask()).warnings).toEqual([
      'watttime: its region CAISO_NORTH stands for US-CAL-CISO',
      'watttime: This is just an example',
    ]);
  });

  it('asks for parts that do not share a point, since both ends are in the reply', async () => {
    const { context, transport } = play('watttime', (body, url) =>
      url.includes('/historical') ? body.replace(/"data":\[.*\],"meta"/, '"data":[],"meta"') : body,
    );
    const end = at('2026-03-18T00:00Z');
    const range = { start: instant(end - 40 * DAY + 3 * MINUTE), end };
    await failureOf(wattTime.intensity('US-CAL-CISO', range, context));
    const parts = transport.asked.filter((url) => url.includes('/historical')).map((url) => new URL(url).searchParams);
    expect(parts.map((part) => [part.get('start'), part.get('end')])).toEqual([
      ['2026-02-06T00:00Z', '2026-03-07T23:55Z'],
      ['2026-03-08T00:00Z', '2026-03-17T23:55Z'],
    ]);
  });

  it('logs in once for many answers, and again when its token has run out or is refused', async () => {
    const { zone, range, context, transport } = play('watttime');
    const logins = () => transport.asked.filter((url) => url.endsWith('/login')).length;
    await wattTime.intensity(zone, range, context);
    await wattTime.intensity(zone, range, context);
    expect(logins()).toBe(1);
    const later = { ...context.clock, now: () => instant(context.clock.now() + 26 * MINUTE) };
    await wattTime.intensity(zone, range, { ...context, clock: later }).catch(() => {});
    expect(logins()).toBe(2);

    let refusals = 1;
    const refusing = play('watttime', (body, url) => {
      if (!url.includes('/forecast') || refusals === 0) return body;
      refusals -= 1;
      return { status: 401, body: '' };
    });
    await wattTime.intensity(zone, range, refusing.context);
    expect(refusing.asked.filter((url) => url.endsWith('/login'))).toHaveLength(2);
  });

  it('shows the account to the login alone, and the token to the rest', async () => {
    const { zone, range, context, transport } = play('watttime');
    await wattTime.intensity(zone, range, context);
    const shown = transport.askings.map(({ secret }) => secret?.value.split(' ')[0]);
    expect(shown).toEqual(['Basic', 'Bearer', 'Bearer', 'Bearer']);
  });

  it('keeps the values of the newest model alone', async () => {
    const series = await ask(only('/forecast', (body) => body.replace('2023-03-01', '2025-07-01')));
    expect(series.intensityG[0]).toBeNaN();
    expect(series.gaps[0]?.reason).toBe('of an older model');
    expect(series.quality[30]).toBe('forecast');
  });

  it.each([
    ['historical', /historical of CAISO_NORTH is not in your plan; CAISO_NORTH is free/],
    ['login', /the account in WATTTIME_USER and WATTTIME_PASSWORD is not accepted/],
  ])('says what a refusal of %s means', async (part, words) => {
    const failure = await failureOf(ask(only(`/${part}`, () => ({ status: 403, body: '' }))));
    expect(failure.code).toBe('grid/not-configured');
    expect(failure.message).toMatch(words);
  });

  it.each([
    ['an error', { status: 200, body: `{"error":"wrong ${secretOf('WATTTIME_PASSWORD')} of someone"}` }],
    ['a body cut short', { status: 200, body: '{"token":"abcdefgh' }],
    ['a refusal', { status: 401, body: secretOf('WATTTIME_USER') }],
  ])('quotes nothing of a login that is answered by %s', async (_, reply) => {
    const { message, value } = await failureOf(ask(only('/login', () => reply)));
    expect(message).toMatch(/^watttime: the (reply to the login holds no token|account in .* is not accepted)$/);
    expect(value).toBeUndefined();
  });

  it('hides the account also after the login', async () => {
    const body = `{"error":"no plan of ${secretOf('WATTTIME_USER')}"}`;
    expect((await failureOf(ask(only('/historical', () => body)))).message).toBe('watttime: no plan of <redacted>');
  });

  it.each([
    ['another region', only('/v3/f', (body) => body.replaceAll('CAISO_NORTH', 'PJM_DC')), 'grid/invalid-data'],
    ['another signal', only('/v3/h', (body) => body.replace('"co2_moer"', '"co2_aoer"')), 'grid/invalid-data'],
    ['another unit', only('/v3/h', (body) => body.replace('lbs_co2_per_mwh', 'percentile')), 'grid/invalid-data'],
    ['another step', only('/v3/h', (body) => body.replace('_seconds":300', '_seconds":3600')), 'grid/invalid-data'],
    ['a measured future', only('/v3/h', (body) => body.replace('12:00:00Z","v', '12:30:00Z","v')), 'grid/invalid-data'],
    [
      'a forecast of tomorrow',
      only('/v3/f', (body) => body.replace('d_at":"2026-03-18', 'd_at":"2026-03-19')),
      'grid/invalid-data',
    ],
    ['no region', only('/region', () => ({ status: 404, body: '' })), 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });

  it('knows no zone whose place is not known', async () => {
    const transport = scripted(() => new Error('this is not asked'));
    const { range, context } = play('watttime');
    expect(wattTime.covers('US-NW-PACW')).toBe(false);
    expect(wattTime.covers('US')).toBe(false);
    const failure = await failureOf(wattTime.intensity('US-NW-PACW', range, contextOf(transport, context.clock)));
    expect(failure.code).toBe('grid/no-zone');
  });
});
