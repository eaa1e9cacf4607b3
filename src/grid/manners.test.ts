import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { at, failureOf, scripted } from '../../test/support/grid-replies.ts';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { HOUR, instant, MINUTE, millis } from '../units.ts';
import { type Pace, PROVIDERS, type Provider } from './index.ts';
import { createManners } from './manners.ts';

const root = mkdtempSync(join(tmpdir(), 'manners-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => {
  folders += 1;
  return join(root, `${folders}`);
};

const START = at('2026-03-18T12:00Z');
const provider = (more: Partial<Provider> = {}): Provider => ({
  id: 'test',
  about: 'a provider for tests',
  keys: [],
  signal: { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2' },
  covers: () => true,
  intensity: () => Promise.reject(new Error('not asked here')),
  ...more,
});
const paced = (pace: Pace): Provider => provider({ pace });

/** The manners of one process at `shift` after the start; `waits`: what the host says to a request. */
const processAt = (folder: string | undefined, shift = 0, more: { wait?: number; key?: string } = {}) => {
  const transport = scripted((_, { leaveAlone }) => {
    if (more.wait === undefined) return 'fine';
    leaveAlone?.(millis(more.wait));
    return new Failure('grid/unavailable', 'the host answers 429');
  });
  const clock = standingClock(instant(START + shift));
  const manners = createManners({ transport, clock, key: () => more.key ?? '', folder });
  const get = (whose: Provider) =>
    manners.transportFor(whose).get('https://test', { signal: new AbortController().signal });
  return { ...manners, get, transport };
};
const down = { failure: new Failure('grid/unavailable', 'test is down') };

describe('turns', () => {
  it('are given to one process at a time, whichever of them comes first', async () => {
    const folder = newFolder();
    const others = Array.from({ length: 20 }, () => processAt(folder));
    const turns = await Promise.all(others.map(({ turn }) => turn(provider(), 'DE')));
    expect(turns.filter(({ is }) => is === 'yours')).toHaveLength(1);
    expect(turns.filter(({ is }) => is === 'taken')).toHaveLength(19);
    expect((await processAt(folder).turn(provider(), 'FR')).is).toBe('yours');
  });

  it('come back once a minute, sooner only for what the last answer did not hold', async () => {
    const folder = newFolder();
    const first = processAt(folder);
    await first.turn(provider(), 'DE');
    await first.settle(provider(), 'DE', 'answered');
    const later = (shift: number, seen?: number) => processAt(folder, shift).turn(provider(), 'DE', seen);
    expect(await later(59_000)).toEqual({ is: 'too soon', turns: 1 });
    expect((await later(60_000)).is).toBe('yours');
    await processAt(folder, 60_000).settle(provider(), 'DE', 'answered');
    // Of two who miss the same in the answer of that turn, one asks.
    expect((await later(61_000, 2)).is).toBe('yours');
    await processAt(folder, 61_000).settle(provider(), 'DE', 'answered');
    expect(await later(61_000, 2)).toEqual({ is: 'too soon', turns: 3 });
  });

  it('come back at once from a process that ended while it asked, and after half a minute from one that hangs', async () => {
    const folder = newFolder();
    await processAt(folder).turn(provider(), 'DE');
    const later = async (shift: number) => (await processAt(folder, shift).turn(provider(), 'DE')).is;
    expect([await later(29_000), await later(30_000)]).toEqual(['taken', 'yours']);
    const file = join(folder, 'test.manners.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(`"by":${process.pid}`, '"by":2147483646'));
    expect(await later(31_000)).toBe('yours');
  });

  it('rest for ten minutes after three failures, for every process and with the reason', async () => {
    const folder = newFolder();
    const fail = async (shift: number) => {
      const one = processAt(folder, shift);
      const turn = await one.turn(provider(), 'DE');
      if (turn.is === 'yours') await one.settle(provider(), 'DE', down);
      return turn.is;
    };
    expect([await fail(0), await fail(30_000), await fail(MINUTE), await fail(2 * MINUTE)]).toEqual([
      'yours',
      'resting',
      'yours',
      'yours',
    ]);
    expect(await fail(12 * MINUTE - 1_000)).toBe('resting');
    const rest = await processAt(folder, 5 * MINUTE).turn(provider(), 'DE');
    expect(rest).toMatchObject({ is: 'resting', failure: { code: 'grid/unavailable', message: 'test is down' } });
    expect((await processAt(folder, 5 * MINUTE).turn(provider(), 'FR')).is).toBe('yours');
    expect(await fail(12 * MINUTE)).toBe('yours');
  });

  it('are not counted as failures when whoever asked could not wait', async () => {
    const folder = newFolder();
    for (let minute = 0; minute < 5; minute += 1) {
      const one = processAt(folder, minute * MINUTE);
      expect((await one.turn(provider(), 'DE')).is).toBe('yours');
      await one.settle(provider(), 'DE', { ...down, impatient: true });
      expect((await one.turn(provider(), 'DE')).is).toBe('resting');
    }
  });

  it('are known to a process whose clock shows whole seconds', async () => {
    const folder = newFolder();
    const exact = processAt(folder, 900);
    await exact.turn(provider(), 'DE');
    await exact.settle(provider(), 'DE', 'answered');
    expect((await processAt(folder).turn(provider(), 'DE')).is).toBe('too soon');
  });

  it('do not rest for what another key was refused, and keep no key', async () => {
    const folder = newFolder();
    const keyed = provider({ keys: ['KEY'] });
    const wrong = processAt(folder, 0, { key: 'a-wrong-key' });
    await wrong.turn(keyed, 'DE');
    await wrong.settle(keyed, 'DE', { failure: new Failure('grid/not-configured', 'the key is not accepted') });
    const turnOf = async (key: string) => (await processAt(folder, 1_000, { key }).turn(keyed, 'DE')).is;
    expect([await turnOf('a-wrong-key'), await turnOf('the-right-key')]).toEqual(['resting', 'yours']);
    expect(readFileSync(join(folder, 'test.manners.json'), 'utf8')).not.toMatch(/a-wrong-key|the-right-key/);
  });

  it.each(['', '{"schemaVersion":1', '{"schemaVersion":2}', '[]'])('are given where the file says %j', async (text) => {
    const folder = newFolder();
    await processAt(folder).turn(provider(), 'DE');
    writeFileSync(join(folder, 'test.manners.json'), text);
    expect((await processAt(folder).turn(provider(), 'DE')).is).toBe('yours');
    expect(statSync(join(folder, 'test.manners.json')).mode & 0o777).toBe(0o600);
  });

  it('are given where a clock that was ahead wrote them down', async () => {
    const folder = newFolder();
    const ahead = processAt(folder, 5 * HOUR, { wait: 30 * HOUR });
    await ahead.turn(provider(), 'DE');
    await failureOf(ahead.get(provider()));
    await ahead.settle(provider(), 'DE', down);
    expect((await processAt(folder).turn(provider(), 'DE')).is).toBe('yours');
  });
});

describe('the pace of a host', () => {
  it('is shared by all processes and all zones, and is told when it is used up', async () => {
    const folder = newFolder();
    const whose = paced({ requests: 3, per: millis(10 * MINUTE) });
    for (let i = 0; i < 3; i += 1) await processAt(folder).get(whose);
    const late = processAt(folder);
    const failure = await failureOf(late.get(whose));
    expect(failure.message).toBe('test is not asked: its 3 requests in 10 min are used up until 12:04Z');
    expect(late.transport.asked).toEqual([]);
    expect((await late.turn(whose, 'DE')).is).toBe('resting');
    await processAt(folder, 4 * MINUTE).get(whose);
    await failureOf(processAt(folder, 5 * MINUTE).get(whose));
  });

  it('leaves half of the places to decisions, and has what nobody waits for wait until half are free', async () => {
    const folder = newFolder();
    const whose = paced({ requests: 4, per: millis(8 * MINUTE) });
    let shown = START;
    const waits: number[] = [];
    const clock = {
      ...standingClock(START),
      now: () => shown,
      until: async (to: typeof START) => {
        if (to > shown) waits.push((to - shown) / MINUTE);
        shown = instant(Math.max(shown, to));
      },
    };
    const manners = createManners({ transport: scripted(() => 'fine'), clock, key: () => '', folder });
    const live = { signal: new AbortController().signal };
    const read = () => manners.transportFor(whose, 'background').get('https://test', live);
    const decide = () => manners.transportFor(whose).get('https://test', live);
    await read();
    await read();
    await decide();
    await decide();
    expect(waits).toEqual([]);
    await read();
    expect(waits).toEqual([6]);
    const gone = { signal: AbortSignal.abort(new Error('enough')) };
    await expect(manners.transportFor(whose, 'background').get('https://test', gone)).rejects.toThrow('enough');
    const stands = processAt(folder, 6 * MINUTE);
    const failure = await failureOf(stands.transportFor(whose, 'background').get('https://test', live));
    expect(failure.message).toBe('test is not asked: half of its 4 requests in 8 min are kept free');
    await stands.get(whose);
  });

  it('is of all providers that share a host, and of no other', async () => {
    const folder = newFolder();
    const pace = { requests: 1, per: HOUR, of: 'host' };
    await processAt(folder).get(provider({ pace }));
    expect((await failureOf(processAt(folder).get(provider({ id: 'sibling', pace })))).message).toMatch(/used up/);
    await processAt(folder).get(provider({ id: 'stranger' }));
  });

  it('is no fault of the provider when it is used up in the middle of an answer', async () => {
    const folder = newFolder();
    const whose = paced({ requests: 1, per: millis(3 * MINUTE) });
    for (const shift of [0, 3, 6, 9]) {
      const one = processAt(folder, shift * MINUTE);
      expect((await one.turn(whose, 'DE')).is).toBe('yours');
      await one.get(whose);
      await one.settle(whose, 'DE', { failure: await failureOf(one.get(whose)) });
    }
  });

  it('is a second where it is not known', async () => {
    const one = processAt(newFolder());
    for (let i = 0; i < 60; i += 1) await one.get(provider());
    // Two places that are soon free are waited for.
    await one.get(provider());
    await one.get(provider());
    expect((await failureOf(one.get(provider()))).message).toMatch(/its 60 requests in 1 min are used up until 12:01Z/);
  });

  it('is stated by providers as at least one request', () => {
    for (const { id, pace } of PROVIDERS) {
      if (pace === undefined) continue;
      expect(Number.isInteger(pace.requests) && pace.requests > 0 && pace.per > 0, id).toBe(true);
      expect(pace.of ?? id).toMatch(/^[a-z0-9-]+$/);
    }
  });
});

describe('a wish to be left alone', () => {
  it('is heard by every process, at every zone, until its time', async () => {
    const folder = newFolder();
    const first = processAt(folder, 0, { wait: 2 * HOUR + 5 * MINUTE });
    await first.turn(provider(), 'DE');
    const failure = await failureOf(first.get(provider()));
    const words = 'test asked to be left alone until 14:05Z';
    expect((await first.settle(provider(), 'DE', { failure }))?.message).toBe(words);
    const second = processAt(folder, 2 * HOUR);
    expect(await second.turn(provider(), 'FR')).toMatchObject({ is: 'resting', failure: { message: words } });
    expect((await failureOf(second.get(provider()))).message).toBe(words);
    expect(second.transport.asked).toEqual([]);
    expect((await processAt(folder, 3 * HOUR).turn(provider(), 'FR')).is).toBe('yours');
  });

  it('is heard for a day at most, and its day is said', async () => {
    const folder = newFolder();
    await failureOf(processAt(folder, 0, { wait: Number.POSITIVE_INFINITY }).get(provider()));
    const failure = await failureOf(processAt(folder, HOUR).get(provider()));
    expect(failure.message).toBe('test asked to be left alone until 03-19 12:00Z');
    await processAt(folder, 24 * HOUR).get(provider());
  });
});
