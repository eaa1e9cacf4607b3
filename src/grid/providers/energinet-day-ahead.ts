/**
 * Energinet's forecasts of the wind and sun of West and East Denmark a day ahead, by the hour, no key.
 *
 * The service could not be asked while this was written. UNVERIFIED: the names of the columns, which are those of the data
 * set `Forecasts_5Min` with hours in place of five minutes, and by when the forecast of a day is out; it is taken for
 * known when European law wants it published ({@link EU_OUT_BY}).
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { DAY, formatInstant, HOUR, type Instant, instant } from '../../units.ts';
import type { OperatorForecasts } from '../operators.ts';
import type { Range } from '../provider.ts';
import { checkNear, type DayAheadSlot, dayAheadReading, EU_OUT_BY } from './day-ahead.ts';
import { brokenReply, readReply, readStamp } from './reply.ts';

const ID = 'energinet';
export const ENERGINET = 'https://api.energidataservice.dk/dataset';
export const ENERGINET_AREAS: Readonly<Record<string, string>> = { 'DK-DK1': 'DK1', 'DK-DK2': 'DK2' };

const SOURCES: ReadonlyMap<string, 'wind' | 'solar'> = new Map([
  ['Offshore Wind', 'wind'],
  ['Onshore Wind', 'wind'],
  ['Solar', 'solar'],
]);

const replySchema = z.object({
  total: z.number().int().optional(),
  records: z.array(
    z.object({
      HourUTC: z.string(),
      PriceArea: z.string(),
      ForecastType: z.string(),
      ForecastDayAhead: z.number().nullish(),
    }),
  ),
});
type Row = z.infer<typeof replySchema>['records'][number];

/** The parameters that every question to the service takes: all rows, and times in UTC rather than Danish. */
export const energinetQuery = (area: string, range: Range): URLSearchParams =>
  new URLSearchParams({
    start: new Date(range.start).toISOString().slice(0, 16),
    end: new Date(range.end).toISOString().slice(0, 16),
    filter: JSON.stringify({ PriceArea: [area] }),
    // Without these two the answer is cut at 100 records and the asked times are taken as Danish.
    limit: '0',
    timezone: 'utc',
  });

function slotOf(row: Row, area: string): DayAheadSlot {
  if (row.PriceArea !== area) throw brokenReply(ID, 'the reply is about another area', row.PriceArea, area);
  const source = SOURCES.get(row.ForecastType);
  if (source === undefined)
    throw brokenReply(ID, 'a type of forecast is not known', row.ForecastType, [...SOURCES.keys()].join(', '));
  const start: Instant = readStamp(ID, row.HourUTC, false);
  if (start % HOUR !== 0) throw brokenReply(ID, 'a time is no whole hour', formatInstant(start));
  return { source, type: row.ForecastType, start, step: HOUR, powerMW: row.ForecastDayAhead ?? Number.NaN };
}

export const energinetDayAhead: OperatorForecasts = {
  about: 'wind and sun a day ahead, Energinet',
  licence: 'CC BY 4.0, Energinet (UNVERIFIED)',
  covers: (zone) => Object.hasOwn(ENERGINET_AREAS, zone),
  async dayAhead(zone, range, { transport, signal, clock }) {
    const area = Object.hasOwn(ENERGINET_AREAS, zone) ? ENERGINET_AREAS[zone] : undefined;
    if (area === undefined)
      throw new Failure('grid/no-zone', `${ID} knows Denmark alone`, { value: zone, expected: 'DK-DK1 or DK-DK2' });
    // Danish days begin before those of UTC.
    const wide = { start: instant(range.start - DAY), end: instant(range.end + DAY) };
    const query = energinetQuery(area, wide);
    query.set('sort', 'HourUTC asc');
    const { body } = await transport.get(`${ENERGINET}/Forecasts_Hour?${query}`, { signal });
    const { total, records } = readReply(ID, body, replySchema);
    if (total !== undefined && total > records.length)
      throw brokenReply(ID, 'Forecasts_Hour was cut short', `${records.length} of ${total} records`, 'all of them');
    const slots = records.map((row) => slotOf(row, area));
    checkNear(ID, slots, wide);
    return dayAheadReading({
      provider: ID,
      slots,
      timeZone: 'Europe/Copenhagen',
      outBy: EU_OUT_BY,
      range,
      now: clock.now(),
      source: `${ENERGINET}/Forecasts_Hour`,
      bodies: [body],
    });
  },
};
