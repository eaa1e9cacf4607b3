/**
 * What a meter stands in: the machine's model, the wall clock, and the roots of the kernel's file trees, which tests
 * replace by recorded ones.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import type { MachineModel } from '../site/index.ts';
import { type CounterFile, openCounterFile } from './counter-file.ts';
import type { Meter } from './meter.ts';
import { Timepiece } from './timepiece.ts';

export interface Roots {
  readonly proc: string;
  readonly powercap: string;
  /** Folders in which `nvidia-smi` is looked for. */
  readonly path: readonly string[];
}

export const SYSTEM_ROOTS: Roots = {
  proc: '/proc',
  powercap: '/sys/class/powercap',
  path: ['/usr/bin', '/usr/local/bin', '/bin', '/opt/bin', '/usr/lib/wsl/lib', '/usr/local/nvidia/bin'],
};

/** Runs a program with these arguments and gives its standard output; rejects with what it said on failure. */
export type RunProgram = (file: string, args: readonly string[], signal: AbortSignal) => Promise<string>;

export interface Surroundings {
  readonly machine: MachineModel;
  /** Wall time: a clock of speed 1. */
  readonly clock: Clock;
  readonly roots: Roots;
  readonly openFile: (path: string) => CounterFile;
  readonly timepiece: Timepiece;
  /** For meters that ask a program; `undefined` runs it for real. */
  readonly runProgram: RunProgram | undefined;
}

/** The part of the machine whose energy a meter counts; two meters of one part are never read together. */
export type Part = 'cpu' | 'gpu';

export interface ListedMeter extends Meter {
  readonly part: Part;
}

/** One entry of the list of meters. */
export type MeterFactory = (surroundings: Surroundings) => ListedMeter;

/** Surroundings with the system's own roots wherever none is given. */
export function surroundingsOf(
  machine: MachineModel,
  clock: Clock,
  options: {
    readonly roots?: Partial<Roots> | undefined;
    readonly openFile?: ((path: string) => CounterFile) | undefined;
    readonly runProgram?: RunProgram | undefined;
  } = {},
): Surroundings {
  const roots = { ...SYSTEM_ROOTS, ...options.roots };
  const openFile = options.openFile ?? openCounterFile;
  const timepiece = new Timepiece(clock, roots.proc, openFile);
  return { machine, clock, roots, openFile, timepiece, runProgram: options.runProgram };
}
