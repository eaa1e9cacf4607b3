import { describe, expect, test } from 'vitest';
import { HOUR, instant, millis } from '../units.ts';
import { EIGHT, minute, outlook, power, type RequestSketch, request, site, step } from './fixtures.ts';
import { bindings, type PlanRequest, plan } from './index.ts';

const ask = (sketch: RequestSketch) => {
  const asked: PlanRequest = request(sketch);
  const made = plan(asked, power);
  return { made, bound: bindings(asked, made, power) };
};

const kinds = (bound: ReturnType<typeof bindings>): readonly string[] => bound.map(({ constraint }) => constraint.kind);

/** Falls by the hour. */
const FALLING = outlook([900, 800, 700, 600, 500, 400, 300, 200, 100, 50, 40, 30, 20, 10]);

describe('The deadline', () => {
  test('costs what six more hours would save, to the gram', () => {
    const { made, bound } = ask({
      steps: [step({ name: 'a', minutes: 60 })],
      deadline: 240,
      outlooks: { DE: FALLING },
    });
    expect(made.emissionsG).toBeCloseTo(600, 6);
    expect(bound).toEqual([
      {
        constraint: { kind: 'deadline' },
        words: 'the deadline, 12:00Z',
        relief: '6\u202fh more',
        savesG: expect.closeTo(600 - 50, 6),
        finish: instant(EIGHT + 10 * HOUR),
      },
    ]);
  });

  test('does not bind where later hours are no cleaner', () => {
    const outlooks = { DE: outlook([900, 100, 500, 500, 500, 500, 500, 500, 500, 500, 500]) };
    expect(ask({ steps: [step({ name: 'a', minutes: 60 })], deadline: 240, outlooks }).bound).toEqual([]);
  });

  test('is relaxed on hours that the plan itself was not asked of', () => {
    const asked = request({
      steps: [step({ name: 'a', minutes: 60 })],
      deadline: 120,
      outlooks: { DE: outlook([9, 8]) },
    });
    const made = plan(asked, power);
    expect(bindings(asked, made, power)).toEqual([]);
    const further = bindings(asked, made, power, { DE: outlook([9, 8, 3, 1, 5, 5, 5, 5]) });
    expect(further[0]?.savesG).toBeCloseTo(7, 9);
  });
});

describe('A constraint that binds', () => {
  const outlooks = { DE: outlook([900, 900, 100, 900, 900, 900, 900, 900, 900, 900]) };

  test('may be the capacity of a site, by one unit of what clashes', () => {
    const steps = ['a', 'b'].map((name) => step({ name, minutes: 60, gpus: 1, cpus: 1 }));
    const sites = [site({ capacity: { cpus: 8, gpus: 1, memory: 0 } })];
    const { bound } = ask({ steps, deadline: 240, outlooks, sites });
    expect(bound).toMatchObject([
      {
        constraint: { kind: 'capacity', site: 'here', of: 'gpus' },
        words: 'the capacity of here, 1 gpu',
        relief: 'one gpu more',
        savesG: expect.closeTo(800, 6),
      },
    ]);
  });

  test('may be the memory of a site, by what the thriftiest step needs', () => {
    const steps = ['a', 'b'].map((name) => {
      const one = step({ name, minutes: 60 });
      return { ...one, needs: { ...one.needs, memory: 8e9 } };
    });
    const sites = [site({ capacity: { cpus: 8, gpus: 0, memory: 8e9 } })];
    expect(ask({ steps, deadline: 240, outlooks, sites }).bound).toMatchObject([
      { words: 'the capacity of here, 8\u202fGB of memory', relief: '8\u202fGB more' },
    ]);
  });

  test('may be the longest delay', () => {
    const policy = { maxDelay: millis(HOUR) };
    const { bound } = ask({ steps: [step({ name: 'a', minutes: 60 })], deadline: 240, outlooks, policy });
    expect(bound).toMatchObject([
      { words: 'the longest delay, 1\u202fh', relief: 'no such limit', savesG: expect.closeTo(800, 6) },
    ]);
  });

  const clean = site({ name: 'there', zone: 'FR', country: 'FR' });
  const two = { DE: outlook([900, 900, 900, 900]), FR: outlook([100, 100, 100, 100], { zone: 'FR' }) };

  test('may be the residency, or the site list of a step', () => {
    const steps = [step({ name: 'a', minutes: 60 })];
    const sites = [site(), clean];
    const home = ask({ steps, deadline: 120, outlooks: two, sites, policy: { allowCountries: ['DE'] } });
    expect(home.bound).toMatchObject([
      { words: 'the residency, DE', relief: 'any country', savesG: expect.closeTo(800, 6) },
    ]);
    const listed = ask({
      steps: [step({ name: 'a', minutes: 60, sites: ['here'] })],
      deadline: 120,
      outlooks: two,
      sites,
    });
    expect(listed.bound).toMatchObject([
      { words: 'the site list of a, here', relief: 'any site that fits', savesG: expect.closeTo(800, 6) },
    ]);
  });

  test('may be the cost premium', () => {
    const euro = (amount: number) => ({ cpuHour: { amount, currency: 'EUR' } });
    const sites = [site({ price: euro(1) }), { ...clean, price: euro(2) }];
    const { bound } = ask({
      steps: [step({ name: 'a', minutes: 60 })],
      deadline: 120,
      outlooks: two,
      sites,
      policy: { maxCostPremiumPercent: 5 },
    });
    expect(bound).toMatchObject([{ words: 'the cost premium, 5\u202f%', savesG: expect.closeTo(800, 6) }]);
  });

  test('is not named where the places it opens cannot be compared, nor where two bind only together', () => {
    const other = { ...two, FR: outlook([1, 1, 1, 1], { zone: 'FR', source: 'someone else' }) };
    const steps = [step({ name: 'a', minutes: 60, sites: ['here'] })];
    const sites = [site(), clean];
    expect(ask({ steps, deadline: 120, outlooks: other, sites }).bound).toEqual([]);
    expect(ask({ steps, deadline: 120, outlooks: two, sites, policy: { allowCountries: ['DE'] } }).bound).toEqual([]);
  });

  test('comes before those that cost less', () => {
    const steps = ['a', 'b'].map((name) => step({ name, minutes: 60, gpus: 1 }));
    const sites = [site({ capacity: { cpus: 8, gpus: 1, memory: 0 } })];
    const { bound } = ask({ steps, deadline: 240, outlooks: { DE: FALLING }, sites });
    expect(kinds(bound)).toEqual(['deadline', 'capacity']);
    expect(bound[0]?.savesG).toBeGreaterThan(bound[1]?.savesG ?? Number.NaN);
  });
});

test('a plan without steps is bound by nothing', () => {
  const steps = [step({ name: 'a', minutes: 600 })];
  expect(ask({ steps, deadline: 60, outlooks: { DE: FALLING }, now: minute(0) }).bound).toEqual([]);
});
