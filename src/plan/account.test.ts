import { describe, expect, test } from 'vitest';
import { MINUTE, millis } from '../units.ts';
import { type Draught, overheadsOf, type Placed } from './account.ts';
import { checkpoint, EIGHT, minute, outlook, power, request, site, step } from './fixtures.ts';
import { jobsOf } from './jobs.ts';
import type { Progress } from './plan.ts';

/** A step with a checkpoint of 5 min and a restart of 10 min, in stretches of minutes after eight. */
function placed(progress: Progress | undefined, stretches: readonly (readonly [number, number])[]): Placed {
  const asked = request({
    steps: [step({ name: 'train', minutes: 60, interruptible: checkpoint(5, 10) })],
    deadline: 480,
    outlooks: { DE: outlook([300, 300, 300, 300, 300, 300, 300, 300]) },
    sites: [site()],
    ...(progress === undefined ? {} : { progress: { train: progress } }),
  });
  const [job] = jobsOf(asked, power);
  const option = job?.options[0];
  if (job === undefined || option === undefined) throw new Error('there is one job with one option');
  return { job, option, stretches: stretches.map(([start, end]) => ({ start: minute(start), end: minute(end) })) };
}

const inMinutes = (draughts: readonly Draught[]) =>
  draughts.filter(({ kw }) => kw > 0).map(({ start, end }) => [(start - EIGHT) / MINUTE, (end - EIGHT) / MINUTE]);

describe('What is drawn beside the work', () => {
  const remaining = millis(60 * MINUTE);

  test('is nothing for a step in one piece, whenever it begins', () => {
    expect(inMinutes(overheadsOf(placed(undefined, [[90, 150]]), EIGHT))).toEqual([]);
  });

  test('is nothing for a step that runs and goes on at once', () => {
    const running = placed({ state: 'running', site: 'here', remaining }, [[0, 60]]);
    expect(inMinutes(overheadsOf(running, EIGHT))).toEqual([]);
  });

  test('is a restart for a step that runs now and is to go on later', () => {
    const running = placed({ state: 'running', site: 'here', remaining }, [[30, 90]]);
    expect(inMinutes(overheadsOf(running, EIGHT))).toEqual([[30, 40]]);
  });

  test('is a restart for a step that is paused, even when it goes on at once', () => {
    const paused = placed({ state: 'paused', site: 'here', remaining }, [[0, 70]]);
    expect(inMinutes(overheadsOf(paused, EIGHT))).toEqual([[0, 10]]);
  });

  test('is a checkpoint before each pause and a restart after it', () => {
    const split = placed(undefined, [
      [0, 30],
      [60, 80],
      [120, 145],
    ]);
    expect(inMinutes(overheadsOf(split, EIGHT))).toEqual([
      [60, 70],
      [120, 130],
      [25, 30],
      [75, 80],
    ]);
  });
});
