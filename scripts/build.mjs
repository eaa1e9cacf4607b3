/**
 * Compiles `src/` into `dist/` and copies what is not TypeScript beside it. The new folder takes the place of the old
 * one only when it is whole, so that a failed build leaves a working product and a running one is never half replaced.
 *
 * `--if-possible` says why and succeeds when the compiler is not installed (`npm ci --omit=dev`).
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = path.join(ROOT, 'src');
const TARGET = path.join(ROOT, 'dist');
/** Started by name, so they must be executable. */
const PROGRAMS = ['cli/main.js'];

/** Files of `src/` that the product reads at run time: everything but TypeScript, fixtures and notes. */
async function assets() {
  const entries = await readdir(SOURCE, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => path.relative(SOURCE, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.split(path.sep).includes('fixtures'));
}

/** Where the compiler is, or undefined when it is not installed. */
function compiler() {
  try {
    const require = createRequire(import.meta.url);
    require.resolve('@types/node/package.json');
    return path.join(path.dirname(require.resolve('typescript-7/package.json')), 'bin/tsc');
  } catch {
    return undefined;
  }
}

async function build() {
  const tsc = compiler();
  if (tsc === undefined) {
    const optional = process.argv.includes('--if-possible');
    console.error(`gridtide: not built, the compiler is not installed${optional ? '' : ': run npm ci first'}`);
    return optional ? 0 : 1;
  }
  const fresh = path.join(ROOT, `.dist-new-${process.pid}`);
  const old = path.join(ROOT, `.dist-old-${process.pid}`);
  try {
    const compiled = spawnSync(
      process.execPath,
      [tsc, '-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', fresh],
      { stdio: 'inherit' },
    );
    if (compiled.status !== 0) return 1;
    for (const file of await assets()) {
      await mkdir(path.dirname(path.join(fresh, file)), { recursive: true });
      await copyFile(path.join(SOURCE, file), path.join(fresh, file));
    }
    for (const program of PROGRAMS) await chmod(path.join(fresh, program), 0o755);
    await rename(TARGET, old).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(fresh, TARGET);
    return 0;
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

process.exitCode = await build();
