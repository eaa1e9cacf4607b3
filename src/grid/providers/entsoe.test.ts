import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { DAY, HOUR, instant, MINUTE } from '../../units.ts';
import type { Reply } from '../index.ts';
import { entsoe } from './entsoe.ts';

const ask = (change?: (body: string) => string | Reply) => {
  const { zone, range, context } = play('entsoe', change);
  return entsoe.intensity(zone, range, context);
};
const acknowledged = (code: string, text: string) =>
  `<?xml version="1.0"?><Acknowledgement_MarketDocument xmlns="urn:x"><mRID>1</mRID><Reason><code>${code}</code><text>${text}</text></Reason></Acknowledgement_MarketDocument>`;

/** g/kWh of these powers of biomass, gas, nuclear, wind and hydro. */
const expected = (biomass: number, gas: number, nuclear: number, wind: number, hydro = 1200) =>
  (biomass * 230 + gas * 490 + nuclear * 12 + wind * 11 + hydro * 24) / (biomass + gas + nuclear + wind + hydro);

describe('entsoe', () => {
  it('repeats the point before one that a compressed curve leaves out, to the end of the period', async () => {
    const { intensityG, axis } = await ask();
    expect(axis.step).toBe(15 * MINUTE);
    expect(intensityG[0]).toBeCloseTo(expected(500, 20.5, 3000, 910), 9);
    expect(intensityG[1]).toBeCloseTo(expected(500, 20.5, 3000, 920), 9);
    expect(intensityG[5]).toBeCloseTo(expected(520.5, 20.5, 3010, 960), 9);
    expect(intensityG[6]).toBeCloseTo(expected(510, 20.5, 3010, 970), 9);
  });

  it('takes a point that any other curve leaves out for missing', async () => {
    const { intensityG, gaps } = await ask();
    expect(intensityG[7]).toBeNaN();
    expect(gaps[0]?.reason).toBe('only 83 % of generation is known by fuel; not published: Wind onshore');
  });

  it('counts neither pumping nor what has no factor, and keeps the share it knows', async () => {
    const { covered, warnings } = await ask();
    expect(covered?.[0]).toBeCloseTo(5630.5 / 5660.5, 9);
    expect(warnings).toEqual(['entsoe: up to 1 % of generation is of no known fuel and left out']);
  });

  it('stays on hours where every type is published by the hour', async () => {
    const hourly = (body: string) =>
      body.replaceAll('PT15M', 'PT60M').replaceAll(/<Point>\s*<position>[3-8]<[\s\S]*?<\/Point>/g, '');
    expect((await ask(hourly)).axis.step).toBe(60 * MINUTE);
  });

  it.each([200, 400])('knows by reason 999 that there are no data, with status %i', async (status) => {
    const failure = await failureOf(ask(() => ({ status, body: acknowledged('999', 'No matching data found for X') })));
    expect(failure.message).toBe('entsoe: no data for FI in this time');
    expect(failure.code).toBe('grid/unavailable');
  });

  it('hands on any other reason', async () => {
    const failure = await failureOf(ask(() => acknowledged('999', 'The area is not valid for this item')));
    expect(failure.message).toBe('entsoe: The area is not valid for this item');
  });

  it('asks in whole hours of UTC, with its token apart, in parts', async () => {
    const { zone, context, transport } = play('entsoe', () => acknowledged('999', 'No matching data found'));
    const end = at('2026-03-18T11:20Z');
    await failureOf(entsoe.intensity(zone, { start: instant(end - 20 * DAY), end }, context));
    const queries = transport.asked.map((url) => new URL(url).searchParams);
    expect(queries.map((query) => [query.get('periodStart'), query.get('periodEnd')])).toEqual([
      ['202602261100', '202603121100'],
      ['202603121100', '202603181200'],
    ]);
    expect(transport.askings[0]?.secret).toMatchObject({ query: 'securityToken' });
  });

  it('takes a type that is not known, whatever it is called, for one without a factor', async () => {
    const { intensityG, covered } = await ask((body) => body.replace('>B14<', '>constructor<'));
    expect(intensityG[0]).toBeNaN();
    expect(covered?.[0]).toBeNaN();
  });

  describe('where a type is left out', () => {
    const range = { start: at('2026-03-18T06:00Z'), end: at('2026-03-18T12:00Z') };
    const since = at('2026-03-15T12:00Z');
    /** A document of hours since three days ago, by type; `null` is a point that is left out. */
    const asked = (types: Readonly<Record<string, (hour: number) => number | null>>) => {
      const hours = (range.end - since) / HOUR;
      const points = (power: (hour: number) => number | null): string =>
        Array.from({ length: hours }, (_, i) => {
          const quantity = power(i);
          return quantity === null
            ? ''
            : `<Point><position>${i + 1}</position><quantity>${quantity}</quantity></Point>`;
        }).join('');
      const series = Object.entries(types).map(
        ([type, power]) =>
          `<TimeSeries><inBiddingZone_Domain.mRID>10YFI-1--------U</inBiddingZone_Domain.mRID><quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A01</curveType><MktPSRType><psrType>${type}</psrType></MktPSRType><Period><timeInterval><start>2026-03-15T12:00Z</start><end>2026-03-18T12:00Z</end></timeInterval><resolution>PT60M</resolution>${points(power)}</Period></TimeSeries>`,
      );
      const { context, transport } = play(
        'entsoe',
        () =>
          `<GL_MarketDocument><type>A75</type><process.processType>A16</process.processType>${series.join('')}</GL_MarketDocument>`,
      );
      return { transport, answer: entsoe.intensity('FI', range, context) };
    };
    const rest = { B12: () => 1200, B19: () => 2400 };

    it('notices one that was published in the three days before, which it asks for', async () => {
      const { transport, answer } = asked({ ...rest, B14: (hour) => (hour < 60 ? 3900 : null), B01: () => 1200 });
      const { gaps, axis } = await answer;
      expect(new URL(transport.asked[0] ?? '').searchParams.get('periodStart')).toBe('202603151200');
      expect(axis).toEqual({ start: range.start, step: HOUR, length: 6 });
      expect(gaps).toEqual([{ ...range, reason: 'only 55 % of generation is known by fuel; not published: Nuclear' }]);
    });

    it('notices one that makes much of a year and is never published', async () => {
      const { gaps } = await asked({ ...rest, B01: () => 1200 }).answer;
      expect(gaps).toEqual([
        { ...range, reason: 'only 61 % of generation is known by fuel; not published: nuclear (39 % of a year)' },
      ]);
    });

    it('has no answer where the three days before alone are published', async () => {
      const failure = await failureOf(asked({ B12: (hour) => (hour < 60 ? 1200 : null) }).answer);
      expect(failure.message).toBe('entsoe: no data for FI in this time');
    });
  });

  it.each([
    ['another area', (body: string) => body.replaceAll('10YFI-1--------U', '10YSE-1--------K'), 'grid/invalid-data'],
    ['another unit', (body: string) => body.replace('>MAW<', '>KWT<'), 'grid/invalid-data'],
    ['another document', (body: string) => body.replace('>A75<', '>A71<'), 'grid/invalid-data'],
    ['another curve', (body: string) => body.replace('>A01</curve', '>A02</curve'), 'grid/invalid-data'],
    ['another resolution', (body: string) => body.replace('PT60M', 'P1D'), 'grid/invalid-data'],
    ['positions out of order', (body: string) => body.replace('<position>7<', '<position>2<'), 'grid/invalid-data'],
    [
      'a position beyond the period',
      (body: string) => body.replace('<position>7<', '<position>9<'),
      'grid/invalid-data',
    ],
    ['no number', (body: string) => body.replace('>520.5<', '><'), 'grid/invalid-data'],
    ['an endless period', (body: string) => body.replaceAll('<end>2026', '<end>2036'), 'grid/invalid-data'],
    ['times of long ago', (body: string) => body.replaceAll('2026-', '2020-'), 'grid/invalid-data'],
    ['a document cut short', (body: string) => body.slice(0, 2000), 'grid/invalid-data'],
    ['a bad token', () => ({ status: 401, body: '<html>' }), 'grid/not-configured'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
