/**
 * The walls of `.dependency-cruiser.cjs` hold: a small copy of the house is built in a temporary folder, once as it
 * should be and once with a breach of every rule, and the checker must say nothing to the first and name each breach.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const rules = z
  .object({ forbidden: z.array(z.object({ name: z.string(), comment: z.string() })) })
  .parse(createRequire(import.meta.url)('../.dependency-cruiser.cjs')).forbidden;
const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** The rooms and root files of the tables, read from the names of the rules that they make. */
const FILES = [...named(/^values-of-file-(.*)/), 'app', 'index'];
const ROOMS = named(/^values-of-(?!file-)(.*)/);

function named(pattern: RegExp): readonly string[] {
  return rules.map(({ name }) => pattern.exec(name)?.[1]).filter((name) => name !== undefined);
}

/** The other half of the planted circle, innocent by itself. */
const CIRCLE_B = "import './circle-a.ts';\nexport const b = 1;\n";

/** A house in which every rule is kept, some of them narrowly. */
const SOUND: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ROOMS.map((room) => [`${room}/index.ts`, `export const ${room} = 1;\nexport type T = number;\n`]),
  ),
  ...Object.fromEntries(
    FILES.map((file) => [`${file}.ts`, `export const ${file.replaceAll('-', '')} = 1;\nexport type T = number;\n`]),
  ),
  'calendar.ts':
    "import { Temporal } from 'temporal-polyfill';\nexport const calendar = Temporal;\nexport type T = number;\n",
  'plan/inside.ts':
    "import { units } from '../units.ts';\nimport type { T } from '../execute/index.ts';\nimport type { z } from 'zod';\nexport const inside: T | z.ZodType = units;\n",
  'plan/inside.test.ts':
    "import { readFile } from 'node:fs';\nimport { grid } from '../grid/index.ts';\nexport const x = [readFile, grid];\n",
  'execute/whole.ts':
    "import { plan } from '../plan/index.ts';\nimport { ledger } from '../ledger/index.ts';\nimport { sql } from 'kysely';\nexport const whole = [plan, ledger, sql];\n",
  'forecast/models/inside.ts':
    "import { units } from '../../units.ts';\nimport type { T } from '../../grid/index.ts';\nexport const inside: T = units;\n",
  'store/fixtures.ts': "import { grid } from '../grid/index.ts';\nexport const fixtures = grid;\n",
  'app.ts': "import { execute } from './execute/index.ts';\nexport const app = execute;\nexport type T = number;\n",
  'cli/run.ts':
    "import { app } from '../app.ts';\nimport { Command } from 'commander';\nexport const run = [app, Command];\n",
  'grid/type-circle-a.ts': "import type { B } from './type-circle-b.ts';\nexport type A = B | 1;\n",
  'grid/type-circle-b.ts': "import type { A } from './type-circle-a.ts';\nexport type B = A | 2;\n",
};

