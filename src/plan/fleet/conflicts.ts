/**
 * Why a step found no room: the constraints that conflict for it, none of which could be left away.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Assignment, Fleet } from './fleet.ts';
import { narrowed, precedenceOf } from './precedence.ts';
import { emptySites, Responder } from './respond.ts';
import { levelAt, profileOf, weighCells } from './weigh.ts';

export type Conflict =
  | { readonly kind: 'deadline'; readonly slot: number }
  /** It cannot start before what it waits for has ended. */
  | { readonly kind: 'waiting'; readonly until: number }
  | { readonly kind: 'capacity'; readonly resource: string; readonly site: string }
  /** The sites that it is allowed. */
  | { readonly kind: 'sites'; readonly sites: readonly string[] };

export interface Conflicts {
  /** Whether they conflict even when nothing else runs; else given how the other steps run. */
  readonly isAlone: boolean;
  /** Without any one of them the step could run. Empty when it can run as it is. */
  readonly conflicts: readonly Conflict[];
}

/**
 * The conflict of a step that was left out of an assignment, by a deletion filter (Chinneck and Dravnieks, "Locating
 * minimal infeasible constraint sets in linear programs", ORSA Journal on Computing 1991): each constraint in turn is
 * left away, for good when the step still cannot run. Capacity goes first, so that what is left of it matters; deadlines
 * last. The set is irreducible, if not always the only one. One response for each site and resource.
 */
export function conflictsOf(fleet: Fleet, assignment: Assignment, step: number): Conflicts {
  const window = windowOf(fleet, assignment, step);
  const full = fleet.resources.map(({ capacity }) => capacity);
  const alone = new Set(constraintsOf(fleet, step, window));
  if (!canRun(fleet, step, window, full, alone)) {
    return { isAlone: true, conflicts: filter(fleet, step, window, full, alone) };
  }
  const free = freeOf(fleet, assignment);
  if (canRun(fleet, step, window, free, alone)) return { isAlone: false, conflicts: [] };
  return { isAlone: false, conflicts: filter(fleet, step, window, free, alone) };
}

/** "its deadline in slot 40, gpus at hpc" */
export const inWords = (conflicts: readonly Conflict[]): string => conflicts.map(wordsOf).join(', ');

function wordsOf(conflict: Conflict): string {
  switch (conflict.kind) {
    case 'deadline':
      return `its deadline in slot ${conflict.slot}`;
    case 'waiting':
      return `what it waits for until slot ${conflict.until}`;
    case 'capacity':
      return `${conflict.resource} at ${conflict.site}`;
    case 'sites':
      return `the sites it may use (${conflict.sites.join(', ')})`;
  }
}

interface Window {
  readonly first: number;
  readonly last: number;
}

/** From the end of what it waits for, where that runs, to its deadline less what waits for it. */
function windowOf(fleet: Fleet, { from, cell }: Assignment, step: number): Window {
  const { first, last } = narrowed(fleet, precedenceOf(fleet));
  let begin = first[step] ?? 0;
  const { after } = fleet.steps;
  for (let k = after?.from[step] ?? 0; k < (after?.from[step + 1] ?? 0); k++) {
    const other = after?.step[k] ?? 0;
    const end = from[other + 1] ?? 0;
    if (end > (from[other] ?? 0)) begin = Math.max(begin, ((cell[end - 1] ?? 0) % fleet.slots) + 1);
  }
  return { first: begin, last: last[step] ?? 0 };
}

function constraintsOf(fleet: Fleet, step: number, { first, last }: Window): Conflict[] {
  const { places } = profileOf(fleet, step);
  const sites = [...new Set(places.map(({ site }) => item(fleet.sites, site)))];
  const capacity = fleet.resources
    .filter((_, r) => (fleet.steps.needs[r]?.[step] ?? 0) > 0)
    .flatMap(({ name }) => fleet.sites.map((site) => ({ kind: 'capacity' as const, resource: name, site })));
  const waits = first > (fleet.steps.release[step] ?? 0);
  return [
    ...capacity,
    { kind: 'sites', sites },
    ...(waits ? [{ kind: 'waiting' as const, until: first }] : []),
    { kind: 'deadline', slot: last },
  ];
}

function filter(
  fleet: Fleet,
  step: number,
  window: Window,
  room: readonly Float64Array[],
  all: ReadonlySet<Conflict>,
): Conflict[] {
  const kept = new Set(all);
  for (const one of all) {
    kept.delete(one);
    if (canRun(fleet, step, window, room, kept)) kept.add(one);
  }
  return [...kept];
}

/** Whether the step could run under these constraints alone. */
function canRun(
  fleet: Fleet,
  step: number,
  window: Window,
  room: readonly Float64Array[],
  kept: ReadonlySet<Conflict>,
): boolean {
  const { slots, sites, steps } = fleet;
  const has = [...kept];
  const hasKind = (kind: Conflict['kind']): boolean => has.some((one) => one.kind === kind);
  const profile = profileOf(fleet, step);
  const some = item(profile.places, 0);
  const places = hasKind('sites') ? profile.places : sites.map((_, site) => ({ ...some, site }));
  const resources = fleet.resources.map((resource, r) => ({
    ...resource,
    capacity: Float64Array.from(room[r] ?? [], (units, cell) => {
      const site = sites[Math.floor(cell / slots)];
      const holds = has.some((one) => one.kind === 'capacity' && one.resource === resource.name && one.site === site);
      return holds ? Math.max(0, units) : Number.MAX_VALUE;
    }),
  }));
  const first = hasKind('waiting') ? window.first : (steps.release[step] ?? 0);
  const last = hasKind('deadline') ? window.last : slots;
  const alone: Fleet = {
    ...fleet,
    resources,
    profiles: [{ ...profile, places }],
    steps: {
      count: 1,
      release: Int32Array.of(steps.release[step] ?? 0),
      deadline: Int32Array.of(slots),
      length: Float64Array.of(steps.length[step] ?? 0),
      power: Float64Array.of(steps.power[step] ?? 0),
      needs: steps.needs.map((column) => Float64Array.of(column[step] ?? 0)),
      profile: Int32Array.of(0),
    },
  };
  const terms = emptySites(alone, weighCells(alone));
  return last > first && new Responder(alone).respond(terms, 0, first, last) < Number.POSITIVE_INFINITY;
}

/** By resource and cell: what an assignment leaves free. */
function freeOf(fleet: Fleet, assignment: Assignment): Float64Array[] {
  const free = fleet.resources.map(({ capacity }) => capacity.slice());
  for (let step = 0; step < fleet.steps.count; step++) {
    for (let i = assignment.from[step] ?? 0; i < (assignment.from[step + 1] ?? 0); i++) {
      const cell = assignment.cell[i] ?? 0;
      const part = (assignment.share[i] ?? 0) * levelAt(fleet, assignment, step, i).needs;
      free.forEach((units, r) => {
        units[cell] = (units[cell] ?? 0) - part * (fleet.steps.needs[r]?.[step] ?? 0);
      });
    }
  }
  return free;
}
