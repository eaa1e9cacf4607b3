import { mkdirSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { pue, site } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { at, ended, keeperWith, lost, notingExecutor, running, runOf } from '../../test/support/keeping.ts';
import type { Gap, ListedMeter, ProbeMark, Reading } from '../meter/index.ts';
import { type Instant, microjoules, millis, watts } from '../units.ts';
import { type Accountant, type Entry, openAccountant, type Subject } from './accountant.ts';
import type { Observation } from './executor.ts';
import { appendTurn, runFolder } from './run-files.ts';
import type { StepRun } from './step-phase.ts';

let root: string;
let now: Instant;
let entries: Entry[];
/** What the meter says next: a reading until now since the one before, or a gap, or nothing. */
let says: 'energy' | 'gap' | 'nothing';
let marked: (ProbeMark | undefined)[];
let closed: number;
let meterIsThere: boolean;
let accountant: Accountant;

/** 3 J of its own and 2 J of idle at each reading. */
const meter: ListedMeter = {
  name: 'fake',
  tier: 'D',
  part: 'cpu',
  available: () => (meterIsThere ? { ok: true } : { ok: false, why: 'it was not plugged in' }),
  open(target, mark) {
    marked.push(mark);
    let last = mark?.at ?? target.startedAt ?? now;
    let lastGap: Gap | undefined;
    return {
      meter: 'fake',
      tier: 'D',
      boundary: 'machine',
      gsd: 1.5,
      idlePolicy: 'test',
      read(): Reading | undefined {
        const start = last;
        if (says === 'nothing') return undefined;
        last = now;
        lastGap = says === 'gap' ? { start, end: now, why: 'the counters were gone' } : undefined;
        if (says === 'gap') return undefined;
        return {
          start,
          end: now,
          dynamic: microjoules(3_000_000n),
          idle: microjoules(2_000_000n),
          cpuMicros: undefined,
          note: undefined,
        };
      },
      gap: () => lastGap,
      mark: () => ({ at: last, bootId: 'b', counters: { cpu: '7' } }),
      close: () => {
        closed += 1;
      },
    };
  },
};

beforeEach(() => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  root = folder;
  now = at(10);
  entries = [];
  says = 'energy';
  marked = [];
  closed = 0;
  meterIsThere = true;
  accountant = open();
});

function open(speed = 1): Accountant {
  const { executor } = notingExecutor(root, () => now);
  return openAccountant({
    workflowRun: 'nightly',
    executor,
    clock: keeperWith(root, executor, () => now, speed).clock,
    wallNow: () => now,
    factors: (of, validFrom, validTo) => [pue({ key: of.name, validFrom, validTo })],
    write: async (entry) => void entries.push(entry),
    metersOf: () => [meter],
  });
}

function runIn(seen: Observation): StepRun {
  const folder = runFolder(root, 'train', 1);
  mkdirSync(folder, { recursive: true });
  return runOf(1, seen, { folder });
}
const subjectOf = (seen: Observation, change: Partial<Subject> = {}): Subject => ({
  id: 'nightly/train/1',
  step: 'train',
  site,
  run: runIn(seen),
  cpus: 1,
  gpus: 0,
  pausedPower: watts(0),
  mark: undefined,
  ...change,
});
const clockOf = (time: Instant) => new Date(time).toISOString().slice(11, 19);
const rows = (entry: Entry | undefined) =>
  (entry?.samples ?? []).map(({ kind, start, end, energy, status }) => [
    kind,
    `${clockOf(start)} ${clockOf(end)}`,
    energy,
    status,
  ]);

