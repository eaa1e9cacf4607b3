/**
 * Capacity prices that prove much: first by letting all steps react to each other, then by climbing the dual.
 *
 * @module
 */
import type { Dual } from '../../bound.ts';
import type { Fleet } from '../../fleet.ts';
import type { Windows } from '../../precedence.ts';
import { shuffle } from '../../random.ts';
import type { Responder } from '../../respond.ts';
import { weighCells } from '../../weigh.ts';
import type { Draft } from './draft.ts';

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
 * weighs least at λ + ρ · (load − capacity); after every pass λ moves towards these. `draft` is left overfull, with every
 * step in that has a way at all. Returns the prices after the last pass.
 */
export function bestResponses(
  fleet: Fleet,
  windows: Windows,
  responder: Responder,
  draft: Draft,
  isOut: Uint8Array,
  passes: number,
  random: () => number,
): Book {
  const { kilowatt, unit } = weighCells(fleet);
  const prices = emptyBook(fleet);
  const held = emptyBook(fleet);
  const room = fleet.resources.map(({ capacity }) => capacity);
  const terms = { kilowatt, held, room };
  const order = Int32Array.from({ length: fleet.steps.count }, (_, step) => step);
  let steepness = fleet.resources.map(() => 0);
  const pay = (cell: number): void => {
    for (let r = 0; r < held.length; r++) {
      const paid = held[r];
      if (paid === undefined) continue;
      const price = (prices[r]?.[cell] ?? 0) - (steepness[r] ?? 0) * (draft.room[r]?.[cell] ?? 0);
      paid[cell] = (unit[r]?.[cell] ?? 0) + Math.max(0, price);
    }
  };
  for (let cell = 0; cell < kilowatt.length; cell++) pay(cell);
  for (let pass = 0; pass < passes; pass++) {
    shuffle(order, order.length, random);
    for (const step of order) {
      if (isOut[step] === 1) continue;
      if (draft.isIn(step)) {
        draft.lift(step);
        draft.eachCell(step, pay);
      }
      responder.respond(terms, step, windows.first[step] ?? 0, windows.last[step] ?? 0);
      if (responder.way.place < 0) continue;
      draft.put(step, responder.way);
      draft.eachCell(step, pay);
    }
    if (pass === 0) steepness = steepnessOf(fleet, draft);
    else move(prices, draft, steepness, 1 / (1 + 0.15 * pass));
    for (let cell = 0; cell < kilowatt.length; cell++) pay(cell);
  }
  return prices;
}

/** Grams a unit and slot for each unit too many: half of what a unit and slot weighs on average, a mean capacity over. */
function steepnessOf(fleet: Fleet, draft: Draft): number[] {
  const total = Math.abs(draft.total());
  return fleet.resources.map(({ capacity }, r) => {
    const free = draft.room[r];
    let used = 0;
    let open = 0;
    let all = 0;
    capacity.forEach((most, cell) => {
      used += most - (free?.[cell] ?? 0);
      all += most;
      if (most > 0) open++;
    });
    return used > 0 && all > 0 ? ((0.5 * total) / used / all) * open : 0;
  });
}

function move(prices: Book, draft: Draft, steepness: readonly number[], damping: number): void {
  prices.forEach((price, r) => {
    const step = damping * (steepness[r] ?? 0);
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
