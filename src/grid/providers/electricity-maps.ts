/**
 * Electricity Maps: flow-traced consumption of nearly every zone of the world, hourly, measured, estimated and forecast
 * as far as the plan of the token reaches. Version 4 of its API, with life-cycle or direct factors, and, for tokens that
 * know no other, version 3.
 *
 * Written from the reference of the API and from clients of it. UNVERIFIED: its error bodies, its quotas, and how long
 * its values may be kept. They may not be passed on, so they stay in the private cache.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, formatInstant, HOUR, type Instant, instant, MINUTE, millis } from '../../units.ts';
import type { Pace, Provider, ProviderContext, Range } from '../provider.ts';
import type { Signal } from '../series.ts';
import { type Sample, seriesOver } from '../slots.ts';
import { isZone } from '../zone.ts';
import {
  ask,
  brokenReply,
  checkStamps,
  checkValue,
  fetched,
  intensityOrNull,
  minuteStamp,
  readOffsetStamp,
  readReply,
} from './reply.ts';

const HOST = 'https://api.electricitymaps.com';
const KEY = 'ELECTRICITY_MAPS_TOKEN';
/** The API refuses longer ranges of hours. */
const LONGEST_REQUEST = millis(10 * DAY);
/** Horizons that it knows; which of them may be asked depends on the plan. */
const HORIZONS_HOURS = [24, 48, 72];
const CLOCK_SLACK = millis(5 * MINUTE);

/** The shapes of replies with factors of this scope, by the hour, traced through the flows between zones. */
function schemasOf(scope: Api['scope']) {
  const terms = {
    zone: z.string().optional(),
    emissionFactorType: z.literal(scope).optional(),
    temporalGranularity: z.literal('hourly').optional(),
    flowTraced: z.literal(true).optional(),
  };
  const point = z.object({
    ...terms,
    datetime: z.string(),
    carbonIntensity: intensityOrNull,
    isEstimated: z.boolean().nullish(),
  });
  return {
    past: z
      .object({ ...terms, data: z.array(point).optional(), history: z.array(point).optional() })
      .refine(({ data, history }) => data !== undefined || history !== undefined, 'no data'),
    forecast: z.object({ ...terms, zone: z.string(), updatedAt: z.string().nullish(), forecast: z.array(point) }),
  };
}

interface Api {
  readonly id: string;
  readonly base: string;
  readonly scope: 'lifecycle' | 'direct';
  /** Without it, a place that is not known is answered for the place of whoever asks. */
  readonly noCallerLookup: Readonly<Record<string, string>>;
}

interface Part {
  readonly body: string;
  readonly samples: readonly Sample[];
}

/** Of a paid plan by its terms (UNVERIFIED), for one token, whichever version it is used with. */
const PACE: Pace = { requests: 150, per: MINUTE, of: 'electricity-maps' };

