/**
 * How many executors each job of a stream should have now, so that its work falls into clean hours, is spread thinly
 * enough to waste little, and has ended by its deadline. It knows the jobs that have come, and a forecast.
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
  topological,
  unclaimed,
} from './stage-queue.ts';

export interface StagePolicy {
  /** How long an intensity lasts. */
  readonly hourMs: number;
  /** Intensities in g/kWh from the hour under way on. What lies beyond them is not waited for. */
  readonly forecast: (nowMs: number) => Float64Array;
  /** By when a job is to have ended. What cannot be done by then is done as soon as it can. */
  readonly deadlineMs: (job: JobState, queue: StageQueue) => number;
  /** How long an executor is away that goes to another job, and how much longer its first task there takes. */
  readonly movingMs: number;
  readonly warmUpMs: number;
}

/** Of all executors, as many are planned for: the others wait for stages before theirs, or are on their way. */
const PACKING = 0.75;
/** Of these, at most this part is left free in later hours for jobs that have not come. */
const MOST_EXPECTED = 0.9;
/** Less than this of an executor is not begun with. */
const LEAST_EXECUTOR = 0.05;
/** Plans are made anew so often, and when a job comes or ends. */
const REPLANS_AN_HOUR = 60;

/** The schedule of this policy. Executors stay warm with their job unless another lacks them and no cold one is free. */
export function carbonAware(policy: StagePolicy): Schedule {
  const known = new WeakMap<JobState, Float64Array>();
  let workSoFarMs = 0;
  const chains: Chains = (job) => {
    const found = known.get(job) ?? chainsOf(job.stages);
    if (!known.has(job)) workSoFarMs += remaining(job, found, policy.warmUpMs).workMs;
    known.set(job, found);
    return found;
  };
  let shares: Shares = new Map();
  let plannedMs = Number.NEGATIVE_INFINITY;
  return (queue, offer) => {
    const isOld = queue.nowMs - plannedMs >= policy.hourMs / REPLANS_AN_HOUR;
    if (isOld || queue.jobs.length !== shares.size || !queue.jobs.every((job) => shares.has(job))) {
      queue.jobs.forEach(chains);
      const expected = workSoFarMs / (queue.nowMs + policy.hourMs);
      shares = sharesOf(queue, policy, chains, expected);
      plannedMs = queue.nowMs;
    }
    return place(queue, offer, shares, chains);
  };
}

/** The chains of a job, which do not change. */
type Chains = (job: JobState) => Float64Array;

/** Executors that each job should have now, the most urgent job first. */
type Shares = ReadonlyMap<JobState, number>;

/** The longest chain of first tasks, in ms, from the beginning of each stage to the end of the job. O(stages + edges). */
export function chainsOf(stages: readonly Stage[]): Float64Array {
  const chains = Float64Array.from(stages, ({ firstMs }) => firstMs);
  for (const index of topological(stages).toReversed()) {
    for (const before of item(stages, index).after) {
      chains[before] = Math.max(at(chains, before), item(stages, before).firstMs + at(chains, index));
    }
  }
  return chains;
}

/** What is left of a job. */
interface Remaining {
  /** Time of executors for the tasks that have not begun, each taken as a later one. */
  readonly workMs: number;
  /** What one executor more adds to it: the rest of a first task in each stage that is left, and the warm-up. */
  readonly perExecutorMs: number;
  readonly chainMs: number;
  /** The most executors that one stage can use. */
  readonly widest: number;
}

function remaining(job: JobState, chains: Float64Array, warmUpMs: number): Remaining {
  let [workMs, perExecutorMs, chainMs, widest] = [0, warmUpMs, 0, 0];
  for (const [index, { tasks, begun, ended, firstMs, taskMs }] of job.stages.entries()) {
    if (ended < tasks) chainMs = Math.max(chainMs, at(chains, index));
    if (begun === tasks) continue;
    workMs += (tasks - begun) * taskMs;
    perExecutorMs += Math.max(0, firstMs - taskMs);
    widest = Math.max(widest, tasks - begun);
  }
  return { workMs, perExecutorMs, chainMs, widest };
}

/**
 * The most urgent job takes its hours first, the others take what it leaves. `expected` executors will be busy with jobs
 * to come, if these are like those that came. Late jobs share alike, which wastes least. O(jobs · hours).
 */
