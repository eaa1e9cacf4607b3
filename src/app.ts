/**
 * The composition root: configuration and a command's options in, a wired system out.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTimeZone, parseInstant } from './calendar.ts';
import { type Clock, type ClockOrigin, originOf, scaledClock, standingClock, systemClock } from './clock.ts';
import { type Config, loadConfig } from './config/index.ts';
import { asError, Failure } from './errors.ts';
import type { GridChoice, ReadGrid, WorkflowRun } from './execute/index.ts';
import type { ForecastOptions, ForecastView, Lookout } from './forecast/index.ts';
import {
  carbonSource,
  type Diagnosis,
  examine,
  type Grid,
  guessZone,
  httpTransport,
  loadCsv,
  locate,
  openArchive,
  openGrid,
  openMeteo,
  openOperators,
  openVintages,
  openWeather,
  PROVIDERS,
  type Range,
  type RecordedPlace,
  type Recording,
  recording,
  replaying,
  type Series,
  type Signal,
  SYNTHETIC_DEMO_START,
  syntheticDay,
  type Transport,
  UNKNOWN_SIGNAL,
  type Vintages,
  type WeatherRun,
  type ZoneGuess,
} from './grid/index.ts';
import type { Ledger } from './ledger/index.ts';
import { throwAll } from './mistakes.ts';
import type { GridPast } from './replay/index.ts';
import type { Served, ServeOptions } from './serve/index.ts';
import { type Site, sitesFrom, thisMachine } from './site/index.ts';
import type { Store } from './store/index.ts';
import { type Instant, instant } from './units.ts';
import { VERSION } from './version.ts';
import { type Learner, type LoadedWorkflow, loadWorkflow } from './workload/index.ts';

export interface AppOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly home?: string | undefined;
  readonly config?: string | undefined;
  readonly zone?: string | undefined;
  /** CSV file that stands in for every provider. */
  readonly grid?: string | undefined;
  /** `average/consumption/lifecycle[/CO2e]`: what the file holds. */
  readonly gridSignal?: string | undefined;
  /** Seed of a generated grid that stands in for every provider. */
  readonly synthetic?: number | undefined;
  /** Sets the clock. */
  readonly at?: string | undefined;
  /** Seconds of the run's clock in a real one. */
  readonly speed?: number | undefined;
  /** False: past runs say nothing about those to come. */
  readonly learn?: boolean | undefined;
  /** How providers are reached; default HTTPS. */
  readonly transport?: Transport | undefined;
  /** File to be made, of what is asked of providers and what they reply. */
  readonly record?: string | undefined;
  /** Such a file, in place of the network: its clock, its places, its chains. */
  readonly replay?: string | undefined;
}

/** What commands ask of the grid: as a run does, or as it was known at a moment (`--at` without a recorded grid). */
export type AskedGrid = GridChoice | { readonly from: 'archive' };

export interface Opened {
  readonly store: Store;
  readonly ledger: Ledger;
}

