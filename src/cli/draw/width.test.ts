import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, cut, displayWidth, pad, wrap } from './width.ts';

describe('columns of a text', () => {
  test.each([
    ['abc', 3],
    ['▅─┊┃●‖', 6],
    ['日本語', 6],
    ['e\u0301', 1],
    ['👩\u200d🔬', 4],
    ['−41\u202f%', 5],
    ['', 0],
  ])('%j takes %d', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('a cut text takes no more than its width, and says that it is cut', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('日本語', 4)).toBe('日…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
  });

  test('padding stands where it is asked for', () => {
    expect(pad('7', 3)).toBe('7  ');
    expect(pad('7', 3, 'end')).toBe('  7');
    expect(pad('12345', 3, 'end')).toBe('12…');
  });
});

describe('wrapping', () => {
  test('keeps a number with its unit, a range whole', () => {
    expect(wrap('least possible 0.9 % below', 18)).toEqual(['least possible', '0.9 % below']);
    expect(wrap('be done 19 h early', 10)).toEqual(['be done', '19 h early']);
    expect(wrap('vs 1.87 … 2.73 kgCO2e', 18)).toEqual(['vs', '1.87 … 2.73 kgCO2e']);
  });

  test('loses nothing and never exceeds its width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 40 }), (raw, width) => {
        const text = clean(raw);
        const lines = wrap(text, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replace(/[\s\u00a0]/g, '')).toBe(text.replace(/[\s\u00a0]/g, ''));
      }),
      { seed: 3 },
    );
  });
});

test('cleaning leaves no control character and no direction mark', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (raw) => {
      expect(clean(raw)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
    { seed: 4 },
  );
  expect(clean('\u001b[31mred\u001b[0m\ttab\u202eback')).toBe('red tabback');
});
