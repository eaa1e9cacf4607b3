import { describe, expect, test } from 'vitest';
import type { Placed } from './account.ts';
import { atQuantile, emissionsBand, savingBand } from './bands.ts';
import { EIGHT, minute, outlook, power, request, site, step } from './fixtures.ts';
import { jobsOf } from './jobs.ts';
import { plan } from './make-plan.ts';

describe('The band of emissions', () => {
  const part = { expectedG: 100, lowG: 50, highG: 200, gsd: 1 };

  test('is the forecast where the energy is sure', () => {
    expect(emissionsBand([part]).low).toBeCloseTo(50, 9);
    expect(emissionsBand([part]).high).toBeCloseTo(200, 9);
  });

  test('is the energy where the forecast is sure', () => {
    const band = emissionsBand([{ expectedG: 100, lowG: 100, highG: 100, gsd: 2 }]);
    expect(band.low).toBeCloseTo(100 / 2 ** 1.2816, 9);
    expect(band.high).toBeCloseTo(100 * 2 ** 1.2816, 9);
  });

  test('of several parts adds their ends, not their widths in quadrature', () => {
    const band = emissionsBand([part, { ...part, expectedG: 300, lowG: 300, highG: 300 }]);
    expect(band.low).toBeCloseTo(350, 9);
    expect(band.high).toBeCloseTo(500, 9);
  });

  test('of machines that differ weighs each by its grams', () => {
    const sure = { expectedG: 100, lowG: 100, highG: 100, gsd: 1 };
    const band = emissionsBand([sure, { ...sure, gsd: 2 }]);
    expect(band.low).toBeCloseTo(100 + 100 / 2 ** 1.2816, 9);
    expect(band.high).toBeCloseTo(100 + 100 * 2 ** 1.2816, 9);
  });

  test('of nothing is nothing', () => {
    expect(emissionsBand([])).toEqual({ low: 0, high: 0 });
    expect(emissionsBand([{ expectedG: 0, lowG: 0, highG: 10, gsd: 2 }])).toEqual({ low: 0, high: 0 });
    expect(emissionsBand([{ expectedG: 100, lowG: 0, highG: 100, gsd: 1 }])).toEqual({ low: 100, high: 100 });
  });
});

