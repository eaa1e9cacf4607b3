import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder, until } from '../../test/support/folders.ts';
import { asOneReader } from './one-reader.ts';

const live = new AbortController().signal;
function newFolder(): string {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  return folder;
}

it('one reads at a time; who comes second waits, or is called off', async () => {
  const folder = newFolder();
  const told: string[] = [];
  let end = (): void => {};
  const first = asOneReader(folder, 'test-DE', live, async () => {
    told.push('first begins');
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    told.push('first ends');
  });
  await until('the first to begin', () => told.length === 1);
  const second = asOneReader(folder, 'test-DE', live, async () => told.push('second'));
  await asOneReader(folder, 'test-FR', live, async () => told.push('elsewhere'));
  const gone = AbortSignal.abort(new Error('enough'));
  await expect(asOneReader(folder, 'test-DE', gone, async () => told.push('never'))).rejects.toThrow();
  end();
  await Promise.all([first, second]);
  expect(told).toEqual(['first begins', 'elsewhere', 'first ends', 'second']);
});

it.each([2_147_483_646, process.pid])(
  'the claim of process %d, which is not ours and has ended, counts for nothing',
  async (by) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'test-DE.reader.json'), JSON.stringify({ by }));
    expect(await asOneReader(folder, 'test-DE', live, async () => 'read')).toBe('read');
  },
);

it('a reading that fails leaves no claim', async () => {
  const folder = newFolder();
  await expect(asOneReader(folder, 'a', live, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await asOneReader(folder, 'a', live, async () => 'read')).toBe('read');
});
