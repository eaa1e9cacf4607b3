/**
 * Plans any fleet by prices: capacity prices from best responses and subgradients, steps put in one by one under them,
 * then the neighbourhood of what came out searched. Everything of the model: several resources, sizes, variants, pauses
 * that cost, tolls, leads, precedence, delay. The bound is the dual value of the prices.
 *
 * @module
 */
import { Dual } from '../bound.ts';
import { canonicalOrder, reordered, restored } from '../canonical.ts';
import type { Fleet, FleetPlan, SolveOptions, Solver } from '../fleet.ts';
import { narrowed, type Precedence, precedenceOf, type Windows } from '../precedence.ts';
import { randomNumbers, shuffle } from '../random.ts';
import { emptySites, Responder } from '../respond.ts';
import { tally, weighCells } from '../weigh.ts';
import { BestResponses, type Book, climb, emptyBook } from './priced/ascent.ts';
import { Draft } from './priced/draft.ts';
import { Insertion } from './priced/insertion.ts';
import { Ruin } from './priced/ruin.ts';

/** Effort 1, in passes over the steps. */
const RESPONSES = 36;
const RESTS = 12;
const CLIMBS = 250;
/** Where no step settles, the prices of best responses are a poor start. */
const MORE_CLIMBS = 600;
const RIP_UPS = 8;
/** Rounds of ruin and recreate: so many, and more for each step, most where no step settles and they are not many. */
const ROUNDS = 2_000;
const ROUNDS_A_STEP = 10;
const MORE_A_STEP = 60;
const MANY = 50_000;
/** Parts of the capacity that are kept free to settle, and what may be lost by it. */
const MARGINS = [0.001, 0.004, 0.016] as const;
const LITTLE = 0.002;
/** How often the search is taken up again while steps are left out. */
const TRIES = 3;
/** Shares of the capacity prices that steps are put in under. */
const SHARES = [0, 0.3, 0.6, 1] as const;

export const priced: Solver = {
  name: 'priced',
  refuses: () => undefined,
  solve: (fleet, options) => {
    const order = canonicalOrder(fleet);
    return restored(fleet, order, solve(reordered(fleet, order), options));
  },
};

function solve(fleet: Fleet, { seed, effort }: SolveOptions): FleetPlan {
  const random = randomNumbers(seed);
  const precedence = precedenceOf(fleet);
  const responder = new Responder(fleet);
  const isOut = hopeless(fleet, precedence, responder);
  const windows = narrowed(fleet, precedence, isOut);
  const passes = (most: number): number => Math.max(1, Math.round(most * effort));

  const responses = new BestResponses(fleet, windows, responder, isOut, random);
  responses.move(passes(RESPONSES));
  const dual = new Dual(fleet, windows, responder, isOut);
  const prices = better(dual, emptyBook(fleet), responses.prices);
  const sizes = sizesOf(fleet);

  const best = new Draft(fleet, responder.soonest);
  const work = new Draft(fleet, responder.soonest);
  const insertion = new Insertion(fleet, precedence, windows, responder, work);
  const lists = orders(precedence, insertion, windows, sizes, isOut);
  const isSettled = settle(insertion, responses, best, lists[0] ?? new Int32Array(0));
  climb(dual, prices, dual.value(prices), best.total(), passes(responses.canSettle ? CLIMBS : MORE_CLIMBS));
  if (!isSettled) construct(insertion, best, prices, lists, random);
  work.become(best);
  const ruin = new Ruin(fleet, precedence, windows, insertion, sizes, isOut, random);
  const { count } = fleet.steps;
  const perStep = responses.canSettle ? ROUNDS_A_STEP : Math.min(MORE_A_STEP, ROUNDS_A_STEP + MANY / count);
  const rounds = passes(ROUNDS + perStep * count);
  const offers = SHARES.map((share) => insertion.terms(prices, share));
  ruin.anneal(offers, rounds, best);
  const most = isOut.reduce((sum, out) => sum + 1 - out, 0);
  for (let again = 0; again < TRIES && best.placed < most; again++) {
    work.become(best);
    ruin.anneal(offers, rounds, best);
  }
  const assignment = best.assignment();
  const leftOut = Int32Array.from({ length: fleet.steps.count }, (_, step) => step).filter((step) => !best.isIn(step));
  const left = new Uint8Array(fleet.steps.count);
  for (const step of leftOut) left[step] = 1;
  const bound = new Dual(fleet, narrowed(fleet, precedence, left), responder, left).value(prices);
  return { assignment, leftOut, cost: tally(fleet, assignment).cost, bound, prices };
}

