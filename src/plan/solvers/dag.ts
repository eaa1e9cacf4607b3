/**
 * Any precedence between steps. Without circles the tree solver is exact; with them (diamonds) arcs are dropped to a
 * spanning forest, which can only make a plan cheaper, and branch and bound on the windows brings them back.
 *
 * @module
 */
import { item } from '../at.ts';
import { type Arc, leastWork, type Node, type Placement, type Solution, solveForest } from './tree.ts';

export interface BoundedSolution extends Solution {
  /** No schedule on the grid costs less. Equal to `cost` when the optimum is proved. */
  readonly bound: number;
}

/** Nearer than this part of the best is as good as proved. */
const CLOSE = 1e-9;

/**
 * Narrows windows along the longest paths: no start before all predecessors can have finished, no finish after a
 * successor must have started. `undefined` when a window has no room, or the arcs form a directed cycle.
 */
export function tighten(nodes: readonly Node[], arcs: readonly Arc[]): Node[] | undefined {
  const first = nodes.map((node) => node.first);
  const last = nodes.map((node) => node.last);
  for (let round = 0; round <= nodes.length; round++) {
    let changed = false;
    for (const { from, to } of arcs) {
      const earliest = item(first, from) + leastWork(item(nodes, from));
      const latest = item(last, to) - leastWork(item(nodes, to));
      if (earliest > item(first, to)) {
        first[to] = earliest;
        changed = true;
      }
      if (latest < item(last, from)) {
        last[from] = latest;
        changed = true;
      }
    }
    if (!changed) {
      const fits = nodes.every((node, i) => item(first, i) + leastWork(node) <= item(last, i));
      return fits ? nodes.map((node, i) => ({ ...node, first: item(first, i), last: item(last, i) })) : undefined;
    }
  }
  return undefined;
}

/** Splits arcs into a spanning forest, taken in their order from `offset` on, and the rest. */
export function spanningForest(
  count: number,
  arcs: readonly Arc[],
  offset = 0,
): { readonly kept: Arc[]; readonly dropped: Arc[] } {
  const parent = Array.from({ length: count }, (_, i) => i);
  const root = (node: number): number => {
    const up = item(parent, node);
    return up === node ? node : root(up);
  };
  const kept: Arc[] = [];
  const dropped: Arc[] = [];
  for (let i = 0; i < arcs.length; i++) {
    const arc = item(arcs, (i + offset) % arcs.length);
    const from = root(arc.from);
    const to = root(arc.to);
    (from === to ? dropped : kept).push(arc);
    parent[from] = to;
  }
  return { kept, dropped };
}

/** The arcs without those that others imply: a → c where a → b → c. Many circles are only these. O(arcs²). */
export function withoutShortcuts(arcs: readonly Arc[]): Arc[] {
  const leadsTo = (arc: Arc): boolean => {
    const reached = new Set(arcs.filter((other) => other.from === arc.from && other.to !== arc.to).map(({ to }) => to));
    for (const node of reached) {
      for (const { from, to } of arcs) if (from === node) reached.add(to);
    }
    return reached.has(arc.to);
  };
  return arcs.filter((arc) => !leadsTo(arc));
}

/** Places that a dropped arc may be cut at: `from` done by the tick, `to` not started before it. */
function cut(nodes: readonly Node[], arcs: readonly Arc[], arc: Arc, wish: number): Node[] | undefined {
  const { from, to } = arc;
  const least = item(nodes, from).first + leastWork(item(nodes, from));
  const most = item(nodes, to).last - leastWork(item(nodes, to));
  const tick = Math.max(least, Math.min(most, wish));
  return tighten(
    nodes.map((node, i) => {
      if (i === from) return { ...node, last: Math.min(node.last, tick) };
      return i === to ? { ...node, first: Math.max(node.first, tick) } : node;
    }),
    arcs,
  );
}

/** Where between the finish before an arc and the start after it the cut is wished: 0 the finish, 1 the start. */
const WISHES = [0.5, 0, 1];

