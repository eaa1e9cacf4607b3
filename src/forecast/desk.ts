/**
 * Forecasts of the zones of this home: made when there is time for it, kept as they were issued, scored when the truth
 * has come in, and handed to decisions without making anyone wait.
 *
 * @module
 */
import { asError } from '../errors.ts';
import {
  keyOf,
  type OperatorArchive,
  openVintages,
  type Series,
  sameSignal,
  type VintageKey,
  type Weather,
  type WeatherProvider,
} from '../grid/index.ts';
import type { Store } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import { calmedSeries, canBeJudged, LOOKED_BACK } from './calm-series.ts';
import { licenceOf, operatorAt, vintageOf, weatherAt } from './grounds.ts';
import { historyOf, hoursFrom, TRUTH } from './history.ts';
import { hearsOperator } from './models/forecaster.ts';
import { at, HORIZON } from './models/numbers.ts';
import type { History } from './models/record.ts';
import { chooseModel, skillOf } from './models/skill.ts';
import { toSteps } from './models/steps.ts';
import { type ModelSkill, openScores, outcomesOf, type Score, skillsOf } from './scores.ts';
import { spliced } from './splice.ts';
import {
  type BandedForecast,
  forecastZone,
  LEARNED,
  originAt,
  originFor,
  recordOf,
  type ZoneForecast,
} from './zone-forecast.ts';

/** The name of our own forecasts among models. */
export const OURS = 'gridtide';
/** An older forecast of ours says too little about the hours to come. */
const IN_FORCE = 24 * HOUR;
/** Forecasts are compared at these hours of the day (UTC): those that were in force, and no older than the last. */
const SCORED_EVERY = 6 * HOUR;
/** The truth of a day is waited for so long. */
const SCORED_FOR = 10 * DAY;
/** Hours of a day whose truth must be known. */
const FEWEST_HOURS = 20;
/** Scores that count. */
const REMEMBERED = 30 * DAY;
const WITHOUT_WEATHER =
  'without weather: `weather` in gridtide.yaml names who tells it, and docs/methods/forecasting.md what it is worth and costs';
const DAYS_AHEAD = [0, 1, 2, 3] as const;

export interface DeskOptions {
  readonly store: Store;
  /** Who tells the weather; `undefined`: nobody is asked. */
  readonly weather: (Pick<Weather, 'runs' | 'refresh'> & Pick<WeatherProvider, 'licence'>) | undefined;
  /** Who tells what operators forecast; absent: nobody is asked. */
  readonly operators?: Pick<OperatorArchive, 'history' | 'refresh'>;
  /** Of Gridtide, for the provenance. */
  readonly version: string;
}

/** A forecast that was made, as it is kept. */
export interface Made extends ZoneForecast {
  readonly series: Series;
  /** What it was learned from. */
  readonly history: History;
}

/** Our newest forecast, and where it is to be used. */
export interface InForce {
  readonly series: Series;
  /** By day ahead: `gridtide`, or the provider whose own forecast has erred less. */
  readonly models: readonly string[];
}

export interface ForecastDesk {
  /** Asks for the weather that is missing; what is amiss with it, in words. Rejects only when `abort` aborts. */
  readWeather(zone: string, abort: AbortSignal): Promise<readonly string[]>;
  /**
   * Asks for what the operator of the zone forecasts of wind and sun, and where `past` is wanted for what it forecast before;
   * what is amiss, in words. Rejects only when `abort` aborts.
   */
  readOperator(zone: string, past: boolean, abort: AbortSignal): Promise<readonly string[]>;
  /**
   * Makes and keeps the forecast of the hour of `now` for the series that `published` is the newest answer of. `undefined`
   * where too little of its past is kept. 1 to 3 CPU seconds.
   */
  make(published: Series, now: Instant): Promise<Made | undefined>;
  /** Our forecast that was in force at `origin`, a whole hour; `undefined` where none younger than 6 h was. */
  issuedBy(of: VintageKey, origin: Instant): Promise<BandedForecast | undefined>;
  /** Scores what has come true of the forecasts of a series, ours and its publisher's own. How many days were scored. */
  score(of: VintageKey, now: Instant): Promise<number>;
  /** Of the last 30 days, as it was known at `asOf`. */
  skill(of: VintageKey, asOf: Instant): Promise<readonly ModelSkill[]>;
  /** Our forecast in force at `now`, as it was known then; `undefined` where the last is older than a day. */
  inForce(of: VintageKey, now: Instant): Promise<InForce | undefined>;
  /** `published` with its own forecast calmed, and our forecast in force laid into it. A few milliseconds. */
  ahead(published: Series, now: Instant): Promise<Series>;
}

