/**
 * Equal steps as one: a fleet of classes, and its plan handed down to the members.
 *
 * Fluid steps with the same window, the same sites, the same rate and the same number of slots n can be placed exactly
 * where one step with their widths and their work together can be placed: each may do min(width × |S|, work) in a set S
 * of slots, which is width × |S| for |S| < n and work otherwise, so that the sum has the same form (a polymatroid; sums of
 * polymatroids decompose: McDiarmid, Rado's theorem for polymatroids, Math. Proc. Camb. Phil. Soc. 78, 1975). Steps of one
 * slot are as wide as their work.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Assignment, Fleet, Steps } from './fleet.ts';
import { slotsOf } from './fluid.ts';

/** Steps by class: those of class k are `step[from[k]] … step[from[k + 1] − 1]`. */
export interface Members {
  readonly from: Int32Array;
  readonly step: Int32Array;
}

/** The fleet of classes, by ascending release. `without`: steps to be left out, 1 each. */
export function aggregate(fleet: Fleet, without?: Uint8Array): { readonly classes: Fleet; readonly members: Members } {
  const { steps, profiles } = fleet;
  const speeds = Float64Array.from(profiles, ({ places }) => places[0]?.levels[0]?.speed ?? 1);
  const order = byRelease(fleet, without);
  const { classOf, firsts } = classify(steps, speeds, order);
  const members = membersOf(order, classOf, firsts.length);
  return { classes: { ...fleet, steps: merged(steps, speeds, members) }, members };
}

function byRelease({ steps, slots }: Fleet, without: Uint8Array | undefined): Int32Array {
  const at = (step: number): number => Math.min(slots, Math.max(0, steps.release[step] ?? 0));
  const from = new Int32Array(slots + 2);
  let kept = 0;
  for (let step = 0; step < steps.count; step++) {
    if (without?.[step] === 1) continue;
    kept++;
    from[at(step) + 1] = (from[at(step) + 1] ?? 0) + 1;
  }
  for (let slot = 0; slot <= slots; slot++) from[slot + 1] = (from[slot + 1] ?? 0) + (from[slot] ?? 0);
  const order = new Int32Array(kept);
  for (let step = 0; step < steps.count; step++) {
    if (without?.[step] === 1) continue;
    const position = from[at(step)] ?? 0;
    order[position] = step;
    from[at(step)] = position + 1;
  }
  return order;
}

/** kW per unit to 40 bits (Veltkamp's splitting): what divisions of equal quotients differ in is no difference. */
function rateOf(steps: Steps, step: number): number {
  const rate = (steps.power[step] ?? 0) / (steps.needs[0]?.[step] ?? 1);
  const high = rate * 8193;
  return high - (high - rate);
}

/** By position in `order` the class, and by class its first member: an open hash table over what makes steps equal. */
function classify(
  steps: Steps,
  speeds: Float64Array,
  order: Int32Array,
): { readonly classOf: Int32Array; readonly firsts: readonly number[] } {
  const { release, deadline, profile, length } = steps;
  const size = 2 ** Math.ceil(Math.log2(2 * order.length + 2));
  const table = new Int32Array(size);
  const classOf = new Int32Array(order.length);
  const firsts: number[] = [];
  const keys: { n: number; rate: number }[] = [];
  for (let i = 0; i < order.length; i++) {
    const step = order[i] ?? 0;
    const n = slotsOf((length[step] ?? 0) / (speeds[profile[step] ?? 0] ?? 1));
    const rate = rateOf(steps, step);
    const start = release[step] ?? 0;
    const end = deadline[step] ?? 0;
    let hash = Math.imul(start, 0x9e3779b1) ^ Math.imul(end, 0x85ebca6b) ^ Math.imul(n, 0xc2b2ae35);
    hash = Math.imul(hash ^ (profile[step] ?? 0) ^ Math.trunc(rate * 65_536), 0x27d4eb2f);
    let place = (hash ^ (hash >>> 15)) & (size - 1);
    for (;;) {
      const found = (table[place] ?? 0) - 1;
      if (found < 0) {
        classOf[i] = firsts.length;
        firsts.push(step);
        keys.push({ n, rate });
        table[place] = firsts.length;
        break;
      }
      const other = firsts[found] ?? 0;
      const key = item(keys, found);
      if (
        release[other] === start &&
        deadline[other] === end &&
        profile[other] === profile[step] &&
        key.n === n &&
        key.rate === rate
      ) {
        classOf[i] = found;
        break;
      }
      place = (place + 1) & (size - 1);
    }
  }
  return { classOf, firsts };
}

function membersOf(order: Int32Array, classOf: Int32Array, classes: number): Members {
  const from = new Int32Array(classes + 1);
  for (const k of classOf) from[k + 1] = (from[k + 1] ?? 0) + 1;
  for (let k = 0; k < classes; k++) from[k + 1] = (from[k + 1] ?? 0) + (from[k] ?? 0);
  const next = from.slice();
  const step = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const k = classOf[i] ?? 0;
    const position = next[k] ?? 0;
    step[position] = order[i] ?? 0;
    next[k] = position + 1;
  }
  return { from, step };
}

