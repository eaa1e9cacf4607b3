import { describe, expect, it } from 'vitest';
import { DAY, HOUR, instant, MINUTE } from '../units.ts';
import { dayAt, makeGrid } from './models/fixtures.ts';
import type { ZoneRecord } from './models/record.ts';
import { forecastZone, originAt } from './zone-forecast.ts';

const GRID = makeGrid({ days: 112 });
/** Not at midnight, so that the hour of the day matters. */
const ORIGIN = instant(dayAt(108) + 5 * HOUR);

/** A grid whose every number from `time` on is another, weather that was known after it included. */
function corruptedFrom(record: ZoneRecord, time: number): ZoneRecord {
  const first = (time - record.history.start) / HOUR;
  const corrupt = (values: Float64Array): Float64Array => values.map((value, i) => (i < first ? value : 3 * value + i));
  const { generation = [], ...history } = record.history;
  return {
    ...record,
    history: {
      ...history,
      intensityG: corrupt(history.intensityG),
      generation: generation.map(({ source, energyMWh }) => ({ source, energyMWh: corrupt(energyMWh) })),
    },
    weather: record.weather.map((run) =>
      run.knownAt <= time ? run : { ...run, windMS: run.windMS.map((wind) => 20 - wind) },
    ),
  };
}

describe('the forecast of a zone', () => {
  const forecast = forecastZone(GRID, ORIGIN);

  it('is of 96 hours, between p10 and p90, with the one of the day before and what became of earlier ones', () => {
    expect(forecast).toMatchObject({ origin: ORIGIN, model: 'blend', since: GRID.history.start });
    for (const one of [forecast, forecast?.dayBefore]) {
      expect(one?.intensityG).toHaveLength(96);
      const within = one?.intensityG.filter(
        (value, i) => (one.lowG[i] ?? Infinity) < value && value < (one.highG[i] ?? 0),
      );
      expect(within?.length).toBeGreaterThan(90);
    }
    expect(forecast?.dayBefore?.origin).toBe(ORIGIN - DAY);
    expect(forecast?.outcomes.length).toBeGreaterThan(40);
    const last = forecast?.outcomes.at(-5);
    expect(last?.get('gridtide')?.some(Number.isNaN)).toBe(false);
  });

  it('rests on nothing that came later than its origin', () => {
    expect(forecastZone(corruptedFrom(GRID, ORIGIN), ORIGIN)).toEqual(forecast);
  });

  it('is of the day before as if that day were now', () => {
    const corrupted = forecastZone(corruptedFrom(GRID, ORIGIN - DAY), ORIGIN);
    expect(corrupted?.dayBefore).toEqual(forecast?.dayBefore);
    expect(corrupted?.intensityG).not.toEqual(forecast?.intensityG);
  });

  it('has no band where little is known, and no forecast where nearly nothing is', () => {
    const young = forecastZone(makeGrid({ days: 40 }), dayAt(40));
    expect(young?.intensityG.some(Number.isNaN)).toBe(false);
    expect(young?.lowG.every(Number.isNaN)).toBe(true);
    expect(young?.highG.every(Number.isNaN)).toBe(true);
    expect(forecastZone(makeGrid({ days: 10 }), dayAt(10))).toBeUndefined();
  });
});

it('a forecast is issued at the whole hour that holds the moment', () => {
  expect(originAt(instant(ORIGIN + 59 * MINUTE))).toBe(ORIGIN);
  expect(originAt(ORIGIN)).toBe(ORIGIN);
});
