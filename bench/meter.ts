/**
 * What measuring costs: CPU time of a reading, and of a second of sampling at 1 Hz, for 1, 10 and 200 runs.
 * Run: `npm run bench -- meter`.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import {
  createMeters,
  findCgroupRoots,
  type Probe,
  type Sampled,
  startSampling,
  surroundingsOf,
} from '../src/meter/index.ts';
import { after, millis, SECOND, watts } from '../src/units.ts';

const machine = {
  name: 'bench',
  tier: 'E',
  idlePerThread: watts(1),
  maxPerThread: watts(4),
  threads: 1024,
  gsd: 2,
  source: 'bench',
} as const;
const { unified } = findCgroupRoots();
const scratch = mkdtempSync(join(tmpdir(), 'gridtide-bench-'));

const undo: (() => void)[] = [() => rmSync(scratch, { recursive: true })];
process.on('exit', () => {
  for (const step of undo) step();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => process.exit(1));

/** A control group of the kernel where one may be made, else a file that looks like one. */
function makeGroup(name: string): { folder: string; isReal: boolean } {
  const real = join(unified ?? '/nowhere', `gridtide-bench-${process.pid}-${name}`);
  try {
    mkdirSync(real);
    undo.unshift(() => rmdirSync(real));
    return { folder: real, isReal: true };
  } catch {
    const folder = join(scratch, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'cpu.stat'), 'usage_usec 0\n');
    return { folder, isReal: false };
  }
}

/** CPU microseconds of this process that `action` takes. */
async function costOf(action: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Median CPU microseconds of this process in a second, over 11 of them. */
async function medianSecond(): Promise<number> {
  const costs: number[] = [];
  for (let i = 0; i < 11; i++) {
    costs.push(await costOf(() => systemClock.until(after(systemClock.now(), SECOND))));
  }
  return costs.sort((a, b) => a - b)[5] ?? Number.NaN;
}

const cpuTime = createMeters(surroundingsOf(machine, systemClock)).find((meter) => meter.name === 'cpu-time');
if (cpuTime === undefined) throw new Error('no cpu-time meter');
const rows: Record<string, number | string | boolean>[] = [];
/** Keeps what was read from being thrown away unseen. */
let seen = 0n;

for (const runs of [1, 10, 200]) {
  const groups = Array.from({ length: runs }, (_, i) => makeGroup(`${runs}-${i}`));
  const open = (): Probe[] =>
    groups.map(({ folder }, i) =>
      cpuTime.open({ runId: `run-${i}`, cgroup: folder, pid: process.pid, cpus: 1, gpus: 0 }),
    );
  const probes = open();
  const rounds = Math.ceil(20_000 / runs);
  const readAll = (): void => {
    for (const probe of probes) seen += probe.read()?.idle ?? 0n;
  };
  for (let i = 0; i < rounds; i++) readAll();
  const perRead =
    (await costOf(() => {
      for (let i = 0; i < rounds; i++) readAll();
    })) /
    (rounds * runs);

  // Real sampling at 1 Hz, less what this process uses in a second of doing nothing.
  const idle = await medianSecond();
  const take = (batch: readonly Sampled[]): void => {
    for (const said of batch) seen += said.reading?.idle ?? 0n;
  };
  const sampling = startSampling({ probes, clock: systemClock, onReadings: take });
  await systemClock.until(after(systemClock.now(), millis(500)));
  const sampled = await medianSecond();
  await sampling.stop();
  const perSecond = Math.max(0, sampled - idle);
  const name = `${runs} ${runs === 1 ? 'run' : 'runs'}, ${groups.every((group) => group.isReal) ? 'control groups' : 'files'}`;
  const percent = Number((perSecond / 10_000).toFixed(4));
  rows.push(
    { case: name, metric: 'CPU of a reading', value: Number(perRead.toFixed(2)), unit: 'µs' },
    {
      case: name,
      metric: 'CPU of sampling at 1 Hz',
      value: percent,
      unit: '% of a core',
      target: 0.1,
      pass: percent < 0.1,
    },
  );
  for (const probe of probes) probe.close();
}
// Also proof that the readings were not optimised away.
console.error(`meter: readings added up to ${seen} µJ idle`);
console.log(JSON.stringify(rows));
