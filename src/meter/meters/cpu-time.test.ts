import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MODEL, StagedMachine } from '../../../test/support/staged-machine.ts';
import { after as later, millis, watts } from '../../units.ts';
import { cpuTimeMeter, dynamicEnergy, idleEnergy } from './cpu-time.ts';

let machine: StagedMachine;
beforeEach(() => {
  machine = new StagedMachine();
});
afterEach(() => machine.remove());

const open = (...args: Parameters<ReturnType<typeof cpuTimeMeter>['open']>) =>
  cpuTimeMeter(machine.surroundings()).open(...args);

describe('energy from CPU time', () => {
  it('is CPU time times the watts above idle of a thread', () => {
    expect(dynamicEnergy(MODEL, 1_500_000n)).toBe(12_000_000n);
    expect(dynamicEnergy({ ...MODEL, idlePerThread: watts(0.26), maxPerThread: watts(1.46) }, 1_000_001n)).toBe(
      1_200_001n,
    );
  });

  it('is never negative where a model has more idle than max watts', () => {
    expect(dynamicEnergy({ ...MODEL, idlePerThread: watts(11) }, 1_000_000n)).toBe(0n);
  });

  it('counts idle for the reserved threads, halves included, and never for more than the machine has', () => {
    expect(idleEnergy(MODEL, 1.5, millis(2_000))).toBe(6_000_000n);
    expect(idleEnergy(MODEL, 64, millis(1_000))).toBe(8_000_000n);
    expect(idleEnergy(MODEL, 0, millis(1_000))).toBe(0n);
  });
});

describe('a probe on a control group', () => {
  it('says energy, CPU time and the interval since the last reading', () => {
    const probe = open(machine.target({ cpus: 2 }));
    const opened = machine.clock.now();
    machine.pass(1_000, { cpuMs: 500 });
    expect(probe.read()).toEqual({
      start: opened,
      end: later(opened, 1_000),
      dynamic: 4_000_000n,
      idle: 4_000_000n,
      cpuMicros: 500_000n,
      note: undefined,
    });
    machine.pass(3_000, { cpuMs: 100 });
    expect(probe.read()).toMatchObject({ start: later(opened, 1_000), end: later(opened, 4_000), cpuMicros: 100_000n });
    probe.close();
  });

  it('says nothing twice in the same moment, and loses nothing by it', () => {
    const probe = open(machine.target());
    machine.setCpu(3_000n);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toBeUndefined();
    machine.pass(1_000);
    expect(probe.read()?.cpuMicros).toBe(3_000n);
    probe.close();
  });

  it('reads a v1 group in nanoseconds, before any cpu.stat beside it', () => {
    writeFileSync(join(machine.cgroup, 'cpuacct.usage'), '5000000000\n');
    const probe = open(machine.target());
    machine.pass(1_000, { cpuMs: 900 });
    writeFileSync(join(machine.cgroup, 'cpuacct.usage'), '5250000999\n');
    expect(probe.read()?.cpuMicros).toBe(250_000n);
    probe.close();
  });

  it('is a gap, not a zero, when the counter goes back; and goes on from there', () => {
    machine.setCpu(9_000_000n);
    const probe = open(machine.target());
    const opened = machine.clock.now();
    machine.pass(1_000);
    machine.setCpu(1_000_000n);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toEqual({ start: opened, end: later(opened, 1_000), why: 'the CPU time counter went back' });
    machine.pass(1_000, { cpuMs: 200 });
    expect(probe.read()).toMatchObject({ start: later(opened, 1_000), cpuMicros: 200_000n });
    expect(probe.gap?.()).toBeUndefined();
    probe.close();
  });

  it('is a gap when the counter grows faster than the threads can, with room for the resolution of clocks', () => {
    const probe = open(machine.target());
    machine.pass(1_000, { cpuMs: 4 * 1.05 * 1_020 });
    expect(probe.read()?.cpuMicros).toBe(4_284_000n);
    machine.pass(1_000, { cpuMs: 4 * 1.05 * 1_020 + 1 });
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()?.why).toContain('faster than 4 threads');
    probe.close();
  });

  it('covers a failed read by the next one', () => {
    const probe = open(machine.target());
    const opened = machine.clock.now();
    machine.pass(1_000, { cpuMs: 300 });
    writeFileSync(join(machine.cgroup, 'cpu.stat'), '');
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toBeUndefined();
    machine.pass(1_000, { cpuMs: 300 });
    expect(probe.read()).toMatchObject({ start: opened, end: later(opened, 2_000), cpuMicros: 600_000n });
    probe.close();
  });

  it('covers the time since the run started, where the counter began with it', () => {
    const startedAt = machine.clock.now();
    machine.pass(5_000, { cpuMs: 2_000 });
    const probe = open(machine.target({ startedAt }));
    machine.pass(1_000, { cpuMs: 1_000 });
    expect(probe.read()).toMatchObject({ start: startedAt, cpuMicros: 3_000_000n, idle: 12_000_000n });
    probe.close();
  });

  it('does not believe a start before the machine booted', () => {
    const startedAt = later(machine.clock.now(), -2_000_000);
    const probe = open(machine.target({ startedAt }));
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toMatchObject({ start: startedAt, end: machine.clock.now() });
    machine.pass(1_000, { cpuMs: 10 });
    expect(probe.read()?.cpuMicros).toBe(10_000n);
    probe.close();
  });
});

