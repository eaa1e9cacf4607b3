/**
 * What waiting buys: grams against finish time as a falling line of steps, and the same points as a table.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import { writeChange, writeGrams, writeMoney, writeRoughDuration } from '../../figures.ts';
import type { Money } from '../../site/index.ts';
import type { Grams, Instant } from '../../units.ts';
import { bold, cutLine, dim, EMPTY, type Line, plain, type Span } from './style.ts';
import { axisLine, columnOf, timelineOver } from './timeline.ts';
import { displayWidth, pad } from './width.ts';
import { paragraph, wrapLine } from './words.ts';

/** One choice: nothing finishes as early and emits less. */
export interface FrontierChoice {
  readonly finish: Instant;
  readonly emissionsG: Grams;
  readonly cost: Money | null;
}

export interface FrontierView {
  readonly workflowName: string;
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
  readonly deadline: Instant;
  /** `synthetic`, `replayed`: stands in the sentence. */
  readonly mark?: string;
  /** False where no saving may be claimed (only the shape is known). Default true. */
  readonly claims?: boolean;
}

const CHART_ROWS = 8;

/** Draws the choices, earliest first; the first is the one that all are compared with. */
export function drawFrontier(points: readonly FrontierChoice[], view: FrontierView): Line[] {
  const sorted = [...points].sort((a, b) => a.finish - b.finish);
  const [first] = sorted;
  // Points may also differ in cost alone, so that the last to finish need not be the cleanest.
  const last = sorted.reduce<FrontierChoice | undefined>(
    (best, point) => (best === undefined || point.emissionsG < best.emissionsG ? point : best),
    undefined,
  );
  if (first === undefined || last === undefined) return [[plain('No choice meets the deadline.')]];
  const mark = view.mark === undefined ? '' : ` (${view.mark} grid)`;
  const saved = (1 - last.emissionsG / first.emissionsG) * 100;
  const waits = writeRoughDuration(last.finish - first.finish);
  const sentence =
    last === first
      ? `${view.workflowName}: waiting changes nothing${mark}.`
      : view.claims === false
        ? `${view.workflowName}: finishing ${waits} later uses hours that are usually cleaner${mark}; no saving is claimed.`
        : `${view.workflowName}: finishing ${waits} later emits ${writeGrams(last.emissionsG)} instead of ${writeGrams(first.emissionsG)}, ${writeChange(saved)}${mark}.`;
  return [
    ...wrapLine([bold(sentence)], view.columns),
    EMPTY,
    ...(sorted.length > 1 ? [...chart(sorted, view), EMPTY] : []),
    ...table(sorted, view),
  ];
}

function chart(points: readonly FrontierChoice[], view: FrontierView): Line[] {
  const most = Math.max(...points.map(({ emissionsG }) => emissionsG));
  const least = Math.min(...points.map(({ emissionsG }) => emissionsG));
  // From zero where that leaves room to see the difference; a cut axis is said.
  const floor = least < most * 0.6 ? 0 : least - (most - least) * 0.2;
  const labels = [writeGrams(most), writeGrams(floor, { like: most })];
  const gutter = Math.max(...labels.map(displayWidth)) + 3;
  const timeline = timelineOver(points[0]?.finish ?? view.now, view.deadline, view.columns - gutter - 1);
  const rowOf = (mass: number): number =>
    most === floor ? 0 : Math.round(((most - mass) / (most - floor)) * (CHART_ROWS - 1));
  const cells: Span[][] = Array.from({ length: CHART_ROWS }, () =>
    Array.from({ length: timeline.columns }, () => plain(' ')),
  );
  const put = (row: number, column: number, span: Span): void => {
    const line = cells[row];
    if (line !== undefined && column >= 0 && column < timeline.columns) line[column] = span;
  };
  points.forEach(({ finish, emissionsG }, i) => {
    const row = rowOf(emissionsG);
    const column = columnOf(timeline, finish);
    const next = points[i + 1];
    const until = next === undefined ? columnOf(timeline, view.deadline) : columnOf(timeline, next.finish);
    for (let c = column + 1; c < until; c += 1) put(row, c, dim('─'));
    const nextRow = next === undefined ? row : rowOf(next.emissionsG);
    for (let r = Math.min(row, nextRow) + 1; r < Math.max(row, nextRow); r += 1) put(r, until, dim('│'));
    if (next !== undefined && nextRow !== row) put(row, until, dim(nextRow > row ? '┐' : '┘'));
  });
  for (let r = 0; r < CHART_ROWS; r += 1) put(r, columnOf(timeline, view.deadline), dim('┃'));
  for (const { finish, emissionsG } of points) put(rowOf(emissionsG), columnOf(timeline, finish), bold('●'));
  const label = (row: number): string =>
    row === 0 ? (labels[0] ?? '') : row === CHART_ROWS - 1 ? (labels[1] ?? '') : '';
  return [
    ...cells.map((line, row) => cutLine([dim(`${pad(label(row), gutter - 2, 'end')}  `), ...line], view.columns)),
    cutLine([plain(' '.repeat(gutter)), ...axisLine(timeline, view.timeZone, undefined)], view.columns),
    ...(floor === 0 ? [] : paragraph('the gram axis does not begin at 0', view.columns, gutter, dim)),
  ];
}

function table(points: readonly FrontierChoice[], view: FrontierView): Line[] {
  const [first] = points;
  const costs = points.some(({ cost }) => cost !== null);
  const headings = ['done', 'emits', ...(view.claims === false ? [] : ['vs first']), ...(costs ? ['cost'] : [])];
  const rows = points.map(({ finish, emissionsG, cost }) => [
    formatNear(finish, view.timeZone, view.now),
    writeGrams(emissionsG),
    ...(view.claims === false ? [] : [writeChange((1 - emissionsG / (first?.emissionsG ?? emissionsG)) * 100)]),
    ...(costs ? [cost === null ? '–' : writeMoney(cost)] : []),
  ]);
  const widths = headings.map((heading, i) =>
    Math.max(displayWidth(heading), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  const lay = (texts: readonly string[]): string =>
    texts.map((text, i) => pad(text, widths[i] ?? 0, i === 0 ? 'start' : 'end')).join('  ');
  return [
    cutLine([dim(`  ${lay(headings)}`)], view.columns),
    ...rows.map((row) => cutLine([plain(`  ${lay(row)}`)], view.columns)),
  ];
}
