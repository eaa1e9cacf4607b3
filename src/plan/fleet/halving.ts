/**
 * The cheapest flow of work into cells where what a unit weighs depends on the cell alone, with its prices.
 *
 * What sets of cells can take in is a polymatroid (the rank of a gammoid), on which separable convex costs are minimised
 * exactly by halving (the decomposition of Fujishige, Math. of Operations Research 5, 1980, and Groenevelt, European J. of
 * Operational Research 54, 1991). Take a weight λ, open the cells that weigh less, shut the others, and move as much work
 * as can be from shut cells to open ones. Nodes and cells that can be reached from an open cell with room then have a price
 * below λ: no work is left in shut cells that could come. All others have a price of at least λ. The two sides have
 * nothing to do with each other any more: a step that is reached runs nothing on the dear side, and one that is not fills
 * its slots on the cheap side to its width. So each side is halved by itself, at the middle of the weights it may still
 * have, until one is left. All parts are halved at once, and work is always placed: breaking off costs grams, not room.
 *
 * @module
 */
import { type Flow, improve } from './flow.ts';
import { overBrim } from './pour.ts';

/** Weights a part may still have: positions [low, high) in the list of weights. */
interface Part {
  readonly low: number;
  readonly high: number;
  readonly isDone: boolean;
}

/** Halvings at most, and blocking flows at most in each of them. */
export interface Effort {
  readonly rounds: number;
  readonly flows: number;
}

/** Moves what lies over the brim to where there is room; how much found none. */
export function settle(flow: Flow): number {
  const { sent, fluid } = flow;
  const all = new Int32Array(fluid.capacity.length);
  open(flow, Int32Array.of(1), all);
  improve(flow, Uint8Array.of(1), Number.POSITIVE_INFINITY);
  return overBrim(sent, fluid.sites);
}

/**
 * Makes a settled `flow` as cheap as it can be, and returns the price of each node in the unit of the weights. The flow is
 * optimal and its prices exact after as many rounds as there are binary digits in the number of weights.
 */
export function halve(flow: Flow, weights: Float64Array, { rounds, flows }: Effort): Float64Array {
  const { values, rank } = ranked(weights, flow.fluid.capacity);
  let parts: readonly Part[] = [{ low: 0, high: values.length, isDone: values.length <= 1 }];
  for (let round = 0; round < rounds && parts.some(({ isDone }) => !isDone); round++) {
    const limits = Int32Array.from(parts, ({ low, high }) => Math.ceil((low + high) / 2));
    open(flow, limits, rank);
    improve(flow, unfinished(flow, parts), flows);
    parts = split(flow, parts, limits);
  }
  return Float64Array.from(flow.part, (p) => {
    const { low, high } = parts[p] ?? { low: 0, high: 1 };
    return values[Math.floor((low + high - 1) / 2)] ?? 0;
  });
}

/** The different weights, ascending, and by cell the position of its own; cells that hold nothing have none. */
function ranked(
  weights: Float64Array,
  capacity: Float64Array,
): { readonly values: Float64Array; readonly rank: Int32Array } {
  const used = weights.map((weight, cell) => ((capacity[cell] ?? 0) > 0 ? weight : Number.POSITIVE_INFINITY));
  const sorted = used.filter(Number.isFinite).sort();
  let kinds = 0;
  for (const weight of sorted) if (kinds === 0 || weight !== sorted[kinds - 1]) sorted[kinds++] = weight;
  const values = sorted.slice(0, Math.max(1, kinds));
  const rank = Int32Array.from(used, (weight) => (Number.isFinite(weight) ? positionOf(values, weight) : 2 ** 30));
  return { values, rank };
}

