import { describe, expect, it } from 'vitest';
import { at, contextOf, failureOf, scripted } from '../../../test/support/grid-replies.ts';
import { standingClock } from '../../clock.ts';
import { yearlyAverage } from '../average.ts';
import { openGrid } from '../source.ts';
import { staticYearly } from './static-yearly.ts';

const clock = standingClock(at('2026-03-18T12:10Z'));
const transport = scripted((url) => new Error(`nobody asks ${url}`));
const range = { start: at('2026-03-17T12:00Z'), end: at('2026-03-20T12:00Z') };
const ask = (zone: string) => staticYearly.intensity(zone, range, contextOf(transport, clock));

describe('static-yearly', () => {
  it.each(['DE', 'NO', 'US-TEX-ERCO', 'DK-DK1'])('gives %s the figure of the account at every hour', async (zone) => {
    const { intensityG, lowG, highG, quality, provenance } = await ask(zone);
    const average = yearlyAverage(zone);
    expect(new Set(intensityG)).toEqual(new Set([average.intensityG]));
    expect(new Set(quality)).toEqual(new Set(['yearly-average']));
    expect((highG?.[0] ?? 0) / (lowG?.[0] ?? 1)).toBeCloseTo(average.gsd ** (2 * 1.2816), 9);
    expect(provenance).toMatchObject({
      source: `${average.source}, ${average.year}, ${average.of}`,
      licence: average.licence,
    });
  });

  it('does not let a wide country stand for its parts, nor the world for a place', async () => {
    for (const zone of ['US-NW-BPAT', 'CA-QC', 'KP', 'ZZ']) {
      expect(staticYearly.covers(zone), zone).toBe(false);
      expect((await failureOf(ask(zone))).code).toBe('grid/no-zone');
    }
  });

  it('is asked only where a chain names it', async () => {
    const abort = new AbortController().signal;
    const grid = (chains = {}) => openGrid({ live: true, providers: [staticYearly], chains, transport, clock });
    const unasked = await grid().outlook('DE', range, abort);
    expect(unasked.links.map(({ provider }) => provider)).not.toContain('static-yearly');
    const chains = { DE: [{ provider: 'static-yearly', allowDegrade: false }] };
    const named = await grid(chains).outlook('DE', range, abort);
    expect(named.use).toBe('level');
    expect(named.warnings.join()).toContain('ranks no hours');
  });
});
