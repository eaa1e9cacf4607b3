import { describe, expect, test } from 'vitest';
import { SIGNAL } from '../../../test/drawing/models.ts';
import { UNKNOWN_SIGNAL } from '../../grid/index.ts';
import { commonGas, signalWords } from './words.ts';

describe('the words of a signal', () => {
  test('name each of its parts', () => {
    expect(signalWords(SIGNAL)).toBe('average, consumption, life cycle, CO2e');
    expect(signalWords({ kind: 'marginal', basis: 'production', scope: 'direct', gas: 'CO2' })).toBe(
      'marginal, production, direct, CO2',
    );
  });

  test('name each part that is not known, and say it once where none is', () => {
    expect(signalWords({ ...SIGNAL, basis: 'unknown', gas: 'unknown' })).toBe(
      'average, basis unknown, life cycle, gas unknown',
    );
    expect(signalWords({ ...UNKNOWN_SIGNAL, gas: 'CO2' })).toBe('kind unknown, basis unknown, scope unknown, CO2');
    expect(signalWords(UNKNOWN_SIGNAL)).toBe('kind of signal unknown');
  });
});

describe('the gas of several signals', () => {
  test('is named only where they agree', () => {
    expect(commonGas([SIGNAL, { ...SIGNAL, kind: 'marginal' }])).toBe('CO2e');
    expect(commonGas([SIGNAL, { ...SIGNAL, gas: 'CO2' }])).toBe('');
    expect(commonGas([UNKNOWN_SIGNAL])).toBe('');
    expect(commonGas([])).toBe('');
  });
});
