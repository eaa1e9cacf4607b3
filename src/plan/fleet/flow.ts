/**
 * The flow of work into cells. A **node** is a slot for a group of steps (those that may use the same sites):
 * node = group × slots + slot. A step has an edge to each node of its window, on which it runs at most its width; a node
 * sends what it takes in to the cells of its slot at the sites of its group, and what finds no room there over the brim.
 * All work is always placed. {@link improve} moves it from shut cells to open ones by blocking flows (Dinic, Soviet Math.
 * Doklady 11, 1970), until no way leads from an open cell with room to work in a shut one.
 *
 * Nodes and cells belong to parts that have nothing to do with each other, so that one search serves them all.
 *
 * @module
 */
import type { Fluid } from './fluid.ts';

export interface Flow {
  readonly fluid: Fluid;
  /** Amounts of units × slots below this are none. */
  readonly none: number;
  /** What step i runs in the slots of its window, in order: `amount[from[i]] … amount[from[i + 1] − 1]`. */
  readonly from: Int32Array;
  readonly amount: Float64Array;
  /** By node × (sites + 1) + site: what it sends to the cell; at the last place what goes over the brim. */
  readonly sent: Float64Array;
  /** By cell: 1 where it is open, and what it can still take; 0 where it is shut. */
  readonly isOpen: Uint8Array;
  readonly room: Float64Array;
  /** By node: what it sends to shut cells of its part, or over the brim. */
  readonly surplus: Float64Array;
  /** Part of each node, cell and step. A step and a node of different parts are settled between each other. */
  readonly part: Int32Array;
  readonly cellPart: Int32Array;
  readonly stepPart: Int32Array;
  /** Steps by node in whose window it is: `stepOf[listFrom[v]] … stepOf[listFrom[v + 1] − 1]`. */
  readonly stepOf: Int32Array;
  readonly listFrom: Int32Array;
  /** Distance from a cell with room, in the last search; −1 where no way leads. */
  readonly level: Int32Array;
  readonly stepLevel: Int32Array;
  /** By group: pairs (site, other group that may use it), flat. */
  readonly relays: readonly Int32Array[];
  /** By site: the groups that may use it. */
  readonly groupsAt: readonly Int32Array[];
}

/** The steps and their windows, nothing placed, all in one part; `sent` as {@link Flow} has it. */
export function emptyFlow(fluid: Fluid, sent: Float64Array): Flow {
  const { slots, sites, count, first, end, groups, capacity } = fluid;
  const from = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) from[i + 1] = (from[i] ?? 0) + (end[i] ?? 0) - (first[i] ?? 0);
  const edges = from[count] ?? 0;
  const nodes = slots * groups.length;
  const groupsAt = Array.from({ length: sites }, (_, site) =>
    Int32Array.from([...groups.keys()].filter((g) => groups[g]?.sites.includes(site) === true)),
  );
  const relays = groups.map((one, g) =>
    Int32Array.from(
      [...one.sites].flatMap((site) => [...(groupsAt[site] ?? [])].filter((h) => h !== g).flatMap((h) => [site, h])),
    ),
  );
  return {
    fluid,
    none: 1e-11 * capacity.reduce((most, here) => Math.max(most, here), 0),
    from,
    amount: new Float64Array(edges),
    sent,
    isOpen: new Uint8Array(slots * sites),
    room: new Float64Array(slots * sites),
    surplus: new Float64Array(nodes),
    part: new Int32Array(nodes),
    cellPart: new Int32Array(slots * sites),
    stepPart: new Int32Array(count),
    ...stepsByNode(fluid, edges),
    level: new Int32Array(nodes),
    stepLevel: new Int32Array(count),
    relays,
    groupsAt,
  };
}

