import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { energyChartsReply, type Told } from '../../test/support/energy-charts.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { failureOf, scripted } from '../../test/support/grid-replies.ts';
import { listOf, SIGNAL, someSeries } from '../../test/support/some-series.ts';
import { standingClock } from '../clock.ts';
import { openGrid, openVintages, type Range, type Series } from '../grid/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE } from '../units.ts';
import { openDesk } from './desk.ts';
import { type LookoutOptions, openLookout } from './lookout.ts';
import { dayAt, makeGrid } from './models/fixtures.ts';

const DAYS = 68;
const { start: FIRST, intensityG: HOURS } = makeGrid({ days: DAYS }).history;
const ORIGIN = dayAt(DAYS);
const NOW = instant(ORIGIN + 10 * MINUTE);
const KEY = { provider: 'energy-charts', zone: 'DE', signal: SIGNAL, step: HOUR };
const live = (): AbortSignal => new AbortController().signal;
function came(at: Instant): number | null {
  if (at < FIRST) throw new Error('its archive begins later');
  return HOURS[(at - FIRST) / HOUR] ?? (at === ORIGIN ? 350 : null);
}

describe('a recorded grid', () => {
  const recorded = (values: Float64Array) =>
    openLookout({
      grid: openGrid({
        only: {
          ...{ id: 'csv', about: 'file grid.csv', keys: [], signal: SIGNAL, covers: () => true },
          intensity: async () => someSeries({ start: FIRST, at: NOW, values, quality: 'replayed', provider: 'csv' }),
        },
        transport: scripted(() => new Error('nobody is asked')),
        clock: standingClock(NOW),
      }),
      clock: standingClock(NOW),
      keeps: false,
    });
  /** With what came afterwards, which a recording holds. */
  const whole = new Float64Array([...HOURS, ...HOURS.subarray(0, 96)]);

  it('has a forecast that is learned from what it holds before the moment, and from nothing after it', async () => {
    const view = await recorded(whole).forecast('DE', live());
    expect(view).toMatchObject({
      zone: 'DE',
      history: { start: FIRST, intensityG: HOURS },
      forecast: { origin: ORIGIN },
      dayBefore: { origin: ORIGIN - DAY, rehearsed: true },
      skill: [],
      inUse: [],
      vintage: undefined,
      source: `history model, from ${DAYS} days of https://example.org/csv`,
      notes: [],
    });
    expect(view.forecast.intensityG).toHaveLength(96);
    expect(view.rehearsed.map(({ model, day }) => `${model} ${day}`)).toEqual(
      ['gridtide', 'yesterday'].flatMap((model) => [0, 1, 2, 3].map((day) => `${model} ${day}`)),
    );
    const other = await recorded(whole.map((value, i) => (i < HOURS.length ? value : 1))).forecast('DE', live());
    expect(other.forecast).toEqual(view.forecast);
  });

  it('has none where it holds too little', async () => {
    const failure = await failureOf(
      recorded(whole.map((v, i) => (i < 50 * 24 ? Number.NaN : v))).forecast('DE', live()),
    );
    expect(failure).toMatchObject({ code: 'grid/no-signal', value: 'csv' });
    expect(failure.message).toContain('too little is known of the past of DE');
  });

  it('is seen as it is', async () => {
    const view = await recorded(whole).view('DE', NOW, instant(ORIGIN + 4 * HOUR), live());
    expect(listOf(view.outlook.intensityG)).toEqual([...whole.subarray(HOURS.length, HOURS.length + 4)]);
    expect(view.trouble).toEqual([]);
  });
});

