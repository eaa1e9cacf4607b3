/**
 * Which places there are, what each can take, and what a step would draw there.
 *
 * @module
 */
import type { Config, SiteConfig } from '../config/index.ts';
import { Failure } from '../errors.ts';
import { type Watts, watts } from '../units.ts';
import type { Step } from '../workload/index.ts';
import { describeMachine } from './machine.ts';
import type { Capacity, MachineModel, Site } from './site.ts';

/** This machine, as the system describes it. */
export interface Machine {
  /** Hardware threads that may be used. */
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly model: MachineModel;
}

/** A zone and how it was found. */
export interface ZoneGuess {
  readonly zone: string;
  /** For people: `time zone Europe/Berlin`, `gridtide.yaml: aws:eu-central-1 in Frankfurt`. */
  readonly from: string;
  readonly country?: string | undefined;
}

export interface SitesOptions {
  /** `--zone`: the zone of `here`. */
  readonly zone?: ZoneGuess | undefined;
  /** What the configuration's zones are, by site; default: zones, as they are written. */
  readonly zones?: ReadonlyMap<string, ZoneGuess>;
  /** Where this machine is when nobody says; `undefined`: its surroundings say nothing. */
  readonly guess: ZoneGuess | undefined;
  readonly machine: Machine;
}

/** The name of the site that this machine is unless the configuration says otherwise. */
const HERE = 'here';

/** Stands for "as much as anybody asks" where a remote site states no capacity: above what a step may need. */
const UNSTATED_CPUS = 65_536;
const UNSTATED_MEMORY = 2 ** 60;

/**
 * The sites of the configuration, in its order; `here` (this machine, local, PUE 1) comes first when it is not
 * configured. The zone of a local site is that of `--zone` (for `here` only), else the configured one, else the
 * guessed one; `zoneFrom` says which. Throws `grid/no-zone` when none of them names one.
 */
export function sitesFrom(config: Pick<Config, 'sites' | 'file'>, options: SitesOptions): readonly Site[] {
  const configured = config.sites.some(({ name }) => name === HERE) ? config.sites : [DEFAULT_SITE, ...config.sites];
  return configured.map((site) =>
    siteFrom(site, config.file === undefined ? 'configuration' : 'gridtide.yaml', options),
  );
}

const DEFAULT_SITE: SiteConfig = {
  name: HERE,
  executor: 'local',
  zone: undefined,
  country: undefined,
  pue: 1,
  hardware: undefined,
  partition: undefined,
  capacity: { cpus: undefined, gpus: undefined, memory: undefined },
  price: undefined,
};

function siteFrom(config: SiteConfig, configName: string, options: SitesOptions): Site {
  const { name, executor, pue, hardware, price } = config;
  const { zone, zoneFrom, country } = zoneOf(config, configName, options);
  const capacity = capacityOf(config, options.machine);
  return {
    name,
    executor,
    zone,
    zoneFrom,
    country,
    pue,
    hardware,
    capacity,
    price,
    // What stands elsewhere is a processor nobody has described to us.
    machine: executor === 'local' ? options.machine.model : describeMachine('', config.capacity.cpus ?? 1),
  };
}

interface FoundZone {
  readonly zone: string;
  readonly zoneFrom: string;
  readonly country: string | undefined;
}

function zoneOf({ name, executor, zone, country }: SiteConfig, configName: string, options: SitesOptions): FoundZone {
  if (name === HERE && options.zone !== undefined) return found(options.zone);
  if (zone !== undefined) return found(options.zones?.get(name) ?? { zone, from: configName }, country);
  if (executor === 'local' && options.guess !== undefined) return found(options.guess, country);
  throw new Failure('grid/no-zone', `sites.${name}: its grid zone is not known: the system's time zone names none`, {
    expected: '--zone ZONE, or `zone:` in gridtide.yaml',
  });
}

/** A country of another zone than the configured one is not the configured country. */
const found = ({ zone, from, country }: ZoneGuess, configured?: string): FoundZone => ({
  zone,
  zoneFrom: from,
  country: configured ?? country ?? countryOf(zone),
});

/** Zones are named by ISO 3166-1 alpha-2, then the part of the country (`US-CAL-CISO`). */
const countryOf = (zone: string): string | undefined => /^[A-Z]{2}(?=-|$)/.exec(zone)?.[0];

function capacityOf({ executor, capacity }: SiteConfig, machine: Machine): Capacity {
  const otherwise: Capacity =
    executor === 'local' ? machine : { cpus: UNSTATED_CPUS, gpus: 0, memory: UNSTATED_MEMORY };
  return {
    cpus: capacity.cpus ?? otherwise.cpus,
    gpus: capacity.gpus ?? otherwise.gpus,
    memory: capacity.memory ?? otherwise.memory,
  };
}

/** Whether `step` may and can run at `site`, looking at its list of sites and its needs; otherwise the reason, in words. */
export function fits(step: Pick<Step, 'needs' | 'sites'>, site: Pick<Site, 'name' | 'capacity'>): true | string {
  const { needs, sites } = step;
  if (sites !== undefined && !sites.includes(site.name))
    return `${site.name} is not in its list of sites (${sites.join(', ')})`;
  const { cpus, gpus, memory } = site.capacity;
  if (needs.cpus > cpus) return `it needs ${count(needs.cpus, 'CPU')}, ${site.name} has ${cpus}`;
  if (needs.gpus > gpus) return `it needs ${count(needs.gpus, 'GPU')}, ${site.name} has ${gpus}`;
  if (needs.memory > memory)
    return `it needs ${gigabytes(needs.memory)} of memory, ${site.name} has ${gigabytes(memory)}`;
  return true;
}

const count = (amount: number, name: string): string => `${amount} ${name}${amount === 1 ? '' : 's'}`;

/** At most one decimal. */
const gigabytes = (bytes: number): string => `${Number((bytes / 1e9).toFixed(1))} GB`;

/**
 * Power that `step` draws at `site` at its plug, before PUE: the learned one, else the declared one, else that of the CPUs it needs at full
 * load under the machine model, (idle + (max − idle) · 1) · CPUs. GPUs are not in the model.
 */
export function stepPower(
  step: Pick<Step, 'needs' | 'power' | 'learned'>,
  site: Pick<Site, 'machine' | 'name'>,
): Watts {
  return step.learned?.power[site.name]?.watts ?? step.power ?? watts(site.machine.maxPerThread * step.needs.cpus);
}
