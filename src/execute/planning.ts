/**
 * When an attended run is planned again, and what follows from it: at each slot, at each news of the grid, and whenever
 * somebody asks. The decision and the guard's orders are written before anything is done about them.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { asError } from '../errors.ts';
import type { Ledger } from '../ledger/index.ts';
import {
  type Outlook,
  type Plan,
  type PlannedStep,
  type PlanRequest,
  type Progress,
  plan,
  type StepPower,
} from '../plan/index.ts';
import { HOUR, type Instant, instant, MINUTE, type Millis, millis, SECOND } from '../units.ts';
import { ordersOf } from './orders.ts';
import type { Decisions, WorkflowRun } from './records.ts';
import { readOrders, type StepOrder, writeOrders } from './run-files.ts';

export interface PlanningOptions {
  readonly ledger: Ledger;
  readonly power: StepPower;
  readonly run: WorkflowRun;
  readonly clock: Clock;
  /** It could not be planned: why. Steps run now. */
  readonly onFailure: (why: string) => void;
}

/** What a plan rests on at a moment. */
export interface Circumstances {
  readonly outlooks: Readonly<Record<string, Outlook>>;
  /** Changes with the outlooks. */
  readonly version: number;
  readonly progress: () => Readonly<Record<string, Progress>>;
}

/** Start latency that each plan holds back once a step, on the run's clock: two looks and a start. */
export const marginFor = (speed: number): Millis => millis(Math.ceil((speed > 1 ? 1.5 : 3) * speed) * SECOND);

/** Plans of a run are numbered; their ids sort as they were made. */
export const planId = (run: string, number: number): string => `${run}/plan/${String(number).padStart(6, '0')}`;

export class Planning {
  readonly first: Plan;
  readonly #options: PlanningOptions;
  #current: Plan;
  /** How often it was planned, by this process and those before it. */
  #count: number;
  #plannedFor = '';
  #orders = new Map<string, StepOrder>();

  constructor(last: Decisions, options: PlanningOptions) {
    this.first = last.first;
    this.#current = last.plan;
    this.#count = last.count;
    this.#options = options;
  }

  /** In force. */
  get current(): Plan {
    return this.#current;
  }

  get count(): number {
    return this.#count;
  }

  planned(step: string): PlannedStep | undefined {
    return this.#current.steps.find((planned) => planned.step === step);
  }

  /** What the plan in force orders; `undefined` before this process has planned. */
  order(step: string): StepOrder | undefined {
    return this.#orders.get(step);
  }

  /** Has it planned anew at the next look. */
  again(): void {
    this.#plannedFor = '';
  }

  /** Number of the planning slot under way. */
  slot(): number {
    const { clock, run } = this.#options;
    return Math.floor(clock.now() / (run.definition.slotMinutes * MINUTE));
  }

  /** Plans if a slot has begun, the grid has changed, or somebody asked; whether it did. */
  async planIfDue({ outlooks, version, progress }: Circumstances): Promise<boolean> {
    const { run, clock, ledger } = this.#options;
    const due = `${this.slot()} ${version}`;
    if (due === this.#plannedFor) return false;
    this.#plannedFor = due;
    const { workflow, sites, slotMinutes } = run.definition;
    const now = this.#now();
    const made = this.#planOrRunNow({
      id: planId(run.id, this.#count + 1),
      workflow,
      sites,
      outlooks,
      now,
      slotMinutes,
      submittedAt: run.submittedAt,
      margin: marginFor(clock.speed),
      progress: progress(),
      waits: this.#current.waits,
    });
    await ledger.recordDecision({
      id: made.id,
      workflowRun: run.id,
      epoch: run.epoch,
      at: now,
      plan: made,
      outlooks,
    });
    this.#current = made;
    this.#count += 1;
    this.#writeOrders();
    return true;
  }

  /** Writes the orders anew when they are gone or damaged; whether they were. */
  mendOrders(): boolean {
    const found = readOrders(this.#options.run.folder);
    if (found !== undefined && found !== 'unreadable') return false;
    this.#writeOrders();
    return true;
  }

  /** A planner that fails must not keep work from running. */
  #planOrRunNow(request: PlanRequest): Plan {
    try {
      return plan(request, this.#options.power);
    } catch (thrown) {
      this.#options.onFailure(asError(thrown).message);
      return plan({ ...request, outlooks: {}, objective: 'run-now' }, this.#options.power);
    }
  }

  #writeOrders(): void {
    const { run } = this.#options;
    const orders = ordersOf(run, this.#current, this.#orders);
    this.#orders = new Map(orders.steps.map((order) => [order.name, order]));
    writeOrders(run.folder, orders);
  }

  /** The instant to plan at: a whole minute (second, on short runs), so that ticks stay coarse. */
  #now(): Instant {
    const { run, clock } = this.#options;
    const grain = run.definition.workflow.deadline - run.submittedAt > 2 * HOUR ? MINUTE : SECOND;
    return instant(Math.floor(clock.now() / grain) * grain);
  }
}
