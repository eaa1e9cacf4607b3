/**
 * The port of an executor: how one run of a step is started, seen, paused, continued and ended on some engine.
 * Every method may be repeated at any time by any process; what it does is named by the run's folder.
 *
 * @module
 */
import type { Instant } from '../units.ts';

export interface StartOrder {
  /** The run's own folder; whoever claims it first runs it, once. */
  readonly folder: string;
  /** Name that is unique on this machine. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** The whole environment of the command. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the command runs. */
  readonly directory: string;
}

/** What can be seen of a run from outside. Instants are wall time. */
export type Observation =
  /** Nobody has claimed it: it has not run. */
  | { readonly state: 'absent' }
  | {
      readonly state: 'running';
      readonly since: Instant;
      readonly frozen: boolean;
      readonly pid: number;
      readonly cgroup: string | undefined;
    }
  | {
      readonly state: 'ended';
      readonly since: Instant;
      readonly at: Instant;
      readonly code: number;
      readonly cgroup: string | undefined;
      /** CPU time of the command and the children it waited for, microseconds; a lower bound. */
      readonly cpuMicros: bigint | undefined;
    }
  /** It was claimed, did not end, and its processes are gone: killed from outside, or the machine went down. */
  | { readonly state: 'lost'; readonly since: Instant; readonly cgroup: string | undefined };

export interface Executor {
  readonly name: string;
  /** Starts the run unless somebody already has. Resolves when it is claimed, by us or by another. */
  start(order: StartOrder, signal: AbortSignal): Promise<void>;
  observe(folder: string): Observation;
  /** Sends `signal` to the command itself (a request to write its checkpoint). */
  notify(folder: string, signal: NodeJS.Signals): boolean;
  /** Has it stop in memory; `observe` tells when it stands still. False when that cannot be asked of it. */
  freeze(folder: string): boolean;
  /** Has it continue. */
  thaw(folder: string): boolean;
  /** Asks it to end. */
  terminate(folder: string): void;
  /** Ends it and all it started, without asking. */
  kill(folder: string): void;
  /** Ends what was started under this name, where its folder is gone. */
  endNamed(name: string): void;
  /** Frees what observing an ended run needed (its control group), once it is accounted. */
  release(folder: string): void;
}
