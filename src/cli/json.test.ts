import { describe, expect, test } from 'vitest';
import { RECEIPT } from '../../test/drawing/models.ts';
import { receiptToJson } from './json.ts';

describe('a receipt as JSON', () => {
  const json = receiptToJson(RECEIPT);

  test('has the unit of each spread in its name', () => {
    expect(json).toMatchObject({
      energy: { itKWh: { expected: 20.36, low: 19.95, high: 20.77 }, overheadKWh: { expected: 2.04 }, pue: 1.1 },
      emissions: { locationG: { expected: 5781, low: 5434, high: 6128 } },
      saving: { grams: { expected: 1712 }, percent: { expected: 23 } },
    });
  });

  test('tells energy at the plug from that at the meter of the facility, and what a step took from what it declared', () => {
    expect(json['steps']).toMatchObject([
      { itEnergyKWh: 19.6, facilityEnergyKWh: 21.56, ranSeconds: 27_000, declaredSeconds: 27_000 },
      { itEnergyKWh: 0.76, facilityEnergyKWh: 0.84, declaredSeconds: 1_800 },
    ]);
    expect(JSON.stringify(json)).not.toContain('"energyKWh"');
  });

  test('writes instants in UTC', () => {
    expect(json).toMatchObject({ end: '2022-09-30T12:30:00Z', earlySeconds: 600 });
  });
});
