export { integralOf } from './axis.ts';
export { type Binding, bindings } from './binding.ts';
export { type Change, changed } from './changes.ts';
export { type ConflictSet, conflicts } from './conflict.ts';
export { type Constraint, DEADLINE_RELIEF } from './constraints.ts';
export { type Choice, type ExplainedPlace, type ExplainedSlot, type Explanation, explain } from './explanation.ts';
export { type FrontierPoint, frontier } from './frontier.ts';
export { continueBy, type Guard, type GuardRequest, latestStarts } from './guard.ts';
export { explanationToJson, outlineToJson, type PlanJson, planToJson } from './json.ts';
export { learn, type PastPlace, type PastRun } from './learn.ts';
export { plan } from './make-plan.ts';
export type * from './plan.ts';
export { type BoundQuestion, stageBound } from './stage-bound.ts';
export { carbonAware, type StagePolicy } from './stage-policy.ts';
export {
  type JobState,
  nextStage,
  type Offer,
  type Placement,
  type Schedule,
  type Stage,
  type StageQueue,
  type StageState,
  topological,
  unclaimed,
} from './stage-queue.ts';
export { fitTogether } from './usage.ts';
export { type Way, wayAt, waysOf } from './ways.ts';
export { type Outline, type WhatIf, whatIf } from './what-if.ts';
