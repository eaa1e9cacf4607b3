/**
 * Work placed one by one where it is expected to emit least: exact for each piece of work by itself, in continuous time;
 * greedy among work that shares a place. Method and sources: `docs/methods/replay.md`.
 *
 * @module
 */
import type { FleetPlace, Placement, PlanFleet, Wish } from './fleet.ts';
import { type Room, slotAfter, slotAt } from './room.ts';

/** From this share on, what is left of a place has a price, so that it is kept for work that cannot wait. */
const PRICED_FROM = 0.95;
/** g/kWh at the last of the room. Measured in a sweep on recorded grids: from 30 to 120 it changes little. */
const HIGHEST_PRICE_G = 60;

/** Hours below this are rounding. */
const TRIFLE = 1e-9;

export function insertion(): PlanFleet {
  const scratch = new Scratch();
  return (wishes, places) => wishes.map((wish) => place(wish, places, scratch));
}

/** Arrays that are used again for each wish. */
class Scratch {
  costs = new Float64Array(1024);
  sorted = new Float64Array(1024);
  integral = new Float64Array(1025);

  hold(slots: number): void {
    if (slots <= this.costs.length) return;
    this.costs = new Float64Array(slots * 2);
    this.sorted = new Float64Array(slots * 2);
    this.integral = new Float64Array(slots * 2 + 1);
  }
}

interface Found {
  /** Grams per kilowatt, prices included. */
  readonly cost: number;
  readonly pieces: readonly number[];
}

function place(wish: Wish, places: readonly FleetPlace[], scratch: Scratch): Placement {
  let best: Found | undefined;
  let at = Math.max(0, wish.place);
  places.forEach((one, index) => {
    if (wish.place !== -1 && wish.place !== index) return;
    const found = within(wish, one, scratch);
    if (found === undefined) return;
    const weighed = { cost: found.cost * one.pue, pieces: found.pieces };
    if (best !== undefined && !isBetter(weighed, best)) return;
    best = weighed;
    at = index;
  });
  const chosen = places[at];
  const pieces = best?.pieces ?? soonest(wish, chosen);
  reserve(wish, pieces, chosen?.room);
  return { place: at, pieces, inTime: best !== undefined };
}

/** Cheaper; as cheap and done earlier. */
const isBetter = (one: Found, than: Found): boolean =>
  one.cost < than.cost - TRIFLE ||
  (one.cost <= than.cost + TRIFLE && (one.pieces.at(-1) ?? 0) < (than.pieces.at(-1) ?? 0) - TRIFLE);

function reserve({ cpus, gpus }: Wish, pieces: readonly number[], room: Room | undefined): void {
  if (room === undefined) return;
  for (let i = 0; i < pieces.length; i += 2) room.reserve(pieces[i] ?? 0, pieces[i + 1] ?? 0, cpus, gpus);
}

/** The slots between release and due, with what a kilowatt emits in an hour of each; infinite where there is no room. */
interface Window {
  readonly stepH: number;
  /** Slot of the scene. */
  readonly first: number;
  readonly slots: number;
  readonly fromH: number;
  readonly toH: number;
}

/** The cheapest way to do all of it in time; `undefined` where there is no room for it. */
function within(wish: Wish, { curve, room }: FleetPlace, scratch: Scratch): Found | undefined {
  const { stepH } = curve;
  const toH = Math.max(wish.dueH, wish.fromH + wish.workH);
  const first = slotAt(wish.fromH, stepH);
  const slots = slotAfter(toH, stepH) - first;
  scratch.hold(slots);
  const { costs } = scratch;
  for (let i = 0; i < slots; i++) {
    const slot = first + i;
    // Where nothing is known (the end of the data), the last known hour goes on.
    const known = Math.min(Math.max(slot - curve.first, 0), curve.intensityG.length - 1);
    costs[i] = (curve.intensityG[known] ?? 0) + priceOf(slot, wish, room);
  }
  const window = { stepH, first, slots, fromH: wish.fromH, toH };
  return wish.pausable ? cheapest(window, wish.workH, scratch) : onePiece(window, wish.workH, scratch);
}

function priceOf(slot: number, { cpus, gpus }: Wish, room: Room | undefined): number {
  if (room === undefined) return 0;
  if (!room.fits(slot, cpus, gpus)) return Number.POSITIVE_INFINITY;
  return (HIGHEST_PRICE_G * Math.max(0, room.taken(slot) - PRICED_FROM)) / (1 - PRICED_FROM);
}

const startOf = ({ first, stepH, fromH }: Window, i: number): number => (i === 0 ? fromH : (first + i) * stepH);
const endOf = ({ first, stepH, slots, toH }: Window, i: number): number =>
  i === slots - 1 ? toH : (first + i + 1) * stepH;

/**
 * Work that may pause: the cheapest parts of the cheapest slots, which is exact (a fractional knapsack: Dantzig, Oper.
 * Res. 5, 1957); of equal slots the earlier. O(n log n) for n slots.
 */
