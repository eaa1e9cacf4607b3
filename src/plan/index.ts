export { type FrontierPoint, frontier } from './frontier.ts';
export { continueBy, type Guard, type GuardRequest, latestStarts } from './guard.ts';
export { type PlanJson, planToJson } from './json.ts';
export { plan } from './make-plan.ts';
export type * from './plan.ts';
export {
  isOpen,
  isReady,
  type JobState,
  nextStage,
  type Offer,
  type Placement,
  type Schedule,
  type Stage,
  type StageQueue,
  type StageState,
  unclaimed,
} from './stage-queue.ts';
export { carbonAware, type HourForecast, type StagePolicy } from './stage-policy.ts';