describe('what meters say', () => {
  it('waits until it is entered, is entered once, and the counters with it', async () => {
    accountant.follow(subjectOf(running(at(10))), false);
    now = at(10, 1);
    accountant.read();
    now = at(10, 2);
    accountant.read();
    expect(accountant.pending().get('train')).toBe(10_000_000n);
    expect(accountant.powerW()).toBeCloseTo(5 / 60);
    await accountant.flush();
    expect(accountant.pending().get('train')).toBe(0n);
    await accountant.flush();
    expect(entries).toHaveLength(1);
    expect(rows(entries[0])).toEqual([
      ['dynamic', '10:00:00 10:02:00', 6_000_000n, 'ok'],
      ['idle', '10:00:00 10:02:00', 4_000_000n, 'ok'],
    ]);
    expect(JSON.parse(entries[0]?.marks['nightly/train/1'] ?? '')).toEqual({
      fake: { at: at(10, 2), bootId: 'b', counters: { cpu: '7' } },
    });
    expect(entries[0]?.factors).toMatchObject([{ key: 'here', validFrom: at(10), validTo: at(10, 2) }]);
  });

  it('goes on from the counters of another controller, and is unattended until the first entry', async () => {
    const mark = { at: at(10, 30), bootId: 'b', counters: { cpu: '5' } };
    now = at(11);
    accountant.follow(subjectOf(running(at(10)), { mark: JSON.stringify({ fake: mark }) }), true);
    expect(marked).toEqual([mark]);
    accountant.read();
    await accountant.flush();
    now = at(11, 1);
    accountant.read();
    await accountant.flush();
    expect(entries.flatMap((entry) => rows(entry))).toMatchObject([
      ['dynamic', '10:30:00 11:00:00', 3_000_000n, 'unattended'],
      ['idle', '10:30:00 11:00:00', 2_000_000n, 'unattended'],
      ['dynamic', '11:00:00 11:01:00', 3_000_000n, 'ok'],
      ['idle', '11:00:00 11:01:00', 2_000_000n, 'ok'],
    ]);
  });

  it.each(['', '{', '7', '{"fake":{"at":"soon"}}'])(
    'begins with the run where the counters cannot be read: %j',
    (mark) => {
      accountant.follow(subjectOf(running(at(10)), { mark }), true);
      expect(marked).toEqual([undefined]);
    },
  );

  it('is cut where the run stood still, which costs what was declared for it', async () => {
    const subject = subjectOf(running(at(10)), { pausedPower: watts(1) });
    appendTurn(subject.run.folder, { wall: at(10, 0, 30), turn: 'stop', by: 'test' });
    accountant.follow(subject, false);
    now = at(10, 1);
    accountant.read();
    await accountant.flush();
    expect(rows(entries[0])).toEqual([
      ['dynamic', '10:00:00 10:00:30', 3_000_000n, 'ok'],
      ['idle', '10:00:00 10:00:30', 1_000_000n, 'ok'],
      ['dynamic', '10:00:30 10:01:00', 0n, 'ok'],
      ['idle', '10:00:30 10:01:00', 30_000_000n, 'ok'],
    ]);
  });

  it('is entered on the run’s clock, in joules that are real', async () => {
    const fast = open(60);
    fast.follow(subjectOf(running(at(0, 10))), false);
    now = at(0, 11);
    fast.read();
    await fast.flush();
    expect(rows(entries[0])[0]).toEqual(['dynamic', '10:00:00 11:00:00', 3_000_000n, 'ok']);
    expect(entries[0]?.samples[0]?.timeScale).toBe(60);
  });
});

