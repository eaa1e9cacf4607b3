/**
 * The control group of a run (cgroup v2): everything that a command starts, daemons included, frozen, thawed,
 * ended and counted together. Where the kernel or our rights do not allow one, the caller falls back to the
 * process group.
 *
 * @module
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a group named `name`; `undefined` where none can be made. */
export function createCgroup(name: string): string | undefined {
  for (const base of candidateBases()) {
    try {
      mkdirSync(base, { recursive: true });
      const folder = join(base, name);
      mkdirSync(folder, { recursive: true });
      readFileSync(join(folder, 'cgroup.freeze'));
      return folder;
    } catch {
      // not allowed there: try the next place
    }
  }
  return undefined;
}

/** Folders under which this user may make groups: the mount's root for root, else this process's own group. */
function candidateBases(): string[] {
  const mount = mountPoint();
  if (mount === undefined) return [];
  const own = ownPath();
  const bases = process.getuid?.() === 0 ? [join(mount, 'gridtide')] : [];
  return own === undefined ? bases : [...bases, join(mount, own, 'gridtide')];
}

function mountPoint(): string | undefined {
  const line = read('/proc/self/mounts')
    ?.split('\n')
    .find((entry) => entry.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1];
}

function ownPath(): string | undefined {
  return read('/proc/self/cgroup')
    ?.split('\n')
    .find((line) => line.startsWith('0::'))
    ?.slice(3);
}

/** Asks the kernel to stop or continue all processes of the group; it takes effect within milliseconds. */
export function setFrozen(folder: string, frozen: boolean): boolean {
  return write(join(folder, 'cgroup.freeze'), frozen ? '1' : '0');
}

/** Whether every process of the group stands still. */
export const isFrozen = (folder: string): boolean => (read(join(folder, 'cgroup.events')) ?? '').includes('frozen 1');

/** Whether any process is in the group. */
export const isPopulated = (folder: string): boolean =>
  (read(join(folder, 'cgroup.events')) ?? '').includes('populated 1');

/** Ends every process of the group at once, frozen or not. */
export const killCgroup = (folder: string): boolean => write(join(folder, 'cgroup.kill'), '1');

/** Ends every process of the groups named `name`, wherever this user may have made one. */
export function killCgroupsNamed(name: string): void {
  for (const base of candidateBases()) killCgroup(join(base, name));
}

/** Sends `signal` to each process in the group (used to let them end by themselves). */
export function processesIn(folder: string): number[] {
  return (read(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
}

/** Removes an empty group; a group that still has processes stays. */
export function removeCgroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // still populated, or gone already
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function write(file: string, text: string): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch {
    return false;
  }
}
