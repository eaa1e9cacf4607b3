/**
 * The guard's orders, from what was accepted and the plan in force.
 *
 * @module
 */
import { type Plan, waysOf } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import { instant } from '../units.ts';
import type { Command, Step } from '../workload/index.ts';
import type { WorkflowRun } from './records.ts';
import type { Orders, StepOrder } from './run-files.ts';

/** @param before what was ordered before: a step that the plan could not place keeps its size */
export function ordersOf(run: WorkflowRun, plan: Plan, before: ReadonlyMap<string, StepOrder> = new Map()): Orders {
  return {
    schemaVersion: 1,
    workflowRun: run.id,
    clock: run.clock,
    steps: run.definition.workflow.steps.map((step) =>
      orderOf(step, plan, before.get(step.name), run.definition.sites),
    ),
  };
}

function orderOf(step: Step, plan: Plan, before: StepOrder | undefined, sites: readonly Site[]): StepOrder {
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
    level: planned?.intervals[0]?.level ?? before?.level ?? fastestLevel(step, sites),
  };
}

/** The size in which it is done soonest where work runs: nobody has said that there is time for less. */
function fastestLevel(step: Step, sites: readonly Site[]): number {
  const { hardware } = sites.find(({ executor }) => executor === 'local') ?? {};
  return waysOf(step, hardware).reduce((best, way) => (way.duration < best.duration ? way : best)).level;
}

/** A shell line runs in /bin/sh as it was written; argv runs as it is, by no shell. */
const argvOf = (command: Command): readonly [string, ...string[]] =>
  command.form === 'argv' ? command.argv : ['/bin/sh', '-c', command.line];
