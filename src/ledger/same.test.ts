import { expect, test } from 'vitest';
import { sameWithin } from './same.ts';

test('equal values and numbers within the tolerance are the same', () => {
  expect(
    sameWithin({ a: [1, 'x', null], b: { c: true } }, { b: { c: true }, a: [1 + 1e-12, 'x', null] }, 1e-9),
  ).toBeUndefined();
  expect(sameWithin(0, 0, 1e-9)).toBeUndefined();
});

test.each([
  [{ a: { b: [1, 2] } }, { a: { b: [1, 2.1] } }, '$.a.b.1'],
  [{ a: 1 }, { a: 1, b: undefined }, '$.b'],
  [{ a: [] }, { a: {} }, '$.a'],
  [{ a: [1] }, { a: [1, 2] }, '$.a.1'],
  [{ a: null }, { a: 0 }, '$.a'],
  ['1', 1, '$'],
  [0, 1e-30, '$'],
])('%j and %j differ, and where is said', (a, b, path) => {
  expect(sameWithin(a, b, 1e-9)).toBe(path);
});
