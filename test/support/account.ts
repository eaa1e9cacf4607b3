/**
 * A small workflow run in the ledger, for tests: two steps on one site, of which one waited for cleaner hours.
 *
 * @module
 */
import type { Factor, Ledger, Sample } from '../../src/ledger/index.ts';
import type { Outlook, Plan } from '../../src/plan/index.ts';
import type { ReceiptFacts } from '../../src/report/index.ts';
import type { Site } from '../../src/site/index.ts';
import type { Store } from '../../src/store/index.ts';
import { grams, HOUR, type Instant, instant, kilowattHours, microjoules, millis, watts } from '../../src/units.ts';

export const RUN = 'nightly-7k2m';
export const T0 = instant(Date.UTC(2026, 0, 5, 8));
export const hour = (count: number): Instant => instant(T0 + count * HOUR);

export const SIGNAL = { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' } as const;

export const site: Site = {
  name: 'here',
  executor: 'local',
  zone: 'DE',
  zoneFrom: 'test',
  country: 'DE',
  pue: 1.2,
  hardware: 'cpu',
  capacity: { cpus: 8, gpus: 0, memory: 0 },
  price: undefined,
  machine: { name: 'm', tier: 'D', idlePerThread: watts(1), maxPerThread: watts(5), threads: 8, gsd: 1.6, source: 's' },
};

export const intensity = (from: Instant, value: number, change: Partial<Factor> = {}): Factor => ({
  id: '',
  kind: 'intensity',
  key: 'DE',
  validFrom: from,
  validTo: instant(from + HOUR),
  value: BigInt(Math.round(value * 1000)),
  unit: 'mg/kWh',
  gsd: 1.1,
  signal: SIGNAL,
  quality: 'measured',
  source: 'https://example.org/DE',
  licence: 'CC-BY-4.0',
  sha256: 'ab'.repeat(32),
  publishedAt: from,
  ...change,
});

export const pue = (change: Partial<Factor> = {}): Factor => ({
  ...intensity(T0, 0),
  kind: 'pue',
  key: 'here',
  validTo: hour(24),
  value: 1200n,
  unit: '1/1000',
  gsd: 1.05,
  signal: null,
  quality: 'estimated',
  sha256: null,
  ...change,
});

/** 600 g/kWh in the first hours, 200 later. */
export const dirtyThenClean = (): Factor[] =>
  Array.from({ length: 12 }, (_, h) => intensity(hour(h), h < 4 ? 600 : 200));

export const sample = (
  id: string,
  start: Instant,
  end: Instant,
  joules: number | null,
  change: Partial<Sample> = {},
): Sample => ({
  id,
  workflowRun: RUN,
  step: 'train',
  run: `${RUN}/train/1`,
  site: 'here',
  zone: 'DE',
  meter: 'machine-model',
  tier: 'D',
  boundary: 'machine',
  gsd: 1.6,
  start,
  end,
  kind: 'dynamic',
  status: joules === null ? 'missing' : 'ok',
  energy: joules === null ? null : microjoules(BigInt(joules) * 1_000_000n),
  timeScale: 1,
  note: null,
  ...change,
});

export const plan: Plan = {
  schemaVersion: 1,
  id: 'plan-1',
  workflow: 'nightly',
  createdAt: T0,
  slotMinutes: 60,
  quantile: 0.5,
  signals: { DE: { ...SIGNAL, source: 'test', quality: 'forecast', asOf: T0 } },
  steps: [],
  waits: true,
  unplaced: [],
  energyKWh: kilowattHours(1),
  emissionsG: grams(200),
  emissionsLowG: grams(180),
  emissionsHighG: grams(220),
  cost: null,
  baseline: {
    name: 'run-now',
    energyKWh: kilowattHours(1),
    emissionsG: grams(600),
    cost: null,
    steps: [
      { step: 'prepare', site: 'here', start: hour(0), end: hour(1) },
      { step: 'train', site: 'here', start: hour(1), end: hour(3) },
    ],
  },
  savingPercent: 60,
  savingLowPercent: 50,
  savingHighPercent: 70,
  boundG: grams(200),
  gapPercent: 0,
  notes: [],
};

export const outlook: Outlook = {
  zone: 'DE',
  signal: SIGNAL,
  source: 'test',
  quality: 'forecast',
  asOf: T0,
  axis: { start: T0, step: HOUR, length: 2 },
  intensityG: Float64Array.of(600, 200),
  lowG: Float64Array.of(500, 150),
  highG: Float64Array.of(700, 250),
  use: 'level',
};

export async function insertRun(store: Store, id = RUN, epoch = 1): Promise<void> {
  await store.db
    .insertInto('workflow_run')
    .values({
      id,
      workflow: 'nightly',
      definition: '{}',
      submitted_at: T0,
      deadline: hour(12),
      clock: '{"shown":0,"speed":1,"wall":0}',
      folder: '/tmp',
      desired: 'run',
      state: 'active',
      ended_at: null,
      controller: null,
      epoch,
    })
    .execute();
}

export const facts = (change: Partial<ReceiptFacts> = {}): ReceiptFacts => ({
  workflow: 'nightly',
  outcome: 'done',
  submittedAt: T0,
  deadline: hour(12),
  end: hour(6),
  speed: 1,
  unit: { name: 'scenario', count: 1000 },
  use: 'level',
  slot: HOUR,
  strip: Array.from({ length: 6 }, (_, h) => ({ start: hour(h), intensityG: h < 4 ? 600 : 200 })),
  notes: [],
  steps: [
    {
      step: 'prepare',
      after: [],
      site: 'here',
      zone: 'DE',
      outcome: 'done',
      exitCode: 0,
      attempts: 1,
      pauses: 0,
      declared: HOUR,
      pauseCost: millis(0),
      runs: [{ run: `${RUN}/prepare/1`, kept: true, stretches: [{ start: hour(0), end: hour(1) }] }],
    },
    {
      step: 'train',
      after: ['prepare'],
      site: 'here',
      zone: 'DE',
      outcome: 'done',
      exitCode: 0,
      attempts: 1,
      pauses: 1,
      declared: millis(2 * HOUR),
      pauseCost: millis(0),
      runs: [
        {
          run: `${RUN}/train/1`,
          kept: true,
          stretches: [
            { start: hour(3.5), end: hour(4) },
            { start: hour(4.5), end: hour(6) },
          ],
        },
      ],
    },
  ],
  ...change,
});

/** Samples that agree with {@link facts}: 0.5 kWh for `prepare`, 2 kWh for `train`. */
export const samples = (): Sample[] => [
  sample('s1', hour(0), hour(1), 1_800_000, { step: 'prepare', run: `${RUN}/prepare/1` }),
  sample('s2', hour(3.5), hour(4), 1_800_000),
  sample('s3', hour(4.5), hour(6), 5_400_000),
];

/** The whole account up to, and without, the receipt. */
export async function account(store: Store, ledger: Ledger): Promise<void> {
  await insertRun(store);
  await ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [site] });
  await ledger.recordDecision({ id: 'plan-1', workflowRun: RUN, at: T0, plan, outlooks: { DE: outlook } });
  await store.db
    .insertInto('step_run')
    .values({
      id: `${RUN}/train/1`,
      workflow_run: RUN,
      step: 'train',
      number: 1,
      site: 'here',
      kind: 'first',
      state: 'ended',
      started_at: hour(3.5),
      ended_at: hour(6),
      exit_code: 0,
      signal: null,
      meter_mark: null,
      settled: 1,
    })
    .execute();
  await store.db
    .insertInto('run_event')
    .values({ workflow_run: RUN, at: hour(4), step: 'train', kind: 'step-paused', text: 'Paused.', detail: '{}' })
    .execute();
  await ledger.record({ workflowRun: RUN, epoch: 1, samples: [], factors: [...dirtyThenClean(), pue()] });
  for (const one of samples()) await ledger.record({ workflowRun: RUN, epoch: 1, samples: [one], factors: [] });
}
