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

/** Running time, in ms, that lies before the step: at least a second for work that has begun and overruns. */
export function remainingOf(step: Step, progress: Progress): number {
  return progress.state === 'running' || progress.state === 'paused'
    ? Math.max(1_000, progress.remaining)
    : step.duration;
}

/**
 * The guards of all steps that have not ended, by step name. A step's deadline is the workflow's, less the durations
 * and margins of the longest way from it to the end; its latest start leaves its own duration (what remains of it, and
 * the restart, for paused work) and margin. O(steps + arcs).
 *
 * @param limits further latest ends by step name (ms since 1970), margin not yet included
 */
export function latestStarts(
  request: GuardRequest,
  limits: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, Guard> {
  const { workflow, margin = 0 } = request;
  const deadlines = new Map<string, number>();
  const guards = new Map<string, Guard>();
  for (const step of workflow.steps.toReversed()) {
    const progress = progressOf(request, step);
    const limit = (limits.get(step.name) ?? Number.POSITIVE_INFINITY) + margin;
    const deadline = Math.min(workflow.deadline, limit, deadlines.get(step.name) ?? Number.POSITIVE_INFINITY);
    const restart = progress.state === 'paused' ? restartOf(step) : 0;
    const latestStart = deadline - remainingOf(step, progress) - restart - margin;
    for (const before of step.after) {
      deadlines.set(before, Math.min(latestStart, deadlines.get(before) ?? Number.POSITIVE_INFINITY));
    }
    if (progress.state !== 'done') {
      guards.set(step.name, { deadline: instant(deadline), latestStart: instant(latestStart) });
    }
  }
  return guards;
}
