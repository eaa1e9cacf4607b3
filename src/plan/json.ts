/**
 * A plan as JSON: instants as RFC 3339 in UTC, units in the names of the fields.
 *
 * @module
 */
import { formatInstant, type Instant } from '../units.ts';
import type { Explanation } from './explanation.ts';
import type { Plan, PlannedStep } from './plan.ts';
import type { Outline } from './what-if.ts';

type InstantsAsText<T> = T extends Instant
  ? string
  : T extends number | string | null | undefined
    ? T
    : { readonly [K in keyof T]: InstantsAsText<T[K]> };

/** A {@link Plan} whose instants are text. */
export type PlanJson = InstantsAsText<Plan>;

const stepToJson = (step: PlannedStep): InstantsAsText<PlannedStep> => ({
  ...step,
  earliest: formatInstant(step.earliest),
  deadline: formatInstant(step.deadline),
  latestStart: formatInstant(step.latestStart),
  intervals: step.intervals.map(({ start, end, level }) => ({
    start: formatInstant(start),
    end: formatInstant(end),
    level,
  })),
  runnerUp: step.runnerUp === null ? null : { ...step.runnerUp, start: formatInstant(step.runnerUp.start) },
});

/** Plain data, ready for `JSON.stringify`. */
export const planToJson = (plan: Plan): PlanJson => ({
  ...plan,
  createdAt: formatInstant(plan.createdAt),
  signals: Object.fromEntries(
    Object.entries(plan.signals).map(([zone, signal]) => [zone, { ...signal, asOf: formatInstant(signal.asOf) }]),
  ),
  steps: plan.steps.map(stepToJson),
  baseline: {
    ...plan.baseline,
    steps: plan.baseline.steps.map((step) => ({
      ...step,
      start: formatInstant(step.start),
      end: formatInstant(step.end),
    })),
  },
});

const spanToJson = <T extends { readonly start: Instant; readonly end: Instant }>({ start, end, ...rest }: T) => ({
  start: formatInstant(start),
  end: formatInstant(end),
  ...rest,
});

/** Plain data; lengths of time in seconds. */
export const explanationToJson = ({ planned, runNow, places, window, guard, pauses, levels }: Explanation) => ({
  ...stepToJson(planned),
  runNow: spanToJson(runNow),
  places: places.map((place) => ({ ...place, choice: place.choice === null ? null : spanToJson(place.choice) })),
  window: { ...spanToJson(window), slots: window.slots.map(spanToJson) },
  guard: {
    latestStart: formatInstant(guard.latestStart),
    deadline: formatInstant(guard.deadline),
    limit: guard.limit,
    through: guard.through.map(({ step, duration }) => ({ step, durationSeconds: duration / 1_000 })),
  },
  pauses: {
    count: pauses.count,
    checkpointSeconds: pauses.checkpoint / 1_000,
    restartSeconds: pauses.restart / 1_000,
  },
  levels: levels.map((one) => ({ ...one, choice: one.choice === null ? null : spanToJson(one.choice) })),
});

/** Plain data. */
export const outlineToJson = ({ deadline, finish, steps, ...rest }: Outline) => ({
  deadline: formatInstant(deadline),
  finish: finish === null ? null : formatInstant(finish),
  ...rest,
  steps: steps.map(spanToJson),
});
