/**
 * Capacity prices that prove much: first by letting all steps react to each other, then by climbing the dual.
 *
 * @module
 */
import type { Dual } from '../../bound.ts';
import type { Fleet } from '../../fleet.ts';
import type { Windows } from '../../precedence.ts';
import { shuffle } from '../../random.ts';
import type { Responder, Terms } from '../../respond.ts';
import { type CellWeights, weighCells } from '../../weigh.ts';
import { Draft } from './draft.ts';
import { RisingResponse } from './rising.ts';

/** Of a mean cell's capacity too much: see {@link steepnessOf}. */
const STEEP = 0.4;
/** How overload grows dear while prices rest, a pass. */
const DEARER = 1.5;

/** Prices by resource and cell. */
export type Book = readonly Float64Array[];

export const emptyBook = ({ resources }: Fleet): Book =>
  resources.map(({ capacity }) => new Float64Array(capacity.length));

export function copyBook(from: Book, to: Book): void {
  to.forEach((prices, r) => {
    prices.set(from[r] ?? prices);
  });
}

/**
 * Augmented-Lagrangian best response (Hestenes 1969, Powell 1969): each step in turn is lifted and put back where it
 * weighs least at λ + ρ · (load − capacity). Local work of one size sees the price rise as it takes room
 * ({@link RisingResponse}), so that it settles; other kinds jump. The draft is left overfull, with every step in that has
 * a way at all.
 */
export class BestResponses {
  /** λ, by resource and cell. */
  readonly prices: Book;
  readonly draft: Draft;
  private readonly fleet: Fleet;
  private readonly windows: Windows;
  private readonly responder: Responder;
  private readonly order: Int32Array;
  private readonly random: () => number;
  private readonly weights: CellWeights;
  private readonly terms: Terms & { readonly held: Book };
  private readonly rising: RisingResponse;
  private margin = 0;

  /** Steps with `isOut` 1 stay out. */
  constructor(fleet: Fleet, windows: Windows, responder: Responder, isOut: Uint8Array, random: () => number) {
    this.fleet = fleet;
    this.windows = windows;
    this.responder = responder;
    this.random = random;
    this.weights = weighCells(fleet);
    this.prices = emptyBook(fleet);
    this.draft = new Draft(fleet, responder.soonest);
    const room = fleet.resources.map(({ capacity }) => capacity);
    this.terms = { kilowatt: this.weights.kilowatt, held: emptyBook(fleet), room };
    this.rising = new RisingResponse(fleet, this.prices, this.draft.room);
    this.order = Int32Array.from(isOut, (_, step) => step).filter((step) => isOut[step] === 0);
  }

  /** Whether any step can settle. */
  get canSettle(): boolean {
    return this.order.some((step) => this.rising.suits(step));
  }

  /** So many passes over all steps; after each λ moves to λ + ρ · (load − capacity). */
  move(passes: number): void {
    for (let pass = 0; pass < passes; pass++) {
      this.pass();
      this.rising.steepness.set(steepnessOf(this.fleet, this.weights.kilowatt));
      if (pass > 0) movePrices(this.prices, this.draft, this.rising.steepness);
    }
  }

  /** So many passes in which λ rests and overload grows dear; the part `margin` of all capacity is kept free. */
  rest(passes: number, margin: number): void {
    const { steepness } = this.rising;
    steepness.set(steepnessOf(this.fleet, this.weights.kilowatt));
    this.keepFree(margin);
    for (let pass = 0; pass < passes; pass++) {
      this.pass();
      for (let r = 0; r < steepness.length; r++) steepness[r] = DEARER * (steepness[r] ?? 0);
    }
  }

  private keepFree(margin: number): void {
    this.fleet.resources.forEach(({ capacity }, r) => {
      const free = this.draft.room[r];
      capacity.forEach((most, cell) => {
        if (free !== undefined) free[cell] = (free[cell] ?? 0) - (margin - this.margin) * most;
      });
    });
    this.margin = margin;
  }

  private pass(): void {
    const { order, draft, responder, rising, windows, terms } = this;
    for (let cell = 0; cell < terms.kilowatt.length; cell++) this.pay(cell);
    shuffle(order, order.length, this.random);
    for (const step of order) {
      if (draft.isIn(step)) {
        draft.lift(step);
        draft.eachCell(step, this.pay);
      }
      const first = windows.first[step] ?? 0;
      const last = windows.last[step] ?? 0;
      if (rising.suits(step)) rising.respond(step, first, last, responder.way);
      else responder.respond(terms, step, first, last);
      if (responder.way.place < 0) continue;
      draft.put(step, responder.way);
      draft.eachCell(step, this.pay);
    }
  }

