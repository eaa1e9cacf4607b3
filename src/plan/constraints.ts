/**
 * What a request holds its plan to, each as something that can be named, relaxed by a stated step, or lifted.
 *
 * @module
 */
import type { Site } from '../site/index.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import type { Needs, Step } from '../workload/index.ts';
import type { Change } from './changes.ts';
import { progressOf, remainingOf, restartOf } from './guard.ts';
import type { PlanRequest } from './plan.ts';
import { everyWay } from './ways.ts';
import { duration, percent, time } from './words.ts';

export type Constraint =
  | { readonly kind: 'deadline' }
  | { readonly kind: 'capacity'; readonly site: string; readonly of: keyof Needs }
  | { readonly kind: 'sites'; readonly step: string }
  | { readonly kind: 'residency' }
  | { readonly kind: 'maxDelay' }
  | { readonly kind: 'premium' };

/** How much later the deadline is, where it is relaxed. */
export const DEADLINE_RELIEF = 6 * HOUR;

const KINDS = ['cpus', 'gpus', 'memory'] as const;

/**
 * Everything that could bind: limits that nobody set are none, a site that holds all steps together limits nothing, and
 * one that has none of what others have is of another kind.
 */
export function constraintsOf(request: PlanRequest): readonly Constraint[] {
  const { workflow, sites } = request;
  const { maxDelay, maxCostPremiumPercent, allowCountries } = workflow.policy;
  const all = (kind: keyof Needs): number =>
    workflow.steps.reduce((sum, step) => sum + Math.max(...everyWay(step).map(({ needs }) => needs[kind])), 0);
  const isShort = ({ capacity }: Site, kind: keyof Needs): boolean =>
    all(kind) > capacity[kind] && (capacity[kind] > 0 || sites.every((other) => other.capacity[kind] === 0));
  return [
    { kind: 'deadline' },
    ...sites.flatMap((site) =>
      KINDS.filter((kind) => isShort(site, kind)).map(
        (kind): Constraint => ({ kind: 'capacity', site: site.name, of: kind }),
      ),
    ),
    ...(allowCountries === undefined ? [] : [{ kind: 'residency' } as const]),
    ...(maxDelay === undefined ? [] : [{ kind: 'maxDelay' } as const]),
    ...(maxCostPremiumPercent === undefined ? [] : [{ kind: 'premium' } as const]),
    ...workflow.steps.flatMap(({ name, sites: allowed }): Constraint[] =>
      allowed === undefined ? [] : [{ kind: 'sites', step: name }],
    ),
  ];
}

/** The change after which a constraint no longer stands. */
export function lifted(constraint: Constraint, request: PlanRequest): Change {
  switch (constraint.kind) {
    case 'deadline':
      return { kind: 'deadline', to: endWithoutHaste(request) };
    case 'capacity':
      return { ...constraint, to: Number.POSITIVE_INFINITY };
    case 'sites':
      return { ...constraint, to: undefined };
    case 'residency':
      return { kind: 'residency', to: undefined };
    case 'maxDelay':
      return { kind: 'maxDelay', to: undefined };
    case 'premium':
      return { kind: 'premium', toPercent: undefined };
  }
}

/** By then all is done, even one step after the other. */
function endWithoutHaste(request: PlanRequest): Instant {
  const { workflow, now, margin = 0 } = request;
  const each = workflow.steps.map(
    (step) => remainingOf(longestOf(step), progressOf(request, step)) + restartOf(step) + margin,
  );
  return instant(Math.max(workflow.deadline, now + each.reduce((sum, length) => sum + length, 0)));
}

/** How long the step runs where it runs longest. */
const longestOf = (step: Step): number => Math.max(...everyWay(step).map((way) => way.duration));

/** One step of relief: 6 h of deadline, one more of a resource, and the rest lifted; in words what that is. */
export function relieved(
  constraint: Constraint,
  request: PlanRequest,
): { readonly change: Change; readonly relief: string } {
  const { deadline } = request.workflow;
  if (constraint.kind === 'deadline') {
    const to = instant(deadline + DEADLINE_RELIEF);
    return { change: { kind: 'deadline', to }, relief: `${duration(DEADLINE_RELIEF)} more` };
  }
  if (constraint.kind === 'capacity') {
    const { site, of } = constraint;
    const capacity = request.sites.find(({ name }) => name === site)?.capacity[of] ?? 0;
    const one = of === 'memory' ? leastMemory(request) : 1;
    const relief = of === 'memory' ? `${gigabytes(one)} more` : `one ${of.slice(0, -1)} more`;
    return { change: { ...constraint, to: capacity + one }, relief };
  }
  return { change: lifted(constraint, request), relief: RELIEFS[constraint.kind] };
}

const RELIEFS = {
  sites: 'any site that fits',
  residency: 'any country',
  maxDelay: 'no such limit',
  premium: 'no such limit',
} as const;

/** What the thriftiest step that says it needs memory needs. */
const leastMemory = ({ workflow }: PlanRequest): number =>
  workflow.steps.reduce((least, { needs }) => (needs.memory > 0 ? Math.min(least, needs.memory) : least), 2 ** 60);

const gigabytes = (bytes: number): string => `${Number((bytes / 1e9).toPrecision(3))}\u202fGB`;

/** The constraint as it was asked, in words; times in UTC. */
export function wordsOf(constraint: Constraint, request: PlanRequest): string {
  const { workflow, now, sites } = request;
  const { maxDelay = 0, maxCostPremiumPercent = 0, allowCountries = [] } = workflow.policy;
  switch (constraint.kind) {
    case 'deadline':
      return `the deadline, ${time(workflow.deadline, now)}`;
    case 'capacity': {
      const has = sites.find(({ name }) => name === constraint.site)?.capacity[constraint.of] ?? 0;
      const amount =
        constraint.of === 'memory' ? `${gigabytes(has)} of memory` : `${has} ${plural(constraint.of, has)}`;
      return `the capacity of ${constraint.site}, ${amount}`;
    }
    case 'sites': {
      const allowed = workflow.steps.find(({ name }) => name === constraint.step)?.sites ?? [];
      return `the site list of ${constraint.step}, ${allowed.join(' and ')}`;
    }
    case 'residency':
      return `the residency, ${allowCountries.join(' and ')}`;
    case 'maxDelay':
      return `the longest delay, ${duration(maxDelay)}`;
    case 'premium':
      return `the cost premium, ${percent(maxCostPremiumPercent)}`;
  }
}

const plural = (kind: 'cpus' | 'gpus', count: number): string => (count === 1 ? kind.slice(0, -1) : kind);
