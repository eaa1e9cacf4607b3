import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { SIGNAL, someSeries } from '../../test/support/some-series.ts';
import { Failure } from '../errors.ts';
import { openStore } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../units.ts';
import { type BackfillOptions, backfill } from './backfill.ts';
import type { Range } from './provider.ts';
import { openVintages, type VintageKey, type Vintages } from './vintages.ts';

const KEY: VintageKey = { provider: 'energy-charts', zone: 'DE', signal: SIGNAL, step: HOUR };
const PIECE = 14 * DAY;
/** Where a piece ends. */
const T0 = instant(Math.ceil(Date.UTC(2026, 2, 18) / PIECE) * PIECE);
const day = (n: number): Instant => instant(T0 + n * DAY);

let vintages: Vintages;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  const store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
  vintages = openVintages(store);
});

/** What a publisher says of `range`; nothing from before `reach`. */
const told = ({ start, end }: Range, step: Millis = HOUR, reach: number = 0) => {
  const first = Math.floor(start / step) * step;
  const slots = Array.from({ length: Math.ceil((end - first) / step) }, (_, i) => first + i * step);
  return someSeries({ start: instant(first), at: day(0), step, values: slots.map((at) => (at < reach ? null : 300)) });
};

/** A publisher that keeps what it says, and the days from the end that it was asked for. */
function publisher(say: (range: Range) => ReturnType<typeof told> = (range) => told(range)) {
  const asked: [number, number][] = [];
  return {
    asked,
    async read(range: Range) {
      asked.push([(range.start - T0) / DAY, (range.end - T0) / DAY]);
      const series = say(range);
      await vintages.keep(series);
      return series;
    },
  };
}

const fill = (read: BackfillOptions['read'], change: Partial<BackfillOptions> = {}) =>
  backfill({
    ...{ key: KEY, vintages, read, signal: new AbortController().signal, pauseMs: 0 },
    ...{ since: day(-40), until: day(-3), ...change },
  });

describe('reading the past', () => {
  it('goes back from the newest piece, as far as it is wanted', async () => {
    const { asked, read } = publisher();
    const heard: Range[] = [];
    expect(await fill(read, { onPiece: (range) => heard.push(range) })).toEqual({ asked: 3, stopped: undefined });
    expect(asked).toEqual([
      [-14, -3],
      [-28, -14],
      [-40, -28],
    ]);
    expect(heard.map(({ start }) => start)).toEqual([day(-14), day(-28), day(-40)]);
  });

  it('asks for nothing twice', async () => {
    const { asked, read } = publisher();
    await fill(read);
    expect(await fill(read)).toEqual({ asked: 0, stopped: undefined });
    expect(asked).toHaveLength(3);
  });

  it('asks again for what was kept without the generation that it was computed from', async () => {
    const key = { ...KEY, factors: 'f@1' };
    const computed = (range: Range, hasPower: boolean) => {
      const series = told(range);
      return {
        ...series,
        ...(hasPower ? { powerMW: new Map([['wind' as const, series.intensityG.map(() => 7)]]) } : {}),
        provenance: { ...series.provenance, factors: 'f@1' },
      };
    };
    await vintages.keep(computed({ start: day(-40), end: day(-3) }, false));
    const { asked, read } = publisher((range) => computed(range, true));
    expect(await fill(read, { key })).toEqual({ asked: 3, stopped: undefined });
    expect(await fill(read, { key })).toEqual({ asked: 0, stopped: undefined });
    expect(asked).toHaveLength(3);
  });

  it('asks only for pieces of which less than nine tenths are known, under whatever length of slots', async () => {
    await vintages.keep(told({ start: day(-13), end: day(-3) }, millis(15 * MINUTE)));
    await vintages.keep(told({ start: day(-27), end: day(-15) }));
    const { asked, read } = publisher();
    expect(await fill(read)).toEqual({ asked: 2, stopped: undefined });
    expect(asked).toEqual([
      [-28, -14],
      [-40, -28],
    ]);
  });

  it('knows nothing by what another publisher or another zone said', async () => {
    const whole = told({ start: day(-14), end: day(-3) });
    await vintages.keep({ ...whole, zone: 'FR' });
    await vintages.keep({ ...whole, provenance: { ...whole.provenance, provider: 'entsoe' } });
    expect((await fill(publisher().read, { since: day(-14) })).asked).toBe(1);
  });

  it('leaves alone what is shorter than an hour', async () => {
    const { asked, read } = publisher();
    await fill(read, { until: instant(day(-14) + 59 * MINUTE), since: day(-20) });
    expect(asked).toEqual([[-20, -14]]);
  });

  it('stops where the publisher reaches no further', async () => {
    const { asked, read } = publisher((range) => told(range, HOUR, day(-20)));
    const { asked: count, stopped } = await fill(read, { since: day(-100) });
    expect(count).toBe(3);
    expect(asked.at(-1)).toEqual([-42, -28]);
    expect(stopped).toBe(`energy-charts has nothing before ${new Date(day(-28)).toISOString().slice(0, 10)}`);
  });

  it('stops with the words of a failure, and goes on where it stopped', async () => {
    let fails = true;
    const { asked, read } = publisher((range) => {
      if (fails && range.start < day(-14)) throw new Failure('grid/unavailable', 'the publisher is down');
      return told(range);
    });
    expect(await fill(read)).toEqual({ asked: 2, stopped: 'the publisher is down' });
    fails = false;
    expect(await fill(read)).toEqual({ asked: 2, stopped: undefined });
    expect(asked.map(([start]) => start)).toEqual([-14, -28, -28, -40]);
  });

  it('is called off by who wanted it: before a question, in one, and in the pause after it', async () => {
    const { asked, read } = publisher();
    await expect(fill(read, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(asked).toEqual([]);
    const during = new AbortController();
    const failing = async (): Promise<never> => {
      during.abort(new Error('enough'));
      throw new Failure('grid/unavailable', 'called off');
    };
    await expect(fill(failing, { signal: during.signal })).rejects.toThrow('enough');
    const between = new AbortController();
    const pausing = fill(read, {
      signal: between.signal,
      pauseMs: 1_000_000,
      onPiece: () => setImmediate(() => between.abort()),
    });
    await expect(pausing).rejects.toThrow(/abort/i);
    expect(asked).toHaveLength(1);
  });
});
