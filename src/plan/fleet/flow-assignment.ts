/**
 * A flow written as an assignment: which cells each step runs in.
 *
 * @module
 */
import type { Assignment } from './fleet.ts';
import type { Flow } from './flow.ts';

type Emit = (step: number, cell: number, share: number) => void;

/** The steps of a node fill its cells one after the other. What lies over the brim is not assigned. */
export function assignmentOf(flow: Flow, placeOf: (step: number, site: number) => number): Assignment {
  const { slots, count } = flow.fluid;
  const from = new Int32Array(count + 1);
  fillCells(flow, (step) => {
    from[step + 1] = (from[step + 1] ?? 0) + 1;
  });
  for (let i = 0; i < count; i++) from[i + 1] = (from[i + 1] ?? 0) + (from[i] ?? 0);
  const total = from[count] ?? 0;
  const cell = new Int32Array(total);
  const share = new Float64Array(total);
  const place = new Int32Array(count);
  let next = 0;
  fillCells(flow, (step, at, part) => {
    if (next === from[step]) place[step] = placeOf(step, Math.floor(at / slots));
    cell[next] = at;
    share[next++] = part;
  });
  return { from, cell, share, level: new Uint8Array(total), place };
}

/** Steps ascending, and of each its slots ascending. */
function fillCells({ fluid, none, from, amount, sent }: Flow, emit: Emit): void {
  const { slots, sites, count, first, end, width, group } = fluid;
  const left = sent.slice();
  const site = new Int32Array(left.length / (sites + 1));
  for (let i = 0; i < count; i++) {
    const wide = width[i] ?? 1;
    const base = (group[i] ?? 0) * slots;
    const row = (from[i] ?? 0) - (first[i] ?? 0);
    for (let t = first[i] ?? 0; t < (end[i] ?? 0); t++) {
      let wanted = amount[row + t] ?? 0;
      // What is tiny for the flow may be much for a tiny step: only what no sum of shares would miss is dropped.
      if (!(wanted > 1e-9 * wide)) continue;
      const v = base + t;
      const brim = v * (sites + 1) + sites;
      while (wanted > 0) {
        const at = v * (sites + 1) + (site[v] ?? 0);
        const isLast = lastWith(left, at + 1, brim, none) === brim;
        const here = isLast ? wanted : Math.min(wanted, left[at] ?? 0);
        if (here > 1e-9 * wide) emit(i, (site[v] ?? 0) * slots + t, Math.min(1, here / wide));
        left[at] = (left[at] ?? 0) - here;
        wanted -= here;
        if (wanted > 0) site[v] = lastWith(left, at + 1, brim, none) - v * (sites + 1);
        if ((site[v] ?? 0) >= sites) break;
      }
    }
  }
}

/** The first position from `from` on that holds something, or `end`. */
function lastWith(left: Float64Array, from: number, end: number, none: number): number {
  let at = from;
  while (at < end && !((left[at] ?? 0) > none)) at++;
  return at;
}
