import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkpoint, minute, outlook, power, request, site, step } from './fixtures.ts';
import { type Plan, plan } from './index.ts';

/** A day's wave, g/kWh by the hour. */
const WAVE = Array.from({ length: 36 }, (_, h) => Math.round(350 + 150 * Math.sin(h / 3.8)));

/** So many chains of three steps; the one in the middle may pause. */
const chains = (count: number, cpus: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => [
    step({ name: `a${i}`, minutes: 15 + 15 * (i % 2), cpus: cpus(i) }),
    step({ name: `b${i}`, minutes: 60, cpus: cpus(i), after: [`a${i}`], interruptible: checkpoint(3, 2) }),
    step({ name: `c${i}`, minutes: 30, cpus: cpus(i + 1), after: [`b${i}`] }),
  ]).flat();

/** Most cpus in use at a time, pauses included. */
function peak({ steps }: Plan, cpusOf: ReadonlyMap<string, number>): number {
  const spans = steps.map(({ step: name, intervals }) => ({
    start: intervals[0]?.start ?? 0,
    end: intervals.at(-1)?.end ?? 0,
    cpus: cpusOf.get(name) ?? 0,
  }));
  return Math.max(
    ...spans.map(({ start }) =>
      spans.filter((other) => other.start <= start && other.end > start).reduce((sum, { cpus }) => sum + cpus, 0),
    ),
  );
}

describe('Many steps at a site that cannot hold them all', () => {
  test('keep its capacity, their order and the deadline, and are never worse than run-now', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 26 }), fc.integer({ min: 3, max: 12 }), (count, capacity) => {
        const steps = chains(count, (i) => 1 + (i % 3));
        const sites = [site({ capacity: { cpus: capacity, gpus: 0, memory: 0 } })];
        const made = plan(request({ steps, deadline: 36 * 60, sites, outlooks: { DE: outlook(WAVE) } }), power);
        if (made.unplaced.length > 0) return;
        const cpusOf = new Map(steps.map(({ name, needs }) => [name, needs.cpus]));
        expect(peak(made, cpusOf)).toBeLessThanOrEqual(capacity);
        const spans = new Map(made.steps.map((one) => [one.step, one.intervals]));
        for (const { name, after } of steps) {
          const start = spans.get(name)?.[0]?.start ?? 0;
          for (const before of after) expect(spans.get(before)?.at(-1)?.end).toBeLessThanOrEqual(start);
          expect(spans.get(name)?.at(-1)?.end).toBeLessThanOrEqual(minute(36 * 60));
        }
        for (const one of made.steps) expect(one.latestStart).toBeGreaterThanOrEqual(one.intervals[0]?.start ?? 0);
        if (made.waits) expect(made.emissionsG).toBeLessThanOrEqual(made.baseline.emissionsG);
        expect(made.emissionsG).toBeGreaterThanOrEqual(made.boundG * (1 - 1e-9));
      }),
      { seed: 5, numRuns: 4 },
    );
  });

  test('wait for the clean hours as far as these hold them', () => {
    const steps = Array.from({ length: 60 }, (_, i) => step({ name: `s${i}`, minutes: 60, cpus: 1 }));
    const sites = [site({ capacity: { cpus: 10, gpus: 0, memory: 0 } })];
    const intensities = [500, 500, 500, 500, 500, 500, 100, 100, 100, 100, 100, 100];
    const made = plan(request({ steps, deadline: 12 * 60, sites, outlooks: { DE: outlook(intensities) } }), power);
    expect(made.emissionsG).toBeCloseTo(60 * 100, 6);
  });
});

describe('Many steps that nothing ties together', () => {
  test('are each planned as if they were alone', () => {
    const chain = (i: number) => [
      step({ name: `a${i}`, minutes: 20 + i, watts: 100 + i }),
      step({ name: `b${i}`, minutes: 60, watts: 700, after: [`a${i}`] }),
    ];
    const outlooks = { DE: outlook(WAVE) };
    const deadline = 36 * 60;
    const together = plan(request({ steps: [0, 7, 13].flatMap(chain), deadline, outlooks }), power);
    const apart = [0, 7, 13].map((i) => plan(request({ steps: chain(i), deadline, outlooks }), power));
    expect(together.emissionsG).toBeCloseTo(
      apart.reduce((sum, { emissionsG }) => sum + emissionsG, 0),
      6,
    );
    expect(together.boundG).toBeCloseTo(
      apart.reduce((sum, { boundG }) => sum + boundG, 0),
      6,
    );
    expect(together.steps.map(({ intervals }) => intervals)).toEqual(
      apart.flatMap(({ steps }) => steps.map(({ intervals }) => intervals)),
    );
  });
});

test('a run-now that ends after the data do hides no plan that meets the deadline', () => {
  const steps = ['a', 'b'].map((name) => step({ name, minutes: 90, gpus: 1 }));
  const capacity = { cpus: 8, gpus: 1, memory: 0 };
  const sites = [site({ capacity }), site({ name: 'there', capacity })];
  const made = plan(request({ steps, deadline: 120, sites, outlooks: { DE: outlook([300, 100]) } }), power);
  expect(made.steps.map((one) => one.site).sort()).toEqual(['here', 'there']);
  for (const { intervals } of made.steps) expect(intervals.at(-1)?.end).toBeLessThanOrEqual(minute(120));
});