describe('a gap', () => {
  it('that a meter names is entered as missing, never as zero', async () => {
    accountant.follow(subjectOf(running(at(10))), false);
    says = 'gap';
    now = at(10, 5);
    accountant.read();
    expect(accountant.pending().get('train')).toBe(0n);
    await accountant.flush();
    await accountant.flush();
    expect(entries.map(rows)).toEqual([[['dynamic', '10:00:00 10:05:00', null, 'missing']]]);
    expect(entries[0]?.samples[0]?.note).toBe('the counters were gone');
  });

  it('is the time in which nothing can measure, each stretch once, also after another took over', async () => {
    meterIsThere = false;
    accountant.follow(subjectOf(running(at(10))), false);
    now = at(10, 5);
    await accountant.flush();
    const next = open();
    next.follow(subjectOf(running(at(10)), { mark: entries[0]?.marks['nightly/train/1'] }), true);
    now = at(10, 9);
    await next.flush();
    expect(entries.map(rows)).toEqual([
      [['dynamic', '10:00:00 10:05:00', null, 'missing']],
      [['dynamic', '10:05:00 10:09:00', null, 'missing']],
    ]);
    expect(entries[0]?.samples[0]).toMatchObject({ meter: 'none', note: 'fake: it was not plugged in' });
  });
});

describe('settling', () => {
  it('enters the rest of a run that has ended, until its end, and forgets it', async () => {
    accountant.follow(subjectOf(running(at(10))), false);
    now = at(10, 1);
    await accountant.settle(runIn(ended(at(10), at(10, 0, 50), 0)), 'nightly/train/1');
    expect(rows(entries[0])).toEqual([
      ['dynamic', '10:00:00 10:00:50', 3_000_000n, 'ok'],
      ['idle', '10:00:00 10:00:50', 1_666_667n, 'ok'], // its share of the time that it ran
    ]);
    expect(closed).toBe(1);
    expect([accountant.meters(), accountant.pending().size]).toEqual([[], 0]);
  });

  it('ends with the run what was read before anybody saw that it had ended', async () => {
    accountant.follow(subjectOf(running(at(10))), false);
    now = at(10, 1);
    accountant.read();
    says = 'nothing';
    await accountant.settle(runIn(ended(at(10), at(10, 0, 50), 0)), 'nightly/train/1');
    expect(rows(entries[0])[0]).toEqual(['dynamic', '10:00:00 10:00:50', 3_000_000n, 'ok']);
  });

  it('calls the rest missing when its last reading failed, but for less than a second', async () => {
    for (const second of [0, 1]) {
      accountant.follow(subjectOf(running(at(10))), false);
      says = 'energy';
      now = at(10, 1);
      accountant.read();
      says = 'nothing';
      now = at(10, 2);
      await accountant.settle(runIn(ended(at(10), at(10, 1, second), 0)), 'nightly/train/1');
    }
    expect(entries.map((entry) => rows(entry).filter(([, , energy]) => energy === null))).toEqual([
      [],
      [['dynamic', '10:01:00 10:01:01', null, 'missing']],
    ]);
  });

  it('of a lost run does not call the night missing in which the machine was off', async () => {
    says = 'gap';
    now = at(20);
    accountant.follow(subjectOf(lost(at(10))), true);
    await accountant.settle(runIn(lost(at(10))), 'nightly/train/1');
    expect(entries.map(rows)).toEqual([[['dynamic', '10:00:00 10:01:00', null, 'missing']]]);
  });

  it('of a run that nobody follows does nothing', async () => {
    await accountant.settle(runIn(ended(at(10), at(11), 0)), 'nightly/other/1');
    expect(entries).toEqual([]);
  });
});

it('a meter that is not to be read often is not', () => {
  let reads = 0;
  const { executor } = notingExecutor(root, () => now);
  const rare = openAccountant({
    workflowRun: 'nightly',
    executor,
    clock: keeperWith(root, executor, () => now).clock,
    wallNow: () => now,
    factors: () => [],
    write: async () => {},
    metersOf: () => [
      {
        ...meter,
        open(target, mark) {
          const probe = meter.open(target, mark);
          const read = () => {
            reads += 1;
            return probe.read();
          };
          return { ...probe, every: millis(5_000), read };
        },
      },
    ],
  });
  rare.follow(subjectOf(running(at(10))), false);
  for (const second of [0, 4, 5, 9, 10]) {
    now = at(10, 0, second);
    rare.read();
  }
  expect(reads).toBe(3);
});
