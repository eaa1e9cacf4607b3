/**
 * WattTime: the marginal emissions of one more kilowatt-hour, every 5 min, measured and forecast to 72 h.
 *
 * Its regions are smaller than grid zones: the one that lies where most of a zone's electricity is used stands for the
 * zone, and the answer says which. Written from WattTime's own client; UNVERIFIED: which plans hold which regions.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, type Instant, instant, MINUTE, millis } from '../../units.ts';
import { mixOf } from '../average.ts';
import { WIDE_COUNTRIES } from '../data/yearly-mix.ts';
import type { Provider, ProviderContext, Range, Secret, Transport } from '../provider.ts';
import type { Signal } from '../series.ts';
import { MAX_INTENSITY_G, type Sample, seriesOver } from '../slots.ts';
import { HIDDEN } from '../transport.ts';
import { brokenReply, checkStamps, checkValue, fetched, minuteStamp, readOffsetStamp, readReply } from './reply.ts';

const ID = 'watttime';
const BASE = 'https://api.watttime.org';
const USER = 'WATTTIME_USER';
const PASSWORD = 'WATTTIME_PASSWORD';
const STEP = millis(5 * MINUTE);
/** The API refuses more than 32 days. */
const LONGEST_REQUEST = millis(30 * DAY);
const LONGEST_HORIZON_HOURS = 72;
/** A token lives for 30 min. */
const TOKEN_LIFE = millis(25 * MINUTE);
/** Of a pound per megawatt-hour; the pound is exact. */
const G_PER_KWH = 0.45359237;
const SIGNAL_TYPE = 'co2_moer';
const SIGNAL: Signal = { kind: 'marginal', basis: 'production', scope: 'direct', gas: 'CO2' };

const loginSchema = z.object({ token: z.string().min(1) });
const regionSchema = z.object({ region: z.string().min(1), signal_type: z.literal(SIGNAL_TYPE) });
const valuesSchema = z.object({
  data: z.array(
    z.object({
      point_time: z.string(),
      value: z
        .number()
        .min(0)
        .max(MAX_INTENSITY_G / G_PER_KWH)
        .nullable(),
      imputed_data_used: z.boolean().nullish(),
    }),
  ),
  meta: z.object({
    data_point_period_seconds: z.literal(300),
    region: z.string(),
    signal_type: z.literal(SIGNAL_TYPE),
    units: z.literal('lbs_co2_per_mwh'),
    model: z.object({ date: z.string() }),
    generated_at: z.string().optional(),
    warnings: z.array(z.object({ message: z.string() })).nullish(),
  }),
});
type Values = z.infer<typeof valuesSchema>;

/** Who we are to WattTime, and which of its regions stand for our zones. */
interface Session {
  token: string;
  until: Instant;
  readonly regions: Map<string, string>;
}

const sessions = new WeakMap<Transport, Session>();

const accountOf = ({ key }: ProviderContext): readonly string[] => [USER, PASSWORD].map((name) => key(name).trim());

/** The token in a reply to the login. What else is in it may be secret too, so that no failure quotes it. */
function tokenIn(body: string): string {
  try {
    return loginSchema.parse(JSON.parse(body)).token;
  } catch {
    throw brokenReply(ID, 'the reply to the login holds no token');
  }
}

async function login(context: ProviderContext): Promise<Session> {
  const { transport, clock, signal } = context;
  const words = accountOf(context);
  const secret: Secret = {
    header: 'authorization',
    value: `Basic ${Buffer.from(words.join(':')).toString('base64')}`,
    words,
  };
  const { status, body } = await transport.get(`${BASE}/login`, {
    signal,
    secret,
    accept: [401, 403],
    keptAs: JSON.stringify({ token: HIDDEN } satisfies z.infer<typeof loginSchema>),
  });
  if (status !== 200)
    throw new Failure('grid/not-configured', `${ID}: the account in ${USER} and ${PASSWORD} is not accepted`);
  const token = tokenIn(body);
  const session = {
    token,
    until: after(clock.now(), TOKEN_LIFE),
    regions: sessions.get(transport)?.regions ?? new Map(),
  };
  sessions.set(transport, session);
  return session;
}

async function sessionOf(context: ProviderContext): Promise<Session> {
  const known = sessions.get(context.transport);
  return known !== undefined && context.clock.now() < known.until ? known : login(context);
}

async function get(path: string, query: Readonly<Record<string, string>>, context: ProviderContext): Promise<string> {
  const url = `${BASE}/v3/${path}?${new URLSearchParams({ ...query, signal_type: SIGNAL_TYPE })}`;
  const send = ({ token }: Session) =>
    context.transport.get(url, {
      signal: context.signal,
      secret: { header: 'authorization', value: `Bearer ${token}`, words: accountOf(context) },
      accept: [401, 403, 404],
    });
  let reply = await send(await sessionOf(context));
  if (reply.status === 401) reply = await send(await login(context));
  switch (reply.status) {
    case 401:
      throw new Failure('grid/not-configured', `${ID}: its own token is not accepted`);
    case 403:
      throw new Failure(
        'grid/not-configured',
        `${ID}: ${path} of ${query['region'] ?? 'this place'} is not in your plan; CAISO_NORTH is free`,
      );
    case 404:
      throw new Failure('grid/unavailable', `${ID}: it has no region here`);
    default:
      return reply.body;
  }
}

/** Where most of the electricity of `zone` is used, as the yearly mixes have it. */
function placeOf(zone: string): { readonly latitude: number; readonly longitude: number } | undefined {
  const found = mixOf(zone);
  return found?.whole === true && !WIDE_COUNTRIES.has(zone) ? found.mix : undefined;
}

