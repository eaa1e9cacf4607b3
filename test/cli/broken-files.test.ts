/**
 * Every broken file of the corpus through the real command: exit code 65, its place and what was expected, and nothing
 * written anywhere.
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../src/errors.ts';
import { BROKEN_CONFIGS, BROKEN_NOW, BROKEN_WORKFLOWS, type Expected } from '../broken/expected.ts';
import { GENERATED_WORKFLOWS } from '../broken/generated.ts';
import { temporaryFolder } from '../support/folders.ts';
import { type Ended, gridtide } from '../support/gridtide.ts';
import { inTurns } from '../support/in-turns.ts';

const AT_ONCE = 2;
const corpus = (path: string): string => fileURLToPath(new URL(`../broken/${path}`, import.meta.url));

/** A broken file and the words of the command that must refuse it. */
interface Case {
  readonly name: string;
  readonly file: string;
  readonly words: readonly string[];
  readonly expected: Expected;
}

const { folder, cleanup } = temporaryFolder();
const home = join(folder, 'home');
const cwd = join(folder, 'here');
const made = join(folder, 'made');
const good = join(made, 'good.yaml');

const cases: readonly Case[] = [
  ...[...BROKEN_WORKFLOWS].map(([name, expected]) => {
    const file = corpus(`workflows/${name}`);
    return { name: `workflow ${name}`, file, words: [file], expected };
  }),
  ...GENERATED_WORKFLOWS.map(({ name, file: base, expected }) => {
    const file = join(made, base);
    return { name: `workflow of ${name}`, file, words: [file], expected };
  }),
  ...[...BROKEN_CONFIGS].map(([name, expected]) => {
    const file = corpus(`configs/${name}`);
    return { name: `config ${name}`, file, words: ['--config', file, good], expected };
  }),
];

/** One of each kind of mistake that a person makes most. */
const RUN_TOO: ReadonlySet<string> = new Set([
  'workflow syntax-unclosed-quote.yaml',
  'workflow duplicate-key.yaml',
  'workflow power-in-words.yaml',
  'workflow duration-wrong-unit.yaml',
  'workflow unknown-step-key.yaml',
  'workflow cycle-of-three.yaml',
  'workflow after-unknown.yaml',
  'workflow later-data.yaml',
  'workflow many-mistakes.yaml',
  'workflow of a NUL byte',
  'workflow of an alias bomb',
  'config pue-below-one.yaml',
  'config unknown-key.yaml',
]);

const options = { home, cwd, env: { TZ: 'Europe/Berlin', HOME: home } };
const GRID = ['--synthetic', '--zone', 'DE', '--at', BROKEN_NOW];

/** Every file below the folders that a careless command could write to, with its time and size. */
function everything(): string[] {
  return [cwd, made, corpus('workflows'), corpus('configs')].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => {
      const { mtimeMs, size } = statSync(join(root, name));
      return `${join(root, name)} ${mtimeMs} ${size}`;
    }),
  );
}

const planned = new Map<string, Ended>();
let before: string[] = [];
let after: string[] = [];

beforeAll(async () => {
  mkdirSync(cwd);
  mkdirSync(made);
  writeFileSync(good, 'gridtide: 1\nworkflow: good\ndeadline: +12h\nsteps:\n  a: { run: "true", duration: 1h }\n');
  for (const { file, content } of GENERATED_WORKFLOWS) writeFileSync(join(made, file), content);
  before = everything();
  await inTurns(AT_ONCE, cases, async ({ name, words }) => {
    planned.set(name, await gridtide(['--json', 'plan', ...words, ...GRID], options));
  });
  after = everything();
}, 240_000);

afterAll(cleanup);

const failureSchema = z.object({
  code: z.custom<Failure['code']>((code) => typeof code === 'string'),
  message: z.string(),
  value: z.string().optional(),
  expected: z.string().optional(),
  place: z.object({ file: z.string(), line: z.number().optional(), column: z.number().optional() }),
  title: z.string().min(10),
});
const errorSchema = z.strictObject({
  schemaVersion: z.literal(1),
  error: failureSchema.extend({ others: z.array(failureSchema.partial({ place: true })).optional() }),
});

describe('plan of a broken file', () => {
  it('writes nothing: no home, nothing here, nothing beside the files', () => {
    expect(planned.size).toBe(cases.length);
    expect(existsSync(home)).toBe(false);
    expect(after).toEqual(before);
  });

  it.each(cases)('$name ends with 65 and says where and what was expected', ({ name, file, expected }) => {
    const ended = planned.get(name);
    expect({ code: ended?.code, signal: ended?.signal }, ended?.stderr).toEqual({ code: 65, signal: null });
    const { error } = errorSchema.parse(JSON.parse(ended?.stdout ?? ''));
    expect(error.code).toBe(expected.code);
    expect(resolve(cwd, error.place.file)).toBe(file);
    if (!Number.isNaN(expected.line)) expect(error.place.line).toBe(expected.line);
    if (!Number.isNaN(expected.column)) expect(error.place.column).toBe(expected.column);
    const said = new Failure(error.code, error.message, {
      ...(error.value === undefined ? {} : { value: error.value }),
      ...(error.expected === undefined ? {} : { expected: error.expected }),
    });
    expect(said.describe()).toContain(expected.says);
    if (expected.mistakes !== undefined) expect(1 + (error.others?.length ?? 0)).toBe(expected.mistakes);
    expect(ended?.stderr).toBe('');
  });
});

describe('run of a broken file', () => {
  it('accepts nothing, and says where in words', { timeout: 120_000 }, async () => {
    const chosen = cases.filter(({ name }) => RUN_TOO.has(name));
    expect(chosen).toHaveLength(RUN_TOO.size);
    await inTurns(AT_ONCE, chosen, async ({ name, file, words, expected }) => {
      const ended = await gridtide(['run', ...words, ...GRID, '--speed', '600'], options);
      expect(ended.code, name).toBe(65);
      expect(ended.stdout, name).toBe('');
      const place = [expected.line, expected.column].filter((number) => !Number.isNaN(number)).join(':');
      const named = name.startsWith('config') ? relative(cwd, file) : file;
      expect(ended.stderr, name).toContain(`${named}:${place}`);
      expect(ended.stderr, name).toContain(`(${expected.code})`);
    });
    expect(existsSync(home)).toBe(false);
    expect(everything()).toEqual(before);
  });
});