function positionOf(values: Float64Array, weight: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < weight) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Opens the cells below the limit of their part, shuts the others. */
function open(flow: Flow, limits: Int32Array, rank: Int32Array): void {
  const { fluid, room, surplus, isOpen, part, cellPart, sent, groupsAt } = flow;
  const { slots, sites, capacity } = fluid;
  for (let v = 0; v < part.length; v++) surplus[v] = sent[v * (sites + 1) + sites] ?? 0;
  for (let cell = 0; cell < room.length; cell++) {
    const slot = cell % slots;
    const site = (cell - slot) / slots;
    const own = cellPart[cell] ?? 0;
    const isHere = (rank[cell] ?? 0) < (limits[own] ?? 0);
    let held = 0;
    for (const g of groupsAt[site] ?? []) {
      const v = g * slots + slot;
      const part_ = sent[v * (sites + 1) + site] ?? 0;
      held += part_;
      if (!isHere && part[v] === own) surplus[v] = (surplus[v] ?? 0) + part_;
    }
    isOpen[cell] = isHere ? 1 : 0;
    room[cell] = isHere ? (capacity[cell] ?? 0) - held : 0;
  }
}

/** 1 for the parts with work in shut cells. */
function unfinished({ none, surplus, part }: Flow, parts: readonly Part[]): Uint8Array {
  const live = new Uint8Array(parts.length);
  for (let v = 0; v < part.length; v++) {
    const own = part[v] ?? 0;
    if ((surplus[v] ?? 0) > none && parts[own]?.isDone === false) live[own] = 1;
  }
  return live;
}

/** Divides the parts in what was reached from cells with room, which is cheap, and what was not. */
function split(flow: Flow, parts: readonly Part[], limits: Int32Array): readonly Part[] {
  const live = unfinished(flow, parts);
  const next: Part[] = [];
  const cheap = new Int32Array(parts.length);
  const dear = new Int32Array(parts.length);
  parts.forEach((one, p) => {
    const limit = limits[p] ?? 0;
    cheap[p] = next.length;
    dear[p] = next.length;
    if (one.isDone) {
      next.push(one);
      return;
    }
    next.push({ low: one.low, high: limit, isDone: limit - one.low <= 1 });
    if (live[p] === 0) return;
    dear[p] = next.length;
    next.push({ low: limit, high: one.high, isDone: one.high - limit <= 1 });
  });
  splitSteps(flow, live, cheap, dear);
  splitCells(flow, live, cheap, dear);
  return next;
}

/** A step stays in question where it may still move; in the other part it runs what it runs. */
function splitSteps({ stepPart, stepLevel }: Flow, live: Uint8Array, cheap: Int32Array, dear: Int32Array): void {
  for (let i = 0; i < stepPart.length; i++) {
    const own = stepPart[i] ?? 0;
    stepPart[i] = (live[own] === 0 || (stepLevel[i] ?? -1) >= 0 ? cheap : dear)[own] ?? 0;
  }
}

function splitCells(flow: Flow, live: Uint8Array, cheap: Int32Array, dear: Int32Array): void {
  const { fluid, none, part, cellPart, isOpen, level, room, sent, groupsAt } = flow;
  const { slots, sites } = fluid;
  for (let cell = 0; cell < room.length; cell++) {
    const own = cellPart[cell] ?? 0;
    const slot = cell % slots;
    const site = (cell - slot) / slots;
    const isReached = (g: number): boolean => {
      const v = g * slots + slot;
      return part[v] === own && (level[v] ?? -1) >= 0 && (sent[v * (sites + 1) + site] ?? 0) > none;
    };
    const isCheap =
      live[own] === 0 || (isOpen[cell] === 1 && ((room[cell] ?? 0) > none || groupsAt[site]?.some(isReached) === true));
    cellPart[cell] = (isCheap ? cheap : dear)[own] ?? 0;
  }
  for (let v = 0; v < part.length; v++) {
    const own = part[v] ?? 0;
    part[v] = (live[own] === 0 || (level[v] ?? -1) >= 0 ? cheap : dear)[own] ?? 0;
  }
}
