/**
 * The commands as a person or a program starts them: exit codes, JSON, help.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../support/folders.ts';
import { inTurns } from '../support/in-turns.ts';
import { untilNoneOf } from '../support/processes.ts';
import { oneObject, openStage, receiptOf, receiptSchema, type Stage, stepOf } from '../support/stage.ts';

const AT_ONCE = 2;
const FAST = ['--synthetic', '--zone', 'DE', '--speed', '600'];
/** Starts at once: with the latency that a fast clock holds back, nothing is left to wait for. */
const NOW = ['--within', '1h', '--needs', '40m', ...FAST];
const EXAMPLE = fileURLToPath(new URL('../../examples/first-light/workflow.yaml', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

const TWO_STEPS = `gridtide: 1
workflow: two
deadline: +3h
policy: { minPredictedSaving: 90 % }
steps:
  first: { run: 'echo one; echo two', duration: 20m }
  second: { after: first, run: 'for i in 1 2 3 4 5; do echo "line $i"; sleep 0.3; done', duration: 40m }
`;

const HOURS = 48;
const START = Date.UTC(2022, 5, 1, 6);
/** An hour's intensity: dirty by day, clean from 22:00 to 04:00. */
const intensityAt = (hour: number): number => ((6 + hour) % 24 < 4 || (6 + hour) % 24 >= 22 ? 150 : 450);
const gridCsv = (intensity: (hour: number) => number): string =>
  `time,DE\n${Array.from({ length: HOURS }, (_, hour) => `${new Date(START + hour * 3_600_000).toISOString()},${intensity(hour)}\n`).join('')}`;

let stage: Stage;

beforeAll(() => {
  stage = openStage();
  stage.write('two.yaml', TWO_STEPS);
  // Long enough to be paused by a command that a busy machine starts slowly.
  stage.write('slow.yaml', TWO_STEPS.replace('0.3', '2'));
  stage.write('grid.csv', gridCsv(intensityAt));
  stage.write(
    'flat.csv',
    gridCsv(() => 300),
  );
});

afterAll(async () => {
  try {
    await untilNoneOf(stage.folder);
  } finally {
    await stage.close();
  }
});

describe('the first five minutes', () => {
  it('plan what init wrote, and init leaves what is there alone', { timeout: 60_000 }, async () => {
    const made = oneObject(await stage.command('--json', 'init', 'project'));
    expect(made).toEqual({ schemaVersion: 1, written: ['project/workflow.yaml', 'project/gridtide.yaml'], kept: [] });
    const planned = await stage.command(
      ...['--json', '--config', 'project/gridtide.yaml', 'plan', 'project/workflow.yaml', '--synthetic'],
    );
    expect(planned.code, planned.stderr).toBe(0);
    expect(oneObject(planned)).toMatchObject({ workflow: 'my-first', unplaced: [] });
    const again = await stage.command('init', 'project');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('kept  project/workflow.yaml, which was there already');
  });

  it('ls of a home that is not there says how to begin, and makes nothing', async () => {
    const listed = await stage.command('--home', join(stage.cwd, 'none'), 'ls');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain('gridtide run');
    expect(existsSync(join(stage.cwd, 'none'))).toBe(false);
  });

  it('--version is that of the package', async () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8')));
    expect(await stage.command('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('help', () => {
  it('names every command, and every command shows an example', { timeout: 60_000 }, async () => {
    const { stdout } = await stage.command('--help');
    const names = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<| {2})/gm)].map((match) => match[1] ?? '');
    expect(names).toEqual(
      expect.arrayContaining(
        'init grid plan run attach ls show logs pause resume cancel verify demo'.split(' '), //
      ),
    );
    await inTurns(
      AT_ONCE,
      names.filter((name) => name !== 'help'),
      async (name) => {
        const help = await stage.command(name, '--help');
        expect(help, name).toMatchObject({ code: 0, stderr: '' });
        expect(help.stdout, name).toMatch(new RegExp(`Examples?:\\n {2}gridtide (.* )?${name}`));
      },
    );
  });
});

describe('usage errors', () => {
  it('end with 64, print nothing on stdout, and name what was wrong', { timeout: 120_000 }, async () => {
    const wrong: readonly (readonly [words: string, says: string])[] = [
      ['plan', 'file'],
      ['plan two.yaml more.yaml --synthetic', 'too many arguments'],
      ['run', 'workflow file'],
      ['run --within 1h -- true', '--needs'],
      ['run --needs 1h -- true', '--within'],
      ['run --within 1h --needs 1h', 'no command'],
      ['run --within soon --needs 1h --synthetic -- true', '--within'],
      ['run --within 2h --needs 3 --synthetic -- true', '--needs'],
      ['plan two.yaml --synthetic --slot 3', '--slot'],
      ['plan two.yaml --synthetic --at yesterday', '--at'],
      ['plan two.yaml --synthetic seven', 'whole number'],
      ['run two.yaml --synthetic --speed 0', 'above 0'],
      ['plan two.yaml --grid grid.csv --signal loud', '--signal'],
      ['grid --frobnicate', '--frobnicate'],
      ['pause', 'id'],
      ['plann two.yaml', 'Did you mean plan?'],
      ['verfy', 'Did you mean verify?'],
    ];
    await inTurns(AT_ONCE, wrong, async ([words, says]) => {
      const ended = await stage.command(...words.split(' '));
      expect(ended.code, `${words}: ${ended.stdout}${ended.stderr}`).toBe(64);
      expect(ended.stdout, words).toBe('');
      expect(ended.stderr, words).toContain(says);
    });
    expect(existsSync(stage.home)).toBe(false);
  });

  it('a zone that there is not ends with 65, unless it is a column of a file', { timeout: 60_000 }, async () => {
    const refused = await stage.command('plan', 'two.yaml', '--synthetic', '--zone', 'Germny');
    expect(refused).toMatchObject({ code: 65, stdout: '' });
    expect(refused.stderr).toContain('expected Germany');
    stage.write('misnamed.yaml', 'sites:\n  here: { executor: local, zone: germny }\n');
    const configured = await stage.command('grid', '--synthetic', '--config', 'misnamed.yaml');
    expect(configured.code, configured.stdout).toBe(65);
    expect(configured.stderr).toContain('sites.here.zone: no such place');
  });

  it('are one JSON object with --json, whoever finds them', { timeout: 120_000 }, async () => {
    const wrong: readonly (readonly [words: string, says: string])[] = [
      ['grid --json --frobnicate', '--frobnicate'],
      ['--json plann two.yaml', 'plann'],
      ['plan --json', "missing required argument 'file'"],
      ['--json', 'no command was given'],
      ['run --json --within 1h -- true', '--needs'],
    ];
    await inTurns(AT_ONCE, wrong, async ([words, says]) => {
      const ended = await stage.command(...words.split(' '));
      expect(ended.code, words).toBe(64);
      expect(oneObject(ended), words).toMatchObject({
        error: { code: 'cli/usage', message: expect.stringContaining(says) },
      });
    });
    // What stands behind -- is not ours.
    expect((await stage.command('run', '--frobnicate', '--', 'x', '--json')).stdout).toBe('');
  });
});

describe('a file of another time', () => {
  it.each(['grid --json', 'plan two.yaml --json', 'run two.yaml --json'])(
    'ends %s with 65 and the time that it spans, to be copied',
    { timeout: 60_000 },
    async (words) => {
      const ended = await stage.command(...words.split(' '), '--grid', 'grid.csv', '--zone', 'DE');
      expect(ended.code, ended.stdout).toBe(65);
      expect(oneObject(ended)['error']).toMatchObject({
        code: 'grid/other-times',
        message: expect.stringContaining('the file spans 2022-06-01T06:00:00Z to 2022-06-03T06:00:00Z'),
        expected: 'a time that it spans, such as --at 2022-06-01T06:00:00Z',
      });
    },
  );

  it('shows hours that it leaves out as unknown, and plans with them', { timeout: 60_000 }, async () => {
    const rows = gridCsv(intensityAt).split('\n');
    stage.write('holes.csv', rows.filter((_, row) => row < 5 || row > 7).join('\n'));
    const at = ['--grid', 'holes.csv', '--zone', 'DE', '--at', '2022-06-01T08:00Z'];
    for (const words of [['grid'], ['plan', 'two.yaml', '--deadline', '+10h']]) {
      const ended = await stage.command(...words, ...at);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stdout, words[0]).toMatch(/DE .*[▁-█]╌+[▁-█]/);
    }
  });
});

describe('run of a command', () => {
  it.each([
    { argv: ['true'], code: 0, outcome: 'done' },
    { argv: ['sh', '-c', 'exit 7'], code: 7, outcome: 'failed' },
    { argv: ['no-such-command-anywhere'], code: 127, outcome: 'failed' },
  ])('ends with the exit code of $argv: $code', { timeout: 60_000 }, async ({ argv, code, outcome }) => {
    const ended = await stage.command('--json', 'run', ...NOW, '--', ...argv);
    expect(ended.code, ended.stderr).toBe(code);
    const receipt = receiptSchema.parse(oneObject(ended)['receipt']);
    expect(receipt.outcome).toBe(outcome);
    expect(receipt.steps).toMatchObject([{ exitCode: code, attempts: 1 }]);
    if (code !== 0) expect(receipt.saving).toBeNull();
  });

  it('gives the command its arguments and this folder as they are', { timeout: 60_000 }, async () => {
    const ended = await stage.command(
      ...['run', ...NOW, '--', 'sh', '-c', 'printf "%s|" "$PWD" "$@" > arguments', 'x', 'a  b', '$HOME', "it's", ''],
    );
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.lines('arguments')).toEqual([`${stage.cwd}|a  b|$HOME|it's||`]);
  });

  it('that cannot be done in time ends with 69, says why, and accepts nothing', { timeout: 60_000 }, async () => {
    const home = join(stage.cwd, 'never');
    const ended = await stage.command('--home', home, 'run', '--within', '1h', '--needs', '2h', ...FAST, '--', 'true');
    expect(ended.code).toBe(69);
    expect(ended.stdout).toMatch(/deadline|in time|too (long|short|late)/);
    expect(ended.stdout).not.toContain('accepted');
    expect(existsSync(join(home, 'gridtide.sqlite'))).toBe(false);
    expect(existsSync(join(home, 'runs'))).toBe(false);
    const json = await stage.command(
      '--json',
      '--home',
      home,
      'run',
      '--within',
      '1h',
      '--needs',
      '2h',
      ...FAST,
      '--',
      'true',
    );
    expect(json.code).toBe(69);
    const unplaced = z.array(z.object({ step: z.string(), conflict: z.array(z.string()).min(1) })).min(1);
    expect(unplaced.safeParse(oneObject(json)['unplaced']).success, json.stdout).toBe(true);
    const planned = await stage.command('plan', 'two.yaml', '--deadline', '+30m', ...FAST.slice(0, 3));
    expect(planned.code).toBe(69);
  });
});