function providerOf(api: Api): Provider {
  const { id: ID, scope } = api;
  const schemas = schemasOf(scope);
  const signal: Signal = { kind: 'average', basis: 'consumption', scope, gas: 'CO2e' };

  const get = async (path: string, query: Readonly<Record<string, string>>, zone: string, context: ProviderContext) => {
    const whole = new URLSearchParams({ zone, ...query, ...api.noCallerLookup, emissionFactorType: scope });
    const body = await ask(ID, `${api.base}/${path}?${whole}`, context, {
      secret: { header: 'auth-token', value: context.key(KEY) },
      means: {
        401: `the token in ${KEY} is not accepted`,
        403: `the plan of the token in ${KEY} does not hold ${path} of ${zone}`,
      },
      absent: [404],
    });
    if (body === undefined) throw new Failure('grid/unavailable', `${ID}: no data for ${zone} in this time`);
    return body;
  };

  const checkZone = (zone: string, named: readonly (string | undefined)[]): void => {
    const names = named.filter((name) => name !== undefined);
    const stray = names.find((name) => name !== zone);
    if (stray !== undefined || names.length === 0)
      throw brokenReply(ID, 'the reply is about another zone', stray ?? 'none named', zone);
  };

  /** Where `points` begin: values of anything shorter than an hour would be taken for those of whole hours. */
  const hoursOf = (points: readonly { readonly datetime: string }[], range: Range): Instant[] => {
    const stamps = points.map(({ datetime }) => readOffsetStamp(ID, datetime));
    checkStamps(ID, stamps, range);
    const stray = stamps.find((stamp) => stamp % HOUR !== 0);
    if (stray !== undefined) throw brokenReply(ID, 'a time is no whole hour', formatInstant(stray));
    return stamps;
  };

  const past = async (
    path: string,
    query: Readonly<Record<string, string>>,
    zone: string,
    range: Range,
    context: ProviderContext,
  ): Promise<Part> => {
    const body = await get(path, { ...query, temporalGranularity: 'hourly' }, zone, context);
    const reply = readReply(ID, body, schemas.past);
    const points = reply.data ?? reply.history ?? [];
    if (points.length > 0) checkZone(zone, [reply.zone, ...points.map((one) => one.zone)]);
    const stamps = hoursOf(points, range);
    const now = context.clock.now();
    const samples: Sample[] = [];
    for (const [i, { carbonIntensity, isEstimated, datetime }] of points.entries()) {
      const start = stamps[i] ?? now;
      if (carbonIntensity == null) continue;
      if (start >= now && isEstimated !== true) throw brokenReply(ID, 'a measured value lies in the future', datetime);
      const quality = start >= now ? 'forecast' : isEstimated === true ? 'estimated' : 'measured';
      samples.push({ start, value: checkValue(ID, carbonIntensity), quality });
    }
    return { body, samples };
  };

  /** The range in parts that may be asked; the last 24 h alone where the plan has no ranges. */
  const wholePast = async (
    zone: string,
    range: Range,
    context: ProviderContext,
  ): Promise<{ parts: Part[]; warnings: string[] }> => {
    const parts: Part[] = [];
    try {
      const first = instant(Math.floor(range.start / HOUR) * HOUR);
      for (let start = first; start < range.end; start = after(start, LONGEST_REQUEST)) {
        const part: Range = { start, end: instant(Math.min(range.end, after(start, LONGEST_REQUEST))) };
        const query = { start: minuteStamp(part.start), end: minuteStamp(part.end) };
        parts.push(await past('carbon-intensity/past-range', query, zone, part, context));
      }
      return { parts, warnings: [] };
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      const lastDay: Range = { start: after(context.clock.now(), -2 * DAY), end: context.clock.now() };
      return {
        parts: [await past('carbon-intensity/history', {}, zone, lastDay, context)],
        warnings: [`${ID}: your plan has the last 24 h alone`],
      };
    }
  };

  const ahead = async (
    zone: string,
    range: Range,
    context: ProviderContext,
  ): Promise<Part & { issuedAt?: Instant }> => {
    const now = context.clock.now();
    const hours = (range.end - now) / HOUR;
    const horizon = HORIZONS_HOURS.find((one) => one >= hours) ?? HORIZONS_HOURS.at(-1) ?? hours;
    const body = await get('carbon-intensity/forecast', { horizonHours: `${horizon}` }, zone, context);
    const reply = readReply(ID, body, schemas.forecast);
    checkZone(zone, [reply.zone]);
    const stamps = hoursOf(reply.forecast, { start: now, end: after(now, horizon * HOUR) });
    const issuedAt = reply.updatedAt == null ? undefined : readOffsetStamp(ID, reply.updatedAt);
    if (issuedAt !== undefined && issuedAt > now + CLOCK_SLACK)
      throw brokenReply(ID, 'the forecast is issued in the future', formatInstant(issuedAt));
    const samples = reply.forecast.flatMap(({ carbonIntensity }, i): Sample[] =>
      carbonIntensity == null
        ? []
        : [{ start: stamps[i] ?? now, value: checkValue(ID, carbonIntensity), quality: 'forecast' }],
    );
    return { body, samples, ...(issuedAt === undefined ? {} : { issuedAt: instant(Math.min(issuedAt, now)) }) };
  };

  return {
    id: ID,
    about: 'Electricity Maps (the world), not to be passed on',
    keys: [KEY],
    sample: 'DE',
    keysFrom: 'an account; the free one holds one zone and no forecast, for non-commercial use (UNVERIFIED)',
    quota: '150 requests a minute (UNVERIFIED)',
    signal,
    pace: PACE,
    restricted: true,
    covers: isZone,
    async intensity(zone, range, context) {
      const now = context.clock.now();
      const warnings: string[] = [];
      const bodies: string[] = [];
      const samples: Sample[] = [];
      let issuedAt: Instant | undefined;
      if (range.end > now) {
        try {
          const part = await ahead(zone, range, context);
          samples.push(...part.samples);
          bodies.push(part.body);
          issuedAt = part.issuedAt;
        } catch (thrown) {
          if (!isRefusal(thrown)) throw thrown;
          warnings.push(`${ID}: your plan has no forecast`);
        }
      }
      if (range.start < now) {
        const { parts, warnings: more } = await wholePast(zone, { start: range.start, end: now }, context);
        for (const part of parts) {
          samples.push(...part.samples);
          bodies.push(part.body);
        }
        warnings.push(...more);
      }
      const known = samples.filter(({ start }) => start > range.start - HOUR && start < range.end);
      if (known.length === 0) throw new Failure('grid/unavailable', `${ID}: no value for ${zone} in this time`);
      const last = Math.max(...known.map(({ start }) => start));
      return seriesOver({
        zone,
        signal,
        range,
        step: HOUR,
        samples: known,
        provenance: {
          ...fetched(
            ID,
            `${api.base}/carbon-intensity`,
            'Electricity Maps terms of service; not to be passed on',
            now,
            bodies,
          ),
          ...(issuedAt === undefined ? {} : { issuedAt, issuedAtBasis: 'provider' }),
        },
        reason: (start) => (start > last ? 'beyond the forecast' : 'not published'),
        warnings,
      });
    },
  };
}

const isRefusal = (thrown: unknown): boolean => thrown instanceof Failure && thrown.code === 'grid/not-configured';

const v4 = { base: `${HOST}/v4`, noCallerLookup: { disableCallerLookup: 'true' } } as const;

export const electricityMaps = providerOf({ id: 'electricity-maps', scope: 'lifecycle', ...v4 });

/** What leaves the smokestack alone, as Scope 2 has it. */
export const electricityMapsDirect = providerOf({ id: 'electricity-maps-direct', scope: 'direct', ...v4 });

export const electricityMapsV3 = providerOf({
  id: 'electricity-maps-v3',
  scope: 'lifecycle',
  base: `${HOST}/v3`,
  noCallerLookup: { shouldUseFallbackCallerLookup: 'false' },
});
