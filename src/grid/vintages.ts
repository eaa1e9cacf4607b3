/**
 * What publishers said, and when: every value and every forecast as it was first read, and every revision beside it.
 * Two times are kept: when something was issued, and when it was observed here. Nothing is ever overwritten, so that any
 * reading takes an `asOf` and gives what was known then, and a decision can be replayed as it was made.
 *
 * The past is kept in blocks of at most a week. A reading adds a block only for slots that it says something new about;
 * after some of them a block repeats the whole week, so that reading a week costs the same however often it was revised.
 * Forecasts are kept whole.
 *
 * @module
 */
import type { Database, Store } from '../store/index.ts';
import { DAY, type Instant, instant, type Millis, millis } from '../units.ts';
import type { Range } from './provider.ts';
import {
  type Provenance,
  QUALITIES,
  type Quality,
  type Series,
  type Signal,
  signalSchema,
  type TimeAxis,
} from './series.ts';
import { axisEnd, axisOver, gapsIn, slotStart } from './slots.ts';

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
  /** Appends what `series` says that was not known; a forecast that repeats the last one is no news. */
  keep(series: Series): Promise<void>;
  /** What was known of the past at `asOf` (default: all). Slots of which nothing was known are NaN, with a gap. */
  past(key: VintageKey, range: Range, asOf?: Instant): Promise<Series>;
  /** The forecast in force at a moment, cut to nothing: as it was issued. `undefined`: there was none for `range`. */
  forecast(key: VintageKey, range: Range, moment: ForecastMoment): Promise<Series | undefined>;
  /** Whose values of `zone` were ever kept, in the order in which they first were. */
  keys(zone: string): Promise<readonly VintageKey[]>;
  /** Every statement about the slots of `range` in the order in which it was observed: estimates, then what is final. */
  statements(key: VintageKey, range: Range): Promise<readonly Statement[]>;
}

const WEEK = 7 * DAY;
/** After so many blocks of a week, the next repeats all of it. */
const BLOCKS_UNTIL_WHOLE = 32;

/** The letter of each quality that a past value can have. */
const LETTER: Partial<Readonly<Record<Quality, string>>> = {
  measured: 'm',
  estimated: 'e',
  modelled: 'd',
  replayed: 'r',
  synthetic: 's',
};
const QUALITY_OF: ReadonlyMap<string, Quality> = new Map(
  QUALITIES.flatMap((quality) => (LETTER[quality] === undefined ? [] : [[LETTER[quality], quality]])),
);
const isPast = (quality: Quality | undefined): boolean => quality !== undefined && LETTER[quality] !== undefined;

type Block = Pick<
  Database['grid_block'],
  'chunk' | 'offset' | 'whole' | 'observed_at' | 'issued_at' | 'intensity' | 'quality' | 'source' | 'licence' | 'sha256'
>;

/** What is known of one week. */
interface Week {
  readonly intensityG: Float64Array;
  readonly quality: (Quality | undefined)[];
  /** Blocks since the last whole one. */
  blocks: number;
}

