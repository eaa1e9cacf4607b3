/**
 * Hand-made plans, runs and receipts for the tests of the drawings. Their figures are invented.
 *
 * @module
 */

import type { ForecastView } from '../../src/app.ts';
import { meanOver } from '../../src/cli/draw/timeline.ts';
import { Failure } from '../../src/errors.ts';
import type { RunSnapshot, StepSnapshot } from '../../src/execute/index.ts';
import type { ChainStep, Diagnosis, Quality, Signal } from '../../src/grid/index.ts';
import type { Outlook, Plan, PlannedStep } from '../../src/plan/index.ts';
import type { ReplayReport, Row } from '../../src/replay/index.ts';
import type { Receipt } from '../../src/report/index.ts';
import type { Site } from '../../src/site/index.ts';
import {
  grams,
  HOUR,
  type Instant,
  instant,
  kilowattHours,
  MINUTE,
  type Millis,
  millis,
  watts,
} from '../../src/units.ts';

export const NOW: Instant = instant(Date.UTC(2022, 8, 30, 12, 30));
export const at = (hours: number): Instant => instant(NOW + hours * HOUR);

/** Mulberry32: a small seeded source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const SIGNAL: Signal = { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' };

export interface OutlookChoice {
  readonly hours?: number;
  readonly step?: Millis;
  readonly start?: Instant;
  readonly quality?: Quality;
  readonly use?: Outlook['use'];
  readonly source?: string;
  readonly intensity?: (hour: number) => number;
}

const wave = (hour: number): number => 180 + 90 * Math.cos(((hour - 5) * Math.PI) / 12) + hour;

export function outlookOf(zone: string, choice: OutlookChoice = {}): Outlook {
  const step = choice.step ?? HOUR;
  const length = Math.ceil(((choice.hours ?? 48) * HOUR) / step);
  const intensity = choice.intensity ?? wave;
  const intensityG = Float64Array.from({ length }, (_, i) => intensity((i * step) / HOUR));
  return {
    zone,
    signal: SIGNAL,
    source: choice.source ?? 'neso-uk',
    quality: choice.quality ?? 'forecast',
    asOf: instant(NOW - 25 * MINUTE),
    axis: { start: choice.start ?? instant(Math.floor(NOW / step) * step), step, length },
    intensityG,
    lowG: intensityG.map((value) => value * 0.85),
    highG: intensityG.map((value) => value * 1.15),
    use: choice.use ?? 'level',
  };
}

export const siteOf = (name: string, zone: string, zoneFrom = '--zone'): Site => ({
  name,
  executor: 'local',
  zone,
  zoneFrom,
  country: zone.slice(0, 2),
  pue: 1.1,
  hardware: undefined,
  capacity: { cpus: 8, gpus: 1, memory: 16e9 },
  price: undefined,
  machine: {
    name: 'unknown CPU',
    tier: 'E',
    idlePerThread: watts(1),
    maxPerThread: watts(4),
    threads: 8,
    gsd: 2.2,
    source: 'prior',
  },
});

export interface StepChoice {
  readonly name: string;
  readonly site?: string;
  readonly zone?: string;
  /** Hours from now. */
  readonly intervals: readonly (readonly [number, number, number?])[];
  readonly earliest?: number;
  readonly deadline?: number;
  readonly latestStart?: number;
  readonly grams?: number;
  readonly kWh?: number;
  readonly reason?: string;
  readonly runnerUp?: PlannedStep['runnerUp'];
  readonly runNow?: number;
}

export function plannedStepOf(choice: StepChoice): PlannedStep {
  const mass = choice.grams ?? 100;
  const first = choice.intervals[0]?.[0] ?? 0;
  return {
    step: choice.name,
    site: choice.site ?? 'hpc',
    zone: choice.zone ?? 'GB',
    variant: 'default',
    pue: 1.1,
    earliest: at(choice.earliest ?? 0),
    deadline: at(choice.deadline ?? 41),
    latestStart: at(choice.latestStart ?? 35),
    intervals: choice.intervals.map(([start, end, level]) => ({ start: at(start), end: at(end), level: level ?? 1 })),
    overheads: { energyKWh: kilowattHours(0), emissionsG: grams(0) },
    energyKWh: kilowattHours(choice.kWh ?? mass / 150),
    emissionsG: grams(mass),
    emissionsLowG: grams(mass * 0.83),
    emissionsHighG: grams(mass * 1.21),
    cost: null,
    reason: choice.reason ?? `starts ${String(12 + (first % 12)).padStart(2, '0')}:30Z: 120 g/kWh against 231 g now`,
    runnerUp: choice.runnerUp ?? null,
  };
}

