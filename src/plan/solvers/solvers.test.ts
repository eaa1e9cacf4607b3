import { describe, expect, test } from 'vitest';
import type { Curve } from '../axis.ts';
import { solveGraph, spanningForest, tighten, withoutShortcuts } from './dag.ts';
import { type Draw, finishCosts, type StepTicks, tracedCosts } from './step.ts';
import { type Node, solveForest } from './tree.ts';

const curveOf = (ticks: readonly number[]): Curve => {
  const prefix = [0];
  for (const value of ticks) prefix.push((prefix.at(-1) ?? 0) + value);
  return { tick: Float64Array.from(ticks), prefix: Float64Array.from(prefix) };
};
const draw = (step: StepTicks, ticks: readonly number[], runningKw = 1, pausedKw = 0): Draw => ({
  ...step,
  last: ticks.length,
  runningKw,
  pausedKw,
  curve: curveOf(ticks),
});
const whole = (work: number): StepTicks => ({ work, pausable: false, checkpoint: 0, restart: 0 });
const pausing = (work: number, checkpoint = 0, restart = 0): StepTicks => ({
  work,
  pausable: true,
  checkpoint,
  restart,
});
const node = (step: StepTicks, ticks: readonly number[], changes: Partial<Node> = {}): Node => ({
  first: 0,
  last: ticks.length,
  work: step.work,
  draws: [draw(step, ticks)],
  ...changes,
});
const NEVER = Number.POSITIVE_INFINITY;

describe('The costs of finishing one step', () => {
  const ticks = [4, 1, 5, 2, 3];
  const free = new Float64Array(6);

  test('in one piece are those of its window, and unreachable outside it', () => {
    expect([...finishCosts(free, draw(whole(2), ticks, 2), { first: 1, last: 4 })]).toEqual([
      NEVER,
      NEVER,
      NEVER,
      12,
      14,
      NEVER,
    ]);
  });

  test('with free pauses are those of the cheapest ticks, the last of which is run', () => {
    expect([...finishCosts(free, draw(pausing(2), ticks), { first: 0, last: 5 })]).toEqual([NEVER, NEVER, 5, 6, 3, 4]);
    expect([...finishCosts(free, draw(pausing(2), ticks), { first: 1, last: 4 })]).toEqual([
      NEVER,
      NEVER,
      NEVER,
      6,
      3,
      NEVER,
    ]);
  });

  test('count paused power, checkpoint and restart', () => {
    expect(finishCosts(free, draw(pausing(2), ticks, 1, 0.2), { first: 0, last: 5 })[4]).toBe(4);
    const flat = [1, 1, 9, 9, 1, 1];
    const room = { first: 0, last: 6 };
    const from = (step: StepTicks): number | undefined => finishCosts(new Float64Array(7), draw(step, flat), room)[6];
    expect(from(pausing(3))).toBe(3);
    expect(from(pausing(3, 1))).toBe(1 + 1 + 1 + 1);
    expect(from(pausing(3, 0, 1))).toBe(4);
    expect(from(pausing(2, 1, 1))).toBe(2);
    expect(from(pausing(3, 2, 2))).toBe(1 + 1 + 9);
  });

  test('add what being ready has cost', () => {
    const ready = Float64Array.of(0, 10, 20, 0, 0, 0);
    expect(finishCosts(ready, draw(whole(1), ticks), { first: 0, last: 5 })[2]).toBe(11);
    expect(finishCosts(ready, draw(pausing(1), ticks), { first: 0, last: 5 })[2]).toBe(11);
  });

  test('of no work at all are those of being ready, within the window', () => {
    const ready = Float64Array.of(1, 2, 3, 4, 5, 6);
    for (const step of [whole(0), pausing(0)]) {
      expect([...finishCosts(ready, draw(step, ticks), { first: 1, last: 3 })]).toEqual([NEVER, 2, 3, 4, NEVER, NEVER]);
    }
  });

  test('are the same when the way is remembered', () => {
    for (const step of [whole(2), pausing(2), pausing(2, 1), pausing(2, 0, 1), pausing(3, 1, 1)]) {
      const window = { first: 0, last: 5 };
      const traced = tracedCosts(free, draw(step, ticks, 1, 0.1), window, 0);
      expect(traced.costs).toEqual(finishCosts(free, draw(step, ticks, 1, 0.1), window));
    }
  });
});

