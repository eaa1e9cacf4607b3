/**
 * A plan as JSON: instants as RFC 3339 in UTC, units in the names of the fields.
 *
 * @module
 */
import { formatInstant, type Instant } from '../units.ts';
import type { Plan, PlannedStep } from './plan.ts';

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
