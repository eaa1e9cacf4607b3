import { describe, expect, it } from 'vitest';
import { conflictsOf, inWords } from './conflicts.ts';
import type { Fleet } from './fleet.ts';
import { priced } from './solvers/priced.ts';

/** Two sites of six slots and four CPUs; GPUs at the second alone. One kilowatt a step, in one piece. */
function fleetOf(
  steps: readonly { cpus: number; gpus?: number; hours: number; deadline: number; after?: number[]; site?: number }[],
): Fleet {
  const from = [0];
  for (const { after = [] } of steps) from.push((from.at(-1) ?? 0) + after.length);
  const place = (site: number) => ({
    site,
    variant: '',
    levels: [{ speed: 1, power: 1, needs: 1 }],
    lead: 0,
    tollGrams: 0,
    tollMoney: 0,
  });
  return {
    slots: 6,
    slotHours: 1,
    sites: ['here', 'hpc'],
    gramsPerKwh: Float64Array.from({ length: 12 }, (_, cell) => 100 + cell),
    resources: [
      { name: 'cpus', capacity: new Float64Array(12).fill(4) },
      { name: 'gpus', capacity: Float64Array.from({ length: 12 }, (_, cell) => (cell < 6 ? 0 : 1)) },
    ],
    weights: { grams: 1, money: 0, delay: 0 },
    profiles: [
      { kind: 'piece', pause: 0, places: [place(0), place(1)] },
      { kind: 'piece', pause: 0, places: [place(0)] },
    ],
    steps: {
      count: steps.length,
      release: new Int32Array(steps.length),
      deadline: Int32Array.from(steps, ({ deadline }) => deadline),
      length: Float64Array.from(steps, ({ hours }) => hours),
      power: new Float64Array(steps.length).fill(1),
      needs: [Float64Array.from(steps, ({ cpus }) => cpus), Float64Array.from(steps, ({ gpus = 0 }) => gpus)],
      profile: Int32Array.from(steps, ({ site }) => (site === undefined ? 0 : 1)),
      after: { from: Int32Array.from(from), step: Int32Array.from(steps.flatMap(({ after = [] }) => after)) },
    },
  };
}

/** Of the one step that is left out. */
function whyOf(fleet: Fleet): string {
  const { assignment, leftOut } = priced.solve(fleet, { seed: 1, effort: 0.1 });
  expect(leftOut).toHaveLength(1);
  const step = leftOut[0] ?? 0;
  const { isAlone, conflicts } = conflictsOf(fleet, assignment, step);
  return `${isAlone ? 'alone: ' : ''}${inWords(conflicts)}`;
}

describe('why a step found no room', () => {
  it('is its deadline when it is longer than its window', () => {
    expect(whyOf(fleetOf([{ cpus: 1, hours: 4, deadline: 3 }]))).toBe('alone: its deadline in slot 3');
  });
  it('is what it needs at every site, when no site has it', () => {
    expect(whyOf(fleetOf([{ cpus: 5, hours: 1, deadline: 6 }]))).toBe('alone: cpus at here, cpus at hpc');
  });
  it('is the allow-list with what is lacking there', () => {
    expect(whyOf(fleetOf([{ cpus: 1, gpus: 1, hours: 2, deadline: 6, site: 0 }]))).toBe(
      'alone: gpus at here, the sites it may use (here)',
    );
  });
  it('is the capacity that others take, with its deadline', () => {
    const long = { cpus: 1, gpus: 1, hours: 3, deadline: 3 };
    const fleet = fleetOf([long, { ...long, hours: 2.5 }]);
    expect(whyOf(fleet)).toBe('gpus at here, gpus at hpc, its deadline in slot 3');
  });
  it('is what it waits for, with its deadline', () => {
    const first = { cpus: 1, hours: 3, deadline: 6 };
    expect(whyOf(fleetOf([first, { cpus: 1, hours: 3, deadline: 5, after: [0] }]))).toBe(
      'alone: what it waits for until slot 3, its deadline in slot 5',
    );
  });
});
