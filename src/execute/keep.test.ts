import { mkdirSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import {
  at,
  ended,
  keeperWith,
  lost,
  type Noted,
  notingExecutor,
  running,
  runOf,
  stepOf,
} from '../../test/support/keeping.ts';
import { HOUR, type Instant, instant, MINUTE, millis, SECOND } from '../units.ts';
import type { Observation } from './executor.ts';
import {
  endAll,
  endOfRun,
  endRun,
  enforceTimeout,
  freezeRun,
  holdAll,
  noteAlive,
  nothingLeft,
  pauseRun,
  resumeRun,
  startRun,
  stretchesOf,
  workDone,
} from './keep.ts';
import type { Keeper } from './keeper.ts';
import { appendTurn, markAt, markedSince, readPause, readTurns, runFolder, type StepOrder } from './run-files.ts';
import { type Phase, type StepRun, seeSteps } from './step-phase.ts';

let root: string;
let noted: Noted;
let now: Instant;
let keeper: Keeper;

beforeEach(() => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  root = folder;
  now = at(12);
  noted = notingExecutor(root, () => now);
  keeper = keeperWith(root, noted.executor, () => now);
});

function runOn(seen: Observation, number = 1, change: Partial<StepRun> = {}): StepRun {
  const folder = runFolder(root, 'train', number);
  mkdirSync(folder, { recursive: true });
  noted.seen.set(`train/${number}`, seen);
  return runOf(number, seen, { folder, ...change });
}

const turn = (run: StepRun, wall: Instant, way: 'stop' | 'go') =>
  appendTurn(run.folder, { wall, turn: way, by: 'test' });
const hours = (stretches: readonly { readonly start: Instant; readonly end: Instant }[]) =>
  stretches.map(({ start, end }) => [(start - at(0)) / HOUR, (end - at(0)) / HOUR]);

const order: StepOrder = {
  name: 'train',
  after: [],
  argv: ['true'],
  environment: { GRIDTIDE_RUN: 'not this', OWN: 'own' },
  directory: '/',
  retries: 0,
  timeout: null,
  latestStart: at(15),
  starts: [],
};

describe('stretches', () => {
  it('reach until now while it runs, and until its end afterwards', () => {
    expect(hours(stretchesOf(runOn(running(at(9))), at(12)))).toEqual([[9, 12]]);
    expect(hours(stretchesOf(runOn(ended(at(9), at(11), 0)), at(12)))).toEqual([[9, 11]]);
    expect(stretchesOf(runOn({ state: 'absent' }), at(12))).toEqual([]);
  });

  it('are parted by stops', () => {
    const run = runOn(running(at(8)));
    turn(run, at(9), 'stop');
    expect(hours(stretchesOf(run, at(12)))).toEqual([[8, 9]]);
    turn(run, at(10), 'go');
    expect(hours(stretchesOf(run, at(12)))).toEqual([
      [8, 9],
      [10, 12],
    ]);
  });

  it('end with the run, whatever was noted after it', () => {
    const run = runOn(ended(at(8), at(9), 0));
    turn(run, at(10), 'stop');
    turn(run, at(11), 'go');
    expect(hours(stretchesOf(run, at(12)))).toEqual([[8, 9]]);
  });

  it('leave out those without length', () => {
    const run = runOn(ended(at(8), at(10), 0));
    turn(run, at(8), 'stop');
    turn(run, at(10), 'go');
    expect(stretchesOf(run, at(12))).toEqual([]);
  });

  it('do not take a night in which the machine was off for one in which it ran', () => {
    const run = runOn(lost(at(1)));
    expect(endOfRun(run, at(12))).toBe(at(1, 1));
    turn(run, at(2), 'stop');
    turn(run, at(3), 'go');
    expect(hours(stretchesOf(run, at(12)))).toEqual([
      [1, 2],
      [3, 3 + 1 / 60],
    ]);
    markAt(run.folder, 'alive', at(4));
    expect(endOfRun(run, at(12))).toBe(at(4, 1));
    expect(endOfRun(run, at(4, 0, 30))).toBe(at(4, 0, 30));
  });
});

