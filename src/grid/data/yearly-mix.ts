/**
 * Yearly generation mix and average intensity by country, and for a few parts of countries.
 *
 * Countries: Ember, Yearly Electricity Data (https://ember-energy.org/data/yearly-electricity-data/), CC BY 4.0,
 * generation of the year named (2024 unless said), life-cycle CO2e; shares rounded to whole percent and intensities to
 * tens of g/kWh for this table, so they need not sum to 100. Parts of the United States: net generation of 2023 as
 * published by the grid operators and the US Energy Information Administration (public domain), rounded likewise, with
 * intensities computed from the mix and IPCC AR5 WG3 Annex III medians. A yearly figure says nothing about an hour.
 *
 * @module
 */

export interface YearlyMix {
  /** Percent of generation, in the order of `FUELS` (`factors.ts`). */
  readonly percent: readonly number[];
  readonly intensityG: number;
  /** Degrees north and east of where most of it is used and generated. */
  readonly latitude: number;
  readonly longitude: number;
  /** Standard time ahead of UTC. */
  readonly offsetHours: number;
  /** Default 2024. */
  readonly year?: number;
  readonly source: 'ember' | 'us-2023';
}

const ember = (
  percent: readonly number[],
  intensityG: number,
  latitude: number,
  longitude: number,
  offsetHours: number,
  year = 2024,
): YearlyMix => ({ percent, intensityG, latitude, longitude, offsetHours, year, source: 'ember' });

const us = (
  percent: readonly number[],
  intensityG: number,
  latitude: number,
  longitude: number,
  offsetHours: number,
): YearlyMix => ({
  percent,
  intensityG,
  latitude,
  longitude,
  offsetHours,
  year: 2023,
  source: 'us-2023',
});

export const EMBER = { name: 'Ember, Yearly Electricity Data', licence: 'CC BY 4.0' } as const;
export const US_2023 = {
  name: 'US grid operators and EIA, 2023, with IPCC AR5 factors',
  licence: 'public domain',
} as const;

/** World average of 2024 (Ember), g/kWh. */
export const WORLD_G = 470;

