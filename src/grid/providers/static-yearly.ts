/**
 * The yearly average of a place: tells places apart, and says nothing about time. Every slot has the same value.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { HOUR } from '../../units.ts';
import { mixOf, spread, yearlyAverage } from '../average.ts';
import { WIDE_COUNTRIES } from '../data/yearly-mix.ts';
import type { Provider } from '../provider.ts';
import { axisOver } from '../slots.ts';

const ID = 'static-yearly';

/** Whether a figure is known of the zone itself, or of a country that may stand for it. */
function isKnown(zone: string): boolean {
  const found = mixOf(zone);
  return found !== undefined && (found.whole || !WIDE_COUNTRIES.has(found.of));
}

export const staticYearly: Provider = {
  id: ID,
  about: 'yearly averages of Ember (CC BY 4.0) and of US grid operators; they compare places and rank no hours',
  keys: [],
  isComputed: true,
  signal: { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' },
  ranksNoHours: true,
  covers: isKnown,
  async intensity(zone, range, { clock, signal }) {
    signal.throwIfAborted();
    if (!isKnown(zone)) throw new Failure('grid/no-zone', `${ID} has no figure of this zone`, { value: zone });
    const { intensityG, gsd, of, source, licence, year } = yearlyAverage(zone);
    const { low, high } = spread(intensityG, gsd);
    const axis = axisOver(range, HOUR);
    const flat = (value: number): Float64Array => new Float64Array(axis.length).fill(value);
    const now = clock.now();
    return {
      zone,
      signal: staticYearly.signal,
      axis,
      intensityG: flat(intensityG),
      lowG: flat(low),
      highG: flat(high),
      quality: new Array<'yearly-average'>(axis.length).fill('yearly-average'),
      gaps: [],
      provenance: {
        provider: ID,
        source: `${source}, ${year}, ${of}`,
        licence,
        fetchedAt: now,
        issuedAt: now,
        issuedAtBasis: 'fetch-time',
      },
      warnings: [`${ID}: the average of ${of} in ${year}, which ranks no hours`],
    };
  },
};
