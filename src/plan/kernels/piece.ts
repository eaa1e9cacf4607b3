/**
 * One piece without a pause: where in a window it costs least. Exact by prefix sums.
 *
 * @module
 */
import { at } from '../at.ts';

/** What slots cost, summed: `before[i]` is the cost of all slots before slot `i`. */
export interface Line {
  /** What all of a slot costs, by slot; finite. */
  readonly price: Float64Array;
  /** One longer than `price`. */
  readonly before: Float64Array;
}

export function lineOf(price: Float64Array): Line {
  const before = new Float64Array(price.length + 1);
  for (let slot = 0; slot < price.length; slot++) before[slot + 1] = at(before, slot) + at(price, slot);
  return { price, before };
}

/** What running from `start` to `end` costs, positions in slots that need not be whole. O(1). */
export const costBetween = (line: Line, start: number, end: number): number =>
  costBefore(line, end) - costBefore(line, start);

function costBefore({ price, before }: Line, position: number): number {
  const slot = Math.min(Math.floor(position), price.length);
  const part = position - slot;
  return part === 0 ? at(before, slot) : at(before, slot) + part * at(price, slot);
}

/** A piece begins at `from` or later and ends at `to` or before, in slots that need not be whole. */
export interface PieceWindow {
  readonly from: number;
  readonly to: number;
  /** What each slot of waiting after `from` costs. */
  readonly waiting?: number;
  /** Whether it begins at the edge of a slot. Default: anywhere. */
  readonly wholeStarts?: boolean;
}

export interface Placed {
  /** In slots. */
  readonly start: number;
  /** With what waiting costs. */
  readonly cost: number;
}

/** Starts whose costs differ by less, as a share of all that the line costs, are equally good: the earlier counts. */
const TOLERANCE = 1e-14;

/**
 * The least cost of `work` slots (need not be whole) in one piece. Exact over all starts: between two starts at which
 * neither end of the piece is at the edge of a slot, the cost is a straight line, so one of the edges is best. Of
 * equally good starts the earliest. `undefined` where it does not fit. O(to − from).
 */
export function cheapestPiece(line: Line, work: number, window: PieceWindow): Placed | undefined {
  const { from, to, waiting = 0, wholeStarts = false } = window;
  const last = to - work;
  const tolerance = TOLERANCE * Math.abs(at(line.before, line.price.length));
  let best: Placed | undefined;
  const consider = (start: number): void => {
    if (start < from || start > last) return;
    const cost = costBetween(line, start, start + work) + waiting * (start - from);
    if (best === undefined || cost < best.cost - tolerance) best = { start, cost };
  };
  // The piece ends at the edge of a slot where it begins so far after one.
  const endsAtEdge = Math.ceil(work) - work;
  if (!wholeStarts) consider(from);
  for (let slot = Math.floor(from); slot <= last; slot++) {
    consider(slot);
    if (!wholeStarts && endsAtEdge > 0) consider(slot + endsAtEdge);
  }
  if (!wholeStarts) consider(last);
  return best;
}