export interface PlanChoice {
  readonly name?: string;
  readonly steps: readonly StepChoice[];
  readonly outlooks?: readonly Outlook[];
  readonly baselineG?: number;
  readonly saving?: readonly [number, number, number] | null;
  readonly unplaced?: Plan['unplaced'];
  readonly notes?: readonly string[];
  readonly cost?: Plan['cost'];
}

export function planOf(choice: PlanChoice): Plan {
  const steps = choice.steps.map(plannedStepOf);
  const sum = (of: (step: PlannedStep) => number): number => steps.reduce((total, step) => total + of(step), 0);
  const mass = sum((step) => step.emissionsG);
  const saving = choice.saving === undefined ? ([57, 48, 63] as const) : choice.saving;
  const outlooks = choice.outlooks ?? [outlookOf('GB')];
  return {
    schemaVersion: 1,
    id: 'plan-1',
    workflow: choice.name ?? 'risk-7b',
    createdAt: NOW,
    slotMinutes: 15,
    quantile: 0.5,
    signals: Object.fromEntries(
      outlooks.map(({ zone, signal, source, quality, asOf }) => [zone, { ...signal, source, quality, asOf }]),
    ),
    steps,
    waits: true,
    unplaced: choice.unplaced ?? [],
    energyKWh: kilowattHours(sum((step) => step.energyKWh)),
    emissionsG: grams(mass),
    emissionsLowG: grams(mass * 0.83),
    emissionsHighG: grams(mass * 1.21),
    cost: choice.cost ?? null,
    baseline: {
      name: 'run-now',
      energyKWh: kilowattHours(sum((step) => step.energyKWh)),
      emissionsG: grams(choice.baselineG ?? (saving === null ? mass : mass / (1 - saving[0] / 100))),
      cost: choice.cost ?? null,
      steps: choice.steps.map((step, i) => {
        const length = step.intervals.reduce((hours, [start, end]) => hours + end - start, 0);
        const [start, end] = [at(step.runNow ?? 0), at((step.runNow ?? 0) + length)];
        const planned = steps[i];
        const outlook = outlooks.find(({ zone }) => zone === planned?.zone);
        const intensity = outlook === undefined ? 0 : meanOver(outlook.axis, outlook.intensityG, start, end);
        const work = (planned?.energyKWh ?? 0) - (planned?.overheads.energyKWh ?? 0);
        return { step: step.name, site: step.site ?? 'hpc', start, end, emissionsG: grams(work * intensity) };
      }),
    },
    savingPercent: saving === null ? null : saving[0],
    savingLowPercent: saving === null ? null : saving[1],
    savingHighPercent: saving === null ? null : saving[2],
    boundG: grams(mass * 0.991),
    gapPercent: 0.9,
    notes: choice.notes ?? [],
  };
}

/** The plan of the guide: a step in two sizes at one site, a step after it, a runner-up elsewhere. */
export const RISK_PLAN: Plan = planOf({
  outlooks: [
    outlookOf('GB'),
    outlookOf('ES', { intensity: (hour) => 240 - 90 * Math.cos(((hour - 3) * Math.PI) / 12) }),
  ],
  cost: { amount: 3.38, currency: 'EUR' },
  steps: [
    {
      name: 'train',
      intervals: [
        [16, 17, 2],
        [17, 18, 1],
        [18, 21, 2],
      ],
      latestStart: 34,
      deadline: 40,
      grams: 2180,
      kWh: 19,
      reason: 'starts 04:30Z: 105 g/kWh against 231 g now; the 11 cleanest of 80 half-hours',
      runnerUp: {
        site: 'iberia',
        level: 1,
        start: at(0),
        emissionsG: grams(4530),
        cost: { amount: 2.41, currency: 'EUR' },
      },
    },
    {
      name: 'evaluate',
      intervals: [[21, 22, 1]],
      earliest: 5,
      latestStart: 40,
      deadline: 41,
      grams: 76,
      kWh: 0.7,
      runNow: 5,
      reason: 'follows train at once',
    },
  ],
});

