import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Config, loadConfig, parseConfig } from './index.ts';

const providers = ['energy-charts', 'modelled'];

const { signal } = new AbortController();

describe('gridtide.yaml', () => {
  it('evaluates sites and chains, with defaults for what is not said', () => {
    const { sites, grid } = parseConfig(
      `
sites:
  here: { executor: local, zone: DE, pue: 1.2, hardware: cpu, capacity: { cpus: 8, gpus: 1, memory: 64 GB } }
  hpc:  { executor: slurm, zone: GB, country: GB, pue: 1.1, partition: gpu, hardware: h100, capacity: { gpus: 16 }, price: { gpuHour: 2.10 EUR, kWh: 0.28 EUR } }
  10: { zone: FR }
grid:
  DE: [energy-charts, { provider: modelled, allow: degrade }]
`,
      'gridtide.yaml',
      providers,
    );
    expect(sites.map(({ name }) => name)).toEqual(['here', 'hpc', '10']);
    expect(sites[0]).toMatchObject({
      executor: 'local',
      pue: 1.2,
      capacity: { cpus: 8, gpus: 1, memory: 64e9 },
      price: undefined,
    });
    expect(sites[1]).toEqual({
      name: 'hpc',
      executor: 'slurm',
      zone: 'GB',
      zonePlace: { file: 'gridtide.yaml', line: 4, column: 34 },
      country: 'GB',
      pue: 1.1,
      hardware: 'h100',
      partition: 'gpu',
      capacity: { cpus: undefined, gpus: 16, memory: undefined },
      price: { gpuHour: { amount: 2.1, currency: 'EUR' }, kWh: { amount: 0.28, currency: 'EUR' } },
    });
    expect(sites[2]).toMatchObject({ executor: 'local', zone: 'FR', pue: 1 });
    expect(grid).toEqual({
      DE: [
        { provider: 'energy-charts', allowDegrade: false },
        { provider: 'modelled', allowDegrade: true },
      ],
    });
  });

  it('may be empty', () => {
    for (const text of ['', '\n', '# nothing yet\n'])
      expect(parseConfig(text, 'g.yaml', providers)).toEqual({ sites: [], grid: {}, weather: undefined });
  });
});

describe('the weather', () => {
  const weatherOf = (text: string) => parseConfig(`weather: ${text}\n`, 'gridtide.yaml', providers).weather;

  it('is asked of nobody unless somebody is named', () => {
    expect(weatherOf('off')).toBeUndefined();
    expect(parseConfig('sites: {}\n', 'gridtide.yaml', providers).weather).toBeUndefined();
  });

  it.each(['api.open-meteo.com', 'customer-api.open-meteo.com', 'http://127.0.0.1:8080', 'https://meteo.example/api'])(
    'is asked of %s',
    (host) => {
      expect(weatherOf(`{ openMeteo: { host: "${host}" } }`)).toEqual({ provider: 'open-meteo', host });
    },
  );

  it.each([
    'ftp://meteo.example',
    'https://key@meteo.example',
    'https://meteo.example/?apikey=1',
    'two words',
    '',
    'meteo.example:99999',
  ])('is not asked of "%s"', (host) => {
    expect(() => weatherOf(`{ openMeteo: { host: "${host}" } }`)).toThrow(/weather\.openMeteo\.host/);
  });
});

describe('loading the configuration', () => {
  const root = mkdtempSync(join(tmpdir(), 'gridtide-config-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const deep = join(root, 'project', 'jobs', 'night');
  mkdirSync(deep, { recursive: true });
  const inParent = join(root, 'project', 'gridtide.yaml');
  writeFileSync(inParent, 'sites: { here: { zone: FR } }\n');
  const other = join(root, 'other.yaml');
  writeFileSync(other, 'sites: { here: { zone: GB } }\n');
  const load = (environment: Record<string, string>, file?: string, cwd = deep): Promise<Config> =>
    loadConfig({ cwd, environment, providers, signal, ...(file === undefined ? {} : { file }) });

  it('looks in the working folder and those above it', async () => {
    const config = await load({});
    expect([config.file, config.sites[0]?.zone]).toEqual([inParent, 'FR']);
  });

  it('prefers the file that is named, then that of the environment', async () => {
    const environment = { GRIDTIDE_CONFIG: other };
    expect((await load(environment)).file).toBe(other);
    expect((await load(environment, '../../gridtide.yaml')).file).toBe(inParent);
  });

  it('is the defaults where there is no file', async () => {
    const config = await load({ HOME: '/home/ada' }, undefined, '/');
    expect(config).toEqual({
      file: undefined,
      home: '/home/ada/.local/state/gridtide',
      sites: [],
      grid: {},
      weather: undefined,
    });
  });

  it('keeps its things where the environment says', async () => {
    expect((await load({ HOME: '/home/ada', XDG_STATE_HOME: '/state' })).home).toBe('/state/gridtide');
    expect((await load({ HOME: '/home/ada', XDG_STATE_HOME: '/state', GRIDTIDE_HOME: '/data/g' })).home).toBe(
      '/data/g',
    );
    expect((await load({ HOME: '/home/ada', GRIDTIDE_HOME: 'rel' }, undefined, root)).home).toBe(join(root, 'rel'));
    expect((await load({ HOME: '/home/ada', GRIDTIDE_HOME: '' })).home).toBe('/home/ada/.local/state/gridtide');
  });
});
