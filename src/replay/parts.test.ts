import { describe, expect, it } from 'vitest';
import { HOUR, instant } from '../units.ts';
import { accountOf } from './account.ts';
import { curveOf } from './curve.ts';
import { history, outlook, piecesByJob, places, question, START } from './fixtures.ts';
import { Headroom } from './headroom.ts';
import { insertion } from './insertion.ts';
import { type LayOptions, lay } from './lay.ts';
import { placesOf } from './places.ts';
import { fifo } from './policies/fifo.ts';
import { gridtide } from './policies/gridtide.ts';
import { replay } from './report.ts';
import { Room } from './room.ts';
import { perfect, type Scene } from './scene.ts';
import { slackOf } from './slack.ts';
import { parseWhatIf } from './what-if.ts';

const DAY_AND_NIGHT = Array.from({ length: 96 }, (_, hour) => (hour % 24 < 6 ? 100 : 400));

describe('slack', () => {
  it.each([
    ['24h', 26],
    ['90m', 3.5],
    ['0s', 2],
    ['2x', 4],
    ['1.5 x', 3],
    ['1x', 2],
  ])('%s: two hours from 0 on end by %d h at the latest', (text, latest) => {
    expect(slackOf(text)(0, 2)).toBe(latest);
  });

  it.each(['', 'soon', '24', '0.5x', '-1h', '9000d', '1e9x'])('%j is none', (text) => {
    expect(() => slackOf(text)).toThrow(expect.objectContaining({ code: 'cli/usage' }));
  });
});

describe('what if', () => {
  it('is read as people say it', () => {
    expect(parseWhatIf('slack=2x')).toEqual({ name: '2 × the slack', slackTimes: 2 });
    expect(parseWhatIf('slack=48h')).toMatchObject({ name: 'slack 48h' });
    expect(parseWhatIf('zones=+SE,FR')).toEqual({ name: 'zones + SE, FR', zones: ['SE', 'FR'] });
    const more = parseWhatIf('capacity=+20%');
    expect('capacity' in more && more.capacity({ cpus: 10, gpus: 5 })).toEqual({ cpus: 12, gpus: 6 });
    const other = parseWhatIf('capacity=500');
    expect('capacity' in other && other.capacity({ cpus: 10, gpus: 5 })).toEqual({ cpus: 500, gpus: 5 });
  });

  it.each(['slack', 'slack=soon', 'zones=', 'zones=+,', 'capacity=lots', 'capacity=-100%', 'price=0'])(
    '%j is none',
    (text) => {
      expect(() => parseWhatIf(text)).toThrow(expect.objectContaining({ code: 'cli/usage' }));
    },
  );
});

describe('laying jobs on a grid', () => {
  const options: LayOptions = {
    start: START,
    end: instant(START + 96 * HOUR),
    slack: slackOf('24h'),
    capacity: undefined,
    power: { wattsPerCpu: 10, wattsPerGpu: undefined },
  };

  it('leaves out what lies outside, and counts it', () => {
    const past = history([{ submitH: -1 }, { submitH: 0 }, { submitH: 71 }, { submitH: 71.5 }]);
    const { jobs, leftOut } = lay(past, options);
    expect([...jobs.submitH]).toEqual([0, 71]);
    expect(leftOut.outside).toBe(2);
  });

  it('moves the first submission to where it is told to', () => {
    const past = history([{ submitH: 500 }, { submitH: 510 }]);
    expect(() => lay(past, options)).toThrow(expect.objectContaining({ code: 'grid/other-times' }));
    const { jobs, first } = lay(past, { ...options, firstAt: instant(START + 3 * HOUR) });
    expect([...jobs.submitH]).toEqual([3, 13]);
    expect(first).toBe(START + 3 * HOUR);
  });

  it('keeps to deadlines that jobs have, and takes those that nobody could keep as the end they had', () => {
    const past = history([
      { submitH: 1, lengthH: 2, dueH: 10 },
      { submitH: 2, lengthH: 2, dueH: 3 },
      { submitH: 3, lengthH: 2 },
    ]);
    expect([...lay(past, options).jobs.dueH]).toEqual([10, 4, 29]);
    expect(lay(past, options).leftOut.hopeless).toBe(1);
    expect([...lay(past, { ...options, slackTimes: 2 }).jobs.dueH]).toEqual([17, 4, 53]);
  });

  it('counts declared power, else CPUs, and GPUs where their power is said', () => {
    const past = history([
      { submitH: 1, cpus: 2, powerW: 300 },
      { submitH: 2, cpus: 2, gpus: 1 },
    ]);
    expect([...lay(past, options).jobs.kw]).toEqual([0.3, 0.02]);
    expect(lay(past, options).leftOut.withoutGpuPower).toBe(1);
    const power = { wattsPerCpu: 10, wattsPerGpu: 400 };
    expect([...lay(past, { ...options, power }).jobs.kw]).toEqual([0.3, 0.42]);
  });

  it('leaves out jobs that are larger than the place', () => {
    const past = history([{ submitH: 1, cpus: 5 }, { submitH: 2 }]);
    const capacity = { cpus: 4, gpus: Number.POSITIVE_INFINITY };
    expect(lay(past, { ...options, capacity }).leftOut.tooLarge).toBe(1);
    expect(() => lay(history([{ cpus: 5 }]), { ...options, capacity })).toThrow(
      expect.objectContaining({ code: 'cli/usage' }),
    );
  });
});

