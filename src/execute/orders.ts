/**
 * The guard's orders, from what was accepted and the plan in force.
 *
 * @module
 */
import type { Plan } from '../plan/index.ts';
import { instant } from '../units.ts';
import type { Command, Step } from '../workload/index.ts';
import type { WorkflowRun } from './records.ts';
import type { Orders, StepOrder } from './run-files.ts';

export function ordersOf(run: WorkflowRun, plan: Plan): Orders {
  return {
    schemaVersion: 1,
    workflowRun: run.id,
    clock: run.clock,
    steps: run.definition.workflow.steps.map((step) => orderOf(step, plan)),
  };
}

function orderOf(step: Step, plan: Plan): StepOrder {
  const planned = plan.steps.find((one) => one.step === step.name);
  return {
    name: step.name,
    after: step.after,
    argv: argvOf(step.command),
    environment: step.environment,
    directory: step.folder,
    retries: step.retries,
    timeout: step.timeout ?? null,
    // A step that the plan could not place must not wait for it.
    latestStart: planned?.latestStart ?? instant(0),
    starts: planned?.intervals.map((interval) => interval.start) ?? [],
    level: planned?.intervals[0]?.level ?? 1,
  };
}

/** A shell line runs in /bin/sh as it was written; argv runs as it is, by no shell. */
const argvOf = (command: Command): readonly [string, ...string[]] =>
  command.form === 'argv' ? command.argv : ['/bin/sh', '-c', command.line];
