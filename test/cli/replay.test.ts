/**
 * `gridtide replay` as a person or a program starts it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { oneObject, openStage, type Stage } from '../support/stage.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2023, 0, 2);
const DAYS = 28;
const stamp = (hour: number): string => new Date(START + hour * HOUR).toISOString();
/** Clean from midnight to six in `DE`, always twice as clean in `SE`. */
const intensityAt = (hour: number): number => (hour % 24 < 6 ? 100 : 400);

const reportSchema = z.object({
  jobs: z.object({
    replayed: z.number(),
    leftOut: z.record(z.string(), z.number()),
    badRows: z.array(z.string()),
    first: z.string(),
  }),
  foresight: z.object({ perfect: z.boolean() }),
  capacity: z.object({ cpus: z.number().nullable(), gpus: z.number().nullable() }).nullable(),
  policies: z.array(
    z.object({
      policy: z.string(),
      energyKWh: z.number(),
      emissionsG: z.number(),
      savingPercent: z.number().nullable(),
      meanDelaySeconds: z.number(),
      misses: z.number(),
      peakCpus: z.number(),
      cost: z.object({ amount: z.number(), currency: z.string() }).nullable(),
    }),
  ),
  groups: z.array(z.object({ name: z.string(), jobs: z.number(), savingPercent: z.number().nullable() })),
  patience: z.array(z.object({ slackTimes: z.number() })),
  unanswered: z.array(z.object({ whatIf: z.string(), code: z.string() })),
  notes: z.array(z.string()),
});

let stage: Stage;
const GRID = ['--grid', 'grid.csv', '--signal', 'average/consumption/lifecycle/CO2e'];

beforeAll(() => {
  stage = openStage();
  const grid = Array.from({ length: DAYS * 24 }, (_, h) => `${stamp(h)},${intensityAt(h)},${intensityAt(h) / 2}`);
  stage.write('grid.csv', `time,DE,SE\n${grid.join('\n')}\n`);
  // A job of 1 kW for two hours each morning at eight; every other may pause.
  const jobs = Array.from({ length: 10 }, (_, day) => `${day},${stamp(24 * day + 8)},2,1,${day % 2 === 0 ? 'a' : 'b'}`);
  stage.write('jobs.csv', `id,submitted,length_h,cpus,queue\n${jobs.join('\n')}\n`);
  stage.write('zero.csv', 'arrival_time,length,cpus\n0,2,1\n3600,3,2\n');
  stage.write('gridtide.yaml', 'sites:\n  here: { executor: local, pue: 1.5, price: { kWh: 0.20 EUR } }\n');
});

afterAll(() => stage.close());

const report = async (...argv: readonly string[]) => {
  const ended = await stage.command('--json', 'replay', ...argv);
  expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  return reportSchema.parse(oneObject(ended));
};

