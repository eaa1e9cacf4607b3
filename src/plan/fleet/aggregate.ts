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
import { placesAt, slotsOf } from './fluid.ts';

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

/**
 * By position in `order` the class, and by class its first member. An open hash table over what makes steps of one release
 * equal, used anew for each release.
 */
function classify(
  steps: Steps,
  speeds: Float64Array,
  order: Int32Array,
): { readonly classOf: Int32Array; readonly firsts: Int32Array } {
  const { release, deadline, profile, length } = steps;
  const size = 2 ** Math.ceil(Math.log2(2 * largestRelease(release, order) + 2));
  const table = new Int32Array(size);
  const usedFor = new Int32Array(size).fill(-(2 ** 31));
  const classOf = new Int32Array(order.length);
  const firsts = new Int32Array(order.length);
  const slotsRun = new Int32Array(order.length);
  const rates = new Float64Array(order.length);
  let classes = 0;
  for (let i = 0; i < order.length; i++) {
    const step = order[i] ?? 0;
    const kind = profile[step] ?? 0;
    const n = slotsOf((length[step] ?? 0) / (speeds[kind] ?? 1));
    const rate = rateOf(steps, step);
    const start = release[step] ?? 0;
    const end = deadline[step] ?? 0;
    const mixed = Math.imul(end - start, 0x9e3779b1) ^ Math.imul(n, 0x85ebca6b) ^ Math.imul(kind, 0xc2b2ae35);
    const hash = Math.imul(mixed ^ Math.trunc(rate * 65_536), 0x27d4eb2f);
    let place = (hash ^ (hash >>> 15)) & (size - 1);
    for (; usedFor[place] === start; place = (place + 1) & (size - 1)) {
      const found = table[place] ?? 0;
      const other = firsts[found] ?? 0;
      const isEqual = slotsRun[found] === n && deadline[other] === end && profile[other] === kind;
      if (isEqual && rates[found] === rate) break;
    }
    if (usedFor[place] !== start) {
      usedFor[place] = start;
      table[place] = classes;
      firsts[classes] = step;
      slotsRun[classes] = n;
      rates[classes++] = rate;
    }
    classOf[i] = table[place] ?? 0;
  }
  return { classOf, firsts: firsts.subarray(0, classes) };
}

/** Most steps with the same release; `order` is by release. */
function largestRelease(release: Int32Array, order: Int32Array): number {
  let most = 0;
  let begin = 0;
  for (let i = 1; i <= order.length; i++) {
    if (i < order.length && release[order[i] ?? 0] === release[order[begin] ?? 0]) continue;
    most = Math.max(most, i - begin);
    begin = i;
  }
  return most;
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
  const placeOf = placesAt(fleet);
  handOut(fleet, classes, members, plan, (step, at, part) => {
    const i = next[step] ?? 0;
    if (i === from[step]) {
      place[step] = placeOf(step, Math.floor(at / fleet.slots));
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

/** The slots of one class: parts of its ways, and the entries of its plan there from the first with room to the end. */
interface Mixture {
  /** Of the ways, those that run the slot wholly, and those that run their last part in it. */
  readonly whole: Float64Array;
  readonly last: Float64Array;
  readonly entry: Int32Array;
  readonly end: Int32Array;
}

function handOut(fleet: Fleet, classes: Fleet, members: Members, plan: Assignment, emit: Emit): void {
  const speeds = fleet.profiles.map(({ places }) => places[0]?.levels[0]?.speed ?? 1);
  const units = item(fleet.steps.needs, 0);
  const { length } = fleet.steps;
  const left = amountsOf(classes, plan);
  let longest = 1;
  for (let k = 0; k < classes.steps.count; k++)
    longest = Math.max(longest, (plan.from[k + 1] ?? 0) - (plan.from[k] ?? 0));
  const mixture: Mixture = {
    whole: new Float64Array(longest),
    last: new Float64Array(longest),
    entry: new Int32Array(longest),
    end: new Int32Array(longest),
  };
  const { whole, last, entry, end } = mixture;
  for (let k = 0; k + 1 < members.from.length; k++) {
    if (plan.from[k] === plan.from[k + 1]) continue;
    const speed = speeds[classes.steps.profile[k] ?? 0] ?? 1;
    const slotsRun = (classes.steps.length[k] ?? 0) / speed;
    const others = slotsOf(slotsRun) - 1;
    const parts = mix(mixture, plan, k, fleet.slots, slotsRun - others);
    const isOneCellEach = (plan.from[k + 1] ?? 0) - (plan.from[k] ?? 0) === parts;
    for (let m = members.from[k] ?? 0; m < (members.from[k + 1] ?? 0); m++) {
      const step = members.step[m] ?? 0;
      const own = units[step] ?? 0;
      const nothing = NOTHING * own;
      const phi = (length[step] ?? 0) / speed - others;
      for (let part = 0; part < parts; part++) {
        const share = Math.min(1, (whole[part] ?? 0) + phi * (last[part] ?? 0));
        if (isOneCellEach) {
          if (share > NOTHING) emit(step, plan.cell[entry[part] ?? 0] ?? 0, share);
          continue;
        }
        let wanted = own * share;
        while (wanted > nothing) {
          const e = entry[part] ?? 0;
          const isLast = e + 1 >= (end[part] ?? 0);
          const here = isLast ? wanted : Math.min(wanted, left[e] ?? 0);
          if (here > nothing) {
            emit(step, plan.cell[e] ?? 0, here / own);
            left[e] = (left[e] ?? 0) - here;
            wanted -= here;
          }
          if (wanted > nothing) entry[part] = e + 1;
        }
      }
    }
  }
}

/** By entry of the plan: units × slots. */
function amountsOf({ steps }: Fleet, { from, share }: Assignment): Float64Array {
  const units = item(steps.needs, 0);
  const amounts = new Float64Array(share.length);
  for (let k = 0; k < steps.count; k++) {
    for (let e = from[k] ?? 0; e < (from[k + 1] ?? 0); e++) amounts[e] = (share[e] ?? 0) * (units[k] ?? 0);
  }
  return amounts;
}

/** Writes the mixture of class `k`, of ways with φ slots in the last one; in how many slots it runs. */
function mix({ whole, last, entry, end }: Mixture, plan: Assignment, k: number, slots: number, phi: number): number {
  const stop = plan.from[k + 1] ?? 0;
  let wanted = 1;
  let parts = 0;
  for (let e = plan.from[k] ?? 0; e < stop; parts++) {
    const slot = (plan.cell[e] ?? 0) % slots;
    entry[parts] = e;
    let share = 0;
    while (e < stop && (plan.cell[e] ?? 0) % slots === slot) share += plan.share[e++] ?? 0;
    end[parts] = e;
    share = Math.min(1, share);
    const most = phi >= 1 ? share / phi : Math.min(share / phi, (1 - share) / (1 - phi));
    const here = Math.max(0, Math.min(wanted, most));
    wanted -= here;
    last[parts] = here;
    whole[parts] = share - phi * here;
  }
  return parts;
}
