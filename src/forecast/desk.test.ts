import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { listOf, type Said, SIGNAL, someSeries, until } from '../../test/support/some-series.ts';
import {
  type OperatorArchive,
  openVintages,
  SOURCES,
  type Source,
  type VintageKey,
  type Vintages,
  type Weather,
  type WeatherRun,
} from '../grid/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import { type ForecastDesk, openDesk } from './desk.ts';
import { dayAt, makeGrid, operatorOf } from './models/fixtures.ts';
import { toHours } from './models/steps.ts';
import { openScores } from './scores.ts';

const KEY: VintageKey = { provider: 'energy-charts', zone: 'DE', signal: SIGNAL, step: HOUR };
const OURS_KEY: VintageKey = { ...KEY, provider: 'gridtide:energy-charts' };

const always = { start: 0, end: Number.MAX_SAFE_INTEGER };

let store: Store;
let vintages: Vintages;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
  vintages = openVintages(store);
});
const deskWith = (told?: Pick<Weather, 'runs' | 'refresh'>): ForecastDesk =>
  openDesk({ store, weather: told && { ...told, licence: 'CC-BY-4.0 of clouds' }, version: '1.2.3' });
const keep = (said: Said) => vintages.keep(someSeries(said));

describe('a forecast that is made', () => {
  const GRID = makeGrid({ days: 110 });
  const ORIGIN = dayAt(110);
  const NOW = instant(ORIGIN + 7 * MINUTE);
  /** Enough for a model, too little for bands: fast. */
  const FIRST = dayAt(42);
  const HOURS = GRID.history.intensityG.subarray(-68 * 24);
  const published = someSeries({ start: instant(ORIGIN - DAY), at: NOW, values: HOURS.subarray(-24), factors: 'f@1' });
  const keepPast = (change: Partial<Said> = {}) =>
    keep({ start: FIRST, at: NOW, values: HOURS, factors: 'f@1', ...change });

  it('is kept as it was issued, with its band, its source and the hash of what was learned', async () => {
    const { start, intensityG: values } = GRID.history;
    await keepPast({ start, values });
    const made = await deskWith().make(published, NOW);
    expect(made?.series).toMatchObject({
      zone: 'DE',
      signal: SIGNAL,
      axis: { start: ORIGIN, step: HOUR, length: 96 },
      provenance: {
        provider: 'gridtide:energy-charts',
        source: 'gridtide 1.2.3, history model, from 110 days of energy-charts',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        licence: 'CC-BY-4.0',
        issuedAt: NOW,
        issuedAtBasis: 'provider',
        fetchedAt: NOW,
        factors: 'f@1',
      },
    });
    const kept = await vintages.forecast(
      { ...OURS_KEY, factors: 'f@1' },
      { start: NOW, end: instant(NOW + HOUR) },
      { issuedBy: NOW },
    );
    expect(kept).toEqual(made?.series);
    expect(kept?.lowG?.every((low, i) => low < (kept.highG?.[i] ?? 0))).toBe(true);
    expect(made?.history).toEqual({ start, intensityG: values });
  });

  it('has one hash for the same data, another for others', async () => {
    await keepPast({ start: dayAt(78), values: HOURS.subarray(-32 * 24) });
    const runs = GRID.weather;
    const hash = async (now: Instant, weather: readonly WeatherRun[] = runs) => {
      const desk = deskWith({ runs: async () => weather, refresh: async () => ({ requests: 0, daysLeft: 0 }) });
      return (await desk.make(published, now))?.series.provenance.sha256;
    };
    const first = await hash(NOW);
    expect(await hash(instant(NOW + 40 * MINUTE))).toBe(first);
    expect(
      await hash(
        NOW,
        runs.map((run, i) => (i === 100 ? { ...run, windMS: run.windMS.map((wind) => wind + 1) } : run)),
      ),
    ).not.toBe(first);
    await keep({ start: dayAt(80), at: NOW, values: [1], factors: 'f@1' });
    expect(await hash(NOW)).not.toBe(first);
  });

  it('learns from slots of all lengths of its signal, what is published now first, and speaks in those of now', async () => {
    const quarters = Float64Array.from(
      { length: 96 * 20 },
      (_, i) => (HOURS[48 * 24 + Math.floor(i / 4)] ?? 0) + (i % 4),
    );
    const step = millis(15 * MINUTE);
    await keepPast({ signal: { ...SIGNAL, gas: 'CO2' }, values: HOURS.map(() => 1) });
    await keepPast({ factors: 'f@2', values: HOURS.map(() => 2) });
    await keepPast();
    await keep({ start: dayAt(90), at: NOW, values: quarters, step, factors: 'f@1' });
    const now = someSeries({ start: ORIGIN, at: NOW, values: [400], step, quality: 'forecast', factors: 'f@1' });
    const made = await deskWith().make(now, NOW);
    expect(made?.history.start).toBe(FIRST);
    expect([...(made?.history.intensityG ?? [])]).toEqual(
      Array.from(HOURS, (value, i) => (i < 48 * 24 ? value : expect.closeTo(value + 1.5, 9))),
    );
    expect(made?.series.axis).toEqual({ start: ORIGIN, step, length: 4 * 96 });
    const hours = toHours(made?.series.intensityG ?? new Float64Array(), step);
    expect([...hours]).toEqual(Array.from(made?.intensityG ?? [], (value) => expect.closeTo(value, 6)));
  });

  it('is learned from nothing that was kept later, and from no forecast', async () => {
    await keepPast({ at: instant(NOW + 1) });
    expect(await deskWith().make(published, NOW)).toBeUndefined();
    await keep({ start: FIRST, at: instant(FIRST + 1), values: HOURS, quality: 'forecast', factors: 'f@1' });
    expect(await deskWith().make(published, NOW)).toBeUndefined();
  });

  it('is not made of a past that is too thin', async () => {
    await keep({ start: dayAt(100), at: NOW, values: HOURS.subarray(-240), factors: 'f@1' });
    expect(await deskWith().make(published, NOW)).toBeUndefined();
  });

  it('is made from the last hour that is known on, as rehearsed days are, and handed on from now', async () => {
    const late = HOURS.map((value, i) => (i >= HOURS.length - 3 ? Number.NaN : value));
    await keepPast({ values: late, at: instant(ORIGIN - 3 * HOUR) });
    const made = await deskWith().make(published, NOW);
    expect(made?.series.axis.start).toBe(ORIGIN - 3 * HOUR);
    expect(made?.series.provenance.issuedAt).toBe(NOW);
    const asThen = await deskWith().make(published, instant(ORIGIN - 3 * HOUR + MINUTE));
    expect(made?.intensityG).toEqual(asThen?.intensityG);
  });

  it('is not made of a publisher that is more than a day late', async () => {
    await keepPast({ values: HOURS.map((value, i) => (i >= HOURS.length - 25 ? Number.NaN : value)) });
    expect(await deskWith().make(published, NOW)).toBeUndefined();
  });

  it('names the licence of the weather that it was made with', async () => {
    await keepPast();
    const told = { runs: async () => GRID.weather, refresh: async () => ({ requests: 0, daysLeft: 0 }) };
    const licence = async (desk: ForecastDesk) => (await desk.make(published, NOW))?.series.provenance.licence;
    expect(await licence(deskWith(told))).toBe('CC-BY-4.0; weather: CC-BY-4.0 of clouds');
    expect(await licence(deskWith({ ...told, runs: async () => [] }))).toBe('CC-BY-4.0');
  });

  describe('with what the operator forecasts', () => {
    // As far as tomorrow.
    const told = operatorOf(makeGrid({ days: 112 }));
    const history = async (_: string, range: { readonly start: number; readonly end: number }) => ({
      provider: 'energinet',
      licence: 'CC-BY-4.0 of wind',
      runs: told.filter(({ knownAt }) => knownAt >= range.start && knownAt < range.end),
    });
    const deskOf = (operators: Partial<OperatorArchive>): ForecastDesk =>
      openDesk({
        ...{ store, weather: undefined, version: '1.2.3' },
        operators: { history, refresh: async () => undefined, ...operators },
      });

    it('names who told it, under which licence, and has another hash', async () => {
      const { start, intensityG: values } = GRID.history;
      await keepPast({ start, values });
      const without = await deskWith().make(published, NOW);
      const made = await deskOf({}).make(published, NOW);
      expect(made?.experts).toEqual(['history', 'operator']);
      expect(made?.series.provenance).toMatchObject({
        source:
          "gridtide 1.2.3, blend model, from 110 days of energy-charts and the operator's wind and sun by energinet",
        licence: 'CC-BY-4.0; wind and sun: CC-BY-4.0 of wind',
      });
      expect(made?.series.provenance.sha256).not.toBe(without?.series.provenance.sha256);
      const other = told.map((run) => (run.start === ORIGIN - DAY ? { ...run, windMW: run.windMW.map(() => 1) } : run));
      const changed = deskOf({ history: async () => ({ ...(await history('', always)), runs: other }) });
      expect((await changed.make(published, NOW))?.series.provenance.sha256).not.toBe(made?.series.provenance.sha256);
    });

    it('rests on what was issued since the last hour that is known', async () => {
      const { start, intensityG } = GRID.history;
      const now = instant(ORIGIN - HOUR);
      await keepPast({ start, values: intensityG.subarray(0, -2), at: now });
      const asOf: (Instant | undefined)[] = [];
      const desk = deskOf({
        history: async (_, __, known) => {
          asOf.push(known);
          const runs = told.map((run) => (run.start === ORIGIN ? { ...run, knownAt: now } : run));
          return { ...(await history('', always)), runs: runs.filter(({ knownAt }) => knownAt <= now) };
        },
      });
      const made = await desk.make(published, now);
      expect(made?.series.axis.start).toBe(ORIGIN - 2 * HOUR);
      expect(made?.experts).toEqual(['history', 'operator']);
      expect(asOf).toEqual([now]);
    });

    it('is asked for, with its past where that is wanted, and what went wrong is told', async () => {
      const { signal } = new AbortController();
      const asked: boolean[] = [];
      const desk = deskOf({
        refresh: async (_, past) => {
          asked.push(past);
          return past ? 'energinet is down' : undefined;
        },
      });
      expect(await desk.readOperator('DK-DK1', true, signal)).toEqual([
        'what the operator forecasts of wind and sun was not read anew (energinet is down)',
      ]);
      expect(await desk.readOperator('DK-DK1', false, signal)).toEqual([]);
      expect(asked).toEqual([true, false]);
      expect(await deskWith().readOperator('DK-DK1', true, signal)).toEqual([]);
    });
  });

  it('is learned from the generation that was kept, which the mix needs', async () => {
    const { start, intensityG: values, generation = [] } = GRID.history;
    const powerMW = new Map(
      SOURCES.flatMap((source): [Source, Float64Array][] => {
        const of = generation.find((one) => one.source === source);
        return of === undefined ? [] : [[source, of.energyMWh.map(Math.round)]];
      }),
    );
    await keepPast({ start, values, powerMW });
    const made = await deskWith({
      runs: async () => GRID.weather,
      refresh: async () => ({ requests: 0, daysLeft: 0 }),
    }).make(published, NOW);
    expect(made?.experts).toEqual(['log-mix', 'log', 'amounts']);
    expect(made?.history.generation?.map(({ source }) => source)).toEqual(['gas', 'wind', 'solar']);
  });

  it('rests on the weather that was known when it is made, though read since the full hour', async () => {
    await keepPast();
    const newest = GRID.weather.at(-1);
    const runs = newest === undefined ? [] : [...GRID.weather, { ...newest, start: ORIGIN, knownAt: NOW }];
    const asked: unknown[] = [];
    const madeWith = (known: readonly WeatherRun[]) =>
      deskWith({
        async runs(...question) {
          asked.push(question);
          return known;
        },
        refresh: () => Promise.reject(new Error('nobody is asked')),
      }).make(published, NOW);
    const made = await madeWith(runs);
    expect(made?.model).toBe('log');
    expect(asked).toEqual([['DE', { start: instant(ORIGIN - 730 * DAY), end: instant(NOW + 1) }, NOW]]);
    const without = await madeWith(GRID.weather);
    expect(made?.intensityG).not.toEqual(without?.intensityG);
  });
});

