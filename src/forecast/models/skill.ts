/**
 * How good forecasts were, once the truth is in, and which model that speaks for.
 *
 * @module
 */
import type { Outcome } from './blend.ts';
import { at, meanOf } from './numbers.ts';

/** An interval that was to hold the truth with probability `level`. */
export interface Interval {
  readonly level: number;
  readonly lowG: Float64Array;
  readonly highG: Float64Array;
}

export interface IntervalSkill {
  readonly level: number;
  /** Share of hours whose truth lay within. */
  readonly coverage: number;
  /** Mean width over mean truth. */
  readonly width: number;
  /** Interval score over mean truth: width, and 2 / (1 − level) times what was missed by (Winkler, JASA 67, 1972). */
  readonly winkler: number;
}

export interface Skill {
  /** Hours with a truth. */
  readonly hours: number;
  /** Mean |forecast / truth − 1|, percent. */
  readonly mapePercent: number;
  readonly intervals: readonly IntervalSkill[];
}

/** The skill over the hours [from, to) ahead; hours whose truth is a gap, or zero, do not count. */
export function skillOf(
  forecastG: Float64Array,
  truthG: Float64Array,
  intervals: readonly Interval[] = [],
  from = 0,
  to = truthG.length,
): Skill {
  const hours = Array.from({ length: to - from }, (_, i) => from + i).filter((hour) => at(truthG, hour) > 0);
  const mean = (value: (hour: number) => number): number =>
    hours.reduce((sum, hour) => sum + value(hour), 0) / hours.length;
  const level = mean((hour) => at(truthG, hour));
  return {
    hours: hours.length,
    mapePercent: 100 * mean((hour) => Math.abs(at(forecastG, hour) / at(truthG, hour) - 1)),
    intervals: intervals.map(({ level: nominal, lowG, highG }) => {
      const missed = (hour: number): number =>
        Math.max(at(lowG, hour) - at(truthG, hour), at(truthG, hour) - at(highG, hour), 0);
      const width = mean((hour) => at(highG, hour) - at(lowG, hour));
      return {
        level: nominal,
        coverage: mean((hour) => (missed(hour) > 0 ? 0 : 1)),
        width: width / level,
        winkler: (width + (2 / (1 - nominal)) * mean(missed)) / level,
      };
    }),
  };
}

/**
 * What choosing by a forecast costs: the emissions of work of `length` hours in one piece, started within the first
 * `window` hours where the forecast is least, over those of the best start, less one, percent. The first of equals wins.
 */
export function regretPercent(forecastG: Float64Array, truthG: Float64Array, window: number, length: number): number {
  let [chosen, best, least] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let start = 0; start + length <= window; start++) {
    const expected = meanOf(forecastG, start, start + length);
    const real = meanOf(truthG, start, start + length);
    if (expected < least) [least, chosen] = [expected, start];
    if (real < best) best = real;
  }
  return 100 * (meanOf(truthG, chosen, chosen + length) / best - 1);
}

/** Outcomes that speak for a model, newest last. */
const REMEMBERED = 60;
/** Fewer outcomes than this, and the model in use stays. */
const FEWEST = 10;
/** What a challenger must be better by, so that a model is not changed for noise. */
const MARGIN = 0.02;

/**
 * The model to use on one day ahead: the one that erred least over the last 60 outcomes in which it and the one in use
 * both spoke. A provider's own forecast competes under its name like any other.
 */
export function chooseModel(inUse: string, outcomes: readonly Outcome[], day: number): string {
  const names = new Set(outcomes.flatMap((outcome) => [...outcome.keys()]));
  let [best, bestRatio] = [inUse, 1 - MARGIN];
  for (const name of names) {
    const pairs = outcomes
      .flatMap((outcome) => {
        const errors = [inUse, name].map((model) => outcome.get(model)?.[day] ?? Number.NaN);
        return errors.some(Number.isNaN) ? [] : [errors];
      })
      .slice(-REMEMBERED);
    if (pairs.length < FEWEST) continue;
    const [mine, theirs] = [0, 1].map((which) => pairs.reduce((sum, pair) => sum + (pair[which] ?? 0), 0));
    const ratio = (theirs ?? Number.NaN) / (mine ?? Number.NaN);
    if (ratio < bestRatio) [best, bestRatio] = [name, ratio];
  }
  return best;
}
