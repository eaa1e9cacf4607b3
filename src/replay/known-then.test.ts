import { describe, expect, it } from 'vitest';
import type { ZoneRecord } from '../forecast/index.ts';
import { DAY, instant } from '../units.ts';
import { history, outlook, START } from './fixtures.ts';
import { knownThen } from './known-then.ts';
import { lay } from './lay.ts';
import { placesOf } from './places.ts';
import { replay } from './report.ts';
import { slackOf } from './slack.ts';

const LEARNED_DAYS = 60;
const DAYS = 14;

/** Clean at noon, cleaner at weekends, and a slow wave that no two days share. */
const intensityAt = (hour: number): number =>
  300 + 120 * Math.cos((hour * Math.PI) / 12) + (Math.floor(hour / 24) % 7 > 4 ? -60 : 0) + 40 * Math.sin(hour / 37);

/** The hours from `LEARNED_DAYS` before the scene to its end; from `changedFrom` on they are others. */
function recordWith(changedFrom = Number.POSITIVE_INFINITY): ZoneRecord {
  const hours = (LEARNED_DAYS + DAYS) * 24;
  return {
    timeZone: 'UTC',
    history: {
      start: instant(START - LEARNED_DAYS * DAY),
      intensityG: Float64Array.from({ length: hours }, (_, i) => {
        const hour = i - LEARNED_DAYS * 24;
        return hour < changedFrom ? intensityAt(hour) : 800 - intensityAt(hour) / 2;
      }),
    },
    weather: [],
    neighbours: [],
  };
}

const [home] = placesOf(
  [
    {
      zone: 'DE',
      pue: 1,
      price: undefined,
      outlook: outlook(
        'DE',
        Array.from({ length: DAYS * 24 }, (_, hour) => intensityAt(hour)),
      ),
    },
  ],
  { fitted: false },
);
const asked = (rows: readonly Parameters<typeof history>[0][number][]) => ({
  past: history(rows),
  places: [home] as const,
  slack: slackOf('24h'),
  capacity: undefined,
  power: { wattsPerCpu: 1_000, wattsPerGpu: undefined },
});
const JOBS = lay(asked([5, 30, 200].map((submitH) => ({ submitH, lengthH: 6 }))).past, {
  ...asked([]),
  start: START,
  end: instant(START + DAYS * DAY),
}).jobs;

const foresightOf = (record: ZoneRecord, everyH = 12) =>
  knownThen({ records: new Map([['DE', record]]), everyH })([home], JOBS);

describe('what was known then', () => {
  it('comes every so many hours from the one in force at the first submission on', () => {
    const { issuesH, perfect } = foresightOf(recordWith());
    expect(perfect).toBe(false);
    expect(issuesH.slice(0, 3)).toEqual([0, 12, 24]);
    expect(issuesH).toHaveLength((DAYS * 24) / 12);
  });

  it('rests on nothing later: other hours from a moment on change no forecast made by then', () => {
    const cut = 6 * 24;
    const [as, other] = [foresightOf(recordWith()), foresightOf(recordWith(cut))];
    as.issuesH.forEach((at, issue) => {
      const [one, two] = [as.curve(0, issue), other.curve(0, issue)].map((curve) => [...(curve?.intensityG ?? [])]);
      if (at <= cut) expect(two, `made at ${at} h`).toEqual(one);
    });
    const last = as.issuesH.length - 1;
    expect([...(other.curve(0, last)?.intensityG ?? [])]).not.toEqual([...(as.curve(0, last)?.intensityG ?? [])]);
  });

  it('ranks hours well enough to save most of what could be saved, and is late with nothing', () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ submitH: 4 * i, lengthH: 3, pausable: i % 2 === 0 }));
    const ours = replay({
      ...asked(rows),
      foresee: knownThen({ records: new Map([['DE', recordWith()]]), everyH: 24 }),
    }).rows[2];
    const best = replay(asked(rows)).rows[2];
    expect(ours?.misses).toBe(0);
    expect(ours?.savingPercent).toBeGreaterThan(0.8 * (best?.savingPercent ?? 0));
    expect(ours?.savingPercent).toBeLessThan(best?.savingPercent ?? 0);
  });

  it('is nothing where too little is known, which is said: then jobs run at once', () => {
    const record = recordWith();
    const young = {
      ...record,
      history: { start: START, intensityG: record.history.intensityG.subarray(LEARNED_DAYS * 24) },
    };
    const foresight = foresightOf(young);
    expect(foresight.curve(0, 0)).toBeUndefined();
    const rows = [
      { submitH: 5, lengthH: 2 },
      { submitH: 40, lengthH: 2 },
    ];
    const report = replay({ ...asked(rows), foresee: () => foresight });
    expect(report.rows[2]).toMatchObject({ meanDelayH: 0, savingPercent: 0 });
    expect(report.foresight.notes).toEqual([
      '4 of 4 forecasts could not be made, the past being too thin: jobs ran at once then',
    ]);
  });
});