it('a sign of life that cannot be written keeps nobody from what the work needs', () => {
  const run = runOf(1, running(at(9)), { folder: `${root}/gone` });
  noteAlive(keeper, new Map([['train', { phase: 'running', run }]]));
  expect(markedSince(run.folder, 'alive')).toBeUndefined();
});

it('that a run lives is noted once a minute, and of nothing that stands still', () => {
  const run = runOn(running(at(9)));
  const phases = (phase: Phase) => new Map([['train', phase]]);
  noteAlive(keeper, phases({ phase: 'paused', run, pause: { at: at(9), resumeBy: at(9), mode: 'freeze' }, next: 2 }));
  expect(markedSince(run.folder, 'alive')).toBeUndefined();
  noteAlive(keeper, phases({ phase: 'running', run }));
  expect(markedSince(run.folder, 'alive')).toBe(at(12));
  now = at(12, 0, 59);
  noteAlive(keeper, phases({ phase: 'running', run }));
  expect(markedSince(run.folder, 'alive')).toBe(at(12));
  now = at(12, 1);
  noteAlive(keeper, phases({ phase: 'running', run }));
  expect(markedSince(run.folder, 'alive')).toBe(at(12, 1));
});

describe('work done', () => {
  const done = (runs: readonly StepRun[], step = stepOf()) => workDone(runs, step, keeper.clock, at(12)) / HOUR;

  it('is what the last run ran, and the runs that it continues after checkpoints', () => {
    const asked = { asked: true };
    const runs = [
      runOn(ended(at(6), at(7), 75), 1, asked),
      runOn(ended(at(8), at(10), 75), 2, asked),
      runOn(running(at(11)), 3),
    ];
    expect(done(runs)).toBe(4);
    // Half an hour for each of two checkpoints and a quarter for each of two restarts is no work.
    const interruptible = {
      mode: 'checkpoint',
      checkpoint: millis(HOUR / 2),
      restart: millis(HOUR / 4),
      signal: 'SIGUSR1',
    } as const;
    expect(done(runs, stepOf({ interruptible }))).toBe(4 - 2 * 0.5 - 2 * 0.25);
    expect(done(runs.slice(0, 1), stepOf({ interruptible: { ...interruptible, checkpoint: millis(2 * HOUR) } }))).toBe(
      0,
    );
  });

  it('is nothing after a failure or a loss', () => {
    expect(done([runOn(ended(at(6), at(7), 1))])).toBe(0);
    expect(done([runOn(lost(at(6)))])).toBe(0);
    expect(done([runOn(ended(at(6), at(7), 75))])).toBe(0); // nobody asked
    expect(done([runOn(ended(at(6), at(7), 1)), runOn(running(at(9)), 2)])).toBe(3);
    expect(done([runOn(ended(at(6), at(7), 0))])).toBe(1);
    const asked = { asked: true };
    const runs = [runOn(ended(at(5), at(6), 75), 1, asked), runOn(ended(at(7), at(8), 1), 2), runOn(running(at(9)), 3)];
    expect(done(runs)).toBe(3); // the failure began from nothing, and so does what follows it
  });

  it('is counted on the run’s clock', () => {
    expect(
      workDone([runOn(running(at(11)))], stepOf(), keeperWith(root, noted.executor, () => now, 60).clock, at(12)),
    ).toBe(60 * HOUR);
  });
});

describe('nothing is left', () => {
  const left = (phases: Readonly<Record<string, Phase['phase']>>) => {
    const run = runOf(1, running(at(9)));
    const pause = { at: at(9), resumeBy: at(9), mode: 'freeze' } as const;
    const phaseOf = (phase: Phase['phase']): Phase => {
      if (phase === 'waiting') return { phase, next: 1 };
      if (phase === 'again') return { phase, next: 2, why: 'retry' };
      if (phase === 'done') return { phase, at: at(9) };
      if (phase === 'failed') return { phase, at: at(9), code: 1 };
      if (phase === 'running') return { phase, run };
      return { phase: 'paused', run, pause, next: 2 };
    };
    const steps = [
      { name: 'a', after: [] },
      { name: 'b', after: ['a'] },
      { name: 'c', after: ['b'] },
    ];
    return !nothingLeft(steps, new Map(Object.entries(phases).map(([name, phase]) => [name, phaseOf(phase)])));
  };
  it.each([
    ['when all are done', { a: 'done', b: 'done', c: 'done' }, false],
    ['when the others wait for one that failed, near or far', { a: 'failed', b: 'waiting', c: 'waiting' }, false],
    ['when the last has failed', { a: 'done', b: 'done', c: 'failed' }, false],
    ['but something is while one waits for one that is done', { a: 'done', b: 'waiting', c: 'waiting' }, true],
    ['but something is while one runs', { a: 'done', b: 'running', c: 'waiting' }, true],
    ['but something is while one will be tried again', { a: 'again', b: 'waiting', c: 'waiting' }, true],
    ['but something is while one is paused', { a: 'done', b: 'done', c: 'paused' }, true],
  ] satisfies [string, Record<string, Phase['phase']>, boolean][])('%s', (_, phases, expected) => {
    expect(left(phases)).toBe(expected);
  });
});

