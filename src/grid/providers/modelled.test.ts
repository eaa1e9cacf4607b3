import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { DAY, HOUR, instant } from '../../units.ts';
import { loadCsv } from './csv.ts';
import { modelled, sunHeight } from './modelled.ts';

const clock = standingClock(at('2026-06-17T00:00Z'));
const context = contextOf(
  scripted(() => new Error('no network')),
  clock,
);
const shape = (zone: string, start: string, hours: number) =>
  modelled.intensity(zone, { start: at(start), end: instant(at(start) + hours * HOUR) }, context);

const rank = (values: readonly number[]): number[] => {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (const [place, i] of order.entries()) ranks[i] = place;
  return ranks;
};
const spearman = (a: readonly number[], b: readonly number[]): number => {
  const [x, y] = [rank(a), rank(b)];
  const middle = (a.length - 1) / 2;
  let top = 0;
  let bottom = 0;
  for (const [i, value] of x.entries()) {
    top += (value - middle) * ((y[i] ?? 0) - middle);
    bottom += (value - middle) ** 2;
  }
  return top / bottom;
};

describe('sunHeight', () => {
  it('is highest at solar noon of the local summer and nothing at night', () => {
    expect(sunHeight(at('2026-06-21T12:00Z'), 0, 0)).toBeCloseTo(Math.cos((23.45 * Math.PI) / 180), 2);
    expect(sunHeight(at('2026-06-21T12:00Z'), 51.5, 0)).toBeCloseTo(Math.cos((28.05 * Math.PI) / 180), 2);
    expect(sunHeight(at('2026-12-21T12:00Z'), 51.5, 0)).toBeCloseTo(Math.cos((74.95 * Math.PI) / 180), 2);
    expect(sunHeight(at('2026-06-21T00:00Z'), 51.5, 0)).toBe(0);
    expect(sunHeight(at('2026-06-21T20:00Z'), 36.5, -119.5)).toBeGreaterThan(0.95);
  });
});

describe('modelled', () => {
  it('finds noon cleaner than the evening where there is much sun', async () => {
    const series = await shape('US-CAL-CISO', '2026-06-17T00:00Z', 24);
    // 20:00Z is noon in California, 03:00Z its evening.
    expect(series.intensityG[40]).toBeLessThan((series.intensityG[6] ?? 0) * 0.7);
    expect(series.quality[0]).toBe('modelled');
    expect(series.warnings).toEqual(['modelled: ranks hours; says nothing about grams']);
  });

  it('keeps the yearly average as its mean over a year', async () => {
    const series = await shape('DE', '2025-01-01T00:00Z', 365 * 24);
    const mean = series.intensityG.reduce((a, b) => a + b, 0) / series.intensityG.length;
    expect(mean).toBeGreaterThan(340 * 0.98);
    expect(mean).toBeLessThan(340 * 1.02);
  });

  it.each(['FR', 'SE', 'NO', 'CH', 'SK'])('refuses %s, where hydro and nuclear set the order', async (zone) => {
    expect(modelled.covers(zone)).toBe(false);
    const failure = await failureOf(shape(zone, '2026-06-17T00:00Z', 24));
    expect(failure.code).toBe('grid/no-signal');
    expect(failure.message).toMatch(/hydro and nuclear; above 65 %/);
  });

  it('refuses parts of countries too wide for one mix, and places without a mix', async () => {
    expect((await failureOf(shape('US-NW-PACW', '2026-06-17T00:00Z', 24))).message).toMatch(/too wide/);
    expect((await failureOf(shape('AQ', '2026-06-17T00:00Z', 24))).message).toMatch(/no yearly mix/);
    expect(modelled.covers('DK-DK1')).toBe(true);
  });

  const shared = process.env['GRIDTIDE_DATA'];
  it.skipIf(shared === undefined)(
    'ranks the hours of real days better than chance (set GRIDTIDE_DATA to run)',
    async () => {
      for (const [zone, least] of [
        ['DE', 0.35],
        ['US-CAL-CISO', 0.6],
        ['AU-NSW', 0.6],
        ['ES', 0.3],
        ['PL', 0.25],
      ] as const) {
        const file = await loadCsv(join(shared ?? '', 'ci/123-zones-2022-lca.csv'), { clock, zone });
        let sum = 0;
        const days = 180;
        for (let day = 180; day < 180 + days; day += 1) {
          const start = instant(at('2022-01-01T00:00Z') + day * DAY);
          const range = { start, end: instant(start + DAY) };
          const real = await file.intensity(zone, range, context);
          const guess = await modelled.intensity(zone, range, context);
          sum += spearman(
            [...real.intensityG],
            [...real.intensityG].map((_, hour) => guess.intensityG[2 * hour] ?? 0),
          );
        }
        expect(sum / days, zone).toBeGreaterThan(least);
      }
    },
  );
});
