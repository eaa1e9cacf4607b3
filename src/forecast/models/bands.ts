/**
 * How far the truth may lie from a forecast, learned from how far it lay: rolling conformal bands on errors measured in
 * local scales, whose tails widen after misses and narrow after hits (adaptive conformal inference).
 *
 * Forecasts are issued and their days observed in the order in which that happens.
 *
 * @module
 */
import { at, clamp, HORIZON, quantile } from './numbers.ts';

/** Tails that are followed; others lie between them. */
const TAILS = [0.025, 0.05, 0.1, 0.25] as const;
/** Origins whose scores make the band. */
const WINDOW = 120;
/** Scores that come before the first scale is settled say little. */
const WARM_UP = 20;
/** Fewer scores than this, and there is no band. */
const FEWEST = 10;
/** Half-life of the local scale, in origins. */
const HALF_LIFE = 30;
/** Neighbouring hours whose errors count as one's own. */
const NEAR = 2;
/** How much the scale follows the experts' disagreement. */
const SPREAD_POWER = 0.3;
/** What a spread counts at least, so that agreement by chance is no certainty. */
const LEAST_SPREAD = 0.003;
/** How fast a tail follows its misses. */
const RATE = 0.05;
/** Further ahead, the share of the feedback that comes from the first day, which is days fresher. */
const FRESH = 0.5;
/** By day ahead, the share of the nominal tail in the tail used: late feedback overshoots. */
const NOMINAL = [0, 0.3, 0.3, 0.3] as const;

/** A forecast with what its band was made from. */
interface Issue {
  readonly logs: Float64Array;
  readonly spread: Float64Array;
  /** ln of what a score of 1 is; `NaN` before any scale is known. */
  readonly scale: Float64Array;
  /** By lower tails, then upper tails: errors at the edge. */
  readonly edges: readonly Float64Array[];
}

export class Bands {
  /** By hour ahead: running means of |error| and spread, and their weight. */
  readonly #errors = new Float64Array(HORIZON);
  readonly #spreads = new Float64Array(HORIZON);
  readonly #weights = new Float64Array(HORIZON);
  readonly #seen = new Int32Array(4);
  readonly #scores: readonly number[][] = Array.from({ length: HORIZON }, () => []);
  /** By hour ahead, ascending, with those of near hours; refreshed when a day is observed. */
  readonly #pools: Float64Array[] = Array.from({ length: HORIZON }, () => new Float64Array(0));
  /** By day ahead: lower tails, then upper tails. */
  readonly #tails = Array.from({ length: 4 }, () => Float64Array.from([...TAILS, ...TAILS]));
  /** The newest misses of the first day, by tail. */
  #fresh: Float64Array | undefined;
  readonly #issues = new Map<number, Issue>();

