/**
 * The frame that plan and run share: a gutter with names, a field of columns in time, figures at the end of each row.
 *
 * @module
 */

import type { Instant } from '../../units.ts';
import { cutLine, EMPTY, type Line, lineWidth, padLine, plain } from './style.ts';
import { axisLine, type Timeline } from './timeline.ts';

/** Columns from which a drawing has room for words beside its numbers. */
export const WIDE = 100;

export interface Row {
  readonly label: Line;
  readonly cells: Line;
  readonly end: Line;
}

/** An empty row. */
export const GAP_ROW: Row = { label: EMPTY, cells: EMPTY, end: EMPTY };

/** Between the field and the figures. */
const BEFORE_END = 2;
const LEAST_FIELD = 10;

export interface Frame {
  readonly gutter: number;
  readonly field: number;
}

/** Shares `columns` among names, field and figures; names are cut before the field falls below its least. */
export function frameFor(columns: number, labels: readonly Line[], ends: readonly Line[]): Frame {
  const wide = columns >= WIDE;
  const usual = wide ? 24 : columns >= 80 ? 16 : 14;
  const wanted = Math.max(...labels.map(lineWidth), 0) + 1;
  const end = Math.max(...ends.map(lineWidth), 0) + BEFORE_END;
  const gutter = Math.max(8, Math.min(Math.max(usual, Math.min(wanted, wide ? 32 : 22)), columns - end - LEAST_FIELD));
  return { gutter, field: Math.max(1, columns - gutter - end) };
}

export function layRows(rows: readonly Row[], frame: Frame, columns: number): Line[] {
  return rows.map((row): Line => {
    if (row.label.length === 0 && row.cells.length === 0 && row.end.length === 0) return EMPTY;
    const left = [...padLine(cutLine(row.label, frame.gutter - 1), frame.gutter), ...row.cells];
    return cutLine(row.end.length === 0 ? left : [...left, plain(' '.repeat(BEFORE_END)), ...row.end], columns);
  });
}

/** The axis as a row. */
export const axisRow = (timeline: Timeline, timeZone: string, now: Instant | undefined): Row => ({
  label: EMPTY,
  cells: axisLine(timeline, timeZone, now),
  end: EMPTY,
});
