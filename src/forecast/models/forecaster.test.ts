import { describe, expect, it } from 'vitest';
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../../units.ts';
import { EXPERTS } from './experts.ts';
import { dayAt, makeGrid, START, truthAt } from './fixtures.ts';
import { type Forecast, Forecaster } from './forecaster.ts';
import type { ZoneRecord } from './record.ts';
import { skillOf } from './skill.ts';

const DAYS = 170;
const ORIGIN = dayAt(140);
const GRID = makeGrid({ days: DAYS });
const EXPERT_NAMES: ReadonlySet<string> = new Set(EXPERTS.map(({ name }) => name));

/** A forecaster that has rehearsed a fortnight before `origin`. */
function rehearsed(
  record: ZoneRecord,
  origin: Instant = ORIGIN,
): { forecaster: Forecaster; forecast: Forecast | undefined } {
  const forecaster = new Forecaster(record, (origin % DAY) / HOUR);
  forecaster.rehearse(origin - 25 * DAY, origin, 12);
  forecaster.observe(origin);
  return { forecaster, forecast: forecaster.issue(origin) };
}

const forecastOf = (record: ZoneRecord, origin?: Instant): number[] => [
  ...(rehearsed(record, origin).forecast?.intensityG ?? []),
];
const close = (values: readonly number[]): number[] => values.map((value) => expect.closeTo(value, 6));

/** A grid whose every number after `time` is another. */
function corruptedAfter(record: ZoneRecord, time: number): ZoneRecord {
  const first = (time - record.history.start) / HOUR;
  const corrupt = (values: Float64Array): Float64Array => values.map((value, i) => (i < first ? value : 3 * value + i));
  const { history, weather } = record;
  return {
    ...record,
    history: {
      ...history,
      intensityG: corrupt(history.intensityG),
      generation: history.generation?.map(({ source, energyMWh }) => ({ source, energyMWh: corrupt(energyMWh) })) ?? [],
    },
    weather: weather.map((run) =>
      run.knownAt <= time ? run : { ...run, windMS: run.windMS.map((wind) => 20 - wind) },
    ),
  };
}

