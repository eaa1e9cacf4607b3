import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/gridtide.ts';
import { HOUR, MINUTE, millis, SECOND } from '../units.ts';
import type { Length } from '../workload/index.ts';
import { learn, learnLength, learnPower, type PastPlace, type PastRun } from './learn.ts';

const lengthOf = (p50: number, p90 = p50): Length => ({ p50: millis(p50), p90: millis(p90) });
const THREE_HOURS = lengthOf(3 * HOUR);

/** Runs of these lengths, the first the oldest. */
const runsOf = (works: readonly number[], change: Partial<PastRun> = {}): PastRun[] =>
  works.map((work, i) => ({ endedAt: i, work, cut: false, power: undefined, ...change }));

const minutes = (...lengths: readonly number[]): number[] => lengths.map((length) => length * MINUTE);
/** Eleven runs: weights of a half-life of 20 runs then sum to more than nine. */
const ELEVEN = minutes(131, 135, 138, 139, 140, 141, 142, 144, 146, 150, 168);

describe('the length of a step', () => {
  it('is drawn from the declared one to that of the runs as they become more', () => {
    const after = (count: number) =>
      learnLength(runsOf(Array.from({ length: count }, () => 140 * MINUTE)), THREE_HOURS).p50 / MINUTE;
    expect([3, 6, 12, 60].map(after)).toEqual([160, 155, 140, 140]);
  });

  it('is the middle of the runs where nothing was declared', () => {
    expect(learnLength(runsOf(minutes(10, 30, 20)), undefined).p50).toBe(20 * MINUTE);
  });

  it('leaves room for what was declared, or for twice the longest run, until the runs tell a p90', () => {
    const few = ELEVEN.slice(1);
    expect(learnLength(runsOf(few), THREE_HOURS)).toMatchObject({ p90: 3 * HOUR, tellsP90: false });
    expect(learnLength(runsOf(few), lengthOf(162 * MINUTE)).p90).toBe(170 * MINUTE);
    expect(learnLength(runsOf(few), lengthOf(HOUR))).toMatchObject({ p90: 345 * MINUTE, tellsP90: false });
    expect(learnLength(runsOf(few), undefined)).toMatchObject({ p90: 345 * MINUTE, tellsP90: false });
    expect(learnLength(runsOf(ELEVEN), THREE_HOURS)).toMatchObject({ p90: 170 * MINUTE, tellsP90: true });
  });

  it('counts a run that was ended as one that would have run for longer', () => {
    const whole = runsOf(minutes(...Array.from({ length: 40 }, (_, i) => 21 + ((i * 7) % 40))));
    const ten = minutes(...Array(10).fill(45));
    const p90 = (more: readonly PastRun[]): number => learnLength([...whole, ...more], undefined).p90 / MINUTE;
    expect([p90([]), p90(runsOf(ten)), p90(runsOf(ten, { cut: true }))]).toEqual([59, 58, 59]);
    // Ended at once, it says nothing.
    const none = { endedAt: -1, work: 1, cut: true, power: undefined };
    expect(learnLength([...whole, none], undefined)).toEqual(learnLength(whole, undefined));
  });

  it('stays what was declared where most runs were ended before they could say', () => {
    const runs = [...runsOf(minutes(10, 10, 10)), ...runsOf(Array(30).fill(HOUR), { cut: true })];
    expect(learnLength(runs, THREE_HOURS)).toMatchObject({ p90: 3 * HOUR, tellsP90: false });
    expect(learnLength(runs, undefined).p90).toBe(2 * HOUR);
  });

  it('follows a change: recent runs count more', () => {
    const slow = minutes(...Array(20).fill(100));
    const fast = minutes(...Array(20).fill(50));
    expect(learnLength(runsOf([...slow, ...fast]), undefined).p50).toBe(50 * MINUTE);
    expect(learnLength(runsOf([...fast, ...slow]), undefined).p50).toBe(100 * MINUTE);
  });

  it('lies on a grain of at most a twentieth, its p90 never below the run that it is', () => {
    const grain = (length: number): number => {
      const { p50, p90 } = learnLength(runsOf(Array(40).fill(length)), undefined);
      expect(p90).toBeGreaterThanOrEqual(length);
      expect(Math.abs(p50 - length)).toBeLessThanOrEqual(Math.max(SECOND, length / 20));
      return p90;
    };
    expect([1, 900, 61_234, 20 * MINUTE + 1, 2 * HOUR + 1, 9 * HOUR + 1].map(grain)).toEqual(
      [SECOND, SECOND, 62 * SECOND, 21 * MINUTE, 125 * MINUTE, 9.25 * HOUR], //
    );
  });

  const work = fc.integer({ min: 1_000, max: 48 * HOUR });
  const works = fc.array(work, { minLength: 3, maxLength: 40 });

  it('depends on the order of runs by their age alone', () => {
    fc.assert(
      fc.property(works, fc.infiniteStream(fc.double({ noNaN: true })), (lengths, keys) => {
        const runs = runsOf(lengths);
        const order = new Map(runs.map((run) => [run, keys.next().value]));
        const shuffled = [...runs].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
        expect(learnLength(shuffled, THREE_HOURS)).toEqual(learnLength(runs, THREE_HOURS));
      }),
    );
  });

  it('lies within what was run and declared, the median below the p90', () => {
    fc.assert(
      fc.property(works, fc.option(work, { nil: undefined }), (lengths, declared) => {
        const { p50, p90 } = learnLength(runsOf(lengths), declared === undefined ? undefined : lengthOf(declared));
        const all = declared === undefined ? lengths : [...lengths, declared];
        expect(p50).toBeLessThanOrEqual(p90);
        expect(p50).toBeGreaterThanOrEqual(Math.min(...all) * 0.95 - SECOND);
        expect(p90).toBeLessThanOrEqual(2 * Math.max(...all) * 1.05 + SECOND);
      }),
    );
  });

  it('moves little by one run that is far from all others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 11 }), fc.constantFrom(0.001, 0.1, 10, 1_000), (at, factor) => {
        const outlier = ELEVEN.map((length, i) => (i === at ? length * factor : length));
        const [before, after] = [learnLength(runsOf(ELEVEN), THREE_HOURS), learnLength(runsOf(outlier), THREE_HOURS)];
        expect(Math.abs(after.p50 / before.p50 - 1)).toBeLessThan(0.04);
      }),
    );
  });

  it('grows with every run', () => {
    fc.assert(
      fc.property(works, fc.nat(), fc.integer({ min: 0, max: 48 * HOUR }), (lengths, at, more) => {
        const longer = lengths.map((length, i) => (i === at % lengths.length ? length + more : length));
        const [before, after] = [learnLength(runsOf(lengths), THREE_HOURS), learnLength(runsOf(longer), THREE_HOURS)];
        expect(after.p50).toBeGreaterThanOrEqual(before.p50);
        expect(after.p90).toBeGreaterThanOrEqual(before.p90);
      }),
    );
  });
});

