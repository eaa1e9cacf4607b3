/**
 * Error memory: a forecast that was too low yesterday is likely too low today, and how much of that lasts is learned
 * from what came. Errors are of logarithms: ln truth − ln forecast.
 *
 * @module
 */
import { at, HORIZON, meanOf } from './numbers.ts';

/** Hours ahead that share coefficients, and the penalty on them: what was wrong yesterday fades within a day. */
const STRETCHES = [
  { from: 0, to: 3, lambda: 0.3 },
  { from: 3, to: 8, lambda: 0.5 },
  { from: 8, to: 24, lambda: 1 },
  { from: 24, to: 48, lambda: 3 },
  { from: 48, to: 72, lambda: 10 },
  { from: 72, to: 96, lambda: 30 },
] as const;
/** Yesterday's error at the same hour, its mean over the day, over the last three and over the last six hours. */
const FEATURES = 4;
/** Fewer origins than this are no ground for a correction. */
const FEWEST = 15;

/** Yesterday's errors as features of each hour ahead: 96 × 4. */
export function featuresOfErrors(yesterday: Float64Array): Float64Array {
  const features = new Float64Array(HORIZON * FEATURES);
  const day = meanOf(yesterday);
  const three = meanOf(yesterday, 21, 24);
  const six = meanOf(yesterday, 18, 24);
  for (let hour = 0; hour < HORIZON; hour++) features.set([at(yesterday, hour % 24), day, three, six], hour * FEATURES);
  return features;
}

/** Sums of one stretch. */
interface Sums {
  origins: number;
  rows: number;
  readonly means: Float64Array;
  readonly squares: Float64Array;
  readonly products: Float64Array;
}

export class ErrorMemory {
  readonly #sums: readonly Sums[] = STRETCHES.map(() => ({
    origins: 0,
    rows: 0,
    means: new Float64Array(FEATURES),
    squares: new Float64Array(FEATURES * FEATURES),
    products: new Float64Array(FEATURES),
  }));

  /** Learns what the errors of one day ahead were after `features`. */
  learn(features: Float64Array, errors: Float64Array, day: number): void {
    STRETCHES.forEach(({ from, to }, stretch) => {
      const sums = this.#sums[stretch];
      if (sums === undefined || Math.floor(from / 24) !== day) return;
      sums.origins += 1;
      for (let hour = from; hour < to; hour++) {
        const x = features.subarray(hour * FEATURES, (hour + 1) * FEATURES);
        sums.rows += 1;
        x.forEach((value, i) => {
          sums.means[i] = at(sums.means, i) + value;
          sums.products[i] = at(sums.products, i) + value * at(errors, hour);
          x.forEach((other, j) => {
            sums.squares[i * FEATURES + j] = at(sums.squares, i * FEATURES + j) + value * other;
          });
        });
      }
    });
  }

  /** The error that is expected of each hour ahead after `features`; zero until enough is known. */
  expect(features: Float64Array): Float64Array {
    const expected = new Float64Array(HORIZON);
    STRETCHES.forEach(({ from, to, lambda }, stretch) => {
      const sums = this.#sums[stretch];
      if (sums === undefined || sums.origins < FEWEST) return;
      const line = solve(sums, lambda * (1 + 30 / sums.origins));
      for (let hour = from; hour < to; hour++) {
        let sum = 0;
        for (let i = 0; i < FEATURES; i++) sum += at(line, i) * at(features, hour * FEATURES + i);
        expected[hour] = sum;
      }
    });
    return expected;
  }
}

/** Ridge through the origin, features scaled by their deviation. */
function solve({ rows, means, squares, products }: Sums, lambda: number): Float64Array {
  const scale = means.map((sum, i) => {
    const mean = sum / rows;
    return 1 / Math.sqrt(Math.max(at(squares, i * FEATURES + i) / rows - mean * mean, 1e-12));
  });
  const matrix = Array.from({ length: FEATURES }, (_, i) =>
    Float64Array.from({ length: FEATURES + 1 }, (__, j) =>
      j === FEATURES
        ? (at(products, i) / rows) * at(scale, i)
        : (at(squares, i * FEATURES + j) / rows) * at(scale, i) * at(scale, j) + (i === j ? lambda : 0),
    ),
  );
  // Gauss and Jordan: four unknowns, positive definite.
  matrix.forEach((pivot, i) => {
    const divisor = at(pivot, i);
    for (let j = 0; j <= FEATURES; j++) pivot[j] = at(pivot, j) / divisor;
    matrix.forEach((row, other) => {
      const factor = at(row, i);
      if (other !== i) for (let j = 0; j <= FEATURES; j++) row[j] = at(row, j) - factor * at(pivot, j);
    });
  });
  return Float64Array.from(matrix, (row, i) => at(row, FEATURES) * at(scale, i));
}
