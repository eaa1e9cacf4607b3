/**
 * Reads of positions that are known to exist, so that kernels need no second branch for the ones that do not.
 *
 * @module
 */

/** The number at `index`; `NaN` outside the array, which no comparison lets win. */
export const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;

/** The item at `index`; outside the list it is a bug, and says so. */
export function item<T>(items: readonly T[], index: number): T {
  const found = items[index];
  if (found === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return found;
}
