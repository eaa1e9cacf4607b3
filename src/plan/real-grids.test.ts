import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { MINUTE } from '../units.ts';
import { EIGHT, freeze, outlook, power, request, step } from './fixtures.ts';
import { type Plan, plan } from './index.ts';

/** A folder with `ci/123-zones-2022-lca.csv`: hourly g/kWh, one column a zone. */
const data = process.env['GRIDTIDE_DATA'];
const HOURS = 48;

/** The 48 hours from {@link EIGHT} on. */
function hoursOf(zone: string): number[] {
  const rows = readFileSync(path.join(data ?? '', 'ci', '123-zones-2022-lca.csv'), 'utf8').split('\n');
  const column = (rows[0] ?? '').trim().split(',').indexOf(zone);
  const first = rows.findIndex((row) => /^2022-06-01[T ]08:00/.test(row));
  return rows.slice(first, first + HOURS).map((row) => Number(row.split(',')[column]));
}

/** Least grams of a chain of steps in one piece, over all starts on the 5-minute grid. Lengths in minutes, kW. */
function bestChain(steps: readonly { minutes: number; kw: number }[], hours: readonly number[]): number {
  const grams = hours.flatMap((value) => Array.from({ length: 12 }, () => value / 12));
  let doneBy = new Array<number>(grams.length + 1).fill(0);
  for (const { minutes, kw } of steps) {
    const ticks = minutes / 5;
    const next = new Array<number>(grams.length + 1).fill(Number.POSITIVE_INFINITY);
    for (let end = ticks; end <= grams.length; end++) {
      const cost = grams.slice(end - ticks, end).reduce((sum, value) => sum + kw * value, 0);
      next[end] = Math.min(next[end - 1] ?? Number.NaN, (doneBy[end - ticks] ?? Number.NaN) + cost);
    }
    doneBy = next;
  }
  return doneBy[grams.length] ?? Number.NaN;
}

describe.skipIf(data === undefined)('On recorded grids (GRIDTIDE_DATA names the folder with ci/)', () => {
  const lengths = [
    { name: 'prepare', minutes: 20, kw: 0.18 },
    { name: 'train', minutes: 180, kw: 0.7 },
    { name: 'evaluate', minutes: 15, kw: 0.2 },
    { name: 'score', minutes: 30, kw: 0.2 },
  ];
  const made = (zone: string, split: boolean): Plan =>
    plan(
      request({
        steps: lengths.map(({ name, minutes, kw }, i) =>
          step({
            name,
            minutes,
            watts: kw * 1_000,
            after: lengths.slice(0, i).map((earlier) => earlier.name),
            interruptible: split ? freeze() : { mode: 'never' },
          }),
        ),
        deadline: HOURS * 60,
        outlooks: { DE: outlook(hoursOf(zone)) },
      }),
      power,
    );

  test.each(['DE', 'GB', 'US-CAL-CISO', 'IN-WE', 'SE-SE3'])('a chain in %s is as good as all chains tried', (zone) => {
    const { emissionsG, boundG, gapPercent, baseline } = made(zone, false);
    expect(emissionsG).toBeCloseTo(bestChain(lengths, hoursOf(zone)), 6);
    expect(boundG).toBeCloseTo(emissionsG, 6);
    expect(gapPercent).toBeLessThan(1e-6);
    expect(emissionsG).toBeLessThanOrEqual(baseline.emissionsG);
  });

  test.each(['DE', 'GB', 'US-CAL-CISO', 'IN-WE', 'SE-SE3'])('pauses never make a plan in %s worse', (zone) => {
    const split = made(zone, true);
    expect(split.emissionsG).toBeLessThanOrEqual(made(zone, false).emissionsG + 1e-9);
    const ends = split.steps.map((planned) => planned.intervals.at(-1)?.end ?? EIGHT);
    expect(Math.max(...ends)).toBeLessThanOrEqual(EIGHT + HOURS * 60 * MINUTE);
  });
});
