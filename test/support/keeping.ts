/**
 * Steps, runs of them and an executor that only notes what it was asked, for tests of what is done about a run.
 *
 * @module
 */
import { relative } from 'node:path';
import { type Clock, scaledClock } from '../../src/clock.ts';
import type { Executor, Observation } from '../../src/execute/executor.ts';
import type { Keeper } from '../../src/execute/keeper.ts';
import type { StepRun } from '../../src/execute/step-phase.ts';
import type { PlannedStep } from '../../src/plan/index.ts';
import { grams, HOUR, type Instant, instant, kilowattHours, millis, watts } from '../../src/units.ts';
import type { Interruptible, Step } from '../../src/workload/index.ts';

/** An instant of the day on which these tests play: `at(10, 30)` is 10:30. */
export const at = (hour: number, minute = 0, second = 0): Instant =>
  instant(Date.UTC(2026, 0, 5, hour, minute, second));

export const FREEZE: Interruptible = { mode: 'freeze', pausedPower: watts(0) };
export const CHECKPOINT: Interruptible = {
  mode: 'checkpoint',
  checkpoint: millis(300_000),
  restart: millis(120_000),
  signal: 'SIGUSR1',
};

export const stepOf = (change: Partial<Step> = {}): Step => ({
  name: 'train',
  after: [],
  command: { form: 'argv', argv: ['true'] },
  environment: {},
  folder: '/',
  duration: millis(2 * HOUR),
  durationP50: millis(2 * HOUR),
  needs: { cpus: 1, gpus: 0, memory: 0 },
  power: undefined,
  interruptible: FREEZE,
  retries: 0,
  timeout: undefined,
  sites: undefined,
  ...change,
});

/** From 10:00 to 11:00 and from 13:00 to 14:00; no later than 15:00, to end by 16:00. */
export const plannedOf = (change: Partial<PlannedStep> = {}): PlannedStep => ({
  step: 'train',
  site: 'here',
  zone: 'DE',
  variant: 'default',
  pue: 1.2,
  earliest: at(9),
  deadline: at(16),
  latestStart: at(15),
  intervals: [
    { start: at(10), end: at(11), level: 1 },
    { start: at(13), end: at(14), level: 1 },
  ],
  overheads: { energyKWh: kilowattHours(0), emissionsG: grams(0) },
  energyKWh: kilowattHours(0),
  emissionsG: grams(0),
  emissionsLowG: grams(0),
  emissionsHighG: grams(0),
  cost: null,
  reason: '',
  runnerUp: null,
  ...change,
});

export const running = (since: Instant, frozen = false): Observation => ({
  state: 'running',
  since,
  frozen,
  pid: 1,
  cgroup: undefined,
});
export const ended = (since: Instant, end: Instant, code: number): Observation => ({
  state: 'ended',
  since,
  at: end,
  code,
  cgroup: undefined,
  cpuMicros: undefined,
});
export const lost = (since: Instant): Observation => ({ state: 'lost', since, cgroup: undefined });

export const runOf = (number: number, seen: Observation, change: Partial<StepRun> = {}): StepRun => ({
  number,
  folder: '/nowhere',
  seen,
  level: 1,
  pause: undefined,
  asked: false,
  ending: false,
  ...change,
});

export interface Noted {
  readonly executor: Executor;
  /** What it was asked, as `verb step/number`. */
  readonly calls: string[];
  /** What is to be seen, by `step/number`; `absent` where nothing is said. */
  readonly seen: Map<string, Observation>;
}

/** An executor for the run in `root` that does nothing but note; a run that it starts is then seen running. */
export function notingExecutor(root: string, wallNow: () => Instant): Noted {
  const calls: string[] = [];
  const seen = new Map<string, Observation>();
  const nameOf = (folder: string): string => relative(`${root}/steps`, folder);
  const noted =
    (verb: string) =>
    (folder: string): true => {
      calls.push(`${verb} ${nameOf(folder)}`);
      return true;
    };
  return {
    calls,
    seen,
    executor: {
      name: 'noting',
      async start({ folder }) {
        noted('start')(folder);
        seen.set(nameOf(folder), running(wallNow()));
      },
      observe: (folder) => seen.get(nameOf(folder)) ?? { state: 'absent' },
      notify: noted('notify'),
      freeze: noted('freeze'),
      thaw: noted('thaw'),
      terminate: noted('terminate'),
      kill: noted('kill'),
      endNamed: (name) => void calls.push(`end ${name}`),
      release: noted('release'),
    },
  };
}

/** A keeper whose clock shows wall time, `speed` times as fast since {@link at}(0). */
export function keeperWith(root: string, executor: Executor, wallNow: () => Instant, speed = 1): Keeper {
  const origin = scaledClock({ wall: at(0), shown: at(0), speed });
  const clock: Clock = { ...origin, now: () => origin.fromWall(wallNow()) };
  return { root, workflowRun: 'nightly', executor, clock, by: 'controller', wallNow };
}
