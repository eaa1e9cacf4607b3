/**
 * Work whose every pause adds work: a checkpoint before it and a restart after it. At one size, exact in whole slots of
 * which one is run in part, at an end of a stretch.
 *
 * @module
 */
import { CheapestSlots } from './cheapest.ts';
import { CheapestStretch } from './stretch.ts';
import { CRUMB, type Lane, type Way } from './way.ts';

/** What a step asks for, in slots at the level it runs at. */
export interface Asked {
  readonly length: number;
  /** Slots that each pause adds. */
  readonly pause: number;
  /** What each slot until the end weighs. */
  readonly late: number;
}

/** Marks of the way to a state: see {@link PausedSlots}. */
const RESUMED = 1;
const PART_RESUMED = 2;
const PART_BEGUN = 4;
const STOPPED = 8;
const PART_STOPPED = 16;
const PART_CLOSED = 32;

/** Whole slots and the part of the last that so much running takes. */
export const wholeSlots = (length: number): number => Math.max(1, Math.ceil(length - CRUMB));
export const lastPart = (length: number, whole: number): number => Math.min(1, length - whole + 1);

/**
 * For each number of pauses P that may pay, k = ⌈length + P · pause⌉ slots are sought, one of them run to the part that
 * is left. States after slot t, with j slots run in p pauses so far:
 *
 * - `on`: running in slot t; all of them whole. `onPart`: the same, the part is among them.
 * - `closed`: slot t is the part, and a pause or the end must follow.
 * - `off`: paused in slot t; all whole. `offPart`: the same, the part is among them.
 *
 *     on(t, p, j)     = whole(t) + min(on(t−1, p, j−1), off(t−1, p−1, j−1))
 *     onPart(t, p, j) = min(whole(t) + min(onPart(t−1, p, j−1), offPart(t−1, p−1, j−1)), part(t) + off(t−1, p−1, j−1))
 *     closed(t, p, j) = part(t) + on(t−1, p, j−1)
 *     off(t, p, j)    = min(off, on)(t−1, p, j);   offPart(t, p, j) = min(offPart, onPart, closed)(t−1, p, j)
 *
 * Without pauses it is {@link CheapestStretch}. A P is skipped when the k cheapest slots, which no way of P pauses
 * undercuts, cost no less than what was found; where no slot has a negative price that ends the search, since they cost
 * more with every pause. O(size × k × P) for each P.
 */
export class PausedSlots {
  private readonly cheapest: CheapestSlots;
  private readonly stretches: CheapestStretch;
  private on = new Float64Array(0);
  private onPart = new Float64Array(0);
  private closed = new Float64Array(0);
  private off = new Float64Array(0);
  private offPart = new Float64Array(0);
  private marks = new Uint8Array(0);
  private pauses = 0;
  private markedPauses = -1;
  private end = 0;
  private endsClosed = false;

  constructor(longest: number) {
    this.cheapest = new CheapestSlots(longest);
    this.stretches = new CheapestStretch(longest);
  }

  /** What the step costs at least, its end included; infinite when there is no room. */
  cost(lane: Lane, { length, pause, late }: Asked): number {
    const isCostly = lowestPrice(lane) >= 0;
    const once = wholeSlots(length);
    let best = this.stretches.stretch(lane, once, lastPart(length, once), late);
    this.pauses = 0;
    this.markedPauses = -1;
    for (let pauses = 1; ; pauses++) {
      const asked = length + pauses * pause;
      const whole = wholeSlots(asked);
      if (whole + pauses > lane.size || whole <= pauses) break;
      const part = lastPart(asked, whole);
      if (this.cheapest.slots(lane, whole, part, late) >= best) {
        if (isCostly) break;
        continue;
      }
      const value = this.search(lane, pauses, whole, part, late);
      if (value < best) {
        best = value;
        this.pauses = pauses;
      }
    }
    return best;
  }

  /** Adds what {@link cost} found to `way`; `base` is the cell of the window's first slot. */
  write(way: Way, base: number, level: number, lane: Lane, { length, pause, late }: Asked): void {
    const asked = length + this.pauses * pause;
    const whole = wholeSlots(asked);
    const part = lastPart(asked, whole);
    if (this.pauses === 0) {
      this.stretches.write(way, base, level, whole, part);
      return;
    }
    if (this.markedPauses !== this.pauses) this.search(lane, this.pauses, whole, part, late);
    this.trace(way, base, level, whole, part);
  }

  private search(lane: Lane, pauses: number, whole: number, part: number, late: number): number {
    const width = whole + 1;
    this.reserve((pauses + 1) * width, lane.size);
    this.markedPauses = pauses;
    const inPart = part < 1 - CRUMB;
    const goal = pauses * width + whole;
    let best = Number.POSITIVE_INFINITY;
    for (let t = 0; t < lane.size; t++) {
      this.advance(lane, t, pauses, whole, part);
      const open = (inPart ? this.onPart[goal] : this.on[goal]) ?? 0;
      const closed = inPart ? (this.closed[goal] ?? 0) : Number.POSITIVE_INFINITY;
      const value = Math.min(open, closed) + late * (t + 1);
      if (value < best) {
        best = value;
        this.end = t;
        this.endsClosed = closed < open;
      }
    }
    return best;
  }

