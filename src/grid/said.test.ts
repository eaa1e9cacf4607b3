import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/grid-replies.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import { addTo, answerFrom } from './said.ts';
import type { Quality, Series } from './series.ts';
import { seriesOver } from './slots.ts';

const NOW = at('2026-03-18T12:00Z');
const hour = (hours: number): Instant => instant(NOW + hours * HOUR);

/** An answer over [from, to), in hours from now: `value` everywhere, forecast from `now` on. */
function answer(from: number, to: number, value: number, { now = 0, phase = 0, ...more }: Options = {}): Series {
  const qualityAt = (at: number): Quality => (at < now ? 'measured' : 'forecast');
  const samples = Array.from({ length: to - from }, (_, i) => ({
    start: instant(hour(from + i) + phase),
    value,
    quality: qualityAt(from + i),
  }));
  return {
    ...seriesOver({
      zone: 'DE',
      signal: { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2' },
      range: { start: instant(hour(from) + phase), end: instant(hour(to) + phase) },
      step: HOUR,
      samples,
      provenance: {
        provider: 'test',
        source: more.source ?? 'test',
        sha256: `${value}`,
        licence: 'none',
        fetchedAt: hour(now),
        issuedAt: hour(now),
        issuedAtBasis: 'fetch-time',
        ...(more.factors === undefined ? {} : { factors: more.factors }),
      },
      reason: () => 'not published',
    }),
    ...(more.zone === undefined ? {} : { zone: more.zone }),
  };
}
interface Options {
  readonly now?: number;
  readonly phase?: number;
  readonly source?: string;
  readonly zone?: string;
  readonly factors?: string;
}

const valuesOf = (series: Series): number[] => [...series.intensityG];
const over = (from: number, to: number) => ({ start: hour(from), end: hour(to) });

describe('what a provider has said', () => {
  it('is its newest answer as it was given, where that holds what is asked for', () => {
    const newest = answer(-2, 3, 2);
    const said = addTo({ newest: answer(-4, 3, 1) }, newest, NOW);
    expect(answerFrom(said, over(-1, 2))).toBe(newest);
  });

  it('has before that the past of earlier answers, newer before older', () => {
    const first = addTo(undefined, answer(-6, 3, 1), NOW);
    const second = addTo(first, answer(-4, 3, 2), NOW);
    const third = addTo(second, answer(-2, 3, 3), NOW);
    const series = answerFrom(third, over(-6, 3));
    expect(valuesOf(series)).toEqual([1, 1, 2, 2, 3, 3, 3, 3, 3]);
    expect(series.provenance.sha256).toBeUndefined();
    expect(series.warnings).toEqual([]);
  });

  it('never mixes forecasts of two issues, in the past or to come', () => {
    const before = addTo(undefined, answer(-3, 9, 1, { now: -2 }), NOW);
    const series = answerFrom(addTo(before, answer(1, 4, 2), NOW), over(-3, 9));
    expect(valuesOf(series).map((value) => (Number.isNaN(value) ? null : value))).toEqual([
      ...[1, null, null, null],
      ...[2, 2, 2],
      ...[null, null, null, null, null],
    ]);
    expect(series.gaps.map(({ reason }) => reason)).toEqual(['not asked for', 'not asked for']);
    expect(series.warnings).toHaveLength(2);
  });

  it.each([
    ['another zone', { zone: 'FR' }],
    ['another source, as of a new model', { source: 'model 2' }],
    ['other factors', { factors: 'ipcc@2' }],
    ['slots that begin elsewhere', { phase: HOUR / 4 }],
  ])('is not joined with answers of %s', (_, other) => {
    expect(addTo({ newest: answer(-6, 3, 1, other) }, answer(-2, 3, 2), NOW).earlier).toBeUndefined();
  });

  it('is forgotten after fourteen days', () => {
    const days = DAY / HOUR;
    const said = addTo({ newest: answer(-20 * days, 0, 1) }, answer(-2, 3, 2), NOW);
    expect(said.earlier?.axis.start).toBe(hour(-14 * days));
  });
});
