import { describe, expect, it } from 'vitest';
import { at, contextOf, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { DAY, HOUR, instant } from '../../units.ts';
import { SYNTHETIC_DEMO_START, syntheticDay } from './synthetic.ts';

const contextAt = (now: number) =>
  contextOf(
    scripted(() => new Error('no network')),
    standingClock(instant(now)),
  );
const hours = (start: number, count: number) => ({ start: instant(start), end: instant(start + count * HOUR) });

describe('syntheticDay', () => {
  it.each([1, 2, 3, 7, 42])(
    'is dirty at the demo start, then clean, dirty for an hour, clean again, within 14 h (seed %i)',
    async (seed) => {
      for (let day = 0; day < 5; day += 1) {
        const start = SYNTHETIC_DEMO_START + day * DAY;
        const { intensityG } = await syntheticDay({ seed }).intensity('DE', hours(start, 14), contextAt(start));
        const between = (from: number, to: number) => [...intensityG].slice(from * 4, to * 4);
        expect(Math.min(...between(0, 1.5))).toBeGreaterThan(330);
        expect(Math.max(...between(4.75, 5.25))).toBeLessThan(190);
        expect(Math.max(...between(6, 7.5))).toBeGreaterThan(280);
        expect(Math.max(...between(8.25, 9.25))).toBeLessThan(190);
      }
    },
  );

  it.each([2, 3, 4])('has its cleanest %i hours on both sides of the dirty one', async (needed) => {
    const { intensityG } = await syntheticDay().intensity(
      'DE',
      hours(SYNTHETIC_DEMO_START, 14),
      contextAt(SYNTHETIC_DEMO_START),
    );
    const order = [...intensityG.keys()]
      .sort((a, b) => (intensityG[a] ?? 0) - (intensityG[b] ?? 0))
      .slice(0, needed * 4);
    expect(order.filter((i) => i < 27).length).toBeGreaterThan(2);
    expect(order.filter((i) => i > 27).length).toBeGreaterThan(2);
  });

  it('says the same for the same seed, and something else for another', async () => {
    const ask = (seed: number) =>
      syntheticDay({ seed }).intensity('DE', hours(SYNTHETIC_DEMO_START, 24), contextAt(SYNTHETIC_DEMO_START));
    expect((await ask(5)).intensityG).toEqual((await ask(5)).intensityG);
    expect((await ask(5)).intensityG).not.toEqual((await ask(6)).intensityG);
    expect((await ask(5)).provenance.source).toBe('synthetic day, seed 5');
  });

  it('moves smoothly and differs from day to day', async () => {
    const { intensityG } = await syntheticDay().intensity(
      'DE',
      hours(SYNTHETIC_DEMO_START, 72),
      contextAt(SYNTHETIC_DEMO_START),
    );
    const steps = [...intensityG].slice(1).map((value, i) => Math.abs(value - (intensityG[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(130);
    expect(Math.abs((intensityG[0] ?? 0) - (intensityG[96] ?? 0))).toBeGreaterThan(1);
  });

  it('knows the past exactly and the future within a band that widens', async () => {
    const series = await syntheticDay().intensity(
      'DE',
      hours(SYNTHETIC_DEMO_START - 2 * HOUR, 26),
      contextAt(SYNTHETIC_DEMO_START),
    );
    const width = (i: number) => ((series.highG?.[i] ?? 0) - (series.lowG?.[i] ?? 0)) / (series.intensityG[i] ?? 1);
    expect(width(4)).toBe(0);
    expect(width(20)).toBeGreaterThan(0.04);
    expect(width(100)).toBeGreaterThan(width(20));
  });

  it('errs in what is to come, not in what has been, when told to', async () => {
    const later = SYNTHETIC_DEMO_START + 12 * HOUR;
    const ask = (forecastError: number, now: number) =>
      syntheticDay({ forecastError }).intensity('DE', hours(SYNTHETIC_DEMO_START, 12), contextAt(now));
    const [exact, forecast, known] = [await ask(0, later), await ask(0.1, SYNTHETIC_DEMO_START), await ask(0.1, later)];
    expect(known.intensityG).toEqual(exact.intensityG);
    expect(forecast.intensityG).not.toEqual(exact.intensityG);
  });

  it('marks every slot as synthetic', async () => {
    const series = await syntheticDay().intensity(
      'X',
      { start: at('2030-01-01T00:00Z'), end: at('2030-01-01T01:00Z') },
      contextAt(0),
    );
    expect(series.quality).toEqual(['synthetic', 'synthetic', 'synthetic', 'synthetic']);
    expect(series.labels).toEqual(['synthetic: generated for demonstration, no real grid']);
  });
});
