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
import { boundOf, type Effort, solveGraph, spanningForest, withoutShortcuts } from './solvers/dag.ts';
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
  /** The part of the usual effort that each step gets: {@link effortFor}. */
  readonly effort: number;
  /** A part of the emissions that does not matter: a search that comes so near to its bound ends. 0: the finest. */
  readonly grain: number;
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
/** The fewest where many steps share the effort: one without the dropped arcs, three ways to bring them back. */
const FEWEST_OF_MANY = 4;

/** A bound so near is as good as a proof: for few steps, and for many. */
const CLOSE = 1e-9;
const CLOSE_OF_MANY = 1e-4;

/** Up to so many steps, each gets the whole effort; beyond, they share it, so that a thousand take no minutes. */
const SHARED_BEYOND = 48;

/** The part of the usual effort that each of so many steps gets, (0, 1]. */
export const effortFor = (steps: number): number => Math.min(1, SHARED_BEYOND / steps);

/**
 * The cheapest schedule, by the ranking intensity; `undefined` when the grid holds none. Steps that no precedence ties
 * to each other are scheduled apart, each part on ticks of its own.
 */
export function cheapestSchedule(question: ScheduleQuestion): Schedule | undefined {
  const { jobs, extra } = question;
  const precedence = [...jobs.flatMap((job, to) => job.after.map((from) => ({ from, to }))), ...extra];
  const placed: Placed[] = new Array<Placed>(jobs.length);
  let boundG = 0;
  for (const part of partsOf(question, precedence)) {
    const schedule = scheduleOf(part);
    if (schedule === undefined) return undefined;
    part.indices.forEach((index, i) => {
      placed[index] = item(schedule.placed, i);
    });
    boundG += schedule.boundG;
  }
  return { placed, boundG };
}

/** Steps that precedence ties together, on its own arcs. */
interface Part extends Omit<ScheduleQuestion, 'extra'> {
  /** How many steps the whole question has. */
  readonly steps: number;
  /** Positions in the whole question. */
  readonly indices: readonly number[];
  readonly arcs: readonly Arc[];
}

function partsOf(question: ScheduleQuestion, precedence: readonly Arc[]): readonly Part[] {
  const { jobs, latest, apart } = question;
  const { kept } = spanningForest(jobs.length, precedence);
  const groups = groupsOf(jobs.length, kept);
  const place = new Map<number, { readonly group: number; readonly position: number }>();
  groups.forEach((indices, group) => {
    indices.forEach((index, position) => {
      place.set(index, { group, position });
    });
  });
  const arcs: Arc[][] = groups.map(() => []);
  for (const { from, to } of precedence) {
    const [start, end] = [place.get(from), place.get(to)];
    if (start !== undefined && end !== undefined) arcs[start.group]?.push({ from: start.position, to: end.position });
  }
  return groups.map((indices, group) => {
    const moved = apart === undefined ? undefined : place.get(apart.index);
    const { apart: _, extra: __, ...rest } = question;
    return {
      ...rest,
      steps: jobs.length,
      indices,
      jobs: indices.map((index) => item(jobs, index)),
      latest: indices.map((index) => item(latest, index)),
      arcs: item(arcs, group),
      ...(apart !== undefined && moved?.group === group ? { apart: { ...apart, index: moved.position } } : {}),
    };
  });
}

