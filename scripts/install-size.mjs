/**
 * Installs the packed product without development and example dependencies in a temporary folder and prints its size
 * by package, largest first, and the sum in megabytes (10^6 bytes of file contents). `--max MB` fails above a limit.
 * Run it by hand: the install may compile SQLite for a minute or two.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Files with several names (hard links of a build) that are counted already. */
const counted = new Set();

/** Bytes of all files below, links not followed, a file with several names counted once. */
function bytesOf(entry) {
  const stat = lstatSync(entry);
  if (stat.isDirectory()) return readdirSync(entry).reduce((sum, name) => sum + bytesOf(path.join(entry, name)), 0);
  if (!stat.isFile() || counted.has(stat.ino)) return 0;
  if (stat.nlink > 1) counted.add(stat.ino);
  return stat.size;
}

/** The packages of a node_modules folder by name; scoped ones with their scope. */
function packages(folder) {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(path.join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
    );
}

const limit = process.argv.includes('--max') ? Number(process.argv[process.argv.indexOf('--max') + 1]) : Infinity;
const folder = await mkdtemp(path.join(tmpdir(), 'gridtide-size-'));
try {
  const npm = (cwd, ...args) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const [{ filename }] = JSON.parse(npm(ROOT, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
  await writeFile(path.join(folder, 'package.json'), '{"name":"size","private":true}\n');
  npm(folder, 'install', '--omit=dev', '--no-audit', '--no-fund', `./${filename}`);
  const modules = path.join(folder, 'node_modules');
  const sizes = packages(modules)
    .map((name) => [name, bytesOf(path.join(modules, name)) / 1e6])
    .sort((a, b) => b[1] - a[1]);
  for (const [name, megabytes] of sizes) console.log(`${megabytes.toFixed(2).padStart(8)} MB  ${name}`);
  const sum = sizes.reduce((total, [, megabytes]) => total + megabytes, 0);
  console.log(`${sum.toFixed(2).padStart(8)} MB  in ${sizes.length} packages`);
  if (!(sum <= limit)) {
    console.error(`more than the limit of ${limit} MB`);
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
