/**
 * What the pages show is what the command prints. In a page,
 *
 * - `<!-- file: NAME -->` before a fence: the fence is that file, for the commands after it;
 * - `<!-- console -->` or `<!-- console 140 -->` before a fence: its first line `$ gridtide …` is run in a folder with
 *   those files, at 80 (or so many) columns, without colour, in Berlin; the other lines are what it prints;
 * - `<!-- drawn: NAME 80 -->` before a fence: the drawing of that model.
 *
 * `GRIDTIDE_UPDATE=1 npx vitest run test/docs` writes what is printed now into the pages. Look at the difference.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawing } from '../drawing/pictures.ts';
import { temporaryFolder } from '../support/folders.ts';
import { gridtide } from '../support/gridtide.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const UPDATE = process.env['GRIDTIDE_UPDATE'] === '1';
const FENCE = /<!-- (file|console|drawn):? ?([^\n]*?) ?-->\n```[a-z]*\n([\s\S]*?)```/g;

const FENCE_END = '```';

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].filter((page) => new RegExp(FENCE.source).test(readFileSync(join(ROOT, page), 'utf8')));

/** The words of a command line as the pages use it: no quotes but double ones. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');

describe.each(pages)('%s', (page) => {
  it('shows what is printed', { timeout: 60_000 }, async () => {
    const file = join(ROOT, page);
    const text = readFileSync(file, 'utf8');
    const { folder, cleanup } = temporaryFolder();
    let shown = text;
    for (const [whole, kind, detail = '', body = ''] of text.matchAll(FENCE)) {
      if (kind === 'file') {
        mkdirSync(dirname(join(folder, detail)), { recursive: true });
        writeFileSync(join(folder, detail), body);
        continue;
      }
      const printed = kind === 'drawn' ? drawing(detail) : await console_(body, detail, folder);
      if (UPDATE)
        shown = shown.replace(whole, () => `${whole.slice(0, -FENCE_END.length - body.length)}${printed}${FENCE_END}`);
      else expect(body, `${relative(ROOT, file)}: ${kind} ${detail}`).toBe(printed);
    }
    if (UPDATE) writeFileSync(file, shown);
    cleanup();
  });
});

/** The command line of a console block, and what it prints. */
async function console_(body: string, columns: string, folder: string): Promise<string> {
  const line = body.split('\n')[0] ?? '';
  const [, ...argv] = words(line.replace(/^\$ /, ''));
  const { stdout, stderr } = await gridtide(argv, {
    home: join(folder, '.home'),
    cwd: folder,
    env: { COLUMNS: columns === '' ? '80' : columns, TZ: 'Europe/Berlin' },
  });
  return `${line}\n${stderr}${stdout}`.replace(/\n*$/, '\n');
}