describe('A forecaster', () => {
  const { forecaster, forecast } = rehearsed(GRID);

  it('errs less than repetition on a grid that weather moves', () => {
    const record = makeGrid({ days: DAYS, seed: 9 });
    const made = new Forecaster(record, 0);
    made.rehearse(dayAt(110), dayAt(160), 10);
    const errors = new Map<string, number>();
    for (const outcome of made.outcomes) {
      for (const [name, days] of outcome) {
        if (!days.some(Number.isNaN)) errors.set(name, (errors.get(name) ?? 0) + days.reduce((a, b) => a + b));
      }
    }
    const of = (name: string): number => errors.get(name) ?? Number.NaN;
    expect(of('gridtide')).toBeLessThan(0.6 * of('seasonal'));
    expect(of('gridtide')).toBeLessThan(0.8 * of('history'));
    expect(of('seasonal')).toBeLessThan(of('yesterday'));
  });

  it('is not moved by what comes after the origin, whatever it is', () => {
    const corrupted = rehearsed(corruptedAfter(GRID, ORIGIN));
    expect(corrupted.forecast).toEqual(forecast);
    expect(corrupted.forecaster.quantile(ORIGIN, 0.9)).toEqual(forecaster.quantile(ORIGIN, 0.9));
  });

  it('is moved by what came before', () => {
    expect(forecastOf(corruptedAfter(GRID, ORIGIN - HOUR))).not.toEqual([...(forecast?.intensityG ?? [])]);
    const known = GRID.weather.filter((run) => run.knownAt <= ORIGIN - DAY);
    expect(forecastOf({ ...GRID, weather: known })).not.toEqual([...(forecast?.intensityG ?? [])]);
  });

  it('is not moved by a run that was made in time and known too late', () => {
    const late = GRID.weather.map((run) => ({ ...run, knownAt: instant(run.knownAt + 5 * HOUR) }));
    const cut = late.filter((run) => run.knownAt <= ORIGIN);
    expect(forecastOf({ ...GRID, weather: late })).toEqual(forecastOf({ ...GRID, weather: cut }));
  });

  it('remembers its errors once it has seen enough of them', () => {
    const blended = forecast?.models.get('blend');
    expect(forecast?.intensityG).not.toEqual(blended);
    const fresh = new Forecaster(GRID, 0);
    fresh.learn(ORIGIN);
    const first = fresh.issue(ORIGIN);
    expect(first?.intensityG).toEqual(first?.models.get('blend')?.map((value) => Math.exp(Math.log(value))));
  });

  it('scales with the series', () => {
    const scaled = {
      ...GRID,
      history: { ...GRID.history, intensityG: GRID.history.intensityG.map((value) => 3 * value) },
    };
    expect(forecastOf(scaled)).toEqual(close(Array.from(forecast?.intensityG ?? [], (value) => 3 * value)));
  });

  it('forecasts at any hour of the day', () => {
    const origin = instant(ORIGIN + 7 * HOUR);
    const { forecast: made } = rehearsed(GRID, origin);
    expect(made?.model).toBe('blend');
    const seasonal = made?.models.get('seasonal') ?? new Float64Array(0);
    const truth = truthAt(GRID.history, origin);
    const error = (values: Float64Array): number => skillOf(values, truth).mapePercent;
    expect(error(made?.intensityG ?? new Float64Array(0))).toBeLessThan(error(seasonal));
  });

  it('gives 96 hours across both changes of clocks', () => {
    for (const day of [87, 88, 89, 90]) {
      const made = new Forecaster(GRID, 0);
      made.learn(dayAt(day));
      const values = made.issue(dayAt(day))?.intensityG ?? new Float64Array(0);
      expect(values).toHaveLength(96);
      expect(values.every((value) => value > 0)).toBe(true);
    }
  });

  it('goes on over gaps, in history and in weather', () => {
    const intensityG = GRID.history.intensityG.slice();
    for (let i = 0; i < intensityG.length; i += 13) intensityG[i] = Number.NaN;
    intensityG.fill(Number.NaN, 2_000, 2_030);
    const holed = {
      ...GRID,
      history: { ...GRID.history, intensityG },
      weather: GRID.weather.filter((_, i) => i % 11 !== 3),
    };
    const { forecast: made } = rehearsed(holed);
    expect(made?.model).toBe('blend');
    const error = (values: Float64Array | undefined): number =>
      skillOf(values ?? new Float64Array(96), truthAt(GRID.history, ORIGIN)).mapePercent;
    expect(error(made?.intensityG)).toBeLessThan(1.5 * error(forecast?.intensityG));
  });

  it('falls back on history where there is no weather, and on repetition before it has learned', () => {
    expect(rehearsed({ ...GRID, weather: [] }).forecast?.model).toBe('history');
    const silent = { ...GRID, weather: GRID.weather.filter((run) => run.start < dayAt(130)) };
    expect(rehearsed(silent).forecast?.model).toBe('history');
    expect(new Forecaster(GRID, 0).issue(ORIGIN)?.model).toBe('seasonal');
  });

  it('learns from weather that began after history', () => {
    const late = { ...GRID, weather: GRID.weather.filter((run) => run.start >= dayAt(60)) };
    expect(rehearsed(late).forecast?.model).toBe('blend');
  });

  it('does without the mix where the newest hours of it are not out yet', () => {
    const { history } = GRID;
    const generation = history.generation?.map(({ source, energyMWh }) => ({
      source,
      energyMWh: energyMWh.map((value, i) => (i < (ORIGIN - START) / HOUR - 30 ? value : Number.NaN)),
    }));
    const { forecast: made } = rehearsed({ ...GRID, history: { ...history, generation: generation ?? [] } });
    expect(made?.model).toBe('log');
    expect([made?.models.has('log'), made?.models.has('log-mix')]).toEqual([true, false]);
  });

  it('says nothing where the last weeks are missing', () => {
    const intensityG = GRID.history.intensityG.slice();
    intensityG.fill(Number.NaN, (ORIGIN - START) / HOUR - 24 * 10);
    expect(rehearsed({ ...GRID, history: { ...GRID.history, intensityG } }).forecast).toBeUndefined();
  });

  it('needs no generation by source', () => {
    const { generation: _, ...history } = GRID.history;
    const { forecast: made } = rehearsed({ ...GRID, history });
    expect(made?.model).toBe('log');
    expect(Array.from(made?.models.keys() ?? []).filter((name) => EXPERT_NAMES.has(name))).toEqual([
      'history',
      'weather',
      'log',
    ]);
    expect(made?.models.get('blend')).toEqual(made?.models.get('log')?.map((value) => Math.exp(Math.log(value))));
    const { forecast: without } = rehearsed({ ...GRID, history, weather: [] });
    expect(without?.model).toBe('history');
    expect([...(without?.models.keys() ?? [])].filter((name) => EXPERT_NAMES.has(name))).toEqual(['history']);
  });

  it('hears its neighbours', () => {
    const { history, weather } = makeGrid({ days: DAYS, seed: 3 });
    const { forecast: made } = rehearsed({ ...GRID, neighbours: [{ history, weather }] });
    expect(made?.model).toBe('blend');
    expect(made?.intensityG).not.toEqual(forecast?.intensityG);
  });

  it('scores the forecasts of others beside its own', () => {
    const made = new Forecaster(GRID, 0);
    const truth = truthAt(GRID.history, ORIGIN);
    made.issue(ORIGIN, new Map([['provider', truth]]));
    made.observe(ORIGIN + 2 * DAY);
    expect(Array.from(made.outcomes[0]?.get('provider') ?? [])).toEqual([0, 0, Number.NaN, Number.NaN]);
  });

  it('counts an origin that is issued again once', () => {
    const made = new Forecaster(GRID, 0);
    const twice = [made.issue(ORIGIN), made.issue(ORIGIN)];
    expect(twice[0]).toEqual(twice[1]);
    expect(made.outcomes).toHaveLength(1);
  });

  it('answers on the steps and at the ranks that are asked for', () => {
    const answer = forecaster.onSteps(ORIGIN, millis(15 * MINUTE), [0.1, 0.9]);
    expect(answer?.intensityG).toHaveLength(384);
    expect([...(answer?.quantilesG.keys() ?? [])]).toEqual([0.1, 0.9]);
    expect(forecaster.onSteps(instant(ORIGIN + HOUR), millis(HOUR), [])).toBeUndefined();
  });
});
