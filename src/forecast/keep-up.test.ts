import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder, until } from '../../test/support/folders.ts';
import { endAllOf, processesOf, untilNoneOf } from '../../test/support/processes.ts';
import { someSeries } from '../../test/support/some-series.ts';
import { HOUR, type Instant, instant, MINUTE } from '../units.ts';
import { type KeepUpOptions, keepUp } from './keep-up.ts';

const PARENT = fileURLToPath(new URL('../../test/support/keep-up-parent.ts', import.meta.url));
const T0 = instant(Date.UTC(2026, 2, 18, 12));
const HOUR_OF_T0 = T0 / HOUR;

/** Writes down how it was called, whole or not at all; `stays` until whoever started it is gone, and says so. */
const STUB = `
import { renameSync, writeFileSync } from 'node:fs';
const [calls, stays, ...words] = process.argv.slice(2);
const tell = (name, what) => {
  writeFileSync(calls + '/.' + name, JSON.stringify(what));
  renameSync(calls + '/.' + name, calls + '/' + name);
};
const said = process.env.STUB_SAYS ?? '';
process.once('disconnect', () => { tell('left.' + process.pid, {}); process.exit(0); });
if (stays !== 'stays') process.channel.unref();
tell('call.' + process.pid, { words, parent: process.ppid, pid: process.pid, cwd: process.cwd(), said });
`;
const callSchema = z.object({
  words: z.array(z.string()),
  parent: z.number(),
  pid: z.number(),
  cwd: z.string(),
  said: z.string(),
});

let folder: string;
let cleanup: () => void;
let home: string;
let calls: string;
let now: Instant;
beforeEach(() => {
  ({ folder, cleanup } = temporaryFolder());
  home = join(folder, 'home');
  calls = join(folder, 'calls');
  mkdirSync(home);
  mkdirSync(calls);
  writeFileSync(join(folder, 'stub.mjs'), STUB);
  now = T0;
});
afterEach(async () => {
  await endAllOf(folder);
  cleanup();
});

const commandOf = (stays = ''): KeepUpOptions['command'] => [process.execPath, join(folder, 'stub.mjs'), calls, stays];
const keeping = (change: Partial<KeepUpOptions> = {}) =>
  keepUp({
    zones: async () => new Set(['AT', 'CH', 'DE', 'DK', 'DK-DK1', 'FR', 'GB', 'A'.repeat(41), '../DE', '--help']),
    ...{ home, now: () => now, command: commandOf(), cwd: folder, environment: { STUB_SAYS: 'hello' } },
    ...{ signal: new AbortController().signal, ...change },
  });
const answerOf = (zone: string, provider = 'energy-charts') =>
  someSeries({ zone, provider, start: T0, at: T0, values: [300] });
const namesOf = (kind: string): string[] => readdirSync(calls).filter((name) => name.startsWith(`${kind}.`));
/** How the stub has been called, once every one has ended. */
const called = async () => {
  await untilNoneOf(folder);
  return namesOf('call').map((name) => callSchema.parse(JSON.parse(readFileSync(join(calls, name), 'utf8'))));
};
const zonesOf = async () => (await called()).map(({ words: [zone] }) => zone).sort();

