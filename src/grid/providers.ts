/**
 * The list of grid providers. A new one is a file in `providers/` and a line here; the contract suite then runs on it.
 * A CSV file is a provider too, but opened by name (`loadCsv`).
 *
 * @module
 */
import type { Provider } from './provider.ts';
import { aemoNemweb } from './providers/aemo-nemweb.ts';
import { caiso } from './providers/caiso.ts';
import { eia } from './providers/eia.ts';
import { electricityMaps, electricityMapsDirect, electricityMapsV3 } from './providers/electricity-maps.ts';
import { elexon } from './providers/elexon.ts';
import { energinet } from './providers/energinet.ts';
import { energyCharts } from './providers/energy-charts.ts';
import { entsoe } from './providers/entsoe.ts';
import { ercot } from './providers/ercot.ts';
import { miso } from './providers/miso.ts';
import { modelled } from './providers/modelled.ts';
import { nesoUk } from './providers/neso-uk.ts';
import { nyiso } from './providers/nyiso.ts';
import { openElectricity } from './providers/open-electricity.ts';
import { rteOdre } from './providers/rte-odre.ts';
import { staticYearly } from './providers/static-yearly.ts';
import { syntheticDay } from './providers/synthetic.ts';
import { wattTime } from './providers/watttime.ts';

/** In the order in which they are asked for a zone that several cover. */
export const PROVIDERS: readonly Provider[] = [
  electricityMaps,
  electricityMapsDirect,
  electricityMapsV3,
  nesoUk,
  energinet,
  energyCharts,
  rteOdre,
  caiso,
  nyiso,
  ercot,
  miso,
  eia,
  entsoe,
  openElectricity,
  aemoNemweb,
  elexon,
  wattTime,
  staticYearly,
  modelled,
  syntheticDay(),
];

/** Whether it asks the network, rather than computing here what it says. */
export const isLive = ({ isComputed }: Provider): boolean => isComputed !== true;

/** Whether a chain of live providers may hold it: what asks the network, and a table that somebody names. */
export const mayBeChained = (provider: Provider): boolean => isLive(provider) || provider.id === staticYearly.id;