function stepsByNode(
  { slots, count, first, end, group, groups }: Fluid,
  edges: number,
): Pick<Flow, 'stepOf' | 'listFrom'> {
  const listFrom = new Int32Array(slots * groups.length + 1);
  for (let i = 0; i < count; i++) {
    const base = (group[i] ?? 0) * slots + 1;
    for (let t = first[i] ?? 0; t < (end[i] ?? 0); t++) listFrom[base + t] = (listFrom[base + t] ?? 0) + 1;
  }
  for (let v = 1; v < listFrom.length; v++) listFrom[v] = (listFrom[v] ?? 0) + (listFrom[v - 1] ?? 0);
  const stepOf = new Int32Array(edges);
  const next = listFrom.slice();
  for (let i = 0; i < count; i++) {
    const base = (group[i] ?? 0) * slots;
    for (let t = first[i] ?? 0; t < (end[i] ?? 0); t++) {
      const position = next[base + t] ?? 0;
      stepOf[position] = i;
      next[base + t] = position + 1;
    }
  }
  return { stepOf, listFrom };
}

/**
 * Moves work from shut to open cells in `live` parts, by at most so many blocking flows; true if no more can be moved.
 * Afterwards `level` and `stepLevel` tell what can be reached from cells with room in those parts: none of it sends work to
 * shut cells. Where moving was broken off, that is what lies nearer than any work in shut cells.
 */
export function improve(flow: Flow, live: Uint8Array, most: number): boolean {
  for (let flows = 0; ; flows++) {
    const distance = search(flow, live);
    if (distance === NEVER) return true;
    if (flows >= most) {
      forget(flow, distance);
      return false;
    }
    block(flow, live, distance);
  }
}

const NEVER = 2 ** 30;

/** Nodes at `distance` and the steps that lead to them count as not reached. */
function forget({ level, stepLevel }: Flow, distance: number): void {
  for (let v = 0; v < level.length; v++) if ((level[v] ?? 0) >= distance) level[v] = -1;
  for (let i = 0; i < stepLevel.length; i++) if ((stepLevel[i] ?? 0) >= distance - 1) stepLevel[i] = -1;
}

/** Marks what can be reached from cells with room, up to the distance of the nearest node with surplus, its result. */
function search(flow: Flow, live: Uint8Array): number {
  const { fluid, none, from, amount, sent, surplus, part, cellPart, stepPart, stepOf, listFrom } = flow;
  const { level, stepLevel, relays } = flow;
  const { slots, sites, width, first, end } = fluid;
  const queue = new Int32Array(level.length);
  let tail = begin(flow, live, queue);
  const later = new Int32Array(level.length + 1).map((_, v) => v);
  stepLevel.fill(-1);
  for (let head = 0; head < tail; head++) {
    const v = queue[head] ?? 0;
    const own = part[v] ?? 0;
    const next = (level[v] ?? 0) + 1;
    // The queue is ascending in distance: the first node with surplus is a nearest one.
    if ((surplus[v] ?? 0) > none) return next - 1;
    const slot = v % slots;
    const base = v - slot;
    for (let k = listFrom[v] ?? 0; k < (listFrom[v + 1] ?? 0); k++) {
      const i = stepOf[k] ?? 0;
      if ((stepLevel[i] ?? 0) >= 0 || stepPart[i] !== own) continue;
      const row = (from[i] ?? 0) - (first[i] ?? 0);
      if ((amount[row + slot] ?? 0) >= (width[i] ?? 0) - none) continue;
      stepLevel[i] = next;
      const stop = base + (end[i] ?? 0);
      for (let u = unseen(later, level, base + (first[i] ?? 0)); u < stop; u = unseen(later, level, u + 1)) {
        if (!((amount[row + u - base] ?? 0) > none) || part[u] !== own) continue;
        level[u] = next + 1;
        queue[tail++] = u;
      }
    }
    const pairs = relays[base / slots];
    if (pairs === undefined) continue;
    for (let p = 0; p < pairs.length; p += 2) {
      const site = pairs[p] ?? 0;
      const u = (pairs[p + 1] ?? 0) * slots + slot;
      if ((level[u] ?? 0) >= 0 || part[u] !== own || cellPart[site * slots + slot] !== own) continue;
      if (!((sent[v * (sites + 1) + site] ?? 0) > none)) continue;
      level[u] = next;
      queue[tail++] = u;
    }
  }
  return NEVER;
}

/** The first node from `v` on that has no level yet; `later` leads there ever faster (union-find with path halving). */
function unseen(later: Int32Array, level: Int32Array, v: number): number {
  let u = v;
  while ((level[u] ?? -1) >= 0) {
    const next = later[u] ?? 0;
    const after = next === u ? u + 1 : (later[next] ?? 0);
    later[u] = after;
    u = after;
  }
  return u;
}

