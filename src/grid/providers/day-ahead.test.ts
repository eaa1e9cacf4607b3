import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { HOUR, instant, MINUTE, millis } from '../../units.ts';
import { type DayAheadParts, type DayAheadSlot, dayAheadReading } from './day-ahead.ts';
import { energinetDayAhead } from './energinet-day-ahead.ts';
import { energyCharts } from './energy-charts.ts';
import { entsoeDayAhead } from './entsoe-day-ahead.ts';

const slotsOf = (type: string, from: string, hours: number, powerMW: (i: number) => number, minutes = 60) =>
  Array.from({ length: (hours * 60) / minutes }, (_, i): DayAheadSlot => {
    const step = millis(minutes * MINUTE);
    const source = type === 'sun' ? 'solar' : 'wind';
    return { source, type, start: instant(at(from) + i * step), step, powerMW: powerMW(i) };
  });

const read = (slots: readonly DayAheadSlot[], change: Partial<DayAheadParts> = {}) =>
  dayAheadReading({
    provider: 'test',
    slots,
    timeZone: 'Europe/Brussels',
    outBy: '18:00',
    range: { start: at('2026-03-18T00:00Z'), end: at('2026-03-18T12:00Z') },
    now: at('2026-03-18T09:00Z'),
    source: 'https://example.org',
    bodies: ['x'],
    ...change,
  }).runs;

describe('a forecast of the day before', () => {
  it('is of the days of its publisher, and was out on the evening before', () => {
    const [first, ...rest] = read(slotsOf('wind', '2026-03-17T22:00Z', 40, (i) => i));
    expect(rest).toEqual([]);
    expect(first?.start).toBe(at('2026-03-17T23:00Z'));
    expect(first?.knownAt).toBe(at('2026-03-17T17:00Z'));
    expect([...(first?.windMW ?? [])]).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(first?.solarMW.every(Number.isNaN)).toBe(true);
  });

  it('has 23 hours when clocks go forward, 25 when they go back, and is out by the clock of the day before', () => {
    const of = (date: string) => {
      const noon = at(`${date}T12:00Z`);
      const slots = slotsOf('wind', new Date(noon - 36 * HOUR).toISOString(), 72, () => 5);
      return read(slots, { range: { start: noon, end: instant(noon + HOUR) }, now: noon })[0];
    };
    expect([of('2026-03-29')?.windMW.length, of('2026-10-25')?.windMW.length]).toEqual([23, 25]);
    expect(of('2026-03-29')?.knownAt).toBe(at('2026-03-28T17:00Z'));
    expect(of('2026-03-30')?.knownAt).toBe(at('2026-03-29T16:00Z'));
  });

  it('of tomorrow that is out early is known when it is read', () => {
    const range = { start: at('2026-03-19T00:00Z'), end: at('2026-03-19T12:00Z') };
    const slots = slotsOf('wind', '2026-03-18T22:00Z', 40, () => 5);
    expect(read(slots, { range })[0]?.knownAt).toBe(at('2026-03-18T09:00Z'));
  });

  it('knows an hour when all of it is published, and wind when all its types are', () => {
    const quarters = slotsOf('sun', '2026-03-17T23:00Z', 24, (i) => (i === 5 ? Number.NaN : i % 4), 15);
    const land = slotsOf('land', '2026-03-17T23:00Z', 24, () => 100);
    const sea = slotsOf('sea', '2026-03-17T23:00Z', 3, (i) => i);
    const [run] = read([...quarters, ...land, ...sea]);
    expect([...(run?.solarMW ?? [])].slice(0, 3)).toEqual([1.5, Number.NaN, 1.5]);
    expect([...(run?.windMW ?? [])].slice(0, 4)).toEqual([100, 101, 102, Number.NaN]);
  });

  it('a little below zero is zero; far below, or a type that comes twice, is refused', () => {
    const [run] = read(slotsOf('wind', '2026-03-17T23:00Z', 24, () => -3));
    expect(run?.windMW[0]).toBe(0);
    for (const power of [-101, 500_001])
      expect(() => read(slotsOf('wind', '2026-03-17T23:00Z', 24, () => power))).toThrow('wind is said to be');
    const twice = slotsOf('wind', '2026-03-17T23:00Z', 24, () => 5);
    expect(() => read([...twice, ...twice.slice(3, 4)])).toThrow('wind comes twice');
  });

  it('of which nothing is published is none', () => {
    expect(read(slotsOf('wind', '2026-03-17T23:00Z', 24, () => Number.NaN))).toEqual([]);
    expect(read([])).toEqual([]);
  });
});

