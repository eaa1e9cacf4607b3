/**
 * The only reader of time. Everything that happens "now" asks a {@link Clock}; a scaled clock lets a day pass
 * in minutes while real processes really run.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Instant, instant, type Millis, millis } from './units.ts';

export interface Clock {
  /** How many seconds of this clock pass in a real second; 1 for wall time, 0 for a clock that stands. */
  readonly speed: number;
  now(): Instant;
  /** The instant of this clock at which the wall showed `wall`. */
  fromWall(wall: Instant): Instant;
  /** The real length of `length` on this clock. */
  toReal(length: Millis): Millis;
  /**
   * Waits until this clock shows `at`, or `signal` aborts (then it rejects with the abort reason). An instant that has
   * come already is not waited for, whatever the signal says.
   */
  until(at: Instant, signal?: AbortSignal): Promise<void>;
}

/** The origin of a scaled clock, as it is written to disk so that another process can continue it. */
export interface ClockOrigin {
  /** Wall time at which the clock showed `shown`. */
  readonly wall: Instant;
  readonly shown: Instant;
  readonly speed: number;
}

const wallNow = (): Instant => instant(Date.now());

/** Longest real sleep in one piece: below setTimeout's limit, and short enough to notice a turned clock. */
const LONGEST_SLEEP_MS = 30_000;

/**
 * A clock that showed `origin.shown` at `origin.wall` and runs at `origin.speed`.
 * Wall time itself is read anew each time, so a suspended laptop or a stepped clock is noticed on waking.
 */
export function scaledClock(origin: ClockOrigin): Clock {
  const { wall, shown, speed } = origin;
  const fromWall = (at: Instant): Instant => instant(Math.round(shown + (at - wall) * speed));
  const clock: Clock = {
    speed,
    now: () => fromWall(wallNow()),
    fromWall,
    toReal: (length) => millis(length / speed),
    async until(at, signal) {
      for (;;) {
        const now = clock.now();
        if (now >= at) return;
        const left = Math.min((at - now) / speed, LONGEST_SLEEP_MS);
        try {
          await delay(left, undefined, signal === undefined ? {} : { signal });
        } catch (error) {
          // The timer rejects with an error of its own; the caller is promised the reason of the abort.
          signal?.throwIfAborted();
          throw error;
        }
      }
    },
  };
  return clock;
}

/** Wall time. */
export const systemClock: Clock = scaledClock({ wall: instant(0), shown: instant(0), speed: 1 });

/** A clock that starts at `shown` now and runs at `speed`. */
export const clockFrom = (shown: Instant, speed: number): Clock => scaledClock(originOf(shown, speed));

/** The origin of a clock that shows `shown` at this moment. */
export const originOf = (shown: Instant, speed: number): ClockOrigin => ({ wall: wallNow(), shown, speed });

/** A clock that stands still at `at`; for planning at a given instant, and for tests. */
export const standingClock = (at: Instant): Clock => ({
  speed: 0,
  now: () => at,
  fromWall: () => at,
  toReal: () => millis(0),
  until: async () => {},
});

/** CPU and wall time of this process so far, for measuring ourselves. */
export const monotonicNow = (): Millis => millis(performance.now());
