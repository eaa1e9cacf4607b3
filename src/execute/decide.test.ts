import { describe, expect, it } from 'vitest';
import { at, CHECKPOINT, plannedOf, running, runOf, stepOf } from '../../test/support/keeping.ts';
import { instant, MINUTE, millis, SECOND } from '../units.ts';
import { decide, hasRoom, left, progressOf, type Situation, wanted } from './decide.ts';
import type { Pause } from './run-files.ts';
import type { Phase } from './step-phase.ts';

const run = runOf(1, running(at(10)));
const waiting: Phase = { phase: 'waiting', next: 1 };
const again: Phase = { phase: 'again', next: 2, why: 'retry' };
const isRunning: Phase = { phase: 'running', run };
const done: Phase = { phase: 'done', at: at(10) };
const failed: Phase = { phase: 'failed', at: at(10), code: 1 };
const freeze: Pause = { at: at(11), resumeBy: at(14, 30), mode: 'freeze' };
const checkpoint: Pause = { ...freeze, mode: 'checkpoint' };
const frozen: Phase = { phase: 'paused', run, pause: freeze, next: undefined };
const checkpointed: Phase = { phase: 'paused', run, pause: checkpoint, next: 2 };
const freezing: Phase = { phase: 'pausing', run, pause: freeze };
const writing: Phase = { phase: 'pausing', run, pause: checkpoint };

const JUST = 1;
const justBefore = (of: number) => instant(of - JUST);
const justAfter = (of: number) => instant(of + JUST);

const act = (phase: Phase, now: number, change: Partial<Situation> = {}) =>
  decide({
    step: stepOf(),
    phase,
    free: true,
    room: () => true,
    planned: plannedOf(),
    duration: stepOf().duration,
    remaining: millis(60 * MINUTE),
    margin: millis(3 * SECOND),
    now: instant(now),
    ...change,
  });

const START_1 = { act: 'start', number: 1 };
const START_2 = { act: 'start', number: 2 };
const NONE = { act: 'none' };
const RESUME = { act: 'resume', run };
const FREEZE_IT = { act: 'freeze', run };

describe('a step that waits', () => {
  it.each([
    ['before its first interval, stays', at(9, 30), NONE],
    ['starts as it begins', at(10), START_1],
    ['starts until it ends', justBefore(at(11)), START_1],
    ['not as it ends', at(11), NONE],
    ['stays in a gap until its latest start', justBefore(at(15)), NONE],
    ['starts at its latest start, whatever the plan', at(15), START_1],
  ])('%s', (_, now, expected) => expect(act(waiting, now)).toEqual(expected));

  it('waits for room at its site until its latest start', () => {
    const full = { room: () => false };
    expect([at(10), justBefore(at(15)), at(15)].map((now) => act(waiting, now, full))).toEqual([NONE, NONE, START_1]);
  });

  it('has room beside what fits with it, has ended or not begun, or runs elsewhere', () => {
    const [mine, other] = [stepOf({ name: 'mine' }), stepOf({ name: 'other' })];
    const room = (phase: Phase, cpus: number, sites = ['here', 'here']) =>
      hasRoom(
        mine,
        [mine, other],
        new Map([['other', phase]]),
        (name) => ({ name: sites[name === 'mine' ? 0 : 1] ?? '', capacity: { cpus, gpus: 0, memory: 0 } }),
        ({ needs }) => needs,
      );
    expect([waiting, done, failed].map((phase) => room(phase, 1))).toEqual([true, true, true]);
    const begun = [isRunning, frozen, checkpointed, writing, again];
    expect(begun.map((phase) => room(phase, 1))).toEqual(begun.map(() => false));
    expect([room(isRunning, 2), room(isRunning, 1, ['here', 'there'])]).toEqual([true, true]);
  });

  it('starts at once when the plan does not have it', () => {
    expect(act(waiting, at(9), { planned: undefined })).toEqual(START_1);
  });
});

it.each([waiting, again, isRunning, frozen, checkpointed, freezing, writing])(
  'nothing is done about a step whose predecessors are not done ($phase)',
  (phase) => {
    for (const now of [at(10, 30), at(12), at(15, 30)]) expect(act(phase, now, { free: false })).toEqual(NONE);
  },
);

it.each([done, failed])('nothing is done about a step that is over ($phase)', (phase) => {
  for (const now of [at(10, 30), at(12), at(15, 30)]) expect(act(phase, now)).toEqual(NONE);
});

it('a step that failed or was lost is started again at once, wanted or not', () => {
  for (const now of [at(9), at(10, 30), at(12)]) expect(act(again, now)).toEqual(START_2);
});

describe('a paused step', () => {
  it.each([
    ['stays in the gap', frozen, at(12), NONE],
    ['thaws as the next interval begins', frozen, at(13), RESUME],
    ['stays until it must go on', frozen, justBefore(at(14, 30)), NONE],
    ['thaws when it must go on', frozen, at(14, 30), RESUME],
    ['stays in the gap after its checkpoint', checkpointed, at(12), NONE],
    ['is started again after its checkpoint as the next interval begins', checkpointed, at(13), START_2],
    ['is started again after its checkpoint when it must go on', checkpointed, at(14, 30), START_2],
  ])('%s', (_, phase, now, expected) => expect(act(phase, now)).toEqual(expected));

  it('goes on at the latest start of the plan in force, where that has become earlier than its note', () => {
    const planned = plannedOf({ latestStart: at(12, 15) });
    expect(act(frozen, justBefore(at(12, 15)), { planned })).toEqual(NONE);
    expect(act(frozen, at(12, 15), { planned })).toEqual(RESUME);
  });

  it('goes on when the plan does not have it any more', () => {
    expect(act(frozen, at(12), { planned: undefined })).toEqual(RESUME);
    expect(act(checkpointed, at(12), { planned: undefined })).toEqual(START_2);
  });
});

