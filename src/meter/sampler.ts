/**
 * Reads the probes of running work once a second, all of them in one batch, and once more when a run has ended.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { after, type Instant, type Millis, SECOND } from '../units.ts';
import type { Gap, Probe, Reading } from './meter.ts';

/** What one probe said. Every moment from a probe's opening to its finish is in a reading or in a gap. */
export type Sampled =
  | { readonly probe: Probe; readonly reading: Reading; readonly gap?: undefined }
  | { readonly probe: Probe; readonly gap: Gap; readonly reading?: undefined };

/**
 * Takes a batch, in the order of time for each probe. If it throws, the batch is offered again with the next one, so
 * that a busy store loses nothing.
 */
export type OnReadings = (batch: readonly Sampled[]) => void;

export interface Sampling {
  /** Reads `probe` from now on; at once, too, so that time since its mark is told first. */
  add(probe: Probe): void;
  /**
   * The run of `probe` has ended: reads it a last time, tells what remains unknown as a gap, and forgets it. The probe
   * stays open; who opened it closes it. Call it before the run's control group is removed.
   */
  finish(probe: Probe): Promise<void>;
  /** Finishes all probes and stops. Throws what `onReadings` throws on the last batch. A second call does nothing. */
  stop(): Promise<void>;
}

/** No probe has more to tell than this in one go; a broken one must not hold the others up. */
const MOST_AT_ONCE = 64;

/**
 * Starts to read `probes`.
 *
 * @param clock wall time
 * @param every distance between readings; a probe that asks for more gets more
 * @param signal when it aborts, reading stops as by `stop()`
 */
export function startSampling({
  probes,
  clock,
  every = SECOND,
  onReadings,
  signal,
}: {
  readonly probes: readonly Probe[];
  readonly clock: Clock;
  readonly every?: Millis;
  readonly onReadings: OnReadings;
  readonly signal?: AbortSignal;
}): Sampling {
  const due = new Map<Probe, Instant>();
  const troubles = new Map<Probe, string>();
  let waiting: Sampled[] = [];
  const ended = new AbortController();
  const until = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);

  /** Collects what `probe` has to say now. */
  const read = (probe: Probe): void => {
    const now = clock.now();
    due.set(probe, after(now, Math.max(every, probe.every ?? 0) - every / 2));
    for (let i = 0; i < MOST_AT_ONCE; i++) {
      let gap: Gap | undefined;
      let reading: Reading | undefined;
      try {
        reading = probe.read();
        gap = reading === undefined ? probe.gap?.() : undefined;
      } catch (error) {
        troubles.set(probe, error instanceof Error ? error.message : String(error));
        return;
      }
      if (reading !== undefined) waiting.push({ probe, reading });
      if (gap !== undefined) waiting.push({ probe, gap });
      // After a gap there may be more to tell; after a reading there is not, until time has passed.
      if (gap === undefined) return;
    }
  };

  const deliver = (): void => {
    if (waiting.length === 0) return;
    onReadings(waiting);
    waiting = [];
  };

  const tryDeliver = (): void => {
    try {
      deliver();
    } catch {
      // Offered again with the next batch; the last one throws.
    }
  };

  const readLast = (probe: Probe): void => {
    if (!due.has(probe)) return;
    read(probe);
    due.delete(probe);
    const end = clock.now();
    let start = end;
    try {
      start = probe.mark().at;
    } catch {
      // A probe that cannot even say where it stands has told what it could.
    }
    if (start < end && !saidUntil(probe, end)) {
      waiting.push({ probe, gap: { start, end, why: troubles.get(probe) ?? 'the last reading failed' } });
    }
    troubles.delete(probe);
  };

  /** A reading's end is the moment of its own look at the clock, which may be a little before ours. */
  const saidUntil = (probe: Probe, end: Instant): boolean => {
    const last = waiting.findLast((said) => said.probe === probe);
    return last !== undefined && (last.reading ?? last.gap).end >= end - SLACK_MS;
  };

  async function settle(probe: Probe): Promise<void> {
    try {
      await probe.settle?.(until);
    } catch (error) {
      troubles.set(probe, error instanceof Error ? error.message : String(error));
    }
  }

  async function loop(): Promise<void> {
    for (let next = after(clock.now(), every); !until.aborted; next = after(next, every)) {
      // A tick that was slept through is not made up for.
      const now = clock.now();
      if (next < now) next = after(now, every);
      try {
        await clock.until(next, until);
      } catch {
        break;
      }
      if (until.aborted) break;
      for (const [probe, at] of due) if (at <= clock.now()) read(probe);
      tryDeliver();
    }
  }

  for (const probe of probes) read(probe);
  tryDeliver();
  const looping = loop();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([...due.keys()].map(settle));
    ended.abort();
    await looping;
    for (const probe of [...due.keys()]) readLast(probe);
    deliver();
  };

  const stopOnce = (): Promise<void> => {
    stopping ??= stop();
    return stopping;
  };
  // Whoever aborted may still call stop() to hear of a batch that was not taken.
  const stopUnheard = (): void => {
    stopOnce().catch(() => {});
  };
  signal?.addEventListener('abort', stopUnheard, { once: true });

  return {
    add(probe) {
      read(probe);
      tryDeliver();
    },
    async finish(probe) {
      await settle(probe);
      readLast(probe);
      tryDeliver();
    },
    stop: stopOnce,
  };
}

const SLACK_MS = 5;
