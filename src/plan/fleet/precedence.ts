/**
 * What waits for what, and the windows that are left of each step's when all that must come before and after it has had
 * its time.
 *
 * @module
 */
import type { Fleet } from './fleet.ts';
import { fewestSlots, profileOf } from './weigh.ts';

/** Lists of steps, one a step: those of i are `step[from[i] … from[i + 1])`. */
export interface Lists {
  readonly from: Int32Array;
  readonly step: Int32Array;
}

export interface Precedence {
  /** All steps, none before one that it waits for. */
  readonly order: Int32Array;
  readonly before: Lists;
  readonly after: Lists;
}

/** Half-open [first, last) in slots, a step each. */
export interface Windows {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** @throws RangeError when steps wait for each other in a circle. */
export function precedenceOf({ steps: { count, after: given } }: Fleet): Precedence {
  const before = given ?? { from: new Int32Array(count + 1), step: new Int32Array(0) };
  const after = reversed(before, count);
  const waits = new Int32Array(count);
  for (let i = 0; i < count; i++) waits[i] = (before.from[i + 1] ?? 0) - (before.from[i] ?? 0);
  const order = new Int32Array(count);
  let known = 0;
  for (let i = 0; i < count; i++) if (waits[i] === 0) order[known++] = i;
  for (let done = 0; done < known; done++) {
    const i = order[done] ?? 0;
    for (let a = after.from[i] ?? 0; a < (after.from[i + 1] ?? 0); a++) {
      const next = after.step[a] ?? 0;
      const left = (waits[next] ?? 0) - 1;
      waits[next] = left;
      if (left === 0) order[known++] = next;
    }
  }
  if (known < count) throw new RangeError(`${count - known} steps wait for each other`);
  return { order, before, after };
}

function reversed({ from, step }: Lists, count: number): Lists {
  const counts = new Int32Array(count + 1);
  for (const i of step) counts[i + 1] = (counts[i + 1] ?? 0) + 1;
  for (let i = 0; i < count; i++) counts[i + 1] = (counts[i + 1] ?? 0) + (counts[i] ?? 0);
  const next = counts.slice();
  const back = new Int32Array(step.length);
  for (let i = 0; i < count; i++) {
    for (let k = from[i] ?? 0; k < (from[i + 1] ?? 0); k++) {
      const other = step[k] ?? 0;
      const place = next[other] ?? 0;
      back[place] = i;
      next[other] = place + 1;
    }
  }
  return { from: counts, step: back };
}

/** The fewest slots between the begin of each step and its end, at its fastest place. */
export function fewest(fleet: Fleet): Int32Array {
  return Int32Array.from({ length: fleet.steps.count }, (_, step) =>
    Math.min(...profileOf(fleet, step).places.map((place) => fewestSlots(fleet, step, place))),
  );
}

/** The first slot in which a step may run at any of its places, by its release and what its input needs. */
function readyAt(fleet: Fleet, step: number): number {
  const leads = profileOf(fleet, step).places.map(({ lead }) => lead);
  return (fleet.steps.release[step] ?? 0) + Math.min(...leads);
}

/**
 * The windows of the steps when each also leaves the fewest slots for all before and after it. Every plan keeps them, so
 * that bounds may use them. Steps that are left out (`isOut`) narrow no other's.
 */
export function narrowed(fleet: Fleet, { order, before, after }: Precedence, isOut?: Uint8Array): Windows {
  const { count, deadline } = fleet.steps;
  const slots = fewest(fleet);
  const first = Int32Array.from({ length: count }, (_, step) => readyAt(fleet, step));
  const last = Int32Array.from({ length: count }, (_, step) => Math.min(deadline[step] ?? 0, fleet.slots));
  for (const i of order) {
    for (let k = before.from[i] ?? 0; k < (before.from[i + 1] ?? 0); k++) {
      const other = before.step[k] ?? 0;
      if (isOut?.[other] === 1) continue;
      first[i] = Math.max(first[i] ?? 0, (first[other] ?? 0) + (slots[other] ?? 0));
    }
  }
  for (let o = count - 1; o >= 0; o--) {
    const i = order[o] ?? 0;
    for (let k = after.from[i] ?? 0; k < (after.from[i + 1] ?? 0); k++) {
      const other = after.step[k] ?? 0;
      if (isOut?.[other] === 1) continue;
      last[i] = Math.min(last[i] ?? 0, (last[other] ?? 0) - (slots[other] ?? 0));
    }
  }
  return { first, last };
}
