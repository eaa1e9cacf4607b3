/**
 * Small random fleets for the tests of the fleet planner, and the optimum of fluid ones by another way.
 *
 * @module
 */
import type { Fleet, Kind, Profile } from './fleet.ts';
import { fluidOf } from './fluid.ts';
import { randomNumbers } from './random.ts';

export interface Sketch {
  readonly seed: number;
  readonly kind: Kind;
  readonly steps: number;
  readonly slots: number;
  readonly sites: number;
  /** Capacity over mean demand, by and large. */
  readonly room: number;
  /** Steps may be restricted to some sites. */
  readonly allowLists: boolean;
  /** What a unit weighs differs by step. */
  readonly factors: boolean;
}

export function randomFleet(sketch: Sketch): Fleet {
  const next = randomNumbers(sketch.seed);
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const { slots, steps: count } = sketch;
  const sites = Array.from({ length: sketch.sites }, (_, i) => `site-${i}`);
  const cells = sites.length * slots;
  const steps = {
    count,
    release: new Int32Array(count),
    deadline: new Int32Array(count),
    length: new Float64Array(count),
    power: new Float64Array(count),
    needs: [new Float64Array(count)],
    profile: new Int32Array(count),
  };
  const profiles = Array.from({ length: sketch.allowLists ? 4 : 1 }, (_, p) => profileOf(sketch, p, next));
  let work = 0;
  for (let i = 0; i < count; i++) {
    const slack = whole(0, 4);
    const length = whole(1, 8) / 2;
    const fits = Math.min(slots, Math.ceil(length) + slack);
    const needs = whole(1, 3);
    steps.release[i] = whole(0, slots - fits);
    steps.deadline[i] = (steps.release[i] ?? 0) + fits;
    steps.length[i] = length;
    steps.power[i] = needs * (sketch.factors ? whole(1, 3) : 1);
    for (const units of steps.needs) units[i] = needs;
    steps.profile[i] = whole(0, profiles.length - 1);
    work += length * needs;
  }
  const mean = Math.ceil((sketch.room * work) / cells);
  return {
    slots,
    slotHours: 1,
    sites,
    gramsPerKwh: new Float64Array(cells).map(() => whole(1, 20) * 10),
    resources: [{ name: 'cpus', capacity: new Float64Array(cells).map(() => whole(Math.max(1, mean - 1), mean + 2)) }],
    weights: { grams: 1, money: 0, delay: 0 },
    profiles,
    steps,
  };
}

function profileOf({ kind, sites }: Sketch, position: number, next: () => number): Profile {
  const allowed = Array.from({ length: sites }, (_, site) => site).filter(() => position === 0 || next() < 0.5);
  return {
    kind,
    pause: 0,
    places: (allowed.length === 0 ? [0] : allowed).map((site) => ({
      site,
      variant: '',
      levels: [{ speed: 1, power: 1, needs: 1 }],
      lead: 0,
      tollGrams: 0,
      tollMoney: 0,
    })),
  };
}

/** The same fleet with its steps in the order given, which may name some of them more than once. */
export function permuted(fleet: Fleet, order: Int32Array): Fleet {
  const { steps } = fleet;
  return {
    ...fleet,
    steps: {
      count: order.length,
      release: order.map((i) => steps.release[i] ?? 0),
      deadline: order.map((i) => steps.deadline[i] ?? 0),
      profile: order.map((i) => steps.profile[i] ?? 0),
      length: Float64Array.from(order, (i) => steps.length[i] ?? 0),
      power: Float64Array.from(order, (i) => steps.power[i] ?? 0),
      needs: steps.needs.map((units) => Float64Array.from(order, (i) => units[i] ?? 0)),
    },
  };
}

/** Least weight of the fluid work and how much of it can be placed, by shortest augmenting paths (Bellman and Ford). */
export function cheapestFlow(fleet: Fleet): { readonly cost: number; readonly placed: number } {
  const fluid = fluidOf(fleet);
  const { slots, sites, count, kilowatt, unit } = fluid;
  const cells = slots * sites;
  const stepNode = (i: number): number => 2 + i;
  const slotNode = (i: number, t: number): number => 2 + count + i * slots + t;
  const cellNode = (cell: number): number => 2 + count + count * slots + cell;
  const arcs: { from: number; to: number; room: number; cost: number }[] = [];
  const add = (from: number, to: number, room: number, cost: number): void => {
    arcs.push({ from, to, room, cost }, { from: to, to: from, room: 0, cost: -cost });
  };
  for (let i = 0; i < count; i++) {
    add(0, stepNode(i), fluid.work[i] ?? 0, 0);
    for (let t = fluid.first[i] ?? 0; t < (fluid.end[i] ?? 0); t++) {
      add(stepNode(i), slotNode(i, t), fluid.width[i] ?? 0, 0);
      const group = fluid.groups[fluid.group[i] ?? 0];
      group?.sites.forEach((site, k) => {
        const cell = site * slots + t;
        const weight = (fluid.rate[i] ?? 0) * (group.multiple[k] ?? 0) * (kilowatt[cell] ?? 0) + (unit[cell] ?? 0);
        add(slotNode(i, t), cellNode(cell), Number.POSITIVE_INFINITY, weight);
      });
    }
  }
  for (let cell = 0; cell < cells; cell++) add(cellNode(cell), 1, fluid.capacity[cell] ?? 0, 0);
  let cost = 0;
  let placed = 0;
  for (;;) {
    const far = new Float64Array(cellNode(cells)).fill(Number.POSITIVE_INFINITY);
    const by = new Int32Array(far.length).fill(-1);
    far[0] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      arcs.forEach(({ from, to, room, cost: weight }, a) => {
        if (!(room > 1e-9) || !((far[from] ?? 0) + weight < (far[to] ?? 0) - 1e-9)) return;
        far[to] = (far[from] ?? 0) + weight;
        by[to] = a;
        changed = true;
      });
    }
    if (by[1] === -1) return { cost, placed };
    const way: number[] = [];
    for (let v = 1; v !== 0; v = arcs[way.at(-1) ?? 0]?.from ?? 0) way.push(by[v] ?? 0);
    const moved = Math.min(...way.map((a) => arcs[a]?.room ?? 0));
    for (const a of way) {
      const [there, back] = [arcs[a], arcs[a ^ 1]];
      if (there === undefined || back === undefined) continue;
      there.room -= moved;
      back.room += moved;
    }
    cost += moved * (far[1] ?? 0);
    placed += moved;
  }
}
