export { type FrontierPoint, frontier } from './frontier.ts';
export { continueBy, type Guard, type GuardRequest, latestStarts } from './guard.ts';
export { type PlanJson, planToJson } from './json.ts';
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
