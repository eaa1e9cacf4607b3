import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { at, ended, lost, notingExecutor, running, runOf } from '../../test/support/keeping.ts';
import { markSet, type Pause, runFolder, writePause } from './run-files.ts';
import { isCheckpoint, phaseOf, type StepRun, seeSteps } from './step-phase.ts';

const pause: Pause = { at: at(11), resumeBy: at(14), mode: 'checkpoint' };
const alive = (number = 1, change: Partial<StepRun> = {}) => runOf(number, running(at(10)), change);
const over = (code: number, number = 1, change: Partial<StepRun> = {}) =>
  runOf(number, ended(at(10), at(12), code), change);
const gone = (number = 1) => runOf(number, lost(at(10)));
const many = (count: number, of: (number: number) => StepRun) => Array.from({ length: count }, (_, i) => of(i + 1));

describe('the phase of a step', () => {
  const frozen = runOf(1, running(at(10), true), { pause });
  const written = over(75, 1, { asked: true, pause });
  it.each([
    ['waits before its first run', [], { phase: 'waiting', next: 1 }],
    ['runs', [alive()], { phase: 'running', run: alive() }],
    ['is pausing while it was asked and still runs', [alive(1, { pause })], { phase: 'pausing', pause }],
    ['is paused when it stands still', [frozen], { phase: 'paused', pause, next: undefined }],
    [
      'still runs when it stands still and nobody asked for it',
      [runOf(1, running(at(10), true))],
      { phase: 'running' },
    ],
    ['is paused after its checkpoint, to be started again', [written], { phase: 'paused', pause, next: 2 }],
    ['is done by exit code 0', [over(0)], { phase: 'done', at: at(12) }],
    ['is done by exit code 0 although it was asked to stop', [over(0, 1, { asked: true, pause })], { phase: 'done' }],
    ['has failed by another', [over(3)], { phase: 'failed', at: at(12), code: 3 }],
    ['has failed by 75 when nobody asked for a checkpoint', [over(75)], { phase: 'failed', code: 75 }],
    ['starts again when it was lost', [gone()], { phase: 'again', next: 2, why: 'lost' }],
    ['runs by its last run', [over(75, 1, { asked: true }), alive(2)], { phase: 'running', run: { number: 2 } }],
  ])('%s', (_, runs, expected) => expect(phaseOf(runs, 0)).toMatchObject(expected));

  it('goes on at once when it was told to while it wrote its checkpoint', () => {
    expect(phaseOf([over(75, 1, { asked: true })], 0)).toMatchObject({
      phase: 'paused',
      pause: { resumeBy: 0 },
      next: 2,
    });
  });
});

describe('retries', () => {
  it.each([0, 1, 2])('%i: so many failures more than one are forgiven', (retries) => {
    expect(
      phaseOf(
        many(retries, (n) => over(1, n)),
        retries,
      ),
    ).toMatchObject(retries === 0 ? { phase: 'waiting' } : { phase: 'again', next: retries + 1, why: 'retry' });
    expect(
      phaseOf(
        many(retries + 1, (n) => over(1, n)),
        retries,
      ),
    ).toMatchObject({ phase: 'failed' });
  });

  it('are not used up by checkpoints', () => {
    const runs = [over(75, 1, { asked: true }), over(75, 2, { asked: true }), over(1, 3)];
    expect(phaseOf(runs, 1)).toMatchObject({ phase: 'again', next: 4 });
    expect(phaseOf(runs, 0)).toMatchObject({ phase: 'failed' });
  });

  it('are not used up by losses, of which three are forgiven', () => {
    expect(phaseOf(many(3, gone), 0)).toMatchObject({ phase: 'again', next: 4, why: 'lost' });
    expect(phaseOf(many(4, gone), 9)).toMatchObject({ phase: 'failed', at: at(10), code: undefined });
    expect(phaseOf([gone(), over(1, 2)], 1)).toMatchObject({ phase: 'again', next: 3 });
  });

  const killedByUs = (number: number) => over(138, number, { asked: true });
  it('are not used up by a request for a checkpoint that ended it, of which three are forgiven', () => {
    expect(phaseOf([killedByUs(1)], 0)).toMatchObject({ phase: 'again', next: 2, why: 'retry' });
    expect(phaseOf(many(3, killedByUs), 0)).toMatchObject({ phase: 'again' });
    expect(phaseOf(many(4, killedByUs), 0)).toMatchObject({ phase: 'failed', code: 138 });
  });

  it('are used up when we ended it for another reason, or no signal did', () => {
    expect(phaseOf([over(138, 1, { asked: true, ending: true })], 0)).toMatchObject({ phase: 'failed' });
    expect(phaseOf([over(138)], 0)).toMatchObject({ phase: 'failed' });
    expect(phaseOf([over(128, 1, { asked: true })], 0)).toMatchObject({ phase: 'failed' });
  });
});

it('a checkpoint is one that was asked for', () => {
  expect(isCheckpoint(over(75, 1, { asked: true }))).toBe(true);
  expect(isCheckpoint(over(75))).toBe(false);
  expect(isCheckpoint(over(0, 1, { asked: true }))).toBe(false);
  expect(isCheckpoint(alive(1, { asked: true }))).toBe(false);
});

it('steps are seen as the disk has them: runs in the order of their numbers, with what was asked of them', () => {
  const { folder: root, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  const { executor, seen } = notingExecutor(root, () => at(12));
  for (const number of [1, 2, 10, 11]) mkdirSync(runFolder(root, 'train', number), { recursive: true });
  mkdirSync(join(root, 'steps', 'train', 'other'));
  seen.set('train/1', ended(at(8), at(9), 1));
  seen.set('train/2', ended(at(9), at(10), 138));
  seen.set('train/10', running(at(11)));
  markSet(runFolder(root, 'train', 2), 'ending');
  markSet(runFolder(root, 'train', 10), 'asked');
  writePause(runFolder(root, 'train', 10), pause);
  const { runs, phases } = seeSteps(executor, root, [
    { name: 'train', retries: 2 },
    { name: 'next', retries: 0 },
  ]);
  // Nobody has claimed the eleventh.
  expect(runs.get('train')?.map(({ number, asked, ending }) => [number, asked, ending])).toEqual([
    [1, false, false],
    [2, false, true],
    [10, true, false],
  ]);
  expect(phases.get('train')).toMatchObject({ phase: 'pausing', pause });
  expect(phases.get('next')).toEqual({ phase: 'waiting', next: 1 });
});
