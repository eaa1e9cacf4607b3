/**
 * Runs `bench/NAME.ts` and prints `{bench, commit, machine, rows}`. A bench is a program that prints its rows as JSON
 * (`[{case, metric, value, unit, target?, pass?}]`, or an object with `rows`) on stdout and what it is doing on stderr;
 * where it ran is added here.
 *
 * Usage: `npm run bench -- NAME [--data DIR] [--json] [more for the bench]`. Without `--json` the rows come as a table.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [name = '', ...rest] = process.argv.slice(2);
const file = path.join(ROOT, 'bench', `${name}.ts`);
if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
  const known = readdirSync(path.join(ROOT, 'bench'))
    .filter((entry) => entry.endsWith('.ts') && !entry.endsWith('.test.ts'))
    .map((entry) => entry.slice(0, -3));
  console.error(
    `bench: ${name === '' ? 'no name given' : `there is no bench ${JSON.stringify(name)}`}; known are ${known.join(', ')}`,
  );
  process.exit(64);
}

const ran = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), file, ...rest], {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (ran.status !== 0) {
  process.stdout.write(ran.stdout ?? '');
  process.exit(ran.status ?? 1);
}

const git = (...args) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout?.trim() ?? '';
const commit = `${git('rev-parse', '--short=12', 'HEAD') || 'unknown'}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+changes'}`;
const [cpu] = cpus();
const machine = {
  cpu: cpu?.model ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 1e9),
  system: `${platform()} ${arch()}`,
  node: process.version,
};

let printed;
try {
  printed = JSON.parse(ran.stdout);
} catch {
  console.error(`bench: ${name} did not print JSON:\n${ran.stdout}`);
  process.exit(70);
}
const rows = Array.isArray(printed) ? printed : printed.rows;

if (rest.includes('--json')) {
  console.log(JSON.stringify({ bench: name, commit, machine, rows }));
} else {
  console.log(`${name} at ${commit} on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`);
  console.table(rows);
}
if (rows.some((row) => row.pass === false)) process.exitCode = 1;
