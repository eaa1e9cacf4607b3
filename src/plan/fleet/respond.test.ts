import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { item } from '../at.ts';
import { type FleetSketch, randomFleet } from './fixtures.ts';
import type { Fleet } from './fleet.ts';
import { narrowed, precedenceOf } from './precedence.ts';
import { randomNumbers } from './random.ts';
import { Responder, type Terms } from './respond.ts';
import { profileOf, soonestEnd, weighCells } from './weigh.ts';

const sketch = (seed: number, changes: Partial<FleetSketch>): FleetSketch => ({
  seed,
  steps: 6,
  slots: 11,
  sites: 2,
  kinds: ['pausable'],
  tightness: 1.2,
  ...changes,
});

/** Terms with random capacity prices and, when asked, with room that is partly taken. */
function randomTerms(fleet: Fleet, seed: number, isTight: boolean): Terms {
  const random = randomNumbers(seed);
  const { kilowatt, unit } = weighCells(fleet);
  return {
    kilowatt,
    held: fleet.resources.map((_, r) =>
      kilowatt.map((_, cell) => (unit[r]?.[cell] ?? 0) + Math.max(0, 200 * random() - 100)),
    ),
    room: fleet.resources.map(({ capacity }) => capacity.map((most) => (isTight ? most * random() : most))),
  };
}

/** What the whole slot costs, and the multiples of the needs that fit. */
function slotOf(fleet: Fleet, { kilowatt, held, room }: Terms, step: number, cell: number): [number, number] {
  const { power, needs } = fleet.steps;
  let cost = (power[step] ?? 0) * (kilowatt[cell] ?? 0);
  let fits = Number.POSITIVE_INFINITY;
  needs.forEach((column, r) => {
    const units = column[step] ?? 0;
    if (units === 0) return;
    cost += units * (held[r]?.[cell] ?? 0);
    fits = Math.min(fits, (room[r]?.[cell] ?? 0) / units);
  });
  return [cost, fits];
}

/** The least weight of whole-slot work of one size over every set of slots. */
function bruteForce(fleet: Fleet, terms: Terms, step: number, first: number, last: number): number {
  const { kind, pause, places } = profileOf(fleet, step);
  const length = fleet.steps.length[step] ?? 0;
  let best = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const begin = Math.max(first, (fleet.steps.release[step] ?? 0) + place.lead);
    const size = last - begin;
    if (size <= 0) continue;
    const slots = Array.from({ length: size }, (_, t) =>
      slotOf(fleet, terms, step, place.site * fleet.slots + begin + t),
    );
    const fixed = fleet.weights.grams * place.tollGrams + fleet.weights.money * place.tollMoney;
    for (let set = 1; set < 2 ** size; set++) {
      const chosen = Array.from({ length: size }, (_, t) => t).filter((t) => ((set >> t) & 1) === 1);
      const pauses = chosen.filter((t, i) => i > 0 && t > item(chosen, i - 1) + 1).length;
      if (kind === 'piece' && pauses > 0) continue;
      const asked = length + pauses * pause;
      const part = asked - (chosen.length - 1);
      if (part <= 1e-9 || part > 1 + 1e-9) continue;
      const late = fleet.weights.delay * (begin + item(chosen, chosen.length - 1) + 1 - soonestEnd(fleet, step));
      for (const inPart of chosen) {
        const isInside = chosen.includes(inPart - 1) && chosen.includes(inPart + 1);
        if (isInside && part < 1 && (kind === 'piece' || pause > 0)) continue;
        let sum = fixed + late;
        for (const t of chosen) {
          const [cost, fits] = item(slots, t);
          const share = t === inPart ? part : 1;
          sum += share <= fits + 1e-9 ? share * cost : Number.POSITIVE_INFINITY;
        }
        best = Math.min(best, sum);
      }
    }
  }
  return best;
}

function expectExact(changes: Partial<FleetSketch>, isTight: boolean): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const fleet = randomFleet(sketch(seed, changes));
      const terms = randomTerms(fleet, seed, isTight);
      const { first, last } = narrowed(fleet, precedenceOf(fleet));
      const responder = new Responder(fleet);
      for (let step = 0; step < fleet.steps.count; step++) {
        const from = first[step] ?? 0;
        const to = last[step] ?? 0;
        const best = bruteForce(fleet, terms, step, from, to);
        const found = responder.respond(terms, step, from, to);
        if (best === Number.POSITIVE_INFINITY) expect(found).toBe(best);
        else expect(found).toBeCloseTo(best, 6);
        expect(responder.respond({ ...terms, isBound: true }, step, from, to)).toBe(found);
      }
    }),
    { numRuns: 40 },
  );
}

describe('the least-weight way to run a step', () => {
  it('is the best of all sets of slots for work that may pause', () => {
    expectExact({ tolls: true, delay: 15 }, false);
    expectExact({ resources: 2 }, true);
  });
  it('is the best of all stretches for work in one piece', () => {
    expectExact({ kinds: ['piece'], tolls: true, delay: 15 }, false);
    expectExact({ kinds: ['piece'], resources: 2 }, true);
  });
  it('is the best of all sets of slots when every pause adds work', () => {
    expectExact({ pauses: true, tolls: true, delay: 15 }, false);
    expectExact({ pauses: true, resources: 2 }, true);
  });
});
