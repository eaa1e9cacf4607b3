/**
 * A zone's forecaster at one hour of the day: experts, their blend, the memory of its errors and its bands. What it says
 * at an origin rests on what was known by then, and so does all that it has learned.
 *
 * @module
 */
import { DAY, HOUR, type Instant, instant, type Millis } from '../../units.ts';
import { Bands } from './bands.ts';
import { blend, errorOfDay, type Outcome, weightsOf } from './blend.ts';
import { EXPERTS, OPERATOR_EXPERTS } from './experts.ts';
import { Learner } from './learner.ts';
import { ErrorMemory, featuresOfErrors } from './memory.ts';
import { at, HORIZON } from './numbers.ts';
import type { ZoneRecord } from './record.ts';
import { seasonalForecasts } from './seasonal.ts';
import { toSteps } from './steps.ts';

/** The experts of the blend, and of the one that is left where there is no weather. */
const BLENDED = ['log-mix', 'log', 'amounts'] as const;
const WITHOUT_WEATHER = ['history'] as const;
/** Beside either, where the operator forecasts wind and sun. */
const HEARING_OPERATORS = ['operator', 'operator-amounts'] as const;
/** Days of which it must be known how far it erred, so that it is heard. */
const FEWEST_OUTCOMES = 5;

/** 96 hours from `origin` on; all in g/kWh. */
export interface Forecast {
  readonly origin: Instant;
  /**
   * Who spoke: `blend`, or one alone: `log` (weather, but no generation by source), `history` (no weather), `seasonal`
   * (nothing learned yet, or too thin a past).
   */
  readonly model: 'blend' | (typeof BLENDED | typeof WITHOUT_WEATHER)[number] | 'seasonal';
  /** Those that were heard. */
  readonly experts: readonly string[];
  readonly intensityG: Float64Array;
  /** Every model's own forecast, by name. */
  readonly models: ReadonlyMap<string, Float64Array>;
}

/** A forecast on the steps that were asked for. */
export interface SteppedForecast {
  readonly start: Instant;
  readonly step: Millis;
  readonly model: Forecast['model'];
  /** g/kWh, expected to be missed as often from above as from below. */
  readonly intensityG: Float64Array;
  /** g/kWh at each rank asked for; `NaN` where too few errors are known yet. */
  readonly quantilesG: ReadonlyMap<number, Float64Array>;
}

/** What was issued, and what is needed to learn from what came. */
interface Issued {
  readonly forecast: Forecast;
  readonly blendLogs: Float64Array;
  readonly errorFeatures: Float64Array | undefined;
  readonly truthG: Float64Array;
  readonly outcome: Outcome;
  observedDays: number;
}

/** Outcomes that are kept for the blend. */
const KEPT = 80;

/** Whether a forecast that `experts` spoke for rests on what the operator of the grid forecasts. */
export const hearsOperator = (experts: readonly string[]): boolean =>
  HEARING_OPERATORS.some((name) => experts.includes(name));

export class Forecaster {
  readonly #record: ZoneRecord;
  readonly #learners: readonly Learner[];
  readonly #memory = new ErrorMemory();
  readonly #bands = new Bands();
  readonly #issued: Issued[] = [];
  readonly #hour: number;

