/**
 * The port of a grid provider: one source of intensity, one file in `providers/`.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import type { Instant, Millis } from '../units.ts';
import type { OperatorForecasts } from './operators.ts';
import type { Series, Signal } from './series.ts';

/** What a provider must be shown before it answers, in a header or in the query of the URL. */
export type Secret = ({ readonly header: string } | { readonly query: string }) & {
  readonly value: string;
  /** What it was made of, or who it belongs to: not sent as such, and hidden like it. */
  readonly words?: readonly string[];
};

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export interface Asking {
  readonly signal: AbortSignal;
  /** Sent over HTTPS alone, to the host of the URL alone. */
  readonly secret?: Secret;
  /** Statuses outside 2xx whose reply is wanted all the same. */
  readonly accept?: readonly number[];
  /** The reply holds a secret itself (a token): whoever keeps replies keeps this body in its place. */
  readonly keptAs?: string;
  /** Hears for how long the host wants to be left alone (429 or 503 with `Retry-After`), where that is not waited for. */
  readonly leaveAlone?: (wait: Millis) => void;
}

/** How an adapter reaches the outside; the only door to the network in this room. */
export interface Transport {
  /**
   * GET a text document. Rejects with `grid/unavailable` on a network error, a status outside 2xx that is not accepted,
   * a redirect, or a reply above the size limit; with the abort reason when `signal` aborts.
   */
  get(url: string, asking: Asking): Promise<Reply>;
}

export interface ProviderContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The value of one of the provider's `keys`. */
  key(name: string): string;
}

/** A half-open span of time. */
export interface Range {
  readonly start: Instant;
  readonly end: Instant;
}

/** How often a host may be asked: so many requests at once, and again as many in each `per`, evenly. */
export interface Pace {
  readonly requests: number;
  readonly per: Millis;
  /** Whose pace it is, where providers share a host and a key. Default: the id of the provider. */
  readonly of?: string;
}

export interface Provider {
  readonly id: string;
  /** One line for people: who publishes it, under which licence. */
  readonly about: string;
  /** Environment variables that it cannot be asked without; none where everybody may ask. */
  readonly keys: readonly string[];
  /** How to come by those keys, for people; where a published source says so. */
  readonly keysFrom?: string;
  /** How often it may be asked as its publisher has it, for people, with what is not verified marked so. */
  readonly quota?: string;
  /** What its values are; the same for all its zones. */
  readonly signal: Signal;
  /** How old its newest value may be before it says nothing about now, where it publishes late. Default 3 h. */
  readonly staleAfter?: Millis;
  /** What its host publishes as its limit, or bears; the source stands beside it. Default 60 requests a minute. */
  readonly pace?: Pace;
  /** The zone that it is tried at where nobody names one. Default: the first known one that it covers. */
  readonly sample?: string;
  /** It computes here what it says and asks no network, so that it stands in no chain of live providers by itself. */
  readonly isComputed?: true;
  /** Its licence forbids to pass its values on: they stay with whoever holds the key. */
  readonly restricted?: true;
  /** It knows the present moment alone or the means of whole days, so that it is asked only where a chain names it. */
  readonly ranksNoHours?: true;
  /** What the operators of its grids forecast of wind and sun, where it publishes that. */
  readonly operator?: OperatorForecasts;
  /** Whether this provider knows `zone`. */
  covers(zone: string): boolean;
  /**
   * Intensity over `range` as far as the source reaches, past (measured) and future (forecast) in one series.
   * Slots it does not have are NaN with a gap that says why.
   *
   * Throws `grid/unavailable` (no usable answer), `grid/invalid-data` (an answer that breaks its contract: wrong zone,
   * wrong unit, stamps out of order, not a number), `grid/not-configured` (a key is missing or is not enough).
   */
  intensity(zone: string, range: Range, context: ProviderContext): Promise<Series>;
}
