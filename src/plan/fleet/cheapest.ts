/**
 * The cheapest slots of a window.
 *
 * @module
 */

/** Room for the slots of one answer at a time. */
export interface Cheapest {
  readonly price: Float64Array;
  readonly slot: Int32Array;
}

export const cheapestOf = (most: number): Cheapest => ({
  price: new Float64Array(Math.max(1, most)),
  slot: new Int32Array(Math.max(1, most)),
});

/**
 * Writes the `k` cheapest of `price[base + first] … price[base + end − 1]` into `into`, ascending in price, of equals the
 * earlier first; returns how many there are, fewer than `k` in a short window. O(window + moves).
 */
export function findCheapest(
  into: Cheapest,
  price: Float64Array,
  base: number,
  first: number,
  end: number,
  k: number,
): number {
  const best = into.price;
  const slots = into.slot;
  if (k === 1) {
    let least = Number.POSITIVE_INFINITY;
    let where = first;
    for (let t = first; t < end; t++) {
      const here = price[base + t] ?? 0;
      if (here < least) {
        least = here;
        where = t;
      }
    }
    best[0] = least;
    slots[0] = where;
    return end > first ? 1 : 0;
  }
  let found = 0;
  for (let t = first; t < end; t++) {
    const here = price[base + t] ?? 0;
    let q = found;
    if (found < k) found++;
    else if (here < (best[k - 1] ?? 0)) q = k - 1;
    else continue;
    while (q > 0 && (best[q - 1] ?? 0) > here) {
      best[q] = best[q - 1] ?? 0;
      slots[q] = slots[q - 1] ?? 0;
      q--;
    }
    best[q] = here;
    slots[q] = t;
  }
  return found;
}
