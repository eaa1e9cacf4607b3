import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hour, intensity, pue, SIGNAL, sample, T0 } from '../../test/support/account.ts';
import { exactEmissions, HOUR, instant, MINUTE, microjoules } from '../units.ts';
import { type Factor, factorId, postingsOf } from './index.ts';

const named = (factors: readonly Factor[]): Factor[] => factors.map((factor) => ({ ...factor, id: factorId(factor) }));

const sum = (amounts: readonly (bigint | null)[]): bigint => amounts.reduce((a: bigint, b) => a + (b ?? 0n), 0n);

const used = (...factors: Factor[]): (number | undefined)[] => {
  const known = named(factors);
  return postingsOf(sample('a', hour(0), hour(1), 3_600), known)
    .filter(({ account }) => account !== 'location/overhead')
    .map(({ intensityFactor }) => {
      const found = known.find(({ id }) => id === intensityFactor);
      return found === undefined ? undefined : Number(found.value) / 1000;
    });
};

describe('postings', () => {
  test('conserve energy to the microjoule and agree with one multiplication per piece, whatever the factors', () => {
    const minutes = fc.integer({ min: 0, max: 300 });
    const stretch = fc.tuple(minutes, fc.integer({ min: 1, max: 120 }), fc.integer({ min: 0, max: 900_000 }));
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 70n }),
        minutes,
        fc.integer({ min: 0, max: 200 }),
        fc.array(stretch, { maxLength: 8 }),
        fc.integer({ min: 1000, max: 2500 }),
        (energy, from, length, stretches, pueMilli) => {
          const at = (minute: number) => instant(T0 + minute * MINUTE);
          const known = named([
            pue({ value: BigInt(pueMilli) }),
            ...stretches.map(([start, size, mg]) =>
              intensity(at(start), 0, { validTo: at(start + size), value: BigInt(mg) }),
            ),
          ]);
          const one = sample('a', at(from), at(from + length), 0, { energy: microjoules(energy) });
          const postings = postingsOf(one, known);
          const plug = postings.filter(({ account }) => account !== 'location/overhead');
          expect(sum(plug.map((posting) => posting.energy))).toBe(energy);
          expect(plug[0]?.start).toBe(one.start);
          expect(plug.at(-1)?.end).toBe(one.end);
          for (const [i, posting] of plug.entries()) {
            if (i > 0) expect(posting.start).toBe(plug[i - 1]?.end);
            const same = postings.filter(({ start, end }) => start === posting.start && end === posting.end);
            const factor = known.find(({ id }) => id === posting.intensityFactor);
            if (factor === undefined) {
              expect(posting.account).toBe('location/missing');
              expect(same.every(({ emissions }) => emissions === null)).toBe(true);
            } else {
              const facility = microjoules(sum(same.map((part) => part.energy)));
              expect(sum(same.map(({ emissions }) => emissions))).toBe(exactEmissions(facility, factor.value));
            }
          }
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  test('take the better quality, then the later publication, then the later record', () => {
    const yearly = intensity(T0, 300, { quality: 'yearly-average', publishedAt: hour(9) });
    const forecast = intensity(T0, 200, { quality: 'forecast', publishedAt: hour(5) });
    const measured = intensity(T0, 100, { quality: 'measured', publishedAt: hour(1) });
    expect(used(measured, forecast, yearly)).toEqual([100]);
    expect(used(yearly, forecast, measured)).toEqual([100]);
    expect(used(forecast, yearly)).toEqual([200]);
    expect(used(measured, intensity(T0, 110, { publishedAt: hour(2) }))).toEqual([110]);
    expect(used(intensity(T0, 110, { publishedAt: hour(2) }), measured)).toEqual([110]);
    expect(used(measured, { ...measured, value: 120_000n })).toEqual([120]);
  });

  test('fill with a worse factor only where the better one ends', () => {
    const halfHour = intensity(T0, 100, { validTo: instant(T0 + HOUR / 2) });
    const yearly = intensity(T0, 300, { quality: 'yearly-average', validTo: hour(24) });
    expect(used(halfHour, yearly)).toEqual([100, 300]);
    expect(used(halfHour)).toEqual([100, undefined]);
  });

  test('never take a marginal intensity, another zone, or the hour beside', () => {
    expect(used(intensity(T0, 100, { signal: { ...SIGNAL, kind: 'marginal' } }))).toEqual([undefined]);
    expect(used(intensity(T0, 100, { key: 'FR' }))).toEqual([undefined]);
    expect(used(intensity(hour(1), 100), intensity(hour(-1), 100))).toEqual([undefined]);
    expect(used(intensity(T0, 100, { signal: null }))).toEqual([100]);
  });

  test('add nothing for a PUE of 1, and an unknown where the PUE is unknown', () => {
    const one = sample('a', hour(0), hour(1), 3_600_000);
    expect(postingsOf(one, named([intensity(T0, 100), pue({ value: 1000n })]))).toMatchObject([
      { id: 'a/0/it', emissions: 100_000_000n },
    ]);
    expect(postingsOf(one, named([intensity(T0, 100)]))).toMatchObject([
      { id: 'a/0/it', emissions: 100_000_000n },
      { id: 'a/0/overhead', energy: null, emissions: null },
    ]);
  });

  test('state an unknown, not zero, for a sample without energy, and keep a sample without length whole', () => {
    const known = named([intensity(T0, 100), pue()]);
    expect(postingsOf(sample('a', hour(0), hour(1), null), known)).toMatchObject([
      { account: 'location/missing', energy: null, emissions: null },
    ]);
    expect(postingsOf(sample('a', hour(0), hour(0), 3_600_000), known)).toMatchObject([
      { energy: 3_600_000_000_000n, emissions: 100_000_000n },
      { energy: 720_000_000_000n, emissions: 20_000_000n },
    ]);
  });
});
