/**
 * The national shape without data: which hours are cleaner than others, from a yearly mix, the sun's height and a
 * typical day of demand. It ranks hours; it says nothing about grams.
 *
 * The order of dispatch is modelled, with constants chosen beforehand and fitted to nothing: what sun, wind and nuclear
 * leave of demand is met by hydro in proportion, and by each fuel as its share times (residual / mean residual) to the
 * power of an elasticity, coal steadily, gas and oil more than proportionally. `docs/methods/grid.md` has the formula
 * and how well it ranked real grids.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import { mixOf } from '../average.ts';
import { FUELS, type Fuel, IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { WIDE_COUNTRIES, type YearlyMix } from '../data/yearly-mix.ts';
import type { Provider } from '../provider.ts';
import type { Series } from '../series.ts';
import { axisOver, slotStart } from '../slots.ts';

const { gPerKWh: LIFECYCLE_G } = IPCC_AR5_LIFECYCLE;
const STEP: Millis = millis(30 * MINUTE);

/** Above this share the order of hours follows water and prices, which no table knows: it was found inverted. */
const MOST_HYDRO_NUCLEAR_PERCENT = 65;

/** How strongly each fuel follows the residual load. */
const ELASTICITY: Readonly<Partial<Record<Fuel, number>>> = {
  coal: 0.6,
  gas: 1.2,
  oil: 1.5,
  biomass: 0,
  geothermal: 0,
};

/** Cosine of the sun's zenith angle, 0 at night. Declination after Cooper (1969), time after Spencer (1971). */
export function sunHeight(at: Instant, latitude: number, longitude: number): number {
  const days = at / DAY;
  const year = (2 * Math.PI * (((days % 365.2425) + 365.2425) % 365.2425)) / 365.2425;
  const declination = ((23.45 * Math.PI) / 180) * Math.sin(year - (2 * Math.PI * 80) / 365.2425);
  const equationOfTimeMinutes =
    229.18 *
    (0.000075 +
      0.001868 * Math.cos(year) -
      0.032077 * Math.sin(year) -
      0.014615 * Math.cos(2 * year) -
      0.040849 * Math.sin(2 * year));
  const solarHour = ((at % DAY) / HOUR + longitude / 15 + equationOfTimeMinutes / 60 - 12) * (Math.PI / 12);
  const phi = (latitude * Math.PI) / 180;
  return Math.max(
    0,
    Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(solarHour),
  );
}

/** Demand over its yearly mean: two harmonics of the local day, a weekend, a season by latitude. */
function demand(at: Instant, mix: YearlyMix): number {
  const local = at + mix.offsetHours * HOUR;
  const hour = (((local % DAY) + DAY) % DAY) / HOUR;
  // 1970-01-01 was a Thursday, day 4 of a week that starts on Sunday.
  const weekday = (Math.floor(local / DAY) + 4) % 7;
  const day = 1 + 0.16 * Math.cos((2 * Math.PI * (hour - 15)) / 24) + 0.05 * Math.cos((4 * Math.PI * (hour - 8)) / 24);
  const weekend = weekday === 0 || weekday === 6 ? 0.95 : 1.02;
  return day * weekend * (1 + seasonAmplitude(mix.latitude) * midwinter(at, mix.latitude));
}

/** 1 in the middle of the local winter, -1 in the middle of its summer. */
const midwinter = (at: Instant, latitude: number): number =>
  Math.cos((2 * Math.PI * (at / DAY - 15)) / 365.2425) * (latitude >= 0 ? 1 : -1);

/** Heating makes winters long-loaded far from the equator, cooling makes summers so near it. */
const seasonAmplitude = (latitude: number): number =>
  Math.abs(latitude) > 45 ? 0.1 : Math.abs(latitude) < 38 ? -0.1 : 0;

interface Means {
  readonly sun: number;
  readonly residual: number;
  readonly fossilDemand: number;
  readonly intensity: number;
}

const sunPower = (at: Instant, mix: YearlyMix): number => sunHeight(at, mix.latitude, mix.longitude) ** 1.15;

function shares(mix: YearlyMix): Readonly<Record<Fuel, number>> {
  const total = mix.percent.reduce((a, b) => a + b, 0);
  const share = (fuel: Fuel): number => (mix.percent[FUELS.indexOf(fuel)] ?? 0) / total;
  return {
    coal: share('coal'),
    gas: share('gas'),
    oil: share('oil'),
    nuclear: share('nuclear'),
    hydro: share('hydro'),
    wind: share('wind'),
    solar: share('solar'),
    biomass: share('biomass'),
    geothermal: share('geothermal'),
  };
}

/** What demand leaves after sun, wind and nuclear; never below 2 % of mean demand. */
function residual(at: Instant, mix: YearlyMix, share: Readonly<Record<Fuel, number>>, meanSun: number): number {
  const sun = meanSun > 0 ? (share.solar * sunPower(at, mix)) / meanSun : 0;
  const wind = share.wind * (1 + 0.15 * midwinter(at, mix.latitude));
  return Math.max(0.02, demand(at, mix) - sun - wind - share.nuclear);
}

