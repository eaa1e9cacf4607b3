/**
 * What publishers said, and when: every value and every forecast as it was first read, and every revision beside it.
 * Two times are kept: when something was issued, and when it was observed here. Nothing is ever overwritten, so that any
 * reading takes an `asOf` and gives what was known then, and a decision can be replayed as it was made.
 *
 * The past is kept in blocks of at most a week. A reading adds a block only for slots that it says something new about;
 * after many of them a block repeats the whole week, so that reading a week costs the same however often it was revised.
 * Every forecast can be read as it was issued.
 *
 * Blocks are read in the order in which they were written. A block is dated by the clock of its reading; where that is
 * before the block that was written last, one of the two clocks was wrong:
 * - By a day or less, or where the archive knows a slot that begins later than this clock shows, this clock counts as
 *   behind: the block is dated as the last one, for it was not known before.
 * - Else the clock of the last block was ahead: a block that repeats the whole week is dated by this clock. Whatever was
 *   known by then is known from then on, and what was dated ahead hides nothing that is read later.
 *
 * @module
 */
import type { Store } from '../store/index.ts';
import { DAY, type Instant, instant, type Millis, millis } from '../units.ts';
import { type Forecast, forecastOf, type Packed, packForecast, repeats, unpackForecast } from './issued.ts';
import { originOf } from './origins.ts';
import { unpack } from './packing.ts';
import { layPower, type Source } from './powers.ts';
import type { Range } from './provider.ts';
import { type Quality, type Series, type Signal, signalSchema, type TimeAxis } from './series.ts';
import { axisEnd, axisOver, gapsIn, withPowers } from './slots.ts';
import {
  BLOCK_COLUMNS,
  type Block,
  chunkOf,
  everything,
  isLong,
  isPast,
  newsOf,
  qualitiesOf,
  WEEK,
  weekFrom,
  weeksOf,
} from './weeks.ts';

/** Whose values: one publisher, one zone, one signal, slots of one length that begin at `phase` modulo that length. */
export interface VintageKey {
  readonly provider: string;
  readonly zone: string;
  readonly signal: Signal;
  readonly step: Millis;
  readonly phase?: Millis;
  /** Name and version of the factor set, where the values are computed from generation. */
  readonly factors?: string;
}

/** One statement about one slot. */
export interface Statement {
  readonly start: Instant;
  readonly observedAt: Instant;
  readonly intensityG: number;
  readonly quality: Quality;
}

/** Which forecast: the newest that was issued, and observed, no later than this. */
export interface ForecastMoment {
  readonly issuedBy: Instant;
  /** Default: `issuedBy`. Later, to judge forecasts whose archive was read afterwards. */
  readonly observedBy?: Instant;
}

export interface Vintages {
  /** Where the series is entered; `undefined` where nothing of it was ever kept. */
  id(key: VintageKey): Promise<number | undefined>;
  /** Appends what `series` says that was not known; a forecast that repeats the last one is no news. */
  keep(series: Series): Promise<void>;
  /** What was known of the past at `asOf` (default: all). Slots of which nothing was known are NaN, with a gap. */
  past(key: VintageKey, range: Range, asOf?: Instant): Promise<Series>;
  /** The forecast in force at a moment, cut to nothing: as it was issued. `undefined`: there was none for `range`. */
  forecast(key: VintageKey, range: Range, moment: ForecastMoment): Promise<Series | undefined>;
  /** Whose values of `zone` were ever kept (those of one provider), in the order in which they first were. */
  keys(zone: string, provider?: string): Promise<readonly VintageKey[]>;
  /** Every statement about the slots of `range` in the order in which it was observed: estimates, then what is final. */
  statements(key: VintageKey, range: Range): Promise<readonly Statement[]>;
}

/** A date that is ahead by no more hides what comes after it for no longer. */
const SHORT_LEAD = DAY;

type Reader = Pick<Store['db'], 'selectFrom'>;
type Writer = Pick<Store['db'], 'selectFrom' | 'insertInto'>;

