/**
 * What age does to an answer. Pure.
 *
 * | Older than | |
 * |---|---|
 * | 3 h since its newest value, or as the provider says | it is no fresh answer |
 * | 3 h since it was fetched | it says nothing about now; its forecast still says something about later |
 * | 6 h since its forecast was issued | a warning says so |
 * | 24 h since its forecast was issued | its forecast is left out |
 * | 14 d | what earlier answers said of the past is forgotten |
 *
 * @module
 */
import { between, DAY, HOUR, type Instant, type Millis, millis } from '../units.ts';
import type { Series } from './series.ts';
import { gapsIn, slotStart, spell } from './slots.ts';

export const STALE_AFTER: Millis = millis(3 * HOUR);
export const PAST_KEPT: Millis = millis(14 * DAY);
const FORECAST_TOLD_AFTER: Millis = millis(6 * HOUR);
const FORECAST_DROPPED_AFTER: Millis = DAY;

/** `series` without the values of the slots that `goes` names, each a gap with `reason`; other gaps keep theirs. */
function without(series: Series, goes: (slot: number) => boolean, reason: string): Series {
  const { axis, gaps } = series;
  const cleared = (values: Float64Array): Float64Array => values.map((value, i) => (goes(i) ? Number.NaN : value));
  const intensityG = cleared(series.intensityG);
  return {
    ...series,
    intensityG,
    ...(series.lowG === undefined ? {} : { lowG: cleared(series.lowG) }),
    ...(series.highG === undefined ? {} : { highG: cleared(series.highG) }),
    ...(series.covered === undefined ? {} : { covered: cleared(series.covered) }),
    quality: series.quality.map((quality, i) => (goes(i) ? 'missing' : quality)),
    gaps: gapsIn(
      intensityG,
      axis,
      (start) => gaps.find((gap) => gap.start <= start && start < gap.end)?.reason ?? reason,
    ),
  };
}

/** Takes away from an old answer whatever it said about times up to now, except what was measured. */
export const forgetNow = (series: Series, now: Instant): Series =>
  without(
    series,
    (i) => series.quality[i] === 'forecast' && slotStart(series.axis, i) <= now,
    'the kept answer is too old for this',
  );

/** `series` with a word about an old forecast, or without one that is too old. */
export function judgeForecast(series: Series, now: Instant): Series {
  const { issuedAt, issuedAtBasis, provider } = series.provenance;
  const age = between(issuedAt, now);
  if (age <= FORECAST_TOLD_AFTER || !series.quality.includes('forecast')) return series;
  const issued = `the forecast of ${provider} was issued ${spell(age)} ago`;
  if (age > FORECAST_DROPPED_AFTER) {
    const rest = without(series, (i) => series.quality[i] === 'forecast', `${issued}, which is too long`);
    return { ...rest, warnings: [...series.warnings, `${issued} and is left out`] };
  }
  // How old a kept answer is, is said of the whole of it.
  return issuedAtBasis === 'fetch-time' ? series : { ...series, warnings: [...series.warnings, issued] };
}