/** The nodes of each tree of a forest, ascending; trees by their first node. */
function groupsOf(count: number, forest: readonly Arc[]): readonly (readonly number[])[] {
  const parent = Array.from({ length: count }, (_, i) => i);
  const root = (node: number): number => {
    let top = node;
    while (item(parent, top) !== top) top = item(parent, top);
    parent[node] = top;
    return top;
  };
  for (const { from, to } of forest) {
    const [a, b] = [root(from), root(to)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  const groups = new Map<number, number[]>();
  for (let node = 0; node < count; node++) {
    const top = root(node);
    const group = groups.get(top);
    if (group === undefined) groups.set(top, [node]);
    else group.push(node);
  }
  return [...groups.values()];
}

function scheduleOf(part: Part): Schedule | undefined {
  const { jobs, now, horizon, slot, latest, apart, effort, grain } = part;
  const hasCircles = (given: readonly Arc[]): boolean => spanningForest(jobs.length, given).dropped.length > 0;
  const arcs = hasCircles(part.arcs) ? withoutShortcuts(part.arcs) : part.arcs;
  const states = (tick: number): number => statesOf(part, tick);
  const most = statesFor(part, hasCircles(arcs));
  const budget = apart === undefined ? most : 0;
  const { tick, exact } = chooseTick({
    slot,
    works: jobs.flatMap((job) => job.options.map(({ work }) => work)),
    overheads: jobs.flatMap((job) => [job.checkpoint, job.restart]),
    marks: marksOf(part),
    states,
    budget,
  });
  const search = searchOf(effort, grain, states(tick));
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
  const solution = solveGraph(nodes, arcs, search);
  if (solution === undefined) return undefined;
  const placed = jobs.map((job, i) => placedOf(job, item(solution.placements, i), now, tick));
  if (exact) return { placed, boundG: solution.bound };
  const longer = length + 1;
  const cleanest = curvesOf(jobs, ({ outlook, rankG }) => cleanestCurve(outlook.axis, rankG, now, tick, longer));
  const relaxed = jobs.map((job, i) =>
    nodeOf(job, now, tick, longer, item(latest, i), Math.floor, Math.ceil, cleanest),
  );
  return { placed, boundG: boundOf(relaxed, arcs, search) };
}

/** How many states a solve of one part may visit: its share of what all get. */
function statesFor({ jobs, steps, effort, grain }: Part, hasCircles: boolean): number {
  const all = Math.max(1, Math.min(8, steps / 4));
  const share = (all * jobs.length) / steps;
  if (hasCircles) return (share * STATE_BUDGET * (effort < 1 ? 1.5 : 1)) / (grain > 0 ? 40 : 10);
  // A step that is looked at alone, for its runner-up, gets no more than among the others.
  return share * STATE_BUDGET * (steps === 1 ? effort : 1);
}

function searchOf(effort: number, grain: number, states: number): Effort {
  const most = grain > 0 ? FEWEST_SOLVES : MOST_SOLVES;
  const usual = Math.max(FEWEST_SOLVES, Math.min(most, (10 * STATE_BUDGET) / states));
  return {
    solves: Math.max(FEWEST_OF_MANY, Math.floor(usual * effort * effort)),
    close: Math.max(grain, effort < 1 ? CLOSE_OF_MANY : CLOSE),
  };
}

function statesOf({ jobs, now, latest, horizon }: Part, tick: number): number {
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
function marksOf({ jobs, now, latest, horizon }: Part): readonly number[] {
  const axes = jobs.flatMap((job) => job.options.map((option) => option.zone.outlook.axis));
  return [
    ...axes.flatMap((axis) => [axis.step, Math.abs(axis.start - now) % axis.step]),
    ...jobs.map((job) => job.release - now),
    ...[...latest, ...jobs.flatMap((job) => job.options.map((option) => option.latest))]
      .filter((time) => time <= horizon)
      .map((time) => Math.abs(time - now)),
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
  const lastBy = (time: number): number => Math.min(length, ends((time - now) / tick));
  const draws = job.options.flatMap(({ zone, work, runningKw, pausedKw, latest: own }) => {
    const curve = curves.get(zone);
    const last = lastBy(Math.min(own, latest));
    return curve === undefined ? [] : [{ ...pausing, work: lengths(work / tick), last, runningKw, pausedKw, curve }];
  });
  const node = {
    first: lengths((job.release - now) / tick),
    last: Math.max(...draws.map(({ last }) => last)),
    work: Math.min(...draws.map(({ work }) => work)),
    draws,
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
