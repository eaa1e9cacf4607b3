/**
 * The New York Independent System Operator: generation by fuel every 5 min, from which intensity is computed. No key, no
 * forecast.
 *
 * UNVERIFIED: the names of the columns, and that its files are served over HTTPS.
 *
 * @module
 */
import { localDates } from '../../calendar.ts';
import { Failure } from '../../errors.ts';
import { after, HOUR, type Instant, instant, MINUTE, millis } from '../../units.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { lastMoments, type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider } from '../provider.ts';
import { floorTo } from '../slots.ts';
import { ask, brokenReply, checkStamps, fetched, readStamp } from './reply.ts';
import { numberIn, readTable, type TableRow } from './table.ts';

const ID = 'nyiso';
const ZONE = 'US-NY-NYIS';
const BASE = 'https://mis.nyiso.com/public/csv/rtfuelmix';
const TIME_ZONE = 'America/New_York';
const STEP = millis(5 * MINUTE);
const [TIME, CLOCK, FUEL, POWER] = ['time stamp', 'time zone', 'fuel category', 'gen mw'] as const;

/** Behind UTC; the column says which clock a row is written by, so that an hour that comes twice is told apart. */
const CLOCKS: ReadonlyMap<string, number> = new Map([
  ['EST', 5],
  ['EDT', 4],
]);

const FUELS: ReadonlyMap<string, MixFuel> = new Map<string, MixFuel>([
  // Gas or oil; gas as a rule.
  ['dual fuel', 'gas'],
  ['natural gas', 'gas'],
  ['nuclear', 'nuclear'],
  ['wind', 'wind'],
  ['hydro', 'hydro'],
  // Of sun, wood, waste and landfill gas; and of coal and oil: no factor holds for either.
  ['other renewables', 'other'],
  ['other fossil fuels', 'other'],
]);

/** Without one of these the file was cut short. */
const ALWAYS = ['Natural Gas', 'Nuclear', 'Hydro', 'Wind'];

/** A row may come a little after its five minutes began. */
function readMoment(row: TableRow): Instant {
  const [written = '', clock = ''] = [row.get(TIME), row.get(CLOCK)];
  const match = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)$/.exec(written);
  const behind = CLOCKS.get(clock);
  if (match === null || behind === undefined)
    throw brokenReply(ID, 'a time cannot be read', `${written} ${clock}`, '03/18/2026 08:05:00 EDT');
  const [, month, date, year, time] = match;
  return after(readStamp(ID, `${year}-${month}-${date}T${time}Z`, true), behind * HOUR);
}

export const nyiso: Provider = {
  id: ID,
  about: 'New York ISO, public',
  keys: [],
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE) throw new Failure('grid/no-zone', `${ID} knows New York alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const moments: Output[] = [];
    const bodies: string[] = [];
    for (const date of localDates(range.start, instant(Math.min(range.end, now)), TIME_ZONE)) {
      // There is no file of a day before its first row.
      const url = `${BASE}/${date.replaceAll('-', '')}rtfuelmix.csv`;
      const body = await ask(ID, url, context, { absent: [404] });
      if (body === undefined) continue;
      bodies.push(body);
      for (const row of readTable(ID, body, [TIME, CLOCK, FUEL, POWER])) {
        const start = readMoment(row);
        if (floorTo(start, STEP) > now) throw brokenReply(ID, 'a measured value lies in the future', row.get(TIME));
        const type = row.get(FUEL) ?? '';
        const powerMW = numberIn(ID, row, POWER) ?? Number.NaN;
        moments.push({ start, type, fuel: FUELS.get(type.toLowerCase()) ?? 'other', powerMW });
      }
    }
    const outputs = lastMoments(moments, STEP).filter(({ start }) => start > range.start - STEP && start < range.end);
    const missing = ALWAYS.find((type) => !outputs.some((output) => output.type === type));
    if (outputs.length > 0 && missing !== undefined) throw brokenReply(ID, 'a fuel is missing throughout', missing);
    const starts = outputs.map(({ start }) => start).filter((start, i, list) => start !== list[i - 1]);
    checkStamps(ID, starts, range);
    const last = starts.at(-1);
    if (last === undefined) throw new Failure('grid/unavailable', `${ID}: no data in this time`);
    return mixSeries({
      zone,
      signal: nyiso.signal,
      range,
      step: STEP,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      provenance: fetched(ID, BASE, 'public, New York ISO', now, bodies),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
