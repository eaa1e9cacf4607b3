/**
 * Reading the past of a zone that was never read, so that its forecast has something to learn from: in pieces, the newest
 * first, each kept before the next is asked for. A reading that is cut off goes on where it stopped.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import type { Range } from './provider.ts';
import { type Series, sameSignal } from './series.ts';
import type { VintageKey, Vintages } from './vintages.ts';

/** What is asked for at once. */
const PIECE = 14 * DAY;
/** Between two questions: nobody waits for this. */
const PAUSE_MS = 1_000;
/** Known to so large a share, a piece is not asked for again. */
const ENOUGH = 0.9;

export interface BackfillOptions {
  readonly key: VintageKey;
  readonly vintages: Pick<Vintages, 'past' | 'keys'>;
  /** From `since` to `until`, as far as the publisher reaches. */
  readonly since: Instant;
  readonly until: Instant;
  /** Reads a piece and keeps it. Rejects with the publisher's failure. */
  readonly read: (range: Range) => Promise<Series>;
  readonly signal: AbortSignal;
  /** Told before each question. */
  readonly onPiece?: (range: Range) => void;
  readonly pauseMs?: number;
}

export interface Backfilled {
  /** Questions that were asked. */
  readonly asked: number;
  /** Why it went no further back; `undefined` where all is there. */
  readonly stopped: string | undefined;
}

/** Rejects only when `signal` aborts. */
export async function backfill(options: BackfillOptions): Promise<Backfilled> {
  const { key, vintages, since, until, read, signal, onPiece, pauseMs = PAUSE_MS } = options;
  let asked = 0;
  for (let end = Math.floor(until / PIECE) * PIECE + PIECE; end > since; end -= PIECE) {
    signal.throwIfAborted();
    const piece = { start: instant(Math.max(since, end - PIECE)), end: instant(Math.min(until, end)) };
    if (piece.end - piece.start < HOUR || (await isKnown(vintages, key, piece))) continue;
    if (asked > 0) await delay(pauseMs, undefined, { signal });
    asked += 1;
    onPiece?.(piece);
    try {
      const series = await read(piece);
      if (series.intensityG.every(Number.isNaN))
        return {
          asked,
          stopped: `${key.provider} has nothing before ${new Date(piece.end).toISOString().slice(0, 10)}`,
        };
    } catch (thrown) {
      signal.throwIfAborted();
      return { asked, stopped: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }
  return { asked, stopped: undefined };
}

/** Whether most of `piece` is kept, under whatever length of slots. */
async function isKnown(vintages: BackfillOptions['vintages'], key: VintageKey, piece: Range): Promise<boolean> {
  for (const known of await vintages.keys(key.zone, key.provider)) {
    if (!sameSignal(known.signal, key.signal) || known.factors !== key.factors) continue;
    const { intensityG, powerMW } = await vintages.past(known, piece);
    const powers = [...(powerMW?.values() ?? [])];
    // What was computed is known with the generation that it was computed from.
    const hasPower = (slot: number): boolean =>
      known.factors === undefined || powers.some((power) => !Number.isNaN(power[slot]));
    const isThere = (value: number, slot: number): boolean => !Number.isNaN(value) && hasPower(slot);
    if (intensityG.filter(isThere).length >= ENOUGH * intensityG.length) return true;
  }
  return false;
}
