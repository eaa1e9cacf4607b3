/**
 * The reconciler: brings what happens to what was decided, again and again, until the workflow has ended. It keeps
 * nothing in memory that it could not read again, so it may be killed at any line and replaced by another.
 *
 * One look (`tick`):
 *
 * 1. **see**: what people want of the run (store), where each step stands (disk), what it has used (meters);
 * 2. **note**: runs that began or ended, as events and step-run rows; ended runs are settled in the ledger;
 * 3. **end** when nothing can happen any more: the receipt is written, the record closed;
 * 4. **plan** again when a slot has begun, the grid has changed, or a step has begun, stopped or ended;
 *    the new plan and the guard's new orders are written before anything is done about them;
 * 5. **act** on each step by the plan's current interval, and on no later one.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, monotonicNow, scaledClock, systemClock } from '../clock.ts';
import { asError, Failure } from '../errors.ts';
import { type Ledger, pueFactor } from '../ledger/index.ts';
import { type Outlook, type Plan, type PlannedStep, type PlanRequest, plan, type StepPower } from '../plan/index.ts';
import type { Receipt, ReceiptInput } from '../report/index.ts';
import type { Site } from '../site/index.ts';
import type { Store } from '../store/index.ts';
import { after, DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis, SECOND, watts } from '../units.ts';
import type { Step } from '../workload/index.ts';
import { type Accountant, openAccountant } from './accountant.ts';
import { type Act, decide, left, progressOf } from './decide.ts';
import { localExecutor } from './executors/local/local.ts';
import { type GridWatch, type ReadGrid, watchGrid } from './grid-watch.ts';
import { ensureGuard } from './guard.ts';
import {
  endRun,
  enforceTimeout,
  freezeRun,
  type Keeper,
  nothingLeft,
  pauseRun,
  resumeRun,
  startRun,
  workDone,
} from './keep.ts';
import { ordersOf } from './orders.ts';
import {
  type Decisions,
  type RunEvent,
  type RunState,
  readDecisions,
  readDesired,
  recordEvents,
  type WorkflowRun,
} from './records.ts';
import { markClear, markSet, type StepOrder, writeOrders } from './run-files.ts';
import { settleRun } from './settle.ts';
import type { RunSnapshot } from './snapshot.ts';
import { type Phase, phaseOf, type StepRun, stepRuns } from './step-phase.ts';
import { closeStepRuns, openStepRuns, readStepRuns, stepRunId, writeEntry } from './step-records.ts';
import { type Spent, snapshotOf, spentOf, withPending } from './take-snapshot.ts';

type RunsByStep = ReadonlyMap<string, readonly StepRun[]>;
type PhasesByStep = ReadonlyMap<string, Phase>;
type EndState = Exclude<RunState, 'active'>;

export interface AttendOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly read: ReadGrid;
  readonly power: StepPower;
  /** Makes the receipt from the rows of the ledger. */
  readonly receiptOf: (input: ReceiptInput) => Receipt;
  /** Called after each look. */
  readonly onLook?: (snapshot: RunSnapshot) => void;
  /** Ends attending; the work goes on, unattended. */
  readonly signal: AbortSignal;
}

const LOOK_EVERY: Millis = millis(500);
/** On a fast clock half a second is long: it looks more often there. */
const LOOK_EVERY_FAST: Millis = millis(100);
/** Readings are entered in the ledger at the edges of slots, and at least this often (real time). */
const ENTER_EVERY: Millis = millis(60_000);
/** The grid is read anew at least this often (real time). */
const READ_GRID_EVERY: Millis = millis(5 * 60_000);
/** The guard is looked after this often (real time). */
const GUARD_EVERY: Millis = millis(5_000);
/** A first plan waits at most this long for the grid. */
const FIRST_ANSWER_LIMIT: Millis = millis(20_000);
/** The grid is read so far beyond the deadline, so that work that is late is accounted too. */
const LATE: Millis = DAY;
/** Wall time that differs from running time by more than this was turned, or the machine slept. */
const CLOCK_JUMP: Millis = millis(3_000);

