import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microjoules } from '../units.ts';
import { apportion } from './apportion.ts';

const NODE = { busyMicros: 2_000_000n, capacityMicros: 4_000_000, threads: 4, idleRatio: 0.2 };

describe('the energy of a machine divided among its runs', () => {
  it('goes by CPU time above idle, and by reserved threads at idle', () => {
    const parts = apportion(
      microjoules(30_000_000n),
      [
        { cpuMicros: 500_000n, cpus: 1 },
        { cpuMicros: 1_000_000n, cpus: 2 },
      ],
      NODE,
    );
    // Half busy: idle part 0.2 / (0.2 + 0.8 · 0.5) = 1/3.
    const near = (value: bigint | undefined, expected: number) => expect(Number(value)).toBeCloseTo(expected, -2);
    near(parts.runs[0]?.idle, 2_500_000);
    near(parts.runs[1]?.idle, 5_000_000);
    near(parts.unallocatedIdle, 2_500_000);
    near(parts.runs[0]?.dynamic, 5_000_000);
    near(parts.runs[1]?.dynamic, 10_000_000);
    near(parts.unobserved, 5_000_000);
  });

  it('is all idle on a machine where nothing ran', () => {
    const parts = apportion(microjoules(1_001n), [{ cpuMicros: 0n, cpus: 4 }], { ...NODE, busyMicros: 0n });
    expect(parts).toEqual({ runs: [{ dynamic: 0n, idle: 1_001n }], unallocatedIdle: 0n, unobserved: 0n });
  });

  it('trusts the runs where they used more than the ticks of the machine say', () => {
    const parts = apportion(microjoules(1_000n), [{ cpuMicros: 5_000n, cpus: 0 }], {
      ...NODE,
      busyMicros: 0n,
      idleRatio: 0,
    });
    expect(parts).toEqual({ runs: [{ dynamic: 1_000n, idle: 0n }], unallocatedIdle: 0n, unobserved: 0n });
  });

  it('sums to the energy to the microjoule, with no part below zero', () => {
    const run = fc.record({ cpuMicros: fc.bigInt(0n, 10_000_000n), cpus: fc.double({ min: 0, max: 8, noNaN: true }) });
    const node = fc.record({
      busyMicros: fc.bigInt(0n, 20_000_000n),
      capacityMicros: fc.double({ min: 0, max: 1e8, noNaN: true }),
      threads: fc.integer({ min: 1, max: 256 }),
      idleRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 20n), fc.array(run, { maxLength: 12 }), node, (energy, runs, facts) => {
        const parts = apportion(microjoules(energy), runs, facts);
        const all = [...parts.runs.flatMap((r) => [r.dynamic, r.idle]), parts.unallocatedIdle, parts.unobserved];
        expect(parts.runs).toHaveLength(runs.length);
        expect(all.every((part) => part >= 0n)).toBe(true);
        expect(all.reduce((sum: bigint, part) => sum + part, 0n)).toBe(energy);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
