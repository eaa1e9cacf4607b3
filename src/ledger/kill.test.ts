import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dirtyThenClean, insertRun, plan, pue, RUN, site, T0 } from '../../test/support/account.ts';
import { receipt } from '../report/index.ts';
import { openStore } from '../store/index.ts';
import { openLedger, verify } from './index.ts';

/** The full number, 20, by `GRIDTIDE_ROUNDS=20`; each round starts a process. */
const KILLS = Number(process.env['GRIDTIDE_ROUNDS'] ?? 6);
const WRITER = fileURLToPath(new URL('../../test/support/write-loop.ts', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gridtide-kill-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A small generator of whole numbers below `below`, the same each time (Lehmer). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** Lets a process write until it has acknowledged `enough` entries, then kills it; what it had acknowledged by its end. */
async function killAfter(enough: number, round: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, folder, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (some: string) => {
    text += some;
    if (text.split('\n').length > enough) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  // A last line without its end was not acknowledged.
  return text.split('\n').slice(0, -1);
}

test(`no acknowledged row is lost and the ledger holds when its writer is killed ${KILLS} times`, {
  timeout: 120_000,
}, async () => {
  const setUp = await openStore(folder);
  const ledger = openLedger(setUp);
  await insertRun(setUp);
  await ledger.writeCounterfactual({ workflowRun: RUN, at: T0, plan, sites: [site] });
  await ledger.record({ workflowRun: RUN, epoch: 1, samples: [], factors: [...dirtyThenClean(), pue()] });
  await setUp.close();

  const random = seeded(20_261_125);
  const acknowledged: string[] = [];
  for (let round = 0; round < KILLS; round += 1) acknowledged.push(...(await killAfter(1 + random(40), round)));
  expect(acknowledged.length).toBeGreaterThan(KILLS);

  const store = await openStore(folder);
  const rows = await store.db.selectFrom('sample').select('id').execute();
  const ids = new Set(rows.map(({ id }) => id));
  expect(acknowledged.filter((id) => !ids.has(`${id}-dynamic`) || !ids.has(`${id}-idle`))).toEqual([]);
  // An entry is there whole or not at all.
  expect(rows.length % 2).toBe(0);
  expect(await verify(store, { receiptOf: receipt })).toMatchObject({ ok: true, runs: 1 });
  await store.close();
});
