/**
 * How far the truth may lie from a forecast, learned from how far it lay: rolling conformal bands on errors measured in
 * scales of the day, which widen after days that missed too much and narrow after days that missed too little (adaptive
 * conformal inference).
 *
 * Forecasts are issued and their days observed in the order in which that happens.
 *
 * @module
 */
import { at, HORIZON, meanOf, quantile } from './numbers.ts';

/** Tails whose misses widen the band. */
const TAILS = [0.025, 0.05, 0.1] as const;
/** Origins whose scores make the band. */
const WINDOW = 120;
/** Scores that come before the first scale is settled say little. */
const WARM_UP = 20;
/** Fewer scores than this, and there is no band. */
const FEWEST = 10;
/** Half-life of the mean error of the first day, in origins. */
const HALF_LIFE = 7;
/** How much the scale follows that mean: days that err go together, but not all the way. */
const ERROR_POWER = 0.5;
/** How much the scale follows the experts' disagreement. */
const SPREAD_POWER = 0.2;
/** What a spread counts at least, so that agreement by chance is no certainty. */
const LEAST_SPREAD = 0.003;
/** Neighbouring hours whose scores count as one's own. */
const NEAR = 2;
/** By day ahead, how fast the logarithm of the width follows misses: late feedback overshoots. */
const RATES = [0.8, 0.3, 0.3, 0.3] as const;
/** Further ahead, the share of the feedback that comes from the first day, which is days fresher. */
const FRESH = 0.5;
/** What is left of the widening after a day: what missed a month ago says little. */
const KEPT = 0.97;

/** A forecast with what its band was made from. */
interface Issue {
  readonly logs: Float64Array;
  /** What a score of 1 is, as an error of logarithms; `NaN` before any error is known. */
  readonly scale: Float64Array;
  /** By tail, below and above: errors at the edge. */
  readonly edges: readonly (readonly [below: Float64Array, above: Float64Array])[];
}

/** Scores of an hour ahead and its near hours. */
interface Pool {
  readonly ascending: Float64Array;
  /** Without their signs, ascending. */
  readonly sizes: Float64Array;
}

const NONE: Pool = { ascending: new Float64Array(0), sizes: new Float64Array(0) };

export class Bands {
  /** Running mean of the first day's |error|, and its weight. */
  #error = 0;
  #weight = 0;
  readonly #seen = new Int32Array(4);
  readonly #scores: readonly number[][] = Array.from({ length: HORIZON }, () => []);
  /** By hour ahead; refreshed when a day is observed. */
  readonly #pools: Pool[] = Array.from({ length: HORIZON }, () => NONE);
  /** By day ahead: ln of what edges are multiplied by. */
  readonly #widening = new Float64Array(4);
  /** What the newest first day missed too much. */
  #fresh = Number.NaN;
  readonly #issues = new Map<number, Issue>();

