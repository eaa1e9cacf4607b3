/**
 * The port of a meter: energy of a running thing. One file in `meters/` for each way of knowing it.
 *
 * @module
 */
import type { Instant, Microjoules, Millis } from '../units.ts';

/** A wall or BMC, B device counters (RAPL, NVML), C host-provided, D known machine model, E unknown machine. */
export type Tier = 'A' | 'B' | 'C' | 'D' | 'E';

/** Where in the machine the energy was counted. `machine`: at its plug, before PUE. */
export type Boundary = 'chip' | 'device' | 'machine';

/** What is measured: the processes of one run. */
export interface Target {
  readonly runId: string;
  /** Folder of the run's own cgroup, when it has one (v2 or v1 cpuacct). */
  readonly cgroup: string | undefined;
  /** Leader of the run's process group. */
  readonly pid: number;
  /** Hardware threads reserved for the run. */
  readonly cpus: number;
  readonly gpus: number;
  /**
   * Wall time at which the run started. Without a mark, the first reading then covers the time since it, where the
   * meter's counter began with the run; other meters report that time as a gap.
   */
  readonly startedAt?: Instant;
  /**
   * CPU time of the run, in microseconds since it started, as its wrapper told it when it ended; `undefined` before.
   * Asked when there is no control group and no process is left to look at.
   */
  readonly endedCpuMicros?: () => bigint | undefined;
}

/** What one reading adds since the one before it. */
export interface Reading {
  /** Wall-clock instants (not scaled) of the two readings. */
  readonly start: Instant;
  readonly end: Instant;
  /** Energy that the run's own activity caused. */
  readonly dynamic: Microjoules;
  /** The run's share of what the machine draws idle, by the policy named in `idlePolicy`. */
  readonly idle: Microjoules;
  /** CPU time of the run and all its descendants, in microseconds; `undefined` for device meters. */
  readonly cpuMicros: bigint | undefined;
  /** Words when the reading is not what it should be ("counter wrapped", "lower bound: no cgroup"). */
  readonly note: string | undefined;
}

/** Time whose energy no reading will ever tell. */
export interface Gap {
  readonly start: Instant;
  readonly end: Instant;
  readonly why: string;
}

/** An open measurement of one run. */
export interface Probe {
  readonly meter: string;
  readonly tier: Tier;
  readonly boundary: Boundary;
  /** Geometric standard deviation of the energy it says. */
  readonly gsd: number;
  readonly idlePolicy: string;
  /** Shortest distance between readings that is worth its cost; absent: as often as one likes. */
  readonly every?: Millis;
  /**
   * Energy since the last reading (since opening, for the first). Never negative. `undefined`: no reading now. Then
   * either `gap()` says what is lost for good, or nothing is lost and the next reading covers this time too.
   */
  read(): Reading | undefined;
  /** What the last `read()` found to be lost for good. */
  gap?(): Gap | undefined;
  /** For meters that wait for an answer: brings what `read()` will say up to date. Never rejects. */
  settle?(signal?: AbortSignal): Promise<void>;
  /** A resumable mark of the counters at the last reading, so that another process can continue where this one stopped. */
  mark(): ProbeMark;
  close(): void;
}

/** Plain JSON. */
export interface ProbeMark {
  readonly at: Instant;
  readonly bootId: string;
  readonly counters: Readonly<Record<string, string>>;
}

export interface Meter {
  readonly name: string;
  readonly tier: Tier;
  /** Whether this meter can measure here, and if not, why, for people. */
  available(): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** Starts measuring; continues from `mark` when given (then the first reading covers the time since it). */
  open(target: Target, mark?: ProbeMark): Probe;
}
