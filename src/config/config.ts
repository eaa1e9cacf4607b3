/**
 * The configuration: `gridtide.yaml` of the working folder or one above it, the environment, and defaults.
 *
 * @module
 */
import { access } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type PlainDocument, readDocument } from '../documents.ts';
import { Failure, type Place } from '../errors.ts';
import { throwAll } from '../mistakes.ts';
import { evaluate, placeAt, type Source } from '../shapes.ts';
import { readTextFile } from '../text-file.ts';
import { type ReadConfig, writtenConfig } from './written.ts';

export interface PriceConfig {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** A site as configured; what is not said is left out. */
export interface SiteConfig {
  readonly name: string;
  readonly executor: 'local' | 'slurm' | 'kubernetes' | 'edge' | 'exec';
  /** As written: a zone, a name, a cloud region, a point. */
  readonly zone: string | undefined;
  /** Where `zone` is written. */
  readonly zonePlace?: Place;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  /** At least 1. */
  readonly pue: number;
  readonly hardware: string | undefined;
  readonly partition: string | undefined;
  readonly capacity: {
    readonly cpus: number | undefined;
    readonly gpus: number | undefined;
    /** Bytes. */
    readonly memory: number | undefined;
  };
  /** In one currency. */
  readonly price:
    | { readonly cpuHour?: PriceConfig; readonly gpuHour?: PriceConfig; readonly kWh?: PriceConfig }
    | undefined;
}

/** One link of the chain of providers for a zone. */
export interface GridLink {
  readonly provider: string;
  /** Whether a signal other than that of the links before it may stand in. */
  readonly allowDegrade: boolean;
}

/** Who tells the weather. */
export interface WeatherConfig {
  readonly provider: 'open-meteo';
  /** As written: a host, or an address with its scheme. */
  readonly host: string;
}

export interface Config {
  /** Absolute path of the file; `undefined`: there is none. */
  readonly file: string | undefined;
  /** Absolute folder of the store, the runs and the caches. */
  readonly home: string;
  /** In the order of the file. */
  readonly sites: readonly SiteConfig[];
  /** By zone. */
  readonly grid: Readonly<Record<string, readonly GridLink[]>>;
  /** `undefined`: nobody is asked about the weather. */
  readonly weather: WeatherConfig | undefined;
}

/** What the file says, or would say if it were there. */
type Said = Pick<Config, 'sites' | 'grid' | 'weather'>;
const NOTHING: Said = { sites: [], grid: {}, weather: undefined };

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadConfigOptions {
  /** Named on the command line; default: `GRIDTIDE_CONFIG`, else `gridtide.yaml` in `cwd` or the nearest parent. */
  readonly file?: string | undefined;
  /** Absolute. */
  readonly cwd: string;
  readonly environment: Environment;
  /** The grid providers that there are. */
  readonly providers: readonly string[];
  readonly signal: AbortSignal;
}

const CONFIG_FILE = 'gridtide.yaml';

/**
 * Loads the configuration; without a file, the defaults. Throws `config/invalid` with every mistake at its place, and `file/unreadable` for a file that was named and is not there.
 */
export async function loadConfig({ file, cwd, environment, providers, signal }: LoadConfigOptions): Promise<Config> {
  const home = homeOf(environment, cwd);
  const path = await configPath(file ?? filled(environment['GRIDTIDE_CONFIG']), cwd);
  if (path === undefined) return { file: undefined, home, ...NOTHING };
  const name = relative(cwd, path) || path;
  const text = await readTextFile(path, { name, code: 'config/invalid', signal });
  return { file: path, home, ...parseConfig(text, name, providers) };
}

/** Reads `gridtide.yaml`, whose chains may name `providers`; an empty file is one without wishes. */
export function parseConfig(text: string, file: string, providers: readonly string[]): Said {
  if (
    text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .every((line) => /^\s*(#.*)?$/.test(line))
  )
    return NOTHING;
  const document = readDocument(text, { file, code: 'config/invalid' });
  const source: Source = { file, code: 'config/invalid', document };
  const { value, failures } = evaluate(writtenConfig(providers), document.value, source);
  throwAll([...failures, ...(value === undefined ? [] : meaningFailures(value, source))]);
  if (value === undefined) throw new RangeError('a fault went untold');
  return { sites: sitesOf(value, source, document), grid: gridOf(value), weather: weatherOf(value) };
}

/** `$GRIDTIDE_HOME`, else `gridtide` in `$XDG_STATE_HOME`, else `~/.local/state/gridtide` (XDG Base Directory 0.8). */
function homeOf(environment: Environment, cwd: string): string {
  const own = filled(environment['GRIDTIDE_HOME']);
  if (own !== undefined) return resolve(cwd, own);
  const state = filled(environment['XDG_STATE_HOME']) ?? join(filled(environment['HOME']) ?? cwd, '.local', 'state');
  return resolve(cwd, state, 'gridtide');
}

const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

async function configPath(named: string | undefined, cwd: string): Promise<string | undefined> {
  if (named !== undefined) return resolve(cwd, named);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    if (await exists(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** What single values cannot show: a zone that is needed, a provider named twice. */
function meaningFailures(read: ReadConfig, source: Source): readonly Failure[] {
  const failures: Failure[] = [];
  for (const [name, { executor, zone }] of Object.entries(read.sites ?? {})) {
    if (zone !== undefined || executor === undefined || executor === 'local') continue;
    failures.push(
      new Failure('config/invalid', `sites.${name}.zone is missing: it can be guessed for this machine only`, {
        place: placeAt(source, ['sites', name], 'key'),
        expected: 'a grid zone such as "DE"',
      }),
    );
  }
  for (const [zone, links] of Object.entries(read.grid ?? {})) {
    const seen = new Set<string>();
    for (const [i, link] of links.entries()) {
      const name = typeof link === 'string' ? link : link.provider;
      const place = placeAt(source, ['grid', zone, i, ...(typeof link === 'string' ? [] : ['provider'])]);
      if (seen.has(name))
        failures.push(new Failure('config/invalid', `grid.${zone}: "${name}" is named twice`, { place }));
      seen.add(name);
    }
  }
  return failures;
}

function sitesOf({ sites = {} }: ReadConfig, source: Source, document: PlainDocument): readonly SiteConfig[] {
  return document.keys(['sites']).flatMap((name) => {
    const site = sites[name];
    if (site === undefined) return [];
    const { executor = 'local', zone, country, pue = 1, hardware, partition, capacity, price } = site;
    return [
      {
        name,
        executor,
        zone,
        ...(zone === undefined ? {} : { zonePlace: placeAt(source, ['sites', name, 'zone']) }),
        country,
        pue,
        hardware,
        partition,
        capacity: { cpus: capacity?.cpus, gpus: capacity?.gpus, memory: capacity?.memory },
        price: price === undefined ? undefined : withoutAbsent(price),
      },
    ];
  });
}

type Prices = NonNullable<NonNullable<ReadConfig['sites']>[string]['price']>;

const withoutAbsent = ({ cpuHour, gpuHour, kWh }: Prices): NonNullable<SiteConfig['price']> => ({
  ...(cpuHour === undefined ? {} : { cpuHour }),
  ...(gpuHour === undefined ? {} : { gpuHour }),
  ...(kWh === undefined ? {} : { kWh }),
});

function gridOf({ grid = {} }: ReadConfig): Config['grid'] {
  return Object.fromEntries(
    Object.entries(grid).map(([zone, links]) => [
      zone,
      links.map((link) =>
        typeof link === 'string'
          ? { provider: link, allowDegrade: false }
          : { provider: link.provider, allowDegrade: link.allow === 'degrade' },
      ),
    ]),
  );
}

const weatherOf = ({ weather = 'off' }: ReadConfig): Config['weather'] =>
  weather === 'off' ? undefined : { provider: 'open-meteo', host: weather.openMeteo.host };
