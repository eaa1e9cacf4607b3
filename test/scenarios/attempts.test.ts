/**
 * Steps that fail, hang, are lost, do not do as they are asked or print without end; guards that are killed; a reboot.
 * Real processes.
 */
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { until } from '../support/folders.ts';
import { endAllOf, processesOf, untilNoneOf } from '../support/processes.ts';
import { openStage, receiptOf, type Stage, stepOf } from '../support/stage.ts';

const GRID = ['--synthetic', '--zone', 'DE', '--speed', '60'];
/** Nothing waits for clean hours. */
const AT_ONCE = 'policy: { minPredictedSaving: 90 % }';

const HOUR = 3_600_000;
/** Two clean hours with a dirty one between them. */
const CLEAN_DIRTY_CLEAN = `time,DE\n${[100, 900, 100, 900, 900, 900, 900, 900]
  .map((intensity, hour) => `${new Date(Date.UTC(2026, 2, 18, hour)).toISOString()},${intensity}\n`)
  .join('')}`;
const PAUSING = ['--grid', 'grid.csv', '--zone', 'DE', '--at', '2026-03-18T00:00Z', '--speed', '1200'];

/** Tests run beside each other here, so each takes `onTestFinished` from its own context. */
function stageWith(steps: string, { onTestFinished }: TestContext, policy = AT_ONCE): Stage {
  const stage = openStage();
  stage.write('workflow.yaml', `gridtide: 1\nworkflow: attempts\ndeadline: +5h\n${policy}\nsteps:\n${steps}`);
  stage.write('grid.csv', CLEAN_DIRTY_CLEAN);
  onTestFinished(() => stage.close());
  return stage;
}

/** Runs the workflow to its end; its receipt, after the ledger was verified and nothing was left running. */
async function runToEnd(stage: Stage, grid: readonly string[] = GRID) {
  const { id, running } = await stage.accept('workflow.yaml', ...grid);
  const ended = await running.ended;
  return { id, ended, ...(await afterEnd(stage, id)) };
}

async function afterEnd(stage: Stage, id: string) {
  const verified = await stage.command('verify');
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  await untilNoneOf(stage.folder);
  const shown = await stage.show(id);
  return { shown, receipt: receiptOf(shown) };
}

const runFolder = (stage: Stage, id: string, step: string, number: number): string =>
  join(stage.home, 'runs', id, 'steps', step, String(number));

const pidIn = (file: string): number => Number(readFileSync(file, 'utf8').split(' ')[0]);
const guardOf = (stage: Stage, id: string): number => pidIn(join(stage.home, 'runs', id, 'guard'));
const isAlive = (stage: Stage, pid: number): boolean => processesOf(stage.folder).some((found) => found.pid === pid);

async function killed(stage: Stage, ...pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('their end', () => pids.every((pid) => !isAlive(stage, pid)));
}

const FAILS_TWICE = `  shaky:
    run: 'echo x >> tries; [ $(wc -l < tries) -ge 3 ]'
    duration: 20m
`;

describe.concurrent('sizes', { timeout: 120_000 }, () => {
  it('a step runs in the size that meets its deadline, and is told which', async (context) => {
    const sized = `  train:
    run: 'echo $GRIDTIDE_LEVEL >> sizes'
    duration: 8h
    power: 10 W
    interruptible: false
    levels: { 1: { speed: 1 }, 2: { speed: 2 } }
`;
    const stage = stageWith(sized, context);
    const { ended, receipt } = await runToEnd(stage);
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.lines('sizes')).toEqual(['2']);
    expect(stepOf(receipt, 'train').outcome).toBe('done');
  });
});