describe('a step that was asked to stop and does not yet', () => {
  it.each([
    ['is asked again in the gap', freezing, at(12), FREEZE_IT],
    ['is let go on when it is wanted again', freezing, at(13), RESUME],
    ['is let go on when it must', freezing, at(14, 30), RESUME],
  ])('%s', (_, phase, now, expected) => expect(act(phase, now)).toEqual(expected));

  const step = stepOf({ interruptible: CHECKPOINT });
  it.each([
    ['is let write its checkpoint', at(11, 5), NONE],
    ['and for twice its declared time', at(11, 10), NONE],
    ['and is frozen where it is after that', justAfter(at(11, 10)), FREEZE_IT],
  ])('%s', (_, now, expected) => expect(act(writing, now, { step })).toEqual(expected));

  it('is let finish its checkpoint although it is wanted again', () => {
    const planned = plannedOf({ intervals: [{ start: at(11), end: at(13), level: 1 }] });
    expect(act(writing, at(11, 5), { step, planned })).toEqual(NONE);
  });
});

describe('a running step', () => {
  it('runs on while it is wanted', () => {
    for (const now of [at(10), justBefore(at(11)), at(13)]) expect(act(isRunning, now)).toEqual(NONE);
  });

  it('pauses in a gap, until what is left of it and the margin fit before its deadline', () => {
    const resumeBy = instant(at(15) - 3 * SECOND);
    expect(act(isRunning, at(11))).toEqual({ act: 'pause', run, resumeBy, mode: 'freeze' });
  });

  it('leaves room for its restart where that takes time', () => {
    const resumeBy = instant(at(15) - 2 * MINUTE - 3 * SECOND);
    const step = stepOf({ interruptible: CHECKPOINT });
    expect(act(isRunning, at(11), { step })).toEqual({ act: 'pause', run, resumeBy, mode: 'checkpoint' });
  });

  it('is asked for its checkpoint so that it is written by the end of the interval', () => {
    const step = stepOf({ interruptible: CHECKPOINT });
    expect(act(isRunning, justBefore(at(10, 55)), { step })).toEqual(NONE);
    expect(act(isRunning, at(10, 55), { step })).toMatchObject({ act: 'pause', mode: 'checkpoint' });
  });

  it('runs on where the plan has nothing more of it', () => {
    expect(act(isRunning, at(14))).toEqual(NONE);
    expect(act(isRunning, at(12), { planned: undefined })).toEqual(NONE);
  });

  it('runs on when it would have to go on at once', () => {
    const planned = plannedOf({ deadline: at(13) });
    const must = at(13) - 60 * MINUTE - 3 * SECOND;
    expect(act(isRunning, must, { planned })).toEqual(NONE);
    expect(act(isRunning, justBefore(must), { planned })).toMatchObject({ act: 'pause', resumeBy: must });
  });

  it('runs on when it may not be stopped', () => {
    expect(act(isRunning, at(12), { step: stepOf({ interruptible: { mode: 'never' } }) })).toEqual(NONE);
  });

  it('runs on when it is nearly done: within a minute, or a twentieth of a short one', () => {
    expect(act(isRunning, at(12), { remaining: MINUTE })).toEqual(NONE);
    expect(act(isRunning, at(12), { remaining: millis(MINUTE + 1) })).toMatchObject({ act: 'pause' });
    const duration = millis(100 * SECOND);
    expect(act(isRunning, at(12), { duration, remaining: millis(5 * SECOND) })).toEqual(NONE);
    expect(act(isRunning, at(12), { duration, remaining: millis(5 * SECOND + 1) })).toMatchObject({ act: 'pause' });
  });

  it('is not paused any more once it has run past its declared duration', () => {
    const { duration } = stepOf();
    expect(act(isRunning, at(12), { remaining: left(duration, millis(180 * MINUTE)) })).toEqual(NONE);
  });
});

describe('what is left of a step', () => {
  it('is its duration less what it ran, in whole seconds up', () => {
    expect(left(stepOf().duration, millis(30 * MINUTE))).toBe(90 * MINUTE);
    expect(left(stepOf().duration, millis(30 * MINUTE + 1))).toBe(90 * MINUTE);
    expect(left(stepOf().duration, millis(30 * MINUTE + 1_000))).toBe(90 * MINUTE - 1_000);
  });

  it('is never nothing', () => {
    expect(left(stepOf().duration, millis(300 * MINUTE))).toBe(MINUTE);
    expect(left(millis(4 * SECOND), millis(9 * SECOND))).toBe(SECOND);
  });
});

it('an interval is half-open', () => {
  expect([at(10), justBefore(at(11)), at(11), justBefore(at(10))].map((now) => wanted(plannedOf(), now))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('the planner is told what has begun, what is paused and what is done, on the run’s clock', () => {
  const where = { site: 'here', level: 2 };
  const told = (phase: Phase) => progressOf(phase, where, millis(90 * MINUTE), (wall) => instant(wall + 7));
  const begun = { ...where, remaining: 90 * MINUTE };
  expect(told(done)).toEqual({ state: 'done', at: at(10) + 7 });
  for (const phase of [isRunning, freezing, writing]) expect(told(phase)).toEqual({ state: 'running', ...begun });
  for (const phase of [frozen, checkpointed]) expect(told(phase)).toEqual({ state: 'paused', ...begun });
  for (const phase of [waiting, again, failed]) expect(told(phase)).toEqual({ state: 'waiting' });
});
