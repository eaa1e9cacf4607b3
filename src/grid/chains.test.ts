import { describe, expect, it } from 'vitest';
import { standingClock } from '../clock.ts';
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
    expect(links.map(({ provider }) => provider)).toContain('neso-uk');
  });
});
