/**
 * The ridges of one zone and one hour of the day, learned as its days come in. All of them rest on one set of sums, so a
 * further expert costs a solution and no second pass over the data.
 *
 * @module
 */
import { DAY, HOUR } from '../../units.ts';
import { dayKinds } from './days.ts';
import type { Expert } from './experts.ts';
import { amounts, type Column, columnsOf, type FeatureContext } from './features.ts';
import { type Example, NormalEquations } from './normal-equations.ts';
import { at, clamp, HORIZON, meanOf, quantile } from './numbers.ts';
import type { ZoneRecord } from './record.ts';
import { sharedMoments, solveRidge } from './ridge.ts';
import { type Scene, sceneAt } from './scene.ts';

/** After so many days an origin counts half: grids change. */
const HALF_LIFE_DAYS = 365;
/** Fewer origins than this are no ground for a fit. */
const FEWEST_ORIGINS = 28;
/** ln intensity, emissions and generation, each less its first guess. */
const TARGETS = { log: 0, emissions: 1, total: 2 } as const;
const TARGET_COUNT = 3;

interface Fit {
  readonly expert: Expert;
  /** Which features it reads. */
  readonly chosen: Int32Array;
  readonly targets: readonly TargetFit[];
}

/** One target at each horizon. */
interface TargetFit {
  readonly intercepts: Float64Array;
  /** Horizons × chosen features. */
  readonly coefficients: Float64Array;
  /** What a prediction is kept within. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export class Learner {
  readonly #record: ZoneRecord;
  readonly #experts: readonly Expert[];
  readonly #phase: number;
  readonly #kindAt: FeatureContext['kindAt'];
  readonly #wanted: FeatureContext['blocks'];
  #context: FeatureContext | undefined;
  #blocks: readonly Column['block'][] = [];
  #equations: NormalEquations | undefined;
  /** Targets seen, by target and horizon: their outer quantiles bound the predictions. */
  readonly #seen: number[][] = Array.from({ length: TARGET_COUNT * HORIZON }, () => []);
  #least = Number.POSITIVE_INFINITY;
  #greatest = 0;
  #firstOrigin = Number.NaN;
  #nextOrigin: number;
  #count = 0;
  #fits: readonly Fit[] = [];

  /** Learns from and forecasts at origins at `hour` UTC. */
  constructor(record: ZoneRecord, experts: readonly Expert[], hour: number) {
    this.#record = record;
    this.#experts = experts;
    this.#phase = hour * HOUR;
    this.#kindAt = dayKinds(record.timeZone, record.country);
    this.#wanted = new Set(experts.flatMap(({ blocks }) => blocks));
    const first = record.history.start - this.#phase;
    this.#nextOrigin = Math.ceil(first / DAY) * DAY + this.#phase;
  }

  /** How many origins it has learned from. */
  get origins(): number {
    return this.#count;
  }

  /**
   * Learns from every origin whose 96 hours have all passed at `until` and that it has not learned from, and fits.
   * About 1.2 ms an origin and 0.2 s a fit.
   */
  learn(until: number): void {
    const context = this.#layOut(until);
    if (context === undefined) return;
    const examples: Example[] = [];
    for (; this.#nextOrigin + HORIZON * HOUR <= until; this.#nextOrigin += DAY) {
      const example = this.#exampleAt(this.#nextOrigin, context);
      if (example !== undefined) examples.push(example);
      if (examples.length === 32) this.#equations?.add(examples.splice(0));
    }
    this.#equations?.add(examples);
    this.#fit();
  }

