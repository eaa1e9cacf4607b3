/**
 * Energy from the processor's own counters (RAPL, tier B), read from Linux' powercap tree. It counts the chips, not the
 * machine: power supply, board, disks and fans are outside, so what it says is a lower bound at the plug.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineModel } from '../../site/index.ts';
import { type Microjoules, microjoules } from '../../units.ts';
import { apportion } from '../apportion.ts';
import { type CounterFile, errorCode, wholeNumber } from '../counter-file.ts';
import { openCpuSource } from '../cpu-source.ts';
import { type Counters, openProbe, plausible } from '../probe.ts';
import { busyMicros } from '../proc.ts';
import type { MeterFactory, Surroundings } from '../surroundings.ts';

/** A counted zone of the tree. */
interface Zone {
  /** `intel-rapl:0:1`; AMD processors appear under the same driver name. */
  readonly id: string;
  /** `package-0`, `package-0-die-1`, `dram`. */
  readonly name: string;
  readonly energy: CounterFile;
  /** Value after which the counter starts again from 0. */
  readonly range: bigint;
}

/** Counter 1.10 and the sharing by CPU time 1.10, independent: exp √(2 ln² 1.10). */
const GSD = 1.15;
const NOTE = 'lower bound: processor and its memory counters only, not the rest of the machine';
/** Below this a counter that stands still may just not have been updated (it is, about every millisecond). */
const STILL_MS = 100;

const HOW_TO_ALLOW =
  'allow it for this user with: sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj ' +
  '/sys/class/powercap/intel-rapl:*/intel-rapl:*/energy_uj (until the next boot; kernels since 5.10 keep it to root ' +
  'because of CVE-2020-8694)';

/**
 * Zones whose energies may be added: packages, and memory beside them. `core` and `uncore` lie inside the package; `psys`
 * contains the package; `intel-rapl-mmio` is the same package seen another way. Memory is a sub-zone of the package in
 * the tree, yet its energy is not part of the package's.
 */
export const isCounted = (id: string, name: string): boolean =>
  /^intel-rapl:\d+(:\d+)?$/.test(id) && (/^package-\d+(-die-\d+)?$/.test(name) || name === 'dram');

/** Opens the counted zones, or says why that cannot be done. */
function openZones({ roots, openFile }: Pick<Surroundings, 'roots' | 'openFile'>): readonly Zone[] | string {
  let ids: string[];
  try {
    ids = readdirSync(roots.powercap).sort();
  } catch {
    return `no ${roots.powercap}: no processor counters here (usual in virtual machines)`;
  }
  const zones: Zone[] = [];
  const closeAll = (): void => {
    for (const zone of zones) zone.energy.close();
  };
  const once = (id: string, file: string): string => {
    const opened = openFile(join(roots.powercap, id, file));
    try {
      return opened.text().trim();
    } finally {
      opened.close();
    }
  };
  for (const id of ids) {
    try {
      const name = once(id, 'name');
      if (!isCounted(id, name)) continue;
      const range = wholeNumber(once(id, 'max_energy_range_uj'));
      zones.push({ id, name, range, energy: openFile(join(roots.powercap, id, 'energy_uj')) });
    } catch (error) {
      const code = errorCode(error);
      // Folders that are no zones (`intel-rapl`, `dtpm`) have no name.
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      closeAll();
      if (code === 'EACCES' || code === 'EPERM') {
        return `the processor counters may not be read (${id}: ${code}); ${HOW_TO_ALLOW}`;
      }
      return `the processor counters cannot be read (${id}: ${code})`;
    }
  }
  if (zones.some((zone) => zone.name !== 'dram')) return zones;
  closeAll();
  return `no package counter under ${roots.powercap}`;
}

/**
 * Energy between two sets of counters, summed over zones; a counter that fell has passed its range once. Where the time
 * is long enough to pass it twice, nothing can be said.
 */
