/**
 * The library's door: what a workflow written in TypeScript imports.
 *
 * @module
 */
export { Failure, type FailureCode } from './errors.ts';
export type { Plan, PlannedStep } from './plan/index.ts';
export type { Receipt } from './report/index.ts';
export { defineWorkflow, type StepDefinition, type WorkflowDefinition } from './workload/index.ts';
