/**
 * What the planner is asked and what it answers. Pure: no clock, no file, no network.
 *
 * @module
 */
import type { Quality, Signal } from '../grid/index.ts';
import type { Money, Site } from '../site/index.ts';
import type { Grams, Instant, KilowattHours, Millis, Watts } from '../units.ts';
import type { Policy, Step } from '../workload/index.ts';

/** The intensity that a plan rests on at one zone; piecewise constant, slots labelled by START. */
export interface Outlook {
  readonly zone: string;
  readonly signal: Signal;
  readonly source: string;
  /** Who says so, and by which factors: places are compared only where it is the same. Default: `source`. */
  readonly publisher?: string;
  readonly quality: Quality;
  /** When the forecast was issued or the data read. */
  readonly asOf: Instant;
  readonly axis: { readonly start: Instant; readonly step: Millis; readonly length: number };
  /** g/kWh, expected; no NaN (gaps are filled before planning, and said). */
  readonly intensityG: Float64Array;
  /** Half-open stretches that were filled: planned with, but never shown as known. Absent: there are none. */
  readonly gaps?: readonly { readonly start: Instant; readonly end: Instant }[];
  /** p10 and p90; equal to the expected for a perfect forecast. */
  readonly lowG: Float64Array;
  readonly highG: Float64Array;
  /**
   * `level`: grams may be stated. `shape`: only the order of hours is known (modelled national shape): it ranks, the
   * grams come from `levelG`, and no saving from shifting is claimed. `none`: no time signal; steps run now.
   */
  readonly use: 'level' | 'shape' | 'none';
  /** g/kWh for accounting and for stated grams where `use` is not `level`, with its p10 and p90. */
  readonly levelG?: { readonly expected: number; readonly low: number; readonly high: number };
  /** What its reader must know, in words (hours that were filled in, an old answer); goes into the plan's notes. */
  readonly notes?: readonly string[];
}

/** Work that has begun: what the planner must respect when it plans again. */
export type Progress =
  | { readonly state: 'waiting' }
  /** Ended; `at` is when. Successors may start. */
  | { readonly state: 'done'; readonly at: Instant }
  /** Running at `site` and `level` (default 1) without a pause; `remaining` of its duration there is left. */
  | { readonly state: 'running'; readonly site: string; readonly level?: number; readonly remaining: Millis }
  /** Paused at `site` and `level`; `remaining` of its duration there is left. */
  | { readonly state: 'paused'; readonly site: string; readonly level?: number; readonly remaining: Millis };

export interface PlanRequest {
  readonly id: string;
  readonly workflow: {
    readonly name: string;
    readonly deadline: Instant;
    readonly policy: Policy;
    readonly steps: readonly Step[];
  };
  readonly sites: readonly Site[];
  /** By zone; a site whose zone has none cannot be used. */
  readonly outlooks: Readonly<Record<string, Outlook>>;
  /** The instant of planning: nothing starts before it. */
  readonly now: Instant;
  /** Minutes of a planning slot, 5 to 60. */
  readonly slotMinutes: number;
  /** When the workflow was submitted: `maxDelay` and the baseline count from it. Default: `now`. */
  readonly submittedAt?: Instant;
  /** By step name; absent means waiting. */
  readonly progress?: Readonly<Record<string, Progress>>;
  /**
   * Time held back for each step (start latency of the executor): step deadlines and guards leave room for it once per
   * step on the way to the deadline. Default 0.
   */
  readonly margin?: Millis;
  /** The plan in force {@link Plan.waits}: a wait that was begun goes on while there is anything to gain by it. */
  readonly waits?: boolean;
  /** `run-now`: no step is delayed (what `--policy run-now` and the baseline do). Default `cleanest`. */
  readonly objective?: 'cleanest' | 'run-now';
}

/** Half-open [start, end) at a level: 1 where the step names none. */
export interface Interval {
  readonly start: Instant;
  readonly end: Instant;
  readonly level: number;
}

