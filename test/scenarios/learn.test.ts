/**
 * Plans that learn from runs: real commands, a home of their own, the clock of everybody.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { untilNoneOf } from '../support/processes.ts';
import { oneObject, openStage, type Stage } from '../support/stage.ts';

const GRID = ['--synthetic', '--zone', 'DE'];

/** Nothing waits for clean hours. */
const workflow = (step: string, policy = ''): string => `gridtide: 1
workflow: learns
deadline: +3h
policy: { minPredictedSaving: 90 %${policy} }
steps:
  train: { ${step} }
`;
const TRAIN = "run: 'sleep 0.4; echo done >> ran'";

let stage: Stage;

/** What a plan says that its only step is reckoned with. */
async function reckoned(file: string, ...options: readonly string[]) {
  const ended = await stage.command('--json', 'plan', file, ...GRID, ...options);
  expect(ended.code, ended.stderr).toBe(0);
  const plan = z
    .object({
      steps: z.tuple([
        z.object({
          energyKWh: z.number(),
          intervals: z.tuple([z.object({ start: z.string(), end: z.string() })]),
          reckoning: z.object({
            p50Seconds: z.number(),
            p90Seconds: z.number(),
            powerW: z.number(),
            runs: z.number(),
            cutRuns: z.number(),
            words: z.string(),
          }),
        }),
      ]),
    })
    .parse(oneObject(ended));
  const [{ reckoning, intervals, energyKWh }] = plan.steps;
  const seconds = (Date.parse(intervals[0].end) - Date.parse(intervals[0].start)) / 1_000;
  return { ...reckoning, seconds, energyKWh };
}

beforeAll(async () => {
  stage = openStage();
  stage.write('declared.yaml', workflow(`${TRAIN}, duration: 1h, power: 500 W`));
  for (let i = 0; i < 3; i++) {
    const ended = await stage.command('run', 'declared.yaml', ...GRID);
    expect(ended.code, ended.stderr).toBe(0);
  }
  expect(stage.lines('ran')).toHaveLength(3);
}, 120_000);

afterAll(async () => {
  try {
    await untilNoneOf(stage.folder);
  } finally {
    await stage.close();
  }
});

describe('after three runs', { timeout: 60_000 }, () => {
  it('a plan expects the step to take less than declared, guards what was declared, and says why', async () => {
    const learned = await reckoned('declared.yaml');
    expect(learned).toMatchObject({ p90Seconds: 3_600, runs: 3, cutRuns: 0 });
    expect(learned.p50Seconds).toBeLessThan(600);
    expect(learned.seconds).toBe(learned.p50Seconds);
    // A meter of this machine, or a model of it, says otherwise than the owner of a command that sleeps.
    expect(learned.powerW).toBeLessThan(500);
    expect(learned.energyKWh).toBeCloseTo((learned.powerW * learned.p50Seconds) / 3.6e6, 9);
    expect(learned.words).toMatch(
      /^declared 1\u202fh, with 3 runs: expects .* \(guards leave 1\u202fh\), .*W \(declared 500\u202fW\)$/,
    );
    const drawn = await stage.command('plan', 'declared.yaml', ...GRID);
    expect(drawn.stdout.replace(/\s+/g, ' ')).toContain('learned declared 1 h, with 3 runs: expects');
  });

  it('it does not where it is told not to', async () => {
    const declared = { p50Seconds: 3_600, p90Seconds: 3_600, powerW: 500, runs: 0, words: 'declared 1\u202fh' };
    expect(await reckoned('declared.yaml', '--no-learn')).toMatchObject(declared);
    stage.write('off.yaml', workflow(`${TRAIN}, duration: 1h, power: 500 W`, ', learn: off'));
    expect(await reckoned('off.yaml')).toMatchObject(declared);
    stage.write('other.yaml', workflow("run: 'sleep 0.5', duration: 1h, power: 500 W"));
    expect(await reckoned('other.yaml')).toMatchObject(declared);
  });

  it('the step needs no declared duration any more, and without learning it does', async () => {
    stage.write('bare.yaml', workflow(TRAIN));
    const learned = await reckoned('bare.yaml');
    expect(learned.p90Seconds).toBeLessThan(60);
    expect(learned.p90Seconds).toBeGreaterThanOrEqual(learned.p50Seconds);
    expect(learned.words).toMatch(/^with 3 runs: expects/);
    const refused = await stage.command('plan', 'bare.yaml', ...GRID, '--no-learn');
    expect(refused).toMatchObject({ code: 65, stdout: '' });
    expect(refused.stderr).toMatch(/steps\.train\.duration is missing\n\s+bare\.yaml:6:10\n/);
  });

  it('another command of the same name does, and is told when it will not', async () => {
    stage.write('changed.yaml', workflow('run: sleep 0.5'));
    const refused = await stage.command('plan', 'changed.yaml', ...GRID);
    expect(refused).toMatchObject({ code: 65, stdout: '' });
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain('until enough of its runs have ended well to say it');
  });

  it('a run without a declared duration is run, and its receipt verifies', async () => {
    stage.write('bare.yaml', workflow(TRAIN));
    const ended = await stage.command('run', 'bare.yaml', ...GRID);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await stage.command('verify')).toMatchObject({ code: 0 });
    expect((await reckoned('bare.yaml')).runs).toBe(4);
  });
});

