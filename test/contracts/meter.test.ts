/**
 * What every listed meter promises. A meter added to the list is held to it unasked.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMeters, METERS, type Probe, type ProbeMark, type Reading } from '../../src/meter/index.ts';
import { instant } from '../../src/units.ts';
import { StagedMachine } from '../support/staged-machine.ts';

const UUID = 'GPU-5d1a0b3c-6f51-4c5e-9d1e-2f6a53c0a001';
let machine: StagedMachine;
/** Energy counter of the staged GPU, mJ. */
let gpuMillijoules: number;
beforeEach(() => {
  machine = new StagedMachine({ powercap: 'powercap-intel-2-sockets', nvidia: true });
  writeFileSync(join(machine.cgroup, 'cgroup.procs'), '7\n');
  machine.processes([{ pid: 7 }]);
  gpuMillijoules = 5_000_000;
});
afterEach(() => machine.remove());

const create = (index: number) => {
  const meter = createMeters(
    machine.surroundings({
      runProgram: async (_, args) =>
        args[0]?.startsWith('--query-gpu') === true
          ? `0, ${UUID}, 200.00, 400.00, Disabled, ${gpuMillijoules}\n`
          : `7, ${UUID}\n`,
    }),
  )[index];
  if (meter === undefined) throw new Error('no such meter');
  return meter;
};
const target = () => machine.target({ cpus: 2, gpus: 1 });

/** The machine works for `ms`: every counter there is moves, to and for the run. */
async function work(ms: number): Promise<void> {
  for (const zone of ['intel-rapl:0', 'intel-rapl:1']) machine.spend(zone, (ms / 1_000) * 12);
  gpuMillijoules += ms * 200;
  machine.pass(ms, { cpuMs: ms / 2, othersMs: ms / 2 });
  await settled();
}
const settled = async (): Promise<void> => {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
};
async function readAll(probe: Probe): Promise<Reading[]> {
  await probe.settle?.();
  const found: Reading[] = [];
  for (let reading = probe.read(); reading !== undefined; reading = probe.read()) found.push(reading);
  return found;
}
const sum = (readings: readonly Reading[]): bigint => readings.reduce((all, r) => all + r.dynamic + r.idle, 0n);

const names = METERS.map((factory, index): [string, number] => {
  const staged = new StagedMachine();
  const { name } = factory(staged.surroundings());
  staged.remove();
  return [name, index];
});

describe.each(names)('meter %s', (name, index) => {
  it('is available here, and names itself, its tier, its boundary, its uncertainty and how it shares idle energy', () => {
    const meter = create(index);
    expect(meter.available()).toEqual({ ok: true });
    const probe = meter.open(target());
    expect(probe.meter).toBe(name);
    expect(probe.meter).toBe(meter.name);
    expect('ABCDE').toContain(probe.tier);
    expect(probe.tier).toBe(meter.tier);
    expect(['chip', 'device', 'machine']).toContain(probe.boundary);
    expect(probe.gsd).toBeGreaterThan(1);
    expect(probe.idlePolicy).not.toBe('');
    probe.close();
  });

  it('says energy that is never negative, over intervals that follow each other', async () => {
    const probe = create(index).open(target());
    await settled();
    const readings: Reading[] = [];
    for (const ms of [5_000, 1, 700, 5_000, 30, 5_000]) {
      await work(ms);
      readings.push(...(await readAll(probe)));
    }
    expect(sum(readings)).toBeGreaterThan(0n);
    for (const [i, { start, end, dynamic, idle }] of readings.entries()) {
      expect(dynamic).toBeGreaterThanOrEqual(0n);
      expect(idle).toBeGreaterThanOrEqual(0n);
      expect(end).toBeGreaterThan(start);
      expect(start).toBe(i === 0 ? start : readings[i - 1]?.end);
    }
    expect(readings.at(-1)?.end).toBe(machine.clock.now());
    probe.close();
  });

  it('says nothing, rather than zero, when no time has passed', async () => {
    const probe = create(index).open(target());
    await settled();
    await work(5_000);
    await readAll(probe);
    expect(probe.read()).toBeUndefined();
    probe.close();
  });

  it('goes on from a mark that went through JSON, and says the same energy as if it had never stopped', async () => {
    const [whole, first] = [create(index).open(target()), create(index).open(target())];
    await settled();
    await work(5_000);
    const before = await readAll(first);
    const mark: ProbeMark = JSON.parse(JSON.stringify(first.mark()));
    first.close();
    await work(5_000);
    const second = create(index).open(target(), { ...mark, at: instant(mark.at) });
    await settled();
    await work(5_000);
    const rest = await readAll(second);
    const all = await readAll(whole);
    expect(rest[0]?.start).toBe(before.at(-1)?.end);
    expect(Number(sum(before) + sum(rest) - sum(all))).toBeCloseTo(0, -1);
    second.close();
    whole.close();
  });

  it('tells a gap, and no energy, for the time since a mark of another boot', async () => {
    const first = create(index).open(target());
    await settled();
    await work(5_000);
    await readAll(first);
    const mark = first.mark();
    first.close();
    machine.boot('another-boot');
    await work(5_000);
    const second = create(index).open(target(), mark);
    await settled();
    expect(second.read()).toBeUndefined();
    expect(second.gap?.()).toMatchObject({ start: mark.at });
    await work(5_000);
    const [reading] = await readAll(second);
    expect(reading?.start).toBeGreaterThanOrEqual(mark.at + 5_000);
    second.close();
  });

  it('is closed once and for all, and then says nothing', async () => {
    const probe = create(index).open(target());
    await settled();
    probe.close();
    probe.close();
    await work(5_000);
    expect(probe.read()).toBeUndefined();
    expect(() => probe.mark()).not.toThrow();
  });
});
