/**
 * The rows of the account. Samples and factors are what was observed; postings follow from them and from nothing else.
 *
 * @module
 */
import type { Quality, Signal } from '../grid/index.ts';
import type { Boundary, Tier } from '../meter/index.ts';
import type { Grams, Instant, KilowattHours, Micrograms, Microjoules } from '../units.ts';

/** Energy over an interval from one meter, integer microjoules. */
export interface Sample {
  readonly id: string;
  readonly workflowRun: string;
  readonly step: string;
  readonly run: string;
  readonly site: string;
  readonly zone: string;
  readonly meter: string;
  readonly tier: Tier;
  readonly boundary: Boundary;
  readonly gsd: number;
  /** On the run's clock (scaled when `timeScale` is not 1). */
  readonly start: Instant;
  readonly end: Instant;
  readonly kind: 'dynamic' | 'idle';
  /** `missing`: no meter spoke in this interval; `energy` is then null, never zero. */
  readonly status: 'ok' | 'unattended' | 'missing';
  readonly energy: Microjoules | null;
  /** How many seconds of the run's clock passed in a real one. Joules are real and never scaled. */
  readonly timeScale: number;
  readonly note: string | null;
}

/** A version of a number that energy is multiplied by. */
export interface Factor {
  readonly id: string;
  readonly kind: 'intensity' | 'pue';
  /** Zone for an intensity, site for a PUE. */
  readonly key: string;
  readonly validFrom: Instant;
  readonly validTo: Instant;
  /** mg/kWh for an intensity (whole milligrams), 1/1000 for a PUE. Integers, so that postings are exact. */
  readonly value: bigint;
  readonly unit: 'mg/kWh' | '1/1000';
  readonly gsd: number;
  readonly signal: Signal | null;
  readonly quality: Quality;
  readonly source: string;
  readonly licence: string;
  readonly sha256: string | null;
  readonly publishedAt: Instant;
}

/** Emissions on an account; corrected only by reversal and reposting. */
export interface Posting {
  readonly id: string;
  readonly workflowRun: string;
  readonly step: string;
  readonly sample: string;
  readonly account: 'location/it' | 'location/overhead' | 'location/missing';
  readonly basis: 'location-average' | 'marginal';
  readonly start: Instant;
  readonly end: Instant;
  readonly energy: Microjoules | null;
  readonly emissions: Micrograms | null;
  readonly intensityFactor: string | null;
  readonly pueFactor: string | null;
  readonly method: string;
  readonly reverses: string | null;
}

/** What run-now was expected to be, written before the first decision. */
export interface Counterfactual {
  readonly id: string;
  readonly workflowRun: string;
  readonly writtenAt: Instant;
  readonly name: 'run-now';
  readonly steps: readonly CounterfactualStep[];
  /** At the facility's meter, as expected when it was written. */
  readonly energyKWh: KilowattHours;
  readonly emissionsG: Grams;
}

export interface CounterfactualStep {
  readonly step: string;
  readonly site: string;
  readonly zone: string;
  /** PUE of the site in thousandths. */
  readonly pueMilli: number;
  readonly start: Instant;
  readonly end: Instant;
}
