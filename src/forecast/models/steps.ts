/**
 * Between the hours of the models and the steps of those who ask: 5 to 60 minutes. What an hour holds is kept, so that
 * emissions of work over whole hours do not depend on the step.
 *
 * @module
 */
import { HOUR, type Millis } from '../../units.ts';
import { at } from './numbers.ts';

/** The mean of each whole hour. A gap in it is a gap of the hour. */
export function toHours(values: Float64Array, step: Millis): Float64Array {
  const perHour = stepsPerHour(step);
  const hours = new Float64Array(Math.floor(values.length / perHour));
  return hours.map((_, hour) => {
    let sum = 0;
    for (let i = 0; i < perHour; i++) sum += at(values, hour * perHour + i);
    return sum / perHour;
  });
}

/**
 * Hours as steps: within each hour a straight line through its mean, as steep as its neighbours allow without going
 * beyond them (van Leer, J. Comput. Phys. 32, 1979). The steps of an hour have its mean.
 */
export function toSteps(hours: Float64Array, step: Millis): Float64Array {
  const perHour = stepsPerHour(step);
  return Float64Array.from({ length: hours.length * perHour }, (_, i) => {
    const hour = Math.floor(i / perHour);
    const middle = ((i % perHour) + 0.5) / perHour - 0.5;
    return at(hours, hour) + middle * slopeAt(hours, hour);
  });
}

function slopeAt(hours: Float64Array, hour: number): number {
  const before = at(hours, hour) - at(hours, hour - 1);
  const after = at(hours, hour + 1) - at(hours, hour);
  if (!(before * after > 0)) return 0;
  const steepest = 2 * Math.min(Math.abs(before), Math.abs(after));
  return Math.sign(before) * Math.min(Math.abs(before + after) / 2, steepest);
}

function stepsPerHour(step: Millis): number {
  const perHour = HOUR / step;
  if (!Number.isInteger(perHour) || perHour > 12) throw new RangeError(`a step of ${step} ms is no part of an hour`);
  return perHour;
}
