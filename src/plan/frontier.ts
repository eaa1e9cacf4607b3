/**
 * The choice between performance and emissions: what each later finish saves, and what it costs.
 *
 * @module
 */
import type { Money } from '../site/index.ts';
import { type Grams, grams, type Instant, instant, MINUTE } from '../units.ts';
import { accountOf, endOf, type Placed, totalOf } from './account.ts';
import { decide } from './decide.ts';
import type { PlanRequest, StepPower } from './plan.ts';

/** A plan that no other beats in finish, grams and cost together. */
export interface FrontierPoint {
  /** When the last step ends. */
  readonly finish: Instant;
  readonly emissionsG: Grams;
  readonly cost: Money | null;
  /** The deadline that leads to it. */
  readonly deadline: Instant;
}

const EQUAL = 1e-9;

/** Whether `a` is at least as good as `b` in everything; unknown costs decide nothing. */
function dominates(a: FrontierPoint, b: FrontierPoint): boolean {
  const isCheap = a.cost === null || b.cost === null || a.cost.amount <= b.cost.amount * (1 + EQUAL);
  return a.finish <= b.finish && a.emissionsG <= b.emissionsG * (1 + EQUAL) && isCheap;
}

/**
 * Grams against finish and cost, Pareto-optimal, by finish: the best plans for `points` deadlines from the finish of
 * run-now to the deadline of the request, without the threshold below which nothing waits. Empty when no plan meets the
 * deadline. Takes as long as `points` plans.
 *
 * @throws Failure `plan/mixed-signals` as the plan does
 */
export function frontier(request: PlanRequest, power: StepPower, points = 12): readonly FrontierPoint[] {
  const { workflow, now } = request;
  const slot = request.slotMinutes * MINUTE;
  const policy = { ...workflow.policy, minPredictedSavingPercent: 0 };
  const whole = decide(request, power);
  if (whole.placed.length === 0) return [];
  const pointOf = (placed: readonly Placed[], deadline: Instant): FrontierPoint => {
    const { expectedG, cost } = totalOf(placed.map((one) => accountOf(one, now)));
    return { finish: instant(Math.max(...placed.map(endOf))), emissionsG: grams(expectedG), cost, deadline };
  };
  const soonest = pointOf(whole.rest, workflow.deadline);
  const found = [{ ...soonest, deadline: soonest.finish }];
  for (let i = 1; i < points; i++) {
    const later = ((workflow.deadline - soonest.finish) * i) / (points - 1);
    const deadline = instant(i === points - 1 ? workflow.deadline : soonest.finish + Math.floor(later / slot) * slot);
    const { placed } = decide({ ...request, workflow: { ...workflow, deadline, policy } }, power);
    if (placed.length > 0) found.push(pointOf(placed, deadline));
  }
  return found
    .filter((one, i) => !found.some((other, j) => dominates(other, one) && !(dominates(one, other) && i <= j)))
    .sort((a, b) => a.finish - b.finish);
}
