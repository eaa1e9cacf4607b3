/**
 * What the doors of this room need to know of electricity. Whoever opens them brings it: the room itself knows no provider,
 * no file and no store.
 *
 * @module
 */
import type { Range, Signal, TimeAxis } from '../grid/index.ts';
import type { Instant } from '../units.ts';

/** Values of one signal at one place, with where they come from. */
export interface Intensities {
  readonly zone: string;
  readonly signal: Signal;
  readonly axis: TimeAxis;
  /** g/kWh, one per slot; `NaN` where nothing is known. */
  readonly intensityG: Float64Array;
  /** How the values came to be, in words: `measured`, `measured, estimated`, `forecast`. */
  readonly quality: string;
  /** Who says so. Only what one publisher says in one signal is compared between places. */
  readonly publisher: string;
  readonly source: string;
  readonly licence: string;
  /** Whether others than the holder of the key may have the values. */
  readonly mayBePassedOn: boolean;
  /** When it was said. */
  readonly issuedAt: Instant;
}

export interface KnownLocation {
  /** What to ask by. */
  readonly name: string;
  /** Degrees north and east, where they are known. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/**
 * A location is what people write: a zone, a name, a cloud region with or without its cloud, `LATITUDE,LONGITUDE`.
 *
 * Every question rejects with `grid/no-zone` for a location that is not known, with another failure of `grid/` where no
 * source answers, and with the abort reason when `signal` aborts.
 */
export interface CarbonSource {
  now(): Instant;
  /** The slots that cover `range`, as far as they have begun. `undefined`: nothing is known of any of them. */
  past(location: string, range: Range, signal: AbortSignal): Promise<Intensities | undefined>;
  /** From the slot that holds now on, as far as its source looks ahead. */
  forecast(location: string, signal: AbortSignal): Promise<Intensities>;
  /** The forecast in force at `at`, from the slot that holds it on. `undefined`: none is known. */
  forecastAt(location: string, at: Instant, signal: AbortSignal): Promise<Intensities | undefined>;
  locations(): Promise<readonly KnownLocation[]>;
}
