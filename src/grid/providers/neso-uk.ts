/**
 * Great Britain's Carbon Intensity API of the National Energy System Operator: half-hours, measured and forecast to
 * 48 h, no key; and its 17 regions, which it estimates and does not measure.
 *
 * Written from https://carbon-intensity.github.io/api-definitions/. The service could not be asked while this was
 * written, so the fixtures have its documented shape, not recorded values.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import type { Sample } from '../slots.ts';
import { seriesOver } from '../slots.ts';
import {
  brokenReply,
  checkStamps,
  checkValue,
  fetched,
  intensityOrNull,
  minuteStamp,
  readReply,
  readStamp,
} from './reply.ts';

const ID = 'neso-uk';
const BASE = 'https://api.carbonintensity.org.uk';
const LICENCE = 'CC BY 4.0, National Energy System Operator';
const STEP: Millis = millis(30 * MINUTE);
/** The API refuses longer ranges. */
const LONGEST_REQUEST: Millis = millis(14 * DAY);
const HORIZON: Millis = millis(48 * HOUR);

/** Regions have no zones of their own elsewhere; here they are called by the number that the API gives them. */
const ZONES: ReadonlyMap<string, number | undefined> = new Map([
  ['GB', undefined],
  ...Array.from({ length: 17 }, (_, i) => [`GB-NESO-${i + 1}`, i + 1] as const),
]);

const period = z.object({
  from: z.string(),
  to: z.string(),
  // A regional reply carries this; the national one must not.
  regionid: z.never().optional(),
  intensity: z.object({ forecast: intensityOrNull, actual: intensityOrNull }),
});
const nationalSchema = z.object({ data: z.array(period) });
const region = z.object({ regionid: z.number().int(), data: z.array(period) });
/** A single region comes as itself or as a list of one. */
const regionalSchema = z.object({ data: z.union([region, z.tuple([region])]) });

/** The periods of the whole, or of a region, with the body they came in. */
async function readPeriods(range: Range, region: number | undefined, { transport, signal }: ProviderContext) {
  const span = `${minuteStamp(range.start)}/${minuteStamp(range.end)}`;
  const path = region === undefined ? `intensity/${span}` : `regional/intensity/${span}/regionid/${region}`;
  const { body } = await transport.get(`${BASE}/${path}`, { signal });
  if (region === undefined) return { body, periods: readReply(ID, body, nationalSchema).data };
  const { data } = readReply(ID, body, regionalSchema);
  const answer = Array.isArray(data) ? data[0] : data;
  if (answer.regionid !== region)
    throw brokenReply(ID, 'the reply is about another region', answer.regionid, `${region}`);
  return { body, periods: answer.data };
}

async function readPart(
  range: Range,
  region: number | undefined,
  context: ProviderContext,
): Promise<{ samples: Sample[]; body: string }> {
  const { body, periods: data } = await readPeriods(range, region, context);
  const { clock } = context;
  const stamps = data.map((period) => readStamp(ID, period.from, true));
  checkStamps(ID, stamps, range);
  const now = clock.now();
  const samples: Sample[] = [];
  for (const [i, period] of data.entries()) {
    const start = stamps[i] ?? instant(Number.NaN);
    if (readStamp(ID, period.to, true) - start !== STEP)
      throw brokenReply(ID, 'a period is not half an hour', `${period.from} to ${period.to}`);
    const { actual, forecast } = period.intensity;
    if (actual != null && start >= now) throw brokenReply(ID, 'a measured value lies in the future', period.from);
    const value = actual ?? forecast;
    if (value == null) continue;
    // A region is never measured: what was forecast for its past is the estimate that there is.
    const unmeasured = region !== undefined && start < now ? 'estimated' : 'forecast';
    samples.push({ start, value: checkValue(ID, value), quality: actual == null ? unmeasured : 'measured' });
  }
  return { samples, body };
}

export const nesoUk: Provider = {
  id: ID,
  about: 'Carbon Intensity API, National Energy System Operator (GB), CC BY 4.0',
  keys: [],
  quota: 'one request a second is polite (UNVERIFIED)',
  // Nuclear, wind, solar and hydro count 0; imports and losses are in.
  signal: { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' },
  // No limit is published; one request a second is polite.
  pace: { requests: 10, per: millis(10_000) },
  covers: (zone) => ZONES.has(zone),
  async intensity(zone, range, context) {
    if (!ZONES.has(zone))
      throw new Failure('grid/no-zone', `${ID} knows Great Britain alone`, {
        value: zone,
        expected: 'GB, or GB-NESO-1 to GB-NESO-17',
      });
    const now = context.clock.now();
    const end: Instant = instant(Math.min(range.end, after(now, HORIZON)));
    const samples: Sample[] = [];
    const bodies: string[] = [];
    for (let start = range.start; start < end; start = after(start, LONGEST_REQUEST)) {
      const part = await readPart(
        { start, end: instant(Math.min(end, after(start, LONGEST_REQUEST))) },
        ZONES.get(zone),
        context,
      );
      // The reply begins with the period that ends at its start, so parts overlap; later parts replace earlier ones.
      samples.push(...part.samples);
      bodies.push(part.body);
    }
    if (bodies.length > 0 && samples.length === 0)
      throw new Failure('grid/unavailable', `${ID}: the reply holds no value`);
    return seriesOver({
      zone,
      signal: nesoUk.signal,
      range,
      step: STEP,
      samples,
      provenance: fetched(ID, `${BASE}/${zone === 'GB' ? '' : 'regional/'}intensity`, LICENCE, now, bodies),
      reason: (start) => (start >= end ? 'beyond the forecast of 48 h' : 'not published'),
    });
  },
};
