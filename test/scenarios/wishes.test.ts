/**
 * What people ask of a run while it is under way: to be left alone, to pause, to go on, to end. Real processes.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { until } from '../support/folders.ts';
import { controlGroupsOf, processesIn, processesOf, untilNoneOf } from '../support/processes.ts';
import { openStage, receiptOf, type Stage, stepOf } from '../support/stage.ts';

const SPEED = 60;
const GRID = ['--synthetic', '--zone', 'DE', '--speed', String(SPEED)];
/** Long enough for a process that runs to show it. */
const A_WHILE_MS = 400;

/** Seven seconds and more: whoever looks in the middle of it must have started by then, on a busy machine too. */
const TICKS = 160;
/** Runs at once and in one piece, in pieces that can be counted. */
const WORK = `gridtide: 1
workflow: work
deadline: +2h
policy: { minPredictedSaving: 90 % }
steps:
  work:
    run: 'echo start >> starts; i=0; while [ $i -lt ${TICKS} ]; do i=$((i + 1)); echo $i >> ticks; sleep 0.04; done; echo end >> ends'
    duration: 20m
`;

/** Goes on until it is ended, and has a daemon that left its session and a deaf ear for polite requests. */
const STUBBORN = `gridtide: 1
workflow: stubborn
deadline: +2h
policy: { minPredictedSaving: 90 % }
steps:
  work:
    run: |
      setsid sh -c 'while :; do echo x >> daemon; sleep 0.05; done' &
      trap "" TERM
      while :; do echo x >> ticks; sleep 0.05; done
    duration: 20m
  never: { after: work, run: 'echo start >> never', duration: 10m }
`;

/** The second step goes on until it is ended. */
const TWO = `gridtide: 1
workflow: two
deadline: +2h
policy: { minPredictedSaving: 90 % }
steps:
  first: { run: 'echo start >> starts', duration: 10m }
  second: { after: first, run: 'while :; do echo x >> ticks; sleep 0.05; done', duration: 20m }
`;

/** Waits for a cleaner hour until its latest start. */
const PATIENT = `gridtide: 1
workflow: patient
deadline: +4h
policy: { minPredictedSaving: 0 % }
steps:
  work: { run: 'echo start >> starts; sleep 0.3; echo end >> ends', duration: 1h }
`;

/** Tests run beside each other here, so each takes `onTestFinished` from its own context. */
function stageWith(workflow: string, { onTestFinished }: TestContext): Stage {
  const stage = openStage();
  stage.write('workflow.yaml', workflow);
  onTestFinished(() => stage.close());
  return stage;
}

const growing = (stage: Stage, file: string, from = stage.lines(file).length): Promise<unknown> =>
  until(`${file} to grow`, () => stage.lines(file).length > from + 2);

