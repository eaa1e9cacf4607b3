/**
 * The doctor of the grid: asks each live provider that can be asked one small question and says what came of it, what the
 * others want for it, and which of them the chain of a zone would come to.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { after, DAY, HOUR, type Instant, type Millis, millis } from '../units.ts';
import { accept, asFailure, orAborted } from './asking.ts';
import {
  type ChainLink,
  type ChainOptions,
  type Chains,
  chainOf,
  type Environment,
  missingKeys,
  ownChain,
} from './chain.ts';
import { CITIES } from './data/cities.ts';
import { PLACE_NAMES, TIME_ZONES } from './data/time-zones.ts';
import type { Provider, ProviderContext, Range, Transport } from './provider.ts';
import { modelled } from './providers/modelled.ts';
import { isLive, PROVIDERS } from './providers.ts';
import { type Series, sameSignal } from './series.ts';
import { slotStart } from './slots.ts';
import { discreet } from './transport.ts';

/** What a provider said of its zone. */
export interface Answer {
  readonly state: 'answers';
  /** Its newest slot that is past or under way and no forecast; `undefined` when it gave forecasts alone. */
  readonly newest: Range | undefined;
  /** Since the end of that slot; 0 while it lasts. */
  readonly age: Millis | undefined;
  readonly step: Millis;
  /** Until when it looks ahead, as far as it was asked ({@link LOOKS_AHEAD}); `undefined`: it does not. */
  readonly forecastUntil: Instant | undefined;
  readonly licence: string;
  readonly warnings: readonly string[];
  /** What it says of the forecasts of operators, where it publishes them for the zone. */
  readonly operator?: OperatorAnswer;
}

/** Until when wind and sun are forecast by an operator (`undefined`: no day is), or why that was not told. */
export type OperatorAnswer =
  | { readonly until: Instant | undefined; readonly licence: string }
  | { readonly failure: Failure };

/** What came of asking a provider, or why it was not asked. */
export type Finding =
  | ((Answer | { readonly state: 'fails'; readonly failure: Failure }) & {
      /** What it was asked about. */
      readonly zone: string;
      /** How often the network was asked for it; each may have been tried again. */
      readonly requests: number;
    })
  | { readonly state: 'needs keys'; readonly missing: readonly string[] };

export type Examined = Pick<Provider, 'id' | 'about' | 'signal' | 'quota' | 'keysFrom'> & { readonly finding: Finding };

/** A link of the chain of a zone. */
export interface ChainStep {
  readonly provider: string;
  readonly state: 'asked' | 'needs keys' | 'passed over';
  /** In words, for people. */
  readonly reason: string;
}

export interface Diagnosis {
  readonly now: Instant;
  /** In the order in which they are asked for a zone that several cover. */
  readonly providers: readonly Examined[];
  /** By zone, in the order of asking. */
  readonly chains: ReadonlyMap<string, readonly ChainStep[]>;
}

export interface DoctorOptions {
  /** Asked about where a provider covers one of them; their chains are told. */
  readonly zones: readonly string[];
  /** Default: every live provider of this room. */
  readonly providers?: readonly Provider[];
  /** Ids of those to be asked. Default: all. */
  readonly only?: readonly string[] | undefined;
  readonly chains?: Chains;
  readonly environment: Environment;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Real time that a provider has for its answer. Default 20 s. */
  readonly patienceMs?: number;
}

/** Little, since some publish whole days alone, and as far as data may be late. */
const LOOKS_BACK: Millis = millis(4 * HOUR);
const LOOKS_AHEAD: Millis = millis(3 * DAY);
const AT_ONCE = 4;

/** Where those are tried that cover no zone of the user and name none themselves. */
const KNOWN_ZONES = [
  ...Object.values(TIME_ZONES),
  ...Object.keys(PLACE_NAMES),
  ...Object.values(CITIES).flatMap(Object.keys),
];

/**
 * Asks at most four providers at once, each one question about its last hours and the days to come. Whatever they do is a
 * finding; rejects only with the abort reason of `signal`, or with `cli/usage` where `only` names a stranger. Nothing
 * that it returns repeats a key.
 */
export async function examine(options: DoctorOptions): Promise<Diagnosis> {
  const { zones, providers = PROVIDERS.filter(isLive), only, environment, clock, signal } = options;
  const stranger = only?.find((name) => !providers.some(({ id }) => id === name));
  if (stranger !== undefined) {
    const expected = `one of ${providers.map(({ id }) => id).join(', ')}`;
    throw new Failure('cli/usage', 'there is no such grid provider', { value: stranger, expected });
  }
  const meant = only === undefined ? providers : providers.filter(({ id }) => only.includes(id));
  const examined = await inTurns(AT_ONCE, meant, async (provider) => {
    const { id, about, quota, keysFrom } = provider;
    const missing = missingKeys(provider, environment);
    return {
      id,
      about,
      signal: provider.signal,
      ...(quota === undefined ? {} : { quota }),
      ...(keysFrom === undefined ? {} : { keysFrom }),
      finding: missing.length > 0 ? ({ state: 'needs keys', missing } as const) : await ask(provider, options),
    };
  });
  signal.throwIfAborted();
  return {
    now: clock.now(),
    providers: examined,
    chains: new Map(zones.map((zone) => [zone, chainFor(zone, options)])),
  };
}

