/**
 * The grid: zones, signals, intensity now, in the past and as far ahead as its publishers look.
 *
 * @module
 */
export { openArchive } from './archive.ts';
export { type YearlyAverage, yearlyAverage } from './average.ts';
export { backfill } from './backfill.ts';
export { type CarbonSourceOptions, carbonSource } from './carbon-source.ts';
export {
  type RecordedPlace,
  type Recording,
  type RecordingOptions,
  type Replaying,
  type ReplayingOptions,
  recording,
  replaying,
} from './cassettes.ts';
export {
  type ChainStep,
  type Diagnosis,
  type DoctorOptions,
  type Examined,
  examine,
  type Finding,
  type OperatorAnswer,
} from './doctor.ts';
export { mayBePassedOn } from './licence.ts';
export {
  type OperatorArchive,
  type OperatorHistory,
  type OperatorOptions,
  openOperators,
} from './operator-archive.ts';
export type { OperatorForecasts, OperatorReading, OperatorRun } from './operators.ts';
export { type OutlookSpan, type PlanningOutlook, toOutlook } from './outlook.ts';
export { type LocateOptions, locate } from './place.ts';
export { SOURCES, type Source } from './powers.ts';
export type { Asking, Pace, Provider, ProviderContext, Range, Reply, Transport } from './provider.ts';
export { type CsvGrid, type CsvOptions, loadCsv, UNKNOWN_SIGNAL } from './providers/csv.ts';
export { type OpenMeteoOptions, openMeteo } from './providers/open-meteo.ts';
export { SYNTHETIC_DEMO_START, type SyntheticOptions, syntheticDay } from './providers/synthetic.ts';
export { PROVIDERS } from './providers.ts';
export {
  type Gap,
  type Provenance,
  QUALITIES,
  type Quality,
  type Series,
  type Signal,
  sameSignal,
  signalSchema,
  type TimeAxis,
} from './series.ts';
export { gapsIn } from './slots.ts';
export {
  type Grid,
  type GridAnswer,
  type GridOptions,
  type LinkReply,
  type OutlookOptions,
  openGrid,
} from './source.ts';
export { discreet, type HttpTransportOptions, httpTransport } from './transport.ts';
export {
  type ForecastMoment,
  keyOf,
  openVintages,
  type Statement,
  type VintageKey,
  type Vintages,
} from './vintages.ts';
export {
  WEATHER_VARIABLES,
  type WeatherProvider,
  type WeatherReading,
  type WeatherRun,
  weatherRun,
} from './weather.ts';
export { openWeather, type Refreshed, type Weather, type WeatherOptions } from './weather-archive.ts';
export { pointsOf } from './weather-points.ts';
export { countryOf, guessZone, isZone, placeName, timeZoneOf, type ZoneGuess } from './zone.ts';
