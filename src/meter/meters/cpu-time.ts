/**
 * Energy from CPU time and a machine model (tiers D and E): what is known where no device counter is, as in a virtual
 * machine. Exact in CPU time, as good as the model in watts.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineModel } from '../../site/index.ts';
import { divideHalfEven, type Microjoules, type Millis, microjoules, millis } from '../../units.ts';
import { openCpuSource } from '../cpu-source.ts';
import type { Target } from '../meter.ts';
import { openProbe, plausible } from '../probe.ts';
import type { MeterFactory } from '../surroundings.ts';

/** A scan of all processes costs milliseconds: at this distance it stays below 0.1 % of a core. */
const SCAN_EVERY: Millis = millis(5_000);

/**
 * Energy of `cpuMicros` of CPU time above idle: cpu × (max − idle) of a hardware thread.
 *
 * Linear, although measured servers are not: a curve belongs to the whole machine, so its energy
 * cannot be split among runs without knowing all of them, and the parts of a linear one sum to the whole. Against 147
 * SPECpower servers since 2019 the line between a server's own idle and max errs by 9.8 % (mean absolute), a curve of
 * mean shape by 7.9 %; both are small beside the uncertainty of the model's watts, which `gsd` carries.
 */
export function dynamicEnergy(model: MachineModel, cpuMicros: bigint): Microjoules {
  const microwatts = BigInt(Math.round(Math.max(0, model.maxPerThread - model.idlePerThread) * 1e6));
  return microjoules(divideHalfEven(cpuMicros * microwatts, 1_000_000n));
}

/** What the reserved threads draw idle over `elapsed`; never more than the whole machine. Threads may be fractions. */
export function idleEnergy(model: MachineModel, cpus: number, elapsed: Millis): Microjoules {
  const milliThreads = BigInt(Math.round(Math.min(Math.max(0, cpus), model.threads) * 1_000));
  const microwatts = BigInt(Math.round(model.idlePerThread * 1e6));
  return microjoules(divideHalfEven(milliThreads * microwatts * BigInt(Math.round(elapsed)), 1_000_000n));
}

export const cpuTimeMeter: MeterFactory = (surroundings) => {
  const { machine, roots } = surroundings;
  return {
    name: 'cpu-time',
    tier: machine.tier,
    part: 'cpu',
    available() {
      if (existsSync(join(roots.proc, 'stat'))) return { ok: true };
      return { ok: false, why: `no ${roots.proc}/stat: CPU time of whole process trees is read on Linux only` };
    },
    open(target: Target, mark) {
      const cpu = openCpuSource(target, surroundings, mark);
      const begun = target.startedAt === undefined ? undefined : { at: target.startedAt, counters: { cpu: 0n } };
      return openProbe(
        {
          meter: 'cpu-time',
          tier: machine.tier,
          boundary: 'machine',
          gsd: machine.gsd,
          idlePolicy: 'reserved-share',
          every: cpu.isExpensive ? SCAN_EVERY : undefined,
          source: cpu.name,
          take: () => ({ cpu: cpu.micros() }),
          difference(before, now, elapsed) {
            const used = (now['cpu'] ?? 0n) - (before['cpu'] ?? 0n);
            if (used < 0n) return { lost: 'the CPU time counter went back' };
            if (Number(used) > plausible(machine.threads * 1e6, elapsed)) {
              return { lost: `the CPU time counter grew faster than ${machine.threads} threads can` };
            }
            return {
              dynamic: dynamicEnergy(machine, used),
              idle: idleEnergy(machine, target.cpus, elapsed),
              cpuMicros: used,
              note: cpu.note,
            };
          },
          memory: () => cpu.memory(),
          close: () => cpu.close(),
        },
        surroundings,
        mark,
        begun,
      );
    },
  };
};