describe('the weather', () => {
  const readWith = (refresh: Weather['refresh'], abort = new AbortController()) =>
    deskWith({ refresh, runs: async () => [] }).readWeather('DE', abort.signal);

  it('is read, and what is still to be read is told', async () => {
    const { signal } = new AbortController();
    expect(await deskWith().readWeather('DE', signal)).toEqual([expect.stringContaining('without weather')]);
    expect(await readWith(async () => ({ requests: 1, daysLeft: 0 }))).toEqual([]);
    expect(await readWith(async () => ({ requests: 4, daysLeft: 370 }))).toEqual([
      '370 days of past weather are still to be read: the next forecast goes on',
    ]);
  });

  it('that cannot be read is told in words, unless nobody wants it any more', async () => {
    expect(await readWith(() => Promise.reject(new Error('the weather is down')))).toEqual([
      'the weather was not read anew (the weather is down)',
    ]);
    const abort = new AbortController();
    const calledOff = readWith(() => {
      abort.abort(new Error('enough'));
      return Promise.reject(new Error('called off'));
    }, abort);
    await expect(calledOff).rejects.toThrow('enough');
  });
});

const T0 = instant(Date.UTC(2026, 2, 18, 12));
const hour = (n: number): Instant => instant(T0 + n * HOUR);
const flat = (value: number, hours = 96): number[] => Array.from({ length: hours }, () => value);
/** A forecast of ours, a little after the full hour that it begins at. */
const keepOurs = (origin: Instant, value = 110, change: Partial<Said> = {}) => {
  const at = instant(origin + 5 * MINUTE);
  return keep({
    provider: 'gridtide:energy-charts',
    start: origin,
    at,
    issuedAt: at,
    values: flat(value),
    quality: 'forecast',
    band: 5,
    ...change,
  });
};
const keepTheirs = (at: Instant, value = 120) => keep({ start: hour(0), at, values: flat(value), quality: 'forecast' });
const keepTruth = (hours: number, at: Instant = hour(hours), value = 100) =>
  keep({ start: T0, at, values: flat(value, hours) });

