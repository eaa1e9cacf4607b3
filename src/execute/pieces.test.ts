import { describe, expect, it } from 'vitest';
import type { Reading } from '../meter/index.ts';
import { instant, microjoules, watts } from '../units.ts';
import { cutReading, joinPieces, type Piece } from './pieces.ts';

const at = (seconds: number) => instant(seconds * 1_000);
const reading = (start: number, end: number, dynamic: bigint, idle: bigint): Reading => ({
  start: at(start),
  end: at(end),
  dynamic: microjoules(dynamic),
  idle: microjoules(idle),
  cpuMicros: undefined,
  note: undefined,
});
const stretch = (start: number, end: number) => ({ start: at(start), end: at(end) });
const short = (pieces: readonly Piece[]) =>
  pieces.map(({ start, end, stopped, dynamic, idle }) => [start / 1_000, end / 1_000, stopped, dynamic, idle]);

describe('cutting a reading', () => {
  it('leaves one of a run that went on whole', () => {
    expect(short(cutReading(reading(10, 20, 7n, 5n), [stretch(0, 30)], watts(0)))).toEqual([[10, 20, false, 7n, 5n]]);
  });

  it('gives activity to the time in which it ran, and no idle share to a pause', () => {
    const pieces = cutReading(reading(0, 10, 100n, 100n), [stretch(0, 2), stretch(7, 30)], watts(0));
    expect(short(pieces)).toEqual([
      [0, 2, false, 40n, 20n],
      [2, 7, true, 0n, 0n],
      [7, 10, false, 60n, 30n],
    ]);
  });

  it('charges a pause the power that was declared for it', () => {
    const pieces = cutReading(reading(0, 10, 100n, 100n), [stretch(0, 4)], watts(2));
    expect(short(pieces)).toEqual([
      [0, 4, false, 100n, 40n],
      [4, 10, true, 0n, 12_000_000n],
    ]);
  });

  it('keeps the activity of a run that stood still all the while', () => {
    expect(short(cutReading(reading(5, 6, 9n, 9n), [stretch(0, 5)], watts(0)))).toEqual([[5, 6, true, 9n, 0n]]);
  });

  it('loses no microjoule of activity, however it is cut', () => {
    const pieces = cutReading(reading(0, 9, 1_000_003n, 7n), [stretch(1, 2), stretch(3, 4), stretch(8, 20)], watts(0));
    expect(pieces.reduce((sum, { dynamic }) => sum + dynamic, 0n)).toBe(1_000_003n);
    expect(pieces.map(({ start }) => start).slice(1)).toEqual(pieces.map(({ end }) => end).slice(0, -1));
  });

  it('keeps a reading that has no length', () => {
    expect(short(cutReading(reading(5, 5, 3n, 0n), [stretch(0, 9)], watts(0)))).toEqual([[5, 5, false, 3n, 0n]]);
  });
});

describe('joining pieces', () => {
  const piece = (start: number, end: number, stopped: boolean, dynamic: bigint): Piece => ({
    ...stretch(start, end),
    stopped,
    dynamic,
    idle: 1n,
  });

  it('makes one of two that touch and are of one kind', () => {
    expect(short(joinPieces([piece(0, 1, false, 2n)], [piece(1, 3, false, 5n)]))).toEqual([[0, 3, false, 7n, 2n]]);
  });

  it('keeps apart what is of another kind, or does not touch', () => {
    expect(joinPieces([piece(0, 1, false, 2n)], [piece(1, 3, true, 5n)])).toHaveLength(2);
    expect(joinPieces([piece(0, 1, false, 2n)], [piece(2, 3, false, 5n)])).toHaveLength(2);
  });

  it('adds one without length to what is before it', () => {
    expect(short(joinPieces([piece(0, 1, false, 2n)], [piece(1, 1, false, 5n)]))).toEqual([[0, 1, false, 7n, 2n]]);
  });
});
