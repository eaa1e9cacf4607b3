/**
 * The grid as decisions see it: what its publishers say, with our forecast of the hours to come; and the forecast of one
 * zone, learned now, for whoever wants to look at it.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { asError, Failure } from '../errors.ts';
import type { GridView } from '../execute/index.ts';
import {
  backfill,
  type Grid,
  type GridAnswer,
  keyOf,
  openVintages,
  type Range,
  type Series,
  toOutlook,
} from '../grid/index.ts';
import type { Store } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE } from '../units.ts';
import { type ForecastDesk, type Made, OURS } from './desk.ts';
import { historyOf } from './history.ts';
import type { KeepUp } from './keep-up.ts';
import type { Outcome } from './models/blend.ts';
import type { History } from './models/record.ts';
import type { ModelSkill } from './scores.ts';
import { type BandedForecast, forecastZone, LEARNED, originAt, originFor, recordOf } from './zone-forecast.ts';

/** The grid is read from the whole hour before a run's start on, so that its first slot is there. */
const BEFORE = HOUR;
/** A zone that was never forecast is read so far back: four seasons and a month. */
const BACKFILLED = 400 * DAY;
/** Outcomes of rehearsed forecasts that are told. */
const REHEARSED = 60;

export interface LookoutOptions {
  readonly grid: Grid;
  readonly clock: Clock;
  /** Where forecasts are kept; absent for a recorded or generated grid, which has none. */
  readonly inDesk?: <T>(action: (desk: ForecastDesk, store: Store) => Promise<T>) => Promise<T>;
  /** Whether what is learned now is kept; not where a moment of the past is looked at. */
  readonly keeps: boolean;
  /** Told of each answer with a level, for forecasts that are kept up beside long work. */
  readonly keepUp?: KeepUp;
}

export interface ForecastOptions {
  /** Whether the past is asked for where little of it is kept. Default true. */
  readonly backfill?: boolean;
  /** Told before each piece of the past is asked for. */
  readonly onPiece?: (range: Range) => void;
}

/** The forecast of a zone, and what speaks for it. */
export interface ForecastView {
  readonly zone: string;
  /** What the publisher says. */
  readonly published: Series;
  /** Hours so far. */
  readonly history: History;
  readonly forecast: BandedForecast;
  /** The one that was in force a day before; `rehearsed`: made now, as if that day were now. */
  readonly dayBefore: (BandedForecast & { readonly rehearsed: boolean }) | undefined;
  /** Of forecasts that were issued and came true or did not, over the last 30 days. */
  readonly skill: readonly ModelSkill[];
  /** Of rehearsed forecasts, ours beside those that repeat the past. */
  readonly rehearsed: readonly ModelSkill[];
  /** By day ahead: whose forecast plans use. */
  readonly inUse: readonly string[];
  /** What the forecast rests on, in words. */
  readonly source: string;
  /** The licences of that. */
  readonly licence: string;
  /** sha256 of what was learned from; `undefined` where nothing is kept. */
  readonly vintage: string | undefined;
  /** What is amiss, in words. */
  readonly notes: readonly string[];
}

export interface Lookout {
  view(zone: string, from: Instant, until: Instant, signal: AbortSignal): Promise<GridView>;
  /** Fails with `grid/no-signal` where the grid does not say what its intensity is, or too little of its past is known. */
  forecast(zone: string, signal: AbortSignal, options?: ForecastOptions): Promise<ForecastView>;
}

