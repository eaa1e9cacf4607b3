/**
 * One step on the grid of ticks: given what it costs to be ready to start at each tick, what it costs to have it done
 * at each tick. Exact for work in one piece and for work that may pause, with the cost of pausing.
 *
 * @module
 */
import { at } from '../at.ts';
import type { Curve } from '../axis.ts';

/** A step in ticks. Pausing takes `checkpoint` ticks of running before and `restart` ticks of running after. */
export interface StepTicks {
  /** At least 1. */
  readonly work: number;
  readonly pausable: boolean;
  readonly checkpoint: number;
  readonly restart: number;
}

/** What the step draws at one place: kW while it runs and while it is paused, and what a kW costs there. */
export interface Draw {
  readonly runningKw: number;
  readonly pausedKw: number;
  readonly curve: Curve;
}

/** No start before tick `first`, no finish after tick `last`. */
export interface Window {
  readonly first: number;
  readonly last: number;
}

/** Half-open [start, end) in ticks. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What running from tick `from` to tick `to` costs. */
const running = (draw: Draw, from: number, to: number): number =>
  draw.runningKw * (at(draw.curve.prefix, to) - at(draw.curve.prefix, from));

const unreachable = (length: number): Float64Array => new Float64Array(length).fill(Number.POSITIVE_INFINITY);

/**
 * Least cost of finishing exactly at each tick, starting at s for `ready[s]`; infinite where it cannot be.
 *
 * Pausable work, with F_j(t) running and G_j(t) paused at tick t after j ticks of work:
 * F_j(t) = min(F_{j−1}(t−1) + run, G_j(t−restart) + run·restart), G_j(t) = min(G_j(t−1) + pause, F_j(t−checkpoint) + run·checkpoint),
 * F_0 = ready, answer F_work. O(work × (last − first − work)) time, O(ticks) memory.
 */
export function finishCosts(ready: Float64Array, step: StepTicks, draw: Draw, window: Window): Float64Array {
  return step.pausable ? pausableCosts(ready, step, draw, window) : onePieceCosts(ready, step, draw, window);
}

function onePieceCosts(ready: Float64Array, step: StepTicks, draw: Draw, window: Window): Float64Array {
  const costs = unreachable(ready.length);
  for (let start = window.first; start + step.work <= window.last; start++) {
    costs[start + step.work] = at(ready, start) + running(draw, start, start + step.work);
  }
  return costs;
}

function pausableCosts(ready: Float64Array, step: StepTicks, draw: Draw, window: Window): Float64Array {
  const { work, checkpoint, restart } = step;
  const { runningKw, pausedKw, curve } = draw;
  const paused = unreachable(ready.length);
  let before: Float64Array = ready.slice();
  let current: Float64Array = unreachable(ready.length);
  for (let done = 1; done <= work; done++) {
    const from = window.first + done;
    const to = window.last - work + done;
    let waiting = Number.POSITIVE_INFINITY;
    for (let t = from; t <= to; t++) {
      const tick = at(curve.tick, t - 1);
      let best = at(before, t - 1) + runningKw * tick;
      if (done < work) {
        waiting += pausedKw * tick;
        if (checkpoint > 0 && t - checkpoint >= from) {
          waiting = Math.min(waiting, at(current, t - checkpoint) + running(draw, t - checkpoint, t));
        }
        if (restart === 0) best = Math.min(best, waiting);
        else if (t - restart >= from) best = Math.min(best, at(paused, t - restart) + running(draw, t - restart, t));
        if (checkpoint === 0) waiting = Math.min(waiting, best);
        paused[t] = waiting;
      }
      current[t] = best;
    }
    [before, current] = [current, before];
  }
  before.fill(Number.POSITIVE_INFINITY, 0, Math.max(0, window.first + work));
  before.fill(Number.POSITIVE_INFINITY, window.last + 1);
  return before;
}

/** How a step runs if it finishes at a given tick: its pieces (checkpoints and restarts inside them). */
export type Trace = (finish: number) => readonly Piece[];

