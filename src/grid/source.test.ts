import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { at, scripted } from '../../test/support/grid-replies.ts';
import { type Clock, standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import type { Provider, Range } from './provider.ts';
import type { Series } from './series.ts';
import { seriesOver } from './slots.ts';
import { type GridOptions, openGrid } from './source.ts';

const root = mkdtempSync(join(tmpdir(), 'grid-source-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => {
  folders += 1;
  return join(root, `${folders}`);
};

const START = at('2026-03-18T12:00Z');
/** A wall clock that tests turn by hand. */
function handClock(): Clock & { turn(by: number): void } {
  let shown: Instant = START;
  return {
    speed: 1,
    now: () => shown,
    fromWall: (wall) => wall,
    toReal: (length) => length,
    until: async () => {},
    turn: (by) => {
      shown = instant(shown + by);
    },
  };
}

const signal = { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2' } as const;
type Answer = (range: Range, now: Instant, abort: AbortSignal) => Series | Error | Promise<Series>;

const goodSeries = (zone: string, range: Range, now: Instant, value = 100, horizon: number = DAY): Series => {
  const step = millis(30 * MINUTE);
  const start = Math.floor(range.start / step) * step;
  const samples = Array.from({ length: Math.ceil((Math.min(range.end, now + horizon) - start) / step) }, (_, i) => {
    const begin = instant(start + i * step);
    return {
      start: begin,
      value: value + (i % 7),
      quality: begin < now ? ('measured' as const) : ('forecast' as const),
    };
  });
  const provenance = {
    provider: 'test',
    source: 'test',
    licence: 'none',
    fetchedAt: now,
    issuedAt: now,
    issuedAtBasis: 'fetch-time' as const,
  };
  return seriesOver({ zone, signal, range, step, samples, provenance, reason: () => 'not published' });
};

/** A provider for DE whose next answers tests decide. */
function fakeProvider(
  first: Answer = (range, now) => goodSeries('DE', range, now),
): Provider & { asked: number; answer: Answer } {
  const provider = {
    id: 'test',
    about: 'a provider for tests',
    keys: [],
    signal,
    asked: 0,
    answer: first,
    covers: (zone: string) => zone === 'DE' || zone === 'FR' || zone === 'AQ',
    async intensity(_zone: string, range: Range, context: { clock: Clock; signal: AbortSignal }): Promise<Series> {
      provider.asked += 1;
      const said = await provider.answer(range, context.clock.now(), context.signal);
      if (said instanceof Error) throw said;
      return said;
    },
  };
  return provider;
}

const transport = scripted(() => new Error('the fake provider needs none'));
const day: Range = { start: START, end: instant(START + DAY) };
const live = () => new AbortController().signal;
const wire = (provider = fakeProvider(), more: Partial<GridOptions> = {}) => {
  const clock = handClock();
  return { clock, provider, grid: openGrid({ live: true, providers: [provider], transport, clock, ...more }) };
};
const down = () => new Failure('grid/unavailable', 'test is down');

describe('the chain of a live grid', () => {
  it('gives the level of a provider that answers', async () => {
    const { grid } = wire();
    const answer = await grid.outlook('DE', day, live());
    expect(answer).toMatchObject({ use: 'level', links: [{ provider: 'test', outcome: 'ok' }], warnings: [] });
    expect(answer.age).toBeUndefined();
  });

  it('has every answer archived as it was given; an archive that fails costs a warning, not the answer', async () => {
    const archived: Series[] = [];
    const wired = wire(fakeProvider(), {
      archive: async (series) => {
        archived.push(series);
        if (archived.length > 1) throw new Error('the disk is full');
      },
    });
    const first = await wired.grid.outlook('DE', day, live());
    expect(archived).toEqual([first.series]);
    wired.clock.turn(6 * MINUTE);
    const second = await wired.grid.outlook('DE', day, live());
    expect(archived).toEqual([first.series, second.series]);
    expect(second).toMatchObject({
      use: 'level',
      warnings: ['the answer could not be archived (the disk is full)'],
    });
  });

  it('answers although an archive hangs', { timeout: 10_000 }, async () => {
    const { grid } = wire(fakeProvider(), { archive: () => new Promise(() => {}) });
    const answer = await grid.outlook('DE', day, live());
    expect(answer.use).toBe('level');
    expect(answer.warnings).toEqual([expect.stringContaining('could not be archived')]);
  });

  it('stays with the signal of a provider that refuses now and once answered', async () => {
    let refuses = false;
    const first = fakeProvider((range, now) =>
      refuses ? new Failure('grid/not-configured', 'the plan does not cover this') : goodSeries('DE', range, now),
    );
    const second = { ...fakeProvider(), id: 'other', signal: { ...first.signal, scope: 'direct' as const } };
    const clock = handClock();
    const grid = openGrid({ live: true, providers: [first, second], transport, clock });
    expect((await grid.outlook('DE', day, live())).use).toBe('level');
    refuses = true;
    clock.turn(6 * MINUTE);
    const answer = await grid.outlook('DE', day, live());
    expect(answer).toMatchObject({ use: 'level', age: 6 * MINUTE, series: { signal: first.signal } });
    expect(answer.warnings.join()).toContain('the plan does not cover this');
  });

  it('does not ask again within the time an answer counts as fresh', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    clock.turn(4 * MINUTE);
    await grid.outlook('DE', day, live());
    expect(provider.asked).toBe(1);
    clock.turn(2 * MINUTE);
    await grid.outlook('DE', day, live());
    expect(provider.asked).toBe(2);
  });

  it('asks no more than once a minute, whatever age is wanted', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live(), { maxAge: millis(0) });
    clock.turn(59_000);
    await grid.outlook('DE', day, live(), { maxAge: millis(0) });
    expect(provider.asked).toBe(1);
    clock.turn(2_000);
    await grid.outlook('DE', day, live(), { maxAge: millis(0) });
    expect(provider.asked).toBe(2);
  });

  it('does not ask again what another process was told within that time', async () => {
    const cacheFolder = newFolder();
    const provider = fakeProvider();
    await wire(provider, { cacheFolder }).grid.outlook('DE', day, live());
    const later = async (by: number, clock: Clock & { turn?(by: number): void }): Promise<number> => {
      clock.turn?.(by);
      const grid = openGrid({ live: true, providers: [provider], transport, clock, cacheFolder });
      const answer = await grid.outlook('DE', day, live(), { maxAge: MINUTE });
      expect(answer).toMatchObject({ use: 'level', warnings: [], links: [{ provider: 'test', outcome: 'ok' }] });
      return provider.asked;
    };
    expect(await later(59_000, handClock())).toBe(1);
    expect(await later(0, standingClock(instant(START + 59_000)))).toBe(1);
    expect(await later(0, standingClock(instant(START + 61_000)))).toBe(2);
    expect(await later(121_001, handClock())).toBe(3);
  });

  it('asks once for all who wait at the same time', async () => {
    let release = (_: Series): void => {};
    const provider = fakeProvider(
      () =>
        new Promise<Series>((resolve) => {
          release = resolve;
        }),
    );
    const { grid } = wire(provider);
    const both = [grid.outlook('DE', day, live()), grid.outlook('DE', day, live())];
    await new Promise((resolve) => setImmediate(resolve));
    release(goodSeries('DE', day, START));
    expect((await Promise.all(both)).map((answer) => answer.use)).toEqual(['level', 'level']);
    expect(provider.asked).toBe(1);
  });

  it('lets one of two who wait go without disturbing the other', async () => {
    let release = (_: Series): void => {};
    let ended = false;
    const provider = fakeProvider((_, __, abort) => {
      abort.addEventListener('abort', () => {
        ended = true;
      });
      return new Promise<Series>((resolve) => {
        release = resolve;
      });
    });
    const { grid } = wire(provider);
    const impatient = new AbortController();
    const gone = grid.outlook('DE', day, impatient.signal);
    const stays = grid.outlook('DE', day, live());
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    impatient.abort(reason);
    await expect(gone).rejects.toBe(reason);
    expect(ended).toBe(false);
    release(goodSeries('DE', day, START));
    expect((await stays).use).toBe('level');
  });

  it.each<[string, Answer, RegExp]>([
    ['is down', down, /test is down/],
    ['has a bug', () => new TypeError('undefined is not a function'), /undefined is not a function/],
    ['never answers', () => new Promise<Series>(() => {}), /did not answer in time/],
    ['answers for another zone', (range, now) => goodSeries('FR', range, now), /another zone/],
    [
      'answers with another signal',
      (range, now) => ({ ...goodSeries('DE', range, now), signal: { ...signal, kind: 'marginal' } }),
      /another signal/,
    ],
    ['answers beyond reason', (range, now) => goodSeries('DE', range, now, 9e6), /implausible/],
    ['answers with nothing but gaps', (range, now) => goodSeries('DE', range, now, Number.NaN), /no value/],
    [
      'is stale',
      (range, now) => goodSeries('DE', range, now, 100, -5 * HOUR),
      /stale: its newest value is 5 h 30 min old/,
    ],
  ])('falls back to the modelled shape when the provider %s', async (_, trouble, words) => {
    const { grid } = wire(fakeProvider(trouble), { patienceMs: 20 });
    const answer = await grid.outlook('DE', day, live());
    expect(answer.use).toBe('shape');
    expect(answer.links.map((link) => link.outcome)).toEqual(['failed', 'failed', 'ok']);
    expect(answer.links[0]?.reason).toMatch(words);
    expect(answer.warnings.join('\n')).toMatch(/ranks hours; says nothing about grams/);
    expect(answer.warnings.join('\n')).toMatch(/test does not answer/);
  });

  it('ends in run now, with words, where no shape can be modelled either', async () => {
    for (const zone of ['FR', 'AQ']) {
      const answer = await wire(fakeProvider(down)).grid.outlook(zone, day, live());
      expect(answer).toMatchObject({ use: 'none', warnings: [expect.stringMatching(/steps run now/)] });
      expect(answer.series).toBeUndefined();
      expect(answer.links.at(-1)?.failure?.code).toBe('grid/no-signal');
    }
  });

  it('says that nobody covers a zone, and models it', async () => {
    const answer = await wire().grid.outlook('PL', day, live());
    expect(answer.links[0]).toEqual({
      provider: 'live',
      outcome: 'does not cover',
      reason: 'no provider that may be asked covers PL',
    });
    expect(answer.use).toBe('shape');
  });

  it('leaves a failing provider alone for a minute, and after three failures for ten', async () => {
    const { grid, provider, clock } = wire(fakeProvider(down));
    const ask = async (turn: number) => {
      clock.turn(turn);
      await grid.outlook('DE', day, live());
      return provider.asked;
    };
    expect([await ask(0), await ask(30_000), await ask(31_000), await ask(61_000)]).toEqual([1, 1, 2, 3]);
    expect([await ask(5 * MINUTE), await ask(4 * MINUTE), await ask(2 * MINUTE)]).toEqual([3, 3, 4]);
  });

  it('counts failures in a row: an answer between them begins anew', async () => {
    const { grid, provider, clock } = wire(fakeProvider(down));
    const ask = async (turn: number, answer: Answer) => {
      provider.answer = answer;
      clock.turn(turn);
      const { links } = await grid.outlook('DE', day, live());
      return [provider.asked, links[0]?.outcome];
    };
    const good: Answer = (range, now) => goodSeries('DE', range, now);
    expect([await ask(0, down), await ask(61_000, down)]).toEqual([
      [1, 'failed'],
      [2, 'failed'],
    ]);
    expect([await ask(61_000, good), await ask(30_000, down)]).toEqual([
      [3, 'ok'],
      [3, 'ok'],
    ]);
    expect([await ask(6 * MINUTE, down), await ask(61_000, down)]).toEqual([
      [4, 'failed'],
      [5, 'failed'],
    ]);
  });

  it('asks anew for time that the remembered answer does not cover', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    clock.turn(2 * MINUTE);
    await grid.outlook('DE', { start: START, end: instant(START + 5 * DAY) }, live());
    expect(provider.asked).toBe(2);
  });

  it('gives what was asked for to whoever asks for more within the minute', async () => {
    const { grid, provider } = wire();
    const more = { start: START, end: instant(START + 5 * DAY) };
    provider.answer = (range, now) => goodSeries('DE', range, now, 100, 6 * DAY);
    await grid.outlook('DE', day, live());
    const { series } = await grid.outlook('DE', more, live());
    expect(series?.gaps).toEqual([]);
    // In whole days, so that a little more is not asked for again.
    await grid.outlook('DE', { start: START, end: instant(more.end + HOUR) }, live());
    expect(provider.asked).toBe(2);
  });

  it('gives what was asked for to whoever joins a question for less', async () => {
    const { grid, provider } = wire(fakeProvider((range, now) => goodSeries('DE', range, now, 100, 6 * DAY)));
    const more = { start: START, end: instant(START + 5 * DAY) };
    const [, answer] = await Promise.all([grid.outlook('DE', day, live()), grid.outlook('DE', more, live())]);
    expect(answer?.series?.axis.length).toBeGreaterThan((5 * DAY) / (30 * MINUTE));
    expect([provider.asked, answer?.series?.gaps]).toEqual([2, []]);
  });

  it('says what is missing where more may not be asked for', async () => {
    const hurried = { ...fakeProvider(), pace: { requests: 1, per: HOUR } };
    hurried.intensity = async (_, range, context) => {
      await context.transport.get('https://test', { signal: context.signal });
      return goodSeries('DE', range, context.clock.now());
    };
    const grid = openGrid({ live: true, providers: [hurried], transport: scripted(() => ''), clock: handClock() });
    await grid.outlook('DE', day, live());
    const answer = await grid.outlook('DE', { start: START, end: instant(START + 5 * DAY) }, live());
    expect(answer.links.map(({ outcome }) => outcome)).toEqual(['failed', 'ok']);
    expect(answer.links[0]?.reason).toBe('test is not asked: its 1 requests in 1 h 00 are used up until 13:00Z');
    expect(answer.series?.gaps.at(-1)).toEqual({
      start: START + 2 * DAY,
      end: START + 5 * DAY,
      reason: 'not asked for',
    });
    expect(answer.warnings.join()).toContain(
      'test was not asked for 2026-03-20T12:00:00Z to 2026-03-23T12:00:00Z: nothing is known of it',
    );
  });

  it('asks once for all processes that wait at the same time, and all get the answer', async () => {
    const cacheFolder = newFolder();
    const provider = fakeProvider(async (range, now) => {
      await new Promise((resolve) => setImmediate(resolve));
      return goodSeries('DE', range, now);
    });
    const processes = Array.from({ length: 20 }, () => wire(provider, { cacheFolder }));
    for (const asked of [1, 2]) {
      const answers = await Promise.all(processes.map(({ grid }) => grid.outlook('DE', day, live())));
      const expected = processes.map(({ clock }) => ['level', clock.now()]);
      expect(answers.map(({ use, series }) => [use, series?.provenance.fetchedAt])).toEqual(expected);
      expect(provider.asked).toBe(asked);
      for (const { clock } of processes) clock.turn(10 * MINUTE);
    }
  });

  it('fails once for all processes, and leaves the provider alone together', async () => {
    const cacheFolder = newFolder();
    const provider = fakeProvider(down);
    const grids = Array.from({ length: 5 }, () => wire(provider, { cacheFolder }));
    const ask = async (turn: number) => {
      for (const { clock } of grids) clock.turn(turn);
      const answers = await Promise.all(grids.map(({ grid }) => grid.outlook('DE', day, live())));
      for (const { links } of answers) expect(links[0]?.reason).toBe('test is down');
      return provider.asked;
    };
    expect([await ask(0), await ask(30_000), await ask(31_000), await ask(61_000)]).toEqual([1, 1, 2, 3]);
    expect([await ask(5 * MINUTE), await ask(4 * MINUTE), await ask(2 * MINUTE)]).toEqual([3, 3, 4]);
  });

  it('has one patience for a whole chain, and who never answers is not waited for by the next', async () => {
    const silent = Array.from({ length: 5 }, (_, i) => ({
      ...fakeProvider(),
      id: `silent-${i}`,
      asked: 0,
      intensity(): Promise<Series> {
        this.asked += 1;
        return new Promise(() => {});
      },
    }));
    const grid = openGrid({ live: true, providers: silent, transport, clock: handClock() });
    const answer = await grid.outlook('DE', day, live(), { patienceMs: 20 });
    expect(silent.map(({ asked }) => asked)).toEqual([1, 0, 0, 0, 0]);
    const failed = answer.links.filter(({ outcome, failure }) => outcome === 'failed' && failure !== undefined);
    expect(failed.map(({ reason }) => reason)).toEqual([
      'silent-0 did not answer in time',
      ...[1, 2, 3, 4].map((i) => `silent-${i} is not asked: there is no time left`),
    ]);
    expect(answer.use).toBe('shape');
  });

  it('gives the last good answer when there is no time left to ask', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    provider.answer = () => new Promise<Series>(() => {});
    clock.turn(10 * MINUTE);
    expect(await grid.outlook('DE', day, live(), { patienceMs: 20 })).toMatchObject({
      use: 'level',
      age: 10 * MINUTE,
    });
  });

  it('says how old a forecast is from six hours on, and leaves it out after a day', async () => {
    const issued = (hours: number) =>
      wire(
        fakeProvider((range, now) => {
          const series = goodSeries('DE', range, now);
          const provenance = { ...series.provenance, issuedAt: instant(now - hours * HOUR) };
          return { ...series, provenance: { ...provenance, issuedAtBasis: 'provider' as const } };
        }),
      ).grid.outlook('DE', day, live());
    expect((await issued(6)).warnings).toEqual([]);
    expect((await issued(7)).warnings).toEqual(['the forecast of test was issued 7 h ago']);
    expect((await issued(24)).series?.quality).toContain('forecast');
    const { series, use, warnings } = await issued(25);
    expect([use, warnings]).toEqual(['level', ['the forecast of test was issued 25 h ago and is left out']]);
    expect(series?.quality).not.toContain('forecast');
    expect(series?.quality).toContain('measured');
    expect(series?.gaps[0]).toMatchObject({
      start: START,
      reason: expect.stringMatching(/25 h ago, which is too long/),
    });
    for (const [i, value] of series?.intensityG.entries() ?? [])
      expect(Number.isNaN(value)).toBe(series?.quality[i] === 'missing');
  });

  it('counts one failure once, however many waited for it', async () => {
    const { grid, provider, clock } = wire(fakeProvider(down));
    await Promise.all([1, 2, 3, 4].map(() => grid.outlook('DE', day, live())));
    expect(provider.asked).toBe(1);
    clock.turn(61_000);
    await grid.outlook('DE', day, live());
    expect(provider.asked).toBe(2);
  });

  it('gives a provider that publishes late the time it says it needs', async () => {
    const late =
      (hours: number): Answer =>
      (range, now) =>
        goodSeries('DE', range, now, 100, -hours * HOUR);
    const patient = { ...fakeProvider(late(20)), staleAfter: millis(DAY) };
    const grid = (provider: Provider) =>
      openGrid({ live: true, providers: [provider], transport, clock: handClock() }).outlook('DE', day, live());
    expect((await grid(patient)).use).toBe('level');
    expect((await grid(fakeProvider(late(20)))).use).toBe('shape');
    expect((await grid({ ...fakeProvider(late(30)), staleAfter: millis(DAY) })).use).toBe('shape');
  });

  it('passes on an abort and nothing else', async () => {
    const reason = new Error('enough');
    const { grid, provider } = wire(fakeProvider(() => new Promise<Series>(() => {})));
    await expect(grid.outlook('DE', day, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(provider.asked).toBe(0);
    const controller = new AbortController();
    const asking = grid.outlook('DE', day, controller.signal);
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
    provider.answer = (range, now) => goodSeries('DE', range, now);
    expect((await grid.outlook('DE', day, live())).use).toBe('level');
  });
});

