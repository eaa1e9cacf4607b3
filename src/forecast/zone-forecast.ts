/**
 * One forecast of one zone at one hour: learned from its past, rehearsed on its last months so that its weights, its
 * memory and its bands are those of forecasts that came true or did not, and issued.
 *
 * @module
 */
import { countryOf, type OperatorRun, timeZoneOf, type WeatherRun } from '../grid/index.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import type { Outcome } from './models/blend.ts';
import { type Forecast, Forecaster } from './models/forecaster.ts';
import type { History, ZoneRecord } from './models/record.ts';

/** The last months, in which it is seen how far forecasts lie from what comes. */
const REHEARSED_DAYS = 150;
/** So far back is learned from. */
export const LEARNED = 730 * DAY;
/** What is learned before the first forecast of a rehearsal. */
const LEARNED_DAYS = 60;
/** In a rehearsal, days between refits: each is worth little and costs a third of a second. */
const REFIT_DAYS = 28;
/** Ranks of the band that plans read: p10 and p90. */
const [LOW, HIGH] = [0.1, 0.9] as const;

/** 96 hours from `origin` on, in g/kWh. */
export interface BandedForecast {
  readonly origin: Instant;
  readonly intensityG: Float64Array;
  /** p10 and p90; `NaN` where too few errors are known. */
  readonly lowG: Float64Array;
  readonly highG: Float64Array;
}

export interface ZoneForecast extends BandedForecast {
  readonly model: Forecast['model'];
  readonly experts: Forecast['experts'];
  /** The one of a day before, made as if that day were now. */
  readonly dayBefore: BandedForecast | undefined;
  /** What came of the rehearsed ones, by model: the mean |f / y − 1| of each day ahead. Oldest first. */
  readonly outcomes: readonly Outcome[];
  /** From here on was learned. */
  readonly since: Instant;
}

/**
 * The forecast at `origin` (a whole hour) from what `record` knew by then. `undefined` where its last four weeks are too
 * thin. 2 to 5 CPU seconds for one to two years: learning, and 150 rehearsed days.
 */
export function forecastZone(record: ZoneRecord, origin: Instant): ZoneForecast | undefined {
  const forecaster = new Forecaster(record, new Date(origin).getUTCHours());
  const yesterday = instant(origin - DAY);
  const { start } = record.history;
  const rehearsed = Math.max(start + LEARNED_DAYS * DAY, origin - REHEARSED_DAYS * DAY);
  forecaster.rehearse(rehearsed, yesterday, REFIT_DAYS);
  const issueAt = (at: Instant) => {
    forecaster.observe(at);
    const forecast = forecaster.issue(at);
    return forecast === undefined
      ? undefined
      : {
          origin: at,
          model: forecast.model,
          experts: forecast.experts,
          intensityG: forecast.intensityG,
          lowG: forecaster.quantile(at, LOW),
          highG: forecaster.quantile(at, HIGH),
        };
  };
  const dayBefore = issueAt(yesterday);
  forecaster.learn(origin);
  const forecast = issueAt(origin);
  if (forecast === undefined) return undefined;
  return { ...forecast, dayBefore, outcomes: forecaster.outcomes, since: start };
}

/** The whole hour that holds `now`: a forecast made then is issued at it. */
export const originAt = (now: Instant): Instant => instant(Math.floor(now / HOUR) * HOUR);

/** What a model may know of `zone`: its own past, weather, and what its operator forecasts. Its neighbours are not kept. */
export function recordOf(
  zone: string,
  history: History,
  weather: readonly WeatherRun[],
  operator: readonly OperatorRun[] = [],
): ZoneRecord {
  const country = countryOf(zone);
  return {
    timeZone: timeZoneOf(zone),
    ...(country === undefined ? {} : { country }),
    history,
    weather,
    operator,
    neighbours: [],
  };
}

/** A publisher that is later than this leaves too little to go on. */
const LATEST = DAY;

/**
 * The end of the last hour that is known at `now`, from which a forecast is made and handed on: publishers are an hour or
 * more late, and hours that are not there yet must not be taken for known, since no rehearsed day lacks them. `undefined`
 * where it lies a day back.
 */
export function originFor({ start, intensityG }: History, now: Instant): Instant | undefined {
  const last = intensityG.findLastIndex((value) => !Number.isNaN(value));
  const origin = instant(Math.min(originAt(now), start + (last + 1) * HOUR));
  return last === -1 || now - origin > LATEST ? undefined : origin;
}
