/**
 * Asks `nvidia-smi` about the graphics processors of this machine and keeps the latest answer. One call costs 30 to
 * 300 ms of CPU (more without the persistence daemon), so it is asked every 5 s at most, once for all runs.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import type { Clock } from '../clock.ts';
import { asError } from '../errors.ts';
import { after, type Instant, type Millis, millis } from '../units.ts';
import type { RunProgram } from './surroundings.ts';

export const GPU_EVERY: Millis = millis(5_000);
const TIME_LIMIT_MS = 2_000;

export interface Gpu {
  readonly index: number;
  readonly uuid: string;
  /** Watts; `undefined` where the driver says `[N/A]`. */
  readonly power: number | undefined;
  /** Watts that the board may draw. */
  readonly limit: number | undefined;
  /** Millijoules since the driver was loaded; only where the driver offers it. */
  readonly energy: bigint | undefined;
  /** Divided into slices, which the counters do not tell apart. */
  readonly isSliced: boolean;
}

export interface GpuSnapshot {
  readonly at: Instant;
  readonly gpus: readonly Gpu[];
  /** Computing processes; `undefined` when the driver would not list them. */
  readonly processes: readonly { readonly pid: number; readonly uuid: string }[] | undefined;
}

const FIELDS = ['index', 'uuid', 'power.draw', 'power.limit', 'mig.mode.current'] as const;
/** Not a field of every release: asked for first, and left out when `nvidia-smi` does not know it. */
const ENERGY_FIELD = 'total_energy_consumption';

const cells = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()));

function positive(cell: string | undefined): number | undefined {
  return cell !== undefined && /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : undefined;
}

/** Reads the answer to the query of {@link FIELDS} and perhaps the energy; throws with the line that is not one. */
export function parseGpus(text: string): Gpu[] {
  return cells(text).map(([index = '', uuid = '', power, limit, mig, energy]) => {
    if (!/^\d+$/.test(index) || !/^(GPU|MIG)-/.test(uuid)) {
      throw new Error(`nvidia-smi said ${JSON.stringify(text.split('\n')[0]?.slice(0, 120))}`);
    }
    return {
      index: Number(index),
      uuid,
      power: positive(power),
      limit: positive(limit),
      energy: energy !== undefined && /^\d+$/.test(energy) ? BigInt(energy) : undefined,
      isSliced: mig === 'Enabled',
    };
  });
}

/** Reads the list of computing processes; `undefined` when a line hides them (`[Insufficient Permissions]`, `[N/A]`). */
export function parseProcesses(text: string): GpuSnapshot['processes'] {
  const found: { pid: number; uuid: string }[] = [];
  for (const [pid = '', uuid = ''] of cells(text)) {
    if (!/^\d+$/.test(pid) || uuid === '') return undefined;
    found.push({ pid: Number(pid), uuid });
  }
  return found;
}

/** Runs a program without a shell, for 2 s at most. */
export const runProgram: RunProgram = (file, args, signal) =>
  new Promise((resolve, reject) => {
    const options = { signal, timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 20 } as const;
    execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      // The program explains itself on either stream; its exit code alone says nothing.
      else
        reject(
          new Error([stdout, stderr, error.message].find((words) => words.trim() !== '')?.trim(), { cause: error }),
        );
    });
  });

/** Asks once. `energy: false` leaves the energy counter out. */
async function ask(
  file: string,
  run: RunProgram,
  clock: Clock,
  energy: boolean,
  signal: AbortSignal,
): Promise<GpuSnapshot> {
  const fields = energy ? [...FIELDS, ENERGY_FIELD] : FIELDS;
  const gpus = parseGpus(await run(file, [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'], signal));
  const at = clock.now();
  const list = await run(file, ['--query-compute-apps=pid,gpu_uuid', '--format=csv,noheader,nounits'], signal);
  return { at, gpus, processes: parseProcesses(list) };
}

/** Hears of each answer, or of why there was none. */
export type GpuListener = (answer: GpuSnapshot | { readonly failed: string }) => void;

/** Asks in the background while anybody listens. */
export class GpuWatch {
  readonly #file: string;
  readonly #run: RunProgram;
  readonly #clock: Clock;
  readonly #listeners = new Set<GpuListener>();
  #stop: AbortController | undefined;
  #asking: Promise<void> | undefined;
  #offersEnergy = true;

  constructor(file: string, run: RunProgram, clock: Clock) {
    this.#file = file;
    this.#run = run;
    this.#clock = clock;
  }

  /** Starts to listen; the first listener starts the asking. Returns how to stop; the last to stop ends it. */
  listen(listener: GpuListener): () => void {
    this.#listeners.add(listener);
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      void this.#loop(this.#stop.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = undefined;
    };
  }

  /** Asks now and tells every listener; joins a question that is under way. Never rejects. */
  refresh(signal: AbortSignal): Promise<void> {
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    let answer: GpuSnapshot | { readonly failed: string };
    try {
      answer = await this.#askKnown(signal);
    } catch (error) {
      answer = { failed: `nvidia-smi does not answer: ${asError(error).message.split('\n')[0]}` };
    }
    for (const listener of this.#listeners) listener(answer);
  }

  async #askKnown(signal: AbortSignal): Promise<GpuSnapshot> {
    try {
      return await ask(this.#file, this.#run, this.#clock, this.#offersEnergy, signal);
    } catch (error) {
      if (!this.#offersEnergy || !asError(error).message.includes('not a valid field')) throw error;
      this.#offersEnergy = false;
      return ask(this.#file, this.#run, this.#clock, false, signal);
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.refresh(signal);
      try {
        await this.#clock.until(after(this.#clock.now(), GPU_EVERY), signal);
      } catch {
        return;
      }
    }
  }
}
