import { describe, expect, test } from 'vitest';
import { dirtyThenClean, facts, hour, intensity, pue, RUN, sample, samples, T0 } from '../../test/support/account.ts';
import { type Factor, factorId, postingsOf, type Sample } from '../ledger/index.ts';
import { grams, HOUR, type Instant, instant, kilowattHours, MINUTE, microjoules, millis } from '../units.ts';
import { type ReceiptFacts, type ReceiptInput, receipt } from './index.ts';

const named = (factor: Factor): Factor => ({ ...factor, id: factorId(factor) });

interface Change {
  readonly facts?: Partial<ReceiptFacts>;
  readonly samples?: readonly Sample[];
  readonly factors?: readonly Factor[];
  readonly baseline?: readonly { readonly step: string; readonly start: Instant; readonly end: Instant }[];
  readonly writtenAt?: Instant;
  /** PUE of the site where run-now would have run, in thousandths. */
  readonly pueMilli?: number;
}

/** The input that the ledger would gather for hourly factors. */
function input(change: Change = {}): ReceiptInput {
  const factors = (change.factors ?? [...dirtyThenClean(), pue()]).map(named);
  const rows = change.samples ?? samples();
  const baseline = change.baseline ?? [
    { step: 'prepare', start: hour(0), end: hour(1) },
    { step: 'train', start: hour(1), end: hour(3) },
  ];
  const hours = (start: Instant, end: Instant) =>
    Array.from({ length: (end - start) / HOUR }, (_, h) => instant(start + h * HOUR)).map((at) => ({
      start: at,
      end: instant(at + HOUR),
      factor: factors.find((one) => one.kind === 'intensity' && one.validFrom <= at && one.validTo > at)?.id ?? null,
    }));
  return {
    id: `${RUN}/receipt/1`,
    workflowRun: RUN,
    facts: facts(change.facts),
    samples: rows,
    factors,
    postings: rows.flatMap((row) => postingsOf(row, factors)),
    counterfactual: {
      id: `${RUN}/run-now`,
      workflowRun: RUN,
      writtenAt: change.writtenAt ?? T0,
      name: 'run-now',
      steps: baseline.map((step) => ({ ...step, site: 'here', zone: 'DE', pueMilli: change.pueMilli ?? 1200 })),
      energyKWh: kilowattHours(1),
      emissionsG: grams(600),
    },
    settling: Object.fromEntries(baseline.map(({ step, start, end }) => [step, hours(start, end)])),
    events: [],
    chain: '0123456789ab',
  };
}

const train = (change: Partial<ReceiptFacts['steps'][number]>): ReceiptFacts['steps'] =>
  facts().steps.map((step) => (step.step === 'train' ? { ...step, ...change } : step));

