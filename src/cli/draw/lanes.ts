/**
 * The lane of a step under its strip: where it may run, where it runs, its latest start, its deadline.
 * What is drawn over what, from top to bottom: work, deadline, latest start, waiting.
 *
 * @module
 */
import type { Instant } from '../../units.ts';
import { bold, dim, type Line, plain, type Span, toned } from './style.ts';
import { columnOf, type Timeline } from './timeline.ts';

export const BAR = '█';
export const HALF_BAR = '▄';
export const GHOST = '░';
export const MAY_RUN = '─';
export const LATEST_START = '┊';
export const TOO_LATE = '╌';
export const DEADLINE = '┃';

/** A stretch of work, half-open. */
export interface Stretch {
  readonly start: Instant;
  readonly end: Instant;
  /** `ghost`: planned, not yet run; `runner-up`: what might have been chosen. */
  readonly look: 'bar' | 'half-bar' | 'ghost' | 'runner-up' | 'failed';
}

export interface Lane {
  readonly stretches: readonly Stretch[];
  /** From when to when the step may run; `undefined` draws no line. */
  readonly window: { readonly start: Instant; readonly end: Instant } | undefined;
  readonly latestStart: Instant | undefined;
  readonly deadline: Instant | undefined;
  readonly atRisk: boolean;
}

const LOOKS: Readonly<Record<Stretch['look'], Span>> = {
  bar: bold(BAR),
  'half-bar': bold(HALF_BAR),
  ghost: dim(GHOST),
  'runner-up': toned('now', GHOST),
  failed: toned('flare', BAR, 'bold'),
};

/**
 * One cell a column. A stretch fills the columns that it covers by half; one that covers none so far keeps the column
 * of its middle, so that no work is invisible.
 */
export function laneCells(lane: Lane, timeline: Timeline): Line {
  const cells: Span[] = Array.from({ length: timeline.columns }, () => plain(' '));
  const put = (column: number, span: Span): void => {
    if (column >= 0 && column < timeline.columns) cells[column] = span;
  };
  const { window, latestStart, deadline } = lane;
  if (window !== undefined && window.end > window.start) {
    const last = columnOf(timeline, window.end);
    for (let column = Math.max(0, columnOf(timeline, window.start)); column < last; column += 1)
      put(column, dim(MAY_RUN));
    if (latestStart !== undefined) {
      for (let column = Math.max(0, columnOf(timeline, latestStart)); column < last; column += 1)
        put(column, dim(TOO_LATE));
      if (latestStart >= timeline.start && latestStart < window.end)
        put(columnOf(timeline, latestStart), plain(LATEST_START));
    }
  }
  const work = new Set<number>();
  for (const stretch of lane.stretches) {
    for (const column of columnsCovered(stretch, timeline)) {
      put(column, LOOKS[stretch.look]);
      work.add(column);
    }
  }
  if (deadline !== undefined) {
    const column = columnOf(timeline, deadline);
    // Work that ends at its deadline may share the column: the mark then stands just behind it.
    const free = work.has(column) ? column + 1 : column;
    if (!work.has(free)) put(free, lane.atRisk ? toned('flare', DEADLINE, 'bold') : bold(DEADLINE));
  }
  return cells;
}

function columnsCovered(stretch: { readonly start: Instant; readonly end: Instant }, timeline: Timeline): number[] {
  const from = (stretch.start - timeline.start) / timeline.step;
  const to = (stretch.end - timeline.start) / timeline.step;
  if (to <= from) return [];
  const first = Math.ceil(from - 0.5);
  const last = Math.ceil(to - 0.5) - 1;
  if (last < first) return [Math.floor((from + to) / 2)];
  const firstShown = Math.max(0, first);
  const lastShown = Math.min(timeline.columns - 1, last);
  return Array.from({ length: Math.max(0, lastShown - firstShown + 1) }, (_, i) => firstShown + i);
}
