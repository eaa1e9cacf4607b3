/**
 * A failure for people: what is wrong in one line, where, the line of the file with a mark under the place, and what
 * can be done.
 *
 * @module
 */
import { CATALOGUE, type Failure } from '../../errors.ts';
import { bold, cutLine, dim, EMPTY, type Line, plain, toned } from './style.ts';
import { clean, displayWidth } from './width.ts';
import { GLYPHS, paragraph, wrapLine } from './words.ts';

export interface FailureView {
  readonly columns: number;
  /** The text of the file that the place names, when it was read. */
  readonly source?: string;
  /** So many failures of one file are shown in full. Default 5. */
  readonly most?: number;
}

const ADVICE = {
  fix: 'Correct it and try again.',
  wait: 'Try again later.',
  'give-up': 'It cannot be done as asked.',
} as const;

export function drawFailure(failure: Failure, view: FailureView): Line[] {
  const others = failure.others.filter((other) => other !== failure);
  const most = view.most ?? 5;
  const shown = others.slice(0, Math.max(0, most - 1));
  const left = others.length - shown.length;
  const { class: kind, title } = CATALOGUE[failure.code];
  return [
    ...one(failure, view),
    ...shown.flatMap((other) => [EMPTY, ...one(other, view)]),
    ...(left > 0 ? [EMPTY, ...paragraph(`… ${left} more`, view.columns, 0, dim)] : []),
    EMPTY,
    ...paragraph(`${title}. ${ADVICE[kind]} (${failure.code})`, view.columns, 0, dim),
  ];
}

function one(failure: Failure, view: FailureView): Line[] {
  const found = failure.value === undefined ? '' : `: found ${JSON.stringify(failure.value)}`;
  const where = failure.place;
  const place =
    where === undefined ? '' : [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
  return [
    ...wrapLine([toned('flare', `${GLYPHS.failed} ${clean(failure.message)}${found}`, 'bold')], view.columns),
    ...(place === '' ? [] : paragraph(clean(place), view.columns, 2, dim)),
    ...excerpt(failure, view),
    ...(failure.expected === undefined
      ? []
      : wrapLine([plain('expected '), bold(failure.expected)], view.columns - 2).map(
          (line): Line => [plain('  '), ...line],
        )),
  ];
}

/** `  12 │     power: fast` and a caret under the column. A long line is shown around its place. */
function excerpt(failure: Failure, view: FailureView): Line[] {
  const { line, column } = failure.place ?? {};
  if (view.source === undefined || line === undefined) return [];
  const raw = view.source.split('\n', line)[line - 1];
  if (raw === undefined) return [];
  // A tab stands for one column in the place, and is shown as one.
  const text = clean(raw.replaceAll('\t', ' ').trimEnd());
  const gutter = `  ${line} │ `;
  const room = view.columns - gutter.length;
  if (room < 8) return [];
  const at = Math.max(0, (column ?? 1) - 1);
  const from = at > room - 8 ? at - Math.floor(room / 2) : 0;
  const caretAt = displayWidth([...text].slice(from, at).join(''));
  return [
    cutLine([dim(gutter), plain([...text].slice(from).join(''))], view.columns),
    ...(column === undefined || caretAt >= room
      ? []
      : [[plain(' '.repeat(gutter.length + caretAt)), toned('flare', '^', 'bold')]]),
  ];
}
