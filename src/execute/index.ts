/**
 * Execution: accepts workflows, brings what happens to what was decided, and keeps deadlines with nobody watching.
 *
 * @module
 */
export { accept, newRunId } from './accept.ts';
export { type AttendOptions, attend } from './attend.ts';
export { type Identity, identifySelf } from './executors/local/process.ts';
export type { GridView, ReadGrid } from './grid-watch.ts';
export { lookAt } from './look-at.ts';
export { marginFor, planId } from './planning.ts';
export {
  type Definition,
  type Desired,
  findRun,
  type GridChoice,
  letGo,
  listActive,
  listRuns,
  type RunEvent,
  type RunState,
  readEvents,
  takeOver,
  type WorkflowRun,
} from './records.ts';
export { runFolder, runNumbers } from './run-files.ts';
export type { RunSnapshot, StepSnapshot, StepState } from './snapshot.ts';
export { cancel, endedAlone, isAttended, pause, resume, reviveGuards } from './wishes.ts';
