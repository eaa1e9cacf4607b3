/**
 * Guards: the instants after which a step no longer waits, whatever the grid says, so that everything after it still
 * ends by the deadline.
 *
 * @module
 */
import { type Instant, instant } from '../units.ts';
import type { Step } from '../workload/index.ts';
import type { PlanRequest, Progress } from './plan.ts';

export interface Guard {
  /** Latest end of the step. */
  readonly deadline: Instant;
  /** Latest start, or continuation of paused work. */
  readonly latestStart: Instant;
}

/** What {@link latestStarts} needs of a request. */
export type GuardRequest = Pick<PlanRequest, 'workflow' | 'progress' | 'margin'>;

const WAITING: Progress = { state: 'waiting' };

/** Where a step stands; waiting when nothing is said. */
export const progressOf = (request: Pick<PlanRequest, 'progress'>, step: Step): Progress =>
  request.progress?.[step.name] ?? WAITING;

/** Time that continuing after a pause takes before work goes on, in ms. */
export const restartOf = (step: Step): number =>
  step.interruptible.mode === 'checkpoint' ? step.interruptible.restart : 0;

/** Running time, in ms, that lies before a step of this duration: at least a second for work that overruns. */
export function remainingOf(duration: number, progress: Progress): number {
  return progress.state === 'running' || progress.state === 'paused' ? Math.max(1_000, progress.remaining) : duration;
}

/**
 * Running time, in ms, that a step of these lengths is expected to take of the `remaining` that its guard leaves room for: its median, of
 * work that has begun the same share. Whole seconds of the latter, so that ticks stay coarse.
 */
export function expectedOf(of: Pick<Step, 'duration' | 'durationP50'>, remaining: number): number {
  const { duration, durationP50 } = of;
  if (remaining === duration || durationP50 >= duration) return Math.min(durationP50, remaining);
  return Math.min(remaining, Math.ceil((remaining * durationP50) / duration / 1_000) * 1_000);
}

/** The latest instant at which paused work, `remaining` ms of it left, goes on and still ends by `deadline`. */
export const continueBy = (step: Step, deadline: number, remaining: number, margin: number): Instant =>
  instant(deadline - remaining - restartOf(step) - margin);

/** Two steps of which the second was put after the first, since their site cannot hold both. */
export interface Queue {
  readonly first: string;
  readonly second: string;
}

/**
 * The guards of all steps that have not ended, by step name. A step's deadline is the workflow's, less the durations
 * and margins of the longest way from it to the end, over precedence and queues; its latest start leaves its own duration
 * (what remains of it, and the restart, for paused work) and margin. O(steps + arcs).
 *
 * @param limits further latest ends by step name (ms since 1970), margin not yet included
 * @param durations how long a step runs, ms, by its name; default: as declared
 */
export function latestStarts(
  request: GuardRequest,
  limits: ReadonlyMap<string, number> = new Map(),
  queues: readonly Queue[] = [],
  durations: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, Guard> {
  const { workflow, margin = 0 } = request;
  const deadlines = new Map<string, number>();
  const guards = new Map<string, Guard>();
  const before = waitsFor(workflow.steps, queues);
  for (const step of inOrder(workflow.steps, before).toReversed()) {
    const progress = progressOf(request, step);
    const limit = (limits.get(step.name) ?? Number.POSITIVE_INFINITY) + margin;
    const deadline = Math.min(workflow.deadline, limit, deadlines.get(step.name) ?? Number.POSITIVE_INFINITY);
    const remaining = remainingOf(durations.get(step.name) ?? step.duration, progress);
    const latestStart =
      progress.state === 'paused'
        ? continueBy(step, deadline, remaining, margin)
        : instant(deadline - remaining - margin);
    for (const name of before.get(step.name) ?? []) {
      deadlines.set(name, Math.min(latestStart, deadlines.get(name) ?? Number.POSITIVE_INFINITY));
    }
    if (progress.state !== 'done') {
      guards.set(step.name, { deadline: instant(deadline), latestStart });
    }
  }
  return guards;
}

function waitsFor(steps: readonly Step[], queues: readonly Queue[]): ReadonlyMap<string, readonly string[]> {
  const before = new Map<string, string[]>(steps.map((step) => [step.name, [...step.after]]));
  for (const { first, second } of queues) before.get(second)?.push(first);
  return before;
}

/** The steps, each behind those it waits for. Queues may run against the order of the file. */
function inOrder(steps: readonly Step[], before: ReadonlyMap<string, readonly string[]>): readonly Step[] {
  const open = new Map(steps.map((step) => [step.name, before.get(step.name)?.length ?? 0]));
  const behind = new Map<string, Step[]>();
  for (const step of steps) {
    for (const name of before.get(step.name) ?? []) behind.set(name, [...(behind.get(name) ?? []), step]);
  }
  const ordered = steps.filter((step) => open.get(step.name) === 0);
  for (const step of ordered) {
    for (const next of behind.get(step.name) ?? []) {
      const left = (open.get(next.name) ?? 0) - 1;
      open.set(next.name, left);
      if (left === 0) ordered.push(next);
    }
  }
  return ordered;
}
