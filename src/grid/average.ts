/**
 * The yearly average intensity of a place: what is left for the account when no hour is known.
 *
 * @module
 */
import { Z90 } from '../units.ts';
import { FUELS, type Fuel } from './data/factors.ts';
import { EMBER, US_2023, WORLD_G, YEARLY_MIX, type YearlyMix } from './data/yearly-mix.ts';
import { countryOf, placeName } from './zone.ts';

/** Life-cycle g CO2e/kWh of a year, with how wide it may be off. */
export interface YearlyAverage {
  readonly intensityG: number;
  /** Geometric standard deviation of an hour, or of another method or year, about it. */
  readonly gsd: number;
  /** Whose average it is: `Germany`, `the world`. */
  readonly of: string;
  readonly source: string;
  readonly licence: string;
  readonly year: number;
}

/** Judged: hours of one grid spread about their mean, and methods differ. */
const OWN_GSD = 1.4;
/** Judged: a part of a country about the whole. */
const COUNTRY_GSD = 1.6;
/** Grids of the world run from 30 to 700 g/kWh. */
const WORLD_GSD = 2.2;

/** The mix of `zone`, or of its country; `whole` is false when the country stands for a part of it. */
export function mixOf(
  zone: string,
): { readonly mix: YearlyMix; readonly of: string; readonly whole: boolean } | undefined {
  const own = Object.hasOwn(YEARLY_MIX, zone) ? YEARLY_MIX[zone] : undefined;
  if (own !== undefined) return { mix: own, of: zone, whole: true };
  const country = countryOf(zone);
  const mix = country !== undefined && Object.hasOwn(YEARLY_MIX, country) ? YEARLY_MIX[country] : undefined;
  return mix === undefined || country === undefined ? undefined : { mix, of: country, whole: false };
}

/** What each fuel makes of the generation of a year, 0 to 1, where that is known of `zone` itself; else nothing. */
export function yearlyShares(zone: string): Readonly<Partial<Record<Fuel, number>>> {
  const found = mixOf(zone);
  if (found === undefined || !found.whole) return {};
  return Object.fromEntries(FUELS.map((fuel, i) => [fuel, (found.mix.percent[i] ?? 0) / 100]));
}

/** The yearly average of `zone`, else of its country, else of the world; never nothing, always with its width. */
export function yearlyAverage(zone: string): YearlyAverage {
  const found = mixOf(zone);
  if (found === undefined) {
    return {
      intensityG: WORLD_G,
      gsd: WORLD_GSD,
      of: 'the world',
      source: EMBER.name,
      licence: EMBER.licence,
      year: 2024,
    };
  }
  const source = found.mix.source === 'ember' ? EMBER : US_2023;
  return {
    intensityG: found.mix.intensityG,
    gsd: found.whole ? OWN_GSD : COUNTRY_GSD,
    of: placeName(found.of),
    source: source.name,
    licence: source.licence,
    year: found.mix.year ?? 2024,
  };
}

/** p10 and p90 of a log-normal value about its median. */
export const spread = (median: number, gsd: number): { expected: number; low: number; high: number } => ({
  expected: median,
  low: median / gsd ** Z90,
  high: median * gsd ** Z90,
});
