import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { failureOf, play } from '../../test/support/grid-replies.ts';
import { openApp } from '../app.ts';
import { standingClock } from '../clock.ts';
import { openStore } from '../store/index.ts';
import { after, HOUR, type Instant, instant, type Millis, millis } from '../units.ts';
import { openArchive } from './archive.ts';
import { type CarbonSourceOptions, carbonSource } from './carbon-source.ts';
import { CLOUD_REGIONS } from './data/cloud-regions.ts';
import type { Range } from './provider.ts';
import { elexon } from './providers/elexon.ts';
import type { Quality, Series, Signal } from './series.ts';
import { gapsIn } from './slots.ts';
import type { GridAnswer, LinkReply } from './source.ts';
import { openVintages, type Vintages } from './vintages.ts';

const T0 = instant(Date.UTC(2026, 8, 30, 20));
const hour = (n: number): Instant => instant(T0 + n * HOUR);
const hours = (from: number, to: number): Range => ({ start: hour(from), end: hour(to) });
const SIGNAL: Signal = { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' };
const abort = new AbortController().signal;

interface Reading {
  readonly at: Instant;
  /** One a slot from {@link T0} on, and the quality of each. */
  readonly values: readonly (readonly [number, Quality])[];
  readonly provider?: string;
  readonly issuedAt?: Instant;
  readonly step?: Millis;
  readonly factors?: string;
}

function series({ at, values, provider = 'neso-uk', issuedAt, step = HOUR, factors }: Reading): Series {
  const intensityG = Float64Array.from(values, ([value]) => value);
  const axis = { start: T0, step, length: values.length };
  return {
    zone: 'GB',
    signal: provider === 'elexon' ? elexon.signal : SIGNAL,
    axis,
    intensityG,
    quality: values.map(([, quality]) => quality),
    gaps: gapsIn(intensityG, axis, () => 'not published'),
    provenance: {
      provider,
      source: `https://example.org/${provider}`,
      sha256: 'ab',
      licence: 'CC-BY-4.0',
      fetchedAt: at,
      issuedAt: issuedAt ?? at,
      issuedAtBasis: issuedAt === undefined ? 'fetch-time' : 'provider',
      ...(factors === undefined ? {} : { factors }),
    },
    warnings: [],
  };
}

const measured = (...values: number[]) => values.map((value): [number, Quality] => [value, 'measured']);
const foreseen = (...values: number[]) => values.map((value): [number, Quality] => [value, 'forecast']);

const failed: LinkReply = { provider: 'neso-uk', outcome: 'failed', reason: 'it is down' };
const answerOf = (live: Series | undefined): GridAnswer => ({
  zone: 'GB',
  average: { intensityG: 200, gsd: 1.4, of: 'x', source: 'x', licence: 'x', year: 2024 },
  warnings: [],
  ...(live === undefined ? { use: 'none', links: [failed] } : { use: 'level', series: live, links: [] }),
});

interface Stage {
  readonly vintages: Vintages;
  /** Zones that the live grid was asked about. */
  readonly asked: string[];
  readonly source: ReturnType<typeof carbonSource>;
}

/** Live providers that say `live`, or that nobody answers; a store of what was kept. */
async function stage(now: Instant, live?: Series, more: Partial<CarbonSourceOptions> = {}): Promise<Stage> {
  const { folder, cleanup } = temporaryFolder();
  const store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
  const vintages = openVintages(store);
  const asked: string[] = [];
  const read: CarbonSourceOptions['read'] = async (zone) => {
    asked.push(zone);
    return { answer: answerOf(live) };
  };
  const readAt: CarbonSourceOptions['read'] = async (zone, start, end, signal) => {
    const archive = openArchive({ inVintages: (action) => action(vintages), clock: standingClock(start) });
    return { answer: await archive.outlook(zone, { start, end }, signal) };
  };
  const source = carbonSource({ clock: standingClock(now), read, readAt, kept: async () => vintages, ...more });
  return { vintages, asked, source };
}

const valuesOf = (told: { readonly intensityG: Float64Array } | undefined) =>
  told === undefined ? undefined : [...told.intensityG];

const chainOf = (allowDegrade: boolean) => ({
  GB: ['neso-uk', 'elexon'].map((provider) => ({ provider, allowDegrade })),
});

describe('the past', () => {
  it('that was wholly kept is told without asking anybody', async () => {
    const { vintages, asked, source } = await stage(hour(9));
    await vintages.keep(series({ at: hour(3), values: measured(100, 110, 120) }));
    const told = await source.past('GB', hours(0, 3), abort);
    expect(told).toMatchObject({ zone: 'GB', publisher: 'neso-uk', quality: 'measured', licence: 'CC-BY-4.0' });
    expect(valuesOf(told)).toEqual([100, 110, 120]);
    expect(asked).toEqual([]);
  });

  it('that was partly kept does not hide the rest: that is asked for, and what only was kept is told as well', async () => {
    const live = series({ at: hour(9), values: measured(Number.NaN, 111, 121) });
    const { vintages, asked, source } = await stage(hour(9), live);
    await vintages.keep(series({ at: hour(3), values: measured(100) }));
    expect(valuesOf(await source.past('GB', hours(0, 3), abort))).toEqual([100, 111, 121]);
    expect(asked).toEqual(['GB']);
  });

  it('is of one publisher: what another said fills no gap', async () => {
    const live = series({ at: hour(9), values: measured(Number.NaN, 111) });
    const { vintages, source } = await stage(hour(9), live);
    await vintages.keep(series({ at: hour(3), values: measured(100), provider: 'elexon' }));
    expect(valuesOf(await source.past('GB', hours(0, 2), abort))).toEqual([Number.NaN, 111]);
  });

  it('that is partly kept is told as far as it is where nobody answers', async () => {
    const { vintages, source } = await stage(hour(9));
    await vintages.keep(series({ at: hour(3), values: measured(100) }));
    expect(valuesOf(await source.past('GB', hours(0, 2), abort))).toEqual([100, Number.NaN]);
  });

  it('of which nothing was kept and nobody tells is a failure, not nothing', async () => {
    const { source } = await stage(hour(9));
    expect(await failureOf(source.past('GB', hours(0, 2), abort))).toMatchObject({
      code: 'grid/no-signal',
      message: 'no source tells the intensity of GB: neso-uk: it is down',
    });
  });

  it('is what the chain prefers where several were kept', async () => {
    const chains = { GB: [{ provider: 'elexon', allowDegrade: false }] };
    for (const [options, expected] of [
      [{}, 'neso-uk'],
      [{ chains }, 'elexon'],
    ] as const) {
      const { vintages, source } = await stage(hour(9), undefined, options);
      await vintages.keep(series({ at: hour(3), values: measured(100), provider: 'elexon' }));
      await vintages.keep(series({ at: hour(3), values: measured(200), provider: 'neso-uk' }));
      expect((await source.past('GB', hours(0, 1), abort))?.publisher).toBe(expected);
    }
  });

  it.each([
    ['neither wholly', {}, undefined],
    ['nor by a chain', { chains: chainOf(false) }, undefined],
    ['but where a chain lets it', { chains: chainOf(true) }, 'elexon'],
  ])('is never of a signal that only stands behind another: %s', async (_, options, expected) => {
    const { vintages, source } = await stage(hour(9), undefined, options);
    await vintages.keep(series({ at: hour(3), values: measured(100) }));
    await vintages.keep(series({ at: hour(3), values: measured(300, 300), provider: 'elexon' }));
    const told = await source.past('GB', hours(0, 2), abort);
    expect(told?.publisher).toBe(expected ?? 'neso-uk');
  });

  it('is not of what was observed later than the clock shows', async () => {
    const { vintages, source } = await stage(hour(5));
    await vintages.keep(series({ at: hour(3), values: measured(100) }));
    await vintages.keep(series({ at: hour(8), values: measured(999) }));
    expect(valuesOf(await source.past('GB', hours(0, 1), abort))).toEqual([100]);
  });

  it('is filled from the same factors alone, and says what it was filled with', async () => {
    const live = series({ at: hour(9), values: measured(Number.NaN, 111), factors: 'two' });
    const { vintages, source } = await stage(hour(9), live);
    await vintages.keep(series({ at: hour(3), values: [[90, 'estimated']], factors: 'one' }));
    expect(valuesOf(await source.past('GB', hours(0, 2), abort))).toEqual([Number.NaN, 111]);
    await vintages.keep(series({ at: hour(3), values: [[100, 'estimated']], factors: 'two' }));
    const told = await source.past('GB', hours(0, 2), abort);
    expect(valuesOf(told)).toEqual([100, 111]);
    expect(told?.quality).toBe('estimated, measured');
  });

  it('ends with the slot that has begun', async () => {
    const live = series({ at: hour(1), values: [...measured(100), ...foreseen(110, 120)] });
    const { source } = await stage(instant(hour(1) + 1), live);
    expect(valuesOf(await source.past('GB', hours(0, 3), abort))).toEqual([100, 110, Number.NaN]);
  });
});

describe('a forecast', () => {
  const batch = [1, 2].map((n) => ({ issued: hour(n), values: [...measured(1, 2), ...foreseen(n * 100, n * 110)] }));

  it('then is the newest that was known then, unchanged', async () => {
    const { vintages, source, asked } = await stage(hour(48));
    for (const { issued, values } of batch) await vintages.keep(series({ at: issued, issuedAt: issued, values }));
    const first = await source.forecastAt('GB', instant(hour(2) - 1), abort);
    expect(first).toMatchObject({ issuedAt: hour(1), quality: 'measured, forecast', publisher: 'neso-uk' });
    expect(valuesOf(first)?.filter((value) => !Number.isNaN(value))).toEqual([2, 100, 110]);
    expect(valuesOf(await source.forecastAt('GB', hour(2), abort))?.slice(0, 2)).toEqual([200, 220]);
    expect(await source.forecastAt('GB', hour(0), abort)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('now is asked for, and what is filled in for planning is not of it', async () => {
    const live = series({ at: hour(1), values: [...measured(1, 2), ...foreseen(100, Number.NaN, 120)] });
    const { source } = await stage(hour(1), live);
    const told = await source.forecast('GB', abort);
    expect(told.axis.start).toBe(hour(1));
    expect(valuesOf(told)?.slice(0, 5)).toEqual([2, 100, Number.NaN, 120, Number.NaN]);
    expect(valuesOf(await source.forecastAt('GB', hour(1), abort))?.slice(0, 2)).toEqual([2, 100]);
  });

  it.each([
    ['gridtide:watttime', [500, 501]],
    ['watttime, gridtide', [500, 120]],
    ['watttime', [110, 120]],
  ])(
    'now or then is by %s where hours are ours, and as private as what ours are learned from',
    async (whose, values) => {
      const published = series({
        at: hour(1),
        values: [...measured(1, 2), ...foreseen(110, 120)],
        provider: 'watttime',
      });
      const ahead = series({ at: hour(1), values: [...measured(1, 2), ...foreseen(...values)], provider: 'watttime' });
      const seen = async () => ({ answer: answerOf(published), ahead });
      const ours = carbonSource({ clock: standingClock(hour(1)), read: seen, readAt: seen });
      for (const told of [await ours.forecast('GB', abort), await ours.forecastAt('GB', hour(1), abort)]) {
        expect(told).toMatchObject({ publisher: whose, mayBePassedOn: false });
        expect(valuesOf(told)?.slice(0, 3)).toEqual([2, ...values]);
      }
    },
  );

  it('is none where its source says nothing of what comes', async () => {
    const { source } = await stage(hour(1), series({ at: hour(1), values: measured(1, 2) }));
    expect(await failureOf(source.forecast('GB', abort))).toMatchObject({ code: 'grid/no-signal' });
  });
});

describe('a location', () => {
  it('is a cloud region also without its cloud, since no two clouds call one the same', async () => {
    const names = Object.values(CLOUD_REGIONS).flatMap((of) => Object.keys(of));
    expect(new Set(names).size).toBe(names.length);
    const { source, asked } = await stage(
      hour(1),
      series({ at: hour(1), values: [...measured(1), ...foreseen(2, 3)] }),
    );
    for (const name of ['uksouth', 'UKSouth', 'azure:uksouth', 'eu-west-2', 'europe-west2', '51.51,-0.13', 'GB'])
      await source.forecast(name, abort);
    expect(new Set(asked)).toEqual(new Set(['GB']));
  });

  it('is refused where it is not known or no source covers it', async () => {
    const { source } = await stage(hour(1));
    expect(await failureOf(source.past('Atlantis', hours(0, 1), abort))).toMatchObject({
      code: 'grid/no-zone',
      value: 'Atlantis',
    });
  });

  it('is listed by the name that it may be asked by, with its place', async () => {
    const { source } = await stage(hour(1));
    const known = await source.locations();
    expect(known).toContainEqual({ name: 'eu-central-1', latitude: 50.11, longitude: 8.68 });
    expect(known).toContainEqual({ name: 'AU-NSW', latitude: -33.87, longitude: 151.21 });
    expect(new Set(known.map(({ name }) => name)).size).toBe(known.length);
  });
});

it('live providers answer through the grid, and what they said can be asked for later', async () => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  const { clock, transport, zone } = play('energy-charts', (body) => body);
  const app = await openApp({ cwd: folder, home: folder, zone, transport, environment: {}, signal: abort });
  const at = (now: Instant) => ({ clock: standingClock(now), now });
  const read = await app.readGrid(app.gridChoice, clock);
  const first = carbonSource({ read, clock });
  const forecast = await first.forecast(zone, abort);
  expect(forecast).toMatchObject({ zone, publisher: 'energy-charts', issuedAt: clock.now() });

  const { store } = await app.open();
  onTestFinished(() => store.close());
  const later = at(after(clock.now(), millis(48 * HOUR)));
  const second = carbonSource({
    read: () => Promise.reject(new Error('nobody is asked')),
    readAt: async (where, now, ...rest) =>
      (await app.readGrid({ from: 'archive' }, standingClock(now)))(where, now, ...rest),
    clock: later.clock,
    kept: async () => openVintages(store),
  });
  const then = await second.forecastAt(zone, clock.now(), abort);
  const given = (told: typeof then) => [...(told?.intensityG ?? [])].filter((value) => !Number.isNaN(value));
  expect(given(then).length).toBeGreaterThan(0);
  expect(given(forecast)).toEqual(expect.arrayContaining(given(then)));
});