  /**
   * Remembers a forecast, so that its days can be observed.
   *
   * @param intensityG g/kWh, 96 hours
   * @param spread of the experts' logarithms
   */
  issue(origin: number, intensityG: Float64Array, spread: Float64Array): void {
    const recent = (this.#error / this.#weight) ** ERROR_POWER;
    const scale = nearMeans(spread).map((near) => recent * (near + LEAST_SPREAD) ** SPREAD_POWER);
    const edges = TAILS.map((tail) => [this.#edge(scale, tail), this.#edge(scale, 1 - tail)] as const);
    this.#issues.set(origin, { logs: intensityG.map(Math.log), scale, edges });
  }

  /**
   * g/kWh at `rank` (0 to 1) for each hour of the forecast issued at `origin`, after all that was observed by now; `NaN`
   * where too little is known yet, or where all of its days were observed.
   */
  at(origin: number, rank: number): Float64Array {
    const issue = this.#issues.get(origin);
    if (issue === undefined) return new Float64Array(HORIZON).fill(Number.NaN);
    return this.#edge(issue.scale, rank).map((edge, hour) => Math.exp(at(issue.logs, hour) + edge));
  }

  /** What came on one day ahead of a forecast that was issued. A day with a gap teaches nothing. O(600 log 600 · 24). */
  observe(origin: number, day: number, truthG: Float64Array): void {
    const issue = this.#issues.get(origin);
    if (issue === undefined) return;
    if (day === 3) this.#issues.delete(origin);
    const first = 24 * day;
    const errors = Float64Array.from(
      { length: 24 },
      (_, i) => Math.log(at(truthG, first + i)) - at(issue.logs, first + i),
    );
    if (errors.some((error) => !Number.isFinite(error))) return;
    this.#widen(issue, day, errors);
    if (day === 0) {
      const decay = 0.5 ** (1 / HALF_LIFE);
      this.#error = decay * this.#error + meanOf(errors.map(Math.abs));
      this.#weight = decay * this.#weight + 1;
    }
    const seen = this.#seen[day] ?? 0;
    this.#seen[day] = seen + 1;
    if (seen < WARM_UP) return;
    errors.forEach((error, i) => {
      const score = error / at(issue.scale, first + i);
      const scores = this.#scores[first + i] ?? [];
      if (Number.isFinite(score)) scores.push(score);
      if (scores.length > WINDOW) scores.shift();
    });
    for (let i = 0; i < 24; i++) {
      const pool: number[] = [];
      for (let near = -NEAR; near <= NEAR; near++) pool.push(...(this.#scores[first + ((i + near + 24) % 24)] ?? []));
      const ascending = Float64Array.from(pool).sort();
      this.#pools[first + i] = { ascending, sizes: ascending.map(Math.abs).sort() };
    }
  }

  /**
   * Gibbs and Candès, NeurIPS 2021, on the width in place of the rank, which runs away where feedback is late; both sides
   * together, and with a leak.
   */
  #widen({ edges }: Issue, day: number, errors: Float64Array): void {
    const first = 24 * day;
    let excess = 0;
    edges.forEach(([below, above], i) => {
      let missed = 0;
      errors.forEach((error, hour) => {
        if (error < at(below, first + hour) || error > at(above, first + hour)) missed += 1;
      });
      excess += missed / 48 - (TAILS[i] ?? 0);
    });
    if (Number.isNaN(at(edges[0]?.[0] ?? new Float64Array(0), first))) return;
    const own = excess / TAILS.length;
    if (day === 0) this.#fresh = own;
    const used = day === 0 || Number.isNaN(this.#fresh) ? own : (1 - FRESH) * own + FRESH * this.#fresh;
    this.#widening[day] = KEPT * at(this.#widening, day) + (RATES[day] ?? 0) * used;
  }

  /** The error at a rank, in logarithms, for each hour. */
  #edge(scale: Float64Array, rank: number): Float64Array {
    const widths = this.#widening.map(Math.exp);
    return scale.map((unit, hour) => {
      const pool = this.#pools[hour] ?? NONE;
      const isThin = pool.ascending.length < FEWEST * (2 * NEAR + 1);
      return isThin ? Number.NaN : scoreAt(pool, rank) * unit * at(widths, Math.floor(hour / 24));
    });
  }
}

/**
 * The score at a rank: half of it as the scores fell, half as if they fell to both sides alike, since what is known of a
 * tail is little.
 */
function scoreAt({ ascending, sizes }: Pool, rank: number): number {
  const mirrored = Math.sign(rank - 0.5) * Math.max(conformalQuantile(sizes, Math.abs(2 * rank - 1)), 0);
  return (conformalQuantile(ascending, rank) + mirrored) / 2;
}

/** Means over the near hours of the same day ahead, around midnight as well. */
function nearMeans(values: Float64Array): Float64Array {
  return values.map((_, hour) => {
    const day = 24 * Math.floor(hour / 24);
    let sum = 0;
    for (let near = -NEAR; near <= NEAR; near++) sum += at(values, day + ((hour - day + near + 24) % 24));
    return sum / (2 * NEAR + 1);
  });
}

/**
 * The quantile of m ascending scores at place rank · (m + 1), which covers what is exchangeable with them (Vovk et al.,
 * Algorithmic Learning in a Random World, 2005). Past the extremes it goes on, at most by half of the outer twentieth.
 */
function conformalQuantile(ascending: Float64Array, rank: number): number {
  const count = ascending.length;
  const place = rank * (count + 1) - 1;
  if (place >= 0 && place <= count - 1) return quantile(ascending, place / (count - 1));
  const outer = Math.max(1, Math.floor(count / 20));
  const [edge, inner] = place < 0 ? [0, outer] : [count - 1, count - 1 - outer];
  const beyond = place < 0 ? -place : place - count + 1;
  const reach = 0.5 * Math.min(1, beyond / (0.05 * count + 1));
  return at(ascending, edge) + reach * (at(ascending, edge) - at(ascending, inner));
}
