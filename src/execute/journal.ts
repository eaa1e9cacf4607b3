/**
 * The journal of an attended run: what happened to it in words, which of its step runs are known, and what they used.
 * What is said waits here until it is entered; what is entered is in the store, and another controller finds it there.
 *
 * @module
 */
import type { Ledger } from '../ledger/index.ts';
import { wayAt } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import type { Store } from '../store/index.ts';
import { instant, watts } from '../units.ts';
import { type Accountant, type AccountantOptions, openAccountant } from './accountant.ts';
import type { Keeper } from './keeper.ts';
import { type RunEvent, recordEvents, type WorkflowRun } from './records.ts';
import { stepRunId } from './run-files.ts';
import type { RunsByStep, StepRun } from './step-phase.ts';
import { type Change, closeStepRuns, openStepRuns, readStepRuns, writeEntry } from './step-records.ts';
import { type Spent, spentOf } from './take-snapshot.ts';

export interface JournalOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly run: WorkflowRun;
  readonly keeper: Keeper;
  readonly factors: AccountantOptions['factors'];
}

export class Journal {
  /** What the meters say, up to this moment. */
  readonly accountant: Accountant;
  /** Everything that happened since this process attends; what is `#unsaid` of it is not yet in the store. */
  readonly events: RunEvent[] = [];
  readonly #unsaid: RunEvent[] = [];
  readonly #options: JournalOptions;
  readonly #startedHere = new Set<string>();
  /** Step → site, of steps that have begun. */
  readonly #ranAt = new Map<string, string>();
  /** Step-run id → its state at the last look. */
  readonly #known = new Map<string, string>();
  /** Ids of the step runs that have begun, by this process's knowledge and the store's. */
  readonly #begun = new Set<string>();
  /** Until the next entry. */
  #spent: ReadonlyMap<string, Spent> | undefined;

  constructor(options: JournalOptions) {
    const { ledger, run, keeper, factors } = options;
    this.#options = options;
    this.accountant = openAccountant({
      workflowRun: run.id,
      executor: keeper.executor,
      clock: keeper.clock,
      wallNow: keeper.wallNow,
      factors,
      write: async (entry) => {
        await writeEntry(ledger, run, entry);
        this.#spent = undefined;
      },
    });
  }

  /** Learns what ran, and where, before this process. */
  async open(): Promise<void> {
    const { store, run } = this.#options;
    for (const [id, { step, site }] of await readStepRuns(store, run.id)) {
      this.#ranAt.set(step, site);
      this.#begun.add(id);
    }
  }

  /** Step runs that have begun and of which nothing is on the disk any more, by id. */
  vanished(runs: RunsByStep): readonly string[] {
    const { id } = this.#options.run;
    const seen = new Set([...runs].flatMap(([step, own]) => own.map(({ number }) => stepRunId(id, step, number))));
    return [...this.#begun].filter((begun) => !seen.has(begun));
  }

  /** Name of the site where the step runs or ran. */
  ranAt(step: string): string | undefined {
    return this.#ranAt.get(step);
  }

  /** This process is about to start this run: no stretch of it is unattended. */
  starts(step: string, number: number): void {
    this.#startedHere.add(stepRunId(this.#options.run.id, step, number));
  }

  say(step: string | null, kind: string, text: string): void {
    const event = { at: instant(Math.round(this.#options.keeper.clock.now())), step, kind, text };
    this.#unsaid.push(event);
    this.events.push(event);
  }

  /** Says what may happen at every look only when it changes. */
  sayOnce(step: string | null, kind: string, text: string): void {
    const last = this.events.findLast((event) => event.step === step);
    if (last?.kind !== kind || last.text !== text) this.say(step, kind, text);
  }

  /** Notes runs that began or ended since the last look: follows the new, settles the ended. Whether there were any. */
  async note(runs: RunsByStep, siteOf: (step: string) => Site): Promise<boolean> {
    const { store, run, keeper } = this.#options;
    const changed = this.#changed(runs, siteOf);
    if (changed.length === 0) return false;
    await this.enter(); // what was read so far belongs before the change
    const opened = await openStepRuns(store, run, keeper.clock, changed);
    const stored = await readStepRuns(store, run.id);
    const unsettled = changed.filter(({ id }) => stored.get(id)?.settled !== true);
    for (const change of unsettled) await this.#follow(change, stored.get(change.id)?.mark);
    for (const { step, site } of changed) this.#ranAt.set(step.name, site.name);
    const events = await closeStepRuns(store, run, keeper.clock, unsettled, opened);
    for (const { run: stepRun, id } of changed) {
      this.#begun.add(id);
      this.#known.set(id, stepRun.seen.state);
      if (isOver(stepRun)) keeper.executor.release(stepRun.folder);
    }
    this.events.push(...events);
    return true;
  }

  #changed(runs: RunsByStep, siteOf: (step: string) => Site): Change[] {
    const { run } = this.#options;
    return run.definition.workflow.steps.flatMap((step) =>
      (runs.get(step.name) ?? [])
        .map((stepRun) => ({
          step,
          run: stepRun,
          id: stepRunId(run.id, step.name, stepRun.number),
          site: siteOf(step.name),
        }))
        .filter(({ run: { seen }, id }) => this.#known.get(id) !== seen.state),
    );
  }

  async #follow({ step, run, id, site }: Change, mark: string | undefined): Promise<void> {
    const { interruptible } = step;
    const { needs } = wayAt(step, site.hardware, run.level);
    const pausedPower = interruptible.mode === 'freeze' ? interruptible.pausedPower : watts(0);
    const subject = { id, step: step.name, site, run, cpus: needs.cpus, gpus: needs.gpus, pausedPower, mark };
    this.accountant.follow(subject, !this.#startedHere.has(id));
    if (isOver(run)) await this.accountant.settle(run, id);
  }

  /** Enters what was read and said since the last entry. */
  async enter(): Promise<void> {
    await this.accountant.flush();
    await recordEvents(this.#options.store, this.#options.run, this.#unsaid.splice(0));
  }

  /** Facility energy and emissions entered so far, by step. */
  async spent(): Promise<ReadonlyMap<string, Spent>> {
    this.#spent ??= spentOf(await this.#options.ledger.soFar(this.#options.run.id));
    return this.#spent;
  }

  close(): void {
    this.accountant.close();
  }
}

const isOver = (run: StepRun): boolean => run.seen.state === 'ended' || run.seen.state === 'lost';
