/**
 * The processes that belong to a test's folder, so that a test can say that none is left, and end those that are.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './folders.ts';

export interface Found {
  readonly pid: number;
  /** As it was started, arguments joined by spaces. */
  readonly command: string;
}

/** Living processes that were started with a path below `folder` or work in it; this process left out. */
export function processesOf(folder: string): Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
        const works = readlinkSync(`/proc/${name}/cwd`);
        const own = command.includes(`${folder}/`) || works === folder || works.startsWith(`${folder}/`);
        return own && state !== 'Z' && state !== 'X' ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

/** Waits until no process of `folder` is left; fails with what still runs. */
export async function untilNoneOf(folder: string, limitMs = 60_000): Promise<void> {
  let left: Found[] = [];
  await until(
    'the processes to end',
    () => {
      left = processesOf(folder);
      return left.length === 0;
    },
    limitMs,
  ).catch(() => {
    throw new Error(`still running: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`);
  });
}

/** Ends whatever is left of `folder`, by its pid, and removes the control groups of its runs. */
export async function endAllOf(folder: string): Promise<void> {
  const groups = controlGroupsOf(folder);
  await until('the processes to end', () => {
    const left = processesOf(folder);
    for (const pid of [...left.map(({ pid }) => pid), ...groups.flatMap(processesIn)]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has ended meanwhile
      }
    }
    return left.length === 0;
  });
  for (const group of groups) {
    try {
      rmdirSync(group);
    } catch {
      // released already
    }
  }
}

/** Folders of the control groups that runs below `folder` were given. */
export function controlGroupsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\/steps\/[^/]+\/\d+\/cgroup$/.test(name))
    .flatMap((name) => {
      try {
        return [readFileSync(join(folder, name), 'utf8').trim()];
      } catch {
        return [];
      }
    });
}

/** Processes in a control group; none when it is gone. */
export function processesIn(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