describe.concurrent('failures', { timeout: 120_000 }, () => {
  it('a step that works at its third attempt is done with two retries', async (context) => {
    const stage = stageWith(
      `${FAILS_TWICE}    retries: 2\n  next: { after: shaky, run: 'echo x >> next', duration: 10m }\n`,
      context,
    );
    const { ended, receipt } = await runToEnd(stage);
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.lines('tries')).toHaveLength(3);
    expect(stage.lines('next')).toHaveLength(1);
    expect(receipt.outcome).toBe('done');
    expect(stepOf(receipt, 'shaky')).toMatchObject({ outcome: 'done', attempts: 3, exitCode: 0 });
    const kinds = receipt.events.filter(({ step }) => step === 'shaky').map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'step-failed')).toHaveLength(2);
    expect(kinds.at(-1)).toBe('step-done');
  });

  it('and has failed with one: what waits for it never starts, and the receipt says so', async (context) => {
    const stage = stageWith(
      `${FAILS_TWICE}    retries: 1\n  next: { after: shaky, run: 'echo x >> next', duration: 10m }\n  beside: { run: 'echo x >> beside', duration: 10m }\n`,
      context,
    );
    const { ended, receipt } = await runToEnd(stage);
    expect(ended.code, ended.stderr).toBe(1);
    expect(stage.lines('tries')).toHaveLength(2);
    expect(stage.lines('next')).toEqual([]);
    expect(stage.lines('beside')).toHaveLength(1);
    expect(receipt).toMatchObject({ outcome: 'failed', saving: null });
    expect(receipt.savingWithheld).toContain('did not end well');
    expect(stepOf(receipt, 'shaky')).toMatchObject({ outcome: 'failed', attempts: 2, exitCode: 1 });
    expect(stepOf(receipt, 'next')).toMatchObject({
      outcome: 'not-started',
      attempts: 0,
      exitCode: null,
      itEnergyKWh: 0,
    });
    expect(stepOf(receipt, 'beside')).toMatchObject({ outcome: 'done' });
    expect(ended.stdout).toMatch(/failed/);
  });

  it('a step that hangs is ended at its timeout, asked or not, and that is a failure', async (context) => {
    const stage = stageWith(
      `  hangs: { run: 'echo x >> hangs; exec sleep 300', duration: 1m, timeout: 2m, retries: 1 }
  deaf: { run: 'trap "" TERM; while :; do sleep 0.1; done', duration: 1m, timeout: 2m }
`,
      context,
    );
    const { ended, receipt } = await runToEnd(stage);
    expect(ended.code, ended.stderr).toBe(1);
    expect(stepOf(receipt, 'hangs')).toMatchObject({ outcome: 'failed', attempts: 2, exitCode: 143 });
    expect(stepOf(receipt, 'deaf')).toMatchObject({ outcome: 'failed', attempts: 1, exitCode: 137 });
    // Ended soon after the timeout, not at the end of its sleep: 2 min are 2 s, and the deaf one is given 10 s more.
    expect(stepOf(receipt, 'hangs').ranSeconds).toBeLessThan(2 * 10 * 60);
    expect(stepOf(receipt, 'deaf').ranSeconds).toBeLessThan(25 * 60);
  });

  it('exit code 75 of a step that nobody asked for a checkpoint is a failure like any other', async (context) => {
    const stage = stageWith(
      "  hasty: { run: 'exit 75', duration: 20m, interruptible: { mode: checkpoint, checkpoint: 1m, restart: 1m, signal: SIGUSR1 } }\n",
      context,
    );
    const { ended, receipt } = await runToEnd(stage);
    expect(ended.code).toBe(1);
    expect(stepOf(receipt, 'hasty')).toMatchObject({ outcome: 'failed', attempts: 1, exitCode: 75 });
  });

  it('a step that was killed with its wrapper is lost, and started again without using up a retry', async (context) => {
    const stage = stageWith(
      "  fragile: { run: 'echo x >> starts; [ $(wc -l < starts) -ge 2 ] || sleep 300', duration: 20m }\n",
      context,
    );
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    const folder = runFolder(stage, id, 'fragile', 1);
    // Not before its last process is there: one that begins between the kills would be left, and the run be running.
    const asleep = await until(
      'its sleep',
      () =>
        existsSync(join(folder, 'child')) && processesOf(stage.cwd).find(({ command }) => command === 'sleep 300')?.pid,
    );
    await killed(stage, pidIn(join(folder, 'claim')));
    await killed(stage, pidIn(join(folder, 'child')));
    if (isAlive(stage, asleep)) await killed(stage, asleep);
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.lines('starts')).toHaveLength(2);
    const { receipt } = await afterEnd(stage, id);
    expect(stepOf(receipt, 'fragile')).toMatchObject({ outcome: 'done', attempts: 2 });
    expect(receipt.events.find(({ kind }) => kind === 'step-lost')?.text).toContain('was lost');
  });
});

