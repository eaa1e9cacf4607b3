/**
 * A grid that is made up, for tests: demand by hour and weekday, wind, sun, and gas for what is left; weather that is
 * forecast well for a day and worse after. Seeded.
 *
 * @module
 */
import type { OperatorRun, WeatherRun } from '../../grid/index.ts';
import { DAY, HOUR, type Instant, instant } from '../../units.ts';
import type { History, ZoneRecord } from './record.ts';

export const START = instant(Date.UTC(2025, 0, 1));

/** Uniform numbers in [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
}

/** A normal number, nearly: twelve uniform ones. */
export const normalFrom = (random: () => number): number =>
  Array.from({ length: 12 }, random).reduce((a, b) => a + b) - 6;

export interface GridShape {
  readonly days: number;
  readonly seed?: number;
  readonly timeZone?: string;
}

/** Hours of a small grid, and a run of weather at each midnight. */
export function makeGrid({ days, seed = 1, timeZone = 'Europe/Berlin' }: GridShape): ZoneRecord {
  const random = randomFrom(seed);
  const hours = days * 24;
  const wind = new Float64Array(hours + 120);
  const cloud = new Float64Array(hours + 120);
  let [gust, cover] = [0, 0];
  for (let i = 0; i < wind.length; i++) {
    gust = 0.97 * gust + 0.6 * normalFrom(random);
    cover = 0.97 * cover + 0.25 * normalFrom(random);
    wind[i] = Math.max(7 + gust, 0);
    cloud[i] = 1 / (1 + Math.exp(-cover));
  }
  const sunAt = (i: number): number =>
    Math.max(Math.sin((Math.PI * ((i % 24) - 5)) / 14), 0) * (1 - 0.7 * (cloud[i] ?? 0));
  const windPower = (i: number): number => 40 / (1 + Math.exp((7 - (wind[i] ?? 0)) / 1.3));
  const demandAt = (i: number): number =>
    70 + 15 * Math.sin((Math.PI * ((i % 24) - 7)) / 12) - (Math.floor(i / 24 + 2) % 7 >= 5 ? 8 : 0);
  const sources = { wind: new Float64Array(hours), solar: new Float64Array(hours), gas: new Float64Array(hours) };
  const intensityG = new Float64Array(hours);
  for (let i = 0; i < hours; i++) {
    const demand = demandAt(i) + normalFrom(random);
    sources.wind[i] = windPower(i);
    sources.solar[i] = 30 * sunAt(i);
    const gas = Math.max(demand - windPower(i) - 30 * sunAt(i), 5);
    sources.gas[i] = gas;
    intensityG[i] = (400 * gas) / (gas + windPower(i) + 30 * sunAt(i));
  }
  const weather = Array.from({ length: days }, (_, day): WeatherRun => {
    const start = instant(START + day * DAY);
    const seen = (values: (i: number) => number, error: number): Float64Array =>
      new Float64Array(96).map((__, lead) =>
        Math.max(values(day * 24 + lead) + error * (lead / 96) * normalFrom(random), 0),
      );
    return {
      start,
      knownAt: start,
      windMS: seen((i) => wind[i] ?? 0, 1),
      temperatureC: new Float64Array(96).fill(12),
      dewPointC: new Float64Array(96).fill(8),
      radiationW: seen((i) => 900 * sunAt(i), 50),
      rainMm: new Float64Array(96),
    };
  });
  const generation = Object.entries(sources).map(([source, energyMWh]) => ({ source, energyMWh }));
  return { timeZone, country: 'DE', history: { start: START, intensityG, generation }, weather, neighbours: [] };
}

/**
 * What an operator forecasts of the wind and sun of `grid`, each day six hours before it begins, with an error of `error`
 * times the mean of each. Seeded.
 */
export function operatorOf({ history }: ZoneRecord, error = 0.1, seed = 5): readonly OperatorRun[] {
  const random = randomFrom(seed);
  const hours = history.intensityG.length;
  const told = (source: string): Float64Array => {
    const energy = history.generation?.find((one) => one.source === source)?.energyMWh ?? new Float64Array(hours);
    const mean = energy.reduce((a, b) => a + b, 0) / hours;
    let wrong = 0;
    return energy.map((value) => {
      wrong = 0.95 * wrong + Math.sqrt(1 - 0.95 ** 2) * normalFrom(random);
      // There is no sun at night, and nobody says otherwise.
      return value === 0 ? 0 : Math.max(value + error * mean * wrong, 0);
    });
  };
  const [wind, solar] = [told('wind'), told('solar')];
  return Array.from({ length: hours / 24 }, (_, day) => {
    const start = instant(history.start + day * DAY);
    const of = (values: Float64Array): Float64Array => values.slice(24 * day, 24 * day + 24);
    return { start, knownAt: instant(start - 6 * HOUR), windMW: of(wind), solarMW: of(solar) };
  });
}

/** The instant so many days after {@link START}. */
export const dayAt = (day: number): Instant => instant(START + day * DAY);

/** What came in the 96 hours from an origin on. */
export const truthAt = ({ start, intensityG }: History, origin: Instant): Float64Array =>
  intensityG.slice((origin - start) / HOUR, (origin - start) / HOUR + 96);
