import { describe, expect, it } from 'vitest';
import { DAY, HOUR, type Instant, instant } from '../../units.ts';
import { dayAt, makeGrid, operatorOf } from './fixtures.ts';
import { Forecaster } from './forecaster.ts';
import type { ZoneRecord } from './record.ts';

const DAYS = 170;
const ORIGIN = dayAt(140);
const GRID = makeGrid({ days: DAYS });
/** As most zones are known: without weather, without generation by source. */
const PLAIN: ZoneRecord = {
  ...GRID,
  weather: [],
  history: { start: GRID.history.start, intensityG: GRID.history.intensityG },
};
const OPERATOR = operatorOf(GRID);
const TOLD: ZoneRecord = { ...PLAIN, operator: OPERATOR };

function rehearsed(record: ZoneRecord, from: Instant = instant(ORIGIN - 30 * DAY), origin: Instant = ORIGIN) {
  const forecaster = new Forecaster(record, (origin % DAY) / HOUR);
  forecaster.rehearse(from, origin, 10);
  forecaster.observe(origin);
  return { forecaster, forecast: forecaster.issue(origin) };
}

/** Mean error of `model` on the first day ahead, over the last `days` outcomes. */
function errorOf(forecaster: Pick<Forecaster, 'outcomes'>, model: string, days = 60): number {
  const errors = forecaster.outcomes
    .map((outcome) => outcome.get(model)?.[0] ?? Number.NaN)
    .filter((error) => !Number.isNaN(error))
    .slice(-days);
  return errors.reduce((a, b) => a + b, 0) / errors.length;
}

describe('a forecaster that hears what the operator forecasts', () => {
  const told = rehearsed(TOLD);

  it('errs less than half as much on the day that the wind and the sun of are told', () => {
    const without = rehearsed(PLAIN);
    expect(errorOf(told.forecaster, 'gridtide', 20)).toBeLessThan(0.5 * errorOf(without.forecaster, 'gridtide', 20));
    expect(told.forecast).toMatchObject({ model: 'blend', experts: ['history', 'operator'] });
  });

  it('errs less with weather as well', () => {
    const { generation: _, ...history } = GRID.history;
    const [withIt, without] = [
      { ...GRID, history, operator: OPERATOR },
      { ...GRID, history },
    ].map((record) => rehearsed(record));
    expect(withIt?.forecast?.experts).toEqual(['log', 'operator']);
    const errors = [withIt, without].map((one) =>
      one === undefined ? Number.NaN : errorOf(one.forecaster, 'gridtide', 20),
    );
    expect(errors[0]).toBeLessThan(0.95 * (errors[1] ?? Number.NaN));
  });

  it('hears it beside generation too', () => {
    expect(rehearsed({ ...GRID, operator: OPERATOR }).forecast?.experts).toEqual([
      'log-mix',
      'log',
      'amounts',
      'operator',
      'operator-amounts',
    ]);
  });

  it('speaks of no day ahead that the operator does not', () => {
    const spoken = told.forecast?.models.get('operator') ?? new Float64Array();
    expect([...spoken].map(Number.isNaN)).toEqual(Array.from({ length: 96 }, (_, hour) => hour >= 24));
    const blended = rehearsed(PLAIN).forecast?.models.get('blend');
    expect(told.forecast?.models.get('blend')?.subarray(24)).toEqual(blended?.subarray(24));
    const evening = instant(ORIGIN + 18 * HOUR);
    const later = rehearsed(TOLD, instant(evening - 50 * DAY), evening).forecast;
    expect(later?.experts).toContain('operator');
    expect([23, 47, 48].map((hour) => Number.isNaN(later?.models.get('operator')?.[hour]))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is not moved by what was issued after the origin, nor by what came', () => {
    const hour = (ORIGIN - PLAIN.history.start) / HOUR;
    const corrupted = {
      ...TOLD,
      history: {
        ...TOLD.history,
        intensityG: TOLD.history.intensityG.map((value, i) => (i < hour ? value : 3 * value)),
      },
      operator: OPERATOR.map((run) =>
        run.knownAt <= ORIGIN ? run : { ...run, windMW: run.windMW.map((power) => 90 - power), solarMW: run.windMW },
      ),
    };
    const other = rehearsed(corrupted);
    expect(other.forecast).toEqual(told.forecast);
    expect(other.forecaster.quantile(ORIGIN, 0.9)).toEqual(told.forecaster.quantile(ORIGIN, 0.9));
    const before = OPERATOR.map((run) => (run.start === ORIGIN ? { ...run, windMW: run.windMW.map(() => 0) } : run));
    expect(rehearsed({ ...TOLD, operator: before }).forecast?.intensityG).not.toEqual(told.forecast?.intensityG);
  });

  it('votes it down when it is wrong', () => {
    // From here on it forecasts calms for storms.
    const operator = OPERATOR.map((run, day) =>
      day < 105 ? run : { ...run, windMW: run.windMW.map((power) => Math.max(40 - power, 0)) },
    );
    const fooled = { ...TOLD, operator };
    const { forecaster } = rehearsed(fooled, dayAt(80), dayAt(165));
    const errorAfter = (days: number, model: string): number =>
      errorOf({ outcomes: forecaster.outcomes.slice(0, days - 60) }, model, 10);
    expect(errorAfter(10, 'operator')).toBeGreaterThan(1.5 * errorAfter(10, 'history'));
    expect(errorOf(forecaster, 'blend', 20)).toBeLessThan(1.1 * errorOf(forecaster, 'history', 20));
  });

  it('is not moved before it is known how far it errs, nor where nothing is told of the next hours', () => {
    const models = (record: ZoneRecord) => rehearsed(record, instant(ORIGIN - 4 * DAY)).forecast;
    expect(models(TOLD)?.models.has('operator')).toBe(true);
    expect(models(TOLD)?.experts).toEqual(['history']);
    const late = OPERATOR.filter(({ start }) => start !== ORIGIN);
    const silent = rehearsed({ ...TOLD, operator: late }).forecast;
    expect([silent?.model, silent?.models.has('operator')]).toEqual(['history', false]);
    expect(rehearsed({ ...PLAIN, operator: [] }).forecast).toEqual(rehearsed(PLAIN).forecast);
  });

  it('goes on where the wind alone is forecast, and over gaps', () => {
    const windAlone = OPERATOR.map((run) => ({ ...run, solarMW: run.solarMW.map(() => Number.NaN) }));
    expect(rehearsed({ ...TOLD, operator: windAlone }).forecast?.experts).toContain('operator');
    const holed = OPERATOR.filter((_, day) => day % 9 !== 3).map((run, day) =>
      day % 5 === 0 ? { ...run, windMW: run.windMW.map((power, hour) => (hour === 20 ? Number.NaN : power)) } : run,
    );
    const { forecaster, forecast } = rehearsed({ ...TOLD, operator: holed });
    expect(forecast?.experts).toContain('operator');
    expect(errorOf(forecaster, 'operator', 20)).toBeLessThan(0.7 * errorOf(forecaster, 'history', 20));
  });
});