/** g/kWh, life-cycle, before it is scaled to the yearly average. */
function dispatch(
  at: Instant,
  mix: YearlyMix,
  share: Readonly<Record<Fuel, number>>,
  means: Omit<Means, 'intensity'>,
): number {
  const rest = residual(at, mix, share, means.sun);
  const hydro = (share.hydro * rest) / means.residual;
  const load = Math.max(0.01, rest - hydro) / means.fossilDemand;
  const sun = means.sun > 0 ? (share.solar * sunPower(at, mix)) / means.sun : 0;
  const wind = share.wind * (1 + 0.15 * midwinter(at, mix.latitude));
  let generated = hydro + sun + wind + share.nuclear;
  let emitted =
    hydro * LIFECYCLE_G.hydro + sun * LIFECYCLE_G.solar + wind * LIFECYCLE_G.wind + share.nuclear * LIFECYCLE_G.nuclear;
  for (const fuel of FUELS) {
    const elasticity = ELASTICITY[fuel];
    if (elasticity === undefined) continue;
    const output = share[fuel] * load ** elasticity;
    generated += output;
    emitted += output * LIFECYCLE_G[fuel];
  }
  return emitted / generated;
}

/** Means over a year, from every fifth day of 2025 in hours: 1,752 points, a few milliseconds. */
function yearlyMeans(mix: YearlyMix, share: Readonly<Record<Fuel, number>>): Means {
  const points: Instant[] = [];
  const start = Date.UTC(2025, 0, 1);
  for (let day = 0; day < 365; day += 5)
    for (let hour = 0; hour < 24; hour += 1) points.push(instant(start + day * DAY + hour * HOUR));
  const mean = (value: (at: Instant) => number): number =>
    points.reduce((sum, at) => sum + value(at), 0) / points.length;
  const sun = mean((at) => sunPower(at, mix));
  const meanResidual = mean((at) => residual(at, mix, share, sun));
  const fossilDemand = mean((at) => {
    const rest = residual(at, mix, share, sun);
    return Math.max(0.01, rest - (share.hydro * rest) / meanResidual);
  });
  const partial = { sun, residual: meanResidual, fossilDemand };
  return { ...partial, intensity: mean((at) => dispatch(at, mix, share, partial)) };
}

/** The mix that may be modelled, or the reason why not. */
function usableMix(zone: string): { readonly mix: YearlyMix; readonly of: string } | { readonly refused: string } {
  const found = mixOf(zone);
  if (found === undefined) return { refused: 'no yearly mix is known for it' };
  if (!found.whole && WIDE_COUNTRIES.has(found.of))
    return { refused: `${found.of} is too wide for its mix to stand for ${zone}` };
  const share = shares(found.mix);
  const steady = Math.round((share.hydro + share.nuclear) * 100);
  if (steady > MOST_HYDRO_NUCLEAR_PERCENT) {
    return {
      refused: `${steady} % of its electricity is hydro and nuclear; above ${MOST_HYDRO_NUCLEAR_PERCENT} % the model cannot rank hours`,
    };
  }
  return found;
}

const meansOf = new WeakMap<YearlyMix, Means>();

export const modelled: Provider = {
  id: 'modelled',
  about: 'a national shape from yearly mix, sun and a typical day; ranks hours, says nothing about grams',
  keys: [],
  isComputed: true,
  signal: { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' },
  covers: (zone) => 'mix' in usableMix(zone),
  async intensity(zone, range, { clock, signal }): Promise<Series> {
    signal.throwIfAborted();
    const usable = usableMix(zone);
    if (!('mix' in usable))
      throw new Failure('grid/no-signal', `no shape can be modelled for ${zone}: ${usable.refused}`);
    const { mix } = usable;
    const share = shares(mix);
    const means = meansOf.get(mix) ?? yearlyMeans(mix, share);
    meansOf.set(mix, means);
    const axis = axisOver(range, STEP);
    const middle = STEP / 2;
    const intensityG = Float64Array.from({ length: axis.length }, (_, i) => {
      const at = instant(slotStart(axis, i) + middle);
      return (dispatch(at, mix, share, means) / means.intensity) * mix.intensityG;
    });
    const now = clock.now();
    return {
      zone,
      signal: modelled.signal,
      axis,
      intensityG,
      quality: new Array<'modelled'>(axis.length).fill('modelled'),
      gaps: [],
      provenance: {
        provider: 'modelled',
        source: `shape of ${usable.of} from its yearly mix`,
        licence: mix.source === 'ember' ? 'CC BY 4.0, Ember (yearly mix)' : 'public domain (yearly mix)',
        fetchedAt: now,
        issuedAt: now,
        issuedAtBasis: 'provider',
      },
      warnings: ['modelled: ranks hours; says nothing about grams'],
    };
  },
};
