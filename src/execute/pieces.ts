/**
 * Cuts what a meter says of a stretch of time into the parts in which the run went on and those in which it stood
 * still, so that no energy is entered for hours in which the work was not done. Pure.
 *
 * @module
 */
import type { Reading } from '../meter/index.ts';
import { type Instant, instant, splitExactly, type Watts } from '../units.ts';

/** Energy of a half-open stretch of wall time, in whole microjoules. */
export interface Piece {
  readonly start: Instant;
  readonly end: Instant;
  /** The run stood still: frozen in memory. */
  readonly stopped: boolean;
  readonly dynamic: bigint;
  readonly idle: bigint;
}

interface Stretch {
  readonly start: Instant;
  readonly end: Instant;
}

/**
 * The pieces of `reading`, ascending and touching, their energies summing to the reading's exactly but for its idle part
 * in stopped time: while a run is frozen it holds no processor, so its share of the idle machine is not its own; it is
 * charged `paused` instead, the power that its owner declared for it. Activity belongs to the time in which it ran; if it
 * never ran, to all of it. A reading without length is one piece without length.
 *
 * @param ran stretches in which the run went on, ascending
 */
export function cutReading(reading: Reading, ran: readonly Stretch[], paused: Watts): Piece[] {
  const bare = stretchesWithin(reading, ran);
  const length = (of: Stretch): number => of.end - of.start;
  const lengths = bare.map(length);
  const running = bare.map((piece, i) => (piece.stopped ? 0 : (lengths[i] ?? 0)));
  const everRan = running.some((one) => one > 0);
  const dynamics = splitExactly(reading.dynamic, everRan ? running : lengths);
  const idles = splitExactly(reading.idle, lengths);
  return bare.map((piece, i) => ({
    ...piece,
    dynamic: dynamics[i] ?? 0n,
    idle: piece.stopped ? pausedEnergy(paused, lengths[i] ?? 0) : (idles[i] ?? 0n),
  }));
}

/** Whole microjoules of `power` over `length` milliseconds. */
const pausedEnergy = (power: Watts, length: number): bigint => BigInt(Math.round(power * length * 1_000));

function stretchesWithin(
  { start, end }: Stretch,
  ran: readonly Stretch[],
): (Stretch & { readonly stopped: boolean })[] {
  if (end <= start) return [{ start, end, stopped: false }];
  const pieces: (Stretch & { readonly stopped: boolean })[] = [];
  let at = start;
  for (const stretch of ran) {
    const from = instant(Math.max(at, Math.min(stretch.start, end)));
    const to = instant(Math.max(from, Math.min(stretch.end, end)));
    if (to <= from) continue;
    if (from > at) pieces.push({ start: at, end: from, stopped: true });
    pieces.push({ start: from, end: to, stopped: false });
    at = to;
  }
  if (at < end) pieces.push({ start: at, end, stopped: true });
  return pieces;
}

/** `pieces` with `more` behind them; pieces that touch and are of one kind become one. */
export function joinPieces(pieces: readonly Piece[], more: readonly Piece[]): Piece[] {
  const joined = [...pieces];
  for (const piece of more) {
    const last = joined.at(-1);
    if (
      last !== undefined &&
      last.stopped === piece.stopped &&
      (last.end === piece.start || piece.end <= piece.start)
    ) {
      joined[joined.length - 1] = {
        ...last,
        end: instant(Math.max(last.end, piece.end)),
        dynamic: last.dynamic + piece.dynamic,
        idle: last.idle + piece.idle,
      };
    } else joined.push(piece);
  }
  return joined;
}
