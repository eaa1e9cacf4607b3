/**
 * The receipt of a workflow run: what it used, what that emitted, and against what. Pure: ledger rows in, receipt out.
 *
 * @module
 */
import type { Quality, Signal } from '../grid/index.ts';
import type { Tier } from '../meter/index.ts';
import type { Grams, Instant, KilowattHours, Millis } from '../units.ts';

export interface Spread<T> {
  readonly expected: T;
  /** p10 and p90. */
  readonly low: T;
  readonly high: T;
}

export interface ReceiptStep {
  readonly step: string;
  readonly site: string;
  readonly zone: string;
  readonly start: Instant | null;
  readonly end: Instant | null;
  readonly ran: Millis;
  /** How long one attempt runs at most, as declared; as past runs say where nobody declared it. */
  readonly declared: Millis;
  readonly paused: Millis;
  readonly pauses: number;
  readonly attempts: number;
  readonly exitCode: number | null;
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'not-started';
  readonly itEnergyKWh: KilowattHours;
  /** PUE included. */
  readonly facilityEnergyKWh: KilowattHours;
  /** PUE included. */
  readonly emissionsG: Grams;
}

/** One row of the recomputation: energy of a stretch times its intensity. */
export interface ReceiptRow {
  readonly step: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly zone: string;
  /** PUE included. */
  readonly facilityEnergyKWh: KilowattHours;
  readonly intensityG: number;
  readonly emissionsG: Grams;
  readonly quality: Quality;
}

export interface Receipt {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly workflowRun: string;
  readonly workflow: string;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly deadline: Instant;
  /** Time left at the end; negative when late. */
  readonly early: Millis;
  readonly start: Instant;
  readonly end: Instant;
  /** Seconds of the run's clock in a real second; joules are never scaled. */
  readonly speed: number;
  readonly steps: readonly ReceiptStep[];
  /** Grid intensity over the run per slot, with whether anything ran; for the strip. */
  readonly strip: readonly { readonly start: Instant; readonly intensityG: number | null; readonly ran: boolean }[];
  readonly energy: {
    readonly it: Spread<KilowattHours>;
    readonly overhead: Spread<KilowattHours>;
    readonly pue: number;
    readonly tiers: readonly Tier[];
    readonly meters: readonly string[];
    /** Percent of the running time that a meter covered. */
    readonly coveragePercent: number;
    readonly missing: readonly {
      readonly step: string;
      readonly start: Instant;
      readonly end: Instant;
      readonly why: string;
    }[];
  };
  readonly emissions: {
    /** `null` when no energy at all was measured. */
    readonly location: Spread<Grams> | null;
  };
  readonly baseline: {
    readonly name: 'run-now';
    readonly writtenAt: Instant;
    /** As expected when it was written. */
    readonly expectedG: Grams;
    /** Settled: measured energy at the intensities that run-now would have met. */
    readonly settledG: Grams | null;
  };
  /** `null` with `savingWithheld` when nothing may be claimed. */
  readonly saving: {
    readonly grams: Spread<Grams>;
    readonly percent: Spread<number>;
    /** False when the interval contains zero: "not distinguishable from run-now". */
    readonly distinguishable: boolean;
  } | null;
  readonly savingWithheld: string | null;
  /** Grams per functional unit, PUE included; `null` without a unit, with zero units, or when the run did not end well. */
  readonly perUnit: { readonly name: string; readonly grams: Grams } | null;
  readonly signals: Readonly<
    Record<
      string,
      Signal & {
        readonly source: string;
        readonly quality: Quality;
        readonly licence: string;
        readonly sha256: string | null;
      }
    >
  >;
  readonly rows: readonly ReceiptRow[];
  /** Every pause, resume, failure of the grid, guard start: when and one sentence. */
  readonly events: readonly {
    readonly at: Instant;
    readonly step: string | null;
    readonly kind: string;
    readonly text: string;
  }[];
  readonly notes: readonly string[];
  /** First 12 hex digits of the chain's hash after the last row of this run. */
  readonly chain: string;
}
