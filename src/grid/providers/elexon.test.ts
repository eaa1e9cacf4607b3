import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { HOUR, instant, MINUTE } from '../../units.ts';
import { elexon } from './elexon.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('elexon', change);
  return elexon.intensity(zone, range, context);
};

/** A day of gas alone, as many periods as it has hours times two. */
const day = (date: string, start: number, periods: number): string =>
  JSON.stringify(
    Array.from({ length: periods }, (_, i) => ({
      dataset: 'FUELHH',
      startTime: new Date(start + i * 30 * MINUTE).toISOString(),
      settlementDate: date,
      settlementPeriod: i + 1,
      fuelType: 'CCGT',
      generation: 100,
    })),
  );

describe('elexon', () => {
  it('computes from what is generated in Great Britain, without cables and pumping', async () => {
    const series = await ask();
    const known = 2600 + 9800 + 3 + 310 + 4100 + 8400;
    const grams = 2600 * 230 + 9803 * 490 + 310 * 24 + 4100 * 12 + 8400 * 11;
    expect(series.axis).toEqual({ start: at('2026-03-18T10:00Z'), step: 30 * MINUTE, length: 12 });
    expect(series.intensityG[0]).toBeCloseTo(grams / known, 9);
    expect(series.covered?.[0]).toBeCloseTo(known / (known + 420), 9);
    expect(series.warnings[0]).toBe('elexon: sun and wind in the distribution grids are not in it');
  });

  it('has no forecast', async () => {
    expect((await ask()).gaps).toEqual([
      {
        start: at('2026-03-18T12:00Z'),
        end: at('2026-03-18T16:00Z'),
        reason: 'not published yet: there is no forecast',
      },
    ]);
  });

  it.each([
    ['23', '2026-03-29', '2026-03-29T00:00Z', 46],
    ['25', '2026-10-25', '2026-10-24T23:00Z', 50],
  ])('reads a day of %s hours', async (hours, date, start, periods) => {
    const transport = scripted(() => day(date, at(start), periods));
    const range = { start: at(start), end: instant(at(start) + Number(hours) * HOUR) };
    const series = await elexon.intensity('GB', range, contextOf(transport, standingClock(at('2026-11-20T00:00Z'))));
    expect([series.axis.length, series.gaps]).toEqual([periods, []]);
    expect(transport.asked[0]).toContain(`settlementDateFrom=${date}&settlementDateTo=${date}`);
  });

  it.each([
    [
      'a period that does not fit its time',
      (body: string) => body.replace('"settlementPeriod":24', '"settlementPeriod":23'),
      'grid/invalid-data',
    ],
    [
      'another date',
      (body: string) => body.replace('"settlementDate":"2026-03-18"', '"settlementDate":"2026-03-17"'),
      'grid/invalid-data',
    ],
    ['another dataset', (body: string) => body.replace('FUELHH', 'FUELINST'), 'grid/invalid-data'],
    [
      'text for a number',
      (body: string) => body.replace('"generation":2600', '"generation":"2600"'),
      'grid/invalid-data',
    ],
    [
      'a value of the future',
      (body: string) => body.replaceAll('11:30:00Z","s', '12:30:00Z","s').replaceAll('Period":24', 'Period":26'),
      'grid/invalid-data',
    ],
    ['no row', () => '[]', 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
