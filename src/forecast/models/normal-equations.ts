/**
 * The sums that a least-squares fit needs, one set for each hour ahead, kept as origins are added: a refit costs what
 * came since. Older origins count less, by half a year after a half-life; the weights of all are scaled together, so
 * nothing is summed twice.
 *
 * @module
 */
import { at } from './numbers.ts';

/** One origin: a row of features and of targets for each horizon. A `NaN` target leaves its horizon out. */
export interface Example {
  /** Horizons × features. */
  readonly features: Float64Array;
  /** Horizons × targets. */
  readonly targets: Float64Array;
  /** How much it counts beside the others. */
  readonly weight: number;
}

/** Moments of one horizon: means, and centred second moments. The matrix is a lower triangle, row by row. */
export interface Moments {
  readonly means: Float64Array;
  readonly targetMeans: Float64Array;
  /** Of features with features: features × (features + 1) / 2. */
  readonly squares: Float64Array;
  /** Of targets with features: targets × features. */
  readonly products: Float64Array;
}

/** Rows that are added in one pass, so that a matrix is read and written once for all of them. */
const PASS = 4;

export class NormalEquations {
  readonly horizons: number;
  readonly features: number;
  readonly targets: number;
  /** Least and greatest value of each feature by horizon: a prediction is not asked to go far beyond them. */
  readonly least: Float64Array;
  readonly greatest: Float64Array;
  readonly #weights: Float64Array;
  readonly #sums: Float64Array;
  readonly #targetSums: Float64Array;
  readonly #squares: readonly Float64Array[];
  readonly #products: readonly Float64Array[];

  constructor(horizons: number, features: number, targets: number) {
    this.horizons = horizons;
    this.features = features;
    this.targets = targets;
    this.least = new Float64Array(horizons * features).fill(Number.POSITIVE_INFINITY);
    this.greatest = new Float64Array(horizons * features).fill(Number.NEGATIVE_INFINITY);
    this.#weights = new Float64Array(horizons);
    this.#sums = new Float64Array(horizons * features);
    this.#targetSums = new Float64Array(horizons * targets);
    const triangle = (features * (features + 1)) / 2;
    this.#squares = Array.from({ length: horizons }, () => new Float64Array(triangle));
    this.#products = Array.from({ length: horizons }, () => new Float64Array(targets * features));
  }

  /** Adds origins. O(origins × horizons × features²). */
  add(examples: readonly Example[]): void {
    for (let horizon = 0; horizon < this.horizons; horizon++) {
      const rows = examples.flatMap(({ features, targets, weight }) => {
        const wanted = targets.subarray(horizon * this.targets, (horizon + 1) * this.targets);
        if (wanted.some(Number.isNaN)) return [];
        return [{ x: features.subarray(horizon * this.features, (horizon + 1) * this.features), wanted, weight }];
      });
      for (const { x, wanted, weight } of rows) this.#addRow(horizon, x, wanted, weight);
      for (let first = 0; first < rows.length; first += PASS)
        this.#addSquares(horizon, rows.slice(first, first + PASS));
    }
  }

  #addRow(horizon: number, x: Float64Array, wanted: Float64Array, weight: number): void {
    const { features, targets, least, greatest } = this;
    const sums = this.#sums;
    this.#weights[horizon] = at(this.#weights, horizon) + weight;
    for (let i = 0, k = horizon * features; i < features; i++, k++) {
      const value = x[i] ?? 0;
      sums[k] = (sums[k] ?? 0) + weight * value;
      if (value < (least[k] ?? 0)) least[k] = value;
      if (value > (greatest[k] ?? 0)) greatest[k] = value;
    }
    const products = this.#products[horizon] ?? this.#sums;
    for (let t = 0; t < targets; t++) {
      const weighted = weight * at(wanted, t);
      this.#targetSums[horizon * targets + t] = at(this.#targetSums, horizon * targets + t) + weighted;
      for (let i = 0, k = t * features; i < features; i++, k++) {
        products[k] = (products[k] ?? 0) + weighted * (x[i] ?? 0);
      }
    }
  }

  #addSquares(horizon: number, rows: readonly { readonly x: Float64Array; readonly weight: number }[]): void {
    const squares = this.#squares[horizon] ?? this.#sums;
    const none = { x: new Float64Array(this.features), weight: 0 };
    const { x: ax, weight: a } = rows[0] ?? none;
    const { x: bx, weight: b } = rows[1] ?? none;
    const { x: cx, weight: c } = rows[2] ?? none;
    const { x: dx, weight: d } = rows[3] ?? none;
    // Reads stand in the loop itself: a shared function slows this to a fifth.
    for (let i = 0, k = 0; i < this.features; i++) {
      const fromA = a * (ax[i] ?? 0);
      const fromB = b * (bx[i] ?? 0);
      const fromC = c * (cx[i] ?? 0);
      const fromD = d * (dx[i] ?? 0);
      for (let j = 0; j <= i; j++, k++) {
        squares[k] =
          (squares[k] ?? 0) + fromA * (ax[j] ?? 0) + fromB * (bx[j] ?? 0) + fromC * (cx[j] ?? 0) + fromD * (dx[j] ?? 0);
      }
    }
  }

  /** Weighted means and centred second moments of one horizon. O(features²). */
  moments(horizon: number): Moments {
    const { features, targets } = this;
    const weight = at(this.#weights, horizon);
    const mean = (sums: Float64Array, size: number): Float64Array =>
      sums.slice(horizon * size, (horizon + 1) * size).map((sum) => sum / weight);
    const means = mean(this.#sums, features);
    const targetMeans = mean(this.#targetSums, targets);
    const squares = new Float64Array((features * (features + 1)) / 2);
    const summed = this.#squares[horizon] ?? squares;
    for (let i = 0, k = 0; i < features; i++) {
      const mine = at(means, i);
      for (let j = 0; j <= i; j++, k++) squares[k] = (summed[k] ?? 0) / weight - mine * (means[j] ?? 0);
    }
    const products = new Float64Array(targets * features);
    const summedProducts = this.#products[horizon] ?? products;
    for (let t = 0, k = 0; t < targets; t++) {
      for (let i = 0; i < features; i++, k++) {
        products[k] = (summedProducts[k] ?? 0) / weight - at(targetMeans, t) * (means[i] ?? 0);
      }
    }
    return { means, targetMeans, squares, products };
  }
}
