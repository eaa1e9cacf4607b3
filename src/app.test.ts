import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/support/folders.ts';
import { play } from '../test/support/grid-replies.ts';
import { openApp } from './app.ts';
import { openVintages } from './grid/index.ts';
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

it('what a live provider says is kept as it was said', async () => {
  const { folder, cleanup } = temporaryFolder();
  const { clock, transport, zone } = play('energy-charts', (body) => body);
  const app = await openApp({
    ...{ cwd: folder, home: folder, zone, transport },
    ...{ environment: {}, signal: new AbortController().signal },
  });
  try {
    const read = await app.readGrid(app.gridChoice, clock);
    const { answer } = await read(zone, clock.now(), after(clock.now(), millis(2 * HOUR)), app.signal);
    const { series } = answer;
    if (series === undefined) throw new Error('the provider did not answer');
    const { store } = await app.open();
    try {
      const key = { provider: 'energy-charts', zone, signal: series.signal, step: series.axis.step };
      const range = { start: series.axis.start, end: after(series.axis.start, series.axis.step * series.axis.length) };
      const past = await openVintages(store).past(key, range);
      const forecast = await openVintages(store).forecast(key, range, { issuedBy: clock.now() });
      const measured = series.intensityG.filter((_, i) => series.quality[i] === 'measured');
      const foreseen = series.intensityG.filter((_, i) => series.quality[i] === 'forecast');
      expect(measured.length * foreseen.length).toBeGreaterThan(0);
      expect(past.intensityG.filter((value) => !Number.isNaN(value))).toEqual(measured);
      expect(forecast?.intensityG.filter((value) => !Number.isNaN(value))).toEqual(foreseen);
    } finally {
      await store.close();
    }
  } finally {
    cleanup();
  }
});

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
