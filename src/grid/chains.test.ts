import { describe, expect, it } from 'vitest';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { DAY, instant } from '../units.ts';
import { energyCharts } from './providers/energy-charts.ts';
import { nesoUk } from './providers/neso-uk.ts';
import type { Signal } from './series.ts';
import { openGrid } from './source.ts';

const NOW = instant(Date.UTC(2026, 2, 18, 12));
const range = { start: NOW, end: instant(NOW + DAY) };
const transport = { get: () => Promise.reject(new Error('nobody is at home')) };

function asked(
  chain: readonly { readonly provider: string; readonly allowDegrade: boolean }[],
  zone = 'DE',
  signal: Signal = nesoUk.signal,
) {
  const everywhere = { ...nesoUk, signal, covers: () => true };
  const grid = openGrid({
    live: true,
    providers: [everywhere, energyCharts],
    chains: { DE: chain },
    transport,
    clock: standingClock(NOW),
  });
  return grid.outlook(zone, range, new AbortController().signal);
}

describe('a configured chain', () => {
  it('is asked in its own order, and no provider beside it', async () => {
    const { links } = await asked([{ provider: 'energy-charts', allowDegrade: false }]);
    expect(links.map(({ provider }) => provider)).not.toContain('neso-uk');
    expect(links[0]).toMatchObject({ provider: 'energy-charts', outcome: 'failed' });
  });

  it('never crosses to another signal unless it is allowed to', async () => {
    const chain = (allowDegrade: boolean) => [
      { provider: 'energy-charts', allowDegrade: false },
      { provider: 'neso-uk', allowDegrade },
    ];
    const strict = await asked(chain(false));
    expect(strict.links.find(({ provider }) => provider === 'neso-uk')).toMatchObject({ outcome: 'does not cover' });
    expect(strict.links.find(({ provider }) => provider === 'neso-uk')?.reason).toContain('another');
    const degraded = await asked(chain(true));
    expect(degraded.links.find(({ provider }) => provider === 'neso-uk')).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    [{}, 'failed'],
    [{ kind: 'marginal' }, 'does not cover'],
    [{ basis: 'consumption' }, 'does not cover'],
    [{ scope: 'direct' }, 'does not cover'],
    [{ gas: 'CO2' }, 'does not cover'],
  ] as const)('of which the second signal differs by %o: %s', async (change, outcome) => {
    const chain = ['energy-charts', 'neso-uk'].map((provider) => ({ provider, allowDegrade: false }));
    const { links } = await asked(chain, 'DE', { ...energyCharts.signal, ...change });
    expect(links.find(({ provider }) => provider === 'neso-uk')).toMatchObject({ outcome });
  });

  it('does not speak for other zones', async () => {
    const { links } = await asked([{ provider: 'energy-charts', allowDegrade: false }], 'FR');
    expect(links[0]?.provider).toBe('neso-uk');
  });
});

describe('a provider that needs a key', () => {
  const keyed = { ...energyCharts, id: 'keyed', keys: ['TEST_GRID_KEY'] };
  const moment = { ...energyCharts, id: 'moment', ranksNoHours: true as const };
  const links = async (environment: Record<string, string>, chain?: readonly string[]) => {
    const grid = openGrid({
      live: true,
      providers: [keyed, energyCharts, nesoUk, moment],
      environment,
      ...(chain === undefined ? {} : { chains: { DE: chain.map((provider) => ({ provider, allowDegrade: false })) } }),
      transport,
      clock: standingClock(NOW),
    });
    return (await grid.outlook('DE', range, new AbortController().signal)).links;
  };
  const outcomes = async (environment: Record<string, string>, chain?: readonly string[]) =>
    (await links(environment, chain))
      .filter(({ provider }) => !/kept|modelled/.test(provider))
      .map(({ provider, outcome }) => `${provider} ${outcome}`);

  it('is passed over without it, and the answer says what is missing', async () => {
    const [first, second] = await links({ TEST_GRID_KEY: '' }, ['keyed', 'energy-charts']);
    expect(first).toMatchObject({ outcome: 'not configured', reason: 'it needs TEST_GRID_KEY in the environment' });
    expect(second?.provider).toBe('energy-charts');
  });

  it('is asked unnamed when the key is there', async () => {
    expect(await outcomes({ TEST_GRID_KEY: 'k' })).toEqual(['keyed failed', 'energy-charts failed']);
    expect(await outcomes({})).toEqual(['energy-charts failed']);
  });

  it('sets the signal of its chain though it is not asked', async () => {
    const other = { ...keyed, signal: { ...keyed.signal, kind: 'marginal' as const } };
    const grid = openGrid({
      live: true,
      providers: [other, energyCharts],
      chains: { DE: ['keyed', 'energy-charts'].map((provider) => ({ provider, allowDegrade: false })) },
      transport,
      clock: standingClock(NOW),
    });
    const answer = await grid.outlook('DE', range, new AbortController().signal);
    expect(answer.links.slice(0, 2).map(({ outcome }) => outcome)).toEqual(['not configured', 'does not cover']);
  });

  it('never gives way, unnamed, to another signal', async () => {
    const other = { ...nesoUk, covers: () => true };
    const grid = openGrid({ live: true, providers: [energyCharts, other], transport, clock: standingClock(NOW) });
    const { links } = await grid.outlook('DE', range, new AbortController().signal);
    expect(links.map(({ provider }) => provider)).not.toContain('neso-uk');
  });

  it('that does not cover the zone by its key leaves the signal to the next', async () => {
    const refuses = {
      ...keyed,
      signal: { ...keyed.signal, kind: 'marginal' as const },
      intensity: () => Promise.reject(new Failure('grid/not-configured', 'the zone is not in your plan')),
    };
    const grid = openGrid({
      live: true,
      providers: [refuses, energyCharts],
      environment: { TEST_GRID_KEY: 'k' },
      transport,
      clock: standingClock(NOW),
    });
    const answer = await grid.outlook('DE', range, new AbortController().signal);
    expect(answer.links.slice(0, 2).map(({ provider, outcome }) => `${provider} ${outcome}`)).toEqual([
      'keyed not configured',
      'energy-charts failed',
    ]);
  });

  it('that knows the present alone is asked only where it is named', async () => {
    expect(await outcomes({}, ['moment'])).toEqual(['moment failed']);
    expect(await outcomes({})).not.toContain('moment failed');
  });
});
