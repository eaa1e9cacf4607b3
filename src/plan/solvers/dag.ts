/**
 * Any precedence between steps. Without circles the tree solver is exact; with them (diamonds) arcs are dropped to a
 * spanning forest, which can only make a plan cheaper, and branch and bound on the windows brings them back.
 *
 * @module
 */
import { item } from '../at.ts';
import { type Arc, leastCost, type Node, type Placement, type Solution, solveForest } from './tree.ts';

export interface BoundedSolution extends Solution {
  /** No schedule on the grid costs less. Equal to `cost` when the optimum is proved. */
  readonly bound: number;
}

/** How long a search goes on. */
export interface Effort {
  /** How many forests may be solved; a search that ends sooner is as good as proved. */
  readonly solves: number;
  /** A bound nearer than this part of the best is as good as a proof. */
  readonly close: number;
}

/** The neighbours of each node. */
interface Neighbours {
  readonly before: readonly (readonly number[])[];
  readonly behind: readonly (readonly number[])[];
}

function neighbours(count: number, arcs: readonly Arc[]): Neighbours {
  const before: number[][] = Array.from({ length: count }, () => []);
  const behind: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of arcs) {
    item(before, to).push(from);
    item(behind, from).push(to);
  }
  return { before, behind };
}

/**
 * The windows of all nodes, which narrow along the longest paths whenever one of them does: no start before all
 * predecessors can have finished, no finish after a successor must have started.
 */
class Windows {
  readonly #nodes: readonly Node[];
  readonly #arcs: Neighbours;
  readonly #first: number[];
  readonly #last: number[];

  constructor(nodes: readonly Node[], arcs: Neighbours) {
    this.#nodes = nodes;
    this.#arcs = arcs;
    this.#first = nodes.map(({ first }) => first);
    this.#last = nodes.map(({ last }) => last);
  }

