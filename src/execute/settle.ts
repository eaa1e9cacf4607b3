/**
 * Closes a run that has ended: the intensities that run-now would have met are entered, the receipt is written, the
 * record ends.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { Factor, Ledger } from '../ledger/index.ts';
import { type Plan, wayAt } from '../plan/index.ts';
import type { Receipt, ReceiptFacts, ReceiptInput, StepFacts } from '../report/index.ts';
import type { Site } from '../site/index.ts';
import type { Store } from '../store/index.ts';
import { type Instant, instant, MINUTE, millis } from '../units.ts';
import type { Step } from '../workload/index.ts';
import type { GridWatch } from './grid-watch.ts';
import { stretchesOf } from './keep.ts';
import { keepPast } from './past.ts';
import { endRecord, type RunState, type WorkflowRun } from './records.ts';
import { stepRunId } from './run-files.ts';
import { attemptsOf, hasEndedItself, isCheckpoint, phaseOf, type StepRun } from './step-phase.ts';

export interface Settlement {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly run: WorkflowRun;
  readonly state: Exclude<RunState, 'active'>;
  readonly clock: Clock;
  readonly wallNow: Instant;
  readonly grid: GridWatch;
  /** The plan in force. */
  readonly plan: Plan;
  readonly runs: ReadonlyMap<string, readonly StepRun[]>;
  /** Ids of step runs that have begun and of which nothing is on the disk any more. */
  readonly vanished: readonly string[];
  readonly siteOf: (step: string) => Site;
  /** Makes the receipt from the rows of the ledger. */
  readonly receiptOf: (input: ReceiptInput) => Receipt;
}

export async function settleRun(settlement: Settlement): Promise<Receipt> {
  const { store, ledger, run, state, clock } = settlement;
  const steps = run.definition.workflow.steps.map((step) => stepFacts(step, settlement));
  const end = endOf(steps) ?? instant(Math.round(clock.fromWall(settlement.wallNow)));
  const written = await ledger.writeReceipt({
    workflowRun: run.id,
    epoch: run.epoch,
    at: instant(Math.round(clock.fromWall(settlement.wallNow))),
    facts: factsOf(settlement, steps, end),
    factors: runNowFactors(settlement, steps),
    receiptOf: settlement.receiptOf,
  });
  await keepPast(store, settlement).catch((thrown: unknown) => {
    // It is no part of the account: where its table is broken, and not the store or the hold on the run, the run ends.
    if (thrown instanceof Failure) throw thrown;
  });
  await endRecord(store, run, state, end);
  return written;
}

function factsOf(
  { run, state, clock, grid, siteOf, vanished }: Settlement,
  steps: readonly StepFacts[],
  end: Instant,
): ReceiptFacts {
  const { workflow, slotMinutes } = run.definition;
  const zone = siteOf(workflow.steps[0]?.name ?? '').zone;
  const uses = Object.values(grid.outlooks()).map((outlook) => outlook.use);
  return {
    workflow: workflow.name,
    outcome: state,
    submittedAt: run.submittedAt,
    deadline: workflow.deadline,
    end,
    speed: clock.speed,
    unit: workflow.unit ?? null,
    use: uses.length === 0 || uses.includes('none') ? 'none' : uses.includes('shape') ? 'shape' : 'level',
    steps,
    slot: millis(slotMinutes * MINUTE),
    strip: stripBy(slotMinutes, grid, zone, run.submittedAt, end),
    notes: [
      ...grid.trouble(),
      ...vanished.map((id) => `${id}: its folder was removed; how it ended, and what it used at last, is not known`),
    ],
  };
}

/** One entry for each planning slot, whatever the step of the source. */
function stripBy(slotMinutes: number, grid: GridWatch, zone: string, from: Instant, until: Instant) {
  const slot = slotMinutes * MINUTE;
  const known = grid.strip(zone, from, until);
  const strip: { readonly start: Instant; readonly intensityG: number | null }[] = [];
  let at = 0;
  for (let start = Math.floor(from / slot) * slot; start < until; start += slot) {
    while ((known[at + 1]?.start ?? Number.POSITIVE_INFINITY) <= start) at += 1;
    strip.push({ start: instant(start), intensityG: known[at]?.intensityG ?? null });
  }
  return strip;
}

function stepFacts(step: Step, { run, runs, clock, wallNow, siteOf, state, vanished }: Settlement): StepFacts {
  const own = runs.get(step.name) ?? [];
  const last = own.at(-1);
  const virtual = (wall: Instant): Instant => instant(Math.round(clock.fromWall(wall)));
  const facts = own.map((stepRun) => ({
    run: stepRunId(run.id, step.name, stepRun.number),
    kept: stepRun.seen.state === 'ended' && (stepRun.seen.code === 0 || isCheckpoint(stepRun)),
    stretches: stretchesOf(stepRun, wallNow).map(({ start, end }) => ({ start: virtual(start), end: virtual(end) })),
  }));
  const attempts = attemptsOf(own);
  const exitCode = last?.seen.state === 'ended' ? last.seen.code : null;
  const { interruptible } = step;
  const site = siteOf(step.name);
  return {
    step: step.name,
    after: step.after,
    site: site.name,
    zone: site.zone,
    outcome: outcomeOf(
      step,
      own,
      state,
      vanished.some((id) => id.startsWith(`${run.id}/${step.name}/`)),
    ),
    exitCode,
    attempts,
    pauses: Math.max(0, facts.reduce((sum, { stretches }) => sum + stretches.length, 0) - attempts),
    declared: wayAt({ ...step, duration: step.declared?.p90 ?? step.duration }, site.hardware, last?.level ?? 1)
      .duration,
    pauseCost: millis(interruptible.mode === 'checkpoint' ? interruptible.checkpoint + interruptible.restart : 0),
    runs: facts,
  };
}

/** What had failed by itself before the run was cancelled has failed. */
function outcomeOf(
  { retries }: Step,
  own: readonly StepRun[],
  state: Settlement['state'],
  hasBegun: boolean,
): StepFacts['outcome'] {
  const last = own.at(-1);
  if (last === undefined) return hasBegun ? 'cancelled' : 'not-started';
  const phase = phaseOf(own, retries);
  if (phase.phase === 'done') return 'done';
  return state === 'cancelled' && !hasEndedItself(phase, last) ? 'cancelled' : 'failed';
}

const endOf = (steps: readonly StepFacts[]): Instant | undefined => {
  const ends = steps.flatMap((step) => step.runs.flatMap((run) => run.stretches.map((stretch) => stretch.end)));
  return ends.length === 0 ? undefined : instant(Math.max(...ends));
};

/** What run-now would have met, at the sites where it would have run. */
function runNowFactors({ plan, grid, run }: Settlement, steps: readonly StepFacts[]): Factor[] {
  const { steps: baseline } = plan.baseline;
  const start = Math.min(...baseline.map((step) => step.start));
  // Steps may have run longer than declared: no order of them reaches further than one after the other.
  const ran = steps.flatMap((step) => step.runs.flatMap((one) => one.stretches));
  const longest = start + ran.reduce((sum, stretch) => sum + (stretch.end - stretch.start), 0);
  const end = Math.max(longest, ...baseline.map((step) => step.end));
  const names = new Set(baseline.map((step) => step.site));
  const zones = new Set(run.definition.sites.filter((site) => names.has(site.name)).map((site) => site.zone));
  return [...zones].flatMap((zone) => grid.factors(zone, instant(start), instant(end)));
}
