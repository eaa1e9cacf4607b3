import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { StagedMachine } from '../../../test/support/staged-machine.ts';
import { after as later } from '../../units.ts';
import { openCounterFile } from '../counter-file.ts';
import { isCounted, raplMeter, zoneEnergy } from './rapl.ts';

let machine = new StagedMachine();
afterEach(() => machine.remove());

const stage = (powercap?: string): StagedMachine => {
  machine.remove();
  machine = new StagedMachine(powercap === undefined ? {} : { powercap });
  return machine;
};
/** A run that reserves the whole machine and is alone on it has all the energy. */
const total = (options: { cpuMs: number; ms: number }, spend: () => void): bigint | undefined => {
  const probe = raplMeter(machine.surroundings()).open(machine.target({ cpus: 4 }));
  spend();
  machine.pass(options.ms, { cpuMs: options.cpuMs });
  const reading = probe.read();
  probe.close();
  return reading === undefined ? undefined : reading.dynamic + reading.idle;
};

describe('zones that are counted', () => {
  it('are packages and memory, never what lies inside or around a package', () => {
    expect(isCounted('intel-rapl:0', 'package-0')).toBe(true);
    expect(isCounted('intel-rapl:1', 'package-1-die-0')).toBe(true);
    expect(isCounted('intel-rapl:0:2', 'dram')).toBe(true);
    for (const name of ['core', 'uncore', 'psys', 'package']) expect(isCounted('intel-rapl:0:0', name)).toBe(false);
    expect(isCounted('intel-rapl-mmio:0', 'package-0')).toBe(false);
  });

  it('of one socket: the package once, though it is also seen over mmio', () => {
    stage('powercap-intel-1-socket');
    const all = total({ ms: 1_000, cpuMs: 1_000 }, () => {
      machine.spend('intel-rapl:0', 20);
      machine.spend('intel-rapl:0:0', 12);
      machine.spend('intel-rapl:0:1', 3);
      machine.spend('intel-rapl-mmio:0', 20);
    });
    expect(all).toBe(20_000_000n);
  });

  it('of two sockets: both packages and the memory beside each', () => {
    stage('powercap-intel-2-sockets');
    const all = total({ ms: 1_000, cpuMs: 1_000 }, () => {
      machine.spend('intel-rapl:0', 20);
      machine.spend('intel-rapl:1', 10);
      machine.spend('intel-rapl:0:0', 2);
      machine.spend('intel-rapl:1:0', 1);
    });
    expect(all).toBe(33_000_000n);
  });

  it('of an AMD processor: the package, which has the cores in it', () => {
    stage('powercap-amd');
    const all = total({ ms: 1_000, cpuMs: 1_000 }, () => {
      machine.spend('intel-rapl:0', 15);
      machine.spend('intel-rapl:0:0', 9);
    });
    expect(all).toBe(15_000_000n);
  });

  it('of a laptop with psys: not psys, which contains the package', () => {
    stage('powercap-psys');
    const all = total({ ms: 1_000, cpuMs: 1_000 }, () => {
      machine.spend('intel-rapl:0', 8);
      machine.spend('intel-rapl:0:2', 1);
      machine.spend('intel-rapl:1', 14);
    });
    expect(all).toBe(9_000_000n);
  });
});

describe('energy of the chips shared among runs', () => {
  it('gives a run its part of the busy time and of the threads', () => {
    stage('powercap-intel-1-socket');
    const probe = raplMeter(machine.surroundings()).open(machine.target({ cpus: 2 }));
    machine.spend('intel-rapl:0', 30);
    // 4 threads for 1 s, half of it busy: idle part 0.2 / (0.2 + 0.8 · 0.5) = 1/3.
    machine.pass(1_000, { cpuMs: 500, othersMs: 1_500 });
    const reading = probe.read();
    expect(Number(reading?.idle)).toBeCloseTo(5_000_000, -1);
    expect(Number(reading?.dynamic)).toBeCloseTo(5_000_000, -1);
    expect(reading?.cpuMicros).toBe(500_000n);
    expect(reading?.note).toContain('lower bound');
    expect(probe).toMatchObject({ tier: 'B', boundary: 'chip', gsd: 1.15, idlePolicy: 'reserved-share' });
    probe.close();
  });

  it('gives a run without CPU time no dynamic energy', () => {
    stage('powercap-intel-1-socket');
    const probe = raplMeter(machine.surroundings()).open(machine.target({ cpus: 1 }));
    machine.spend('intel-rapl:0', 8);
    machine.pass(1_000);
    expect(probe.read()).toMatchObject({ dynamic: 0n, idle: 2_000_000n });
    probe.close();
  });
});

