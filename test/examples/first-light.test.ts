/** The two forms of the example are one workflow, and the demo of it does what it promises. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instant } from '../../src/units.ts';
import { loadWorkflow } from '../../src/workload/index.ts';
import { oneObject, openStage, receiptSchema } from '../support/stage.ts';

const options = {
  now: instant(Date.UTC(2026, 2, 18, 17, 30)),
  timeZone: 'Europe/Berlin',
  signal: new AbortController().signal,
};
const file = (name: string): string => resolve(import.meta.dirname, '../../examples/first-light', name);

describe('the first-light example', () => {
  it('is the same workflow in YAML and in TypeScript', async () => {
    const yaml = await loadWorkflow(file('workflow.yaml'), options);
    const typescript = await loadWorkflow(file('workflow.ts'), options);
    expect(typescript.workflow).toEqual(yaml.workflow);
    expect(yaml.warnings).toEqual([]);
  });

  it('has four steps, each after the one before it, and one that checkpoints', async () => {
    const { workflow } = await loadWorkflow(file('workflow.yaml'), options);
    expect(workflow.steps.map(({ name, after }) => [name, after])).toEqual([
      ['prepare', []],
      ['train', ['prepare']],
      ['evaluate', ['train']],
      ['score', ['evaluate']],
    ]);
    expect(workflow.steps.map((step) => step.interruptible.mode)).toEqual(['never', 'checkpoint', 'never', 'never']);
  });
});

it('the demo trains, tests, scores and proves its account, as one JSON object', {
  timeout: 600_000,
}, async (context) => {
  const stage = openStage();
  context.onTestFinished(() => stage.close());
  const ended = await stage.command('demo', '--json', '--zone', 'DE');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  const { receipt, verify } = oneObject(ended);
  const told = receiptSchema.parse(receipt);
  expect(told.outcome).toBe('done');
  expect(told.steps.map(({ step, outcome }) => [step, outcome])).toEqual([
    ['prepare', 'done'],
    ['train', 'done'],
    ['evaluate', 'done'],
    ['score', 'done'],
  ]);
  expect(told.signals['DE']).toMatchObject({ quality: 'synthetic' });
  expect(verify).toMatchObject({ ok: true });
});
