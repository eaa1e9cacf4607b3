/**
 * A forecast without the noise that the past of its zone does not have. Intensity moves on from where it is; a forecast
 * whose every slot jumps says less than it seems to, and whoever picks its lowest slots picks its errors.
 *
 * @module
 */
import { at } from './numbers.ts';

/** How the intensity of a zone moves from slot to slot, as learned from its past. Variances in (g/kWh)². */
export interface Manner {
  /** The mean of each slot of the day, counted from the first slot after the past. */
  readonly shapeG: Float64Array;
  /** A deviation from the shape is `swing[0]` times the last and `swing[1]` times the one before, and chance. */
  readonly swing: readonly [number, number];
  /** Variance of that chance. */
  readonly chanceG2: number;
  /** The last two deviations of the past, the newer first; `NaN` where not known. */
  readonly last: readonly [number, number];
  /** What independent noise would explain its second differences, and those of its roughest day. */
  readonly roughG2: number;
  readonly roughestG2: number;
}

/** Days of a past that count, and fewer than which say too little. */
const LONGEST = 28;
const FEWEST = 7;
/** Noise is told from the weather of one rough day by being this much rougher than usual, and rougher than any day. */
const ROUGHER = 4;
/** A third of independent normal numbers lie within 0.4307 standard deviations. */
const THIRD = 0.4307;

/** What is learned from a past (g/kWh, oldest first, `NaN` where not known); `undefined` from less than 7 days. O(slots log slots). */
export function mannerOf(pastG: Float64Array, slotsOfDay: number): Manner | undefined {
  const past = pastG.subarray(Math.max(0, pastG.length - LONGEST * slotsOfDay));
  const known = past.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  if (known < FEWEST * slotsOfDay) return undefined;
  const shapeG = shapeOf(past, slotsOfDay);
  const first = slotsOfDay - (past.length % slotsOfDay);
  const deviations = past.map((value, slot) => value - at(shapeG, (first + slot) % slotsOfDay));
  const moves = movesOf(deviations);
  if (moves === undefined) return undefined;
  const days = Array.from({ length: Math.floor(past.length / slotsOfDay) }, (_, day) =>
    roughness(past.subarray(past.length - (day + 1) * slotsOfDay, past.length - day * slotsOfDay)),
  );
  return {
    shapeG,
    ...moves,
    last: [at(deviations, past.length - 1), at(deviations, past.length - 2)],
    roughG2: roughness(past),
    roughestG2: Math.max(...days.filter((rough) => !Number.isNaN(rough))),
  };
}

/** The mean of each slot of the day, so that the slot after the past is number 0; of slots never known, that of all. */
function shapeOf(past: Float64Array, slotsOfDay: number): Float64Array {
  const sums = new Float64Array(slotsOfDay);
  const counts = new Float64Array(slotsOfDay);
  let [sum, count] = [0, 0];
  const first = slotsOfDay - (past.length % slotsOfDay);
  past.forEach((value, slot) => {
    if (Number.isNaN(value)) return;
    const place = (first + slot) % slotsOfDay;
    sums[place] = at(sums, place) + value;
    counts[place] = at(counts, place) + 1;
    sum += value;
    count++;
  });
  return sums.map((total, place) => (at(counts, place) === 0 ? sum / count : total / at(counts, place)));
}

/** Autoregression of order 2 by least squares over all slots whose two predecessors are known. */
function movesOf(deviations: Float64Array): Pick<Manner, 'swing' | 'chanceG2'> | undefined {
  let [one, two, cross, withOne, withTwo, squares, count] = [0, 0, 0, 0, 0, 0, 0];
  for (let slot = 2; slot < deviations.length; slot++) {
    const [now, last, before] = [at(deviations, slot), at(deviations, slot - 1), at(deviations, slot - 2)];
    if (Number.isNaN(now + last + before)) continue;
    one += last * last;
    two += before * before;
    cross += last * before;
    withOne += now * last;
    withTwo += now * before;
    squares += now * now;
    count++;
  }
  const determinant = one * two - cross * cross;
  if (!(determinant > 1e-9 * one * two)) return undefined;
  const swing: [number, number] = [
    (withOne * two - withTwo * cross) / determinant,
    (withTwo * one - withOne * cross) / determinant,
  ];
  const chanceG2 = (squares - swing[0] * withOne - swing[1] * withTwo) / count;
  return chanceG2 > 0 ? { swing, chanceG2 } : undefined;
}

/**
 * The variance of independent normal noise whose second differences would be as large as these, by the third of them that
 * are smallest: noise is in every slot, and a few real jumps are not taken for it. `NaN` where none is known.
 */
