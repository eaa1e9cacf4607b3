import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { DAY, instant } from '../../units.ts';
import type { Reply } from '../index.ts';
import { openElectricity } from './open-electricity.ts';

const ask = (change?: (body: string) => string | Reply) => {
  const { zone, range, context } = play('open-electricity', change);
  return openElectricity.intensity(zone, range, context);
};

describe('open-electricity', () => {
  it('divides the emissions of what generates by its energy; imports and batteries are left out', async () => {
    const series = await ask();
    expect(series.axis.start).toBe(at('2026-03-18T11:00Z'));
    expect(series.intensityG[0]).toBeCloseTo(((30 * 0.42 + 2.6) / (30 + 4 + 60)) * 1000, 6);
    expect(series.covered?.[0]).toBe(1);
  });

  const emitting = (tonnes: string) => (body: string) =>
    body.replace('"2026-03-18T21:00:00+10:00",12.6', `"2026-03-18T21:00:00+10:00",${tonnes}`);

  it.each(['null', '0', '-0'])('takes coal or gas that emits %s for not known, never for clean', async (tonnes) => {
    const series = await ask(emitting(tonnes));
    expect(series.intensityG[0]).toBeNaN();
    expect(series.gaps[0]?.reason).toBe('only 68 % of generation is known by fuel');
  });

  it.each([
    ['-12.6', '-420'],
    ['126', '4200'],
  ])('is a gap where a technology is said to emit %s t', async (tonnes, grams) => {
    const series = await ask(emitting(tonnes));
    expect(series.intensityG[0]).toBeNaN();
    expect(series.gaps[0]?.reason).toBe(`gas_ccgt is said to emit ${grams} g/kWh`);
  });

  it('asks in network time without an offset, in parts', async () => {
    const transport = scripted(() => ({ status: 404, body: '' }));
    const context = contextOf(transport, play('open-electricity').clock);
    const end = at('2026-03-18T12:00Z');
    await failureOf(openElectricity.intensity('AU-WA', { start: instant(end - 10 * DAY), end }, context));
    const queries = transport.asked.map((url) => new URL(url));
    expect(queries.map(({ pathname }) => pathname)).toEqual(['/v4/data/network/WEM', '/v4/data/network/WEM']);
    expect(queries.map(({ searchParams: query }) => [query.get('date_start'), query.get('date_end')])).toEqual([
      ['2026-03-08T20:00:00', '2026-03-15T20:00:00'],
      ['2026-03-15T20:00:00', '2026-03-18T20:00:00'],
    ]);
    expect(transport.askings[0]?.secret).toMatchObject({ header: 'authorization' });
  });

  it('takes the point that two parts share once', async () => {
    const end = at('2026-03-18T12:00Z');
    const transport = scripted((url) => {
      const query = new URL(url).searchParams;
      const data = ['date_start', 'date_end']
        .filter((name) => query.get(name) !== '2026-03-18T22:00:00')
        .map((name) => [`${query.get(name)}+10:00`, 1]);
      const results = [{ columns: { region: 'SA1', fueltech: 'wind' }, data }];
      const block = { network_code: 'NEM', interval: '5m', results };
      return JSON.stringify({
        success: true,
        data: [
          { ...block, metric: 'energy', unit: 'MWh' },
          { ...block, metric: 'emissions', unit: 't', results: [] },
        ],
      });
    });
    const context = contextOf(transport, play('open-electricity').clock);
    const { intensityG } = await openElectricity.intensity('AU-SA', { start: instant(end - 10 * DAY), end }, context);
    expect(intensityG.filter((value) => value === 0)).toHaveLength(2);
  });

  it('reads the region under either name and technologies in either case', async () => {
    const other = (body: string) => body.replaceAll('"region":', '"network_region":').replaceAll('WIND', 'wind');
    expect((await ask(other)).intensityG).toEqual((await ask()).intensityG);
  });

  it.each([
    ['another region', (body: string) => body.replaceAll('"SA1"', '"VIC1"'), 'grid/invalid-data'],
    ['another network', (body: string) => body.replaceAll('"NEM"', '"WEM"'), 'grid/invalid-data'],
    ['another unit', (body: string) => body.replace('"MWh"', '"GWh"'), 'grid/invalid-data'],
    ['a technology twice', (body: string) => body.replaceAll('"WIND"', '"GAS_CCGT"'), 'grid/invalid-data'],
    ['no emissions', (body: string) => body.replace('"metric":"emissions"', '"metric":"energy"'), 'grid/invalid-data'],
    ['stamps without an offset', (body: string) => body.replaceAll('+10:00"', '"'), 'grid/invalid-data'],
    ['a value of the future', (body: string) => body.replaceAll('T22:00:00', 'T23:00:00'), 'grid/invalid-data'],
    ['a failure', () => '{"response_status":"ERROR","error":"out of range","success":false}', 'grid/unavailable'],
    ['no data', () => ({ status: 404, body: '{}' }), 'grid/unavailable'],
    ['a bad key', () => ({ status: 401, body: '{}' }), 'grid/not-configured'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
