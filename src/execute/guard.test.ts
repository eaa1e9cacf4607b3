import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, until } from '../../test/support/folders.ts';
import { at, ended, keeperWith, lost, type Noted, notingExecutor, running } from '../../test/support/keeping.ts';
import { HOUR, type Instant, instant, MINUTE } from '../units.ts';
import { identify, identifySelf } from './executors/local/process.ts';
import { guard, look } from './guard.ts';
import {
  appendTurn,
  markSet,
  type Orders,
  readTurns,
  runFolder,
  type StepOrder,
  writeOrders,
  writePause,
} from './run-files.ts';

let root: string;
let noted: Noted;
let now: Instant;
const signal = new AbortController().signal;

beforeEach(() => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  root = folder;
  now = at(12);
  noted = notingExecutor(root, () => now);
});

const orderOf = (change: Partial<StepOrder> = {}): StepOrder => ({
  name: 'train',
  after: [],
  argv: ['true'],
  environment: {},
  directory: '/',
  retries: 0,
  timeout: null,
  latestStart: at(15),
  starts: [],
  ...change,
});
const ordersOf = (...steps: readonly StepOrder[]): Orders => ({
  schemaVersion: 1,
  workflowRun: 'nightly',
  clock: { wall: at(0), shown: at(0), speed: 1 },
  steps,
});
const looked = (...steps: readonly StepOrder[]) =>
  look(
    keeperWith(root, noted.executor, () => now),
    ordersOf(...steps),
    signal,
  );

function claimed(step: string, number: number, seen: Parameters<Noted['seen']['set']>[1]): string {
  const folder = runFolder(root, step, number);
  mkdirSync(folder, { recursive: true });
  noted.seen.set(`${step}/${number}`, seen);
  return folder;
}

describe('a look of the guard', () => {
  it('starts a step at its latest start and not before', async () => {
    now = instant(at(15) - 1);
    expect(await looked(orderOf())).toBe(false);
    expect(noted.calls).toEqual([]);
    now = at(15);
    expect(await looked(orderOf())).toBe(false);
    expect(noted.calls).toEqual(['start train/1']);
  });

  it('starts no step before those it waits for are done, however late it is', async () => {
    now = at(20);
    const both = [orderOf({ name: 'before' }), orderOf({ after: ['before'] })] as const;
    claimed('before', 1, running(at(15)));
    await looked(...both);
    expect(noted.calls).toEqual([]);
    noted.seen.set('before/1', ended(at(15), at(19), 0));
    await looked(...both);
    expect(noted.calls).toEqual(['start train/1']);
  });

  it('tries a failed step again while retries are left, and a lost one', async () => {
    claimed('train', 1, ended(at(10), at(11), 1));
    expect(await looked(orderOf())).toBe(true);
    expect(noted.calls).toEqual([]);
    await looked(orderOf({ retries: 1 }));
    expect(noted.calls).toEqual(['start train/2']);
    claimed('other', 1, lost(at(10)));
    await looked(orderOf({ name: 'other' }));
    expect(noted.calls.at(-1)).toBe('start other/2');
  });

  it('thaws a frozen step when it must go on, and starts it again after a checkpoint', async () => {
    const frozen = claimed('frozen', 1, running(at(10), true));
    const pause = { at: at(11), resumeBy: at(13) } as const;
    writePause(frozen, { ...pause, mode: 'freeze' });
    appendTurn(frozen, { wall: at(11), turn: 'stop', by: 'controller' });
    const written = claimed('written', 1, ended(at(10), at(11), 75));
    writePause(written, { ...pause, mode: 'checkpoint' });
    markSet(written, 'asked');
    const both = [orderOf({ name: 'frozen' }), orderOf({ name: 'written' })] as const;
    now = instant(at(13) - 1);
    await looked(...both);
    expect(noted.calls).toEqual([]);
    now = at(13);
    await looked(...both);
    expect(noted.calls).toEqual(['thaw frozen/1', 'start written/2']);
    expect(readTurns(frozen).at(-1)).toEqual({ wall: at(13), turn: 'go', by: 'controller' });
  });

  it('lets a step go on when the note of its pause cannot be read', async () => {
    const folder = claimed('train', 1, running(at(10), true));
    writeFileSync(join(folder, 'pause.json'), '{"at":');
    await looked(orderOf());
    expect(noted.calls).toEqual(['thaw train/1']);
    noted.seen.set('train/1', running(at(10)));
    await looked(orderOf());
    expect(noted.calls).toHaveLength(1);
  });

  it('ends a step at its timeout', async () => {
    claimed('train', 1, running(at(11)));
    await looked(orderOf({ timeout: HOUR }));
    expect(noted.calls).toEqual([]);
    now = at(12, 1);
    await looked(orderOf({ timeout: HOUR }));
    expect(noted.calls).toEqual(['terminate train/1']);
  });

  it('stops what runs and starts nothing while people hold the workflow', async () => {
    now = at(20);
    const frozen = claimed('frozen', 1, running(at(10), true));
    writePause(frozen, { at: at(11), resumeBy: at(13), mode: 'freeze' });
    claimed('hangs', 1, running(at(10)));
    markSet(root, 'hold');
    const steps = [orderOf(), orderOf({ name: 'frozen' }), orderOf({ name: 'hangs', timeout: MINUTE })] as const;
    expect(await looked(...steps)).toBe(false);
    expect(noted.calls).toEqual(['freeze hangs/1']);
  });

  it('ends what runs once people cancelled it, starts nothing, and is over when nothing runs', async () => {
    now = at(20);
    claimed('runs', 1, running(at(10)));
    markSet(root, 'cancel');
    markSet(root, 'hold'); // a cancellation is the last word
    expect(await looked(orderOf(), orderOf({ name: 'runs' }))).toBe(false);
    expect(noted.calls).toEqual(['terminate runs/1']);
    noted.seen.set('runs/1', ended(at(10), at(20), 143));
    expect(await looked(orderOf(), orderOf({ name: 'runs' }))).toBe(true);
    expect(noted.calls).toHaveLength(1);
  });

  it('sees to the other steps when one cannot be started, and says why', async () => {
    now = at(15);
    const executor: Noted['executor'] = {
      ...noted.executor,
      async start(order, abort) {
        if (order.folder.includes('broken')) throw new Error('no room for it');
        await noted.executor.start(order, abort);
      },
    };
    const orders = ordersOf(orderOf({ name: 'broken' }), orderOf());
    await expect(
      look(
        keeperWith(root, executor, () => now),
        orders,
        signal,
      ),
    ).rejects.toThrow('no room for it');
    expect(noted.calls).toEqual(['start train/1']);
  });

  it('is the last one when all is done, or waits for what failed', async () => {
    claimed('train', 1, ended(at(10), at(11), 0));
    expect(await looked(orderOf())).toBe(true);
    noted.seen.set('train/1', ended(at(10), at(11), 1));
    expect(await looked(orderOf(), orderOf({ name: 'next', after: ['train'] }))).toBe(true);
    expect(await looked(orderOf(), orderOf({ name: 'beside' }))).toBe(false);
  });
});

