/**
 * A fleet as fluid work on one resource: how many units each step may hold in a slot, how much it has to do, at which
 * sites, and what a unit weighs in each cell. It is exact for fluid steps, and the relaxation of steps that keep to a site
 * or to whole needs.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Fleet, Profile } from './fleet.ts';
import { weighCells } from './weigh.ts';

/** Columns are `count` long unless said. */
export interface Fluid {
  readonly slots: number;
  readonly sites: number;
  readonly count: number;
  /** By cell, in units. */
  readonly capacity: Float64Array;
  /** It runs in [first, end). */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** Most units in one slot. */
  readonly width: Float64Array;
  /** Units × slots to be done: above (`most` − 1) × width, at most `most` × width where that much is asked. */
  readonly work: Float64Array;
  /** Fewest slots in which the work can be done. */
  readonly most: Int32Array;
  /** kW that a unit draws. */
  readonly rate: Float64Array;
  /** Position in `groups`. */
  readonly group: Int32Array;
  readonly groups: readonly Group[];
  /** By cell: what a kW weighs for one slot, and what a unit weighs beside its power. */
  readonly kilowatt: Float64Array;
  readonly unit: Float64Array;
}

/** Where steps may run, and at which multiple of their rate at each site. */
export interface Group {
  readonly sites: Int32Array;
  /** By position in `sites`. */
  readonly multiple: Float64Array;
}

/** Why the fleet cannot be read as fluid work, in words; `undefined` when it can. */
export function whyNotFluid(fleet: Fleet): string | undefined {
  const { resources, steps, profiles, weights } = fleet;
  if (resources.length !== 1) return `it shares ${resources.length} resources, not one`;
  if (weights.delay > 0) return 'delay has a weight';
  if ((steps.after?.step.length ?? 0) > 0) return 'steps wait for each other';
  if (steps.needs[0]?.some((needs) => !(needs > 0))) return `some steps need no ${item(resources, 0).name}`;
  return profiles.map(whyNotEven).find((why) => why !== undefined);
}

/** A step of a profile does as much with a unit wherever it runs. */
function whyNotEven({ places }: Profile): string | undefined {
  const first = item(places, 0);
  const [one] = first.levels;
  if (new Set(places.map(({ site }) => site)).size < places.length) return 'a step has several variants at a site';
  for (const { levels, lead, tollGrams, tollMoney } of places) {
    const [level, ...more] = levels;
    if (level === undefined || one === undefined || more.length > 0) return 'steps have several levels';
    if (level.speed !== one.speed || level.needs !== one.needs) return 'a step is not equally fast at all its sites';
    if (lead !== first.lead) return 'input takes longer to some sites than to others';
    if (tollGrams !== first.tollGrams || tollMoney !== first.tollMoney) return 'data weigh more at some sites';
  }
  return undefined;
}

/** The fleet as fluid work; it must not be one that {@link whyNotFluid} has words for. */
export function fluidOf(fleet: Fleet): Fluid {
  const { steps, profiles, slots, resources } = fleet;
  const { count } = steps;
  const resource = item(resources, 0);
  const needs = item(steps.needs, 0);
  const { kilowatt, unit } = weighCells(fleet);
  const { groups, groupOf } = groupsOf(profiles);
  const columns = {
    first: new Int32Array(count),
    end: new Int32Array(count),
    width: new Float64Array(count),
    work: new Float64Array(count),
    most: new Int32Array(count),
    rate: new Float64Array(count),
    group: new Int32Array(count),
  };
  const ways = profiles.map(({ places }) => {
    const { lead, levels } = item(places, 0);
    return { lead, ...item(levels, 0) };
  });
  for (let i = 0; i < count; i++) {
    const profile = steps.profile[i] ?? -1;
    const way = item(ways, profile);
    const width = (needs[i] ?? 0) * way.needs;
    const length = (steps.length[i] ?? 0) / way.speed;
    columns.first[i] = Math.max(0, (steps.release[i] ?? 0) + way.lead);
    columns.end[i] = Math.max(columns.first[i] ?? 0, Math.min(slots, steps.deadline[i] ?? 0));
    columns.width[i] = width;
    columns.work[i] = length * width;
    columns.most[i] = slotsOf(length);
    columns.rate[i] = ((steps.power[i] ?? 0) * way.power) / width;
    columns.group[i] = groupOf[profile] ?? 0;
  }
  const nothing = new Float64Array(kilowatt.length);
  const { capacity } = resource;
  return { slots, sites: fleet.sites.length, count, capacity, ...columns, groups, kilowatt, unit: unit[0] ?? nothing };
}

/** Whole slots that so many slots of running take; rounding errors make no slot. */
export const slotsOf = (length: number): number => Math.max(1, Math.ceil(length - 1e-9));

/** Profiles that allow the same sites at the same multiples are one group. */
function groupsOf(profiles: readonly Profile[]): { readonly groups: readonly Group[]; readonly groupOf: Int32Array } {
  const known = new Map<string, number>();
  const groups: Group[] = [];
  const groupOf = Int32Array.from(profiles, ({ places }) => {
    const base = powerAt(places[0]);
    const bySite = new Map<number, number>();
    for (const place of places) bySite.set(place.site, base === 0 ? 1 : powerAt(place) / base);
    const pairs = [...bySite].sort(([a], [b]) => a - b);
    const key = JSON.stringify(pairs);
    const group = known.get(key) ?? groups.length;
    if (group === groups.length) {
      known.set(key, group);
      groups.push({
        sites: Int32Array.from(pairs, ([site]) => site),
        multiple: Float64Array.from(pairs, ([, multiple]) => multiple),
      });
    }
    return group;
  });
  return { groups, groupOf };
}

const powerAt = (place: Profile['places'][number] | undefined): number => place?.levels[0]?.power ?? 0;

/**
 * By cell: what a unit weighs there, where it weighs the same for every step that may run there; `undefined` where it
 * depends on the step. Cells where nothing may run weigh infinitely much.
 */
export function commonWeights(fluid: Fluid): Float64Array | undefined {
  const { slots, sites, count, groups, group, rate, kilowatt, unit } = fluid;
  const factor = new Float64Array(sites).fill(-1);
  const rates = groups.map(() => -1);
  for (let i = 0; i < count; i++) {
    const g = group[i] ?? 0;
    const own = rate[i] ?? 0;
    const known = rates[g] ?? -1;
    if (known < 0) rates[g] = own;
    else if (Math.abs(own - known) > SAME * known) return undefined;
  }
  for (const [g, one] of groups.entries()) {
    const own = rates[g] ?? -1;
    if (own < 0) continue;
    for (const [k, site] of one.sites.entries()) {
      const here = own * (one.multiple[k] ?? 0);
      const known = factor[site] ?? -1;
      if (known < 0) factor[site] = here;
      else if (Math.abs(here - known) > SAME * known) return undefined;
    }
  }
  return kilowatt.map((weight, cell) => {
    const here = factor[Math.floor(cell / slots)] ?? -1;
    return here < 0 ? Number.POSITIVE_INFINITY : here * weight + (unit[cell] ?? 0);
  });
}

/** Rates that differ by less are equal: they come from divisions of what people wrote. */
const SAME = 1e-11;

/** By step and site: the position of the place in the step's profile. */
export function placesAt({ profiles, sites, steps }: Fleet): (step: number, site: number) => number {
  const placeAt = profiles.map(({ places }) => sites.map((_, site) => places.findIndex((one) => one.site === site)));
  return (step, site) => placeAt[steps.profile[step] ?? 0]?.[site] ?? 0;
}
