import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
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

  /** The answer from `start` to half an hour before noon, of datasets that hold these figures. */
  const joined = (start: string, realTime: Figures, consolidated: Figures) => {
    const rows = (figures: Figures, nature: string) =>
      Object.entries(figures).map(([stamp, taux_co2]) => ({ date_heure: `${stamp}:00+00:00`, nature, taux_co2 }));
    const transport = scripted((url) =>
      JSON.stringify(
        url.includes('/eco2mix-national-tr/')
          ? rows(realTime, 'Données temps réel')
          : rows(consolidated, 'Données définitives'),
      ),
    );
    const context = contextOf(transport, play('rte-odre').clock);
    return rteOdre.intensity('FR', { start: at(start), end: at('2026-03-18T12:00Z') }, context);
  };
  type Figures = Readonly<Record<string, number>>;

  it('joins what is consolidated with what is not yet, up to now', async () => {
    const recent = { '2026-02-01T00:30': 9, '2026-02-01T01:00': 30, '2026-03-18T11:45': 40 };
    const series = await joined('2026-02-01T00:00Z', recent, { '2026-02-01T00:00': 10, '2026-02-01T00:30': 20 });
    expect([...series.intensityG].slice(0, 6)).toEqual([10, 10, 20, 20, 30, Number.NaN]);
    expect(series.intensityG.at(-1)).toBe(40);
    expect([series.quality[2], series.quality[4]]).toEqual(['measured', 'estimated']);
    expect(series.axis.step).toBe(15 * MINUTE);
    expect(series.provenance.source).toMatch(/national-tr and .*national-cons-def$/);
  });

  it('stays on half-hours where all is consolidated', async () => {
    const series = await joined('2026-01-05T00:00Z', {}, { '2026-01-05T00:00': 10, '2026-01-05T00:30': 20 });
    expect(series.axis.step).toBe(30 * MINUTE);
    expect([...series.intensityG].slice(0, 3)).toEqual([10, 20, Number.NaN]);
    expect(series.provenance.source).toMatch(/datasets\/eco2mix-national-cons-def$/);
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