export function openVintages(store: Store): Vintages {
  const ids = new Map<string, number>();

  /** The id of a series; `undefined` where nothing of it was ever kept. */
  const idOf = async (key: VintageKey, db: Pick<Store['db'], 'selectFrom'> = store.db): Promise<number | undefined> => {
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
    asOf: Instant | undefined,
    db: Pick<Store['db'], 'selectFrom'> = store.db,
  ): Promise<Block[]> => {
    // Newest first, so that reading ends at the last whole one.
    let query = db
      .selectFrom('grid_block')
      .select([
        'chunk',
        'offset',
        'whole',
        'observed_at',
        'issued_at',
        'intensity',
        'quality',
        'source',
        'licence',
        'sha256',
      ])
      .where('series', '=', series)
      .where('chunk', '=', chunk)
      .orderBy('observed_at', 'desc')
      .orderBy('id', 'desc')
      .limit(BLOCKS_UNTIL_WHOLE + 1);
    if (asOf !== undefined) query = query.where('observed_at', '<=', asOf);
    const newest = await query.execute();
    const whole = newest.findIndex((block) => block.whole === 1);
    return newest.slice(0, whole === -1 ? newest.length : whole + 1).reverse();
  };

  return {
    async keep(series) {
      const key = keyOf(series);
      const weeks = weeksOf(series);
      const forecast = forecastOf(series);
      if (weeks.length === 0 && forecast === undefined) return;
      await store.transaction(async (trx) => {
        await trx
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
        const id = await idOf(key, trx);
        if (id === undefined) throw new Error('a series that was entered is not there');
        const { fetchedAt, issuedAt, issuedAtBasis, source, licence, sha256 } = series.provenance;
        const told = {
          series: id,
          observed_at: fetchedAt,
          issued_at: issuedAt,
          source,
          licence,
          sha256: sha256 ?? null,
        };
        for (const { chunk, from, to, first } of weeks) {
          const blocks = await blocksOf(id, chunk, undefined, trx);
          const known = weekFrom(blocks, key.step);
          const news = newsOf(series, known, from, to, first);
          if (news === undefined) continue;
          const isWhole = known.blocks >= BLOCKS_UNTIL_WHOLE;
          const said = isWhole ? everything(series, known, from, to, first) : news;
          await trx
            .insertInto('grid_block')
            .values({
              ...told,
              // A clock that was turned back must not hide what it saw behind what it had seen.
              observed_at: Math.max(fetchedAt, blocks.at(-1)?.observed_at ?? 0),
              chunk,
              whole: isWhole ? 1 : 0,
              ...said,
            })
            .execute();
        }
        if (forecast === undefined) return;
        const last = await trx
          .selectFrom('grid_forecast')
          .select(['start', 'intensity', 'low', 'high', 'issued_at'])
          .where('series', '=', id)
          .orderBy('observed_at', 'desc')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (last !== undefined && repeats(last, forecast, told.issued_at, issuedAtBasis)) return;
        await trx
          .insertInto('grid_forecast')
          .values({ ...told, issued_by: issuedAtBasis, ...forecast })
          .execute();
      });
    },

    async past(key, range, asOf) {
      const id = await idOf(key);
      const axis = axisOver(range, key.step, instant(key.phase ?? 0));
      const intensityG = new Float64Array(axis.length).fill(Number.NaN);
      const quality = new Array<Quality>(axis.length).fill('missing');
      let last: Block | undefined;
      for (let chunk = chunkOf(axis.start); id !== undefined && chunk * WEEK < axisEnd(axis); chunk += 1) {
        const blocks = await blocksOf(id, chunk, asOf);
        const week = weekFrom(blocks, key.step);
        const shift = Math.round((weekStart(chunk, key) - axis.start) / key.step);
        week.intensityG.forEach((value, slot) => {
          const at = slot + shift;
          if (Number.isNaN(value) || at < 0 || at >= axis.length) return;
          intensityG[at] = value;
          quality[at] = week.quality[slot] ?? 'missing';
        });
        last = blocks.at(-1) ?? last;
      }
      const why = asOf === undefined ? 'nothing was kept of it' : 'nothing was known of it then';
      return seriesOf(key, axis, intensityG, quality, why, last);
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
      const intensityG = doubles(row.intensity);
      const axis = { start: instant(row.start), step: key.step, length: intensityG.length };
      const quality = Array.from(intensityG, (value): Quality => (Number.isNaN(value) ? 'missing' : 'forecast'));
      return {
        ...seriesOf(key, axis, intensityG, quality, 'not forecast', row),
        ...(row.low === null ? {} : { lowG: doubles(row.low) }),
        ...(row.high === null ? {} : { highG: doubles(row.high) }),
      };
    },

    async keys(zone) {
      const rows = await store.db
        .selectFrom('grid_series')
        .select(['provider', 'signal', 'step', 'phase', 'factors'])
        .where('zone', '=', zone)
        .orderBy('id')
        .execute();
      return rows.map(({ provider, signal, step, phase, factors }) => ({
        ...{ provider, zone, signal: signalOf(signal), step: millis(step), phase: millis(phase) },
        ...(factors === '' ? {} : { factors }),
      }));
    },

    async statements(key, range) {
      const id = await idOf(key);
      if (id === undefined) return [];
      const axis = axisOver(range, key.step, instant(key.phase ?? 0));
      const blocks = await store.db
        .selectFrom('grid_block')
        .selectAll()
        .where('series', '=', id)
        .where('chunk', '>=', chunkOf(axis.start))
        .where('chunk', '<=', chunkOf(axisEnd(axis)))
        .orderBy('observed_at')
        .orderBy('id')
        .execute();
      const latest = new Map<Instant, Statement>();
      return blocks.flatMap((block) =>
        Array.from(doubles(block.intensity)).flatMap((value, i): Statement[] => {
          const start = instant(weekStart(block.chunk, key) + (block.offset + i) * key.step);
          const quality = QUALITY_OF.get(block.quality[i] ?? '');
          if (Number.isNaN(value) || quality === undefined || start < axis.start || start >= axisEnd(axis)) return [];
          const before = latest.get(start);
          if (before?.intensityG === value && before.quality === quality) return []; // a whole block repeats
          const statement = { start, observedAt: instant(block.observed_at), intensityG: value, quality };
          latest.set(start, statement);
          return [statement];
        }),
      );
    },
  };
}

