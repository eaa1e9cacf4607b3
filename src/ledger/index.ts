/**
 * The account: samples, factors, postings, counterfactuals, decisions and receipts, append-only and chained.
 *
 * @module
 */
export { type Decision, type NewCounterfactual, readOutlooks } from './counterfactual.ts';
export type * from './entries.ts';
export { factorId, pueFactor } from './factor.ts';
export {
  type Entry,
  type Ledger,
  type NewReceipt,
  openLedger,
  type Recorded,
  type RunRows,
  type StepAccount,
} from './ledger.ts';
export { METHOD, postingsOf } from './postings.ts';
export { type Verdict, type VerifyOptions, verify } from './verify.ts';
