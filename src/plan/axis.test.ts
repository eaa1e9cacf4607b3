import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../units.ts';
import { chooseTick, cleanestCurve, constantIntegral, integralOf, reversedCurve, tickCurve } from './axis.ts';
import { EIGHT, minute, outlook } from './fixtures.ts';

describe('An integral', () => {
  const { axis, intensityG } = outlook([100, 300, 200]);
  const integral = integralOf(axis, intensityG);

  test.each([
    [0, 60, 100],
    [0, 180, 600],
    [30, 90, 200],
    [15, 30, 25],
    [60, 60, 0],
    [120, 150, 100],
    [90, 150, 250],
  ])('from minute %i to %i is exact', (from, to, sum) =>
    expect(integral(minute(from), minute(to))).toBeCloseTo(sum, 9),
  );

  test('takes the mean outside its axis', () => {
    expect(integral(minute(-60), minute(0))).toBeCloseTo(200, 9);
    expect(integral(minute(-30), minute(60))).toBeCloseTo(200, 9);
    expect(integral(minute(180), minute(300))).toBeCloseTo(400, 9);
    expect(integral(minute(150), minute(210))).toBeCloseTo(200, 9);
  });

  test('of a constant is proportional to time', () => {
    expect(constantIntegral(350)(minute(10), minute(40))).toBeCloseTo(175, 9);
  });
});

describe('A curve', () => {
  test('holds each tick and its running sum', () => {
    const { axis, intensityG } = outlook([100, 300]);
    const curve = tickCurve(integralOf(axis, intensityG), minute(30), 30 * MINUTE, 3);
    expect([...curve.tick]).toEqual([50, 150, 150]);
    expect([...curve.prefix]).toEqual([0, 50, 200, 350]);
    expect([...reversedCurve(curve).tick]).toEqual([150, 150, 50]);
    expect([...reversedCurve(curve).prefix]).toEqual([0, 150, 300, 350]);
  });

  test('of the cleanest moments takes the least that each tick touches, and the mean beyond the data', () => {
    const hours = outlook([100, 300, 200]);
    const curve = cleanestCurve(hours.axis, hours.intensityG, minute(-30), 45 * MINUTE, 6);
    // −30…15: 100; 15…60: 100; 60…105: 300; 105…150: 200; 150…195: 200 (mean beyond 180 is 200); 195…240: mean.
    expect([...curve.tick].map((value) => value / 0.75)).toEqual([100, 100, 300, 200, 200, 200]);
  });
});

describe('The tick', () => {
  const question = {
    slot: 15 * MINUTE,
    works: [20 * MINUTE, 3 * HOUR],
    overheads: [90 * SECOND],
    marks: [HOUR, 12 * HOUR],
    states: (tick: number): number => HOUR / tick,
    budget: 1_000,
  };

  test('divides everything where that is affordable', () => {
    expect(chooseTick(question)).toEqual({ tick: 30 * SECOND, exact: true });
    expect(chooseTick({ ...question, overheads: [] })).toEqual({ tick: 5 * MINUTE, exact: true });
    expect(chooseTick({ ...question, overheads: [], marks: [2 * MINUTE] })).toEqual({ tick: MINUTE, exact: true });
    expect(chooseTick({ ...question, budget: 120 })).toEqual({ tick: 30 * SECOND, exact: true });
  });

  test('is never exact below a second', () => {
    expect(chooseTick({ ...question, budget: 1e9, marks: [SECOND] }).exact).toBe(true);
    expect(chooseTick({ ...question, budget: 1e9, marks: [SECOND / 2] })).toEqual({ tick: SECOND, exact: false });
  });

  test('else divides all lengths, or all durations, or the slot, as finely as half the budget allows', () => {
    const unaligned = { ...question, marks: [137] };
    expect(chooseTick({ ...unaligned, budget: 1_200 })).toEqual({ tick: 6 * SECOND, exact: false });
    expect(chooseTick({ ...unaligned, budget: 120 })).toEqual({ tick: 60 * SECOND, exact: false });
    expect(chooseTick({ ...unaligned, budget: 10 })).toEqual({ tick: 15 * MINUTE, exact: false });
    expect(chooseTick({ ...unaligned, budget: 0 })).toEqual({ tick: 15 * MINUTE, exact: false });
  });
});

test('the data start where they say', () => expect(outlook([1]).axis.start).toBe(EIGHT));