/** Standard normal by Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Running times with a median of an hour. Pareto with α = 1.5 has no variance. */
const TAILS: Readonly<Record<string, (random: () => number) => number>> = {
  'log-normal, σ 0.2': (random) => HOUR * Math.exp(0.2 * normal(random)),
  'log-normal, σ 1': (random) => HOUR * Math.exp(normal(random)),
  'Pareto, α 1.5': (random) => (HOUR * (1 - random()) ** (-1 / 1.5)) / 2 ** (1 / 1.5),
  'two kinds, one of seven six times as long': (random) =>
    HOUR * Math.exp(0.1 * normal(random)) * (random() < 1 / 7 ? 6 : 1),
};

/** How often the next run is longer than its guard leaves room for, and the median over the true one, after `count` runs. */
function simulate(draw: (random: () => number) => number, count: number, declared: Length | undefined) {
  const rounds = 1_200;
  const random = seeded(count);
  let missed = 0;
  let error = 0;
  for (let round = 0; round < rounds; round++) {
    const runs = runsOf(Array.from({ length: count }, () => draw(random)));
    const { p50, p90 } = learnLength(runs, declared);
    if (draw(random) > p90) missed += 1;
    error += Math.abs(Math.log(p50 / HOUR));
  }
  return { missed: missed / rounds, error: error / rounds };
}

describe.each(Object.entries(TAILS))('guards of runs that are %s', (_, draw) => {
  /** 1 in 10, and three standard errors of 1,200 rounds. */
  const MOST = 0.1 + 0.026;

  it('are missed by one run in ten at most, once the runs tell a p90, whatever was declared', () => {
    for (const declared of [undefined, lengthOf(HOUR / 2), lengthOf(10 * HOUR)])
      for (const count of [11, 30, 64]) expect(simulate(draw, count, declared).missed).toBeLessThan(MOST);
  });

  it('are missed as seldom before, where nothing was declared or less than what runs take', () => {
    for (const declared of [undefined, lengthOf(HOUR / 2)])
      for (const count of [3, 5, 10]) expect(simulate(draw, count, declared).missed).toBeLessThan(MOST);
  });

  it('have a median that comes closer to the truth with more runs', () => {
    const errors = [3, 10, 40].map((count) => simulate(draw, count, lengthOf(3 * HOUR)).error);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
  });
});

