import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, RAW, unpack } from './packing.ts';

const back = (values: readonly number[]): number[] => [...unpack(pack(Float64Array.from(values)))];
const decimals = fc
  .tuple(fc.integer({ min: -3_000_000, max: 3_000_000 }), fc.constantFrom(1, 10, 100, 1_000))
  .map(([whole, power]) => whole / power);
const failing = (bytes: readonly number[]): void =>
  expect(() => unpack(Uint8Array.from(bytes))).toThrow('cannot be read');

describe('packed values', () => {
  it('come back to the last bit, whatever they are', () => {
    const any = fc.oneof(fc.double(), decimals, fc.constantFrom(Number.NaN, -0, 0, 2 ** 53, 5e-324));
    const pounds = decimals.map((value) => value * 0.45359237);
    for (const value of [any, decimals, pounds])
      fc.assert(
        fc.property(fc.array(fc.oneof(value, fc.constant(Number.NaN)), { maxLength: 300 }), (values) => {
          expect(back(values)).toEqual(values);
        }),
        { seed: 5 },
      );
  });

  it('come back by others that they are like, whatever those are, and take little where they repeat them', () => {
    const list = fc.array(fc.oneof(decimals, fc.double(), fc.constant(Number.NaN)), { maxLength: 60 });
    const own = fc.array(fc.oneof(decimals, fc.constant(Number.NaN)), { maxLength: 60 });
    fc.assert(
      fc.property(own, list, (values, others) => {
        const like = Float64Array.from(others);
        expect([...unpack(pack(Float64Array.from(values), like), like)]).toEqual(values);
      }),
      { seed: 5 },
    );
    const wild = Float64Array.from({ length: 288 }, (_, i) => ((i * i * 7_919) % 3_001) / 10);
    expect(pack(wild).length).toBeGreaterThan(288);
    expect(
      pack(
        wild.map((value, i) => (i < 280 ? value : value + 1)),
        wild,
      ).length,
    ).toBeLessThan(30);
  });

  it('take about a byte each where they are decimals, and little where they are missing', () => {
    const day = Float64Array.from({ length: 288 }, (_, i) => Math.round(3_000 + 1_200 * Math.sin(i / 45)) / 10);
    expect(pack(day).length).toBeLessThan(288);
    expect(pack(day.map((value) => value * 0.45359237)).length).toBeLessThan(288);
    const sparse = new Float64Array(2016).fill(Number.NaN);
    sparse[0] = 231.5;
    sparse[2015] = 229;
    expect(pack(sparse).length).toBeLessThan(10);
  });

  it('are read as they were kept before they were packed', () => {
    const doubles = Buffer.from(Float64Array.of(1.5, Number.NaN, -0).buffer);
    expect([...unpack(Buffer.concat([Uint8Array.of(RAW), doubles]))]).toEqual([1.5, Number.NaN, -0]);
  });

  it('that are damaged are refused, however much they promise', () => {
    failing([]);
    failing([0x3f, 1]);
    failing([RAW, 1, 2, 3]);
    failing([0, 0x80]);
    failing([0, 0, 0xff, 0xff, 0xff, 0x7f]);
    failing([0x20, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    failing([0x80, 1, 2, 3]);
  });
});
