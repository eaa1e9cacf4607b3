import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/support/folders.ts';
import { failureOf, play } from '../test/support/grid-replies.ts';
import { type AppOptions, openApp } from './app.ts';
import { openVintages } from './grid/index.ts';
import { after, HOUR, millis } from './units.ts';

const cwd = mkdtempSync(join(tmpdir(), 'gridtide-app-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const open = (options: Partial<AppOptions> = {}) =>
  openApp({ cwd, environment: { HOME: cwd }, signal: new AbortController().signal, ...options });
const config = (text: string): string => {
  writeFileSync(join(cwd, 'sites.yaml'), text);
  return 'sites.yaml';
};
const whereabouts = async (options: Partial<AppOptions>): Promise<readonly string[]> =>
  (await (await open(options)).sites()).map(({ name, zone, zoneFrom }) => `${name} ${zone} by ${zoneFrom}`);

describe('where the sites are', () => {
  it('is said by the command, the file or the environment, in this order, as a zone, a name, a region or a point', async () => {
    const file = config('sites:\n  here: { zone: Germany }\n  far: { executor: slurm, zone: aws:eu-west-1 }\n');
    const environment = { HOME: cwd, GRIDTIDE_ZONE: '59.91,10.75' };
    const far = 'far IE by gridtide.yaml: aws:eu-west-1 in Dublin';
    expect(await whereabouts({ environment })).toEqual([
      'here NO-NO1 by GRIDTIDE_ZONE: 59.91,10.75 near Oslo, nearest of several zones in NO: check it',
    ]);
    expect(await whereabouts({ environment, config: file })).toEqual(['here DE by gridtide.yaml: Germany', far]);
    expect(await whereabouts({ environment, config: file, zone: 'FR' })).toEqual(['here FR by --zone', far]);
  });

  it('is told with every mistake at its place', async () => {
    const file = config('sites:\n  here: { zone: Germny }\n  far: { executor: slurm, zone: "0,0" }\n');
    const failure = await failureOf(whereabouts({ config: file }));
    expect([failure, ...failure.others].map((one) => [one.code, one.message, one.value, one.place])).toEqual([
      ['grid/no-zone', 'sites.here.zone: no such place', 'Germny', { file, line: 2, column: 17 }],
      ['grid/no-zone', 'sites.far.zone: there is no grid', '0,0', { file, line: 3, column: 33 }],
    ]);
    expect(await failureOf(whereabouts({ zone: 'Germny' }))).toMatchObject({ message: '--zone: no such place' });
    expect(await failureOf(whereabouts({ environment: { GRIDTIDE_ZONE: 'Germny' } }))).toMatchObject({
      message: 'GRIDTIDE_ZONE: no such place',
    });
  });

  it('is of no concern to whoever only looks at runs', async () => {
    const app = await open({ environment: { HOME: cwd, GRIDTIDE_ZONE: 'Germny' } });
    expect(app.hasStore()).toBe(false);
    expect(await failureOf(app.sites())).toMatchObject({ message: 'GRIDTIDE_ZONE: no such place' });
  });

  it('may have any name where a file stands in for every provider', async () => {
    expect(await failureOf(whereabouts({ zone: 'my column', synthetic: 1 }))).toMatchObject({ code: 'grid/no-zone' });
    expect(await whereabouts({ zone: 'my column', grid: 'grid.csv' })).toEqual(['here my column by --zone']);
    expect(await failureOf(whereabouts({ zone: 'my column' }))).toMatchObject({ code: 'grid/no-zone' });
  });
});

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
