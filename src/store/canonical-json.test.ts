import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  test('sorts keys by UTF-16 code units, as the example of RFC 8785 section 3.2.3 does', () => {
    const example = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew',
      '1': 'One',
      '😀': 'Smile',
      '\u0080': 'Control',
      ö: 'o',
    };
    expect(canonicalJson(example)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"o","€":"Euro Sign","😀":"Smile","\ufb33":"Hebrew"}',
    );
    expect(canonicalJson({ b: 1, a: { d: [1, { z: null, y: true }], c: '' } })).toBe(
      '{"a":{"c":"","d":[1,{"y":true,"z":null}]},"b":1}',
    );
  });

  test('writes numbers as ECMAScript does, the rule of RFC 8785', () => {
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });

  test('leaves undefined members out and refuses what JSON cannot carry, naming the place', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    for (const [value, place] of [
      [{ a: { b: 1n } }, /\$\.a\.b: a bigint/],
      [{ a: [1, Number.NaN] }, /\$\.a\[1\]: NaN/],
      [[Number.POSITIVE_INFINITY], /Infinity/],
      [[undefined], /\$\[0\]: a undefined/],
      [new Array(1), /\$\[0\]: a undefined/],
      [{ at: new Date(0) }, /\$\.at: only plain objects/],
      [new Float64Array(2), /only plain objects/],
      ['\ud800', /lone surrogate/],
      [{ '\udc00': 1 }, /lone surrogate/],
    ] as const) {
      expect(() => canonicalJson(value)).toThrow(place);
    }
  });

  test('round-trips any JSON value, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
