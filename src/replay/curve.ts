/**
 * Intensity over the hours of a scene, and its integral.
 *
 * @module
 */

/** Piecewise constant; slot `first + i` is [(first + i) · stepH, (first + i + 1) · stepH). */
export interface Curve {
  /** Length of a slot in hours. */
  readonly stepH: number;
  /** Which slot of the scene the first value is of. */
  readonly first: number;
  /** g/kWh. */
  readonly intensityG: Float64Array;
  /** Grams that a kilowatt emits from the first slot's start to that of slot i; one longer than the values. */
  readonly gramsPerKw: Float64Array;
}

export function curveOf(stepH: number, first: number, intensityG: Float64Array): Curve {
  const gramsPerKw = new Float64Array(intensityG.length + 1);
  for (let i = 0; i < intensityG.length; i++) gramsPerKw[i + 1] = (gramsPerKw[i] ?? 0) + (intensityG[i] ?? 0) * stepH;
  return { stepH, first, intensityG, gramsPerKw };
}

/** A curve that knows nothing: every hour is as good as any other, so that the earliest is taken. */
export const flatCurve = (stepH: number): Curve => curveOf(stepH, 0, new Float64Array(1));
