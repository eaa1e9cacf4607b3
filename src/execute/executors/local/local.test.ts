import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder, until } from '../../../../test/support/folders.ts';
import { createCgroup, removeCgroup } from './cgroup.ts';
import { localExecutor as executor } from './local.ts';
import { bootId, identify, isAlive } from './process.ts';

const signal = new AbortController().signal;
let counter = 0;
let root: string;
let cleanup: () => void;
const started: string[] = [];

beforeEach(() => {
  ({ folder: root, cleanup } = temporaryFolder());
});

afterEach(async () => {
  for (const folder of started.splice(0)) {
    if (executor.observe(folder).state === 'running') executor.kill(folder);
    await until('its end', () => executor.observe(folder).state !== 'running');
    executor.release(folder);
  }
  cleanup();
});

async function start(line: string, folder = join(root, 'run')): Promise<string> {
  counter += 1;
  started.push(folder);
  await executor.start(
    {
      folder,
      name: `test-${process.pid}-${counter}`,
      argv: ['/bin/sh', '-c', line],
      environment: { GREETING: 'hello  world' },
      directory: root,
    },
    signal,
  );
  return folder;
}

const end = (folder: string) =>
  until('its end', () => {
    const seen = executor.observe(folder);
    return seen.state === 'ended' && seen;
  });

const text = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the local executor', () => {
  it('sees nothing where nothing was started', () => {
    expect(executor.observe(join(root, 'never')).state).toBe('absent');
  });

  it('keeps output, exit code and environment', async () => {
    const folder = await start('printf "%s" "$GREETING"; echo error >&2; exit 7');
    expect((await end(folder)).code).toBe(7);
    await until('its output', () => readFileSync(join(folder, 'output.log'), 'utf8') === 'hello  worlderror\n');
  });

  it('runs a command once when many start it at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, () => start('echo once >> ran.txt; sleep 0.2')));
    await end(join(root, 'run'));
    expect(text('ran.txt')).toBe('once\n');
  });

  it('runs nothing when the run was claimed before', async () => {
    const folder = await start('echo once >> ran.txt');
    await end(folder);
    await start('echo twice >> ran.txt');
    expect(text('ran.txt')).toBe('once\n');
    expect(executor.observe(folder).state).toBe('ended');
  });

  it('says 127 for a command or folder that is not there', async () => {
    expect((await end(await start('no-such-command-here'))).code).toBe(127);
  });

  it('stops a daemon that left its process group too, and lets it go on', async () => {
    const folder = await start('setsid sh -c "while :; do echo x >> ticks.txt; sleep 0.02; done" & wait');
    if (executor.observe(folder).state !== 'running') throw new Error('it ended early');
    const ticks = (): number => (existsSync(join(root, 'ticks.txt')) ? text('ticks.txt').length : 0);
    await until('ticks', () => ticks() > 4);
    const seen = executor.observe(folder);
    if (seen.state !== 'running' || seen.cgroup === undefined) return; // no control group here: the group cannot do this
    executor.freeze(folder);
    await until('standing still', () => {
      const now = executor.observe(folder);
      return now.state === 'running' && now.frozen;
    });
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(ticks()).toBe(before);
    executor.thaw(folder);
    await until('ticks again', () => ticks() > before);
    executor.kill(folder);
    expect((await end(folder)).code).toBe(137);
  });

  it('passes a signal to the command and not to its wrapper', async () => {
    const folder = await start(
      'trap "echo caught > caught.txt; exit 75" USR1; echo ready > ready.txt; while :; do sleep 0.02; done',
    );
    await until('its trap', () => existsSync(join(root, 'ready.txt')));
    expect(executor.notify(folder, 'SIGUSR1')).toBe(true);
    expect((await end(folder)).code).toBe(75);
    expect(text('caught.txt')).toBe('caught\n');
  });

  it('ends a frozen command that was asked to end', async () => {
    const folder = await start('echo ready > ready.txt; sleep 60');
    await until('it runs', () => existsSync(join(root, 'ready.txt')));
    executor.freeze(folder);
    executor.terminate(folder);
    expect((await end(folder)).code).toBe(143);
  });

  it('calls a run lost when its wrapper was killed and nothing of it is left', async () => {
    const folder = await start('exec sleep 60');
    const claim = Number(readFileSync(join(folder, 'claim'), 'utf8').split(' ')[0]);
    await until('its child', () => existsSync(join(folder, 'child')));
    process.kill(claim, 'SIGKILL');
    expect(executor.observe(folder).state).toBe('running'); // the command itself still lives
    executor.kill(folder);
    await until('lost', () => executor.observe(folder).state === 'lost');
  });

  it.each(['kill', 'terminate'] as const)('%s reaches a command that is not in its control group yet', async (what) => {
    const folder = await start('exec sleep 60');
    await until('its child', () => existsSync(join(folder, 'child')));
    const empty = createCgroup(`empty-${process.pid}-${what}`);
    if (empty !== undefined) {
      const own = readFileSync(join(folder, 'cgroup'), 'utf8').trim();
      onTestFinished(() => removeCgroup(own));
      writeFileSync(join(folder, 'cgroup'), empty);
    }
    executor[what](folder);
    expect((await end(folder)).code).toBe(what === 'kill' ? 137 : 143);
  });

  it('does not take a process of an earlier boot, or a reused pid, for the run', async () => {
    const folder = await start('true');
    await end(folder);
    const own = identify(process.pid);
    if (own === undefined) throw new Error('this process has no identity');
    const past = join(root, 'past');
    await start('true', past);
    await end(past);
    const { rmSync } = await import('node:fs');
    rmSync(join(past, 'exit'));
    rmSync(join(past, 'child'));
    writeFileSync(join(past, 'claim'), `${own.pid} ${own.start} another-boot\n`);
    expect(executor.observe(past).state).toBe('lost');
    writeFileSync(join(past, 'claim'), `${own.pid} 1 ${bootId()}\n`);
    expect(executor.observe(past).state).toBe('lost');
    expect(isAlive(own)).toBe(true);
  });

  it('keeps the beginning and the end of a long output, and no more', async () => {
    const folder = await start('head -c 20000000 /dev/zero | tr "\\0" "a"; printf END');
    await end(folder);
    await until('the end of the output', () => {
      const file = join(folder, 'output.tail');
      return existsSync(file) && readFileSync(file, 'utf8').endsWith('END');
    });
    expect(readFileSync(join(folder, 'output.log')).length).toBe(8 * 2 ** 20);
    expect(readFileSync(join(folder, 'output.tail')).length).toBe(8 * 2 ** 20);
  });
});

