import { describe, expect, it } from 'vitest';
import { listOf, type Said, someSeries, until } from '../../test/support/some-series.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import { spliced } from './splice.ts';

const NOW = instant(Date.UTC(2026, 2, 18, 12));
const hour = (n: number): Instant => instant(NOW + n * HOUR);
const always = () => true;
const never = () => false;

const published = (values: readonly (number | null)[], start: Instant = hour(-2), band?: number) =>
  someSeries({ start, at: NOW, values, quality: until(NOW), ...(band === undefined ? {} : { band }) });
const ours = (values: readonly (number | null)[], start: Instant = NOW) =>
  someSeries({
    start,
    at: hour(-1),
    issuedAt: hour(-1),
    values,
    quality: 'forecast',
    provider: 'gridtide:test',
    band: 5,
  });

describe('our forecast in what a publisher says', () => {
  it('leaves the past as it is and takes the place of the forecast', () => {
    const series = spliced(published([1, 2, 3, 4]), ours([90, 91, 30, 40], hour(-2)), always);
    expect(listOf(series.intensityG)).toEqual([1, 2, 30, 40]);
    expect(series.quality).toEqual(['measured', 'measured', 'forecast', 'forecast']);
  });

  it('takes no place on days on which the publisher errs less', () => {
    const theirs = published(
      Array.from({ length: 96 }, () => 1),
      NOW,
    );
    const mine = ours(
      Array.from({ length: 96 }, () => 2),
      hour(-1),
    );
    // Days ahead are counted from our origin, an hour ago.
    const { intensityG } = spliced(theirs, mine, (day) => day === 1 || day === 3);
    expect([0, 22, 23, 46, 47, 70, 71, 94].map((slot) => intensityG[slot])).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it('stands where the publisher says nothing, in gaps as after its end', () => {
    const series = spliced(published([1, null, 3, null]), ours([20, 30, 40, 50, 60], hour(-1)), never);
    expect(listOf(series.intensityG)).toEqual([1, 20, 3, 40, 50, 60]);
    expect(series.axis).toEqual({ start: hour(-2), step: HOUR, length: 6 });
    expect(series.quality).toEqual(['measured', ...Array.from({ length: 5 }, () => 'forecast')]);
    expect(series.gaps).toEqual([]);
  });

  it('reaches as far as the publisher where that is farther, and leaves gaps of both with their reasons', () => {
    const series = spliced(published([1, 2, 3, null, 5]), ours([30, null], NOW), always);
    expect(listOf(series.intensityG)).toEqual([1, 2, 30, null, 5]);
    expect(series.gaps).toEqual([{ start: hour(1), end: hour(2), reason: 'not published' }]);
    const beyond = spliced(published([1, 2, 3]), ours([30, null, 50]), always);
    expect(beyond.gaps).toEqual([{ start: hour(1), end: hour(2), reason: 'not forecast' }]);
  });

  it('begins where it begins, before the publisher or long after it', () => {
    expect(listOf(spliced(published([3, 4], NOW), ours([90, 91, 30], hour(-2)), always).intensityG)).toEqual([30, 4]);
    expect(listOf(spliced(published([1, 2]), ours([40], hour(1)), always).intensityG)).toEqual([1, 2, null, 40]);
  });

  it('has its own band, and the publisher keeps its own', () => {
    const withBand = spliced(published([1, 2, 3, 4], hour(-2), 0.5), ours([30], NOW), always);
    expect(listOf(withBand.lowG)).toEqual([0.5, 1.5, 25, 3.5]);
    expect(listOf(withBand.highG)).toEqual([1.5, 2.5, 35, 4.5]);
    expect(listOf(spliced(published([1, 2, 3, 4]), ours([30], NOW), always).highG)).toEqual([null, null, 35, null]);
  });

  it('says that it is of both', () => {
    const { provenance, labels } = spliced(published([1, 2, 3]), ours([30]), always);
    expect(provenance).toMatchObject({
      provider: 'energy-charts',
      source: 'https://example.org/energy-charts; https://example.org/gridtide:test',
      fetchedAt: NOW,
    });
    expect(labels).toEqual(['hours ahead: https://example.org/gridtide:test']);
  });

  it('is dated as ours, or as the publisher dates its own where that is older', () => {
    const dated = (theirs: Partial<Said>) => {
      const series = someSeries({ start: NOW, at: NOW, values: [1], quality: 'forecast', ...theirs });
      return spliced(series, ours([30]), always).provenance;
    };
    expect(dated({})).toMatchObject({ issuedAt: hour(-1), issuedAtBasis: 'provider' });
    expect(dated({ at: hour(-2) }).issuedAt).toBe(hour(-1));
    expect(dated({ issuedAt: hour(-2) }).issuedAt).toBe(hour(-2));
    expect(dated({ issuedAt: NOW }).issuedAt).toBe(hour(-1));
  });

  it('changes nothing where no hour is ours', () => {
    const theirs = published([1, 2, 3, 4]);
    expect(spliced(theirs, ours([30]), never)).toEqual(theirs);
    expect(spliced(theirs, ours([30, 31], instant(NOW - 3 * DAY)), always)).toEqual(theirs);
  });
});
