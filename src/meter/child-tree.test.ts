import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { watts } from '../units.ts';
import { cgroupProcesses, findCgroupRoots } from './cgroup.ts';
import type { Probe, Target } from './meter.ts';
import { cpuTimeMeter } from './meters/cpu-time.ts';
import { surroundingsOf } from './surroundings.ts';

/**
 * A shell that burns CPU itself, in 100 short-lived children, and in two daemons that leave its session and that nobody
 * waits for. Each lasting shell prints what the kernel charged to it and to the children it waited for. The daemons
 * inherit standard output, so that the stream ends when the last of all processes has.
 */
const TREE = `
burn() { i=0; while [ $i -lt $1 ]; do i=$((i+1)); done; }
n=0; while [ $n -lt 100 ]; do ( burn 3000 ); n=$((n+1)); done
for daemon in 1 2; do
  ( setsid /bin/sh -c 'i=0; while [ $i -lt 250000 ]; do i=$((i+1)); done; times' & )
done
burn 250000
times
`;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeGroup(folder);
});

/** A process closes its streams before it leaves its group, so that the group may be busy for a moment. */
async function removeGroup(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(folder);
    } catch (error) {
      if (tries === 200) throw error;
    }
    for (const pid of tries < 50 ? [] : cgroupProcesses(folder)) spawnSync('kill', ['-KILL', String(pid)]);
    await delay(10);
  }
}

function makeGroup(root: string | undefined, name: string): string | undefined {
  if (root === undefined) return undefined;
  const folder = join(root, name);
  try {
    mkdirSync(folder);
  } catch {
    return undefined;
  }
  folders.push(folder);
  return folder;
}

/** Runs the tree inside the groups, opens meters once it stands there, and gives the truth in microseconds. */
async function burnIn(
  groups: readonly string[],
  open: (pid: number) => Probe[],
): Promise<{ truth: number; probes: Probe[] }> {
  const joining = groups.map((_, i) => `echo $$ > "$${i + 1}/cgroup.procs" || exit 1`).join('\n');
  const child = spawn('/bin/sh', ['-c', `${joining}\nread go\n${TREE}`, 'tree', ...groups], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const probes = open(child.pid ?? 0);
  child.stdin.end('go\n');
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) said += text;
  const times = [...said.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
  expect(times).toHaveLength(12);
  return { truth: times.reduce((sum, t) => sum + t, 0) * 1e6, probes };
}

it('measures a tree of short-lived children and daemons within 10 % + 50 ms of what the kernel charged to them', async (context) => {
  const roots = findCgroupRoots();
  const name = `gridtide-test-${process.pid}`;
  const groups = [makeGroup(roots.unified, name), makeGroup(roots.cpuacct, name)].filter(
    (group) => group !== undefined,
  );
  if (groups.length === 0) return context.skip('no control group may be made here');
  const meter = cpuTimeMeter(
    surroundingsOf(
      {
        name: 'any',
        tier: 'E',
        idlePerThread: watts(1),
        maxPerThread: watts(3),
        threads: 1024,
        gsd: 2,
        source: 'test',
      },
      systemClock,
    ),
  );
  const target: Target = { runId: 'tree', cgroup: undefined, pid: 0, cpus: 1, gpus: 0 };
  const { truth, probes } = await burnIn(groups, (pid) =>
    groups.map((cgroup) => meter.open({ ...target, cgroup, pid })),
  );
  expect(truth).toBeGreaterThan(200_000);
  for (const [i, group] of groups.entries()) {
    const reading = probes[i]?.read();
    const measured = Number(reading?.cpuMicros);
    expect(Math.abs(measured - truth), `${group}: ${measured} µs, the kernel charged ${truth} µs`).toBeLessThan(
      truth * 0.1 + 50_000,
    );
    expect(Number(reading?.dynamic)).toBe(measured * 2);
  }
  for (const probe of probes) probe.close();
});