describe('a timeout', () => {
  const limited: StepOrder = { ...order, timeout: MINUTE };
  const run = () => runOn(running(at(11)));

  it('ends a run that has run for longer, and not as long', () => {
    const it = run();
    now = at(11, 1);
    expect(enforceTimeout(keeper, limited, { phase: 'running', run: it })).toBe(false);
    now = instant(at(11, 1) + 1);
    expect(enforceTimeout(keeper, limited, { phase: 'running', run: it })).toBe(true);
    expect(noted.calls).toEqual(['terminate train/1']);
  });

  it('leaves out pauses, and counts on the run’s clock', () => {
    const it = run();
    turn(it, at(11, 0, 30), 'stop');
    turn(it, at(11, 30), 'go');
    now = at(11, 30, 30);
    expect(enforceTimeout(keeper, limited, { phase: 'running', run: it })).toBe(false);
    const fast = keeperWith(root, noted.executor, () => now, 2);
    expect(enforceTimeout(fast, limited, { phase: 'running', run: it })).toBe(true);
  });

  it('holds for one that is asked for its checkpoint, and for none that stands still or has no limit', () => {
    const it = run();
    const pause = { at: at(11), resumeBy: at(15), mode: 'freeze' } as const;
    expect(enforceTimeout(keeper, order, { phase: 'running', run: it })).toBe(false);
    expect(enforceTimeout(keeper, limited, { phase: 'paused', run: it, pause, next: undefined })).toBe(false);
    expect(enforceTimeout(keeper, limited, { phase: 'pausing', run: it, pause })).toBe(true);
  });
});

it('who is to end is asked once, and ended when it has not within its grace of ten seconds', () => {
  const run = runOn(running(at(11)));
  endRun(keeper, run, 'timeout');
  expect(noted.calls).toEqual(['terminate train/1']);
  markAt(run.folder, 'ending', now);
  now = instant(at(12) + 10 * SECOND);
  endRun(keeper, run, 'timeout');
  expect(noted.calls).toHaveLength(1);
  now = instant(now + 1);
  endRun(keeper, run, 'timeout');
  expect(noted.calls).toEqual(['terminate train/1', 'kill train/1']);
});

describe('pausing', () => {
  const pause = { at: at(12), resumeBy: at(14), mode: 'checkpoint' } as const;

  it('by a checkpoint asks the command, and does not stop it', () => {
    const run = runOn(running(at(11)));
    pauseRun(keeper, run, pause, 'SIGUSR1');
    expect(noted.calls).toEqual(['notify train/1']);
    expect(readPause(run.folder)).toEqual(pause);
    expect(markedSince(run.folder, 'asked')).toBeDefined();
    expect(readTurns(run.folder)).toEqual([]);
  });

  it('stops the command where it cannot be asked', () => {
    const run = runOn(running(at(11)));
    pauseRun({ ...keeper, executor: { ...noted.executor, notify: () => false } }, run, pause, 'SIGUSR1');
    expect(noted.calls).toEqual(['freeze train/1']);
  });

  it('by freezing stops it, and notes when; going on thaws it, notes when, and ends the pause', () => {
    const run = runOn(running(at(11)));
    pauseRun(keeper, run, { ...pause, mode: 'freeze' }, 'SIGUSR1');
    expect(noted.calls).toEqual(['freeze train/1']);
    expect(markedSince(run.folder, 'asked')).toBeUndefined();
    now = at(13);
    resumeRun(keeper, run);
    expect(noted.calls).toEqual(['freeze train/1', 'thaw train/1']);
    expect(readTurns(run.folder)).toEqual([
      { wall: at(12), turn: 'stop', by: 'controller' },
      { wall: at(13), turn: 'go', by: 'controller' },
    ]);
    expect(readPause(run.folder)).toBeUndefined();
  });

  it('notes no stop of what could not be stopped', () => {
    const run = runOn(running(at(11)));
    freezeRun({ ...keeper, executor: { ...noted.executor, freeze: () => false } }, run);
    expect(readTurns(run.folder)).toEqual([]);
  });
});