function sharesOf(queue: StageQueue, policy: StagePolicy, chains: Chains, expected: number): Shares {
  const forecast = policy.forecast(queue.nowMs);
  const planned = queue.executors * PACKING;
  const room = new Float64Array(forecast.length).map((_, hour) =>
    hour === 0 ? planned : planned - Math.min(MOST_EXPECTED * planned, expected),
  );
  const wishes = queue.jobs.map((job) => {
    const rest = remaining(job, chains(job), policy.warmUpMs);
    return { job, ...rest, untilMs: policy.deadlineMs(job, queue) - rest.chainMs - policy.movingMs - policy.warmUpMs };
  });
  wishes.sort((a, b) => a.untilMs - b.untilMs);
  return new Map(
    wishes.map(({ job, workMs, perExecutorMs, widest, untilMs }) => {
      const lengths = hoursUntil(queue.nowMs, untilMs, policy.hourMs, forecast.length);
      if (workMs === 0 || lengths.length === 0)
        return [job, Math.min(Math.ceil(queue.executors / queue.jobs.length), widest)];
      const most = room.map((left) => Math.min(left, widest));
      const levels = spread(workMs, perExecutorMs / workMs, most, forecast, lengths);
      levels.forEach((level, hour) => {
        room[hour] = at(room, hour) - level;
      });
      return [job, Math.ceil(at(levels, 0) - LEAST_EXECUTOR)];
    }),
  );
}

/** Lengths of the hours, or parts of them, from now to `untilMs`; at most `most` of them. */
function hoursUntil(nowMs: number, untilMs: number, hourMs: number, most: number): Float64Array {
  const first = Math.floor(nowMs / hourMs);
  const count = untilMs <= nowMs ? 0 : Math.min(most, Math.ceil(untilMs / hourMs) - first);
  return new Float64Array(count).map(
    (_, hour) => Math.min(untilMs, (first + hour + 1) * hourMs) - Math.max(nowMs, (first + hour) * hourMs),
  );
}

/**
 * Executors m in each hour, so that `workMs` is done at least cost where an hour of intensity c costs c·(m + θ·m²):
 * m = (λ/c − 1) / 2θ, between 0 and `most`, at the price λ at which the hours hold the work (bisection). `most`
 * everywhere where even that holds less. O(30 · hours).
 */
export function spread(
  workMs: number,
  theta: number,
  most: Float64Array,
  intensityG: Float64Array,
  lengths: Float64Array,
): Float64Array {
  // A job of equal tasks on warm executors wastes nothing: the bend is then too small to matter.
  const bend = 2 * Math.max(theta, 1e-9);
  const level = (price: number, hour: number): number => {
    const wanted = (price / Math.max(at(intensityG, hour), 1e-9) - 1) / bend;
    return Math.max(0, Math.min(at(most, hour), wanted));
  };
  let low = 0;
  let high = 0;
  for (let hour = 0; hour < lengths.length; hour++) {
    high = Math.max(high, Math.max(at(intensityG, hour), 1e-9) * (1 + bend * at(most, hour)));
  }
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    let held = 0;
    for (let hour = 0; hour < lengths.length; hour++) held += level(middle, hour) * at(lengths, hour);
    if (held < workMs) low = middle;
    else high = middle;
  }
  return lengths.map((_, hour) => level(high, hour));
}

function place(queue: StageQueue, offer: Offer, shares: Shares, chains: Chains): Placement | 'stay' {
  const own = offer.job;
  if (own === undefined) return placeAmong(queue.jobs, offer.executors, shares, chains);
  const keep = Math.min(offer.executors, shareOf(shares, own) - (own.executors - offer.executors));
  const stage = keep > 0 ? bestStage(own, chains(own)) : -1;
  if (stage >= 0) return { job: own, stage, executors: Math.min(keep, unclaimed(item(own.stages, stage))) };
  const others = queue.jobs.filter((job) => job !== own);
  const cold = queue.executors - queue.jobs.reduce((sum, { executors }) => sum + executors, 0);
  const lacking = others.reduce((sum, job) => sum + Math.max(0, shareOf(shares, job) - job.executors), 0);
  return placeAmong(others, Math.min(offer.executors - Math.max(0, keep), lacking - cold), shares, chains);
}

const shareOf = (shares: Shares, job: JobState): number => shares.get(job) ?? 0;

/** At most `most` executors, for the most urgent of the jobs that has fewer than it should have, and a stage for them. */
function placeAmong(jobs: readonly JobState[], most: number, shares: Shares, chains: Chains): Placement | 'stay' {
  for (const job of most > 0 ? shares.keys() : []) {
    const lacking = shareOf(shares, job) - job.executors;
    const stage = lacking > 0 && jobs.includes(job) ? bestStage(job, chains(job)) : -1;
    if (stage < 0) continue;
    return { job, stage, executors: Math.min(most, lacking, unclaimed(item(job.stages, stage))) };
  }
  return 'stay';
}

/** Of the open stages that with the longest chain from it on, one that is ready before one that is not; -1 without any. */
function bestStage(job: JobState, chains: Float64Array): number {
  let best = -1;
  let bestChain = -1;
  let isBestReady = false;
  for (const [index, stage] of job.stages.entries()) {
    if (!isOpen(job, stage)) continue;
    const ready = isReady(job, stage);
    if (ready === isBestReady ? at(chains, index) <= bestChain : isBestReady) continue;
    [best, bestChain, isBestReady] = [index, at(chains, index), ready];
  }
  return best;
}
