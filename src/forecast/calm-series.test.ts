import { describe, expect, it } from 'vitest';
import { listOf, type Said, someSeries, until } from '../../test/support/some-series.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import { calmedSeries, canBeJudged } from './calm-series.ts';
import { makeGrid, normalFrom, randomFrom, START } from './models/fixtures.ts';

const HOURS = makeGrid({ days: 60 }).history.intensityG;
const FIRST = instant(START + 40 * DAY);
const from = (at: number) => Math.round((at - START) / HOUR);
/** The past as it is kept. */
const past = (days = 28) =>
  someSeries({
    ...{ start: instant(FIRST - days * DAY), at: FIRST },
    values: HOURS.subarray(from(FIRST - days * DAY), from(FIRST)),
  });
/** Two measured hours, and four days ahead with noise of so many g/kWh. */
function published(noise: number, change: Partial<Said> = {}) {
  const random = randomFrom(1);
  const start = instant(FIRST - 2 * HOUR);
  const values = Float64Array.from(HOURS.subarray(from(start), from(FIRST) + 96), (value, i) =>
    i < 2 ? value : value + noise * normalFrom(random),
  );
  return someSeries({ start, at: FIRST, values, quality: until(FIRST), ...change });
}

describe("a publisher's forecast", () => {
  it('is calmed where it is rougher than its past, and says so', () => {
    const said = published(90);
    const calm = calmedSeries(said, past());
    const error = (values: Float64Array) =>
      values.subarray(2).reduce((sum, value, i) => sum + Math.abs(value - (HOURS[from(FIRST) + i] ?? Number.NaN)), 0);
    expect(error(calm.intensityG)).toBeLessThan(0.5 * error(said.intensityG));
    expect(calm.labels).toEqual(['forecast of energy-charts smoothed: rougher than its past']);
    expect(calm).toMatchObject({ axis: said.axis, quality: said.quality, provenance: said.provenance });
    expect([...calm.intensityG.subarray(0, 2)]).toEqual([...said.intensityG.subarray(0, 2)]);
  });

  it('is the same series where it is as rough as its past', () => {
    const said = published(0);
    expect(calmedSeries(said, past())).toBe(said);
  });

  it('takes its band with it, and leaves gaps as they are', () => {
    const plain = published(90);
    const values = [...plain.intensityG].map((value, i) => (i === 40 ? null : value));
    const said = published(90, { values, band: 20 });
    const calm = calmedSeries(said, past());
    expect(calm).not.toBe(said);
    expect(listOf(calm.intensityG)[40]).toBeNull();
    calm.intensityG.forEach((value, i) => {
      if (Number.isNaN(value) || value < 20) return;
      expect(calm.lowG?.[i]).toBeCloseTo(value - 20, 9);
      expect(calm.highG?.[i]).toBeCloseTo(value + 20, 9);
    });
  });

  it('is left as it is where too little of the past is known, or on other slots', () => {
    const said = published(90);
    expect(calmedSeries(said, past(5))).toBe(said);
    const quarters = someSeries({
      start: past().axis.start,
      at: FIRST,
      values: past().intensityG,
      step: millis(15 * MINUTE),
    });
    expect(calmedSeries(said, quarters)).toBe(said);
    const estimated = someSeries({
      start: past().axis.start,
      at: FIRST,
      values: past().intensityG,
      quality: 'estimated',
    });
    expect(calmedSeries(said, estimated)).toBe(said);
  });

  it('can be judged from a day of it on', () => {
    const hoursAhead = (hours: number, start: Instant = FIRST) =>
      someSeries({ start, at: FIRST, values: new Float64Array(hours).fill(300), quality: until(FIRST) });
    expect(canBeJudged(hoursAhead(23))).toBe(false);
    expect(canBeJudged(hoursAhead(24))).toBe(true);
    expect(canBeJudged(hoursAhead(48, instant(FIRST - 48 * HOUR)))).toBe(false);
  });
});
