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
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow, systemClock } from '../clock.ts';
import { asError, Failure } from '../errors.ts';
import { type Ledger, pueFactor } from '../ledger/index.ts';
import { type Outlook, type StepPower, type Way, wayAt } from '../plan/index.ts';
import type { Receipt, ReceiptInput } from '../report/index.ts';
import type { Site } from '../site/index.ts';
import { type Store, storeFailure } from '../store/index.ts';
import { after, DAY, type Instant, instant, type Millis, millis } from '../units.ts';
import type { Step } from '../workload/index.ts';
import { type Act, decide, hasRoom, left, progressOf } from './decide.ts';
import { type GridWatch, type ReadGrid, watchGrid } from './grid-watch.ts';
import { ensureGuard } from './guard.ts';
import { Journal } from './journal.ts';
import {
  endAll,
  enforceTimeout,
  freezeRun,
  holdAll,
  noteAlive,
  nothingLeft,
  pauseRun,
  resumeRun,
  startRun,
  workDone,
} from './keep.ts';
import { type Keeper, keeperOf } from './keeper.ts';
import { marginFor, Planning } from './planning.ts';
import {
  type Decisions,
  identityText,
  type RunState,
  readDecisions,
  readDesired,
  type WorkflowRun,
} from './records.ts';
import { markClear, markSet, nameOf, type StepOrder, UNREADABLE_PAUSE, writeWhole } from './run-files.ts';
import { settleRun } from './settle.ts';
import type { RunSnapshot } from './snapshot.ts';
import { type PhasesByStep, type RunsByStep, seeSteps } from './step-phase.ts';
import { snapshotOf, withPending } from './take-snapshot.ts';

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

/** Attends `run`, which this process has taken over, until it has ended or `signal` aborts. */
export async function attend(run: WorkflowRun, options: AttendOptions): Promise<RunSnapshot> {
  const attendance = new Attendance(run, await readDecisions(options.store, run.id), options);
  const attended = join(run.folder, 'attended');
  try {
    // Told to the guard, which has no store: while this process lives, the plan is its own.
    if (run.controller !== null) writeWhole(attended, identityText(run.controller));
    return await attendance.untilOver();
  } catch (thrown) {
    throw storeFailure(thrown, run.folder); // a disk that is full, or not there any more, is no bug
  } finally {
    attendance.close();
    forget(attended);
  }
}

/** A process that is gone attends nothing, whether its file is there or not. */
function forget(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // what ended the attendance is what is to be told
  }
}

class Attendance {
  readonly #run: WorkflowRun;
  readonly #options: AttendOptions;
  readonly #keeper: Keeper;
  readonly #grid: GridWatch;
  readonly #journal: Journal;
  readonly #planning: Planning;
  readonly #steps: readonly Step[];
  #state: RunState = 'active';
  #enteredAt: Millis = monotonicNow();
  #enteredSlot = 0;
  #guardSeenAt: Millis = monotonicNow();
  #gridReadAt: Millis = millis(Number.NEGATIVE_INFINITY);
  #gridReading: Promise<void> | undefined;
  #drift: number | undefined;
  /** Zones without a fresh answer at the last look. */
  #lost: ReadonlyMap<string, string> = new Map();

