/**
 * Forecasts as they were issued and as they are kept. A publisher that issues one every few minutes says nearly the same
 * again, so that most are kept by what they say otherwise than an earlier one, their base, which stands for itself.
 *
 * @module
 */
import type { Database } from '../store/index.ts';
import { type Instant, instant, type Millis } from '../units.ts';
import { pack, unpack } from './packing.ts';
import type { Series } from './series.ts';
import { slotStart } from './slots.ts';

/** The part of a series that was forecast, from its first such slot to its last. */
export interface Forecast {
  readonly start: Instant;
  readonly end: Instant;
  readonly intensityG: Float64Array;
  /** p10 and p90, where the publisher gives them. */
  readonly lowG: Float64Array | undefined;
  readonly highG: Float64Array | undefined;
}

export function forecastOf({ axis, quality, intensityG, lowG, highG }: Series): Forecast | undefined {
  const from = quality.indexOf('forecast');
  if (from === -1) return undefined;
  const to = quality.lastIndexOf('forecast') + 1;
  const cut = (values: Float64Array): Float64Array =>
    values.slice(from, to).map((value, i) => (quality[from + i] === 'forecast' ? value : Number.NaN));
  return {
    start: slotStart(axis, from),
    end: slotStart(axis, to),
    intensityG: cut(intensityG),
    lowG: lowG && cut(lowG),
    highG: highG && cut(highG),
  };
}

/** By how much shorter a forecast must be for its base; else it becomes the base of those to come. */
const WORTH_A_BASE = 0.6;

export type Packed = Pick<Database['grid_forecast'], 'start' | 'end' | 'intensity' | 'low' | 'high'>;

/** `base` on the slots of a forecast that begins at `start`. */
const onSlots =
  (base: Forecast | undefined, start: number, step: Millis) =>
  (values: Float64Array | undefined): Float64Array | undefined => {
    if (base === undefined || values === undefined) return undefined;
    const shift = (start - base.start) / step;
    return shift >= 0 ? values.slice(shift) : undefined;
  };

function packed({ start, end, intensityG, lowG, highG }: Forecast, step: Millis, base?: Forecast): Packed {
  const like = onSlots(base, start, step);
  return {
    start,
    end,
    intensity: pack(intensityG, like(base?.intensityG)),
    low: lowG === undefined ? null : pack(lowG, like(base?.lowG)),
    high: highG === undefined ? null : pack(highG, like(base?.highG)),
  };
}

/** As it is kept: by its base where that pays. */
export function packForecast(
  forecast: Forecast,
  step: Millis,
  base: Forecast | undefined,
): Packed & { readonly byBase: boolean } {
  const sizeOf = ({ intensity, low, high }: Packed): number =>
    intensity.length + (low?.length ?? 0) + (high?.length ?? 0);
  const alone = packed(forecast, step);
  const byBase = base === undefined ? undefined : packed(forecast, step, base);
  return byBase !== undefined && sizeOf(byBase) < WORTH_A_BASE * sizeOf(alone)
    ? { ...byBase, byBase: true }
    : { ...alone, byBase: false };
}

/** As it was issued; of one that was kept by a base, with that base. */
export function unpackForecast({ start, end, intensity, low, high }: Packed, step: Millis, base?: Forecast): Forecast {
  const like = onSlots(base, start, step);
  return {
    start: instant(start),
    end: instant(end),
    intensityG: unpack(intensity, like(base?.intensityG)),
    lowG: low === null ? undefined : unpack(low, like(base?.lowG)),
    highG: high === null ? undefined : unpack(high, like(base?.highG)),
  };
}

/** Whether `next` is what `last` said, or the rest of it: no publisher issues anything by being read again. */
export function repeats(last: Forecast, next: Forecast): boolean {
  const same = (before: Float64Array | undefined, values: Float64Array | undefined): boolean => {
    if (before === undefined || values === undefined) return before === values;
    const shift = before.length - values.length;
    return shift >= 0 && values.every((value, i) => Object.is(value, before[i + shift]));
  };
  return (
    last.start <= next.start &&
    same(last.intensityG, next.intensityG) &&
    same(last.lowG, next.lowG) &&
    same(last.highG, next.highG)
  );
}
