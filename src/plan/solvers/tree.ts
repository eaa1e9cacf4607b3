/**
 * Steps whose precedence, read without its direction, has no circle (chains, fan-out, fan-in, poly-trees): an exact
 * optimum by messages from the leaves to a root and choices from the root back.
 *
 * @module
 */
import { at, item } from '../at.ts';
import { type Curve, reversedCurve } from '../axis.ts';
import { type Draw, finishCosts, type Piece, tracedCosts, type Window } from './step.ts';

/** A step: when it may run, and in which ways (places, sizes), of which it takes one. */
export interface Node extends Window {
  /** Fewest ticks of work in any of the ways. */
  readonly work: number;
  readonly draws: readonly Draw[];
  /** What has been spent when work can go on at each tick; absent: nothing, at any tick. For work that has begun. */
  readonly ready?: Float64Array;
}

/** `to` starts when `from` has finished, or later. */
export interface Arc {
  readonly from: number;
  readonly to: number;
}

export interface Placement {
  /** Index of the chosen draw. */
  readonly draw: number;
  /** Tick from which `pieces` run. */
  readonly start: number;
  readonly finish: number;
  readonly pieces: readonly Piece[];
}

export interface Solution {
  readonly cost: number;
  /** One for each node, in its order. */
  readonly placements: readonly Placement[];
}

/** Two costs nearer than this part of the costs at hand count as equal. */
const EQUAL = 1e-12;

/** Arcs that can be walked from a node: forwards to a successor or backwards to a predecessor. */
interface Way {
  readonly other: number;
  readonly isSuccessor: boolean;
}

/** A node in the order of the walk from the roots, with the way to its parent. */
interface Stop {
  readonly node: number;
  readonly parent: Way | undefined;
}

/** Roots are the last nodes of their components, so that the end of the workflow comes earliest among equals. */
function walk(count: number, arcs: readonly Arc[]): readonly Stop[] {
  const ways: Way[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of arcs) {
    item(ways, from).push({ other: to, isSuccessor: true });
    item(ways, to).push({ other: from, isSuccessor: false });
  }
  const stops: Stop[] = [];
  const seen = new Set<number>();
  for (let root = count - 1; root >= 0; root--) {
    if (seen.has(root)) continue;
    seen.add(root);
    const queue: Stop[] = [{ node: root, parent: undefined }];
    for (const stop of queue) {
      stops.push(stop);
      for (const { other, isSuccessor } of item(ways, stop.node)) {
        if (seen.has(other)) continue;
        seen.add(other);
        queue.push({ node: other, parent: { other: stop.node, isSuccessor: !isSuccessor } });
      }
    }
  }
  return stops;
}

const addTo = (sum: Float64Array, more: Float64Array): void => {
  for (let t = 0; t < sum.length; t++) sum[t] = at(sum, t) + at(more, t);
};

/** A node in the ticks of its own window, `first` being 0, so that a long plan costs no more than its windows. */
interface Local {
  readonly node: Node;
  readonly offset: number;
  /** Ticks of the window, both ends counted. */
  readonly length: number;
}

function localOf(node: Node): Local {
  const { first, last } = node;
  const within = ({ tick, prefix }: Curve): Curve => ({
    tick: tick.subarray(first, last),
    prefix: prefix.subarray(first, last + 1),
  });
  const draws = node.draws.map((draw) => ({ ...draw, last: draw.last - first, curve: within(draw.curve) }));
  return { node: { ...node, draws, first: 0, last: last - first }, offset: first, length: last - first + 1 };
}

/** Adds to `ready` what it costs to have had `done` (a running minimum) by each tick. */
function addDone(ready: Float64Array, to: Local, done: Float64Array, from: Local): void {
  const shift = to.offset - from.offset;
  const last = done.length - 1;
  for (let t = 0; t < ready.length; t++) {
    const tick = t + shift;
    ready[t] = at(ready, t) + (tick < 0 ? Number.POSITIVE_INFINITY : at(done, Math.min(tick, last)));
  }
}

/** Adds to `afterwards` what it costs to start `rest` (a running minimum from the end) at each tick or later. */
function addRest(afterwards: Float64Array, to: Local, rest: Float64Array, from: Local): void {
  const shift = to.offset - from.offset;
  for (let t = 0; t < afterwards.length; t++) {
    const tick = t + shift;
    afterwards[t] = at(afterwards, t) + (tick < rest.length ? at(rest, Math.max(0, tick)) : Number.POSITIVE_INFINITY);
  }
}

const leastOf = (rows: readonly Float64Array[]): Float64Array => {
  if (rows.length === 1) return item(rows, 0);
  const least = item(rows, 0).slice();
  for (const row of rows.slice(1)) {
    for (let t = 0; t < least.length; t++) least[t] = Math.min(at(least, t), at(row, t));
  }
  return least;
};

/** What is done by tick t costs at least the least of what is done exactly at any earlier tick. */
const runningMinimum = (values: Float64Array): Float64Array => {
  const least = new Float64Array(values.length);
  let lowest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < values.length; t++) {
    lowest = Math.min(lowest, at(values, t));
    least[t] = lowest;
  }
  return least;
};

/** What starts at tick t or later costs at least the least of what starts exactly at any later tick. */
const minimumFromEnd = (values: Float64Array): Float64Array => {
  const least = new Float64Array(values.length);
  let lowest = Number.POSITIVE_INFINITY;
  for (let t = values.length - 1; t >= 0; t--) {
    lowest = Math.min(lowest, at(values, t));
    least[t] = lowest;
  }
  return least;
};

const lastOf = (node: Node, draw: Draw): number => Math.min(node.last, draw.last);

