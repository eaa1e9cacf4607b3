/**
 * Energy-Charts of Fraunhofer ISE: average intensity of national generation in Europe, with a forecast, no key.
 *
 * Written from public clients of the API; https://api.energy-charts.info could not be asked. UNVERIFIED: whether its
 * factors are life-cycle or direct (so the scope is `unknown`), and the full list of countries.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { formatInstant, instant, millis, SECOND } from '../../units.ts';
import type { Provider } from '../provider.ts';
import type { Sample } from '../slots.ts';
import { seriesOver } from '../slots.ts';
import { energyChartsDayAhead } from './energy-charts-day-ahead.ts';
import { stepOf } from './energy-charts-times.ts';
import { brokenReply, checkStamps, checkValue, fetched, intensityOrNull, minuteStamp, readReply } from './reply.ts';

const ID = 'energy-charts';
const BASE = 'https://api.energy-charts.info/co2eq';

/** Countries that are one zone, and national figures of those that are several (`SE`, not `SE-SE3`). */
const COUNTRIES: ReadonlySet<string> = new Set(
  'AT BE BG CH CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV NL NO PL PT RO RS SE SI SK'.split(' '),
);

const replySchema = z.object({
  unix_seconds: z.array(z.number().int()),
  co2eq: z.array(intensityOrNull),
  co2eq_forecast: z.array(intensityOrNull).nullish(),
  country: z.string().optional(),
  substitute: z.boolean().nullish(),
  deprecated: z.boolean().nullish(),
});

export const energyCharts: Provider = {
  id: ID,
  about: 'Energy-Charts, Fraunhofer ISE (Europe), CC BY 4.0',
  keys: [],
  quota: 'one request a second is polite (UNVERIFIED)',
  // No limit is published; its users advise one request a second.
  pace: { requests: 10, per: millis(10_000) },
  signal: { kind: 'average', basis: 'production', scope: 'unknown', gas: 'CO2e' },
  operator: energyChartsDayAhead(COUNTRIES),
  covers: (zone) => COUNTRIES.has(zone),
  async intensity(zone, range, { transport, clock, signal }) {
    if (!COUNTRIES.has(zone)) throw new Failure('grid/no-zone', `${ID} does not know this zone`, { value: zone });
    const query = new URLSearchParams({
      country: zone.toLowerCase(),
      start: minuteStamp(range.start),
      end: minuteStamp(range.end),
    });
    const now = clock.now();
    const { body } = await transport.get(`${BASE}?${query}`, { signal });
    const reply = readReply(ID, body, replySchema);
    if (reply.country !== undefined && reply.country.toUpperCase() !== zone) {
      throw brokenReply(ID, 'the reply is about another country', reply.country, zone.toLowerCase());
    }
    const forecasts = reply.co2eq_forecast ?? [];
    const count = reply.unix_seconds.length;
    if (reply.co2eq.length !== count || (forecasts.length !== 0 && forecasts.length !== count)) {
      throw brokenReply(
        ID,
        'arrays of the reply differ in length',
        `${count}, ${reply.co2eq.length}, ${forecasts.length}`,
      );
    }
    const stamps = reply.unix_seconds.map((seconds) => instant(seconds * SECOND));
    checkStamps(ID, stamps, range);
    const step = stepOf(stamps);
    const samples: Sample[] = [];
    for (const [i, start] of stamps.entries()) {
      const measured = reply.co2eq[i];
      if (measured != null && start >= now)
        throw brokenReply(ID, 'a measured value lies in the future', formatInstant(start));
      const value = measured ?? forecasts[i];
      if (value == null) continue;
      samples.push({ start, value: checkValue(ID, value), quality: measured == null ? 'forecast' : 'measured' });
    }
    if (samples.length === 0) throw new Failure('grid/unavailable', `${ID}: every value of the reply is null`);
    const last = samples.at(-1)?.start ?? now;
    return seriesOver({
      zone,
      signal: energyCharts.signal,
      range,
      step,
      samples,
      provenance: fetched(
        ID,
        `${BASE}?country=${zone.toLowerCase()}`,
        'CC BY 4.0, Energy-Charts / Fraunhofer ISE',
        now,
        [body],
      ),
      reason: (start) => (start > last ? 'beyond the forecast' : 'not published'),
      warnings: reply.substitute === true ? [`${ID}: an older forecast stands in for the current one`] : [],
      labels: reply.deprecated === true ? [`${ID}: the provider calls this endpoint deprecated`] : [],
    });
  },
};
