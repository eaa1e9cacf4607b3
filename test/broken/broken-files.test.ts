import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.ts';
import { Failure } from '../../src/errors.ts';
import { PROVIDERS } from '../../src/grid/index.ts';
import { explain } from '../../src/mistakes.ts';
import { instant } from '../../src/units.ts';
import { loadWorkflow } from '../../src/workload/index.ts';
import { BROKEN_CONFIGS, BROKEN_NOW, BROKEN_WORKFLOWS, type Expected } from './expected.ts';
import { GENERATED_WORKFLOWS } from './generated.ts';

const { signal } = new AbortController();
const folder = (name: string): string => fileURLToPath(new URL(`./${name}/`, import.meta.url));

const workflow = (file: string, displayName: string): Promise<unknown> =>
  loadWorkflow(file, { now: instant(Date.parse(BROKEN_NOW)), timeZone: 'Europe/Berlin', signal, displayName });
const providers = PROVIDERS.map(({ id }) => id);
const config = (file: string): Promise<unknown> =>
  loadConfig({ file, cwd: folder('configs'), environment: {}, providers, signal });

async function failureOf(loading: Promise<unknown>): Promise<Failure> {
  try {
    await loading;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('the file was taken');
}

/** The first mistake is the expected one, at its place; all have a place, a known exit code, and the caret below it. */
function holds(failure: Failure, name: string, source: string, expected: Expected): void {
  const { line, column, code, says, mistakes } = expected;
  expect(failure.describe()).toContain(says);
  expect({ place: failure.place, code: failure.code, exit: failure.exit }).toEqual({
    place: { file: name, line, column },
    code,
    exit: 65,
  });
  if (mistakes !== undefined) expect([failure, ...failure.others].map((one) => one.describe())).toHaveLength(mistakes);
  for (const other of failure.others) expect(other.place?.line, other.describe()).toBeGreaterThanOrEqual(line);
  const [first, excerpt = '', caret = ''] = explain(failure, source).split('\n');
  expect(first).toBe(failure.describe());
  const width = String(line).length + ' | '.length;
  if (source.split('\n')[line - 1]?.length ?? 0 <= 100)
    expect(excerpt.slice(width)).toBe(source.split('\n')[line - 1]?.replaceAll('\t', ' '));
  expect(caret).toBe(`${' '.repeat(String(line).length)} | ${' '.repeat(column - 1)}^`);
}

describe.each([
  { kind: 'workflows', table: BROKEN_WORKFLOWS, load: workflow },
  { kind: 'configs', table: BROKEN_CONFIGS, load: config },
])('broken $kind', ({ kind, table, load }) => {
  it('each have a row in the table, and each row its file', () => {
    expect(readdirSync(folder(kind)).sort()).toEqual([...table.keys()].sort());
  });

  it.each([...table])('%s is told its first mistake at its place', async (name, expected) => {
    const path = join(folder(kind), name);
    holds(await failureOf(load(path, name)), name, readFileSync(path, 'utf8'), expected);
  });
});

describe('files too large or too strange to keep', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'gridtide-broken-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  it.each(GENERATED_WORKFLOWS)('a workflow of $name is refused with its place', async ({ content, expected, file }) => {
    const path = join(scratch, file);
    writeFileSync(path, content);
    const failure = await failureOf(workflow(path, file));
    expect(failure.describe()).toContain(expected.says);
    expect(failure.code).toBe(expected.code);
    expect(failure.place?.file).toBe(file);
    if (!Number.isNaN(expected.line)) expect(failure.place?.line).toBe(expected.line);
    if (!Number.isNaN(expected.column)) expect(failure.place?.column).toBe(expected.column);
  });

  it('a file that is not there, a folder, and an unknown ending are told as such', async () => {
    expect((await failureOf(workflow(join(scratch, 'none.yaml'), 'none.yaml'))).describe()).toBe(
      'none.yaml  there is no such file',
    );
    const missing = await failureOf(config(join(scratch, 'none.yaml')));
    expect(missing.code).toBe('file/unreadable');
    expect((await failureOf(workflow(join(scratch, 'a.toml'), 'a.toml'))).describe()).toContain(
      'expected .yaml, .yml, .json',
    );
    const folderFailure = await failureOf(
      loadConfig({ file: scratch, cwd: scratch, environment: {}, providers, signal }),
    );
    expect(folderFailure.message).toBe('this is not a file');
  });

  it('nothing of it reaches the prototypes of the house', () => {
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