describe('places', () => {
  const one = { zone: 'DE', pue: 1, price: undefined, outlook: outlook('DE', DAY_AND_NIGHT) };

  it('are compared only under one fully known signal of one source', () => {
    const signal = { ...one.outlook.signal, kind: 'marginal' as const };
    const marginal = { ...one, zone: 'SE', outlook: { ...one.outlook, zone: 'SE', signal } };
    const unknown = {
      ...one,
      zone: 'SE',
      outlook: { ...one.outlook, signal: { ...signal, kind: 'unknown' as const } },
    };
    const elsewhere = { ...one, zone: 'SE', outlook: { ...one.outlook, zone: 'SE', source: 'another' } };
    for (const other of [marginal, unknown, elsewhere]) {
      expect(() => placesOf([one, other], { fitted: false })).toThrow(
        expect.objectContaining({ code: 'plan/mixed-signals' }),
      );
    }
    expect(placesOf([unknown], { fitted: false })).toHaveLength(1);
  });

  it('share the hours that all know, with the means of their hours', () => {
    const later = { ...one.outlook, axis: { ...one.outlook.axis, start: instant(START + 2 * HOUR) } };
    const [first, second] = placesOf([one, { ...one, outlook: later }], { fitted: true });
    expect(first.outlook.axis).toEqual({ start: START + 2 * HOUR, step: HOUR / 4, length: 94 * 4 });
    expect(first.truth.intensityG.subarray(14, 18)).toEqual(Float64Array.of(100, 100, 400, 400));
    expect(second?.truth.intensityG[0]).toBe(100);
  });
});

describe('work that shares a place', () => {
  const curve = curveOf(1, 0, Float64Array.from(DAY_AND_NIGHT));
  const wish = { fromH: 8, dueH: 32, workH: 2, pausable: true, cpus: 1, gpus: 0, place: -1 };

  it('takes the next best hours where the best are full', () => {
    const room = new Room({ cpus: 1, gpus: 0 }, 1, 96);
    const placed = insertion()(
      Array.from({ length: 4 }, () => wish),
      [{ pue: 1, curve, room }],
    );
    expect(placed.map(({ pieces }) => pieces)).toEqual([
      [24, 26],
      [26, 28],
      [28, 30],
      [8, 10],
    ]);
  });

  it('ends late, but as soon as there is room, where there is none in time', () => {
    const room = new Room({ cpus: 1, gpus: 0 }, 1, 96);
    room.reserve(8, 40, 1, 0);
    const [paused, whole] = insertion()([wish, { ...wish, pausable: false }], [{ pue: 1, curve, room }]);
    expect(paused).toEqual({ place: 0, pieces: [40, 42], inTime: false });
    expect(whole).toEqual({ place: 0, pieces: [42, 44], inTime: false });
  });

  it('is done earlier elsewhere, where that costs no more', () => {
    const flat = curveOf(1, 0, new Float64Array(96));
    const [full, free] = [new Room({ cpus: 1, gpus: 0 }, 1, 96), new Room({ cpus: 1, gpus: 0 }, 1, 96)];
    full.reserve(8, 12, 1, 0);
    const [placed] = insertion()(
      [wish],
      [
        { pue: 1, curve: flat, room: full },
        { pue: 1, curve: flat, room: free },
      ],
    );
    expect(placed).toEqual({ place: 1, pieces: [8, 10], inTime: true });
  });

  it('weighs places by what their buildings add', () => {
    const cleaner = curveOf(
      1,
      0,
      Float64Array.from(DAY_AND_NIGHT, (value) => value * 0.9),
    );
    const [here] = insertion()(
      [wish],
      [
        { pue: 1, curve, room: undefined },
        { pue: 1.2, curve: cleaner, room: undefined },
      ],
    );
    expect(here?.place).toBe(0);
    const [there] = insertion()(
      [wish],
      [
        { pue: 1.2, curve, room: undefined },
        { pue: 1.2, curve: cleaner, room: undefined },
      ],
    );
    expect(there?.place).toBe(1);
  });
});