function merged(steps: Steps, speeds: Float64Array, { from, step }: Members): Steps {
  const count = from.length - 1;
  const columns = {
    release: new Int32Array(count),
    deadline: new Int32Array(count),
    profile: new Int32Array(count),
    length: new Float64Array(count),
    power: new Float64Array(count),
    needs: [new Float64Array(count)],
  };
  const units = item(columns.needs, 0);
  for (let k = 0; k < count; k++) {
    const any = step[from[k] ?? 0] ?? 0;
    const profile = steps.profile[any] ?? 0;
    const speed = speeds[profile] ?? 1;
    const isShort = slotsOf((steps.length[any] ?? 0) / speed) === 1;
    let needs = 0;
    let work = 0;
    let power = 0;
    for (let i = from[k] ?? 0; i < (from[k + 1] ?? 0); i++) {
      const member = step[i] ?? 0;
      const length = steps.length[member] ?? 0;
      const width = (steps.needs[0]?.[member] ?? 0) * (isShort ? length / speed : 1);
      needs += width;
      work += (steps.needs[0]?.[member] ?? 0) * length;
      power += (steps.power[member] ?? 0) * (isShort ? length / speed : 1);
    }
    columns.release[k] = steps.release[any] ?? 0;
    columns.deadline[k] = steps.deadline[any] ?? 0;
    columns.profile[k] = profile;
    columns.length[k] = work / needs;
    columns.power[k] = power;
    units[k] = needs;
  }
  return { count, ...columns };
}

/**
 * The plan of the classes handed down to the steps of `fleet`. A class that runs the shares s in its slots, with n − 1 + φ
 * slots of running, does so as a mixture of ways that run n − 1 slots wholly and φ of one more: with
 * b ≤ min(s / φ, (1 − s) / (1 − φ)) and Σ b = 1 the part of the ways whose last slot it is, a = s − φ b is the part of
 * those that run it wholly. Each member takes the same mixture with its own φ: a + φ b of the slot. In a slot at several
 * sites the members fill one after the other.
 */
export function handDown(fleet: Fleet, classes: Fleet, members: Members, plan: Assignment): Assignment {
  const { count } = fleet.steps;
  const from = new Int32Array(count + 1);
  handOut(fleet, classes, members, plan, (step) => {
    from[step + 1] = (from[step + 1] ?? 0) + 1;
  });
  for (let step = 0; step < count; step++) from[step + 1] = (from[step + 1] ?? 0) + (from[step] ?? 0);
  const next = from.slice();
  const total = from[count] ?? 0;
  const cell = new Int32Array(total);
  const share = new Float64Array(total);
  const place = new Int32Array(count);
  const placeAt = fleet.profiles.map(({ places }) =>
    fleet.sites.map((_, site) => places.findIndex((one) => one.site === site)),
  );
  handOut(fleet, classes, members, plan, (step, at, part) => {
    const i = next[step] ?? 0;
    if (i === from[step]) {
      place[step] = placeAt[fleet.steps.profile[step] ?? 0]?.[Math.floor(at / fleet.slots)] ?? 0;
    }
    cell[i] = at;
    share[i] = part;
    next[step] = i + 1;
  });
  return { from, cell, share, level: new Uint8Array(total), place };
}

/** Shares below this are rounding. */
const NOTHING = 1e-10;

type Emit = (step: number, cell: number, share: number) => void;

function handOut(fleet: Fleet, classes: Fleet, members: Members, plan: Assignment, emit: Emit): void {
  const { slots } = fleet;
  const speeds = fleet.profiles.map(({ places }) => places[0]?.levels[0]?.speed ?? 1);
  const units = item(fleet.steps.needs, 0);
  const classUnits = item(classes.steps.needs, 0);
  for (let k = 0; k + 1 < members.from.length; k++) {
    const begin = plan.from[k] ?? 0;
    const end = plan.from[k + 1] ?? 0;
    if (begin === end) continue;
    const speed = speeds[classes.steps.profile[k] ?? 0] ?? 1;
    const length = (classes.steps.length[k] ?? 0) / speed;
    const n = slotsOf(length);
    const parts = mixture(plan, begin, end, slots, length - (n - 1));
    const left = plan.share.slice(begin, end);
    const width = classUnits[k] ?? 0;
    for (let e = begin; e < end; e++) left[e - begin] = (plan.share[e] ?? 0) * width;
    for (let m = members.from[k] ?? 0; m < (members.from[k + 1] ?? 0); m++) {
      const step = members.step[m] ?? 0;
      const own = units[step] ?? 0;
      const phi = (fleet.steps.length[step] ?? 0) / speed - (n - 1);
      for (const part of parts) {
        let wanted = own * Math.min(1, part.whole + phi * part.last);
        while (wanted > NOTHING * own) {
          const isLast = part.entry + 1 >= part.end;
          const here = isLast ? wanted : Math.min(wanted, left[part.entry - begin] ?? 0);
          if (here > NOTHING * own) {
            emit(step, plan.cell[part.entry] ?? 0, here / own);
            left[part.entry - begin] = (left[part.entry - begin] ?? 0) - here;
            wanted -= here;
          }
          if (wanted > NOTHING * own) part.entry++;
        }
      }
    }
  }
}

interface Part {
  /** Of the ways, those that run the slot wholly, and those that run their last part in it. */
  readonly whole: number;
  readonly last: number;
  /** Entries of the plan that lie in the slot, from the first with room on. */
  entry: number;
  readonly end: number;
}

function mixture(plan: Assignment, begin: number, end: number, slots: number, phi: number): readonly Part[] {
  const parts: Part[] = [];
  let wanted = 1;
  for (let entry = begin; entry < end; ) {
    const slot = (plan.cell[entry] ?? 0) % slots;
    let share = 0;
    let next = entry;
    while (next < end && (plan.cell[next] ?? 0) % slots === slot) share += plan.share[next++] ?? 0;
    share = Math.min(1, share);
    const most = phi >= 1 ? share / phi : Math.min(share / phi, (1 - share) / (1 - phi));
    const last = Math.max(0, Math.min(wanted, most));
    wanted -= last;
    parts.push({ whole: share - phi * last, last, entry, end: next });
    entry = next;
  }
  return parts;
}