/** CPU time in ticks of everything in the run's control group, with children that have ended. */
function cpuTicks(stage: Stage): number {
  const pids = controlGroupsOf(stage.folder).flatMap(processesIn);
  return pids.reduce((sum, pid) => {
    const stat = `/proc/${pid}/stat`;
    if (!existsSync(stat)) return sum;
    const fields = readFileSync(stat, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
  }, 0);
}

/** Fails unless everything of the step stands still from now on for a while. */
async function standsStill(stage: Stage): Promise<void> {
  const seen = { ticks: stage.lines('ticks').length, cpu: cpuTicks(stage) };
  await delay(A_WHILE_MS);
  expect({ ticks: stage.lines('ticks').length, cpu: cpuTicks(stage) }).toEqual(seen);
}

const verified = async (stage: Stage): Promise<void> => {
  const ended = await stage.command('verify');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
};

describe.concurrent('wishes', { timeout: 120_000 }, () => {
  it.for(['SIGINT', 'SIGHUP'] as const)(
    '%s ends the watching, not the work; attach finishes it',
    async (name, context) => {
      const stage = stageWith(WORK, context);
      const { id, running } = await stage.accept('workflow.yaml', ...GRID);
      await growing(stage, 'ticks');
      running.process.kill(name);
      const left = await running.ended;
      expect(left.code, left.stderr).toBe(130);
      expect(left.stdout).toContain('the work goes on');
      expect(left.stdout).toContain(`gridtide attach ${id}`);
      expect(left.stdout).toContain(`gridtide cancel ${id}`);
      await growing(stage, 'ticks');
      expect(await stage.show(id)).toMatchObject({ state: 'active', attended: false });

      const attached = await stage.command('attach', id);
      expect(attached.code, attached.stderr).toBe(0);
      expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
      const receipt = receiptOf(await stage.show(id));
      expect(receipt).toMatchObject({ outcome: 'done', steps: [{ attempts: 1, pauses: 0 }] });
      expect(receipt.energy.coveragePercent).toBeGreaterThan(95);
      await verified(stage);
      await untilNoneOf(stage.folder);
    },
  );

  it('pause has an attended run stand still until resume', async (context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    expect(await stage.command('pause', id)).toMatchObject({ code: 0, stderr: '' });
    await until('its stop', () => processesOf(stage.cwd).length > 0);
    await delay(A_WHILE_MS);
    await standsStill(stage);
    const paused = await stage.show(id);
    expect(paused).toMatchObject({ state: 'active', attended: true, steps: [{ state: 'paused' }] });
    expect(Date.parse(paused.heldSince ?? '')).toBeLessThanOrEqual(Date.parse(paused.now));

    const before = stage.lines('ticks').length;
    expect((await stage.command('resume', id)).code).toBe(0);
    await growing(stage, 'ticks', before);
    expect(await stage.show(id)).toMatchObject({ heldSince: null });
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.lines('ticks')).toHaveLength(TICKS);
    const receipt = receiptOf(await stage.show(id));
    expect(receipt).toMatchObject({ outcome: 'done', steps: [{ attempts: 1, pauses: 1 }] });
    expect(stepOf(receipt, 'work').pausedSeconds).toBeGreaterThan(A_WHILE_MS / 1000);
    expect(receipt.events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['run-paused', 'run-resumed']));
    await verified(stage);
  });

  it('pause has an unattended run stand still, and its guard respects it', async (context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    running.process.kill('SIGKILL');
    await running.ended;
    expect((await stage.command('pause', id)).code).toBe(0);
    await delay(A_WHILE_MS);
    await standsStill(stage);
    expect(await stage.show(id)).toMatchObject({ attended: false, steps: [{ state: 'paused' }] });

    const before = stage.lines('ticks').length;
    const resumed = await stage.command('resume', id);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain(`gridtide attach ${id}`);
    await growing(stage, 'ticks', before);
    expect((await stage.command('attach', id)).code).toBe(0);
    expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
    const receipt = receiptOf(await stage.show(id));
    expect(receipt.steps).toMatchObject([{ outcome: 'done', attempts: 1, pauses: 1 }]);
    expect(receipt.energy.coveragePercent).toBeGreaterThan(95);
    await verified(stage);
  });

  it('a paused run is not started even by its guard; that it ended late is said', async (context) => {
    const stage = stageWith(PATIENT, context);
    const speed = 900;
    const { id, running } = await stage.accept(
      'workflow.yaml',
      '--synthetic',
      '--zone',
      'DE',
      '--speed',
      String(speed),
    );
    running.process.kill('SIGINT');
    await running.ended;
    expect((await stage.command('pause', id)).code).toBe(0);
    const { steps, now, deadline } = await stage.show(id);
    expect(steps).toMatchObject([{ state: 'waiting' }]);
    await delay((Date.parse(deadline) - Date.parse(now)) / speed + A_WHILE_MS);
    expect(stage.lines('starts')).toEqual([]);
    expect((await stage.command('resume', id)).code).toBe(0);
    await until('its guard to start it', () => stage.lines('ends').length > 0);
    const attached = await stage.command('attach', id);
    expect(attached.code, attached.stderr).toBe(0);
    expect(stage.lines('starts')).toEqual(['start']);
    const receipt = receiptOf(await stage.show(id));
    expect(receipt.outcome).toBe('done');
    expect(receipt.earlySeconds).toBeLessThan(0);
    expect(attached.stdout).toMatch(/after its deadline|late/);
    await verified(stage);
  });

  it('cancel ends an attended run with all that it started, daemons and the deaf included', async (context) => {
    const stage = stageWith(STUBBORN, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await Promise.all([growing(stage, 'ticks'), growing(stage, 'daemon')]);
    const groups = controlGroupsOf(stage.folder);
    const cancelled = await stage.command('cancel', id);
    expect(cancelled.code, cancelled.stderr).toBe(0);
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(1);
    expect(groups.flatMap(processesIn)).toEqual([]);
    // Without a control group nothing reaches a daemon that left its session.
    if (groups.length > 0) await untilNoneOf(stage.folder);

    const shown = await stage.show(id);
    expect(shown).toMatchObject({ state: 'cancelled', attended: false });
    const receipt = receiptOf(shown);
    expect(receipt).toMatchObject({ outcome: 'cancelled', saving: null });
    expect(receipt.savingWithheld).toContain('did not end well');
    expect(stepOf(receipt, 'work')).toMatchObject({ outcome: 'cancelled', attempts: 1 });
    expect(stepOf(receipt, 'work').itEnergyKWh).toBeGreaterThan(0);
    expect(stepOf(receipt, 'never')).toMatchObject({ outcome: 'not-started', attempts: 0 });
    expect(stage.lines('never')).toEqual([]);
    expect((await stage.command('cancel', id)).code).toBe(69);
    expect((await stage.command('resume', id)).code).toBe(69);
    await verified(stage);
  });

  it('cancel ends and settles a paused run that nobody attends', async (context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    running.process.kill('SIGKILL');
    await running.ended;
    expect((await stage.command('pause', id)).code).toBe(0);
    const cancelled = await stage.command('cancel', id);
    expect(cancelled.code, cancelled.stderr).toBe(0);
    expect(cancelled.stdout).toContain(`gridtide show ${id}`);
    await untilNoneOf(stage.folder);
    expect(stage.lines('ends')).toEqual([]);
    const receipt = receiptOf(await stage.show(id));
    expect(receipt).toMatchObject({ outcome: 'cancelled', saving: null, steps: [{ outcome: 'cancelled' }] });
    await verified(stage);
  });

  it.for(['ls', 'show'])('a run that ended with nobody there is accounted for by %s', async (look, context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    running.process.kill('SIGKILL');
    await running.ended;
    await until('its end', () => stage.lines('ends').length > 0 && processesOf(stage.folder).length === 0);
    const looks = await Promise.all([stage.command(look), stage.command(look)]);
    for (const { code, stdout, stderr } of looks) expect(code, stdout + stderr).toBe(0);
    const receipt = receiptOf(await stage.show(id));
    expect(receipt).toMatchObject({ outcome: 'done', steps: [{ attempts: 1, outcome: 'done' }] });
    expect((await stage.command('ls')).stdout).toMatch(new RegExp(`${id} .*done`));
    await verified(stage);
  });

  it('a run whose grid file is gone is accounted for without it', async (context) => {
    const stage = stageWith(WORK, context);
    stage.write('grid.csv', 'time,DE\n2022-06-01T06:00Z,200\n2022-06-01T07:00Z,200\n2022-06-01T23:00Z,200\n');
    const grid = ['--grid', 'grid.csv', '--zone', 'DE', '--at', '2022-06-01T08:00Z', '--speed', String(SPEED)];
    const { id, running } = await stage.accept('workflow.yaml', ...grid);
    await growing(stage, 'ticks');
    running.process.kill('SIGKILL');
    await running.ended;
    rmSync(join(stage.cwd, 'grid.csv'));
    await until('its end', () => stage.lines('ends').length > 0 && processesOf(stage.folder).length === 0);
    const shown = await stage.command('show', id);
    expect(shown.code, shown.stdout + shown.stderr).toBe(0);
    const receipt = receiptOf(await stage.show(id));
    expect(receipt).toMatchObject({ outcome: 'done', saving: null });
    expect(receipt.notes.join(' ')).toMatch(/grid/);
    await verified(stage);
  });

  it('a resume that is killed in the middle leaves nothing frozen', async (context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    running.process.kill('SIGKILL');
    await running.ended;
    expect((await stage.command('pause', id)).code).toBe(0);
    await standsStill(stage);
    rmSync(join(stage.home, 'runs', id, 'hold')); // as far as it got
    await until('its end', () => stage.lines('ends').length > 0);
    expect(stage.lines('starts')).toEqual(['start']);
  });

  it('cancel of an id that is empty cancels nothing', async (context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    for (const named of ['', '%', id.slice(1)]) expect((await stage.command('cancel', named)).code, named).toBe(65);
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
  });

  it('another machine is refused at a home, and harms nothing', async (context) => {
    const stage = stageWith(WORK, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    const file = join(stage.home, 'machine');
    const ours = readFileSync(file, 'utf8');
    writeFileSync(file, 'another\n');
    for (const words of [['ls'], ['show', id], ['cancel', id], ['verify']]) {
      const refused = await stage.command(...words);
      expect(refused.code, words[0]).toBe(74);
      expect(refused.stderr).toContain('another machine keeps its runs in this home');
    }
    writeFileSync(file, ours);
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
    await verified(stage);
  });

  it('what has begun is not begun again because its folder was removed', async (context) => {
    const stage = stageWith(TWO, context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    rmSync(join(stage.home, 'runs', id, 'steps', 'first'), { recursive: true });
    const ended = await running.ended;
    expect(ended.code, ended.stdout).toBe(69);
    expect(ended.stderr).toContain(`${id}/first/1 has begun, and its folder is gone`);
    expect((await stage.command('resume', id)).code).toBe(0);
    expect((await stage.command('attach', id)).code).toBe(69);
    await delay(2 * A_WHILE_MS);
    expect(stage.lines('starts')).toEqual(['start']);
    expect((await stage.command('cancel', id)).code).toBe(0);
    expect(receiptOf(await stage.show(id))).toMatchObject({ outcome: 'cancelled' });
    await verified(stage);
  });

  it('of two that attach at once one is refused, and so is one that comes later', async (context) => {
    // It lasts until this test lets it end: whoever wins must not be done before the other was heard.
    const stage = stageWith(WORK.replace(`[ $i -lt ${TICKS} ]`, '[ ! -e enough ]'), context);
    const { id, running } = await stage.accept('workflow.yaml', ...GRID);
    await growing(stage, 'ticks');
    running.process.kill('SIGKILL');
    await running.ended;
    const both = [stage.start('attach', id), stage.start('attach', id)];
    const first = await Promise.race(both.map(({ ended }) => ended));
    expect(first.code, first.stdout + first.stderr).toBe(75);
    expect(first.stderr).toContain(`attends ${id} already`);
    const winner = both.find(({ process }) => process.exitCode === null);
    if (winner === undefined) throw new Error('both have ended');
    // One that stands still is still the run's: nobody else writes its account. Where it was stopped in the middle of
    // writing, the store cannot even be opened: that is worth another try, too.
    winner.process.kill('SIGSTOP');
    expect((await stage.command('attach', id)).code).toBe(75);
    winner.process.kill('SIGCONT');
    stage.write('enough', '');
    const ended = await winner.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
    await verified(stage);
  });

  it('a second run of the same file is a run of its own', async (context) => {
    const stage = stageWith(WORK, context);
    const runs = await Promise.all([stage.accept('workflow.yaml', ...GRID), stage.accept('workflow.yaml', ...GRID)]);
    const [one, two] = runs.map(({ id }) => id);
    expect(one).not.toBe(two);
    for (const { running } of runs) {
      const ended = await running.ended;
      expect(ended.code, ended.stderr).toBe(0);
    }
    expect(stage.lines('ends')).toEqual(['end', 'end']);
    for (const { id } of runs) expect(receiptOf(await stage.show(id))).toMatchObject({ outcome: 'done' });
    await verified(stage);
    await untilNoneOf(stage.folder);
  });
});