describe.concurrent('checkpoints that are not', { timeout: 120_000 }, () => {
  const CHECKPOINT = 'interruptible: { mode: checkpoint, checkpoint: 2m, restart: 2m, signal: SIGUSR1 }';
  const NO_LIMIT = 'policy: { minPredictedSaving: 0 % }';

  it('a program that ignores the request is frozen where it is, and goes on', async (context) => {
    const stage = stageWith(`  train: { run: [sh, train.sh], duration: 90m, ${CHECKPOINT} }\n`, context, NO_LIMIT);
    stage.write(
      'train.sh',
      `trap 'echo asked >> asked' USR1
echo start >> starts
i=0; while [ $i -lt 70 ]; do i=$((i + 1)); echo $i >> ticks; sleep 0.05; done
echo end >> ends
`,
    );
    const { ended, receipt } = await runToEnd(stage, PAUSING);
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.lines('asked')).toEqual(['asked']);
    expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
    expect(stage.lines('ticks')).toHaveLength(70);
    const train = stepOf(receipt, 'train');
    expect(train).toMatchObject({ outcome: 'done', attempts: 1 });
    expect(train.pauses).toBeGreaterThan(0);
    // Most of the dirty hour, the time to write a checkpoint left out.
    expect(train.pausedSeconds).toBeGreaterThan((0.5 * HOUR) / 1000);
    expect(receipt.earlySeconds).toBeGreaterThan(0);
  });

  it('a program that dies of the request is started again, and has not failed', async (context) => {
    const stage = stageWith(`  train: { run: [sh, train.sh], duration: 90m, ${CHECKPOINT} }\n`, context, NO_LIMIT);
    stage.write(
      'train.sh',
      `echo start >> starts
[ $(wc -l < starts) -ge 2 ] && { echo end >> ends; exit 0; }
trap 'trap - USR1; kill -USR1 $$' USR1
i=0; while [ $i -lt 600 ]; do i=$((i + 1)); sleep 0.05; done
`,
    );
    const { ended, receipt } = await runToEnd(stage, PAUSING);
    expect(ended.code, ended.stderr).toBe(0);
    expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start', 'start'], ['end']]);
    expect(stepOf(receipt, 'train')).toMatchObject({ outcome: 'done', attempts: 2, exitCode: 0 });
  });
});

describe.concurrent('output', { timeout: 120_000 }, () => {
  it('with escape sequences does not reach the terminal', async (context) => {
    const stage = stageWith(
      `  loud: { run: "printf 'plain \\\\033[31mred\\\\033[0m \\\\033]0;title\\\\007 \\\\302\\\\233\\\\r31m end\\\\n'; sleep 1", duration: 20m }\n`,
      context,
    );
    const { ended, shown } = await runToEnd(stage);
    expect(ended.code, ended.stderr).toBe(0);
    const { lastLine } = stepOf(shown, 'loud');
    expect(lastLine).toMatch(/^plain .*red.* end$/);
    for (const text of [lastLine, ended.stdout, ended.stderr]) {
      expect(text.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)).toBeNull();
    }
    expect((await stage.command('logs')).stdout).toContain('\u001b[31mred');
  });

  it('without end does not fill the disk', async (context) => {
    const stage = stageWith(
      '  chatty: { run: \'head -c 50000000 /dev/zero | tr "\\0" "a"; echo END\', duration: 20m }\n',
      context,
    );
    const { ended, id, shown } = await runToEnd(stage);
    expect(ended.code, ended.stderr).toBe(0);
    const all = readdirSync(stage.home, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(stage.home, name)))
      .reduce((sum, { size, blocks }) => sum + Math.max(size, blocks * 512), 0);
    expect(all).toBeLessThan(20 * 2 ** 20);
    expect(statSync(join(runFolder(stage, id, 'chatty', 1), 'output.log')).size).toBe(8 * 2 ** 20);
    expect(readFileSync(join(runFolder(stage, id, 'chatty', 1), 'output.tail'), 'utf8').endsWith('aEND\n')).toBe(true);
    expect(stepOf(shown, 'chatty').lastLine.length).toBeLessThanOrEqual(4096);
  });
});

const PATIENT = "  work: { run: 'echo start >> starts; sleep 0.3; echo end >> ends', duration: 3h }\n";

