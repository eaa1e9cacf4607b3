import { describe, expect, test } from 'vitest';
import { SIGNAL } from '../../../test/drawing/models.ts';
import { UNKNOWN_SIGNAL } from '../../grid/index.ts';
import { HOUR, instant, MINUTE } from '../../units.ts';
import { commonGas, localised, provenanceWords, signalWords } from './words.ts';

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

describe('where data come from', () => {
  const now = instant(Date.UTC(2026, 2, 18, 12));
  const words = (ageMs: number, quality: 'forecast' | 'estimated' | 'modelled') =>
    provenanceWords({ source: 'a source', quality, asOf: instant(now - ageMs) }, 'UTC', now);

  test('is told with their age from an hour on', () => {
    expect(words(59 * MINUTE, 'forecast')).toBe('forecast 11:01, a source');
    expect(words(3 * HOUR, 'forecast')).toBe('forecast 09:00 (3 h 00 old), a source');
    expect(words(3 * HOUR, 'estimated')).toBe('estimated (3 h 00 old), a source');
    expect(words(3 * HOUR, 'modelled')).toBe('modelled, a source');
  });

  test('is told with times of the place, but for whole stamps', () => {
    expect(localised('left alone until 14:05Z, 03-19 08:00Z', 'Europe/Berlin', now)).toBe(
      'left alone until 15:05, Thu 09:00',
    );
    expect(localised('not before 2026-03-18T14:05:00Z', 'Europe/Berlin', now)).toBe('not before 2026-03-18T14:05:00Z');
  });
});
