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

/** One way to run the step: what it takes there, kW while it runs and while it is paused, and what a kW costs there. */
export interface Draw extends StepTicks {
  /** No finish after this tick in this way. */
  readonly last: number;
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
export function finishCosts(ready: Float64Array, draw: Draw, window: Window): Float64Array {
  return draw.pausable ? pausableCosts(ready, draw, window) : onePieceCosts(ready, draw, window);
}

function onePieceCosts(ready: Float64Array, draw: Draw, window: Window): Float64Array {
  const costs = unreachable(ready.length);
  const { work } = draw;
  for (let start = window.first; start + work <= window.last; start++) {
    costs[start + work] = at(ready, start) + running(draw, start, start + work);
  }
  return costs;
}

function pausableCosts(ready: Float64Array, draw: Draw, window: Window): Float64Array {
  const { work, checkpoint, restart } = draw;
  const { run, pause, stopping, resuming } = costsOf(draw);
  const paused = unreachable(ready.length);
  let before: Float64Array = ready.slice();
  let current: Float64Array = unreachable(ready.length);
  for (let done = 1; done < work; done++) {
    const from = window.first + done;
    const to = window.last - work + done;
    let waiting = Number.POSITIVE_INFINITY;
    for (let t = from; t <= to; t++) {
      let best = at(before, t - 1) + at(run, t);
      waiting += at(pause, t);
      if (checkpoint > 0 && t - checkpoint >= from) {
        waiting = Math.min(waiting, at(current, t - checkpoint) + at(stopping, t));
      }
      if (restart === 0) best = Math.min(best, waiting);
      else if (t - restart >= from) best = Math.min(best, at(paused, t - restart) + at(resuming, t));
      if (checkpoint === 0) waiting = Math.min(waiting, best);
      paused[t] = waiting;
      current[t] = best;
    }
    [before, current] = [current, before];
  }
  return finished(before, current, work, run, window);
}

/** What each tick's end costs: to have run it, to have been paused in it, to have stopped or resumed by it. */
interface TickCosts {
  readonly run: Float64Array;
  readonly pause: Float64Array;
  readonly stopping: Float64Array;
  readonly resuming: Float64Array;
}

function costsOf(draw: Draw): TickCosts {
  const { checkpoint, restart } = draw;
  const { tick, prefix } = draw.curve;
  const each = (kw: number): Float64Array => {
    const costs = new Float64Array(prefix.length);
    for (let t = 1; t < costs.length; t++) costs[t] = kw * at(tick, t - 1);
    return costs;
  };
  const whole = (ticks: number): Float64Array => {
    const costs = unreachable(prefix.length);
    for (let t = ticks; t < costs.length; t++) costs[t] = running(draw, t - ticks, t);
    return costs;
  };
  return {
    run: each(draw.runningKw),
    pause: each(draw.pausedKw),
    stopping: whole(checkpoint),
    resuming: whole(restart),
  };
}

/** The last tick of work: no pause follows it. Unreachable outside the window. */
function finished(
  before: Float64Array,
  costs: Float64Array,
  work: number,
  run: Float64Array,
  window: Window,
): Float64Array {
  costs.fill(Number.POSITIVE_INFINITY);
  for (let t = window.first + work; t <= window.last; t++) {
    costs[t] = work === 0 ? at(before, t) : at(before, t - 1) + at(run, t);
  }
  return costs;
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
  draw: Draw,
  window: Window,
  tolerance: number,
): { readonly costs: Float64Array; readonly trace: Trace } {
  if (draw.pausable) return tracedPausable(ready, draw, window, tolerance);
  return {
    costs: onePieceCosts(ready, draw, window),
    trace: (finish) => [{ start: finish - draw.work, end: finish }],
  };
}

/** Cheaper, or as cheap with fewer pauses. */
const isBetter = (cost: number, pauses: number, than: number, thanPauses: number, tolerance: number): boolean =>
  cost < than - tolerance || (cost <= than + tolerance && pauses < thanPauses);

function tracedPausable(
  ready: Float64Array,
  draw: Draw,
  window: Window,
  tolerance: number,
): { readonly costs: Float64Array; readonly trace: Trace } {
  const { work, checkpoint, restart } = draw;
  const { first, last } = window;
  const { run, pause, stopping, resuming } = costsOf(draw);
  const width = Math.max(0, last - first - work + 1);
  const way = new Uint8Array(width * (work + 1));
  const paused = unreachable(ready.length);
  const pausedCount = new Float64Array(ready.length);
  let before: Float64Array = ready.slice();
  let current: Float64Array = unreachable(ready.length);
  let beforeCount = new Float64Array(ready.length);
  let currentCount = new Float64Array(ready.length);
  for (let done = 1; done < work; done++) {
    const from = first + done;
    const to = last - work + done;
    const row = done * width - from;
    let waiting = Number.POSITIVE_INFINITY;
    let waitingCount = 0;
    for (let t = from; t <= to; t++) {
      let best = at(before, t - 1) + at(run, t);
      let count = at(beforeCount, t - 1);
      let marks = 0;
      waiting += at(pause, t);
      if (checkpoint > 0 && t - checkpoint >= from) {
        const stopped = at(current, t - checkpoint) + at(stopping, t);
        const pauses = at(currentCount, t - checkpoint) + 1;
        if (isBetter(stopped, pauses, waiting, waitingCount, tolerance)) {
          waiting = stopped;
          waitingCount = pauses;
          marks = STOPPED;
        }
      }
      let resumed = waiting;
      let pauses = waitingCount;
      if (restart > 0) {
        resumed = t - restart >= from ? at(paused, t - restart) + at(resuming, t) : Number.POSITIVE_INFINITY;
        pauses = at(pausedCount, Math.max(from, t - restart));
      }
      if (isBetter(resumed, pauses, best, count, tolerance)) {
        best = resumed;
        count = pauses;
        marks |= RESUMED;
      }
      if (checkpoint === 0 && isBetter(best, count + 1, waiting, waitingCount, tolerance)) {
        waiting = best;
        waitingCount = count + 1;
        marks |= STOPPED;
      }
      paused[t] = waiting;
      pausedCount[t] = waitingCount;
      current[t] = best;
      currentCount[t] = count;
      way[row + t] = marks;
    }
    [before, current] = [current, before];
    [beforeCount, currentCount] = [currentCount, beforeCount];
  }
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
  return { costs: finished(before, current, work, run, window), trace };
}
