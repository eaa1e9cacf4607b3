/**
 * What past jobs drew, where their history does not say: the mean of servers, since nothing is known of theirs.
 *
 * @module
 */
import { describeMachine } from '../site/index.ts';
import type { Watts } from '../units.ts';

export interface PowerModel {
  /** At the plug. */
  readonly wattsPerCpu: number;
  /** `undefined`: not modelled. */
  readonly wattsPerGpu: number | undefined;
}

/** Watts of a busy hardware thread of a machine nobody described, and how far off they may be. */
export function meanServer(): { readonly wattsPerCpu: Watts; readonly gsd: number; readonly source: string } {
  const { maxPerThread, gsd, source } = describeMachine('', 1);
  return { wattsPerCpu: maxPerThread, gsd, source };
}
