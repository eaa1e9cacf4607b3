import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaFiles } from '../scripts/schema.ts';
import { parseConfig } from '../src/config/index.ts';
import { Failure } from '../src/errors.ts';
import { PROVIDERS } from '../src/grid/index.ts';
import { explain } from '../src/mistakes.ts';
import { instant } from '../src/units.ts';
import { evaluateWorkflow, parseWorkflowYaml } from '../src/workload/index.ts';

const page = (name: string): string => readFileSync(new URL(`../docs/reference/${name}.md`, import.meta.url), 'utf8');
const fences = (text: string, language: string): readonly string[] =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, body]) =>
    name === language && body !== undefined ? [body] : [],
  );

const options = {
  file: 'workflow.yaml',
  now: instant(Date.parse('2026-11-24T20:00:00Z')),
  folder: '/',
  timeZone: 'UTC',
};
const providers = PROVIDERS.map(({ id }) => id);
const pages = [
  {
    name: 'workflow-file',
    schema: 'workflow.json',
    parse: (text: string): unknown => parseWorkflowYaml(text, options),
  },
  {
    name: 'config-file',
    schema: 'gridtide.json',
    parse: (text: string): unknown => parseConfig(text, 'gridtide.yaml', providers),
  },
];

/** The failure that `act` ends with; its code is on the first line of an example that is refused. */
function failureOf(act: () => unknown): Failure | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
}

/** Every key of a JSON Schema, at any depth. */
function keysOf(schema: unknown): readonly string[] {
  const node = z.record(z.string(), z.unknown()).safeParse(schema).data;
  if (node === undefined) return [];
  const properties = z.record(z.string(), z.unknown()).safeParse(node['properties']).data ?? {};
  const branches = z.array(z.unknown()).safeParse(node['anyOf'] ?? node['oneOf']).data ?? [];
  return [
    ...Object.keys(properties),
    ...[...Object.values(properties), ...branches, node['additionalProperties'], node['items']].flatMap(keysOf),
  ];
}

describe.each(pages)('the page $name', ({ name, schema, parse }) => {
  it('has examples that do what it says of them', () => {
    const examples = fences(page(name), 'yaml');
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples) {
      const refused = /^# refused: (\S+)\n/.exec(example)?.[1];
      const failure = failureOf(() => parse(example));
      expect(failure?.code, failure === undefined ? example : explain(failure, example)).toBe(refused);
      for (const other of failure?.others ?? []) expect(other.code).toBe(refused);
    }
  });

  it('names every key of the schema', () => {
    const text = page(name);
    const known = keysOf(JSON.parse(schemaFiles().get(schema) ?? ''));
    expect(known.length).toBeGreaterThan(15);
    for (const key of new Set(known)) expect(text, key).toMatch(new RegExp(`[\`. {]${key}\\b`));
  });
});

describe('docs/reference/workflow-file.md', () => {
  it('has a TypeScript example that evaluates', () => {
    const [example = ''] = fences(page('workflow-file'), 'ts');
    const object = /defineWorkflow\((\{[\s\S]*\})\);/.exec(example)?.[1] ?? '';
    // Single quotes and bare keys are YAML too.
    const { workflow } = parseWorkflowYaml(object.replace(/,(\s*[}\]])/g, '$1'), options);
    expect(workflow.steps.map(({ name }) => name)).toEqual(['prepare', 'train']);
    expect(() => evaluateWorkflow({}, options)).toThrow(Failure);
  });

  it('shows a mistake as it is told', () => {
    const [shown = ''] = fences(page('workflow-file'), 'text');
    const source = `gridtide: 1\nworkflow: w\ndeadline: +12h\n${'\n'.repeat(5)}steps:\n  train:\n    run: x\n    power: fast\n    duration: 1h\n`;
    const failure = failureOf(() => parseWorkflowYaml(source, options));
    expect(failure === undefined ? '' : `${explain(failure, source)}\n`).toBe(shown);
  });
});