describe('what the wrapper does for a step', () => {
  it('finds its own tools whatever PATH the step has, and gives the step its own', async () => {
    const folder = join(root, 'path');
    started.push(folder);
    counter += 1;
    await executor.start(
      {
        folder,
        name: `test-${process.pid}-${counter}`,
        argv: ['/bin/sh', '-c', `echo "$PATH \${GRIDTIDE_COMMAND_PATH-none}"`],
        environment: { PATH: './venv/bin' },
        directory: root,
      },
      signal,
    );
    expect((await end(folder)).code).toBe(0);
    await until('its output', () => readFileSync(join(folder, 'output.log'), 'utf8') === './venv/bin none\n');
  });

  it('ends what the command left behind, and keeps its exit code', async () => {
    const folder = await start('setsid sh -c "while :; do sleep 0.05; done" & sleep 0.1; exit 3');
    const ended = await end(folder);
    expect(ended.code).toBe(3);
    if (ended.cgroup === undefined) return; // without a control group nobody knows what it left
    expect(readFileSync(join(folder, 'leftovers'), 'utf8')).toBe('left\n');
    expect(readFileSync(join(ended.cgroup, 'cgroup.procs'), 'utf8')).toBe('');
  });

  it('takes a control group file that a full disk left empty for none', async () => {
    const folder = join(root, 'empty');
    mkdirSync(folder);
    writeFileSync(join(folder, 'cgroup'), '');
    await start('exit 0', folder);
    expect((await end(folder)).code).toBe(0);
  });
});

describe('the log of a step', () => {
  it('is written while the step runs', async () => {
    const folder = await start('echo first; sleep 60');
    await until(
      'its first line',
      () => {
        const file = join(folder, 'output.log');
        return existsSync(file) && readFileSync(file, 'utf8') === 'first\n';
      },
      10_000,
    );
    expect(executor.observe(folder).state).toBe('running');
  });
});
