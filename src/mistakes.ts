/**
 * Mistakes in files, told well: many as one failure, each with its source line and a caret, unknown words with the
 * nearest known one.
 *
 * @module
 */
import { Failure, type FailureCode, type FailureDetails, type Place } from './errors.ts';

/** Most mistakes told in one go; the rest are counted. */
const MOST_MISTAKES = 20;

const order = (place: Place | undefined): number => (place?.line ?? 0) * 1e6 + (place?.column ?? 0);

/** One failure that carries the others, in the order of the file. */
export function joined(failures: readonly Failure[]): Failure {
  const sorted = [...failures].sort((a, b) => order(a.place) - order(b.place));
  const [first, ...rest] = sorted.slice(0, MOST_MISTAKES);
  if (first === undefined) throw new RangeError('no failure to join');
  const untold = sorted.length - MOST_MISTAKES;
  const others =
    untold > 0
      ? [...rest, new Failure(first.code, `${untold} more ${untold === 1 ? 'mistake is' : 'mistakes are'} not shown`)]
      : rest;
  return new Failure(first.code, first.message, { ...detailsOf(first), others });
}

/** Throws the failures as one, if there are any. */
export function throwAll(failures: readonly Failure[]): void {
  if (failures.length > 0) throw joined(failures);
}

function detailsOf({ place, value, expected, cause }: Failure): FailureDetails {
  return {
    ...(place === undefined ? {} : { place }),
    ...(value === undefined ? {} : { value }),
    ...(expected === undefined ? {} : { expected }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The same failure at another place. */
export const placed = (failure: Failure, place: Place, code: FailureCode = failure.code): Failure =>
  new Failure(code, failure.message, { ...detailsOf(failure), place });

/** Longest source line shown whole. */
const LONGEST_LINE = 100;

/** The line of `source` at `place` and a caret below the column; nothing when there is no such line. */
export function excerpt(source: string, place: Place): readonly string[] {
  if (place.line === undefined) return [];
  const line = source.split(/\r?\n/)[place.line - 1]?.replaceAll('\t', ' ');
  if (line === undefined) return [];
  const column = place.column ?? 1;
  const cut = line.length > LONGEST_LINE ? Math.max(0, column - 1 - LONGEST_LINE / 2) : 0;
  const shown = line.slice(cut, cut + LONGEST_LINE).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');
  const number = String(place.line);
  return [`${number} | ${shown}`, `${' '.repeat(number.length)} | ${' '.repeat(Math.max(0, column - 1 - cut))}^`];
}

/** Every mistake in words, each with its source line and a caret. */
export function explain(failure: Failure, source: string): string {
  return [failure, ...failure.others]
    .map((one) => [one.describe(), ...(one.place === undefined ? [] : excerpt(source, one.place))].join('\n'))
    .join('\n');
}

/** The known word nearest to `word` (at most a third of it mistyped, ties to the earlier), for "did you mean". */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.ceil(word.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Damerau-Levenshtein distance with adjacent swaps (optimal string alignment); O(a · b). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The end of a sentence about an unknown word: `; did you mean "train"?` or what is known. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return known.length > 0 && known.length <= 30 ? `; known are ${known.join(', ')}` : '';
}
