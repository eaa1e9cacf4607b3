import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { HOUR, instant } from '../../units.ts';
import { loadCsv } from './csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'grid-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const write = (content: string | Uint8Array): string => {
  files += 1;
  const file = join(folder, `${files}.csv`);
  writeFileSync(file, content);
  return file;
};

const clock = standingClock(at('2022-06-01T08:00Z'));
const context = contextOf(
  scripted(() => new Error('a file needs no network')),
  clock,
);
const load = (content: string | Uint8Array, zone?: string) =>
  loadCsv(write(content), { clock, ...(zone === undefined ? {} : { zone }) });
const read = async (content: string, zone: string, from = '2022-06-01T00:00Z', to = '2022-06-01T03:00Z') =>
  (await load(content, zone)).intensity(zone, { start: at(from), end: at(to) }, context);

const THREE =
  'datetime_utc,DE,US-CAL-CISO\n2022-06-01T00:00:00Z,300,200\n2022-06-01T01:00:00Z,310.5,210\n2022-06-01T02:00:00Z,320,220\n';

describe('loadCsv', () => {
  it('reads any zone of a file, each under its header', async () => {
    const grid = await load(THREE, 'DE');
    expect(grid.zones).toEqual(['DE', 'US-CAL-CISO']);
    expect([grid.covers('US-CAL-CISO'), grid.covers('GB'), grid.covers('')]).toEqual([true, false, false]);
    const range = { start: at('2022-06-01T00:00Z'), end: at('2022-06-01T03:00Z') };
    expect([...(await grid.intensity('DE', range, context)).intensityG]).toEqual([300, 310.5, 320]);
    const other = await grid.intensity('US-CAL-CISO', range, context);
    expect([...other.intensityG]).toEqual([200, 210, 220]);
    expect(other.quality).toEqual(['replayed', 'replayed', 'replayed']);
    expect(other.provenance.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(other.signal).toEqual({ kind: 'unknown', basis: 'unknown', scope: 'unknown', gas: 'unknown' });
  });

  it('takes times without a zone as UTC and offsets at their word', async () => {
    const plain = await read('Time,DE\n2022-06-01 00:00,1\n2022-06-01 00:30:00,2\n', 'DE');
    expect(plain.axis.start).toBe(at('2022-06-01T00:00Z'));
    expect(plain.axis.step).toBe(HOUR / 2);
    const offset = await load('Time,DE\n2022-06-01T02:00:00+02:00,1\n2022-06-01T03:00:00+02:00,2\n', 'DE');
    expect(offset.range.start).toBe(at('2022-06-01T00:00Z'));
    const west = await load('Time,DE\n2022-05-31T19:00-05:00,1\n2022-05-31T20:00-05:00,2\n', 'DE');
    expect(west.range.start).toBe(at('2022-06-01T00:00Z'));
  });

  it('lets one column under a header that is no zone stand for whatever zone is asked', async () => {
    const series = await read('Time,Carbon Intensity\n2022-06-01 00:00:00,100\n2022-06-01 01:00:00,110\n', 'GB');
    expect(series.zone).toBe('GB');
    expect([...series.intensityG].slice(0, 2)).toEqual([100, 110]);
    expect(series.labels).toEqual(['the column "Carbon Intensity" is taken as GB']);
  });

  it.each(['ci', 'intensity', 'carbon_intensity_avg', 'gCO2eq/kWh', 'value', ''])(
    'takes the header %j for what is measured, not where',
    async (header) => {
      const grid = await load(`time,${header}\n2022-06-01 00:00,1\n2022-06-01 01:00,2\n`, 'DE');
      expect([grid.servesAnyZone, grid.covers('GB'), grid.zones]).toEqual([true, true, []]);
    },
  );

  it.each(['FR', 'X1', 'Campus', 'DE_LU'])(
    'does not let the one column of another zone, %s, stand in',
    async (header) => {
      const content = `time,${header}\n2022-06-01 00:00,1\n2022-06-01 01:00,2\n`;
      const failure = await failureOf(load(content, 'PL'));
      expect(failure.code).toBe('grid/no-zone');
      expect(failure.expected).toMatch(new RegExp(`^${header}, the one zone of the file`));
      const grid = await load(content, header);
      expect([grid.covers(header), grid.covers('PL'), grid.zones]).toEqual([true, false, [header]]);
    },
  );

  it('names near zones when the asked one is missing', async () => {
    const failure = await failureOf(load('time,US-CAL-CISO,US-NY-NYIS,FR\n2022-06-01 00:00,1,2,3\n', 'us-cal-ciso'));
    expect(failure.expected).toBe('US-CAL-CISO or US-NY-NYIS');
    expect(failure.place).toMatchObject({ line: 1 });
  });

  it('keeps empty, NaN and null cells and missing rows as gaps with reasons', async () => {
    const series = await read(
      't,DE\n2022-06-01 00:00,\n2022-06-01 01:00,nan\n2022-06-01 02:00,5\n2022-06-01 04:00,null\n2022-06-01 05:00,6\n',
      'DE',
      '2022-06-01T00:00Z',
      '2022-06-01T06:00Z',
    );
    expect([...series.intensityG]).toEqual([Number.NaN, Number.NaN, 5, Number.NaN, Number.NaN, 6]);
    expect(series.gaps).toEqual([
      { start: at('2022-06-01T00:00Z'), end: at('2022-06-01T02:00Z'), reason: 'empty cell' },
      { start: at('2022-06-01T03:00Z'), end: at('2022-06-01T04:00Z'), reason: 'missing row' },
      { start: at('2022-06-01T04:00Z'), end: at('2022-06-01T05:00Z'), reason: 'empty cell' },
    ]);
  });

  it('holds the values of a coarser stretch for all of their slots, and says so', async () => {
    const stamps = ['00:00', '00:30', '01:00', '01:30', '02:00', '02:15', '02:30'];
    const series = await read(
      `t,DE\n${stamps.map((stamp, i) => `2022-06-01 ${stamp},${i}`).join('\n')}\n`,
      'DE',
      '2022-06-01T00:00Z',
      '2022-06-01T02:45Z',
    );
    expect([...series.intensityG]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6]);
    expect(series.gaps).toEqual([]);
    expect(series.labels).toEqual(['the step of the file changes: 4 coarser values hold for several slots']);
  });

  it('covers the whole of a last value that is coarser', async () => {
    const stamps = ['00:00', '00:15', '00:30', '01:30', '02:30', '03:30', '04:30'];
    const grid = await load(`t,DE\n${stamps.map((stamp, i) => `2022-06-01 ${stamp},${i}`).join('\n')}\n`, 'DE');
    expect(grid.range.end).toBe(at('2022-06-01T05:30Z'));
    expect((await grid.intensity('DE', grid.range, context)).gaps).toEqual([]);
  });

  it('says where the file ends when more is asked', async () => {
    const series = await read(THREE, 'DE', '2022-06-01T02:00Z', '2022-06-01T05:00Z');
    expect([...series.intensityG]).toEqual([320, Number.NaN, Number.NaN]);
    expect(series.gaps[0]?.reason).toBe('the file spans 2022-06-01T00:00:00Z to 2022-06-01T03:00:00Z');
  });

  it('reads a byte order mark, CRLF, quotes, quoted commas and a last line without an end', async () => {
    const series = await read(
      '\uFEFF"when, UTC","DE"\r\n"2022-06-01 00:00","1.5"\r\n2022-06-01 01:00, 2e1 ',
      'DE',
      '2022-06-01T00:00Z',
      '2022-06-01T02:00Z',
    );
    expect([...series.intensityG]).toEqual([1.5, 20]);
  });

  it('reads lines that lie across the pieces in which the file is read', async () => {
    const rows = Array.from(
      { length: 40_000 },
      (_, i) => `${new Date(Date.UTC(2020, 0, 1) + i * 900_000).toISOString()},${'x'.repeat(40)},${i % 1000}`,
    );
    const grid = await load(`time,FR,DE\n${rows.join('\n')}\n`.replaceAll('x'.repeat(40), '1'.padEnd(40)), 'DE');
    const series = await grid.intensity('DE', grid.range, context);
    expect(series.axis.length).toBe(40_000);
    expect(series.intensityG.every((value, i) => value === i % 1000)).toBe(true);
  });

  it.each([
    ['text in a cell', 't,DE\n2022-06-01 00:00,1\n2022-06-01 01:00,low\n', 3, 18, 'low'],
    ['a negative value', 't,FR,DE\n2022-06-01 00:00,7,-1\n2022-06-01 01:00,7,2\n', 2, 20, '-1'],
    ['a value beyond reason', 't,DE\n2022-06-01 00:00,3001\n2022-06-01 01:00,2\n', 2, 18, '3001'],
    ['a decimal comma', 't,DE\n2022-06-01 00:00,"1,5"\n2022-06-01 01:00,2\n', 2, 18, '1,5'],
    ['a hexadecimal number', 't,DE\n2022-06-01 00:00,0x10\n2022-06-01 01:00,2\n', 2, 18, '0x10'],
    ['infinity', 't,DE\n2022-06-01 00:00,Infinity\n2022-06-01 01:00,2\n', 2, 18, 'Infinity'],
    ['a time that is none', 't,DE\n2022-06-01 00:00,1\nyesterday,2\n', 3, 1, 'yesterday'],
    ['30 February', 't,DE\n2022-02-30 00:00,1\n2022-03-01 00:00,2\n', 2, 1, '2022-02-30 00:00'],
    ["25 o'clock", 't,DE\n2022-06-01 25:00,1\n2022-06-02 00:00,2\n', 2, 1, '2022-06-01 25:00'],
    ['a duplicate', 't,DE\n2022-06-01 00:00,1\n2022-06-01 00:00,2\n', 3, 1, '2022-06-01 00:00'],
    ['disorder', 't,DE\n2022-06-01 02:00,1\n2022-06-01 01:00,2\n', 3, 1, '2022-06-01 01:00'],
    ['a row too long', 't,DE\n2022-06-01 00:00,1,9\n2022-06-01 01:00,2\n', 2, 1, '3 cells'],
    ['a step of 7 min', 't,DE\n2022-06-01 00:00,1\n2022-06-01 00:07,2\n', 3, 1, '2022-06-01T00:07:00Z'],
    [
      'a step that changes',
      't,DE\n2022-06-01 00:00,1\n2022-06-01 01:00,1\n2022-06-01 02:30,2\n',
      4,
      1,
      '2022-06-01T02:30:00Z',
    ],
    [
      'a year with a digit too many',
      't,DE\n2022-06-01 00:00,1\n2022-06-01 00:05,1\n9022-06-01 00:00,1\n',
      4,
      1,
      '9022-06-01T00:00:00Z',
    ],
  ])('refuses %s with line, column and value', async (_, content, line, column, value) => {
    const failure = await failureOf(load(content, 'DE'));
    expect(failure.code).toBe('grid/invalid-data');
    expect({ line: failure.place?.line, column: failure.place?.column, value: failure.value }).toEqual({
      line,
      column,
      value,
    });
    expect(failure.expected).not.toBe('');
  });

  it.each([
    ['an empty file', ''],
    ['one column', 'time\n2022-06-01\n'],
    ['a header alone', 'time,DE\n'],
    ['a single row', 'time,DE\n2022-06-01 00:00,1\n'],
    ['a zone twice', 'time,DE,DE\n2022-06-01 00:00,1,2\n'],
    ['semicolons', 'time;DE\n2022-06-01 00:00;1\n'],
    ['binary', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1])],
    ['a line of two megabytes', `time,DE\n${'9'.repeat(2_000_000)}`],
  ])('refuses %s', async (_, content) => {
    expect((await failureOf(load(content, 'DE'))).code).toBe('grid/invalid-data');
  });

  it('refuses what is missing, a folder, or larger than 512 MB', async () => {
    const huge = write('time,DE\n');
    truncateSync(huge, 513 * 1024 * 1024);
    for (const file of [join(folder, 'nowhere.csv'), folder, huge]) {
      const failure = await failureOf(loadCsv(file, { clock, zone: 'DE' }));
      expect(failure.code).toBe('file/unreadable');
      expect(failure.place?.file).toBe(file);
    }
    truncateSync(huge, 0);
  });

  it('notices that the file changed while it was in use', async () => {
    const file = write(THREE);
    const grid = await loadCsv(file, { clock, zone: 'DE' });
    writeFileSync(file, THREE.replace('220', '221'));
    const failure = await failureOf(grid.intensity('US-CAL-CISO', grid.range, context));
    expect(failure.message).toMatch(/changed/);
  });

  it('stops when aborted', async () => {
    const reason = new Error('enough');
    await expect(loadCsv(write(THREE), { clock, abort: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  const shared = process.env['GRIDTIDE_DATA'];
  it.skipIf(shared === undefined)(
    'reads published files of hundreds of thousands of cells (set GRIDTIDE_DATA to run)',
    async () => {
      const wide = await loadCsv(join(shared ?? '', 'ci/123-zones-2022-lca.csv'), { clock, zone: 'DE' });
      expect(wide.zones).toHaveLength(123);
      const day = { start: at('2022-06-01T00:00Z'), end: instant(at('2022-06-01T00:00Z') + 24 * HOUR) };
      expect((await wide.intensity('US-CAL-CISO', day, context)).gaps).toEqual([]);
      const nameless = await loadCsv(join(shared ?? '', 'lets-wait-awhile/ger_ci.csv'), { clock, zone: 'DE' });
      expect([nameless.servesAnyZone, nameless.step]).toEqual([true, HOUR / 4]);
    },
  );
});
