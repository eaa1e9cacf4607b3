/**
 * The energy of a whole machine over an interval, divided among its runs, exactly: what the runs did, what they keep
 * reserved, what nobody reserved, and what was done by none of them.
 *
 * @module
 */
import { type Microjoules, microjoules, splitExactly } from '../units.ts';

export interface RunUse {
  /** CPU time in the interval, microseconds. */
  readonly cpuMicros: bigint;
  /** Hardware threads reserved for it; may be a fraction. */
  readonly cpus: number;
}

export interface Apportioned {
  /** In the order of the runs given. */
  readonly runs: readonly { readonly dynamic: Microjoules; readonly idle: Microjoules }[];
  /** Idle energy of threads that no run reserved. */
  readonly unallocatedIdle: Microjoules;
  /** Dynamic energy of processes that belong to no run. */
  readonly unobserved: Microjoules;
}

/**
 * Divides `energy`: dynamic by CPU time over the machine's busy time, idle by reserved threads over all threads.
 * Σ dynamic + Σ idle + unallocatedIdle + unobserved = energy, to the microjoule; remainders go to the largest, ties to
 * the earlier run. O(n log n) in runs.
 *
 * How much of the energy is idle follows from the model's *ratio* of idle to max power, not from its watts, so that it
 * holds at any boundary: on the line P(u) = idle + (max − idle)·u the idle part is r / (r + (1 − r)·u), r = idle / max.
 *
 * @param busyMicros CPU time that all threads were busy; the runs' own time if that is more (`/proc/stat` counts ticks)
 * @param capacityMicros threads × length of the interval
 * @param idleRatio idle power over max power of the machine, 0 to 1
 */
export function apportion(
  energy: Microjoules,
  runs: readonly RunUse[],
  {
    busyMicros,
    capacityMicros,
    threads,
    idleRatio,
  }: {
    readonly busyMicros: bigint;
    readonly capacityMicros: number;
    readonly threads: number;
    readonly idleRatio: number;
  },
): Apportioned {
  const used = runs.map((run) => Number(run.cpuMicros));
  const busy = Math.max(
    Number(busyMicros),
    used.reduce((sum, micros) => sum + micros, 0),
  );
  const utilisation = capacityMicros > 0 ? Math.min(1, busy / capacityMicros) : 0;
  const [idle = 0n, dynamic = 0n] = splitExactly(energy, [idleRatio, (1 - idleRatio) * utilisation]);
  const reserved = runs.map((run) => Math.max(0, run.cpus));
  const free = Math.max(0, threads - reserved.reduce((sum, cpus) => sum + cpus, 0));
  const idleParts = splitExactly(idle, [...reserved, free]);
  const dynamicParts = splitExactly(dynamic, [...used, busy - used.reduce((sum, micros) => sum + micros, 0)]);
  return {
    runs: runs.map((_, index) => ({
      dynamic: microjoules(dynamicParts[index] ?? 0n),
      idle: microjoules(idleParts[index] ?? 0n),
    })),
    unallocatedIdle: microjoules(idleParts[runs.length] ?? 0n),
    unobserved: microjoules(dynamicParts[runs.length] ?? 0n),
  };
}
