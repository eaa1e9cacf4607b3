/**
 * What can be asked of a plan: what binds it, why a step runs as it does, what a change would do.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oneObject, openStage, type Stage } from '../support/stage.ts';

const WORKFLOW = `gridtide: 1
workflow: questions
deadline: +8h
steps:
  prepare: { run: 'true', duration: 20m, power: 180 W }
  train: { after: prepare, run: 'true', duration: 2h, power: 700 W }
`;

const START = Date.UTC(2022, 5, 1, 8);
const HOURS = [400, 390, 380, 370, 360, 350, 340, 330, 200, 100, 100, 100, 100, 300, 300, 300];
const GRID = `time,DE\n${HOURS.map((value, hour) => `${new Date(START + hour * 3_600_000).toISOString()},${value}\n`).join('')}`;
const ASKED = ['plan', 'w.yaml', '--grid', 'grid.csv', '--zone', 'DE', '--at', '2022-06-01T08:00Z'];

let stage: Stage;

beforeAll(() => {
  stage = openStage();
  stage.write('w.yaml', WORKFLOW);
  stage.write('grid.csv', GRID);
});
afterAll(() => stage.close());

describe('plan', { timeout: 60_000 }, () => {
  it('names what binds it, with hours beyond the deadline read for that', async () => {
    const asked = await stage.command(...ASKED, '--json');
    const found = oneObject(asked);
    expect(asked.code, asked.stderr).toBe(0);
    expect(found).toMatchObject({
      bindings: [{ constraint: { kind: 'deadline' }, words: 'the deadline, 16:00Z', relief: '6\u202fh more' }],
      conflicts: [],
    });
    expect((await stage.command(...ASKED)).stdout).toMatch(/binds +the deadline, .* costs \d+ g: 6.h more would save/);
  });

  it('names the smallest conflict where nothing can be planned', async () => {
    const asked = await stage.command(...ASKED, '--deadline', '+1h', '--json');
    expect(asked.code).toBe(69);
    expect(oneObject(asked)).toMatchObject({
      steps: [],
      bindings: [],
      conflicts: [{ constraints: [{ constraint: { kind: 'deadline' }, words: 'the deadline, 09:00Z' }] }],
    });
  });

  it('explains one step', async () => {
    const asked = await stage.command(...ASKED, '--explain', 'train', '--json');
    expect(asked.code, asked.stderr).toBe(0);
    expect(oneObject(asked)).toMatchObject({
      workflow: 'questions',
      step: 'train',
      guard: { limit: 'deadline', through: [] },
      places: [{ site: 'here', isChosen: true }],
      levels: [{ level: 1 }],
    });
    const drawn = await stage.command(...ASKED, '--explain', 'train');
    for (const key of ['why here', 'why now', 'at latest', 'pauses']) expect(drawn.stdout).toContain(key);
    const unknown = await stage.command(...ASKED, '--explain', 'trian');
    expect(unknown.code).toBe(64);
    expect(unknown.stderr).toContain('did you mean "train"');
  });

  it('shows the plan beside a changed one', async () => {
    const asked = await stage.command(
      ...ASKED,
      '--what-if',
      'deadline=+6h',
      '--what-if',
      'train.duration=1h',
      '--json',
    );
    expect(asked.code, asked.stderr).toBe(0);
    expect(oneObject(asked)).toMatchObject({
      changes: ['deadline=+6h', 'train.duration=1h'],
      before: { deadline: '2022-06-01T16:00:00Z', finish: '2022-06-01T16:00:00Z', conflicts: [] },
      after: { deadline: '2022-06-01T22:00:00Z', finish: '2022-06-01T18:20:00Z', conflicts: [] },
    });
    const never = await stage.command(...ASKED, '--what-if', 'deadline=-7h');
    expect(never.code).toBe(69);
    expect(never.stdout).toContain('cannot run as asked');
  });

  it('answers one question at a time', async () => {
    const asked = await stage.command(...ASKED, '--frontier', '--explain', 'train');
    expect(asked.code).toBe(64);
    expect(asked.stderr).toContain('one question at a time');
  });
});
