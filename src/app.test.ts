import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { energyChartsReply, type Told } from '../test/support/energy-charts.ts';
import { temporaryFolder } from '../test/support/folders.ts';
import { at, failureOf, play, scripted } from '../test/support/grid-replies.ts';
import { SIGNAL, someSeries } from '../test/support/some-series.ts';
import { type AppOptions, openApp, type Store, standingClock } from './app.ts';
import { openVintages } from './grid/index.ts';
import { after, DAY, formatInstant, HOUR, type Instant, instant, MINUTE, millis } from './units.ts';

const cwd = mkdtempSync(join(tmpdir(), 'gridtide-app-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const open = (options: Partial<AppOptions> = {}) =>
  openApp({ cwd, environment: { HOME: cwd }, signal: new AbortController().signal, ...options });
const config = (text: string): string => {
  writeFileSync(join(cwd, 'sites.yaml'), text);
  return 'sites.yaml';
};
const whereabouts = async (options: Partial<AppOptions>): Promise<readonly string[]> =>
  (await (await open(options)).sites()).map(({ name, zone, zoneFrom }) => `${name} ${zone} by ${zoneFrom}`);

describe('where the sites are', () => {
  it('is said by the command, the file or the environment, in this order, as a zone, a name, a region or a point', async () => {
    const file = config('sites:\n  here: { zone: Germany }\n  far: { executor: slurm, zone: aws:eu-west-1 }\n');
    const environment = { HOME: cwd, GRIDTIDE_ZONE: '59.91,10.75' };
    const far = 'far IE by gridtide.yaml: aws:eu-west-1 in Dublin';
    expect(await whereabouts({ environment })).toEqual([
      'here NO-NO1 by GRIDTIDE_ZONE: 59.91,10.75 near Oslo, nearest of several zones in NO: check it',
    ]);
    expect(await whereabouts({ environment, config: file })).toEqual(['here DE by gridtide.yaml: Germany', far]);
    expect(await whereabouts({ environment, config: file, zone: 'FR' })).toEqual(['here FR by --zone', far]);
  });

  it('is told with every mistake at its place', async () => {
    const file = config('sites:\n  here: { zone: Germny }\n  far: { executor: slurm, zone: "0,0" }\n');
    const failure = await failureOf(whereabouts({ config: file }));
    expect([failure, ...failure.others].map((one) => [one.code, one.message, one.value, one.place])).toEqual([
      ['grid/no-zone', 'sites.here.zone: no such place', 'Germny', { file, line: 2, column: 17 }],
      ['grid/no-zone', 'sites.far.zone: there is no grid', '0,0', { file, line: 3, column: 33 }],
    ]);
    expect(await failureOf(whereabouts({ zone: 'Germny' }))).toMatchObject({ message: '--zone: no such place' });
    expect(await failureOf(whereabouts({ environment: { GRIDTIDE_ZONE: 'Germny' } }))).toMatchObject({
      message: 'GRIDTIDE_ZONE: no such place',
    });
  });

  it('is of no concern to whoever only looks at runs', async () => {
    const app = await open({ environment: { HOME: cwd, GRIDTIDE_ZONE: 'Germny' } });
    expect(app.hasStore()).toBe(false);
    expect(await failureOf(app.sites())).toMatchObject({ message: 'GRIDTIDE_ZONE: no such place' });
  });

  it('may have any name where a file stands in for every provider', async () => {
    expect(await failureOf(whereabouts({ zone: 'my column', synthetic: 1 }))).toMatchObject({ code: 'grid/no-zone' });
    expect(await whereabouts({ zone: 'my column', grid: 'grid.csv' })).toEqual(['here my column by --zone']);
    expect(await failureOf(whereabouts({ zone: 'my column' }))).toMatchObject({ code: 'grid/no-zone' });
  });
});

const forecastSchema = z.tuple([
  z.object({
    generatedAt: z.string(),
    forecastData: z.array(z.object({ timestamp: z.string(), value: z.number() })),
  }),
]);

/** What a reader must know of the grid that is played, the way commands ask for it. */
async function troubleOf(options: {
  readonly synthetic?: number;
  readonly reply?: object;
}): Promise<readonly string[]> {
  const { folder, cleanup } = temporaryFolder();
  try {
    const { clock, transport, zone } = play('energy-charts', (body) =>
      JSON.stringify({ ...JSON.parse(body), ...options.reply }),
    );
    const app = await openApp({
      ...{ cwd: folder, home: folder, zone, transport, synthetic: options.synthetic },
      ...{ environment: {}, signal: new AbortController().signal },
    });
    const read = await app.readGrid(app.gridChoice, clock);
    const now = options.synthetic === undefined ? clock.now() : app.now;
    const { trouble, outlook } = await read(zone, now, after(now, millis(2 * HOUR)), app.signal);
    expect(outlook.notes).toEqual(trouble);
    return trouble;
  } finally {
    cleanup();
  }
}

it('what a live provider says is kept as it was said', async () => {
  const { folder, cleanup } = temporaryFolder();
  const { clock, transport, zone } = play('energy-charts', (body) => body);
  const app = await openApp({
    ...{ cwd: folder, home: folder, zone, transport },
    ...{ environment: {}, signal: new AbortController().signal },
  });
  try {
    const read = await app.readGrid(app.gridChoice, clock);
    const { answer } = await read(zone, clock.now(), after(clock.now(), millis(2 * HOUR)), app.signal);
    const { series } = answer;
    if (series === undefined) throw new Error('the provider did not answer');
    const { store } = await app.open();
    try {
      const key = { provider: 'energy-charts', zone, signal: series.signal, step: series.axis.step };
      const range = { start: series.axis.start, end: after(series.axis.start, series.axis.step * series.axis.length) };
      const past = await openVintages(store).past(key, range);
      const forecast = await openVintages(store).forecast(key, range, { issuedBy: clock.now() });
      const measured = series.intensityG.filter((_, i) => series.quality[i] === 'measured');
      const foreseen = series.intensityG.filter((_, i) => series.quality[i] === 'forecast');
      expect(measured.length * foreseen.length).toBeGreaterThan(0);
      expect(past.intensityG.filter((value) => !Number.isNaN(value))).toEqual(measured);
      expect(forecast?.intensityG.filter((value) => !Number.isNaN(value))).toEqual(foreseen);
    } finally {
      await store.close();
    }
  } finally {
    cleanup();
  }
});

describe('a decision that is looked at again', () => {
  const T = at('2026-03-18T12:10Z');
  const hour = (n: number) => instant(at('2026-03-18T12:00Z') + n * HOUR);
  const zone = 'DE';
  const key = { provider: 'energy-charts', zone, signal: SIGNAL, step: HOUR };
  let folder: string;
  let cleanup: () => void;
  beforeEach(() => {
    ({ folder, cleanup } = temporaryFolder());
  });
  afterEach(() => cleanup());

  const appWith = (more: Partial<AppOptions>) =>
    openApp({ cwd: folder, home: folder, environment: {}, signal: new AbortController().signal, ...more });
  /** The view of a day and a half from `now` on, on the live grid that `told` plays, or as it was known then. */
  const viewAt = async (now: Instant, told?: Told) => {
    const app = await appWith(
      told === undefined
        ? { at: formatInstant(now) }
        : { transport: scripted((url) => energyChartsReply(url, now, told)) },
    );
    expect(app.gridChoice).toEqual({ from: told === undefined ? 'archive' : 'live' });
    const read = await app.readGrid(app.gridChoice, standingClock(now));
    return read(zone, now, instant(now + 36 * HOUR), app.signal);
  };
  const inStore = async (action: (store: Store) => Promise<void>): Promise<void> => {
    const { store } = await (await appWith({})).open();
    try {
      await action(store);
    } finally {
      await store.close();
    }
  };
  const keepOurs = (issuedAt: Instant, value: number) =>
    inStore((store) =>
      openVintages(store).keep(
        someSeries({
          ...{ provider: 'gridtide:energy-charts', at: issuedAt, issuedAt, quality: 'forecast', band: 9 },
          ...{
            start: instant(Math.floor(issuedAt / HOUR) * HOUR),
            values: Array.from({ length: 96 }, (_, i) => value + i),
          },
        }),
      ),
    );
  /** Ten days of which ours erred by so much on the first day ahead, and the publisher by 10 %. */
  const keepScores = (knownAt: Instant, first: number, mapePercent: number) =>
    inStore(async (store) => {
      const id = await openVintages(store).id(key);
      const models = { gridtide: mapePercent, 'energy-charts': 10 };
      const scored = Array.from({ length: 10 }, (_, i) => instant((Math.floor(T / DAY) + first - i) * DAY)).flatMap(
        (origin) =>
          Object.entries(models).map(([model, error]) => ({
            ...{ series: id ?? 0, model, origin, day: 0, hours: 24, within: null },
            ...{ mape_percent: error, scored_at: knownAt },
          })),
      );
      await store.db.insertInto('forecast_score').values(scored).execute();
    });
  /** Values move by `more`; every fifth hour of the past is not published, nor is what lies beyond 26 hours. */
  const told = (more: number): Told => ({
    measured: (start) => ((start / HOUR) % 5 === 0 ? null : 200 + more + ((start / HOUR) % 24)),
    forecast: (start) => (start < hour(26) ? 120 + more : null),
  });

  it('reads the grid and the forecast of then, whatever was said, forecast and scored since', async () => {
    await viewAt(instant(T - HOUR), told(-50));
    await keepOurs(instant(T - 5 * HOUR), 500);
    await keepOurs(instant(T - 4 * MINUTE), 300);
    await keepScores(instant(T - HOUR), -10, 5);
    await viewAt(instant(T - 8 * MINUTE), told(0));
    // Nothing new is said by then, so that nothing is kept of it.
    const then = await viewAt(T, told(0));
    // Ours is in use on its first day, and beyond the publisher's reach.
    expect([...then.outlook.intensityG.subarray(0, 24)]).toEqual(
      Array.from({ length: 24 }, (_, i) => (i === 0 ? 212 : 300 + i)),
    );
    expect([...then.outlook.intensityG.subarray(24, 28)]).toEqual([120, 120, 326, 327]);

    await keepOurs(instant(T + 1), 700);
    await keepScores(instant(T + 1), 0, 90);
    const later = await viewAt(instant(T + 40 * MINUTE), told(30));
    expect(later.outlook.intensityG).not.toEqual(then.outlook.intensityG);

    const again = await viewAt(T);
    expect(again.outlook).toEqual(then.outlook);
    expect(again.trouble).toEqual(then.trouble);
  });

  it('is served as it was made, now and in a batch', async () => {
    await keepOurs(instant(T - 3 * HOUR), 300);
    await viewAt(instant(T - HOUR), told(-50));
    await viewAt(T, told(0));
    await keepOurs(instant(T + HOUR), 700);
    await viewAt(instant(T + 2 * HOUR), told(30));

    const { address, close } = await (await appWith({ at: formatInstant(T) })).serve({ port: 0 });
    onTestFinished(close);
    const ask = async (path: string, body?: object): Promise<unknown> => {
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      return (await fetch(`${address}/emissions/${path}`, body === undefined ? {} : post)).json();
    };
    const noon = { time: '2026-03-18T12:00:00+00:00' };
    expect(await ask(`bylocation?location=${zone}&time=2026-03-18T11:00Z&toTime=2026-03-18T13:00Z`)).toMatchObject([
      { rating: 211 },
      { ...noon, rating: 212 },
    ]);
    // The publisher's own hours as it said them then, ours beyond them.
    const hours = [
      [at('2026-03-18T20:00Z'), 120],
      [at('2026-03-19T15:00Z'), 330],
    ] as const;
    const forecasts = await Promise.all([
      ask(`forecasts/current?location=${zone}`),
      ask('forecasts/batch', [{ location: zone, requestedAt: formatInstant(T) }]),
    ]);
    for (const forecast of forecasts) {
      const [{ generatedAt, forecastData }] = forecastSchema.parse(forecast);
      expect(Date.parse(generatedAt)).toBe(T - 3 * HOUR);
      for (const [start, value] of hours)
        expect(forecastData.find(({ timestamp }) => Date.parse(timestamp) === start)?.value).toBe(value);
    }
  });
});

describe('what is amiss with the grid', () => {
  it('is what its provider warns of', async () => {
    expect(await troubleOf({})).toEqual([]);
    expect(await troubleOf({ reply: { substitute: true } })).toEqual([
      'energy-charts: an older forecast stands in for the current one',
    ]);
  });

  it('is not what a series says of itself', async () => {
    expect(await troubleOf({ synthetic: 1 })).toEqual([]);
    expect(await troubleOf({ reply: { deprecated: true } })).toEqual([]);
  });
});

describe('the past of a grid', () => {
  const day = instant(Date.UTC(2022, 5, 1));
  const span = { start: instant(day - 3 * DAY), end: instant(day + 9 * DAY) };

  it('is what this home has kept of it: the series that knows most, its gaps filled and counted', async () => {
    const { folder: home, cleanup } = temporaryFolder();
    onTestFinished(cleanup);
    const app = await open({ home });
    expect(await failureOf(app.gridsPast(['DE'], span))).toMatchObject({ code: 'grid/no-signal' });
    const { store } = await app.open();
    const values = Array.from({ length: 72 }, (_, hour) => (hour === 30 ? null : 100 + hour));
    const vintages = openVintages(store);
    await vintages.keep(someSeries({ start: day, values: [900, 900], at: instant(day + 9 * DAY), provider: 'other' }));
    await vintages.keep(someSeries({ start: day, values, at: instant(day + 9 * DAY) }));
    await store.close();
    const [past] = await app.gridsPast(['Germany'], span);
    expect(past).toMatchObject({ zone: 'DE', filledH: 1, site: undefined });
    expect(past?.outlook.axis).toEqual({ start: day, step: HOUR, length: 72 });
    expect([...(past?.outlook.intensityG.subarray(29, 32) ?? [])]).toEqual([129, 130, 131]);
    expect(past?.record.history.intensityG[30]).toBeNaN();
    expect(past?.record.timeZone).toBe('Europe/Berlin');
  });

  it('is all that a file knows, and the site that stands in a zone is named', async () => {
    const rows = Array.from({ length: 48 }, (_, hour) => `${formatInstant(instant(day + hour * HOUR))},${hour},7`);
    writeFileSync(join(cwd, 'past.csv'), `time,DE,SE\n${rows.join('\n')}\n`);
    const file = config('sites:\n  far: { executor: slurm, zone: SE, pue: 1.3 }\n');
    const app = await open({ grid: 'past.csv', gridSignal: 'average', config: file, zone: 'DE' });
    const [here, far] = await app.gridsPast(['DE', 'SE'], { start: instant(0), end: instant(1) });
    expect(here?.outlook).toMatchObject({ signal: { kind: 'average' }, quality: 'replayed', axis: { length: 48 } });
    expect([here?.site?.name, far?.site?.pue]).toEqual(['here', 1.3]);
  });
});