const chunkOf = (at: number): number => Math.floor(at / WEEK);
/** Start of the first slot that begins in the week. */
const weekStart = (chunk: number, { phase }: VintageKey): number => chunk * WEEK + (phase ?? 0);
const signalText = ({ kind, basis, scope, gas }: Signal): string => `${kind}/${basis}/${scope}/${gas}`;
const signalOf = (text: string): Signal => {
  const [kind, basis, scope, gas] = text.split('/');
  return signalSchema.parse({ kind, basis, scope, gas });
};
const nameOf = (key: VintageKey): string =>
  `${key.provider} ${key.zone} ${signalText(key.signal)} ${key.step} ${key.phase ?? 0} ${key.factors ?? ''}`;

const keyOf = ({ zone, signal, axis, provenance }: Series): VintageKey => ({
  provider: provenance.provider,
  zone,
  signal,
  step: axis.step,
  phase: millis(((axis.start % axis.step) + axis.step) % axis.step),
  ...(provenance.factors === undefined ? {} : { factors: provenance.factors }),
});

/** The weeks that a series says something about the past of: its slots [from, to), the first of which is `first`. */
interface Part {
  readonly chunk: number;
  readonly from: number;
  readonly to: number;
  /** Index of `from` within the week. */
  readonly first: number;
}

function weeksOf(series: Series): Part[] {
  const { axis } = series;
  const { phase = 0 } = keyOf(series);
  const parts: Part[] = [];
  for (let from = 0; from < axis.length; ) {
    const start = slotStart(axis, from);
    const chunk = chunkOf(start - phase);
    const first = Math.round((start - phase - chunk * WEEK) / axis.step);
    const to = Math.min(axis.length, from + WEEK / axis.step - first);
    if (series.quality.slice(from, to).some(isPast)) parts.push({ chunk, from, to, first });
    from = to;
  }
  return parts;
}

/** What `blocks`, oldest first, say of their week. */
function weekFrom(blocks: readonly Block[], step: Millis): Week {
  const slots = WEEK / step;
  const intensityG = new Float64Array(slots).fill(Number.NaN);
  const quality = new Array<Quality | undefined>(slots);
  for (const block of blocks) {
    doubles(block.intensity).forEach((value, i) => {
      if (Number.isNaN(value)) return;
      intensityG[block.offset + i] = value;
      quality[block.offset + i] = QUALITY_OF.get(block.quality[i] ?? '');
    });
  }
  return { intensityG, quality, blocks: blocks.length };
}

type Said = Pick<Database['grid_block'], 'offset' | 'intensity' | 'quality'>;