describe('a history and a recorded grid', () => {
  it('give emissions, money and delays of each policy', { timeout: 30_000 }, async () => {
    const { jobs, policies, groups, foresight } = await report(
      ...['jobs.csv', ...GRID, '--zone', 'DE', '--perfect', '--pausable', 'a', '--cpu-power', '1 kW', '--by', 'queue'],
    );
    expect(jobs).toMatchObject({ replayed: 10, first: '2023-01-02T08:00:00Z' });
    expect(foresight.perfect).toBe(true);
    expect(groups).toMatchObject([
      { name: 'a', jobs: 5, savingPercent: 75 },
      { name: 'b', jobs: 5, savingPercent: 75 },
    ]);
    const [now, fifo, ours] = policies;
    expect(now).toMatchObject({ policy: 'run-now', savingPercent: 0, meanDelaySeconds: 0, misses: 0 });
    // 20 h of 1 kW at a PUE of 1.5, at 400 g/kWh; the clean hours are 16 h later.
    expect(now?.emissionsG).toBeCloseTo(20 * 1.5 * 400, 6);
    expect(fifo?.emissionsG).toBe(now?.emissionsG);
    expect(ours).toMatchObject({ policy: 'gridtide', savingPercent: 75, misses: 0 });
    expect(ours?.meanDelaySeconds).toBeCloseTo(16 * 3_600, 3);
    expect(ours?.cost?.amount).toBeCloseTo(20 * 1.5 * 0.2, 9);
  });

  it('answer what if: more patience, another zone, more room', { timeout: 60_000 }, async () => {
    const { policies } = await report(
      ...['jobs.csv', ...GRID, '--zone', 'DE', '--perfect', '--cpus', '1', '--slack', '12h'],
      ...['--what-if', 'slack=2x', 'zones=+SE', 'capacity=+100%'],
    );
    expect(policies.map(({ policy }) => policy)).toEqual([
      'run-now',
      'fifo',
      'gridtide',
      'gridtide, 2 × the slack',
      'gridtide, zones + SE',
      'gridtide, capacity +100 %',
    ]);
    const savings = policies.map(({ savingPercent }) => Math.round(savingPercent ?? Number.NaN));
    // Within 12 h there is no clean hour; within 24 h there is, and in SE all are twice as clean.
    expect(savings.slice(2, 5)).toEqual([0, 75, 50]);
    expect(policies.every(({ misses, peakCpus }) => misses === 0 && peakCpus <= 1)).toBe(true);
  });

  it('say where hours without dates are laid when nobody says', { timeout: 30_000 }, async () => {
    const zero = ['zero.csv', '--time-unit', 's', ...GRID, '--zone', 'DE', '--perfect'];
    expect((await report(...zero)).notes.join('\n')).toMatch(/no dates.*2023-01-02T00:00:00Z.*--at/);
    expect((await report(...zero, '--at', '2023-01-05T08:00Z')).notes.join('\n')).not.toContain('no dates');
  });

  it('say what a change leaves out, and answer the others where one has no answer', { timeout: 60_000 }, async () => {
    stage.write('sizes.csv', `id,submitted,length_h,cpus\na,${stamp(8)},2,4\nb,${stamp(9)},2,1\n`);
    const { policies, notes, unanswered } = await report(
      ...['sizes.csv', ...GRID, '--zone', 'DE', '--perfect', '--cpus', '8', '--slack', '12h'],
      ...['--what-if', 'capacity=2', 'slack=90d', 'slack=2x'],
    );
    expect(policies.slice(3).map(({ policy }) => policy)).toEqual(['gridtide, 2 CPUs', 'gridtide, 2 × the slack']);
    expect(notes.join('\n')).toMatch(/what if 2 CPUs: 1 more left out, larger than the capacity/);
    expect(unanswered).toMatchObject([{ whatIf: 'slack 90d', code: 'grid/other-times' }]);
    expect(notes.join('\n')).toMatch(/what if slack 90d: no answer; .*due after these end/);
  });

  it('lay hours without dates where they are told to, and draw a picture that is whole', {
    timeout: 60_000,
  }, async () => {
    const { jobs, patience } = await report(
      ...['zero.csv', '--time-unit', 's', '--at', '2023-01-05T08:00Z', ...GRID, '--zone', 'DE', '--perfect'],
      ...['--svg', 'out.svg'],
    );
    expect(jobs.first).toBe('2023-01-05T08:00:00Z');
    expect(patience.map(({ slackTimes }) => slackTimes)).toEqual([0.25, 0.5, 1, 2]);
    const picture = readFileSync(join(stage.cwd, 'out.svg'), 'utf8');
    expect(picture).toMatch(/^<svg xmlns=[\s\S]*<\/svg>\n$/);
  });

  it('with forecasts of the time: what was learned says when it was too little', { timeout: 60_000 }, async () => {
    const { foresight, notes, policies } = await report('jobs.csv', ...GRID, '--zone', 'DE');
    expect(foresight.perfect).toBe(false);
    expect(notes.join('\n')).toMatch(/forecasts could not be made, the past being too thin/);
    expect(policies[2]).toMatchObject({ policy: 'gridtide', misses: 0 });
  });

  it('is a table for people, and progress is not in it', { timeout: 30_000 }, async () => {
    const ended = await stage.command('replay', 'jobs.csv', ...GRID, '--zone', 'DE', '--perfect');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('10 jobs in Germany (replayed grid) would have emitted');
    expect(ended.stdout).toMatch(/gridtide +\d.*−75 %.* 0/);
  });
});