export interface App {
  readonly config: Config;
  /** Absolute folder of the store, the runs and the caches. */
  readonly home: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly timeZone: string;
  /** What the clock shows now, `--at` and `--speed` considered; where a run's clock begins. */
  readonly origin: ClockOrigin;
  readonly now: Instant;
  readonly gridChoice: AskedGrid;
  /** Where work can run; looked for when first asked. Throws `grid/no-zone` for a place that nobody knows. */
  sites(): Promise<readonly Site[]>;
  /** Where the grid is looked at: the sites, one a zone; those of the recording that is replayed. */
  places(): Promise<readonly RecordedPlace[]>;
  load(file: string, deadline?: string): Promise<LoadedWorkflow>;
  /** The instant that a deadline as people write it names now. Fails with `workload/deadline`. */
  readDeadline(text: string): Promise<Instant>;
  /** What past runs of the workflow of this name say of its steps; `undefined` where there are none. */
  pastOf(workflow: string): Promise<Learner | undefined>;
  /** Why past runs could not be read, in words. */
  readonly pastTrouble: readonly string[];
  /** The grid as these options ask for it, or as an accepted run does, with the forecasts of this home. */
  readGrid(choice: AskedGrid, clock: Clock, options?: ReadOptions): Promise<ReadGrid>;
  /** The forecast of a zone, learned now. Fails with `grid/no-signal` where its grid does not answer. */
  forecast(zone: string, options?: ForecastOptions): Promise<ForecastView>;
  /**
   * Asks each live provider (or those named) that can be asked, about `zones` as people write them (default: `places`).
   * Throws `grid/no-zone` for a zone that nobody knows, `cli/usage` for such a provider.
   */
  diagnose(wish: Wish): Promise<AppDiagnosis>;
  /**
   * The grids of zones, as people write them, as they were: all that a file knows; of the live grid what this home has
   * kept of `span`. Fails with `grid/no-zone` and `grid/no-signal`.
   */
  gridsPast(zones: readonly string[], span: Range): Promise<readonly ZonePast[]>;
  /** Throws where a recording could not be written, or one that is replayed did not hold what was asked. */
  finishTape(): Promise<void>;
  /** Whether anything has been recorded in `home`. */
  hasStore(): boolean;
  /**
   * Opens the store and the ledger; `close` them. Fails with `store/unusable` where another machine keeps its runs in
   * this home: what lives there cannot be told from here.
   */
  open(): Promise<Opened>;
  /** The same for whoever wants to look: fails with `execute/not-found` where nothing was ever recorded. */
  openExisting(): Promise<Opened>;
  /** Answers over HTTP from the grid of these options, until it is closed. Fails with `serve/cannot-listen`. */
  serve(options: Omit<ServeOptions, 'source'>): Promise<Served>;
}

/** The past grid of a zone, and the site that stands in it. */
export interface ZonePast extends GridPast {
  readonly zone: string;
  readonly zoneFrom: string;
  /** `undefined`: no site is configured there. */
  readonly site: Site | undefined;
}

export interface ReadOptions {
  /** Whoever reads stays for hours: the forecasts of what it reads on the live grid are made anew each hour beside it. */
  readonly keepUp?: boolean;
}

/** Whom to ask about what, as people say it. */
export interface Wish {
  readonly zones?: readonly string[] | undefined;
  readonly providers?: readonly string[] | undefined;
}

export interface AppDiagnosis extends Diagnosis {
  readonly places: readonly Omit<RecordedPlace, 'site'>[];
}