/**
 * The cheapest schedule found and a bound on all, or `undefined` when none fits.
 *
 * @param length number of ticks
 * @param solves how many forests may be solved; a search that ends sooner has proved its optimum
 */
export function solveGraph(
  nodes: readonly Node[],
  arcs: readonly Arc[],
  length: number,
  solves: number,
): BoundedSolution | undefined {
  const root = tighten(nodes, arcs);
  if (root === undefined) return undefined;
  const { kept, dropped } = spanningForest(nodes.length, arcs);
  if (dropped.length === 0) {
    const solution = solveForest(root, arcs, length);
    return solution === undefined ? undefined : { ...solution, bound: solution.cost };
  }
  let left = solves;
  let best: Solution | undefined;

  /** A schedule that keeps every arc, from the ticks at which `guide` would cut those outside the forest. */
  const repair = (guide: readonly Placement[], offset: number, wish: number): boolean => {
    const forest = spanningForest(nodes.length, arcs, offset);
    let within: Node[] | undefined = root;
    for (const arc of forest.dropped) {
      const finish = item(guide, arc.from).finish;
      const start = item(guide, arc.to).start;
      within = within && cut(within, arcs, arc, Math.round(finish + wish * (start - finish)));
    }
    left--;
    const found = within && solveForest(within, forest.kept, length);
    if (found === undefined || (best !== undefined && found.cost >= best.cost * (1 - CLOSE))) return false;
    best = found;
    return true;
  };
  const sweep = (): void => {
    let improved = true;
    while (improved && left > 0) {
      improved = false;
      for (let offset = 0; offset < arcs.length && left > 0; offset++) {
        for (const wish of WISHES) improved = (best !== undefined && repair(best.placements, offset, wish)) || improved;
      }
    }
  };

  interface Branch {
    readonly nodes: readonly Node[];
    readonly solution: Solution;
  }
  const open: Branch[] = [];
  const push = (within: readonly Node[] | undefined): void => {
    if (within === undefined) return;
    left--;
    const solution = solveForest(within, kept, length);
    if (solution !== undefined) open.push({ nodes: within, solution });
  };
  push(root);
  let bound = Number.NEGATIVE_INFINITY;
  while (open.length > 0) {
    const branch = open.reduce((a, b) => (b.solution.cost < a.solution.cost ? b : a));
    bound = branch.solution.cost;
    if (best !== undefined && (bound >= best.cost * (1 - CLOSE) || left <= 0)) break;
    open.splice(open.indexOf(branch), 1);
    const broken = worst(dropped, branch.solution.placements);
    if (broken === undefined) {
      best = branch.solution;
      break;
    }
    const isFirst = best === undefined;
    for (const wish of WISHES) repair(branch.solution.placements, 0, wish);
    if (isFirst) sweep();
    const { from, to } = broken;
    const start = item(branch.solution.placements, to).start;
    const middle = Math.floor((start + item(branch.solution.placements, from).finish) / 2);
    const before = (predecessor: number): boolean => arcs.some((arc) => arc.to === to && arc.from === predecessor);
    push(
      tighten(
        branch.nodes.map((node, i) => (before(i) ? { ...node, last: Math.min(node.last, middle) } : node)),
        arcs,
      ),
    );
    push(
      tighten(
        branch.nodes.map((node, i) => (i === to ? { ...node, first: Math.max(node.first, middle + 1) } : node)),
        arcs,
      ),
    );
  }
  return best === undefined
    ? undefined
    : { ...best, bound: open.length === 0 ? best.cost : Math.min(bound, best.cost) };
}

/** The dropped arc that a relaxed schedule breaks most; `undefined` when it keeps all. */
function worst(dropped: readonly Arc[], placements: readonly Placement[]): Arc | undefined {
  let most = 0;
  let found: Arc | undefined;
  for (const arc of dropped) {
    const overlap = item(placements, arc.from).finish - item(placements, arc.to).start;
    if (overlap > most) {
      most = overlap;
      found = arc;
    }
  }
  return found;
}