/** What ours are kept under. */
const oursOf = (key: VintageKey): VintageKey => ({ ...key, provider: `${OURS}:${key.provider}` });

export function openDesk({ store, weather, operators, version }: DeskOptions): ForecastDesk {
  const vintages = openVintages(store);
  const scores = openScores(store);

  /** All that is kept of a publisher's signal, whatever the length of its slots was. */
  const pastOf = async (key: VintageKey, start: Instant, now: Instant): Promise<readonly Series[]> => {
    const keys = await vintages.keys(key.zone, key.provider);
    const alike = keys.filter((other) => sameSignal(other.signal, key.signal) && other.factors === key.factors);
    // What it publishes now counts where it published an hour in two ways.
    const ordered = alike.toSorted((a, b) => Number(b.step === key.step) - Number(a.step === key.step));
    return Promise.all(ordered.map((other) => vintages.past(other, { start, end: now }, now)));
  };

  const scoresOf = async (of: VintageKey, asOf: Instant): Promise<readonly Score[]> => {
    const id = await vintages.id(of);
    return id === undefined ? [] : scores.read(id, instant(asOf - REMEMBERED), asOf);
  };

  /** The 96 hours ahead of the forecast that was in force at `origin`. */
  const hoursInForce = async (key: VintageKey, origin: Instant) => {
    const found = await vintages.forecast(key, { start: origin, end: instant(origin + HOUR) }, { issuedBy: origin });
    if (found === undefined || found.provenance.issuedAt <= origin - SCORED_EVERY) return undefined;
    const hours = (values: Float64Array | undefined): Float64Array | undefined =>
      values === undefined ? undefined : hoursFrom(found.axis, values, origin, HORIZON);
    return { intensityG: hours(found.intensityG), lowG: hours(found.lowG), highG: hours(found.highG) };
  };

  const inForce = async (of: VintageKey, now: Instant): Promise<InForce | undefined> => {
    const series = await vintages.forecast(
      oursOf(of),
      { start: now, end: instant(now + HOUR) },
      { issuedBy: now, observedBy: now },
    );
    if (series === undefined || series.provenance.issuedAt <= now - IN_FORCE) return undefined;
    // One a day: forecasts six hours apart err alike.
    const daily = (await scoresOf(of, now)).filter(({ origin }) => origin % DAY === 0);
    const outcomes = outcomesOf(daily);
    return { series, models: DAYS_AHEAD.map((day) => chooseModel(of.provider, outcomes, day)) };
  };

  return {
    async readWeather(zone, abort) {
      if (weather === undefined) return [WITHOUT_WEATHER];
      try {
        const { daysLeft } = await weather.refresh(zone, abort);
        return daysLeft === 0
          ? []
          : [`${daysLeft} days of past weather are still to be read: the next forecast goes on`];
      } catch (thrown) {
        abort.throwIfAborted();
        return [`the weather was not read anew (${asError(thrown).message})`];
      }
    },

    async readOperator(zone, past, abort) {
      const trouble = await operators?.refresh(zone, past, abort);
      return trouble === undefined
        ? []
        : [`what the operator forecasts of wind and sun was not read anew (${trouble})`];
    },

    async make(published, now) {
      const key = keyOf(published);
      const since = instant(originAt(now) - LEARNED);
      const history = historyOf(await pastOf(key, since, now), originAt(now));
      const origin = history && originFor(history, now);
      if (history === undefined || origin === undefined) return undefined;
      const told = await operatorAt(operators, key.zone, { since, origin, now });
      const runs = await weatherAt(weather, key.zone, { since, origin, now });
      const record = recordOf(key.zone, history, runs, told?.runs);
      const forecast = forecastZone(record, origin);
      if (forecast === undefined) return undefined;
      const vintage = vintageOf(record);
      const intensityG = toSteps(forecast.intensityG, key.step);
      const days = Math.round((origin - history.start) / DAY);
      const heard = told !== undefined && hearsOperator(forecast.experts) ? told : undefined;
      const operator = heard === undefined ? '' : ` and the operator's wind and sun by ${heard.provider}`;
      const series: Series = {
        zone: key.zone,
        signal: key.signal,
        axis: { start: origin, step: key.step, length: intensityG.length },
        intensityG,
        lowG: toSteps(forecast.lowG, key.step),
        highG: toSteps(forecast.highG, key.step),
        quality: Array.from(intensityG, () => 'forecast'),
        gaps: [],
        provenance: {
          provider: oursOf(key).provider,
          source: `gridtide ${version}, ${forecast.model} model, from ${days} days of ${key.provider}${operator}`,
          sha256: vintage,
          licence: licenceOf(forecast.model, [published.provenance, runs.length > 0 ? weather : undefined, heard]),
          fetchedAt: now,
          issuedAt: now,
          issuedAtBasis: 'provider',
          ...(key.factors === undefined ? {} : { factors: key.factors }),
        },
        warnings: [],
      };
      await vintages.keep(series);
      return { ...forecast, series, history };
    },

    async issuedBy(of, origin) {
      const hours = await hoursInForce(oursOf(of), origin);
      if (hours?.intensityG === undefined) return undefined;
      const { intensityG, lowG = intensityG, highG = intensityG } = hours;
      return { origin, intensityG, lowG, highG };
    },

    async score(of, now) {
      const id = await vintages.id(of);
      if (id === undefined) return 0;
      const first = Math.ceil((now - SCORED_FOR) / SCORED_EVERY) * SCORED_EVERY;
      const history = historyOf(await pastOf(of, instant(first), now), now, TRUTH);
      if (history === undefined) return 0;
      const known = new Set((await scores.read(id, instant(first), now)).map(nameOf));
      const due: Score[] = [];
      for (let start = first; start + DAY <= now; start += SCORED_EVERY) {
        const origin = instant(start);
        for (const [model, key] of [[OURS, oursOf(of)] as const, [of.provider, of] as const]) {
          const days = DAYS_AHEAD.filter(
            (day) => origin + (day + 1) * DAY <= now && !known.has(nameOf({ model, origin, day })),
          );
          if (days.length === 0) continue;
          const forecast = await hoursInForce(key, origin);
          if (forecast?.intensityG === undefined) continue;
          const truthG = Float64Array.from({ length: HORIZON }, (_, hour) =>
            at(history.intensityG, (origin - history.start) / HOUR + hour),
          );
          for (const day of days) {
            const { intensityG, lowG, highG } = forecast;
            const bands = lowG === undefined || highG === undefined ? [] : [{ level: 0.8, lowG, highG }];
            const comparable = truthG.map((value, hour) => (Number.isNaN(at(intensityG, hour)) ? Number.NaN : value));
            const skill = skillOf(intensityG, comparable, bands, 24 * day, 24 * day + 24);
            if (skill.hours < FEWEST_HOURS) continue;
            const coverage = skill.intervals[0]?.coverage;
            due.push({
              model,
              origin,
              day,
              hours: skill.hours,
              mapePercent: skill.mapePercent,
              within: coverage === undefined ? null : Math.round(coverage * skill.hours),
            });
          }
        }
      }
      await scores.keep(id, due, now);
      return due.length;
    },

    skill: async (of, asOf) => skillsOf(await scoresOf(of, asOf)),
    inForce,

    async ahead(published, now) {
      const key = keyOf(published);
      const theirs = canBeJudged(published)
        ? calmedSeries(published, await vintages.past(key, { start: instant(now - LOOKED_BACK), end: now }, now))
        : published;
      const ours = await inForce(key, now);
      if (ours === undefined) return theirs;
      // Skill speaks of forecasts this young; an older one only says what nobody else does.
      const isYoung = ours.series.provenance.issuedAt > now - SCORED_EVERY;
      return spliced(theirs, ours.series, (day) => isYoung && ours.models[day] === OURS);
    },
  };
}

const nameOf = ({ model, origin, day }: Pick<Score, 'model' | 'origin' | 'day'>): string => `${model} ${origin} ${day}`;