describe('The band of a saving', () => {
  const asked = request({
    steps: [step({ name: 'train', minutes: 60 })],
    deadline: 240,
    outlooks: { DE: outlook([400, 100, 100, 100]), FR: outlook([400, 100, 100, 100], { zone: 'FR' }) },
    sites: [site(), site({ name: 'there', zone: 'FR' })],
  });
  const [job] = jobsOf(asked, power);
  const at = (start: number, end: number, option = 0): Placed => {
    const place = job?.options[option];
    if (job === undefined || place === undefined) throw new Error('there is one job with two options');
    return { job, option: place, stretches: [{ start: minute(start), end: minute(end) }] };
  };
  const even = { expectedG: 100, lowG: 50, highG: 200 };
  const halfWidth = (rho: number): number => Math.log(2) * Math.sqrt(2 - 2 * rho);
  const expectHalf = (band: { low: number; high: number }, half: number): void => {
    expect(band.low).toBeCloseTo(100 * (1 - Math.exp(half)), 6);
    expect(band.high).toBeCloseTo(100 * (1 - Math.exp(-half)), 6);
  };

  test('takes hours apart as 0.7 alike', () => {
    expectHalf(savingBand([at(60, 120)], [at(120, 180)], EIGHT, even, even), halfWidth(0.7));
    expectHalf(savingBand([at(60, 120)], [at(60, 120, 1)], EIGHT, even, even), halfWidth(0.7));
  });

  test('lets what both draw at the same time and place cancel, in part or whole', () => {
    expectHalf(savingBand([at(60, 120)], [at(60, 120)], EIGHT, even, even), 0);
    expectHalf(savingBand([at(60, 120)], [at(90, 150)], EIGHT, even, even), halfWidth(0.85));
    expectHalf(savingBand([at(90, 150)], [at(60, 120)], EIGHT, even, even), halfWidth(0.85));
  });

  test('takes the part in common from the smaller of the two', () => {
    const large = { expectedG: 200, lowG: 100, highG: 400 };
    const band = savingBand([at(60, 120)], [at(60, 180)], EIGHT, even, large);
    expect(band.low).toBeCloseTo(50, 6);
    expect(band.high).toBeCloseTo(50, 6);
  });

  test('has no more in common than the smaller draw', () => {
    const first = at(60, 120);
    const weak = { ...first, option: { ...first.option, runningKw: 0.5 } };
    expectHalf(savingBand([weak], [first], EIGHT, even, even), halfWidth(0.85));
  });

  test('does not take what draws nothing in common for alike', () => {
    const nothing = { expectedG: 0, lowG: 0, highG: 0 };
    expect(savingBand([at(60, 120)], [at(120, 180)], EIGHT, nothing, even)).toEqual({ low: 100, high: 100 });
  });

  test('uses the wider of its halves', () => {
    const up = { expectedG: 100, lowG: 100, highG: 200 };
    const down = { expectedG: 100, lowG: 50, highG: 100 };
    expectHalf(savingBand([at(60, 120)], [at(120, 180)], EIGHT, up, up), halfWidth(0.7));
    expectHalf(savingBand([at(60, 120)], [at(120, 180)], EIGHT, down, down), halfWidth(0.7));
    const wide = { expectedG: 100, lowG: 25, highG: 400 };
    const sure = { expectedG: 100, lowG: 100, highG: 100 };
    expectHalf(savingBand([at(60, 120)], [at(120, 180)], EIGHT, wide, sure), Math.log(4));
    expectHalf(savingBand([at(60, 120)], [at(120, 180)], EIGHT, sure, wide), Math.log(4));
  });

  test('is no narrower than all hours high or all hours low', () => {
    const sure = { expectedG: 100, lowG: 90, highG: 110 };
    const band = savingBand([at(60, 120)], [at(120, 180)], EIGHT, even, sure);
    expect(band.low).toBeLessThanOrEqual(100 * (1 - 200 / 110));
    expect(band.high).toBeGreaterThanOrEqual(100 * (1 - 50 / 90));
  });
});

describe('A quantile of the forecast', () => {
  const bands = { lowG: Float64Array.of(50, 100, 90), highG: Float64Array.of(200, 100, 160) };
  const unsure = outlook([100, 100, 120], bands);

  test('is p10, the expected and p90 where it is theirs, and stretches between and beyond', () => {
    const at = (quantile: number): number => atQuantile(unsure, quantile)[0] ?? Number.NaN;
    expect(atQuantile(unsure, 0.5)).toBe(unsure.intensityG);
    expect(at(0.1)).toBeCloseTo(50, 1);
    expect(at(0.9)).toBeCloseTo(200, 1);
    expect(at(0.75)).toBeCloseTo(100 * 2 ** (0.6745 / 1.2816), 1);
    expect(atQuantile(unsure, 0.95)[1]).toBe(100);
  });

  test('of nothing is nothing, and no band is no band', () => {
    const zero = outlook([0, 100], { lowG: Float64Array.of(0, 0), highG: Float64Array.of(10, 100) });
    expect([...atQuantile(zero, 0.9)]).toEqual([0, 100]);
    expect([...atQuantile(zero, 0.1)]).toEqual([0, 100]);
  });

  test('has a plan prefer a sure hour, and state the grams that are expected', () => {
    const hours = outlook([150, 100, 110, 150], {
      lowG: Float64Array.of(150, 60, 105, 150),
      highG: Float64Array.of(150, 180, 115, 150),
    });
    const at = (quantile?: number) =>
      plan(
        request({
          steps: [step({ name: 'train', minutes: 60 })],
          deadline: 240,
          outlooks: { DE: hours },
          policy: quantile === undefined ? {} : { quantile },
        }),
        power,
      );
    expect(at()).toMatchObject({ quantile: 0.5, emissionsG: 100, boundG: 100 });
    expect(at(0.9)).toMatchObject({ quantile: 0.9, emissionsG: 110, boundG: 100 });
    expect(at(0.9).steps[0]?.intervals[0]?.start).toBe(minute(120));
  });
});
