/**
 * Ridge regression for each hour ahead (Hoerl and Kennard, Technometrics 12, 1970), with second moments shared among
 * neighbouring hours: 24 hours of a day and four days ahead are much alike, and one year is few examples for each alone.
 *
 * @module
 */

import type { Moments, NormalEquations } from './normal-equations.ts';
import { at } from './numbers.ts';

/** A linear prediction: target = intercept + x · coefficients. */
export interface Line {
  /** By target. */
  readonly intercepts: Float64Array;
  /** Targets × chosen features. */
  readonly coefficients: Float64Array;
}

/**
 * How much the moments at `other` count at `horizon`: near hours of the same day ahead most, and the more is shared the
 * further ahead it is. The next eight hours stand alone.
 */
function nearness(horizon: number, other: number): number {
  if (horizon < 8) return horizon === other ? 1 : 0;
  const [spread, perDay] = horizon < 24 ? [0.7, 0.15] : horizon < 48 ? [1, 0.3] : [1.2, 0.5];
  const around = Math.abs((horizon % 24) - (other % 24));
  const hours = Math.min(around, 24 - around);
  const days = Math.abs(Math.floor(horizon / 24) - Math.floor(other / 24));
  const weight = Math.exp(-0.5 * (hours / spread) ** 2) * perDay ** days;
  return weight < 1e-3 ? 0 : weight;
}

/** Moments of every horizon, each a mean over its near ones; means stay its own. */
export function sharedMoments(equations: NormalEquations): Moments[] {
  const own = Array.from({ length: equations.horizons }, (_, horizon) => equations.moments(horizon));
  return own.map(({ means, targetMeans, squares, products }, horizon) => {
    const shared = { squares: new Float64Array(squares.length), products: new Float64Array(products.length) };
    const weights = own.map((_, other) => nearness(horizon, other));
    const sum = weights.reduce((a, b) => a + b, 0);
    own.forEach((other, i) => {
      const weight = (weights[i] ?? 0) / sum;
      if (weight === 0) return;
      addScaled(shared.squares, other.squares, weight);
      addScaled(shared.products, other.products, weight);
    });
    return { means, targetMeans, ...shared };
  });
}

function addScaled(sum: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + factor * (values[i] ?? 0);
}

/**
 * The lines of the `chosen` features to the `targets` (their places among the targets), at a penalty of `lambda` on
 * coefficients of standardised features. A feature that did not vary is left out. O(chosen³).
 */
export function solveRidge(moments: Moments, chosen: Int32Array, targets: readonly number[], lambda: number): Line {
  const size = chosen.length;
  const { squares, means } = moments;
  const matrix = new Float64Array(size * size);
  const scale = new Float64Array(size);
  // `chosen` ascends, so every pair stands in the lower triangle.
  for (let i = 0; i < size; i++) {
    const feature = chosen[i] ?? 0;
    const row = (feature * (feature + 1)) / 2;
    const variance = squares[row + feature] ?? 0;
    scale[i] = variance > 1e-10 * (1 + (means[feature] ?? 0) ** 2) ? 1 / Math.sqrt(variance) : 0;
    const mine = scale[i] ?? 0;
    for (let j = 0; j < i; j++) matrix[i * size + j] = (squares[row + (chosen[j] ?? 0)] ?? 0) * mine * (scale[j] ?? 0);
    matrix[i * size + i] = 1 + lambda;
  }
  factorise(matrix, size);
  const coefficients = new Float64Array(targets.length * size);
  const intercepts = new Float64Array(targets.length);
  targets.forEach((target, t) => {
    const line = coefficients.subarray(t * size, (t + 1) * size);
    const products = moments.products.subarray(target * means.length);
    for (let i = 0; i < size; i++) line[i] = (products[chosen[i] ?? 0] ?? 0) * (scale[i] ?? 0);
    substitute(matrix, size, line);
    let intercept = at(moments.targetMeans, target);
    for (let i = 0; i < size; i++) {
      const coefficient = (line[i] ?? 0) * (scale[i] ?? 0);
      line[i] = coefficient;
      intercept -= coefficient * (means[chosen[i] ?? 0] ?? 0);
    }
    intercepts[t] = intercept;
  });
  return { intercepts, coefficients };
}

/** Cholesky factor of a positive definite matrix, in place of its lower triangle. */
function factorise(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = matrix[row + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (matrix[row + k] ?? 0) * (matrix[other + k] ?? 0);
      matrix[row + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (matrix[other + j] ?? 0);
    }
  }
}

/** Solves with a Cholesky factor, in place. */
function substitute(factor: Float64Array, size: number, values: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = values[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (factor[i * size + k] ?? 0) * (values[k] ?? 0);
    values[i] = sum / (factor[i * size + i] ?? 1);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = values[i] ?? 0;
    for (let k = i + 1; k < size; k++) sum -= (factor[k * size + i] ?? 0) * (values[k] ?? 0);
    values[i] = sum / (factor[i * size + i] ?? 1);
  }
}