describe('the last good answer', () => {
  it('serves while it is young, with its age', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    provider.answer = down;
    clock.turn(2 * HOUR);
    const answer = await grid.outlook('DE', { start: clock.now(), end: instant(clock.now() + HOUR) }, live());
    expect(answer).toMatchObject({ use: 'level', age: 2 * HOUR });
    expect(answer.links[1]).toMatchObject({
      provider: 'test (kept)',
      outcome: 'ok',
      reason: 'last good answer, 2 h old',
    });
  });

  it('outlives the process in its folder', async () => {
    const cacheFolder = newFolder();
    await wire(fakeProvider(), { cacheFolder }).grid.outlook('DE', day, live());
    const { clock, grid } = wire(fakeProvider(down), { cacheFolder });
    clock.turn(10 * MINUTE);
    const answer = await grid.outlook('DE', day, live());
    expect(answer).toMatchObject({ use: 'level', age: 10 * MINUTE });
    expect(answer.series?.intensityG.some((value) => value >= 100)).toBe(true);
    expect(readdirSync(cacheFolder)).toEqual(['test-DE.json', 'test.manners.json']);
  });

  it('keeps the covered share and the factor set of what was computed, and the band of a forecast and when it was issued', async () => {
    const cacheFolder = newFolder();
    const computed: Answer = (range, now) => {
      const series = goodSeries('DE', range, now);
      const covered = series.intensityG.map((value) => (Number.isNaN(value) ? Number.NaN : 0.95));
      return {
        ...series,
        covered,
        lowG: series.intensityG.map((value) => value - 5),
        highG: series.intensityG.map((value) => value + 9),
        provenance: {
          ...series.provenance,
          factors: 'test@1',
          issuedAt: instant(now - HOUR),
          issuedAtBasis: 'provider',
        },
      };
    };
    const { series: fresh } = await wire(fakeProvider(computed), { cacheFolder }).grid.outlook('DE', day, live());
    const { series: kept } = await wire(fakeProvider(down), { cacheFolder }).grid.outlook('DE', day, live());
    expect(fresh?.lowG?.some((value) => !Number.isNaN(value))).toBe(true);
    expect(kept).toMatchObject({ covered: fresh?.covered, lowG: fresh?.lowG, highG: fresh?.highG });
    expect(kept?.provenance).toMatchObject({ ...fresh?.provenance });
  });

  it('loses its say about now after three hours, but keeps its forecast', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    provider.answer = down;
    clock.turn(5 * HOUR);
    const now = clock.now();
    const answer = await grid.outlook('DE', { start: now, end: instant(now + HOUR) }, live());
    expect(answer.use).toBe('level');
    expect(answer.warnings.join()).toMatch(/stale: last good answer is 5 h old/);
    const { series } = answer;
    const index = ((now - (series?.axis.start ?? 0)) / (series?.axis.step ?? 1)) | 0;
    expect(series?.intensityG[index]).toBeNaN();
    expect(series?.intensityG[index + 1]).toBeGreaterThan(0);
  });

  it('is young up to three hours, and stale after', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    provider.answer = down;
    const reasonAfter = async (by: number) => {
      clock.turn(by);
      const range = { start: clock.now(), end: instant(clock.now() + HOUR) };
      return (await grid.outlook('DE', range, live())).links[1]?.reason;
    };
    expect(await reasonAfter(3 * HOUR)).toBe('last good answer, 3 h old');
    expect(await reasonAfter(MINUTE)).toMatch(/^stale: last good answer is 3 h 1 min old/);
  });

  it('keeps what was measured, however old it is, for whoever asks for the past', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    provider.answer = down;
    clock.turn(3 * DAY);
    const answer = await grid.outlook('DE', { start: instant(START - 2 * HOUR), end: START }, live());
    expect(answer.use).toBe('level');
    const { series } = answer;
    const slot = (START - (series?.axis.start ?? 0)) / (series?.axis.step ?? 1);
    expect(series?.intensityG[slot - 1]).toBeGreaterThan(0);
    expect(series?.intensityG[slot]).toBeNaN();
  });

  it.each([
    [4, 'ok'],
    [6, 'failed'],
  ])('may be %d min ahead of a clock that is a little wrong: %s', async (minutes, outcome) => {
    const cacheFolder = newFolder();
    await wire(fakeProvider(), { cacheFolder }).grid.outlook('DE', day, live());
    const { clock, grid } = wire(fakeProvider(down), { cacheFolder });
    clock.turn(-minutes * MINUTE);
    expect((await grid.outlook('DE', day, live())).links[1]?.outcome).toBe(outcome);
  });

  it('is believed by another process as a fresh one is: only under the signal of its provider', async () => {
    const cacheFolder = newFolder();
    await wire(fakeProvider(), { cacheFolder }).grid.outlook('DE', day, live());
    const file = join(cacheFolder, 'test-DE.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"scope":"direct"', '"scope":"lifecycle"'));
    const { grid, provider } = wire(fakeProvider(), { cacheFolder });
    const answer = await grid.outlook('DE', day, live());
    expect([provider.asked, answer.series?.signal.scope]).toEqual([1, 'direct']);
  });

  it('holds what earlier ones said of the past, of which the last was not asked', async () => {
    const cacheFolder = newFolder();
    const first = wire(fakeProvider(), { cacheFolder });
    const past = { start: instant(START - 6 * DAY), end: START };
    const { series: whole } = await first.grid.outlook('DE', past, live());
    first.clock.turn(DAY);
    await first.grid.outlook('DE', day, live());
    const second = wire(fakeProvider(down), { cacheFolder });
    second.clock.turn(DAY + HOUR);
    const { series } = await second.grid.outlook('DE', past, live());
    expect(series?.axis.start).toBe(past.start);
    expect(series?.intensityG.slice(0, 48)).toEqual(whole?.intensityG.slice(0, 48));
    expect(series?.quality[0]).toBe('measured');
    expect(series?.gaps.every(({ start }) => start >= START + DAY)).toBe(true);
    expect(series?.provenance.sha256).toBeUndefined();
  });

  it('is used without its forecast when that was issued more than a day ago', async () => {
    const { grid, provider, clock } = wire(
      fakeProvider((range, now) => {
        const series = goodSeries('DE', range, now);
        const provenance = { ...series.provenance, issuedAt: instant(now - 23 * HOUR) };
        return { ...series, provenance: { ...provenance, issuedAtBasis: 'provider' as const } };
      }),
    );
    await grid.outlook('DE', day, live());
    provider.answer = down;
    clock.turn(2 * HOUR);
    const answer = await grid.outlook('DE', day, live());
    expect(answer).toMatchObject({ use: 'level', age: 2 * HOUR });
    expect(answer.warnings).toContain('the forecast of test was issued 25 h ago and is left out');
    expect(answer.series?.quality).not.toContain('forecast');
  });

  it('is refused when its forecast has run out', async () => {
    const { grid, provider, clock } = wire();
    await grid.outlook('DE', day, live());
    provider.answer = down;
    clock.turn(3 * DAY);
    const answer = await grid.outlook('DE', { start: clock.now(), end: instant(clock.now() + DAY) }, live());
    expect(answer.use).toBe('shape');
    expect(answer.links[1]?.reason).toMatch(/3 d old and says nothing about what comes/);
  });

  it('is refused when it is dated in the future: the clock was turned back', async () => {
    const cacheFolder = newFolder();
    const first = wire(fakeProvider(), { cacheFolder });
    await first.grid.outlook('DE', day, live());
    const second = wire(fakeProvider(down), { cacheFolder });
    second.clock.turn(-DAY);
    const answer = await second.grid.outlook('DE', day, live());
    expect(answer.use).toBe('shape');
    expect(answer.links[1]?.reason).toMatch(/dated in the future/);
  });

  it.each([
    ['half written', (text: string) => text.slice(0, 200)],
    ['of another zone', (text: string) => text.replace('"zone":"DE"', '"zone":"FR"')],
    ['with an implausible value', (text: string) => text.replace('"intensityG":[100', '"intensityG":[1e9')],
    ['of another version', (text: string) => text.replace('"schemaVersion":1', '"schemaVersion":2')],
  ])('is refused when the file is %s', async (_, damage) => {
    const cacheFolder = newFolder();
    await wire(fakeProvider(), { cacheFolder }).grid.outlook('DE', day, live());
    const file = join(cacheFolder, 'test-DE.json');
    const whole = readFileSync(file, 'utf8');
    expect(damage(whole)).not.toBe(whole);
    writeFileSync(file, damage(whole));
    const answer = await wire(fakeProvider(down), { cacheFolder }).grid.outlook('DE', day, live());
    expect(answer.use).toBe('shape');
    expect(answer.links[1]?.reason).toBe('the kept answer is damaged');
  });

  it('costs a warning, not the answer, when it cannot be written', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    const answer = await wire(fakeProvider(), { cacheFolder: join(file, 'below') }).grid.outlook('DE', day, live());
    expect(answer.use).toBe('level');
    expect(answer.warnings.join()).toMatch(/could not be kept/);
  });
});

