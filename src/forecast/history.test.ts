import { describe, expect, it } from 'vitest';
import { listOf, someSeries } from '../../test/support/some-series.ts';
import { type Quality, SOURCES, type Source } from '../grid/index.ts';
import { HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import { historyOf, hoursFrom, TRUTH } from './history.ts';

const T0 = instant(Date.UTC(2026, 2, 18));
const hour = (n: number): Instant => instant(T0 + n * HOUR);
const historyList = (...asked: Parameters<typeof historyOf>) => {
  const history = historyOf(...asked);
  return history && { start: history.start, hours: listOf(history.intensityG) };
};

describe('hours from slots', () => {
  it.each([5, 15, 30, 60])('are the means of slots of %i minutes', (minutes) => {
    const perHour = 60 / minutes;
    // 100 and more in the first hour, 200 and more in the second.
    const values = Float64Array.from(
      { length: 2 * perHour },
      (_, i) => 100 * (1 + Math.floor(i / perHour)) + (i % perHour),
    );
    const axis = { start: T0, step: millis(minutes * MINUTE), length: values.length };
    const mean = (perHour - 1) / 2;
    expect(listOf(hoursFrom(axis, values, T0, 2))).toEqual([100 + mean, 200 + mean]);
    expect(listOf(hoursFrom(axis, values, hour(1), 1))).toEqual([200 + mean]);
  });

  it('are gaps where a part of them is one, and before and after the slots', () => {
    const axis = { start: T0, step: millis(15 * MINUTE), length: 8 };
    const values = Float64Array.of(1, 2, Number.NaN, 4, 5, 6, 7, 8);
    expect(listOf(hoursFrom(axis, values, hour(-1), 4))).toEqual([null, null, 6.5, null]);
  });

  it('are not made of slots that lie across them', () => {
    const axis = { start: instant(T0 + 30 * MINUTE), step: HOUR, length: 4 };
    expect(hoursFrom(axis, new Float64Array(4), T0, 2)).toBeUndefined();
  });
});

describe('the past of a series', () => {
  it('is what happened, or stands for it; not what was forecast or made up', () => {
    const qualities: Quality[] = [
      'measured',
      'estimated',
      'replayed',
      'synthetic',
      'forecast',
      'modelled',
      'yearly-average',
    ];
    const series = someSeries({
      start: T0,
      at: hour(9),
      values: [1, 2, 3, 4, 5, 6, 7],
      quality: (start) => qualities[(start - T0) / HOUR] ?? 'missing',
    });
    expect(historyList([series], hour(7))?.hours).toEqual([1, 2, 3, 4, null, null, null]);
    expect(historyList([series], hour(7), TRUTH)?.hours).toEqual([1, null, 3, 4, null, null, null]);
  });
});

describe('a history', () => {
  const one = someSeries({ start: hour(2), at: hour(9), values: [null, 130, 140, null, 160] });
  const other = someSeries({
    start: hour(1),
    at: hour(9),
    step: millis(30 * MINUTE),
    values: [null, null, 21, 23, 31, 33, 41, 43, 51, 53],
  });

  it('begins with the first hour that is known and ends at the moment', () => {
    expect(historyList([one], hour(8))).toEqual({ start: hour(3), hours: [130, 140, null, 160, null] });
    expect(historyList([one], hour(5))).toEqual({ start: hour(3), hours: [130, 140] });
    expect(historyList([one], instant(hour(5) + 59 * MINUTE))).toEqual({ start: hour(3), hours: [130, 140] });
  });

  it('is of all series, each hour from the first that knows it', () => {
    expect(historyList([one, other], hour(7))).toEqual({ start: hour(2), hours: [22, 130, 140, 52, 160] });
    expect(historyList([other, one], hour(7))).toEqual({ start: hour(2), hours: [22, 32, 42, 52, 160] });
  });

  it('begins at a whole hour, whenever its slots do', () => {
    const late = someSeries({
      start: instant(hour(1) + 15 * MINUTE),
      at: hour(9),
      step: millis(15 * MINUTE),
      values: [1, 2, 3, 4, 5, 6, 7],
    });
    expect(historyList([late], hour(3))).toEqual({ start: hour(2), hours: [5.5] });
  });

  describe('of generation', () => {
    const powers = (values: Readonly<Record<string, readonly number[]>>) =>
      new Map(
        SOURCES.flatMap((source): [Source, Float64Array][] => {
          const of = values[source];
          return of === undefined ? [] : [[source, Float64Array.from(of)]];
        }),
      );
    const generationOf = (...asked: Parameters<typeof historyOf>) =>
      historyOf(...asked)?.generation?.map(({ source, energyMWh }) => ({ [source]: listOf(energyMWh) }));

    it('is the mean power of each hour by source, from the first that knows it', () => {
      const hourly = someSeries({
        ...{ start: hour(3), at: hour(9), values: [100, 110, 120, 130] },
        powerMW: powers({ wind: [10, 20, Number.NaN, 40], gas: [1, 2, 3, 4] }),
      });
      const finer = someSeries({
        ...{ start: hour(4), at: hour(9), step: millis(30 * MINUTE), values: [1, 1, 1, 1] },
        powerMW: powers({ wind: [7, 9, 30, 34] }),
      });
      expect(generationOf([hourly, finer], hour(7))).toEqual([{ gas: [1, 2, 3, 4] }, { wind: [10, 20, 32, 40] }]);
      expect(generationOf([hourly, finer], hour(5))).toEqual([{ gas: [1, 2] }, { wind: [10, 20] }]);
    });

    it('is none of what never generates, of what is forecast, and of what few hours know', () => {
      const said = (change: object) =>
        someSeries({
          ...{ start: T0, at: hour(9), values: [100, 110, 120, 130] },
          powerMW: powers({
            gas: [1, 2, 3, Number.NaN],
            coal: [0, 0, 0, 0],
            wind: [10, 20, Number.NaN, Number.NaN],
          }),
          ...change,
        });
      expect(generationOf([said({})], hour(9))).toEqual([{ gas: [1, 2, 3, null, null, null, null, null, null] }]);
      expect(generationOf([said({ values: [1, 1, null, null] })], hour(2))).toEqual([
        { gas: [1, 2] },
        { wind: [10, 20] },
      ]);
      const ahead = said({ quality: (start: number): Quality => (start < hour(2) ? 'measured' : 'forecast') });
      expect(generationOf([ahead], hour(4))).toEqual([{ gas: [1, 2, null, null] }, { wind: [10, 20, null, null] }]);
    });
  });

  it('is none where nothing is known', () => {
    expect(historyOf([], hour(8))).toBeUndefined();
    expect(historyOf([one], hour(3))).toBeUndefined();
    expect(historyOf([one], hour(1))).toBeUndefined();
  });
});
