/**
 * What `/proc` says of the machine and its processes, in the units of the rest of the house.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Microseconds in a tick of `/proc` times. USER_HZ is 100 on every architecture that Linux runs Node on
 * (proc(5): sysconf(_SC_CLK_TCK)).
 */
export const TICK_MICROS = 10_000n;

/** A word that changes with each boot; `undefined` where the kernel does not say. */
export function readBootId(proc: string): string | undefined {
  try {
    return readFileSync(join(proc, 'sys/kernel/random/boot_id'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds since boot from the text of `/proc/uptime` (10 ms resolution; time asleep included). */
export function uptimeMillis(text: string): number | undefined {
  const seconds = Number.parseFloat(text);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1_000) : undefined;
}

/**
 * CPU time that all hardware threads together were busy since boot, in microseconds, from the text of `/proc/stat`.
 * Idle, waiting for I/O and steal (time that the hypervisor gave to others) are not busy; guest time is in `user`.
 */
export function busyMicros(text: string): bigint {
  const fields = /^cpu +(\d+(?: \d+)*)/.exec(text)?.[1]?.split(' ');
  if (fields === undefined || fields.length < 4) throw new Error('/proc/stat has no line for all processors');
  const [user = '0', nice = '0', system = '0', , , irq = '0', softirq = '0'] = fields;
  return (BigInt(user) + BigInt(nice) + BigInt(system) + BigInt(irq) + BigInt(softirq)) * TICK_MICROS;
}

/** One process, as `/proc/<pid>/stat` has it. Times in ticks. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Its own CPU time and that of the children it waited for. */
  readonly ticks: bigint;
  /** Ticks after boot at which it started; with the pid it names a process for good. */
  readonly start: string;
}

/** Reads the text of a `stat` file; the name in brackets may itself hold spaces and brackets. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  const start = fields[19];
  const times = fields.slice(11, 15);
  if (close === -1 || Number.isNaN(pid) || start === undefined || !times.every((t) => /^\d+$/.test(t)))
    return undefined;
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    ticks: times.reduce((sum, t) => sum + BigInt(t), 0n),
    start,
  };
}

/** One process; `undefined` when it is gone. */
export function readProcess(proc: string, pid: number | string): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(join(proc, String(pid), 'stat'), 'latin1'));
  } catch {
    return undefined;
  }
}

/** Every process there is: about 15 µs of CPU for each. */
export function listProcesses(proc: string): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const name of readdirSync(proc)) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProcess(proc, name);
    if (stat !== undefined) found.push(stat);
  }
  return found;
}
