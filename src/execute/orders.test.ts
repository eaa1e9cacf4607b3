import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { plan } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { at, plannedOf, stepOf } from '../../test/support/keeping.ts';
import { instant, MINUTE } from '../units.ts';
import { ordersOf } from './orders.ts';
import type { WorkflowRun } from './records.ts';
import {
  readEnvironment,
  readOrders,
  readPause,
  type StepOrder,
  UNREADABLE_PAUSE,
  writeOrders,
  writePause,
} from './run-files.ts';

let root: string;
beforeEach(() => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  root = folder;
});

const runWith = (...steps: readonly ReturnType<typeof stepOf>[]): WorkflowRun => ({
  id: 'nightly-1',
  definition: {
    workflow: {
      name: 'nightly',
      project: undefined,
      labels: {},
      unit: undefined,
      deadline: at(16),
      policy: {
        minPredictedSavingPercent: 0,
        maxDelay: undefined,
        maxCostPremiumPercent: undefined,
        allowCountries: undefined,
      },
      steps,
    },
    sites: [],
    slotMinutes: 15,
    grid: { from: 'live' },
  },
  submittedAt: at(8),
  clock: { wall: at(8), shown: at(8), speed: 1 },
  folder: root,
  desired: 'run',
  state: 'active',
  endedAt: null,
  controller: null,
  epoch: 1,
});

const written = () =>
  ordersOf(
    runWith(
      stepOf({ name: 'train', retries: 2, timeout: MINUTE, environment: { A: '1' } }),
      stepOf({ name: 'tell', after: ['train'], command: { form: 'shell', line: 'echo "$A" | wc' } }),
    ),
    { ...plan, steps: [plannedOf({ step: 'train', latestStart: at(15) })] },
  );

describe('orders', () => {
  it('are what the guard must know of each step, and come back from the disk as they were', () => {
    const orders = written();
    expect(orders.steps[0]).toEqual({
      name: 'train',
      after: [],
      argv: ['true'],
      environment: { A: '1' },
      directory: '/',
      retries: 2,
      timeout: MINUTE,
      latestStart: at(15),
      starts: expect.any(Array),
      level: 1,
    });
    writeOrders(root, orders);
    expect(readOrders(root)).toEqual(orders);
  });

  it('hand a shell line to the shell as it was written, without limit where none was declared', () => {
    expect(written().steps[1]).toMatchObject({
      argv: ['/bin/sh', '-c', 'echo "$A" | wc'],
      timeout: null,
      after: ['train'],
    });
  });

  it('let a step that the plan could not place wait for nothing', () => {
    expect(written().steps[1]?.latestStart).toBe(0);
  });

  it('that are not there are told from those that cannot be read', () => {
    expect(readOrders(root)).toBeUndefined();
    mkdirSync(join(root, 'orders.json'));
    expect(readOrders(root)).toBe('unreadable');
  });

  const whole = JSON.parse(JSON.stringify(written()));
  const [step] = whole.steps;
  it.each([
    ['empty', ''],
    ['half of it', JSON.stringify(whole).slice(0, -20)],
    ['of another version', JSON.stringify({ ...whole, schemaVersion: 2 })],
    ['without a clock', JSON.stringify({ ...whole, clock: null })],
    ['without steps', JSON.stringify({ ...whole, steps: {} })],
    ['with a step that has nothing to run', JSON.stringify({ ...whole, steps: [{ ...step, argv: [] }] })],
    ['with a latest start that is no instant', JSON.stringify({ ...whole, steps: [{ ...step, latestStart: null }] })],
    ['with an environment of numbers', JSON.stringify({ ...whole, steps: [{ ...step, environment: { A: 1 } }] })],
  ])('that are damaged cannot be read: %s', (_, text) => {
    writeFileSync(join(root, 'orders.json'), text);
    expect(readOrders(root)).toBe('unreadable');
  });
});

describe('a pause', () => {
  it('comes back from the disk as it was', () => {
    const pause = { at: at(11), resumeBy: instant(Number.MAX_SAFE_INTEGER), mode: 'checkpoint' } as const;
    writePause(root, pause);
    expect(readPause(root)).toEqual(pause);
  });

  it.each(['', '{', '{}', '{"at":1,"resumeBy":"later","mode":"freeze"}', '{"at":1,"resumeBy":2,"mode":"sleep"}'])(
    'that is damaged is over: %s',
    (text) => {
      writeFileSync(join(root, 'pause.json'), text);
      expect(readPause(root)).toBe(UNREADABLE_PAUSE);
      expect(UNREADABLE_PAUSE.resumeBy).toBe(0);
    },
  );
});

it('an environment that is not kept, or damaged, is this process’s own', () => {
  const own = readEnvironment(root);
  expect(own['PATH']).toBe(process.env['PATH']);
  writeFileSync(join(root, 'environment.json'), '{"PATH":"/kept"');
  expect(readEnvironment(root)).toEqual(own);
  writeFileSync(join(root, 'environment.json'), '{"PATH":"/kept","N":1}');
  expect(readEnvironment(root)).toEqual({ PATH: '/kept' });
});

describe('the size of a step that the plan could not place', () => {
  const levels = [
    { level: 2, speed: 1, power: undefined, needs: {} },
    { level: 4, speed: 1.8, power: undefined, needs: {} },
  ];
  const run = runWith(stepOf({ name: 'train', levels }));
  const unplaced = { ...plan, steps: [] };

  it('is the one it was ordered in before, and the quickest where nothing was', () => {
    const [first] = ordersOf(run, unplaced).steps;
    const level = (known: ReadonlyMap<string, StepOrder>) => ordersOf(run, unplaced, known).steps[0]?.level;
    expect(first?.level).toBe(4);
    expect(level(new Map(first === undefined ? [] : [['train', { ...first, level: 2 }]]))).toBe(2);
  });
});
