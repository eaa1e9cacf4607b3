/**
 * Time as columns: which stretch of time a column stands for, the axis above it, and the strip of grid intensity.
 * The height of a strip is scaled per row, so that it reads without colour; its colour is absolute.
 *
 * @module
 */
import { formatLocal } from '../../calendar.ts';
import { writeBareIntensity } from '../../figures.ts';
import type { Outlook } from '../../plan/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, SECOND } from '../../units.ts';
import { intensityTone } from './ramp.ts';
import { dim, type Line, plain, type Span, toned } from './style.ts';
import { displayWidth } from './width.ts';

/** Column i stands for [start + i·step, start + (i+1)·step); `step` in milliseconds. */
export interface Timeline {
  readonly start: Instant;
  readonly step: number;
  readonly columns: number;
}

const BLOCKS = '▁▂▃▄▅▆▇█';
/** What stands where nothing is known. */
const MISSING = '╌';

const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 40, 45].map((n) => n * MINUTE),
  ...[1, 1.5, 2, 3, 4, 6, 8, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
];

/**
 * A timeline that shows [start, end] in at most `columns` columns of a round length. It keeps all columns: what lies
 * beyond `end` is there to be seen.
 */
export function timelineOver(start: Instant, end: Instant, columns: number): Timeline {
  const width = Math.max(1, columns);
  const fits = (step: number): boolean => (end - Math.floor(start / step) * step) / step <= width - 1;
  const step = STEPS.find(fits) ?? Math.ceil((end - start) / Math.max(1, width - 2) / DAY) * DAY;
  return { start: instant(Math.floor(start / step) * step), step, columns: width };
}

/** The timeline without the columns behind both `mark`, which is shown, and `reach`, which is not. */
export const trimmedTo = (timeline: Timeline, mark: Instant, reach: Instant = mark): Timeline => ({
  ...timeline,
  columns: Math.max(1, Math.min(timeline.columns, Math.max(columnOf(timeline, mark) + 1, columnOf(timeline, reach)))),
});

export const columnStart = (timeline: Timeline, column: number): Instant =>
  instant(timeline.start + column * timeline.step);

/** The column that holds `at`; outside [0, columns) when it is not shown. */
export const columnOf = (timeline: Timeline, at: Instant): number => Math.floor((at - timeline.start) / timeline.step);

/** Time-weighted mean of a piecewise constant series over [start, end); NaN where it does not reach. */
export function meanOver(
  axis: { readonly start: Instant; readonly step: number; readonly length: number },
  values: ArrayLike<number>,
  start: number,
  end: number,
): number {
  const first = Math.max(0, Math.floor((start - axis.start) / axis.step));
  const last = Math.min(axis.length - 1, Math.ceil((end - axis.start) / axis.step) - 1);
  let sum = 0;
  let covered = 0;
  for (let slot = first; slot <= last; slot += 1) {
    const from = axis.start + slot * axis.step;
    const length = Math.min(end, from + axis.step) - Math.max(start, from);
    const value = values[slot] ?? Number.NaN;
    if (length <= 0 || Number.isNaN(value)) continue;
    sum += value * length;
    covered += length;
  }
  return covered > 0 ? sum / covered : Number.NaN;
}

/** Intensity of each column; NaN where nothing is known: what was filled in for planning is not. */
export function columnsOf(
  timeline: Timeline,
  { axis, intensityG, gaps = [] }: Pick<Outlook, 'axis' | 'intensityG' | 'gaps'>,
): number[] {
  const known = intensityG.map((value, slot) => {
    const at = axis.start + slot * axis.step;
    return gaps.some(({ start, end }) => start <= at && at < end) ? Number.NaN : value;
  });
  return Array.from({ length: timeline.columns }, (_, column) => {
    const from = columnStart(timeline, column);
    return meanOver(axis, known, from, from + timeline.step);
  });
}

/** Values that differ by less than this share of the largest are drawn level: noise must not look like a tide. */
const FLAT_SHARE = 0.02;

/** The eight heights of a row of values, from 0 to 7; a flat row stands at a third of the height. NaN stays NaN. */
export function heightsOf(values: readonly number[]): number[] {
  const known = values.filter((value) => !Number.isNaN(value));
  const low = Math.min(...known);
  const high = Math.max(...known);
  const flat = high - low <= Math.abs(high) * FLAT_SHARE;
  return values.map((value) =>
    Number.isNaN(value) ? Number.NaN : flat ? 2 : Math.round(((value - low) / (high - low)) * (BLOCKS.length - 1)),
  );
}

