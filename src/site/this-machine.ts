/**
 * Describes the machine that this process runs on.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { describeMachine } from './machine.ts';
import type { Machine } from './sites.ts';

const run = promisify(execFile);

/**
 * Reads processors and memory from the system. A container's share is what counts for the capacity. GPUs are not looked
 * for: name them under `capacity` in `gridtide.yaml`. Never fails: what cannot be read is unknown.
 */
export async function thisMachine(signal: AbortSignal): Promise<Machine> {
  const threads = Math.max(1, cpus().length);
  return {
    cpus: availableParallelism(),
    gpus: 0,
    memory: totalmem(),
    model: describeMachine(await processorText(signal), threads),
  };
}

async function processorText(signal: AbortSignal): Promise<string> {
  try {
    if (process.platform !== 'darwin') return await readFile('/proc/cpuinfo', { encoding: 'utf8', signal });
    const { stdout } = await run('/usr/sbin/sysctl', ['machdep.cpu'], { signal, timeout: 2_000 });
    return stdout;
  } catch {
    signal.throwIfAborted();
    return '';
  }
}
