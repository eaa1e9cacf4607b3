/**
 * Energy of NVIDIA graphics processors (tier B), asked of `nvidia-smi` in the background: the driver's energy counter
 * where it is offered, else power times time.
 *
 * @module
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Instant, joulesToMicrojoules, type Microjoules, microjoules, splitExactly } from '../../units.ts';
import { membership } from '../cpu-source.ts';
import type { Gap, Probe, ProbeMark, Reading, Target } from '../meter.ts';
import { GPU_EVERY, type Gpu, type GpuSnapshot, GpuWatch, runProgram } from '../nvidia-smi.ts';
import { readBootId } from '../proc.ts';
import type { MeterFactory, Surroundings } from '../surroundings.ts';

/**
 * Idle power over power limit. Idle powers of data-centre boards are published as about 12 % of the limit (the GPU table
 * of the SPRUCE project, 2026), none of them measured by us.
 */
const IDLE_OVER_LIMIT = 0.12;
/**
 * Energy counters are good to 1.05 to 1.10 over 10 s and more. Sampled power is not: on A100 and H100 the sensor sees a
 * quarter of the time (arXiv 2312.02741).
 */
const GSD = 1.3;
/** Boards pass their limit briefly; a counter that says more than this over seconds is a glitch. */
const OVER_LIMIT = 1.05;

interface Share {
  readonly dynamic: bigint;
  readonly idle: bigint;
  readonly notes: readonly string[];
}

/**
 * The run's share of what the boards drew between two answers. Idle energy goes by reserved boards over all boards;
 * what is above idle goes to the processes on each board in equal parts (the driver counts no energy per process).
 *
 * @param owns tells the run's processes from others, also those that have ended
 * @param sees tells whether a process is visible at all: in a container the driver's numbers may be the host's
 */
export function shareOf(
  before: GpuSnapshot,
  now: GpuSnapshot,
  reserved: number,
  owns: (pid: number) => boolean,
  sees: (pid: number) => boolean,
): Share | { readonly lost: string } {
  const seconds = (now.at - before.at) / 1_000;
  const notes = new Set<string>();
  const listed = now.processes === undefined && before.processes === undefined ? undefined : processesOf(before, now);
  const isBlind = listed === undefined || (listed.length > 0 && !listed.some((p) => owns(p.pid) || sees(p.pid)));
  let dynamic = 0n;
  let allIdle = 0n;
  for (const gpu of now.gpus) {
    const past = before.gpus.find((g) => g.uuid === gpu.uuid);
    if (past === undefined) return { lost: `GPU ${gpu.index} was not there before` };
    const energy = energyBetween(past, gpu, seconds);
    if (typeof energy === 'string') return { lost: energy };
    const floor = joulesToMicrojoules((gpu.limit ?? 0) * IDLE_OVER_LIMIT * seconds);
    const idle = floor < energy ? floor : energy;
    allIdle += idle;
    if (gpu.energy === undefined) notes.add('power times time: bursts between samples are not seen');
    if (gpu.limit === undefined) notes.add('power limit unknown: all energy counted as dynamic');
    const own = gpuShare(gpu, listed, isBlind, reserved / now.gpus.length, owns, notes);
    if (typeof own === 'string') return { lost: own };
    dynamic += splitExactly(energy - idle, [own.mine, own.others])[0] ?? 0n;
  }
  const [idle = 0n] = splitExactly(allIdle, [
    Math.min(reserved, now.gpus.length),
    Math.max(0, now.gpus.length - reserved),
  ]);
  return { dynamic, idle, notes: [...notes] };
}