/** One character for a height from {@link heightsOf}. */
export const block = (height: number): string => (Number.isNaN(height) ? MISSING : (BLOCKS[height] ?? MISSING));

/** A row of intensities as blocks; where only the shape is known, without colour. */
export function stripOf(values: readonly number[], coloured = true): Line {
  return heightsOf(values).map((height, column): Span => {
    if (Number.isNaN(height)) return dim(MISSING);
    return coloured ? toned(intensityTone(values[column] ?? 0), block(height)) : dim(block(height));
  });
}

/** The strip of an outlook: coloured where its level is known, grey where only its shape is, dots where nothing is. */
export function outlookStrip(timeline: Timeline, outlook: Outlook | undefined): Line {
  if (outlook === undefined || outlook.use === 'none') return [dim('·'.repeat(timeline.columns))];
  return stripOf(columnsOf(timeline, outlook), outlook.use === 'level');
}

/** `73 … 231` of what the strip shows; one number when it is flat; words when there is none. */
export function rangeOf(timeline: Timeline, outlook: Outlook | undefined): string {
  if (outlook === undefined || outlook.use === 'none') return 'no signal';
  if (outlook.use === 'shape') return 'shape only';
  const known = columnsOf(timeline, outlook).filter((value) => !Number.isNaN(value));
  if (known.length === 0) return 'no data';
  const low = writeBareIntensity(Math.min(...known));
  const high = writeBareIntensity(Math.max(...known));
  return low === high ? low : `${low} … ${high}`;
}

/** Distances between labels of the axis. */
const TICKS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** 1970-01-05 was a Monday: weeks of the axis begin there. */
const FIRST_MONDAY = 4 * DAY;

/** What the clocks of the zone show, as if they showed UTC: arithmetic on it knows local midnights. */
function localClock(at: Instant, timeZone: string): number {
  return Date.parse(`${formatLocal(at, timeZone, 'date-time').replace(' ', 'T')}:00Z`);
}

function labelFor(at: number, local: number, tick: number, timeZone: string, longSpan: boolean): string {
  const boundary = Math.floor(local / tick) * tick;
  const shown = tick >= DAY ? local : boundary;
  const midnight = tick >= DAY || shown % DAY === 0;
  if (!midnight) {
    const time = new Date(shown).toISOString().slice(11, 16);
    return tick % HOUR === 0 ? time.slice(0, 2) : time;
  }
  const date = formatLocal(instant(at), timeZone, 'date');
  if (longSpan) return `${Number(date.slice(8))} ${MONTHS[Number(date.slice(5, 7)) - 1] ?? ''}`;
  return formatLocal(instant(at), timeZone, 'weekday');
}

/**
 * The axis above a timeline: `now`, clock times at round hours, weekdays (or dates, beyond a week) at midnight.
 * A label stands at the column in which its time begins, and is left out where it would touch another.
 */
export function axisLine(timeline: Timeline, timeZone: string, now: Instant | undefined): Line {
  const { step, columns } = timeline;
  const span = step * columns;
  const longSpan = span > 7 * DAY;
  // The longest label of the kind, and a column between two.
  const labelColumns = longSpan ? 7 : span <= 3 * HOUR ? 7 : 5;
  const tick = TICKS.find((t) => t / step >= labelColumns) ?? 28 * DAY;
  const texts: (string | undefined)[] = Array.from({ length: columns });
  const taken = new Array<boolean>(columns).fill(false);
  const put = (text: string, column: number): void => {
    const width = displayWidth(text);
    if (column < 0 || column + width > columns) return;
    for (let i = Math.max(0, column - 1); i <= Math.min(columns - 1, column + width); i += 1) if (taken[i]) return;
    for (let i = column; i < column + width; i += 1) taken[i] = true;
    texts[column] = text;
  };
  if (now !== undefined) put('now', columnOf(timeline, now));
  const origin = tick >= 7 * DAY ? FIRST_MONDAY : 0;
  let previous = localClock(columnStart(timeline, -1), timeZone) - origin;
  for (let column = 0; column < columns; column += 1) {
    const at = columnStart(timeline, column);
    const local = localClock(at, timeZone) - origin;
    if (Math.floor(local / tick) > Math.floor(previous / tick)) {
      put(labelFor(at, local, Math.min(tick, DAY), timeZone, longSpan), column);
    }
    previous = local;
  }
  const spans: Span[] = [];
  for (let column = 0; column < columns; ) {
    const text = texts[column];
    if (text === undefined) {
      spans.push(plain(' '));
      column += 1;
    } else {
      spans.push(text === 'now' ? toned('now', text, 'bold') : dim(text));
      column += displayWidth(text);
    }
  }
  return spans;
}
