import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { energinet } from './energinet.ts';

interface Rec {
  Minutes5UTC: string;
  Minutes5DK: string;
  PriceArea: string;
  CO2Emission: number | null;
}

const ask = (change?: (body: string, url: string) => string) => {
  const { zone, range, context } = play('energinet', change);
  return energinet.intensity(zone, range, context);
};

const records =
  (change: (records: Rec[], dataset: string) => Rec[], more: object = {}) =>
  (body: string) => {
    const document: { records: Rec[]; dataset: string } = JSON.parse(body);
    const changed = change(document.records, document.dataset);
    return JSON.stringify({ ...document, total: changed.length, records: changed, ...more });
  };
const only = (dataset: string, change: (records: Rec[]) => Rec[]) =>
  records((list, name) => (name === dataset ? change(list) : list));

describe('energinet', () => {
  it('averages five-minute values into quarters, measured before forecast', async () => {
    const series = await ask();
    expect(series.axis).toEqual({ start: at('2026-03-18T10:00Z'), step: 900_000, length: 24 });
    expect(series.intensityG[0]).toBeCloseTo((90 + 91 + 92) / 3);
    // 12:00 was measured (114); 12:05 and 12:10 are forecast (125, 120).
    expect(series.intensityG[8]).toBeCloseTo((114 + 125 + 120) / 3);
    expect(series.quality.slice(7, 9)).toEqual(['measured', 'forecast']);
    expect(series.gaps).toEqual([]);
  });

  it('asks in UTC, for its area, without the limit of 100 records', async () => {
    const { zone, range, context, asked } = play('energinet');
    await energinet.intensity(zone, range, context);
    expect(asked).toHaveLength(2);
    for (const url of asked) {
      const query = new URL(url).searchParams;
      expect(query.get('timezone')).toBe('utc');
      expect(query.get('limit')).toBe('0');
      expect(query.get('filter')).toBe('{"PriceArea":["DK1"]}');
    }
    expect(new URL(asked[0] ?? '').searchParams.get('start')).toBe('2026-03-18T10:00');
  });

  it('accepts newest first, as the API sorts by itself', async () => {
    const turned = await ask(records((list) => [...list].reverse()));
    expect([...turned.intensityG]).toEqual([...(await ask()).intensityG]);
  });

  it('leaves a quarter with one value of three as a gap', async () => {
    const series = await ask(only('CO2Emis', (list) => list.filter((_, i) => i !== 0 && i !== 1)));
    expect(series.intensityG[0]).toBeNaN();
    expect(series.gaps[0]?.start).toBe(at('2026-03-18T10:00Z'));
  });

  it('does with half of the answer and says so', async () => {
    const { zone, range, context } = play('energinet', (body, url) =>
      url.includes('Prog') ? '{"error":"down"}' : body,
    );
    const series = await energinet.intensity(zone, range, context);
    expect(series.warnings[0]).toMatch(/half of the answer is missing/);
    expect(series.gaps.at(-1)?.reason).toBe('beyond the forecast (end of tomorrow)');
  });

  it('counts no records as no data', async () => {
    expect((await failureOf(ask(records(() => [])))).code).toBe('grid/unavailable');
  });

  it.each([
    ['another area', only('CO2Emis', (list) => list.map((r) => ({ ...r, PriceArea: 'DK2' })))],
    [
      'Danish time in the UTC column',
      only('CO2Emis', (list) => list.map((r) => ({ ...r, Minutes5UTC: r.Minutes5DK }))),
    ],
    ['a shuffled list', only('CO2Emis', (list) => [list[3], list[1], list[2], list[4]].filter((r) => r !== undefined))],
    ['a stamp twice', only('CO2Emis', (list) => list.flatMap((r, i) => (i === 3 ? [r, r] : [r])))],
    ['a negative value', only('CO2EmisProg', (list) => list.map((r) => ({ ...r, CO2Emission: -5 })))],
    ['a list cut at its limit', records((list) => list.slice(0, 10), { total: 2_133_788, limit: 10 })],
    [
      'values of next year',
      only('CO2EmisProg', (list) =>
        list.map((r) => ({
          ...r,
          Minutes5UTC: r.Minutes5UTC.replace('2026', '2027'),
          Minutes5DK: r.Minutes5DK.replace('2026', '2027'),
        })),
      ),
    ],
    ['a page of HTML', () => '<html>'],
  ])('refuses %s', async (_, change) => {
    expect((await failureOf(ask(change))).code).toBe('grid/invalid-data');
  });

  it('knows both parts of Denmark and nothing else', () => {
    expect(['DK-DK1', 'DK-DK2', 'DK', 'toString'].map((zone) => energinet.covers(zone))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
