import { describe, expect, it } from 'vitest';
import { breaches } from './check.ts';
import type { Fleet, Kind } from './fleet.ts';

/** One step of 2.5 h that needs three of four CPUs, at a site of six slots. */
function fleetOf(kind: Kind, pause = 0, capacity = 4): Fleet {
  const place = {
    site: 0,
    variant: '',
    levels: [{ speed: 1, power: 1, needs: 1 }],
    lead: 0,
    tollGrams: 0,
    tollMoney: 0,
  };
  return {
    slots: 6,
    slotHours: 1,
    sites: ['here'],
    gramsPerKwh: new Float64Array(6).fill(100),
    resources: [{ name: 'cpus', capacity: new Float64Array(6).fill(capacity) }],
    weights: { grams: 1, money: 0, delay: 0 },
    profiles: [{ kind, pause, places: [place] }],
    steps: {
      count: 1,
      release: Int32Array.of(0),
      deadline: Int32Array.of(6),
      length: Float64Array.of(2.5),
      power: Float64Array.of(1),
      needs: [Float64Array.of(3)],
      profile: Int32Array.of(0),
    },
  };
}

const found = (fleet: Fleet, cells: readonly number[], shares: readonly number[]): readonly string[] =>
  breaches(fleet, {
    from: Int32Array.of(0, cells.length),
    cell: Int32Array.from(cells),
    share: Float64Array.from(shares),
    level: new Uint8Array(cells.length),
    place: Int32Array.of(0),
  });

describe('what a step with whole needs keeps', () => {
  it('runs whole slots but one, where local work runs any part of any slot', () => {
    const shares = [0.75, 0.75, 1];
    expect(found(fleetOf('pausable'), [0, 2, 4], shares)).toEqual(['step 0 runs parts of slots 0, 2']);
    expect(found(fleetOf('local'), [0, 2, 4], shares)).toEqual([]);
    expect(found(fleetOf('pausable'), [0, 2, 4], [1, 0.5, 1])).toEqual([]);
  });
  it('runs a part at the end of a stretch where pauses cost or are not allowed', () => {
    const words = ['step 0 runs a part of slot 1, amid a stretch'];
    expect(found(fleetOf('piece'), [0, 1, 2], [1, 0.5, 1])).toEqual(words);
    expect(found(fleetOf('pausable', 1), [0, 1, 2], [1, 0.5, 1])).toEqual(words);
    expect(found(fleetOf('piece'), [0, 1, 2], [0.5, 1, 1])).toEqual([]);
    expect(found(fleetOf('pausable'), [0, 1, 2], [1, 0.5, 1])).toEqual([]);
  });
  it('needs no more than there is, not even for a part of a slot', () => {
    expect(found(fleetOf('local', 0, 2), [0, 1, 2, 3], [0.625, 0.625, 0.625, 0.625])).toEqual([]);
    const half = {
      ...fleetOf('pausable', 0, 2),
      steps: { ...fleetOf('pausable').steps, length: Float64Array.of(0.5) },
    };
    expect(found(half, [0], [0.5])).toEqual(['step 0 needs 3 cpus of 2 in slot 0']);
  });
});
