/**
 * Packs the product and looks at the tarball as its users will: publint reads its fields and files, Are the Types Wrong
 * resolves its types for those who import it as ESM.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(path.join(tmpdir(), 'gridtide-pack-'));
try {
  // Without scripts: packing would build a second time.
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [{ filename }] = JSON.parse(packed);
  const tarball = path.join(folder, filename);
  const judges = [
    ['publint', tarball, '--strict'],
    ['attw', tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'],
  ];
  for (const [judge, ...args] of judges) {
    const { status } = spawnSync(path.join(ROOT, 'node_modules/.bin', judge), args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
