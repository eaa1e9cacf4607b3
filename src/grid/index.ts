/**
 * The grid: zones, signals, intensity now, in the past and as far ahead as its publishers look.
 *
 * @module
 */
export type { YearlyAverage } from './average.ts';
export { type CarbonSourceOptions, carbonSource } from './carbon-source.ts';
export { type OutlookSpan, type PlanningOutlook, toOutlook } from './outlook.ts';
export { type LocateOptions, locate } from './place.ts';
export type { Asking, Provider, ProviderContext, Range, Reply, Transport } from './provider.ts';
export { type CsvGrid, type CsvOptions, loadCsv, UNKNOWN_SIGNAL } from './providers/csv.ts';
export { SYNTHETIC_DEMO_START, type SyntheticOptions, syntheticDay } from './providers/synthetic.ts';
export { PROVIDERS } from './providers.ts';
export {
  type Gap,
  type Provenance,
  QUALITIES,
  type Quality,
  type Series,
  type Signal,
  signalSchema,
  type TimeAxis,
} from './series.ts';
export {
  type ChainLink,
  type Grid,
  type GridAnswer,
  type GridOptions,
  type LinkReply,
  type OutlookOptions,
  openGrid,
} from './source.ts';
export { discreet, type HttpTransportOptions, httpTransport } from './transport.ts';
export { type ForecastMoment, openVintages, type Statement, type VintageKey, type Vintages } from './vintages.ts';
export { countryOf, guessZone, isZone, placeName, type ZoneGuess } from './zone.ts';
