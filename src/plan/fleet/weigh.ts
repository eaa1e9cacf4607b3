/**
 * What running weighs in each cell, and what an assignment weighs as a whole: the one place where grams, money and delay
 * become one number.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Assignment, Fleet, Level, Place, Profile } from './fleet.ts';

/** By cell: the weight of a kilowatt, and of a unit of each resource, held for one slot. */
export interface CellWeights {
  readonly kilowatt: Float64Array;
  /** By resource; absent where it has no price. */
  readonly unit: readonly (Float64Array | undefined)[];
}

export function weighCells(fleet: Fleet): CellWeights {
  const { gramsPerKwh, moneyPerKwh, slotHours, weights, resources } = fleet;
  const kilowatt = gramsPerKwh.map(
    (grams, cell) => slotHours * (weights.grams * grams + weights.money * (moneyPerKwh?.[cell] ?? 0)),
  );
  const unit = resources.map(({ price }) => price?.map((money) => slotHours * weights.money * money));
  return { kilowatt, unit };
}

export const profileOf = ({ profiles, steps }: Fleet, step: number): Profile =>
  item(profiles, steps.profile[step] ?? -1);

/** Fewest slots in which a step can end after it has begun, at its fastest level. */
export function fewestSlots(fleet: Fleet, step: number, place: Place): number {
  const speed = place.levels.reduce((most, level) => Math.max(most, level.speed), 0);
  return Math.ceil((fleet.steps.length[step] ?? 0) / speed - 1e-9);
}

/** The earliest slot by which a step can have ended if it had the sites for itself and its predecessors were done. */
export function soonestEnd(fleet: Fleet, step: number): number {
  const release = fleet.steps.release[step] ?? 0;
  const ends = profileOf(fleet, step).places.map((place) => release + place.lead + fewestSlots(fleet, step, place));
  return Math.min(...ends);
}

/** Emissions, energy, money and delay of an assignment, and what they weigh together. */
export interface Tally {
  readonly grams: number;
  readonly kilowattHours: number;
  readonly money: number;
  /** Slots between the soonest and the actual end, summed over the steps. */
  readonly delay: number;
  readonly cost: number;
}

export function tally(fleet: Fleet, assignment: Assignment): Tally {
  const { steps, slots, slotHours, gramsPerKwh, moneyPerKwh, resources, weights } = fleet;
  const sum = { grams: 0, kilowattHours: 0, money: 0, delay: 0 };
  for (let step = 0; step < steps.count; step++) {
    const first = assignment.from[step] ?? 0;
    const end = assignment.from[step + 1] ?? 0;
    if (first === end) continue;
    const chosen = item(profileOf(fleet, step).places, assignment.place[step] ?? -1);
    sum.grams += chosen.tollGrams;
    sum.money += chosen.tollMoney;
    for (let i = first; i < end; i++) {
      const cell = assignment.cell[i] ?? 0;
      const hours = slotHours * (assignment.share[i] ?? 0);
      const level = levelAt(fleet, assignment, step, i);
      const energy = (steps.power[step] ?? 0) * level.power * hours;
      sum.kilowattHours += energy;
      sum.grams += energy * (gramsPerKwh[cell] ?? 0);
      sum.money += energy * (moneyPerKwh?.[cell] ?? 0);
      resources.forEach(({ price }, r) => {
        if (price !== undefined) sum.money += (steps.needs[r]?.[step] ?? 0) * level.needs * hours * (price[cell] ?? 0);
      });
    }
    if (weights.delay > 0) {
      sum.delay += ((assignment.cell[end - 1] ?? 0) % slots) + 1 - soonestEnd(fleet, step);
    }
  }
  return { ...sum, cost: weights.grams * sum.grams + weights.money * sum.money + weights.delay * sum.delay };
}

/** The level of entry `i` of an assignment. */
export const levelAt = (fleet: Fleet, assignment: Assignment, step: number, i: number): Level =>
  item(placeAt(fleet, assignment, step, i).levels, assignment.level[i] ?? 0);

/** The place of entry `i` of an assignment. */
export const placeAt = (fleet: Fleet, { place, cell }: Assignment, step: number, i: number): Place =>
  placeOf(fleet, step, place[step] ?? -1, cell[i] ?? 0);

/** The place at which a step runs in a cell: the one it has; fluid work takes the first of those at the cell's site. */
export function placeOf(fleet: Fleet, step: number, chosen: number, cell: number): Place {
  const { kind, places } = profileOf(fleet, step);
  if (kind !== 'fluid') return item(places, chosen);
  const site = Math.floor(cell / fleet.slots);
  const place = places.find((one) => one.site === site);
  if (place === undefined) throw new RangeError(`step ${step} runs at site ${site}, where it may not`);
  return place;
}
