/**
 * What a machine draws, from what it says its processor is: a small table of families, and a wide guess for the rest.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { watts } from '../units.ts';
import type { MachineModel } from './site.ts';

/**
 * Geometric standard deviations of modelled power: a known family used on a slice of the machine (spread within the
 * family 1.35 to 1.6, neighbours and turbo on top), and a processor nobody knows.
 */
const GSD_KNOWN_FAMILY = 1.6;
const GSD_UNKNOWN = 2.2;

const family = z.object({
  name: z.string(),
  /** W per thread. */
  idle: z.number().positive(),
  /** W per thread. */
  max: z.number().positive(),
  source: z.string(),
});
const familyTable = z.object({
  sources: z.record(z.string(), z.object({ title: z.string(), url: z.string(), licence: z.string() })),
  families: z.array(family),
  unknown: family,
});
type FamilyTable = z.infer<typeof familyTable>;

let loaded: FamilyTable | undefined;

function table(): FamilyTable {
  loaded ??= familyTable.parse(JSON.parse(readFileSync(new URL('./data/cpu-families.json', import.meta.url), 'utf8')));
  return loaded;
}

/**
 * The machine model for `threads` hardware threads of the processor that `cpuText` describes: the text of
 * `/proc/cpuinfo` (Linux) or of `sysctl machdep.cpu` (macOS). A known family is tier D with a geometric standard
 * deviation of 1.6; any other processor is tier E with 2.2 around the mean of servers since 2017.
 */
export function describeMachine(cpuText: string, threads: number): MachineModel {
  const { families, unknown, sources } = table();
  const name = familyOf(readProcessor(cpuText));
  const known = families.find((one) => one.name === name);
  const { idle, max, source, ...found } = known ?? unknown;
  return {
    name: known === undefined ? found.name : `${found.name} family`,
    tier: known === undefined ? 'E' : 'D',
    idlePerThread: watts(idle),
    maxPerThread: watts(max),
    threads: Math.max(1, threads),
    gsd: known === undefined ? GSD_UNKNOWN : GSD_KNOWN_FAMILY,
    source: [sources[source]?.title, sources[source]?.url].join(', '),
  };
}

interface Processor {
  readonly vendor: string;
  readonly brand: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

/** Reads the first processor of the text; what is not said is empty or NaN. */
function readProcessor(text: string): Processor {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(0, colon)).trim();
    if (colon !== -1 && !fields.has(key)) fields.set(key, line.slice(colon + 1).trim());
  }
  const field = (...keys: readonly string[]): string =>
    keys.map((key) => fields.get(key)).find((value) => value !== undefined) ?? '';
  const number = (...keys: readonly string[]): number => Number(field(...keys) || Number.NaN);
  return {
    vendor: field('vendor_id', 'machdep.cpu.vendor'),
    brand: field('model name', 'machdep.cpu.brand_string'),
    family: number('cpu family', 'machdep.cpu.family'),
    model: number('model', 'machdep.cpu.model'),
    stepping: number('stepping', 'machdep.cpu.stepping'),
  };
}

/**
 * Families by CPUID numbers, as the Linux kernel lists them (arch/x86/include/asm/intel-family.h; for AMD the
 * processor programming references). Desktop AMD parts share families with servers but not their power, so only EPYC
 * is taken.
 */
function familyOf({ vendor, brand, family: cpuFamily, model, stepping }: Processor): string | undefined {
  if (vendor === 'AuthenticAMD') return /epyc/i.test(brand) ? epycGeneration(cpuFamily, model) : undefined;
  if (vendor !== 'GenuineIntel' || cpuFamily !== 6) return undefined;
  // One model number for three server generations; the stepping tells them apart.
  if (model === 85) return stepping >= 10 ? 'Cooper Lake' : stepping >= 5 ? 'Cascade Lake' : 'Skylake';
  return INTEL_MODELS.find(([, models]) => models.includes(model))?.[0];
}

const INTEL_MODELS: readonly (readonly [string, readonly number[]])[] = [
  ['Sandy Bridge', [42, 45]],
  ['Ivy Bridge', [58, 62]],
  ['Haswell', [60, 63, 69, 70]],
  ['Broadwell', [61, 71, 79, 86]],
  ['Skylake', [78, 94]],
  ['Coffee Lake', [142, 158]],
  ['Rocket Lake', [167]],
  ['Ice Lake', [106, 108]],
  ['Sapphire Rapids', [143]],
  ['Emerald Rapids', [207]],
  ['Granite Rapids', [173, 174]],
];

function epycGeneration(cpuFamily: number, model: number): string | undefined {
  if (cpuFamily === 23) return model < 0x30 ? 'EPYC gen 1' : 'EPYC gen 2';
  if (cpuFamily === 25) return model < 0x10 ? 'EPYC gen 3' : 'EPYC gen 4';
  return cpuFamily === 26 ? 'EPYC gen 5' : undefined;
}