export function zoneEnergy(
  zones: readonly Pick<Zone, 'id' | 'range'>[],
  before: Counters,
  now: Counters,
  elapsedMs: number,
  maxWatts: number,
): { readonly energy: Microjoules; readonly wrapped: boolean } | { readonly lost: string } {
  let energy = 0n;
  let wrapped = false;
  for (const { id, range } of zones) {
    const from = before[id];
    const to = now[id];
    if (from === undefined || to === undefined) return { lost: `counter ${id} was not there before` };
    if ((maxWatts * elapsedMs) / 1_000 > Number(range) / 1e6) {
      return { lost: `counter ${id} was read so late that it may have passed its range more than once` };
    }
    if (to < from) wrapped = true;
    energy += to < from ? to + range - from : to - from;
  }
  return { energy: microjoules(energy), wrapped };
}

/** No machine of this model draws more: its modelled maximum, widened by two geometric standard deviations. */
const ceilingWatts = (model: MachineModel): number => model.maxPerThread * model.threads * model.gsd ** 2;

export const raplMeter: MeterFactory = (surroundings) => {
  const { machine, roots, openFile } = surroundings;
  return {
    name: 'rapl',
    tier: 'B',
    part: 'cpu',
    available() {
      const zones = openZones(surroundings);
      if (typeof zones === 'string') return { ok: false, why: zones };
      try {
        for (const zone of zones) wholeNumber(zone.energy.text());
        return { ok: true };
      } catch (error) {
        return { ok: false, why: `the processor counters cannot be read (${errorCode(error)})` };
      } finally {
        for (const zone of zones) zone.energy.close();
      }
    },
    open(target, mark) {
      const opened = openZones(surroundings);
      const zones = typeof opened === 'string' ? [] : opened;
      const cpu = openCpuSource(target, surroundings, mark);
      const stat = openFile(join(roots.proc, 'stat'));
      const names = zones.map((zone) => zone.id).join(',');
      return openProbe(
        {
          meter: 'rapl',
          tier: 'B',
          boundary: 'chip',
          gsd: GSD,
          idlePolicy: 'reserved-share',
          source: `${names} by ${cpu.name}`,
          take() {
            if (zones.length === 0) throw new Error(typeof opened === 'string' ? opened : 'no counters');
            const counters: Record<string, bigint> = { cpu: cpu.micros(), busy: busyMicros(stat.text()) };
            for (const zone of zones) counters[zone.id] = wholeNumber(zone.energy.text());
            return counters;
          },
          difference(before, now, elapsed) {
            const ceiling = ceilingWatts(machine);
            const node = zoneEnergy(zones, before, now, elapsed, ceiling);
            if ('lost' in node) return node;
            if (node.energy === 0n) {
              return elapsed < STILL_MS ? { wait: true } : { lost: 'the processor counters stand still' };
            }
            if (Number(node.energy) / 1e6 > plausible(ceiling, elapsed)) {
              return { lost: 'the processor counters grew faster than this machine can draw' };
            }
            const used = (now['cpu'] ?? 0n) - (before['cpu'] ?? 0n);
            const busy = (now['busy'] ?? 0n) - (before['busy'] ?? 0n);
            if (used < 0n || busy < 0n) return { lost: 'the CPU time counter went back' };
            if (Number(used) > plausible(machine.threads * 1e6, elapsed)) {
              return { lost: `the CPU time counter grew faster than ${machine.threads} threads can` };
            }
            const parts = apportion(node.energy, [{ cpuMicros: used, cpus: target.cpus }], {
              busyMicros: busy,
              capacityMicros: machine.threads * elapsed * 1_000,
              threads: machine.threads,
              idleRatio: machine.maxPerThread > 0 ? Math.min(1, machine.idlePerThread / machine.maxPerThread) : 0,
            });
            const [run] = parts.runs;
            if (run === undefined) return { lost: 'no run to give the energy to' };
            const notes = [NOTE, node.wrapped ? 'a counter passed its range' : undefined, cpu.note];
            return { ...run, cpuMicros: used, note: notes.filter((words) => words !== undefined).join('; ') };
          },
          memory: () => cpu.memory(),
          close() {
            for (const zone of zones) zone.energy.close();
            stat.close();
            cpu.close();
          },
        },
        surroundings,
        mark,
        target.startedAt === undefined ? undefined : { at: target.startedAt, counters: undefined },
      );
    },
  };
};
