/**
 * The Transparency Platform of ENTSO-E: generation by type of the zones of Europe, from which intensity is computed. No
 * forecast; some zones are late by hours or days.
 *
 * UNVERIFIED: the licence of each item, and what the platform replies above its limits.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import { yearlyShares } from '../average.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider } from '../provider.ts';
import { floorTo } from '../slots.ts';
import { entsoeDayAhead } from './entsoe-day-ahead.ts';
import {
  AREAS,
  ENTSOE_KEY,
  hourStamp,
  type Item,
  LONGEST_REQUEST,
  readItem,
  type Stretch,
  URL_OF_API,
} from './entsoe-documents.ts';
import { brokenReply, fetched } from './reply.ts';

const ID = 'entsoe';
const GENERATION: Item = { type: 'A75', process: 'A16', what: 'generation by type' };
/** A type is left out of a reply without a word; what was published before tells that it is missing. */
const LOOK_BACK = millis(3 * DAY);

/** Types of production: what people call them, and what they are here. */
const TYPES = new Map<string, readonly [string, MixFuel]>([
  ['B01', ['Biomass', 'biomass']],
  ['B02', ['Lignite', 'coal']],
  ['B03', ['Coal-derived gas', 'other']],
  ['B04', ['Gas', 'gas']],
  ['B05', ['Hard coal', 'coal']],
  ['B06', ['Oil', 'oil']],
  ['B07', ['Oil shale', 'other']],
  ['B08', ['Peat', 'other']],
  ['B09', ['Geothermal', 'geothermal']],
  ['B10', ['Pumped storage', 'storage']],
  ['B11', ['Run-of-river', 'hydro']],
  ['B12', ['Water reservoir', 'hydro']],
  ['B13', ['Marine', 'other']],
  ['B14', ['Nuclear', 'nuclear']],
  ['B15', ['Other renewable', 'other']],
  ['B16', ['Solar', 'solar']],
  ['B17', ['Waste', 'other']],
  ['B18', ['Wind offshore', 'wind']],
  ['B19', ['Wind onshore', 'wind']],
  ['B20', ['Other', 'other']],
  ['B25', ['Energy storage', 'storage']],
]);

/** Stretches on one step, the finest among them: power is a mean, so it holds for every part of its stretch. */
function outputsOf(stretches: readonly Stretch[], step: Millis, until: Instant): Output[] {
  return stretches.flatMap((stretch) => {
    const [name, fuel] = TYPES.get(stretch.type) ?? [stretch.type, 'other' as const];
    return Array.from({ length: stretch.step / step }, (_, i) => ({
      start: after(stretch.start, i * step),
      type: name,
      fuel,
      powerMW: stretch.powerMW,
    })).filter(({ start }) => start < until);
  });
}

export const entsoe: Provider = {
  id: ID,
  about: 'Transparency Platform, ENTSO-E (Europe), CC BY 4.0 for most items (UNVERIFIED)',
  keys: [ENTSOE_KEY],
  keysFrom: 'a free account, then a token asked for by e-mail',
  quota: '400 requests a minute, then a ban of ten minutes (UNVERIFIED)',
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  staleAfter: DAY,
  // More than 400 a minute, and the address is shut out for ten minutes.
  pace: { requests: 400, per: MINUTE },
  operator: entsoeDayAhead,
  covers: (zone) => Object.hasOwn(AREAS, zone),
  async intensity(zone, range, context) {
    const area = Object.hasOwn(AREAS, zone) ? AREAS[zone] : undefined;
    if (area === undefined) throw new Failure('grid/no-zone', `${ID} does not know this zone`, { value: zone });
    const now = context.clock.now();
    const end = instant(Math.min(range.end, now));
    if (end <= range.start) throw new Failure('grid/unavailable', `${ID}: it has no forecast`);
    const since = floorTo(instant(Math.min(range.start, end - LOOK_BACK)), HOUR);
    const stretches: Stretch[] = [];
    const bodies: string[] = [];
    // Whole hours are asked for, so that parts that begin with one do not share it.
    for (let start = since; start < end; start = after(start, LONGEST_REQUEST)) {
      const part = await readItem(
        GENERATION,
        area,
        { start, end: instant(Math.min(end, after(start, LONGEST_REQUEST))) },
        context,
      );
      stretches.push(...part.stretches);
      bodies.push(part.body);
    }
    const step = millis(Math.min(HOUR, ...new Set(stretches.map((stretch) => stretch.step))));
    const outputs = outputsOf(stretches, step, now);
    const stray = outputs.find(({ start }) => start < since - DAY || start >= range.end + DAY);
    if (stray !== undefined) throw brokenReply(ID, 'a time lies far from what was asked', hourStamp(stray.start));
    const last = outputs.reduce((latest, output) => {
      return Number.isNaN(output.powerMW) ? latest : Math.max(latest, output.start);
    }, Number.NEGATIVE_INFINITY);
    if (last <= range.start - step) throw new Failure('grid/unavailable', `${ID}: no data for ${zone} in this time`);
    return mixSeries({
      zone,
      signal: entsoe.signal,
      range,
      step,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      yearly: yearlyShares(zone),
      provenance: fetched(
        ID,
        `${URL_OF_API}?documentType=A75&in_Domain=${area}`,
        'CC BY 4.0, ENTSO-E (UNVERIFIED)',
        now,
        bodies,
      ),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
