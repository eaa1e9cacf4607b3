/**
 * Changes of what is asked: what somebody would like to try, and what is relaxed to find out what a constraint costs.
 *
 * @module
 */
import { type Instant, type Millis, type Watts, watts } from '../units.ts';
import type { Interruptible, Needs, Policy, Step } from '../workload/index.ts';
import type { PlanRequest } from './plan.ts';

export type Change =
  | { readonly kind: 'deadline'; readonly to: Instant }
  /** `undefined` lifts the limit; so with the next two. */
  | { readonly kind: 'maxDelay'; readonly to: Millis | undefined }
  | { readonly kind: 'premium'; readonly toPercent: number | undefined }
  | { readonly kind: 'residency'; readonly to: readonly string[] | undefined }
  | { readonly kind: 'minSaving'; readonly toPercent: number }
  | { readonly kind: 'capacity'; readonly site: string; readonly of: keyof Needs; readonly to: number }
  /** `undefined`: any site that fits. */
  | { readonly kind: 'sites'; readonly step: string; readonly to: readonly string[] | undefined }
  | { readonly kind: 'duration'; readonly step: string; readonly to: Millis }
  | { readonly kind: 'power'; readonly step: string; readonly to: Watts }
  | { readonly kind: 'interruptible'; readonly step: string; readonly to: Interruptible };

/** The request with all changes made, in their order. */
export const changed = (request: PlanRequest, changes: readonly Change[]): PlanRequest =>
  changes.reduce(apply, request);

/** Sizes that name a power draw as much more or less as the step does. */
function poweredAt(step: Step | undefined, power: Watts): Partial<Step> {
  const before = step?.power ?? step?.levels?.find((level) => level.power !== undefined)?.power;
  if (step?.levels === undefined || before === undefined) return { power };
  const levels = step.levels.map((level) =>
    level.power === undefined ? level : { ...level, power: watts((level.power * power) / before) },
  );
  return { power, levels };
}

function apply(request: PlanRequest, change: Change): PlanRequest {
  const { workflow } = request;
  const policy = (part: Partial<Policy>): PlanRequest => ({
    ...request,
    workflow: { ...workflow, policy: { ...workflow.policy, ...part } },
  });
  const step = (part: Partial<Step>): PlanRequest => ({
    ...request,
    workflow: {
      ...workflow,
      steps: workflow.steps.map((one) => ('step' in change && one.name === change.step ? { ...one, ...part } : one)),
    },
  });
  switch (change.kind) {
    case 'deadline':
      return { ...request, workflow: { ...workflow, deadline: change.to } };
    case 'maxDelay':
      return policy({ maxDelay: change.to });
    case 'premium':
      return policy({ maxCostPremiumPercent: change.toPercent });
    case 'residency':
      return policy({ allowCountries: change.to });
    case 'minSaving':
      return policy({ minPredictedSavingPercent: change.toPercent });
    case 'capacity':
      return {
        ...request,
        sites: request.sites.map((site) =>
          site.name === change.site ? { ...site, capacity: { ...site.capacity, [change.of]: change.to } } : site,
        ),
      };
    case 'sites':
      return step({ sites: change.to });
    case 'duration':
      return step({ duration: change.to, durationP50: change.to });
    case 'power':
      return step(
        poweredAt(
          workflow.steps.find(({ name }) => name === change.step),
          change.to,
        ),
      );
    case 'interruptible':
      return step({ interruptible: change.to });
  }
}
