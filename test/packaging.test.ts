/**
 * What a stranger receives: the packed product holds what it needs to run, and nothing of how it was made.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const Packed = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    files: z.array(z.object({ path: z.string(), size: z.number(), mode: z.number() })),
  }),
);
const Manifest = z.object({
  version: z.string(),
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
  dependencies: z.record(z.string(), z.string()),
});

const manifest = Manifest.parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')));

describe('the packed product', () => {
  let files: ReadonlyMap<string, { readonly size: number; readonly mode: number }> = new Map();

  beforeAll(() => {
    // Without scripts: packing would build, under the feet of tests that run what is built.
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const [packed] = Packed.parse(JSON.parse(output));
    files = new Map(packed?.files.map((file) => [file.path, file]));
  }, 60_000);

  const names = (): readonly string[] => [...files.keys()];

  it('is built: run `npm run build` if this fails', () => {
    expect(names().filter((name) => name.startsWith('dist/')).length).toBeGreaterThan(0);
  });

  it('holds its licence, its notice and the schemas for editors', () => {
    expect(names()).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'NOTICE',
        'README.md',
        'package.json',
        'schema/workflow.json',
        'schema/gridtide.json',
      ]),
    );
  });

  it('holds every file that its package.json points at', () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((target) =>
        typeof target === 'string' ? [target] : Object.values(target),
      ),
    ].map((target) => target.replace(/^\.\//, ''));
    expect(targets.filter((target) => !files.has(target))).toEqual([]);
  });

  it('has a command that can be executed', () => {
    for (const target of Object.values(manifest.bin)) {
      expect((files.get(target)?.mode ?? 0) & 0o111, target).not.toBe(0);
      expect(readFileSync(`${ROOT}${target}`, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });

  it('holds the shell wrapper, the guard and every other file that the product reads beside its code', () => {
    const assets = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
      .map((entry) => path.join('dist', path.relative(`${ROOT}src`, entry.parentPath), entry.name))
      .filter((file) => !file.includes('/fixtures/'));
    expect(assets).toContain('dist/execute/executors/local/start.sh');
    expect([...assets, 'dist/execute/guard-main.js'].filter((file) => !files.has(file))).toEqual([]);
  });

  it('holds no tests, fixtures, sources, benches or scripts', () => {
    const unwanted = names().filter(
      (name) =>
        /\.test\.|(^|\/)fixtures\/|^(src|test|bench|scripts|examples)\//.test(name) || /(?<!\.d)\.ts$/.test(name),
    );
    expect(unwanted).toEqual([]);
  });

  it('stays small without its dependencies', () => {
    const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThan(3_600_000);
  });

  it('imports only what it depends on', () => {
    const builtIn = /^node:/;
    const strangers = new Set<string>();
    for (const name of names().filter((file) => /^dist\/.*\.js$/.test(file))) {
      for (const [, statement, expression] of readFileSync(`${ROOT}${name}`, 'utf8').matchAll(
        /^(?:import|export)\b[^'"`;]*?from ['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm,
      )) {
        const specifier = statement ?? expression ?? '';
        const library = specifier.startsWith('@')
          ? specifier.split('/').slice(0, 2).join('/')
          : (specifier.split('/')[0] ?? '');
        if (specifier !== '' && !specifier.startsWith('.') && !builtIn.test(specifier)) strangers.add(library);
      }
    }
    expect([...strangers].filter((library) => manifest.dependencies[library] === undefined)).toEqual([]);
    expect(strangers.size).toBeGreaterThan(0);
  });
});