async function regionOf(zone: string, context: ProviderContext): Promise<string> {
  const place = placeOf(zone);
  if (place === undefined)
    throw new Failure('grid/no-zone', `${ID} is not asked for this zone: its place is not known here`, { value: zone });
  const { regions } = await sessionOf(context);
  const known = regions.get(zone);
  if (known !== undefined) return known;
  const query = { latitude: `${place.latitude}`, longitude: `${place.longitude}` };
  const { region } = readReply(ID, await get('region-from-loc', query, context), regionSchema);
  regions.set(zone, region);
  return region;
}

interface Part {
  readonly body: string;
  readonly model: string;
  readonly samples: readonly Sample[];
  readonly issuedAt: Instant | undefined;
  readonly warnings: readonly string[];
}

function readPart(body: string, region: string, range: Range, now: Instant, isForecast: boolean): Part {
  const { data, meta }: Values = readReply(ID, body, valuesSchema);
  if (meta.region !== region) throw brokenReply(ID, 'the reply is about another region', meta.region, region);
  const stamps = data.map(({ point_time }) => readOffsetStamp(ID, point_time));
  checkStamps(ID, stamps, range);
  const samples = data.flatMap(({ value, imputed_data_used, point_time }, i): Sample[] => {
    const start = stamps[i] ?? now;
    if (value === null) return [];
    if (!isForecast && start >= now) throw brokenReply(ID, 'a measured value lies in the future', point_time);
    const quality = isForecast ? 'forecast' : imputed_data_used === true ? 'estimated' : 'measured';
    return [{ start, value: checkValue(ID, value * G_PER_KWH), quality }];
  });
  const issuedAt = meta.generated_at === undefined ? undefined : readOffsetStamp(ID, meta.generated_at);
  if (issuedAt !== undefined && issuedAt > now + STEP)
    throw brokenReply(ID, 'the forecast is issued in the future', meta.generated_at);
  const warnings = (meta.warnings ?? []).map(({ message }) => `${ID}: ${message.slice(0, 200)}`);
  return { body, model: meta.model.date, samples, issuedAt, warnings };
}

/** Both ends of a request are in its reply, so it ends one point before the next begins. */
async function past(region: string, range: Range, context: ProviderContext): Promise<Part[]> {
  const parts: Part[] = [];
  const first = instant(Math.floor(range.start / STEP) * STEP);
  for (let start = first; start < range.end; start = after(start, LONGEST_REQUEST)) {
    const end = instant(Math.min(range.end, after(start, LONGEST_REQUEST)) - STEP);
    if (end < start) break;
    const body = await get('historical', { region, start: minuteStamp(start), end: minuteStamp(end) }, context);
    parts.push(readPart(body, region, { start, end }, context.clock.now(), false));
  }
  return parts;
}

async function ahead(region: string, until: Instant, context: ProviderContext): Promise<Part> {
  const now = context.clock.now();
  const hours = Math.min(LONGEST_HORIZON_HOURS, Math.ceil((until - now) / HOUR));
  const body = await get('forecast', { region, horizon_hours: `${hours}` }, context);
  return readPart(body, region, { start: now, end: after(now, hours * HOUR) }, now, true);
}

export const wattTime: Provider = {
  id: ID,
  about: 'WattTime (marginal; North America, Europe and more), not to be passed on',
  keys: [USER, PASSWORD],
  // The free plan holds no other.
  sample: 'US-CAL-CISO',
  keysFrom: 'a free account, by POST to https://api.watttime.org/register; it holds CAISO_NORTH alone',
  quota: '3,000 requests in 5 min, 100 logins in 5 min',
  signal: SIGNAL,
  // WattTime's documentation: for each user, over any five minutes.
  pace: { requests: 3_000, per: millis(5 * MINUTE) },
  restricted: true,
  covers: (zone) => placeOf(zone) !== undefined,
  async intensity(zone, range, context) {
    const now = context.clock.now();
    const region = await regionOf(zone, context);
    const forecast = range.end > now ? [await ahead(region, range.end, context)] : [];
    const measured = await past(region, { start: range.start, end: instant(Math.min(range.end, now)) }, context);
    const parts = [...forecast, ...measured];
    // A new model restates the past: values of two models are no series.
    const model = parts.map((part) => part.model).reduce((newest, one) => (one > newest ? one : newest), '');
    const kept = parts.filter((part) => part.model === model);
    const samples = kept.flatMap((part) => part.samples);
    if (samples.length === 0) throw new Failure('grid/unavailable', `${ID}: no value for ${region} in this time`);
    const last = Math.max(...samples.map(({ start }) => start));
    const issuedAt = forecast[0]?.issuedAt;
    return seriesOver({
      zone,
      signal: SIGNAL,
      range,
      step: STEP,
      samples,
      provenance: {
        ...fetched(
          ID,
          `${BASE}/v3/historical?region=${region}, model ${model}`,
          'WattTime terms of service; not to be passed on',
          now,
          parts.map(({ body }) => body),
        ),
        ...(issuedAt === undefined ? {} : { issuedAt: instant(Math.min(issuedAt, now)), issuedAtBasis: 'provider' }),
      },
      reason: (start) =>
        start > last ? 'beyond the forecast' : kept.length < parts.length ? 'of an older model' : 'not published',
      warnings: [`${ID}: its region ${region} stands for ${zone}`, ...new Set(parts.flatMap((part) => part.warnings))],
    });
  },
};
