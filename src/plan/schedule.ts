/**
 * From jobs and instants to the tick grid and back: the cheapest schedule of a set of jobs and a bound on all of them.
 *
 * @module
 */
import { type Instant, instant } from '../units.ts';
import type { Placed, Stretch } from './account.ts';
import { at, item } from './at.ts';
import { type Curve, chooseTick, cleanestCurve, STATE_BUDGET, tickCurve } from './axis.ts';
import { type Job, type Option, shortestOf, type ZoneCurves } from './jobs.ts';
import { solveGraph, spanningForest, withoutShortcuts } from './solvers/dag.ts';
import type { Arc, Node, Placement } from './solvers/tree.ts';

export interface ScheduleQuestion {
  /** In an order in which every job comes after those it waits for. */
  readonly jobs: readonly Job[];
  /** Latest end of each job, ms since 1970. */
  readonly latest: readonly number[];
  readonly now: Instant;
  /** Nothing runs after this instant: the deadline, or the end of the data. */
  readonly horizon: Instant;
  /** Length of a planning slot, ms. */
  readonly slot: number;
  /** Precedence beyond the jobs' own, for steps that do not fit a site together. */
  readonly extra: readonly Arc[];
  /** On ticks of a whole slot, one job (that waits) starts at least `length` ms away from `from`. For runners-up. */
  readonly apart?: { readonly index: number; readonly from: number; readonly length: number };
}

export interface Schedule {
  readonly placed: readonly Placed[];
  /** No schedule emits less, in the grams that rank. */
  readonly boundG: number;
}

/** Most forests solved for a precedence with circles, and the fewest. */
const MOST_SOLVES = 400;
const FEWEST_SOLVES = 24;

/** The cheapest schedule, by the ranking intensity; `undefined` when the grid holds none. */
export function cheapestSchedule(question: ScheduleQuestion): Schedule | undefined {
  const { jobs, now, horizon, slot, latest, extra, apart } = question;
  const precedence = [...jobs.flatMap((job, to) => job.after.map((from) => ({ from, to }))), ...extra];
  const hasCircles = (given: readonly Arc[]): boolean => spanningForest(jobs.length, given).dropped.length > 0;
  const arcs = hasCircles(precedence) ? withoutShortcuts(precedence) : precedence;
  const states = (tick: number): number => statesOf(question, tick);
  const most = (hasCircles(arcs) ? STATE_BUDGET / 10 : STATE_BUDGET) * Math.max(1, Math.min(8, jobs.length / 4));
  const budget = apart === undefined ? most : 0;
  const { tick, exact } = chooseTick({
    slot,
    works: jobs.flatMap((job) => job.options.map(({ work }) => work)),
    overheads: jobs.flatMap((job) => [job.checkpoint, job.restart]),
    marks: marksOf(question),
    states,
    budget,
  });
  const solves = Math.max(FEWEST_SOLVES, Math.min(MOST_SOLVES, Math.floor((10 * STATE_BUDGET) / states(tick))));
  const length = Math.floor((horizon - now) / tick);
  if (length < 1) return undefined;
  const curves = curvesOf(jobs, (zone) => tickCurve(zone.rank, now, tick, length));
  const nodes = jobs.map((job, i) => nodeOf(job, now, tick, length, item(latest, i), Math.ceil, Math.floor, curves));
  if (apart !== undefined) {
    const ready = new Float64Array(length + 1);
    const first = Math.floor((apart.from - apart.length - now) / tick) + 1;
    ready.fill(Number.POSITIVE_INFINITY, Math.max(0, first), Math.ceil((apart.from + apart.length - now) / tick));
    nodes[apart.index] = { ...item(nodes, apart.index), ready };
  }
  const solution = solveGraph(nodes, arcs, length, solves);
  if (solution === undefined) return undefined;
  const placed = jobs.map((job, i) => placedOf(job, item(solution.placements, i), now, tick));
  if (exact) return { placed, boundG: solution.bound };
  const longer = length + 1;
  const cleanest = curvesOf(jobs, ({ outlook, rankG }) => cleanestCurve(outlook.axis, rankG, now, tick, longer));
  const relaxed = jobs.map((job, i) =>
    nodeOf(job, now, tick, longer, item(latest, i), Math.floor, Math.ceil, cleanest),
  );
  return { placed, boundG: solveGraph(relaxed, arcs, longer, solves)?.bound ?? 0 };
}

function statesOf({ jobs, now, latest, horizon }: ScheduleQuestion, tick: number): number {
  return jobs.reduce((sum, job, i) => {
    const span = Math.max(0, Math.min(horizon, item(latest, i)) - Math.max(now, job.release)) / tick;
    const each = job.options.map((option) => {
      const work = option.work / tick;
      return job.pausable ? Math.max(0, span - work + 1) * work : span;
    });
    return each.reduce((a, b) => a + b, sum);
  }, 0);
}

