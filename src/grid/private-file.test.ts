import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sharedState, writePrivate } from './private-file.ts';

const root = mkdtempSync(join(tmpdir(), 'private-file-'));
afterAll(() => rmSync(root, { recursive: true }));

const open = (file: string | undefined) => sharedState(file, z.object({ count: z.number() }), { count: 0 });
const add = ({ count }: { readonly count: number }) => ({ state: { count: count + 1 }, result: count });

describe('writePrivate', () => {
  it('makes the folder, for its owner alone, and leaves no draft behind', async () => {
    const file = join(root, 'new', 'file');
    await writePrivate(file, 'one');
    await writePrivate(file, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect([statSync(file).mode & 0o777, statSync(join(root, 'new')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readdirSync(join(root, 'new'))).toEqual(['file']);
  });
});

describe('state that processes share', () => {
  it('loses no change, however many make one at the same time', async () => {
    const file = join(root, 'counted');
    const sharers = Array.from({ length: 8 }, () => open(file));
    const seen = await Promise.all(sharers.flatMap((sharer) => [sharer.change(add), sharer.change(add)]));
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ count: 16 });
    expect(readdirSync(root)).not.toContain('counted.lock');
  });

  it('goes on after a process that ended while it held the lock', async () => {
    const file = join(root, 'locked');
    writeFileSync(`${file}.lock`, '');
    expect(await open(file).change(add)).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ count: 1 });
  });

  it.each(['', '{"count":', '{"count":"many"}', 'null'])('begins anew where the file says %j', async (text) => {
    const file = join(root, 'damaged');
    writeFileSync(file, text);
    expect(await open(file).change(add)).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ count: 1 });
  });

  it('is kept by each process alone where no file can be', async () => {
    writeFileSync(join(root, 'a-file'), '');
    for (const file of [undefined, join(root, 'a-file', 'below', 'file')]) {
      const state = open(file);
      expect([await state.change(add), await state.change(add)]).toEqual([0, 1]);
    }
  });

  it('is as it was when a change throws, and can be changed again', async () => {
    const state = open(join(root, 'thrown'));
    await state.change(add);
    const trouble = state.change(() => {
      throw new Error('no');
    });
    await expect(trouble).rejects.toThrow('no');
    expect(await state.change(add)).toBe(1);
  });
});