/** The nodes at cells with room. */
function begin(
  { fluid, none, room, part, cellPart, level, groupsAt }: Flow,
  live: Uint8Array,
  queue: Int32Array,
): number {
  const { slots } = fluid;
  level.fill(-1);
  let tail = 0;
  for (let cell = 0; cell < room.length; cell++) {
    const own = cellPart[cell] ?? 0;
    if (!((room[cell] ?? 0) > none) || live[own] === 0) continue;
    const slot = cell % slots;
    for (const g of groupsAt[(cell - slot) / slots] ?? []) {
      const v = g * slots + slot;
      if (part[v] !== own || level[v] === 0) continue;
      level[v] = 0;
      queue[tail++] = v;
    }
  }
  return tail;
}

/**
 * Moves the surplus of the nodes at `distance` along the ways of the last search, which lead from level to level down to
 * cells with room, until each of them is blocked. From the far end on, since few ways that begin there lead nowhere.
 */
function block(flow: Flow, live: Uint8Array, distance: number): void {
  const { none, surplus, part, level, listFrom, fluid } = flow;
  const walk: Walk = {
    nextStep: listFrom.slice(),
    nextRelay: new Int32Array(level.length),
    nextSlot: fluid.first.slice(),
    nodes: [],
    steps: [],
    limits: [],
  };
  for (let v = 0; v < level.length; v++) {
    if (level[v] !== distance || !((surplus[v] ?? 0) > none) || live[part[v] ?? 0] === 0) continue;
    giveUp(flow, v, carryAway(flow, walk, v, surplus[v] ?? 0));
  }
}

/** A way down: where to go on at each node and step, and the nodes so far with what leads from each to the next. */
interface Walk {
  readonly nextStep: Int32Array;
  readonly nextRelay: Int32Array;
  readonly nextSlot: Int32Array;
  readonly nodes: number[];
  /** The step that moves from node d to node d + 1; −1 − site where the nodes exchange a cell. */
  readonly steps: number[];
  /** What the way carries as far as node d. */
  readonly limits: number[];
}

/** Moves up to `surplus` away from node `start`; how much it was. */
function carryAway(flow: Flow, walk: Walk, start: number, surplus: number): number {
  const { level, none } = flow;
  const { nodes, limits } = walk;
  let gone = 0;
  let depth = 0;
  nodes[0] = start;
  limits[0] = surplus;
  while (depth >= 0) {
    const v = nodes[depth] ?? 0;
    const moved = level[v] === 0 ? fill(flow, v, limits[depth] ?? 0) : 0;
    if (moved > none) {
      gone += moved;
      depth = shift(flow, walk, depth, moved);
    } else if ((level[v] ?? -1) > 0 && advance(flow, walk, depth)) depth++;
    else {
      level[v] = -1;
      depth--;
    }
  }
  return gone;
}

/** Sends up to `wanted` more from node `v` to open cells of its part; how much found room. */
function fill({ fluid, sent, room, part, cellPart }: Flow, v: number, wanted: number): number {
  const { slots, sites, groups } = fluid;
  const slot = v % slots;
  let more = wanted;
  for (const site of groups[(v - slot) / slots]?.sites ?? []) {
    const cell = site * slots + slot;
    if (cellPart[cell] !== part[v]) continue;
    const here = Math.min(more, room[cell] ?? 0);
    if (!(here > 0)) continue;
    sent[v * (sites + 1) + site] = (sent[v * (sites + 1) + site] ?? 0) + here;
    room[cell] = (room[cell] ?? 0) - here;
    more -= here;
  }
  return wanted - more;
}

/** The node sends so much less to shut cells. */
function giveUp({ fluid, sent, surplus, isOpen, cellPart, part }: Flow, v: number, gone: number): void {
  const { slots, sites } = fluid;
  const slot = v % slots;
  const base = v * (sites + 1);
  surplus[v] = (surplus[v] ?? 0) - gone;
  let more = gone;
  for (let site = sites; site >= 0 && more > 0; site--) {
    const cell = site * slots + slot;
    if (site < sites && (isOpen[cell] === 1 || cellPart[cell] !== part[v])) continue;
    const here = Math.min(more, sent[base + site] ?? 0);
    sent[base + site] = (sent[base + site] ?? 0) - here;
    more -= here;
  }
}