describe('a receipt', () => {
  test('states energy, emissions and time as they were measured', () => {
    const made = receipt(input());
    expect(made.energy.it.expected).toBeCloseTo(2.5, 12);
    expect(made.energy.overhead.expected).toBeCloseTo(0.5, 12);
    expect(made.energy).toMatchObject({
      pue: 1.2,
      tiers: ['D'],
      meters: ['machine-model'],
      coveragePercent: 100,
      missing: [],
    });
    // prepare 0.5 kWh at 600; train 0.5 kWh at 600 and 1.5 kWh at 200; all with a PUE of 1.2.
    expect(made.emissions.location?.expected).toBeCloseTo(1080, 9);
    expect(made.early).toBe(6 * HOUR);
    expect(made.steps.map(({ step, ran, paused, pauses }) => ({ step, ran, paused, pauses }))).toEqual([
      { step: 'prepare', ran: HOUR, paused: 0, pauses: 0 },
      { step: 'train', ran: 2 * HOUR, paused: HOUR / 2, pauses: 1 },
    ]);
    expect(made.strip.map(({ ran }) => ran)).toEqual([true, false, false, true, true, true]);
    expect(made.perUnit).toEqual({ name: 'scenario', grams: expect.closeTo(1.08, 12) });
  });

  test('can be recomputed from its rows', () => {
    const { rows, emissions, energy } = receipt(input());
    const sum = rows.reduce((total, row) => total + row.facilityEnergyKWh * row.intensityG, 0);
    expect(sum).toBeCloseTo(emissions.location?.expected ?? Number.NaN, 6);
    expect(rows.reduce((total, row) => total + row.facilityEnergyKWh, 0)).toBeCloseTo(
      energy.it.expected + energy.overhead.expected,
      9,
    );
    expect(rows).toHaveLength(4);
  });

  test('settles run-now with the energy that was measured, and tells the saving apart', () => {
    const { baseline, saving, savingWithheld } = receipt(input());
    expect(baseline).toMatchObject({ expectedG: 600, settledG: expect.closeTo(1800, 9) });
    expect(savingWithheld).toBeNull();
    expect(saving?.grams.expected).toBeCloseTo(720, 9);
    expect(saving?.percent.expected).toBeCloseTo(40, 9);
    expect(saving?.distinguishable).toBe(true);
    expect(saving?.percent.low).toBeGreaterThan(30);
    expect(saving?.percent.high).toBeLessThan(50);
  });

  test('settles run-now with the PUE of its own site', () => {
    expect(receipt(input({ pueMilli: 1500 })).baseline.settledG).toBeCloseTo((1800 * 1.5) / 1.2, 9);
  });

  test('widens what the facility adds and what was emitted by the error of the PUE', () => {
    const width = ({ low, high }: { readonly low: number; readonly high: number }) => Math.log(high / low);
    const certain = receipt(input({ factors: [...dirtyThenClean(), pue({ gsd: 1 })] }));
    const unsure = receipt(input({ factors: [...dirtyThenClean(), pue({ gsd: 1.3 })] }));
    const { location } = unsure.emissions;
    if (location === null || certain.emissions.location === null) throw new Error('no emissions');
    expect(width(unsure.energy.overhead)).toBeGreaterThan(width(certain.energy.overhead) + 0.1);
    expect(width(location)).toBeGreaterThan(width(certain.emissions.location) + 0.01);
    expect(width(unsure.energy.it)).toBe(width(certain.energy.it));
  });

  test('says that a saving cannot be told from zero when the hours hardly differ', () => {
    const flat = Array.from({ length: 12 }, (_, h) => intensity(hour(h), h < 4 ? 301 : 300));
    const { saving } = receipt(input({ factors: [...flat, pue()] }));
    expect(saving?.grams.expected).toBeGreaterThan(0);
    expect(saving?.grams.low).toBeLessThan(0);
    expect(saving?.distinguishable).toBe(false);
  });

  test('claims exactly nothing for a run that ran as run-now would have', () => {
    const now: Change = {
      samples: [
        sample('a', hour(0), hour(1), 100, { step: 'prepare', run: `${RUN}/prepare/1` }),
        sample('b', hour(1), hour(3), 1000),
      ],
      facts: {
        steps: train({
          pauses: 0,
          runs: [{ run: `${RUN}/train/1`, kept: true, stretches: [{ start: hour(1), end: hour(3) }] }],
        }),
      },
    };
    const { saving } = receipt(input(now));
    expect(saving?.grams.expected).toBeCloseTo(0, 6);
    expect(saving?.percent.high).toBeCloseTo(0, 6);
    expect(saving?.distinguishable).toBe(false);
  });

  test('does not charge run-now with a lost attempt, with pauses, or with what pausing cost', () => {
    const plain = receipt(input()).baseline.settledG ?? Number.NaN;
    const lost = sample('lost', hour(4), hour(4.5), 3_600_000, { run: `${RUN}/train/0` });
    const lostRun = { run: `${RUN}/train/0`, kept: false, stretches: [{ start: hour(4), end: hour(4.5) }] };
    const kept = facts().steps[1]?.runs ?? [];
    const withLost = receipt(
      input({ samples: [...samples(), lost], facts: { steps: train({ runs: [lostRun, ...kept] }) } }),
    );
    expect(withLost.baseline.settledG).toBeCloseTo(plain, 9);
    expect(withLost.emissions.location?.expected).toBeCloseTo(1080 + 240, 9);

    const paused = sample('paused', hour(4), hour(4.5), 3_600_000);
    const withPaused = receipt(input({ samples: [...samples(), paused] }));
    expect(withPaused.baseline.settledG).toBeCloseTo(plain, 9);
    expect(withPaused.emissions.location?.expected).toBeCloseTo(1080 + 240, 9);

    // A pause that costs 12 of 120 minutes: a tenth of the 2 kWh of `train`, which run-now meets at 600 g/kWh.
    const withCost = receipt(input({ facts: { steps: train({ pauseCost: millis(12 * MINUTE) }) } }));
    expect(withCost.baseline.settledG).toBeCloseTo(plain - 0.2 * 1.2 * 600, 9);
  });

  test('names what no meter saw, and claims no saving when it was more than a tenth', () => {
    const little = receipt(input({ samples: [...samples().slice(0, 2), sample('s3', hour(4.7), hour(6), 4_680_000)] }));
    expect(little.energy.coveragePercent).toBeCloseTo(100 * (2.8 / 3), 9);
    expect(little.energy.missing).toEqual([{ step: 'train', start: hour(4.5), end: hour(4.7), why: 'no meter spoke' }]);
    expect(little.saving).not.toBeNull();

    const gap = sample('s3', hour(4.5), hour(6), null, { note: 'the machine restarted' });
    const much = receipt(input({ samples: [...samples().slice(0, 2), gap] }));
    expect(much.energy.coveragePercent).toBeCloseTo(50, 9);
    expect(much.energy.missing[0]).toMatchObject({ step: 'train', why: 'the machine restarted' });
    expect(much).toMatchObject({ saving: null, savingWithheld: 'no meter saw 50 % of the running time' });
    expect(much.energy.it.expected).toBeCloseTo(1, 12);
  });

  test('says of a step that its last attempt ran longer than expected, its pauses and what they cost left out', () => {
    const overrun = (change: Parameters<typeof train>[0], speed = 1) =>
      receipt(input({ facts: { speed, steps: train(change) } })).notes;
    const run = (number: number, kept: boolean, from: number, to: number) => ({
      run: `${RUN}/train/${number}`,
      kept,
      stretches: [{ start: hour(from), end: hour(to) }],
    });
    const declared = millis(1.5 * HOUR);
    expect(overrun({})).toEqual([]);
    expect(overrun({ declared })).toEqual(['train ran 2 h 00, at most 1 h 30 expected']);
    expect(overrun({ declared, pauseCost: millis(HOUR / 2) })).toEqual([]);
    // What the sight of a run costs on a fast clock is not the step's.
    expect(overrun({ declared }, 3_600)).toEqual([]);
    const again = { declared, attempts: 2, pauses: 0 };
    expect(overrun({ ...again, runs: [run(1, false, 0, 3), run(2, true, 4, 5)] })).toEqual([]);
    expect(overrun({ ...again, runs: [run(1, false, 0, 1), run(2, true, 1, 2), run(3, false, 2, 4)] })).toEqual([
      'train ran 3 h 00 in its last attempt, at most 1 h 30 expected',
    ]);
    expect(receipt(input({ facts: { steps: train({ declared }) } })).steps[1]).toMatchObject({
      ran: 2 * HOUR,
      declared,
    });
  });

  test('tells the energy of a step at the plug from that at the meter of its facility', () => {
    expect(receipt(input()).steps).toMatchObject([
      { step: 'prepare', itEnergyKWh: 0.5, facilityEnergyKWh: 0.6 },
      { step: 'train', itEnergyKWh: 2, facilityEnergyKWh: 2.4 },
    ]);
  });

  test('states no emissions at all rather than zero when nothing is known', () => {
    const nothing = receipt(input({ samples: [] }));
    expect(nothing.emissions.location).toBeNull();
    expect(nothing.perUnit).toBeNull();
    expect(nothing).toMatchObject({ saving: null, savingWithheld: 'no energy was measured' });
    const noGrid = receipt(input({ factors: [pue()] }));
    expect(noGrid.emissions.location).toBeNull();
    expect(noGrid.energy.it.expected).toBeCloseTo(2.5, 12);
    expect(noGrid.savingWithheld).toBe('no intensity is known for 100 % of the energy');
    expect(noGrid.notes[0]).toContain('no intensity is known for 100');
  });

  test.each([
    ['a plan that knew the order of hours only', { facts: { use: 'shape' } }, /yearly average/],
    [
      'a yearly average',
      { factors: [...dirtyThenClean().map((one): Factor => ({ ...one, quality: 'yearly-average' })), pue()] },
      /yearly average/,
    ],
    ['a run that failed', { facts: { outcome: 'failed' } }, /did not end well/],
    [
      'unknown hours of run-now',
      { factors: [...dirtyThenClean().slice(3), intensity(hour(0), 600), pue()] },
      /run-now would have run is not known/,
    ],
    ['a baseline that is younger than a sample', { writtenAt: hour(2) }, /before the baseline was written/],
    [
      'a grid that emits nothing',
      { factors: [...dirtyThenClean().map((one) => ({ ...one, value: 0n })), pue()] },
      /emitted nothing/,
    ],
  ] as const satisfies readonly (readonly [string, Change, RegExp])[])('claims no saving with %s', (_, change, why) => {
    const made = receipt(input(change));
    expect(made.saving).toBeNull();
    expect(made.savingWithheld).toMatch(why);
  });

  test('leaves grams for no unit undefined', () => {
    expect(receipt(input({ facts: { unit: { name: 'scenario', count: 0 } } })).perUnit).toBeNull();
    expect(receipt(input({ facts: { unit: null } })).perUnit).toBeNull();
    expect(receipt(input({ facts: { outcome: 'failed' } })).perUnit).toBeNull();
  });

  test('says when the PUE is unknown or energy was counted inside the machine', () => {
    const made = receipt(
      input({ factors: dirtyThenClean(), samples: samples().map((one) => ({ ...one, boundary: 'chip' })) }),
    );
    expect(made.notes).toEqual([
      'the PUE of a site is not known; what its facility adds is missing here',
      'some energy was counted at a chip or device: what the rest of the machine drew is not in it',
    ]);
    expect(made.energy.overhead).toEqual({ expected: 0, low: 0, high: 0 });
  });

  test('sums 3 GWh without losing a microjoule on the way', () => {
    const huge = microjoules(3n * 3_600_000_000_000_000_000n);
    const made = receipt(
      input({
        samples: [
          sample('a', hour(4), hour(5), 0, { energy: huge }),
          sample('b', hour(4), hour(5), 0, { energy: microjoules(-0n) }),
        ],
      }),
    );
    expect(made.energy.it.expected).toBe(3_000_000);
    expect(made.emissions.location?.expected).toBe(3_000_000 * 1.2 * 200);
  });

  test('is wider when meters and intensities are, and does not shrink with the number of samples', () => {
    const width = (one: Change) => {
      const { low, high } = receipt(input(one)).emissions.location ?? { low: Number.NaN, high: Number.NaN };
      return Math.log(high / low);
    };
    const many = samples().flatMap((one) =>
      Array.from({ length: 30 }, (_, i): Sample => {
        const part = (one.end - one.start) / 30;
        const energy = microjoules((one.energy ?? 0n) / 30n);
        return {
          ...one,
          id: `${one.id}-${i}`,
          start: instant(one.start + i * part),
          end: instant(one.start + (i + 1) * part),
          energy,
        };
      }),
    );
    // σ² = ln(1.6)² + ln(1.1)² + ln(1.05)², of which p90/p10 spans 2 · 1.2816 σ.
    const sigma = Math.hypot(Math.log(1.6), Math.log(1.1), Math.log(1.05));
    expect(width({})).toBeCloseTo(2 * 1.2816 * sigma, 6);
    expect(width({ samples: many })).toBeCloseTo(width({}), 6);
    expect(width({ samples: samples().map((one) => ({ ...one, gsd: 1.1 })) })).toBeLessThan(width({}) / 2);
  });
});

