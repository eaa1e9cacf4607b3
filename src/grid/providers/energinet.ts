/**
 * Energi Data Service of Energinet: West and East Denmark, measured and forecast every 5 min to the end of tomorrow,
 * no key. Values are averaged into quarters of an hour.
 *
 * The service could not be asked while this was written. UNVERIFIED: its method of imports, its limits, its error bodies.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, formatInstant, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import type { Sample } from '../slots.ts';
import { seriesOver } from '../slots.ts';
import { ENERGINET, ENERGINET_AREAS, energinetDayAhead, energinetQuery } from './energinet-day-ahead.ts';
import { brokenReply, checkStamps, checkValue, fetched, intensityOrNull, readReply, readStamp } from './reply.ts';

const ID = 'energinet';
const STEP: Millis = millis(15 * MINUTE);

const replySchema = z.object({
  total: z.number().int().optional(),
  records: z.array(
    z.object({
      Minutes5UTC: z.string(),
      Minutes5DK: z.string().nullish(),
      PriceArea: z.string(),
      CO2Emission: intensityOrNull,
    }),
  ),
});

/** Five-minute values of one dataset, ascending, with the body they came in. */
async function readDataset(dataset: string, area: string, range: Range, { transport, signal }: ProviderContext) {
  const query = energinetQuery(area, range);
  query.set('sort', 'Minutes5UTC asc');
  const { body } = await transport.get(`${ENERGINET}/${dataset}?${query}`, { signal });
  const { total, records } = readReply(ID, body, replySchema);
  if (total !== undefined && total > records.length) {
    throw brokenReply(ID, `${dataset} was cut short`, `${records.length} of ${total} records`, 'all of them');
  }
  const values = records.map((record) => {
    if (record.PriceArea !== area) throw brokenReply(ID, 'the reply is about another area', record.PriceArea, area);
    const start = readStamp(ID, record.Minutes5UTC, false);
    if (record.Minutes5DK != null) {
      const ahead = readStamp(ID, record.Minutes5DK, false) - start;
      // Danish time is one hour ahead of UTC, two in summer; anything else means that the columns are mixed up.
      if (ahead !== HOUR && ahead !== 2 * HOUR)
        throw brokenReply(
          ID,
          'Danish time and UTC do not fit',
          record.Minutes5DK,
          `1 or 2 h after ${record.Minutes5UTC}`,
        );
    }
    return { start, value: record.CO2Emission == null ? Number.NaN : checkValue(ID, record.CO2Emission) };
  });
  if ((values.at(0)?.start ?? 0) > (values.at(-1)?.start ?? 0)) values.reverse();
  const stamps = values.map(({ start }) => start);
  checkStamps(ID, stamps, range);
  return { values, body };
}

/** Means of 5-min values in each quarter; a quarter with fewer than two of its three values stays a gap. */
function quarters(values: ReadonlyMap<number, { readonly value: number; readonly measured: boolean }>): Sample[] {
  const sums = new Map<number, { sum: number; count: number; measured: boolean }>();
  for (const [start, { value, measured }] of values) {
    const quarter = Math.floor(start / STEP) * STEP;
    const sum = sums.get(quarter) ?? { sum: 0, count: 0, measured: true };
    sums.set(quarter, { sum: sum.sum + value, count: sum.count + 1, measured: sum.measured && measured });
  }
  return [...sums]
    .filter(([, { count }]) => count >= 2)
    .map(([start, { sum, count, measured }]) => ({
      start: instant(start),
      value: sum / count,
      quality: measured ? ('measured' as const) : ('forecast' as const),
    }))
    .sort((a, b) => a.start - b.start);
}

const wasRefused = (outcome: PromiseSettledResult<unknown>): outcome is PromiseRejectedResult =>
  outcome.status === 'rejected';
const isAway = (thrown: unknown): thrown is Failure => thrown instanceof Failure && thrown.code === 'grid/unavailable';

export const energinet: Provider = {
  id: ID,
  about: 'Energi Data Service, Energinet (Denmark), CC BY 4.0 (UNVERIFIED)',
  keys: [],
  signal: { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' },
  operator: energinetDayAhead,
  covers: (zone) => Object.hasOwn(ENERGINET_AREAS, zone),
  async intensity(zone, range, context) {
    const area = ENERGINET_AREAS[zone];
    if (area === undefined)
      throw new Failure('grid/no-zone', `${ID} knows Denmark alone`, { value: zone, expected: 'DK-DK1 or DK-DK2' });
    const now = context.clock.now();
    const past: Range = { start: range.start, end: instant(Math.min(range.end, now)) };
    // An hour of overlap: the newest measured values are published late.
    const ahead: Range = { start: instant(Math.max(range.start, now - HOUR)), end: range.end };
    const asked = [
      { dataset: 'CO2Emis', range: past, measured: true },
      { dataset: 'CO2EmisProg', range: ahead, measured: false },
    ].filter((part) => part.range.end > part.range.start);
    const outcomes = await Promise.allSettled(
      asked.map((part) => readDataset(part.dataset, area, part.range, context)),
    );
    context.signal.throwIfAborted();
    const refused = outcomes.filter(wasRefused);
    const worst =
      refused.find((outcome) => !isAway(outcome.reason)) ??
      (refused.length === outcomes.length ? refused[0] : undefined);
    if (worst !== undefined) throw worst.reason;
    const values = new Map<number, { value: number; measured: boolean }>();
    const bodies: string[] = [];
    // Forecast first, so that what was measured replaces it.
    for (const [i, part] of [...asked.entries()].reverse()) {
      const outcome = outcomes[i];
      if (outcome?.status !== 'fulfilled') continue;
      bodies.push(outcome.value.body);
      for (const { start, value } of outcome.value.values) {
        if (part.measured && start >= now)
          throw brokenReply(ID, 'a measured value lies in the future', formatInstant(start));
        if (!Number.isNaN(value)) values.set(start, { value, measured: part.measured });
      }
    }
    const samples = quarters(values);
    if (samples.length === 0) throw new Failure('grid/unavailable', `${ID}: no data for ${area} in this time`);
    const last: Instant = after(samples.at(-1)?.start ?? now, STEP);
    return seriesOver({
      zone,
      signal: energinet.signal,
      range,
      step: STEP,
      samples,
      provenance: fetched(ID, `${ENERGINET}/CO2Emis`, 'CC BY 4.0, Energinet (UNVERIFIED)', now, bodies),
      reason: (start) => (start >= last ? 'beyond the forecast (end of tomorrow)' : 'not published'),
      warnings: refused.map(
        (outcome) =>
          `${ID}: half of the answer is missing (${isAway(outcome.reason) ? outcome.reason.message : 'refused'})`,
      ),
    });
  },
};
