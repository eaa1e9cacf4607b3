import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hour, insertRun } from '../../test/support/account.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { openStore, type Store } from '../store/index.ts';
import { type Identity, identify, identifySelf } from './executors/local/process.ts';
import {
  endRecord,
  fenced,
  findRun,
  letGo,
  listActive,
  listRuns,
  readDesired,
  readEvents,
  recordEvents,
  setDesired,
  takeOver,
} from './records.ts';

let store: Store;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  store = await openStore(folder);
  onTestFinished(() => store.close());
  for (const id of ['one', 'two']) await insertRun(store, id);
});

const self = identifySelf();
/** A process that lives and is not this one. */
const other = identify(process.ppid) ?? self;
const DEAD: Identity = { ...other, start: 'never' };
const event = (kind: string) => ({ at: hour(1), step: null, kind, text: kind });
const kinds = async (id: string) => (await readEvents(store, id)).map(({ kind }) => kind);

describe('two runs in one store', () => {
  it('ending one leaves the other active', async () => {
    const one = await findRun(store, 'one');
    const two = await findRun(store, 'two');
    await endRecord(store, one, 'failed', hour(2));
    expect(await findRun(store, 'one')).toMatchObject({ state: 'failed', endedAt: hour(2) });
    expect(await findRun(store, 'two')).toEqual(two);
  });

  it('a wish for one is none for the other', async () => {
    await setDesired(store, 'one', 'pause');
    expect(await readDesired(store, await findRun(store, 'one'))).toBe('pause');
    expect(await readDesired(store, await findRun(store, 'two'))).toBe('run');
  });

  it('who takes one over, and lets it go, has nothing to do with the other', async () => {
    const one = await takeOver(store, 'one', self);
    expect(await findRun(store, 'two')).toMatchObject({ controller: null, epoch: 1 });
    const two = await takeOver(store, 'two', self);
    await letGo(store, one);
    expect(await findRun(store, 'one')).toMatchObject({ controller: null, epoch: 2 });
    expect(await findRun(store, 'two')).toMatchObject({ controller: self, epoch: two.epoch });
  });

  it('have their own events', async () => {
    await recordEvents(store, await findRun(store, 'one'), [event('a'), event('b')]);
    await recordEvents(store, await findRun(store, 'two'), [event('c')]);
    expect([await kinds('one'), await kinds('two')]).toEqual([['a', 'b'], ['c']]);
  });

  it('are listed the newest first, whenever their clocks began; those that ended are not active', async () => {
    for (const id of ['two', 'one']) await recordEvents(store, await findRun(store, id), [event('run-accepted')]);
    const ids = (runs: readonly { readonly id: string }[]) => runs.map(({ id }) => id);
    expect(ids(await listRuns(store, 10))).toEqual(['one', 'two']);
    expect(ids(await listRuns(store, 1))).toEqual(['one']);
    expect(ids(await listActive(store))).toEqual(['one', 'two']);
    await endRecord(store, await findRun(store, 'one'), 'done', hour(2));
    expect(ids(await listRuns(store, 10))).toEqual(['one', 'two']);
    expect(ids(await listActive(store))).toEqual(['two']);
  });
});

describe('taking over', () => {
  it('is refused while another process that lives attends it', async () => {
    await takeOver(store, 'one', other);
    await expect(takeOver(store, 'one', self)).rejects.toMatchObject({ code: 'execute/attended' });
    expect(await findRun(store, 'one')).toMatchObject({ controller: other, epoch: 2 });
  });

  it('succeeds from one that is dead, from oneself, and from nobody, each under a new epoch', async () => {
    expect(await takeOver(store, 'one', DEAD)).toMatchObject({ epoch: 2 });
    expect(await takeOver(store, 'one', self)).toMatchObject({ epoch: 3, controller: self });
    expect(await takeOver(store, 'one', self)).toMatchObject({ epoch: 4 });
    await expect(takeOver(store, 'none', self)).rejects.toMatchObject({ code: 'execute/not-found' });
  });

  it('ends what the one before could write', async () => {
    const before = await takeOver(store, 'one', DEAD);
    const now = await takeOver(store, 'one', self);
    await expect(recordEvents(store, before, [event('late')])).rejects.toMatchObject({ code: 'execute/attended' });
    await expect(endRecord(store, before, 'done', hour(1))).rejects.toMatchObject({ code: 'execute/attended' });
    await expect(fenced(store, before, async () => 1)).rejects.toMatchObject({ code: 'execute/attended' });
    await letGo(store, before); // it is not its own any more
    expect(await findRun(store, 'one')).toMatchObject({ state: 'active', controller: self });
    await recordEvents(store, now, [event('timely')]);
    expect(await kinds('one')).toEqual(['timely']);
    expect(await fenced(store, now, async () => 1)).toBe(1);
  });
});

describe('a wish', () => {
  it('may change between running and pausing as often as people like', async () => {
    for (const desired of ['pause', 'run', 'pause', 'pause', 'run'] as const) await setDesired(store, 'one', desired);
    expect(await readDesired(store, await findRun(store, 'one'))).toBe('run');
  });

  it('to cancel is the last one, and may be repeated', async () => {
    await setDesired(store, 'one', 'cancel');
    for (const desired of ['run', 'pause'] as const) {
      await expect(setDesired(store, 'one', desired)).rejects.toMatchObject({ code: 'execute/cannot' });
    }
    await setDesired(store, 'one', 'cancel');
    expect(await readDesired(store, await findRun(store, 'one'))).toBe('cancel');
  });

  it('comes too late for a run that has ended', async () => {
    await endRecord(store, await findRun(store, 'one'), 'done', hour(1));
    for (const desired of ['run', 'pause', 'cancel'] as const) {
      await expect(setDesired(store, 'one', desired)).rejects.toMatchObject({ code: 'execute/cannot' });
    }
  });
});

describe('finding a run', () => {
  beforeEach(async () => {
    for (const id of ['two-a', 'a_c', 'abc']) await insertRun(store, id);
  });

  it('takes its id, or the beginning of it that only it has', async () => {
    expect((await findRun(store, 'two')).id).toBe('two');
    expect((await findRun(store, 'two-')).id).toBe('two-a');
  });

  it('does not guess', async () => {
    await expect(findRun(store, 't')).rejects.toMatchObject({
      code: 'execute/not-found',
      message: expect.stringContaining('several'),
    });
    await expect(findRun(store, 'x')).rejects.toMatchObject({
      code: 'execute/not-found',
      message: expect.stringContaining('no run'),
    });
    for (const pattern of ['%', '_', '']) {
      await expect(findRun(store, pattern), pattern).rejects.toMatchObject({
        message: expect.stringContaining('no run'),
      });
    }
  });
});
