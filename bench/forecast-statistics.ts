/**
 * What the forecasts are measured with: the plain rolling conformal band that a better one is held against, and how sure
 * a difference is.
 *
 * @module
 */
import type { Interval } from '../src/forecast/index.ts';
import { DAY } from '../src/units.ts';

const WINDOW = 90;

/** Logarithmic errors of the last 90 observed origins, with those of two hours to either side; asymmetric quantiles. */
export class PlainBands {
  readonly #past: { readonly origin: number; readonly errors: Float64Array }[] = [];

  /** A forecast and what will have come; its days are used once they have passed. */
  add(origin: number, forecastG: Float64Array, truthG: Float64Array): void {
    this.#past.push({ origin, errors: forecastG.map((value, i) => Math.log((truthG[i] ?? Number.NaN) / value)) });
    if (this.#past.length > WINDOW + 4) this.#past.shift();
  }

  intervals(origin: number, forecastG: Float64Array, levels: readonly number[]): Interval[] {
    const pools = [0, 1, 2, 3].flatMap((day) => {
      const known = this.#past.filter((one) => one.origin + (day + 1) * DAY <= origin).slice(-WINDOW);
      return Array.from({ length: 24 }, (_, hour) => {
        const near = [-2, -1, 0, 1, 2].map((step) => 24 * day + ((hour + step + 24) % 24));
        return Float64Array.from(known.flatMap(({ errors }) => near.map((at) => errors[at] ?? Number.NaN))).sort();
      });
    });
    const edge = (place: (count: number) => number): Float64Array =>
      forecastG.map((value, i) => {
        const pool = pools[i] ?? new Float64Array(0);
        const index = Math.min(Math.max(place(pool.length), 0), pool.length - 1);
        return value * Math.exp(pool[index] ?? Number.NaN);
      });
    return levels.map((level) => ({
      level,
      lowG: edge((count) => Math.floor(((1 - level) / 2) * (count + 1)) - 1),
      highG: edge((count) => Math.ceil(((1 + level) / 2) * (count + 1)) - 1),
    }));
  }
}

const RESAMPLES = 2_000;
/** Errors of neighbouring days go together; weeks hardly do. */
const BLOCK = 7;

/** 95 % of the means of moving-block resamples (Künsch, Ann. Stat. 17, 1989). Seeded: the same data, the same interval. */
export function intervalOfMean(values: readonly number[]): { readonly low: number; readonly high: number } {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i += BLOCK) {
      const start = Math.floor(random() * (values.length - BLOCK + 1));
      for (let j = 0; j < Math.min(BLOCK, values.length - i); j++) sum += values[start + j] ?? Number.NaN;
    }
    return sum / values.length;
  }).sort((a, b) => a - b);
  return { low: means[0.025 * RESAMPLES] ?? Number.NaN, high: means[0.975 * RESAMPLES] ?? Number.NaN };
}
