import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/index.ts';
import { PROVIDERS } from '../src/grid/index.ts';

describe('the chains of gridtide.yaml', () => {
  it('can name every listed grid provider, and no other', () => {
    const ids = PROVIDERS.map(({ id }) => id);
    const { grid } = parseConfig(`grid: { DE: [${ids.join(', ')}] }`, 'gridtide.yaml');
    expect(grid['DE']?.map(({ provider }) => provider)).toEqual(ids);
    expect(() => parseConfig('grid: { DE: [csv] }', 'gridtide.yaml')).toThrow(
      expect.objectContaining({ expected: expect.stringContaining([...ids].sort().at(-1) ?? '') }),
    );
  });
});
