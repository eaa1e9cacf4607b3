/**
 * Steps whose precedence, read without its direction, has no circle (chains, fan-out, fan-in, poly-trees): an exact
 * optimum by messages from the leaves to a root and choices from the root back.
 *
 * @module
 */
import { at, item } from '../at.ts';
import { reversedCurve } from '../axis.ts';
import { type Draw, finishCosts, type Piece, tracedCosts, type Window } from './step.ts';

/** A step: when it may run, and in which ways (places, sizes), of which it takes one. */
export interface Node extends Window {
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

/** Fewest ticks in which it can be done. */
export const leastWork = ({ draws }: Node): number =>
  draws.reduce((least, { work }) => Math.min(least, work), Number.POSITIVE_INFINITY);

const addTo = (sum: Float64Array, more: Float64Array): void => {
  for (let t = 0; t < sum.length; t++) sum[t] = at(sum, t) + at(more, t);
};

const leastOf = (rows: readonly Float64Array[]): Float64Array => {
  const least = item(rows, 0).slice();
  for (const row of rows.slice(1)) {
    for (let t = 0; t < least.length; t++) least[t] = Math.min(at(least, t), at(row, t));
  }
  return least;
};

/** What is done by tick t costs at least the least of what is done exactly at any earlier tick. */
const runningMinimum = (values: Float64Array): Float64Array => {
  for (let t = 1; t < values.length; t++) values[t] = Math.min(at(values, t), at(values, t - 1));
  return values;
};

/** Least cost of starting exactly at each tick and paying `afterwards` at the finish: the same question backwards. */
function startCosts(afterwards: Float64Array, node: Node): Float64Array {
  const end = afterwards.length - 1;
  const window = { first: end - node.last, last: end - node.first };
  const backwards = afterwards.slice().reverse();
  return leastOf(
    node.draws.map((draw) => {
      const { checkpoint, restart, curve } = draw;
      const mirrored = { ...draw, checkpoint: restart, restart: checkpoint, curve: reversedCurve(curve) };
      return finishCosts(backwards, mirrored, window);
    }),
  ).reverse();
}

/**
 * The cheapest schedule, or `undefined` when none fits the windows. Ties: earliest finish of the last node, then fewer
 * pauses in it, then the same for those before it; then the draw listed first.
 *
 * @param arcs without circles even when their direction is ignored
 * @param length number of ticks; windows lie within [0, length]
 * Time O(nodes × draws × work × slack) where work may pause, O(nodes × draws × ticks) where not.
 */
export function solveForest(nodes: readonly Node[], arcs: readonly Arc[], length: number): Solution | undefined {
  const stops = walk(nodes.length, arcs);
  const ready = nodes.map((node) => node.ready?.slice() ?? new Float64Array(length + 1));
  const afterwards = nodes.map(() => new Float64Array(length + 1));
  const totals = new Map<number, readonly Float64Array[]>();
  for (const { node: index, parent } of stops.toReversed()) {
    if (parent === undefined) continue;
    const node = item(nodes, index);
    if (parent.isSuccessor) {
      const each = totalCosts(node, item(ready, index), item(afterwards, index));
      totals.set(index, each);
      addTo(item(ready, parent.other), runningMinimum(leastOf(each)));
    } else {
      const message = startCosts(item(afterwards, index), node);
      addTo(message, item(ready, index));
      addTo(item(afterwards, parent.other), runningMinimum(message.reverse()).reverse());
    }
  }
  let cost = 0;
  const placements: Placement[] = new Array<Placement>(nodes.length);
  for (const { node: index, parent } of stops) {
    const node = item(nodes, index);
    const beside = parent === undefined ? undefined : item(placements, parent.other);
    const own = item(ready, index);
    let window: Window = node;
    if (beside !== undefined && parent?.isSuccessor) window = { ...window, last: Math.min(node.last, beside.start) };
    else if (beside !== undefined) window = { ...window, first: Math.max(node.first, beside.finish) };
    const within = { ...node, ...window };
    const found = place(within, own, totals.get(index) ?? totalCosts(within, own, item(afterwards, index)));
    if (found === undefined) return undefined;
    if (parent === undefined) cost += found.cost;
    placements[index] = found;
  }
  return { cost, placements };
}

/** Of each draw, what the node and all that hangs on it cost when the node finishes at each tick. */
function totalCosts(node: Node, ready: Float64Array, afterwards: Float64Array): readonly Float64Array[] {
  return node.draws.map((draw) => {
    const costs = finishCosts(ready, draw, node);
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
  const least = leastOf(totals).subarray(0, node.last + 1);
  const cost = least.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(cost)) return undefined;
  const tolerance = EQUAL * Math.abs(cost);
  const finish = least.findIndex((value) => value <= cost + tolerance);
  const draw = totals.findIndex((values) => at(values, finish) <= cost + tolerance);
  const { trace } = tracedCosts(ready, item(node.draws, draw), { ...node, last: finish }, tolerance);
  const pieces = trace(finish);
  return { cost, draw, start: item(pieces, 0).start, finish, pieces };
}