describe('what becomes of forecasts', () => {
  it('is scored when it has come true, once, ours beside that of the publisher', async () => {
    const desk = deskWith();
    await keepOurs(hour(-1));
    await keepTheirs(hour(-2));
    await keepTruth(24);
    expect(await desk.score(KEY, instant(hour(24) - 1))).toBe(0);
    expect(await desk.score(KEY, hour(24))).toBe(2);
    expect(await desk.score(KEY, hour(30))).toBe(0);
    const first = [
      { model: 'gridtide', day: 0, origins: 1, mapePercent: expect.closeTo(10, 9), within: 0 },
      { model: 'energy-charts', day: 0, origins: 1, mapePercent: expect.closeTo(20, 9), within: undefined },
    ];
    expect(await desk.skill(KEY, hour(24))).toEqual(first);
    await keepTruth(47);
    expect(await desk.score(KEY, hour(47))).toBe(0);
    await keepTruth(96);
    // The last day has an hour less: ours was issued for 96 hours an hour before.
    expect(await desk.score(KEY, hour(96))).toBe(6);
    expect(await desk.skill(KEY, hour(95))).toEqual(first);
    const scores = await openScores(store).read((await vintages.id(KEY)) ?? 0, T0, hour(96));
    expect(scores.map(({ model, day, hours }) => [model, day, hours])).toEqual(
      expect.arrayContaining([
        ['gridtide', 3, 23],
        ['energy-charts', 3, 24],
      ]),
    );
  });

  it('counts hours within the band', async () => {
    await keepOurs(hour(-1), 104);
    await keep({ start: T0, at: hour(24), values: [...flat(100, 18), ...flat(200, 6)] });
    await deskWith().score(KEY, hour(24));
    expect(await deskWith().skill(KEY, hour(24))).toMatchObject([{ model: 'gridtide', within: 18 / 24 }]);
  });

  it('is not scored by an estimate, which may be the forecast itself, until it is measured', async () => {
    await keepOurs(hour(-1));
    await keep({ start: T0, at: hour(24), values: flat(100, 24), quality: 'estimated' });
    expect(await deskWith().score(KEY, hour(24))).toBe(0);
    await keepTruth(24, hour(30));
    expect(await deskWith().score(KEY, hour(30))).toBe(1);
  });

  it('is not scored where the truth is missing, until it comes', async () => {
    const desk = deskWith();
    await keepOurs(hour(-1));
    expect(await desk.score(KEY, hour(24))).toBe(0);
    await keep({ start: T0, at: hour(24), values: [...flat(100, 19), null, null, null, null, null] });
    expect(await desk.score(KEY, hour(24))).toBe(0);
    await keepTruth(24, hour(50));
    expect(await desk.score(KEY, hour(49))).toBe(0);
    expect(await desk.score(KEY, hour(50))).toBe(1);
  });

  it('is waited for ten days', async () => {
    await keepOurs(hour(-1));
    await keepTruth(24);
    expect(await deskWith().score(KEY, hour(10 * 24 + 1))).toBe(0);
    expect(await deskWith().score(KEY, hour(10 * 24))).toBe(1);
  });

  it('is of the forecast that was in force, if it was younger than six hours', async () => {
    const desk = deskWith();
    await keepOurs(hour(-6), 150, { at: hour(-6), issuedAt: hour(-6) });
    await keepTruth(24);
    expect(await desk.issuedBy(KEY, T0)).toBeUndefined();
    expect(await desk.score(KEY, hour(24))).toBe(0);
    await keepOurs(hour(-5), 130);
    await keepOurs(hour(-1), 110);
    await keepOurs(hour(0), 170); // five minutes too late
    const inForce = await desk.issuedBy(KEY, T0);
    expect(inForce?.origin).toBe(T0);
    expect(listOf(inForce?.intensityG)).toEqual([...flat(110, 95), null]);
    expect(listOf(inForce?.lowG).slice(0, 2)).toEqual([105, 105]);
    expect(await desk.score(KEY, hour(24))).toBe(1);
    expect(await desk.skill(KEY, hour(24))).toMatchObject([{ model: 'gridtide', mapePercent: expect.closeTo(10, 9) }]);
  });

  it('is forgotten after 30 days', async () => {
    await keepOurs(hour(-1));
    await keepTruth(24);
    await deskWith().score(KEY, hour(24));
    expect(await deskWith().skill(KEY, hour(30 * 24))).toHaveLength(1);
    expect(await deskWith().skill(KEY, instant(hour(30 * 24) + 1))).toEqual([]);
  });

  it('is nothing where nothing was ever kept', async () => {
    expect(await deskWith().score(KEY, T0)).toBe(0);
    expect(await deskWith().skill(KEY, T0)).toEqual([]);
  });
});

