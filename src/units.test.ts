import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  between,
  DAY,
  divideHalfEven,
  emissionsOf,
  energyOf,
  exactEmissions,
  formatInstant,
  grams,
  gramsPerKilowattHour,
  HOUR,
  instant,
  joulesToMicrojoules,
  kilowattHours,
  after as later,
  MINUTE,
  micrograms,
  microgramsToGrams,
  microjoules,
  microjoulesToKWh,
  millis,
  parseBytes,
  parseDuration,
  parseEnergy,
  parsePercent,
  parsePower,
  SECOND,
  splitExactly,
  watts,
} from './units.ts';

describe('quantities', () => {
  it('are made from plain numbers and remain them', () => {
    for (const make of [kilowattHours, grams, gramsPerKilowattHour, watts, millis, instant])
      expect(make(1.5)).toBe(1.5);
    for (const make of [microjoules, micrograms]) expect(make(7n)).toBe(7n);
  });

  it('have lengths of time in milliseconds', () => {
    expect([SECOND, MINUTE, HOUR, DAY]).toEqual([1_000, 60_000, 3_600_000, 86_400_000]);
  });

  it('move instants forth and back, and measure between them', () => {
    expect(later(instant(5_000), SECOND)).toBe(6_000);
    expect(later(instant(5_000), -1)).toBe(4_999);
    expect(between(instant(5_000), instant(7_500))).toBe(2_500);
    expect(between(instant(7_500), instant(5_000))).toBe(-2_500);
  });

  it('give energy from power and time, and emissions from energy and intensity', () => {
    expect(energyOf(watts(1_000), HOUR)).toBe(1);
    expect(energyOf(watts(180), millis(20 * 60_000))).toBeCloseTo(0.06, 12);
    expect(emissionsOf(kilowattHours(2.5), gramsPerKilowattHour(400))).toBe(1_000);
  });
});

describe('exact amounts as plain ones', () => {
  it('are kilowatt-hours of microjoules', () => {
    expect(microjoulesToKWh(microjoules(3_600_000_000_000n))).toBe(1);
    expect(microjoulesToKWh(microjoules(5_400_000_000_000n))).toBe(1.5);
    expect(microjoulesToKWh(microjoules(-1_800_000_000_000n))).toBe(-0.5);
    // 3 GWh and one microjoule: whole kilowatt-hours stay exact.
    expect(microjoulesToKWh(microjoules(3_000_000n * 3_600_000_000_000n + 1n))).toBe(3_000_000);
    expect(microjoulesToKWh(microjoules(1n))).toBe(1 / 3_600_000_000_000);
  });

  it('are grams of micrograms', () => {
    expect(microgramsToGrams(micrograms(1_500_000n))).toBe(1.5);
    expect(microgramsToGrams(micrograms(-250_000n))).toBe(-0.25);
    expect(microgramsToGrams(micrograms(2n ** 60n * 1_000_000n))).toBe(2 ** 60);
  });

  it('are rounded to whole microjoules from joules', () => {
    expect(joulesToMicrojoules(1.5)).toBe(1_500_000n);
    expect(joulesToMicrojoules(0.0000004)).toBe(0n);
    expect(joulesToMicrojoules(0.0000006)).toBe(1n);
  });
});

describe('a quotient of whole numbers', () => {
  it.each([
    [7n, 2n, 4n],
    [5n, 2n, 2n],
    [3n, 2n, 2n],
    [1n, 2n, 0n],
    [-1n, 2n, 0n],
    [-3n, 2n, -2n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [0n, 9n, 0n],
    [6n, 3n, 2n],
    [-6n, 3n, -2n],
    [7n, 3n, 2n],
    [8n, 3n, 3n],
    [-7n, 3n, -2n],
    [-8n, 3n, -3n],
  ])('%d / %d is %d: nearest, ties to even', (dividend, divisor, quotient) => {
    expect(divideHalfEven(dividend, divisor)).toBe(quotient);
  });

  it('is never further than half from the true one, at any size', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 40n), 10n ** 40n), fc.bigInt(1n, 10n ** 25n), (dividend, divisor) => {
        const rest = 2n * (dividend - divideHalfEven(dividend, divisor) * divisor);
        const distance = rest < 0n ? -rest : rest;
        expect(distance <= divisor).toBe(true);
        if (distance === divisor) expect(divideHalfEven(dividend, divisor) % 2n).toBe(0n);
      }),
      { seed: 1 },
    );
  });
});