describe('headroom', () => {
  it('lets work wait while what waits, and the longest queue so far, fit the slack', () => {
    const headroom = new Headroom(10);
    expect(headroom.allows(1)).toBe(false);
    headroom.came(100, 24);
    headroom.passed(1);
    // A queue of 90 unit-hours was left; 0.9 · 10 · 24 = 216 may wait.
    expect(headroom.allows(126)).toBe(true);
    expect(headroom.allows(127)).toBe(false);
    headroom.passed(100);
    expect(headroom.allows(127)).toBe(false);
  });

  it('is kept: what could be on time when it runs at once is on time when it waits for the grid', () => {
    // Hours from noon on are clean. On the fourth day, work of half a day comes at midnight and could wait for them; but at
    // noon comes what fills the place for 20 of the 26 hours that it may take, as it once did before.
    const burst = (submitH: number, jobs: number) =>
      Array.from({ length: jobs }, () => ({ submitH, lengthH: 2, pausable: true }));
    const rows = [...burst(0, 100), ...burst(72, 60), ...burst(84, 100)];
    const grid = Array.from({ length: 24 * 8 }, (_, hour) => (hour % 24 < 12 ? 500 : 50));
    const report = replay(question(rows, [grid], { capacity: { cpus: 10, gpus: Number.POSITIVE_INFINITY } }));
    expect(report.rows.map(({ misses }) => misses)).toEqual([0, 0, 0]);
    expect(report.rows[2]?.peakCpus).toBeLessThanOrEqual(10);
  });

  it('is for the most urgent first, where not all can be on time in the order in which they came', () => {
    const rows = [
      { submitH: 0, lengthH: 5, dueH: 40, pausable: true },
      { submitH: 0.5, lengthH: 3, dueH: 4.6, pausable: true },
    ];
    const flat = Array.from({ length: 48 }, () => 300);
    const report = replay(question(rows, [flat], { capacity: { cpus: 1, gpus: Number.POSITIVE_INFINITY } }));
    expect(report.rows.map(({ misses }) => misses)).toEqual([0, 1, 0]);
  });
});

describe('a place where waiting for the grid does not pay', () => {
  // The clean night is wanted by all, and there is no room for it: what waits for it pushes later work into dirtier hours.
  const capacity = { cpus: 1, gpus: Number.POSITIVE_INFINITY };
  const busy = Array.from({ length: 30 }, (_, i) => ({ submitH: 1.5 * i, lengthH: 1.4, pausable: true }));
  const grid = Array.from({ length: 96 }, (_, hour) => (hour % 24 < 12 ? 400 : 100) + 20 * hour);
  const { rows, ...report } = replay(question(busy, [grid], { capacity, slack: slackOf('3h') }));
  const [, fifoRow, ours] = rows;

  it('is run first come, first served, and what its own schedule comes to is told', () => {
    expect(ours?.outdone?.misses ?? 0).toBeGreaterThanOrEqual(fifoRow?.misses ?? 0);
    expect(ours?.outdone).not.toBeNull();
    expect(ours).toMatchObject({
      emissionsG: fifoRow?.emissionsG,
      misses: fifoRow?.misses,
      savingAgainstFifoPercent: 0,
    });
    expect(fifoRow?.outdone).toBeNull();
  });

  it('is compared with running at once only where it holds all that ran at once', () => {
    expect(report.comparedWith).toBe('run-now');
    const two = [
      { submitH: 0, cpus: 1 },
      { submitH: 0, cpus: 1 },
    ];
    expect(replay(question(two, [grid], { capacity })).comparedWith).toBe('fifo');
    expect(replay(question(two, [grid])).comparedWith).toBe('run-now');
  });
});

