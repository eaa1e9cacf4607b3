/**
 * A cluster of executors that runs jobs made of stages, event by event, as the simulator beside PCAPS does (Lechowicz et
 * al., SIGMETRICS 2025, after Decima, Mao et al., SIGCOMM 2019): an executor goes on with its stage while that has tasks
 * and asks the scheduler when it has none; one that comes to another job is away for `movingMs`, and its first task
 * there takes `warmUpMs` more. Running tasks are charged; waiting and moving executors are not.
 *
 * @module
 */
import { item } from '../../src/plan/at.ts';
import type { JobState, Placement, Schedule, Stage, StageQueue, StageState } from '../../src/plan/index.ts';

export interface Job {
  readonly arrivedMs: number;
  readonly stages: readonly Stage[];
}

export interface Cluster {
  readonly executors: number;
  readonly movingMs: number;
  readonly warmUpMs: number;
  /** Schedulers are asked again at its multiples, when the intensity changes. */
  readonly hourMs: number;
}

/** A task that ran: of job and stage by index, on an executor. */
export interface Ran {
  readonly job: number;
  readonly stage: number;
  readonly executor: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Outcome {
  readonly tasks: readonly Ran[];
  /** When each job ended. */
  readonly endedMs: readonly number[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type LiveStage = Mutable<StageState>;

interface LiveJob extends JobState {
  readonly index: number;
  readonly stages: readonly LiveStage[];
  executors: number;
  left: number;
}

/** Where an executor is. `target` is the stage that it runs, waits for or moves to. */
interface Executor {
  readonly index: number;
  job: LiveJob | undefined;
  target: number;
  state: 'idle' | 'moving' | 'running';
  /** Ran a task of `job` before. */
  warm: boolean;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly what: () => void;
}

/** Events by time, equal ones in the order in which they were added: a binary heap. */
class Agenda {
  readonly #heap: Event[] = [];
  #added = 0;

  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, what: () => void): void {
    const event = { atMs, order: this.#added++, what };
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, event)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = event;
  }

  take(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const isRight = right !== undefined && left !== undefined && before(right, left);
      const child = isRight ? right : left;
      if (child === undefined || before(last, child)) break;
      heap[place] = child;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = last;
    return first;
  }
}

const before = (a: Event, b: Event): boolean => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs);

/** Runs all jobs to their end. The scheduler sees a job when it has come, and never before. */
export function simulate(jobs: readonly Job[], cluster: Cluster, schedule: Schedule): Outcome {
  return new Simulation(jobs, cluster, schedule).run();
}

class Simulation {
  readonly #jobs: readonly Job[];
  readonly #cluster: Cluster;
  readonly #schedule: Schedule;
  readonly #agenda = new Agenda();
  readonly #executors: readonly Executor[];
  readonly #tasks: Ran[] = [];
  readonly #endedMs: number[];
  #live: LiveJob[] = [];
  #nowMs = 0;
  #lastArrivalMs = 0;
  #busy = 0;
  #ended = 0;
  #hasNews = false;

