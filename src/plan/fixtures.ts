/**
 * Small workflows, sites and outlooks for the tests of this room and its benchmark.
 *
 * @module
 */
import type { Site } from '../site/index.ts';
import { type Instant, instant, MINUTE, millis, type Watts, watts } from '../units.ts';
import type { Interruptible, Policy, Step } from '../workload/index.ts';
import type { Outlook, PlanRequest, StepPower } from './plan.ts';

/** Wednesday 2022-06-01T08:00Z. */
export const EIGHT: Instant = instant(Date.UTC(2022, 5, 1, 8));

/** `instant` of so many minutes after {@link EIGHT}. */
export const minute = (minutes: number): Instant => instant(EIGHT + minutes * MINUTE);

export interface StepSketch {
  readonly name: string;
  readonly after?: readonly string[];
  readonly minutes: number;
  readonly watts?: number | undefined;
  readonly interruptible?: Interruptible;
  readonly cpus?: number;
  readonly gpus?: number;
  readonly sites?: readonly string[];
}

export const step = (sketch: StepSketch): Step => ({
  name: sketch.name,
  after: sketch.after ?? [],
  command: { form: 'shell', line: 'true' },
  environment: {},
  folder: '/',
  duration: millis(sketch.minutes * MINUTE),
  durationP50: millis(sketch.minutes * MINUTE),
  needs: { cpus: sketch.cpus ?? 1, gpus: sketch.gpus ?? 0, memory: 0 },
  power: 'watts' in sketch ? (sketch.watts === undefined ? undefined : watts(sketch.watts)) : watts(1_000),
  interruptible: sketch.interruptible ?? { mode: 'never' },
  retries: 0,
  timeout: undefined,
  sites: sketch.sites,
});

export const freeze = (pausedWatts = 0): Interruptible => ({ mode: 'freeze', pausedPower: watts(pausedWatts) });

export const checkpoint = (checkpointMinutes: number, restartMinutes: number): Interruptible => ({
  mode: 'checkpoint',
  checkpoint: millis(checkpointMinutes * MINUTE),
  restart: millis(restartMinutes * MINUTE),
  signal: 'SIGUSR1',
});

export const site = (changes: Partial<Site> = {}): Site => ({
  name: 'here',
  executor: 'local',
  zone: 'DE',
  zoneFrom: 'test',
  country: 'DE',
  pue: 1,
  hardware: undefined,
  capacity: { cpus: 64, gpus: 8, memory: 1e12 },
  price: undefined,
  machine: {
    name: 'test machine',
    tier: 'D',
    idlePerThread: watts(1),
    maxPerThread: watts(5),
    threads: 64,
    gsd: 1.5,
    source: 'test',
  },
  ...changes,
});

export interface OutlookSketch extends Partial<Omit<Outlook, 'axis'>> {
  readonly start?: Instant;
  readonly stepMinutes?: number;
}

/** An outlook of the given g/kWh, hourly from {@link EIGHT} unless said otherwise; perfect unless a band is given. */
export function outlook(intensities: readonly number[], changes: OutlookSketch = {}): Outlook {
  const { start = EIGHT, stepMinutes = 60, ...rest } = changes;
  const intensityG = Float64Array.from(intensities);
  return {
    zone: 'DE',
    signal: { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' },
    source: 'test',
    quality: 'synthetic',
    asOf: EIGHT,
    axis: { start, step: millis(stepMinutes * MINUTE), length: intensities.length },
    intensityG,
    lowG: intensityG,
    highG: intensityG,
    use: 'level',
    ...rest,
  };
}

export const policy = (changes: Partial<Policy> = {}): Policy => ({
  minPredictedSavingPercent: 0,
  maxDelay: undefined,
  maxCostPremiumPercent: undefined,
  allowCountries: undefined,
  ...changes,
});

export interface RequestSketch extends Partial<Omit<PlanRequest, 'workflow'>> {
  readonly steps: readonly Step[];
  /** Minutes after {@link EIGHT}. */
  readonly deadline: number;
  readonly policy?: Partial<Policy>;
}

/** One site and whatever the sketch says; no threshold unless the sketch has one. */
export function request(sketch: RequestSketch): PlanRequest {
  const { steps, deadline, policy: changes, ...rest } = sketch;
  return {
    id: 'test',
    workflow: { name: 'test', deadline: minute(deadline), policy: policy(changes), steps },
    sites: [site()],
    outlooks: {},
    now: EIGHT,
    slotMinutes: 15,
    ...rest,
  };
}

/** Declared power, 1 kW otherwise. */
export const power: StepPower = (of): Watts => of.power ?? watts(1_000);
