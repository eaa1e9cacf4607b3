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
import { GLYPHS, wrapLine } from './words.ts';

export interface ListedRun {
  readonly id: string;
  readonly workflow: string;
  readonly state: 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';
  /** False when no process attends a run that is not over. */
  readonly attended: boolean;
  /** False when it has ended and its account is not written yet. */
  readonly accounted: boolean;
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

interface Column {
  readonly heading: string;
  readonly text: (run: ListedRun) => string;
  /** The higher, the sooner it is left out when the terminal is narrow; 0 stays. */
  readonly dispensable: number;
}

/** The name of the workflow gives way down to this many columns. */
const LEAST_NAME = 14;

/** A table of runs in the order given; a sentence when there is none. */
export function drawList(runs: readonly ListedRun[], view: ListView): Line[] {
  if (runs.length === 0)
    return wrapLine([plain('No runs yet. Start one: '), bold('gridtide run workflow.yaml')], view.columns);
  const columns = columnsThatFit(runs, view);
  const row = (text: (column: Column) => string, style: (text: string, column: Column) => Span): Line =>
    columns.flatMap(({ column, width }, i) => [
      style(pad(text(column), width), column),
      plain(i === columns.length - 1 ? '' : '  '),
    ]);
  return [
    cutLine([plain('  '), ...row(({ heading }) => heading, dim)], view.columns),
    ...runs.map((run) => {
      const cells = row(
        ({ text }) => text(run),
        (text, { heading }) => (heading === 'workflow' ? bold(text) : plain(text)),
      );
      return cutLine([SIGNS[run.state], plain(' '), ...cells], view.columns);
    }),
  ];
}

function columnsThatFit(runs: readonly ListedRun[], view: ListView): { column: Column; width: number }[] {
  const when = (at: Instant): string => formatNear(at, view.timeZone, view.now);
  const all: readonly Column[] = [
    { heading: 'run', text: ({ id }) => id, dispensable: 0 },
    { heading: 'workflow', text: ({ workflow }) => workflow, dispensable: 0 },
    {
      heading: 'state',
      text: (run) => {
        if (!run.accounted) return `${run.state}, not accounted`;
        return run.attended || isOver(run) ? run.state : `${run.state}, unattended`;
      },
      dispensable: 0,
    },
    { heading: 'steps', text: (run) => `${run.stepsDone}/${run.steps}`, dispensable: 2 },
    { heading: 'submitted', text: (run) => when(run.submittedAt), dispensable: 3 },
    { heading: 'deadline', text: (run) => when(run.deadline), dispensable: 1 },
    {
      heading: 'emitted',
      text: ({ emissionsG, mark }) =>
        `${emissionsG === null ? '–' : writeGrams(emissionsG)}${mark === undefined ? '' : ` ${mark}`}`,
      dispensable: 0,
    },
  ];
  const measured = all.map((column) => ({
    column,
    width: Math.max(displayWidth(column.heading), ...runs.map((run) => displayWidth(column.text(run)))),
  }));
  for (let limit = 3; limit >= 0; limit -= 1) {
    const kept = measured.filter(({ column }) => column.dispensable <= limit);
    const over = kept.reduce((sum, { width }) => sum + width + 2, 0) - view.columns;
    if (over <= 0) return kept;
    const name = kept.find(({ column }) => column.heading === 'workflow')?.width ?? 0;
    if (name - over >= LEAST_NAME || limit === 0) {
      return kept.map(({ column, width }) => ({
        column,
        width: column.heading === 'workflow' ? Math.max(4, width - over) : width,
      }));
    }
  }
  return measured;
}

const isOver = (run: ListedRun): boolean => run.state === 'done' || run.state === 'failed' || run.state === 'cancelled';