describe('The way to a finish', () => {
  const way = (ticks: readonly number[], step: StepTicks, finish = ticks.length): number[][] =>
    tracedCosts(new Float64Array(ticks.length + 1), draw(step, ticks), { first: 0, last: ticks.length }, 1e-12)
      .trace(finish)
      .map(({ start, end }) => [start, end]);

  test('leaves dear ticks out', () => {
    expect(way([1, 9, 1, 9, 1], pausing(3))).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });

  test('takes fewer pauses among equals', () => {
    expect(way([1, 2, 2, 9, 1], pausing(3))).toEqual([
      [0, 2],
      [4, 5],
    ]);
    expect(way([1, 1, 1, 1], pausing(3))).toEqual([[1, 4]]);
  });

  test('pauses earlier among those with as many', () => {
    expect(way([2, 2, 9, 1], pausing(2))).toEqual([
      [0, 1],
      [3, 4],
    ]);
  });

  test('holds checkpoint and restart inside its pieces', () => {
    expect(way([1, 1, 1, 9, 9, 1, 1], pausing(3, 1, 1))).toEqual([
      [0, 3],
      [5, 7],
    ]);
  });

  test('in one piece is that piece', () => expect(way([1, 1, 1], whole(2), 2)).toEqual([[0, 2]]));
});

describe('Windows', () => {
  const three = [1, 2, 3].map((work) => node(whole(work), new Array<number>(10).fill(1)));
  const chain = [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ];

  test('are narrowed along the longest path both ways', () => {
    const narrow = tighten(three, [...chain, { from: 0, to: 2 }]);
    expect(narrow?.map(({ first, last }) => [first, last])).toEqual([
      [0, 5],
      [1, 7],
      [3, 10],
    ]);
    expect(tighten(three, [...chain].reverse())).toEqual(tighten(three, chain));
  });

  test('without room, or in a circle of waiting, are refused', () => {
    expect(
      tighten(
        three.map((one) => ({ ...one, last: 6 })),
        chain,
      ),
    ).toBeDefined();
    expect(
      tighten(
        three.map((one) => ({ ...one, last: 5 })),
        chain,
      ),
    ).toBeUndefined();
    expect(tighten(three, [...chain, { from: 2, to: 0 }])).toBeUndefined();
  });
});

describe('Arcs', () => {
  const diamond = [
    { from: 0, to: 1 },
    { from: 0, to: 2 },
    { from: 1, to: 3 },
    { from: 2, to: 3 },
  ];

  test('are split into a spanning forest and the rest, from any of them on', () => {
    expect(spanningForest(4, diamond).dropped).toEqual([{ from: 2, to: 3 }]);
    expect(spanningForest(4, diamond, 1).dropped).toEqual([{ from: 0, to: 1 }]);
    expect(spanningForest(4, diamond, 1).kept).toHaveLength(3);
    expect(spanningForest(4, diamond.slice(0, 3)).dropped).toEqual([]);
  });

  test('that others imply are left out', () => {
    expect(withoutShortcuts([...diamond, { from: 0, to: 3 }])).toEqual(diamond);
    expect(withoutShortcuts(diamond)).toEqual(diamond);
  });
});

describe('A schedule of several steps', () => {
  test('takes the first of equal draws and the earliest of equal ends', () => {
    const flat = [3, 2, 2, 3];
    const two = node(whole(1), flat, { draws: [draw(whole(1), flat), draw(whole(1), flat)] });
    expect(solveForest([two], [])).toMatchObject({
      cost: 2,
      placements: [{ draw: 0, start: 1, finish: 2, pieces: [{ start: 1, end: 2 }] }],
    });
  });

  test('adds the parts that do not wait for each other', () => {
    const ticks = [3, 1, 2];
    expect(solveForest([node(whole(1), ticks), node(whole(2), ticks)], [])?.cost).toBe(1 + 3);
  });

  test('is undefined where a window is too short', () => {
    expect(solveForest([node(whole(3), [1, 1])], [])).toBeUndefined();
    expect(solveGraph([node(whole(3), [1, 1])], [], { solves: 10, close: 0 })).toBeUndefined();
  });

  test('with a circle is proved by splitting, and its bound never lies when the search is cut short', () => {
    const diamond = [
      { from: 0, to: 1 },
      { from: 0, to: 2 },
      { from: 1, to: 3 },
      { from: 2, to: 3 },
    ];
    // The last step wants the early valley, the second branch the late one.
    const ticks = [5, 4, 3, 1, 6, 6, 2, 1, 5, 5];
    const nodes = [1, 1, 3, 1].map((work, i) =>
      node(whole(work), ticks, { draws: [draw(whole(work), ticks, [1, 1, 2, 3][i] ?? 1)] }),
    );
    const proved = solveGraph(nodes, diamond, { solves: 400, close: 1e-9 });
    const hasty = solveGraph(nodes, diamond, { solves: 1, close: 1e-9 });
    expect(proved?.bound).toBeCloseTo(proved?.cost ?? Number.NaN, 9);
    expect(hasty?.bound).toBeLessThanOrEqual(proved?.cost ?? Number.NaN);
    expect(hasty?.cost).toBeGreaterThanOrEqual(proved?.cost ?? Number.NaN);
    for (const { from, to } of diamond) {
      expect(hasty?.placements[from]?.finish).toBeLessThanOrEqual(hasty?.placements[to]?.start ?? -1);
    }
  });
});
