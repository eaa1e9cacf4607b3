import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clockFrom, monotonicNow, originOf, scaledClock, standingClock, systemClock } from './clock.ts';
import { instant, after as later, millis } from './units.ts';

const WALL = instant(Date.UTC(2026, 0, 1));
const SHOWN = instant(Date.UTC(2022, 5, 1, 8));

beforeEach(() => {
  vi.useFakeTimers({ now: WALL, toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a scaled clock', () => {
  it('shows its origin at its beginning and runs at its speed', () => {
    const clock = scaledClock({ wall: WALL, shown: SHOWN, speed: 600 });
    expect(clock.speed).toBe(600);
    expect(clock.now()).toBe(SHOWN);
    vi.setSystemTime(WALL + 1_000);
    expect(clock.now()).toBe(SHOWN + 600_000);
  });

  it('knows what it showed at a wall time, before its origin too, and how long its time is in truth', () => {
    const clock = scaledClock({ wall: WALL, shown: SHOWN, speed: 600 });
    expect(clock.fromWall(later(WALL, 10))).toBe(SHOWN + 6_000);
    expect(clock.fromWall(later(WALL, -10))).toBe(SHOWN - 6_000);
    expect(clock.toReal(millis(6_000))).toBe(10);
  });

  it('is continued by another process from its origin', () => {
    const origin = originOf(SHOWN, 60);
    expect(origin).toEqual({ wall: WALL, shown: SHOWN, speed: 60 });
    vi.setSystemTime(WALL + 5_000);
    expect(scaledClock(JSON.parse(JSON.stringify(origin))).now()).toBe(SHOWN + 300_000);
    expect(clockFrom(SHOWN, 60).now()).toBe(SHOWN);
  });

  it('does not wait for what has come already', async () => {
    const clock = scaledClock({ wall: WALL, shown: SHOWN, speed: 600 });
    await clock.until(SHOWN);
    await clock.until(later(SHOWN, -1));
  });

  it('does not wait for what has come already, whatever the signal says', async () => {
    await scaledClock({ wall: WALL, shown: SHOWN, speed: 1 }).until(SHOWN, AbortSignal.abort());
    await scaledClock({ wall: WALL, shown: SHOWN, speed: 0 }).until(SHOWN);
  });
});

describe('waiting', () => {
  it('lasts until the clock shows the instant, at its speed', async () => {
    vi.useRealTimers();
    const clock = clockFrom(SHOWN, 10_000);
    await clock.until(later(SHOWN, 100_000));
    const shown = clock.now();
    expect(shown).toBeGreaterThanOrEqual(SHOWN + 100_000);
  });

  it('ends with the reason of the abort', async () => {
    vi.useRealTimers();
    const abort = new AbortController();
    const waiting = systemClock.until(later(systemClock.now(), 3_600_000), abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(
      systemClock.until(later(systemClock.now(), 3_600_000), AbortSignal.abort(new Error('before'))),
    ).rejects.toThrow('before');
  });
});

describe('other clocks', () => {
  it('wall time is a clock of speed 1 that shows what the wall shows', () => {
    expect(systemClock.now()).toBe(WALL);
    expect(systemClock.speed).toBe(1);
    expect(systemClock.fromWall(SHOWN)).toBe(SHOWN);
    expect(systemClock.toReal(millis(77))).toBe(77);
  });

  it('a standing clock shows one instant for ever, and nobody waits by it', async () => {
    const clock = standingClock(SHOWN);
    vi.setSystemTime(WALL + 1_000);
    expect([clock.speed, clock.now(), clock.fromWall(WALL), clock.toReal(millis(5))]).toEqual([0, SHOWN, SHOWN, 0]);
    await clock.until(later(SHOWN, 1_000));
  });

  it('monotonic time is milliseconds of this process and does not go back', () => {
    vi.useRealTimers();
    const first = monotonicNow();
    expect(first).toBeGreaterThan(0);
    expect(monotonicNow()).toBeGreaterThanOrEqual(first);
  });
});
