/** The two forms of the example are one workflow. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instant } from '../../src/units.ts';
import { loadWorkflow } from '../../src/workload/index.ts';

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
