import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/grid-replies.ts';
import { DAY, HOUR, type Instant, instant, millis } from '../units.ts';
import { yearlyAverage } from './average.ts';
import { toOutlook } from './outlook.ts';
import type { Quality, Series } from './series.ts';
import { gapsIn } from './slots.ts';
import type { GridAnswer } from './source.ts';

const NOW = at('2026-03-18T12:00Z');
const GAP = Number.NaN;

/** An hourly answer whose values begin at `start`. */
function answer(
  values: readonly number[],
  quality: Quality,
  start: Instant = NOW,
  more: Partial<Series> = {},
  use: GridAnswer['use'] = 'level',
): GridAnswer {
  const axis = { start, step: millis(HOUR), length: values.length };
  const intensityG = Float64Array.from(values);
  const series: Series = {
    zone: 'DE',
    signal: { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' },
    axis,
    intensityG,
    quality: values.map((value) => (Number.isNaN(value) ? 'missing' : quality)),
    gaps: gapsIn(intensityG, axis, () => 'test'),
    provenance: {
      provider: 'test',
      source: 'a test',
      licence: 'none',
      fetchedAt: NOW,
      issuedAt: NOW,
      issuedAtBasis: 'fetch-time',
    },
    warnings: [],
    ...more,
  };
  return { zone: 'DE', use, series, average: yearlyAverage('DE'), links: [], warnings: ['said before'] };
}
const look = (from: GridAnswer, hours: number, now: Instant = NOW) =>
  toOutlook(from, { now, until: instant(now + hours * HOUR) });

describe('toOutlook', () => {
  it('begins with the slot that holds now and ends with the one that holds the end', () => {
    const outlook = look(answer([1, 2, 3, 4], 'replayed'), 2, instant(NOW + HOUR + 1));
    expect(outlook.axis).toEqual({ start: NOW + HOUR, step: HOUR, length: 3 });
    expect([...outlook.intensityG]).toEqual([2, 3, 4]);
    expect(outlook).toMatchObject({
      use: 'level',
      quality: 'replayed',
      source: 'a test',
      publisher: 'test',
      asOf: NOW,
      notes: ['said before'],
    });
    expect(outlook.levelG).toBeUndefined();
  });

  it('takes a replayed file as a perfect forecast', () => {
    const outlook = look(answer([5, 6], 'replayed'), 2);
    expect(outlook.lowG).toEqual(outlook.intensityG);
    expect(outlook.highG).toEqual(outlook.intensityG);
  });

  it('puts the prior band on a live forecast that gives none: 8 % and 1 % an hour, at most 35 %', () => {
    const outlook = look(answer(new Array(40).fill(100), 'forecast'), 40);
    expect([outlook.lowG[0], outlook.highG[0]]).toEqual([92, 108]);
    expect(outlook.highG[10]).toBeCloseTo(118);
    expect(outlook.highG[39]).toBeCloseTo(135);
    expect(outlook.quality).toBe('forecast');
  });

  it('keeps the band that the source gives', () => {
    const outlook = look(
      answer([100, 100], 'forecast', NOW, { lowG: Float64Array.of(90, 80), highG: Float64Array.of(110, 130) }),
      2,
    );
    expect([...outlook.lowG, ...outlook.highG]).toEqual([90, 80, 110, 130]);
  });

  it('bridges up to two missing slots by a line, and says so', () => {
    const outlook = look(answer([10, GAP, GAP, 40], 'replayed'), 4);
    expect([...outlook.intensityG]).toEqual([10, 20, 30, 40]);
    expect(outlook.highG[1]).toBeGreaterThan(20);
    expect(outlook.highG[3]).toBe(40);
    expect(outlook.notes[1]).toBe('2 h of missing values bridged by a line, for planning only');
  });

  it('fills longer gaps with the same hours of earlier days', () => {
    const past = Array.from({ length: 48 }, (_, i) => (i < 24 ? 100 + i : 200 + (i % 24)));
    const outlook = look(answer([...past, GAP, GAP, GAP, 7], 'replayed', instant(NOW - 2 * DAY)), 4);
    expect([...outlook.intensityG]).toEqual([150, 151, 152, 7]);
    expect(outlook.notes[1]).toMatch(/^3 h of missing values taken from the same hours of earlier days/);
  });

  it('falls back to the mean where nothing else is known', () => {
    const outlook = look(answer([10, GAP, GAP, GAP, 30], 'replayed'), 5);
    expect([...outlook.intensityG]).toEqual([10, 20, 20, 20, 30]);
    expect(outlook.notes[1]).toMatch(/set to the mean/);
  });

  it('repeats the last 24 h beyond the end of the data, for days if need be, with a wider band', () => {
    const values = Array.from({ length: 24 }, (_, i) => 100 + i);
    const outlook = look(answer(values, 'measured'), 72);
    expect(outlook.intensityG[24]).toBe(100);
    expect(outlook.intensityG[71]).toBe(123);
    expect(outlook.highG[23]).toBe(123);
    expect(outlook.highG[24]).toBeCloseTo(100 * (1 + 0.32 + 0.1));
    expect(outlook.notes.at(-1)).toBe(
      'the data end at 2026-03-19T12:00:00Z; after that the last 24 h are repeated, with a wider band',
    );
  });

  it('does not call measured what repeats what was measured', () => {
    const past = Array.from({ length: 25 }, (_, i) => 100 + i);
    const measured = answer(past, 'measured', instant(NOW - DAY));
    expect(look(measured, 1).quality).toBe('measured');
    expect(look(measured, 12).quality).toBe('estimated');
  });

  it('ends where a recorded grid ends: nobody waits for hours that are made up', () => {
    const outlook = look(answer([10, GAP, 30, GAP, GAP], 'replayed'), 72);
    expect([...outlook.intensityG]).toEqual([10, 20, 30]);
    expect(outlook.axis.length).toBe(3);
    // What ended before now is all that there is.
    expect([...look(answer([10, 20], 'replayed', instant(NOW - 2 * HOUR)), 2).intensityG]).toEqual([15, 15]);
  });

  it('names every stretch that it filled, so that none is shown as known', () => {
    expect(look(answer([1, 2, 3], 'replayed'), 3).gaps).toBeUndefined();
    const { gaps } = look(answer([1, GAP, 3, 4, GAP, GAP, GAP, 5], 'replayed'), 10);
    expect(gaps).toMatchObject([
      { start: NOW + HOUR, end: NOW + 2 * HOUR },
      { start: NOW + 4 * HOUR, end: NOW + 7 * HOUR },
    ]);
  });

  it('never leaves a gap, wherever the gaps were', () => {
    for (let pattern = 1; pattern < 64; pattern += 1) {
      const values = Array.from({ length: 6 }, (_, i) => ((pattern >> i) & 1 ? 100 + i : GAP));
      for (const shift of [-3, 0, 2, 5]) {
        const outlook = look(answer(values, 'forecast'), 30, instant(NOW + shift * HOUR));
        for (const [i, value] of outlook.intensityG.entries()) {
          expect(value).toBeGreaterThanOrEqual(100);
          expect(outlook.lowG[i]).toBeLessThanOrEqual(value);
          expect(outlook.highG[i]).toBeGreaterThanOrEqual(value);
        }
      }
    }
  });

  it('gives grams to a shape only from the yearly average', () => {
    const outlook = look(answer([300, 400], 'modelled', NOW, {}, 'shape'), 2);
    expect(outlook.use).toBe('shape');
    expect([...outlook.intensityG]).toEqual([300, 400]);
    expect(outlook.levelG?.expected).toBe(340);
    expect(outlook.levelG?.low).toBeCloseTo(340 / 1.4 ** 1.2816);
    expect(outlook.levelG?.high).toBeCloseTo(340 * 1.4 ** 1.2816);
  });

  it('is flat at the yearly average when there is no signal', () => {
    const outlook = toOutlook(
      { zone: 'FR', use: 'none', average: yearlyAverage('FR'), links: [], warnings: ['no grid signal'] },
      { now: NOW, until: instant(NOW + HOUR) },
    );
    expect(outlook).toMatchObject({ use: 'none', quality: 'yearly-average', notes: ['no grid signal'] });
    expect([...outlook.intensityG]).toEqual([40, 40, 40, 40]);
    expect(outlook.levelG?.expected).toBe(40);
  });
});
