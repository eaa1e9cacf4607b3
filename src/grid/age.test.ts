import { expect, it } from 'vitest';
import { listOf, someSeries, until } from '../../test/support/some-series.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import { judgeForecast } from './age.ts';

const NOW = instant(Date.UTC(2026, 2, 18, 12));
const hour = (n: number): Instant => instant(NOW + n * HOUR);

it('a forecast that is left out takes its band and its covered share with it', () => {
  const at = hour(-25);
  const said = someSeries({ start: hour(-26), at, values: [1, 2, 3], quality: until(at), band: 1, factors: 'ipcc@1' });
  const judged = judgeForecast({ ...said, covered: Float64Array.from([0.9, 0.9, 0.9]) }, NOW);
  expect(listOf(judged.intensityG)).toEqual([1, null, null]);
  expect(listOf(judged.covered)).toEqual([0.9, null, null]);
  expect(listOf(judged.lowG)).toEqual([0, null, null]);
  expect(listOf(judged.highG)).toEqual([2, null, null]);
});