export async function openApp(options: AppOptions): Promise<App> {
  const { cwd, environment, signal } = options;
  assertTape(options);
  const config = await loadConfig({
    file: options.config,
    cwd,
    environment,
    providers: PROVIDERS.map(({ id }) => id),
    signal,
  });
  const home = options.home === undefined ? config.home : resolve(cwd, options.home);
  const timeZone = localTimeZone();
  const gridChoice = choiceOf(options, cwd);
  const replayed =
    options.replay === undefined
      ? undefined
      : await replaying(resolve(cwd, options.replay), { name: options.replay, signal });
  if (replayed?.places.length === 0) {
    throw new Failure('grid/invalid-data', 'the recording is of no place', {
      place: { file: options.replay ?? '' },
      expected: 'a site or more in places',
    });
  }
  const shown = replayed?.now ?? shownAt(options, gridChoice);
  const origin = originOf(shown, options.speed ?? 1);
  const transport = options.transport ?? httpTransport();
  let sites: Promise<readonly Site[]> | undefined;
  const findSites = async () =>
    sitesFrom(config, {
      ...(await whereabouts(config, options, gridChoice, timeZone)),
      machine: await thisMachine(signal),
    });

  const allSites = (): Promise<readonly Site[]> => {
    sites ??= findSites();
    return sites;
  };
  const places = async (): Promise<readonly RecordedPlace[]> => {
    if (replayed !== undefined) return replayed.places;
    const byZone = new Map((await allSites()).map((site) => [site.zone, site]));
    return [...byZone.values()].map(({ name, zone, zoneFrom }) => ({ site: name, zone, zoneFrom }));
  };
  let recorder: Recording | undefined;
  /** The world as it is; the recording of it, which remembers nothing and leaves nothing behind but itself; or its tape. */
  const gridWorld = async (): Promise<GridWorld> => {
    if (replayed !== undefined) {
      const { environment: keys, chains } = replayed;
      return { transport: replayed, home: undefined, signal, environment: keys, chains, weather: undefined };
    }
    const world = { transport, home, signal, environment, chains: config.grid, weather: config.weather };
    if (options.record === undefined) return world;
    recorder ??= await recording(transport, resolve(cwd, options.record), {
      now: shown,
      clock: systemClock,
      places: await places(),
      chains: config.grid,
      environment,
    });
    return { ...world, transport: recorder, home: undefined };
  };

  const readGrid: App['readGrid'] = async (choice, clock, { keepUp = false } = {}) => {
    // Another process cannot be given a transport of ours.
    const keepsUp = keepUp && options.transport === undefined;
    const lookout = await lookoutOf(choice, clock, {
      ...(await gridWorld()),
      keepUp: keepsUp
        ? { cwd, config: options.config, zones: async () => new Set((await allSites()).map(({ zone }) => zone)) }
        : undefined,
    });
    return (...question) => lookout.view(...question);
  };
  const readThen: ReadGrid = async (zone, at, ...rest) => {
    const read = await readGrid({ from: 'archive' }, standingClock(at));
    return read(zone, at, ...rest);
  };
  const hasStore = (): boolean => existsSync(join(home, 'gridtide.sqlite'));
  const open = async (): Promise<Opened> => {
    const [{ openStore }, { openLedger }] = await Promise.all([
      import('./store/index.ts'),
      import('./ledger/index.ts'),
    ]);
    assertOurs(home);
    const store = await openStore(home);
    return { store, ledger: openLedger(store) };
  };

  const pastTrouble: string[] = [];
  const pastOf: App['pastOf'] = async (workflow) => {
    if (options.learn === false || !hasStore()) return undefined;
    const { learnerOf } = await import('./past/index.ts');
    try {
      return await learnerOf({ home, workflow, speed: options.speed ?? 1, sites: allSites });
    } catch (thrown) {
      // What is wrong with the sites or the command is told by whoever needs them.
      if (thrown instanceof Failure && !thrown.code.startsWith('store/')) throw thrown;
      pastTrouble.push(`nothing is learned from past runs: ${asError(thrown).message}`);
      return undefined;
    }
  };

  return {
    config,
    home,
    cwd,
    signal,
    timeZone,
    origin,
    now: shown,
    gridChoice,
    sites: allSites,
    async load(file, deadline) {
      const loaded = await loadWorkflow(file, { now: shown, timeZone, signal, pastOf });
      return deadline === undefined
        ? loaded
        : { ...loaded, workflow: { ...loaded.workflow, deadline: await deadlineOf(deadline, shown, timeZone) } };
    },
    readDeadline: (text) => deadlineOf(text, shown, timeZone),
    pastOf,
    pastTrouble,
    readGrid,
    async forecast(zone, asking) {
      // Reading a year takes minutes, and the pace of a provider is kept by a clock that moves.
      const clock = gridChoice.from === 'live' && replayed === undefined ? systemClock : standingClock(shown);
      const lookout = await lookoutOf(gridChoice, clock, await gridWorld());
      return lookout.forecast(zone, signal, asking);
    },
    places,
    async diagnose({ zones, providers }) {
      const named = zones && (await Promise.all(zones.map((zone) => locate(zone, { from: '--zone' }))));
      const where = named?.map(({ zone, from }) => ({ zone, zoneFrom: from })) ?? (await places());
      const diagnosis = await examine({
        zones: where.map(({ zone }) => zone),
        only: providers,
        chains: config.grid,
        environment,
        transport,
        clock: systemClock,
        signal,
      });
      return { ...diagnosis, places: where };
    },
    async gridsPast(names, span) {
      const { gridPast } = await import('./replay/index.ts');
      const world = await gridWorld();
      const anyName = gridChoice.from === 'file';
      const sitesThere = await allSites();
      return Promise.all(
        names.map(async (name) => {
          const { zone, from } = await locate(name, { from: '--zone', anyName });
          const past = gridPast({ zone, ...(await gridPastOf(gridChoice, zone, span, world)) });
          return { ...past, zone, zoneFrom: from, site: sitesThere.find((site) => site.zone === zone) };
        }),
      );
    },
    async finishTape() {
      await recorder?.finish();
      const missed = replayed?.missed();
      if (missed !== undefined) throw missed;
    },
    hasStore,
    open,
    async openExisting() {
      if (hasStore()) return open();
      throw new Failure('execute/not-found', 'nothing has been recorded here yet', { value: home });
    },
    async serve(asked) {
      const { serve } = await import('./serve/index.ts');
      const clock = scaledClock(origin);
      const kept = keptIn(home, hasStore);
      const isLive = gridChoice.from === 'live' || gridChoice.from === 'archive';
      const source = carbonSource({
        clock,
        chains: config.grid,
        read: await readGrid(gridChoice, clock, { keepUp: true }),
        ...(isLive ? { kept: kept.vintages, readAt: readThen } : { only: await placesOf(gridChoice, clock, signal) }),
      });
      const served = await serve({ ...asked, source });
      return {
        ...served,
        async close() {
          await served.close();
          await kept.close();
        },
      };
    },
  };
}

