/**
 * Work by slot poured into cells, and written as an assignment.
 *
 * @module
 */
import type { Assignment } from './fleet.ts';
import type { Fluid } from './fluid.ts';

/** Amounts that steps run in slots. */
export interface Amounts {
  /** Calls `visit` for each slot in which the step runs, ascending in time. */
  readonly each: (step: number, visit: (slot: number, amount: number) => void) => void;
}

/**
 * By node × (sites + 1) + site: what each node (group × slots + slot) sends to its cells, the lightest with room first; at
 * the last place what finds no room.
 */
export function pour(fluid: Fluid, amounts: Amounts, weights: Float64Array): Float64Array {
  const { slots, sites, capacity, groups } = fluid;
  const inflow = inflowOf(fluid, amounts);
  const sent = new Float64Array(inflow.length * (sites + 1));
  const room = capacity.slice();
  const order = new Int32Array(sites).map((_, site) => site);
  for (let slot = 0; slot < slots; slot++) {
    order.sort((a, b) => (weights[a * slots + slot] ?? 0) - (weights[b * slots + slot] ?? 0));
    for (const [g, one] of groups.entries()) {
      const v = g * slots + slot;
      let wanted = inflow[v] ?? 0;
      for (let k = 0; k < sites && wanted > 0; k++) {
        const site = order[k] ?? 0;
        if (groups.length > 1 && !one.sites.includes(site)) continue;
        const cell = site * slots + slot;
        const here = Math.min(wanted, room[cell] ?? 0);
        sent[v * (sites + 1) + site] = here;
        room[cell] = (room[cell] ?? 0) - here;
        wanted -= here;
      }
      sent[v * (sites + 1) + sites] = wanted;
    }
  }
  return sent;
}

function inflowOf({ slots, count, group, groups }: Fluid, amounts: Amounts): Float64Array {
  const inflow = new Float64Array(groups.length * slots);
  let base = 0;
  const add = (slot: number, amount: number): void => {
    inflow[base + slot] = (inflow[base + slot] ?? 0) + amount;
  };
  for (let i = 0; i < count; i++) {
    base = (group[i] ?? 0) * slots;
    amounts.each(i, add);
  }
  return inflow;
}

/** How much finds no room. */
export function overBrim(sent: Float64Array, sites: number): number {
  let over = 0;
  for (let at = sites; at < sent.length; at += sites + 1) over += sent[at] ?? 0;
  return over;
}

type Emit = (step: number, cell: number, share: number) => void;

/** The steps of a node fill its cells one after the other. What lies over the brim is rounding, and goes to the last. */
export function assignmentOf(
  fluid: Fluid,
  amounts: Amounts,
  sent: Float64Array,
  placeOf: (step: number, site: number) => number,
): Assignment {
  const { slots, count } = fluid;
  const from = new Int32Array(count + 1);
  fillCells(fluid, amounts, sent, (step) => {
    from[step + 1] = (from[step + 1] ?? 0) + 1;
  });
  for (let i = 0; i < count; i++) from[i + 1] = (from[i + 1] ?? 0) + (from[i] ?? 0);
  const total = from[count] ?? 0;
  const cell = new Int32Array(total);
  const share = new Float64Array(total);
  const place = new Int32Array(count);
  let next = 0;
  fillCells(fluid, amounts, sent, (step, at, part) => {
    if (next === from[step]) place[step] = placeOf(step, Math.floor(at / slots));
    cell[next] = at;
    share[next++] = part;
  });
  return { from, cell, share, level: new Uint8Array(total), place };
}

/** What no sum of shares would miss, as a part of a step's width. */
const NOTHING = 1e-9;

function fillCells(fluid: Fluid, amounts: Amounts, sent: Float64Array, emit: Emit): void {
  const { slots, sites, count, width, group, capacity } = fluid;
  const left = sent.slice();
  const none = 1e-11 * capacity.reduce((most, here) => Math.max(most, here), 0);
  const next = new Int32Array(left.length / (sites + 1)).map((_, v) => firstWith(left, v * (sites + 1), sites, none));
  let step = 0;
  let base = 0;
  let nothing = 0;
  const put = (slot: number, amount: number): void => {
    const v = base + slot;
    const row = v * (sites + 1);
    let wanted = amount;
    while (wanted > nothing) {
      const site = next[v] ?? 0;
      const after = site + 1 + firstWith(left, row + site + 1, sites - site - 1, none);
      const here = after >= sites ? wanted : Math.min(wanted, left[row + site] ?? 0);
      if (here > nothing) emit(step, site * slots + slot, Math.min(1, here / (width[step] ?? 1)));
      left[row + site] = (left[row + site] ?? 0) - here;
      wanted -= here;
      if (!((left[row + site] ?? 0) > none) && after < sites) next[v] = after;
    }
  };
  for (; step < count; step++) {
    base = (group[step] ?? 0) * slots;
    nothing = NOTHING * (width[step] ?? 1);
    amounts.each(step, put);
  }
}

/** How many of the `length` positions from `from` on hold nothing before one does; `length` if none does. */
function firstWith(left: Float64Array, from: number, length: number, none: number): number {
  let at = 0;
  while (at < length && !((left[from + at] ?? 0) > none)) at++;
  return at;
}