describe('what operators forecast, by provider', () => {
  it('entsoe: a curve that leaves out what repeats, quarters and hours alike, in parts of a fortnight', async () => {
    const { zone, range, context } = play('day-ahead/entsoe');
    const { runs } = await entsoeDayAhead.dayAhead(zone, range, context);
    expect([...(runs[0]?.solarMW ?? [])].filter((power) => power === 0)).toHaveLength(12);
    expect(runs[0]?.windMW.every((power) => power > 2_000)).toBe(true);
    const long = play('day-ahead/entsoe', (body, url) => {
      const from = new URL(url).searchParams.get('periodStart') ?? '';
      return from.startsWith('20260306')
        ? body
        : '<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>';
    });
    const year = { start: at('2026-01-10T00:00Z'), end: range.end };
    expect((await entsoeDayAhead.dayAhead(zone, year, long.context)).runs).toHaveLength(2);
    expect(long.asked).toHaveLength(6);
  });

  it('entsoe: refuses another document, and a type that is neither wind nor sun', async () => {
    for (const change of [
      (body: string) => body.replace('A69', 'A75'),
      (body: string) => body.replace('B19', 'B14'),
      (body: string) => body.replace('MAW', 'GWH'),
    ]) {
      const { zone, range, context } = play('day-ahead/entsoe', change);
      expect((await failureOf(entsoeDayAhead.dayAhead(zone, range, context))).code).toBe('grid/invalid-data');
    }
  });

  it('energinet: asks for all rows and in UTC, and refuses what was cut short or is of no known type', async () => {
    const { zone, range, context, asked } = play('day-ahead/energinet');
    const { runs } = await energinetDayAhead.dayAhead(zone, range, context);
    expect(runs[0]?.windMW[0]).toBe(610 + 1413.4);
    const { searchParams } = new URL(asked[0] ?? '');
    expect([searchParams.get('limit'), searchParams.get('timezone')]).toEqual(['0', 'utc']);
    for (const change of [
      (body: string) => body.replace('"total":144', '"total":145'),
      (body: string) => body.replace('Onshore Wind', 'Wind in space'),
      (body: string) => body.replace('"HourUTC":"2026-03-18T01:00:00"', '"HourUTC":"2026-03-18T01:30:00"'),
    ]) {
      const broken = play('day-ahead/energinet', change);
      expect((await failureOf(energinetDayAhead.dayAhead(zone, range, broken.context))).code).toBe('grid/invalid-data');
    }
  });

  it('energy-charts: a country without a type has none of it, by 404 or by nulls', async () => {
    const { operator } = energyCharts;
    for (const offshore of [
      { status: 404, body: '' },
      (body: string) =>
        body.replace(
          /"forecast_values":\[([^\]]*)\]/,
          (_, list: string) => `"forecast_values":[${list.replaceAll(/[^,]+/g, 'null')}]`,
        ),
    ]) {
      const { zone, range, context } = play('day-ahead/energy-charts', (body, url) => {
        if (!url.includes('wind_offshore')) return body;
        return typeof offshore === 'function' ? offshore(body) : offshore;
      });
      const reading = await operator?.dayAhead(zone, range, context);
      expect(reading?.runs).toHaveLength(2);
      expect(reading?.runs[0]?.windMW[0]).toBeCloseTo(13_800, -3);
    }
  });

  it('energy-charts: refuses another forecast, arrays of different length, and times that keep no step', async () => {
    const { operator } = energyCharts;
    for (const change of [
      (body: string) => body.replace('day-ahead', 'current'),
      (body: string) => body.replace(',"forecast_values":[', ',"forecast_values":[1,'),
      (body: string) => body.replace('1773788400,', '1773788460,'),
    ]) {
      const { zone, range, context } = play('day-ahead/energy-charts', change);
      const failure = await failureOf(operator?.dayAhead(zone, range, context) ?? Promise.resolve());
      expect(failure.code).toBe('grid/invalid-data');
    }
  });
});