/** Distances from `now` of whatever a schedule may have to meet exactly. */
function marksOf({ jobs, now, latest, horizon }: ScheduleQuestion): readonly number[] {
  const axes = jobs.flatMap((job) => job.options.map((option) => option.zone.outlook.axis));
  return [
    ...axes.flatMap((axis) => [axis.step, Math.abs(axis.start - now) % axis.step]),
    ...jobs.map((job) => job.release - now),
    ...latest.filter((time) => time <= horizon).map((time) => Math.abs(time - now)),
    horizon - now,
  ];
}

function curvesOf(jobs: readonly Job[], make: (zone: ZoneCurves) => Curve): ReadonlyMap<ZoneCurves, Curve> {
  const zones = new Set(jobs.flatMap((job) => job.options.map((option) => option.zone)));
  return new Map([...zones].map((zone) => [zone, make(zone)]));
}

type Round = (value: number) => number;

/** A job on the grid. `lengths` rounds durations and first ticks, `ends` rounds last ticks. */
function nodeOf(
  job: Job,
  now: Instant,
  tick: number,
  length: number,
  latest: number,
  lengths: Round,
  ends: Round,
  curves: ReadonlyMap<ZoneCurves, Curve>,
): Node {
  const pausing = {
    pausable: job.pausable,
    checkpoint: lengths(job.checkpoint / tick),
    restart: lengths(job.restart / tick),
  };
  const node = {
    first: lengths((job.release - now) / tick),
    last: Math.min(length, ends((latest - now) / tick)),
    draws: job.options.flatMap(({ zone, work, runningKw, pausedKw }) => {
      const curve = curves.get(zone);
      return curve === undefined ? [] : [{ ...pausing, work: lengths(work / tick), runningKw, pausedKw, curve }];
    }),
  };
  return job.progress.state === 'waiting' ? node : { ...node, ready: readyOf(job, node, length) };
}

/**
 * What has been spent when begun work goes on at each tick: paused until its restart; for running work, at once for
 * nothing, or after a checkpoint, a pause and a restart.
 */
function readyOf(job: Job, node: Node, length: number): Float64Array {
  const ready = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY);
  const isRunning = job.progress.state === 'running';
  if (isRunning) ready[0] = 0;
  if (isRunning && !job.pausable) return ready;
  const draw = item(node.draws, 0);
  const stop = isRunning ? draw.checkpoint : 0;
  const grams = (from: number, to: number): number => at(draw.curve.prefix, to) - at(draw.curve.prefix, from);
  const first = stop + draw.restart;
  for (let t = isRunning ? Math.max(1, first) : first; t <= length; t++) {
    ready[t] =
      draw.runningKw * (grams(0, stop) + grams(t - draw.restart, t)) + draw.pausedKw * grams(stop, t - draw.restart);
  }
  return ready;
}

/** A placement in instants. Overheads shorter than their ticks start later or end earlier; the last piece ends with the work. */
function placedOf(job: Job, placement: Placement, now: Instant, tick: number): Placed {
  const option: Option = item(job.options, placement.draw);
  const restartTicks = Math.ceil(job.restart / tick);
  const checkpointTicks = Math.ceil(job.checkpoint / tick);
  const isPaused = job.progress.state === 'paused';
  const stoppedAtOnce = job.progress.state === 'running' && placement.start > 0;
  const pieces = placement.pieces.map((piece, i) =>
    i === 0 && (isPaused || stoppedAtOnce) ? { ...piece, start: piece.start - restartTicks } : piece,
  );
  const all = stoppedAtOnce && checkpointTicks > 0 ? [{ start: 0, end: checkpointTicks }, ...pieces] : pieces;
  let left = option.work;
  const stretches: Stretch[] = all.map((piece, i) => {
    const isResumed = i > 0 || isPaused || (stoppedAtOnce && checkpointTicks === 0);
    const isLast = i === all.length - 1;
    const workStart = now + (piece.start + (isResumed ? restartTicks : 0)) * tick;
    const workEnd = isLast ? workStart + left : now + (piece.end - checkpointTicks) * tick;
    left -= workEnd - workStart;
    return {
      start: instant(workStart - (isResumed ? job.restart : 0)),
      end: instant(isLast ? workEnd : workEnd + job.checkpoint),
    };
  });
  return { job, option, stretches };
}

/** Earliest start and end of each job along the longest path, at its fastest, with unlimited capacity. ms since 1970. */
export function earliestTimes(jobs: readonly Job[]): readonly { readonly start: number; readonly end: number }[] {
  const times: { start: number; end: number }[] = [];
  for (const job of jobs) {
    const start = job.after.reduce((latest, index) => Math.max(latest, item(times, index).end), job.release);
    times.push({ start, end: start + shortestOf(job) });
  }
  return times;
}