  /**
   * Remembers a forecast, so that its days can be observed.
   *
   * @param intensityG g/kWh, 96 hours
   * @param spread of the experts' logarithms
   */
  issue(origin: number, intensityG: Float64Array, spread: Float64Array): void {
    const near = nearMeans(spread).map((value) => value + LEAST_SPREAD);
    const logs = intensityG.map(Math.log);
    const errors = nearMeans(this.#errors);
    const scale = errors.map((error, hour) => {
      const usual = at(this.#spreads, hour) / at(this.#weights, hour);
      return (error / at(this.#weights, hour)) * (at(near, hour) / usual) ** SPREAD_POWER;
    });
    const tails = [...TAILS, ...TAILS.map((tail) => 1 - tail)];
    const draft = { logs, spread: near, scale, edges: [] };
    this.#issues.set(origin, { ...draft, edges: tails.map((rank) => this.#edge(draft, rank)) });
  }

  /**
   * g/kWh at `rank` (0 to 1) for each hour of the forecast issued at `origin`, after all that was observed by now; `NaN`
   * where too little is known yet, or where all of its days were observed.
   */
  at(origin: number, rank: number): Float64Array {
    const issue = this.#issues.get(origin);
    if (issue === undefined) return new Float64Array(HORIZON).fill(Number.NaN);
    return this.#edge(issue, rank).map((edge, hour) => Math.exp(at(issue.logs, hour) + edge));
  }

  /** What came on one day ahead of a forecast that was issued. A day with a gap teaches nothing. O(600 log 600 · 24). */
  observe(origin: number, day: number, truthG: Float64Array): void {
    const issue = this.#issues.get(origin);
    if (issue === undefined) return;
    if (day === 3) this.#issues.delete(origin);
    const decay = 0.5 ** (1 / HALF_LIFE);
    const seen = this.#seen[day] ?? 0;
    const errors = Float64Array.from(
      { length: 24 },
      (_, i) => Math.log(at(truthG, 24 * day + i)) - at(issue.logs, 24 * day + i),
    );
    if (errors.some((error) => !Number.isFinite(error))) return;
    this.#adapt(issue, day, errors);
    errors.forEach((error, i) => {
      const hour = 24 * day + i;
      this.#errors[hour] = decay * at(this.#errors, hour) + Math.abs(error);
      this.#spreads[hour] = decay * at(this.#spreads, hour) + at(issue.spread, hour);
      this.#weights[hour] = decay * at(this.#weights, hour) + 1;
      const score = error / at(issue.scale, hour);
      if (seen < WARM_UP || !Number.isFinite(score)) return;
      const scores = this.#scores[hour] ?? [];
      scores.push(score);
      if (scores.length > WINDOW) scores.shift();
    });
    this.#seen[day] = seen + 1;
    for (let i = 0; i < 24; i++) {
      const pool: number[] = [];
      for (let near = -NEAR; near <= NEAR; near++)
        pool.push(...(this.#scores[24 * day + ((i + near + 24) % 24)] ?? []));
      this.#pools[24 * day + i] = Float64Array.from(pool).sort();
    }
  }

  /** Gibbs and Candès, NeurIPS 2021: a tail grows by its rate times what it was missed too much. */
  #adapt({ edges }: Issue, day: number, errors: Float64Array): void {
    const misses = Float64Array.from(edges, (edge, tail) => {
      if (Number.isNaN(at(edge, 24 * day))) return Number.NaN;
      const isLower = tail < TAILS.length;
      let count = 0;
      errors.forEach((error, i) => {
        if (isLower ? error < at(edge, 24 * day + i) : error > at(edge, 24 * day + i)) count += 1;
      });
      return count / 24;
    });
    if (misses.some(Number.isNaN)) return;
    if (day === 0) this.#fresh = misses;
    const tails = this.#tails[day];
    tails?.forEach((tail, i) => {
      const nominal = TAILS[i % TAILS.length] ?? 0;
      const own = at(misses, i);
      const miss = day === 0 || this.#fresh === undefined ? own : (1 - FRESH) * own + FRESH * at(this.#fresh, i);
      tails[i] = clamp(tail + RATE * (nominal - miss), 0.0005, 0.49);
    });
  }

  /** The error at a rank, in logarithms, for each hour. */
  #edge({ scale }: Pick<Issue, 'scale'>, rank: number): Float64Array {
    const used = [0, 1, 2, 3].map((day) => this.#adapted(rank, day));
    const edge = new Float64Array(HORIZON);
    for (let hour = 0; hour < HORIZON; hour++) {
      const pool = this.#pools[hour] ?? new Float64Array(0);
      const isThin = pool.length < FEWEST * (2 * NEAR + 1);
      edge[hour] = isThin ? Number.NaN : conformalQuantile(pool, used[Math.floor(hour / 24)] ?? rank) * at(scale, hour);
    }
    return edge;
  }

  /** The rank that is read instead of the one asked for, on a line between the tails that are followed. */
  #adapted(rank: number, day: number): number {
    const isLower = rank <= 0.5;
    const wanted = isLower ? rank : 1 - rank;
    const offset = isLower ? 0 : TAILS.length;
    const tails = this.#tails[day] ?? new Float64Array(0);
    const nominal = NOMINAL[day] ?? 0;
    let [from, to, low, high] = [0, 0.5, 0, 0.5];
    TAILS.forEach((tail, i) => {
      const adapted = at(tails, offset + i);
      const used = (1 - nominal) * adapted + nominal * tail;
      if (tail <= wanted) [from, low] = [tail, Math.max(low, used)];
      else if (tail < to) [to, high] = [tail, used];
    });
    const used = low + ((wanted - from) / (to - from)) * Math.max(high - low, 0);
    return isLower ? used : 1 - used;
  }
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
