/**
 * One forecast of several: a mean of logarithms, in which whoever was nearer lately counts more.
 *
 * @module
 */
import { at, HORIZON, meanOf } from './numbers.ts';

/** What came of a forecast: by model, the mean |f / y − 1| of each day ahead; `NaN` while a day has not passed. */
export type Outcome = ReadonlyMap<string, Float64Array>;

/** Outcomes that count, newest last. */
const REMEMBERED = 60;
/** As many imagined outcomes of average error keep a lucky fortnight from deciding. */
const IMAGINED = 10;
/** Fewer outcomes than this, and all count alike. */
const FEWEST = 5;
/** An expert that errs twice as much counts 2^-8 as much. */
const SHARPNESS = 8;

/** Mean |f / y − 1| over one day ahead; `NaN` unless all of it has passed. */
export function errorOfDay(forecastG: Float64Array, truthG: Float64Array, day: number): number {
  let sum = 0;
  for (let hour = 24 * day; hour < 24 * (day + 1); hour++) sum += Math.abs(at(forecastG, hour) / at(truthG, hour) - 1);
  return sum / 24;
}

/**
 * The weight of each expert on each day ahead, from past `outcomes` (oldest first): the inverse of its mean error over
 * the last 60, to the eighth power. Who does not speak on a day ahead (`speaks`) has no weight there, and no say in those of
 * the others.
 */
export function weightsOf(
  experts: readonly string[],
  outcomes: readonly Outcome[],
  speaks: (expert: string, day: number) => boolean = () => true,
): Float64Array[] {
  return [0, 1, 2, 3].map((day) => {
    const speaking = experts.filter((expert) => speaks(expert, day));
    const weights = weightsOn(day, speaking, outcomes);
    return Float64Array.from(experts, (expert) => weights[speaking.indexOf(expert)] ?? 0);
  });
}

function weightsOn(day: number, experts: readonly string[], outcomes: readonly Outcome[]): Float64Array {
  const errors: Float64Array[] = [];
  for (let i = outcomes.length - 1; i >= 0 && errors.length < REMEMBERED; i--) {
    const found = Float64Array.from(experts, (name) => at(outcomes[i]?.get(name) ?? NONE, day));
    if (!found.some(Number.isNaN)) errors.push(found);
  }
  if (errors.length < FEWEST) return new Float64Array(experts.length).fill(1 / experts.length);
  const means = Float64Array.from(experts, (_, expert) => meanOf(Float64Array.from(errors, (e) => at(e, expert))));
  const share = IMAGINED / (errors.length + IMAGINED);
  const shrunk = means.map((mean) => (1 - share) * mean + share * meanOf(means));
  const least = Math.max(Math.min(...shrunk), 1e-9);
  const raw = shrunk.map((error) => (Math.max(error, 1e-9) / least) ** -SHARPNESS);
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => weight / sum);
}

const NONE = new Float64Array(0);

export interface Blend {
  /** g/kWh. */
  readonly intensityG: Float64Array;
  /** Standard deviation of the experts' logarithms: where they disagree, the forecast is less sure. */
  readonly spread: Float64Array;
}

/** The weighted mean of the logarithms of `forecasts` (experts in the order of the weights). */
export function blend(forecasts: readonly Float64Array[], weights: readonly Float64Array[]): Blend {
  const intensityG = new Float64Array(HORIZON);
  const spread = new Float64Array(HORIZON);
  const speakers = weights.map((ofDay) => ofDay.filter((weight) => weight > 0).length);
  for (let hour = 0; hour < HORIZON; hour++) {
    const ofDay = weights[Math.floor(hour / 24)] ?? NONE;
    const speaking = speakers[Math.floor(hour / 24)] ?? 0;
    let mean = 0;
    let plain = 0;
    let squares = 0;
    forecasts.forEach((forecast, expert) => {
      if (at(ofDay, expert) === 0) return;
      const log = Math.log(at(forecast, hour));
      mean += at(ofDay, expert) * log;
      plain += log / speaking;
      squares += (log * log) / speaking;
    });
    intensityG[hour] = Math.exp(mean);
    spread[hour] = Math.sqrt(Math.max(squares - plain * plain, 0));
  }
  return { intensityG, spread };
}
