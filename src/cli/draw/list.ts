/**
 * The runs that `ls` shows, one a line: state, name, how far, until when, what was emitted.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import { writeGrams } from '../../figures.ts';
import type { Grams, Instant } from '../../units.ts';
import { bold, cutLine, dim, type Line, plain, type Span, toned } from './style.ts';
import { displayWidth, pad } from './width.ts';
import { GLYPHS } from './words.ts';

export interface ListedRun {
  readonly id: string;
  readonly workflow: string;
  readonly state: 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';
  /** False when no process attends a run that is not over. */
  readonly attended: boolean;
  readonly stepsDone: number;
  readonly steps: number;
  readonly submittedAt: Instant;
  readonly deadline: Instant;
  /** `null` when nothing was measured yet. */
  readonly emissionsG: Grams | null;
  /** A word that must stand beside its figures, such as `synthetic`. */
  readonly mark?: string;
}

export interface ListView {
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
}

const SIGNS: Readonly<Record<ListedRun['state'], Span>> = {
  waiting: plain(GLYPHS.waiting),
  running: toned('now', GLYPHS.running, 'bold'),
  paused: bold(GLYPHS.paused),
  done: plain(GLYPHS.done),
  failed: toned('flare', GLYPHS.failed, 'bold'),
  cancelled: toned('flare', GLYPHS.failed, 'bold'),
};

/** A table of runs in the order given; a sentence when there is none. */
export function drawList(runs: readonly ListedRun[], view: ListView): Line[] {
  if (runs.length === 0) return [[plain('No runs yet. Start one: '), bold('gridtide run workflow.yaml')]];
  const when = (at: Instant): string => formatNear(at, view.timeZone, view.now);
  const cells = runs.map((run) => [
    run.id,
    run.workflow,
    run.attended || isOver(run) ? run.state : `${run.state}, unattended`,
    `${run.stepsDone}/${run.steps}`,
    when(run.submittedAt),
    when(run.deadline),
    `${run.emissionsG === null ? '–' : writeGrams(run.emissionsG)}${run.mark === undefined ? '' : ` ${run.mark}`}`,
  ]);
  const headings = ['run', 'workflow', 'state', 'steps', 'submitted', 'deadline', 'emitted'];
  const widths = headings.map((heading, i) =>
    Math.max(displayWidth(heading), ...cells.map((row) => displayWidth(row[i] ?? ''))),
  );
  // The name of the workflow gives way first, then whatever does not fit is cut at the end of the line.
  const over = 2 + widths.reduce((sum, width) => sum + width + 2, 0) - 2 - view.columns;
  if (over > 0) widths[1] = Math.max(6, (widths[1] ?? 0) - over);
  const row = (texts: readonly string[], style: (text: string, column: number) => Span): Line =>
    texts.flatMap((text, i) => [style(pad(text, widths[i] ?? 0), i), plain(i === texts.length - 1 ? '' : '  ')]);
  return [
    cutLine([plain('  '), ...row(headings, dim)], view.columns),
    ...runs.map((run, i) =>
      cutLine(
        [
          SIGNS[run.state],
          plain(' '),
          ...row(cells[i] ?? [], (text, column) => (column === 1 ? bold(text) : plain(text))),
        ],
        view.columns,
      ),
    ),
  ];
}

const isOver = (run: ListedRun): boolean => run.state === 'done' || run.state === 'failed' || run.state === 'cancelled';