export const RISK_OUTLOOKS = {
  GB: outlookOf('GB'),
  ES: outlookOf('ES', { intensity: (hour) => 240 - 90 * Math.cos(((hour - 3) * Math.PI) / 12) }),
};
export const RISK_SITES = [siteOf('hpc', 'GB'), siteOf('iberia', 'ES', 'gridtide.yaml')];

export interface RunChoice {
  readonly plan: Plan;
  readonly outlooks: Readonly<Record<string, Outlook>>;
  readonly steps: readonly (Partial<StepSnapshot> & Pick<StepSnapshot, 'step' | 'state'>)[];
  readonly more?: Partial<RunSnapshot>;
}

export function runOf({ plan, outlooks, steps, more }: RunChoice): RunSnapshot {
  return {
    schemaVersion: 1,
    id: 'w-0147',
    workflow: plan.workflow,
    state: 'active',
    attended: true,
    heldSince: null,
    submittedAt: at(-3),
    now: NOW,
    deadline: at(24),
    speed: 1,
    steps: steps.map((step) => ({
      since: at(-1),
      site: 'here',
      ran: [],
      duration: millis(5 * HOUR),
      remaining: millis(5 * HOUR),
      overrun: millis(0),
      pauses: 0,
      attempts: 1,
      exitCode: null,
      energyKWh: kilowattHours(0),
      emissionsG: grams(0),
      lastLine: '',
      ...step,
    })),
    plan,
    promised:
      plan.savingPercent === null || plan.savingLowPercent === null || plan.savingHighPercent === null
        ? null
        : { percent: plan.savingPercent, low: plan.savingLowPercent, high: plan.savingHighPercent },
    outlooks,
    plans: 31,
    powerW: null,
    meter: 'machine model',
    events: [],
    trouble: [],
    ...more,
  };
}

export const PAUSED_OUTLOOKS = {
  DE: outlookOf('DE', { source: 'energy-charts', start: at(-3.5), intensity: (hour) => wave(hour) * 1.6 }),
};

/** One step, paused through an evening peak. */
export const PAUSED_RUN: RunSnapshot = runOf({
  plan: planOf({
    name: 'de-notebook',
    outlooks: Object.values(PAUSED_OUTLOOKS),
    saving: [46, 38, 52],
    steps: [
      {
        name: 'fine-tune',
        site: 'here',
        zone: 'DE',
        intervals: [[18.5, 23]],
        deadline: 24,
        latestStart: 19.2,
        grams: 795,
      },
    ],
  }),
  outlooks: PAUSED_OUTLOOKS,
  steps: [
    {
      step: 'fine-tune',
      state: 'paused',
      ran: [
        { start: at(-2), end: at(-1.5) },
        { start: at(-1.25), end: at(-0.8) },
      ],
      since: at(-0.8),
      remaining: millis(4.05 * HOUR),
      energyKWh: kilowattHours(0.38),
      emissionsG: grams(158),
      pauses: 2,
    },
  ],
  more: {
    events: [
      { at: at(-2), step: 'fine-tune', kind: 'step-started', text: 'starts' },
      {
        at: at(-0.9),
        step: 'fine-tune',
        kind: 'step-checkpointed',
        text: 'wrote its checkpoint and ended, to go on later',
      },
      { at: at(-0.8), step: null, kind: 'planned', text: 'plan 31: saves 46 % against run-now' },
    ],
  },
});

const demoDay = {
  quality: 'synthetic',
  source: 'synthetic',
  step: millis(15 * MINUTE),
  start: at(-6),
  hours: 36,
} as const;
export const DEMO_OUTLOOKS = { DE: outlookOf('DE', demoDay) };