/**
 * A home belongs to one machine, since a process is known by its number and its boot: on a shared disk, each machine needs
 * a home of its own. The first to use it leaves its name there.
 */
function assertOurs(home: string): void {
  const file = join(home, 'machine');
  const ours = machineId();
  const owner = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (owner !== '' && owner !== ours) {
    throw new Failure('store/unusable', 'another machine keeps its runs in this home', {
      place: { file },
      value: owner,
      expected: `${ours}, this machine: name another home (--home, GRIDTIDE_HOME), or remove the file if that machine is gone`,
    });
  }
  if (owner !== '') return;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${ours}\n`, { mode: 0o600 });
}

/** The system's own id of itself where it has one (not in most containers), else its name. */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim() || hostname();
  } catch {
    return hostname();
  }
}

/** The system's time zone; UTC where it names none that exists (`TZ=`). */
function localTimeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return isTimeZone(timeZone) ? timeZone : 'UTC';
}

/**
 * What people say about where their sites are, as zones, every mistake at its place. Where a file stands
 * in for every provider, a zone may have any name.
 */
async function whereabouts(config: Config, options: AppOptions, choice: AskedGrid, timeZone: string) {
  const anyName = choice.from === 'file';
  const said = async (text: string | undefined, from: string) =>
    text === undefined || text === '' ? undefined : locate(text, { from, anyName });
  const mistakes: Failure[] = [];
  const zones = new Map<string, ZoneGuess>();
  for (const { name, zone, zonePlace: place } of config.sites) {
    if (zone === undefined) continue;
    try {
      zones.set(name, await locate(zone, { from: 'gridtide.yaml', about: `sites.${name}.zone`, place, anyName }));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      mistakes.push(thrown);
    }
  }
  throwAll(mistakes);
  const surroundings = await said(options.environment['GRIDTIDE_ZONE'], 'GRIDTIDE_ZONE');
  return {
    zone: await said(options.zone, '--zone'),
    zones,
    guess: surroundings ?? guessZone(timeZone) ?? nowhere(choice, timeZone),
  };
}

/**
 * A machine whose time zone says nothing about its place (UTC, as on most servers) still runs work: without a time
 * signal, at once, accounted at the world's average. A generated grid needs no place at all.
 */
const nowhere = (choice: AskedGrid, timeZone: string) =>
  choice.from === 'synthetic'
    ? { zone: 'DE', from: 'nothing: the grid is synthetic' }
    : { zone: 'ZZ', from: `nothing: the time zone ${timeZone} names no place; say --zone` };

function choiceOf(options: AppOptions, cwd: string): AskedGrid {
  if (options.grid !== undefined) {
    const file = isAbsolute(options.grid) ? options.grid : resolve(cwd, options.grid);
    if (options.gridSignal !== undefined) parseSignal(options.gridSignal);
    return { from: 'file', file, name: options.grid, signal: options.gridSignal ?? null };
  }
  if (options.synthetic !== undefined) return { from: 'synthetic', seed: options.synthetic };
  if ((options.speed ?? 1) !== 1) {
    throw new Failure('cli/usage', '--speed: the live grid knows only now', {
      expected: '--grid FILE or --synthetic beside it',
    });
  }
  return { from: options.at === undefined ? 'live' : 'archive' };
}

/** Refuses a recording of what asks nobody, and a replay that is to be of something else than it is. */
function assertTape(options: AppOptions): void {
  const { record, replay, grid, synthetic, at, zone } = options;
  const refuse = (option: string, others: Readonly<Record<string, unknown>>): void => {
    const beside = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
    if (beside !== undefined) throw new Failure('cli/usage', `${option} and ${beside} do not go together`);
  };
  if (record !== undefined)
    refuse('--record', { '--grid': grid, '--synthetic': synthetic, '--replay': replay, '--at': at });
  if (replay !== undefined)
    refuse('--replay', { '--grid': grid, '--synthetic': synthetic, '--at': at, '--zone': zone });
}

/** `--at`; a synthetic grid has its own day; else now. */
function shownAt(options: AppOptions, choice: AskedGrid): Instant {
  if (options.at !== undefined) {
    const at = parseInstant(options.at);
    if (at === undefined) {
      throw new Failure('cli/usage', '--at', {
        value: options.at,
        expected: 'a time with its offset such as 2022-06-01T08:00Z',
      });
    }
    return at;
  }
  if (choice.from === 'synthetic') return SYNTHETIC_DEMO_START;
  return instant(Math.floor(systemClock.now() / 1000) * 1000);
}

async function deadlineOf(text: string, now: Instant, timeZone: string): Promise<Instant> {
  const { readDeadline } = await import('./workload/index.ts');
  return readDeadline(text, now, timeZone).at;
}

/** Parts of `--signal`, each optional from the left on. */
const SIGNAL_PARTS = [
  ['kind', ['average', 'marginal']],
  ['basis', ['consumption', 'production']],
  ['scope', ['lifecycle', 'direct']],
  ['gas', ['CO2e', 'CO2']],
] as const;

export function parseSignal(text: string): Signal {
  const words = text.split('/');
  let signal: Signal = UNKNOWN_SIGNAL;
  for (const [i, word] of words.entries()) {
    const [part, allowed] = SIGNAL_PARTS[i] ?? ['', []];
    if (word === 'unknown' && part !== '') continue;
    if (!allowed.some((known) => known === word)) {
      throw new Failure('cli/usage', '--signal', {
        value: text,
        expected:
          'kind/basis/scope[/gas] such as average/consumption/lifecycle/CO2e; `unknown` for a part that is not known',
      });
    }
    signal = { ...signal, [part]: word };
  }
  return signal;
}

/** The command line, for what is done by a process of its own. */
const CLI = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './cli/main.ts' : './cli/main.js', import.meta.url),
);

interface GridWorld {
  readonly transport: Transport;
  /** Where answers are kept and archived; `undefined`: nowhere. */
  readonly home: string | undefined;
  readonly signal: AbortSignal;
  readonly environment: AppOptions['environment'];
  readonly chains: Config['grid'];
  readonly weather: Config['weather'];
  /** Where forecasts are kept up, the configuration that they are made by. */
  readonly keepUp?:
    | {
        readonly cwd: string;
        readonly config: string | undefined;
        readonly zones: () => Promise<ReadonlySet<string>>;
      }
    | undefined;
}

/** What commands look ahead with: the grid as it was asked for, and the forecasts of this home where it is the live one. */
async function lookoutOf(choice: AskedGrid, clock: Clock, world: GridWorld): Promise<Lookout> {
  const [grid, { keepUp, openDesk, openLookout }] = await Promise.all([
    gridOf(choice, clock, world),
    import('./forecast/index.ts'),
  ]);
  const { home } = world;
  const hasDesk = choice.from === 'live' || choice.from === 'archive';
  if (!hasDesk || home === undefined) return openLookout({ grid, clock, keeps: false });
  const { weather: asked, transport, environment, signal, keepUp: keptUp } = world;
  return openLookout({
    grid,
    clock,
    keeps: choice.from === 'live',
    ...(choice.from === 'live' && keptUp !== undefined
      ? {
          keepUp: keepUp({
            ...{ home, environment, signal, cwd: keptUp.cwd },
            now: () => clock.now(),
            zones: keptUp.zones,
            command: [
              process.execPath,
              ...process.execArgv,
              CLI,
              'forecast',
              ...(keptUp.config === undefined ? [] : ['--config', keptUp.config]),
            ],
          }),
        }
      : {}),
    inDesk: (action) =>
      inStore(home, (store) => {
        const provider = asked === undefined ? undefined : openMeteo({ host: asked.host });
        const cacheFolder = join(home, 'grid-cache');
        const weather = provider && {
          ...openWeather({ store, provider, transport, clock, environment, cacheFolder }),
          licence: provider.licence,
        };
        const operators = openOperators({ store, transport, clock, environment, cacheFolder, chains: world.chains });
        return action(openDesk({ store, version: VERSION, weather, operators }), store);
      }),
  });
}

async function gridOf(choice: AskedGrid, clock: Clock, world: GridWorld): Promise<Grid> {
  const { transport, home, signal, environment, chains } = world;
  switch (choice.from) {
    case 'file':
      return openGrid({
        only: await loadCsv(choice.file, {
          clock,
          abort: signal,
          ...(choice.signal === null ? {} : { signal: parseSignal(choice.signal) }),
        }),
        transport,
        clock,
      });
    case 'synthetic':
      return openGrid({ only: syntheticDay({ seed: choice.seed }), transport, clock });
    case 'live':
      return openGrid({
        live: true,
        ...(home === undefined
          ? {}
          : {
              cacheFolder: join(home, 'grid-cache'),
              archive: (series) => inStore(home, (store) => openVintages(store).keep(series)),
            }),
        environment,
        chains,
        transport,
        clock,
      });
    case 'archive':
      if (home === undefined) throw new Failure('cli/usage', 'a recording keeps nothing that could be looked back at');
      return openArchive({
        chains,
        clock,
        inVintages: (action) => inStore(home, (store) => action(openVintages(store))),
      });
  }
}

/** All that is known of the past of a zone: the values, and the weather as it was forecast. */
async function gridPastOf(
  choice: AskedGrid,
  zone: string,
  span: Range,
  { transport, home, signal, environment, weather }: GridWorld,
): Promise<{ readonly series: Series; readonly weather: readonly WeatherRun[] }> {
  const context = { transport, clock: systemClock, key: () => '', signal };
  switch (choice.from) {
    case 'file': {
      const said = choice.signal === null ? {} : { signal: parseSignal(choice.signal) };
      const file = await loadCsv(choice.file, { clock: systemClock, zone, abort: signal, ...said });
      return { series: await file.intensity(zone, file.range, context), weather: [] };
    }
    case 'synthetic':
      return { series: await syntheticDay({ seed: choice.seed }).intensity(zone, span, context), weather: [] };
    case 'live':
    case 'archive': {
      if (home === undefined || !existsSync(join(home, 'gridtide.sqlite'))) throw nothingKept(zone);
      return inStore(home, async (store) => {
        const vintages = openVintages(store);
        const kept = await Promise.all((await vintages.keys(zone)).map((key) => vintages.past(key, span)));
        const known = ({ intensityG }: Series): number => intensityG.filter((value) => !Number.isNaN(value)).length;
        const [series] = kept.toSorted((a, b) => known(b) - known(a));
        if (series === undefined) throw nothingKept(zone);
        const provider = weather && openMeteo({ host: weather.host });
        const runs = provider && openWeather({ store, provider, transport, clock: systemClock, environment });
        return { series, weather: (await runs?.runs(zone, span)) ?? [] };
      });
    }
  }
}

const nothingKept = (zone: string): Failure =>
  new Failure('grid/no-signal', `nothing is kept here of the past grid of ${zone}`, {
    expected: 'a recorded grid (--grid FILE), or a home that has forecast the zone (gridtide forecast)',
  });

/** The columns of a file that stands in for every provider; any zone where it, or a generated day, serves all. */
async function placesOf(choice: AskedGrid, clock: Clock, abort: AbortSignal): Promise<readonly string[] | 'any'> {
  if (choice.from !== 'file') return 'any';
  const { zones, servesAnyZone } = await loadCsv(choice.file, { clock, abort });
  return servesAnyZone ? 'any' : zones;
}

/** What was kept of the grid, opened to be read when it is first wanted and there is something. */
function keptIn(home: string, isThere: () => boolean) {
  let opened: Promise<Store> | undefined;
  return {
    async vintages(): Promise<Vintages | undefined> {
      if (!isThere()) return undefined;
      opened ??= import('./store/index.ts').then(({ openStore }) => openStore(home, { readonly: true }));
      try {
        return openVintages(await opened);
      } catch (thrown) {
        opened = undefined;
        throw thrown;
      }
    },
    async close(): Promise<void> {
      await (await opened)?.close();
    },
  };
}

/** The store is opened for each question, of which there are few: whoever reads the grid has nothing to close. */
async function inStore<T>(home: string, action: (store: Store) => Promise<T>): Promise<T> {
  const { openStore } = await import('./store/index.ts');
  const store = await openStore(home);
  try {
    return await action(store);
  } finally {
    await store.close();
  }
}

/** The clock of an accepted run. */
export const clockOfRun = (run: WorkflowRun): Clock => scaledClock(run.clock);

/** Executors that this version runs steps by; the others can be planned. */
export const HERE_EXECUTORS: readonly Site['executor'][] = ['local'];

// What the doors (command line, later API and MCP) use of the rooms, so that this file alone knows them all. The rooms
// that bring the database with them are opened when they are needed: looking at a plan is to cost no more than that.
export const execution = () => import('./execute/index.ts');
export const accounting = () => import('./ledger/index.ts');
export const reporting = () => import('./report/index.ts');
/** Past jobs on past grids. */
export const replays = () => import('./replay/index.ts');
export { originOf, standingClock } from './clock.ts';
export type { GridChoice, GridView, ReadGrid, RunSnapshot, WorkflowRun } from './execute/index.ts';
export type { ForecastView } from './forecast/index.ts';
export { mayBePassedOn, placeName } from './grid/index.ts';
export type { Verdict } from './ledger/index.ts';
export {
  bindings,
  type Change,
  changed,
  conflicts,
  DEADLINE_RELIEF,
  explain,
  explanationToJson,
  type FrontierPoint,
  frontier,
  outlineToJson,
  type PlanRequest,
  plan as makePlan,
  planToJson,
  whatIf,
} from './plan/index.ts';
export type {
  Capacity,
  Change as ReplayChange,
  Field,
  Foresee,
  JobHistory,
  Pausable,
  PlaceOptions,
  ReplayReport,
  Row as ReplayRow,
  WhatIf as ReplayWhatIf,
} from './replay/index.ts';
export type { Receipt } from './report/index.ts';
export type { Served } from './serve/index.ts';
export { type Site, stepPower } from './site/index.ts';
export type { Store } from './store/index.ts';
export { nameOf, type Workflow, workflowFromCommand } from './workload/index.ts';