describe('looking at a run', () => {
  it('show, ls, logs, wishes and verify of it are one JSON object each', { timeout: 120_000 }, async () => {
    const follower = until('the store', () => existsSync(join(stage.home, 'gridtide.sqlite')));
    const { id, running } = await stage.accept('slow.yaml', ...FAST);
    await follower;
    const logs = stage.start('logs', id, '-f');
    const object = async (code: number, ...argv: readonly string[]) => {
      const ended = await stage.command('--json', ...argv);
      expect(ended.code, `${argv.join(' ')}: ${ended.stderr}`).toBe(code);
      return oneObject(ended);
    };
    expect(await object(0, 'pause', id)).toEqual({
      ...{ schemaVersion: 1, id, desired: 'pause', state: 'active', attended: true },
    });
    expect(await object(0, 'show', id)).toMatchObject({ id, state: 'active', attended: true, receipt: null });
    expect(await object(75, 'attach', id)).toMatchObject({ error: { code: 'execute/attended' } });
    expect(await object(0, 'resume', id)).toMatchObject({ id, desired: 'run', state: 'active' });
    const run = await running.ended;
    expect(run.code, run.stderr).toBe(0);

    expect((await logs.ended).code).toBe(0);
    const followed = (await logs.ended).stdout;
    expect(followed.match(/^== first$/gm)).toHaveLength(1);
    expect(followed).toContain('== first\none\ntwo\n');
    expect(followed.match(/^line \d$/gm)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
    expect((await stage.command('logs')).stdout).toBe(
      '== first\none\ntwo\n== second\nline 1\nline 2\nline 3\nline 4\nline 5\n',
    );
    expect((await stage.command('logs', id, 'first')).stdout).toBe('one\ntwo\n');
    const none = await stage.command('logs', id, 'third');
    expect(none.code).toBe(65);
    expect(none.stderr).toContain('first, second');

    const listed = await object(0, 'ls');
    expect(listed['runs']).toEqual(
      expect.arrayContaining([expect.objectContaining({ id, workflow: 'two', state: 'done', attended: false })]),
    );
    expect(await object(0, 'verify', id)).toMatchObject({ schemaVersion: 1, ok: true });
    expect(await object(0, 'verify')).toMatchObject({ ok: true });
    expect(await object(0, 'attach', id)).toMatchObject({ receipt: { outcome: 'done' } });
    expect(await object(69, 'pause', id)).toMatchObject({ error: { code: 'execute/cannot' } });
    expect(await object(65, 'show', 'nobody')).toMatchObject({ error: { code: 'execute/not-found', value: 'nobody' } });
    expect(await object(0, 'logs', id)).toMatchObject({
      id,
      steps: [
        { step: 'first', runs: [{ run: 1, output: 'one\ntwo\n' }] },
        { step: 'second', runs: [{ run: 1, output: 'line 1\nline 2\nline 3\nline 4\nline 5\n' }] },
      ],
    });
    expect(stepOf(receiptOf(await stage.show(id)), 'second')).toMatchObject({ outcome: 'done', exitCode: 0 });
    // What steps print is for their owner alone.
    expect(statSync(join(stage.home, 'runs', id)).mode & 0o077).toBe(0);
  });

  it('run, grid and both kinds of plan are one JSON object each', { timeout: 60_000 }, async () => {
    const words: readonly (readonly string[])[] = [
      ['grid', '--synthetic'],
      ['plan', 'two.yaml', '--synthetic'],
      ['plan', 'two.yaml', '--synthetic', '--frontier'],
      ['run', 'two.yaml', '--synthetic', '--deadline', '+10m'],
      ['show', 'nobody'],
    ];
    await inTurns(AT_ONCE, words, async (argv) => {
      const { id: _, ...before } = oneObject(await stage.command('--json', ...argv));
      expect(before, argv.join(' ')).toHaveProperty('schemaVersion', 1);
      const { id: __, ...after } = oneObject(await stage.command(...argv, '--json'));
      expect(after, argv.join(' ')).toEqual(before);
    });
  });
});

const instantText = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const amount = z.number().min(0);
const cost = z.strictObject({ amount, currency: z.string().regex(/^[A-Z]{3}$/) }).nullable();

/** Every field of a plan as the design names it; what is written beyond that is let pass. */
const planSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string().min(1),
  workflow: z.literal('first-light'),
  createdAt: instantText,
  slotMinutes: z.literal(15),
  quantile: z.number().gt(0).lt(1),
  signals: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(['average', 'marginal', 'unknown']),
      basis: z.enum(['consumption', 'production', 'unknown']),
      scope: z.enum(['lifecycle', 'direct', 'unknown']),
      gas: z.enum(['CO2', 'CO2e', 'unknown']),
      source: z.string().min(1),
      quality: z.literal('replayed'),
      asOf: instantText,
    }),
  ),
  steps: z.array(
    z.object({
      step: z.string(),
      site: z.literal('here'),
      zone: z.literal('DE'),
      variant: z.string().min(1),
      pue: z.literal(1),
      earliest: instantText,
      deadline: instantText,
      latestStart: instantText,
      intervals: z.array(z.strictObject({ start: instantText, end: instantText, level: z.literal(1) })).min(1),
      overheads: z.strictObject({ energyKWh: amount, emissionsG: amount }),
      energyKWh: amount,
      emissionsG: amount,
      emissionsLowG: amount,
      emissionsHighG: amount,
      cost,
      reason: z.string().min(10),
      runnerUp: z
        .strictObject({ site: z.string(), level: z.literal(1), start: instantText, emissionsG: amount, cost })
        .nullable(),
    }),
  ),
  unplaced: z.array(z.never()),
  energyKWh: amount,
  emissionsG: amount,
  emissionsLowG: amount,
  emissionsHighG: amount,
  cost,
  baseline: z.object({ name: z.literal('run-now'), energyKWh: amount, emissionsG: amount, cost }),
  savingPercent: z.number().max(100),
  savingLowPercent: z.number().max(100),
  savingHighPercent: z.number().max(100),
  boundG: amount,
  gapPercent: amount,
});

