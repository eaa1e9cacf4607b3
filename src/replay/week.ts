/**
 * The week that is most like all the others: what a picture of a year shows of its hours.
 *
 * @module
 */
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import type { Scene } from './scene.ts';

export interface Week {
  readonly start: Instant;
  readonly stepH: number;
  /** Whole weeks that it was chosen from. */
  readonly of: number;
  /** Of the first place, g/kWh. */
  readonly intensityG: Float64Array;
  /** Mean power in each slot, kW. */
  readonly runNowKw: Float64Array;
  readonly gridtideKw: Float64Array;
  readonly savingPercent: number;
}

const WEEK_H = 168;

/**
 * Of the whole weeks from the day of the first load on that emit at least half of the mean, the one whose saving lies
 * nearest to that of all; the earliest of equals. A shorter time is shown whole. Loads are those of all places, weighed by the first one's grid.
 */
export function typicalWeek(scene: Scene, runNowKw: Float64Array, gridtideKw: Float64Array): Week {
  const { places, stepH } = scene;
  const { truth, outlook } = places[0];
  const slots = Math.round(WEEK_H / stepH);
  const grams = (load: Float64Array, from: number, to: number): number => {
    let sum = 0;
    for (let slot = from; slot < to; slot++) sum += (load[slot] ?? 0) * (truth.intensityG[slot] ?? 0) * stepH;
    return sum;
  };
  const isLoaded = (load: number): boolean => load > 0;
  const day = Math.round(DAY / HOUR / stepH);
  const begin = Math.floor(Math.max(0, runNowKw.findIndex(isLoaded)) / day) * day;
  const last = Math.max(runNowKw.findLastIndex(isLoaded), gridtideKw.findLastIndex(isLoaded));
  const end = Math.min(runNowKw.length, Math.max(begin + slots, Math.ceil((last + 1) / day) * day));
  const total = grams(runNowKw, begin, end);
  const savingOf = (from: number, to: number): number => {
    const before = grams(runNowKw, from, to);
    return before > 0 ? 100 * (1 - grams(gridtideKw, from, to) / before) : 0;
  };
  const wanted = savingOf(begin, end);
  const weeks = Math.max(1, Math.floor((end - begin) / slots));
  let [best, distance] = [begin, Number.POSITIVE_INFINITY];
  for (let week = 0; week < weeks; week++) {
    const from = begin + week * slots;
    if (grams(runNowKw, from, from + slots) < total / weeks / 2) continue;
    const away = Math.abs(savingOf(from, from + slots) - wanted);
    if (away < distance - 1e-9) [best, distance] = [from, away];
  }
  const to = Math.min(end, best + slots);
  return {
    start: instant(outlook.axis.start + best * stepH * HOUR),
    stepH,
    of: weeks,
    intensityG: truth.intensityG.slice(best, to),
    runNowKw: runNowKw.slice(best, to),
    gridtideKw: gridtideKw.slice(best, to),
    savingPercent: savingOf(best, to),
  };
}
