/**
 * Elexon's Insights of Great Britain: half-hourly generation by fuel on the transmission grid, from which intensity is
 * computed. No key, no forecast.
 *
 * Sun and wind in the distribution grids are not in it, and what comes through cables to other countries is no
 * generation. UNVERIFIED: the form of the body.
 *
 * @module
 */
import { z } from 'zod';
import { formatLocal, localDates, localDay } from '../../calendar.ts';
import { Failure } from '../../errors.ts';
import { type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider } from '../provider.ts';
import { ask, brokenReply, checkStamps, fetched, readOffsetStamp, readReply } from './reply.ts';

const ID = 'elexon';
const ZONE = 'GB';
const BASE = 'https://data.elexon.co.uk/bmrs/api/v1/datasets/FUELHH/stream';
const TIME_ZONE = 'Europe/London';
const STEP: Millis = millis(30 * MINUTE);

const FUELS: ReadonlyMap<string, MixFuel> = new Map<string, MixFuel>([
  ['BIOMASS', 'biomass'],
  ['CCGT', 'gas'],
  ['OCGT', 'gas'],
  ['COAL', 'coal'],
  ['OIL', 'oil'],
  ['NUCLEAR', 'nuclear'],
  ['NPSHYD', 'hydro'],
  // Pumped storage.
  ['PS', 'storage'],
  ['WIND', 'wind'],
]);

const replySchema = z.array(
  z.object({
    dataset: z.literal('FUELHH'),
    startTime: z.string(),
    settlementDate: z.string(),
    settlementPeriod: z.number().int().min(1).max(50),
    fuelType: z.string(),
    generation: z.number().nullable(),
  }),
);
type Row = z.infer<typeof replySchema>[number];

/** Periods count from local midnight, 46 to 50 a day; where they tell another time than the stamp, one of them is wrong. */
function checkPeriod({ settlementDate, settlementPeriod }: Row, start: Instant): void {
  const period = (start - localDay(start, TIME_ZONE).start) / STEP + 1;
  if (formatLocal(start, TIME_ZONE, 'date') !== settlementDate || period !== settlementPeriod)
    throw brokenReply(
      ID,
      'a settlement period does not fit its time',
      `${settlementDate} ${settlementPeriod}`,
      `${formatLocal(start, TIME_ZONE, 'date')} ${period}`,
    );
}

export const elexon: Provider = {
  id: ID,
  about: 'Insights, Elexon (GB), BMRS data licence',
  keys: [],
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE)
      throw new Failure('grid/no-zone', `${ID} knows Great Britain alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const dates = localDates(range.start, instant(Math.min(range.end, now)), TIME_ZONE);
    const [first, last] = [dates.at(0), dates.at(-1)];
    if (first === undefined || last === undefined) throw new Failure('grid/unavailable', `${ID}: it has no forecast`);
    const query = new URLSearchParams({ settlementDateFrom: first, settlementDateTo: last });
    const body = (await ask(ID, `${BASE}?${query}`, context)) ?? '';
    const outputs: Output[] = [];
    for (const row of readReply(ID, body, replySchema)) {
      const start = readOffsetStamp(ID, row.startTime);
      checkPeriod(row, start);
      if (start >= now) throw brokenReply(ID, 'a measured value lies in the future', row.startTime);
      // Whole days are asked for; and cables to other countries generate nothing.
      if (start <= range.start - STEP || start >= range.end || row.fuelType.startsWith('INT')) continue;
      outputs.push({
        start,
        type: row.fuelType,
        fuel: FUELS.get(row.fuelType) ?? 'other',
        powerMW: row.generation ?? Number.NaN,
      });
    }
    const starts = [...new Set(outputs.map(({ start }) => start))].sort((a, b) => a - b);
    checkStamps(ID, starts, range);
    const newest = starts.at(-1);
    if (newest === undefined) throw new Failure('grid/unavailable', `${ID}: no data in this time`);
    return mixSeries({
      zone,
      signal: elexon.signal,
      range,
      step: STEP,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      provenance: fetched(ID, BASE, 'BMRS data licence, contains BMRS data © Elexon (UNVERIFIED)', now, [body]),
      reason: (start) => (start > newest ? 'not published yet: there is no forecast' : 'not published'),
      warnings: [`${ID}: sun and wind in the distribution grids are not in it`],
    });
  },
};
