/**
 * Series of a publisher that is made up, for tests of what is kept, learned and forecast.
 *
 * @module
 */
import { gapsIn, type Quality, type Series, type Signal } from '../../src/grid/index.ts';
import { HOUR, type Instant, type Millis } from '../../src/units.ts';

export const SIGNAL: Signal = { kind: 'average', basis: 'production', scope: 'unknown', gas: 'CO2e' };

export interface Said {
  /** Start of the first value. */
  readonly start: Instant;
  /** g/kWh; `null` or `NaN` for a gap. */
  readonly values: ArrayLike<number | null>;
  /** When it was read. */
  readonly at: Instant;
  /** Of all values, or by instant. Default: measured. */
  readonly quality?: Quality | ((start: number) => Quality);
  readonly step?: Millis;
  /** Half-width of p10 to p90. */
  readonly band?: number;
  /** When the publisher issued it; default: it does not say. */
  readonly issuedAt?: Instant;
  readonly provider?: string;
  readonly zone?: string;
  readonly signal?: Signal;
  readonly factors?: string;
  /** MW of each slot. */
  readonly powerMW?: Series['powerMW'];
}

/** What a publisher says, as a provider hands it on. */
export function someSeries(said: Said): Series {
  const { start, at, quality = 'measured', step = HOUR, band, issuedAt, provider = 'energy-charts' } = said;
  const intensityG = Float64Array.from(said.values, (value) => value ?? Number.NaN);
  const axis = { start, step, length: intensityG.length };
  const of = (slot: number): Quality => (typeof quality === 'string' ? quality : quality(start + slot * step));
  return {
    zone: said.zone ?? 'DE',
    signal: said.signal ?? SIGNAL,
    axis,
    intensityG,
    ...(band === undefined
      ? {}
      : { lowG: intensityG.map((value) => value - band), highG: intensityG.map((value) => value + band) }),
    quality: Array.from(intensityG, (value, slot) => (Number.isNaN(value) ? 'missing' : of(slot))),
    gaps: gapsIn(intensityG, axis, () => 'not published'),
    provenance: {
      provider,
      source: `https://example.org/${provider}`,
      sha256: 'ab',
      licence: 'CC-BY-4.0',
      fetchedAt: at,
      issuedAt: issuedAt ?? at,
      issuedAtBasis: issuedAt === undefined ? 'fetch-time' : 'provider',
      ...(said.factors === undefined ? {} : { factors: said.factors }),
    },
    ...(said.powerMW === undefined ? {} : { powerMW: said.powerMW }),
    warnings: [],
  };
}

/** Measured before `now`, forecast from then on. */
export const until =
  (now: Instant) =>
  (start: number): Quality =>
    start < now ? 'measured' : 'forecast';

/** Values with `null` for gaps, so that they can be compared. */
export const listOf = (values: Float64Array | undefined): (number | null)[] =>
  Array.from(values ?? [], (value) => (Number.isNaN(value) ? null : value));
