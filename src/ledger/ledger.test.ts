import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  account,
  dirtyThenClean,
  facts,
  hour,
  insertRun,
  intensity,
  outlook,
  plan,
  pue,
  RUN,
  sample,
  site,
  T0,
} from '../../test/support/account.ts';
import { type ReceiptInput, receipt } from '../report/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { HOUR, instant, microjoules } from '../units.ts';
import { type Ledger, openLedger, readOutlooks, verify } from './index.ts';

let folder: string;
let store: Store;
let ledger: Ledger;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gridtide-ledger-'));
  store = await openStore(folder);
  ledger = openLedger(store);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function begin(): Promise<void> {
  await insertRun(store);
  await ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [site] });
}

const enter = (entry: Partial<Parameters<Ledger['record']>[0]>) =>
  ledger.record({ workflowRun: RUN, epoch: 1, samples: [], factors: [], ...entry });

const links = () => store.db.selectFrom('chain').selectAll().execute();

describe('the ledger', () => {
  test('takes nothing before the counterfactual', async () => {
    await insertRun(store);
    const decision = { id: 'd', workflowRun: RUN, at: T0, plan, outlooks: { DE: outlook } };
    await expect(ledger.recordDecision(decision)).rejects.toMatchObject({ code: 'ledger/refused' });
    await expect(enter({ samples: [sample('a', T0, hour(1), 1)] })).rejects.toMatchObject({ code: 'ledger/refused' });
    expect(await links()).toEqual([]);
    await ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [site] });
    await ledger.recordDecision(decision);
    await enter({ samples: [sample('a', T0, hour(1), 1)] });
    expect((await links()).map((link) => link.table_name)).toEqual([
      'counterfactual',
      'decision',
      'sample',
      'posting',
      'posting',
    ]);
  });

  test('keeps a counterfactual as it was first written', async () => {
    await begin();
    await ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [site] });
    await expect(
      ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [{ ...site, pue: 1.9 }] }),
    ).rejects.toMatchObject({ code: 'ledger/refused' });
    expect(await links()).toHaveLength(1);
  });

  test('keeps a decision as it was first written', async () => {
    await begin();
    const decision = { id: 'd', workflowRun: RUN, at: T0, plan, outlooks: { DE: outlook } };
    await ledger.recordDecision(decision);
    for (const other of [
      { plan: { ...plan, savingPercent: 1 } },
      { outlooks: { DE: { ...outlook, source: 'other' } } },
      { at: hour(1) },
    ]) {
      await expect(ledger.recordDecision({ ...decision, ...other })).rejects.toMatchObject({
        code: 'ledger/refused',
        value: 'd',
      });
    }
    expect(await links()).toHaveLength(2);
    expect(await verify(store, { receiptOf: receipt })).toMatchObject({ ok: true });
  });

  test('gives the outlooks of a decision back as they were, gaps included', async () => {
    await begin();
    const gap = { ...outlook, intensityG: Float64Array.of(600, Number.NaN) };
    await ledger.recordDecision({ id: 'd', workflowRun: RUN, at: T0, plan, outlooks: { DE: gap } });
    await ledger.recordDecision({ id: 'd', workflowRun: RUN, at: T0, plan, outlooks: { DE: gap } });
    expect(readOutlooks(await store.db.selectFrom('decision').selectAll().executeTakeFirstOrThrow())).toEqual({
      DE: gap,
    });
    expect(await links()).toHaveLength(2);
  });

  test('splits a sample at the edges of the intensity and accounts the 120 g of the worked example', async () => {
    await begin();
    const half = (from: number, value: number) => intensity(hour(from), value, { validTo: hour(from + 0.5) });
    await enter({
      factors: [half(0, 200), half(0.5, 600), pue()],
      samples: [sample('a', hour(0), hour(0.5), 180_000), sample('b', hour(0.5), hour(1), 540_000)],
    });
    const [step] = await ledger.soFar(RUN);
    // 0.05 kWh · 1.2 · 200 g/kWh + 0.15 kWh · 1.2 · 600 g/kWh; averaging the intensity first would give 96 g.
    expect(step).toEqual({
      step: 'train',
      energy: 720_000_000_000n,
      facility: 864_000_000_000n,
      emissions: 120_000_000n,
      withoutIntensity: 0n,
      missingSamples: 0,
    });
  });

  test('is a no-op for a sample that is there already, and refuses other content under its id', async () => {
    await begin();
    await enter({ factors: [intensity(T0, 200), pue()], samples: [sample('a', T0, hour(1), 10)] });
    const before = await links();
    expect(await enter({ samples: [sample('a', T0, hour(1), 10)], factors: [intensity(T0, 200)] })).toEqual({
      samples: [],
      factors: [],
      postings: [],
    });
    expect(await links()).toEqual(before);
    await expect(enter({ samples: [sample('b', T0, hour(1), 1), sample('a', T0, hour(1), 11)] })).rejects.toMatchObject(
      { code: 'ledger/refused', value: 'a' },
    );
    expect(await links()).toEqual(before);
  });

  test('refuses a controller that was replaced', async () => {
    await begin();
    await store.db.updateTable('workflow_run').set({ epoch: 2 }).execute();
    await expect(enter({ epoch: 1, factors: [pue()] })).rejects.toMatchObject({ code: 'execute/attended' });
    expect((await enter({ epoch: 2, factors: [pue()] })).factors).toHaveLength(1);
  });

  test('writes what the caller adds together with the rows, or neither', async () => {
    await begin();
    const also = async () => {
      throw new Error('the mark cannot be written');
    };
    await expect(enter({ samples: [sample('a', T0, hour(1), 1)], also })).rejects.toThrow('the mark cannot be written');
    expect(await links()).toHaveLength(1);
  });

  test('refuses rows that no meter and no adapter can mean', async () => {
    await begin();
    const bad = [
      sample('a', hour(1), hour(0), 1),
      sample('a', instant(T0 + 0.5), hour(1), 1),
      sample('a', T0, hour(1), 1, { status: 'missing' }),
      sample('a', T0, hour(1), null, { status: 'ok' }),
      sample('a', T0, hour(1), 1, { energy: microjoules(-1n) }),
      sample('a', T0, hour(1), 1, { gsd: 0.9 }),
      sample('a', T0, hour(1), 1, { workflowRun: 'other' }),
    ];
    for (const one of bad) await expect(enter({ samples: [one] })).rejects.toMatchObject({ code: 'ledger/refused' });
    const factors = [
      intensity(T0, -1),
      intensity(T0, 1, { unit: '1/1000' }),
      intensity(T0, 1, { validTo: T0 }),
      intensity(T0, 1, { quality: 'missing' }),
      pue({ value: 999n }),
    ];
    for (const one of factors)
      await expect(enter({ factors: [one] })).rejects.toMatchObject({ code: 'ledger/refused' });
  });

  test('does not write again a factor that was merely fetched again, but does when its value was revised', async () => {
    await begin();
    const again = { publishedAt: hour(2), sha256: null };
    expect((await enter({ factors: [intensity(T0, 200), intensity(T0, 200, again)] })).factors).toHaveLength(1);
    expect((await enter({ factors: [intensity(T0, 200, again)] })).factors).toHaveLength(0);
    expect((await enter({ factors: [intensity(T0, 250, again)] })).factors).toHaveLength(1);
    expect((await enter({ factors: [intensity(T0, 200, { publishedAt: hour(3) })] })).factors).toHaveLength(1);
  });

  test('sums beyond 2^63 exactly: 3 GWh in two samples of odd microjoules', async () => {
    await begin();
    const huge = 3n * 3_600_000_000_000_000_000n + 1n;
    await enter({
      factors: [intensity(T0, 400.001)],
      samples: [
        sample('a', T0, hour(1), 0, { energy: microjoules(huge) }),
        sample('b', T0, hour(1), 0, { energy: microjoules(2n) }),
      ],
    });
    const [step] = await ledger.soFar(RUN);
    expect(huge > 2n ** 63n).toBe(true);
    expect(step?.energy).toBe(huge + 2n);
    // 3,000,000 kWh · 400,001 mg/kWh; the three odd microjoules emit less than half a microgram.
    expect(step?.emissions).toBe(3_000_000n * 400_001n * 1000n);
  });

  test('knows its rows, and a reader that cannot write may ask', async () => {
    await account(store, ledger);
    const reader = await openStore(folder, { readonly: true });
    const rows = await openLedger(reader).runRows(RUN);
    expect(rows.samples.map(({ id }) => id)).toEqual(['s1', 's2', 's3']);
    expect(rows.postings).toHaveLength(2 + 2 + 4);
    expect(rows.factors).toHaveLength(5);
    expect(rows.counterfactual?.steps).toHaveLength(2);
    expect(await verify(reader, { receiptOf: receipt })).toMatchObject({ ok: true, rows: 26, runs: 1 });
    await reader.close();
  });

  test('keeps the receipt with what it rests on, and settles hours in which nothing ran', async () => {
    await account(store, ledger);
    const made = await ledger.writeReceipt({
      workflowRun: RUN,
      at: hour(6),
      facts: facts(),
      receiptOf: receipt,
      epoch: 1,
    });
    expect(await ledger.readReceipt(RUN)).toEqual(made);
    expect(made.chain).toMatch(/^[0-9a-f]{12}$/);
    expect(made.events).toEqual([{ at: hour(4), step: 'train', kind: 'step-paused', text: 'Paused.' }]);
    // 2.5 kWh · 1.2 · 600 g/kWh, against 0.5 + 0.5 kWh at 600 and 1.5 kWh at 200.
    expect(made.baseline.settledG).toBeCloseTo(1800, 9);
    expect(made.emissions.location?.expected).toBeCloseTo(1080, 9);
    expect(await verify(store, { receiptOf: receipt })).toMatchObject({
      ok: true,
      rows: 27,
      runs: 1,
      emissions: [{ emissionsG: 1080 }],
    });
  });

  test('makes the receipt with every factor that its postings name, the PUE in force at each included', async () => {
    await account(store, ledger);
    await enter({ factors: [pue({ value: 1500n, validFrom: hour(5), publishedAt: hour(5) })] });
    await enter({ samples: [sample('s4', hour(5), hour(6), 3_600_000)] });
    const inputs: ReceiptInput[] = [];
    const made = await ledger.writeReceipt({
      workflowRun: RUN,
      at: hour(6),
      facts: facts(),
      receiptOf: (input) => {
        inputs.push(input);
        return receipt(input);
      },
    });
    const [{ postings, factors } = { postings: [], factors: [] }] = inputs;
    const pueOf = new Map(factors.filter(({ kind }) => kind === 'pue').map(({ id, value }) => [id, value]));
    expect(Object.fromEntries(postings.map(({ sample: id, pueFactor }) => [id, pueOf.get(pueFactor ?? '')]))).toEqual({
      s1: 1200n,
      s2: 1200n,
      s3: 1200n,
      s4: 1500n,
    });
    expect(made.energy.pue).toBeCloseTo((2.5 * 1.2 + 1.5) / 3.5, 9);
  });

  test('still verifies a receipt after the run goes on', async () => {
    await account(store, ledger);
    const made = await ledger.writeReceipt({ workflowRun: RUN, at: hour(6), facts: facts(), receiptOf: receipt });
    await enter({
      samples: [sample('late', hour(6), hour(7), 10)],
      factors: [intensity(hour(1), 700, { publishedAt: hour(9) })],
    });
    await store.db
      .insertInto('run_event')
      .values({ workflow_run: RUN, at: hour(7), step: null, kind: 'late', text: '', detail: '{}' })
      .execute();
    expect(await verify(store, { receiptOf: receipt, head: made.chain })).toMatchObject({ ok: true });
    expect(await verify(store, { receiptOf: receipt, head: 'ffffffffffff' })).toMatchObject({
      ok: false,
      table: 'chain',
    });
  });

  test('gives the run the intensity that it was accounted with on both sides of the saving', async () => {
    await account(store, ledger);
    // `prepare` ran at once: an hour revised after it was accounted must not show up as a saving.
    const revised = dirtyThenClean()
      .slice(0, 1)
      .map((factor) => ({ ...factor, value: 999_000n, publishedAt: hour(5) }));
    const made = await ledger.writeReceipt({
      workflowRun: RUN,
      at: hour(6),
      facts: facts(),
      receiptOf: receipt,
      factors: revised,
    });
    expect(made.baseline.settledG).toBeCloseTo(1800, 9);
    expect(await verify(store, { receiptOf: receipt })).toMatchObject({ ok: true });
  });

  test('takes the books of two runs side by side and verifies one of them', async () => {
    await account(store, ledger);
    await insertRun(store, 'other');
    await ledger.writeCounterfactual({ workflowRun: 'other', at: T0, plan, sites: [site] });
    await ledger.record({
      workflowRun: 'other',
      epoch: 1,
      samples: [sample('o', hour(4), instant(hour(4) + HOUR), 3_600_000, { workflowRun: 'other' })],
      factors: [],
    });
    expect(await verify(store, { receiptOf: receipt, workflowRun: 'other' })).toMatchObject({
      ok: true,
      runs: 1,
      rows: 4,
      emissions: [{ emissionsG: 240 }],
    });
    expect(await verify(store, { receiptOf: receipt })).toMatchObject({
      ok: true,
      runs: 2,
      emissions: [{ emissionsG: 1320 }],
    });
  });
});
