/**
 * Runs steps as process trees on this machine, detached from whoever started them.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { asError, Failure } from '../../../errors.ts';
import { type Instant, instant } from '../../../units.ts';
import type { Executor, Observation, StartOrder } from '../../executor.ts';
import { writeWhole } from '../../run-files.ts';
import {
  createCgroup,
  isFrozen,
  isPopulated,
  killCgroup,
  killCgroupsNamed,
  processesIn,
  removeCgroup,
  setFrozen,
} from './cgroup.ts';
import { type Identity, isAlive, parseIdentity, send } from './process.ts';

/** Where the wrapper finds its tools, whatever the step's own PATH is. */
const WRAPPER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const WRAPPER = fileURLToPath(new URL('./start.sh', import.meta.url));
/** The first and the last so many bytes of a step's output are kept. */
const LOG_BYTES = 8 * 2 ** 20;
/** How long a wrapper may take to claim its run. */
const CLAIM_LIMIT_MS = 20_000;
const CLAIM_POLL_MS = 5;

export const localExecutor: Executor = {
  name: 'local',

  async start(order, signal) {
    mkdirSync(order.folder, { recursive: true, mode: 0o700 });
    if (exists(join(order.folder, 'claim'))) return;
    const cgroup = cgroupFor(order);
    await spawnWrapper(order, cgroup);
    // The claim, not the spawn, is what makes it run: wait for it, whoever's it is.
    for (let waited = 0; !exists(join(order.folder, 'claim')); waited += CLAIM_POLL_MS) {
      if (waited > CLAIM_LIMIT_MS) {
        throw new Failure('execute/start', `step run ${order.name} did not begin within ${CLAIM_LIMIT_MS / 1000} s`);
      }
      await delay(CLAIM_POLL_MS, undefined, { signal });
    }
  },

  observe,

  notify(folder, signal) {
    const child = childOf(folder);
    // A signal that the command does not listen for (yet) would end it.
    return child !== undefined && isAlive(child) && catches(child.pid, signal) && send(child.pid, signal);
  },

  freeze(folder) {
    return setStopped(folder, true);
  },

  thaw(folder) {
    return setStopped(folder, false);
  },

  terminate(folder) {
    const cgroup = cgroupOf(folder);
    const child = childOf(folder);
    const inside = cgroup === undefined ? [] : processesIn(cgroup);
    for (const pid of inside) send(pid, 'SIGTERM');
    // It enters its control group by itself, a moment after it was started.
    if (child !== undefined && !inside.includes(child.pid) && isAlive(child)) send(-child.pid, 'SIGTERM');
    setStopped(folder, false); // a frozen process hears nothing
  },

  kill(folder) {
    const cgroup = cgroupOf(folder);
    if (cgroup !== undefined) killCgroup(cgroup);
    const child = childOf(folder);
    if (child !== undefined && isAlive(child)) send(-child.pid, 'SIGKILL');
  },

  endNamed: killCgroupsNamed,

  release(folder) {
    const cgroup = cgroupOf(folder);
    if (cgroup !== undefined) removeCgroup(cgroup);
  },
};

/** Makes the run's control group and notes it beside the run, before anything can run in it. */
function cgroupFor(order: StartOrder): string | undefined {
  const noted = cgroupOf(order.folder);
  if (noted !== undefined) return noted;
  const cgroup = createCgroup(order.name);
  if (cgroup !== undefined) writeWhole(join(order.folder, 'cgroup'), cgroup);
  return cgroup;
}

async function spawnWrapper(order: StartOrder, cgroup: string | undefined): Promise<void> {
  const argv = [WRAPPER, order.folder, order.directory, String(LOG_BYTES), cgroup ?? '-', ...order.argv];
  await new Promise<void>((resolve, reject) => {
    const wrapper = spawn('/bin/sh', argv, {
      cwd: '/',
      detached: true,
      stdio: 'ignore',
      env: {
        ...order.environment,
        PATH: WRAPPER_PATH,
        GRIDTIDE_COMMAND_PATH: order.environment['PATH'] ?? WRAPPER_PATH,
      },
    });
    wrapper.once('error', (error) => {
      reject(new Failure('execute/start', `step run ${order.name} could not be started`, { cause: asError(error) }));
    });
    wrapper.once('spawn', resolve);
    wrapper.unref();
  });
}