/** Four steps on a fast clock and a generated day: one done, one running after a pause, two waiting. */
export const DEMO_RUN: RunSnapshot = runOf({
  plan: planOf({
    name: 'first-light',
    outlooks: Object.values(DEMO_OUTLOOKS),
    saving: [22, 22, 22],
    steps: [
      {
        name: 'train',
        site: 'here',
        zone: 'DE',
        intervals: [
          [0, 1],
          [4, 6],
        ],
        deadline: 10,
        latestStart: 8,
        grams: 300,
      },
      {
        name: 'evaluate',
        site: 'here',
        zone: 'DE',
        intervals: [[6, 6.5]],
        earliest: 3,
        deadline: 11,
        latestStart: 10,
        grams: 30,
      },
      {
        name: 'score',
        site: 'here',
        zone: 'DE',
        intervals: [[6.5, 7]],
        earliest: 3.5,
        deadline: 12,
        latestStart: 11,
        grams: 30,
      },
    ],
  }),
  outlooks: DEMO_OUTLOOKS,
  steps: [
    {
      step: 'prepare',
      state: 'done',
      ran: [{ start: at(-6), end: at(-5.5) }],
      remaining: millis(0),
      duration: millis(HOUR),
      energyKWh: kilowattHours(9e-6),
      emissionsG: grams(2.1e-3),
      exitCode: 0,
    },
    {
      step: 'train',
      state: 'running',
      ran: [
        { start: at(-5.5), end: at(-4) },
        { start: at(-0.5), end: null },
      ],
      since: at(-0.5),
      remaining: millis(3 * HOUR),
      energyKWh: kilowattHours(5.6e-5),
      emissionsG: grams(0.0142),
      pauses: 1,
    },
    { step: 'evaluate', state: 'waiting', duration: millis(HOUR / 2), remaining: millis(HOUR / 2), since: at(-6) },
    { step: 'score', state: 'waiting', duration: millis(HOUR / 2), remaining: millis(HOUR / 2), since: at(-6) },
  ],
  more: { speed: 600, submittedAt: at(-6), deadline: at(12), powerW: 11.4, meter: 'machine model (tier E)' },
});

export const RECEIPT: Receipt = {
  schemaVersion: 1,
  id: '2022-09-30/0147',
  workflowRun: '0147',
  workflow: 'nightly-risk',
  outcome: 'done',
  deadline: instant(NOW + 10 * MINUTE),
  early: millis(10 * MINUTE),
  start: at(-19.83),
  end: NOW,
  speed: 1,
  steps: [
    {
      step: 'train',
      site: 'hpc',
      zone: 'GB',
      start: at(-19.83),
      end: at(-0.4),
      ran: millis(7.5 * HOUR),
      declared: millis(7.5 * HOUR),
      paused: millis(12 * HOUR),
      pauses: 2,
      attempts: 1,
      exitCode: 0,
      outcome: 'done',
      itEnergyKWh: kilowattHours(19.6),
      facilityEnergyKWh: kilowattHours(21.56),
      emissionsG: grams(5600),
    },
    {
      step: 'evaluate',
      site: 'hpc',
      zone: 'GB',
      start: at(-0.33),
      end: NOW,
      ran: millis(0.33 * HOUR),
      declared: millis(0.5 * HOUR),
      paused: millis(0),
      pauses: 0,
      attempts: 1,
      exitCode: 0,
      outcome: 'done',
      itEnergyKWh: kilowattHours(0.76),
      facilityEnergyKWh: kilowattHours(0.84),
      emissionsG: grams(181),
    },
  ],
  strip: Array.from({ length: 40 }, (_, i) => ({
    start: at(-20 + i / 2),
    intensityG: 340 - 3 * i - (i > 32 ? 60 : 0),
    ran: i < 2 || (i > 19 && i < 26) || i > 32,
  })),
  energy: {
    it: { expected: kilowattHours(20.36), low: kilowattHours(19.95), high: kilowattHours(20.77) },
    overhead: { expected: kilowattHours(2.04), low: kilowattHours(1.94), high: kilowattHours(2.14) },
    pue: 1.1,
    tiers: ['B'],
    meters: ['rapl', 'nvml'],
    coveragePercent: 100,
    missing: [],
  },
  emissions: { location: { expected: grams(5781), low: grams(5434), high: grams(6128) } },
  baseline: { name: 'run-now', writtenAt: at(-19.83), expectedG: grams(7400), settledG: grams(7493) },
  saving: {
    grams: { expected: grams(1712), low: grams(1210), high: grams(2160) },
    percent: { expected: 23, low: 16, high: 29 },
    distinguishable: true,
  },
  savingWithheld: null,
  signals: {
    GB: {
      ...SIGNAL,
      source: '123-zones-2022-lca.csv',
      quality: 'replayed',
      licence: 'Apache-2.0',
      sha256: `94a32f6d${'0'.repeat(48)}c0792e82`,
    },
  },
  rows: Array.from({ length: 11 }, (_, i) => ({
    step: i > 9 ? 'evaluate' : 'train',
    start: at(-19.5 + i),
    end: at(-18.5 + i),
    zone: 'GB',
    facilityEnergyKWh: kilowattHours(2.8),
    intensityG: 288.78 - 6 * i,
    emissionsG: grams(2.8 * (288.78 - 6 * i)),
    quality: 'replayed' as const,
  })),
  events: [
    { at: at(-19.8), step: 'train', kind: 'step-started', text: 'starts' },
    {
      at: at(-17.5),
      step: 'train',
      kind: 'step-paused',
      text: 'pauses for the evening peak: 341 g now, 289 g by 03:30',
    },
    { at: at(-10), step: 'train', kind: 'step-resumed', text: 'goes on' },
    { at: NOW, step: 'evaluate', kind: 'step-done', text: 'done' },
  ],
  notes: [],
  perUnit: null,
  chain: '8f3ac21e77b0',
};