/** Least cost of starting exactly at each tick and paying `afterwards` at the finish: the same question backwards. */
function startCosts(afterwards: Float64Array, node: Node): Float64Array {
  const end = afterwards.length - 1;
  const backwards = afterwards.slice().reverse();
  return leastOf(
    node.draws.map((draw) => {
      const { checkpoint, restart, curve } = draw;
      const window = { first: end - lastOf(node, draw), last: end - node.first };
      const mirrored = { ...draw, checkpoint: restart, restart: checkpoint, curve: reversedCurve(curve) };
      return finishCosts(backwards, mirrored, window);
    }),
  ).reverse();
}

/** What is known of every node once the messages from the leaves have come to the roots. */
interface Messages {
  readonly stops: readonly Stop[];
  readonly locals: readonly Local[];
  readonly ready: readonly Float64Array[];
  readonly afterwards: readonly Float64Array[];
  /** Of nodes whose parent is a successor. */
  readonly totals: ReadonlyMap<number, readonly Float64Array[]>;
}

/** `undefined` when a window has no room. */
function messagesOf(nodes: readonly Node[], arcs: readonly Arc[]): Messages | undefined {
  if (nodes.some(({ first, last, work }) => first < 0 || first + work > last)) return undefined;
  const stops = walk(nodes.length, arcs);
  const locals = nodes.map(localOf);
  const ready = locals.map(
    ({ node, offset, length }) => node.ready?.slice(offset, offset + length) ?? new Float64Array(length),
  );
  const afterwards = locals.map(({ length }) => new Float64Array(length));
  const totals = new Map<number, readonly Float64Array[]>();
  for (const { node: index, parent } of stops.toReversed()) {
    if (parent === undefined) continue;
    const local = item(locals, index);
    const above = item(locals, parent.other);
    if (parent.isSuccessor) {
      const each = totalCosts(local.node, item(ready, index), item(afterwards, index));
      totals.set(index, each);
      addDone(item(ready, parent.other), above, runningMinimum(leastOf(each)), local);
    } else {
      const message = startCosts(item(afterwards, index), local.node);
      addTo(message, item(ready, index));
      addRest(item(afterwards, parent.other), above, minimumFromEnd(message), local);
    }
  }
  return { stops, locals, ready, afterwards, totals };
}

/** What the cheapest schedule costs, without the schedule; `undefined` when none fits. Half the time of the schedule. */
export function leastCost(nodes: readonly Node[], arcs: readonly Arc[]): number | undefined {
  const messages = messagesOf(nodes, arcs);
  if (messages === undefined) return undefined;
  const { stops, locals, ready, afterwards } = messages;
  let cost = 0;
  for (const { node: index, parent } of stops) {
    if (parent !== undefined) continue;
    const totals = totalCosts(item(locals, index).node, item(ready, index), item(afterwards, index));
    cost += leastOf(totals).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }
  return Number.isFinite(cost) ? cost : undefined;
}

/**
 * The cheapest schedule, or `undefined` when none fits the windows. Ties: earliest finish of the last node, then fewer
 * pauses in it, then the same for those before it; then the draw listed first.
 *
 * @param arcs without circles even when their direction is ignored
 * Time O(nodes × draws × work × slack) where work may pause, O(nodes × draws × window) where not.
 */
export function solveForest(nodes: readonly Node[], arcs: readonly Arc[]): Solution | undefined {
  const messages = messagesOf(nodes, arcs);
  if (messages === undefined) return undefined;
  const { stops, locals, ready, afterwards, totals } = messages;
  let cost = 0;
  const placements: Placement[] = new Array<Placement>(nodes.length);
  for (const { node: index, parent } of stops) {
    const { node, offset } = item(locals, index);
    const beside = parent === undefined ? undefined : item(placements, parent.other);
    const own = item(ready, index);
    let window: Window = node;
    if (beside !== undefined && parent?.isSuccessor) {
      window = { first: node.first, last: Math.min(node.last, beside.start - offset) };
    } else if (beside !== undefined) window = { first: Math.max(node.first, beside.finish - offset), last: node.last };
    const within = { ...node, ...window };
    const found = place(within, own, totals.get(index) ?? totalCosts(within, own, item(afterwards, index)));
    if (found === undefined) return undefined;
    if (parent === undefined) cost += found.cost;
    placements[index] = {
      draw: found.draw,
      start: found.start + offset,
      finish: found.finish + offset,
      pieces: found.pieces.map(({ start, end }) => ({ start: start + offset, end: end + offset })),
    };
  }
  return { cost, placements };
}

/** Of each draw, what the node and all that hangs on it cost when the node finishes at each tick. */
function totalCosts(node: Node, ready: Float64Array, afterwards: Float64Array): readonly Float64Array[] {
  return node.draws.map((draw) => {
    const costs = finishCosts(ready, draw, { first: node.first, last: lastOf(node, draw) });
    addTo(costs, afterwards);
    return costs;
  });
}

/** The earliest among the cheapest finishes of one node within its window, and the way to it. */
function place(
  node: Node,
  ready: Float64Array,
  totals: readonly Float64Array[],
): (Placement & { readonly cost: number }) | undefined {
  const least = leastOf(totals);
  let cost = Number.POSITIVE_INFINITY;
  for (let t = 0; t <= node.last; t++) cost = Math.min(cost, at(least, t));
  if (!Number.isFinite(cost)) return undefined;
  const tolerance = EQUAL * Math.abs(cost);
  let finish = 0;
  while (at(least, finish) > cost + tolerance) finish++;
  const draw = totals.findIndex((values) => at(values, finish) <= cost + tolerance);
  const { trace } = tracedCosts(ready, item(node.draws, draw), { ...node, last: finish }, tolerance);
  const pieces = trace(finish);
  return { cost, draw, start: item(pieces, 0).start, finish, pieces };
}
