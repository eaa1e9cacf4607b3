/**
 * The cheapest part of a window: so much work, taken from the slots that cost least. Exact for work that may pause at no
 * cost: whatever is moved out of a chosen slot goes into one that costs as much or more.
 *
 * @module
 */
import { at } from '../at.ts';

/** Slots `from` to `to` (half-open) of a grid. */
export interface Slots {
  /** What all of a slot costs, by slot of the grid; infinite where it may not be used, never `NaN`. */
  readonly price: Float64Array;
  /** The share of each slot that may be used, 0 to 1, by slot of the grid; 1 where absent. */
  readonly room?: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** As many cells as the widest window so far, so that a choice allocates nothing. */
let prices: Float64Array = new Float64Array(256);
let rooms: Float64Array = new Float64Array(256);

/** What a cell costs in proportion to its room, and how much there is of it: `cell` of the next {@link marginalPrice}. */
export function putCell(cell: number, price: number, room: number): void {
  if (cell >= prices.length) {
    prices = doubled(prices);
    rooms = doubled(rooms);
  }
  prices[cell] = price;
  rooms[cell] = room;
}

function doubled(values: Float64Array): Float64Array {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

/**
 * The least price at which the first `cells` cells that were put, and cost no more, have room for `work`; infinite where
 * all of them have no more than that. Selection by three-way partition about a median of three (Hoare, CACM 4, 1961):
 * O(cells) expected. The cells are left in another order.
 */
export function marginalPrice(cells: number, work: number): number {
  let low = 0;
  let high = cells;
  let left = work;
  // Sums of the same rooms in another order differ by rounding: then what is left comes from the next price.
  let next = Number.POSITIVE_INFINITY;
  while (low < high) {
    const pivot = middle(at(prices, low), at(prices, (low + high) >>> 1), at(prices, high - 1));
    let cheaper = 0;
    let equal = 0;
    let less = low;
    let more = high;
    for (let cell = low; cell < more; ) {
      const price = at(prices, cell);
      if (price < pivot) {
        cheaper += at(rooms, cell);
        exchange(cell++, less++);
      } else if (price > pivot) exchange(cell, --more);
      else equal += at(rooms, cell++);
    }
    if (less > low && left <= cheaper) {
      high = less;
      next = pivot;
    } else if (left <= cheaper + equal) return pivot;
    else {
      left -= cheaper + equal;
      low = more;
    }
  }
  return next;
}

const middle = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

function exchange(one: number, other: number): void {
  const price = at(prices, one);
  const room = at(rooms, one);
  prices[one] = at(prices, other);
  rooms[one] = at(rooms, other);
  prices[other] = price;
  rooms[other] = room;
}

/** Of work that just fits, what is lost to rounding is no reason to refuse it. */
export const ROUNDING = 1e-9;

/** The share of `slot` that may be used. */
export const roomOf = ({ price, room }: Slots, slot: number): number =>
  at(price, slot) < Number.POSITIVE_INFINITY ? (room === undefined ? 1 : at(room, slot)) : 0;

/**
 * The least cost of `work` whole slots, of which the last need not be whole, and into `used` (by slot after `from`) the
 * share of each slot that it takes. Of slots that cost the same the earlier are taken. Infinite where there is too
 * little room; `used` is then all that there is. O(to − from) expected.
 */
export function cheapest(slots: Slots, work: number, used: Float64Array): number {
  const { price, from, to } = slots;
  for (let slot = from; slot < to; slot++) putCell(slot - from, at(price, slot), roomOf(slots, slot));
  const most = marginalPrice(to - from, work);
  let left = work;
  let cost = 0;
  const take = (slot: number, share: number): void => {
    used[slot - from] = share;
    if (share === 0) return;
    left -= share;
    cost += share * at(price, slot);
  };
  for (let slot = from; slot < to; slot++) take(slot, at(price, slot) < most ? roomOf(slots, slot) : 0);
  // Of those that cost as much as the last part, as many as are needed.
  for (let slot = from; slot < to && left > 0; slot++) {
    if (at(price, slot) === most) take(slot, Math.min(left, roomOf(slots, slot)));
  }
  return left > ROUNDING * Math.max(1, work) ? Number.POSITIVE_INFINITY : cost;
}
