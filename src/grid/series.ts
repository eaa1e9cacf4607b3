/**
 * What is said about electricity: a signal, and values of that one signal on a time axis.
 *
 * @module
 */
import { z } from 'zod';
import type { Instant, Millis } from '../units.ts';
import type { Powers } from './powers.ts';

/** A signal as it is kept. */
export const signalSchema = z
  .object({
    kind: z.enum(['average', 'marginal', 'unknown']),
    basis: z.enum(['consumption', 'production', 'unknown']),
    scope: z.enum(['lifecycle', 'direct', 'unknown']),
    gas: z.enum(['CO2', 'CO2e', 'unknown']),
  })
  .readonly();
/** Average and marginal, consumption and production, life-cycle and direct are different things; so it is a type. */
export type Signal = z.infer<typeof signalSchema>;

/** How a value came to be. A series has the quality of each slot; which of two is in force is for the account to say. */
export const QUALITIES = [
  'measured',
  'estimated',
  'forecast',
  'replayed',
  'yearly-average',
  'modelled',
  'synthetic',
  'missing',
] as const;
export type Quality = (typeof QUALITIES)[number];

/** Half-open slots of equal length, labelled by their start: slot i is [start + i·step, start + (i+1)·step). */
export interface TimeAxis {
  readonly start: Instant;
  readonly step: Millis;
  readonly length: number;
}

/** A stretch without data, and why. */
export interface Gap {
  readonly start: Instant;
  readonly end: Instant;
  readonly reason: string;
}

export interface Provenance {
  /** The adapter's name: `csv`, `neso-uk`, … */
  readonly provider: string;
  /** Where the values were read: a URL without secrets, or a file name. */
  readonly source: string;
  /** sha256 (hex) of the bytes that were read; absent for computed series. */
  readonly sha256?: string;
  readonly licence: string;
  /** When the values were fetched or computed. */
  readonly fetchedAt: Instant;
  /** Where a forecast is issued at a stated time; else its fetch time stands in. */
  readonly issuedAt: Instant;
  readonly issuedAtBasis: 'provider' | 'fetch-time';
  /** The factor set, with its version, of intensities that were computed here from generation. */
  readonly factors?: string;
}

/** Values of one signal in one zone. Intensities are in grams per kilowatt-hour; `NaN` marks a gap. */
export interface Series {
  readonly zone: string;
  readonly signal: Signal;
  readonly axis: TimeAxis;
  /** g/kWh, one per slot; `NaN` where missing, never 0 for missing. */
  readonly intensityG: Float64Array;
  /** p10 and p90 of a forecast, same axis; absent when the source gives no band. */
  readonly lowG?: Float64Array;
  readonly highG?: Float64Array;
  /** Share of the generation of each slot, 0 to 1, that the factor set knows; of computed intensities. */
  readonly covered?: Float64Array;
  /** Generation by source that computed intensities rest on, same axis; absent where none is told. */
  readonly powerMW?: Powers;
  /** Quality of each slot. */
  readonly quality: readonly Quality[];
  readonly gaps: readonly Gap[];
  readonly provenance: Provenance;
  /** What is amiss with it, in words ("older than 3 h", "shape only, no level"). */
  readonly warnings: readonly string[];
  /** What it says of itself where nothing is amiss, in words ("generated for demonstration"). */
  readonly labels?: readonly string[];
}

export const sameSignal = (a: Signal, b: Signal): boolean =>
  a.kind === b.kind && a.basis === b.basis && a.scope === b.scope && a.gas === b.gas;
