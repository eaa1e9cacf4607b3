import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/index.ts';
import { Failure } from '../errors.ts';
import { millis, watts } from '../units.ts';
import {
  describeMachine,
  fits,
  type Machine,
  type Site,
  sitesFrom,
  stepPower,
  thisMachine,
  type ZoneGuess,
} from './index.ts';

/** The fields that matter, as Linux writes them. */
const cpuinfo = (vendor: string, family: number, model: number, name: string, stepping: number): string =>
  [
    `processor\t: 0`,
    `vendor_id\t: ${vendor}`,
    `cpu family\t: ${family}`,
    `model\t\t: ${model}`,
    `model name\t: ${name}`,
    `stepping\t: ${stepping}`,
  ]
    .concat(['flags\t\t: fpu vme', '', 'processor\t: 1', `vendor_id\t: ${vendor}`, 'model name\t: another'])
    .join('\n');

const INTEL_MAC = `machdep.cpu.brand_string: Intel(R) Core(TM) i7-8700B CPU @ 3.20GHz
machdep.cpu.family: 6
machdep.cpu.model: 158
machdep.cpu.stepping: 10
machdep.cpu.vendor: GenuineIntel
`;
const APPLE = `machdep.cpu.cores_per_package: 8
machdep.cpu.core_count: 8
machdep.cpu.brand_string: Apple M1
`;
const GRAVITON = `processor\t: 0
BogoMIPS\t: 243.75
CPU implementer\t: 0x41
CPU architecture: 8
CPU part\t: 0xd0c
`;

const machine: Machine = { cpus: 8, gpus: 0, memory: 32e9, model: describeMachine('', 8) };
const guess = { zone: 'DE', from: 'time zone Europe/Berlin' };
const configured = (text: string) => ({ ...parseConfig(text, 'gridtide.yaml', []), file: '/project/gridtide.yaml' });
const none = { sites: [], file: undefined };
const failureOf = (act: () => unknown): Failure => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
};
const only = (sites: readonly Site[]): Site => {
  const [site, ...rest] = sites;
  if (site === undefined || rest.length > 0) throw new Error(`${sites.length} sites`);
  return site;
};