//                      coal gas oil nuc hyd win sol bio geo     g    lat    lon  UTC+
export const YEARLY_MIX: Readonly<Record<string, YearlyMix>> = {
  AE: /*       */ ember([0, 68, 0, 23, 0, 0, 9, 0, 0], 470, 24.5, 54.5, 4),
  AT: /*       */ ember([0, 11, 2, 0, 60, 12, 9, 6, 0], 100, 47.8, 15, 1),
  AU: /*       */ ember([45, 17, 2, 0, 5, 13, 18, 1, 0], 550, -33.5, 149, 10),
  BE: /*       */ ember([0, 18, 3, 43, 0, 20, 11, 5, 0], 120, 50.8, 4.5, 1),
  BG: /*       */ ember([27, 5, 0, 40, 8, 4, 14, 2, 0], 260, 42.7, 25, 2),
  BR: /*       */ ember([2, 6, 1, 2, 56, 15, 10, 8, 0], 110, -18, -46, -3),
  CA: /*       */ ember([3, 18, 1, 13, 57, 7, 1, 1, 0], 180, 46, -76, -5),
  CH: /*       */ ember([0, 1, 0, 32, 56, 0, 8, 3, 0], 40, 47.2, 8, 1),
  CL: /*       */ ember([17, 15, 3, 0, 27, 13, 22, 3, 0], 270, -30, -70.5, -4),
  CN: /*       */ ember([58, 3, 0, 4, 13, 10, 8, 2, 0], 560, 33, 114, 8),
  CZ: /*       */ ember([35, 6, 0, 40, 4, 1, 5, 7, 0], 410, 49.8, 15.5, 1),
  DE: /*       */ ember([22, 17, 4, 0, 5, 28, 15, 10, 0], 340, 51, 10, 1),
  DK: /*       */ ember([6, 3, 1, 0, 0, 58, 11, 21, 0], 140, 55.9, 10, 1),
  EE: /*       */ ember([40, 1, 0, 0, 1, 20, 17, 20, 0], 340, 59, 25.5, 2),
  ES: /*       */ ember([1, 18, 4, 20, 13, 22, 20, 2, 0], 150, 39.5, -3.5, 1),
  FI: /*       */ ember([1, 1, 4, 39, 17, 24, 1, 12, 0], 70, 62, 25.5, 2),
  FR: /*       */ ember([0, 3, 2, 68, 12, 8, 4, 2, 0], 40, 46.8, 2.5, 1),
  GB: /*       */ ember([1, 30, 3, 14, 2, 30, 5, 14, 0], 220, 52.5, -1.5, 0),
  GR: /*       */ ember([6, 38, 8, 0, 5, 20, 21, 1, 0], 320, 38.5, 23, 2),
  HR: /*       */ ember([5, 20, 0, 0, 45, 18, 6, 6, 0], 170, 45.3, 16, 1),
  HU: /*       */ ember([6, 18, 1, 44, 1, 2, 24, 4, 0], 180, 47.2, 19.3, 1),
  ID: /*       */ ember([62, 18, 2, 0, 7, 0, 0, 6, 5], 680, -7, 110, 7, 2023),
  IE: /*       */ ember([3, 49, 3, 0, 2, 37, 3, 3, 0], 280, 53.2, -7.5, 0),
  IL: /*       */ ember([18, 71, 0, 0, 0, 1, 9, 0, 0], 570, 31.8, 34.9, 2, 2023),
  IN: /*       */ ember([75, 3, 0, 3, 8, 4, 7, 1, 0], 710, 22, 78, 5.5),
  IT: /*       */ ember([2, 44, 5, 0, 19, 8, 14, 6, 2], 290, 42.5, 12.5, 1),
  JP: /*       */ ember([30, 32, 5, 9, 8, 1, 10, 5, 0], 480, 35.5, 138, 9),
  KR: /*       */ ember([30, 29, 1, 31, 1, 1, 5, 2, 0], 420, 36.5, 127.5, 9),
  LT: /*       */ ember([0, 12, 5, 0, 9, 43, 20, 10, 0], 140, 55.2, 24, 2),
  LV: /*       */ ember([0, 21, 0, 0, 52, 5, 9, 13, 0], 140, 56.9, 24.5, 2),
  MX: /*       */ ember([5, 60, 10, 3, 6, 6, 8, 1, 1], 480, 21, -101, -6),
  MY: /*       */ ember([45, 35, 0, 0, 17, 0, 2, 1, 0], 600, 3.5, 102, 8),
  NL: /*       */ ember([8, 37, 3, 3, 0, 27, 18, 5, 0], 250, 52.1, 5.2, 1),
  NO: /*       */ ember([0, 1, 0, 0, 89, 9, 0, 0, 0], 30, 61, 9, 1),
  NZ: /*       */ ember([4, 9, 0, 0, 54, 9, 1, 2, 20], 120, -39, 175.5, 12),
  PL: /*       */ ember([54, 12, 2, 0, 1, 15, 10, 5, 0], 610, 52, 19.5, 1),
  PT: /*       */ ember([0, 10, 3, 0, 30, 31, 15, 8, 0], 110, 39.5, -8.2, 0),
  RO: /*       */ ember([13, 19, 0, 20, 27, 12, 8, 1, 0], 250, 45.5, 25.5, 2),
  RS: /*       */ ember([62, 4, 0, 0, 28, 4, 1, 1, 0], 670, 44.3, 20.8, 1),
  SE: /*       */ ember([0, 0, 1, 29, 38, 24, 2, 6, 0], 40, 59.5, 16, 1),
  SG: /*       */ ember([1, 94, 1, 0, 0, 0, 2, 2, 0], 500, 1.3, 103.8, 8),
  SI: /*       */ ember([16, 4, 0, 36, 32, 0, 9, 2, 0], 230, 46.1, 14.8, 1),
  SK: /*       */ ember([3, 8, 2, 62, 16, 0, 3, 5, 0], 100, 48.7, 19.5, 1),
  TH: /*       */ ember([17, 65, 0, 0, 4, 2, 3, 8, 0], 560, 14.5, 100.8, 7),
  TR: /*       */ ember([35, 19, 0, 0, 21, 11, 8, 3, 3], 470, 39.5, 33, 3),
  TW: /*       */ ember([39, 42, 2, 4, 2, 4, 5, 1, 0], 640, 24, 121, 8),
  US: /*       */ ember([15, 43, 1, 18, 5, 10, 7, 1, 0], 380, 38.5, -92, -6),
  'US-CAL-CISO': us([0, 43, 0, 8, 14, 7, 20, 2, 5], 240, 36.5, -119.5, -8),
  'US-MIDA-PJM': us([14, 44, 0, 33, 2, 4, 2, 1, 0], 340, 40, -79, -5),
  'US-MIDW-MISO': us([28, 41, 0, 15, 1, 14, 1, 0, 0], 440, 41, -90, -6),
  'US-NE-ISNE': us([0, 55, 0, 23, 6, 4, 4, 6, 0], 290, 42.5, -71.8, -5),
  'US-NY-NYIS': us([0, 47, 0, 22, 22, 4, 2, 2, 0], 250, 42, -75, -5),
  'US-TEX-ERCO': us([14, 45, 0, 9, 0, 24, 7, 0, 0], 340, 31.2, -98, -6),
  VN: /*       */ ember([50, 7, 0, 0, 30, 4, 9, 0, 0], 490, 16, 107, 7),
  ZA: /*       */ ember([82, 0, 0, 4, 1, 5, 8, 0, 0], 710, -27, 27.5, 2),
};

/** Countries too wide for one mix to stand for each of their grids. */
export const WIDE_COUNTRIES: ReadonlySet<string> = new Set(['BR', 'CA', 'RU', 'US']);
