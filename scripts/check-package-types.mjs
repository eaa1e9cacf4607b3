/**
 * Packs the product and asks Are the Types Wrong whether its types resolve for those who import it as ESM.
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
  });
  const [{ filename }] = JSON.parse(packed);
  const attw = path.join(ROOT, 'node_modules/.bin/attw');
  const { status } = spawnSync(attw, [path.join(folder, filename), '--profile', 'esm-only', '--no-emoji'], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