  /** Sets what a unit costs in a cell. */
  private readonly pay = (cell: number): void => {
    const { held } = this.terms;
    for (let r = 0; r < held.length; r++) {
      const paid = held[r];
      if (paid === undefined) continue;
      const steep = this.rising.steepness[r] ?? 0;
      const price = (this.prices[r]?.[cell] ?? 0) - steep * (this.draft.room[r]?.[cell] ?? 0);
      paid[cell] = (this.weights.unit[r]?.[cell] ?? 0) + Math.max(0, price);
    }
  };
}

/**
 * Weight of a unit and slot for each unit too many: when all of a mean cell's capacity is too much, {@link STEEP} of what
 * the work that needs a unit weighs in a slot of a mean cell.
 */
function steepnessOf({ resources, steps }: Fleet, kilowatt: Float64Array): Float64Array {
  const mean = kilowatt.reduce((sum, weight) => sum + Math.abs(weight), 0) / kilowatt.length;
  return Float64Array.from(resources, ({ capacity }, r) => {
    let power = 0;
    let units = 0;
    for (let step = 0; step < steps.count; step++) {
      const needs = steps.needs[r]?.[step] ?? 0;
      if (needs === 0) continue;
      power += (steps.power[step] ?? 0) * (steps.length[step] ?? 0);
      units += needs * (steps.length[step] ?? 0);
    }
    const open = capacity.filter((most) => most > 0);
    const most = open.reduce((sum, one) => sum + one, 0);
    return units > 0 && most > 0 ? (STEEP * mean * power * open.length) / units / most : 0;
  });
}

function movePrices(prices: Book, draft: Draft, steepness: Float64Array): void {
  prices.forEach((price, r) => {
    const step = steepness[r] ?? 0;
    const free = draft.room[r];
    for (let cell = 0; cell < price.length; cell++) {
      price[cell] = Math.max(0, (price[cell] ?? 0) - step * (free?.[cell] ?? 0));
    }
  });
}

/**
 * Polyak's subgradient ascent (Polyak 1969) with the direction deflected (Camerini, Fratta, Maffioli 1975), cells without
 * price and with room masked, the step halved and the best prices taken up again when it stalls. `target` is what a plan
 * weighs. Improves `best` in place and returns its value.
 */
export function climb(dual: Dual, best: Book, start: number, target: number, passes: number): number {
  const prices = best.map((price) => price.slice());
  const direction = best.map((price) => new Float64Array(price.length));
  const scale = scalesOf(dual);
  let value = start;
  let reach = 1;
  let stalled = 0;
  for (let pass = 0; pass < passes && reach > 1e-3; pass++) {
    const here = dual.value(prices);
    stalled = here > value + 2e-5 * Math.abs(value) ? 0 : stalled + 1;
    if (here > value) {
      value = here;
      copyBook(prices, best);
    }
    if (stalled > 8) {
      reach *= 0.6;
      stalled = 0;
      copyBook(best, prices);
    }
    const norm = deflect(direction, prices, dual.excess, scale, pass === 0 ? 1 : 0.4);
    if (norm === 0) break;
    const length = (reach * Math.max(target - here, 1e-4 * Math.abs(here))) / norm;
    prices.forEach((price, r) => {
      const along = direction[r];
      const step = length * (scale[r] ?? 1);
      for (let cell = 0; cell < price.length; cell++) {
        price[cell] = Math.max(0, (price[cell] ?? 0) + step * (along?.[cell] ?? 0));
      }
    });
  }
  return value;
}

/** Resources come in units of different sizes: each is measured by its own, so that none hides behind another. */
function scalesOf({ excess }: Dual): number[] {
  return excess.map((over) => {
    let sum = 0;
    let open = 0;
    for (const units of over) {
      if (units === 0) continue;
      sum += units * units;
      open++;
    }
    return open === 0 || sum === 0 ? 1 : open / sum;
  });
}

/** Moves the direction towards the excess; the squared norm of what may move, in the scale of each resource. */
function deflect(
  direction: Book,
  prices: Book,
  excess: readonly Float64Array[],
  scale: readonly number[],
  weight: number,
): number {
  let norm = 0;
  direction.forEach((along, r) => {
    const over = excess[r];
    const price = prices[r];
    let sum = 0;
    for (let cell = 0; cell < along.length; cell++) {
      const moved = (1 - weight) * (along[cell] ?? 0) + weight * (over?.[cell] ?? 0);
      along[cell] = moved;
      if ((price?.[cell] ?? 0) > 0 || moved > 0) sum += moved * moved;
    }
    norm += (scale[r] ?? 1) * sum;
  });
  return norm;
}
