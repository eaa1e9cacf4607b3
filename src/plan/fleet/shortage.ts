/**
 * Work for which there is no room: how much, why, and which steps are left out so that the others fit.
 *
 * @module
 */
import type { Members } from './aggregate.ts';
import type { Fleet, Shortage } from './fleet.ts';
import type { Flow } from './flow.ts';

/**
 * What a settled flow has over the brim, and a smallest cut that explains it: cells that are full, and the steps that
 * cannot go elsewhere. (No way leads from the brim to room: max flow, min cut.)
 */
export function shortageOf(flow: Flow, members: Members, units: number): Shortage {
  const { fluid, none, from, amount, sent, stepOf, listFrom, relays } = flow;
  const { slots, sites, first, end, width } = fluid;
  const seen = new Uint8Array(flow.part.length);
  const isStuck = new Uint8Array(fluid.count);
  const queue: number[] = [];
  const visit = (v: number): void => {
    if (seen[v] === 0) queue.push(v);
    seen[v] = 1;
  };
  for (let v = 0; v < seen.length; v++) if ((sent[v * (sites + 1) + sites] ?? 0) > none) visit(v);
  for (let head = 0; head < queue.length; head++) {
    const v = queue[head] ?? 0;
    const slot = v % slots;
    for (let k = listFrom[v] ?? 0; k < (listFrom[v + 1] ?? 0); k++) {
      const i = stepOf[k] ?? 0;
      const row = (from[i] ?? 0) - (first[i] ?? 0);
      if (isStuck[i] === 1 || !((amount[row + slot] ?? 0) > none)) continue;
      isStuck[i] = 1;
      for (let t = first[i] ?? 0; t < (end[i] ?? 0); t++) {
        if ((amount[row + t] ?? 0) < (width[i] ?? 0) - none) visit(v - slot + t);
      }
    }
    const pairs = relays[(v - slot) / slots] ?? [];
    for (let p = 0; p < pairs.length; p += 2) {
      const u = (pairs[p + 1] ?? 0) * slots + slot;
      if ((sent[u * (sites + 1) + (pairs[p] ?? 0)] ?? 0) > none) visit(u);
    }
  }
  const cells = new Set<number>();
  for (const v of queue) {
    const slot = v % slots;
    for (const site of fluid.groups[(v - slot) / slots]?.sites ?? []) cells.add(site * slots + slot);
  }
  const steps: number[] = [];
  isStuck.forEach((stuck, k) => {
    if (stuck === 1) steps.push(...members.step.subarray(members.from[k], members.from[k + 1]));
  });
  return { units, cells: Int32Array.from(cells).sort(), steps: Int32Array.from(steps).sort() };
}

/**
 * Marks steps in `without` that are to be left out so that nothing goes over the brim: at each slot that does, those that
 * take up most of it; no more than it takes where that is asked `sparingly`.
 */
export function leaveOut(fleet: Fleet, flow: Flow, members: Members, without: Uint8Array, sparingly: boolean): void {
  const { fluid, none, from, amount, sent, stepOf, listFrom } = flow;
  const { slots, sites, first, width } = fluid;
  const units = fleet.steps.needs[0] ?? new Float64Array();
  for (let v = 0; v + 1 < listFrom.length; v++) {
    let over = sent[v * (sites + 1) + sites] ?? 0;
    if (!(over > none)) continue;
    const slot = v % slots;
    const held = (k: number): number => amount[(from[k] ?? 0) - (first[k] ?? 0) + slot] ?? 0;
    const here = [...stepOf.subarray(listFrom[v], listFrom[v + 1])].filter((k) => held(k) > none);
    here.sort((a, b) => held(b) - held(a) || a - b);
    for (const k of here) {
      const part = held(k) / (width[k] ?? 1);
      const own = [...members.step.subarray(members.from[k], members.from[k + 1])];
      own.sort((a, b) => (units[b] ?? 0) - (units[a] ?? 0) || a - b);
      for (const step of own) {
        if (sparingly && !(over > none)) break;
        without[step] = 1;
        over -= (units[step] ?? 0) * Math.min(1, fleet.steps.length[step] ?? 0) * part;
      }
    }
  }
}