  first = (node: number): number => item(this.#first, node);
  last = (node: number): number => item(this.#last, node);

  /** Narrows what lies behind the nodes of `late` (which start no earlier) and before those of `early`. False: no room. */
  spread(late: readonly number[], early: readonly number[]): boolean {
    return this.#spread(late, this.#arcs.behind, this.startsBy) && this.#spread(early, this.#arcs.before, this.endsBy);
  }

  #spread(
    from: readonly number[],
    arcs: readonly (readonly number[])[],
    narrow: (node: number, by: number) => boolean,
  ): boolean {
    const queue = [...from];
    for (const node of queue) {
      if (this.first(node) + item(this.#nodes, node).work > this.last(node)) return false;
      for (const other of item(arcs, node)) if (narrow(other, node)) queue.push(other);
    }
    return true;
  }

  /** The node starts no earlier than `before` can have ended; true if that is news. */
  startsBy = (node: number, before: number): boolean =>
    this.raise(node, this.first(before) + item(this.#nodes, before).work);

  endsBy = (node: number, behind: number): boolean =>
    this.lower(node, this.last(behind) - item(this.#nodes, behind).work);

  raise(node: number, tick: number): boolean {
    const isNews = tick > this.first(node);
    if (isNews) this.#first[node] = tick;
    return isNews;
  }

  lower(node: number, tick: number): boolean {
    const isNews = tick < this.last(node);
    if (isNews) this.#last[node] = tick;
    return isNews;
  }

  applied = (): Node[] =>
    this.#nodes.map((node, i) => {
      const [first, last] = [this.first(i), this.last(i)];
      return first === node.first && last === node.last ? node : { ...node, first, last };
    });
}

/**
 * Narrows windows along the longest paths: no start before all predecessors can have finished, no finish after a
 * successor must have started. `undefined` when a window has no room, or the arcs form a directed cycle.
 */
export function tighten(nodes: readonly Node[], arcs: readonly Arc[]): Node[] | undefined {
  const windows = new Windows(nodes, neighbours(nodes.length, arcs));
  const all = nodes.map((_, i) => i);
  return windows.spread(all, all.toReversed()) ? windows.applied() : undefined;
}

/** Splits arcs into a spanning forest, taken in their order from `offset` on, and the rest. */
export function spanningForest(
  count: number,
  arcs: readonly Arc[],
  offset = 0,
): { readonly kept: Arc[]; readonly dropped: Arc[] } {
  const parent = Array.from({ length: count }, (_, i) => i);
  const root = (node: number): number => {
    let top = node;
    for (let up = item(parent, top); up !== top; up = item(parent, top)) {
      parent[top] = item(parent, up);
      top = item(parent, top);
    }
    return top;
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

/**
 * The arcs without those that others imply: a → c where a → b → c. Many circles are only these. From the start of each
 * arc all is walked that lies before its end, by the number of steps that lead there.
 */
export function withoutShortcuts(arcs: readonly Arc[]): Arc[] {
  const count = arcs.reduce((most, { from, to }) => Math.max(most, from + 1, to + 1), 0);
  const { before, behind } = neighbours(count, arcs);
  const depth = depthsOf(before, behind);
  const leadsTo = (arc: Arc): boolean => {
    const limit = item(depth, arc.to);
    const reached = new Set(item(behind, arc.from).filter((to) => to !== arc.to));
    for (const node of reached) {
      if (item(depth, node) < limit) for (const to of item(behind, node)) reached.add(to);
    }
    return reached.has(arc.to);
  };
  return arcs.filter((arc) => !leadsTo(arc));
}

/** The most arcs on a way to each node; without limit on a directed cycle and behind it. */
function depthsOf(before: Neighbours['before'], behind: Neighbours['behind']): readonly number[] {
  const depth = before.map((nodes) => (nodes.length === 0 ? 0 : Number.POSITIVE_INFINITY));
  const open = before.map((nodes) => nodes.length);
  const ordered = depth.flatMap((value, node) => (value === 0 ? [node] : []));
  for (const node of ordered) {
    for (const to of item(behind, node)) {
      const left = item(open, to) - 1;
      open[to] = left;
      if (left > 0) continue;
      depth[to] = 1 + Math.max(...item(before, to).map((other) => item(depth, other)));
      ordered.push(to);
    }
  }
  return depth;
}

/** Narrows to where a dropped arc is cut: `from` done by the tick, `to` not started before it. False: no room. */
function cut(windows: Windows, nodes: readonly Node[], { from, to }: Arc, wish: number): boolean {
  const least = windows.first(from) + item(nodes, from).work;
  const most = windows.last(to) - item(nodes, to).work;
  const tick = Math.max(least, Math.min(most, wish));
  windows.lower(from, tick);
  windows.raise(to, tick);
  return windows.spread([to], [from]);
}

/** Where between the finish before an arc and the start after it the cut is wished: 0 the finish, 1 the start. */
const WISHES = [0.5, 0, 1];

/** Up to so many solves are too few to better a bound by splitting. */
const FEW_SOLVES = 8;

/**
 * The cheapest schedule found and a bound on all, or `undefined` when none fits.
 */
export function solveGraph(
  nodes: readonly Node[],
  arcs: readonly Arc[],
  { solves, close }: Effort,
): BoundedSolution | undefined {
  const root = tighten(nodes, arcs);
  if (root === undefined) return undefined;
  const { kept, dropped } = spanningForest(nodes.length, arcs);
  if (dropped.length === 0) {
    const solution = solveForest(root, arcs);
    return solution === undefined ? undefined : { ...solution, bound: solution.cost };
  }
  const graph = neighbours(nodes.length, arcs);
  let left = solves;
  let best: Solution | undefined;

  /** A schedule that keeps every arc, from the ticks at which `guide` would cut those outside the forest. */
  const repair = (guide: readonly Placement[], offset: number, wish: number): boolean => {
    const forest = spanningForest(nodes.length, arcs, offset);
    const windows = new Windows(root, graph);
    const fits = forest.dropped.every((arc) => {
      const finish = item(guide, arc.from).finish;
      const start = item(guide, arc.to).start;
      return cut(windows, root, arc, Math.round(finish + wish * (start - finish)));
    });
    left--;
    const found = fits ? solveForest(windows.applied(), forest.kept) : undefined;
    if (found === undefined || (best !== undefined && found.cost >= best.cost * (1 - close))) return false;
    best = found;
    return true;
  };
  const sweep = (): void => {
    // Where few solves are left, they are spread over all spanning forests.
    const stride = Math.max(1, Math.floor(arcs.length / Math.max(1, left)));
    let improved = true;
    while (improved && left > 0) {
      improved = false;
      for (let offset = 0; offset < arcs.length && left > 0; offset += stride) {
        for (const wish of WISHES) improved = (best !== undefined && repair(best.placements, offset, wish)) || improved;
      }
    }
  };

  interface Branch {
    readonly nodes: readonly Node[];
    readonly solution: Solution;
  }
  const open: Branch[] = [];
  const push = (within: readonly Node[]): void => {
    left--;
    const solution = solveForest(within, kept);
    if (solution !== undefined) open.push({ nodes: within, solution });
  };
  push(root);
  let bound = Number.NEGATIVE_INFINITY;
  while (open.length > 0) {
    const branch = open.reduce((a, b) => (b.solution.cost < a.solution.cost ? b : a));
    bound = branch.solution.cost;
    if (best !== undefined && (bound >= best.cost * (1 - close) || left <= 0)) break;
    const broken = worst(dropped, branch.solution.placements);
    if (broken === undefined) {
      best = branch.solution;
      break;
    }
    const isFirst = best === undefined;
    for (const wish of WISHES) repair(branch.solution.placements, 0, wish);
    if (isFirst) sweep();
    if (best !== undefined && left <= 0) break;
    open.splice(open.indexOf(branch), 1);
    const { from, to } = broken;
    const start = item(branch.solution.placements, to).start;
    const middle = Math.floor((start + item(branch.solution.placements, from).finish) / 2);
    const early = new Windows(branch.nodes, graph);
    const before = item(graph.before, to);
    for (const node of before) early.lower(node, middle);
    if (early.spread([], before)) push(early.applied());
    const late = new Windows(branch.nodes, graph);
    late.raise(to, middle + 1);
    if (late.spread([to], [])) push(late.applied());
  }
  return best === undefined
    ? undefined
    : { ...best, bound: open.length === 0 ? best.cost : Math.min(bound, best.cost) };
}

/** What no schedule costs less than; 0 where none fits. With few solves that is the cost without the dropped arcs. */
export function boundOf(nodes: readonly Node[], arcs: readonly Arc[], effort: Effort): number {
  const { kept, dropped } = spanningForest(nodes.length, arcs);
  if (dropped.length > 0 && effort.solves > FEW_SOLVES) return solveGraph(nodes, arcs, effort)?.bound ?? 0;
  const within = tighten(nodes, arcs);
  return (within && leastCost(within, kept)) ?? 0;
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
