/**
 * The port of a grid provider: one source of intensity, one file in `providers/`.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Instant } from '../units.ts';
import type { Series, Signal } from './series.ts';

/** How an adapter reaches the outside; the only door to the network in this room. */
export interface Transport {
  /**
   * GET a JSON or text document. Rejects with `grid/unavailable` on a network error, a status outside 2xx, a redirect,
   * or a reply above the size limit; with the abort reason when `signal` aborts.
   */
  get(url: string, options: { readonly signal: AbortSignal }): Promise<string>;
}

export interface ProviderContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A half-open span of time. */
export interface Range {
  readonly start: Instant;
  readonly end: Instant;
}

export interface Provider {
  readonly id: string;
  /** One line for people: who publishes it, under which licence. */
  readonly about: string;
  readonly keyless: boolean;
  /** What its values are; the same for all its zones. */
  readonly signal: Signal;
  /** Whether this provider knows `zone`. */
  covers(zone: string): boolean;
  /**
   * Intensity over `range` as far as the source reaches, past (measured) and future (forecast) in one series.
   * Slots it does not have are NaN with a gap that says why.
   *
   * Throws `grid/unavailable` (no usable answer), `grid/invalid-data` (an answer that breaks its contract: wrong zone,
   * wrong unit, stamps out of order, not a number).
   */
  intensity(zone: string, range: Range, context: ProviderContext): Promise<Series>;
}
