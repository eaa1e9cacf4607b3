/**
 * The least-weight way to run one step when every cell and every unit of capacity has its price: what all prices of a
 * fleet are tried on. Exact for every kind at one size, and for work that may pause at no cost at several; for work of
 * several sizes that is in one piece or whose pauses cost, the way may not be the best, and a bound is given beside it.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Fleet, Kind, Level, Place, Profile } from './fleet.ts';
import { CheapestSlots } from './response/cheapest.ts';
import { MixedPauses } from './response/mixed-pauses.ts';
import { MixedSlots } from './response/mixed-slots.ts';
import { MixedStretch } from './response/mixed-stretch.ts';
import { leastOfSizes } from './response/multiplier.ts';
import { lastPart, PausedSlots, wholeSlots } from './response/pauses.ts';
import { Sizes, type Slots } from './response/sizes.ts';
import { CheapestStretch } from './response/stretch.ts';
import { CRUMB, type Lane, Way } from './response/way.ts';
import { type CellWeights, profileOf, soonestEnd } from './weigh.ts';

/** What is paid, by cell. */
export interface Terms {
  /** Weight of a kilowatt held for one slot. */
  readonly kilowatt: Float64Array;
  /** By resource: weight of a unit held for one slot, capacity price included; absent: nothing. */
  readonly held: readonly (Float64Array | undefined)[];
  /** By resource: units that are free. A way fits into them. */
  readonly room: readonly Float64Array[];
  /** Bounds ask: nothing that would fit is missed, also where what is found then may not fit by a little. */
  readonly isBound?: boolean;
}

/** Terms without capacity prices, with the sites empty. */
export const emptySites = (fleet: Fleet, { kilowatt, unit }: CellWeights): Terms => ({
  kilowatt,
  held: unit,
  room: fleet.resources.map(({ capacity }) => capacity),
});

/** What is asked of one place: set before a kernel is called. */
interface Question {
  kind: Kind;
  pause: number;
  /** Slots of work. */
  work: number;
  place: number;
  levels: readonly Level[];
  /** Cell of the first slot of the window, and its slots. */
  base: number;
  size: number;
  /** Weight of each slot until the end, and what is added whatever the way. */
  late: number;
  fixed: number;
}