/** From the first slot of which `series` says something new to the last; `undefined` when it says nothing new. */
function newsOf(series: Series, known: Week, from: number, to: number, first: number): Said | undefined {
  const isNew = (i: number): boolean => {
    const quality = series.quality[i];
    const value = series.intensityG[i] ?? Number.NaN;
    const slot = first + i - from;
    return (
      isPast(quality) && !Number.isNaN(value) && (known.intensityG[slot] !== value || known.quality[slot] !== quality)
    );
  };
  let low = from;
  while (low < to && !isNew(low)) low += 1;
  if (low === to) return undefined;
  let high = to;
  while (!isNew(high - 1)) high -= 1;
  return saidOf(first + low - from, high - low, (i) =>
    isNew(low + i) ? [series.intensityG[low + i], series.quality[low + i]] : undefined,
  );
}

/** The whole week as it is known with what `series` says. */
const everything = (series: Series, known: Week, from: number, to: number, first: number): Said =>
  saidOf(0, known.intensityG.length, (slot) => {
    const i = slot - first + from;
    const quality = i >= from && i < to ? series.quality[i] : undefined;
    const value = series.intensityG[i] ?? Number.NaN;
    return isPast(quality) && !Number.isNaN(value) ? [value, quality] : [known.intensityG[slot], known.quality[slot]];
  });

function saidOf(
  offset: number,
  length: number,
  at: (i: number) => readonly [number | undefined, Quality | undefined] | undefined,
): Said {
  const values = new Float64Array(length).fill(Number.NaN);
  let quality = '';
  for (let i = 0; i < length; i += 1) {
    const [value, of] = at(i) ?? [];
    const letter = of === undefined ? undefined : LETTER[of];
    if (value !== undefined && letter !== undefined) values[i] = value;
    quality += letter ?? '-';
  }
  return { offset, intensity: bytes(values), quality };
}

type Forecast = Pick<Database['grid_forecast'], 'start' | 'end' | 'intensity' | 'low' | 'high'>;

/** The part of a series that was forecast, from its first such slot to its last. */
function forecastOf({ axis, quality, intensityG, lowG, highG }: Series): Forecast | undefined {
  const from = quality.indexOf('forecast');
  if (from === -1) return undefined;
  const to = quality.lastIndexOf('forecast') + 1;
  const cut = (values: Float64Array): Uint8Array =>
    bytes(values.slice(from, to).map((value, i) => (quality[from + i] === 'forecast' ? value : Number.NaN)));
  return {
    start: slotStart(axis, from),
    end: slotStart(axis, to),
    intensity: cut(intensityG),
    low: lowG === undefined ? null : cut(lowG),
    high: highG === undefined ? null : cut(highG),
  };
}

/** Whether `next` is what `last` said, or the rest of it: no publisher issues anything by being read again. */
function repeats(
  last: Omit<Forecast, 'end'> & { readonly issued_at: number },
  next: Forecast,
  issuedAt: number,
  basis: Provenance['issuedAtBasis'],
): boolean {
  if (basis === 'provider' && last.issued_at !== issuedAt) return false;
  const same = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
    a === null || b === null ? a === b : Buffer.from(a).subarray(-b.length).equals(b);
  return (
    last.start <= next.start &&
    same(last.intensity, next.intensity) &&
    same(last.low, next.low) &&
    same(last.high, next.high)
  );
}

type Told = Pick<Block, 'source' | 'licence' | 'sha256' | 'observed_at' | 'issued_at'> & {
  readonly issued_by?: string;
};

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
      ...(told?.sha256 == null ? {} : { sha256: told.sha256 }),
      licence: told?.licence ?? 'unknown',
      fetchedAt: instant(told?.observed_at ?? 0),
      issuedAt: instant(told?.issued_at ?? 0),
      ...(factors === undefined ? {} : { factors }),
      issuedAtBasis: told?.issued_by === 'provider' ? 'provider' : 'fetch-time',
    },
    warnings: [],
  };
}

/** Doubles as little-endian bytes, as every machine that Node runs on has them. */
const bytes = (values: Float64Array): Uint8Array => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
/** A copy, since a double must begin at a multiple of eight and a row's bytes begin anywhere. */
const doubles = (blob: Uint8Array): Float64Array => new Float64Array(Uint8Array.from(blob).buffer);
