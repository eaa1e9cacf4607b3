/**
 * Whether an assignment keeps every promise of its fleet, told apart from how it was made.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Assignment, Fleet } from './fleet.ts';
import { levelAt, placeAt, profileOf } from './weigh.ts';

/** Rounding that sums of many shares may leave, as a part of what is compared. */
const ROUNDING = 1e-7;

/**
 * What an assignment breaks, in words; empty when it holds: capacity of every resource in every cell, all work done and
 * none twice, windows, one site, whole slots and one stretch where they are asked for, precedence, the sites that are
 * allowed. Steps without cells were left out and break nothing but what waits for them. At most 20 breaches.
 */
export function breaches(fleet: Fleet, assignment: Assignment): readonly string[] {
  const found: string[] = [];
  const say = (words: string): void => {
    if (found.length < 20) found.push(words);
  };
  const loads = fleet.resources.map(({ capacity }) => new Float64Array(capacity.length));
  for (let step = 0; step < fleet.steps.count; step++) {
    checkStep(fleet, assignment, step, say);
    addLoads(fleet, assignment, step, loads);
  }
  fleet.resources.forEach(({ name, capacity }, r) => {
    loads[r]?.forEach((load, cell) => {
      const most = capacity[cell] ?? 0;
      if (load > most + ROUNDING * Math.max(1, most)) {
        say(`${name}: ${load} of ${most} at ${siteOf(fleet, cell)} in slot ${cell % fleet.slots}`);
      }
    });
  });
  return found;
}

const siteOf = ({ sites, slots }: Fleet, cell: number): string => sites[Math.floor(cell / slots)] ?? 'no site';

const isLeftOut = ({ from }: Assignment, step: number): boolean => from[step] === from[step + 1];
const firstSlot = ({ slots }: Fleet, { cell, from }: Assignment, step: number): number =>
  (cell[from[step] ?? 0] ?? 0) % slots;
const lastSlot = ({ slots }: Fleet, { cell, from }: Assignment, step: number): number =>
  (cell[(from[step + 1] ?? 0) - 1] ?? 0) % slots;

function checkStep(fleet: Fleet, assignment: Assignment, step: number, say: (words: string) => void): void {
  if (isLeftOut(assignment, step)) return;
  const { steps, slots } = fleet;
  const { kind, pause, places } = profileOf(fleet, step);
  const place = item(places, assignment.place[step] ?? -1);
  const bySlot = new Map<number, number>();
  let done = 0;
  let before = -1;
  let pauses = 0;
  for (let i = assignment.from[step] ?? 0; i < (assignment.from[step + 1] ?? 0); i++) {
    const cell = assignment.cell[i] ?? 0;
    const slot = cell % slots;
    const share = assignment.share[i] ?? 0;
    const site = Math.floor(cell / slots);
    const { lead } = placeAt(fleet, assignment, step, i);
    if (slot < (steps.release[step] ?? 0) + lead || slot >= (steps.deadline[step] ?? 0))
      say(`step ${step} runs in slot ${slot}, outside its window`);
    if (slot < before) say(`step ${step} goes back in time`);
    if (!(share > 0)) say(`step ${step} has a share of ${share} in slot ${slot}`);
    if (kind !== 'fluid' && site !== place.site) say(`step ${step} leaves its site in slot ${slot}`);
    if (kind === 'pausable' || kind === 'piece') checkSize(fleet, assignment, step, i, say);
    if (before >= 0 && slot > before + 1) pauses++;
    bySlot.set(slot, (bySlot.get(slot) ?? 0) + share);
    done += share * levelAt(fleet, assignment, step, i).speed;
    before = slot;
  }
  for (const [slot, share] of bySlot) if (share > 1 + ROUNDING) say(`step ${step} runs ${share} of slot ${slot}`);
  if (kind === 'piece' && pauses > 0) say(`step ${step} is cut into ${pauses + 1}`);
  if (kind === 'pausable' || kind === 'piece') checkWhole(step, bySlot, kind === 'piece' || pause > 0, say);
  const asked = (steps.length[step] ?? 0) + (kind === 'pausable' ? pauses * pause : 0);
  if (Math.abs(done - asked) > ROUNDING * Math.max(1, asked))
    say(`step ${step} does ${done} of ${asked} slots of work`);
  checkPrecedence(fleet, assignment, step, say);
}

/** Whole needs are there or not: a part of the slot does not make up for units that the cell does not have. */
function checkSize(fleet: Fleet, assignment: Assignment, step: number, i: number, say: (words: string) => void): void {
  const cell = assignment.cell[i] ?? 0;
  const level = levelAt(fleet, assignment, step, i);
  fleet.resources.forEach(({ name, capacity }, r) => {
    const units = level.needs * (fleet.steps.needs[r]?.[step] ?? 0);
    const most = capacity[cell] ?? 0;
    if (units > most + ROUNDING * Math.max(1, most)) {
      say(`step ${step} needs ${units} ${name} of ${most} in slot ${cell % fleet.slots}`);
    }
  });
}

function checkWhole(step: number, bySlot: Map<number, number>, atEdges: boolean, say: (words: string) => void): void {
  const parts = [...bySlot].filter(([, share]) => share < 1 - ROUNDING).map(([slot]) => slot);
  if (parts.length > 1) say(`step ${step} runs parts of slots ${parts.join(', ')}`);
  for (const slot of parts) {
    const isInside = bySlot.has(slot - 1) && bySlot.has(slot + 1);
    if (atEdges && isInside) say(`step ${step} runs a part of slot ${slot}, amid a stretch`);
  }
}

function checkPrecedence(fleet: Fleet, assignment: Assignment, step: number, say: (words: string) => void): void {
  const { after } = fleet.steps;
  if (after === undefined) return;
  for (let i = after.from[step] ?? 0; i < (after.from[step + 1] ?? 0); i++) {
    const other = after.step[i] ?? -1;
    if (isLeftOut(assignment, other)) say(`step ${step} runs without step ${other}`);
    else if (firstSlot(fleet, assignment, step) <= lastSlot(fleet, assignment, other)) {
      say(`step ${step} starts before step ${other} has ended`);
    }
  }
}

function addLoads(fleet: Fleet, assignment: Assignment, step: number, loads: readonly Float64Array[]): void {
  for (let i = assignment.from[step] ?? 0; i < (assignment.from[step + 1] ?? 0); i++) {
    const cell = assignment.cell[i] ?? 0;
    const part = (assignment.share[i] ?? 0) * levelAt(fleet, assignment, step, i).needs;
    loads.forEach((load, r) => {
      load[cell] = (load[cell] ?? 0) + part * (fleet.steps.needs[r]?.[step] ?? 0);
    });
  }
}
