import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { HOUR, instant, MINUTE } from '../../units.ts';
import type { Reply } from '../index.ts';
import { caiso } from './caiso.ts';

const GENERATION =
  'Time,Solar,Wind,Geothermal,Biomass,Biogas,Small hydro,Coal,Nuclear,Natural Gas,Large Hydro,Batteries,Imports,Other';
const EMISSIONS = 'Time,Biogas CO2,Biomass CO2,Natural Gas CO2,Coal CO2,Imports CO2,Geothermal CO2';

const ask = (change?: (body: string, url: string) => string | Reply) => {
  const { zone, range, context } = play('caiso', change);
  return caiso.intensity(zone, range, context);
};

/** A file of whole days: 10 GW of gas, and `tonnes` an hour at each time of day; no number is an empty row. */
const files = (times: readonly (readonly [string, number?])[]) => (url: string) =>
  url.includes('/fuelsource')
    ? [
        GENERATION,
        ...times.map(([t, n]) => (n === undefined ? `${t},,,,,,,,,,,,,` : `${t},0,0,0,0,0,0,0,0,10000,0,0,0,0`)),
        '',
      ].join('\n')
    : [EMISSIONS, ...times.map(([t, n]) => (n === undefined ? `${t},,,,,,` : `${t},0,0,${n},0,0,0`)), ''].join('\n');
/** A file of these times for every day, asked for so many hours from `start` on. */
const day = async (times: readonly (readonly [string, number?])[], start: string, hours: number, now: string) => {
  const transport = scripted(files(times));
  const range = { start: at(start), end: instant(at(start) + hours * HOUR) };
  const series = await caiso.intensity('US-CAL-CISO', range, contextOf(transport, standingClock(at(now))));
  return { series, asked: transport.asked };
};
const hourly = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, i) => [`${String(i + from).padStart(2, '0')}:00`, 1000 + 100 * (i + from)] as const,
  );

describe('caiso', () => {
  it('divides tonnes of CO2 an hour by generation and imports, without batteries', async () => {
    const series = await ask();
    expect(series.axis).toEqual({ start: at('2026-03-18T10:00Z'), step: 5 * MINUTE, length: 72 });
    const power = -30 + 2000 + 880 + 310 + 200 + 240 + 12 + 2260 + (7000 + 36 * 5) + 1800 + 5000;
    expect(series.intensityG[0]).toBeCloseTo(((85 + 120 + 2900 + 72 + 12 + 1500 + 8) / power) * 1000, 9);
    expect(series.signal).toMatchObject({ basis: 'consumption', scope: 'direct' });
  });

  it('leaves the empty rows of the rest of the day as a gap', async () => {
    expect((await ask()).gaps).toEqual([
      {
        start: at('2026-03-18T12:05Z'),
        end: at('2026-03-18T16:00Z'),
        reason: 'not published yet: there is no forecast',
      },
    ]);
  });

  it('asks for days of the past by their date, and past any cache', async () => {
    const { asked } = await day(hourly(24), '2026-03-10T07:00Z', 24, '2026-03-18T12:00Z');
    expect(asked).toEqual([
      'https://www.caiso.com/outlook/history/20260310/fuelsource.csv?_=1773835200',
      'https://www.caiso.com/outlook/history/20260310/co2.csv?_=1773835200',
    ]);
  });

  it('does not take the file of yesterday for that of today after midnight', async () => {
    const failure = await failureOf(day(hourly(24), '2026-03-18T07:00Z', 1, '2026-03-18T07:05Z'));
    expect(failure.code).toBe('grid/unavailable');
  });

  it.each(['fuelsource', 'co2'])(
    'does not divide one day by another where %s alone is still of yesterday',
    async (late) => {
      const transport = scripted((url) => files(url.includes(late) ? hourly(24) : hourly(1))(url));
      const range = { start: at('2026-03-18T07:00Z'), end: at('2026-03-18T08:00Z') };
      const context = contextOf(transport, standingClock(at('2026-03-18T07:05Z')));
      expect((await failureOf(caiso.intensity('US-CAL-CISO', range, context))).code).toBe('grid/unavailable');
    },
  );

  it('leaves the midnight that ends a day to the next', async () => {
    const { series } = await day([...hourly(24), ['00:00', 9000]], '2026-03-10T07:00Z', 24, '2026-03-18T12:00Z');
    expect(series.intensityG[0]).toBe(100);
  });

  it('reads a day of 23 hours, whose missing hour is empty', async () => {
    const times = [...hourly(2), ['02:00'] as const, ...hourly(21, 3)];
    const { series } = await day(times, '2026-03-08T08:00Z', 23, '2026-03-18T12:00Z');
    const hours = [...series.intensityG].filter((_, i) => i % 12 === 0);
    expect(hours.slice(0, 4)).toEqual([100, 110, 130, 140]);
    expect(hours).toHaveLength(23);
    expect(hours.some(Number.isNaN)).toBe(false);
  });

  it('reads a day of 25 hours, one of which comes twice', async () => {
    const times = [...hourly(2), ['01:00', 7000] as const, ...hourly(22, 2)];
    const { series } = await day(times, '2026-11-01T07:00Z', 25, '2026-11-20T12:00Z');
    const hours = [...series.intensityG].filter((_, i) => i % 12 === 0);
    expect(hours.slice(0, 4)).toEqual([100, 110, 700, 120]);
    expect(hours.at(-1)).toBe(330);
  });

  it('finds columns by name, whatever their order', async () => {
    const swap = (body: string, url: string) =>
      url.includes('/co2')
        ? body
            .split('\n')
            .map((line) => line.split(',').reverse().join(','))
            .join('\n')
        : body;
    expect((await ask(swap)).intensityG).toEqual((await ask()).intensityG);
  });

  it('counts more that is sent out than is emitted as zero', async () => {
    expect((await day([['00:00', -5]], '2026-03-10T07:00Z', 1, '2026-03-18T12:00Z')).series.intensityG[0]).toBe(0);
  });

  it.each([
    ['a column less', (body: string) => body.replace('Coal', 'Kohle'), 'grid/invalid-data'],
    ['a word for a number', (body: string) => body.replace('7180', 'n/a'), 'grid/invalid-data'],
    ['a time out of order', (body: string) => body.replace('\n03:00', '\n01:00'), 'grid/invalid-data'],
    ['a time that is none', (body: string) => body.replace('\n03:00', '\n3 am'), 'grid/invalid-data'],
    ['a row that is too long', (body: string) => body.replace('\n03:00', '\n03:00,1,1,1,1'), 'grid/invalid-data'],
    ['a value beyond reason', (body: string) => body.replaceAll('2972', '999999'), 'grid/invalid-data'],
    ['no file', () => ({ status: 404, body: '' }), 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
