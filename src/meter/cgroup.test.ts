import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StagedMachine } from '../../test/support/staged-machine.ts';
import { cgroupProcesses, cgroupRootsIn, findCgroupRoots, openCgroupCpu } from './cgroup.ts';
import { keyedNumber, openCounterFile, wholeNumber } from './counter-file.ts';
import { busyMicros, parseProcessStat, uptimeMillis } from './proc.ts';

let machine: StagedMachine;
beforeEach(() => {
  machine = new StagedMachine();
});
afterEach(() => machine.remove());

describe('the trees of control groups', () => {
  it('are found on a hybrid system, the first of each kind', () => {
    const mounts = [
      'tmpfs /sys/fs/cgroup tmpfs rw 0 0',
      'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0',
      'cgroup /elsewhere cgroup rw,cpuacct 0 0',
      'cgroup /sys/fs/cgroup/freezer cgroup rw,freezer 0 0',
      'cgroup2 /sys/fs/cgroup/uni\\040fied cgroup2 rw 0 0',
      'cgroup2 /second cgroup2 rw 0 0',
      '',
    ].join('\n');
    expect(cgroupRootsIn(mounts)).toEqual({
      unified: '/sys/fs/cgroup/uni fied',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
      freezer: '/sys/fs/cgroup/freezer',
    });
  });

  it('are unknown where there is no /proc', () => {
    expect(findCgroupRoots(join(machine.folder, 'nowhere'))).toEqual({
      unified: undefined,
      cpuacct: undefined,
      freezer: undefined,
    });
  });
});

describe('the CPU time of a group', () => {
  it('is undefined for a folder that is no group', () => {
    expect(openCgroupCpu(join(machine.folder, 'nowhere'), openCounterFile)).toBeUndefined();
    expect(openCgroupCpu(machine.folder, openCounterFile)).toBeUndefined();
  });

  it('throws, rather than saying zero, when the line disappears', () => {
    const cpu = openCgroupCpu(machine.cgroup, openCounterFile);
    expect(cpu?.micros()).toBe(0n);
    writeFileSync(join(machine.cgroup, 'cpu.stat'), 'user_usec 5\n');
    expect(() => cpu?.micros()).toThrow('usage_usec');
    cpu?.close();
    cpu?.close();
    expect(() => cpu?.micros()).toThrow('closed');
  });
});

it('lists the processes of a group and of the groups below', () => {
  mkdirSync(join(machine.cgroup, 'below'));
  writeFileSync(join(machine.cgroup, 'cgroup.procs'), '7\n12\n');
  writeFileSync(join(machine.cgroup, 'below/cgroup.procs'), '99\n');
  expect(cgroupProcesses(machine.cgroup).sort((a, b) => a - b)).toEqual([7, 12, 99]);
  expect(cgroupProcesses(join(machine.folder, 'nowhere'))).toEqual([]);
});

describe('numbers in kernel files', () => {
  it('are whole, or an error that shows what was there', () => {
    expect(wholeNumber('18446744073709551615\n')).toBe(18446744073709551615n);
    for (const text of ['', '\n', '-1\n', '1.5', '12 13\n', 'x'])
      expect(() => wholeNumber(text)).toThrow('a counter holds');
  });

  it('are found by the whole key at the start of a line', () => {
    expect(keyedNumber('usage_usec 12\nuser_usec 3\n', 'usage_usec')).toBe(12n);
    expect(keyedNumber('a 1\nusage_usec 12', 'usage_usec')).toBe(12n);
    expect(keyedNumber('my_usage_usec 12\n', 'usage_usec')).toBeUndefined();
    expect(keyedNumber('usage_usec x\n', 'usage_usec')).toBeUndefined();
    expect(keyedNumber('', 'usage_usec')).toBeUndefined();
  });

  it('of /proc/stat are busy time without idle, waiting and steal', () => {
    expect(busyMicros('cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\ncpu0 1 1 1 1\n')).toBe(
      7_600_321n * 10_000n,
    );
    expect(busyMicros('cpu  1 2 3 4\n')).toBe(60_000n);
    expect(() => busyMicros('cpu0 1 2 3 4\n')).toThrow('no line');
    expect(() => busyMicros('cpu  1 2 3\n')).toThrow('no line');
  });

  it('of /proc/uptime are milliseconds', () => {
    expect(uptimeMillis('1234.56 99.9\n')).toBe(1_234_560);
    expect(uptimeMillis('x')).toBeUndefined();
    expect(uptimeMillis('-1 2')).toBeUndefined();
  });

  it('of a process are read past a name with brackets and spaces', () => {
    const stat = '42 (a) b (c) S 1 40 41 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 777 1 1';
    expect(parseProcessStat(stat)).toEqual({ pid: 42, parent: 1, group: 40, session: 41, ticks: 100n, start: '777' });
    for (const broken of ['', '42 (a', 'x (a) S 1', '42 (a) S 1 40 41'])
      expect(parseProcessStat(broken)).toBeUndefined();
  });
});
