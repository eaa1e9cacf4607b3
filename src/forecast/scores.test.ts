import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { SIGNAL, someSeries } from '../../test/support/some-series.ts';
import { openVintages } from '../grid/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import { openScores, outcomesOf, type Score, type Scores, skillsOf } from './scores.ts';

const T0 = instant(Date.UTC(2026, 2, 18));
const hour = (n: number): Instant => instant(T0 + n * HOUR);
const score = (change: Partial<Score> = {}): Score => ({
  model: 'gridtide',
  origin: T0,
  day: 0,
  hours: 24,
  mapePercent: 10,
  within: 20,
  ...change,
});

describe('scores that are kept', () => {
  let store: Store;
  let scores: Scores;
  let series: number;
  beforeEach(async () => {
    const { folder, cleanup } = temporaryFolder();
    store = await openStore(folder);
    onTestFinished(async () => {
      await store.close();
      cleanup();
    });
    scores = openScores(store);
    series = await seriesOf('energy-charts');
  });
  const seriesOf = async (provider: string): Promise<number> => {
    const vintages = openVintages(store);
    await vintages.keep(someSeries({ start: T0, at: T0, values: [1], provider }));
    const id = await vintages.id({ provider, zone: 'DE', signal: SIGNAL, step: HOUR });
    if (id === undefined) throw new Error('it was kept');
    return id;
  };

  it('are read as they were known at a moment, the oldest origin first', async () => {
    const [old, young] = [score({ origin: hour(-6) }), score({ within: null })];
    await scores.keep(series, [young], hour(24));
    await scores.keep(series, [old], hour(25));
    expect(await scores.read(series, hour(-6), hour(25))).toEqual([old, young]);
    expect(await scores.read(series, hour(-6), hour(24))).toEqual([young]);
    expect(await scores.read(series, hour(-6), instant(hour(24) - 1))).toEqual([]);
    expect(await scores.read(series, hour(-5), hour(25))).toEqual([young]);
  });

  it('stay as they were first', async () => {
    await scores.keep(series, [score()], hour(24));
    await scores.keep(
      series,
      [score({ mapePercent: 99 }), score({ day: 1 }), score({ model: 'energy-charts' })],
      hour(48),
    );
    expect(await scores.read(series, T0, hour(24))).toEqual([score()]);
    expect(await scores.read(series, T0, hour(48))).toHaveLength(3);
    expect(await scores.read(series, T0, hour(48))).toContainEqual(score());
  });

  it('are of their series', async () => {
    await scores.keep(series, [score()], hour(24));
    expect(await scores.read(await seriesOf('neso-uk'), T0, hour(24))).toEqual([]);
  });

  it('may be none', async () => {
    await scores.keep(series, [], hour(24));
    expect(await scores.read(series, T0, hour(24))).toEqual([]);
  });
});

it('scores are compared by origin, each model with its errors by day ahead', () => {
  const [first, second] = outcomesOf([
    score({ day: 0, mapePercent: 10 }),
    score({ day: 2, mapePercent: 30 }),
    score({ model: 'energy-charts', day: 0, mapePercent: 20 }),
    score({ origin: hour(6), day: 3, mapePercent: 40 }),
  ]);
  expect(first).toEqual(
    new Map([
      ['gridtide', Float64Array.of(0.1, Number.NaN, 0.3, Number.NaN)],
      ['energy-charts', Float64Array.of(0.2, Number.NaN, Number.NaN, Number.NaN)],
    ]),
  );
  expect(second).toEqual(new Map([['gridtide', Float64Array.of(Number.NaN, Number.NaN, Number.NaN, 0.4)]]));
});

it('skill is the mean over forecasts, by model and day; within the band, over those that had one', () => {
  const skills = skillsOf([
    score({ mapePercent: 10, hours: 24, within: 24 }),
    score({ mapePercent: 20, hours: 20, within: 9, origin: hour(6) }),
    score({ mapePercent: 30, within: null, origin: hour(12) }),
    score({ day: 3, mapePercent: 7, within: null }),
    score({ model: 'energy-charts', mapePercent: 5, within: null }),
  ]);
  expect(skills).toEqual([
    { model: 'gridtide', day: 0, origins: 3, mapePercent: 20, within: 33 / 44 },
    { model: 'gridtide', day: 3, origins: 1, mapePercent: 7, within: undefined },
    { model: 'energy-charts', day: 0, origins: 1, mapePercent: 5, within: undefined },
  ]);
  expect(skillsOf([])).toEqual([]);
});
