/**
 * What the bench of forecasts reads from a folder, and what it says is missing; and how it says how sure a difference is.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { published, readRegion, regionsIn } from '../../bench/carboncast.ts';
import { intervalOfMean, PlainBands } from '../../bench/forecast-statistics.ts';

const range = (length: number, value: (i: number) => number | string): string =>
  Array.from({ length }, (_, i) => value(i)).join(',');

describe('The data of the forecast bench', () => {
  let folder = '';
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), gzipSync(`${lines.join('\n')}\n`));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gridtide-bench-data-'));
    for (const region of ['DE', 'XX', 'empty']) mkdirSync(join(folder, region));
    const hourly = ['utc,ci_direct,ci_lifecycle,wind', '2020-01-01T00:00Z,10,20,5', '2020-01-01T02:00Z,12,,7'];
    write('DE/hourly.csv.gz', hourly);
    write('XX/hourly.csv.gz', ['# a remark', ...hourly]);
    for (const name of ['WIND_SPEED', 'TEMP', 'DPT']) {
      const header = `run_utc,${range(33, (i) => `${3 * i} hr fcst`)}`;
      const row = range(33, (i) => 273.15 + 3 * i);
      const holed = range(33, (i) => (i === 30 ? '' : 280));
      write(`DE/gfs96_${name}.csv.gz`, [header, `2020-01-01T00Z,${row}`, `2020-01-02T00Z,${holed}`]);
    }
    for (const name of ['DSWRF', 'PCP']) {
      const row = range(32, (i) => (i % 2 === 0 ? 100 : 150));
      write(`DE/gfs96_${name}.csv.gz`, [
        `run_utc,${range(32, (i) => i)}`,
        `2020-01-01T00Z,${row}`,
        `2020-01-02T00Z,${row}`,
      ]);
    }
    write('DE/carboncast_forecasts_h2_2021.csv.gz', [
      'run_utc,lead_h,cc_tier1_direct',
      '2021-07-01,0,5',
      '2021-07-01,95,6',
    ]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are the folders with hours', () => {
    expect(regionsIn(folder)).toEqual(['DE', 'XX']);
  });

  it('have gaps where a row or a cell is missing', () => {
    const { history } = readRegion(folder, 'DE', 'lifecycle', 0).record;
    expect(Array.from(history.intensityG)).toEqual([20, Number.NaN, Number.NaN]);
    expect(history.generation).toEqual([{ source: 'wind', energyMWh: Float64Array.of(5, Number.NaN, 7) }]);
  });

  it('turn states into the middles of hours, and six-hour cells into their second halves', () => {
    const [run, ...others] = readRegion(folder, 'DE', 'direct', 5 * 3_600_000).record.weather;
    expect(others).toEqual([]);
    expect(run?.knownAt).toBe(Date.parse('2020-01-01T05:00Z'));
    expect(Array.from(run?.temperatureC.subarray(0, 4) ?? [])).toEqual(
      [0.5, 1.5, 2.5, 3.5].map((value) => expect.closeTo(value, 9)),
    );
    expect(Array.from(run?.radiationW.subarray(2, 5) ?? [])).toEqual([100, 200, 200]);
    expect(Array.from(run?.rainMm.subarray(2, 5) ?? [])).toEqual([100, 50, 50]);
  });

  it('say what is missing', () => {
    expect(readRegion(folder, 'DE', 'direct', 0).missing).toEqual([
      'DE: no data of its neighbour NL',
      'DE: no data of its neighbour PL',
      'DE: no data of its neighbour SE',
      'DE: under 90 days of hours',
    ]);
    expect(readRegion(folder, 'XX', 'direct', 0).missing).toEqual([
      'XX: clocks, holidays and neighbours are not known; UTC is taken',
      'XX: no weather, so history alone speaks',
      'XX: under 90 days of hours',
    ]);
  });

  it('have what others forecast, by run', () => {
    const forecast = published(folder, 'DE', 'cc_tier1_direct').get(Date.parse('2021-07-01'));
    expect([forecast?.[0], forecast?.[1], forecast?.[95]]).toEqual([5, Number.NaN, 6]);
    expect(published(folder, 'XX', 'cc_tier1_direct').size).toBe(0);
  });
});

describe('The measures of the forecast bench', () => {
  it('know the mean of alike values for sure, and of a trend less', () => {
    expect(intervalOfMean(new Array(50).fill(3))).toEqual({ low: 3, high: 3 });
    const { low, high } = intervalOfMean(Array.from({ length: 181 }, (_, i) => Math.sin(i)));
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  it('have a plain band of what was off before, once it has passed', () => {
    const bands = new PlainBands();
    const forecast = new Float64Array(96).fill(100);
    const day = 86_400_000;
    for (let i = 0; i < 10; i++) bands.add(i * day, forecast, new Float64Array(96).fill(110));
    const [interval] = bands.intervals(10 * day, forecast, [0.8]);
    expect([interval?.lowG[0], interval?.highG[95]]).toEqual([expect.closeTo(110, 9), expect.closeTo(110, 9)]);
    expect(new PlainBands().intervals(0, forecast, [0.8])[0]?.lowG[0]).toBeNaN();
  });
});