describe('everything at once', () => {
  function threeSteps() {
    noted.seen.set('runs/1', running(at(11)));
    noted.seen.set('stands/1', running(at(11), true));
    noted.seen.set('over/1', ended(at(9), at(10), 0));
    const steps = ['runs', 'stands', 'over'].map((name) => ({ name, retries: 0 }));
    for (const { name } of steps) mkdirSync(runFolder(root, name, 1), { recursive: true });
    pauseRun(
      keeper,
      runOf(1, running(at(11)), { folder: runFolder(root, 'stands', 1) }),
      {
        at: at(11),
        resumeBy: at(13),
        mode: 'freeze',
      },
      undefined,
    );
    noted.calls.length = 0;
    return seeSteps(noted.executor, root, steps).phases;
  }

  it('a hold freezes what runs, for ever, and leaves alone what stands still', () => {
    expect(holdAll(keeper, threeSteps())).toEqual(['runs']);
    expect(noted.calls).toEqual(['freeze runs/1']);
    // Due as soon as nothing holds it, should whoever lifts the hold get no further.
    expect(readPause(runFolder(root, 'runs', 1))?.resumeBy).toBe(keeper.clock.now());
    expect(readPause(runFolder(root, 'stands', 1))?.resumeBy).toBe(at(13));
  });

  it('a hold freezes one that writes its checkpoint too, where it is', () => {
    const run = runOf(1, running(at(11)), { folder: runFolder(root, 'writes', 1) });
    mkdirSync(run.folder, { recursive: true });
    const pause = { at: at(11), resumeBy: at(13), mode: 'checkpoint' } as const;
    expect(holdAll(keeper, new Map([['writes', { phase: 'pausing', run, pause }]]))).toEqual(['writes']);
    expect(noted.calls).toEqual(['freeze writes/1']);
    expect(readPause(run.folder)).toMatchObject({ mode: 'freeze' });
  });

  it('a hold asks again of one that does not stand still yet, and does not tell it as new', () => {
    const run = runOf(1, running(at(11)), { folder: runFolder(root, 'slow', 1) });
    mkdirSync(run.folder, { recursive: true });
    const pause = { at: at(11), resumeBy: at(11), mode: 'freeze' } as const;
    expect(holdAll(keeper, new Map([['slow', { phase: 'pausing', run, pause }]]))).toEqual([]);
    expect(noted.calls).toEqual(['freeze slow/1']);
  });

  it('a cancellation ends what runs and what stands still, until nothing does', () => {
    const phases = threeSteps();
    expect(endAll(keeper, phases)).toBe(true);
    expect(noted.calls).toEqual(['terminate runs/1', 'terminate stands/1']);
    expect(endAll(keeper, new Map([['over', { phase: 'done', at: at(10) }]]))).toBe(false);
  });
});

it('a run is started under a name of its own, and cannot be told another name by its environment', async () => {
  const asked: unknown[] = [];
  const executor = { ...noted.executor, start: async (given: unknown) => void asked.push(given) };
  await startRun({ ...keeper, executor }, order, 2, new AbortController().signal);
  expect(asked).toMatchObject([
    {
      folder: runFolder(root, 'train', 2),
      name: 'nightly.train.2',
      argv: ['true'],
      directory: '/',
      environment: {
        OWN: 'own',
        GRIDTIDE_LEVEL: '1',
        GRIDTIDE_RUN: '2',
        GRIDTIDE_STEP: 'train',
        GRIDTIDE_WORKFLOW_RUN: 'nightly',
      },
    },
  ]);
});
