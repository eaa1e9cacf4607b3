import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  writeChange,
  writeDuration,
  writeEnergy,
  writeGramRange,
  writeGrams,
  writeGramsPlusMinus,
  writeIntensity,
  writeMoney,
  writeNumber,
  writePower,
  writeRelativeWidth,
  writeRoughDuration,
  writeSaving,
  writeShare,
} from './figures.ts';

describe('masses', () => {
  test.each([
    [0, '0 g'],
    [4.2e-7, '0.4 µg'],
    [9e-6, '9.0 µg'],
    [9.9e-5, '99 µg'],
    [1e-4, '0.10 mg'],
    [0.0031, '3.1 mg'],
    [0.042, '42 mg'],
    [0.0994, '99 mg'],
    [0.42, '0.42 g'],
    [0.996, '1.0 g'],
    [7.61, '7.6 g'],
    [9.96, '10 g'],
    [76.4, '76 g'],
    [999.4, '999 g'],
    [999.6, '1.00 kg'],
    [2254, '2.25 kg'],
    [-1712, '−1.71 kg'],
    [99_994, '99.99 kg'],
    [100_000, '100.0 kg'],
    [999_940, '999.9 kg'],
    [999_960, '1.00 t'],
    [12_345_678_000, '12 346 t'],
  ])('%d grams are written %s', (grams, text) => {
    expect(writeGrams(grams)).toBe(text);
  });

  test('stay whole grams up to 9999 on a receipt', () => {
    expect(writeGrams(5781.4, { whole: true, gas: 'CO2e' })).toBe('5781 gCO2e');
    expect(writeGrams(9999.4, { whole: true })).toBe('9999 g');
    expect(writeGrams(9999.6, { whole: true })).toBe('10.00 kg');
  });

  test('take the unit of another figure, and are not nothing in it', () => {
    expect(writeGrams(76, { like: 2180 })).toBe('0.08 kg');
    expect(writeGrams(2, { like: 2180 })).toBe('0.002 kg');
    expect(writeGrams(0, { like: 2180 })).toBe('0 kg');
    expect(writeGrams(0.01, { like: 2180 })).toBe('<0.0001 kg');
  });

  test('keep no decimals that their interval does not earn', () => {
    expect(writeGrams(2254, { spread: { low: 1870, high: 2720 } })).toBe('2.25 kg');
    expect(writeGrams(2254, { spread: { low: 200, high: 9720 } })).toBe('2.3 kg');
    expect(writeGrams(0.0031, { spread: { low: 0.0001, high: 0.03 } })).toBe('3 mg');
  });

  test('with a half-width end where it ends', () => {
    expect(writeGramsPlusMinus(18_400, 800)).toBe('18.4 ± 0.8 kg');
    expect(writeGramsPlusMinus(18_400, 1_400)).toBe('18.4 ± 1.4 kg');
    expect(writeGramsPlusMinus(18_400, 0)).toBe('18.40 kg');
    expect(writeGramsPlusMinus(158, 9.5)).toBe('158 ± 10 g');
  });

  test('in a range have the unit of the centre', () => {
    expect(writeGramRange(870, 2720, 2250, { gas: 'CO2e' })).toBe('0.87 … 2.72 kgCO2e');
    expect(writeGramRange(5434, 6128, 5781, { whole: true })).toBe('5434 … 6128 g');
    expect(writeGramRange(0.0026, 0.0038, 0.0031)).toBe('2.6 … 3.8 mg');
  });

  test('are never written as nothing when they are something', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), (grams) => {
        const text = writeGrams(grams);
        const number = text.slice(0, text.lastIndexOf(' ')).replaceAll(' ', '').replace('<', '');
        expect(Number(number)).toBeGreaterThan(0);
      }),
      { seed: 1 },
    );
  });

  test('read back to what they were within their digits', () => {
    const size: Record<string, number> = { µg: 1e-6, mg: 1e-3, g: 1, kg: 1e3, t: 1e6 };
    fc.assert(
      fc.property(fc.double({ min: 1e-5, max: 1e11, noNaN: true }), (grams) => {
        const text = writeGrams(grams);
        const at = text.lastIndexOf(' ');
        const back = Number(text.slice(0, at).replaceAll(' ', '')) * (size[text.slice(at + 1)] ?? Number.NaN);
        expect(Math.abs(back - grams) / grams).toBeLessThanOrEqual(0.051);
      }),
      { seed: 2 },
    );
  });
});

