import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { scripted } from '../../test/support/grid-replies.ts';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { openStore, type Store } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import { openOperators, operatorsOf } from './operator-archive.ts';
import type { OperatorRun } from './operators.ts';
import type { Provider, Range } from './provider.ts';

const NOW = instant(Date.UTC(2026, 2, 18, 12, 10));
const TODAY = instant(Date.UTC(2026, 2, 18));
const live = new AbortController().signal;
const day = (n: number): Instant => instant(TODAY + n * DAY);
const always: Range = { start: instant(0), end: day(400) };

let store: Store;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
});

interface Told {
  readonly id?: string;
  readonly keys?: readonly string[];
  /** MW of wind in each hour of the day that begins then; `undefined`: nothing is published. */
  readonly windMW?: (start: Instant) => number | undefined;
  readonly fails?: () => Failure | undefined;
}

/** A publisher, and the days from today on that it was asked about. */
function publisher({ id = 'grid-a', keys = [], windMW = () => 500, fails = () => undefined }: Told = {}) {
  const asked: [number, number][] = [];
  const runOf = (start: Instant, now: Instant): OperatorRun[] => {
    const power = windMW(start);
    if (power === undefined) return [];
    const hours = (value: number): Float64Array => new Float64Array(24).fill(value);
    const knownAt = instant(Math.min(now, start - 6 * HOUR));
    return [{ start, knownAt, windMW: hours(power), solarMW: hours(Number.NaN) }];
  };
  const provider: Provider = {
    id,
    about: 'a grid',
    keys,
    signal: { kind: 'average', basis: 'production', scope: 'unknown', gas: 'CO2e' },
    covers: (zone) => zone === 'DE',
    intensity: () => Promise.reject(new Error('not asked')),
    operator: {
      about: 'wind of a grid',
      licence: `licence of ${id}`,
      covers: (zone) => zone === 'DE',
      async dayAhead(_, range, { clock }) {
        asked.push([Math.floor((range.start - TODAY) / DAY), Math.ceil((range.end - TODAY) / DAY)]);
        const failure = fails();
        if (failure !== undefined) throw failure;
        const first = Math.floor(range.start / DAY) * DAY;
        const starts = Array.from({ length: Math.ceil((range.end - first) / DAY) }, (__, i) =>
          instant(first + i * DAY),
        );
        const runs = starts.flatMap((start) => (start - 6 * HOUR > clock.now() ? [] : runOf(start, clock.now())));
        return { runs, fetchedAt: clock.now(), source: `https://example.org/${id}`, sha256: 'ab' };
      },
    },
  };
  return { provider, asked };
}

const archive = (providers: readonly Provider[], now: Instant = NOW, environment = {}) =>
  openOperators({
    ...{ store, providers, environment },
    transport: scripted(() => new Error('nobody is asked')),
    clock: standingClock(now),
  });
const windOf = async (providers: readonly Provider[], asOf?: Instant) =>
  (await archive(providers).history('DE', always, asOf))?.runs.map(({ start, knownAt, windMW }) => [
    (start - TODAY) / DAY,
    (knownAt - TODAY) / HOUR,
    windMW[0],
  ]);