describe('plan --json', () => {
  const AT = ['--zone', 'DE', '--at', '2022-06-01T08:00Z', '--signal', 'average/consumption/lifecycle/CO2e'];
  const planOf = async (file: string) => {
    const ended = await stage.command('--json', 'plan', EXAMPLE, '--grid', file, ...AT);
    expect(ended.code, ended.stderr).toBe(0);
    return planSchema.parse(oneObject(ended));
  };
  const hours = ({ start, end }: { readonly start: string; readonly end: string }): number =>
    (Date.parse(end) - Date.parse(start)) / 3_600_000;

  it('has every field, and its figures agree with each other and with the grid', { timeout: 60_000 }, async () => {
    const plan = await planOf('grid.csv');
    expect(plan.createdAt).toBe('2022-06-01T08:00:00Z');
    expect(plan.signals).toMatchObject({
      DE: { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' },
    });
    expect(plan.steps.map(({ step }) => step)).toEqual(['prepare', 'train', 'evaluate', 'score']);
    let before = Date.parse(plan.createdAt);
    for (const step of plan.steps) {
      const [first, last] = [step.intervals[0], step.intervals.at(-1)];
      expect(Date.parse(first?.start ?? '')).toBeGreaterThanOrEqual(before);
      expect(Date.parse(first?.start ?? '')).toBeLessThanOrEqual(Date.parse(step.latestStart));
      before = Date.parse(last?.end ?? '');
      expect(before).toBeLessThanOrEqual(Date.parse(step.deadline));
      expect(step.emissionsLowG).toBeLessThanOrEqual(step.emissionsG);
      expect(step.emissionsHighG).toBeGreaterThanOrEqual(step.emissionsG);
    }
    const sum = (value: (step: (typeof plan.steps)[number]) => number): number =>
      plan.steps.reduce((total, step) => total + value(step), 0);
    expect(plan.energyKWh).toBeCloseTo(
      sum((step) => step.energyKWh),
      9,
    );
    expect(plan.emissionsG).toBeCloseTo(
      sum((step) => step.emissionsG),
      9,
    );
    // Each step's grams are its energy, laid evenly over its intervals, at the intensity of each hour.
    for (const step of plan.steps) {
      const all = step.intervals.reduce((total, interval) => total + hours(interval), 0);
      let grams = 0;
      for (const interval of step.intervals) {
        for (let at = Date.parse(interval.start); at < Date.parse(interval.end); at += 60_000) {
          grams += (step.energyKWh / all / 60) * intensityAt(Math.floor((at - START) / 3_600_000));
        }
      }
      expect(step.emissionsG, step.step).toBeCloseTo(grams, 6);
    }
    expect(plan.savingPercent).toBeCloseTo(100 * (1 - plan.emissionsG / plan.baseline.emissionsG), 6);
    expect(plan.savingLowPercent).toBeLessThanOrEqual(plan.savingPercent);
    expect(plan.savingHighPercent).toBeGreaterThanOrEqual(plan.savingPercent);
    expect(plan.boundG).toBeLessThanOrEqual(plan.emissionsG * (1 + 1e-9));
    expect(plan.cost).toBeNull();
  });

  it('runs now on a flat grid, and claims nothing', { timeout: 60_000 }, async () => {
    const plan = await planOf('flat.csv');
    expect(plan.steps[0]?.intervals[0]?.start).toBe('2022-06-01T08:00:00Z');
    expect(plan.steps.map(({ intervals }) => intervals.length)).toEqual([1, 1, 1, 1]);
    expect(plan.savingPercent).toBe(0);
  });

  it('has a cost in its currency where the site has a price', { timeout: 60_000 }, async () => {
    stage.write('priced.yaml', 'sites:\n  here: { executor: local, zone: DE, price: { cpuHour: 0.05 EUR } }\n');
    const ended = await stage.command(
      ...['--json', '--config', 'priced.yaml', 'plan', EXAMPLE, '--grid', 'grid.csv', '--at', '2022-06-01T08:00Z'],
    );
    const plan = planSchema.parse(oneObject(ended));
    expect(plan.cost?.currency).toBe('EUR');
    expect(plan.cost?.amount).toBeCloseTo(
      plan.steps.reduce((total, step) => total + (step.cost?.amount ?? 0), 0),
      9,
    );
    expect(plan.baseline.cost?.currency).toBe('EUR');
  });
});