function roughness(values: Float64Array): number {
  const sizes = values
    .map((value, slot) => Math.abs(value - 2 * at(values, slot - 1) + at(values, slot - 2)))
    .filter((size) => !Number.isNaN(size))
    .sort();
  // The second difference of independent numbers has 1 + 4 + 1 times their variance.
  return (at(sizes, Math.floor(sizes.length / 3)) / THIRD) ** 2 / 6;
}

/**
 * `forecastG` (g/kWh, from the slot after the past on) without its noise; the same array where it is no rougher than the
 * past is, or shorter than a day. Its noise is what it is rougher by. The result is the most likely course given forecast
 * and manner: it minimises Σ (f − x)² / noise + Σ (xₜ − swing₀ xₜ₋₁ − swing₁ xₜ₋₂)² / chance, which is what a Kalman
 * smoother finds (Rauch, Tung and Striebel, AIAA J. 3, 1965), by one band-limited elimination. O(slots log slots).
 */
export function calmed(forecastG: Float64Array, manner: Manner): Float64Array {
  const { shapeG, roughG2, roughestG2 } = manner;
  const rough = roughness(forecastG);
  const isNoisy = rough > ROUGHER * roughG2 && rough > roughestG2;
  if (forecastG.length < shapeG.length || !isNoisy) return forecastG;
  const deviations = forecastG.map((value, slot) => value - at(shapeG, slot % shapeG.length));
  const likely = mostLikely(deviations, rough - roughG2, manner);
  return forecastG.map((value, slot) =>
    Number.isNaN(value) ? value : Math.max(0, at(likely, slot) + at(shapeG, slot % shapeG.length)),
  );
}

/** Of the chance, how little a deviation is held to 0, so that a course that nothing is said of has an end. */
const HELD = 1e-9;

/** The most likely deviations, told with `noise`; those not told are between their neighbours. */
function mostLikely(told: Float64Array, noise: number, { swing, chanceG2, last }: Manner): Float64Array {
  const slots = told.length;
  // The symmetric matrix by its diagonal and the two below, and the right-hand side.
  const bands = [0, 1, 2].map(() => new Float64Array(slots));
  const [diagonal = told, below = told, lowest = told] = bands;
  const right = new Float64Array(slots);
  const add = (values: Float64Array, slot: number, value: number): void => {
    values[slot] = at(values, slot) + value;
  };
  const weights = [1, -swing[0], -swing[1]] as const;
  for (let slot = 0; slot < slots; slot++) {
    const isTold = !Number.isNaN(told[slot]);
    add(diagonal, slot, HELD / chanceG2 + (isTold ? 1 / noise : 0));
    if (isTold) add(right, slot, at(told, slot) / noise);
    const reach = Math.min(slot, 2);
    const past = slot > 1 ? 0 : slot === 1 ? weights[2] * last[0] : weights[1] * last[0] + weights[2] * last[1];
    // A move from deviations that are not known says nothing.
    if (Number.isNaN(past)) continue;
    for (let i = 0; i <= reach; i++) {
      const weight = (weights[i] ?? 0) / chanceG2;
      add(right, slot - i, -weight * past);
      for (let j = i; j <= reach; j++) add(bands[j - i] ?? told, slot - i, weight * (weights[j] ?? 0));
    }
  }
  return solveBands(diagonal, below, lowest, right);
}

/** Solves a symmetric system of bandwidth 2 by L·D·Lᵀ, in place. `below[i]` and `lowest[i]` stand left of `diagonal[i]`. */
function solveBands(
  diagonal: Float64Array,
  below: Float64Array,
  lowest: Float64Array,
  right: Float64Array,
): Float64Array {
  const slots = right.length;
  const before = (values: Float64Array, slot: number): number => (slot < 0 ? 0 : at(values, slot));
  for (let i = 0; i < slots; i++) {
    const [one, two] = [before(diagonal, i - 1), before(diagonal, i - 2)];
    const far = i < 2 ? 0 : at(lowest, i) / two;
    const near = i < 1 ? 0 : (at(below, i) - far * two * before(below, i - 1)) / one;
    lowest[i] = far;
    below[i] = near;
    diagonal[i] = at(diagonal, i) - near * near * one - far * far * two;
    right[i] = at(right, i) - near * before(right, i - 1) - far * before(right, i - 2);
  }
  for (let i = slots - 1; i >= 0; i--) {
    let value = at(right, i) / at(diagonal, i);
    if (i + 1 < slots) value -= at(below, i + 1) * at(right, i + 1);
    if (i + 2 < slots) value -= at(lowest, i + 2) * at(right, i + 2);
    right[i] = value;
  }
  return right;
}
