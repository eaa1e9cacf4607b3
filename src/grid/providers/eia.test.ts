import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { DAY, HOUR, instant } from '../../units.ts';
import type { Reply } from '../index.ts';
import { eia } from './eia.ts';

const ask = (change?: (body: string) => string | Reply) => {
  const { zone, range, context } = play('eia', change);
  return eia.intensity(zone, range, context);
};

describe('eia', () => {
  it('takes the label of an hour for its end', async () => {
    const series = await ask();
    const known = 300 + 1500 + 1100 + 400 + 700;
    const grams = 300 * 820 + 1500 * 490 + 1100 * 12 + 400 * 24 + 700 * 11;
    expect(series.axis.start).toBe(at('2026-03-18T08:00Z'));
    expect(series.intensityG[0]).toBeCloseTo(grams / known, 9);
    expect(series.covered?.[0]).toBeCloseTo(known / (known + 40), 9);
    expect(series.provenance.factors).toBe('ipcc-ar5-lifecycle@1');
  });

  it('asks for the hours that begin in the range, by their ends', async () => {
    const { zone, range, context, asked, transport } = play('eia');
    await eia.intensity(zone, range, context);
    const query = new URL(asked[0] ?? '').searchParams;
    expect([query.get('start'), query.get('end')]).toEqual(['2026-03-18T09', '2026-03-18T13']);
    expect(query.get('facets[respondent][]')).toBe('TVA');
    expect(transport.askings[0]?.secret).toMatchObject({ query: 'api_key' });
  });

  it('takes a fuel that is late for a gap, not for zero', async () => {
    const series = await ask();
    expect(series.intensityG[3]).toBeNaN();
    expect(series.gaps.map(({ reason }) => reason)).toEqual([
      'only 61 % of generation is known by fuel; not published: NG',
      'not published yet: there is no forecast',
    ]);
  });

  it('refuses a slot in which a plant uses more than it can', async () => {
    const series = await ask((body) => body.replace('"value":-3', '"value":-101'));
    expect(series.gaps[0]?.reason).toBe('SUN is said to be -101 MW');
  });

  it.each(['constructor', '__proto__'])('knows no factor of a fuel that is called %s', async (name) => {
    const { gaps } = await ask((body) => body.replaceAll('"fueltype":"NUC"', `"fueltype":"${name}"`));
    expect(gaps[0]?.reason).toBe('only 71 % of generation is known by fuel');
  });

  it('misses what makes much of a year and is in no row', async () => {
    const { context } = play('eia');
    const start = at('2026-03-01T00:00Z');
    const row = (fueltype: string, value: number, i: number) => ({
      period: new Date(start + (i + 1) * HOUR).toISOString().slice(0, 13),
      respondent: 'ERCO',
      fueltype,
      value,
      'value-units': 'megawatthours',
    });
    const hours = Array.from({ length: 48 }, (_, i) => i);
    const data = Object.entries({ COL: 10, NG: 45, WND: 24, SUN: 0 }).flatMap(([fuel, value]) =>
      hours.map((i) => row(fuel, value, i)),
    );
    const transport = scripted(() => JSON.stringify({ response: { total: data.length, frequency: 'hourly', data } }));
    const range = { start, end: instant(start + 2 * DAY) };
    const series = await eia.intensity('US-TEX-ERCO', range, contextOf(transport, context.clock));
    expect(series.covered?.[0]).toBeCloseTo(0.91);
    expect(series.warnings[0]).toBe("eia: nothing is published of nuclear, which makes 9 % of a year's generation");
  });

  it('reads page after page', async () => {
    const { context } = play('eia');
    const start = at('2026-03-01T00:00Z');
    const row = (i: number) => ({
      period: new Date(start + (i + 1) * HOUR).toISOString().slice(0, 13),
      respondent: 'TVA',
      fueltype: 'NG',
      value: 10,
      'value-units': 'megawatthours',
    });
    const rows = Array.from({ length: 48 }, (_, i) => row(i));
    const transport = scripted((url) => {
      const offset = Number(new URL(url).searchParams.get('offset'));
      const data = offset === 0 ? rows.slice(0, 24) : rows.slice(24);
      return JSON.stringify({ response: { total: offset === 0 ? 5_024 : 5_024, frequency: 'hourly', data } });
    });
    const range = { start, end: instant(start + 2 * DAY) };
    const series = await eia.intensity('US-TEN-TVA', range, contextOf(transport, context.clock));
    expect(transport.asked).toHaveLength(2);
    expect([...series.intensityG].every((value) => value === 490)).toBe(true);
  });

  it.each([
    ['another authority', (body: string) => body.replaceAll('"TVA"', '"SOCO"'), 'grid/invalid-data'],
    ['another unit', (body: string) => body.replace('megawatthours', 'kilowatthours'), 'grid/invalid-data'],
    ['local hours', (body: string) => body.replace('"hourly"', '"local-hourly"'), 'grid/invalid-data'],
    ['an hour of the future', (body: string) => body.replaceAll('T12"', 'T14"'), 'grid/invalid-data'],
    ['hours out of order', (body: string) => body.replaceAll('T09"', 'T13"'), 'grid/invalid-data'],
    [
      'no row',
      (body: string) => body.replace(/"data":\[.*\],"d/, '"data":[],"d').replace('"32"', '0'),
      'grid/unavailable',
    ],
    [
      'a reply without its rows',
      (body: string) => body.replace(/"data":\[.*\],"d/, '"data":[],"d'),
      'grid/invalid-data',
    ],
    [
      'an hour of a fuel that comes twice, under whatever name',
      (body: string) => body.replace(/(\{[^{}]*"NG"[^{}]*\}),/, (row) => row + row.replace('"Natural gas"', '"Gas"')),
      'grid/invalid-data',
    ],
    ['a bad key', () => ({ status: 403, body: '{"error":{"code":"API_KEY_INVALID"}}' }), 'grid/not-configured'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });

  it('has nothing to say of the future alone, nor of other places', async () => {
    const { context } = play('eia');
    const ahead = { start: at('2026-03-19T00:00Z'), end: at('2026-03-20T00:00Z') };
    expect((await failureOf(eia.intensity('US-TEN-TVA', ahead, context))).message).toMatch(/no forecast/);
    expect((await failureOf(eia.intensity('DE', ahead, context))).code).toBe('grid/no-zone');
    expect(eia.covers('US-CAL-CISO')).toBe(true);
  });
});
