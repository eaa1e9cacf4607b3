import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { energyCharts } from './energy-charts.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('energy-charts', change);
  return energyCharts.intensity(zone, range, context);
};

/** The body of the fixture as the schema of the API has it, edited as an object. */
const edit =
  (change: (body: { unix_seconds: number[]; co2eq: (number | null)[]; co2eq_forecast: (number | null)[] }) => object) =>
  (body: string) =>
    JSON.stringify({ ...JSON.parse(body), ...change(JSON.parse(body)) });

describe('energy-charts', () => {
  it('merges measured values with the forecast that follows them', async () => {
    const series = await ask();
    expect(series.axis).toEqual({ start: at('2026-03-18T10:00Z'), step: 900_000, length: 24 });
    expect(series.intensityG[6]).toBeCloseTo(383.5);
    expect(series.intensityG[7]).toBeCloseTo(380.7);
    expect(series.quality.slice(6, 8)).toEqual(['measured', 'forecast']);
    expect(series.signal.scope).toBe('unknown');
  });

  it('reads a step of 60 min from the stamps', async () => {
    const hourly = edit(({ unix_seconds, co2eq, co2eq_forecast }) => {
      const every4th = <T>(list: T[]) => list.filter((_, i) => i % 4 === 0);
      return { unix_seconds: every4th(unix_seconds), co2eq: every4th(co2eq), co2eq_forecast: every4th(co2eq_forecast) };
    });
    const series = await ask(hourly);
    expect(series.axis.step).toBe(3_600_000);
    expect(series.axis.length).toBe(6);
  });

  it('prefers what was measured where both are given', async () => {
    const series = await ask(edit((body) => ({ co2eq_forecast: body.co2eq_forecast.map(() => 10) })));
    expect(series.intensityG[0]).toBeCloseTo(401.5);
    expect(series.quality[0]).toBe('measured');
  });

  it('keeps a missing value as a gap', async () => {
    const series = await ask(edit((body) => ({ co2eq: body.co2eq.map((v, i) => (i === 2 ? null : v)) })));
    expect(series.intensityG[2]).toBeNaN();
    expect(series.gaps[0]).toMatchObject({ start: at('2026-03-18T10:30Z'), reason: 'not published' });
  });

  it('says that an older forecast stands in', async () => {
    const series = await ask(edit(() => ({ substitute: true })));
    expect(series.warnings).toEqual(['energy-charts: an older forecast stands in for the current one']);
  });

  it('does without a forecast when none is sent', async () => {
    const series = await ask(edit(() => ({ co2eq_forecast: null })));
    expect(series.gaps).toEqual([
      { start: at('2026-03-18T11:45Z'), end: at('2026-03-18T16:00Z'), reason: 'beyond the forecast' },
    ]);
  });

  it.each([
    ['arrays of different length', edit((b) => ({ co2eq: b.co2eq.slice(1) })), 'grid/invalid-data'],
    ['a short forecast', edit((b) => ({ co2eq_forecast: b.co2eq_forecast.slice(3) })), 'grid/invalid-data'],
    [
      'nothing but nulls',
      edit((b) => ({ co2eq: b.co2eq.map(() => null), co2eq_forecast: b.co2eq.map(() => null) })),
      'grid/unavailable',
    ],
    ['empty arrays', edit(() => ({ unix_seconds: [], co2eq: [], co2eq_forecast: [] })), 'grid/unavailable'],
    ['another country', edit(() => ({ country: 'fr' })), 'grid/invalid-data'],
    ['strings', edit((b) => ({ co2eq: b.co2eq.map(String) })), 'grid/invalid-data'],
    [
      'milliseconds for seconds',
      edit((b) => ({ unix_seconds: b.unix_seconds.map((s) => s * 1000) })),
      'grid/invalid-data',
    ],
    ['stamps backwards', edit((b) => ({ unix_seconds: [...b.unix_seconds].reverse() })), 'grid/invalid-data'],
    [
      'a stamp twice',
      edit((b) => ({ unix_seconds: b.unix_seconds.map((s, i) => (i === 1 ? (b.unix_seconds[0] ?? 0) : s)) })),
      'grid/invalid-data',
    ],
    [
      'a step of 7 min',
      edit((b) => ({ unix_seconds: b.unix_seconds.map((_, i) => (b.unix_seconds[0] ?? 0) + 420 * i) })),
      'grid/invalid-data',
    ],
    ['a measured value of the future', edit((b) => ({ co2eq: b.co2eq.map(() => 300) })), 'grid/invalid-data'],
    ['a body cut in half', (body: string) => body.slice(0, body.length / 2), 'grid/invalid-data'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });

  it('asks for the country in small letters', async () => {
    const { zone, range, context, asked } = play('energy-charts');
    await energyCharts.intensity(zone, range, context);
    expect(asked[0]).toContain('country=de&start=2026-03-18T10%3A00Z&end=2026-03-18T16%3A00Z');
  });

  it('does not answer for a part of a country', () => {
    expect(energyCharts.covers('DE')).toBe(true);
    expect(energyCharts.covers('SE-SE3')).toBe(false);
    expect(energyCharts.covers('GB')).toBe(false);
  });
});
