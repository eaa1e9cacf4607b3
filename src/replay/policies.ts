/**
 * The policies that a history is replayed under; the others are compared with the first two.
 *
 * @module
 */
import { fifo } from './policies/fifo.ts';
import { gridtide } from './policies/gridtide.ts';
import { runNow } from './policies/run-now.ts';
import type { Policy } from './policy.ts';

export const POLICIES: readonly [runNow: Policy, fifo: Policy, ...others: Policy[]] = [runNow, fifo, gridtide];
