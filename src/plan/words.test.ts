import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../units.ts';
import { EIGHT } from './fixtures.ts';
import { duration, intensity, percent, time } from './words.ts';

test.each([
  [0, '0.0\u202f%'],
  [5, '5\u202f%'],
  [1.24, '1.2\u202f%'],
  [-0.01, '0.0\u202f%'],
  [-2.5, '\u22122.5\u202f%'],
])('%f percent is written %s', (value, text) => expect(percent(value)).toBe(text));

test.each([
  [0, '0\u202fmin'],
  [1, '1\u202fmin'],
  [59 * MINUTE, '59\u202fmin'],
  [HOUR, '1\u202fh'],
  [HOUR + 1, '1\u202fh 1\u202fmin'],
  [4 * HOUR + 35 * MINUTE, '4\u202fh 35\u202fmin'],
])('%i ms are written %s', (length, text) => expect(duration(length)).toBe(text));

test('an intensity is a whole number of g/kWh', () => expect(intensity(211.6)).toBe('212\u202fg/kWh'));

test('a time is UTC, with its day when that is another', () => {
  expect(time(EIGHT + 14.5 * HOUR, EIGHT)).toBe('22:30Z');
  expect(time(EIGHT + 16 * HOUR, EIGHT)).toBe('06-02 00:00Z');
});