describe('what is wrong is said with its place', () => {
  const HERE = [...GRID, '--zone', 'DE', '--perfect'];

  it.each([
    ['numbers without a unit', ['zero.csv', ...HERE], 65, /zero\.csv:2:1[\s\S]*--time-unit/],
    ['no such file', ['none.csv', ...HERE], 65, /no such file/],
    ['a grid of another year', ['jobs.csv', ...GRID.with(1, 'other.csv'), '--zone', 'DE', '--perfect'], 65, /--at/],
    ['a slack beyond the grid data', ['jobs.csv', ...HERE, '--slack', '90d'], 65, /due after these end[\s\S]*--slack/],
    ['a zone that the file lacks', ['jobs.csv', ...GRID, '--zone', 'FR', '--perfect'], 65, /FR/],
    [
      'grids that cannot be compared',
      ['jobs.csv', '--grid', 'grid.csv', '--zone', 'DE', 'SE', '--perfect'],
      65,
      /compared/,
    ],
    ['nothing kept of the live grid', ['jobs.csv', '--zone', 'DE', '--perfect'], 75, /--grid FILE/],
    ['slack', ['jobs.csv', ...HERE, '--slack', 'soon'], 64, /--slack/],
    ['what if', ['jobs.csv', ...HERE, '--what-if', 'rain'], 64, /slack=2x/],
    ['more of no capacity', ['jobs.csv', ...HERE, '--what-if', 'capacity=+20%'], 64, /--cpus/],
    ['a capacity that holds nothing', ['zero.csv', '--time-unit', 'h', ...HERE, '--cpus', '0.5'], 64, /--cpus/],
    ['no room', ['jobs.csv', ...HERE, '--cpus', '0'], 64, /--cpus: found "0"[\s\S]*a number above 0/],
    ['names that nobody has', ['jobs.csv', ...HERE, '--pausable', 'al,a'], 64, /found "al"[\s\S]*queues: a, b/],
    ['a column that is not there', ['jobs.csv', ...HERE, '--map', 'submit=when'], 64, /id, submitted/],
    ['a field that is not known', ['jobs.csv', ...HERE, '--map', 'when=submitted'], 64, /FIELD=COLUMN/],
    ['a unit', ['jobs.csv', ...HERE, '--time-unit', 'weeks'], 64, /ms, s, min, h/],
    ['whose', ['jobs.csv', ...HERE, '--by', 'team'], 64, /queue, user/],
    ['a time zone', ['jobs.csv', ...HERE, '--time-zone', 'Berlin'], 64, /IANA/],
    ['how often', ['jobs.csv', ...GRID, '--zone', 'DE', '--every', '7'], 64, /1, 2, 3/],
    ['a power', ['jobs.csv', ...HERE, '--gpu-power', 'lots'], 64, /--gpu-power/],
    ['a folder that is not there', ['jobs.csv', ...HERE, '--svg', 'none/out.svg'], 73, /cannot be written/],
  ] as const)('%s', { timeout: 30_000 }, async (_, argv, code, says) => {
    stage.write('other.csv', `time,DE\n2019-01-01T00:00Z,1\n2019-01-01T01:00Z,1\n2019-01-01T02:00Z,1\n`);
    const ended = await stage.command('replay', ...argv);
    expect(ended, ended.stdout).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(says);
  });
});
