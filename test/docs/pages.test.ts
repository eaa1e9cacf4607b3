/** Links of the pages lead somewhere, and the program in the guide does what the guide says. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, until } from '../support/folders.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/first-light/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

describe.each(pages)('%s', (page) => {
  it('links to files that are there', () => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    const lost = local.filter((target) => !existsSync(resolve(ROOT, dirname(page), target)));
    expect(lost).toEqual([]);
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('the program in the guide to checkpoints', () => {
  it.skipIf(!hasPython)('writes its checkpoint, says 75, and comes to the same sum (needs python3)', async () => {
    const { folder, cleanup } = temporaryFolder();
    const page = readFileSync(join(ROOT, 'docs/guide/checkpoints.md'), 'utf8');
    const program = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    // The same program with less work, so that the test is short; it tells when it listens.
    const shorter = program.replace('5_000_000', '2_000_000');
    writeFileSync(
      join(folder, 'count.py'),
      shorter.replace('state = json', 'open("ready", "w").close()\nstate = json'),
    );
    const child = spawn('python3', ['count.py'], { cwd: folder, stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    await until('its handler', () => existsSync(join(folder, 'ready')));
    child.kill('SIGUSR1');
    expect(await ended).toBe(75);
    expect(existsSync(join(folder, 'state.json'))).toBe(true);
    const again = spawnSync('python3', ['count.py'], { cwd: folder, encoding: 'utf8' });
    expect(again.status).toBe(0);
    const n = 2_000_000n;
    expect(again.stdout.trim()).toBe(String((n * (n + 1n) * (2n * n + 1n)) / 6n));
    cleanup();
  });
});