  constructor(jobs: readonly Job[], cluster: Cluster, schedule: Schedule) {
    this.#jobs = jobs;
    this.#cluster = cluster;
    this.#schedule = schedule;
    this.#endedMs = jobs.map(() => Number.POSITIVE_INFINITY);
    this.#executors = Array.from({ length: cluster.executors }, (_, index) => ({
      index,
      job: undefined,
      target: -1,
      state: 'idle',
      warm: false,
    }));
  }

  run(): Outcome {
    this.#jobs.forEach((job, index) => {
      this.#agenda.add(job.arrivedMs, () => this.#arrive(job, index));
    });
    this.#agenda.add(this.#cluster.hourMs, () => this.#strike());
    while (this.#ended < this.#jobs.length) {
      const event = this.#agenda.take();
      if (event === undefined) throw new Error(`${this.#jobs.length - this.#ended} jobs were left over`);
      this.#nowMs = event.atMs;
      event.what();
      // Executors that come free at one instant are offered together.
      if (this.#hasNews && this.#agenda.nextMs > this.#nowMs) this.#consult();
    }
    return { tasks: this.#tasks, endedMs: this.#endedMs };
  }

  #strike(): void {
    this.#hasNews = true;
    this.#agenda.add(this.#nowMs + this.#cluster.hourMs, () => this.#strike());
  }

  #arrive(job: Job, index: number): void {
    this.#lastArrivalMs = this.#nowMs;
    const stages = job.stages.map((stage) => ({ ...stage, begun: 0, ended: 0, coming: 0 }));
    this.#live.push({ index, arrivedMs: job.arrivedMs, stages, executors: 0, left: stages.length });
    this.#hasNews = true;
  }

  #consult(): void {
    this.#hasNews = false;
    const idle = this.#executors.filter(({ state }) => state === 'idle');
    for (const executor of idle) this.#leaveStage(executor);
    const groups = [...this.#live, undefined].map((job) => idle.filter((executor) => executor.job === job));
    for (const executors of groups) this.#offer(executors[0]?.job, executors);
  }

  #offer(job: LiveJob | undefined, executors: Executor[]): void {
    while (executors.length > 0) {
      const queue: StageQueue = {
        nowMs: this.#nowMs,
        lastArrivalMs: this.#lastArrivalMs,
        executors: this.#cluster.executors,
        busy: this.#busy,
        jobs: this.#live,
      };
      const answer = this.#schedule(queue, { job, executors: executors.length });
      if (answer === 'stay') return;
      if (answer === 'release') {
        for (const executor of executors) this.#detach(executor);
        return;
      }
      const sent = executors.splice(0, answer.executors);
      if (sent.length === 0) throw new Error('placed no executor');
      for (const executor of sent) this.#send(executor, answer);
    }
  }

  #send(executor: Executor, { job, stage }: Placement): void {
    const live = this.#live.find((one) => one === job);
    const target = live?.stages[stage];
    if (live === undefined || target === undefined) throw new Error('placed in a job that is not there');
    if (executor.job === live) {
      executor.target = stage;
      target.coming++;
      this.#begin(executor, live);
      return;
    }
    this.#detach(executor);
    executor.job = live;
    executor.target = stage;
    executor.state = 'moving';
    live.executors++;
    target.coming++;
    this.#busy++;
    this.#agenda.add(this.#nowMs + this.#cluster.movingMs, () => {
      this.#busy--;
      executor.state = 'idle';
      if (executor.job === undefined) this.#hasNews = true;
      else this.#begin(executor, executor.job);
    });
  }

  /** Begins a task of its target, or waits there for the stages before it. */
  #begin(executor: Executor, job: LiveJob): void {
    const target = job.stages[executor.target];
    if (target === undefined) return;
    if (target.after.some((index) => job.stages[index]?.ended !== job.stages[index]?.tasks)) return;
    target.coming--;
    const warmUpMs = executor.warm ? 0 : this.#cluster.warmUpMs;
    this.#next(executor, job, executor.target, target.firstMs + warmUpMs);
  }

  #next(executor: Executor, job: LiveJob, stageIndex: number, lengthMs: number): void {
    const stage = item(job.stages, stageIndex);
    if (stage.begun === stage.tasks) {
      executor.target = -1;
      executor.state = 'idle';
      this.#hasNews = true;
      return;
    }
    stage.begun++;
    const endMs = this.#nowMs + lengthMs;
    executor.state = 'running';
    executor.warm = true;
    this.#busy++;
    this.#tasks.push({ job: job.index, stage: stageIndex, executor: executor.index, startMs: this.#nowMs, endMs });
    this.#agenda.add(endMs, () => {
      this.#busy--;
      stage.ended++;
      if (stage.ended === stage.tasks) this.#endStage(job);
      this.#next(executor, job, stageIndex, stage.taskMs);
    });
  }

  #endStage(job: LiveJob): void {
    this.#hasNews = true;
    job.left--;
    if (job.left > 0) return;
    this.#endedMs[job.index] = this.#nowMs;
    this.#ended++;
    this.#live = this.#live.filter((one) => one !== job);
    for (const executor of this.#executors) if (executor.job === job) this.#detach(executor);
  }

  #leaveStage(executor: Executor): void {
    const stage = executor.state === 'running' ? undefined : executor.job?.stages[executor.target];
    if (stage !== undefined) stage.coming--;
    executor.target = -1;
  }

  #detach(executor: Executor): void {
    this.#leaveStage(executor);
    if (executor.job !== undefined) executor.job.executors--;
    executor.job = undefined;
    executor.warm = false;
  }
}