describe('a file or a generated day instead of a live grid', () => {
  const only = (answer: Answer) => openGrid({ only: fakeProvider(answer), live: true, transport, clock: handClock() });

  it('stands in for every provider, with history to fill gaps from', async () => {
    const answer = await only((range, now) => goodSeries('DE', range, now)).outlook('DE', day, live());
    expect(answer).toMatchObject({ use: 'level', links: [{ provider: 'test', outcome: 'ok' }] });
    expect(answer.series?.axis.start).toBe(START - 7 * DAY);
  });

  it('ends in run now with its failure kept for those who would rather throw it', async () => {
    const answer = await only(() => new Failure('grid/no-zone', 'the file has no such zone')).outlook(
      'DE',
      day,
      live(),
    );
    expect(answer.use).toBe('none');
    expect(answer.links[0]?.failure?.code).toBe('grid/no-zone');
  });

  it('says how to set the clock to the time that a file spans, when it lies elsewhere', async () => {
    const of = async (range: Range): Promise<Failure | undefined> => {
      const only = { ...fakeProvider((asked, now) => goodSeries('DE', asked, now, 100, -30 * DAY)), range };
      const grid = openGrid({ only, transport, clock: handClock() });
      return (await grid.outlook('DE', day, live())).links[0]?.failure;
    };
    const old = { start: at('2022-01-01T00:00Z'), end: at('2023-01-01T00:00Z') };
    expect(await of(old)).toMatchObject({
      code: 'grid/other-times',
      expected: 'a time that it spans, such as --at 2022-01-01T00:00:00Z',
    });
    const future = { start: at('2122-01-01T00:00Z'), end: at('2123-01-01T00:00Z') };
    expect((await of(future))?.expected).toMatch(/--at 2122/);
    expect((await of({ start: old.start, end: future.end }))?.expected).toBeUndefined();
  });

  it('does not call an answer without a value in the asked time an answer', async () => {
    const answer = await only((range, now) => goodSeries('DE', range, now, 100, -HOUR)).outlook('DE', day, live());
    expect(answer.use).toBe('none');
    expect(answer.links[0]?.failure?.code).toBe('grid/no-signal');
  });
});

