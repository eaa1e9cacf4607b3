/**
 * What a receipt is made from: facts of the run, told by whoever ran it, and rows of the ledger.
 *
 * @module
 */
import type { Counterfactual, Factor, Posting, Sample } from '../ledger/index.ts';
import type { Instant, Millis } from '../units.ts';
import type { Receipt, ReceiptStep } from './receipt.ts';

/** Half-open. */
export interface Stretch {
  readonly start: Instant;
  readonly end: Instant;
}

export interface RunFacts {
  /** `Sample.run`. */
  readonly run: string;
  /**
   * Whether its work went into the result. `false` for an attempt that failed or was lost and was done again: run-now
   * is not charged with it, so the saving is net of retries.
   */
  readonly kept: boolean;
  /** When it really ran, ascending, without the pauses. */
  readonly stretches: readonly Stretch[];
}

export interface StepFacts {
  readonly step: string;
  /** Names of the steps that it waits for. */
  readonly after: readonly string[];
  readonly site: string;
  readonly zone: string;
  readonly outcome: ReceiptStep['outcome'];
  readonly exitCode: number | null;
  readonly attempts: number;
  readonly pauses: number;
  /** How long one attempt runs at most, as declared; as past runs say where nobody declared it. */
  readonly declared: Millis;
  /** Running time that one pause costs (checkpoint and restart); run-now would not have spent it. */
  readonly pauseCost: Millis;
  readonly runs: readonly RunFacts[];
}

export interface ReceiptFacts {
  readonly workflow: string;
  readonly outcome: Receipt['outcome'];
  readonly submittedAt: Instant;
  readonly deadline: Instant;
  readonly end: Instant;
  /** Seconds of the run's clock in a real one. */
  readonly speed: number;
  readonly unit: { readonly name: string; readonly count: number } | null;
  /** `shape`/`none`: the plan did not know grams, so no saving is claimed. From the outlooks that were used. */
  readonly use: 'level' | 'shape' | 'none';
  readonly steps: readonly StepFacts[];
  /** Intensity of the main zone over the run, for the strip: slots of `slot` length. */
  readonly slot: Millis;
  readonly strip: readonly { readonly start: Instant; readonly intensityG: number | null }[];
  /** Sentences that a reader must know (grid lost from … to …). */
  readonly notes: readonly string[];
}

/** A part of a step's run-now interval, by the lengths that steps really ran, and the id of the intensity factor in force there; null where none is known. */
export interface SettlingPiece extends Stretch {
  readonly factor: string | null;
}

export interface ReceiptInput {
  readonly id: string;
  readonly workflowRun: string;
  readonly facts: ReceiptFacts;
  readonly samples: readonly Sample[];
  /** Every factor that a posting or a settling piece names. */
  readonly factors: readonly Factor[];
  readonly postings: readonly Posting[];
  readonly counterfactual: Counterfactual;
  /** By step: the run-now interval, cut at the edges of the intensity that was met in the end. */
  readonly settling: Readonly<Record<string, readonly SettlingPiece[]>>;
  readonly events: Receipt['events'];
  /** First 12 hex digits of the chain's hash after the last row that this rests on. */
  readonly chain: string;
}
