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
import { after, DAY, formatInstant, HOUR, MINUTE, type Millis, millis } from '../../units.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import { MAX_INTENSITY_G, type Sample, seriesOver } from '../slots.ts';
import { ask, brokenReply, checkStamps, checkValue, fetched, readOffsetStamp, readReply } from './reply.ts';

const ID = 'rte-odre';
const BASE = 'https://odre.opendatasoft.com/api/explore/v2.1/catalog/datasets';
const ZONE = 'FR';

interface Dataset {
  readonly dataset: string;
  readonly step: Millis;
}

/** What the real-time dataset holds for sure; older times are in either, and both are asked. */
const REAL_TIME_DAYS = 21;
const REAL_TIME: Dataset = { dataset: 'eco2mix-national-tr', step: millis(15 * MINUTE) };
const CONSOLIDATED: Dataset = { dataset: 'eco2mix-national-cons-def', step: millis(30 * MINUTE) };

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

interface Part extends Dataset {
  readonly body: string;
  readonly samples: readonly Sample[];
}

async function read({ dataset, step }: Dataset, range: Range, context: ProviderContext): Promise<Part> {
  const now = context.clock.now();
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
  const samples = rows.flatMap(({ taux_co2, nature, date_heure }, i): Sample[] => {
    const start = stamps[i] ?? now;
    if (taux_co2 == null) return [];
    if (start >= now) throw brokenReply(ID, 'a measured value lies in the future', date_heure);
    const isFinal = /consolid|d[ée]finitive/i.test(nature ?? '');
    return [{ start, value: checkValue(ID, taux_co2), quality: isFinal ? 'measured' : 'estimated' }];
  });
  return { dataset, step, body, samples };
}

/** The samples of `part` on `step`, which is its own or shorter: a mean holds for every part of its time. */
const samplesOn = (part: Part, step: Millis): Sample[] =>
  part.samples.flatMap((sample) =>
    Array.from({ length: part.step / step }, (_, i) => ({ ...sample, start: after(sample.start, i * step) })),
  );

export const rteOdre: Provider = {
  id: ID,
  about: 'éCO2mix, RTE by ODRÉ (France), Licence Ouverte 2.0',
  keys: [],
  quota: 'a daily number of requests (5,000 UNVERIFIED)',
  // 5,000 a day for an address are usual on Opendatasoft (UNVERIFIED).
  pace: { requests: 200, per: HOUR },
  // Combustion in French plants over their generation; imports are out.
  signal: { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2' },
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE) throw new Failure('grid/no-zone', `${ID} knows France alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const isRecent = range.start >= after(now, -REAL_TIME_DAYS * DAY);
    const parts: Part[] = [];
    for (const dataset of isRecent ? [REAL_TIME] : [REAL_TIME, CONSOLIDATED])
      parts.push(await read(dataset, range, context));
    const known = parts.filter(({ samples }) => samples.length > 0);
    if (known.length === 0) throw new Failure('grid/unavailable', `${ID}: no value in this time`);
    const step = millis(Math.min(...known.map((part) => part.step)));
    // Of a time that both hold, what is consolidated counts: it comes later.
    const samples = known.flatMap((part) => samplesOn(part, step));
    const last = samples.reduce((latest, { start }) => Math.max(latest, start), 0);
    return seriesOver({
      zone,
      signal: rteOdre.signal,
      range,
      step,
      samples,
      provenance: fetched(
        ID,
        known.map(({ dataset }) => `${BASE}/${dataset}`).join(' and '),
        'Licence Ouverte 2.0, RTE / ODRÉ',
        now,
        known.map(({ body }) => body),
      ),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
