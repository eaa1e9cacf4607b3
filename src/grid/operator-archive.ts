/**
 * What operators forecast of wind and sun, kept for good as it was read: what a forecast of the grid may rest on, and what
 * it learns from. Two times are kept of each: when it was issued, and when it was observed here; so any reading takes an
 * `asOf`.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Database, Store } from '../store/index.ts';
import { after, DAY, HOUR, type Instant, instant, type Millis, millis } from '../units.ts';
import { asFailure, orAborted } from './asking.ts';
import { type Chains, chainOf, type Environment } from './chain.ts';
import { createManners } from './manners.ts';
import type { OperatorForecasts, OperatorReading, OperatorRun } from './operators.ts';
import { originOf } from './origins.ts';
import { pack, unpack } from './packing.ts';
import type { Provider, Range, Transport } from './provider.ts';
import { mayBeChained, PROVIDERS } from './providers.ts';
import { floorTo } from './slots.ts';
import { discreet } from './transport.ts';

export interface OperatorOptions {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where the keys of providers are. Default: nowhere. */
  readonly environment?: Environment;
  readonly chains?: Chains | undefined;
  /** Where other processes see how providers have been asked ({@link createManners}). Default: nowhere. */
  readonly cacheFolder?: string;
  /** Default: the providers of this room. */
  readonly providers?: readonly Provider[];
}

/** What is kept of one zone: all of one publisher, whose days compare. */
export interface OperatorHistory {
  readonly provider: string;
  readonly licence: string;
  /** Ascending by `knownAt`. */
  readonly runs: readonly OperatorRun[];
}

export interface OperatorArchive {
  /**
   * What was issued in `range`, as far as it had been observed at `asOf` (default: all): of the first of those who would be
   * asked about `zone` that anything is kept of. `undefined` where there is none.
   */
  history(zone: string, range: Range, asOf?: Instant): Promise<OperatorHistory | undefined>;
  /**
   * Asks the first who publishes forecasts for `zone`, or where that fails and nothing was ever kept of it the next, for
   * the days about now, and, where `past` is wanted, for those of the last 400 that were never asked for, the newest first,
   * each piece kept before the next. What went wrong, in words; `undefined`: nothing, or nobody publishes any. Rejects only
   * when `abort` aborts.
   */
  refresh(zone: string, past: boolean, abort: AbortSignal): Promise<string | undefined>;
}

/** Asked about each time: what is ahead, and what may have come since it was asked before. */
const [DAYS_BACK, DAYS_AHEAD] = [3, 3] as const;
const REACH = 400 * DAY;
/** Of the past, asked for at once. */
const PIECE: Millis = millis(28 * DAY);
/** Known to so large a share of its days, a piece is not asked for. */
const ENOUGH = 0.9;
/** What is published late is there so long after a piece is over. */
const SETTLED: Millis = millis(7 * DAY);
/** That a piece has no more is believed so long: of one that was settled when it was asked for, and of any other. */
const BELIEVED = { settled: millis(30 * DAY), early: millis(DAY) } as const;
/** How long (real time) a question may take: its pace is waited for. */
const READING_MS = 120_000;

type Operator = Provider & { readonly operator: OperatorForecasts };
const isOperator = (provider: Provider): provider is Operator => provider.operator !== undefined;

/** Who is asked what operators forecast for `zone`, in this order. */
export function operatorsOf(
  zone: string,
  options: Pick<OperatorOptions, 'chains' | 'environment' | 'providers'>,
): readonly Operator[] {
  const providers = (options.providers ?? PROVIDERS.filter(mayBeChained)).filter(isOperator);
  const { asked } = chainOf(zone, { ...options, providers });
  return asked.filter(isOperator).filter(({ operator }) => operator.covers(zone));
}