it('a command needs no --needs once it has run three times', { timeout: 90_000 }, async () => {
  const run = (...options: readonly string[]) =>
    stage.command('run', '--within', '1h', ...options, ...GRID, '--', 'sleep', '0.3');
  expect(await run()).toMatchObject({ code: 64, stdout: '' });
  for (let i = 0; i < 3; i++) expect(await run('--needs', '50m')).toMatchObject({ code: 0 });
  expect(await run()).toMatchObject({ code: 0 });
  const refused = await stage.command('run', '--within', '1h', ...GRID, '--', 'sleep', '0.31');
  expect(refused).toMatchObject({ code: 64, stdout: '' });
  expect(refused.stderr).toContain('--needs');
});

it('a table of past runs that is gone keeps no plan from being made and no run from ending', {
  timeout: 60_000,
}, async () => {
  const broken = openStage();
  try {
    broken.write('declared.yaml', workflow(`${TRAIN}, duration: 1h, power: 500 W`));
    expect(await broken.command('run', 'declared.yaml', ...GRID)).toMatchObject({ code: 0 });
    const sqlite = new BetterSqlite(join(broken.home, 'gridtide.sqlite'));
    sqlite.exec('drop table past_attempt');
    sqlite.close();
    const planned = await broken.command('--json', 'plan', 'declared.yaml', ...GRID);
    expect(planned.code, planned.stderr).toBe(0);
    expect(oneObject(planned)['warnings']).toEqual([expect.stringContaining('nothing is learned from past runs')]);
    const ended = await broken.command('run', 'declared.yaml', ...GRID);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('nothing is learned from past runs: no such table: past_attempt');
  } finally {
    await broken.close();
  }
});

it('a store that cannot be read is no reason not to plan', { timeout: 60_000 }, async () => {
  const broken = openStage();
  try {
    broken.write('declared.yaml', workflow(`${TRAIN}, duration: 1h, power: 500 W`));
    expect(await broken.command('run', 'declared.yaml', ...GRID)).toMatchObject({ code: 0 });
    const file = join(broken.home, 'gridtide.sqlite');
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    broken.write('../home/gridtide.sqlite', 'no database, but text that is long enough to be read as the head of one');
    const planned = await broken.command('--json', 'plan', 'declared.yaml', ...GRID);
    expect(planned.code, planned.stderr).toBe(0);
    expect(oneObject(planned)['warnings']).toEqual([expect.stringContaining('nothing is learned from past runs')]);
  } finally {
    await broken.close();
  }
});
