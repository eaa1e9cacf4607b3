import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/index.ts';
import { PROVIDERS } from '../src/grid/index.ts';

const ids = PROVIDERS.map(({ id }) => id);

describe('the chains of gridtide.yaml', () => {
  it('can name every listed grid provider, and no other', () => {
    const { grid } = parseConfig(`grid: { DE: [${ids.join(', ')}] }`, 'gridtide.yaml', ids);
    expect(grid['DE']?.map(({ provider }) => provider)).toEqual(ids);
    expect(() => parseConfig('grid: { DE: [csv] }', 'gridtide.yaml', ids)).toThrow(
      expect.objectContaining({ expected: expect.stringContaining([...ids].sort().at(-1) ?? '') }),
    );
  });
});

describe('the pages about grid providers', () => {
  const page = (name: string): string => readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8');

  it('have a row for each, with the environment variables that it needs', () => {
    const rows = page('reference/grid-providers').split('\n');
    for (const { id, keys } of PROVIDERS) {
      const row = rows.find((line) => line.startsWith(`| \`${id}\` |`));
      expect(row, id).toBeDefined();
      for (const key of keys) expect(row, id).toContain(`\`${key}\``);
    }
  });
});
