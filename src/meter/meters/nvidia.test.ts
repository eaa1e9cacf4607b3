import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, StagedMachine } from '../../../test/support/staged-machine.ts';
import { instant, after as later } from '../../units.ts';
import type { ProbeMark, Target } from '../meter.ts';
import { type GpuSnapshot, parseGpus, parseProcesses, runProgram } from '../nvidia-smi.ts';
import type { RunProgram } from '../surroundings.ts';
import { nvidiaMeter, shareOf } from './nvidia.ts';

const A100 = 'GPU-5d1a0b3c-6f51-4c5e-9d1e-2f6a53c0a001';

describe('what nvidia-smi says', () => {
  it('of two A100 with an energy counter', () => {
    expect(parseGpus(fixture('nvidia-a100-energy.csv'))[0]).toEqual({
      index: 0,
      uuid: A100,
      power: 251.33,
      limit: 400,
      energy: 918_273_645n,
      isSliced: false,
    });
  });

  it('of a T4 without one, and of a board that says nothing', () => {
    expect(parseGpus(fixture('nvidia-t4.csv'))).toMatchObject([
      { power: 35.4, limit: 70, energy: undefined, isSliced: false },
    ]);
    expect(parseGpus(fixture('nvidia-no-power.csv'))).toMatchObject([{ power: undefined, limit: undefined }]);
    expect(parseGpus(fixture('nvidia-mig.csv'))).toMatchObject([{ isSliced: true }]);
  });

  it('is refused, and shown, when it is no answer', () => {
    expect(() => parseGpus(fixture('nvidia-driver-mismatch.txt'))).toThrow('Driver/library version mismatch');
  });

  it('of processes is a list, or nothing when it is hidden', () => {
    expect(parseProcesses(`77, ${A100}\n78, ${A100}\n`)).toEqual([
      { pid: 77, uuid: A100 },
      { pid: 78, uuid: A100 },
    ]);
    expect(parseProcesses('')).toEqual([]);
    expect(parseProcesses(fixture('nvidia-processes-hidden.csv'))).toBeUndefined();
  });
});

describe('the share of a run', () => {
  const snapshot = (
    at: number,
    file: string,
    change: Partial<GpuSnapshot['gpus'][number]>,
    pids: number[] | undefined,
  ): GpuSnapshot => ({
    at: instant(at),
    gpus: parseGpus(fixture(file)).map((gpu, index) => (index === 0 ? { ...gpu, ...change } : gpu)),
    processes: pids?.map((pid) => ({ pid, uuid: parseGpus(fixture(file))[0]?.uuid ?? '' })),
  });
  const share = (
    file: string,
    pids: number[] | undefined,
    reserved: number,
    change: Partial<GpuSnapshot['gpus'][number]> = {},
  ) =>
    shareOf(
      snapshot(0, file, {}, pids),
      snapshot(10_000, file, change, pids),
      reserved,
      (pid) => pid < 100,
      (pid) => pid < 1_000,
    );

  it('is power times time, with the idle part by reservation', () => {
    // 35.4 W for 10 s; idle 0.12 · 70 W.
    expect(share('nvidia-t4.csv', [7], 1)).toEqual({
      dynamic: 270_000_000n,
      idle: 84_000_000n,
      notes: ['power times time: bursts between samples are not seen'],
    });
  });

  it('is the counter where there is one, and nothing of a board on which it did not run', () => {
    const energy = 918_273_645n + 2_000_000n;
    expect(share('nvidia-a100-energy.csv', [7], 1, { energy })).toEqual({
      dynamic: 2_000_000_000n - 480_000_000n,
      // The second board's counter did not move: no idle there; of the first board's, one of two boards is reserved.
      idle: 240_000_000n,
      notes: [],
    });
    expect(share('nvidia-a100-energy.csv', [700], 0, { energy })).toMatchObject({ dynamic: 0n, idle: 0n });
  });

  it('is equal parts with others on the same board', () => {
    const said = share('nvidia-t4.csv', [7, 8, 700], 1);
    expect(said).toMatchObject({
      dynamic: 180_000_000n,
      notes: expect.arrayContaining([expect.stringContaining('shared by 3')]),
    });
  });

  it.each([
    ['hidden', undefined],
    ['those of another system', [5_000]],
  ])('goes by reservation where the processes are %s', (_, pids) => {
    const said = share('nvidia-t4.csv', pids, 1);
    expect(said).toMatchObject({
      dynamic: 270_000_000n,
      notes: expect.arrayContaining([expect.stringContaining('not visible')]),
    });
  });

  it('is nothing above idle where nobody computes', () => {
    expect(share('nvidia-t4.csv', [], 1)).toMatchObject({ dynamic: 0n, idle: 84_000_000n });
  });

  it.each([
    ['of slices', 'nvidia-mig.csv', {}, 'slices (MIG)'],
    ['of a board that does not say its power', 'nvidia-no-power.csv', {}, 'does not say its power'],
    ['of a counter that went back', 'nvidia-a100-energy.csv', { energy: 1n }, 'went back'],
    ['beyond the power limit', 'nvidia-a100-energy.csv', { energy: 918_273_645n + 4_620_001n }, 'more energy than'],
    ['of a new board', 'nvidia-t4.csv', { uuid: 'GPU-other' }, 'was not there before'],
  ])('is lost, not zero, %s', (_, file, change, why) => {
    expect(share(file, [7], 1, change)).toMatchObject({ lost: expect.stringContaining(why) });
  });
});