describe('forecasts beside long work', () => {
  it('are made by a process of its own, with the folder, the words and the surroundings of this one', async () => {
    await keeping()(answerOf('DE'));
    const [call, ...others] = await called();
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      words: ['DE', '--home', home, '--json'],
      parent: process.pid,
      cwd: folder,
      said: 'hello',
    });
  });

  it('are made once an hour and zone, however often they are asked for', async () => {
    const [one, other] = [keeping(), keeping()];
    await Promise.all([one, other, one].flatMap((ask) => ['DE', 'FR', 'DK-DK1'].map((zone) => ask(answerOf(zone)))));
    now = instant(T0 + 59 * MINUTE);
    await one(answerOf('DE', 'entsoe'));
    expect(await zonesOf()).toEqual(['DE', 'DK-DK1', 'FR']);
  });

  it('are made again the next hour; what told of the hour before is gone, of other zones it stays', async () => {
    const ask = keeping();
    await Promise.all(['DE', 'DK', 'DK-DK1'].map((zone) => ask(answerOf(zone))));
    now = instant(T0 + HOUR);
    await ask(answerOf('DK'));
    expect(await zonesOf()).toEqual(['DE', 'DK', 'DK', 'DK-DK1']);
    expect(readdirSync(join(home, 'forecasts')).sort()).toEqual([
      `DE.${HOUR_OF_T0}`,
      `DK-DK1.${HOUR_OF_T0}`,
      `DK.${HOUR_OF_T0 + 1}`,
    ]);
  });

  it('are left to whoever is an hour ahead, whose claim stays', async () => {
    const ask = keeping();
    now = instant(T0 + HOUR);
    await ask(answerOf('DE'));
    now = T0;
    await ask(answerOf('DE'));
    await ask(answerOf('DE'));
    now = instant(T0 + HOUR);
    await ask(answerOf('DE'));
    expect(await zonesOf()).toEqual(['DE']);
    expect(readdirSync(join(home, 'forecasts'))).toEqual([`DE.${HOUR_OF_T0 + 1}`]);
  });

  it('ask for no year of the past where somebody pays for it', async () => {
    const ask = keeping();
    await ask(answerOf('DE', 'entsoe'));
    await ask(answerOf('FR', 'no provider of ours'));
    await ask(answerOf('GB', 'neso-uk'));
    const words = new Map((await called()).map((call) => [call.words[0], call.words.slice(3)]));
    expect(words).toEqual(
      new Map([
        ['DE', ['--json', '--no-backfill']],
        ['FR', ['--json', '--no-backfill']],
        ['GB', ['--json']],
      ]),
    );
  });

  it('are made one after the other', async () => {
    const ask = keeping({ command: commandOf('stays') });
    const asked = ['DE', 'FR', 'GB'].map((zone) => ask(answerOf(zone)));
    for (let nth = 1; nth <= 3; nth += 1) {
      await until('the stub to run', () => namesOf('call').length === nth);
      const [{ pid } = { pid: 0 }, ...others] = processesOf(folder);
      expect(others).toEqual([]);
      process.kill(pid);
    }
    await Promise.all(asked);
    expect(await zonesOf()).toEqual(['DE', 'FR', 'GB']);
  });

  it('are not made of zones where no site is, nor of what is no zone', async () => {
    const ask = keeping();
    for (const zone of ['IT', '../DE', 'my column', '--help', '', 'A'.repeat(41)]) await ask(answerOf(zone));
    expect(await called()).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
  });

  it('give way to other work', async () => {
    void keeping({ command: commandOf('stays') })(answerOf('DE'));
    const [{ pid } = { pid: 0 }] = await until(
      'the stub to run',
      () => namesOf('call').length > 0 && processesOf(folder),
    );
    expect(getPriority(pid)).toBe(Math.min(19, Math.max(10, getPriority())));
  });

  it('end when they are called off', async () => {
    const abort = new AbortController();
    const asked = keeping({ command: commandOf('stays'), signal: abort.signal })(answerOf('DE'));
    await until('the stub to run', () => namesOf('call').length > 0);
    abort.abort();
    await asked;
    expect(await called()).toHaveLength(1);
    expect(namesOf('left')).toEqual([]);
  });

  it('cost nothing where they cannot be made', async () => {
    await keeping({ command: [join(folder, 'nothing')] })(answerOf('DE'));
    await keeping({ cwd: join(folder, 'nowhere') })(answerOf('FR'));
    await keeping({ home: join(folder, 'stub.mjs') })(answerOf('GB'));
    await keeping({ signal: AbortSignal.abort() })(answerOf('AT'));
    await keeping({ environment: { STUB_SAYS: 'x'.repeat(3_000_000) } })(answerOf('CH'));
    expect((await called()).filter(({ words }) => words[0] !== 'AT')).toEqual([]);
  });
});

describe('forecasts beside several processes', () => {
  const parents: ChildProcess[] = [];
  /** A process that asks for one, and stays. */
  const startParent = async (): Promise<ChildProcess> => {
    const parent = spawn(process.execPath, ['--import', 'tsx', PARENT, home, ...commandOf('stays')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    parents.push(parent);
    await new Promise((resolve) => parent.stdout?.once('data', resolve));
    return parent;
  };
  afterEach(() => {
    for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  });

  it('are made for all of them once, and end when the one that started it is gone', { timeout: 60_000 }, async () => {
    await Promise.all([startParent(), startParent(), startParent()]);
    const [name = ''] = await until('the stub to run', () => namesOf('call').length > 0 && namesOf('call'));
    const { parent } = callSchema.parse(JSON.parse(readFileSync(join(calls, name), 'utf8')));
    const [owner, ...others] = parents.toSorted((a, b) => Number(b.pid === parent) - Number(a.pid === parent));
    expect(owner?.pid).toBe(parent);
    for (const other of others) other.kill('SIGKILL');
    await until('the others to be gone', () => others.every(({ exitCode, signalCode }) => exitCode ?? signalCode));
    expect(namesOf('left')).toEqual([]);
    owner?.kill('SIGKILL');
    expect(await called()).toHaveLength(1);
    expect(namesOf('left')).toHaveLength(1);
  });
});
