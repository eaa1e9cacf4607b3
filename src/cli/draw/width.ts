/**
 * How many columns a text takes in a terminal, and texts cut, padded and wrapped by it. Text from elsewhere is cleaned
 * of control characters first, so that no file name and no printed line can steer the terminal.
 *
 * @module
 */

/** Ranges of code points that take two columns (Unicode East Asian Width W and F, and emoji presentation). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x2614, 0x2615],
  [0x26a1, 0x26a1],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2753, 0x2757],
  [0x2795, 0x2797],
  [0x2b50, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f000, 0x1f0ff],
  [0x1f18e, 0x1f19a],
  [0x1f1e6, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

const ZERO_WIDTH = /^[\p{M}\p{Cf}]$/u;
// Whole escape sequences go, not only their first byte: what follows would otherwise show as rubbish.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** The text as it may be shown: without escape sequences, line breaks as spaces, control characters gone. */
export const clean = (text: string): string =>
  /^[ -~]*$/.test(text)
    ? text
    : text
        .replace(ESCAPES, '')
        .replace(/[\t\r\n]+/g, ' ')
        .replace(CONTROLS, '');

function widthOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return code === 0xad ? 0 : 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Columns that cleaned `text` takes. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** As much of `text` as fits `width` columns; what is cut ends in `…`. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return '';
  let taken = '';
  let columns = 0;
  for (const character of text) {
    columns += widthOfCharacter(character);
    if (columns > width - 1) break;
    taken += character;
  }
  return `${taken}…`;
}

/** `text` filled with spaces to `width` columns, or cut to it. `end` puts the spaces before it. */
export function pad(text: string, width: number, align: 'start' | 'end' = 'start'): string {
  const shown = cut(text, width);
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(shown)));
  return align === 'start' ? shown + spaces : spaces + shown;
}

/** A space that holds a number and its unit, or the ends of a range, together. */
const HELD =
  /(?<=\d) (?=(?:%|[kmµ]?g|t|[kMGm]?Wh?|J|h|min|s|d)(?:CO2e?)?(?![A-Za-z])|\d\d(?!\d))|(?<=\d) (?=…)|(?<=…) (?=[\d−+±])/g;

/**
 * `text` in lines of at most `width` columns, broken at spaces; a longer word is broken where it must be. Numbers stay
 * with their units.
 */
export function wrap(text: string, width: number): string[] {
  const limit = Math.max(2, width);
  const lines: string[] = [];
  let line = '';
  let columns = 0;
  const end = (): void => {
    lines.push(line.replaceAll('\u00a0', ' '));
    line = '';
    columns = 0;
  };
  for (const word of text.replace(HELD, '\u00a0').split(' ')) {
    const wordColumns = displayWidth(word);
    if (line !== '' && columns + 1 + wordColumns > limit) {
      end();
    } else if (line !== '') {
      line += ' ';
      columns += 1;
    }
    if (columns + wordColumns <= limit) {
      line += word;
      columns += wordColumns;
      continue;
    }
    for (const character of word) {
      const one = widthOfCharacter(character);
      if (columns + one > limit) end();
      line += character;
      columns += one;
    }
  }
  end();
  return lines;
}
