/**
 * A plan beside the one that a change would make of it.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import { MINUS, writeChange, writeEnergy, writeGrams, writeMoney, writeRoughDuration } from '../../figures.ts';
import type { ConflictSet, Outline, WhatIf } from '../../plan/index.ts';
import type { Money } from '../../site/index.ts';
import type { Instant } from '../../units.ts';
import { conflictLines } from './bindings.ts';
import { bold, cutLine, dim, type Line, plain, toned } from './style.ts';
import { displayWidth, pad } from './width.ts';
import { GLYPHS, keyed, stacked, wrapLine } from './words.ts';

export interface WhatIfView {
  readonly workflowName: string;
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
  /** The changes as they were written. */
  readonly changes: readonly string[];
  /** Why nothing can be planned, before and after. */
  readonly conflicts: { readonly before: readonly ConflictSet[]; readonly after: readonly ConflictSet[] };
  /** ` (synthetic grid)`. */
  readonly mark?: string;
}

export function drawWhatIf({ before, after }: WhatIf, view: WhatIfView): Line[] {
  return stacked(
    wrapLine([verdict(before, after, view)], view.columns),
    [...conflictLines(view.conflicts.after, view), ...(after.finish === null ? [] : unplannedBefore(before, view))],
    before.finish === null && after.finish === null ? [] : table(before, after, view),
    before.finish === null || after.finish === null ? [] : moves(before, after, view),
  );
}

const unplannedBefore = (before: Outline, view: WhatIfView): Line[] =>
  before.finish === null ? conflictLines(view.conflicts.before, view) : [];

function verdict(before: Outline, after: Outline, view: WhatIfView) {
  const { workflowName, changes, timeZone, now, mark = '' } = view;
  const when = (at: Instant): string => formatNear(at, timeZone, now);
  const name = `With ${changes.join(' and ')}, ${workflowName}`;
  if (after.finish === null) return toned('flare', `${GLYPHS.failed} ${name} cannot run as asked.`, 'bold');
  const mass = writeGrams(after.emissionsG);
  if (before.finish === null) {
    return bold(`${name} will emit ${mass} and be done ${when(after.finish)}; as asked it cannot run${mark}.`);
  }
  const change = changeOf(before, after);
  const emits =
    change === '±0'
      ? `will emit as much, ${mass},`
      : `will emit ${mass} instead of ${writeGrams(before.emissionsG)}, ${change},`;
  const done =
    before.finish === after.finish
      ? `and be done at the same time, ${when(after.finish)}`
      : `and be done ${when(after.finish)} instead of ${when(before.finish)}`;
  return bold(`${name} ${emits} ${done}${mark}.`);
}

const changeOf = (before: Outline, after: Outline): string =>
  before.emissionsG > 0 ? writeChange((1 - after.emissionsG / before.emissionsG) * 100) : '–';

function table(before: Outline, after: Outline, { columns, timeZone, now }: WhatIfView): Line[] {
  const when = (at: Instant | null): string => (at === null ? '–' : formatNear(at, timeZone, now));
  const isBoth = before.finish !== null && after.finish !== null;
  const has = (outline: Outline, text: string): string => (outline.finish === null ? '–' : text);
  const row = (label: string, write: (outline: Outline) => string, difference: string): readonly string[] => [
    label,
    has(before, write(before)),
    has(after, write(after)),
    isBoth ? difference : '',
  ];
  const rows = [
    ['', 'as asked', 'changed', isBoth ? 'difference' : ''],
    row('emits', ({ emissionsG }) => writeGrams(emissionsG), changeOf(before, after)),
    row('done', ({ finish }) => when(finish), apart(before.finish, after.finish)),
    row('draws', ({ energyKWh }) => writeEnergy(energyKWh), energyChange(before, after)),
    ...(before.cost === null && after.cost === null
      ? []
      : [row('cost', ({ cost }) => (cost === null ? '–' : writeMoney(cost)), dearer(before.cost, after.cost))]),
    ['deadline', when(before.deadline), when(after.deadline), apart(before.deadline, after.deadline)],
  ];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((texts) => displayWidth(texts[i] ?? ''))));
  return rows.map((texts, index) => {
    const cells = texts.map((text, i) => pad(text, widths[i] ?? 0, i === 0 ? 'start' : 'end')).join('  ');
    return cutLine([index === 0 ? dim(`  ${cells}`) : plain(`  ${cells}`)], columns);
  });
}

function apart(before: Instant | null, after: Instant | null): string {
  if (before === null || after === null) return '';
  if (before === after) return '±0';
  return `${writeRoughDuration(after - before)} ${after > before ? 'later' : 'earlier'}`;
}

const energyChange = (before: Outline, after: Outline): string =>
  before.energyKWh > 0 ? writeChange((1 - after.energyKWh / before.energyKWh) * 100) : '–';

function dearer(before: Money | null, after: Money | null): string {
  if (before === null || after?.currency !== before.currency) return '–';
  const more = after.amount - before.amount;
  if (Math.abs(more) < 0.005) return '±0';
  return `${more > 0 ? '+' : MINUS}${writeMoney({ ...before, amount: Math.abs(more) })}`;
}

/** So many steps that move are told; the rest is in the JSON. */
const MOST_MOVES = 4;

function moves(before: Outline, after: Outline, { columns, timeZone, now }: WhatIfView): Line[] {
  const when = (at: Instant): string => formatNear(at, timeZone, now);
  const places = new Map(before.steps.map((step) => [step.step, step]));
  const moved = after.steps
    .flatMap((to) => {
      const from = places.get(to.step);
      const isSame = from === undefined || (from.start === to.start && from.end === to.end && from.site === to.site);
      return isSame ? [] : [{ from, to, savesG: from.emissionsG - to.emissionsG }];
    })
    .sort((a, b) => Math.abs(b.savesG) - Math.abs(a.savesG));
  const lines = moved.slice(0, MOST_MOVES).flatMap(({ from, to, savesG }, index) => {
    const where = (step: { readonly site: string }): string => (from.site === to.site ? '' : ` at ${step.site}`);
    const grams = savesG === 0 ? '±0' : `${savesG > 0 ? MINUS : '+'}${writeGrams(Math.abs(savesG))}`;
    const words = `${when(from.start)}${where(from)} → ${when(to.start)}${where(to)}  ${grams}`;
    return keyed(index === 0 ? 'moves' : '', [dim(`${to.step}: `), plain(words)], columns);
  });
  const left = moved.length - MOST_MOVES;
  return left > 0 ? [...lines, ...keyed('', [dim(`… ${left} more with --json`)], columns)] : lines;
}