/** Marks of the way here: continued after a pause; the pause began here. */
const RESUMED = 1;
const STOPPED = 2;

/**
 * The costs of {@link finishCosts} together with the way to each of them. Of equally cheap ways (within `tolerance`)
 * the one with fewer pauses is kept; of those, the one whose pauses begin earlier. Same time, O(work × window) bytes.
 */
export function tracedCosts(
  ready: Float64Array,
  step: StepTicks,
  draw: Draw,
  window: Window,
  tolerance: number,
): { readonly costs: Float64Array; readonly trace: Trace } {
  if (step.pausable) return tracedPausable(ready, step, draw, window, tolerance);
  return {
    costs: onePieceCosts(ready, step, draw, window),
    trace: (finish) => [{ start: finish - step.work, end: finish }],
  };
}

function tracedPausable(
  ready: Float64Array,
  step: StepTicks,
  draw: Draw,
  window: Window,
  tolerance: number,
): { readonly costs: Float64Array; readonly trace: Trace } {
  const { work, checkpoint, restart } = step;
  const { runningKw, pausedKw, curve } = draw;
  const { first, last } = window;
  const width = Math.max(0, last - first - work + 1);
  const way = new Uint8Array(width * (work + 1));
  const paused = unreachable(ready.length);
  const pausedCount = new Float64Array(ready.length);
  let before: Float64Array = ready.slice();
  let beforeCount = new Float64Array(ready.length);
  let current: Float64Array = unreachable(ready.length);
  let currentCount = new Float64Array(ready.length);
  for (let done = 1; done <= work; done++) {
    const from = first + done;
    const to = last - work + done;
    let waiting = Number.POSITIVE_INFINITY;
    let waitingCount = 0;
    for (let t = from; t <= to; t++) {
      const tick = at(curve.tick, t - 1);
      let best = at(before, t - 1) + runningKw * tick;
      let count = at(beforeCount, t - 1);
      let marks = 0;
      if (done < work) {
        waiting += pausedKw * tick;
        const resume = (cost: number, pauses: number): void => {
          if (cost < best - tolerance || (cost <= best + tolerance && pauses < count)) {
            best = cost;
            count = pauses;
            marks |= RESUMED;
          }
        };
        const stop = (cost: number, pauses: number): void => {
          if (cost < waiting - tolerance || (cost <= waiting + tolerance && pauses < waitingCount)) {
            waiting = cost;
            waitingCount = pauses;
            marks |= STOPPED;
          }
        };
        if (checkpoint > 0 && t - checkpoint >= from) {
          stop(at(current, t - checkpoint) + running(draw, t - checkpoint, t), at(currentCount, t - checkpoint) + 1);
        }
        if (restart === 0) resume(waiting, waitingCount);
        else if (t - restart >= from) {
          resume(at(paused, t - restart) + running(draw, t - restart, t), at(pausedCount, t - restart));
        }
        if (checkpoint === 0) stop(best, count + 1);
        paused[t] = waiting;
        pausedCount[t] = waitingCount;
      }
      current[t] = best;
      currentCount[t] = count;
      way[done * width + t - from] = marks;
    }
    [before, current] = [current, before];
    [beforeCount, currentCount] = [currentCount, beforeCount];
  }
  before.fill(Number.POSITIVE_INFINITY, 0, Math.max(0, first + work));
  before.fill(Number.POSITIVE_INFINITY, last + 1);
  const marked = (done: number, t: number, mark: number): boolean =>
    ((way[done * width + t - first - done] ?? 0) & mark) !== 0;
  const trace: Trace = (finish) => {
    const pieces: Piece[] = [];
    let end = finish;
    let t = finish;
    let done = work;
    while (done > 0) {
      if (marked(done, t, RESUMED)) {
        t -= restart;
        pieces.unshift({ start: t, end });
        while (!marked(done, t, STOPPED)) t--;
        end = t;
        t -= checkpoint;
      } else {
        t--;
        done--;
      }
    }
    pieces.unshift({ start: t, end });
    return pieces;
  };
  return { costs: before, trace };
}