describe('the guard', () => {
  it('ends when its orders are gone', async () => {
    await guard(root, signal);
    expect(readFileSync(join(root, 'guard'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  });

  it('goes on when its orders are damaged, says so, and takes new ones', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    onTestFinished(() => said.mockRestore());
    // A fast clock, so that it looks often; a step that waits for ever keeps it.
    const waiting: Orders = {
      ...ordersOf(orderOf({ latestStart: instant(1e15) })),
      clock: { wall: at(0), shown: at(0), speed: 1.001 },
    };
    writeOrders(root, waiting);
    let over = false;
    const guarding = guard(root, signal).then(() => {
      over = true;
    });
    writeFileSync(join(root, 'orders.json'), '{"schemaVersion":1,');
    await until('its word', () => said.mock.calls.length > 0);
    expect(String(said.mock.calls[0]?.[0])).toContain('orders.json');
    expect(over).toBe(false);
    writeOrders(root, ordersOf());
    await guarding;
  });

  it('that finds another alive leaves', async () => {
    writeOrders(root, ordersOf(orderOf({ latestStart: instant(1e15) })));
    const { pid, start, bootId } = identify(process.ppid) ?? identifySelf();
    const owner = `${pid} ${start} ${bootId}\n`;
    writeFileSync(join(root, 'guard'), owner);
    await guard(root, signal);
    expect(readFileSync(join(root, 'guard'), 'utf8')).toBe(owner);
  });
});

it('does not begin again what has begun and whose folder was removed', async () => {
  now = at(15);
  await looked(orderOf({ latestStart: at(13) }));
  expect(noted.calls).toHaveLength(1);
  rmSync(join(root, 'steps'), { recursive: true, force: true });
  noted.seen.clear();
  await expect(looked(orderOf({ latestStart: at(13) }))).rejects.toThrow('train has begun, and its folder is gone');
  expect(noted.calls).toHaveLength(1);
});

describe('the last plan', () => {
  it('is kept by the guard while nobody plans', async () => {
    const order = orderOf({ starts: [at(13)] });
    now = instant(at(13) - 1);
    await looked(order);
    expect(noted.calls).toEqual([]);
    now = at(13);
    await looked(order);
    expect(noted.calls).toHaveLength(1);
  });

  it('is left to the controller while one lives', async () => {
    const { pid, start, bootId } = identifySelf();
    writeFileSync(join(root, 'attended'), `${pid} ${start} ${bootId}`);
    now = at(13);
    await looked(orderOf({ starts: [at(13)] }));
    expect(noted.calls).toEqual([]);
    now = at(15);
    await looked(orderOf({ starts: [at(13)] }));
    expect(noted.calls).toHaveLength(1);
  });
});
