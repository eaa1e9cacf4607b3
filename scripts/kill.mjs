/**
 * The kill tests in full: `npm run kill -- --rounds 50 [--seed 1]`. CI runs a few rounds of them; this runs as many
 * as asked, and says at the end how many held.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,4}$/.test(value)) {
    console.error(`--${name}: found "${value}", expected a whole number from 1 on`);
    process.exit(64);
  }
}

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', 'test/scenarios/kill.test.ts', 'src/ledger/kill.test.ts', '--reporter=verbose'],
  { stdio: 'inherit', env: { ...process.env, GRIDTIDE_ROUNDS: values.rounds, GRIDTIDE_SEED: values.seed } },
);
process.exit(status ?? 1);