function gpuShare(
  gpu: Gpu,
  listed: readonly { readonly pid: number; readonly uuid: string }[] | undefined,
  isBlind: boolean,
  reservedShare: number,
  owns: (pid: number) => boolean,
  notes: Set<string>,
): { readonly mine: number; readonly others: number } | string {
  if (isBlind) {
    notes.add('processes on the GPUs are not visible here: shared by reservation');
    const mine = Math.min(1, reservedShare);
    return { mine, others: 1 - mine };
  }
  const here = (listed ?? []).filter((p) => p.uuid === gpu.uuid);
  const mine = here.filter((p) => owns(p.pid)).length;
  const others = here.length - mine;
  if (gpu.isSliced && (mine > 0 || here.length === 0)) {
    return `GPU ${gpu.index} is divided into slices (MIG), which its counters do not tell apart`;
  }
  if (mine > 0 && others > 0) notes.add(`GPU ${gpu.index} was shared by ${here.length} processes: equal parts`);
  // Nobody computes: what is above idle belongs to none of the runs.
  return mine === 0 ? { mine: 0, others: 1 } : { mine, others };
}

/** Processes seen at either end, each once: one that ended between still had its part. */
function processesOf(before: GpuSnapshot, now: GpuSnapshot): { pid: number; uuid: string }[] {
  const all = new Map<string, { pid: number; uuid: string }>();
  for (const p of [...(before.processes ?? []), ...(now.processes ?? [])]) all.set(`${p.pid} ${p.uuid}`, p);
  return [...all.values()];
}

/** Microjoules between two answers about one board, or why they cannot be known. */
function energyBetween(before: Gpu, now: Gpu, seconds: number): Microjoules | string {
  let energy: Microjoules;
  if (before.energy !== undefined && now.energy !== undefined) {
    if (now.energy < before.energy) return `the energy counter of GPU ${now.index} went back`;
    energy = microjoules((now.energy - before.energy) * 1_000n);
  } else {
    if (before.power === undefined || now.power === undefined) return `GPU ${now.index} does not say its power`;
    energy = joulesToMicrojoules(((before.power + now.power) / 2) * seconds);
  }
  if (now.limit !== undefined && Number(energy) / 1e6 > now.limit * OVER_LIMIT * (seconds + 1)) {
    return `GPU ${now.index} said more energy than its power limit allows`;
  }
  return energy;
}