export function openLookout({ grid, clock, inDesk, keeps, keepUp }: LookoutOptions): Lookout {
  /** Our forecast laid in; a store that cannot be read costs the forecast, not the answer. */
  const ahead = async (series: Series): Promise<{ readonly series: Series; readonly notes: readonly string[] }> => {
    if (inDesk === undefined) return { series, notes: [] };
    try {
      return { series: await inDesk((desk) => desk.ahead(series, clock.now())), notes: [] };
    } catch (thrown) {
      return { series, notes: [`forecasts of this home cannot be read (${asError(thrown).message})`] };
    }
  };

  return {
    async view(zone, from, until, signal) {
      const range = { start: instant(Math.floor((from - BEFORE) / HOUR) * HOUR), end: instant(until + HOUR) };
      const answer = await grid.outlook(zone, range, signal, { maxAge: MINUTE });
      if (answer.use !== 'level' || answer.series === undefined) return viewOf(answer, answer, [], from, until);
      // What is old comes from where nothing new could be learned.
      if (answer.age === undefined) void keepUp?.(answer.series);
      const { series, notes } = await ahead(answer.series);
      const view = viewOf(answer, { ...answer, series }, notes, from, until);
      if (series === answer.series) return view;
      return { ...view, ahead: series, published: toOutlook(answer, { now: from, until }) };
    },

    async forecast(zone, signal, options = {}) {
      const now = clock.now();
      const since = keeps ? instant(now - 2 * DAY) : instant(originAt(now) - LEARNED);
      const answer = await grid.outlook(zone, { start: since, end: instant(now + 2 * DAY) }, signal);
      const published = answer.series;
      if (answer.use !== 'level' || published === undefined) throw unanswered(answer);
      const common = { zone, published };
      if (!keeps || inDesk === undefined) return { ...common, ...recorded(published, now) };
      return inDesk(async (desk, store) => {
        const key = keyOf(published);
        const notes: string[] = [];
        if (options.backfill !== false) {
          const fill = () =>
            backfill({
              key,
              vintages: openVintages(store),
              ...{ since: instant(now - BACKFILLED), until: now },
              read: (range) => grid.read(key.provider, zone, range, signal),
              signal,
              ...(options.onPiece === undefined ? {} : { onPiece: options.onPiece }),
            });
          const { stopped } = await (grid.asOneReader?.(key.provider, zone, signal, fill) ?? fill());
          if (stopped !== undefined) notes.push(`the past was read no further: ${stopped}`);
        }
        notes.push(...(await desk.readOperator(zone, options.backfill !== false, signal)));
        notes.push(...(await desk.readWeather(zone, signal)));
        // Reading may have taken minutes, and what was read since is known now.
        const then = clock.now();
        await desk.score(key, then);
        const made = await desk.make(published, then);
        if (made === undefined) throw tooThin(zone, published.provenance.provider, notes);
        const issued = await desk.issuedBy(key, instant(originAt(then) - DAY));
        const inForce = await desk.inForce(key, then);
        return {
          ...common,
          ...learned(made, issued),
          skill: await desk.skill(key, then),
          inUse: inForce?.models ?? [],
          notes,
        };
      });
    },
  };
}

function viewOf(
  answer: GridAnswer,
  planned: GridAnswer,
  notes: readonly string[],
  now: Instant,
  until: Instant,
): GridView {
  const outlook = toOutlook(planned, { now, until });
  return { answer, outlook, trouble: [...outlook.notes, ...notes] };
}

/** The forecast of a grid that keeps none: learned from the answer itself. */
function recorded(published: Series, now: Instant) {
  const { zone, provenance } = published;
  const history = historyOf([published], now);
  const origin = history && originFor(history, now);
  const forecast =
    history === undefined || origin === undefined ? undefined : forecastZone(recordOf(zone, history, []), origin);
  if (history === undefined || origin === undefined || forecast === undefined) throw tooThin(zone, provenance.provider);
  const days = Math.round((origin - history.start) / DAY);
  return {
    history,
    forecast,
    dayBefore: forecast.dayBefore === undefined ? undefined : { ...forecast.dayBefore, rehearsed: true },
    skill: [],
    rehearsed: skillOf(forecast.outcomes),
    inUse: [],
    source: `${forecast.model} model, from ${days} days of ${provenance.source}`,
    licence: provenance.licence,
    vintage: undefined,
    notes: [],
  };
}

function learned(made: Made, issued: BandedForecast | undefined) {
  return {
    history: made.history,
    forecast: made,
    dayBefore:
      issued === undefined
        ? made.dayBefore === undefined
          ? undefined
          : { ...made.dayBefore, rehearsed: true }
        : { ...issued, rehearsed: false },
    rehearsed: skillOf(made.outcomes),
    source: made.series.provenance.source,
    licence: made.series.provenance.licence,
    vintage: made.series.provenance.sha256,
  };
}

/** Models that are told of a rehearsal: ours, and what any model must beat. */
const TOLD = [OURS, 'yesterday'] as const;

/** The mean errors of the last rehearsed forecasts in which both spoke. */
const skillOf = (outcomes: readonly Outcome[]): readonly ModelSkill[] =>
  TOLD.flatMap((model) =>
    [0, 1, 2, 3].flatMap((day): ModelSkill[] => {
      const errors = outcomes
        .map((outcome) => outcome.get(model)?.[day] ?? Number.NaN)
        .filter((error) => !Number.isNaN(error))
        .slice(-REHEARSED);
      if (errors.length === 0) return [];
      const mapePercent = (100 * errors.reduce((a, b) => a + b, 0)) / errors.length;
      return [{ model, day, origins: errors.length, mapePercent, within: undefined }];
    }),
  );

const unanswered = ({ zone, links }: GridAnswer): Failure =>
  links.find(({ failure }) => failure !== undefined)?.failure ??
  new Failure('grid/no-signal', `no provider says what the intensity of ${zone} is`);

const tooThin = (zone: string, provider: string, notes: readonly string[] = []): Failure =>
  new Failure('grid/no-signal', [`too little is known of the past of ${zone} to look ahead`, ...notes].join('; '), {
    value: provider,
    expected: 'most of the last four weeks, and some of the last day',
  });