  /**
   * Which columns there are: those of the fullest of the newest scenes, since weather may have begun after history.
   * `undefined` while there is no scene that can be learned from.
   */
  #layOut(until: number): FeatureContext | undefined {
    if (this.#context !== undefined) return this.#context;
    const newest = Math.floor((until - HORIZON * HOUR - this.#phase) / DAY) * DAY + this.#phase;
    for (let origin = newest; origin > newest - 7 * DAY; origin -= DAY) {
      const scene = origin < this.#nextOrigin ? undefined : sceneAt(this.#record, origin);
      if (scene === undefined) continue;
      const { past, mix, operator } = scene;
      const shareOf = (source: string): number | undefined => {
        const share = mix?.shares[mix.sources.indexOf(source)];
        return share === undefined ? undefined : meanOf(share);
      };
      const context = {
        blocks: this.#wanted,
        kindAt: this.#kindAt,
        typical: { log: meanOf(past.base), shares: { wind: shareOf('wind'), solar: shareOf('solar') } },
        scaleMWh: mix === undefined ? 1 : meanOf(mix.total),
        scaleMW: Math.max(1, ...operator.map(({ usual }) => Math.max(...usual))),
      };
      const blocks = columnsOf(scene, context).map(({ block }) => block);
      const isOf = ({ needs }: Expert): boolean => needs.every((block) => blocks.includes(block));
      if (blocks.length <= this.#blocks.length || !this.#experts.some(isOf)) continue;
      this.#context = context;
      this.#blocks = blocks;
      this.#equations = new NormalEquations(HORIZON, blocks.length, TARGET_COUNT);
      this.#firstOrigin = this.#nextOrigin;
    }
    return this.#context;
  }

  /** g/kWh of each expert for the 96 hours from `origin` on; `NaN` on days ahead that it says nothing of. An expert whose
   * columns are not there says nothing. */
  forecast(origin: number): ReadonlyMap<string, Float64Array> {
    const answers = new Map<string, Float64Array>();
    const scene = sceneAt(this.#record, origin);
    const equations = this.#equations;
    if (scene === undefined || this.#context === undefined || equations === undefined) return answers;
    const columns = columnsOf(scene, this.#context);
    const kept = this.#keep(columns, equations);
    for (const fit of this.#fits) {
      const predicted = this.#predict(fit, kept, equations.features);
      if (predicted === undefined) continue;
      const intensityG = this.#toIntensity(fit.expert, scene, predicted);
      if (fit.expert.needs.includes('operator'))
        intensityG.fill(Number.NaN, 24 * Math.min(...scene.operator.map(({ days }) => days)));
      answers.set(fit.expert.name, intensityG);
    }
    return answers;
  }

  /**
   * The learned columns of a scene, horizons × features; `NaN` where the scene lacks the block. Values are kept near
   * those seen: the weather of a lifetime is no reason to go on along a straight line.
   */
  #keep(columns: readonly Column[], { features, least, greatest }: NormalEquations): Float64Array {
    const kept = new Float64Array(HORIZON * features).fill(Number.NaN);
    let column = 0;
    this.#blocks.forEach((block, i) => {
      const values = columns[column]?.block === block ? columns[column]?.values : undefined;
      if (values === undefined) return;
      column += 1;
      for (let h = 0, k = i; h < HORIZON; h++, k += features) {
        const low = least[k] ?? 0;
        const high = greatest[k] ?? 0;
        const reach = 0.1 * (high - low);
        kept[k] = Math.min(Math.max(values[h] ?? Number.NaN, low - reach), high + reach);
      }
    });
    return kept;
  }

  #exampleAt(origin: number, context: FeatureContext): Example | undefined {
    const scene = sceneAt(this.#record, origin);
    if (scene === undefined) return undefined;
    const columns = columnsOf(scene, context);
    // A day without its weather or its mix teaches nothing about what they do.
    if (columns.length !== this.#blocks.length) return undefined;
    const features = new Float64Array(HORIZON * columns.length);
    columns.forEach(({ values }, i) => {
      for (let h = 0, k = i; h < HORIZON; h++, k += columns.length) features[k] = values[h] ?? Number.NaN;
    });
    if (features.some(Number.isNaN)) return undefined;
    this.#count += 1;
    return {
      features,
      targets: this.#targetsAt(scene),
      weight: 2 ** ((origin - this.#firstOrigin) / DAY / HALF_LIFE_DAYS),
    };
  }

  #targetsAt(scene: Scene): Float64Array {
    const { start, intensityG, generation = [] } = this.#record.history;
    const first = (scene.origin - start) / HOUR;
    const scale = this.#context?.scaleMWh ?? 1;
    const repeated = amounts(scene, scale);
    const targets = new Float64Array(HORIZON * TARGET_COUNT);
    for (let h = 0; h < HORIZON; h++) {
      const intensity = at(intensityG, first + h);
      let total = 0;
      for (const { energyMWh } of generation) total += Math.max(at(energyMWh, first + h), 0) / scale;
      const values =
        repeated === undefined
          ? [Math.log(Math.max(intensity, 1)) - at(scene.past.base, h), 0, 0]
          : [
              Math.log(Math.max(intensity, 1)) - at(scene.past.base, h),
              intensity * total - at(repeated.emissions, h),
              total - at(repeated.total, h),
            ];
      targets.set(values, h * TARGET_COUNT);
      if (values.some(Number.isNaN)) continue;
      values.forEach((value, target) => {
        this.#seen[target * HORIZON + h]?.push(value);
      });
      this.#least = Math.min(this.#least, intensity);
      this.#greatest = Math.max(this.#greatest, intensity);
    }
    return targets;
  }

  #fit(): void {
    if (this.#equations === undefined || this.#count < FEWEST_ORIGINS) return;
    const moments = sharedMoments(this.#equations);
    const sorted = this.#seen.map((values) => Float64Array.from(values).sort());
    const bound = (target: number, expert: Expert, sign: 1 | -1): Float64Array =>
      Float64Array.from({ length: HORIZON }, (_, h) => {
        const values = sorted[target * HORIZON + h] ?? new Float64Array(0);
        const low = quantile(values, 0.002);
        const high = quantile(values, 0.998);
        const margin = expert.target === 'log' ? 0.05 : 0.03 * (high - low);
        return sign < 0 ? low - margin : high + margin;
      });
    const speaking = this.#experts.filter(({ needs }) => needs.every((block) => this.#blocks.includes(block)));
    this.#fits = speaking.map((expert) => {
      const blocks: readonly Column['block'][] = expert.blocks;
      const chosen = Int32Array.from(this.#blocks.keys()).filter((i) => {
        const block = this.#blocks[i];
        return block !== undefined && blocks.includes(block);
      });
      const targets = expert.target === 'log' ? [TARGETS.log] : [TARGETS.emissions, TARGETS.total];
      const lines = moments.map((one) => solveRidge(one, chosen, targets, expert.lambda));
      const fits = targets.map((target, t) => {
        const coefficients = new Float64Array(HORIZON * chosen.length);
        lines.forEach((line, h) => {
          coefficients.set(line.coefficients.subarray(t * chosen.length, (t + 1) * chosen.length), h * chosen.length);
        });
        return {
          intercepts: Float64Array.from(lines, (line) => at(line.intercepts, t)),
          coefficients,
          low: bound(target, expert, -1),
          high: bound(target, expert, 1),
        };
      });
      return { expert, chosen, targets: fits };
    });
  }

  /** The targets of an expert at each hour ahead; `undefined` where the scene lacks one of its columns. */
  #predict({ chosen, targets }: Fit, kept: Float64Array, features: number): Float64Array[] | undefined {
    const predictions = targets.map(({ intercepts, coefficients, low, high }) => {
      const predicted = new Float64Array(HORIZON);
      for (let h = 0; h < HORIZON; h++) {
        const sum = at(intercepts, h) + product(kept, h * features, chosen, coefficients, h * chosen.length);
        predicted[h] = clamp(sum, at(low, h), at(high, h));
      }
      return predicted;
    });
    return predictions.some((values) => values.some(Number.isNaN)) ? undefined : predictions;
  }

  #toIntensity(expert: Expert, scene: Scene, predicted: readonly Float64Array[]): Float64Array {
    const [first = new Float64Array(0), second] = predicted;
    if (expert.target === 'log' || second === undefined) {
      return first.map((value, h) => Math.exp(at(scene.past.base, h) + value));
    }
    const repeated = amounts(scene, this.#context?.scaleMWh ?? 1);
    return first.map((value, h) => {
      const emissions = Math.max(at(repeated?.emissions ?? first, h) + value, 1e-6);
      const total = Math.max(at(repeated?.total ?? first, h) + at(second, h), 1e-3);
      return clamp(emissions / total, 0.9 * this.#least, 1.1 * this.#greatest);
    });
  }
}

/** The sum of products of the chosen values of a row with their coefficients. */
function product(
  row: Float64Array,
  rowStart: number,
  chosen: Int32Array,
  coefficients: Float64Array,
  start: number,
): number {
  let sum = 0;
  for (let i = 0; i < chosen.length; i++) {
    sum += (row[rowStart + (chosen[i] ?? 0)] ?? 0) * (coefficients[start + i] ?? 0);
  }
  return sum;
}