/**
 * 1 for the steps that have no way to run after what they wait for even alone, or not before what waits for them, and for
 * those that wait for them.
 */
function hopeless(fleet: Fleet, precedence: Precedence, responder: Responder): Uint8Array {
  const { order, before } = precedence;
  const terms = emptySites(fleet, weighCells(fleet));
  const isOut = new Uint8Array(fleet.steps.count);
  const mark = (first: Int32Array, last: Int32Array): void => {
    for (const step of order) {
      responder.respond(terms, step, first[step] ?? 0, Math.min(last[step] ?? 0, fleet.slots));
      if (responder.way.place < 0) isOut[step] = 1;
      for (let k = before.from[step] ?? 0; k < (before.from[step + 1] ?? 0); k++) {
        if (isOut[before.step[k] ?? 0] === 1) isOut[step] = 1;
      }
    }
  };
  mark(narrowed(fleet, precedence).first, fleet.steps.deadline);
  const { first, last } = narrowed(fleet, precedence, isOut);
  mark(first, last);
  return isOut;
}

/** The prices of the higher dual value. */
function better(dual: Dual, one: Book, other: Book): Book {
  return dual.value(one) >= dual.value(other) ? one : other;
}

/** By step: slots of work times the part of the fleet's mean capacity that it needs, the scarcest resource's. */
function sizesOf({ resources, steps }: Fleet): Float64Array {
  const means = resources.map(({ capacity }) => capacity.reduce((sum, most) => sum + most, 0) / capacity.length);
  return Float64Array.from({ length: steps.count }, (_, step) => {
    const parts = means.map((mean, r) => (mean > 0 ? (steps.needs[r]?.[step] ?? 0) / mean : 0));
    return (steps.length[step] ?? 0) * Math.max(0, ...parts);
  });
}

/** All steps that can be in: the largest first, the earliest deadline first, the least time to spare first. */
function orders(
  { order }: Precedence,
  insertion: Insertion,
  { first, last }: Windows,
  sizes: Float64Array,
  isOut: Uint8Array,
): Int32Array[] {
  const keys = [
    (step: number) => -(sizes[step] ?? 0),
    (step: number) => last[step] ?? 0,
    (step: number) => (last[step] ?? 0) - (first[step] ?? 0) - (insertion.fewest[step] ?? 0),
  ];
  return keys.map((key) => {
    const list = order.filter((step) => isOut[step] === 0).sort((a, b) => key(a) - key(b));
    insertion.arrange(list, list.length);
    return list;
  });
}

/** Whether `draft` places more steps, or as many for less. */
const isBetter = (draft: Draft, best: Draft): boolean =>
  draft.placed > best.placed || (draft.placed === best.placed && draft.total() < best.total());

/**
 * Makes a plan that holds of what best responses leave, with more and more room kept free until little is lost by it;
 * `best` becomes the best of them. Whether little was lost.
 */
function settle(insertion: Insertion, responses: BestResponses, best: Draft, list: Int32Array): boolean {
  const { draft } = insertion;
  for (const margin of responses.canSettle ? MARGINS : MARGINS.slice(0, 1)) {
    responses.rest(RESTS, margin);
    draft.clear();
    insertion.settle(list, responses.draft);
    if (isBetter(draft, best)) best.become(draft);
    const lost = draft.total() - responses.draft.total();
    if (draft.placed === responses.draft.placed && lost < LITTLE * Math.abs(draft.total())) return true;
  }
  return false;
}

/** Puts all steps in under half the prices and rips them up under others, in several orders; `best` becomes the best. */
function construct(
  insertion: Insertion,
  best: Draft,
  prices: Book,
  lists: readonly Int32Array[],
  random: () => number,
): void {
  const { draft } = insertion;
  const terms = SHARES.map((share) => insertion.terms(prices, share));
  const half = insertion.terms(prices, 0.5);
  const keep = (): void => {
    if (isBetter(draft, best)) best.become(draft);
  };
  for (const given of lists) {
    draft.clear();
    insertion.forward(given, given.length, half, () => true);
    keep();
    const list = given.slice();
    for (let pass = 0; pass < RIP_UPS; pass++) {
      const under = terms[pass < RIP_UPS - 3 ? 3 - (pass % 4) : 0] ?? half;
      if (pass % 3 === 0) shuffle(list, list.length, random);
      else list.set(pass % 3 === 1 ? given : given.toReversed());
      insertion.improve(list, under);
      keep();
    }
  }
}
