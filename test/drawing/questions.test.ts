import { describe, expect, test } from 'vitest';
import { drawExplanation } from '../../src/cli/draw/explanation.ts';
import { drawPlan } from '../../src/cli/draw/plan.ts';
import { type Line, lineWidth, NO_COLOUR, paint } from '../../src/cli/draw/style.ts';
import { drawWhatIf } from '../../src/cli/draw/what-if.ts';
import { checkpoint, EIGHT, minute, outlook, power, request, site, step } from '../../src/plan/fixtures.ts';
import { bindings, type Change, conflicts, explain, type PlanRequest, plan, whatIf } from '../../src/plan/index.ts';

const timeZone = 'Europe/Berlin';
const WIDTHS = [40, 60, 80, 140] as const;

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR).replaceAll('\u202f', ' ');

const WAVE = Array.from({ length: 24 }, (_, h) => Math.round(350 + 150 * Math.sin(h / 3.8)));
const DE = outlook(WAVE);

const STEPS = [
  step({ name: 'prepare', minutes: 20, watts: 180 }),
  step({ name: 'train', minutes: 180, watts: 700, gpus: 1, after: ['prepare'], interruptible: checkpoint(15, 5) }),
  step({ name: 'shadow', minutes: 60, watts: 700, gpus: 1, after: ['prepare'] }),
  step({ name: 'score', minutes: 15, watts: 200, after: ['train'] }),
];
const asked: PlanRequest = request({
  steps: STEPS,
  deadline: 12 * 60,
  outlooks: { DE },
  sites: [
    site({
      name: 'hpc',
      capacity: { cpus: 8, gpus: 1, memory: 0 },
      price: { gpuHour: { amount: 2, currency: 'EUR' } },
    }),
    site({ name: 'small', capacity: { cpus: 1, gpus: 0, memory: 0 } }),
  ],
});
const clock = (columns: number) => ({ workflowName: 'risk', columns, timeZone, now: EIGHT });

describe('A plan', () => {
  test('says what binds it, the dearest first, and in the clock of its reader', () => {
    const made = plan(asked, power);
    const bound = bindings(asked, made, power, { DE });
    const view = { ...clock(140), outlooks: { DE }, sites: asked.sites, deadline: asked.workflow.deadline };
    const drawn = text(drawPlan(made, { ...view, bindings: bound }));
    expect(drawn).toMatch(
      / {2}binds +the deadline, 22:00, costs \d+ g: 6 h more would save that\n +the capacity of hpc, 1 gpu, costs/,
    );
    expect(text(drawPlan(made, view))).not.toContain('binds');
    const many = [...bound, ...bound].slice(0, 4);
    expect(text(drawPlan(made, { ...view, bindings: many }))).toContain('… 1 more with --json');
  });

  test('that there is none of says what cannot hold together', () => {
    const tight = { ...asked, workflow: { ...asked.workflow, deadline: minute(250) } };
    const view = { ...clock(80), outlooks: { DE }, sites: asked.sites, deadline: tight.workflow.deadline };
    const drawn = text(drawPlan(plan(tight, power), { ...view, conflicts: conflicts(tight, power) }));
    expect(drawn.replace(/\s+/g, ' ')).toContain(
      'The deadline, 14:10; and the capacity of hpc, 1 gpu, cannot hold together: any one of them may go.',
    );
  });
});

describe('An explanation', () => {
  const drawn = (name: string, columns: number, mark = {}) => {
    const found = explain(asked, power, name);
    return found === undefined ? [] : drawExplanation(found, { ...clock(columns), outlook: DE, ...mark });
  };

  test('looks as it was last looked at', async () => {
    await expect(text(drawn('train', 80))).toMatchFileSnapshot('../../src/cli/draw/golden/explanation-80.txt');
  });

  test.each(WIDTHS)('is no wider than %d columns', (columns) => {
    for (const line of drawn('train', columns)) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
  });

  test('says of made-up data that they are, and weighs nothing where only the shape is known', () => {
    expect(text(drawn('train', 80, { mark: ' (synthetic grid)' }))).toContain('(synthetic grid).');
    const shape = text(drawn('train', 80, { outlook: { ...DE, use: 'shape' } }));
    expect(shape).not.toContain('on average');
    expect(text(drawn('train', 80, { outlook: undefined }))).not.toContain('why now');
  });
});

describe('A changed plan beside the one that was asked', () => {
  const drawn = (changes: readonly Change[], columns = 80, words = ['deadline=+6h']) => {
    const answer = whatIf(asked, changes, power);
    const none = answer.after.unplaced.length === 0 ? [] : conflicts(asked, power);
    return drawWhatIf(answer, { ...clock(columns), changes: words, conflicts: { before: [], after: none } });
  };
  const later: Change = { kind: 'deadline', to: minute(18 * 60) };

  test('looks as it was last looked at', async () => {
    await expect(text(drawn([later]))).toMatchFileSnapshot('../../src/cli/draw/golden/what-if-80.txt');
  });

  test.each(WIDTHS)('is no wider than %d columns', (columns) => {
    for (const line of drawn([later], columns)) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
  });

  test('says that nothing changes, and that nothing can be planned', () => {
    expect(text(drawn([], 140))).toMatch(/will emit as much, .+, and be done at the same time/);
    const never = text(drawn([{ kind: 'deadline', to: minute(60) }], 140, ['deadline=-11h']));
    expect(never).toMatch(/^✕ With deadline=-11h, risk cannot run as asked\./);
    expect(never).toMatch(/ {2}emits +\d.* kg +–/);
  });
});