describe('what a receipt never does', () => {
  const other = { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2' } as const;

  test('adds emissions of two signals', () => {
    const factors = [...dirtyThenClean(), pue()].map((factor, h) => (h === 5 ? { ...factor, signal: other } : factor));
    const made = receipt(input({ factors }));
    // Of the 1080 g, an hour of train at 200 g/kWh met the other signal: 1 kWh with a PUE of 1.2.
    expect(made.emissions.location?.expected).toBeCloseTo(1080 - 240, 9);
    expect(made.steps.reduce((sum, { emissionsG }) => sum + emissionsG, 0)).toBeCloseTo(1080 - 240, 9);
    expect(made.notes.join()).toContain(
      'only an intensity of another signal is known (average/production/lifecycle/CO2)',
    );
    expect(made.savingWithheld).not.toBeNull();
  });

  test('calls the rounding of microjoules a saving', () => {
    const few = [
      sample('a', hour(0), hour(1), 0, { step: 'prepare', run: `${RUN}/prepare/1`, energy: microjoules(3n) }),
      sample('b', hour(1), hour(3), 0, { energy: microjoules(7n) }),
    ];
    const steps = train({
      pauses: 0,
      runs: [{ run: `${RUN}/train/1`, kept: true, stretches: [{ start: hour(1), end: hour(3) }] }],
    });
    const { saving } = receipt(
      input({ samples: few, facts: { steps }, factors: [...dirtyThenClean(), pue({ value: 1500n })] }),
    );
    expect(saving?.grams.expected ?? 0).toBe(0);
    expect(saving?.distinguishable ?? false).toBe(false);
  });

  test('hides what a meter said of its own readings, or that the future was known', () => {
    const lower = samples().map((one) => ({ ...one, note: 'lower bound: no control group' }));
    expect(receipt(input({ samples: lower })).notes).toContain('of the energy: lower bound: no control group');
    const replayed = dirtyThenClean().map((factor) => ({ ...factor, quality: 'replayed' as const }));
    expect(receipt(input({ factors: [...replayed, pue()] })).notes.join()).toContain('perfect knowledge');
    expect(receipt(input()).notes.join()).not.toContain('perfect knowledge');
  });
});
