/**
 * What the operators of Europe forecast of wind and sun a day ahead, as the Transparency Platform of ENTSO-E has it (item
 * 14.1.D, document A69 of process A01). The time at which a document was made is that of the question, not of the forecast.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, instant } from '../../units.ts';
import type { OperatorForecasts } from '../operators.ts';
import { floorTo } from '../slots.ts';
import { checkNear, type DayAheadSlot, dayAheadReading, EU_OUT_BY } from './day-ahead.ts';
import { AREAS, type Item, LONGEST_REQUEST, readItem, type Stretch, URL_OF_API } from './entsoe-documents.ts';
import { brokenReply } from './reply.ts';

const ID = 'entsoe';
const WIND_AND_SUN: Item = { type: 'A69', process: 'A01', what: 'wind and sun a day ahead' };

/** Types of production. */
const SOURCES: ReadonlyMap<string, 'wind' | 'solar'> = new Map([
  ['B16', 'solar'],
  ['B18', 'wind'],
  ['B19', 'wind'],
]);

function slotOf({ type, start, step, powerMW }: Stretch): DayAheadSlot {
  const source = SOURCES.get(type);
  if (source === undefined)
    throw brokenReply(ID, 'a type is neither wind nor sun', type, [...SOURCES.keys()].join(', '));
  return { source, type, start, step, powerMW };
}

export const entsoeDayAhead: OperatorForecasts = {
  about: 'wind and sun a day ahead, operators of Europe by ENTSO-E',
  licence: 'CC BY 4.0, ENTSO-E (UNVERIFIED)',
  covers: (zone) => Object.hasOwn(AREAS, zone),
  async dayAhead(zone, range, context) {
    const area = Object.hasOwn(AREAS, zone) ? AREAS[zone] : undefined;
    if (area === undefined) throw new Failure('grid/no-zone', `${ID} does not know this zone`, { value: zone });
    const slots: DayAheadSlot[] = [];
    const bodies: string[] = [];
    // Days of Brussels begin before those of UTC.
    const end = instant(range.end + DAY);
    for (let start = floorTo(instant(range.start - DAY), HOUR); start < end; start = after(start, LONGEST_REQUEST)) {
      const part = { start, end: instant(Math.min(end, after(start, LONGEST_REQUEST))) };
      const { stretches, body } = await readItem(WIND_AND_SUN, area, part, context);
      const told = stretches.map(slotOf);
      checkNear(ID, told, part);
      // A part of a day may be told as all of it.
      slots.push(...told.filter((slot) => slot.start >= part.start && slot.start < part.end));
      bodies.push(body);
    }
    return dayAheadReading({
      provider: ID,
      slots,
      timeZone: 'Europe/Brussels',
      outBy: EU_OUT_BY,
      range,
      now: context.clock.now(),
      source: `${URL_OF_API}?documentType=A69&processType=A01&in_Domain=${area}`,
      bodies,
    });
  },
};
