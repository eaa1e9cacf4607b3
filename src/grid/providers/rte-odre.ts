/**
 * éCO2mix of the French grid operator RTE, as ODRÉ publishes it: direct emissions of French generation, quarters of an
 * hour in real time for the last weeks, half-hours once consolidated, no key, no forecast.
 *
 * UNVERIFIED: the daily quota for those who ask without an account, and whether an export has no limit of rows.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, formatInstant, MINUTE, millis } from '../../units.ts';
import type { Provider } from '../provider.ts';
import { MAX_INTENSITY_G, type Sample, seriesOver } from '../slots.ts';
import { ask, brokenReply, checkStamps, checkValue, fetched, readOffsetStamp, readReply } from './reply.ts';

const ID = 'rte-odre';
const BASE = 'https://odre.opendatasoft.com/api/explore/v2.1/catalog/datasets';
const ZONE = 'FR';
/** What the real-time dataset holds for sure; older times are consolidated. */
const REAL_TIME_DAYS = 21;
const REAL_TIME = { dataset: 'eco2mix-national-tr', step: millis(15 * MINUTE) };
const CONSOLIDATED = { dataset: 'eco2mix-national-cons-def', step: millis(30 * MINUTE) };

/** Some columns hold numbers as text. */
const figure = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number().min(0).max(MAX_INTENSITY_G))
  .nullish();

const replySchema = z.array(
  z.object({
    date_heure: z.string(),
    /** How far it is revised: real time, consolidated, final. */
    nature: z.string().nullish(),
    perimetre: z.literal('France').nullish(),
    taux_co2: figure,
  }),
);

export const rteOdre: Provider = {
  id: ID,
  about: 'éCO2mix, RTE by ODRÉ (France), Licence Ouverte 2.0',
  keys: [],
  // Combustion in French plants over their generation; imports are out.
  signal: { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2' },
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE) throw new Failure('grid/no-zone', `${ID} knows France alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const { dataset, step } = range.start >= after(now, -REAL_TIME_DAYS * DAY) ? REAL_TIME : CONSOLIDATED;
    const query = new URLSearchParams({
      select: 'date_heure,nature,perimetre,taux_co2',
      // The first slot may begin before the range; rows of the rest of the day are there and empty.
      where: `date_heure>date'${formatInstant(after(range.start, -step))}' and date_heure<date'${formatInstant(range.end)}' and taux_co2 is not null`,
      order_by: 'date_heure',
      timezone: 'UTC',
    });
    const body = (await ask(ID, `${BASE}/${dataset}/exports/json?${query}`, context)) ?? '';
    const rows = readReply(ID, body, replySchema);
    const stamps = rows.map(({ date_heure }) => readOffsetStamp(ID, date_heure));
    checkStamps(ID, stamps, range);
    const samples: Sample[] = [];
    for (const [i, { taux_co2, nature, date_heure }] of rows.entries()) {
      const start = stamps[i] ?? now;
      if (taux_co2 == null) continue;
      if (start >= now) throw brokenReply(ID, 'a measured value lies in the future', date_heure);
      const isFinal = /consolid|d[ée]finitive/i.test(nature ?? '');
      samples.push({ start, value: checkValue(ID, taux_co2), quality: isFinal ? 'measured' : 'estimated' });
    }
    const last = samples.at(-1)?.start;
    if (last === undefined) throw new Failure('grid/unavailable', `${ID}: no value in this time`);
    return seriesOver({
      zone,
      signal: rteOdre.signal,
      range,
      step,
      samples,
      provenance: fetched(ID, `${BASE}/${dataset}`, 'Licence Ouverte 2.0, RTE / ODRÉ', now, [body]),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
