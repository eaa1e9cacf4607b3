import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { MINUTE } from '../../units.ts';
import type { Reply } from '../index.ts';
import { nyiso } from './nyiso.ts';

const ask = (change?: (body: string) => string | Reply) => {
  const { zone, range, context } = play('nyiso', change);
  return nyiso.intensity(zone, range, context);
};

const REST = ['Hydro,0', 'Wind,0'];
const file = (rows: readonly string[], time: string): string =>
  ['Time Stamp,Time Zone,Fuel Category,Gen MW', ...rows.map((row) => `${time}:00,${row}`), ''].join('\n');

describe('nyiso', () => {
  it('computes from generation, a row that is seconds late included', async () => {
    const series = await ask();
    const at7 = 3200 + 420 + 2100;
    const known = at7 + 3300 + 900 + 3000;
    expect(series.axis).toEqual({ start: at('2026-03-18T11:00Z'), step: 5 * MINUTE, length: 36 });
    expect(series.intensityG[0]).toBeCloseTo((at7 * 490 + 3300 * 12 + 900 * 11 + 3000 * 24) / known, 9);
    expect(series.covered?.[0]).toBeCloseTo(known / (known + 262), 9);
    expect(series.intensityG[1]).not.toBeNaN();
  });

  it.each(['constructor', '__proto__'])('knows no factor of a fuel that is called %s', async (name) => {
    const rows = ['Natural Gas,60', 'Nuclear,0', ...REST, `${name},40`].map((row) => `EDT,${row}`);
    const { gaps } = await ask(() => file(rows, '03/18/2026 07:00'));
    expect(gaps[0]?.reason).toBe('only 60 % of generation is known by fuel');
  });

  it('tells the hour that comes twice apart by its clock', async () => {
    const summer = ['Natural Gas,100', 'Nuclear,0', ...REST].map((row) => `EDT,${row}`);
    const winter = ['Natural Gas,0', 'Nuclear,100', ...REST].map((row) => `EST,${row}`);
    const body = file([...summer, ...winter], '11/01/2026 01:00');
    const range = { start: at('2026-11-01T05:00Z'), end: at('2026-11-01T07:00Z') };
    const context = contextOf(
      scripted(() => body),
      standingClock(at('2026-11-02T00:00Z')),
    );
    const { intensityG } = await nyiso.intensity('US-NY-NYIS', range, context);
    expect([intensityG[0], intensityG[12]]).toEqual([490, 12]);
  });

  it('goes on without the file of a day that has no row yet', async () => {
    const rows = ['Natural Gas,100', 'Nuclear,0', ...REST];
    const body = file(
      rows.map((row) => `EDT,${row}`),
      '03/18/2026 23:55',
    );
    const transport = scripted((url) => (url.includes('20260319') ? { status: 404, body: '' } : body));
    const range = { start: at('2026-03-19T03:55Z'), end: at('2026-03-19T04:05Z') };
    const context = contextOf(transport, standingClock(at('2026-03-19T04:02Z')));
    const { intensityG } = await nyiso.intensity('US-NY-NYIS', range, context);
    expect([...intensityG]).toEqual([490, Number.NaN]);
    expect(transport.asked).toHaveLength(2);
  });

  it.each([
    ['another clock', (body: string) => body.replace(',EDT,', ',CDT,'), 'grid/invalid-data'],
    ['a clock of no name', (body: string) => body.replace(',EDT,', ',constructor,'), 'grid/invalid-data'],
    [
      'another form of time',
      (body: string) => body.replace('03/18/2026 06:00:00', '2026-03-18 06:00'),
      'grid/invalid-data',
    ],
    [
      'times backwards',
      (body: string) => body.replace('08:05:00,EDT,Hydro', '07:10:00,EDT,Hydro'),
      'grid/invalid-data',
    ],
    ['a value of the future', (body: string) => body.replace('08:05:00', '08:20:00'), 'grid/invalid-data'],
    ['a column less', (body: string) => body.replace('Gen MW', 'MW'), 'grid/invalid-data'],
    ['a file without a fuel', (body: string) => body.replaceAll('Hydro', 'Water'), 'grid/invalid-data'],
    ['no file', () => ({ status: 404, body: '' }), 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
