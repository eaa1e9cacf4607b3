/**
 * What `verify` found: everything recomputes, or the first row that does not hold.
 *
 * @module
 */
import { writeGrams, writeNumber } from '../../figures.ts';
import type { Quality, Signal } from '../../grid/index.ts';
import type { Grams } from '../../units.ts';
import { bold, dim, type Line, toned } from './style.ts';
import { GLYPHS, paragraph, provenanceMark, signalWords, wrapLine } from './words.ts';

export type Verified =
  | {
      readonly ok: true;
      readonly rows: number;
      readonly runs: number;
      readonly open: number;
      readonly emissions: readonly {
        readonly signal: Signal | null;
        readonly quality: Quality;
        readonly emissionsG: Grams;
      }[];
      readonly head?: string;
    }
  | {
      readonly ok: false;
      readonly table: string;
      readonly id: string;
      readonly seq: number | null;
      readonly what: string;
    };

/** Grams of different signals are different figures: each by itself, with its mark. */
function emittedWords(emissions: Extract<Verified, { ok: true }>['emissions']): string {
  const signals = new Set(emissions.map(({ signal }) => (signal === null ? '' : signalWords(signal))));
  return emissions
    .map(({ signal, quality, emissionsG }) => {
      const words = [
        ...(signals.size > 1 && signal !== null ? [signalWords(signal)] : []),
        ...(provenanceMark(quality) === undefined ? [] : [provenanceMark(quality)]),
      ];
      return `, ${writeGrams(emissionsG, { whole: true })}${words.length === 0 ? '' : ` (${words.join('; ')})`}`;
    })
    .join('');
}

export function drawVerify(answer: Verified, view: { readonly columns: number }): Line[] {
  if (answer.ok) {
    const runs = answer.runs === 1 ? '1 run' : `${writeNumber(answer.runs, 0)} runs`;
    const rows = answer.rows === 1 ? '1 row' : `${writeNumber(answer.rows, 0)} rows`;
    return [
      ...wrapLine(
        [bold(`${GLYPHS.done} The ledger holds: ${runs}, ${rows}${emittedWords(answer.emissions)}.`)],
        view.columns,
      ),
      ...(answer.open === 0
        ? []
        : paragraph(`${answer.open} of them under way or not yet accounted for.`, view.columns, 2)),
      ...paragraph(
        'Every gram was recomputed from its samples and factors, and every row hangs in the chain.',
        view.columns,
        2,
      ),
      ...(answer.head === undefined
        ? []
        : paragraph(`head of the chain ${answer.head.slice(0, 12)}`, view.columns, 2, dim)),
    ];
  }
  const row = answer.seq === null ? '' : `, row ${writeNumber(answer.seq, 0)} of the chain`;
  return [
    ...wrapLine([toned('flare', `${GLYPHS.failed} The ledger does not hold: ${answer.what}.`, 'bold')], view.columns),
    ...paragraph(`first at ${answer.table} ${answer.id}${row}`, view.columns, 2),
  ];
}
