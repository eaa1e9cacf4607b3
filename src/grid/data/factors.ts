/**
 * Emission factors by fuel, in versioned sets: whatever is computed with one names it, and a changed figure is a new
 * version.
 *
 * @module
 */
import type { Signal } from '../series.ts';

export const FUELS = ['coal', 'gas', 'oil', 'nuclear', 'hydro', 'wind', 'solar', 'biomass', 'geothermal'] as const;
export type Fuel = (typeof FUELS)[number];

export interface FactorSet {
  /** `NAME@VERSION`. */
  readonly id: string;
  readonly source: string;
  readonly scope: Signal['scope'];
  readonly gas: Signal['gas'];
  readonly gPerKWh: Readonly<Record<Fuel, number>>;
}

/** Medians; wind is onshore, solar is utility-scale. Lignite stands under coal, for which the table has one row. */
export const IPCC_AR5_LIFECYCLE: FactorSet = {
  id: 'ipcc-ar5-lifecycle@1',
  source: 'IPCC AR5 WG3 Annex III table A.III.2 (2014); oil, not in it: UNECE (2021), rounded',
  scope: 'lifecycle',
  gas: 'CO2e',
  gPerKWh: {
    coal: 820,
    gas: 490,
    oil: 650,
    nuclear: 12,
    hydro: 24,
    wind: 11,
    solar: 48,
    biomass: 230,
    geothermal: 38,
  },
};
