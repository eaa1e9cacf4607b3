/**
 * An order of the steps that says nothing of the order in which they were given, so that the plan does not depend on it.
 *
 * @module
 */
import type { Assignment, Fleet, FleetPlan, Steps } from './fleet.ts';
import { precedenceOf } from './precedence.ts';

/** Rounds in which steps that look alike are told apart by what they wait for and what waits for them. */
const ROUNDS = 4;

/**
 * The positions of the steps, by their properties and their neighbours' (colour refinement, Weisfeiler and Leman 1968).
 * Steps that cannot be told apart in {@link ROUNDS} rounds stay as they were given.
 */
export function canonicalOrder(fleet: Fleet): Int32Array {
  const { steps } = fleet;
  const { before, after } = precedenceOf(fleet);
  let colour = new Float64Array(steps.count);
  for (let step = 0; step < steps.count; step++) colour[step] = colourOf(steps, step);
  const rounds = before.step.length === 0 ? 0 : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    const next = colour.slice();
    for (let step = 0; step < steps.count; step++) {
      let mixed = colour[step] ?? 0;
      for (const [{ from, step: others }, salt] of [
        [before, 3],
        [after, 5],
      ] as const) {
        let sum = 0;
        for (let k = from[step] ?? 0; k < (from[step + 1] ?? 0); k++) sum += mix(colour[others[k] ?? 0] ?? 0, salt);
        mixed = mix(mixed, sum % 2 ** 32);
      }
      next[step] = mixed;
    }
    colour = next;
  }
  const order = Int32Array.from(colour, (_, step) => step);
  return order.sort(
    (a, b) =>
      (steps.release[a] ?? 0) - (steps.release[b] ?? 0) ||
      (steps.deadline[a] ?? 0) - (steps.deadline[b] ?? 0) ||
      (colour[a] ?? 0) - (colour[b] ?? 0) ||
      a - b,
  );
}

/** Two numbers as one in [0, 2³²), well mixed. */
function mix(a: number, b: number): number {
  let hash = Math.imul((a ^ (a / 2 ** 32)) | 0, 0x9e3779b1) ^ Math.imul(b | 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const bits = new DataView(new ArrayBuffer(8));

function colourOf({ release, deadline, length, power, needs, profile }: Steps, step: number): number {
  const values = [release, deadline, length, power, profile, ...needs].map((column) => column[step] ?? 0);
  return values.reduce((hash, value) => {
    bits.setFloat64(0, value);
    return mix(mix(hash, bits.getInt32(0)), bits.getInt32(4));
  }, 17);
}

/** The fleet with its steps in another order: step i is the old `order[i]`. */
export function reordered(fleet: Fleet, order: Int32Array): Fleet {
  const { steps } = fleet;
  const ints = (column: Int32Array): Int32Array => order.map((old) => column[old] ?? 0);
  const numbers = (column: Float64Array): Float64Array => Float64Array.from(order, (old) => column[old] ?? 0);
  const place = new Int32Array(order.length);
  order.forEach((old, step) => {
    place[old] = step;
  });
  const moved: Steps = {
    count: steps.count,
    release: ints(steps.release),
    deadline: ints(steps.deadline),
    length: numbers(steps.length),
    power: numbers(steps.power),
    needs: steps.needs.map(numbers),
    profile: ints(steps.profile),
  };
  const { after } = steps;
  if (after === undefined) return { ...fleet, steps: moved };
  const from = new Int32Array(order.length + 1);
  const step: number[] = [];
  order.forEach((old, i) => {
    const others = after.step.slice(after.from[old], after.from[old + 1]).map((other) => place[other] ?? 0);
    step.push(...others.sort());
    from[i + 1] = step.length;
  });
  return { ...fleet, steps: { ...moved, after: { from, step: Int32Array.from(step) } } };
}

/** The plan of a reordered fleet in the order in which the steps were given. */
export function restored(fleet: Fleet, order: Int32Array, plan: FleetPlan): FleetPlan {
  const { count } = fleet.steps;
  const place = new Int32Array(count);
  order.forEach((old, step) => {
    place[old] = step;
  });
  const given = plan.assignment;
  const from = new Int32Array(count + 1);
  const entries = given.cell.length;
  const assignment: Assignment = {
    from,
    cell: new Int32Array(entries),
    share: new Float64Array(entries),
    level: new Uint8Array(entries),
    place: place.map((step) => given.place[step] ?? -1),
  };
  for (let old = 0; old < count; old++) {
    const step = place[old] ?? 0;
    const start = given.from[step] ?? 0;
    const end = given.from[step + 1] ?? 0;
    const to = from[old] ?? 0;
    assignment.cell.set(given.cell.subarray(start, end), to);
    assignment.share.set(given.share.subarray(start, end), to);
    assignment.level.set(given.level.subarray(start, end), to);
    from[old + 1] = to + end - start;
  }
  return { ...plan, assignment, leftOut: plan.leftOut.map((step) => order[step] ?? 0).sort() };
}