function observe(folder: string): Observation {
  const claim = read(join(folder, 'claim'));
  if (claim === undefined) return { state: 'absent' };
  const since = modified(join(folder, 'claim')) ?? instant(0);
  const cgroup = cgroupOf(folder);
  const owner = parseIdentity(claim);
  // It was claimed: what a power cut left of the claim does not say by whom.
  if (owner === undefined && !isOrphaned(folder, cgroup)) return { state: 'lost', since, cgroup };
  const ended = endOf(folder, since, cgroup);
  if (ended !== undefined) return ended;
  if (owner !== undefined && !isAlive(owner) && !isOrphaned(folder, cgroup)) {
    // It may have ended between the two looks.
    return endOf(folder, since, cgroup) ?? { state: 'lost', since, cgroup };
  }
  const child = childOf(folder);
  return { state: 'running', since, frozen: isStopped(child, cgroup), pid: child?.pid ?? owner?.pid ?? 0, cgroup };
}

function endOf(folder: string, since: Instant, cgroup: string | undefined): Observation | undefined {
  const text = read(join(folder, 'exit'));
  const at = modified(join(folder, 'exit'));
  const code = Number.parseInt(text ?? '', 10);
  if (Number.isNaN(code) || at === undefined) return undefined;
  return { state: 'ended', since, at, code, cgroup, cpuMicros: cpuMicros(folder) };
}

/** The wrapper is gone but what it started still runs. */
function isOrphaned(folder: string, cgroup: string | undefined): boolean {
  if (cgroup !== undefined && isPopulated(cgroup)) return true;
  const child = childOf(folder);
  return child !== undefined && isAlive(child);
}

function setStopped(folder: string, stopped: boolean): boolean {
  const cgroup = cgroupOf(folder);
  const child = childOf(folder);
  if (cgroup !== undefined) return setFrozen(cgroup, stopped);
  return child !== undefined && isAlive(child) && send(-child.pid, stopped ? 'SIGSTOP' : 'SIGCONT');
}

function isStopped(child: Identity | undefined, cgroup: string | undefined): boolean {
  if (cgroup !== undefined) return isFrozen(cgroup);
  if (child === undefined) return false;
  const stat = read(`/proc/${child.pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).startsWith('T') ?? false;
}

/** The command's identity; the boot is the claim's, so a child of an earlier boot is nobody. */
function childOf(folder: string): Identity | undefined {
  const child = parseIdentity(read(join(folder, 'child')) ?? '');
  const owner = parseIdentity(read(join(folder, 'claim')) ?? '');
  if (child !== undefined && owner !== undefined) return { ...child, bootId: owner.bootId };
  return undefined;
}

/** What a full disk left empty is no control group. */
const cgroupOf = (folder: string): string | undefined => {
  const noted = read(join(folder, 'cgroup'));
  return noted?.startsWith('/') ? noted : undefined;
};

/** Whether a process has a handler for `signal`; assumed where the system does not tell. */
function catches(pid: number, signal: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  if (mask === undefined) return true;
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** Sums the second line of `times` ("0m1.20s 0m0.10s": user and system time of ended children). */
function cpuMicros(folder: string): bigint | undefined {
  const children = read(join(folder, 'times'))?.split('\n')[1];
  if (children === undefined) return undefined;
  let micros = 0;
  for (const [, minutes, seconds] of children.matchAll(/(\d+)m([\d.]+)s/g)) {
    micros += (Number(minutes) * 60 + Number(seconds)) * 1e6;
  }
  return BigInt(Math.round(micros));
}

const exists = (file: string): boolean => modified(file) !== undefined;

function modified(file: string): Instant | undefined {
  try {
    return instant(Math.floor(statSync(file).mtimeMs));
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