/** Start latency that each plan holds back once a step, on the run's clock: two looks and a start. */
export const marginFor = (speed: number): Millis => millis(Math.ceil((speed > 1 ? 1.5 : 3) * speed) * SECOND);

/** Attends `run`, which this process has taken over, until it has ended or `signal` aborts. */
export async function attend(run: WorkflowRun, options: AttendOptions): Promise<RunSnapshot> {
  const attendance = new Attendance(run, await readDecisions(options.store, run.id), options);
  try {
    return await attendance.untilOver();
  } finally {
    attendance.close();
  }
}

class Attendance {
  readonly #run: WorkflowRun;
  readonly #options: AttendOptions;
  readonly #clock: Clock;
  readonly #keeper: Keeper;
  readonly #grid: GridWatch;
  readonly #accountant: Accountant;
  readonly #steps: readonly Step[];
  #plan: Plan;
  readonly #firstPlan: Plan;
  /** How often it was planned, by this process and those before it. */
  #plans: number;
  #plannedFor = '';
  #orders = new Map<string, StepOrder>();
  #state: RunState = 'active';
  #enteredAt: Millis = monotonicNow();
  #enteredSlot = 0;
  #guardSeenAt: Millis = monotonicNow();
  #gridReadAt: Millis = millis(Number.NEGATIVE_INFINITY);
  #gridReading: Promise<void> | undefined;
  #drift: number | undefined;
  /** Zones without a fresh answer at the last look. */
  #lost: ReadonlyMap<string, string> = new Map();
  /** Until the next entry. */
  #spentSoFar: ReadonlyMap<string, Spent> | undefined;
  /** Everything that happened, for looking at; `unsaid` is not yet in the store. */
  readonly #events: RunEvent[] = [];
  readonly #unsaid: RunEvent[] = [];
  readonly #startedHere = new Set<string>();
  /** Step → site, of steps that have begun. */
  readonly #ranAt = new Map<string, string>();
  /** Step-run id → its state at the last look. */
  readonly #known = new Map<string, string>();