describe('the machine model', () => {
  it.each([
    ['EPYC gen 1 family', cpuinfo('AuthenticAMD', 23, 1, 'AMD EPYC 7601 32-Core Processor', 2)],
    ['EPYC gen 2 family', cpuinfo('AuthenticAMD', 23, 49, 'AMD EPYC 7742 64-Core Processor', 0)],
    ['EPYC gen 3 family', cpuinfo('AuthenticAMD', 25, 1, 'AMD EPYC 7763 64-Core Processor', 1)],
    ['EPYC gen 4 family', cpuinfo('AuthenticAMD', 25, 17, 'AMD EPYC 9654 96-Core Processor', 1)],
    ['EPYC gen 5 family', cpuinfo('AuthenticAMD', 26, 2, 'AMD EPYC 9755 128-Core Processor', 1)],
    ['Skylake family', cpuinfo('GenuineIntel', 6, 85, 'Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz', 4)],
    ['Cascade Lake family', cpuinfo('GenuineIntel', 6, 85, 'Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz', 7)],
    ['Cooper Lake family', cpuinfo('GenuineIntel', 6, 85, 'Intel(R) Xeon(R) Platinum 8375', 11)],
    ['Ice Lake family', cpuinfo('GenuineIntel', 6, 106, 'Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz', 6)],
    ['Sapphire Rapids family', cpuinfo('GenuineIntel', 6, 143, 'Intel(R) Xeon(R) Platinum 8488C', 8)],
    ['Coffee Lake family', INTEL_MAC],
  ])('knows the %s, with a spread of 1.6', (name, text) => {
    const model = describeMachine(text, 4);
    expect(model).toMatchObject({ name, tier: 'D', gsd: 1.6, threads: 4 });
    expect(model.idlePerThread).toBeGreaterThan(0);
    expect(model.maxPerThread).toBeGreaterThan(model.idlePerThread);
    expect(model.source).toMatch(/https:\/\//);
  });

  it.each([
    ['nothing at all', ''],
    ['a desktop part of a server family', cpuinfo('AuthenticAMD', 25, 33, 'AMD Ryzen 9 5950X 16-Core Processor', 0)],
    ['an Intel part of a later date', cpuinfo('GenuineIntel', 6, 999, 'Intel(R) Xeon(R) 9', 1)],
    ['an Apple processor', APPLE],
    ['an Arm server', GRAVITON],
  ])('guesses widely about %s', (_, text) => {
    expect(describeMachine(text, 2)).toMatchObject({
      name: 'unknown CPU',
      tier: 'E',
      gsd: 2.2,
      idlePerThread: 0.63,
      maxPerThread: 3.3,
    });
  });

  it('describes this machine with at least one thread', async () => {
    const found = await thisMachine(new AbortController().signal);
    expect(found.cpus).toBeGreaterThanOrEqual(1);
    expect(found.memory).toBeGreaterThan(1e8);
    expect(found.model.threads).toBeGreaterThanOrEqual(1);
  });
});

describe('the sites', () => {
  it('are this machine alone where nothing is configured', () => {
    expect(only(sitesFrom(none, { guess, machine }))).toEqual({
      name: 'here',
      executor: 'local',
      zone: 'DE',
      zoneFrom: 'time zone Europe/Berlin',
      country: 'DE',
      pue: 1,
      hardware: undefined,
      capacity: { cpus: 8, gpus: 0, memory: 32e9 },
      price: undefined,
      machine: machine.model,
    });
  });

  it('take the zone from the command, else the configuration, else the time zone, and say which', () => {
    const config = configured('sites: { here: { zone: FR, country: FR, capacity: { cpus: 2 } } }');
    const zoneOf = (
      options: { zone?: ZoneGuess; zones?: ReadonlyMap<string, ZoneGuess> },
      from: Parameters<typeof sitesFrom>[0],
    ): string => {
      const { zone, zoneFrom, country } = only(sitesFrom(from, { guess, machine, ...options }));
      return `${zone} by ${zoneFrom} in ${country}`;
    };
    expect(zoneOf({ zone: { zone: 'US-CAL-CISO', from: '--zone' } }, config)).toBe('US-CAL-CISO by --zone in US');
    expect(zoneOf({}, config)).toBe('FR by gridtide.yaml in FR');
    const cloud = { zone: 'IE', from: 'gridtide.yaml: aws:eu-west-1 in Dublin', country: 'IE' };
    expect(zoneOf({ zones: new Map([['here', cloud]]) }, configured('sites: { here: { zone: aws:eu-west-1 } }'))).toBe(
      'IE by gridtide.yaml: aws:eu-west-1 in Dublin in IE',
    );
    expect(zoneOf({}, none)).toBe('DE by time zone Europe/Berlin in DE');
    expect(zoneOf({ zone: { zone: 'anything', from: '--zone' } }, none)).toBe('anything by --zone in undefined');
  });

  it('keep the configured order, with this machine first where it is not named', () => {
    const names = (text: string): readonly string[] =>
      sitesFrom(configured(text), { guess, machine }).map(({ name }) => name);
    expect(names('sites: { hpc: { executor: slurm, zone: GB } }')).toEqual(['here', 'hpc']);
    expect(names('sites: { hpc: { executor: slurm, zone: GB }, here: { zone: DE } }')).toEqual(['hpc', 'here']);
  });

  it('limit elsewhere only what the configuration limits, except GPUs, and guess nothing about its processors', () => {
    const [, hpc] = sitesFrom(
      configured(
        'sites: { hpc: { executor: slurm, zone: GB, pue: 1.1, capacity: { cpus: 64 }, price: { cpuHour: 0.03 EUR } } }',
      ),
      {
        guess,
        machine,
      },
    );
    expect(hpc).toMatchObject({
      pue: 1.1,
      country: 'GB',
      capacity: { cpus: 64, gpus: 0, memory: 2 ** 60 },
      price: { cpuHour: { amount: 0.03, currency: 'EUR' } },
      machine: { name: 'unknown CPU', tier: 'E', threads: 64 },
    });
  });

  it('fail when nothing names the zone', () => {
    const failure = failureOf(() => sitesFrom(none, { guess: undefined, machine }));
    expect(failure.code).toBe('grid/no-zone');
    expect(failure.expected).toContain('--zone');
  });
});

describe('a step at a site', () => {
  const site = only(sitesFrom(none, { guess, machine: { ...machine, gpus: 1 } }));
  const needs = { cpus: 8, gpus: 1, memory: 32e9 };

  it('fits exactly up to the capacity', () => {
    expect(fits({ needs, sites: undefined }, site)).toBe(true);
    expect(fits({ needs, sites: ['hpc', 'here'] }, site)).toBe(true);
  });

  it('does not fit above it, or where it may not run, and says why', () => {
    const why = (part: Partial<typeof needs>): true | string =>
      fits({ needs: { ...needs, ...part }, sites: undefined }, site);
    expect(why({ cpus: 9 })).toBe('it needs 9 CPUs, here has 8');
    expect(why({ gpus: 2 })).toBe('it needs 2 GPUs, here has 1');
    expect(why({ memory: 33.25e9 })).toBe('it needs 33.3 GB of memory, here has 32 GB');
    expect(fits({ needs, sites: ['hpc', 'edge'] }, site)).toBe('here is not in its list of sites (hpc, edge)');
  });

  it('draws what was learned of it at this site, whatever it declares', () => {
    const power = { here: { watts: watts(96), gsd: 1.1, runs: 12 } };
    const length = { p50: millis(1_000), p90: millis(2_000) };
    const learned = { runs: 12, cut: 0, length, tellsP90: true, power };
    expect(stepPower({ needs, power: watts(700), learned }, site)).toBe(96);
    expect(stepPower({ needs, power: watts(700), learned }, { ...site, name: 'hpc' })).toBe(700);
  });

  it('draws what it declares, else its CPUs at full load', () => {
    expect(stepPower({ needs, power: watts(700) }, site)).toBe(700);
    expect(stepPower({ needs, power: undefined }, site)).toBeCloseTo(26.4, 10);
    expect(stepPower({ needs: { ...needs, cpus: 0.5 }, power: undefined }, site)).toBeCloseTo(1.65, 10);
  });
});
