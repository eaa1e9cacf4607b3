import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/grid-replies.ts';
import { HOUR, instant, MINUTE } from '../units.ts';
import { IPCC_AR5_LIFECYCLE } from './data/factors.ts';
import { lastMoments, type MixFuel, type MixParts, mixSeries, type Output } from './mix.ts';
import { cutSeries } from './slots.ts';

const START = at('2026-03-18T00:00Z');
const FUELS: Readonly<Record<string, MixFuel>> = {
  coal: 'coal',
  wind: 'wind',
  river: 'hydro',
  pumped: 'storage',
  waste: 'other',
};

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
const series = (rows: readonly Readonly<Record<string, number>>[], more: Partial<MixParts> = {}) => {
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
  return mixSeries({ ...partsOf(rows.length), outputs, ...more });
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

  it('knows what is usual from before the range too, and warns of the range alone', () => {
    const range = { start: instant(START + 2 * HOUR), end: instant(START + 4 * HOUR) };
    const rows = [{ coal: 90, waste: 10 }, { coal: 100, wind: 100 }, { wind: 100 }, { coal: 100, wind: 100 }];
    const { gaps, warnings } = series(rows, { range });
    expect(gaps).toMatchObject([{ start: range.start, end: START + 3 * HOUR }]);
    expect(gaps[0]?.reason).toMatch(/not published: coal/);
    expect(warnings).toEqual(['test: up to 5 % of generation is of no known fuel and left out']);
  });

  describe('where the year has a fuel that is never published', () => {
    type Yearly = NonNullable<MixParts['yearly']>;
    const days = (hours: number, row: Readonly<Record<string, number>>) => new Array(hours).fill(row);
    const asked = (row: Readonly<Record<string, number>>, yearly: Yearly, hours = 25) =>
      series(days(hours, row), { yearly });

    it('covers less by its share, and says so', () => {
      const { intensityG, covered, warnings } = asked({ coal: 100, wind: 100 }, { nuclear: 0.07, oil: 0.04 });
      expect(intensityG[0]).toBe((820 + 11) / 2);
      expect(covered?.[0]).toBeCloseTo(0.93);
      expect(warnings[0]).toBe("test: nothing is published of nuclear, which makes 7 % of a year's generation");
    });

    it('is a gap where that is too much', () => {
      const { gaps } = asked({ coal: 100, wind: 100 }, { nuclear: 0.29 });
      expect(gaps.map(({ reason }) => reason)).toEqual([
        'only 71 % of generation is known by fuel; not published: nuclear (29 % of a year)',
      ]);
    });

    it('misses nothing in less than a day, nothing that is published as zero, and nothing that may stand under another type', () => {
      const whole = (row: Readonly<Record<string, number>>, yearly: Yearly, hours?: number) =>
        expect(asked(row, yearly, hours).warnings.join()).not.toContain('nothing is published');
      whole({ coal: 100 }, { nuclear: 0.29 }, 24);
      whole({ coal: 100, wind: 0 }, { wind: 0.29 });
      whole({ river: 100, waste: 100 }, { coal: 0.4 });
      expect(asked({ river: 100, waste: 0 }, { coal: 0.4 }).warnings.join()).toContain('nothing is published of coal');
      expect(asked({ coal: 100, wind: Number.NaN }, { wind: 0.29 }).intensityG[0]).toBeNaN();
    });
  });

  describe('where generation falls steeply', () => {
    const qualities = (coal: readonly number[], river = 0) => {
      const { quality, intensityG, warnings } = series(coal.map((power) => ({ coal: power, river })));
      expect([...intensityG].some(Number.isNaN)).toBe(false);
      return { marks: quality.map((one) => (one === 'estimated' ? 'e' : 'm')).join(''), warnings };
    };

    it('doubts what rises again within three hours, and what is newest', () => {
      expect(qualities([100, 59, 59, 59, 100]).marks).toBe('meeem');
      expect(qualities([100, 100, 59]).marks).toBe('mme');
      expect(qualities([100, 100, 59]).warnings).toEqual([
        'test: generation falls by more than 40 % at 2026-03-18T02:00:00Z: it may be incomplete',
      ]);
    });

    it('believes what lasts, what falls step by step, and what falls less', () => {
      expect(qualities([100, 50, 50, 50, 50, 50]).marks).toBe('mmmmmm');
      expect(qualities([100, 80, 60, 45, 30]).marks).toBe('mmmmm');
      expect(qualities([100, 61, 100]).marks).toBe('mmm');
    });

    it('lets water rise and fall as it does', () => {
      const { quality } = series([200, 10, 200].map((river) => ({ coal: 100, river })));
      expect(quality).toEqual(['measured', 'measured', 'measured']);
    });
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

  it('tells what each source generated, in whole megawatts, and nothing of one that a part is late of', () => {
    const { powerMW } = series([
      { coal: 100, wind: 900.4, waste: 10, pumped: 50, river: -1 },
      { coal: 100, wind: 899.6, waste: 10, pumped: -20 },
      { wind: 900 },
    ]);
    const told = Object.fromEntries([...(powerMW ?? [])].map(([source, values]) => [source, [...values]]));
    expect(told).toEqual({
      coal: [100, 100, Number.NaN],
      wind: [900, 900, Number.NaN],
      other: [10, 10, Number.NaN],
      hydro: [0, Number.NaN, Number.NaN],
    });
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

  it('keeps the generation when it is cut', () => {
    const cut = cutSeries(series([{ coal: 1 }, { coal: 2 }, { coal: 3 }]), {
      start: instant(START + HOUR),
      end: instant(START + 4 * HOUR),
    });
    expect([...(cut.powerMW?.get('coal') ?? [])]).toEqual([2, 3, Number.NaN]);
  });

  it('keeps the covered share when it is cut', () => {
    const whole = series([{ coal: 1 }, { coal: 95, waste: 5 }]);
    const cut = cutSeries(whole, { start: instant(START + HOUR), end: instant(START + 3 * HOUR) });
    expect([...(cut.covered ?? [])].map((share) => Math.round(share * 100))).toEqual([95, Number.NaN]);
  });
});
