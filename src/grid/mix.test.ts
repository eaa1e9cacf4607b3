import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/grid-replies.ts';
import { HOUR, instant, MINUTE } from '../units.ts';
import { IPCC_AR5_LIFECYCLE } from './data/factors.ts';
import { lastMoments, type MixFuel, mixSeries, type Output } from './mix.ts';
import { cutSeries } from './slots.ts';

const START = at('2026-03-18T00:00Z');
const FUELS: Readonly<Record<string, MixFuel>> = { coal: 'coal', wind: 'wind', pumped: 'storage', waste: 'other' };

const partsOf = (hours: number) => ({
  zone: 'DE',
  signal: { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' } as const,
  range: { start: START, end: instant(START + hours * HOUR) },
  step: HOUR,
  factors: IPCC_AR5_LIFECYCLE,
  provenance: {
    provider: 'test',
    source: 'test',
    licence: 'none',
    fetchedAt: START,
    issuedAt: START,
    issuedAtBasis: 'fetch-time' as const,
  },
  reason: () => 'not published',
});

/** One row an hour: megawatts by type; what is left out is not published. */
const series = (rows: readonly Readonly<Record<string, number>>[]) => {
  const outputs = rows.flatMap((row, i) =>
    Object.entries(row).map(
      ([type, powerMW]): Output => ({
        start: instant(START + i * HOUR),
        type,
        fuel: FUELS[type] ?? 'other',
        powerMW,
      }),
    ),
  );
  return mixSeries({ ...partsOf(rows.length), outputs });
};

describe('intensity from generation', () => {
  it('is the mean of the factors by generation, and names the factor set', () => {
    const { intensityG, covered, provenance, warnings } = series([{ coal: 100, wind: 300 }]);
    expect(intensityG[0]).toBeCloseTo((100 * 820 + 300 * 11) / 400);
    expect(covered?.[0]).toBe(1);
    expect(provenance.factors).toBe('ipcc-ar5-lifecycle@1');
    expect(warnings).toEqual([]);
  });

  it('leaves storage out, whether it gives or takes', () => {
    const { intensityG, covered } = series([
      { coal: 100, pumped: 900 },
      { coal: 100, pumped: -900 },
    ]);
    expect([...intensityG]).toEqual([820, 820]);
    expect([...(covered ?? [])]).toEqual([1, 1]);
  });

  it('keeps the covered share where a fuel has no factor, and says so', () => {
    const { intensityG, covered, warnings } = series([{ coal: 95, waste: 5 }]);
    expect(intensityG[0]).toBe(820);
    expect(covered?.[0]).toBeCloseTo(0.95);
    expect(warnings).toEqual(['test: up to 5 % of generation is of no known fuel and left out']);
  });

  it('is a gap where too little is known by fuel', () => {
    const { gaps } = series([{ coal: 80, waste: 20 }, { coal: 95 }]);
    expect(gaps[0]?.reason).toBe('only 80 % of generation is known by fuel');
  });

  it('takes a type that is late for what it usually is, never for zero', () => {
    const { intensityG, gaps } = series([{ coal: 100, wind: 100 }, { wind: 100 }, { coal: Number.NaN, wind: 100 }]);
    expect(intensityG[1]).toBeNaN();
    expect(intensityG[2]).toBeNaN();
    expect(gaps.map(({ reason }) => reason)).toEqual(['only 50 % of generation is known by fuel; not published: coal']);
  });

  it('counts the own use of plants as zero and refuses a slot that is further below', () => {
    const { intensityG, gaps } = series([
      { coal: 100, wind: -19 },
      { coal: 100, wind: -21 },
    ]);
    expect(intensityG[0]).toBe(820);
    expect(gaps[0]?.reason).toBe('wind is said to be -21 MW');
  });

  it('refuses a slot with more than any zone generates, and leaves it out of what is usual', () => {
    const { intensityG, gaps } = series([
      { coal: 100, wind: 500_000 },
      { coal: 100, wind: 500_001 },
      { coal: 100, wind: 1e300 },
    ]);
    expect(intensityG[0]).toBeCloseTo(11.16, 2);
    expect(gaps.map(({ reason }) => reason)).toEqual(['wind is said to be 500001 MW', 'wind is said to be 1e+300 MW']);
    expect(series([{ coal: 100, wind: 1e300 }]).intensityG[0]).toBeNaN();
    expect(series([{ coal: 100, wind: 1 }, { coal: 100, wind: 1e300 }, { coal: 100 }]).intensityG[2]).toBe(820);
  });

  it('prefers what the publisher says of the emissions of an output', () => {
    const output = { start: START, fuel: 'coal', powerMW: 1 } as const;
    const own = mixSeries({
      ...partsOf(1),
      outputs: [
        { ...output, type: 'old', gPerKWh: 1_000 },
        { ...output, type: 'new' },
      ],
    });
    expect(own.intensityG[0]).toBe((1_000 + 820) / 2);
  });

  it('is of no type that comes twice in a slot', () => {
    const output = { start: START, type: 'coal', fuel: 'coal' } as const;
    const twice = [
      { ...output, powerMW: 1 },
      { ...output, powerMW: 2 },
    ];
    expect(() => mixSeries({ ...partsOf(1), outputs: twice })).toThrow('test: coal comes twice');
  });

  it('is that of the last moment of a slot where there are several', () => {
    const minute = (count: number, powerMW: number): Output => ({
      start: instant(START + count * MINUTE),
      type: 'coal',
      fuel: 'coal',
      powerMW,
    });
    expect(lastMoments([minute(0, 1), minute(59, 2), minute(7, 3), minute(61, 4)], HOUR)).toEqual([
      minute(0, 2),
      minute(60, 4),
    ]);
  });

  it('is a gap where nothing is generated', () => {
    expect(series([{ coal: 0 }]).gaps[0]?.reason).toBe('no generation is published');
  });

  it('does not depend on the order in which outputs come', () => {
    const output = fc.record({
      hour: fc.integer({ min: 0, max: 3 }),
      type: fc.constantFrom('coal', 'wind', 'waste', 'pumped'),
      powerMW: fc.integer({ min: 0, max: 100 }),
    });
    const outputs = fc.uniqueArray(output, { selector: ({ hour, type }) => `${hour} ${type}` });
    const both = outputs.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(both, ([list, shuffled]) => {
        const of = (some: typeof list) =>
          mixSeries({
            ...partsOf(4),
            outputs: some.map(({ hour, type, powerMW }) => ({
              start: instant(START + hour * HOUR),
              type,
              fuel: FUELS[type] ?? 'other',
              powerMW,
            })),
          });
        const [one, other] = [of(list), of(shuffled)];
        for (const [i, value] of one.intensityG.entries()) {
          expect(Number.isNaN(other.intensityG[i])).toBe(Number.isNaN(value));
          if (Number.isNaN(value)) continue;
          expect(other.intensityG[i]).toBeCloseTo(value, 9);
          expect(value).toBeGreaterThanOrEqual(11);
          expect(value).toBeLessThanOrEqual(820);
        }
      }),
    );
  });

  it('keeps the covered share when it is cut', () => {
    const whole = series([{ coal: 1 }, { coal: 95, waste: 5 }]);
    const cut = cutSeries(whole, { start: instant(START + HOUR), end: instant(START + 3 * HOUR) });
    expect([...(cut.covered ?? [])].map((share) => Math.round(share * 100))).toEqual([95, Number.NaN]);
  });
});