/** One responder per thread of work: it has scratch of its own and does not allocate while it answers. */
export class Responder {
  /** The answer to the last question; written over by the next. */
  readonly way: Way;
  /** By step: the slot by which it could have ended at the soonest, from which delay counts. */
  readonly soonest: Float64Array;
  private readonly fleet: Fleet;
  private readonly question: Question;
  private readonly window: Slots;
  private readonly lane: Lane;
  private readonly cheapest: CheapestSlots;
  private readonly stretches: CheapestStretch;
  private readonly paused: PausedSlots;
  private readonly stretch: MixedStretch;
  private readonly pauses: MixedPauses;
  private readonly sizes: Sizes;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    const longest = longestWindow(fleet);
    const places = Math.max(1, ...fleet.profiles.map((profile) => profile.places.length));
    const points = Math.max(1, ...fleet.profiles.map(mostPoints));
    const numbers = (rows: number): Float64Array => new Float64Array(rows * longest);
    this.soonest = Float64Array.from({ length: fleet.steps.count }, (_, step) => soonestEnd(fleet, step));
    this.way = new Way(longest * (places + 2), fleet.slots);
    this.question = { kind: 'piece', pause: 0, work: 0, place: 0, levels: [], base: 0, size: 0, late: 0, fixed: 0 };
    this.window = {
      size: 0,
      draw: numbers(places),
      hold: numbers(places),
      room: numbers(places),
      limit: numbers(places),
    };
    this.lane = { size: 0, price: numbers(1), room: numbers(1) };
    this.cheapest = new CheapestSlots(longest);
    this.stretches = new CheapestStretch(longest);
    this.paused = new PausedSlots(longest);
    const mixed = new MixedSlots(longest, points);
    this.stretch = new MixedStretch(longest, mixed);
    this.pauses = new MixedPauses(longest, mixed);
    this.sizes = new Sizes(longest, points, places);
  }

  /**
   * Finds the way of `step` that weighs least within [first, last); {@link way} has it, of infinite value when there is
   * none. Returns the value.
   */
  respond(terms: Terms, step: number, first: number, last: number): number {
    const { way, fleet, question } = this;
    const { kind, pause, places } = profileOf(fleet, step);
    way.value = Number.POSITIVE_INFINITY;
    way.least = Number.POSITIVE_INFINITY;
    way.place = -1;
    way.count = 0;
    question.kind = kind;
    question.pause = pause;
    question.work = fleet.steps.length[step] ?? 0;
    question.late = fleet.weights.delay;
    if (kind === 'fluid') {
      this.fluid(terms, step, places, first, last);
      return way.value;
    }
    const release = fleet.steps.release[step] ?? 0;
    for (let i = 0; i < places.length; i++) {
      const place = item(places, i);
      const begin = Math.max(first, release + place.lead);
      question.size = last - begin;
      if (question.size <= 0) continue;
      question.place = i;
      question.levels = place.levels;
      question.base = place.site * fleet.slots + begin;
      question.fixed = this.tollOf(place) + question.late * (begin - (this.soonest[step] ?? 0));
      this.fill(terms, step, question.base, question.size, 0);
      this.atPlace(terms.isBound === true);
    }
    return way.value;
  }

  private tollOf({ tollGrams, tollMoney }: Place): number {
    const { grams, money } = this.fleet.weights;
    return grams * tollGrams + money * tollMoney;
  }

  /** The prices of a window for a step, and the multiples of its needs that have room, from `at` on. */
  private fill({ kilowatt, held, room }: Terms, step: number, base: number, size: number, at: number): void {
    const { steps, resources } = this.fleet;
    const { draw, hold, room: multiples, limit } = this.window;
    const isWhole = this.question.kind === 'pausable' || this.question.kind === 'piece';
    const kw = steps.power[step] ?? 0;
    for (let t = 0; t < size; t++) {
      draw[at + t] = kw * (kilowatt[base + t] ?? 0);
      hold[at + t] = 0;
      multiples[at + t] = Number.POSITIVE_INFINITY;
      limit[at + t] = Number.POSITIVE_INFINITY;
    }
    for (let r = 0; r < room.length; r++) {
      const units = steps.needs[r]?.[step] ?? 0;
      if (units === 0) continue;
      lower(multiples, at, room[r], base, size, units);
      if (isWhole) lower(limit, at, resources[r]?.capacity, base, size, units);
      const paid = held[r];
      if (paid === undefined) continue;
      for (let t = 0; t < size; t++) hold[at + t] = (hold[at + t] ?? 0) + units * (paid[base + t] ?? 0);
    }
  }

  /** Improves {@link way} by the best at the place of the question. */
  private atPlace(isBound: boolean): void {
    const { kind, pause, levels, work, late, fixed, size } = this.question;
    const isFree = kind === 'local' || (kind === 'pausable' && pause === 0);
    if (isFree && levels.length > 1) {
      this.mixed(isBound);
      return;
    }
    for (let l = 0; l < levels.length; l++) this.atLevel(l, item(levels, l));
    if (levels.length > 1 && !isBound) this.mixedPieces();
    if (!isBound || isFree || levels.length === 1) return;
    this.window.size = size;
    const ofPause = kind === 'piece' ? Number.POSITIVE_INFINITY : pause;
    this.bound(fixed + leastOfSizes(this.window, levels, { length: work, pause: ofPause, late }));
  }

  private bound(value: number): void {
    if (value < this.way.least) this.way.least = value;
  }

  /** Whether the value is better than what was found; then the way is begun anew. */
  private improves(value: number): boolean {
    const { way, question } = this;
    if (question.levels.length === 1) this.bound(value);
    if (!(value < way.value)) return false;
    way.value = value;
    way.place = question.place;
    way.count = 0;
    return true;
  }

  /** One size throughout. */
  private atLevel(l: number, { speed, power, needs }: Level): void {
    const { way, lane, question, window } = this;
    const { kind, pause, work, base, size, late, fixed } = question;
    const length = work / speed;
    let lowest = Number.POSITIVE_INFINITY;
    lane.size = size;
    for (let t = 0; t < size; t++) {
      const price = power * (window.draw[t] ?? 0) + needs * (window.hold[t] ?? 0);
      lane.price[t] = price;
      const isThere = kind === 'local' || needs <= (window.limit[t] ?? 0) + CRUMB;
      lane.room[t] = !isThere ? 0 : needs === 0 ? 1 : (window.room[t] ?? 0) / needs;
      if (price < lowest) lowest = price;
    }
    if (lowest > 0 && fixed + lowest * length >= way.value) return;
    const whole = wholeSlots(length);
    const part = lastPart(length, whole);
    if (kind === 'local') {
      if (this.improves(fixed + this.cheapest.parts(lane, length, late))) {
        this.cheapest.writeParts(way, base, l, length);
      }
    } else if (kind === 'piece') {
      if (this.improves(fixed + this.stretches.stretch(lane, whole, part, late))) {
        this.stretches.write(way, base, l, whole, part);
      }
    } else if (pause === 0) {
      if (this.improves(fixed + this.cheapest.slots(lane, whole, part, late))) {
        this.cheapest.writeSlots(way, base, l, whole, part);
      }
    } else {
      const asked = { length, pause: pause / speed, late };
      if (this.improves(fixed + this.paused.cost(lane, asked))) this.paused.write(way, base, l, lane, asked);
    }
  }

  /** Several sizes in one piece, or with pauses that cost. */
  private mixedPieces(): void {
    const { way, question, stretch, pauses, window } = this;
    const { kind, levels, base, size, late, fixed, work, pause } = question;
    window.size = size;
    if (kind === 'piece') {
      if (this.improves(fixed + stretch.cost(window, levels, work, late))) stretch.write(way, base, work);
    } else if (this.improves(fixed + pauses.cost(window, levels, { length: work, pause, late }))) {
      pauses.write(way, base);
    }
  }

  /** Several sizes and free pauses. */
  private mixed(isBound: boolean): void {
    const { way, question, sizes, window } = this;
    const { kind, levels, base, size, late, fixed, work } = question;
    window.size = size;
    const wanted = kind === 'local' ? 'parts' : 'whole';
    const rule = isBound ? (`${wanted}-bound` as const) : wanted;
    const value = fixed + sizes.atOnePlace(window, levels, work, late, rule);
    this.bound(value);
    if (this.improves(value)) sizes.write(way, (slot) => base + slot);
  }

  /** All sites at once. The bound pays the lowest toll; the way that of the place where it begins. */
  private fluid(terms: Terms, step: number, places: readonly Place[], from: number, last: number): void {
    const { way, question, sizes, window, fleet } = this;
    const release = fleet.steps.release[step] ?? 0;
    const first = Math.max(from, release);
    const size = last - first;
    if (size <= 0) return;
    window.size = size;
    for (let i = 0; i < places.length; i++) {
      const { site, lead } = item(places, i);
      this.fill(terms, step, site * fleet.slots + first, size, i * size);
      const isKnown = places.findIndex((place) => place.site === site) < i;
      const closed = isKnown ? size : Math.min(size, Math.max(0, release + lead - first));
      window.room.fill(0, i * size, i * size + closed);
    }
    const { late, work } = question;
    const cost = sizes.atAllPlaces(window, places, work, late, terms.isBound === true);
    if (cost === Number.POSITIVE_INFINITY) return;
    sizes.write(way, (slot, place) => item(places, place).site * fleet.slots + first + slot);
    const begins = Math.floor((way.cell[0] ?? 0) / fleet.slots);
    way.place = places.findIndex(({ site }) => site === begins);
    const fixed = late * (first - (this.soonest[step] ?? 0));
    way.value = cost + fixed + this.tollOf(item(places, way.place));
    way.least = cost + fixed + Math.min(...places.map((place) => this.tollOf(place)));
  }
}

/** Lowers multiples, from `at` on, to those that a resource has of `units`, from `base` on. */
function lower(
  multiples: Float64Array,
  at: number,
  free: Float64Array | undefined,
  base: number,
  size: number,
  units: number,
): void {
  if (free === undefined) return;
  const perUnit = 1 / units;
  for (let t = 0; t < size; t++) {
    const fits = (free[base + t] ?? 0) * perUnit;
    if (fits < (multiples[at + t] ?? 0)) multiples[at + t] = fits;
  }
}

function longestWindow({ steps, slots }: Fleet): number {
  let longest = 1;
  for (let step = 0; step < steps.count; step++) {
    longest = Math.max(longest, (steps.deadline[step] ?? 0) - (steps.release[step] ?? 0));
  }
  return Math.min(longest, slots);
}

/** Points that one slot may have in a hull. */
const mostPoints = ({ kind, places }: Profile): number =>
  kind === 'fluid'
    ? places.reduce((sum, { levels }) => sum + levels.length, 0)
    : Math.max(...places.map(({ levels }) => levels.length));
