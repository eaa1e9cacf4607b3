/**
 * CPU time of one run: of its control group where it has one, else a lower bound from the processes of its session.
 *
 * @module
 */
import { cgroupProcesses, openCgroupCpu } from './cgroup.ts';
import { CountersGone } from './counter-file.ts';
import type { ProbeMark, Target } from './meter.ts';
import { listProcesses, type ProcessStat, readProcess, TICK_MICROS } from './proc.ts';
import type { Surroundings } from './surroundings.ts';

export interface CpuSource {
  /** Names what is counted; counters of differently named sources cannot be subtracted. */
  readonly name: string;
  /** Words for each reading, when the source sees less than everything. */
  readonly note: string | undefined;
  /** True when a reading costs so much that it should be rare. */
  readonly isExpensive: boolean;
  /** CPU time so far in microseconds, never falling while the source lives; throws when it cannot be read. */
  micros(): bigint;
  /** What another process needs besides the number to continue. */
  memory(): Readonly<Record<string, string>>;
  close(): void;
}

export const LOWER_BOUND =
  'lower bound: no control group, so daemons that left the session and unseen children are missing';

/** Opens the best source for `target`, continuing the memory in `mark` where it has one. */
export function openCpuSource(
  target: Target,
  { roots, openFile }: Pick<Surroundings, 'roots' | 'openFile'>,
  mark?: ProbeMark,
): CpuSource {
  const group = target.cgroup === undefined ? undefined : openCgroupCpu(target.cgroup, openFile);
  if (group !== undefined) {
    return {
      name: `cgroup ${target.cgroup}`,
      note: undefined,
      isExpensive: false,
      micros: () => group.micros(),
      memory: () => ({}),
      close: () => group.close(),
    };
  }
  const name = `session ${target.pid}`;
  const session = new SessionCpu(target, roots.proc, mark?.counters['source'] === name ? mark.counters : {});
  return {
    name,
    note: LOWER_BOUND,
    isExpensive: true,
    micros: () => session.micros(),
    memory: () => session.memory(),
    close: () => {},
  };
}

/** True when process `pid` belongs to `target`. */
export function membership(target: Target, proc: string): (pid: number) => boolean {
  if (target.cgroup !== undefined) {
    const members = new Set(cgroupProcesses(target.cgroup));
    return (pid) => members.has(pid);
  }
  return (pid) => {
    const stat = readProcess(proc, pid);
    return stat !== undefined && (stat.session === target.pid || stat.group === target.pid);
  };
}

/**
 * Adds up the processes whose session or process group is led by `leader`. A process's total includes children that it
 * waited for, so a child that ends moves into its parent; where the parent is outside, or gone too, the child's last
 * seen total is kept. Children that start and end unseen, and are waited for by nobody inside, are missing.
 */
class SessionCpu {
  readonly #leader: number;
  readonly #proc: string;
  readonly #seen = new Map<string, ProcessStat>();
  readonly #ended: Target['endedCpuMicros'];
  #leaderStart: string | undefined;
  #retired: bigint;
  #most: bigint;

  constructor(target: Target, proc: string, memory: Readonly<Record<string, string>>) {
    this.#leader = target.pid;
    this.#ended = target.endedCpuMicros;
    this.#proc = proc;
    this.#retired = wholeOr(memory['retired'], 0n);
    this.#most = wholeOr(memory['most'], 0n);
    this.#leaderStart = memory['leader'];
    for (const entry of (memory['seen'] ?? '').split(',')) {
      const [pid, start, parent, ticks] = entry.split(':');
      if (pid === undefined || start === undefined || parent === undefined || ticks === undefined) continue;
      const stat = { pid: Number(pid), parent: Number(parent), group: 0, session: 0, ticks: wholeOr(ticks, 0n), start };
      this.#seen.set(`${pid}:${start}`, stat);
    }
  }

  micros(): bigint {
    const alive = this.#members();
    if (alive.length === 0) return this.#last();
    const pids = new Set(alive.map((p) => p.pid));
    for (const [key, stat] of this.#seen) {
      if (alive.some((p) => p.pid === stat.pid && p.start === stat.start)) continue;
      if (!pids.has(stat.parent)) this.#retired += stat.ticks;
      this.#seen.delete(key);
    }
    for (const stat of alive) this.#seen.set(`${stat.pid}:${stat.start}`, stat);
    const total = alive.reduce((sum, p) => sum + p.ticks, this.#retired);
    // A child whose parent ignores its end moves nowhere; what was once counted stays counted.
    if (total > this.#most) this.#most = total;
    return this.#most * TICK_MICROS;
  }

  memory(): Record<string, string> {
    const seen = [...this.#seen.values()].map((p) => `${p.pid}:${p.start}:${p.parent}:${p.ticks}`).join(',');
    const leader = this.#leaderStart === undefined ? {} : { leader: this.#leaderStart };
    return { retired: String(this.#retired), most: String(this.#most), seen, ...leader };
  }

  /** Nobody is left: what happened since the last look only the run's wrapper can tell. */
  #last(): bigint {
    const told = this.#ended?.();
    if (told === undefined) throw new CountersGone('no process of the run is left, and it has no control group');
    const seen = this.#most * TICK_MICROS;
    return told > seen ? told : seen;
  }

  #members(): ProcessStat[] {
    // Session 0 are the kernel's own threads.
    if (this.#leader <= 0) return [];
    const all = listProcesses(this.#proc);
    const leader = all.find((p) => p.pid === this.#leader);
    if (leader !== undefined) {
      this.#leaderStart ??= leader.start;
      // The number was given to a stranger: nobody of the run is left.
      if (leader.start !== this.#leaderStart) return [];
    }
    return all.filter((p) => p.session === this.#leader || p.group === this.#leader);
  }
}

const wholeOr = (text: string | undefined, otherwise: bigint): bigint =>
  text !== undefined && /^\d+$/.test(text) ? BigInt(text) : otherwise;