describe('a probe', () => {
  let machine: StagedMachine;
  let answers: { gpus: string; processes: string };
  let fails: string | undefined;
  let calls: string[];
  const stubSmi: RunProgram = async (_, args) => {
    calls.push(args[0] ?? '');
    if (fails !== undefined) throw new Error(fails);
    return args[0]?.startsWith('--query-gpu') === true ? answers.gpus : answers.processes;
  };
  const tick = async (ms: number) => {
    machine.pass(ms);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const open = async (options: { mark?: ProbeMark; target?: Partial<Target>; run?: RunProgram } = {}) => {
    const meter = nvidiaMeter(machine.surroundings({ runProgram: options.run ?? stubSmi }));
    const probe = meter.open(machine.target({ gpus: 1, ...options.target }), options.mark);
    await tick(0);
    return probe;
  };

  beforeEach(() => {
    machine = new StagedMachine({ nvidia: true });
    machine.processes([{ pid: 7, session: 500 }]);
    writeFileSync(join(machine.cgroup, 'cgroup.procs'), '7\n');
    answers = { gpus: fixture('nvidia-t4.csv'), processes: '7, GPU-8e0f7a44-11d2-7c30-b0f1-77aa10c0b001\n' };
    fails = undefined;
    calls = [];
  });
  afterEach(() => machine.remove());

  it('says what the answers of every 5 seconds said, once', async () => {
    const probe = await open();
    const opened = machine.clock.now();
    expect(probe.read()).toBeUndefined();
    await tick(5_000);
    await tick(5_000);
    expect(probe.read()).toMatchObject({
      start: opened,
      end: later(opened, 10_000),
      dynamic: 270_000_000n,
      idle: 84_000_000n,
    });
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toBeUndefined();
    expect(probe).toMatchObject({ every: 5_000, boundary: 'device', gsd: 1.3 });
    probe.close();
  });

  it('asks for the energy counter and does without where the program does not know it', async () => {
    const probe = await open({
      run: async (file, args, signal) => {
        if (args[0]?.includes('total_energy') === true) {
          calls.push('refused');
          throw new Error(fixture('nvidia-unknown-field.txt'));
        }
        return stubSmi(file, args, signal);
      },
    });
    await tick(5_000);
    expect(probe.read()?.dynamic).toBe(135_000_000n);
    expect(calls.filter((call) => call === 'refused')).toHaveLength(1);
    probe.close();
  });

  it('asks once for all runs, and no more when all are closed', async () => {
    const meter = nvidiaMeter(machine.surroundings({ runProgram: stubSmi }));
    const [first, second] = [meter.open(machine.target({ gpus: 1 })), meter.open(machine.target({ gpus: 1 }))];
    await tick(0);
    expect(calls).toHaveLength(2);
    first.close();
    first.close();
    await tick(5_000);
    expect(calls).toHaveLength(4);
    second.close();
    await tick(5_000);
    expect(calls).toHaveLength(4);
    expect(first.read()).toBeUndefined();
  });

  it('is up to date after settling', async () => {
    const probe = await open();
    machine.pass(1_000);
    await probe.settle?.();
    expect(probe.read()).toMatchObject({ end: machine.clock.now(), dynamic: 27_000_000n });
    probe.close();
  });

  it('tells a gap when the driver does not answer for long, with its words', async () => {
    const probe = await open();
    const opened = machine.clock.now();
    fails = fixture('nvidia-driver-mismatch.txt');
    await tick(5_000);
    await tick(5_000);
    expect(probe.read()).toBeUndefined();
    fails = undefined;
    await tick(5_000);
    expect(probe.read()).toBeUndefined();
    expect(probe.gap?.()).toEqual({
      start: opened,
      end: machine.clock.now(),
      why: expect.stringContaining('version mismatch'),
    });
    probe.close();
  });

  it('goes on from a mark where the boards count energy, and tells a gap where they do not', async () => {
    answers = { gpus: fixture('nvidia-a100-energy.csv'), processes: `7, ${A100}\n` };
    const first = await open();
    await tick(5_000);
    first.read();
    const mark = first.mark();
    first.close();
    answers.gpus = answers.gpus.replace('918273645', '920273645');
    await tick(10_000);
    const second = await open({ mark });
    expect(second.read()).toMatchObject({ start: mark.at, end: machine.clock.now(), dynamic: 1_520_000_000n });
    second.close();

    answers.gpus = fixture('nvidia-a100.csv');
    const third = await open({ mark: { ...mark, counters: {} } });
    expect(third.read()).toBeUndefined();
    expect(third.gap?.()).toMatchObject({ start: mark.at, end: machine.clock.now() });
    third.close();
    machine.boot('another');
    const fourth = await open({ mark });
    expect(fourth.read()).toBeUndefined();
    expect(fourth.gap?.()?.start).toBe(mark.at);
    fourth.close();
  });

  it('is available where the program is', () => {
    expect(nvidiaMeter(machine.surroundings()).available()).toEqual({ ok: true });
    const bare = new StagedMachine();
    expect(nvidiaMeter(bare.surroundings()).available()).toEqual({ ok: false, why: 'no nvidia-smi on this machine' });
    bare.remove();
  });
});

describe('running a program', () => {
  it('gives its output, its own words on failure, and ends it when aborted', async () => {
    const machine = new StagedMachine();
    mkdirSync(join(machine.folder, 'programs'));
    const file = join(machine.folder, 'programs/say');
    writeFileSync(file, '#!/bin/sh\nif [ "$1" = fail ]; then echo "it is broken"; exit 9; fi\necho "$1"\n', {
      mode: 0o755,
    });
    const { signal } = new AbortController();
    await expect(runProgram(file, ['$(echo no shell)'], signal)).resolves.toBe('$(echo no shell)\n');
    await expect(runProgram(file, ['fail'], signal)).rejects.toThrow('it is broken');
    await expect(runProgram(file, [], AbortSignal.abort())).rejects.toThrow();
    machine.remove();
  });
});
