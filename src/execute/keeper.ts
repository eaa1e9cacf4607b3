/**
 * Who acts on a run, with what: the one place that names an executor.
 *
 * @module
 */
import { type Clock, type ClockOrigin, scaledClock, systemClock } from '../clock.ts';
import type { Instant } from '../units.ts';
import type { Executor } from './executor.ts';
import { localExecutor } from './executors/local/local.ts';

export interface Keeper {
  readonly root: string;
  readonly workflowRun: string;
  readonly executor: Executor;
  /** The run's. */
  readonly clock: Clock;
  /** Who acts, for the record. */
  readonly by: 'controller' | 'guard' | 'command';
  readonly wallNow: () => Instant;
}

/** A keeper of the run in `root`. */
export const keeperOf = (root: string, workflowRun: string, origin: ClockOrigin, by: Keeper['by']): Keeper => ({
  root,
  workflowRun,
  executor: localExecutor,
  clock: scaledClock(origin),
  by,
  wallNow: systemClock.now,
});
