/**
 * What to do with one step at one moment: its phase and its place in the plan in, one act out. Pure.
 *
 * @module
 */
import { continueBy, fitTogether, type PlannedStep, type Progress } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import { type Instant, MINUTE, type Millis, millis, SECOND } from '../units.ts';
import type { Needs, Step } from '../workload/index.ts';
import type { Phase, PhasesByStep, StepRun } from './step-phase.ts';

export type Act =
  | { readonly act: 'none' }
  | { readonly act: 'start'; readonly number: number }
  /** Thaw it, or take back that it was asked to stop. */
  | { readonly act: 'resume'; readonly run: StepRun }
  | { readonly act: 'pause'; readonly run: StepRun; readonly resumeBy: Instant; readonly mode: 'freeze' | 'checkpoint' }
  /** It did not write its checkpoint in time: stop it where it is. */
  | { readonly act: 'freeze'; readonly run: StepRun };

const NONE: Act = { act: 'none' };

export interface Situation {
  readonly step: Step;
  readonly phase: Phase;
  /** What it waits for is done. */
  readonly free: boolean;
  /** Its site holds it beside what has begun there and not ended: see {@link hasRoom}. */
  readonly room: () => boolean;
  readonly planned: PlannedStep | undefined;
  /** How long it runs, in the way in which it runs. */
  readonly duration: Millis;
  /** That, less what it has run. */
  readonly remaining: Millis;
  /** Time held back for latency, as the plan holds it back. */
  readonly margin: Millis;
  readonly now: Instant;
}

export function decide(situation: Situation): Act {
  const { phase, free, room, planned, now } = situation;
  if (!free) return NONE;
  switch (phase.phase) {
    case 'again':
      return { act: 'start', number: phase.next };
    case 'waiting':
      return planned === undefined || (wanted(planned, now) && room()) || now >= planned.latestStart
        ? { act: 'start', number: phase.next }
        : NONE;
    case 'paused':
      if (planned !== undefined && !wanted(planned, now) && now < Math.min(phase.pause.resumeBy, planned.latestStart)) {
        return NONE;
      }
      return phase.next === undefined ? { act: 'resume', run: phase.run } : { act: 'start', number: phase.next };
    case 'pausing':
      return whilePausing(situation, phase);
    case 'running':
      return whileRunning(situation, phase.run);
    case 'done':
    case 'failed':
      return NONE;
  }
}

/**
 * Whether the site of a step holds it beside the steps that have begun there and not ended. Of those that were to have
 * ended by its planned start, some run longer than expected; until its latest start it waits for them.
 */
export function hasRoom(
  step: Step,
  steps: readonly Step[],
  phases: PhasesByStep,
  siteOf: (step: string) => Pick<Site, 'name' | 'capacity'>,
  needsOf: (step: Step) => Needs,
): boolean {
  const site = siteOf(step.name);
  const beside = steps.filter(({ name }) => {
    const phase = phases.get(name)?.phase ?? 'waiting';
    return name !== step.name && !AT_REST.includes(phase) && siteOf(name).name === site.name;
  });
  return fitTogether([step, ...beside].map(needsOf), site.capacity);
}

const AT_REST: readonly Phase['phase'][] = ['waiting', 'done', 'failed'];

function whilePausing({ planned, step, now }: Situation, phase: Extract<Phase, { phase: 'pausing' }>): Act {
  const { run, pause } = phase;
  if (pause.mode === 'freeze') {
    // Asked to stand still and does not yet: ask again, or take it back.
    return planned !== undefined && !wanted(planned, now) && now < pause.resumeBy
      ? { act: 'freeze', run }
      : { act: 'resume', run };
  }
  // A checkpoint that is under way is let finish: it ends, and is started again.
  const patience = step.interruptible.mode === 'checkpoint' ? 2 * step.interruptible.checkpoint : 0;
  return now > pause.at + patience ? { act: 'freeze', run } : NONE;
}

function whileRunning({ planned, step, duration, remaining, margin, now }: Situation, run: StepRun): Act {
  if (planned === undefined || step.interruptible.mode === 'never') return NONE;
  if (remaining <= least(duration)) return NONE;
  // The time of writing a checkpoint is part of the interval that it ends: that is when it is asked for.
  const current = planned.intervals.find((interval) => interval.start <= now && now < interval.end);
  const lead = step.interruptible.mode === 'checkpoint' ? step.interruptible.checkpoint : 0;
  if (current !== undefined && now < current.end - lead) return NONE;
  const continues = planned.intervals.find((interval) => interval.start > now);
  const resumeBy = continueBy(step, planned.deadline, remaining, margin);
  if (continues === undefined || now >= resumeBy) return NONE;
  return { act: 'pause', run, resumeBy, mode: step.interruptible.mode };
}

/** Whether the plan has the step running at `now`. */
export const wanted = (planned: PlannedStep, now: Instant): boolean =>
  planned.intervals.some(({ start, end }) => start <= now && now < end);

/** What the planner must respect of work that has begun. `remaining` is on the run's clock. */
export function progressOf(
  phase: Phase,
  where: { readonly site: string; readonly level: number },
  remaining: Millis,
  at: (wall: Instant) => Instant,
): Progress {
  switch (phase.phase) {
    case 'done':
      return { state: 'done', at: at(phase.at) };
    case 'running':
    case 'pausing':
      return { state: 'running', ...where, remaining };
    case 'paused':
      return { state: 'paused', ...where, remaining };
    case 'again':
    case 'waiting':
    case 'failed':
      return { state: 'waiting' };
  }
}

/** A duration less what has run of it, in whole seconds; never nothing, since a step that runs is not done. */
export const left = (duration: Millis, ran: Millis): Millis =>
  millis(Math.ceil(Math.max(least(duration), duration - ran) / SECOND) * SECOND);

/** A step with no more than this left is nearly done, or past its duration, and is not paused any more. */
const least = (duration: Millis): Millis => millis(Math.max(SECOND, Math.min(MINUTE, duration / 20)));