describe('a wall clock that is turned', () => {
  it('does not add idle energy when it jumps ahead', () => {
    const probe = open(machine.target());
    const opened = machine.clock.now();
    machine.pass(1_000, { cpuMs: 100 });
    machine.clock.turn(3_600_000);
    expect(probe.read()).toMatchObject({
      start: opened,
      idle: 2_000_000n,
      note: 'the wall clock was turned during this reading',
    });
    probe.close();
  });

  it('keeps the energy and the length of the interval when it jumps back', () => {
    const probe = open(machine.target());
    machine.pass(2_000, { cpuMs: 100 });
    machine.clock.turn(-60_000);
    const end = machine.clock.now();
    expect(probe.read()).toMatchObject({ start: later(end, -2_000), end, idle: 4_000_000n, cpuMicros: 100_000n });
    probe.close();
  });

  it('is a gap when nothing else tells the time', () => {
    rmSync(join(machine.roots.proc, 'uptime'));
    const probe = open(machine.target());
    machine.clock.turn(-1);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()?.why).toContain('the clock went back');
    probe.close();
  });

  it('forgives steps below the resolution of the two clocks', () => {
    const probe = open(machine.target());
    machine.pass(1_000);
    machine.clock.turn(240);
    expect(probe.read()).toMatchObject({ idle: 2_480_000n, note: undefined });
    probe.close();
  });
});

describe('marks', () => {
  it('stand at the last reading, so that another probe covers the time in between', () => {
    const first = open(machine.target());
    machine.pass(1_000, { cpuMs: 500 });
    first.read();
    const at = machine.clock.now();
    machine.pass(500, { cpuMs: 250 });
    const mark = JSON.parse(JSON.stringify(first.mark()));
    first.close();
    machine.pass(500, { cpuMs: 250 });
    const second = open(machine.target(), mark);
    expect(second.read()).toMatchObject({ start: at, end: machine.clock.now(), cpuMicros: 500_000n });
    second.close();
  });

  it('of another boot are a gap up to the opening', () => {
    const first = open(machine.target());
    const mark = first.mark();
    first.close();
    machine.boot('another');
    machine.pass(1_000, { cpuMs: 500 });
    const opened = machine.clock.now();
    const second = open(machine.target(), mark);
    machine.pass(1_000, { cpuMs: 300 });
    expect(second.read()).toBeUndefined();
    expect(second.gap?.()).toEqual({ start: mark.at, end: opened, why: 'the machine was restarted' });
    expect(second.read()).toMatchObject({ start: opened, cpuMicros: 300_000n });
    second.close();
  });

  it.each([
    [
      'counted in another way',
      { counters: { source: 'session 9', 'n:cpu': '0' } },
      'the run was counted in another way before',
    ],
    ['empty', { counters: {} }, 'the run was counted in another way before'],
    ['of a machine that does not tell its boots apart', { bootId: '' }, 'the machine does not tell its boots apart'],
  ])('that are %s are a gap', (_, change, why) => {
    const first = open(machine.target());
    const mark = { ...first.mark(), ...change };
    first.close();
    machine.pass(1_000);
    const second = open(machine.target(), mark);
    expect(second.read()).toBeUndefined();
    expect(second.gap?.()).toMatchObject({ start: mark.at, why });
    second.close();
  });

  it('without numbers are a gap', () => {
    const first = open(machine.target());
    const { at, bootId, counters } = first.mark();
    first.close();
    machine.pass(1_000);
    const second = open(machine.target(), {
      at,
      bootId,
      counters: { source: counters['source'] ?? '', 'n:cpu': '1e9' },
    });
    expect(second.read()).toBeUndefined();
    expect(second.gap?.()?.why).toBe('the mark holds no counters');
    second.close();
  });
});