describe('a time that is over', () => {
  const old: Range = { start: at('1980-01-01T10:00Z'), end: at('1980-01-01T12:00Z') };

  it('is asked for alone, in whole days', async () => {
    const asked: Range[] = [];
    const { grid } = wire(
      fakeProvider((range, now) => {
        asked.push(range);
        return goodSeries('DE', range, now);
      }),
    );
    expect((await grid.outlook('DE', old, live())).use).toBe('level');
    expect(asked).toEqual([{ start: at('1980-01-01T00:00Z'), end: at('1980-01-02T00:00Z') }]);
  });

  it('holds no failure against the provider, and no turn of those who ask about now', async () => {
    const cacheFolder = newFolder();
    const provider = fakeProvider((range, now) => (range.end < now ? down() : goodSeries('DE', range, now)));
    for (let times = 0; times < 4; times += 1)
      expect((await wire(provider, { cacheFolder }).grid.outlook('DE', old, live())).use).toBe('shape');
    expect((await wire(provider, { cacheFolder }).grid.outlook('DE', day, live())).use).toBe('level');
  });

  it('is not asked for where it is long, and says so', async () => {
    const { grid, provider } = wire();
    const answer = await grid.outlook('DE', { start: old.start, end: instant(old.start + 16 * DAY) }, live());
    expect(answer).toMatchObject({ use: 'shape', links: [{ provider: 'test', outcome: 'failed' }, {}, {}] });
    expect(answer.warnings.join()).toContain('test is not asked for a time so long past: at most 15 days');
    expect(provider.asked).toBe(0);
  });

  it('that is empty is no answer', async () => {
    const { grid } = wire(fakeProvider((range, now) => goodSeries('DE', range, now, Number.NaN)));
    expect((await grid.outlook('DE', old, live())).use).toBe('shape');
  });
});

