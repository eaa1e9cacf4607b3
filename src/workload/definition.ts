/**
 * What people want run, evaluated: every quantity a number with its unit in the type, every deadline an instant.
 * The YAML and the TypeScript form both become this.
 *
 * @module
 */
import type { Instant, Millis, Watts } from '../units.ts';

/** May a step be stopped and continued, and what does that cost? */
export type Interruptible =
  /** Runs in one piece. */
  | { readonly mode: 'never' }
  /** Stopped in memory; draws `pausedPower` while it waits. */
  | { readonly mode: 'freeze'; readonly pausedPower: Watts }
  /** Writes its state (taking `checkpoint`), ends, and starts again (taking `restart`); both draw the step's power. */
  | { readonly mode: 'checkpoint'; readonly checkpoint: Millis; readonly restart: Millis; readonly signal: string };

export type Command =
  | { readonly form: 'argv'; readonly argv: readonly [string, ...string[]] }
  | { readonly form: 'shell'; readonly line: string };

export interface Needs {
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes; 0 when not stated. */
  readonly memory: number;
}

/** An allowed size of a step. */
export interface StepLevel {
  readonly level: number;
  /** Times the speed at which `duration` holds. */
  readonly speed: number;
  /** At the plug; `undefined`: the step's, `level` times. */
  readonly power: Watts | undefined;
  /** What is named here; the rest is the step's, `level` times. */
  readonly needs: Partial<Needs>;
}

/** What differs when a step runs on hardware of a name; what is absent is the step's own. */
export interface StepProfile {
  readonly duration: Millis | undefined;
  readonly durationP50: Millis | undefined;
  readonly power: Watts | undefined;
  readonly needs: Partial<Needs>;
}

/** How long a step runs: in the middle of its runs, and the length that nine of ten do not exceed. */
export interface Length {
  readonly p50: Millis;
  readonly p90: Millis;
}

/** What past runs say of a step; nothing here was declared. */
export interface Learned {
  /** Runs that ended by themselves, and well. */
  readonly runs: number;
  /** Runs that were ended: they say how long it takes at least. */
  readonly cut: number;
  readonly length: Length;
  /** Whether `length.p90` is that of the runs; else they are too few, and it is what caution makes of them. */
  readonly tellsP90: boolean;
  /** At the plug, before PUE, by site. */
  readonly power: Readonly<Record<string, LearnedPower>>;
}

export interface LearnedPower {
  readonly watts: Watts;
  /** Geometric standard deviation of the next run's. */
  readonly gsd: number;
  readonly runs: number;
}

export interface Step {
  readonly name: string;
  /** Names of the steps that must have ended well before this one starts; unique, in file order. */
  readonly after: readonly string[];
  readonly command: Command;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute folder the command runs in. */
  readonly folder: string;
  /** The length at speed 1 that guards leave room for: p90, as declared or learned. */
  readonly duration: Millis;
  /** The expected length: at most `duration`, and the same where one length alone was declared. */
  readonly durationP50: Millis;
  /** As its owner wrote it. */
  readonly declared?: Length | undefined;
  readonly learned?: Learned | undefined;
  readonly needs: Needs;
  /** At the plug of the machine, before PUE; `undefined`: the machine model's. */
  readonly power: Watts | undefined;
  readonly interruptible: Interruptible;
  readonly retries: number;
  /** Longest time a single attempt may run; `undefined`: none. */
  readonly timeout: Millis | undefined;
  /** Allow-list of sites; `undefined`: any that fits. */
  readonly sites: readonly string[] | undefined;
  /** Allowed sizes, ascending; absent: the one that is declared. */
  readonly levels?: readonly StepLevel[];
  /** By name of the hardware of a site. */
  readonly profiles?: Readonly<Record<string, StepProfile>>;
}

/** A step before it is known how long it runs. */
export type UnmeasuredStep = Omit<Step, 'duration' | 'durationP50' | 'learned'>;

/** What past runs of a step say; `undefined`: not enough. */
export type Learner = (step: UnmeasuredStep) => Learned | undefined;

export interface Policy {
  /** Percent of the run-now emissions below which nothing is delayed. */
  readonly minPredictedSavingPercent: number;
  /** Each step ends at most this long after its run-now end; `undefined`: only the deadline counts. */
  readonly maxDelay: Millis | undefined;
  /** Percent by which the plan may cost more than run-now; `undefined`: no limit. */
  readonly maxCostPremiumPercent: number | undefined;
  /** Hours are ranked by the intensity that is not exceeded with this probability, 0.05 to 0.95; absent: by the expected one. */
  readonly quantile?: number;
  /** ISO 3166-1 alpha-2 countries in which steps may run; `undefined`: any. */
  readonly allowCountries: readonly string[] | undefined;
}

export interface Workflow {
  readonly name: string;
  readonly project: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: { readonly name: string; readonly count: number } | undefined;
  /** The instant by which every step must have ended. */
  readonly deadline: Instant;
  readonly policy: Policy;
  /** In an order in which every step comes after those it waits for. */
  readonly steps: readonly Step[];
}
