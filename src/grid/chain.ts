/**
 * Who is asked about a zone: which providers, in which order, of which signal. One rule for the live grid, for what was
 * kept of it, and for those who only want to know. Pure.
 *
 * @module
 */
import type { Provider } from './provider.ts';
import { mayBeChained, PROVIDERS } from './providers.ts';
import { sameSignal } from './series.ts';
import type { LinkReply } from './source.ts';

export interface ChainLink {
  readonly provider: string;
  /** Whether a signal other than that of the first link may stand in. */
  readonly allowDegrade: boolean;
}

/** By zone: the providers to ask, in this order, instead of all that cover it. */
export type Chains = Readonly<Record<string, readonly ChainLink[]>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ChainOptions {
  readonly chains?: Chains | undefined;
  /** Default: those of this room that a chain may hold. */
  readonly providers?: readonly Provider[];
  /** Where the keys of providers are; absent: as if every key were there, where which there were is not known any more. */
  readonly environment?: Environment;
}

/** Who answers about a zone. */
export interface Chain {
  /** In the order of asking. */
  readonly asked: readonly Provider[];
  /** Links of a configured chain that are passed over, with the reason. */
  readonly passed: readonly LinkReply[];
  /** Whether `provider` may answer once `leading` was the first that had anything to say. */
  readonly mayFollow: (leading: Provider | undefined, provider: Provider) => boolean;
}

/**
 * A configured chain is of the signal of its first link that covers the zone, though its key be missing; a link of another
 * one is passed over unless it is allowed to degrade. Without a chain all that cover the zone and can be asked are in the
 * order of the list, and the first that has anything sets the signal.
 */
export function chainOf(zone: string, options: ChainOptions): Chain {
  const { providers = PROVIDERS.filter(mayBeChained), environment } = options;
  const chain = ownChain(options.chains, zone);
  if (chain !== undefined) return { ...configured(chain, zone, providers, environment), mayFollow: () => true };
  return {
    asked: providers
      .filter((provider) => provider.covers(zone) && provider.ranksNoHours !== true)
      .filter((provider) => missingKeys(provider, environment).length === 0),
    passed: [],
    mayFollow: (leading, provider) => leading === undefined || sameSignal(leading.signal, provider.signal),
  };
}

/** What is configured for `zone`; `undefined`: nothing is. */
export const ownChain = (chains: Chains = {}, zone: string): readonly ChainLink[] | undefined =>
  Object.hasOwn(chains, zone) ? chains[zone] : undefined;

export const isSet = (environment: Environment, name: string): boolean => (environment[name] ?? '').trim() !== '';

/** What `provider` cannot be asked without and `environment` does not have. */
export const missingKeys = (provider: Provider, environment: Environment | undefined): readonly string[] =>
  environment === undefined ? [] : provider.keys.filter((name) => !isSet(environment, name));

function configured(
  chain: readonly ChainLink[],
  zone: string,
  providers: readonly Provider[],
  environment: Environment | undefined,
): Pick<Chain, 'asked' | 'passed'> {
  const asked: Provider[] = [];
  const passed: LinkReply[] = [];
  let first: Provider | undefined;
  for (const { provider: id, allowDegrade } of chain) {
    const pass = (outcome: LinkReply['outcome'], reason: string): number =>
      passed.push({ provider: id, outcome, reason });
    const provider = providers.find((known) => known.id === id);
    if (provider === undefined || !provider.covers(zone)) {
      pass('does not cover', `it does not cover ${zone}`);
      continue;
    }
    first ??= provider;
    const missing = missingKeys(provider, environment);
    if (!allowDegrade && !sameSignal(first.signal, provider.signal))
      pass('does not cover', `its signal is another than that of ${first.id}; \`allow: degrade\` lets it stand in`);
    else if (missing.length > 0) pass('not configured', `it needs ${missing.join(' and ')} in the environment`);
    else asked.push(provider);
  }
  return { asked, passed };
}
