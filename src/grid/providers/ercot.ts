/**
 * The Electric Reliability Council of Texas: generation by fuel of yesterday and today every 5 min, from which intensity
 * is computed. No key, no forecast. It refuses now and then, for some seconds.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { type Instant, MINUTE, millis } from '../../units.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { lastMoments, type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider } from '../provider.ts';
import { floorTo } from '../slots.ts';
import { ask, brokenReply, fetched, members, readOffsetStamp, readReply } from './reply.ts';

const ID = 'ercot';
const ZONE = 'US-TEX-ERCO';
const URL_OF_MIX = 'https://www.ercot.com/api/1/services/read/dashboards/fuel-mix.json';
const STEP = millis(5 * MINUTE);

const FUELS: ReadonlyMap<string, MixFuel> = new Map<string, MixFuel>([
  ['coal and lignite', 'coal'],
  ['natural gas', 'gas'],
  ['nuclear', 'nuclear'],
  ['hydro', 'hydro'],
  ['wind', 'wind'],
  ['solar', 'solar'],
  ['power storage', 'storage'],
]);

/** Day → time → fuel. */
const replySchema = z.object({
  data: members(members(members(z.object({ gen: z.number().nullable() })))),
});

/** `2026-03-18 07:04:58-0500`: somewhere in its five minutes. */
const readMoment = (text: string): Instant => readOffsetStamp(ID, text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));

export const ercot: Provider = {
  id: ID,
  about: 'ERCOT (Texas), public',
  keys: [],
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE) throw new Failure('grid/no-zone', `${ID} knows Texas alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const body = (await ask(ID, URL_OF_MIX, context)) ?? '';
    const moments: Output[] = [];
    for (const day of readReply(ID, body, replySchema).data.values()) {
      for (const [stamp, fuels] of day) {
        const start = readMoment(stamp);
        if (floorTo(start, STEP) > now) throw brokenReply(ID, 'a measured value lies in the future', stamp);
        for (const [type, { gen }] of fuels)
          moments.push({ start, type, fuel: FUELS.get(type.toLowerCase()) ?? 'other', powerMW: gen ?? Number.NaN });
      }
    }
    const outputs = lastMoments(moments, STEP).filter(({ start }) => start > range.start - STEP && start < range.end);
    if (outputs.length === 0)
      throw new Failure('grid/unavailable', `${ID}: no data in this time; it keeps yesterday and today`);
    const last = outputs.reduce((latest, { start }) => Math.max(latest, start), 0);
    return mixSeries({
      zone,
      signal: ercot.signal,
      range,
      step: STEP,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      provenance: fetched(ID, URL_OF_MIX, 'public, ERCOT', now, [body]),
      reason: (start) =>
        start > last ? 'not published yet: there is no forecast' : 'not published: yesterday and today are kept',
    });
  },
};
