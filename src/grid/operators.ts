/**
 * What operators of the grid forecast of the wind and the sun of a zone, and the port of whoever publishes it: a part of a
 * provider that has it.
 *
 * @module
 */
import type { Instant } from '../units.ts';
import type { ProviderContext, Range } from './provider.ts';

/** A forecast of one day of the publisher, hour by hour: hour i is [start + i h, start + (i + 1) h); `NaN` marks a gap. */
export interface OperatorRun {
  /** A whole hour. */
  readonly start: Instant;
  /** When it was issued, as far as its publisher says; never later than it was read. */
  readonly knownAt: Instant;
  /** Mean power of each hour. */
  readonly windMW: Float64Array;
  readonly solarMW: Float64Array;
}

/** What one question brought. */
export interface OperatorReading {
  /** One a day that anything is said of, ascending. */
  readonly runs: readonly OperatorRun[];
  readonly fetchedAt: Instant;
  /** URL without secrets. */
  readonly source: string;
  /** Of the bytes that were read, hex. */
  readonly sha256: string;
}

export interface OperatorForecasts {
  /** One line for people: whose forecast it is. */
  readonly about: string;
  readonly licence: string;
  /** Whether it is published for `zone`. */
  covers(zone: string): boolean;
  /**
   * What was forecast a day ahead of each day that has a part in `range`, which may be over or to come: always the forecast
   * of the day before, so that what is learned from is what is used. A range in which nothing is published has no runs.
   *
   * Fails as `Provider.intensity` does: `grid/unavailable`, `grid/invalid-data`, `grid/not-configured`, `grid/no-zone`.
   */
  dayAhead(zone: string, range: Range, context: ProviderContext): Promise<OperatorReading>;
}