describe.concurrent('guards', { timeout: 120_000 }, () => {
  it('a run has one, and one that was killed is started again by the controller', async (context) => {
    // A slot of an hour is a minute of real time here: the guard is not only seen to when a slot begins.
    const stage = stageWith("  work: { run: 'sleep 12', duration: 30m }\n", context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID, '--slot', '60');
    const guards = (): number[] =>
      processesOf(stage.folder).flatMap(({ pid, command }) => (command.includes('guard-main') ? [pid] : []));
    await until('its start', () => processesOf(stage.cwd).some(({ command }) => command === 'sleep 12'));
    await delay(1_000); // a second guard would have begun by now
    const [first = 0, ...more] = guards();
    expect(more).toEqual([]);
    expect(guardOf(stage, id)).toBe(first);
    await killed(stage, first);
    const second = await until('another guard', () => guardOf(stage, id) !== first && guardOf(stage, id));
    expect(guards()).toEqual([second]);
    expect(await running.ended).toMatchObject({ code: 0 });
    await afterEnd(stage, id);
  });

  it('whose orders are damaged stays, and the controller writes them anew and says so once', async (context) => {
    const stage = stageWith("  work: { run: 'sleep 12', duration: 30m }\n", context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID, '--slot', '60');
    await until('its start', () => processesOf(stage.cwd).some(({ command }) => command === 'sleep 12'));
    const guard = guardOf(stage, id);
    const orders = join(stage.home, 'runs', id, 'orders.json');
    const claim = join(runFolder(stage, id, 'work', 1), 'claim');
    // That it began is planned for, too: after that the orders stay as they are for a while.
    await until('the orders after its start', () => statSync(orders).mtimeMs > statSync(claim).mtimeMs);
    writeFileSync(orders, readFileSync(orders, 'utf8').slice(0, -9));
    await until('new orders', () => readFileSync(orders, 'utf8').endsWith('}]}'));
    expect(guardOf(stage, id)).toBe(guard);
    expect(await running.ended).toMatchObject({ code: 0 });
    const { receipt } = await afterEnd(stage, id);
    expect(receipt.events.filter(({ kind }) => kind === 'orders-mended')).toHaveLength(1);
  });

  it('one that was killed with its controller is started again by the next ls, and keeps the deadline', async (context) => {
    const stage = stageWith(PATIENT, context, 'policy: { minPredictedSaving: 0 % }');
    const { id, running } = await stage.accept('workflow.yaml', '--synthetic', '--zone', 'DE', '--speed', '900');
    running.process.kill('SIGKILL');
    await running.ended;
    const first = await until(
      'its guard',
      () => existsSync(join(stage.home, 'runs', id, 'guard')) && guardOf(stage, id),
    );
    await killed(stage, first);
    expect(processesOf(stage.folder)).toEqual([]);
    expect((await stage.command('ls')).stdout).toContain(id);
    await until('its end', () => stage.lines('ends').length > 0);
    expect((await stage.command('attach', id)).code).toBe(0);
    expect(stage.lines('starts')).toEqual(['start']);
    const { receipt } = await afterEnd(stage, id);
    expect(receipt).toMatchObject({ outcome: 'done', steps: [{ attempts: 1 }] });
    expect(receipt.earlySeconds).toBeGreaterThan(0);
  });
});

describe('a reboot', { timeout: 120_000 }, () => {
  it('loses what ran, which is started again; what nobody measured is a gap and not zero', async (context) => {
    const stage = stageWith(
      "  before: { run: 'echo end >> before', duration: 10m }\n  work: { after: before, run: 'echo start >> starts; [ $(wc -l < starts) -ge 2 ] || while :; do :; done; echo end >> ends', duration: 20m }\n",
      context,
    );
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    const folder = runFolder(stage, id, 'work', 1);
    await until('its start', () => stage.lines('starts').length > 0 && existsSync(join(folder, 'child')));
    await delay(1_200); // a gap of less than a second is not worth a row
    running.process.kill('SIGKILL');
    await running.ended;
    // What a reboot leaves: no process, no control group, and claims of a boot that is over.
    await endAllOf(stage.folder);
    const claim = join(folder, 'claim');
    const { atime, mtime } = statSync(claim);
    const [pid, start] = readFileSync(claim, 'utf8').split(' ');
    writeFileSync(claim, `${pid} ${start} 00000000-0000-0000-0000-000000000000\n`);
    utimesSync(claim, atime, mtime);

    const attached = await stage.command('attach', id);
    expect(attached.code, attached.stdout + attached.stderr).toBe(0);
    expect(stage.lines('before')).toEqual(['end']);
    expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start', 'start'], ['end']]);
    const { receipt } = await afterEnd(stage, id);
    expect(receipt.outcome).toBe('done');
    expect(stepOf(receipt, 'before')).toMatchObject({ outcome: 'done', attempts: 1 });
    expect(stepOf(receipt, 'work')).toMatchObject({ outcome: 'done', attempts: 2, exitCode: 0 });
    expect(receipt.events.some(({ kind, step }) => kind === 'step-lost' && step === 'work')).toBe(true);
    const gap = receipt.energy.missing.find(({ step }) => step === 'work');
    expect(gap?.why).toMatch(/\w{4}/);
    expect(Date.parse(gap?.end ?? '')).toBeGreaterThan(Date.parse(gap?.start ?? ''));
    expect(receipt.energy.coveragePercent).toBeLessThan(100);
  });
});
