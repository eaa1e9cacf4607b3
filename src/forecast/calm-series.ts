/**
 * What a publisher says, its forecast without the noise that its past does not have.
 *
 * @module
 */
import type { Series } from '../grid/index.ts';
import { DAY } from '../units.ts';
import { valuesOf } from './history.ts';
import { calmed, mannerOf } from './models/calm.ts';

/** So far back is learned from. */
export const LOOKED_BACK = 28 * DAY;

/** One slot after the last one that is told as a forecast is the end; the first begins it. `undefined` where none is. */
function forecastOf({ quality }: Series): { readonly start: number; readonly end: number } | undefined {
  const start = quality.indexOf('forecast');
  return start === -1 ? undefined : { start, end: quality.lastIndexOf('forecast') + 1 };
}

/** Whether `published` holds so much of a forecast that its noise can be judged. */
export function canBeJudged(published: Series): boolean {
  const forecast = forecastOf(published);
  return forecast !== undefined && (forecast.end - forecast.start) * published.axis.step >= DAY;
}

/**
 * `published` with its forecast calmed by how its past moves: what it measured itself, and `past` (of the same slots) before
 * that. A band moves with its value. The same series where nothing was changed.
 */
export function calmedSeries(published: Series, past: Series): Series {
  const { step, start } = published.axis;
  const forecast = forecastOf(published);
  const shift = (start - past.axis.start) / step;
  if (forecast === undefined || past.axis.step !== step || !Number.isInteger(shift)) return published;
  const measured = [published, past].map((series) => valuesOf(series, series.intensityG, ['measured']));
  const [own, kept] = measured;
  const slots = LOOKED_BACK / step;
  const pastG = Float64Array.from({ length: slots }, (_, i) => {
    const slot = forecast.start - slots + i;
    const here = own?.[slot] ?? Number.NaN;
    return Number.isNaN(here) ? (kept?.[slot + shift] ?? Number.NaN) : here;
  });
  const manner = mannerOf(pastG, DAY / step);
  const told = valuesOf(published, published.intensityG, ['forecast']).subarray(forecast.start, forecast.end);
  const calm = manner === undefined ? told : calmed(told, manner);
  if (calm === told) return published;
  const moved = (values: Float64Array): Float64Array =>
    values.map((value, slot) => {
      const change = (calm[slot - forecast.start] ?? Number.NaN) - (told[slot - forecast.start] ?? Number.NaN);
      return Number.isNaN(change) ? value : Math.max(0, value + change);
    });
  const { lowG, highG } = published;
  return {
    ...published,
    intensityG: moved(published.intensityG),
    ...(lowG === undefined ? {} : { lowG: moved(lowG) }),
    ...(highG === undefined ? {} : { highG: moved(highG) }),
    labels: [
      ...(published.labels ?? []),
      `forecast of ${published.provenance.provider} smoothed: rougher than its past`,
    ],
  };
}
