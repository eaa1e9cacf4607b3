/**
 * What holds a plan back and what that costs; and where there is no plan, what cannot hold together.
 *
 * @module
 */
import { writeGrams } from '../../figures.ts';
import type { Binding, ConflictSet } from '../../plan/index.ts';
import type { Instant } from '../../units.ts';
import { bold, dim, type Line, plain } from './style.ts';
import { keyed, localised, paragraph } from './words.ts';

interface Clock {
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
}

/** So many are told; the rest is in the JSON. */
const MOST_BINDINGS = 3;

/** `binds  the deadline, Fri 18:00, costs 3.1 kg: 6 h more would save that`. */
export function bindingLines(bindings: readonly Binding[], { columns, timeZone, now }: Clock): Line[] {
  const shown = bindings.slice(0, MOST_BINDINGS);
  const left = bindings.length - shown.length;
  return [
    ...shown.flatMap(({ words, relief, savesG }, index) =>
      keyed(
        index === 0 ? 'binds' : '',
        [
          plain(`${localised(words, timeZone, now)}, costs `),
          bold(writeGrams(savesG)),
          plain(`: ${relief} would save that`),
        ],
        columns,
      ),
    ),
    ...(left > 0 ? keyed('', [dim(`… ${left} more with --json`)], columns) : []),
  ];
}

/** `The deadline, 18:00, and the capacity of here, 2 cpus, cannot hold together: any one of them may go.` */
export function conflictLines(conflicts: readonly ConflictSet[], { columns, timeZone, now }: Clock): Line[] {
  return conflicts.flatMap(({ constraints }, index) => {
    const names = constraints.map(({ words }) => localised(words, timeZone, now));
    const all = names.length === 1 ? names.join('') : `${names.slice(0, -1).join('; ')}; and ${names.at(-1) ?? ''}`;
    const verb =
      names.length === 1 ? 'cannot hold, whatever else is changed.' : 'cannot hold together: any one of them may go.';
    const sentence = `${index === 0 ? '' : 'Besides, '}${all}, ${verb}`;
    return paragraph(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`, columns);
  });
}
