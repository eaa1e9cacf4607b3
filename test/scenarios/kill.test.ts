/**
 * The controller is killed with -9 at random moments of a run, replaced, killed again; or never replaced. Real
 * processes, seeded. `GRIDTIDE_ROUNDS=50` (or `npm run kill -- --rounds 50`) runs the full number.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder, until } from '../support/folders.ts';
import { type Ended, gridtide, seeded, startGridtide } from '../support/gridtide.ts';

const ROUNDS = Number(process.env['GRIDTIDE_ROUNDS'] ?? 3);
const SEED = Number(process.env['GRIDTIDE_SEED'] ?? 1);
const SPEED = 1200;

/** Does twelve pieces of work, each once over all its runs; asked by SIGUSR1, notes where it is and ends with 75. */
const TRAIN = `#!/bin/sh
trap 'exit 75' USR1
done=0
[ -f train.at ] && done=$(cat train.at)
while [ "$done" -lt 12 ]; do
  end=$(($(date +%s%N) / 1000000 + 90))
  while [ $(($(date +%s%N) / 1000000)) -lt $end ]; do :; done
  done=$((done + 1))
  echo "$done" > train.next && mv train.next train.at
  echo "$done" >> train.pieces
done
echo end >> train.ends
`;

const WORKFLOW = `gridtide: 1
workflow: kill
deadline: +8h
policy: { minPredictedSaving: 0 % }
steps:
  prepare: { run: 'echo start >> prepare.starts; sleep 0.4; echo end >> prepare.ends', duration: 20m }
  train:
    after: prepare
    run: [sh, train.sh]
    duration: 60m
    interruptible: { mode: checkpoint, checkpoint: 2m, restart: 2m, signal: SIGUSR1 }
  clean:
    after: prepare
    run: 'echo start >> clean.starts; i=0; while [ $i -lt 8 ]; do sleep 0.1; i=$((i + 1)); done; echo end >> clean.ends'
    duration: 40m
    interruptible: true
  score: { after: [train, clean], run: 'echo start >> score.starts; sleep 0.2; echo end >> score.ends', duration: 10m }
`;

interface Receipt {
  readonly outcome: string;
  readonly earlySeconds: number;
  readonly steps: readonly { readonly step: string; readonly outcome: string; readonly itEnergyKWh: number }[];
  readonly energy: { readonly coveragePercent: number };
}

function round(seed: number, replaced: boolean): void {
  it(`round ${seed}: ${replaced ? 'killed and replaced' : 'killed and left alone'}, each step runs once and in time`, {
    timeout: 180_000,
  }, async () => {
    const random = seeded(seed);
    const { folder, cleanup } = temporaryFolder();
    const home = join(folder, 'home');
    const at = { home, cwd: folder };
    writeFileSync(join(folder, 'workflow.yaml'), WORKFLOW);
    writeFileSync(join(folder, 'train.sh'), TRAIN);
    const lines = (file: string): string[] =>
      existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim().split('\n') : [];

    const first = startGridtide(
      ['run', 'workflow.yaml', '--synthetic', String(seed), '--speed', String(SPEED), '--zone', 'DE'],
      at,
    );
    // A run that was acknowledged is never lost; before that, there is nothing to lose.
    const id = await until('the acknowledgement', () => /accepted as (\S+)/.exec(first.stdout())?.[1]);
    await delay(random() * 6_000);
    first.process.kill('SIGKILL');
    await first.ended;

    let last: Ended | undefined;
    if (!replaced) await until('the guard to finish it', () => lines('score.ends').length > 0, 120_000);
    for (let kills = 0; last === undefined; kills += 1) {
      await delay(random() * 1_500);
      const attached = startGridtide(['attach', id], at);
      if (replaced && kills < 2 && random() < 0.6) {
        await delay(random() * 4_000);
        attached.process.kill('SIGKILL');
        await attached.ended;
      } else {
        last = await attached.ended;
      }
    }
    expect(last, last.stderr).toMatchObject({ code: 0 });

    for (const step of ['prepare', 'clean', 'score']) {
      expect(lines(`${step}.starts`), step).toEqual(['start']);
      expect(lines(`${step}.ends`), step).toEqual(['end']);
    }
    expect(lines('train.ends')).toEqual(['end']);
    expect(lines('train.pieces')).toEqual(Array.from({ length: 12 }, (_, i) => String(i + 1)));

    const shown = await gridtide(['--json', 'show', id], at);
    const receipt: Receipt = JSON.parse(shown.stdout).receipt;
    expect(receipt.outcome).toBe('done');
    expect(receipt.earlySeconds).toBeGreaterThanOrEqual(0);
    // The busy step used energy whoever watched; nothing that ran is entered as zero.
    for (const { step, itEnergyKWh } of receipt.steps) expect(itEnergyKWh, step).toBeGreaterThan(0);
    expect(receipt.energy.coveragePercent).toBeGreaterThan(95);

    const verified = await gridtide(['verify'], at);
    expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
    cleanup();
  });
}

for (let i = 0; i < ROUNDS; i += 1) round(SEED + i, i % 5 !== 4);
if (ROUNDS < 5) round(SEED + 1000, false);
