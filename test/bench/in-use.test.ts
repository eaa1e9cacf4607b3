/**
 * What the bench says of forecasts in use is what users get: the same forecasts, of the hours from now on.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { forecastsInUse, recordInUse, skillInUse } from '../../bench/in-use.ts';
import { dayAt, makeGrid } from '../../src/forecast/models/fixtures.ts';
import { forecastZone } from '../../src/forecast/zone-forecast.ts';
import { HOUR, instant } from '../../src/units.ts';

const LAG = 2;
const GRID = makeGrid({ days: 250 });
const MOMENTS = [220, 232, 244].map(dayAt);
const ORIGINS = MOMENTS.map((moment) => instant(moment - LAG * HOUR));
const RECORD = recordInUse(GRID, MOMENTS, LAG);

describe('A forecast in use, as the bench makes it', () => {
  const [first, ...later] = forecastsInUse(RECORD, ORIGINS);

  it('is that of the product where it is the first', () => {
    expect(forecastZone(RECORD, ORIGINS[0] ?? dayAt(0))).toMatchObject({ ...first });
  });

  it('is within four percent of it where a rehearsal goes on instead of beginning anew', () => {
    expect(later).toHaveLength(2);
    for (const ours of later) {
      const anew = forecastZone(RECORD, ours.origin);
      for (const name of ['intensityG', 'lowG', 'highG'] as const) {
        const apart = ours[name].map((value, hour) => Math.abs(value / (anew?.[name][hour] ?? Number.NaN) - 1));
        expect(apart.reduce((a, b) => a + b, 0) / apart.length).toBeLessThan(0.04);
      }
    }
  });

  it('knows neither generation nor neighbours', () => {
    expect(RECORD.history.generation).toBeUndefined();
    expect(RECORD.neighbours).toEqual([]);
  });

  it('knows the run of weather of its moment, and the hours before from the run of the day before', () => {
    const moment = MOMENTS[0] ?? dayAt(0);
    const [run, before] = [moment, dayAt(219)].map((start) => GRID.weather.find((one) => one.start === start));
    const joined = RECORD.weather.find(({ start }) => start === moment - LAG * HOUR);
    expect(joined?.knownAt).toBe(ORIGINS[0]);
    expect(joined?.windMS.subarray(0, LAG)).toEqual(before?.windMS.subarray(22, 24));
    expect(joined?.windMS.subarray(LAG)).toEqual(run?.windMS);
    expect(recordInUse(GRID, MOMENTS, 0).weather).toEqual(GRID.weather);
  });

  it('counts from now on: not the hours that have passed since its origin', () => {
    const truthG = new Float64Array(96).fill(100);
    const intensityG = truthG.map((_, hour) => (hour < 2 ? 900 : hour < 8 ? 110 : hour < 26 ? 120 : 100));
    const flat = (value: number): Float64Array => new Float64Array(96).fill(value);
    const highG = truthG.map((_, hour) => (hour < 14 ? 90 : 120));
    const skill = skillInUse({ origin: dayAt(0), intensityG, lowG: flat(80), highG }, truthG, LAG);
    expect(skill.firstHours).toBeCloseTo(10);
    expect(skill.dayOne).toBeCloseTo((6 * 10 + 18 * 20) / 24);
    expect(skill.all).toBeCloseTo((6 * 10 + 18 * 20) / 94);
    expect(skill.within).toBeCloseTo(50);
  });
});