export interface RunnerUp {
  readonly site: string;
  readonly level: number;
  readonly start: Instant;
  readonly emissionsG: Grams;
  readonly cost: Money | null;
}

/** What a step is reckoned with, and where that is from. */
export interface Reckoning {
  /** Running time that is expected of a whole run, and that which the guard leaves room for, in seconds. */
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  /** Mean power at the plug of the machine, PUE not included. */
  readonly powerW: number;
  /** As its owner wrote them; `null` where nothing was written. */
  readonly declared: {
    readonly p50Seconds: number | null;
    readonly p90Seconds: number | null;
    readonly powerW: number | null;
  };
  /** Past runs that this was learned from: those that ended well, and those that were ended. 0: nothing was learned. */
  readonly runs: number;
  readonly cutRuns: number;
  /** The same in words: `declared 3 h, 12 runs say 2 h 20 min (p90 2 h 50 min)`. */
  readonly words: string;
}

export interface PlannedStep {
  readonly step: string;
  readonly site: string;
  readonly zone: string;
  /** Name of the profile that it runs by; `default` where none holds. */
  readonly variant: string;
  readonly pue: number;
  /** No earlier start is possible (predecessors at their fastest). */
  readonly earliest: Instant;
  /** The step's own latest end so that everything after it still meets the deadline. */
  readonly deadline: Instant;
  /** The guard: started or continued no later than this, whatever the grid. */
  readonly latestStart: Instant;
  readonly intervals: readonly Interval[];
  /** Energy and emissions of checkpoints, restarts and paused power; contained in the totals below. */
  readonly overheads: { readonly energyKWh: KilowattHours; readonly emissionsG: Grams };
  /** At the facility's meter, PUE included. */
  readonly energyKWh: KilowattHours;
  readonly emissionsG: Grams;
  /** p10 and p90. */
  readonly emissionsLowG: Grams;
  readonly emissionsHighG: Grams;
  readonly cost: Money | null;
  /** Absent in plans of earlier versions. */
  readonly reckoning?: Reckoning;
  /** Why here, why now, in words. */
  readonly reason: string;
  /** The best choice that differs in site or start; `null` when there is none. */
  readonly runnerUp: RunnerUp | null;
}

export interface SignalSummary extends Signal {
  readonly source: string;
  readonly quality: Quality;
  readonly asOf: Instant;
}

export interface Plan {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly workflow: string;
  readonly createdAt: Instant;
  readonly slotMinutes: number;
  readonly quantile: number;
  readonly signals: Readonly<Record<string, SignalSummary>>;
  readonly steps: readonly PlannedStep[];
  /** Whether it has anything wait, pause or go elsewhere; false when everything runs now. */
  readonly waits: boolean;
  readonly unplaced: readonly { readonly step: string; readonly conflict: readonly string[] }[];
  readonly energyKWh: KilowattHours;
  readonly emissionsG: Grams;
  readonly emissionsLowG: Grams;
  readonly emissionsHighG: Grams;
  readonly cost: Money | null;
  readonly baseline: {
    readonly name: 'run-now';
    readonly energyKWh: KilowattHours;
    readonly emissionsG: Grams;
    readonly cost: Money | null;
    /** Each step's run-now interval, so that the counterfactual can be settled with measured energy. */
    readonly steps: readonly {
      readonly step: string;
      readonly site: string;
      readonly start: Instant;
      readonly end: Instant;
      /** In its size and at its site there; absent in plans of earlier versions. */
      readonly emissionsG?: Grams;
    }[];
  };
  /** `null` when no saving may be claimed (shape only) or when the baseline emits nothing. */
  readonly savingPercent: number | null;
  readonly savingLowPercent: number | null;
  readonly savingHighPercent: number | null;
  /** No plan can emit less under this forecast. Of the expected grams, at any quantile. */
  readonly boundG: Grams;
  readonly gapPercent: number;
  /** What a reader must know: threshold not met, shape only, data end early, … */
  readonly notes: readonly string[];
}

/** Power that a step is expected to draw at `site` at its plug, before PUE. */
export type StepPower = (step: Step, site: Site) => Watts;