describe('exact emissions', () => {
  it('are energy times intensity in whole micrograms', () => {
    // 1 kWh at 400 g/kWh.
    expect(exactEmissions(microjoules(3_600_000_000_000n), 400_000n)).toBe(400_000_000n);
    expect(exactEmissions(microjoules(1_800_000_000_000n), 1n)).toBe(500n);
    expect(exactEmissions(microjoules(0n), 400_000n)).toBe(0n);
  });

  it('round once, ties to even', () => {
    // 1.8e9 µJ at 1 mg/kWh is half a microgram, 5.4e9 one and a half.
    expect(exactEmissions(microjoules(1_800_000_000n), 1n)).toBe(0n);
    expect(exactEmissions(microjoules(5_400_000_000n), 1n)).toBe(2n);
    expect(exactEmissions(microjoules(1_800_000_001n), 1n)).toBe(1n);
  });

  it('stay exact where doubles do not: 3 GWh and one unit', () => {
    const energy = microjoules(3_000_000n * 3_600_000_000_000n);
    expect(exactEmissions(energy, 400_001n)).toBe(3_000_000n * 400_001_000n);
  });
});

describe('an amount split in proportion', () => {
  it('follows the weights', () => {
    expect(splitExactly(100n, [1, 1, 2])).toEqual([25n, 25n, 50n]);
    expect(splitExactly(1_000_000n, [0.2, 0, 0.8])).toEqual([200_000n, 0n, 800_000n]);
  });

  it('gives what is left to the largest remainder, ties to the earlier part', () => {
    expect(splitExactly(10n, [1, 1, 1])).toEqual([4n, 3n, 3n]);
    expect(splitExactly(11n, [1, 1, 1])).toEqual([4n, 4n, 3n]);
    // 2.2, 2.2, 6.6: the third has the largest remainder.
    expect(splitExactly(11n, [1, 1, 3])).toEqual([2n, 2n, 7n]);
    // 1.5, 4.5
    expect(splitExactly(6n, [1, 3])).toEqual([2n, 4n]);
  });

  it('splits a negative amount as its opposite', () => {
    expect(splitExactly(-10n, [1, 1, 1])).toEqual([-4n, -3n, -3n]);
    expect(splitExactly(-11n, [1, 1, 3])).toEqual([-2n, -2n, -7n]);
  });

  it('is equal where all weights are zero, and empty where there are none', () => {
    expect(splitExactly(5n, [0, 0])).toEqual([3n, 2n]);
    expect(splitExactly(5n, [])).toEqual([]);
    expect(splitExactly(0n, [1, 2])).toEqual([0n, 0n]);
  });

  it('gives nothing to a weight of zero', () => {
    expect(splitExactly(7n, [0, 1, 0, 1, 1])).toEqual([0n, 3n, 0n, 2n, 2n]);
  });

  it('holds for weights of any size', () => {
    expect(splitExactly(10n, [1e300, 1e300])).toEqual([5n, 5n]);
    expect(splitExactly(10n, [1.7e308, 1.7e308])).toEqual([5n, 5n]);
    expect(splitExactly(10n, [1e-320, 1e-320])).toEqual([5n, 5n]);
  });

  it('sums to the amount exactly, and no part is off by one or more', () => {
    const weights = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 12n), 10n ** 12n), weights, (total, shares) => {
        const parts = splitExactly(total, shares);
        expect(parts).toHaveLength(shares.length);
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
        const sum = shares.reduce((a, b) => a + b, 0);
        for (const [i, part] of parts.entries()) {
          const share = sum > 0 ? (shares[i] ?? 0) / sum : 1 / shares.length;
          // 2^-40 is the resolution of a share.
          expect(Math.abs(Number(part) - Number(total) * share)).toBeLessThan(1 + Math.abs(Number(total)) * 2 ** -38);
        }
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('an instant written for people and files', () => {
  it('is in UTC, with milliseconds only where there are any', () => {
    expect(formatInstant(instant(Date.UTC(2022, 5, 1, 8)))).toBe('2022-06-01T08:00:00Z');
    expect(formatInstant(instant(Date.UTC(2022, 5, 1, 8, 0, 0, 70)))).toBe('2022-06-01T08:00:00.070Z');
    expect(formatInstant(instant(0))).toBe('1970-01-01T00:00:00Z');
    expect(formatInstant(instant(0.4))).toBe('1970-01-01T00:00:00Z');
  });
});

describe('a length of time as people write it', () => {
  it.each([
    ['90s', 90_000],
    ['2h30m', 9_000_000],
    ['2h 30m', 9_000_000],
    ['  1d 2h 3m 4s 5ms ', 93_784_005],
    ['1.5h', 5_400_000],
    ['0.25d', 21_600_000],
    ['250ms', 250],
    ['0s', 0],
    ['0.0004s', 0],
    ['0.0006s', 1],
    ['12 h', 43_200_000],
  ])('%j is %d ms', (text, length) => {
    expect(parseDuration(text)).toBe(length);
  });

  it.each([
    '',
    ' ',
    '5',
    'h',
    '5 hours',
    '5H',
    '-5m',
    '+5m',
    '1.h',
    '.5h',
    '1,5h',
    '1e3s',
    '30m2h',
    '5m5m',
    '1h1h',
    '1ms1s',
    '2h30',
    'x2h',
    '2hx',
    '1h 30m ago',
    `${'9'.repeat(400)}h`,
    '1 2h',
    '1. 5h',
    '5m s',
  ])('%j is not one', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('quantities as people write them', () => {
  it.each([
    ['180 W', 180],
    ['180W', 180],
    [' 1.2 kW ', 1_200],
    ['2 MW', 2e6],
    ['0 W', 0],
  ])('%j is %d W', (text, value) => {
    expect(parsePower(text)).toBe(value);
  });

  it.each([
    ['3.5 kWh', 3.5],
    ['500 Wh', 0.5],
    ['2 MWh', 2_000],
    ['3GWh', 3e6],
  ])('%j is %d kWh', (text, value) => {
    expect(parseEnergy(text)).toBe(value);
  });

  it.each([
    ['1 B', 1],
    ['2 kB', 2e3],
    ['2 KB', 2e3],
    ['3 MB', 3e6],
    ['8 GB', 8e9],
    ['1.5 TB', 1.5e12],
    ['1 KiB', 1_024],
    ['512 MiB', 536_870_912],
    ['2 GiB', 2_147_483_648],
    ['1 TiB', 1_099_511_627_776],
  ])('%j is %d bytes', (text, value) => {
    expect(parseBytes(text)).toBe(value);
  });

  it.each([
    ['5 %', 5],
    ['0.5%', 0.5],
  ])('%j is %d percent', (text, value) => {
    expect(parsePercent(text)).toBe(value);
  });

  it.each([
    '',
    '180',
    'W',
    '-180 W',
    '180 w',
    '180 Watt',
    '1e3 W',
    '180 W 5',
    'x 180 W',
    '1. W',
    '.5 W',
    '180 kWh',
    '5 toString',
    '5 constructor',
  ])('%j is no power', (text) => {
    expect(parsePower(text)).toBeUndefined();
  });

  it('are refused in the unit of something else, and beyond what a number holds', () => {
    expect(parseEnergy('5 W')).toBeUndefined();
    expect(parseEnergy('5 KWh')).toBeUndefined();
    expect(parseBytes('5 Gb')).toBeUndefined();
    expect(parseBytes('5 gb')).toBeUndefined();
    expect(parsePercent('5')).toBeUndefined();
    expect(parsePercent('5 %%')).toBeUndefined();
    expect(parseEnergy(`${'9'.repeat(400)} kWh`)).toBeUndefined();
  });
});