const DIRECT: Signal = { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' };
const PRODUCED: Signal = { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' };
const MARGINAL: Signal = { kind: 'marginal', basis: 'production', scope: 'direct', gas: 'CO2' };

/** Some answer, one late, one fails, two want keys. */
export const DIAGNOSIS: Diagnosis = {
  now: NOW,
  providers: [
    {
      id: 'electricity-maps-direct',
      about: 'Electricity Maps (the world), not to be passed on',
      signal: { ...SIGNAL, scope: 'direct' },
      quota: '150 requests a minute (UNVERIFIED)',
      finding: {
        state: 'answers',
        zone: 'US-CAL-CISO',
        requests: 2,
        newest: { start: at(-4.5), end: at(-3.5) },
        age: millis(3.5 * HOUR),
        step: HOUR,
        forecastUntil: at(72),
        licence: 'Electricity Maps terms of service; not to be passed on',
        warnings: ['electricity-maps-direct: your plan has the last 24 h alone'],
      },
    },
    {
      id: 'neso-uk',
      about: 'Carbon Intensity API, National Energy System Operator (GB), CC BY 4.0',
      signal: DIRECT,
      quota: 'one request a second is polite (UNVERIFIED)',
      finding: {
        state: 'answers',
        zone: 'GB',
        requests: 1,
        newest: { start: at(-1), end: at(-0.5) },
        age: millis(30 * MINUTE),
        step: millis(30 * MINUTE),
        forecastUntil: at(47.5),
        licence: 'CC BY 4.0, National Energy System Operator',
        warnings: [],
      },
    },
    {
      id: 'energinet',
      about: 'Energi Data Service, Energinet (Denmark), CC BY 4.0 (UNVERIFIED)',
      signal: DIRECT,
      finding: {
        state: 'answers',
        zone: 'DK-DK1',
        requests: 3,
        newest: { start: at(-0.5), end: at(-0.25) },
        age: millis(15 * MINUTE),
        step: millis(15 * MINUTE),
        forecastUntil: at(33),
        licence: 'CC BY 4.0, Energinet (UNVERIFIED)',
        warnings: [],
        operator: { until: at(33.5), licence: 'CC BY 4.0, Energinet (UNVERIFIED)' },
      },
    },
    {
      id: 'energy-charts',
      about: 'Energy-Charts, Fraunhofer ISE (Europe), CC BY 4.0',
      signal: { ...PRODUCED, scope: 'unknown' },
      finding: {
        state: 'fails',
        zone: 'DE',
        requests: 1,
        failure: new Failure('grid/unavailable', 'api.energy-charts.info did not answer within 10 s'),
      },
    },
    {
      id: 'entsoe',
      about: 'Transparency Platform, ENTSO-E (Europe), CC BY 4.0 for most items (UNVERIFIED)',
      signal: PRODUCED,
      keysFrom: 'a free account, then a token asked for by e-mail',
      finding: { state: 'needs keys', missing: ['ENTSOE_API_KEY'] },
    },
    {
      id: 'elexon',
      about: 'Insights, Elexon (GB), BMRS data licence',
      signal: PRODUCED,
      finding: {
        state: 'answers',
        zone: 'GB',
        requests: 3,
        newest: { start: at(-0.5), end: at(0) },
        age: millis(0),
        step: millis(30 * MINUTE),
        forecastUntil: undefined,
        licence: 'BMRS data licence, Elexon (UNVERIFIED)',
        warnings: [],
      },
    },
    {
      id: 'watttime',
      about: 'WattTime (marginal; North America, Europe and more), not to be passed on',
      signal: MARGINAL,
      keysFrom: 'a free account, by POST to https://api.watttime.org/register; it holds CAISO_NORTH alone',
      finding: { state: 'needs keys', missing: ['WATTTIME_USER', 'WATTTIME_PASSWORD'] },
    },
  ],
  chains: new Map<string, readonly ChainStep[]>([
    [
      'DE',
      [
        { provider: 'energy-charts', state: 'asked', reason: 'Energy-Charts, Fraunhofer ISE (Europe), CC BY 4.0' },
        { provider: 'entsoe', state: 'needs keys', reason: 'it needs ENTSOE_API_KEY in the environment' },
        {
          provider: 'watttime',
          state: 'needs keys',
          reason: 'it needs WATTTIME_USER and WATTTIME_PASSWORD in the environment',
        },
        { provider: 'modelled', state: 'asked', reason: 'shape of a usual day, from the yearly mix' },
      ],
    ],
    [
      'GB',
      [
        {
          provider: 'neso-uk',
          state: 'asked',
          reason: 'Carbon Intensity API, National Energy System Operator (GB), CC BY 4.0',
        },
        { provider: 'elexon', state: 'passed over', reason: 'its signal is another than that of neso-uk' },
      ],
    ],
  ]),
};

/** A dirty evening and a sunny noon, a little otherwise each day. */
const hourly = (start: Instant, hours: number, of: (day: number, hour: number) => number): Float64Array =>
  Float64Array.from({ length: hours }, (_, i) => {
    const hour = Math.floor(start / HOUR) + i;
    return of(Math.floor(hour / 24), hour % 24);
  });
const tide = (day: number, hour: number): number =>
  330 + 110 * Math.sin((Math.PI * (hour - 13)) / 6) * (hour > 6 ? 1 : 0.3) + 25 * Math.sin(1.7 * day);

const ORIGIN: Instant = instant(Math.floor(NOW / HOUR) * HOUR);
const AHEAD = hourly(ORIGIN, 96, tide);

/** A zone whose forecasts have been kept for a while, with a publisher that looks ahead by itself. */
export const FORECAST: ForecastView = {
  zone: 'DE',
  published: {
    zone: 'DE',
    signal: SIGNAL,
    axis: { start: at(-24), step: HOUR, length: 1 },
    intensityG: Float64Array.of(300),
    quality: ['measured'],
    gaps: [],
    provenance: {
      provider: 'energy-charts',
      source: 'https://api.energy-charts.info/co2eq?country=de',
      licence: 'CC BY 4.0',
      fetchedAt: NOW,
      issuedAt: NOW,
      issuedAtBasis: 'fetch-time',
    },
    warnings: [],
  },
  history: { start: instant(ORIGIN - 72 * HOUR), intensityG: hourly(instant(ORIGIN - 72 * HOUR), 72, tide) },
  forecast: {
    origin: ORIGIN,
    intensityG: AHEAD,
    lowG: AHEAD.map((value, hour) => value * (0.94 - hour / 700)),
    highG: AHEAD.map((value, hour) => value * (1.06 + hour / 600)),
  },
  dayBefore: {
    origin: instant(ORIGIN - 24 * HOUR),
    rehearsed: false,
    intensityG: hourly(instant(ORIGIN - 24 * HOUR), 96, (day, hour) => tide(day - 1, hour)),
    lowG: new Float64Array(96).fill(180),
    highG: new Float64Array(96).fill(420),
  },
  skill: [
    { model: 'energy-charts', day: 0, origins: 98, mapePercent: 9.1, within: undefined },
    { model: 'energy-charts', day: 1, origins: 97, mapePercent: 12.6, within: undefined },
    { model: 'gridtide', day: 0, origins: 98, mapePercent: 6.1, within: 0.81 },
    { model: 'gridtide', day: 1, origins: 97, mapePercent: 8.4, within: 0.79 },
  ],
  rehearsed: [
    { model: 'gridtide', day: 0, origins: 60, mapePercent: 6.4, within: undefined },
    { model: 'gridtide', day: 1, origins: 60, mapePercent: 8.9, within: undefined },
    { model: 'yesterday', day: 0, origins: 60, mapePercent: 14.2, within: undefined },
  ],
  inUse: ['gridtide', 'gridtide', 'gridtide', 'energy-charts'],
  source:
    "gridtide 0.1.0, blend model, from 400 days of energy-charts and the operator's wind and sun by energy-charts",
  licence: 'CC BY 4.0; wind and sun: CC BY 4.0',
  vintage: '5d2b',
  notes: ['212 days of past weather are still to be read: the next forecast goes on'],
};

const replayRow = (policy: string, kilograms: number, more: Partial<Row> = {}): Row => ({
  policy,
  about: policy,
  jobs: 12_480,
  energyKWh: kilowattHours(9_120),
  emissionsG: grams(kilograms * 1_000),
  cost: { amount: 2_736, currency: 'EUR' },
  savingPercent: 100 * (1 - kilograms / 3_410),
  savingAgainstFifoPercent: 100 * (1 - kilograms / 3_395),
  meanDelayH: 0,
  p95DelayH: 0,
  misses: 0,
  peakCpus: 512,
  peakGpus: 64,
  pauses: 0,
  boundG: grams(2_310_000),
  gapPercent: 100 * (kilograms / 2_310 - 1),
  outdone: null,
  leftOut: { outside: 41, tooLarge: 0, hopeless: 0, withoutGpuPower: 0 },
  ...more,
});

/** A year at a place that is short of room at times. */
export const REPLAY: ReplayReport = {
  jobs: {
    count: 12_480,
    cpuHours: 2_140_000,
    gpuHours: 190_000,
    first: instant(Date.UTC(2021, 8, 30)),
    last: NOW,
    pausable: 8_031,
    leftOut: { outside: 41, tooLarge: 0, hopeless: 0, withoutGpuPower: 0 },
  },
  zones: [{ zone: 'DE', signal: SIGNAL, source: 'de-2022.csv', quality: 'replayed' }],
  capacity: { cpus: 640, gpus: 64 },
  foresight: { about: 'own forecasts, made anew every 24 h from what was known then', perfect: false, notes: [] },
  rows: [
    replayRow('run-now', 3_410, { peakCpus: 1_904, peakGpus: 131 }),
    replayRow('fifo', 3_395, { meanDelayH: 0.6, p95DelayH: 3.2, misses: 17, peakCpus: 640 }),
    replayRow('gridtide', 2_540, { meanDelayH: 9.4, p95DelayH: 22.1, peakCpus: 640, pauses: 9_230 }),
    replayRow('gridtide, 2 × the slack', 2_280, {
      meanDelayH: 18.7,
      p95DelayH: 44,
      peakCpus: 640,
      savingPercent: null,
      savingAgainstFifoPercent: null,
      gapPercent: 6.2,
    }),
  ],
  groups: [
    {
      name: 'gpu',
      jobs: 2_104,
      runNowG: grams(2_610_000),
      gridtideG: grams(1_830_000),
      savingPercent: 29.9,
      meanDelayH: 11.2,
    },
    {
      name: '',
      jobs: 10_376,
      runNowG: grams(800_000),
      gridtideG: grams(710_000),
      savingPercent: 11.25,
      meanDelayH: 9.03,
    },
  ],
  week: {
    start: NOW,
    stepH: 1,
    of: 26,
    intensityG: new Float64Array(168),
    runNowKw: new Float64Array(168),
    gridtideKw: new Float64Array(168),
    savingPercent: 25,
  },
  comparedWith: 'fifo',
  unanswered: [],
  patience: [],
};

export const REPLAY_VIEW = {
  timeZone: 'Europe/Berlin',
  place: 'Germany',
  slack: '24h',
  power: '3.3 W a CPU where a job does not say, the mean of servers; grams may be 2.2 times off, shares are not',
  notes: ['41 left out: submitted before the grid data begin, or due after they end'],
} as const;
