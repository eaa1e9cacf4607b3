import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { question } from './fixtures.ts';
import { replay } from './report.ts';

/** A folder with `jobs/pai_1k.csv` (seconds) and `jobs/AU-SA_2022_h7000-7719.csv` (hourly g/kWh), as GAIA used them. */
const data = process.env['GRIDTIDE_DATA'];

const column = (file: string, index: number): number[] =>
  readFileSync(path.join(data ?? '', 'jobs', file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => Number(row.split(',')[index]));

/** GAIA's simulator goes in steps of five seconds. */
const inHours = (seconds: number): number => (5 * Math.floor(seconds / 5)) / 3_600;

describe.skipIf(data === undefined)(
  '1,000 jobs of GAIA (ASPLOS 2024; GRIDTIDE_DATA names the folder with jobs/)',
  () => {
    const rows = (pausable: boolean) => {
      const [arrivals, lengths, cpus] = [0, 1, 2].map((index) => column('pai_1k.csv', index));
      return (arrivals ?? []).map((arrival, i) => {
        const length = lengths?.[i] ?? 0;
        const [submitH, lengthH] = [inHours(arrival), inHours(length)];
        // Short jobs may wait for six hours, long ones for a day.
        const dueH = submitH + lengthH + (length < 7_200 ? 6 : 24);
        return { submitH, lengthH, dueH, cpus: cpus?.[i] ?? 1, pausable };
      });
    };

    it.each([
      // The optima, computed apart from this code on a grid of five seconds: shares of run-now, and mean delays in hours.
      [true, 0.546196, 7.402],
      [false, 0.611964, 6.48],
    ])('come to the optimum of all schedules: pausable %s, %d of run-now', (pausable, share, delayH) => {
      const grid = column('AU-SA_2022_h7000-7719.csv', 1);
      const [now, , ours] = replay(question(rows(pausable), [grid])).rows;
      expect((ours?.emissionsG ?? 0) / (now?.emissionsG ?? 1)).toBeCloseTo(share, 6);
      expect(ours?.meanDelayH).toBeCloseTo(delayH, 2);
      expect([ours?.jobs, ours?.misses]).toEqual([1_000, 0]);
    });
  },
);