describe('the forecast in force', () => {
  it('is the newest of ours that was issued by then, and is of no use after a day', async () => {
    const desk = deskWith();
    await keepOurs(hour(0), 110);
    await keepOurs(hour(1), 130);
    const at = async (now: number) => (await desk.inForce(KEY, instant(now)))?.series.intensityG[0];
    const issued = hour(1) + 5 * MINUTE;
    expect(await at(hour(0) + 5 * MINUTE - 1)).toBeUndefined();
    expect(await at(hour(0) + 5 * MINUTE)).toBe(110);
    expect(await at(issued - 1)).toBe(110);
    expect(await at(issued)).toBe(130);
    expect(await at(issued + DAY - 1)).toBe(130);
    expect(await at(issued + DAY)).toBeUndefined();
  });

  it('is not one that was kept later than it says', async () => {
    await keepOurs(hour(0), 110, { at: hour(3), issuedAt: hour(0) });
    expect(await deskWith().inForce(KEY, hour(2))).toBeUndefined();
    expect(await deskWith().inForce(KEY, hour(3))).toBeDefined();
  });

  it('is of its own publisher, zone and signal', async () => {
    await keepOurs(hour(0));
    expect(await deskWith().inForce({ ...KEY, provider: 'neso-uk' }, hour(1))).toBeUndefined();
    expect(await deskWith().inForce({ ...KEY, zone: 'FR' }, hour(1))).toBeUndefined();
    expect(await deskWith().inForce({ ...KEY, signal: { ...SIGNAL, gas: 'CO2' } }, hour(1))).toBeUndefined();
  });

  const midnight = (day: number): Instant => instant((Math.floor(hour(0) / DAY) + day) * DAY);
  /** Scores of as many days: of ours, and of the publisher, on one day ahead. */
  const keepScores = async (origins: number, oursPercent: number, theirsPercent: number, day = 0) => {
    await keepTruth(1, hour(0));
    const scores = Array.from({ length: origins }, (_, i) => midnight(-i - 1)).flatMap((origin) =>
      [['gridtide', oursPercent] as const, ['energy-charts', theirsPercent] as const].map(([model, mapePercent]) => ({
        model,
        origin,
        day,
        hours: 24,
        mapePercent,
        within: null,
      })),
    );
    await openScores(store).keep((await vintages.id(KEY)) ?? 0, scores, hour(1));
  };

  it('is used where ten scores or more speak for it, day by day', async () => {
    await keepOurs(hour(0));
    await keepScores(9, 10, 20, 0);
    await keepScores(10, 10, 20, 1);
    await keepScores(10, 10, 10.1, 2);
    await keepScores(10, 20, 10, 3);
    const models = async (now: Instant) => (await deskWith().inForce(KEY, now))?.models;
    expect(await models(hour(1))).toEqual(['energy-charts', 'gridtide', 'energy-charts', 'energy-charts']);
    expect(await models(instant(hour(1) - 1))).toEqual(flat(0, 4).map(() => 'energy-charts'));
  });

  it('displaces the publisher while it is as young as those that were scored, and fills what is lacking after that', async () => {
    await keepOurs(hour(0));
    await keepScores(10, 10, 20);
    const issued = hour(0) + 5 * MINUTE;
    const at = async (now: Instant) => {
      const published = someSeries({ start: hour(6), at: now, values: [120, 121], quality: () => 'forecast' });
      return listOf((await deskWith().ahead(published, now)).intensityG).slice(0, 3);
    };
    expect(await at(instant(issued + 6 * HOUR - 1))).toEqual([110, 110, 110]);
    expect(await at(instant(issued + 6 * HOUR))).toEqual([120, 121, 110]);
  });

  it('is laid into an answer: where it is used, and where the publisher says nothing', async () => {
    await keepOurs(hour(0));
    const now = hour(1);
    const published = someSeries({ start: hour(-2), at: now, values: [90, 91, 92, 120, 121], quality: until(now) });
    const before = await deskWith().ahead(published, instant(hour(0) + 1));
    expect(before).toBe(published);
    const ahead = await deskWith().ahead(published, now);
    expect(listOf(ahead.intensityG).slice(0, 6)).toEqual([90, 91, 92, 120, 121, 110]);
    expect(ahead.axis.length).toBe(98);
    await keepScores(10, 10, 20);
    expect(listOf((await deskWith().ahead(published, now)).intensityG).slice(0, 6)).toEqual([
      90, 91, 92, 110, 110, 110,
    ]);
  });

  it("gives way to a publisher's, which is smoothed where it is rougher than what is kept of its past", async () => {
    const values = makeGrid({ days: 30 }).history.intensityG;
    await keep({ start: instant(hour(0) - 30 * DAY), at: hour(0), values });
    const rough = Array.from({ length: 48 }, (_, i) => 300 + (i % 2 === 0 ? 150 : -150) * Math.cos(i));
    const published = someSeries({ start: hour(0), at: hour(0), values: rough, quality: 'forecast' });
    const calm = await deskWith().ahead(published, hour(0));
    expect(calm.labels).toEqual(['forecast of energy-charts smoothed: rougher than its past']);
    const spread = (all: Float64Array): number => Math.max(...all) - Math.min(...all);
    expect(spread(calm.intensityG)).toBeLessThan(0.6 * spread(published.intensityG));
  });
});