describe('energies and powers', () => {
  test.each([
    [0, '0 kWh'],
    [2e-10, '0.7 mJ'],
    [1e-6, '3.6 J'],
    [5e-5, '180 J'],
    [1e-4, '0.10 Wh'],
    [0.0034, '3.4 Wh'],
    [0.07, '70 Wh'],
    [0.38, '0.38 kWh'],
    [20.361, '20.36 kWh'],
    [12_345, '12 345 kWh'],
    [120_000, '120.0 MWh'],
  ])('%d kWh is written %s', (kWh, text) => {
    expect(writeEnergy(kWh)).toBe(text);
  });

  test.each([
    [0.05, '50 mW'],
    [11.4, '11 W'],
    [0, '0 W'],
    [1380, '1.38 kW'],
  ])('%d W is written %s', (watts, text) => {
    expect(writePower(watts)).toBe(text);
  });
});

describe('intensities, shares and changes', () => {
  test('an intensity has no decimals, except where it is small', () => {
    expect(writeIntensity(164.6)).toBe('165 g/kWh');
    expect(writeIntensity(7.42)).toBe('7.4 g/kWh');
    expect(writeIntensity(0)).toBe('0 g/kWh');
  });

  test('a share is not zero when it is something', () => {
    expect(writeShare(41.4)).toBe('41 %');
    expect(writeShare(0.9)).toBe('0.9 %');
    expect(writeShare(0.01)).toBe('<0.1 %');
    expect(writeShare(0)).toBe('0 %');
  });

  test('a saving is a change downwards, with a true minus', () => {
    expect(writeChange(41.2)).toBe('\u221241 %');
    expect(writeChange(-3)).toBe('+3 %');
    expect(writeChange(0.04)).toBe('±0');
    expect(writeSaving(41, 35, 46)).toBe('−41 % (−35 … −46)');
    expect(writeSaving(41, 41, 41)).toBe('−41 %');
    expect(writeSaving(6, -2, 9)).toBe('−6 % (+2 … −9)');
  });

  test('a relative width needs a width and a centre', () => {
    expect(writeRelativeWidth(19.95, 20.77, 20.36)).toBe('±2 %');
    expect(writeRelativeWidth(1, 1, 1)).toBe('');
    expect(writeRelativeWidth(0, 1, 0)).toBe('');
  });
});

describe('lengths of time', () => {
  test.each([
    [0, '0 s'],
    [20, '0.1 s'],
    [420, '0.4 s'],
    [12_000, '12 s'],
    [60_000, '1 min'],
    [90_000, '90 s'],
    [120_000, '2 min'],
    [50 * 60_000, '50 min'],
    [59.6 * 60_000, '1 h 00'],
    [4.5 * 3_600_000, '4 h 30'],
    [12 * 3_600_000, '12 h 00'],
    [76 * 3_600_000, '3 d 4 h'],
    [72 * 3_600_000, '3 d'],
    [-50 * 60_000, '−50 min'],
  ])('%d ms are written %s', (ms, text) => {
    expect(writeDuration(ms)).toBe(text);
  });

  test.each([
    [50 * 60_000, '50 min'],
    [80 * 60_000, '80 min'],
    [60 * 60_000, '1 h'],
    [13.4 * 3_600_000, '13 h'],
    [80 * 3_600_000, '3 days'],
  ])('%d ms are in a sentence %s', (ms, text) => {
    expect(writeRoughDuration(ms)).toBe(text);
  });
});

describe('money', () => {
  test.each([
    [3.38, 'EUR', '€3.38'],
    [-2, 'USD', '−$2.00'],
    [12.3, 'CHF', '12.30 CHF'],
    [0.0042, 'EUR', '€0.0042'],
    [0.000_000_1, 'EUR', '<€0.000001'],
    [12_345.6, 'GBP', '£12 345.60'],
  ])('%d %s is written %s', (amount, currency, text) => {
    expect(writeMoney({ amount, currency })).toBe(text);
  });
});

test('where type is set, one option makes every space between number and unit narrow', () => {
  const gap = '\u202f';
  expect(writeGrams(2254, { gap })).toBe('2.25\u202fkg');
  expect(writeNumber(12_345, 0, gap)).toBe('12\u202f345');
  expect(writeDuration(4.5 * 3_600_000, { gap })).toBe('4\u202fh\u202f30');
  expect(writeRoughDuration(80 * 60_000, { gap })).toBe('80\u202fmin');
  expect(writeMoney({ amount: 3.38, currency: 'EUR' }, { gap })).toBe('€\u202f3.38');
  expect(writeChange(41, { gap })).toBe('−41\u202f%');
});

test('what is not a number is a dash', () => {
  expect(writeGrams(Number.NaN)).toBe('– g');
  expect(writeDuration(Number.NaN)).toBe('–');
  expect(writeChange(Number.POSITIVE_INFINITY)).toBe('–');
});
