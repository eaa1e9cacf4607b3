/**
 * The carbon dioxide equivalent intensity index of AEMO: the official mean of each day for the regions of Australia's
 * National Electricity Market, some days late, no key. It serves the account of days that have passed; a mean of a day
 * ranks none of its hours.
 *
 * UNVERIFIED: the order of columns, so they are found by name, and that a day is called after its beginning.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { after, DAY, formatInstant, HOUR, type Instant, millis } from '../../units.ts';
import type { Provider, Range } from '../provider.ts';
import { type Sample, seriesOver } from '../slots.ts';
import { ask, brokenReply, checkValue, fetched, readStamp } from './reply.ts';
import { numberIn, readTable } from './table.ts';

const ID = 'aemo-nemweb';
const URL_OF_INDEX = 'https://nemweb.com.au/Reports/Current/CDEII/CO2EII_SUMMARY_RESULTS.CSV';
/** Market time has no summer time. */
const AHEAD_OF_UTC = millis(10 * HOUR);
const REGIONS: Readonly<Record<string, string>> = {
  'AU-NSW': 'NSW1',
  'AU-QLD': 'QLD1',
  'AU-SA': 'SA1',
  'AU-TAS': 'TAS1',
  'AU-VIC': 'VIC1',
};
const [DATE, REGION, INDEX] = ['settlementdate', 'regionid', 'co2e_intensity_index'] as const;

/** The start of a day: `2026/03/16 00:00:00`, in older files `16/03/2026`. */
function dayOf(text: string): Instant {
  const [, year, month, date] = /^(\d{4})\/(\d\d)\/(\d\d)(?: 00:00:00)?$/.exec(text) ?? [];
  const [, olderDate, olderMonth, olderYear] = /^(\d\d?)\/(\d\d?)\/(\d{4})(?: 0?0:00(?::00)?)?$/.exec(text) ?? [];
  const parts = year === undefined ? [olderYear, olderMonth, olderDate] : [year, month, date];
  if (parts.includes(undefined)) throw brokenReply(ID, 'a day cannot be read', text, '2026/03/16 00:00:00');
  const written = parts.map((part = '') => part.padStart(2, '0')).join('-');
  return after(readStamp(ID, `${written}T00:00Z`, true), -AHEAD_OF_UTC);
}

/** Each day as its hours, all alike. */
function hoursOf(body: string, region: string, range: Range, now: Instant): Sample[] {
  // Lines begin with what they are: a comment, the header, data.
  const header = body.search(/^I,/m);
  if (header < 0) throw brokenReply(ID, 'the reply has no header', body.slice(0, 40), 'a line that begins with I');
  const days = new Map<Instant, number>();
  for (const row of readTable(ID, body.slice(header), ['i', DATE, REGION, INDEX])) {
    if (row.get('i') !== 'D' || row.get(REGION) !== region) continue;
    const day = dayOf(row.get(DATE) ?? '');
    const tonnesPerMWh = numberIn(ID, row, INDEX);
    if (day >= now) throw brokenReply(ID, 'a mean is of a day to come', row.get(DATE));
    if (tonnesPerMWh !== undefined) days.set(day, checkValue(ID, tonnesPerMWh * 1_000));
  }
  return [...days]
    .flatMap(([day, value]) =>
      Array.from(
        { length: DAY / HOUR },
        (_, i): Sample => ({ start: after(day, i * HOUR), value, quality: 'estimated' }),
      ),
    )
    .filter(({ start }) => start > range.start - HOUR && start < range.end && start < now)
    .sort((a, b) => a.start - b.start);
}

export const aemoNemweb: Provider = {
  id: ID,
  about: 'CO2-e intensity index, AEMO (Australia), with attribution',
  keys: [],
  signal: { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2e' },
  // Published by the week.
  staleAfter: millis(10 * DAY),
  ranksNoHours: true,
  covers: (zone) => Object.hasOwn(REGIONS, zone),
  async intensity(zone, range, context) {
    const region = Object.hasOwn(REGIONS, zone) ? REGIONS[zone] : undefined;
    if (region === undefined)
      throw new Failure('grid/no-zone', `${ID} knows the east of Australia alone`, { value: zone });
    const now = context.clock.now();
    const body = (await ask(ID, URL_OF_INDEX, context)) ?? '';
    const samples = hoursOf(body, region, range, now);
    const last = samples.at(-1)?.start;
    if (last === undefined)
      throw new Failure('grid/unavailable', `${ID}: no mean of ${region} from ${formatInstant(range.start)} on`);
    return seriesOver({
      zone,
      signal: aemoNemweb.signal,
      range,
      step: HOUR,
      samples,
      provenance: fetched(ID, URL_OF_INDEX, 'AEMO copyright permissions, with attribution (UNVERIFIED)', now, [body]),
      reason: (start) => (start > last ? 'not published yet: days come by the week' : 'not published'),
      warnings: [`${ID}: means of whole days, which rank no hours`],
    });
  },
};
