/**
 * The response of local work when every unit it takes raises the price of the next.
 *
 * @module
 */
import { item } from '../../../at.ts';
import type { Fleet, Place } from '../../fleet.ts';
import { type RisingLane, Spread } from '../../response/spread.ts';
import type { Way } from '../../response/way.ts';
import { type CellWeights, profileOf, weighCells } from '../../weigh.ts';

export class RisingResponse {
  /** By resource: grams a unit and slot for each unit too many. */
  readonly steepness: Float64Array;
  private readonly fleet: Fleet;
  private readonly prices: readonly Float64Array[];
  private readonly room: readonly Float64Array[];
  private readonly weights: CellWeights;
  private readonly lane: RisingLane;
  private readonly spread: Spread;

  /** `prices` and `room`, by resource and cell, are read when asked: what is free may be below 0. */
  constructor(fleet: Fleet, prices: readonly Float64Array[], room: readonly Float64Array[]) {
    this.fleet = fleet;
    this.prices = prices;
    this.room = room;
    this.weights = weighCells(fleet);
    this.steepness = new Float64Array(fleet.resources.length);
    const { slots } = fleet;
    this.lane = {
      size: 0,
      cell: new Int32Array(slots),
      price: new Float64Array(slots),
      flat: new Float64Array(slots),
      slope: new Float64Array(slots),
      most: new Float64Array(slots),
    };
    this.spread = new Spread(slots);
  }

  /** Local work of one size, whose end does not matter. */
  suits(step: number): boolean {
    const { kind, places } = profileOf(this.fleet, step);
    return kind === 'local' && this.fleet.weights.delay === 0 && places.every(({ levels }) => levels.length === 1);
  }

  /** Finds the way of a step that {@link suits}; `way` is written over. */
  respond(step: number, first: number, last: number, way: Way): void {
    const { places } = profileOf(this.fleet, step);
    const { grams, money } = this.fleet.weights;
    way.value = Number.POSITIVE_INFINITY;
    way.place = -1;
    for (let i = 0; i < places.length; i++) {
      const place = item(places, i);
      const lowest = this.fill(step, place, first, last);
      const length = (this.fleet.steps.length[step] ?? 0) / item(place.levels, 0).speed;
      const toll = grams * place.tollGrams + money * place.tollMoney;
      if (lowest > 0 && toll + lowest * length >= way.value) continue;
      const value = toll + this.spread.cost(this.lane, length);
      if (!(value < way.value)) continue;
      way.value = value;
      way.place = i;
      way.count = 0;
      this.spread.write(way, this.lane);
    }
  }

  /** Sets the lane; returns its lowest price. */
  private fill(step: number, { site, lead, levels }: Place, first: number, last: number): number {
    const { lane, fleet } = this;
    const begin = Math.max(first, (fleet.steps.release[step] ?? 0) + lead);
    const level = item(levels, 0);
    let lowest = Number.POSITIVE_INFINITY;
    lane.size = 0;
    for (let slot = begin; slot < last; slot++) {
      const cell = site * fleet.slots + slot;
      lowest = Math.min(lowest, this.price(step, cell, level.power, level.needs));
    }
    return lowest;
  }

  /** Adds a cell to the lane, unless there is no capacity; returns its price. */
  private price(step: number, cell: number, power: number, multiples: number): number {
    const { lane, fleet, prices, room, steepness, weights } = this;
    let now = power * (fleet.steps.power[step] ?? 0) * (weights.kilowatt[cell] ?? 0);
    let full = now;
    let flat = 1;
    let most = 1;
    for (let r = 0; r < room.length; r++) {
      const units = multiples * (fleet.steps.needs[r]?.[step] ?? 0);
      if (units === 0) continue;
      most = Math.min(most, (fleet.resources[r]?.capacity[cell] ?? 0) / units);
      if (most <= 0) return Number.POSITIVE_INFINITY;
      const paid = weights.unit[r]?.[cell] ?? 0;
      const steep = steepness[r] ?? 0;
      const lead = (prices[r]?.[cell] ?? 0) - steep * (room[r]?.[cell] ?? 0);
      now += units * (paid + Math.max(0, lead));
      full += units * (paid + Math.max(0, lead + steep * units));
      if (steep > 0) flat = Math.min(flat, Math.max(0, -lead / (steep * units)));
    }
    const t = lane.size++;
    lane.cell[t] = cell;
    lane.price[t] = now;
    lane.flat[t] = flat;
    lane.slope[t] = full - now;
    lane.most[t] = most;
    return now;
  }
}