describe('counters that do strange things', () => {
  it('pass their range once without a loss, and the reading says so', () => {
    stage('powercap-intel-1-socket');
    machine.spend('intel-rapl:0', 0, 262_143_328_850 - 4_000_000);
    const probe = raplMeter(machine.surroundings()).open(machine.target({ cpus: 4 }));
    machine.spend('intel-rapl:0', 10);
    machine.pass(1_000, { cpuMs: 1_000 });
    const reading = probe.read();
    expect((reading?.dynamic ?? 0n) + (reading?.idle ?? 0n)).toBe(10_000_000n);
    expect(reading?.note).toContain('passed its range');
    probe.close();
  });

  it('are a gap where they may have passed it twice', () => {
    const zones = [{ id: 'intel-rapl:0', range: 1_000_000_000n }];
    const at = (value: bigint) => ({ 'intel-rapl:0': value });
    expect(zoneEnergy(zones, at(5n), at(3n), 10_000, 100)).toEqual({ energy: 999_999_998n, wrapped: true });
    expect(zoneEnergy(zones, at(5n), at(3n), 10_001, 100)).toMatchObject({
      lost: expect.stringContaining('more than once'),
    });
    expect(zoneEnergy(zones, {}, at(3n), 1, 100)).toMatchObject({ lost: expect.stringContaining('was not there') });
  });

  it('are a gap when they stand still, as in a virtual machine that fakes them', () => {
    stage('powercap-intel-1-socket');
    const probe = raplMeter(machine.surroundings()).open(machine.target());
    machine.pass(50);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toBeUndefined();
    machine.pass(950);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()?.why).toBe('the processor counters stand still');
    probe.close();
  });

  it('are a gap when they were set back to zero: the rest of the range was not drawn', () => {
    stage('powercap-intel-1-socket');
    const probe = raplMeter(machine.surroundings()).open(machine.target());
    const opened = machine.clock.now();
    writeFileSync(join(machine.roots.powercap, 'intel-rapl:0/energy_uj'), '5000\n');
    machine.pass(1_000, { cpuMs: 100 });
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toMatchObject({
      start: opened,
      end: later(opened, 1_000),
      why: expect.stringContaining('faster than'),
    });
    machine.spend('intel-rapl:0', 5);
    machine.pass(1_000, { cpuMs: 100 });
    expect(probe.read()).toMatchObject({ start: later(opened, 1_000) });
    probe.close();
  });

  it('that fail once are covered by the next reading, not by a zero or a whole range', () => {
    stage('powercap-intel-1-socket');
    let fails = false;
    const meter = raplMeter(
      machine.surroundings({
        openFile(path) {
          const file = openCounterFile(path);
          if (!path.endsWith('energy_uj')) return file;
          return {
            text() {
              if (fails) throw Object.assign(new Error('I/O error'), { code: 'EIO' });
              return file.text();
            },
            close: () => file.close(),
          };
        },
      }),
    );
    const probe = meter.open(machine.target({ cpus: 4 }));
    const opened = machine.clock.now();
    fails = true;
    machine.spend('intel-rapl:0', 5);
    machine.pass(1_000, { cpuMs: 100 });
    expect(probe.read()).toBeUndefined();
    fails = false;
    machine.spend('intel-rapl:0', 5);
    machine.pass(1_000, { cpuMs: 100 });
    const reading = probe.read();
    expect(reading?.start).toBe(opened);
    expect((reading?.dynamic ?? 0n) + (reading?.idle ?? 0n)).toBe(10_000_000n);
    probe.close();
  });
});

describe('where the counters cannot be read', () => {
  it('says how to allow it when permission is missing', () => {
    stage('powercap-intel-1-socket');
    const meter = raplMeter(
      machine.surroundings({
        openFile(path) {
          if (path.endsWith('energy_uj')) throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
          return openCounterFile(path);
        },
      }),
    );
    expect(meter.available()).toMatchObject({ ok: false, why: expect.stringMatching(/EACCES.*sudo chmod a\+r/) });
  });

  it('says so when there is no powercap tree', () => {
    stage();
    expect(raplMeter(machine.surroundings()).available()).toMatchObject({
      ok: false,
      why: expect.stringContaining('no processor counters'),
    });
  });

  it('is available where they can', () => {
    stage('powercap-amd');
    expect(raplMeter(machine.surroundings()).available()).toEqual({ ok: true });
    writeFileSync(join(machine.roots.powercap, 'intel-rapl:0/energy_uj'), 'garbage\n');
    expect(raplMeter(machine.surroundings()).available()).toMatchObject({ ok: false });
  });

  it('is not available with memory alone', () => {
    stage('powercap-intel-2-sockets');
    for (const id of ['intel-rapl:0', 'intel-rapl:1'])
      writeFileSync(join(machine.roots.powercap, id, 'name'), 'core\n');
    expect(raplMeter(machine.surroundings()).available()).toMatchObject({
      ok: false,
      why: expect.stringContaining('no package'),
    });
  });
});
