/**
 * How many executors each job of a stream should have now, so that its work falls into clean hours and is spread thinly
 * enough to waste little, and is still done by its deadline. It knows the jobs that have come, and a forecast.
 * Formulae and their sources are in `docs/methods/planning-dags.md`.
 *
 * @module
 */
import { at, item } from './at.ts';
import {
  isOpen,
  isReady,
  type JobState,
  type Offer,
  type Placement,
  type Schedule,
  type Stage,
  type StageQueue,
  unclaimed,
} from './stage-queue.ts';

/** Intensities to come in g/kWh, `intensityG[0]` for the hour under way. */
export type HourForecast = (nowMs: number) => Float64Array;

export interface StagePolicy {
  readonly hourMs: number;
  readonly forecast: HourForecast;
  /** By when a job has to have ended. What cannot be done by then is done as soon as it can. */
  readonly deadlineMs: (job: JobState, queue: StageQueue) => number;
  /** How long an executor is away that goes to another job, and what its first task there takes longer. */
  readonly movingMs: number;
  readonly warmUpMs: number;
  readonly packing: number;
  readonly least: number;
}

/** What is left of a job. */
export interface Remaining {
  /** Time of one executor for all tasks that have not begun, each taken as a later one. */
  readonly workMs: number;
  /** What one executor more adds to it: a first task in each stage that is left, and the warm-up. */
  readonly perExecutorMs: number;
  /** The longest chain of first tasks. */
  readonly chainMs: number;
  /** The most executors that any stage can use. */
  readonly widest: number;
}

/** The chain of first tasks from the beginning of each stage to the end of the job. O(stages²). */
export function chainsOf(stages: readonly Stage[]): Float64Array {
  const chains = new Float64Array(stages.length);
  const follow = (index: number): number => {
    if (at(chains, index) > 0) return at(chains, index);
    let longest = 0;
    for (const [next, { after }] of stages.entries()) if (after.includes(index)) longest = Math.max(longest, follow(next));
    chains[index] = longest + item(stages, index).firstMs;
    return at(chains, index);
  };
  for (let index = 0; index < chains.length; index++) follow(index);
  return chains;
}

function remaining(job: JobState, chains: Float64Array, warmUpMs: number): Remaining {
  let [workMs, perExecutorMs, chainMs, widest] = [0, warmUpMs, 0, 0];
  for (const [index, { tasks, begun, ended, firstMs, taskMs }] of job.stages.entries()) {
    if (ended < tasks) chainMs = Math.max(chainMs, at(chains, index));
    if (begun === tasks) continue;
    workMs += (tasks - begun) * taskMs;
    perExecutorMs += firstMs - taskMs;
    widest = Math.max(widest, tasks - begun);
  }
  return { workMs, perExecutorMs, chainMs, widest };
}

/**
 * Executors in each hour, so that `work` is done at least cost where an hour costs c·(m + θ·m²): m = (λ/c − 1) / 2θ,
 * with the price λ at which the hours, of length `lengths`, hold the work. Bisection on λ; the room everywhere where
 * even that holds less. O(30 · hours).
 */
export function spread(
  work: number,
  theta: number,
  room: Float64Array,
  intensityG: Float64Array,
  lengths: Float64Array,
): Float64Array {
  const level = (price: number, h: number): number =>
    Math.min(at(room, h), Math.max(0, price / Math.max(at(intensityG, h), 1e-9) - 1) / (2 * theta));
  let low = 0;
  let high = 0;
  for (let h = 0; h < lengths.length; h++) high = Math.max(high, at(intensityG, h) * (1 + 2 * theta * at(room, h)));
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    let held = 0;
    for (let h = 0; h < lengths.length; h++) held += level(middle, h) * at(lengths, h);
    if (held < work) low = middle;
    else high = middle;
  }
  return lengths.map((_, h) => level(high, h));
}

/** Plans are made anew so often, and when a job comes. */
const REPLANS_AN_HOUR = 60;

