import { describe, expect, it } from 'vitest';
import { play } from '../../test/support/grid-replies.ts';
import { mayBePassedOn } from './licence.ts';
import { PROVIDERS } from './providers.ts';

describe('what may be passed on', () => {
  it('is all but the values of providers that forbid it, and their licence says so on every series', async () => {
    const restricted = PROVIDERS.filter(({ id }) => !mayBePassedOn({ provider: id }));
    expect(restricted.map(({ id }) => id)).toEqual([
      'electricity-maps',
      'electricity-maps-direct',
      'electricity-maps-v3',
      'watttime',
    ]);
    for (const provider of restricted) {
      const { zone, range, context } = play(provider.id);
      const { provenance } = await provider.intensity(zone, range, context);
      expect(mayBePassedOn(provenance)).toBe(false);
      expect(provenance.licence).toMatch(/not to be passed on/);
    }
  });

  it('is the values of a file that somebody brought', () => {
    expect(mayBePassedOn({ provider: 'csv' })).toBe(true);
  });
});
