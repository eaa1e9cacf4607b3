/**
 * The week that is most like all the others: what a picture of a year shows of its hours.
 *
 * @module
 */
import { HOUR, type Instant, instant } from '../units.ts';
import type { Scene } from './scene.ts';

export interface Week {
  readonly start: Instant;
  readonly stepH: number;
  /** Of the first place, g/kWh. */
  readonly intensityG: Float64Array;
  /** Mean power in each slot, kW. */
  readonly runNowKw: Float64Array;
  readonly gridtideKw: Float64Array;
  readonly savingPercent: number;
}

const WEEK_H = 168;

/**
 * Of the whole weeks of the scene that emit at least half of the mean, the one whose saving lies nearest to that of all;
 * the earliest of equals. A shorter scene is shown whole. Loads are those of all places, weighed by the first one's grid.
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
  const length = runNowKw.length;
  const total = grams(runNowKw, 0, length);
  const savingOf = (from: number, to: number): number => {
    const before = grams(runNowKw, from, to);
    return before > 0 ? 100 * (1 - grams(gridtideKw, from, to) / before) : 0;
  };
  const wanted = savingOf(0, length);
  const weeks = Math.max(1, Math.floor(length / slots));
  let [best, distance] = [0, Number.POSITIVE_INFINITY];
  for (let week = 0; week < weeks; week++) {
    const from = week * slots;
    if (grams(runNowKw, from, from + slots) < total / weeks / 2) continue;
    const away = Math.abs(savingOf(from, from + slots) - wanted);
    if (away < distance - 1e-9) [best, distance] = [from, away];
  }
  const to = Math.min(length, best + slots);
  return {
    start: instant(outlook.axis.start + best * stepH * HOUR),
    stepH,
    intensityG: truth.intensityG.slice(best, to),
    runNowKw: runNowKw.slice(best, to),
    gridtideKw: gridtideKw.slice(best, to),
    savingPercent: savingOf(best, to),
  };
}
