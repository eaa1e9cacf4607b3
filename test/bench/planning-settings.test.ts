/**
 * The settings of others that the benches of planning repeat: deadlines of Let's Wait Awhile, policies of GAIA.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gaiaPolicies, readSetting, totalOf } from '../../bench/gaia.ts';
import { type Deadline, readCountries, readYear, SLOT, slackOf } from '../../bench/lets-wait-awhile.ts';
import { HOUR } from '../../src/units.ts';
import { temporaryFolder } from '../support/folders.ts';

const folderOf = (files: Readonly<Record<string, string>>): string => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
};

describe("Let's Wait Awhile", () => {
  /** When a job that would end at this time must end, of which 6 hours are work. */
  function deadlineOf(end: string, deadline: Deadline): string {
    const start = Date.parse('2020-01-01T00:00Z');
    const year = { start, jobs: [] };
    const job = { arrival: (Date.parse(end) - start) / SLOT - 12, slots: 12 };
    return new Date(Date.parse(end) + slackOf(year, job, deadline) * SLOT).toISOString().slice(0, 16);
  }

  it.each([
    // A Wednesday, a Friday, a Saturday, a Sunday.
    ['2020-01-08T08:30Z', '2020-01-08T09:00'],
    ['2020-01-08T09:00Z', '2020-01-08T09:00'],
    ['2020-01-08T17:00Z', '2020-01-08T17:00'],
    ['2020-01-08T17:30Z', '2020-01-09T09:00'],
    ['2020-01-10T17:30Z', '2020-01-11T09:00'],
    ['2020-01-11T12:00Z', '2020-01-13T09:00'],
    ['2020-01-12T12:00Z', '2020-01-13T09:00'],
  ])('a job that would end at %s ends by the next workday, %s', (end, by) => {
    expect(deadlineOf(end, 'next workday')).toBe(by);
  });

  it.each([
    // Monday at and after nine, Thursday at and after nine.
    ['2020-01-06T09:00Z', '2020-01-06T09:00'],
    ['2020-01-06T09:30Z', '2020-01-09T09:00'],
    ['2020-01-08T23:30Z', '2020-01-09T09:00'],
    ['2020-01-09T09:00Z', '2020-01-09T09:00'],
    ['2020-01-09T09:30Z', '2020-01-13T09:00'],
    ['2020-01-12T12:00Z', '2020-01-13T09:00'],
  ])('a job that would end at %s ends by the next Monday or Thursday, %s', (end, by) => {
    expect(deadlineOf(end, 'semi-weekly')).toBe(by);
  });

  it('is read of what is said on half-hours, before and from the first of the year on, of any country', () => {
    const times = ['2019-12-31 23:30:00', '2019-12-31 23:45:00', '2020-01-01 00:00:00', '2020-01-01 00:30:00'];
    const folder = folderOf({
      'jobs.csv': 'job_id,arrival_min_since_2020-01-01,duration_min\n0,90,240\n',
      'xx_ci.csv': `Time,Carbon Intensity\n${times.map((time, i) => `${time},${10 * i}`).join('\n')}\n`,
      'xx_noise.csv': 'seed0,seed1\n1,2\n3,4\n',
      'yy_ci.csv': 'Time,Carbon Intensity\n2020-01-01 00:00:00,7\n',
    });
    const year = readYear(folder);
    expect(year).toEqual({ start: Date.parse('2020-01-01T00:00Z'), jobs: [{ arrival: 3, slots: 8 }] });
    expect(readCountries(folder, year)).toEqual([
      {
        ...{ name: 'xx', intensityG: Float64Array.of(20, 30), beforeG: Float64Array.of(0) },
        noise: [Float64Array.of(1, 3), Float64Array.of(2, 4)],
      },
      { name: 'yy', intensityG: Float64Array.of(7), beforeG: new Float64Array(0), noise: [] },
    ]);
  });
});

describe('GAIA', () => {
  /** An hour and a half at noon on one cpu, and three hours on two; every third hour is clean. */
  const setting = () =>
    readSetting(
      folderOf({
        'jobs/some.csv': `arrival_time,length,cpus\n${(4 * HOUR) / 1_000},5400,1\n${(4 * HOUR) / 1_000},10800,2\n`,
        'jobs/trace.csv': `hour_index,ci\n${Array.from({ length: 60 }, (_, i) => `${i},${i % 3 === 0 ? 100 : 400}`).join('\n')}\n`,
      }),
    );

  it('knows of a job its queue, and of the queue how long it may wait and its mean', () => {
    const { jobs, meanHours } = setting();
    expect(meanHours).toEqual({ short: 1.5, long: 3 });
    expect(jobs).toEqual([
      { arrival: 4, hours: 1.5, cpus: 1, queue: 'short', longestWait: 6 },
      { arrival: 4, hours: 3, cpus: 2, queue: 'long', longestWait: 24 },
    ]);
  });

  it.each([
    // Emissions in kg of one cpu and of two: from 4:00, 400 + 200; 900.
    ['NoWait', 0.6 + 2 * 0.9, 0],
    // The first of the cleanest hours is 6:00.
    ['Lowest-Slot', 0.3 + 2 * 0.9, 2],
    // Half past five to seven would be as clean, but starts are whole hours after arrival; three hours are all alike.
    ['Lowest-Window', 0.3 + 2 * 0.9, 1],
    ['Carbon-Time', 0.3 + 2 * 0.9, 1],
    // Of the next 24 hours a third is clean, so the 30th percentile is clean too and nothing lies below it:
    // both wait as long as they may, and for nothing.
    ['Ecovisor', 0.6 + 2 * 0.9, 15],
  ])('%s does as its paper says', (name, kg, meanWait) => {
    const policy = gaiaPolicies(setting()).get(name);
    const total = policy && totalOf(setting(), policy);
    expect(total?.meanWait).toBeCloseTo(meanWait, 6);
    expect((total?.share ?? 0) * 2.4).toBeCloseTo(kg, 6);
    expect(total?.misses).toBe(0);
  });
});