describe('reading the past of one provider', () => {
  const past: Range = { start: instant(START - 10 * DAY), end: instant(START - 3 * DAY) };

  it('asks it for what is wanted and no more, past what is remembered, and keeps its answer', async () => {
    const archived: Series[] = [];
    const asked: Range[] = [];
    const provider = fakeProvider((range, now) => {
      asked.push(range);
      return goodSeries('DE', range, now);
    });
    const { grid } = wire(provider, { archive: async (series) => void archived.push(series) });
    const first = await grid.read('test', 'DE', past, live());
    const second = await grid.read('test', 'DE', past, live());
    expect(asked).toEqual([past, past]);
    expect(archived).toEqual([first, second]);
    expect(first.intensityG.some(Number.isNaN)).toBe(false);
  });

  it('leaves half of its pace to those who ask about now', async () => {
    const provider: Provider = {
      ...fakeProvider(),
      pace: { requests: 2, per: HOUR },
      async intensity(zone, range, context) {
        await context.transport.get('https://test', context);
        return goodSeries(zone, range, context.clock.now());
      },
    };
    const grid = openGrid({ live: true, providers: [provider], transport: scripted(() => ''), clock: handClock() });
    await grid.read('test', 'DE', past, live());
    await expect(grid.read('test', 'DE', past, live())).rejects.toThrow('half of its 2 requests');
    expect((await grid.outlook('DE', day, live())).use).toBe('level');
  });

  it('has one reader at a time', async () => {
    const { grid } = wire(fakeProvider(), { cacheFolder: newFolder() });
    const told: string[] = [];
    const reading = (name: string) =>
      grid.asOneReader?.('test', 'DE', live(), async () => {
        told.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        told.push(name);
      });
    await Promise.all([reading('a'), reading('b')]);
    expect(told[0]).toBe(told[1]);
    expect(told).toHaveLength(4);
  });

  it('gives what is too old to say anything about now, and what is empty', async () => {
    const { grid } = wire(fakeProvider((range, now) => goodSeries('DE', range, now, Number.NaN)));
    expect((await grid.read('test', 'DE', past, live())).intensityG.every(Number.isNaN)).toBe(true);
  });

  it('fails with what the provider failed with, and does not believe or keep what is of another zone', async () => {
    const archived: Series[] = [];
    const { grid, provider } = wire(fakeProvider(down), { archive: async (series) => void archived.push(series) });
    await expect(grid.read('test', 'DE', past, live())).rejects.toThrow('test is down');
    provider.answer = (range, now) => goodSeries('FR', range, now);
    await expect(grid.read('test', 'DE', past, live())).rejects.toMatchObject({ code: 'grid/invalid-data' });
    expect(archived).toEqual([]);
  });

  it('fails where the provider is not asked here or lacks its key', async () => {
    const { grid } = wire({ ...fakeProvider(), keys: ['TEST_KEY'] });
    await expect(grid.read('test', 'DE', past, live())).rejects.toThrow('test needs TEST_KEY in the environment');
    await expect(grid.read('other', 'DE', past, live())).rejects.toThrow('other is not asked here');
    const { grid: notLive } = wire(fakeProvider(), { live: false });
    await expect(notLive.read('test', 'DE', past, live())).rejects.toMatchObject({ code: 'grid/not-configured' });
  });

  it('ends when nobody wants it any more', async () => {
    const abort = new AbortController();
    const { grid } = wire(
      fakeProvider(() => {
        abort.abort(new Error('enough'));
        return new Promise<Series>(() => {});
      }),
    );
    await expect(grid.read('test', 'DE', past, abort.signal)).rejects.toThrow('enough');
  });
});