/** File of the planted breach → its text and the rules that must name it. */
const BREACHES: Readonly<Record<string, { readonly text: string; readonly rules: readonly string[] }>> = {
  // A circle is named once, at its first file.
  'grid/circle-a.ts': { text: "export { b } from './circle-b.ts';\n", rules: ['no-cycles'] },
  'execute/by-the-window.ts': {
    text: "import type { inside } from '../plan/inside.ts';\nexport type X = typeof inside;\n",
    rules: ['by-the-door'],
  },
  'figures.ts': {
    text: "import type { inside } from './plan/inside.ts';\nexport type X = typeof inside;\n",
    rules: ['by-the-door-from-files'],
  },
  'annexe/index.ts': { text: "import type { T } from '../units.ts';\nexport type X = T;\n", rules: ['known-room'] },
  'grid/with-unknown-file.ts': {
    text: "import { extra } from '../extra.ts';\nexport const x = extra;\n",
    rules: ['known-file'],
  },
  'store/from-test.ts': {
    text: "import '../plan/inside.test.ts';\n",
    rules: ['by-the-door', 'product-only', 'values-of-store'],
  },
  'store/from-fixtures.ts': {
    text: "import './fixtures.ts';\n",
    rules: ['product-only'],
  },
  'store/from-scripts.ts': { text: "import '../../scripts/tool.mjs';\n", rules: ['product-only'] },
  'store/undeclared.ts': {
    text: "import fc from 'fast-check';\nexport const x = fc;\n",
    rules: ['declared-dependencies'],
  },
  'store/nowhere.ts': {
    text: "import { x } from './is-not-here.ts';\nexport const y = x;\n",
    rules: ['declared-dependencies', 'resolvable'],
  },
  'plan/node.ts': { text: "import { hostname } from 'node:os';\nexport const x = hostname;\n", rules: ['pure-plan'] },
  'plan/library.ts': { text: "import { z } from 'zod';\nexport const x = z;\n", rules: ['pure-plan'] },
  'plan/clock.ts': {
    text: "import { clock } from '../clock.ts';\nexport const x = clock;\n",
    rules: ['files-of-plan'],
  },
  'forecast/models/node.ts': {
    text: "import { hostname } from 'node:os';\nexport const x = hostname;\n",
    rules: ['pure-forecast/models'],
  },
  'forecast/models/clock.ts': {
    text: "import { clock } from '../../clock.ts';\nexport const x = clock;\n",
    rules: ['files-of-forecast/models'],
  },
  'forecast/models/upwards.ts': {
    text: "import { x } from '../index.ts';\nexport const y = x;\n",
    rules: ['files-of-forecast/models'],
  },
  'report/node.ts': {
    text: "import { hostname } from 'node:os';\nexport const x = hostname;\n",
    rules: ['pure-report'],
  },
  'report/calendar.ts': {
    text: "import { calendar } from '../calendar.ts';\nexport const x = calendar;\n",
    rules: ['files-of-report'],
  },
  'meter/library.ts': {
    text: "import type Database from 'better-sqlite3';\nexport type X = Database.Database;\n",
    rules: ['only-behind-its-door-better-sqlite3'],
  },
  'meter/kysely.ts': {
    text: "import { sql } from 'kysely';\nexport const x = sql;\n",
    rules: ['only-behind-its-door-kysely'],
  },
  'meter/commander.ts': {
    text: "import { Command } from 'commander';\nexport const x = Command;\n",
    rules: ['only-behind-its-door-commander'],
  },
  'meter/yaml.ts': {
    text: "import { parse } from 'yaml';\nexport const x = parse;\n",
    rules: ['only-behind-its-door-yaml'],
  },
  'meter/temporal.ts': {
    text: "import { Temporal } from 'temporal-polyfill';\nexport const x = Temporal;\n",
    rules: ['only-behind-its-door-temporal-polyfill'],
  },
  'meter/fastify.ts': {
    text: "import { fastify } from 'fastify';\nexport const x = fastify;\n",
    rules: ['only-behind-its-door-fastify'],
  },
  // A type and a value of the same room in two statements: the type must not hide the value.
  'site/type-and-value.ts': {
    text: "import type { T } from '../execute/index.ts';\nimport { execute } from '../execute/index.ts';\nexport const x: T = execute;\n",
    rules: ['values-of-site'],
  },
  'site/mixed.ts': {
    text: "import { type T, execute } from '../execute/index.ts';\nexport const x: T = execute;\n",
    rules: ['values-of-site'],
  },
  'site/later.ts': { text: "export const x = () => import('../execute/index.ts');\n", rules: ['values-of-site'] },
  'site/re-export.ts': { text: "export * from '../execute/index.ts';\n", rules: ['values-of-site'] },
  'cli/past-the-app.ts': {
    text: "import { ledger } from '../ledger/index.ts';\nexport const x = ledger;\n",
    rules: ['values-of-cli'],
  },
  'execute/uses-app.ts': {
    text: "import { app } from '../app.ts';\nexport const x = app;\n",
    rules: ['values-of-execute'],
  },
  // One that every other room must not use.
  ...Object.fromEntries(
    ROOMS.filter((room) => !['site', 'cli', 'execute', 'store'].includes(room)).map((room) => [
      `${room}/wrong-way.ts`,
      { text: "import { cli } from '../cli/index.ts';\nexport const x = cli;\n", rules: [`values-of-${room}`] },
    ]),
  ),
  ...Object.fromEntries(
    FILES.filter((file) => !['app', 'index', 'figures'].includes(file)).map((file) => [
      `${file}.ts`,
      {
        text: "import { figures } from './figures.ts';\nexport const x = figures;\n",
        rules: [`values-of-file-${file}`],
      },
    ]),
  ),
};

