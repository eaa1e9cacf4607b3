/**
 * Reports: pure functions from rows of the ledger to what people read.
 *
 * @module
 */
export type * from './facts.ts';
export { receipt } from './make-receipt.ts';
export type * from './receipt.ts';
export { spreadOfSum, type Term } from './spread.ts';
