import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { MINUTE } from '../../units.ts';
import { rteOdre } from './rte-odre.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('rte-odre', change);
  return rteOdre.intensity(zone, range, context);
};

describe('rte-odre', () => {
  it('reads numbers that are written as text, and tells real time from consolidated values', async () => {
    const series = await ask();
    expect([...series.intensityG].slice(0, 5)).toEqual([20, 21, 22, 23, 24]);
    expect(series.quality.slice(0, 3)).toEqual(['measured', 'measured', 'estimated']);
    expect(series.axis.step).toBe(15 * MINUTE);
  });

  it('leaves the empty rows of the rest of the day as gaps', async () => {
    expect((await ask()).gaps).toEqual([
      {
        start: at('2026-03-18T12:00Z'),
        end: at('2026-03-18T16:00Z'),
        reason: 'not published yet: there is no forecast',
      },
    ]);
  });

  it('asks for times in UTC and for rows with a value', async () => {
    const { zone, range, context, asked } = play('rte-odre');
    await rteOdre.intensity(zone, range, context);
    const query = new URL(asked[0] ?? '').searchParams;
    expect(query.get('timezone')).toBe('UTC');
    expect(query.get('where')).toBe(
      "date_heure>date'2026-03-18T09:45:00Z' and date_heure<date'2026-03-18T16:00:00Z' and taux_co2 is not null",
    );
  });

  it('takes half-hours of the consolidated dataset for older times', async () => {
    const { context, asked } = play('rte-odre');
    const range = { start: at('2026-01-05T00:00Z'), end: at('2026-01-06T00:00Z') };
    await failureOf(rteOdre.intensity('FR', range, context));
    expect(asked[0]).toContain('/eco2mix-national-cons-def/');
  });

  it.each([
    ['a region', (body: string) => body.replace('"France"', '"Bretagne"'), 'grid/invalid-data'],
    ['a word for a number', (body: string) => body.replace('"23"', '"ND"'), 'grid/invalid-data'],
    ['a negative number', (body: string) => body.replace('"23"', '-3'), 'grid/invalid-data'],
    ['times without an offset', (body: string) => body.replace('+00:00', ''), 'grid/invalid-data'],
    ['a value of the future', (body: string) => body.replaceAll('T11:', 'T13:'), 'grid/invalid-data'],
    ['an error', () => '{"error_code":"ODSQLError","message":"bad query"}', 'grid/invalid-data'],
    ['no row', () => '[]', 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });

  it('knows France alone', async () => {
    const { range, context } = play('rte-odre');
    expect((await failureOf(rteOdre.intensity('DE', range, context))).code).toBe('grid/no-zone');
  });
});
