/**
 * Who a process is: a pid alone is reused, so it is named together with its start time and the boot it belongs to.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Failure } from '../../../errors.ts';

/** A process of this machine that no later one can be mistaken for. */
export interface Identity {
  readonly pid: number;
  /** Start time as the system tells it: clock ticks since boot on Linux, a date elsewhere. */
  readonly start: string;
  readonly bootId: string;
}

const COMMAND_LIMIT_MS = 2_000;

let knownBoot: string | undefined;

/** Names this boot of the machine; changes with every reboot. */
export function bootId(): string {
  knownBoot ??=
    readText('/proc/sys/kernel/random/boot_id') ?? command('sysctl', ['-n', 'kern.bootsessionuuid']) ?? 'unknown';
  return knownBoot;
}

/** The identity of a live process, `undefined` when there is none (or only its zombie). */
export function identify(pid: number): Identity | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat !== undefined) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const start = fields[19];
    return state === undefined || start === undefined || state === 'Z' || state === 'X'
      ? undefined
      : { pid, start, bootId: bootId() };
  }
  if (process.platform === 'linux') return undefined;
  const start = command('ps', ['-o', 'lstart=', '-p', String(pid)])?.replace(/ +/g, '_');
  return start === undefined || start === '' ? undefined : { pid, start, bootId: bootId() };
}

/** Who this process is. */
export function identifySelf(): Identity {
  const self = identify(process.pid);
  if (self === undefined) throw new Failure('execute/cannot', 'this system does not tell when a process started');
  return self;
}

/** Whether exactly this process still lives. */
export function isAlive(identity: Identity): boolean {
  if (identity.bootId !== bootId()) return false;
  return identify(identity.pid)?.start === identity.start;
}

/** Parses `PID START [BOOT]`, as the wrapper writes it. */
export function parseIdentity(text: string): Identity | undefined {
  const [pid, start, boot] = text.trim().split(' ');
  if (pid === undefined || start === undefined || !/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), start, bootId: boot ?? bootId() };
}

/** Sends `signal` to a process or (negative pid) to a group; false when there was nobody to receive it. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function command(name: string, argv: readonly string[]): string | undefined {
  try {
    return execFileSync(name, argv, {
      encoding: 'utf8',
      timeout: COMMAND_LIMIT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