/** One file can hold one breach, and `figures.ts` holds two of them here. */
const SECOND_BREACH_OF_FIGURES = "import { store } from './store/index.ts';\nexport const figures = store;\n";

describe('the walls between rooms', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gridtide-walls-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function build(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const house = path.join(folder, name);
    await mkdir(path.join(house, 'scripts'), { recursive: true });
    await writeFile(path.join(house, 'scripts/tool.mjs'), 'export const tool = 1;\n');
    for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json'])
      await cp(path.join(ROOT, file), path.join(house, file));
    await symlink(path.join(ROOT, 'node_modules'), path.join(house, 'node_modules'));
    for (const [file, text] of Object.entries(files)) {
      const target = path.join(house, 'src', file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    return house;
  }

  /** File under `src/` → the names of the rules it breaks, sorted, each once. */
  async function breaches(house: string): Promise<Record<string, string[]>> {
    const program = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const output = await new Promise<string>((resolve) => {
      // The exit code counts the violations, so it is no error here.
      execFile(
        process.execPath,
        [program, 'src', '-c', '.dependency-cruiser.cjs', '-T', 'json'],
        { cwd: house, maxBuffer: 2 ** 26 },
        (_error, stdout, stderr) => resolve(stdout === '' ? stderr : stdout),
      );
    });
    const found: Record<string, Set<string>> = {};
    for (const { from, rule } of Report.parse(JSON.parse(output)).summary.violations) {
      const names = found[from.replace(/^src\//, '')] ?? new Set();
      found[from.replace(/^src\//, '')] = names.add(rule.name);
    }
    return Object.fromEntries(Object.entries(found).map(([file, names]) => [file, [...names].sort()]));
  }

  it('say nothing about a sound house', async () => {
    expect(await breaches(await build('sound', SOUND))).toEqual({});
  });

  it('name every planted breach by its rule, and nothing else', async () => {
    const planted = Object.fromEntries(Object.entries(BREACHES).map(([file, { text }]) => [file, text]));
    const house = await build('breached', {
      ...SOUND,
      'grid/circle-b.ts': CIRCLE_B,
      'extra.ts': 'export const extra = 1;\n',
      ...planted,
      'figures.ts': `${planted['figures.ts'] ?? ''}${SECOND_BREACH_OF_FIGURES}`,
    });
    const expected = Object.fromEntries(
      Object.entries(BREACHES).map(([file, breach]) => [file, [...breach.rules].sort()]),
    );
    expect(await breaches(house)).toEqual({
      ...expected,
      'figures.ts': [...(expected['figures.ts'] ?? []), 'values-of-file-figures'],
    });
  });

  it('are each breached by something above', () => {
    const planted = new Set(Object.values(BREACHES).flatMap((breach) => breach.rules));
    planted.add('values-of-file-figures');
    expect(rules.map((rule) => rule.name).filter((name) => !planted.has(name))).toEqual([]);
  });

  it('stand on the map of CONTRIBUTING.md as they are checked', () => {
    const map = readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
    const drawn = [...map.matchAll(/^\| `([a-z]+)\/` \|.*\| ([^|]+) \|$/gm)].map(([, room, from]) => [room, from]);
    const checked = rules
      .filter(({ name }) => /^values-of-(?!file-)/.test(name))
      .map(({ name, comment }) => {
        const room = name.slice('values-of-'.length);
        const from = /may use values of (.*);/.exec(comment)?.[1] ?? '';
        const files = rules.find((rule) => rule.name === `files-of-${room}`)?.comment.match(/may use (.*)\./)?.[1];
        if (files !== undefined) return [room, `${files.replace(/\w+/g, '`$&`')} only`];
        const rooms = from === 'no other room' ? [] : [from];
        return [room, [...(room === 'cli' ? ['`app.ts`'] : []), ...rooms].join(', ') || '–'];
      });
    expect(drawn).toEqual(checked);
  });
});