/** The schedule of this policy; see `StagePolicy`. */
export function carbonAware(policy: StagePolicy): Schedule {
  const chains = new WeakMap<JobState, Float64Array>();
  const chainsIn = (job: JobState): Float64Array => {
    const known = chains.get(job) ?? chainsOf(job.stages);
    chains.set(job, known);
    return known;
  };
  let shares = new Map<JobState, number>();
  let plannedMs = Number.NEGATIVE_INFINITY;
  return (queue, offer) => {
    const isStale = queue.nowMs - plannedMs >= policy.hourMs / REPLANS_AN_HOUR;
    if (isStale || queue.jobs.some((job) => !shares.has(job))) {
      shares = sharesOf(queue, policy, chainsIn);
      plannedMs = queue.nowMs;
    }
    return place(queue, offer, shares, chainsIn);
  };
}

type Chains = (job: JobState) => Float64Array;

/** Executors that each job should have now. The most urgent job takes its hours first, the others what it leaves. */
function sharesOf(queue: StageQueue, policy: StagePolicy, chains: Chains): Map<JobState, number> {
  const forecast = policy.forecast(queue.nowMs);
  const room = new Float64Array(forecast.length).fill(queue.executors * policy.packing);
  const wishes = queue.jobs.map((job) => {
    const rest = remaining(job, chains(job), policy.warmUpMs);
    return { job, ...rest, untilMs: policy.deadlineMs(job, queue) - rest.chainMs - policy.movingMs - policy.warmUpMs };
  });
  wishes.sort((a, b) => a.untilMs - b.untilMs);
  return new Map(
    wishes.map(({ job, workMs, perExecutorMs, widest, untilMs }) => {
      if (workMs === 0) return [job, 0];
      const lengths = hoursUntil(queue.nowMs, untilMs, policy.hourMs, forecast.length);
      if (lengths.length === 0) return [job, Math.min(queue.executors, widest)];
      const levels = spread(workMs, perExecutorMs / workMs, room.map((left) => Math.min(left, widest)), forecast, lengths);
      levels.forEach((level, h) => {
        room[h] = at(room, h) - level;
      });
      return [job, Math.ceil(at(levels, 0) - policy.least)];
    }),
  );
}

/** Lengths of the hours, or parts of them, from now to `untilMs`; at most `most`. */
function hoursUntil(nowMs: number, untilMs: number, hourMs: number, most: number): Float64Array {
  const first = Math.floor(nowMs / hourMs);
  const count = Math.min(most, Math.max(0, Math.ceil(untilMs / hourMs) - first));
  return new Float64Array(count).map(
    (_, h) => Math.min(untilMs, (first + h + 1) * hourMs) - Math.max(nowMs, (first + h) * hourMs),
  );
}

function place(
  queue: StageQueue,
  offer: Offer,
  shares: ReadonlyMap<JobState, number>,
  chains: Chains,
): Placement | 'stay' | 'release' {
  const own = offer.job;
  let free = offer.executors;
  if (own !== undefined) {
    const keep = Math.min(free, (shares.get(own) ?? 0) - (own.executors - free));
    const stage = keep > 0 ? bestStage(own, chains(own)) : -1;
    if (stage >= 0) return { job: own, stage, executors: Math.min(keep, unclaimed(item(own.stages, stage))) };
    // Warm executors leave only for work that no cold one is there for.
    const cold = queue.executors - queue.jobs.reduce((sum, job) => sum + job.executors, 0);
    let wanted = -cold;
    for (const [job, share] of shares) if (job !== own && queue.jobs.includes(job)) wanted += Math.max(0, share - job.executors);
    free = Math.min(free - Math.max(0, keep), wanted);
    if (free <= 0) return 'stay';
  }
  for (const [job, share] of shares) {
    const wanted = share - job.executors;
    const stage = wanted > 0 && job !== own && queue.jobs.includes(job) ? bestStage(job, chains(job)) : -1;
    if (stage >= 0) return { job, stage, executors: Math.min(free, wanted, unclaimed(item(job.stages, stage))) };
  }
  return 'stay';
}

/** The open stage with the longest chain from it on, one that is ready before one that is not; -1 without any. */
function bestStage(job: JobState, chains: Float64Array): number {
  let best = -1;
  let bestKey = -1;
  for (const [index, stage] of job.stages.entries()) {
    if (!isOpen(job, stage)) continue;
    const key = at(chains, index) + (isReady(job, stage) ? 1e9 : 0);
    if (key > bestKey) [best, bestKey] = [index, key];
  }
  return best;
}