/** Where `nvidia-smi` is, if it is. */
function findProgram(path: readonly string[]): string | undefined {
  return path
    .map((folder) => join(folder, 'nvidia-smi'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export const nvidiaMeter: MeterFactory = (surroundings) => {
  const { roots, clock } = surroundings;
  const file = findProgram(roots.path);
  const watch = new GpuWatch(file ?? 'nvidia-smi', surroundings.runProgram ?? runProgram, clock);
  return {
    name: 'nvidia',
    tier: 'B',
    part: 'gpu',
    available: () => (file === undefined ? { ok: false, why: 'no nvidia-smi on this machine' } : { ok: true }),
    open: (target, mark) => openGpuProbe(target, mark, watch, surroundings),
  };
};

function openGpuProbe(target: Target, mark: ProbeMark | undefined, watch: GpuWatch, surroundings: Surroundings): Probe {
  const { clock, roots } = surroundings;
  const bootId = readBootId(roots.proc) ?? '';
  const openedAt = clock.now();
  const since = mark?.at ?? target.startedAt ?? openedAt;
  const mine = new Set<number>();
  /** What answers said that nobody has read yet, in the order of time. */
  const unread: { readonly said: Reading | Gap; readonly until: GpuSnapshot }[] = [];
  let previous = mark !== undefined && mark.bootId === bootId && bootId !== '' ? snapshotOf(mark) : undefined;
  /** Where marks stand: at the end of what was read. */
  let reported: { readonly at: Instant; readonly snapshot: GpuSnapshot | undefined } = {
    at: since,
    snapshot: previous,
  };
  let gap: Gap | undefined;
  let failure: string | undefined;

  const hear = (answer: GpuSnapshot | { readonly failed: string }): void => {
    if ('failed' in answer) {
      // The next answer may still cover this time, if the boards have counters.
      failure = answer.failed;
      return;
    }
    const belongs = membership(target, roots.proc);
    for (const { pid } of answer.processes ?? []) if (belongs(pid)) mine.add(pid);
    const said = interval(previous, answer);
    if (said !== undefined) unread.push({ said, until: answer });
    previous = answer;
    failure = undefined;
  };

  function interval(past: GpuSnapshot | undefined, answer: GpuSnapshot): Reading | Gap | undefined {
    const end = answer.at;
    if (past === undefined) {
      return end > since ? { start: since, end, why: failure ?? 'the GPUs had not been asked before' } : undefined;
    }
    const start = past.at;
    if (end <= start) return { start: end, end, why: 'the clock went back between two answers about the GPUs' };
    if (end - start > 2 * GPU_EVERY && answer.gpus.some((gpu) => gpu.energy === undefined)) {
      return { start, end, why: failure ?? 'the GPUs were not asked for a while, and they count no energy themselves' };
    }
    const owns = (pid: number): boolean => mine.has(pid);
    const share = shareOf(past, answer, target.gpus, owns, (pid) => existsSync(join(roots.proc, String(pid))));
    if ('lost' in share) return { start, end, why: share.lost };
    return reading(
      start,
      end,
      share.dynamic,
      share.idle,
      share.notes.length === 0 ? undefined : share.notes.join('; '),
    );
  }

  let stop: (() => void) | undefined = watch.listen(hear);
  const never = new AbortController().signal;

  return {
    meter: 'nvidia',
    tier: 'B',
    boundary: 'device',
    gsd: GSD,
    idlePolicy: 'reserved-share',
    every: GPU_EVERY,
    read() {
      gap = undefined;
      const first = stop === undefined ? undefined : unread.shift();
      if (first === undefined) return undefined;
      reported = { at: first.said.end, snapshot: first.until };
      if ('why' in first.said) {
        gap = first.said;
        return undefined;
      }
      let { said } = first;
      for (let next = unread[0]; next !== undefined && !('why' in next.said); next = unread[0]) {
        const more = next.said;
        const note =
          said.note === more.note ? said.note : [said.note, more.note].filter((n) => n !== undefined).join('; ');
        said = reading(said.start, more.end, said.dynamic + more.dynamic, said.idle + more.idle, note);
        reported = { at: more.end, snapshot: next.until };
        unread.shift();
      }
      return said;
    },
    gap: () => gap,
    settle: (signal) => (stop === undefined ? Promise.resolve() : watch.refresh(signal ?? never)),
    mark: () => ({ at: reported.at, bootId, counters: countersOf(reported.snapshot) }),
    close() {
      stop?.();
      stop = undefined;
    },
  };
}

const reading = (start: Instant, end: Instant, dynamic: bigint, idle: bigint, note: string | undefined): Reading => ({
  start,
  end,
  dynamic: microjoules(dynamic),
  idle: microjoules(idle),
  cpuMicros: undefined,
  note,
});

/** A mark keeps the boards' energy counters alone: power is not cumulative. */
function countersOf(snapshot: GpuSnapshot | undefined): Record<string, string> {
  const counters: Record<string, string> = {};
  for (const gpu of snapshot?.gpus ?? []) {
    if (gpu.energy !== undefined) counters[`${gpu.index}:${gpu.uuid}`] = String(gpu.energy);
  }
  return counters;
}

function snapshotOf(mark: ProbeMark): GpuSnapshot | undefined {
  const gpus: Gpu[] = [];
  for (const [name, text] of Object.entries(mark.counters)) {
    const [, index, uuid] = /^(\d+):((?:GPU|MIG)-.+)$/.exec(name) ?? [];
    if (index === undefined || uuid === undefined || !/^\d+$/.test(text)) continue;
    const energy = BigInt(text);
    gpus.push({ index: Number(index), uuid, energy, power: undefined, limit: undefined, isSliced: false });
  }
  return gpus.length === 0 ? undefined : { at: mark.at, gpus, processes: [] };
}
