import { describe, expect, test } from 'vitest';
import { INTENSITY_TONES, intensityTone, sgrOf } from './ramp.ts';
import {
  bold,
  cutLine,
  dim,
  lineWidth,
  NO_COLOUR,
  padLine,
  paint,
  paintLine,
  paletteFor,
  plain,
  spread,
  toned,
} from './style.ts';

describe('what a terminal can show', () => {
  test.each([
    [{}, false, 0],
    [{}, true, 4],
    [{ TERM: 'xterm-256color' }, true, 8],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, true, 24],
    [{ TERM: 'xterm-256color', COLORTERM: '24bit' }, false, 0],
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, true, 0],
    [{ NO_COLOR: '1', COLORTERM: 'truecolor' }, true, 0],
    [{ NO_COLOR: '', COLORTERM: 'truecolor' }, true, 24],
    [{ FORCE_COLOR: '0', COLORTERM: 'truecolor' }, true, 0],
    [{ FORCE_COLOR: '1' }, false, 4],
    [{ FORCE_COLOR: '2' }, false, 8],
    [{ FORCE_COLOR: '3', NO_COLOR: '1' }, false, 24],
    [{ FORCE_COLOR: 'true', TERM: 'xterm-256color' }, false, 8],
  ] as const)('%j on a terminal: %s gives %d bits', (environment, isTerminal, depth) => {
    expect(paletteFor(environment, isTerminal).depth).toBe(depth);
  });

  test.each([
    ['15;0', 'dark'],
    ['0;15', 'light'],
    ['0;default;7', 'light'],
    ['0;8', 'dark'],
    ['', 'dark'],
    [undefined, 'dark'],
  ])('COLORFGBG %s means a %s background', (value, background) => {
    expect(paletteFor({ COLORFGBG: value }, true).background).toBe(background);
  });
});

describe('lines as text', () => {
  const line = [bold('fact'), plain(' '), dim('context'), toned('i4', '▅'), plain('  ')];

  test('have not one escape sequence without colour, and no spaces at their end', () => {
    expect(paint([line, []], NO_COLOUR)).toBe('fact context▅\n\n');
  });

  test('have bold, dim and the colour of their class in 24 bits', () => {
    expect(paintLine(line, { depth: 24, background: 'dark' })).toBe(
      '\u001b[1mfact\u001b[0m \u001b[2mcontext\u001b[0m\u001b[38;2;168;134;83m▅\u001b[0m',
    );
  });

  test('put neighbours of one style into one sequence', () => {
    expect(paintLine([toned('now', 'a'), toned('now', 'b')], { depth: 4, background: 'dark' })).toBe(
      '\u001b[94mab\u001b[0m',
    );
  });

  test('cannot carry a sequence of somebody else into the terminal', () => {
    expect(paintLine([plain('evil\u001b[2J\u001b]0;title\u0007name\u009b31m\nnext')], NO_COLOUR)).toBe(
      'evilname31m next',
    );
  });

  test('are cut with a sign, padded and spread by the columns that they take', () => {
    expect(paintLine(cutLine([plain('abc'), bold('def')], 4), NO_COLOUR)).toBe('abc…');
    expect(paintLine(cutLine([plain('abc'), bold('def')], 3), NO_COLOUR)).toBe('ab…');
    expect(paintLine(cutLine([plain('abc'), bold('def')], 6), NO_COLOUR)).toBe('abcdef');
    expect(lineWidth(padLine([plain('日本')], 10))).toBe(10);
    expect(paintLine(spread([plain('left')], [plain('right')], 12), NO_COLOUR)).toBe('left   right');
    expect(paintLine(spread([plain('leftleft')], [plain('right')], 12), NO_COLOUR)).toBe('leftl… right');
  });
});

describe('sea to soot', () => {
  test('an edge belongs to the dirtier class, and the scale ends at both sides', () => {
    expect([0, 49.9, 50, 99, 100, 724.9, 725, 5000].map(intensityTone)).toEqual([
      'i0',
      'i0',
      'i1',
      'i1',
      'i2',
      'i8',
      'i9',
      'i9',
    ]);
  });

  test('every class differs from its neighbour in 256 colours on a dark ground, but for two darkest pairs', () => {
    const codes = INTENSITY_TONES.map((tone) => sgrOf(tone, 'dark', 8));
    expect(new Set(codes).size).toBeGreaterThanOrEqual(8);
    expect(codes.every((code) => /^38;5;(1[6-9]|[2-9]\d|1\d\d|2[0-2]\d|23[01])$/.test(code))).toBe(true);
  });

  test('sixteen colours keep three groups in the order of lightness', () => {
    const groups = INTENSITY_TONES.map((tone) => sgrOf(tone, 'dark', 4));
    expect(groups.filter((code, i) => code !== groups[i - 1])).toEqual(['96', '36', '33', '90']);
  });
});