  private reserve(states: number, size: number): void {
    if (this.on.length < states) {
      this.on = new Float64Array(2 * states);
      this.onPart = new Float64Array(2 * states);
      this.closed = new Float64Array(2 * states);
      this.off = new Float64Array(2 * states);
      this.offPart = new Float64Array(2 * states);
    }
    if (this.marks.length < states * size) this.marks = new Uint8Array(2 * states * size);
    this.on.fill(Number.POSITIVE_INFINITY, 0, states);
    this.onPart.fill(Number.POSITIVE_INFINITY, 0, states);
    this.closed.fill(Number.POSITIVE_INFINITY, 0, states);
    this.off.fill(Number.POSITIVE_INFINITY, 0, states);
    this.offPart.fill(Number.POSITIVE_INFINITY, 0, states);
  }

  /** From the states after slot t − 1 to those after slot t, in place: later pauses and more slots first. */
  private advance({ price, room, size }: Lane, t: number, pauses: number, whole: number, part: number): void {
    const { on, onPart, closed, off, offPart, marks } = this;
    const width = whole + 1;
    const here = price[t] ?? 0;
    const fits = room[t] ?? 0;
    const wholeCost = fits >= 1 - CRUMB ? here : Number.POSITIVE_INFINITY;
    const partCost = fits >= part - CRUMB ? part * here : Number.POSITIVE_INFINITY;
    const row = t * (pauses + 1) * width;
    const most = Math.min(whole, t + 1);
    const least = Math.max(0, whole - (size - t));
    for (let p = pauses; p >= 0; p--) {
      for (let j = most; j >= least; j--) {
        const s = p * width + j;
        let mark = 0;
        let paused = off[s] ?? 0;
        let pausedPart = offPart[s] ?? 0;
        const before = on[s] ?? 0;
        const beforePart = onPart[s] ?? 0;
        const beforeClosed = closed[s] ?? 0;
        if (before < paused) {
          paused = before;
          mark |= STOPPED;
        }
        if (beforePart < pausedPart) {
          pausedPart = beforePart;
          mark |= PART_STOPPED;
        }
        if (beforeClosed < pausedPart) {
          pausedPart = beforeClosed;
          mark = (mark & ~PART_STOPPED) | PART_CLOSED;
        }
        off[s] = paused;
        offPart[s] = pausedPart;
        if (j === 0) continue;
        const isFirst = p === 0 && j === 1;
        const running = on[s - 1] ?? 0;
        const runningPart = onPart[s - 1] ?? 0;
        // States of one pause fewer are still those after slot t − 1.
        const resumed = p > 0 ? (off[s - width - 1] ?? 0) : isFirst ? 0 : Number.POSITIVE_INFINITY;
        const resumedPart = p > 0 ? (offPart[s - width - 1] ?? 0) : Number.POSITIVE_INFINITY;
        if (resumed < running) mark |= RESUMED;
        on[s] = wholeCost + Math.min(running, resumed);
        let withPart = wholeCost + Math.min(runningPart, resumedPart);
        if (resumedPart < runningPart) mark |= PART_RESUMED;
        if (partCost + resumed < withPart) {
          withPart = partCost + resumed;
          mark |= PART_BEGUN;
        }
        onPart[s] = withPart;
        closed[s] = partCost + running;
        marks[row + s] = mark;
      }
    }
  }

  private trace(way: Way, base: number, level: number, whole: number, part: number): void {
    const width = whole + 1;
    const states = (this.markedPauses + 1) * width;
    const hasPart = part < 1 - CRUMB;
    let p = this.markedPauses;
    let j = whole;
    let t = this.end;
    // What is yet to be met on the way back: the part, unless it has been.
    let partAhead = hasPart;
    let isClosed = this.endsClosed;
    while (j > 0) {
      const mark = this.marks[t * states + p * width + j] ?? 0;
      const begun = partAhead && !isClosed && (mark & PART_BEGUN) !== 0;
      way.add(base + t, isClosed || begun ? part : 1, level);
      const resumes = isClosed ? false : begun || (mark & (partAhead ? PART_RESUMED : RESUMED)) !== 0;
      if (isClosed || begun) partAhead = false;
      isClosed = false;
      j--;
      t--;
      if (!resumes || j === 0) continue;
      p--;
      for (let stopped = false; !stopped; t--) {
        const before = this.marks[t * states + p * width + j] ?? 0;
        isClosed = partAhead && (before & PART_CLOSED) !== 0;
        stopped = isClosed || (before & (partAhead ? PART_STOPPED : STOPPED)) !== 0;
      }
    }
    way.sort();
  }
}

function lowestPrice({ price, size }: Lane): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < size; t++) lowest = Math.min(lowest, price[t] ?? 0);
  return lowest;
}