export function openOperators(options: OperatorOptions): OperatorArchive {
  const { store, clock, chains, environment = {}, providers } = options;
  const key = (name: string): string => (environment[name] ?? '').trim();
  const transport = discreet(options.transport);
  const manners = createManners({ transport, clock, key, folder: options.cacheFolder });

  const rowsOf = (provider: string, zone: string) =>
    store.db.selectFrom('operator_run').where('provider', '=', provider).where('zone', '=', zone);

  const keep = ({ id, operator }: Operator, zone: string, { runs, fetchedAt, source, sha256 }: OperatorReading) =>
    store.transaction(async (trx) => {
      const origin = await originOf(source, operator.licence, trx);
      const row = { provider: id, zone, origin, observed_at: fetchedAt, sha256: Buffer.from(sha256, 'hex') };
      for (const run of runs) {
        const power = pack(Float64Array.of(...run.windMW, ...run.solarMW));
        const last = await trx
          .selectFrom('operator_run')
          .select(['power', 'known_at'])
          .where('provider', '=', id)
          .where('zone', '=', zone)
          .where('start', '=', run.start)
          .where('hours', '>', 0)
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (last !== undefined && Buffer.compare(last.power, power) === 0) continue;
        // What was said otherwise before is known since it was read.
        const known_at = last === undefined ? run.knownAt : fetchedAt;
        await trx
          .insertInto('operator_run')
          .values({ ...row, start: run.start, hours: run.windMW.length, known_at, power })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    });

  const ask = async (provider: Operator, zone: string, range: Range, abort: AbortSignal): Promise<OperatorReading> => {
    const signal = AbortSignal.any([abort, AbortSignal.timeout(READING_MS)]);
    const context = { transport: manners.transportFor(provider, 'background'), clock, key, signal };
    const reading = await orAborted(provider.operator.dayAhead(zone, range, context), signal);
    await keep(provider, zone, reading);
    return reading;
  };

  /** Whether enough of `piece` is there, or it was lately asked for in vain. */
  const isKnown = async (provider: Operator, zone: string, piece: Range): Promise<boolean> => {
    const rows = await rowsOf(provider.id, zone)
      .select(['start', 'hours', 'observed_at'])
      .where('start', '>=', piece.start)
      .where('start', '<', piece.end)
      .execute();
    const days = new Set(rows.filter(({ hours }) => hours > 0).map(({ start }) => start));
    const isBelieved = (observed: number): boolean =>
      clock.now() - observed < BELIEVED[observed >= piece.start + PIECE + SETTLED ? 'settled' : 'early'];
    const isEmpty = rows.some(({ hours, observed_at }) => hours === 0 && isBelieved(observed_at));
    return isEmpty || days.size >= ENOUGH * ((piece.end - piece.start) / DAY);
  };

  /** Remembers that a piece had no more than what was said of it now. */
  const keepEmpty = async ({ id, operator }: Operator, zone: string, piece: Range, reading: OperatorReading) => {
    const { fetchedAt, source, sha256 } = reading;
    await store.transaction(async (trx) => {
      await trx
        .insertInto('operator_run')
        .values({
          ...{ provider: id, zone, start: piece.start, hours: 0, known_at: fetchedAt, observed_at: fetchedAt },
          ...{ power: pack(new Float64Array()), origin: await originOf(source, operator.licence, trx) },
          sha256: Buffer.from(sha256, 'hex'),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  };

  const readPast = async (provider: Operator, zone: string, abort: AbortSignal): Promise<void> => {
    const until = floorTo(instant(clock.now() - DAYS_BACK * DAY), DAY);
    const since = clock.now() - REACH;
    for (let end = Math.ceil(until / PIECE) * PIECE; end > since; end -= PIECE) {
      const piece = { start: instant(end - PIECE), end: instant(Math.min(until, end)) };
      if (piece.end <= piece.start || (await isKnown(provider, zone, piece))) continue;
      const reading = await ask(provider, zone, piece, abort);
      if (!(await isKnown(provider, zone, piece))) await keepEmpty(provider, zone, piece, reading);
      if (reading.runs.length === 0) return;
    }
  };

  return {
    async history(zone, range, asOf) {
      // Which of their keys there were is not known any more.
      for (const { id } of operatorsOf(zone, { chains, ...(providers === undefined ? {} : { providers }) })) {
        let query = rowsOf(id, zone)
          .innerJoin('grid_origin', 'grid_origin.id', 'operator_run.origin')
          .select(['start', 'hours', 'known_at', 'power', 'licence'])
          .where('hours', '>', 0)
          .where('known_at', '>=', range.start)
          .where('known_at', '<', range.end)
          .orderBy('known_at')
          .orderBy('operator_run.id');
        if (asOf !== undefined) query = query.where('observed_at', '<=', asOf);
        const rows = await query.execute();
        const last = rows.at(-1);
        if (last !== undefined) return { provider: id, licence: last.licence, runs: rows.map(runFrom) };
      }
      return undefined;
    },

    async refresh(zone, past, abort) {
      let trouble: string | undefined;
      for (const provider of operatorsOf(zone, options)) {
        const now = floorTo(clock.now(), HOUR);
        try {
          await ask(provider, zone, { start: after(now, -DAYS_BACK * DAY), end: after(now, DAYS_AHEAD * DAY) }, abort);
          if (past) await readPast(provider, zone, abort);
          return undefined;
        } catch (thrown) {
          abort.throwIfAborted();
          trouble ??= asFailure(provider.id, thrown).message;
          if ((await rowsOf(provider.id, zone).select('id').limit(1).executeTakeFirst()) !== undefined) break;
        }
      }
      return trouble;
    },
  };
}

function runFrom({
  start,
  hours,
  known_at: knownAt,
  power,
}: Pick<Database['operator_run'], 'start' | 'hours' | 'known_at' | 'power'>): OperatorRun {
  const values = unpack(power);
  return {
    start: instant(start),
    knownAt: instant(knownAt),
    windMW: values.slice(0, hours),
    solarMW: values.slice(hours),
  };
}
