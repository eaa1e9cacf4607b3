/**
 * Weather for forecasts of the grid, and the port of whoever tells it: one source, one file in `providers/`.
 *
 * @module
 */
import type { Instant } from '../units.ts';
import type { Point } from './borders.ts';
import type { Pace, ProviderContext, Range } from './provider.ts';

/** One run of a weather model, averaged over the zone: hour i is [start + i h, start + (i + 1) h); `NaN` marks a gap. */
export interface WeatherRun {
  /** A whole hour. */
  readonly start: Instant;
  /** When it could be read: some hours after the time that the run is named after. */
  readonly knownAt: Instant;
  readonly windMS: Float64Array;
  readonly temperatureC: Float64Array;
  readonly dewPointC: Float64Array;
  readonly radiationW: Float64Array;
  readonly rainMm: Float64Array;
}

/** The variables of a run, in the order in which they are kept. */
export const WEATHER_VARIABLES = ['windMS', 'temperatureC', 'dewPointC', 'radiationW', 'rainMm'] as const;
export type WeatherVariable = (typeof WEATHER_VARIABLES)[number];

export const weatherRun = (
  { start, knownAt }: Pick<WeatherRun, 'start' | 'knownAt'>,
  values: (variable: WeatherVariable) => Float64Array,
): WeatherRun => ({
  start,
  knownAt,
  windMS: values('windMS'),
  temperatureC: values('temperatureC'),
  dewPointC: values('dewPointC'),
  radiationW: values('radiationW'),
  rainMm: values('rainMm'),
});

export const hoursOf = (run: WeatherRun): number => run.windMS.length;

/** What one request brought. */
export interface WeatherReading {
  /** Ascending by `knownAt`. A run of no hours says that the source had nothing to say. */
  readonly runs: readonly WeatherRun[];
  readonly fetchedAt: Instant;
  /** URL without secrets. */
  readonly source: string;
  /** Of the bytes that were read, hex. */
  readonly sha256: string;
}

export interface WeatherProvider {
  readonly id: string;
  /** One line for people: who publishes it, under which licence. */
  readonly about: string;
  readonly licence: string;
  /** Environment variables that it cannot be asked without. */
  readonly keys: readonly string[];
  /** What its host publishes as its limit, or bears; the source stands beside it. Default 60 requests a minute. */
  readonly pace?: Pace;
  /** Earlier days are not in its archive. */
  readonly remembersFrom: Instant;
  /**
   * What is forecast now, from the present hour on, as the mean of `points`.
   *
   * Fails as {@link Provider.intensity} of the grid does: `grid/unavailable`, `grid/invalid-data`, `grid/not-configured`.
   */
  newest(points: readonly Point[], context: ProviderContext): Promise<WeatherReading>;
  /** What was forecast at each of some moments of `days` (whole days, UTC) that have passed, and nothing newer than that. */
  past(points: readonly Point[], days: Range, context: ProviderContext): Promise<WeatherReading>;
}
