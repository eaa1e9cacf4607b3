/**
 * CPU time of a control group: every process that is or ever was in it, daemons and short-lived children included.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CounterFile, keyedNumber, wholeNumber } from './counter-file.ts';

/** Where the trees of control groups are mounted; a hybrid system has both kinds. */
export interface CgroupRoots {
  /** The v2 (unified) tree. */
  readonly unified: string | undefined;
  /** The v1 `cpuacct` tree. */
  readonly cpuacct: string | undefined;
  /** The v1 `freezer` tree. */
  readonly freezer: string | undefined;
}

/** Finds the mounted trees in the text of `/proc/self/mounts`; the first mount of each kind counts. */
export function cgroupRootsIn(mounts: string): CgroupRoots {
  let unified: string | undefined;
  const v1 = new Map<string, string>();
  for (const line of mounts.split('\n')) {
    const [, folder = '', type, options = ''] = line.split(' ');
    // The kernel writes a space in a path as \040 and so on (proc(5)).
    const path = folder.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (type === 'cgroup2') unified ??= path;
    if (type !== 'cgroup') continue;
    for (const controller of options.split(',')) if (!v1.has(controller)) v1.set(controller, path);
  }
  return { unified, cpuacct: v1.get('cpuacct'), freezer: v1.get('freezer') };
}

/** The trees of this machine; all `undefined` where there are none. */
export function findCgroupRoots(proc = '/proc'): CgroupRoots {
  try {
    return cgroupRootsIn(readFileSync(join(proc, 'self/mounts'), 'utf8'));
  } catch {
    return { unified: undefined, cpuacct: undefined, freezer: undefined };
  }
}

export interface CgroupCpu {
  /** CPU time of the group since it was made, in microseconds; throws when it cannot be read (the group is gone). */
  micros(): bigint;
  close(): void;
}

/**
 * Opens the CPU counter of the group at `folder`: `cpuacct.usage` (v1, nanoseconds) if it is there, else `usage_usec`
 * of `cpu.stat` (v2). A v1 `cpu` folder also has a `cpu.stat`, without that line, so the line is looked for.
 *
 * @returns `undefined` when `folder` has neither
 */
export function openCgroupCpu(folder: string, openFile: (path: string) => CounterFile): CgroupCpu | undefined {
  const v1 = attempt(() => openFile(join(folder, 'cpuacct.usage')));
  if (v1 !== undefined) return { micros: () => wholeNumber(v1.text()) / 1_000n, close: () => v1.close() };
  const v2 = attempt(() => openFile(join(folder, 'cpu.stat')));
  if (v2 === undefined) return undefined;
  const usage = (): bigint | undefined => keyedNumber(v2.text(), 'usage_usec');
  if (attempt(usage) === undefined) {
    v2.close();
    return undefined;
  }
  return {
    micros() {
      const value = usage();
      if (value === undefined) throw new Error('cpu.stat has no usage_usec');
      return value;
    },
    close: () => v2.close(),
  };
}

/** Processes in the group at `folder` and in the groups below it; empty when it is gone. */
export function cgroupProcesses(folder: string): number[] {
  const own = attempt(() => readFileSync(join(folder, 'cgroup.procs'), 'latin1')) ?? '';
  const below = attempt(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return [
    ...own
      .split('\n')
      .filter((line) => line !== '')
      .map(Number),
    ...below.filter((entry) => entry.isDirectory()).flatMap((entry) => cgroupProcesses(join(folder, entry.name))),
  ];
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