describe('a run without a control group', () => {
  const target = () => machine.target({ cgroup: undefined });

  it('is a lower bound over the processes of its session, and says so', () => {
    machine.processes([
      { pid: 500, own: 10 },
      { pid: 501, parent: 500, group: 501, session: 500, own: 5 },
      { pid: 9, own: 99 },
    ]);
    const probe = open(target());
    machine.pass(1_000);
    machine.processes([
      { pid: 500, own: 20 },
      { pid: 501, parent: 500, group: 501, session: 500, own: 15 },
      { pid: 9, own: 199 },
    ]);
    const reading = probe.read();
    expect(reading?.cpuMicros).toBe(200_000n);
    expect(reading?.note).toContain('lower bound');
    expect(probe.every).toBe(5_000);
    probe.close();
  });

  it('counts a child that ended once: in the parent that waited for it', () => {
    machine.processes([{ pid: 500 }, { pid: 501, parent: 500, group: 500, own: 30 }]);
    const probe = open(target());
    machine.pass(1_000);
    machine.processes([{ pid: 500, children: 40 }]);
    expect(probe.read()?.cpuMicros).toBe(100_000n);
    probe.close();
  });

  it('keeps what was seen of a process whose parent is not part of the run', () => {
    machine.processes([{ pid: 500 }, { pid: 501, parent: 1, group: 500, own: 30 }]);
    const probe = open(target());
    machine.pass(1_000);
    machine.processes([{ pid: 500, own: 10 }]);
    expect(probe.read()?.cpuMicros).toBe(100_000n);
    probe.close();
  });

  it('does not count a stranger who got the number of the leader', () => {
    machine.processes([{ pid: 500, start: 100, own: 30 }]);
    const probe = open(target());
    machine.pass(1_000);
    machine.processes([{ pid: 500, start: 777, own: 50 }]);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()?.why).toContain('no process of the run is left');
    probe.close();
  });

  it('is a gap when all its processes have gone, and again for the time after', () => {
    machine.processes([{ pid: 500, own: 30 }]);
    const probe = open(target());
    const opened = machine.clock.now();
    machine.processes([]);
    machine.pass(1_000);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toMatchObject({ start: opened, end: later(opened, 1_000) });
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toBeUndefined();
    machine.pass(500);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toMatchObject({ start: later(opened, 1_000), end: later(opened, 1_500) });
    probe.close();
  });

  it('ends with what its wrapper told, also when it was followed too late to see any process', () => {
    machine.processes([{ pid: 500, own: 30 }]);
    let told: bigint | undefined;
    const startedAt = machine.clock.now();
    const probe = open({ ...target(), startedAt, endedCpuMicros: () => told });
    machine.pass(1_000);
    expect(probe.read()?.cpuMicros).toBe(300_000n);
    machine.processes([]);
    told = 450_000n;
    machine.pass(1_000);
    expect(probe.read()?.cpuMicros).toBe(150_000n);
    const late = open({ ...target(), pid: 0, startedAt, endedCpuMicros: () => told });
    expect(late.read()).toMatchObject({
      start: startedAt,
      cpuMicros: 450_000n,
      note: expect.stringContaining('lower bound'),
    });
    probe.close();
    late.close();
  });

  it('does not take the threads of the kernel, session 0, for a run without a process', () => {
    machine.processes([{ pid: 2, group: 0, session: 0, own: 99 }]);
    const probe = open({ ...target(), pid: 0 });
    machine.pass(1_000);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()?.why).toContain('no process');
    probe.close();
  });

  it('goes on from a mark with what it remembers of processes that have ended', () => {
    machine.processes([{ pid: 500 }, { pid: 501, group: 500, own: 30 }]);
    const first = open(target());
    machine.pass(1_000);
    machine.processes([{ pid: 500, own: 10 }]);
    first.read();
    const mark = first.mark();
    first.close();
    machine.processes([{ pid: 500, own: 14 }]);
    machine.pass(1_000);
    const second = open(target(), mark);
    expect(second.read()?.cpuMicros).toBe(40_000n);
    second.close();
  });

  it('is used where the folder is no CPU group, such as a v1 cpu folder', () => {
    writeFileSync(join(machine.cgroup, 'cpu.stat'), 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n');
    machine.processes([{ pid: 500 }]);
    const probe = open(machine.target());
    expect(probe.mark().counters['source']).toBe('session 500');
    probe.close();
  });
});

it('is not available where there is no /proc, and says why', () => {
  rmSync(join(machine.roots.proc, 'stat'));
  const meter = cpuTimeMeter(machine.surroundings());
  expect(meter.available()).toMatchObject({ ok: false, why: expect.stringContaining('Linux only') });
});
