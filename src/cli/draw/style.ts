/**
 * Lines of styled text, and how they become what a terminal is sent: bold is a fact, dim is context, colour belongs to
 * the grid. Without colour not one escape sequence is written.
 *
 * @module
 */
import { type Background, type Depth, sgrOf, type Tone } from './ramp.ts';
import { clean, cut, displayWidth } from './width.ts';

export interface Span {
  readonly text: string;
  readonly weight?: 'bold' | 'dim';
  readonly tone?: Tone;
}

/** One row of the terminal. */
export type Line = readonly Span[];

export const EMPTY: Line = [];

export const plain = (text: string): Span => ({ text: clean(text) });
export const bold = (text: string): Span => ({ text: clean(text), weight: 'bold' });
export const dim = (text: string): Span => ({ text: clean(text), weight: 'dim' });
export const toned = (tone: Tone, text: string, weight?: 'bold'): Span =>
  weight === undefined ? { text: clean(text), tone } : { text: clean(text), tone, weight };

export interface Palette {
  readonly depth: Depth;
  readonly background: Background;
}

export const NO_COLOUR: Palette = { depth: 0, background: 'dark' };

/**
 * What the terminal behind a stream can show. `FORCE_COLOR` (0 none, 1 sixteen, 2 256, 3 24 bit) wins over `NO_COLOR`
 * (any value that is not empty), which wins over what the stream is; `COLORTERM` and `TERM` say how many colours, and
 * `COLORFGBG` whether the background is light.
 *
 * @param environment the environment variables
 */
export function paletteFor(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Palette {
  return { depth: depthFor(environment, isTerminal), background: backgroundFor(environment['COLORFGBG']) };
}

function depthFor(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Depth {
  const forced = environment['FORCE_COLOR'];
  if (forced === '0' || forced === 'false') return 0;
  if (forced === '1') return 4;
  if (forced === '2') return 8;
  if (forced === '3') return 24;
  if (forced === undefined || forced === '') {
    if ((environment['NO_COLOR'] ?? '') !== '' || !isTerminal || environment['TERM'] === 'dumb') return 0;
  }
  if (/truecolor|24bit/i.test(environment['COLORTERM'] ?? '')) return 24;
  return /256|direct|kitty|alacritty|ghostty|wezterm/i.test(environment['TERM'] ?? '') ? 8 : 4;
}

/** `COLORFGBG` ends in the number of the background: 7 and 9 to 15 are light. */
function backgroundFor(colorFgBg: string | undefined): Background {
  const number = Number(colorFgBg?.split(';').at(-1) || Number.NaN);
  return number === 7 || (number >= 9 && number <= 15) ? 'light' : 'dark';
}

/** Lines as text, each ended by a line break; spaces at the end of a line are left out. */
export const paint = (lines: readonly Line[], palette: Palette): string =>
  lines.map((line) => `${paintLine(line, palette)}\n`).join('');

/** One line without its line break. */
export function paintLine(line: Line, palette: Palette): string {
  const trimmed = trimEnd(line);
  const { depth, background } = palette;
  if (depth === 0) return trimmed.map(({ text }) => text).join('');
  return merge(trimmed)
    .map(({ text, weight, tone }) => {
      const codes = [
        ...(weight === 'bold' ? ['1'] : weight === 'dim' ? ['2'] : []),
        ...(tone === undefined ? [] : [sgrOf(tone, background, depth)]),
      ];
      return codes.length === 0 ? text : `\u001b[${codes.join(';')}m${text}\u001b[0m`;
    })
    .join('');
}

function trimEnd(line: Line): Line {
  const spans = [...line];
  for (;;) {
    const last = spans.at(-1);
    if (last === undefined) return spans;
    const text = last.text.replace(/ +$/, '');
    if (text === last.text && text !== '') return spans;
    spans.pop();
    if (text !== '') return [...spans, { ...last, text }];
  }
}

/** Neighbours of one style as one span, so that a strip of 90 cells does not take 90 sequences. */
export function merge(line: Line): Line {
  const spans: Span[] = [];
  for (const span of line) {
    const last = spans.at(-1);
    if (last !== undefined && last.weight === span.weight && last.tone === span.tone) {
      spans[spans.length - 1] = { ...last, text: last.text + span.text };
    } else if (span.text !== '') {
      spans.push(span);
    }
  }
  return spans;
}

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + displayWidth(text), 0);

/** The line cut to `width` columns, with `…` where something is missing. */
export function cutLine(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const spans: Span[] = [];
  let left = width;
  for (const span of line) {
    const columns = displayWidth(span.text);
    // One column stays for the sign that something is missing.
    if (columns >= left) {
      spans.push({ ...span, text: columns === left ? cut(`${span.text}…`, left) : cut(span.text, left) });
      break;
    }
    spans.push(span);
    left -= columns;
  }
  return spans;
}

/** The line filled with spaces to `width` columns, or cut to it. */
export function padLine(line: Line, width: number): Line {
  const shown = cutLine(line, width);
  const missing = width - lineWidth(shown);
  return missing > 0 ? [...shown, { text: ' '.repeat(missing) }] : shown;
}

/** `left` and `right` at the two ends of `width` columns; the left is cut before the right is. */
export function spread(left: Line, right: Line, width: number): Line {
  const room = Math.max(0, width - lineWidth(right) - 1);
  return cutLine([...padLine(left, room), { text: ' ' }, ...right], width);
}
