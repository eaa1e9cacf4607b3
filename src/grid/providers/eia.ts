/**
 * The Hourly Electric Grid Monitor of the US Energy Information Administration (form EIA-930): generation by fuel of
 * every balancing authority of the United States, from which intensity is computed. No forecast; revised for weeks.
 *
 * UNVERIFIED: the fuel codes BM, UES, SNB, WNB and OES, and what the API replies above its limits.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, type Instant, instant, millis } from '../../units.ts';
import { yearlyShares } from '../average.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import { ask, brokenReply, checkStamps, fetched, readReply, readStamp } from './reply.ts';

const ID = 'eia';
const BASE = 'https://api.eia.gov/v2/electricity/rto/fuel-type-data/data/';
const KEY = 'EIA_API_KEY';
/** Rows of a reply. */
const PAGE = 5_000;

/** Balancing authorities with generation of their own, by the region that Electricity Maps puts before their code. */
const AUTHORITIES: Readonly<Record<string, string>> = {
  CAL: 'BANC CISO IID LDWP TIDC',
  CAR: 'CPLE CPLW DUK SC SCEG YAD',
  CENT: 'SPA SWPP',
  FLA: 'FMPP FPC FPL GVL HST JEA SEC TAL TEC',
  MIDA: 'PJM',
  MIDW: 'AECI LGEE MISO',
  NE: 'ISNE',
  NW: 'AVA BPAT CHPD DOPD GCPD GRID IPCO NEVP NWMT PACE PACW PGE PSCO PSEI SCL TPWR WACM WAUW',
  NY: 'NYIS',
  SE: 'SEPA SOCO',
  SW: 'AZPS EPE PNM SRP TEPC WALC',
  TEN: 'TVA',
  TEX: 'ERCO',
};
const AUTHORITY_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(AUTHORITIES).flatMap(([region, codes]) =>
    codes.split(' ').map((code) => [`US-${region}-${code}`, code] as const),
  ),
);

const FUELS: ReadonlyMap<string, MixFuel> = new Map<string, MixFuel>([
  ['COL', 'coal'],
  ['NG', 'gas'],
  ['NUC', 'nuclear'],
  ['OIL', 'oil'],
  ['WAT', 'hydro'],
  ['SUN', 'solar'],
  ['SNB', 'solar'],
  ['WND', 'wind'],
  ['WNB', 'wind'],
  ['GEO', 'geothermal'],
  ['BM', 'biomass'],
  ['PS', 'storage'],
  ['BAT', 'storage'],
  ['UES', 'storage'],
  ['OES', 'storage'],
]);

const text = z.string().regex(/^-?\d+(\.\d+)?$/);
const replySchema = z.object({
  response: z.object({
    total: z.union([z.number().int(), text.transform(Number)]),
    frequency: z.literal('hourly'),
    data: z.array(
      z.object({
        period: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d$/),
        respondent: z.string(),
        fueltype: z.string(),
        value: z.union([z.number(), text.transform(Number)]).nullish(),
        'value-units': z.literal('megawatthours'),
      }),
    ),
  }),
});
/** The API puts what went wrong in an object that has a code beside its message. */
const MEANS = { 401: `the key in ${KEY} is not accepted`, 403: `the key in ${KEY} is not accepted` };

/** What is called after the hour that ends with it, `2022-10-31T11`, began at ten. */
const startOf = (period: string): Instant => after(readStamp(ID, `${period}:00Z`, true), -HOUR);
const periodOf = (start: Instant): string => new Date(start + HOUR).toISOString().slice(0, 13);

async function readPage(authority: string, range: Range, offset: number, context: ProviderContext) {
  const query = new URLSearchParams({
    frequency: 'hourly',
    'data[]': 'value',
    'facets[respondent][]': authority,
    // Both ends are included; the last hour is the one that begins before the range ends.
    start: periodOf(instant(Math.floor(range.start / HOUR) * HOUR)),
    end: periodOf(instant(Math.ceil(range.end / HOUR - 1) * HOUR)),
    'sort[0][column]': 'period',
    'sort[0][direction]': 'asc',
    offset: `${offset}`,
    length: `${PAGE}`,
  });
  const secret = { query: 'api_key', value: context.key(KEY) };
  const body = (await ask(ID, `${BASE}?${query}`, context, { secret, means: MEANS })) ?? '';
  return { body, ...readReply(ID, body, replySchema).response };
}

async function readAll(authority: string, range: Range, context: ProviderContext) {
  const outputs: Output[] = [];
  const bodies: string[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const { body, data, total } = await readPage(authority, range, offset, context);
    bodies.push(body);
    for (const row of data) {
      if (row.respondent !== authority)
        throw brokenReply(ID, 'the reply is about another authority', row.respondent, authority);
      outputs.push({
        start: startOf(row.period),
        type: row.fueltype,
        fuel: FUELS.get(row.fueltype) ?? 'other',
        powerMW: row.value ?? Number.NaN,
      });
    }
    if (offset + data.length >= total) return { outputs, bodies };
    if (data.length === 0) throw brokenReply(ID, 'the reply was cut short', `${outputs.length} of ${total} rows`);
  }
}

export const eia: Provider = {
  id: ID,
  about: 'Hourly Electric Grid Monitor, US Energy Information Administration, public domain',
  keys: [KEY],
  keysFrom: 'free, at once, by registering an e-mail address with the EIA',
  quota: '9,000 requests an hour, 5 a second',
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  // An hour or two late as a rule, some authorities a day.
  staleAfter: DAY,
  // 9,000 an hour and 5 a second, or the key rests for a while.
  pace: { requests: 5, per: millis(2_000) },
  covers: (zone) => AUTHORITY_OF.has(zone),
  async intensity(zone, range, context) {
    const authority = AUTHORITY_OF.get(zone);
    if (authority === undefined) throw new Failure('grid/no-zone', `${ID} does not know this zone`, { value: zone });
    const now = context.clock.now();
    const past: Range = { start: range.start, end: instant(Math.min(range.end, now)) };
    if (past.end <= past.start) throw new Failure('grid/unavailable', `${ID}: it has no forecast`);
    const { outputs, bodies } = await readAll(authority, past, context);
    if (outputs.length === 0) throw new Failure('grid/unavailable', `${ID}: no data for ${authority} in this time`);
    const starts = [...new Set(outputs.map(({ start }) => start))];
    checkStamps(ID, starts, range);
    const last = starts.at(-1) ?? now;
    if (last >= now) throw brokenReply(ID, 'a measured value lies in the future', periodOf(last));
    return mixSeries({
      zone,
      signal: eia.signal,
      range,
      step: HOUR,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      yearly: yearlyShares(zone),
      provenance: fetched(ID, `${BASE}?respondent=${authority}`, 'public domain, US EIA', now, bodies),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
