export { integralOf } from './axis.ts';
export { type FrontierPoint, frontier } from './frontier.ts';
export { continueBy, type Guard, type GuardRequest, latestStarts } from './guard.ts';
export { type PlanJson, planToJson } from './json.ts';
export { plan } from './make-plan.ts';
export type * from './plan.ts';