export function openVintages(store: Store): Vintages {
  const ids = new Map<string, number>();

  /** The id of a series; `undefined` where nothing of it was ever kept. */
  const idOf = async (key: VintageKey, db: Reader = store.db): Promise<number | undefined> => {
    const name = nameOf(key);
    const known = ids.get(name);
    if (known !== undefined) return known;
    const row = await db
      .selectFrom('grid_series')
      .select('id')
      .where('provider', '=', key.provider)
      .where('zone', '=', key.zone)
      .where('signal', '=', signalText(key.signal))
      .where('step', '=', key.step)
      .where('phase', '=', key.phase ?? 0)
      .where('factors', '=', key.factors ?? '')
      .executeTakeFirst();
    // What is read in a transaction is not sure before it is committed.
    if (row !== undefined && db === store.db) ids.set(name, row.id);
    return row?.id;
  };

  /** The blocks that tell what was known of a week at `asOf`, oldest first. */
  const blocksOf = async (
    series: number,
    chunk: number,
    asOf: Instant = instant(Number.MAX_SAFE_INTEGER),
    db: Reader = store.db,
  ): Promise<Block[]> => {
    const known = db
      .selectFrom('grid_block')
      .where('series', '=', series)
      .where('chunk', '=', chunk)
      .where('observed_at', '<=', asOf);
    const whole = await known.select('id').where('whole', '=', 1).orderBy('id', 'desc').limit(1).executeTakeFirst();
    return known
      .select(BLOCK_COLUMNS)
      .where('id', '>=', whole?.id ?? 0)
      .orderBy('id')
      .execute();
  };

  /** Whether a slot is known that begins after `at`: then a clock that shows `at` is behind. */
  const knowsAfter = async (series: number, key: VintageKey, at: Instant, db: Reader): Promise<boolean> => {
    const newest = await db
      .selectFrom('grid_block')
      .select('chunk')
      .where('series', '=', series)
      .orderBy('chunk', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (newest === undefined) return false;
    const { intensityG } = weekFrom(await blocksOf(series, newest.chunk, undefined, db), key.step);
    const last = intensityG.findLastIndex((value) => !Number.isNaN(value));
    return weekStart(newest.chunk, key) + last * key.step > at;
  };

  const toldBy = async (row: Omit<Told, 'source' | 'licence'> & { readonly origin: number }): Promise<Told> => ({
    ...row,
    ...(await store.db
      .selectFrom('grid_origin')
      .select(['source', 'licence'])
      .where('id', '=', row.origin)
      .executeTakeFirstOrThrow()),
  });

  const seriesIdOf = async (key: VintageKey, db: Writer): Promise<number> => {
    await db
      .insertInto('grid_series')
      .values({
        provider: key.provider,
        zone: key.zone,
        signal: signalText(key.signal),
        step: key.step,
        phase: key.phase ?? 0,
        factors: key.factors ?? '',
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const id = await idOf(key, db);
    if (id === undefined) throw new Error('a series that was entered is not there');
    return id;
  };

  const keepPast = async (series: Series, row: Row, trx: Writer): Promise<void> => {
    const key = keyOf(series);
    const { fetchedAt, issuedAt } = series.provenance;
    for (const part of weeksOf(series)) {
      const blocks = await blocksOf(row.series, part.chunk, undefined, trx);
      const known = weekFrom(blocks, key.step);
      const last = instant(blocks.at(-1)?.observed_at ?? 0);
      const lead = last - fetchedAt;
      const isBehind = lead > 0 && (lead <= SHORT_LEAD || (await knowsAfter(row.series, key, fetchedAt, trx)));
      const observedAt = isBehind ? last : fetchedAt;
      const wasAhead = observedAt < last;
      const news = newsOf(series, known, part);
      if (news === undefined && !wasAhead) continue;
      const whole = wasAhead || isLong(known) ? everything(series, known, part) : undefined;
      const said = whole ?? news;
      if (said === undefined) continue;
      await trx
        .insertInto('grid_block')
        .values({
          ...row,
          observed_at: observedAt,
          issued_at: issuedAt === observedAt ? null : issuedAt,
          chunk: part.chunk,
          whole: whole === undefined ? 0 : 1,
          ...said,
        })
        .execute();
    }
  };

  /** What a row says, by its base if it has one. */
  const forecastFrom = async (
    row: Packed & { readonly base: number | null },
    step: Millis,
    db: Reader = store.db,
  ): Promise<Forecast> => {
    if (row.base === null) return unpackForecast(row, step);
    const base = await db
      .selectFrom('grid_forecast')
      .select(['start', 'end', 'intensity', 'low', 'high'])
      .where('id', '=', row.base)
      .executeTakeFirstOrThrow();
    return unpackForecast(row, step, unpackForecast(base, step));
  };

  const keepForecast = async (series: Series, row: Row, trx: Writer): Promise<void> => {
    const forecast = forecastOf(series);
    if (forecast === undefined) return;
    const { step } = series.axis;
    const { fetchedAt, issuedAt, issuedAtBasis } = series.provenance;
    const newest = trx
      .selectFrom('grid_forecast')
      .select(['id', 'base', 'start', 'end', 'intensity', 'low', 'high', 'issued_at', 'observed_at'])
      .where('series', '=', row.series)
      .orderBy('id', 'desc')
      .limit(1);
    const last = await newest.executeTakeFirst();
    // What was dated ahead is not in force yet, so that it is said again.
    const isInForce = last !== undefined && last.observed_at <= fetchedAt;
    const isIssuedAnew = issuedAtBasis === 'provider' && last?.issued_at !== issuedAt;
    if (isInForce && !isIssuedAnew && repeats(await forecastFrom(last, step, trx), forecast)) return;
    const base = last?.base == null ? last : await newest.where('id', '=', last.base).executeTakeFirst();
    const { byBase, ...packed } = packForecast(forecast, step, base && unpackForecast(base, step));
    await trx
      .insertInto('grid_forecast')
      .values({
        ...row,
        observed_at: fetchedAt,
        issued_at: issuedAt,
        issued_by: issuedAtBasis,
        base: byBase && base !== undefined ? base.id : null,
        ...packed,
      })
      .execute();
  };

  return {
    id: (key) => idOf(key),

    async keep(series) {
      if (!series.quality.some((quality) => quality === 'forecast' || isPast(quality))) return;
      const { source, licence, sha256 } = series.provenance;
      await store.transaction(async (trx) => {
        const row = {
          series: await seriesIdOf(keyOf(series), trx),
          origin: await originOf(source, licence, trx),
          sha256: sha256 === undefined ? null : Buffer.from(sha256, 'hex'),
        };
        await keepPast(series, row, trx);
        await keepForecast(series, row, trx);
      });
    },

    async past(key, range, asOf) {
      const id = await idOf(key);
      const axis = axisOver(range, key.step, instant(key.phase ?? 0));
      const intensityG = new Float64Array(axis.length).fill(Number.NaN);
      const covered = new Float64Array(axis.length).fill(Number.NaN);
      const quality = new Array<Quality>(axis.length).fill('missing');
      const powerMW = new Map<Source, Float64Array>();
      let last: Block | undefined;
      for (let chunk = chunkOf(axis.start); id !== undefined && chunk * WEEK < axisEnd(axis); chunk += 1) {
        const blocks = await blocksOf(id, chunk, asOf);
        const week = weekFrom(blocks, key.step);
        const shift = Math.round((weekStart(chunk, key) - axis.start) / key.step);
        week.intensityG.forEach((value, slot) => {
          const at = slot + shift;
          if (Number.isNaN(value) || at < 0 || at >= axis.length) return;
          intensityG[at] = value;
          covered[at] = week.covered[slot] ?? Number.NaN;
          quality[at] = week.quality[slot] ?? 'missing';
        });
        for (const [source, power] of week.powerMW) layPower(powerMW, axis.length, source, power, shift);
        last = blocks.at(-1) ?? last;
      }
      const why = asOf === undefined ? 'nothing was kept of it' : 'nothing was known of it then';
      const told = last === undefined ? undefined : await toldBy(last);
      const series = seriesOf(key, axis, intensityG, quality, why, told);
      return key.factors === undefined ? series : { ...series, covered, ...withPowers(powerMW) };
    },

    async forecast(key, range, { issuedBy, observedBy = issuedBy }) {
      const id = await idOf(key);
      if (id === undefined) return undefined;
      const row = await store.db
        .selectFrom('grid_forecast')
        .selectAll()
        .where('series', '=', id)
        .where('issued_at', '<=', issuedBy)
        .where('observed_at', '<=', observedBy)
        .where('start', '<', range.end)
        .where('end', '>', range.start)
        .orderBy('issued_at', 'desc')
        .orderBy('observed_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { start, intensityG, lowG, highG } = await forecastFrom(row, key.step);
      const axis = { start, step: key.step, length: intensityG.length };
      const quality = Array.from(intensityG, (value): Quality => (Number.isNaN(value) ? 'missing' : 'forecast'));
      return {
        ...seriesOf(key, axis, intensityG, quality, 'not forecast', await toldBy(row)),
        ...(lowG === undefined ? {} : { lowG }),
        ...(highG === undefined ? {} : { highG }),
      };
    },

    async keys(zone, provider) {
      let query = store.db
        .selectFrom('grid_series')
        .select(['provider', 'signal', 'step', 'phase', 'factors'])
        .where('zone', '=', zone)
        .orderBy('id');
      if (provider !== undefined) query = query.where('provider', '=', provider);
      const rows = await query.execute();
      return rows.map(({ provider: id, signal, step, phase, factors }) => ({
        ...{ provider: id, zone, signal: signalFrom(signal), step: millis(step), phase: millis(phase) },
        ...(factors === '' ? {} : { factors }),
      }));
    },

    async statements(key, range) {
      const id = await idOf(key);
      if (id === undefined) return [];
      const axis = axisOver(range, key.step, instant(key.phase ?? 0));
      const blocks = await store.db
        .selectFrom('grid_block')
        .select(['chunk', ...BLOCK_COLUMNS])
        .where('series', '=', id)
        .where('chunk', '>=', chunkOf(axis.start))
        .where('chunk', '<=', chunkOf(axisEnd(axis)))
        .orderBy('id')
        .execute();
      const latest = new Map<Instant, Statement>();
      return blocks.flatMap((block) => {
        const quality = qualitiesOf(block);
        return Array.from(unpack(block.intensity)).flatMap((value, i): Statement[] => {
          const start = instant(weekStart(block.chunk, key) + (block.offset + i) * key.step);
          const its = quality[i];
          if (Number.isNaN(value) || its === undefined || start < axis.start || start >= axisEnd(axis)) return [];
          const before = latest.get(start);
          if (before?.intensityG === value && before.quality === its) return []; // a whole block repeats
          const statement = { start, observedAt: instant(block.observed_at), intensityG: value, quality: its };
          latest.set(start, statement);
          return [statement];
        });
      });
    },
  };
}

/** Start of the first slot that begins in the week. */
const weekStart = (chunk: number, { phase }: VintageKey): number => chunk * WEEK + (phase ?? 0);
const signalText = ({ kind, basis, scope, gas }: Signal): string => `${kind}/${basis}/${scope}/${gas}`;
function signalFrom(text: string): Signal {
  const [kind, basis, scope, gas] = text.split('/');
  return signalSchema.parse({ kind, basis, scope, gas });
}
const nameOf = (key: VintageKey): string =>
  `${key.provider} ${key.zone} ${signalText(key.signal)} ${key.step} ${key.phase ?? 0} ${key.factors ?? ''}`;

/** The key that a series is kept under. */
export const keyOf = ({ zone, signal, axis, provenance }: Series): VintageKey => ({
  provider: provenance.provider,
  zone,
  signal,
  step: axis.step,
  phase: millis(((axis.start % axis.step) + axis.step) % axis.step),
  ...(provenance.factors === undefined ? {} : { factors: provenance.factors }),
});

/** What all rows of one reading have. */
interface Row {
  readonly series: number;
  readonly origin: number;
  readonly sha256: Uint8Array | null;
}

/** What is told of a row's origin. */
interface Told {
  readonly source: string;
  readonly licence: string;
  readonly sha256: Uint8Array | null;
  readonly observed_at: number;
  readonly issued_at: number | null;
  readonly issued_by?: string;
}

function seriesOf(
  key: VintageKey,
  axis: TimeAxis,
  intensityG: Float64Array,
  quality: readonly Quality[],
  why: string,
  told: Told | undefined,
): Series {
  const { provider, zone, signal, factors } = key;
  return {
    zone,
    signal,
    axis,
    intensityG,
    quality,
    gaps: gapsIn(intensityG, axis, () => why),
    provenance: {
      provider,
      source: told?.source ?? 'what was kept of earlier answers',
      ...(told?.sha256 == null ? {} : { sha256: Buffer.from(told.sha256).toString('hex') }),
      licence: told?.licence ?? 'unknown',
      fetchedAt: instant(told?.observed_at ?? 0),
      issuedAt: instant(told?.issued_at ?? told?.observed_at ?? 0),
      ...(factors === undefined ? {} : { factors }),
      issuedAtBasis: told?.issued_by === 'provider' ? 'provider' : 'fetch-time',
    },
    warnings: [],
  };
}
