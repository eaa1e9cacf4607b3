/**
 * When run-now would have run, now that it is known how long each step takes. Pure.
 *
 * @module
 */
import type { StepFacts } from '../report/index.ts';
import { type Instant, instant } from '../units.ts';
import type { CounterfactualStep } from './entries.ts';

export interface RunNowInterval {
  readonly start: Instant;
  readonly end: Instant;
}

/**
 * The intervals of run-now, by step name: its steps in the written order, each as soon as what it waited for has ended,
 * with the length that it really ran (kept attempts, less what its pauses cost). A run that never waited and ended before
 * its declared time so is its own baseline, and saves nothing. A step that never ran keeps its written length.
 *
 * What a step waits for: the steps before it in the workflow, and, where it was written to start later than those end,
 * the step whose written end is its start (their site could not hold both).
 */
export function runNowIntervals(
  written: readonly CounterfactualStep[],
  facts: readonly StepFacts[],
): ReadonlyMap<string, RunNowInterval> {
  const intervals = new Map<string, RunNowInterval>();
  const factsOf = new Map(facts.map((step) => [step.step, step]));
  const writtenEnd = new Map(written.map(({ step, end }) => [step, end]));
  for (const { step, start, end } of [...written].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const own = factsOf.get(step);
    const before = own?.after ?? [];
    const ready = Math.max(...before.map((name) => writtenEnd.get(name) ?? 0));
    const queued = start > ready ? written.filter((other) => other.step !== step && other.end === start) : [];
    const ends = [...before, ...queued.map((other) => other.step)].flatMap((name) => intervals.get(name)?.end ?? []);
    const from = ends.length === 0 ? start : Math.max(...ends);
    intervals.set(step, { start: instant(from), end: instant(from + (lengthOf(own) ?? end - start)) });
  }
  return intervals;
}

/** Time that the result took, in ms; `undefined` when nothing of it was kept. */
function lengthOf(facts: StepFacts | undefined): number | undefined {
  const kept = facts?.runs.filter((run) => run.kept) ?? [];
  if (facts === undefined || kept.length === 0) return undefined;
  const ran = kept.reduce(
    (sum, { stretches }) => sum + stretches.reduce((part, one) => part + one.end - one.start, 0),
    0,
  );
  return Math.max(1, ran - facts.pauses * facts.pauseCost);
}