async function ask(provider: Provider, options: DoctorOptions): Promise<Finding> {
  const { zones, environment, clock, signal, patienceMs = 20_000 } = options;
  signal.throwIfAborted();
  const { sample } = provider;
  const samples = sample === undefined ? KNOWN_ZONES : [sample];
  const zone = [...zones, ...samples].find((one) => provider.covers(one)) ?? '';
  let requests = 0;
  const counted: Transport = {
    get(url, asking) {
      requests += 1;
      return options.transport.get(url, asking);
    },
  };
  const now = clock.now();
  const range = {
    start: after(now, -Math.max(LOOKS_BACK, provider.staleAfter ?? 0)),
    end: after(now, LOOKS_AHEAD),
  };
  const limit = AbortSignal.timeout(patienceMs);
  const abort = AbortSignal.any([signal, limit]);
  try {
    const key = (name: string): string => (environment[name] ?? '').trim();
    const context = { transport: discreet(counted), clock, key, signal: abort };
    const said = provider.intensity(zone, range, context);
    const series = accept(provider, zone, await orAborted(said, abort), now);
    const operator = await askOperator(provider, zone, context);
    return { ...answerOf(series, now), ...(operator === undefined ? {} : { operator }), zone, requests };
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = limit.aborted
      ? new Failure('grid/unavailable', `${provider.id} did not answer within ${patienceMs / 1_000} s`)
      : asFailure(provider.id, thrown);
    return { state: 'fails', failure, zone, requests };
  }
}

async function askOperator(
  { id, operator }: Provider,
  zone: string,
  context: ProviderContext,
): Promise<OperatorAnswer | undefined> {
  if (operator?.covers(zone) !== true) return undefined;
  const now = context.clock.now();
  try {
    const said = operator.dayAhead(zone, { start: now, end: after(now, LOOKS_AHEAD) }, context);
    const last = (await orAborted(said, context.signal)).runs.at(-1);
    return {
      until: last && after(last.start, last.windMW.length * HOUR),
      licence: operator.licence,
    };
  } catch (thrown) {
    return { failure: asFailure(id, thrown) };
  }
}

function answerOf({ axis, quality, intensityG, provenance, warnings }: Series, now: Instant): Answer {
  const last = (isMeant: (i: number) => boolean): Range | undefined => {
    for (let i = axis.length - 1; i >= 0; i -= 1)
      if (!Number.isNaN(intensityG[i]) && isMeant(i)) return { start: slotStart(axis, i), end: slotStart(axis, i + 1) };
    return undefined;
  };
  const newest = last((i) => quality[i] !== 'forecast' && slotStart(axis, i) <= now);
  const ahead = last((i) => quality[i] === 'forecast');
  return {
    state: 'answers',
    newest,
    age: newest === undefined ? undefined : millis(Math.max(0, now - newest.end)),
    step: axis.step,
    forecastUntil: ahead !== undefined && ahead.end > now ? ahead.end : undefined,
    licence: provenance.licence,
    warnings,
  };
}

/** Who would be asked about `zone`, in this order, and who would be but for a key or a signal. */
export function chainFor(
  zone: string,
  options: Pick<DoctorOptions, 'providers' | 'chains' | 'environment'>,
): readonly ChainStep[] {
  const { providers = PROVIDERS.filter(isLive), environment } = options;
  const chain = ownChain(options.chains, zone);
  const steps =
    chain === undefined
      ? unnamedSteps(zone, providers, environment)
      : namedSteps(chain, zone, { ...options, providers });
  return modelled.covers(zone) ? [...steps, asked(modelled)] : steps;
}

const asked = ({ id, about }: Provider): ChainStep => ({ provider: id, state: 'asked', reason: about });

function unnamedSteps(zone: string, providers: readonly Provider[], environment: Environment): ChainStep[] {
  let leading: Provider | undefined;
  return providers
    .filter((provider) => provider.covers(zone) && provider.ranksNoHours !== true)
    .map((provider) => {
      const missing = missingKeys(provider, environment);
      if (missing.length > 0) {
        const reason = `it needs ${missing.join(' and ')} in the environment`;
        return { provider: provider.id, state: 'needs keys', reason };
      }
      leading ??= provider;
      if (sameSignal(leading.signal, provider.signal)) return asked(provider);
      return {
        provider: provider.id,
        state: 'passed over',
        reason: `its signal is another than that of ${leading.id}`,
      };
    });
}

function namedSteps(chain: readonly ChainLink[], zone: string, options: ChainOptions): ChainStep[] {
  const { asked: able, passed } = chainOf(zone, options);
  const steps = [
    ...able.map(asked),
    ...passed.map(
      ({ provider, outcome, reason }): ChainStep => ({
        provider,
        state: outcome === 'not configured' ? 'needs keys' : 'passed over',
        reason,
      }),
    ),
  ];
  return chain.flatMap(({ provider }) => steps.filter((step) => step.provider === provider));
}

/** What `work` makes of each item, in their order; at most `width` are at work at once. */
async function inTurns<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const made: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [i, item] of left) made[i] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return made;
}
