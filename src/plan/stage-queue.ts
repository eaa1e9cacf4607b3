/**
 * What a scheduler sees of jobs that came to a cluster of executors: stages of equal tasks, what of them has begun, and
 * the executors that are free to go somewhere. Times are ms from the start of the stream.
 *
 * @module
 */
import { item } from './at.ts';

/**
 * Tasks that may run beside each other once every stage in `after` (indices) has ended. The first task of an executor in
 * the stage takes `firstMs`, each later one `taskMs`.
 */
export interface Stage {
  readonly tasks: number;
  readonly firstMs: number;
  readonly taskMs: number;
  readonly after: readonly number[];
}

/** A stage under way. `begun` counts tasks that were handed out, `coming` executors on their way to it or waiting in it. */
export interface StageState extends Stage {
  readonly begun: number;
  readonly ended: number;
  readonly coming: number;
}

/**
 * A job that has come and has not ended: the same object each time it is seen. `executors` counts those that belong to
 * it or are on their way to it.
 */
export interface JobState {
  readonly arrivedMs: number;
  readonly stages: readonly StageState[];
  readonly executors: number;
}

/** The jobs that have come and have not ended, in the order of their coming. `busy` executors run a task or are on their way. */
export interface StageQueue {
  readonly nowMs: number;
  /** When the last job came, whether it has ended or not. */
  readonly lastArrivalMs: number;
  readonly executors: number;
  readonly busy: number;
  readonly jobs: readonly JobState[];
}

/** Executors without a task, of one job or of none. */
export interface Offer {
  readonly job: JobState | undefined;
  readonly executors: number;
}

/** Executors for a stage. One of another job, or of none, takes the cluster's moving time and begins cold. */
export interface Placement {
  readonly job: JobState;
  readonly stage: number;
  readonly executors: number;
}

/**
 * Asked again until all executors of an offer have gone. `stay` leaves the rest where it is, with its job if it has one;
 * `release` takes the rest away from its job, so that it begins cold wherever it goes next.
 */
export type Schedule = (queue: StageQueue, offer: Offer) => Placement | 'stay' | 'release';

/** Tasks for which no executor is there or on its way. */
export const unclaimed = (stage: StageState): number => Math.max(0, stage.tasks - stage.begun - stage.coming);

/** Every stage before it has ended. */
export function isReady(job: JobState, stage: StageState): boolean {
  for (const index of stage.after) {
    const before = item(job.stages, index);
    if (before.ended < before.tasks) return false;
  }
  return true;
}

/** Executors may be sent: tasks are left for them, and every task of the stages before it is claimed. */
export function isOpen(job: JobState, stage: StageState): boolean {
  if (unclaimed(stage) === 0) return false;
  for (const index of stage.after) if (unclaimed(item(job.stages, index)) > 0) return false;
  return true;
}

/** The first open stage of a job that is ready, or else the first open one; -1 without any. */
export function nextStage(job: JobState): number {
  let open = -1;
  for (const [index, stage] of job.stages.entries()) {
    if (!isOpen(job, stage)) continue;
    if (isReady(job, stage)) return index;
    if (open < 0) open = index;
  }
  return open;
}

/** Indices in an order in which each stage comes after those before it. O(stages + edges). */
export function topological(stages: readonly Stage[]): number[] {
  const order: number[] = [];
  const isSeen = new Uint8Array(stages.length);
  const visit = (index: number): void => {
    if (isSeen[index] === 1) return;
    isSeen[index] = 1;
    for (const before of item(stages, index).after) visit(before);
    order.push(index);
  };
  for (let index = 0; index < stages.length; index++) visit(index);
  return order;
}
