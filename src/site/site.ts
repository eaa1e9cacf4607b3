/**
 * A place that can run work: its executor, grid zone, hardware, capacity, overhead and price.
 *
 * @module
 */
import type { Watts } from '../units.ts';

export interface Money {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

export interface Capacity {
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** The modelled electrical behaviour of a machine, per hardware thread, at its plug. */
export interface MachineModel {
  /** E.g. `EPYC gen 5 family`, `unknown CPU`. */
  readonly name: string;
  readonly tier: 'D' | 'E';
  readonly idlePerThread: Watts;
  readonly maxPerThread: Watts;
  readonly threads: number;
  /** Geometric standard deviation of what this model says. */
  readonly gsd: number;
  readonly source: string;
}

export interface Site {
  readonly name: string;
  readonly executor: 'local' | 'slurm' | 'kubernetes' | 'edge' | 'exec';
  readonly zone: string;
  /** How the zone was found, for people: `--zone`, `gridtide.yaml`, `time zone Europe/Berlin`. */
  readonly zoneFrom: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  /** Facility energy over IT energy; at least 1. */
  readonly pue: number;
  readonly hardware: string | undefined;
  readonly capacity: Capacity;
  readonly price: { readonly cpuHour?: Money; readonly gpuHour?: Money; readonly kWh?: Money } | undefined;
  readonly machine: MachineModel;
}