it('a guard that was declared to be long enough is missed by none before it is given up', () => {
  const bounded = (random: () => number): number => HOUR * (0.5 + random());
  for (const count of [3, 6, 10]) expect(simulate(bounded, count, lengthOf(1.5 * HOUR)).missed).toBe(0);
});

describe('the power of a step', () => {
  const measured = (powers: readonly number[], gsd = 1.05): PastRun[] =>
    runsOf(powers.map(() => HOUR)).map((run, i) => ({ ...run, power: { watts: powers[i] ?? 0, gsd } }));
  const DECLARED = { watts: 200, declared: true };
  const MODELLED = { watts: 200, declared: false };

  it('is not learned from fewer than three runs that were measured whole', () => {
    expect(learnPower(measured([90, 100]), DECLARED)).toBeUndefined();
    expect(learnPower([...measured([90, 100]), ...runsOf([HOUR, HOUR])], DECLARED)).toBeUndefined();
  });

  it('is that of a good meter, of a poor one hardly more than what was declared', () => {
    expect(learnPower(measured([98, 100, 102, 101, 99]), DECLARED)?.watts).toBeLessThan(115);
    expect(learnPower(measured([98, 100, 102, 101, 99], 2.2), DECLARED)?.watts).toBeGreaterThan(180);
  });

  it('is that of the runs where only a model stood against it, even by a poor meter', () => {
    const power = learnPower(measured([98, 100, 102, 101, 99], 2.2), MODELLED);
    expect(power?.watts).toBeGreaterThan(98);
    expect(power?.watts).toBeLessThan(104);
    expect(power?.gsd).toBeGreaterThan(2.2);
  });

  it('is as sure as meter and spread allow, and no run far from all others makes it worse', () => {
    const even = learnPower(measured(Array(30).fill(100)), MODELLED);
    const uneven = learnPower(measured(Array.from({ length: 30 }, (_, i) => (i % 2 ? 60 : 160))), MODELLED);
    const outlier = learnPower(measured([...Array(29).fill(100), 5_000]), MODELLED);
    expect(even?.gsd).toBeGreaterThan(1.05);
    expect(even?.gsd).toBeLessThan(1.15);
    expect(uneven?.gsd).toBeGreaterThan(1.6);
    expect(outlier?.watts).toBeCloseTo(even?.watts ?? 0, 0);
    expect(outlier?.gsd).toBeLessThan(1.15);
  });
});

describe('what past runs say of a step', () => {
  const place = (change: Partial<PastPlace> = {}): PastPlace => ({
    sites: ['here'],
    runs: runsOf(ELEVEN).map((run) => ({ ...run, power: { watts: 96, gsd: 1.05 } })),
    prior: { watts: 100, declared: true },
    ...change,
  });

  it('is nothing with fewer than three that ended well', () => {
    expect(learn([], THREE_HOURS)).toBeUndefined();
    const runs = [...runsOf(minutes(1, 2)), ...runsOf(minutes(3, 4, 5), { cut: true })];
    expect(learn([place({ runs })], THREE_HOURS)).toBeUndefined();
  });

  it('counts them, and has the power of each site of their hardware', () => {
    const learned = learn([place({ sites: ['here', 'beside'] })], THREE_HOURS);
    expect(learned).toMatchObject({
      runs: 11,
      cut: 0,
      length: { p50: 150 * MINUTE, p90: 170 * MINUTE },
      tellsP90: true,
    });
    expect(learned?.power['here']).toEqual(learned?.power['beside']);
    expect(learned?.power['here']).toMatchObject({ runs: 11 });
  });

  it('is as long as on the slowest hardware, and as declared where it has not run', () => {
    const slow = place({ sites: ['slow'], runs: runsOf(ELEVEN.map((work) => 2 * work)) });
    expect(learn([place(), slow], undefined)?.length).toEqual({ p50: 285 * MINUTE, p90: 345 * MINUTE });
    const unknown = learn([place(), place({ sites: ['new'], runs: [] })], THREE_HOURS);
    expect(unknown).toMatchObject({ length: THREE_HOURS, tellsP90: false });
    expect(unknown?.power['new']).toBeUndefined();
  });
});
