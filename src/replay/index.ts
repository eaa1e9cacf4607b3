/**
 * Past jobs and past grids through the planner and the account: what would have been saved, at which delay.
 *
 * @module
 */
export type { Account } from './account.ts';
export { type Curve, curveOf } from './curve.ts';
export type { FleetPlace, Placement, PlanFleet, Wish } from './fleet.ts';
export { type GridPast, type GridPastOptions, gridPast } from './grid-past.ts';
export type { By, Group } from './groups.ts';
export { EVERY_H, type KnownThenOptions, knownThen } from './known-then.ts';
export { type Laid, type LayOptions, type LeftOut, lay } from './lay.ts';
export type { Outdone } from './ours.ts';
export type { PastJobs } from './past-jobs.ts';
export { drawPicture, type PictureView } from './picture.ts';
export { type PlaceOptions, placesOf } from './places.ts';
export { meanServer, type PowerModel } from './power.ts';
export { type JobHistory, type ReadJobsOptions, readJobs } from './read-jobs.ts';
export { FIELDS, type Field, type Pausable, TIME_UNITS, type TimeUnit } from './reader.ts';
export { READERS } from './readers.ts';
export {
  type Change,
  type ReplayQuestion,
  type ReplayReport,
  type Row,
  replay,
  type Unanswered,
} from './report.ts';
export type { Capacity, Foresee, Foresight, Place, SceneJobs } from './scene.ts';
export { type Slack, slackOf } from './slack.ts';
export type { Week } from './week.ts';
export { parseWhatIf, type WhatIf } from './what-if.ts';
