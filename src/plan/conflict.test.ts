import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR, millis } from '../units.ts';
import { changed } from './changes.ts';
import { conflicts } from './conflict.ts';
import { type Constraint, constraintsOf, lifted } from './constraints.ts';
import { outlook, power, type RequestSketch, request, site, step } from './fixtures.ts';
import { isFeasible } from './footing.ts';
import { type PlanRequest, plan } from './index.ts';

const FLAT = { DE: outlook(new Array<number>(24).fill(100)) };

const wordsOf = (sketch: RequestSketch): readonly (readonly string[])[] =>
  conflicts(request({ outlooks: FLAT, ...sketch }), power).map(({ constraints }) =>
    constraints.map(({ words }) => words),
  );

describe('The smallest set of constraints that conflict', () => {
  test('is the deadline alone where the work is too long for it', () => {
    expect(wordsOf({ steps: [step({ name: 'a', minutes: 120 })], deadline: 60 })).toEqual([['the deadline, 09:00Z']]);
  });

  test('is deadline and capacity where the steps fit only one after the other', () => {
    const steps = ['a', 'b', 'c'].map((name) => step({ name, minutes: 60, gpus: 1 }));
    const sites = [site({ capacity: { cpus: 2, gpus: 1, memory: 0 } })];
    expect(wordsOf({ steps, deadline: 120, sites })).toEqual([['the deadline, 10:00Z', 'the capacity of here, 1 gpu']]);
  });

  test('names the list of the step that wants a place which there is not, and no other list', () => {
    const steps = [
      step({ name: 'a', minutes: 60, sites: ['here'] }),
      step({ name: 'b', minutes: 60, sites: ['mars'] }),
      step({ name: 'c', minutes: 60, sites: ['here'] }),
    ];
    expect(wordsOf({ steps, deadline: 600 })).toEqual([['the site list of b, mars']]);
  });

  test('can be residency against a site list', () => {
    const sites = [site(), site({ name: 'there', country: 'FR' })];
    const steps = [step({ name: 'a', minutes: 60, sites: ['there'] })];
    expect(wordsOf({ steps, deadline: 600, sites, policy: { allowCountries: ['DE'] } })).toEqual([
      ['the residency, DE', 'the site list of a, there'],
    ]);
  });

  test('comes with the next one where that shares no constraint with it', () => {
    const steps = [step({ name: 'a', minutes: 60, sites: ['mars'] }), step({ name: 'b', minutes: 120, gpus: 9 })];
    expect(wordsOf({ steps, deadline: 600 })).toEqual([['the site list of a, mars'], ['the capacity of here, 8 gpus']]);
  });

  test('is empty where a plan exists, and where no constraint stands in its way', () => {
    const steps = [step({ name: 'a', minutes: 60 })];
    expect(wordsOf({ steps, deadline: 600 })).toEqual([]);
    expect(wordsOf({ steps, deadline: 600, sites: [] })).toEqual([]);
    expect(wordsOf({ steps, deadline: 600, outlooks: {} })).toEqual([]);
  });

  test('is found among a thousand site lists', () => {
    const steps = Array.from({ length: 1_000 }, (_, i) =>
      step({ name: `s${i}`, minutes: 5, cpus: 0, sites: [i === 617 ? 'mars' : 'here'] }),
    );
    expect(wordsOf({ steps, deadline: 600 })).toEqual([['the site list of s617, mars']]);
  });
});

const aRequest: fc.Arbitrary<PlanRequest> = fc
  .record({
    steps: fc.array(
      fc.record({
        minutes: fc.constantFrom(30, 60, 90),
        cpus: fc.integer({ min: 1, max: 3 }),
        sites: fc.option(fc.subarray(['one', 'two', 'mars'], { minLength: 1 }), { nil: undefined }),
        after: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    deadline: fc.constantFrom(30, 60, 120, 180),
    cpus: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    countries: fc.option(fc.constantFrom(['DE'], ['FR'], ['DE', 'FR']), { nil: undefined }),
    maxDelay: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
  })
  .map(({ steps, deadline, cpus, countries, maxDelay }) =>
    request({
      steps: steps.map(({ after, sites, ...rest }, i) =>
        step({ name: `s${i}`, ...rest, ...(sites && { sites }), after: after && i > 0 ? [`s${i - 1}`] : [] }),
      ),
      deadline,
      outlooks: FLAT,
      sites: [
        site({ name: 'one', capacity: { cpus: cpus[0], gpus: 0, memory: 0 } }),
        site({ name: 'two', country: 'FR', capacity: { cpus: cpus[1], gpus: 0, memory: 0 } }),
      ],
      policy: { allowCountries: countries, maxDelay: maxDelay === undefined ? undefined : millis(maxDelay * HOUR) },
    }),
  );

test('each named constraint is necessary, and together they are sufficient', () => {
  let met = 0;
  fc.assert(
    fc.property(aRequest, (asked) => {
      const sets = conflicts(asked, power);
      expect(sets.length > 0).toBe(plan(asked, power).unplaced.length > 0);
      const all = constraintsOf(asked);
      const canHold = (kept: readonly Constraint[]): boolean => {
        const others = all.filter((one) => !kept.some((other) => JSON.stringify(other) === JSON.stringify(one)));
        return isFeasible(
          changed(
            asked,
            others.map((one) => lifted(one, asked)),
          ),
          power,
        );
      };
      for (const { constraints } of sets) {
        met++;
        const set = constraints.map(({ constraint }) => constraint);
        expect(canHold(set)).toBe(false);
        for (const one of set) expect(canHold(set.filter((other) => other !== one))).toBe(true);
      }
    }),
    { seed: 11, numRuns: 150 },
  );
  expect(met).toBeGreaterThan(30);
});