/** One node on from the one at `depth`, by a step that can move; false if there is none. */
function advance(flow: Flow, walk: Walk, depth: number): boolean {
  const { fluid, none, from, amount, part, stepPart, stepOf, listFrom, level, stepLevel } = flow;
  const { slots, width, first, end } = fluid;
  const { nextStep, nextSlot, nodes, steps, limits } = walk;
  const v = nodes[depth] ?? 0;
  const slot = v % slots;
  const base = v - slot;
  const below = (level[v] ?? 0) - 1;
  const stop = listFrom[v + 1] ?? 0;
  for (let k = nextStep[v] ?? 0; k < stop; k++) {
    const i = stepOf[k] ?? 0;
    if (stepLevel[i] !== below || stepPart[i] !== part[v]) continue;
    const row = (from[i] ?? 0) - (first[i] ?? 0);
    const held = amount[row + slot] ?? 0;
    if (!(held > none)) continue;
    const wide = width[i] ?? 0;
    const last = end[i] ?? 0;
    for (let t = nextSlot[i] ?? 0; t < last; t++) {
      if (level[base + t] !== below - 1 || part[base + t] !== part[v]) continue;
      const free = wide - (amount[row + t] ?? 0);
      if (!(free > none)) continue;
      nextStep[v] = k;
      nextSlot[i] = t;
      nodes[depth + 1] = base + t;
      steps[depth] = i;
      limits[depth + 1] = Math.min(limits[depth] ?? 0, held, free);
      return true;
    }
    nextSlot[i] = last;
  }
  nextStep[v] = stop;
  return relay(flow, walk, depth);
}

/** From a node to one of another group that sends to a cell that both may use. */
function relay(flow: Flow, walk: Walk, depth: number): boolean {
  const { fluid, none, sent, part, cellPart, level, relays } = flow;
  const { slots, sites } = fluid;
  const { nextRelay, nodes, steps, limits } = walk;
  const v = nodes[depth] ?? 0;
  const slot = v % slots;
  const pairs = relays[(v - slot) / slots] ?? new Int32Array();
  for (let p = nextRelay[v] ?? 0; p < pairs.length; p += 2) {
    const site = pairs[p] ?? 0;
    const u = (pairs[p + 1] ?? 0) * slots + slot;
    const sends = sent[u * (sites + 1) + site] ?? 0;
    if (level[u] !== (level[v] ?? 0) - 1 || !(sends > none)) continue;
    if (part[u] !== part[v] || cellPart[site * slots + slot] !== part[v]) continue;
    nextRelay[v] = p;
    nodes[depth + 1] = u;
    steps[depth] = -1 - site;
    limits[depth + 1] = Math.min(limits[depth] ?? 0, sends);
    return true;
  }
  nextRelay[v] = pairs.length;
  return false;
}

/** Moves so much along the way; the depth to go on from, the last one that still carries something, −1 for none. */
function shift({ none, amount, sent, fluid, from }: Flow, walk: Walk, depth: number, moved: number): number {
  const { sites, slots, first } = fluid;
  const { nodes, steps, limits } = walk;
  let deepest = depth;
  for (let d = depth; d >= 0; d--) {
    limits[d] = (limits[d] ?? 0) - moved;
    if (!((limits[d] ?? 0) > none)) deepest = d - 1;
    if (d === depth) continue;
    const i = steps[d] ?? -1;
    const v = nodes[d] ?? 0;
    const u = nodes[d + 1] ?? 0;
    if (i < 0) {
      const more = v * (sites + 1) - 1 - i;
      const less = u * (sites + 1) - 1 - i;
      sent[more] = (sent[more] ?? 0) + moved;
      sent[less] = (sent[less] ?? 0) - moved;
    } else {
      const row = (from[i] ?? 0) - (first[i] ?? 0);
      amount[row + (v % slots)] = (amount[row + (v % slots)] ?? 0) - moved;
      amount[row + (u % slots)] = (amount[row + (u % slots)] ?? 0) + moved;
    }
  }
  return deepest;
}
