import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { openStore, type Store } from '../store/index.ts';
import { HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../units.ts';
import type { Quality, Series, Signal } from './series.ts';
import { gapsIn } from './slots.ts';
import { openVintages, type VintageKey, type Vintages } from './vintages.ts';

const SIGNAL: Signal = { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' };
const KEY: VintageKey = { provider: 'neso-uk', zone: 'GB', signal: SIGNAL, step: HOUR };
const FACTORS = 'ipcc-ar5-lifecycle@1';
/** A Wednesday, 20:00Z: the week of the store ends four hours later. */
const T0 = instant(Date.UTC(2026, 8, 30, 20));
const hour = (n: number): Instant => instant(T0 + n * HOUR);

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

interface Reading {
  readonly at: Instant;
  /** Start of the first value. */
  readonly start?: Instant;
  readonly values: readonly (number | null)[];
  readonly quality?: Quality | readonly Quality[];
  readonly issuedAt?: Instant;
  readonly step?: Millis;
  readonly band?: number;
  /** Share of generation, of values that are computed. */
  readonly covered?: readonly number[];
  /** MW of wind, beside `covered`. */
  readonly windMW?: readonly number[];
}

function reading({
  at,
  start = T0,
  values,
  quality = 'measured',
  issuedAt,
  step = HOUR,
  band,
  covered,
  windMW,
}: Reading): Series {
  const intensityG = Float64Array.from(values, (value) => value ?? Number.NaN);
  const axis = { start, step, length: values.length };
  return {
    zone: 'GB',
    signal: SIGNAL,
    axis,
    intensityG,
    ...(band === undefined ? {} : { lowG: intensityG.map((v) => v - band), highG: intensityG.map((v) => v + band) }),
    ...(covered === undefined ? {} : { covered: Float64Array.from(covered) }),
    ...(windMW === undefined ? {} : { powerMW: new Map([['wind' as const, Float64Array.from(windMW)]]) }),
    quality: values.map((value, i) =>
      value === null ? 'missing' : typeof quality === 'string' ? quality : (quality[i] ?? 'missing'),
    ),
    gaps: gapsIn(intensityG, axis, () => 'not published'),
    provenance: {
      provider: 'neso-uk',
      source: `https://example.org/${at}`,
      sha256: 'ab',
      licence: 'CC-BY-4.0',
      fetchedAt: at,
      issuedAt: issuedAt ?? at,
      issuedAtBasis: issuedAt === undefined ? 'fetch-time' : 'provider',
      ...(covered === undefined ? {} : { factors: FACTORS }),
    },
    warnings: [],
  };
}

const valuesOf = async (from: Instant, to: Instant, asOf?: Instant): Promise<(number | null)[]> =>
  Array.from((await vintages.past(KEY, { start: from, end: to }, asOf)).intensityG, (v) =>
    Number.isNaN(v) ? null : v,
  );

const countOf = async (table: 'grid_block' | 'grid_forecast'): Promise<number> =>
  (await store.db.selectFrom(table).select('id').execute()).length;

describe('the past', () => {
  it('is what was last said, and at any moment what had been said until then', async () => {
    await vintages.keep(
      reading({ at: hour(1), values: [100, null, 300], quality: ['estimated', 'missing', 'estimated'] }),
    );
    await vintages.keep(
      reading({ at: hour(9), values: [100, 200, 310], quality: ['measured', 'measured', 'measured'] }),
    );
    expect(await valuesOf(T0, hour(4))).toEqual([100, 200, 310, null]);
    expect(await valuesOf(T0, hour(4), hour(8))).toEqual([100, null, 300, null]);
    expect(await valuesOf(T0, hour(4), instant(hour(1) - 1))).toEqual([null, null, null, null]);
    const before = await vintages.past(KEY, { start: T0, end: hour(4) }, hour(8));
    expect(before.quality).toEqual(['estimated', 'missing', 'estimated', 'missing']);
    expect(before.gaps).toMatchObject([
      { start: hour(1), reason: 'nothing was known of it then' },
      { start: hour(3), reason: 'nothing was known of it then' },
    ]);
    expect(before.provenance).toMatchObject({
      fetchedAt: hour(1),
      licence: 'CC-BY-4.0',
      provider: 'neso-uk',
      sha256: 'ab',
    });
  });

  it('is kept with the generation that it was computed from, as it was known', async () => {
    const key = { ...KEY, factors: FACTORS };
    const windOf = async (asOf?: Instant) => {
      const { powerMW } = await vintages.past(key, { start: T0, end: hour(6) }, asOf);
      return [...(powerMW?.get('wind') ?? [])];
    };
    const said = { values: [100, 110, 120, 130, 140], covered: [1, 1, 1, 1, 1] };
    await vintages.keep(reading({ at: hour(5), ...said }));
    expect(await windOf()).toEqual([]);
    await vintages.keep(reading({ at: hour(6), ...said, windMW: [500, 510, 520, Number.NaN, 540] }));
    await vintages.keep(reading({ at: hour(7), ...said, windMW: [500, 510, 525, 530, Number.NaN] }));
    expect(await countOf('grid_block')).toBe(5);
    await vintages.keep(reading({ at: hour(8), ...said, windMW: [500, 510, 525, 530, Number.NaN] }));
    expect(await countOf('grid_block')).toBe(5);
    expect(await windOf()).toEqual([500, 510, 525, 530, 540, Number.NaN]);
    expect(await windOf(hour(6))).toEqual([500, 510, 520, Number.NaN, 540, Number.NaN]);
    expect(await windOf(hour(5))).toEqual([]);
    expect(await vintages.statements(key, { start: T0, end: hour(5) })).toHaveLength(5);
  });

  it('keeps all that is known of generation where a block repeats its week', async () => {
    const key = { ...KEY, factors: FACTORS };
    const slot = (i: number) => instant(T0 + i * HOUR);
    for (let i = 0; i < 300; i += 1) {
      const said = { start: slot(i % 4), values: [100 + i], covered: [1] };
      await vintages.keep(reading({ at: slot(5 + i), ...said, ...(i < 200 ? { windMW: [i] } : {}) }));
    }
    expect(await store.db.selectFrom('grid_block').select('id').where('whole', '=', 1).execute()).not.toEqual([]);
    const { powerMW } = await vintages.past(key, { start: T0, end: hour(4) });
    expect([...(powerMW?.get('wind') ?? [])]).toEqual([196, 197, 198, 199]);
  });

  it('shows each slot becoming final', async () => {
    await vintages.keep(reading({ at: hour(1), values: [100, 110], quality: 'estimated' }));
    await vintages.keep(reading({ at: hour(5), values: [104, 110], quality: ['measured', 'estimated'] }));
    await vintages.keep(reading({ at: hour(6), values: [104, 110], quality: 'measured' }));
    expect(await vintages.statements(KEY, { start: T0, end: hour(2) })).toEqual([
      { start: hour(0), observedAt: hour(1), intensityG: 100, quality: 'estimated' },
      { start: hour(1), observedAt: hour(1), intensityG: 110, quality: 'estimated' },
      { start: hour(0), observedAt: hour(5), intensityG: 104, quality: 'measured' },
      { start: hour(1), observedAt: hour(6), intensityG: 110, quality: 'measured' },
    ]);
    expect(await vintages.statements(KEY, { start: hour(1), end: hour(2) })).toHaveLength(2);
  });

  it('grows only by what is new', async () => {
    const values = Array.from({ length: 48 }, (_, i) => 100 + i);
    await vintages.keep(reading({ at: hour(50), values }));
    const blocks = await countOf('grid_block');
    expect(blocks).toBe(2); // two weeks are touched
    await vintages.keep(reading({ at: hour(51), values }));
    expect(await countOf('grid_block')).toBe(blocks);
    await vintages.keep(reading({ at: hour(52), values: [...values, 1] }));
    expect(await countOf('grid_block')).toBe(blocks + 1);
  });

  it('is entered once for each publisher, signal and length of slots, in the order in which they came', async () => {
    const half = millis(30 * MINUTE);
    const other = reading({ at: hour(1), values: [100], covered: [0.9] });
    expect(await vintages.keys('GB')).toEqual([]);
    expect(await vintages.id(KEY)).toBeUndefined();
    await vintages.keep(reading({ at: hour(1), values: [100] }));
    await vintages.keep({ ...other, provenance: { ...other.provenance, provider: 'elexon' } });
    await vintages.keep(reading({ at: hour(1), start: instant(T0 + 5 * MINUTE), values: [100], step: half }));
    await vintages.keep(reading({ at: hour(2), values: [100, 110] }));
    await vintages.keep({ ...other, zone: 'FR' });
    const phase = millis(0);
    const whole = { ...KEY, phase };
    const halves = { ...KEY, step: half, phase: millis(5 * MINUTE) };
    expect(await vintages.keys('GB')).toEqual([whole, { ...whole, provider: 'elexon', factors: FACTORS }, halves]);
    expect(await vintages.keys('GB', 'neso-uk')).toEqual([whole, halves]);
    expect(await vintages.keys('GB', 'energinet')).toEqual([]);
    const ids = await Promise.all((await vintages.keys('GB')).map((key) => vintages.id(key)));
    expect(new Set(ids).size).toBe(3);
    expect(await vintages.id(KEY)).toBe(ids[0]);
    expect(await openVintages(store).id(halves)).toBe(ids[2]);
    expect(await vintages.id({ ...KEY, factors: FACTORS })).toBeUndefined();
  });

  it('is told apart by publisher, zone, signal and slots', async () => {
    await vintages.keep(reading({ at: hour(1), values: [100] }));
    const nothing = async (change: Partial<VintageKey>): Promise<void> => {
      const other = await vintages.past({ ...KEY, ...change }, { start: T0, end: hour(1) });
      expect([...other.intensityG].every(Number.isNaN)).toBe(true);
    };
    await nothing({ provider: 'energinet' });
    await nothing({ zone: 'GB-2' });
    await nothing({ signal: { ...SIGNAL, scope: 'lifecycle' } });
    await nothing({ signal: { ...SIGNAL, gas: 'CO2e' } });
    await nothing({ step: millis(30 * MINUTE) });
    await nothing({ factors: 'ipcc-ar5-lifecycle@1' });
    expect(await valuesOf(T0, hour(1))).toEqual([100]);
  });

  it('may have slots that begin at the half hour, over the edge of a week', async () => {
    const start = instant(T0 + 30 * MINUTE);
    const values = Array.from({ length: 12 }, (_, i) => i + 1);
    await vintages.keep(reading({ at: hour(20), start, values }));
    const key = { ...KEY, phase: millis(30 * MINUTE) };
    const read = await vintages.past(key, { start, end: instant(start + 12 * HOUR) });
    expect(read.axis.start).toBe(start);
    expect([...read.intensityG]).toEqual(values);
  });

  it('loses nothing when the clock is turned back', async () => {
    for (let i = 0; i < 40; i += 1) await vintages.keep(reading({ at: hour(100), values: [i] }));
    await vintages.keep(reading({ at: hour(50), values: [999] }));
    expect(await valuesOf(T0, hour(1))).toEqual([999]);
  });

  it('is not hidden by a reading that was dated far ahead', async () => {
    await vintages.keep(reading({ at: hour(1), values: [100] }));
    await vintages.keep(reading({ at: hour(9_000), values: [101, 110] }));
    await vintages.keep(reading({ at: hour(3), values: [101, 110, 120] }));
    await vintages.keep(reading({ at: hour(4), values: [102] }));
    expect(await valuesOf(T0, hour(3), hour(2))).toEqual([100, null, null]);
    expect(await valuesOf(T0, hour(3), hour(3))).toEqual([101, 110, 120]);
    expect(await valuesOf(T0, hour(3), hour(4))).toEqual([102, 110, 120]);
    expect(await valuesOf(T0, hour(3), hour(9_001))).toEqual([102, 110, 120]);
    expect(await valuesOf(T0, hour(3))).toEqual([102, 110, 120]);
  });

  it('is known from the first right date on, though that reading says nothing else', async () => {
    await vintages.keep(reading({ at: hour(9_000), values: [100, 110] }));
    await vintages.keep(reading({ at: hour(2), values: [100, 110] }));
    await vintages.keep(reading({ at: hour(3), values: [100, 110] }));
    expect(await valuesOf(T0, hour(2), hour(1))).toEqual([null, null]);
    expect(await valuesOf(T0, hour(2), hour(2))).toEqual([100, 110]);
    expect(await countOf('grid_block')).toBe(2);
  });

  it('is not dated before it was known by a clock that is a little behind, or shows less than the slots that are known', async () => {
    await vintages.keep(reading({ at: hour(60), values: Array.from({ length: 50 }, (_, i) => i) }));
    await vintages.keep(reading({ at: hour(58), values: [1_000] }));
    await vintages.keep(reading({ at: hour(30), values: [2_000] }));
    expect(await valuesOf(T0, hour(1), hour(59))).toEqual([null]);
    expect(await valuesOf(T0, hour(1), hour(60))).toEqual([2_000]);
    const dates = await store.db.selectFrom('grid_block').select('observed_at').execute();
    expect(new Set(dates.map(({ observed_at }) => observed_at))).toEqual(new Set([hour(60)]));
  });

  it('keeps the share of generation that each value rests on; that it moves a little is no news', async () => {
    const key = { ...KEY, factors: FACTORS };
    const share = async (asOf?: Instant) => [
      ...((await vintages.past(key, { start: T0, end: hour(3) }, asOf)).covered ?? []),
    ];
    await vintages.keep(reading({ at: hour(2), values: [100, 110], covered: [0.953_21, 1] }));
    await vintages.keep(reading({ at: hour(3), values: [100, 110], covered: [0.96, Number.NaN] }));
    expect(await countOf('grid_block')).toBe(1);
    expect(await share()).toEqual([0.9532, 1, Number.NaN]);
    await vintages.keep(reading({ at: hour(4), values: [100, 110], covered: [0.99, 1] }));
    expect(await share()).toEqual([0.99, 1, Number.NaN]);
    expect(await share(hour(3))).toEqual([0.9532, 1, Number.NaN]);
    expect((await vintages.past(KEY, { start: T0, end: hour(3) })).covered).toBeUndefined();
  });

  it('takes few bytes where it is read every five minutes, and few blocks to read', async () => {
    const step = millis(5 * MINUTE);
    const monday = instant(Date.UTC(2026, 9, 1));
    const at = (i: number): Instant => instant(monday + i * step);
    const value = (i: number): number => Math.round(3_000 + 900 * Math.sin(i / 40)) / 10;
    for (let i = 0; i < 600; i += 1) {
      // The newest is estimated, and that of a day before final.
      const values = Array.from({ length: 289 }, (_, k) => value(i + k));
      const quality = values.map((_, k): Quality => (k === 0 ? 'measured' : 'estimated'));
      await vintages.keep(reading({ at: at(i + 289), start: at(i), values, quality, step }));
    }
    const blocks = await store.db.selectFrom('grid_block').select(['whole', 'intensity', 'quality']).execute();
    const bytes = blocks.reduce((sum, { intensity, quality }) => sum + intensity.length + quality.length, 0);
    expect(blocks.filter(({ whole }) => whole === 1).length).toBeLessThan(20);
    expect(bytes / blocks.length).toBeLessThan(50);
    const { intensityG } = await vintages.past({ ...KEY, step }, { start: at(0), end: at(888) }, at(700));
    expect(intensityG.findLastIndex((one) => !Number.isNaN(one))).toBe(699);
    expect(intensityG[500]).toBe(value(500));
  });

  it('cannot be changed, whoever tries', async () => {
    await vintages.keep(reading({ at: hour(1), values: [100, 200], quality: ['measured', 'forecast'] }));
    for (const table of ['grid_series', 'grid_origin', 'grid_block', 'grid_forecast'] as const) {
      await expect(store.db.deleteFrom(table).execute()).rejects.toThrow('append-only');
      await expect(store.db.updateTable(table).set({ id: 9 }).execute()).rejects.toThrow('append-only');
    }
  });

  it('is at every moment what a plain list of all that was said makes of it, however often it was revised', async () => {
    const value = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null });
    const readings = fc.array(
      fc.record({
        offset: fc.integer({ min: 0, max: 12 }),
        values: fc.array(value, { minLength: 1, maxLength: 10 }),
        quality: fc.constantFrom('measured' as const, 'estimated' as const),
        wait: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 150, maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(readings, async (said) => {
        const { folder, cleanup } = temporaryFolder();
        const own = await openStore(folder);
        try {
          const kept = openVintages(own);
          const list: { at: Instant; start: Instant; value: number; quality: Quality }[] = [];
          let at = hour(100);
          for (const { offset, values, quality, wait } of said) {
            at = instant(at + wait * MINUTE);
            await kept.keep(reading({ at, start: hour(offset), values, quality }));
            values.forEach((v, i) => {
              if (v !== null) list.push({ at, start: hour(offset + i), value: v, quality });
            });
          }
          for (const asOf of [hour(100), instant((hour(100) + at) / 2), at]) {
            const read = await kept.past(KEY, { start: T0, end: hour(24) }, asOf);
            const expected = Array.from({ length: 24 }, (_, i) =>
              list.findLast((one) => one.start === hour(i) && one.at <= asOf),
            );
            expect([...read.intensityG]).toEqual(expected.map((one) => one?.value ?? Number.NaN));
            expect(read.quality).toEqual(expected.map((one) => one?.quality ?? 'missing'));
          }
        } finally {
          await own.close();
          cleanup();
        }
      }),
      { numRuns: 4 },
    );
  });
});

describe('forecasts', () => {
  const range = { start: hour(2), end: hour(6) };
  const issue = (at: Instant, values: readonly number[], more: Partial<Reading> = {}): Promise<void> =>
    vintages.keep(reading({ at, start: hour(2), values, quality: 'forecast', ...more }));
  const inForce = async (issuedBy: Instant, observedBy?: Instant) => {
    const found = await vintages.forecast(KEY, range, {
      issuedBy,
      ...(observedBy === undefined ? {} : { observedBy }),
    });
    return found && [...found.intensityG];
  };

  it('stay as they were issued; the newest of a moment is in force', async () => {
    await issue(hour(1), [1, 2, 3], { issuedAt: hour(0), band: 1 });
    await issue(hour(2), [4, 5, 6], { issuedAt: hour(1) });
    expect(await inForce(instant(hour(0) - 1))).toBeUndefined();
    expect(await inForce(hour(0))).toBeUndefined(); // issued, but not yet seen
    expect(await inForce(hour(1))).toEqual([1, 2, 3]);
    expect(await inForce(hour(2))).toEqual([4, 5, 6]);
    const first = await vintages.forecast(KEY, range, { issuedBy: hour(1) });
    expect(first).toMatchObject({
      axis: { start: hour(2), step: HOUR, length: 3 },
      quality: ['forecast', 'forecast', 'forecast'],
      provenance: { issuedAt: hour(0), fetchedAt: hour(1), issuedAtBasis: 'provider' },
    });
    expect([...(first?.lowG ?? [])]).toEqual([0, 1, 2]);
    expect([...(first?.highG ?? [])]).toEqual([2, 3, 4]);
    expect((await vintages.forecast(KEY, range, { issuedBy: hour(2) }))?.lowG).toBeUndefined();
  });

  it('from an archive that was read later count for judging, not for replaying', async () => {
    await issue(hour(50), [1, 2, 3], { issuedAt: hour(0) });
    expect(await inForce(hour(1))).toBeUndefined();
    expect(await inForce(hour(1), hour(60))).toEqual([1, 2, 3]);
  });

  it('that say nothing of the range are not in force for it', async () => {
    await issue(hour(1), [1, 2]);
    await vintages.keep(reading({ at: hour(2), start: hour(6), values: [9], quality: 'forecast' }));
    expect(await inForce(hour(3))).toEqual([1, 2]);
  });

  it('that are read again are no news; one that says more, less or otherwise is', async () => {
    await issue(hour(1), [1, 2, 3]);
    await issue(hour(2), [1, 2, 3]);
    await vintages.keep(reading({ at: hour(3), start: hour(3), values: [2, 3], quality: 'forecast' })); // its rest
    expect(await countOf('grid_forecast')).toBe(1);
    await issue(hour(4), [1, 2, 3, 4]);
    await issue(hour(5), [1, 2, 3.5, 4]);
    await issue(hour(6), [1, 2, 3.5, 4], { band: 1 });
    expect(await countOf('grid_forecast')).toBe(4);
    await issue(hour(7), [1, 2, 3.5, 4], { band: 1, issuedAt: hour(7) }); // issued anew, though it says the same
    expect(await countOf('grid_forecast')).toBe(5);
  });

  it('are in force again when the one that they repeat was dated ahead', async () => {
    await issue(hour(9_000), [1, 2, 3]);
    await issue(hour(1), [1, 2, 3]);
    await issue(hour(2), [1, 2, 3]);
    expect(await inForce(hour(1))).toEqual([1, 2, 3]);
    expect(await countOf('grid_forecast')).toBe(2);
  });

  it('come back as they were issued, though most are kept by what they say otherwise than an earlier one', async () => {
    const values = (i: number): number[] =>
      Array.from({ length: 60 }, (_, k) => ((i + k) ** 2 % 1_009) + (k < 3 ? i : 0));
    const start = (i: number): Instant => hour(100 + i);
    for (let i = 0; i < 40; i += 1)
      await vintages.keep(
        reading({ at: start(i), start: start(i), values: values(i), quality: 'forecast', band: i % 4 === 3 ? 1 : 2 }),
      );
    for (let i = 0; i < 40; i += 1) {
      const found = await vintages.forecast(KEY, { start: start(50), end: start(51) }, { issuedBy: start(i) });
      expect(found?.axis.start).toBe(start(i));
      expect([...(found?.intensityG ?? [])]).toEqual(values(i));
      expect([...(found?.lowG ?? [])]).toEqual(values(i).map((value) => value - (i % 4 === 3 ? 1 : 2)));
    }
    const kept = await store.db.selectFrom('grid_forecast').select('base').execute();
    expect(kept.filter(({ base }) => base === null).length).toBeLessThan(20);
  });

  it('and the past stand in one answer and are kept apart', async () => {
    await vintages.keep(
      reading({ at: hour(2), values: [1, 2, 3, 4], quality: ['measured', 'estimated', 'forecast', 'forecast'] }),
    );
    expect(await valuesOf(T0, hour(4))).toEqual([1, 2, null, null]);
    expect(await inForce(hour(2))).toEqual([3, 4]);
  });
});