describe('forecasts of operators', () => {
  it('are kept as they were issued, once, with their licence', async () => {
    const { provider } = publisher();
    const { refresh, history } = archive([provider]);
    expect(await refresh('DE', false, live)).toBeUndefined();
    const known = await history('DE', always);
    expect(known).toMatchObject({ provider: 'grid-a', licence: 'licence of grid-a' });
    expect(known?.runs.map(({ start, knownAt }) => [(start - TODAY) / DAY, (knownAt - TODAY) / HOUR])).toEqual([
      [-3, -78],
      [-2, -54],
      [-1, -30],
      [0, -6],
    ]);
    expect(known?.runs[0]?.windMW).toEqual(new Float64Array(24).fill(500));
    expect(known?.runs[0]?.solarMW).toEqual(new Float64Array(24).fill(Number.NaN));
    await archive([provider], instant(NOW + HOUR)).refresh('DE', false, live);
    expect(await windOf([provider])).toHaveLength(4);
  });

  it('that are issued anew are known from then on, and what was known before stays so', async () => {
    await archive([publisher().provider]).refresh('DE', false, live);
    const later = instant(NOW + HOUR);
    const { provider } = publisher({ windMW: (start) => (start === TODAY ? 700 : 500) });
    await archive([provider], later).refresh('DE', false, live);
    expect((await windOf([provider]))?.slice(-2)).toEqual([
      [0, -6, 500],
      [0, (later - TODAY) / HOUR, 700],
    ]);
    expect((await windOf([provider], NOW))?.at(-1)).toEqual([0, -6, 500]);
    expect(await windOf([provider], instant(NOW - 1))).toBeUndefined();
  });

  it('of the past are asked for in pieces, the newest first, and nothing twice', async () => {
    const { provider, asked } = publisher();
    await archive([provider]).refresh('DE', true, live);
    expect(asked[0]).toEqual([-3, 4]);
    expect(asked.slice(1).every(([from, to]) => to - from <= 28 && to <= -3)).toBe(true);
    expect(asked.length).toBeGreaterThan(14);
    const before = asked.length;
    await archive([provider]).refresh('DE', true, live);
    expect(asked.slice(before)).toEqual([[-3, 4]]);
    expect((await windOf([provider]))?.length).toBeGreaterThan(400);
  });

  it('of a past in which nothing was published are asked for once', async () => {
    const { provider, asked } = publisher({ windMW: (start) => (start < day(-40) ? undefined : 500) });
    for (let i = 0; i < 20; i += 1) await archive([provider]).refresh('DE', true, live);
    const past = asked.filter(([, to]) => to <= -3);
    expect(new Set(past.map(String)).size).toBe(past.length);
    const before = asked.length;
    await archive([provider]).refresh('DE', true, live);
    expect(asked.length).toBe(before + 1);
  });

  it('of a past that was said to be empty are asked for again, and are known as of their time', async () => {
    const silent = publisher({ windMW: () => undefined });
    for (let i = 0; i < 20; i += 1) await archive([silent.provider]).refresh('DE', true, live);
    const asking = async (now: Instant): Promise<readonly (readonly [number, number])[]> => {
      const { provider, asked } = publisher();
      await archive([provider], now).refresh('DE', true, live);
      return asked.slice(1);
    };
    expect(await asking(instant(NOW + HOUR))).toEqual([]);
    // The newest piece was not over when it was asked for, and the one before not for a week.
    expect(await asking(instant(NOW + 2 * DAY))).toHaveLength(2);
    expect((await asking(instant(NOW + 31 * DAY))).length).toBeGreaterThan(12);
    const runs = (await archive([publisher().provider]).history('DE', always))?.runs ?? [];
    expect(runs.length).toBeGreaterThan(400);
    expect(runs.every(({ start, knownAt }) => knownAt === start - 6 * HOUR)).toBe(true);
  });

  it('are of the first who publishes them, and of the next where that fails and never did', async () => {
    const down = publisher({ fails: () => new Failure('grid/unavailable', 'grid-a is down') });
    const next = publisher({ id: 'grid-b', windMW: () => 90 });
    const both = [down.provider, next.provider];
    expect(await archive(both).refresh('DE', false, live)).toBeUndefined();
    expect(await archive(both).history('DE', always)).toMatchObject({ provider: 'grid-b' });
    const up = [publisher().provider, next.provider];
    await archive(up).refresh('DE', false, live);
    expect(await archive(up).history('DE', always)).toMatchObject({ provider: 'grid-a' });
    const before = next.asked.length;
    expect(await archive(both).refresh('DE', false, live)).toBe('grid-a is down');
    expect(next.asked).toHaveLength(before);
    expect(await archive(both).history('DE', always)).toMatchObject({ provider: 'grid-a' });
  });

  it('are asked of nobody who does not publish them, whose key is missing, or whom a chain does not name', async () => {
    const { provider, asked } = publisher({ keys: ['KEY'] });
    const { operator: _, ...plain } = publisher({ id: 'grid-c' }).provider;
    expect(await archive([provider, plain]).refresh('DE', true, live)).toBeUndefined();
    expect(asked).toEqual([]);
    await archive([provider], NOW, { KEY: 'x' }).refresh('DE', false, live);
    expect(asked).toHaveLength(1);
    expect(await archive([provider]).refresh('FR', true, live)).toBeUndefined();
    const chains = { DE: [{ provider: 'grid-c', allowDegrade: false }] };
    expect(operatorsOf('DE', { providers: [provider, plain], chains })).toEqual([]);
  });

  it('are called off by who wanted them', async () => {
    const { provider } = publisher();
    await expect(archive([provider]).refresh('DE', true, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
  });

  it('are written once', async () => {
    await archive([publisher().provider]).refresh('DE', false, live);
    await expect(store.db.deleteFrom('operator_run').execute()).rejects.toThrow('append-only');
    await expect(store.db.updateTable('operator_run').set({ hours: 1 }).execute()).rejects.toThrow('append-only');
  });
});
