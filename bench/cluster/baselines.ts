/**
 * The schedulers to compare with: Spark's first in, first out; a fair share for each job; and CAP on either, which lets
 * fewer executors run the dirtier the hour is (Lechowicz et al., "Carbon- and Precedence-Aware Scheduling for Data
 * Processing Clusters", SIGMETRICS 2025), written anew from the description and from how the authors' simulator behaves.
 *
 * @module
 */
import {
  type JobState,
  nextStage,
  type Offer,
  type Schedule,
  type StageQueue,
  unclaimed,
} from '../../src/plan/index.ts';

/** How many executors of other jobs, or of none, a job may still be given. */
type Room = (queue: StageQueue, job: JobState) => number;

/** Free executors go to their own job while it has a stage for them, else to the first job that has one, and room. */
function inOrder(room: Room): Schedule {
  return (queue, { job: own, executors }) => {
    const others = queue.jobs.filter((job) => job !== own && room(queue, job) > 0);
    for (const job of own === undefined ? others : [own, ...others]) {
      const stage = nextStage(job);
      const found = job.stages[stage];
      if (found === undefined) continue;
      const most = job === own ? executors : room(queue, job);
      return { job, stage, executors: Math.min(unclaimed(found), executors, most) };
    }
    return 'stay';
  };
}

/** Spark's default: the first job takes all that it can use. */
export const fifo: Schedule = inOrder((queue, job) => queue.executors - job.executors);

/** Each job with tasks left may have an equal part of the executors. */
export const weightedFair: Schedule = inOrder((queue, job) => fairShare(queue, queue.executors) - job.executors);

const fairShare = ({ jobs }: StageQueue, executors: number): number =>
  Math.ceil(executors / Math.max(1, jobs.filter(({ stages }) => stages.some((stage) => unclaimed(stage) > 0)).length));

/** Weighted fair, of what CAP lets run. */
export const weightedFairOf =
  (cap: Cap): Schedule =>
  (queue, offer) =>
    capped(
      inOrder((all, job) => fairShare(all, cap(all.nowMs)) - job.executors),
      cap,
    )(queue, offer);

/** How many executors may run at a time. */
export type Cap = (nowMs: number) => number;

/** At most `cap` executors run: where they do, free ones are let go until the scheduler is asked again. */
export function capped(schedule: Schedule, cap: Cap): Schedule {
  return (queue: StageQueue, offer: Offer) => {
    const room = cap(queue.nowMs) - queue.busy;
    if (room <= 0) return 'release';
    return schedule(queue, { ...offer, executors: Math.min(offer.executors, room) });
  };
}

/** Executors that CAP always leaves running, of 100, as the authors set it. */
const LEAST_PART = 0.2;
/** CAP knows the least and the largest intensity of so many hours, this one included. */
const KNOWN_HOURS = 48;

/**
 * The thresholds of k-search for minimisation (Lorenz et al., "Optimal algorithms for k-search with application in option
 * pricing", Algorithmica 2009), which CAP takes for its executors beyond the first B: Φᵢ = U (1 − (1 − 1/α)(1 + 1/(kα))^(i−1))
 * with α = 1 / (1 + W((L/U − 1)/e)). As many run as have a threshold at or above the intensity.
 */
export function kSearchCap(forecast: (nowMs: number) => Float64Array, hourMs: number, executors: number): Cap {
  const least = Math.round(LEAST_PART * executors);
  const k = executors - least;
  const caps = new Map<number, number>();
  const capIn = (hour: number): number => {
    const known = forecast(hour * hourMs).subarray(0, KNOWN_HOURS);
    const [now, low, high] = [known[0] ?? 0, Math.min(...known), Math.max(...known)];
    if (!(low < high)) return executors;
    const alpha = 1 / (1 + lambertW((low / high - 1) / Math.E));
    const thresholds = Array.from({ length: k }, (_, i) => high * (1 - (1 - 1 / alpha) * (1 + 1 / (k * alpha)) ** i));
    const closed = thresholds.findIndex((threshold) => threshold < now);
    return closed < 0 ? executors : least + closed;
  };
  return (nowMs) => {
    const hour = Math.floor(nowMs / hourMs);
    const cap = caps.get(hour) ?? capIn(hour);
    caps.set(hour, cap);
    return cap;
  };
}

/** The principal branch of Lambert's W on [−1/e, 0], by Halley's method. */
export function lambertW(x: number): number {
  let w = Math.max(-1 + 1e-9, -1 + Math.sqrt(Math.max(0, 2 * (1 + Math.E * x))));
  for (let i = 0; i < 60; i++) {
    const error = w * Math.exp(w) - x;
    const step = error / (Math.exp(w) * (w + 1) - ((w + 2) * error) / (2 * w + 2));
    w -= step;
    if (!(Math.abs(step) > 1e-14)) break;
  }
  return w;
}