describe('the live grid', () => {
  let store: Store;
  let folder: string;
  beforeEach(async () => {
    const temporary = temporaryFolder();
    folder = temporary.folder;
    store = await openStore(folder);
    onTestFinished(async () => {
      await store.close();
      temporary.cleanup();
    });
  });

  const inDesk: NonNullable<LookoutOptions['inDesk']> = (action) =>
    action(openDesk({ store, weather: undefined, version: '1.2.3' }), store);
  /** The lookout at `now` on a publisher that says what `told` says, or nothing. */
  function lookAt(now: Instant, told?: Told, change: Partial<LookoutOptions> = {}) {
    const { clock = standingClock(now) } = change;
    const transport = scripted((url) => (told ? energyChartsReply(url, now, told) : new Error('it is down')));
    const grid = openGrid({
      ...{ live: true, transport, clock, cacheFolder: `${folder}/cache` },
      archive: (series) => openVintages(store).keep(series),
      chains: { DE: [{ provider: 'energy-charts', allowDegrade: false }] },
    });
    const lookout = openLookout({ grid, clock, keeps: true, inDesk, ...change });
    return { ...lookout, asked: transport.asked };
  }
  const keepOurs = (at: Instant, value: number) =>
    openVintages(store).keep(
      someSeries({
        ...{ provider: 'gridtide:energy-charts', at, issuedAt: at, quality: 'forecast', band: 5 },
        ...{ start: instant(Math.floor(at / HOUR) * HOUR), values: Array.from({ length: 96 }, () => value) },
      }),
    );
  const said: Told = { measured: came, forecast: (at) => (at < ORIGIN + 3 * HOUR ? 120 : null) };

  it('is seen with our forecast where the publisher says nothing', async () => {
    await keepOurs(instant(NOW - 5 * MINUTE), 250);
    const told: Series[] = [];
    const { view } = lookAt(NOW, said, { keepUp: async (published) => void told.push(published) });
    const { answer, ahead, outlook, trouble } = await view('DE', NOW, instant(ORIGIN + 6 * HOUR), live());
    expect(listOf(outlook.intensityG)).toEqual([350, 120, 120, 250, 250, 250]);
    expect(listOf(outlook.lowG).slice(3)).toEqual([245, 245, 245]);
    expect(outlook).toMatchObject({ quality: 'forecast', asOf: NOW - 5 * MINUTE, use: 'level' });
    expect(trouble).toEqual([]);
    expect(ahead?.intensityG.includes(250)).toBe(true);
    // What the publisher says stays what it said, and is what a forecast is kept up of.
    expect(answer.series?.intensityG).not.toContain(250);
    expect(told).toEqual([answer.series]);
  });

  it('is seen without it where the store cannot be read, and says so', async () => {
    const { view } = lookAt(NOW, said, { inDesk: () => Promise.reject(new Error('the disk is gone')) });
    const { outlook, trouble, answer } = await view('DE', NOW, instant(ORIGIN + 3 * HOUR), live());
    expect(listOf(outlook.intensityG)).toEqual([350, 120, 120]);
    expect(answer.use).toBe('level');
    expect(trouble).toEqual(['forecasts of this home cannot be read (the disk is gone)']);
  });

  it('has no forecast kept up where nothing new can be learned', async () => {
    const told: Series[] = [];
    const keepUp = async (published: Series) => void told.push(published);
    const until = instant(ORIGIN + 3 * HOUR);
    await lookAt(NOW, said).view('DE', NOW, until, live());
    const later = instant(NOW + HOUR);
    const { answer } = await lookAt(later, undefined, { keepUp }).view('DE', later, until, live());
    expect(answer).toMatchObject({ use: 'level', age: HOUR });
    const nothing = await lookAt(later, undefined, { keepUp }).view('FR', later, until, live());
    expect(nothing.answer.use).not.toBe('level');
    expect(told).toEqual([]);
  });

  it('has a forecast that is learned from what is kept, and kept in turn', async () => {
    await openVintages(store).keep(someSeries({ start: FIRST, at: NOW, values: HOURS }));
    await keepOurs(instant(NOW - DAY - 20 * MINUTE), 250);
    const pieces: Range[] = [];
    const lookout = lookAt(NOW, said);
    const view = await lookout.forecast('DE', live(), { onPiece: (range) => pieces.push(range) });
    expect(view).toMatchObject({
      history: { start: FIRST, intensityG: HOURS },
      forecast: { origin: ORIGIN },
      dayBefore: { origin: ORIGIN - DAY, rehearsed: false },
      inUse: Array.from({ length: 4 }, () => 'energy-charts'),
      source: `gridtide 1.2.3, history model, from ${DAYS} days of energy-charts`,
      vintage: expect.stringMatching(/^[0-9a-f]{64}$/),
      notes: ['the past was read no further: its archive begins later', expect.stringContaining('without weather')],
    });
    // The forecast of a day ago has come true meanwhile.
    expect(view.skill).toMatchObject([{ model: 'gridtide', day: 0, origins: 1 }]);
    expect(view.dayBefore?.intensityG.slice(0, 2)).toEqual(Float64Array.of(250, 250));
    const [piece, ...others] = pieces;
    expect(others).toEqual([]);
    expect(piece?.start).toBeLessThan(FIRST);
    expect(piece?.end).toBeGreaterThan(FIRST);
    const inForce = await openDesk({ store, weather: undefined, version: '' }).inForce(KEY, NOW);
    expect(inForce?.series.intensityG).toEqual(view.forecast.intensityG);

    const asked = lookout.asked.length;
    const again = await lookout.forecast('DE', live(), { backfill: false });
    expect(again.vintage).toBe(view.vintage);
    expect(again.notes).toHaveLength(1);
    expect(lookout.asked).toHaveLength(asked);
  });

  it('has a forecast that is learned from what was read for it, however long that took', async () => {
    await openVintages(store).keep(someSeries({ start: FIRST, at: NOW, values: HOURS.subarray(0, -30) }));
    let seconds = 0;
    const ticking = { ...standingClock(NOW), now: () => instant(NOW + 1000 * seconds++) };
    const view = await lookAt(NOW, said, { clock: ticking }).forecast('DE', live(), { backfill: false });
    expect(view.history).toEqual({ start: FIRST, intensityG: HOURS });
    expect(view.inUse).toHaveLength(4);
  });

  it('has a forecast though the weather cannot be read', async () => {
    await openVintages(store).keep(someSeries({ start: FIRST, at: NOW, values: HOURS }));
    const weather = {
      licence: 'none',
      runs: async () => [],
      refresh: () => Promise.reject(new Error('the weather is down')),
    };
    const { forecast } = lookAt(NOW, said, {
      inDesk: (action) => action(openDesk({ store, weather, version: '1.2.3' }), store),
    });
    const view = await forecast('DE', live(), { backfill: false });
    expect(view.notes).toEqual(['the weather was not read anew (the weather is down)']);
    expect(view.forecast.intensityG.some(Number.isNaN)).toBe(false);
  });

  it('has a forecast though the operator cannot be asked, of whose past it asks as of its own', async () => {
    await openVintages(store).keep(someSeries({ start: FIRST, at: NOW, values: HOURS }));
    const asked: boolean[] = [];
    const operators = {
      history: async () => undefined,
      refresh: async (_: string, past: boolean) => {
        asked.push(past);
        return 'the operator is down';
      },
    };
    const { forecast } = lookAt(NOW, said, {
      inDesk: (action) => action(openDesk({ store, weather: undefined, operators, version: '1.2.3' }), store),
    });
    const { notes } = await forecast('DE', live(), { backfill: false });
    expect(notes[0]).toBe('what the operator forecasts of wind and sun was not read anew (the operator is down)');
    await forecast('DE', live());
    expect(asked).toEqual([false, true]);
  });

  it('has none where too little of it is kept, or nobody answers', async () => {
    const thin = lookAt(NOW, said).forecast('DE', live(), { backfill: false });
    expect(await failureOf(thin)).toMatchObject({ code: 'grid/no-signal', value: 'energy-charts' });
    const silent = lookAt(instant(NOW + 5 * DAY)).forecast('DE', live());
    expect(await failureOf(silent)).toMatchObject({ code: 'grid/unavailable' });
  });

  it('has none where its past cannot be read, and says why', async () => {
    const told: Told = { measured: (at) => (at < NOW - 3 * DAY ? null : came(at)) };
    const { forecast } = lookAt(NOW, told);
    const failure = await failureOf(forecast('DE', live()));
    expect(failure.code).toBe('grid/no-signal');
    expect(failure.message).toMatch(
      /^too little is known of the past of DE to look ahead; the past was read no further: /,
    );
  });

  it('is looked at without being kept where a moment of the past is', async () => {
    await openVintages(store).keep(someSeries({ start: FIRST, at: NOW, values: HOURS }));
    const { forecast } = lookAt(NOW, { measured: (at) => (at < FIRST ? null : came(at)) }, { keeps: false });
    const { vintage, notes } = await forecast('DE', live());
    expect({ vintage, notes }).toEqual({ vintage: undefined, notes: [] });
    expect(await openVintages(store).keys('DE', 'gridtide:energy-charts')).toEqual([]);
  });
});
