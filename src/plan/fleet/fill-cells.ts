/**
 * Fluid work filled into cells with room, step by step, and filled anew where that is cheaper.
 *
 * @module
 */

import { cheapestOf, findCheapest } from './cheapest.ts';
import type { Fluid } from './fluid.ts';
import { cheapestSites } from './fluid-bound.ts';

/** What a step holds: cells and units × slots in them. */
export interface Held {
  readonly cells: number[];
  readonly amounts: number[];
}

export interface Filling {
  /** By cell. */
  readonly room: Float64Array;
  readonly held: Held[];
  /** Puts as much of a step's remaining work as finds room where it is cheapest with `prices` on top; what is left. */
  readonly put: (step: number, prices: Float64Array) => number;
  /** Empties a step's cells; what it held. */
  readonly lift: (step: number) => Held;
  readonly putBack: (step: number, held: Held) => void;
  /** What the step's cells weigh. */
  readonly weigh: (step: number) => number;
}

/** Parts of a step's work and of a cell's capacity below this are rounding. */
const NOTHING = 1e-10;

export function filling(fluid: Fluid): Filling {
  const { slots, count, capacity, first, end, width, work, rate, group, groups, kilowatt, unit } = fluid;
  const room = capacity.slice();
  const held: Held[] = Array.from({ length: count }, () => ({ cells: [], amounts: [] }));
  const none = NOTHING * capacity.reduce((a, b) => Math.max(a, b), 0);
  const asked = new Float64Array(capacity.length);
  const price = new Float64Array(slots);
  const site = new Int32Array(slots);
  const used = new Float64Array(slots);
  const cheapest = cheapestOf(slots);

  const put = (step: number, prices: Float64Array): number => {
    const own = held[step] ?? { cells: [], amounts: [] };
    const start = first[step] ?? 0;
    const stop = end[step] ?? 0;
    const wide = width[step] ?? 0;
    used.fill(0, start, stop);
    let left = work[step] ?? 0;
    own.cells.forEach((cell, e) => {
      used[cell % slots] = (used[cell % slots] ?? 0) + (own.amounts[e] ?? 0);
      left -= own.amounts[e] ?? 0;
    });
    while (left > NOTHING * wide) {
      for (const where of groups[group[step] ?? 0]?.sites ?? []) {
        const base = where * slots;
        for (let t = start; t < stop; t++) {
          const isOpen = (room[base + t] ?? 0) > none && wide - (used[t] ?? 0) > NOTHING * wide;
          asked[base + t] = isOpen ? (prices[base + t] ?? 0) : Number.POSITIVE_INFINITY;
        }
      }
      cheapestSites(fluid, asked, step, start, stop, price, site);
      const found = findCheapest(cheapest, price, 0, 0, stop - start, Math.max(1, Math.ceil(left / wide)));
      const before = left;
      for (let s = 0; s < found && left > NOTHING * wide; s++) {
        if (!Number.isFinite(cheapest.price[s] ?? Number.NaN)) break;
        const at = cheapest.slot[s] ?? 0;
        const cell = (site[at] ?? 0) * slots + start + at;
        const amount = Math.min(left, wide - (used[start + at] ?? 0), room[cell] ?? 0);
        own.cells.push(cell);
        own.amounts.push(amount);
        used[start + at] = (used[start + at] ?? 0) + amount;
        room[cell] = (room[cell] ?? 0) - amount;
        left -= amount;
      }
      if (left === before) break;
    }
    return left > NOTHING * wide ? left : 0;
  };
  const lift = (step: number): Held => {
    const own = held[step] ?? { cells: [], amounts: [] };
    own.cells.forEach((cell, e) => {
      room[cell] = (room[cell] ?? 0) + (own.amounts[e] ?? 0);
    });
    held[step] = { cells: [], amounts: [] };
    return own;
  };
  const putBack = (step: number, own: Held): void => {
    own.cells.forEach((cell, e) => {
      room[cell] = (room[cell] ?? 0) - (own.amounts[e] ?? 0);
    });
    held[step] = own;
  };
  const weigh = (step: number): number => {
    const { cells, amounts } = held[step] ?? { cells: [], amounts: [] };
    const allowed = groups[group[step] ?? 0];
    return cells.reduce((sum, cell, e) => {
      const multiple = allowed?.multiple[allowed.sites.indexOf(Math.floor(cell / slots))] ?? 0;
      const weight = (rate[step] ?? 0) * multiple * (kilowatt[cell] ?? 0) + (unit[cell] ?? 0);
      return sum + weight * (amounts[e] ?? 0);
    }, 0);
  };
  return { room, held, put, lift, putBack, weigh };
}