  constructor(run: WorkflowRun, last: Decisions, options: AttendOptions) {
    this.#run = run;
    this.#plan = last.plan;
    this.#plans = last.count;
    this.#firstPlan = last.first;
    this.#options = options;
    this.#clock = scaledClock(run.clock);
    this.#steps = run.definition.workflow.steps;
    this.#keeper = {
      root: run.folder,
      workflowRun: run.id,
      executor: localExecutor,
      clock: this.#clock,
      by: 'controller',
      wallNow: systemClock.now,
    };
    this.#grid = watchGrid({
      sites: run.definition.sites,
      clock: this.#clock,
      from: run.submittedAt,
      until: () => after(instant(Math.max(run.definition.workflow.deadline, this.#clock.now())), LATE),
      read: options.read,
    });
    this.#accountant = openAccountant({
      workflowRun: run.id,
      clock: this.#clock,
      wallNow: systemClock.now,
      factors: (site, start, end) => [pueFactor(site, start, end), ...this.#grid.factors(site.zone, start, end)],
      write: async (entry) => {
        await writeEntry(options.ledger, run, entry);
        this.#spentSoFar = undefined;
      },
    });
  }

  async untilOver(): Promise<RunSnapshot> {
    const { signal, store } = this.#options;
    for (const { step, site } of (await readStepRuns(store, this.#run.id)).values()) this.#ranAt.set(step, site);
    await this.#firstAnswer();
    for (;;) {
      const snapshot = await this.#tick();
      this.#options.onLook?.(snapshot);
      if (this.#state !== 'active') return snapshot;
      if (signal.aborted) {
        await this.#accountant.flush();
        return snapshot;
      }
      await delay(this.#clock.speed > 1 ? LOOK_EVERY_FAST : LOOK_EVERY, undefined, { signal }).catch(() => {});
    }
  }

  close(): void {
    this.#accountant.close();
  }

  async #tick(): Promise<RunSnapshot> {
    const { store } = this.#options;
    this.#watchClock();
    this.#tellGrid();
    const desired = await readDesired(store, this.#run);
    if (desired === 'cancel') markSet(this.#run.folder, 'cancel');
    if (desired === 'pause') markSet(this.#run.folder, 'hold');
    else markClear(this.#run.folder, 'hold');

    const runs = new Map(this.#steps.map((step) => [step.name, stepRuns(localExecutor, this.#run.folder, step.name)]));
    const phases = new Map(this.#steps.map((step) => [step.name, phaseOf(runs.get(step.name) ?? [], step.retries)]));
    await this.#note(runs);
    this.#accountant.read();

    const over = desired === 'cancel' ? this.#cancelAll(phases) : this.#outcome(phases);
    if (over !== undefined) await this.#end(over, runs);
    else if (desired === 'pause') this.#holdAll(phases);
    else if (desired === 'run' && !this.#options.signal.aborted) {
      // One that is asked to leave decides nothing more: the plan in force stands, and the guard keeps it.
      await this.#planIfDue(runs, phases);
      await this.#act(runs, phases);
    }
    if (monotonicNow() - this.#enteredAt > ENTER_EVERY || this.#slot() !== this.#enteredSlot) await this.#enter();
    this.#readGridIfDue();
    this.#ensureGuardIfDue();
    return snapshotOf({
      run: this.#run,
      state: this.#state,
      attended: true,
      clock: this.#clock,
      wallNow: systemClock.now(),
      runs,
      phases,
      events: this.#events,
      plan: this.#plan,
      firstPlan: this.#firstPlan,
      plans: this.#plans,
      outlooks: this.#grid.outlooks(),
      spent: withPending(await this.#spent(), this.#accountant.pending(), (step) => this.#worthOf(step)),
      powerW: this.#accountant.powerW(),
      meters: this.#accountant.meters(),
      trouble: this.#grid.trouble(),
    });
  }

  /** Notes runs that began or ended since the last look: follows the new, settles the ended. */
  async #note(runs: ReadonlyMap<string, readonly StepRun[]>): Promise<void> {
    const changed = this.#steps.flatMap((step) =>
      (runs.get(step.name) ?? [])
        .map((run) => ({
          step,
          run,
          id: stepRunId(this.#run.id, step.name, run.number),
          site: this.#siteOf(step.name),
        }))
        .filter(({ run, id }) => this.#known.get(id) !== run.seen.state),
    );
    if (changed.length === 0) return;
    await this.#enter(); // what was read so far belongs before the change
    const { store } = this.#options;
    const opened = await openStepRuns(store, this.#run, this.#clock, changed);
    const stored = await readStepRuns(store, this.#run.id);
    const unsettled = changed.filter(({ id }) => stored.get(id)?.settled !== true);
    for (const { step, run, id, site } of unsettled) {
      this.#accountant.follow(
        {
          id,
          step: step.name,
          site,
          run,
          cpus: step.needs.cpus,
          gpus: step.needs.gpus,
          pausedPower: step.interruptible.mode === 'freeze' ? step.interruptible.pausedPower : watts(0),
          mark: stored.get(id)?.mark,
        },
        !this.#startedHere.has(id),
      );
      if (isOver(run)) await this.#accountant.settle(run, id);
    }
    for (const { step, site } of changed) this.#ranAt.set(step.name, site.name);
    const events = await closeStepRuns(store, this.#run, this.#clock, unsettled, opened);
    for (const { run, id } of changed) {
      this.#known.set(id, run.seen.state);
      if (isOver(run)) localExecutor.release(run.folder);
    }
    this.#events.push(...events);
    this.#plannedFor = ''; // something began or ended: plan again
  }

  /** Reads the grid beside the work; the first plan waits a little for it. */
  async #firstAnswer(): Promise<void> {
    this.#readGridIfDue();
    await Promise.race([this.#gridReading, delay(FIRST_ANSWER_LIMIT, undefined, { ref: false })]);
  }

  #readGridIfDue(): void {
    if (this.#gridReading !== undefined || monotonicNow() - this.#gridReadAt < READ_GRID_EVERY) return;
    this.#gridReadAt = monotonicNow();
    this.#gridReading = this.#grid.refresh(this.#options.signal).finally(() => {
      this.#gridReading = undefined;
    });
  }

  /** A guard that was killed is replaced while there is somebody to do it, not only when a slot begins. */
  #ensureGuardIfDue(): void {
    if (this.#state !== 'active' || monotonicNow() - this.#guardSeenAt < GUARD_EVERY) return;
    this.#guardSeenAt = monotonicNow();
    ensureGuard(this.#run.folder);
  }

  async #planIfDue(runs: RunsByStep, phases: PhasesByStep): Promise<void> {
    const now = this.#planningNow();
    const due = `${this.#slot()} ${this.#grid.version()}`;
    if (due === this.#plannedFor) return;
    this.#plannedFor = due;
    const { workflow, sites, slotMinutes } = this.#run.definition;
    const request: PlanRequest = {
      id: planId(this.#run.id, this.#plans + 1),
      workflow,
      sites,
      outlooks: this.#grid.outlooks(),
      now,
      slotMinutes,
      submittedAt: this.#run.submittedAt,
      margin: marginFor(this.#clock.speed),
      progress: Object.fromEntries(
        this.#steps.map((step) => {
          const phase = phases.get(step.name) ?? { phase: 'waiting', next: 1 };
          const ran = this.#ran(runs.get(step.name) ?? []);
          return [step.name, progressOf(phase, this.#siteOf(step.name).name, step, ran, this.#clock.fromWall)];
        }),
      ),
    };
    const made = this.#planOrRunNow(request);
    await this.#options.ledger.recordDecision({
      id: made.id,
      workflowRun: this.#run.id,
      epoch: this.#run.epoch,
      at: now,
      plan: made,
      outlooks: request.outlooks,
    });
    this.#plan = made;
    this.#plans += 1;
    this.#writeOrders();
    ensureGuard(this.#run.folder);
  }

  /** A planner that fails must not keep work from running. */
  #planOrRunNow(request: PlanRequest): Plan {
    try {
      return plan(request, this.#options.power);
    } catch (thrown) {
      this.#say(null, 'plan-failed', `could not be planned, so it runs now: ${asError(thrown).message}`);
      return plan({ ...request, outlooks: {}, objective: 'run-now' }, this.#options.power);
    }
  }

  #writeOrders(): void {
    const orders = ordersOf(this.#run, this.#plan);
    this.#orders = new Map(orders.steps.map((order) => [order.name, order]));
    writeOrders(this.#run.folder, orders);
  }

  async #act(runs: RunsByStep, phases: PhasesByStep): Promise<void> {
    const now = this.#clock.now();
    for (const step of this.#steps) {
      const phase = phases.get(step.name);
      const order = this.#orders.get(step.name);
      if (phase === undefined || order === undefined || enforceTimeout(this.#keeper, order, phase)) continue;
      const act = decide({
        step,
        phase,
        free: step.after.every((name) => phases.get(name)?.phase === 'done'),
        planned: this.#planned(step.name),
        remaining: left(step, this.#ran(runs.get(step.name) ?? [])),
        margin: marginFor(this.#clock.speed),
        now,
      });
      await this.#carryOut(act, step, order, now);
    }
  }

  async #carryOut(act: Act, step: Step, order: StepOrder, now: Instant): Promise<void> {
    switch (act.act) {
      case 'none':
        return;
      case 'start': {
        this.#startedHere.add(stepRunId(this.#run.id, step.name, act.number));
        try {
          await startRun(this.#keeper, order, act.number, this.#options.signal);
        } catch (thrown) {
          if (!this.#options.signal.aborted) this.#sayOnce(step.name, 'start-failed', asError(thrown).message);
        }
        return;
      }
      case 'resume':
        resumeRun(this.#keeper, act.run);
        this.#say(step.name, 'step-resumed', `goes on${this.#gridWords(step.name, now)}`);
        return;
      case 'pause': {
        const signalName = step.interruptible.mode === 'checkpoint' ? signalOf(step.interruptible.signal) : undefined;
        pauseRun(this.#keeper, act.run, { at: now, resumeBy: act.resumeBy, mode: act.mode }, signalName);
        this.#say(step.name, 'step-paused', `pauses${this.#gridWords(step.name, now)}`);
        return;
      }
      case 'freeze':
        freezeRun(this.#keeper, act.run);
        return;
    }
  }

  /** People paused it: whatever runs is frozen where it is, and nothing starts. */
  #holdAll(phases: PhasesByStep): void {
    const forever = instant(Number.MAX_SAFE_INTEGER);
    for (const [step, phase] of phases) {
      if (phase.phase !== 'running') continue;
      pauseRun(this.#keeper, phase.run, { at: this.#clock.now(), resumeBy: forever, mode: 'freeze' }, undefined);
      this.#say(step, 'step-paused', 'pauses because somebody asked for it; its deadline no longer holds');
    }
    this.#plannedFor = ''; // when it goes on, it is planned anew
  }

  /** Ends what still runs; how the workflow ended, once nothing does. What was ended for this has not failed. */
  #cancelAll(phases: PhasesByStep): EndState | undefined {
    if (this.#outcome(phases) === 'done') return 'done';
    let running = false;
    for (const phase of phases.values()) {
      if (!('run' in phase) || phase.run.seen.state !== 'running') continue;
      running = true;
      endRun(this.#keeper, phase.run, 'cancel');
    }
    return running ? undefined : 'cancelled';
  }

  /** How the workflow ended, once nothing more can happen. */
  #outcome(phases: PhasesByStep): EndState | undefined {
    if (this.#steps.every((step) => phases.get(step.name)?.phase === 'done')) return 'done';
    return nothingLeft(this.#steps, phases) ? 'failed' : undefined;
  }

  async #end(state: EndState, runs: RunsByStep): Promise<void> {
    await this.#enter();
    await settleRun({
      store: this.#options.store,
      ledger: this.#options.ledger,
      run: this.#run,
      state,
      clock: this.#clock,
      wallNow: systemClock.now(),
      grid: this.#grid,
      plan: this.#plan,
      runs,
      siteOf: (step) => this.#siteOf(step),
      receiptOf: this.#options.receiptOf,
    });
    this.#state = state;
  }

  async #enter(): Promise<void> {
    this.#enteredAt = monotonicNow();
    this.#enteredSlot = this.#slot();
    await this.#accountant.flush();
    const events = this.#unsaid.splice(0);
    await recordEvents(this.#options.store, this.#run, events);
  }

  /** Says what may happen at every look only when it changes. */
  #sayOnce(step: string, kind: string, text: string): void {
    const last = this.#events.findLast((event) => event.step === step);
    if (last?.kind !== kind || last.text !== text) this.#say(step, kind, text);
  }

  #say(step: string | null, kind: string, text: string): void {
    const event = { at: instant(Math.round(this.#clock.now())), step, kind, text };
    this.#unsaid.push(event);
    this.#events.push(event);
  }

  #gridWords(step: string, now: Instant): string {
    const value = intensityAt(this.#grid.outlooks()[this.#siteOf(step).zone], now);
    return value === undefined ? '' : ` at ${Math.round(value)} g/kWh`;
  }

  /** Facility energy and emissions entered so far, by step. */
  async #spent(): Promise<ReadonlyMap<string, Spent>> {
    if (this.#spentSoFar !== undefined) return this.#spentSoFar;
    this.#spentSoFar = spentOf(await this.#options.ledger.soFar(this.#run.id));
    return this.#spentSoFar;
  }

  /** Facility energy per IT energy of a step, and the grid's intensity there now; `undefined` where it is not known. */
  #worthOf(step: string): { readonly pue: number; readonly intensityG: number | undefined } {
    const site = this.#siteOf(step);
    return { pue: site.pue, intensityG: intensityAt(this.#grid.outlooks()[site.zone], this.#clock.now()) };
  }

  /** Time on the run's clock that the attempt under way has run, its stops and overheads left out. */
  #ran(runs: readonly StepRun[]): Millis {
    return workDone(runs, this.#clock, systemClock.now());
  }

  #planned(step: string): PlannedStep | undefined {
    return this.#plan.steps.find((planned) => planned.step === step);
  }

  /** Where it ran, or where the plan has it. */
  #siteOf(step: string): Site {
    const name = this.#ranAt.get(step) ?? this.#planned(step)?.site;
    const sites = this.#run.definition.sites;
    const site = sites.find((candidate) => candidate.name === name) ?? sites[0];
    if (site === undefined) throw new Failure('execute/cannot', `${this.#run.id} has no site`);
    return site;
  }

  /** Number of the planning slot under way. */
  #slot(): number {
    return Math.floor(this.#clock.now() / (this.#run.definition.slotMinutes * MINUTE));
  }

  /** The instant to plan at: a whole minute (second, on short runs), so that ticks stay coarse. */
  #planningNow(): Instant {
    const length = this.#run.definition.workflow.deadline - this.#run.submittedAt;
    const grain = length > 2 * HOUR ? MINUTE : SECOND;
    return instant(Math.floor(this.#clock.now() / grain) * grain);
  }

  /** Says when the grid no longer answers, and when it does again: what was planned meanwhile was planned with less. */
  #tellGrid(): void {
    const lost = this.#grid.lost();
    for (const [zone, why] of lost) {
      if (!this.#lost.has(zone)) this.#say(null, 'grid-lost', `${zone}: ${why}`);
    }
    for (const zone of this.#lost.keys()) {
      if (!lost.has(zone)) this.#say(null, 'grid-back', `${zone}: the grid answers again`);
    }
    this.#lost = lost;
  }

  /** Says when the wall clock was turned, or the machine slept: deadlines are wall time, so the plan changes. */
  #watchClock(): void {
    const drift = systemClock.now() - monotonicNow();
    if (this.#drift !== undefined && Math.abs(drift - this.#drift) > CLOCK_JUMP) {
      const by = Math.round((drift - this.#drift) / 1000);
      this.#say(null, 'clock-jumped', `the clock jumped by ${by} s (set, or the machine slept); planned anew`);
      this.#plannedFor = '';
    }
    this.#drift = drift;
  }
}

/** Plans of a run are numbered; their ids sort as they were made. */
export const planId = (run: string, number: number): string => `${run}/plan/${String(number).padStart(6, '0')}`;

/** g/kWh, where grams are known. */
function intensityAt(outlook: Outlook | undefined, at: Instant): number | undefined {
  if (outlook === undefined || outlook.use !== 'level') return undefined;
  return outlook.intensityG[Math.floor((at - outlook.axis.start) / outlook.axis.step)];
}

const isOver = (run: StepRun): boolean => run.seen.state === 'ended' || run.seen.state === 'lost';

/** The signals a workflow file may name. */
function signalOf(name: string): NodeJS.Signals {
  switch (name) {
    case 'SIGUSR2':
    case 'SIGTERM':
    case 'SIGINT':
    case 'SIGHUP':
      return name;
    default:
      return 'SIGUSR1';
  }
}
