import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/support/folders.ts';
import { play } from '../test/support/grid-replies.ts';
import { openApp } from './app.ts';
import { after, HOUR, millis } from './units.ts';

/** What a reader must know of the grid that is played, the way commands ask for it. */
async function troubleOf(options: {
  readonly synthetic?: number;
  readonly reply?: object;
}): Promise<readonly string[]> {
  const { folder, cleanup } = temporaryFolder();
  try {
    const { clock, transport, zone } = play('energy-charts', (body) =>
      JSON.stringify({ ...JSON.parse(body), ...options.reply }),
    );
    const app = await openApp({
      ...{ cwd: folder, home: folder, zone, transport, synthetic: options.synthetic },
      ...{ environment: {}, signal: new AbortController().signal },
    });
    const read = await app.readGrid(app.gridChoice, clock);
    const now = options.synthetic === undefined ? clock.now() : app.now;
    const { trouble, outlook } = await read(zone, now, after(now, millis(2 * HOUR)), app.signal);
    expect(outlook.notes).toEqual(trouble);
    return trouble;
  } finally {
    cleanup();
  }
}

describe('what is amiss with the grid', () => {
  it('is what its provider warns of', async () => {
    expect(await troubleOf({})).toEqual([]);
    expect(await troubleOf({ reply: { substitute: true } })).toEqual([
      'energy-charts: an older forecast stands in for the current one',
    ]);
  });

  it('is not what a series says of itself', async () => {
    expect(await troubleOf({ synthetic: 1 })).toEqual([]);
    expect(await troubleOf({ reply: { deprecated: true } })).toEqual([]);
  });
});