  /** For origins at `hour` UTC. */
  constructor(record: ZoneRecord, hour: number) {
    this.#record = record;
    this.#hour = hour;
    const hasOperator = record.operator !== undefined && record.operator.length > 0;
    this.#learners = [EXPERTS, ...(hasOperator ? [OPERATOR_EXPERTS] : [])].map(
      (experts) => new Learner(record, experts, hour),
    );
  }

  /** Learns from all that had come by `until`: 2 s for two years, 0.3 s for some days more. */
  learn(until: number): void {
    for (const learner of this.#learners) learner.learn(until);
  }

  /** Looks at what has come of the forecasts that were issued: scores, weights, memory and bands follow. */
  observe(until: number): void {
    // The newest first: what the first days say is passed on to the days further ahead.
    for (const issued of this.#issued.toReversed()) {
      const { origin } = issued.forecast;
      while (issued.observedDays < 4 && origin + (issued.observedDays + 1) * DAY <= until) {
        this.#observeDay(issued, issued.observedDays);
        issued.observedDays += 1;
      }
    }
    this.#issued.splice(0, Math.max(0, this.#issued.length - KEPT));
  }

  #observeDay({ forecast, blendLogs, errorFeatures, truthG, outcome }: Issued, day: number): void {
    const { start, intensityG } = this.#record.history;
    const first = (forecast.origin - start) / HOUR;
    for (let hour = 24 * day; hour < 24 * (day + 1); hour++) truthG[hour] = at(intensityG, first + hour);
    for (const [name, errors] of outcome) errors[day] = errorOfDay(forecast.models.get(name) ?? truthG, truthG, day);
    this.#bands.observe(forecast.origin, day, truthG);
    const errors = blendLogs.map((log, hour) => Math.log(at(truthG, hour)) - log);
    const isWhole = !errors.subarray(24 * day, 24 * (day + 1)).some((error) => !Number.isFinite(error));
    if (isWhole && errorFeatures !== undefined) this.#memory.learn(errorFeatures, errors, day);
  }

  /**
   * The forecast at `origin`, from what was known then; remembered, so that it can be learned from, in place of an earlier
   * one at that origin. `undefined` where the last four weeks are too thin for any. Within 2 ms.
   *
   * @param others forecasts of others that were known then (a provider's own): scored beside ours, by name
   */
  issue(origin: Instant, others: ReadonlyMap<string, Float64Array> = new Map()): Forecast | undefined {
    const learned = this.#learners.flatMap((learner) => [...learner.forecast(origin)]);
    const models = new Map([...others, ...seasonalForecasts(this.#record, origin), ...learned]);
    const names = [BLENDED, WITHOUT_WEATHER].find((group) => group.some((name) => models.has(name))) ?? [];
    const spoke = names.filter((name) => models.has(name));
    const known = HEARING_OPERATORS.filter((name) => models.has(name) && this.#isKnown(name));
    const experts = spoke.length === 0 ? [] : [...spoke, ...known];
    const spoken = experts.flatMap((name) => models.get(name) ?? []);
    const seasonal = models.get('seasonal');
    if (seasonal === undefined) return undefined;
    const outcomes = this.outcomes;
    const { intensityG: blended, spread } = blend(
      spoken.length === 0 ? [seasonal] : spoken,
      spoken.length === 0
        ? weightsOf(['seasonal'], outcomes)
        : weightsOf(experts, outcomes, (expert, day) => !Number.isNaN(models.get(expert)?.[24 * day] ?? Number.NaN)),
    );
    const blendLogs = blended.map(Math.log);
    const errorFeatures = this.#featuresAt(origin);
    const expected = errorFeatures === undefined ? new Float64Array(HORIZON) : this.#memory.expect(errorFeatures);
    const intensityG = blendLogs.map((log, hour) => Math.exp(log + at(expected, hour)));
    const forecast: Forecast = {
      origin,
      model: experts.length > 1 ? 'blend' : (spoke[0] ?? 'seasonal'),
      experts: experts.length === 0 ? ['seasonal'] : experts,
      intensityG,
      models: new Map([...models, ['blend', blended], ['gridtide', intensityG]]),
    };
    this.#bands.issue(origin, intensityG, spread);
    const again = this.#issued.findIndex((issued) => issued.forecast.origin === origin);
    if (again >= 0) this.#issued.splice(again, 1);
    this.#issued.push({
      forecast,
      blendLogs,
      errorFeatures,
      truthG: new Float64Array(HORIZON).fill(Number.NaN),
      outcome: new Map([...forecast.models.keys()].map((name) => [name, new Float64Array(4).fill(Number.NaN)])),
      observedDays: 0,
    });
    return forecast;
  }

  /** Whether enough days of what `expert` said have passed. */
  #isKnown(expert: string): boolean {
    const known = this.#issued.filter(({ outcome }) => !Number.isNaN(outcome.get(expert)?.[0] ?? Number.NaN));
    return known.length >= FEWEST_OUTCOMES;
  }

  /** What came of the forecasts issued lately, oldest first. */
  get outcomes(): readonly Outcome[] {
    return this.#issued.map(({ outcome }) => outcome);
  }

  /** The forecast issued at `origin` on steps of 5 to 60 minutes, with the quantiles at `ranks` (0 to 1). */
  onSteps(origin: Instant, step: Millis, ranks: readonly number[]): SteppedForecast | undefined {
    const forecast = this.#issued.findLast((one) => one.forecast.origin === origin)?.forecast;
    if (forecast === undefined) return undefined;
    return {
      start: origin,
      step,
      model: forecast.model,
      intensityG: toSteps(forecast.intensityG, step),
      quantilesG: new Map(ranks.map((rank) => [rank, toSteps(this.quantile(origin, rank), step)])),
    };
  }

  /** g/kWh at `rank` (0 to 1) for the forecast that was issued at `origin`; `NaN` where too little is known yet. */
  quantile(origin: Instant, rank: number): Float64Array {
    return this.#bands.at(origin, rank);
  }

  /** Yesterday's errors, where a forecast was issued a day before. */
  #featuresAt(origin: number): Float64Array | undefined {
    const before = this.#issued.findLast(({ forecast }) => forecast.origin === origin - DAY);
    if (before === undefined || before.observedDays < 1) return undefined;
    const errors = before.blendLogs.subarray(0, 24).map((log, hour) => Math.log(at(before.truthG, hour)) - log);
    return errors.some((error) => !Number.isFinite(error)) ? undefined : featuresOfErrors(errors);
  }

  /**
   * Walks from `from` to `until` as if they were now: refits every `everyDays`, issues each day and sees what comes. So a
   * zone that was never forecast has weights, a memory and bands at once.
   */
  rehearse(from: number, until: number, everyDays = 7): void {
    const phase = this.#hour * HOUR;
    const first = Math.ceil((from - phase) / DAY) * DAY + phase;
    for (let origin = first; origin < until; origin += DAY) {
      if (((origin - first) / DAY) % everyDays === 0) this.learn(origin);
      this.observe(origin);
      this.issue(instant(origin));
    }
  }
}
