/**
 * `gridtide forecast`: the real command on a generated grid, on a file that is too short, and on a live grid that a test
 * plays.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openVintages } from '../../src/grid/index.ts';
import { electricityMaps } from '../../src/grid/providers/electricity-maps.ts';
import { openStore } from '../../src/store/index.ts';
import { instant } from '../../src/units.ts';
import { until } from '../support/folders.ts';
import { MAIN } from '../support/gridtide.ts';
import { openLiveGrid } from '../support/live-grid.ts';
import { untilNoneOf } from '../support/processes.ts';
import { someSeries } from '../support/some-series.ts';
import { oneObject, openStage, type Stage } from '../support/stage.ts';

const LIMIT = { timeout: 60_000 };
const HOUR = 3_600_000;

const hours = (length: number) => z.array(z.number().positive()).length(length);
const skill = z.strictObject({
  model: z.string(),
  day: z.number().int().min(1).max(4),
  forecasts: z.number().int().positive(),
  mapePercent: z.number(),
  within80Percent: z.number().nullable(),
});
const forecastSchema = z.strictObject({
  schemaVersion: z.literal(1),
  zone: z.string(),
  signal: z.record(z.string(), z.string()),
  source: z.string(),
  dataVintage: z.string().nullable(),
  licence: z.string(),
  mayBePassedOn: z.boolean(),
  start: z.string(),
  slotMinutes: z.literal(60),
  intensityGPerKWh: hours(96),
  p10GPerKWh: hours(96),
  p90GPerKWh: hours(96),
  dayBefore: z.strictObject({
    start: z.string(),
    rehearsed: z.boolean(),
    intensityGPerKWh: hours(24),
    cameGPerKWh: hours(24),
  }),
  issued: z.array(skill),
  rehearsed: z.array(skill),
  inUse: z.array(z.string()),
  notes: z.array(z.string()),
});

let stage: Stage;
beforeEach(() => {
  stage = openStage({ GRIDTIDE_ZONE: 'DE' });
});
afterEach(async () => {
  try {
    await untilNoneOf(stage.folder);
  } finally {
    await stage.close();
  }
});

describe('gridtide forecast', () => {
  it('tells the next four days with their band, and the last one beside what came', LIMIT, async () => {
    const ended = await stage.command('forecast', 'DE', '--synthetic', '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const told = forecastSchema.parse(oneObject(ended));
    expect(told).toMatchObject({
      zone: 'DE',
      source: 'history model, from 730 days of synthetic day, seed 1',
      dataVintage: null,
      mayBePassedOn: true,
      start: '2026-03-18T17:00:00Z',
      dayBefore: { start: '2026-03-17T17:00:00Z', rehearsed: true },
      issued: [],
      inUse: [],
      notes: [],
    });
    const within = told.intensityGPerKWh.filter(
      (value, i) => (told.p10GPerKWh[i] ?? Infinity) <= value && value <= (told.p90GPerKWh[i] ?? 0),
    );
    expect(within.length).toBeGreaterThan(90);
    const [ours, naive] = ['gridtide', 'yesterday'].map((name) =>
      told.rehearsed.filter(({ model }) => model === name).map(({ mapePercent }) => mapePercent),
    );
    expect(ours).toHaveLength(4);
    expect(ours?.every((error, day) => error < (naive?.[day] ?? 0))).toBe(true);
    // What is generated is kept nowhere.
    expect(existsSync(stage.home)).toBe(false);
  });

  it('says of a forecast that was learned from restricted values that it may not be passed on', LIMIT, async () => {
    const now = instant(Date.parse('2026-03-18T12:00Z'));
    const store = await openStore(stage.home);
    try {
      const values = Array.from({ length: 24 * 40 }, (_, hour) => 300 + 100 * Math.sin((2 * Math.PI * hour) / 24));
      const start = instant(now - values.length * HOUR);
      const { id: provider, signal } = electricityMaps;
      await openVintages(store).keep(someSeries({ start, at: now, values, provider, signal }));
    } finally {
      await store.close();
    }
    const ended = await stage.command('forecast', 'DE', '--at', '2026-03-18T12:00Z', '--json');
    expect(oneObject(ended)).toMatchObject({ zone: 'DE', mayBePassedOn: false });
  });

  it('is of the zone that is named, by whatever name, once', LIMIT, async () => {
    const named = ['forecast', 'Norway', '--zone', 'FR', '--synthetic', '--json'];
    const twice = await stage.command(...named);
    expect(twice.code).toBe(64);
    expect(oneObject(twice)).toMatchObject({
      error: { code: 'cli/usage', message: 'the zone is named twice', value: 'FR', expected: 'Norway' },
    });
    const nowhere = await stage.command('forecast', 'Germny', '--synthetic', '--json');
    expect(oneObject(nowhere)).toMatchObject({ error: { code: 'grid/no-zone', value: 'Germny' } });
  });

  it('ends with 75 where too little is known to look ahead', LIMIT, async () => {
    const start = Date.UTC(2022, 5, 1);
    const rows = Array.from({ length: 48 }, (_, i) => `${new Date(start + i * HOUR).toISOString()},${300 + i}\n`);
    stage.write('grid.csv', `time,DE\n${rows.join('')}`);
    const short = await stage.command('forecast', 'DE', '--grid', 'grid.csv', '--at', '2022-06-02T12:00Z', '--json');
    expect(short.code).toBe(75);
    expect(oneObject(short)).toMatchObject({
      error: { code: 'grid/no-signal', message: 'too little is known of the past of DE to look ahead' },
    });
    const never = await stage.command('forecast', 'DE', '--at', '2022-06-02T12:00Z', '--json');
    expect(never.code).toBe(75);
    expect(oneObject(never)).toMatchObject({
      error: { code: 'grid/no-signal', message: 'nothing was known of DE at 2022-06-02T12:00:00Z' },
    });
  });

  it('ends when whoever started it is gone', LIMIT, async () => {
    const live = await openLiveGrid(1, () => {});
    try {
      const child = spawn(process.execPath, [MAIN, 'forecast', 'DE', '--home', stage.home, '--json'], {
        cwd: stage.cwd,
        env: { ...process.env, ...live.env },
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await until('the grid to be asked', () => live.asked() > 0);
      child.disconnect();
      expect(await ended).toBe(130);
    } finally {
      await live.close();
    }
  });
});

it('a run takes no moment of the past of the live grid', LIMIT, async () => {
  const words = ['run', '--at', '2026-03-18T12:00Z', '--within', '1h', '--needs', '10m', '--json', '--', 'true'];
  const ended = await stage.command(...words);
  expect(ended.code).toBe(64);
  expect(oneObject(ended)).toMatchObject({
    error: { code: 'cli/usage', message: '--at: the live grid is run on as it is now' },
  });
  expect(existsSync(stage.home)).toBe(false);
});