describe('first come, first served', () => {
  it('lets nobody overtake', () => {
    const capacity = { cpus: 4, gpus: Number.POSITIVE_INFINITY };
    const asked = question(
      [
        { submitH: 0, lengthH: 4, cpus: 3 },
        { submitH: 1, lengthH: 1, cpus: 2 },
        { submitH: 2, lengthH: 1, cpus: 1 },
      ],
      [DAY_AND_NIGHT],
      { capacity },
    );
    const all = places([DAY_AND_NIGHT], true);
    const { jobs } = lay(asked.past, { ...asked, start: START, end: instant(START + 96 * HOUR) });
    const scene: Scene = { jobs, places: all, capacity, foresight: perfect(all, jobs), stepH: 0.25 };
    const starts = [...piecesByJob(fifo.walk(scene)).values()].map(([piece]) => piece?.[0]);
    expect(starts).toEqual([0, 4, 4]);
    expect(accountOf(fifo.walk(scene), scene)).toMatchObject({ meanDelayH: (0 + 3 + 2) / 3, peakCpus: 3, pauses: 0 });
    expect(accountOf(gridtide.walk(scene), scene).peakCpus).toBeLessThanOrEqual(4);
  });
});

describe('an account', () => {
  it('has money only where every place has a price in one currency', () => {
    const rows = [{ submitH: 7, lengthH: 2, cpus: 2, pausable: true }];
    const price = { kWh: { amount: 0.3, currency: 'EUR' }, cpuHour: { amount: 0.01, currency: 'EUR' } };
    const [home] = places([DAY_AND_NIGHT]);
    expect(replay(question(rows, [DAY_AND_NIGHT])).rows[0]?.cost).toBeNull();
    const priced = replay({ ...question(rows, [DAY_AND_NIGHT]), places: [{ ...home, pue: 1.5, price }] }).rows[2];
    expect(priced?.energyKWh).toBeCloseTo(6);
    expect(priced?.emissionsG).toBeCloseTo(600);
    expect(priced?.cost?.amount).toBeCloseTo(6 * 0.3 + 4 * 0.01);
    expect(priced).toMatchObject({ savingPercent: 75, meanDelayH: 17, misses: 0, peakCpus: 2 });
  });

  it('tells queues or users apart, and their sums are those of all', () => {
    const rows = [
      { submitH: 7, lengthH: 2, cpus: 2, pausable: true, queue: 'a', user: 'ann' },
      { submitH: 8, lengthH: 1, queue: 'b', user: 'ann' },
      { submitH: 25, lengthH: 3, queue: 'a', user: 'ben' },
    ];
    const { groups, rows: all } = replay(question(rows, [DAY_AND_NIGHT], { by: 'queue' }));
    expect(groups.map(({ name, jobs, meanDelayH }) => [name, jobs, meanDelayH])).toEqual([
      ['a', 2, 8.5],
      ['b', 1, 16],
    ]);
    expect(groups[0]?.savingPercent).toBeCloseTo(100 * (1 - 700 / 1_900));
    for (const [name, policy] of [
      ['runNowG', 0],
      ['gridtideG', 2],
    ] as const) {
      expect(groups.reduce((sum, group) => sum + group[name], 0)).toBeCloseTo(all[policy]?.emissionsG ?? 0, 6);
    }
    const { groups: users } = replay(question(rows, [DAY_AND_NIGHT], { by: 'user' }));
    expect(users.map(({ name }) => name)).toEqual(['ann', 'ben']);
    expect(replay(question(rows, [DAY_AND_NIGHT])).groups).toEqual([]);
  });
});