function cheapest(window: Window, workH: number, scratch: Scratch): Found | undefined {
  const { slots } = window;
  const limit = costLimit(window, workH, scratch);
  if (limit === undefined) return undefined;
  const { costs } = scratch;
  let rest = workH;
  for (let i = 0; i < slots; i++) if ((costs[i] ?? 0) < limit) rest -= endOf(window, i) - startOf(window, i);
  const pieces: number[] = [];
  let cost = 0;
  for (let i = 0; i < slots; i++) {
    const each = costs[i] ?? 0;
    if (each > limit) continue;
    let from = startOf(window, i);
    let to = endOf(window, i);
    if (each === limit) {
      const part = Math.min(rest, to - from);
      if (part <= TRIFLE) continue;
      rest -= part;
      // A part of a slot lies next to its neighbour that is used.
      const isBefore = pieces.at(-1) !== from && i + 1 < slots && (costs[i + 1] ?? 0) < limit;
      if (isBefore) from = to - part;
      else to = from + part;
    }
    cost += each * (to - from);
    if (pieces.at(-1) === from) pieces[pieces.length - 1] = to;
    else pieces.push(from, to);
  }
  return { cost, pieces };
}

/** The cost of the dearest slot that is needed; `undefined` where all together are too short. */
function costLimit(window: Window, workH: number, { costs, sorted }: Scratch): number | undefined {
  const { slots, stepH } = window;
  const ordered = sorted.subarray(0, slots);
  ordered.set(costs.subarray(0, slots));
  ordered.sort();
  // The first and last slots may lie in the window with a part only.
  const lacks = [0, slots - 1].map((i) => ({
    cost: costs[i] ?? 0,
    lack: stepH - (endOf(window, i) - startOf(window, i)),
  }));
  if (slots === 1) lacks.pop();
  let left = workH - TRIFLE;
  for (let k = 0; k < slots; k++) {
    const cost = ordered[k] ?? 0;
    if (cost === Number.POSITIVE_INFINITY) return undefined;
    left -= stepH;
    while (lacks.length > 0) {
      const index = lacks.findIndex((one) => one.cost <= cost);
      if (index === -1) break;
      left += lacks[index]?.lack ?? 0;
      lacks.splice(index, 1);
    }
    if (left <= 0) return cost;
  }
  return undefined;
}

/**
 * Work in one piece: between two edges of slots, emissions are linear in the start, so that a best start lies where it
 * or the end meets an edge, or at an end of the window. O(n) for n slots.
 */
function onePiece(window: Window, workH: number, scratch: Scratch): Found | undefined {
  const { slots, stepH, first, fromH, toH } = window;
  const { costs, integral } = scratch;
  integral[0] = 0;
  for (let i = 0; i < slots; i++) integral[i + 1] = (integral[i] ?? 0) + finite(costs[i] ?? 0) * stepH;
  const until = (hours: number): number => {
    const place = hours / stepH - first;
    const whole = Math.min(slots - 1, Math.max(0, Math.floor(place)));
    return (integral[whole] ?? 0) + (place - whole) * finite(costs[whole] ?? 0) * stepH;
  };
  let best = Number.POSITIVE_INFINITY;
  let start = Number.NaN;
  const latest = toH - workH;
  const attempt = (at: number): void => {
    if (at < fromH - TRIFLE || at > latest + TRIFLE) return;
    const cost = until(at + workH) - until(at);
    if (cost < best - 1e-9 || (cost <= best + 1e-9 && at < start)) {
      if (!isFree(costs, slotAt(at, stepH) - first, slotAfter(at + workH, stepH) - first)) return;
      best = cost;
      start = at;
    }
  };
  attempt(fromH);
  for (let i = 1; i <= slots; i++) {
    const edge = (first + i) * stepH;
    attempt(edge - workH);
    attempt(edge);
  }
  attempt(latest);
  return Number.isNaN(start) ? undefined : { cost: best, pieces: [start, start + workH] };
}

/** A full slot costs more than any that is not; whether it is needed is looked at before anything is taken. */
const finite = (cost: number): number => (cost === Number.POSITIVE_INFINITY ? 1e9 : cost);

function isFree(costs: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (costs[i] === Number.POSITIVE_INFINITY) return false;
  return true;
}

/** As soon as there is room, due or not. */
function soonest(wish: Wish, chosen: FleetPlace | undefined): number[] {
  const { fromH, workH, cpus, gpus, pausable } = wish;
  const room = chosen?.room;
  const stepH = chosen?.curve.stepH ?? 1;
  if (room === undefined) return [fromH, fromH + workH];
  const pieces: number[] = [];
  let left = workH;
  let at = fromH;
  while (left > TRIFLE) {
    const slot = slotAt(at, stepH);
    const end = Math.min((slot + 1) * stepH, at + left);
    if (!room.fits(slot, cpus, gpus)) {
      if (!pausable) {
        pieces.length = 0;
        left = workH;
      }
      at = (slot + 1) * stepH;
      continue;
    }
    if (pieces.at(-1) === at) pieces[pieces.length - 1] = end;
    else pieces.push(at, end);
    left -= end - at;
    at = end;
  }
  return pieces;
}
