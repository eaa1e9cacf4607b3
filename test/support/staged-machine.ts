/**
 * A machine made of files: `/proc`, a control group and a powercap tree in a temporary folder, with a clock that moves
 * only when told.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/clock.ts';
import { openCounterFile, type Roots, type Surroundings, surroundingsOf, type Target } from '../../src/meter/index.ts';
import type { MachineModel } from '../../src/site/index.ts';
import { instant, watts } from '../../src/units.ts';

export const FIXTURES = join(import.meta.dirname, '../../src/meter/fixtures');

export const fixture = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

/** 4 threads, 2 W idle and 10 W at full load each. */
export const MODEL: MachineModel = {
  name: 'test machine',
  tier: 'D',
  idlePerThread: watts(2),
  maxPerThread: watts(10),
  threads: 4,
  gsd: 1.6,
  source: 'test',
};

/** A clock that moves when it is told, and wakes those who wait for it. */
export class HandClock implements Clock {
  readonly speed = 1;
  #now = Date.UTC(2026, 0, 1);
  readonly #waiting = new Set<{ at: number; wake: () => void }>();
  now = () => instant(this.#now);
  fromWall: Clock['fromWall'] = (wall) => wall;
  toReal: Clock['toReal'] = (length) => length;
  until: Clock['until'] = (at, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      if (at <= this.#now) return resolve();
      const abort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const waiter = { at, wake };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', abort);
    });
  /** Moves the clock, and lets those who waited do what they waited for. */
  async advance(ms: number): Promise<void> {
    this.turn(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
  /** Moves the clock at once, waking those whose time has come. */
  turn(ms: number): void {
    this.#now += ms;
    for (const waiter of [...this.#waiting]) {
      if (waiter.at > this.#now) continue;
      this.#waiting.delete(waiter);
      waiter.wake();
    }
  }
}

export interface StagedProcess {
  readonly pid: number;
  readonly parent?: number;
  readonly group?: number;
  readonly session?: number;
  readonly start?: number;
  /** Ticks: own user time, and that of waited-for children. */
  readonly own?: number;
  readonly children?: number;
}

export class StagedMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'gridtide-machine-'));
  readonly clock = new HandClock();
  readonly roots: Roots;
  readonly cgroup = join(this.folder, 'cgroup/run');
  #uptimeMs = 1_000_000;
  #cpuMicros = 0n;
  #busyTicks = 10_000;

  constructor({ powercap, nvidia = false }: { powercap?: string; nvidia?: boolean } = {}) {
    this.roots = {
      proc: join(this.folder, 'proc'),
      powercap: join(this.folder, 'powercap'),
      path: [join(this.folder, 'bin')],
    };
    for (const folder of ['proc/sys/kernel/random', 'cgroup/run', 'bin'])
      mkdirSync(join(this.folder, folder), { recursive: true });
    if (powercap !== undefined) cpSync(join(FIXTURES, powercap), this.roots.powercap, { recursive: true });
    if (nvidia) writeFileSync(join(this.folder, 'bin/nvidia-smi'), '', { mode: 0o755 });
    this.boot('4f1d0a5e-0000-4000-8000-000000000001');
    this.#write();
  }

  /** The kernel calls this boot so. */
  boot(id: string): void {
    writeFileSync(join(this.roots.proc, 'sys/kernel/random/boot_id'), `${id}\n`);
  }

  /** Time passes, on the wall and since boot; the run and the rest of the machine use CPU time meanwhile. */
  pass(ms: number, { cpuMs = 0, othersMs = 0 }: { cpuMs?: number; othersMs?: number } = {}): void {
    this.#uptimeMs += ms;
    this.#cpuMicros += BigInt(Math.round(cpuMs * 1_000));
    this.#busyTicks += Math.round((cpuMs + othersMs) / 10);
    this.#write();
    this.clock.turn(ms);
  }

  /** The run's counter shows this. */
  setCpu(micros: bigint): void {
    this.#cpuMicros = micros;
    this.#write();
  }

  /** A powercap counter moves by so many joules (from `at`, when given, in µJ). */
  spend(zone: string, joules: number, at?: number): void {
    const file = join(this.roots.powercap, zone, 'energy_uj');
    const now = at ?? Number(readFileSync(file, 'utf8'));
    const range = Number(readFileSync(join(this.roots.powercap, zone, 'max_energy_range_uj'), 'utf8'));
    writeFileSync(file, `${(now + joules * 1e6) % range}\n`);
  }

  processes(list: readonly StagedProcess[]): void {
    for (const name of this.#pids) rmSync(join(this.roots.proc, name), { recursive: true });
    this.#pids = [];
    for (const { pid, parent = 1, group = pid, session = group, start = 100, own = 0, children = 0 } of list) {
      mkdirSync(join(this.roots.proc, String(pid)));
      const zeros = '0 0 0 0 0 0';
      const stat = `${pid} (a (strange) name) S ${parent} ${group} ${session} ${zeros} 0 ${own} 0 ${children} 0 20 0 1 0 ${start} 0`;
      writeFileSync(join(this.roots.proc, String(pid), 'stat'), `${stat}\n`);
      this.#pids.push(String(pid));
    }
  }
  #pids: string[] = [];

  surroundings(options: Partial<Pick<Surroundings, 'openFile' | 'runProgram' | 'machine'>> = {}): Surroundings {
    return surroundingsOf(options.machine ?? MODEL, this.clock, {
      roots: this.roots,
      openFile: options.openFile ?? openCounterFile,
      runProgram: options.runProgram,
    });
  }

  target(options: Partial<Target> = {}): Target {
    return { runId: 'run', cgroup: this.cgroup, pid: 500, cpus: 1, gpus: 0, ...options };
  }

  remove(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true });
  }

  #write(): void {
    const { proc } = this.roots;
    writeFileSync(join(proc, 'uptime'), `${(Math.floor(this.#uptimeMs / 10) / 100).toFixed(2)} 12345.67\n`);
    writeFileSync(
      join(proc, 'stat'),
      `cpu  ${this.#busyTicks} 0 0 500000 700 0 0 9000 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\n`,
    );
    const user = `user_usec ${this.#cpuMicros}\nsystem_usec 0\n`;
    writeFileSync(join(this.cgroup, 'cpu.stat'), `usage_usec ${this.#cpuMicros}\n${user}`);
  }
}
