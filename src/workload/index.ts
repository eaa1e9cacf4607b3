/**
 * What people want run: the written and the evaluated workflow, and how one becomes the other.
 *
 * @module
 */

export { readDeadline } from './deadline.ts';
export type * from './definition.ts';
export {
  type EvaluatedWorkflow,
  type EvaluateOptions,
  evaluateWorkflow,
} from './evaluate.ts';
export { type CommandOptions, nameOf, workflowFromCommand } from './from-command.ts';
export { defineWorkflow, type LoadedWorkflow, type LoadOptions, loadWorkflow, parseWorkflowYaml } from './load.ts';
export { type StepDefinition, type WorkflowDefinition, writtenWorkflow } from './written.ts';