  constructor(run: WorkflowRun, last: Decisions, options: AttendOptions) {
    this.#run = run;
    this.#options = options;
    this.#steps = run.definition.workflow.steps;
    this.#keeper = keeperOf(run.folder, run.id, run.clock, 'controller');
    const { clock } = this.#keeper;
    const grid = watchGrid({
      sites: run.definition.sites,
      clock,
      from: run.submittedAt,
      until: () => after(instant(Math.max(run.definition.workflow.deadline, clock.now())), LATE),
      read: options.read,
    });
    this.#grid = grid;
    const { store, ledger, power } = options;
    this.#journal = new Journal({
      store,
      ledger,
      run,
      keeper: this.#keeper,
      factors: (site, start, end) => [pueFactor(site, start, end), ...grid.factors(site.zone, start, end)],
    });
    this.#planning = new Planning(last, {
      ledger,
      power,
      run,
      clock,
      onFailure: (why) => this.#journal.say(null, 'plan-failed', `could not be planned, so it runs now: ${why}`),
    });
  }

  async untilOver(): Promise<RunSnapshot> {
    const { signal } = this.#options;
    await this.#journal.open();
    await this.#firstAnswer();
    for (;;) {
      const snapshot = await this.#tick();
      this.#options.onLook?.(snapshot);
      if (this.#state !== 'active') return snapshot;
      if (signal.aborted) {
        await this.#journal.accountant.flush();
        return snapshot;
      }
      await delay(this.#keeper.clock.speed > 1 ? LOOK_EVERY_FAST : LOOK_EVERY, undefined, { signal }).catch(() => {});
    }
  }

  close(): void {
    this.#journal.close();
  }

  async #tick(): Promise<RunSnapshot> {
    const { store } = this.#options;
    const { executor, clock, wallNow } = this.#keeper;
    const { accountant } = this.#journal;
    this.#watchClock();
    this.#tellGrid();
    const desired = await readDesired(store, this.#run);
    if (desired === 'cancel') markSet(this.#run.folder, 'cancel');
    if (desired === 'pause') markSet(this.#run.folder, 'hold');
    else markClear(this.#run.folder, 'hold');

    const { runs, phases } = seeSteps(executor, this.#run.folder, this.#steps);
    if (desired !== 'cancel') this.#refuseVanished(runs);
    noteAlive(this.#keeper, phases);
    // Something began or ended: plan again.
    if (await this.#journal.note(runs, (step) => this.#siteOf(step))) this.#planning.again();
    this.#tellDamage(runs);
    accountant.read();

    const over = desired === 'cancel' ? this.#cancelAll(runs, phases) : this.#outcome(phases);
    if (over !== undefined) await this.#end(over, runs);
    else if (desired === 'pause') this.#holdAll(phases);
    else if (desired === 'run' && !this.#options.signal.aborted) {
      // One that is asked to leave decides nothing more: the plan in force stands, and the guard keeps it.
      await this.#planIfDue(runs, phases);
      await this.#act(runs, phases);
    }
    if (monotonicNow() - this.#enteredAt > ENTER_EVERY || this.#planning.slot() !== this.#enteredSlot) {
      await this.#enter();
    }
    this.#readGridIfDue();
    this.#ensureGuardIfDue();
    return snapshotOf({
      run: this.#run,
      state: this.#state,
      attended: true,
      clock,
      wallNow: wallNow(),
      runs,
      phases,
      events: this.#journal.events,
      plan: this.#planning.current,
      firstPlan: this.#planning.first,
      plans: this.#planning.count,
      outlooks: this.#grid.outlooks(),
      spent: withPending(await this.#journal.spent(), accountant.pending(), (step) => this.#worthOf(step)),
      powerW: accountant.powerW(),
      meters: accountant.meters(),
      trouble: this.#grid.trouble(),
    });
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

  /** A guard that was killed, and orders that were damaged, are replaced while there is somebody to do it. */
  #ensureGuardIfDue(): void {
    if (this.#state !== 'active' || monotonicNow() - this.#guardSeenAt < GUARD_EVERY) return;
    this.#guardSeenAt = monotonicNow();
    if (this.#planning.mendOrders()) {
      this.#journal.say(null, 'orders-mended', 'the orders of its guard could not be read; written anew');
    }
    ensureGuard(this.#run.folder);
  }

  async #planIfDue(runs: RunsByStep, phases: PhasesByStep): Promise<void> {
    const { fromWall } = this.#keeper.clock;
    const progress = () =>
      Object.fromEntries(
        this.#steps.map((step) => {
          const phase = phases.get(step.name) ?? { phase: 'waiting', next: 1 };
          const { level, duration } = this.#wayOf(step, runs);
          const where = { site: this.#siteOf(step.name).name, level };
          return [step.name, progressOf(phase, where, left(duration, this.#ran(step, runs)), fromWall)];
        }),
      );
    const outlooks = this.#grid.outlooks();
    if (await this.#planning.planIfDue({ outlooks, version: this.#grid.version(), progress })) {
      ensureGuard(this.#run.folder);
    }
  }

  async #act(runs: RunsByStep, phases: PhasesByStep): Promise<void> {
    const now = this.#keeper.clock.now();
    for (const step of this.#steps) {
      const phase = phases.get(step.name);
      const order = this.#planning.order(step.name);
      if (phase === undefined || order === undefined || enforceTimeout(this.#keeper, order, phase)) continue;
      const { duration } = this.#wayOf(step, runs);
      const act = decide({
        step,
        phase,
        free: step.after.every((name) => phases.get(name)?.phase === 'done'),
        room: () =>
          hasRoom(
            step,
            this.#steps,
            phases,
            (name) => this.#siteOf(name),
            (of) => this.#wayOf(of, runs).needs,
          ),
        planned: this.#planning.planned(step.name),
        duration,
        remaining: left(duration, this.#ran(step, runs)),
        margin: marginFor(this.#keeper.clock.speed),
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
        this.#journal.starts(step.name, act.number);
        try {
          await startRun(this.#keeper, order, act.number, this.#options.signal);
        } catch (thrown) {
          if (!this.#options.signal.aborted) this.#journal.sayOnce(step.name, 'start-failed', asError(thrown).message);
        }
        return;
      }
      case 'resume':
        resumeRun(this.#keeper, act.run);
        this.#journal.say(step.name, 'step-resumed', `goes on${this.#gridWords(step.name, now)}`);
        return;
      case 'pause': {
        const signalName = step.interruptible.mode === 'checkpoint' ? signalOf(step.interruptible.signal) : undefined;
        pauseRun(this.#keeper, act.run, { at: now, resumeBy: act.resumeBy, mode: act.mode }, signalName);
        this.#journal.say(step.name, 'step-paused', `pauses${this.#gridWords(step.name, now)}`);
        return;
      }
      case 'freeze':
        freezeRun(this.#keeper, act.run);
        return;
    }
  }

  /** What has begun must not begin again because its folder was removed: people decide. The guard does the same. */
  #refuseVanished(runs: RunsByStep): void {
    const [vanished] = this.#journal.vanished(runs);
    if (vanished === undefined) return;
    const { folder, id } = this.#run;
    throw new Failure('execute/cannot', `step run ${vanished} has begun, and its folder is gone`, {
      place: { file: join(folder, 'steps') },
      expected: `the folder as it was; or end the run:  gridtide cancel ${id}`,
    });
  }

  /** People paused it: whatever runs is frozen where it is, and nothing starts. */
  #holdAll(phases: PhasesByStep): void {
    for (const step of holdAll(this.#keeper, phases)) {
      this.#journal.say(step, 'step-paused', 'pauses because somebody asked for it; its deadline no longer holds');
    }
    this.#planning.again(); // when it goes on, it is planned anew
  }

  /** Ends what still runs; how the workflow ended, once nothing does. What was ended for this has not failed. */
  #cancelAll(runs: RunsByStep, phases: PhasesByStep): EndState | undefined {
    for (const id of this.#journal.vanished(runs)) this.#keeper.executor.endNamed(nameOf(id));
    if (this.#outcome(phases) === 'done') return 'done';
    return endAll(this.#keeper, phases) ? undefined : 'cancelled';
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
      clock: this.#keeper.clock,
      wallNow: this.#keeper.wallNow(),
      grid: this.#grid,
      plan: this.#planning.current,
      runs,
      vanished: this.#journal.vanished(runs),
      siteOf: (step) => this.#siteOf(step),
      receiptOf: this.#options.receiptOf,
    });
    this.#state = state;
  }

  async #enter(): Promise<void> {
    this.#enteredAt = monotonicNow();
    this.#enteredSlot = this.#planning.slot();
    await this.#journal.enter();
  }

  #gridWords(step: string, now: Instant): string {
    const value = intensityAt(this.#grid.outlooks()[this.#siteOf(step).zone], now);
    return value === undefined ? '' : ` at ${Math.round(value)} g/kWh`;
  }

  /** Facility energy per IT energy of a step, and the grid's intensity there now; `undefined` where it is not known. */
  #worthOf(step: string): { readonly pue: number; readonly intensityG: number | undefined } {
    const site = this.#siteOf(step);
    return { pue: site.pue, intensityG: intensityAt(this.#grid.outlooks()[site.zone], this.#keeper.clock.now()) };
  }

  /** Time on the run's clock that the attempt under way has run, its stops and overheads left out. */
  #ran(step: Step, runs: RunsByStep): Millis {
    return workDone(runs.get(step.name) ?? [], step, this.#keeper.clock, this.#keeper.wallNow());
  }

  /** How it ran, or how the plan has it. */
  #wayOf(step: Step, runs: RunsByStep): Way {
    const planned = this.#planning.planned(step.name)?.intervals[0];
    return wayAt(step, this.#siteOf(step.name).hardware, runs.get(step.name)?.at(-1)?.level ?? planned?.level ?? 1);
  }

  /** Where it ran, or where the plan has it. */
  #siteOf(step: string): Site {
    const name = this.#journal.ranAt(step) ?? this.#planning.planned(step)?.site;
    const sites = this.#run.definition.sites;
    const site = sites.find((candidate) => candidate.name === name) ?? sites[0];
    if (site === undefined) throw new Failure('execute/cannot', `${this.#run.id} has no site`);
    return site;
  }

  /** Says when the grid no longer answers, and when it does again: what was planned meanwhile was planned with less. */
  #tellGrid(): void {
    const lost = this.#grid.lost();
    for (const [zone, why] of lost) {
      if (!this.#lost.has(zone)) this.#journal.say(null, 'grid-lost', `${zone}: ${why}`);
    }
    for (const zone of this.#lost.keys()) {
      if (!lost.has(zone)) this.#journal.say(null, 'grid-back', `${zone}: the grid answers again`);
    }
    this.#lost = lost;
  }

  /** Says when it cannot be read how long a step may stand still: it goes on. */
  #tellDamage(runs: RunsByStep): void {
    for (const [step, own] of runs) {
      if (own.at(-1)?.pause !== UNREADABLE_PAUSE) continue;
      this.#journal.sayOnce(step, 'pause-unreadable', 'the note of its pause could not be read, so the pause is over');
    }
  }

  /** Says when the wall clock was turned, or the machine slept: deadlines are wall time, so the plan changes. */
  #watchClock(): void {
    const drift = systemClock.now() - monotonicNow();
    if (this.#drift !== undefined && Math.abs(drift - this.#drift) > CLOCK_JUMP) {
      const by = Math.round((drift - this.#drift) / 1000);
      this.#journal.say(null, 'clock-jumped', `the clock jumped by ${by} s (set, or the machine slept); planned anew`);
      this.#planning.again();
    }
    this.#drift = drift;
  }
}

/** g/kWh, where grams are known. */
function intensityAt(outlook: Outlook | undefined, at: Instant): number | undefined {
  if (outlook === undefined || outlook.use !== 'level') return undefined;
  return outlook.intensityG[Math.floor((at - outlook.axis.start) / outlook.axis.step)];
}

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
