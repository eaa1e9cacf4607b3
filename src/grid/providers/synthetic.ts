/**
 * A generated day for demonstrations: no grid, but shaped like one, from a seed. Every slot of it is `synthetic`.
 *
 * Dirty evening, a valley with a wind lull in its middle, a morning ramp, a solar dip at noon. Started at
 * {@link SYNTHETIC_DEMO_START}, work waits out the evening, runs as the valley deepens, pauses through the lull, and
 * runs again, within 14 h.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { between, DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis, Z90 } from '../../units.ts';
import type { Provider, Range } from '../provider.ts';
import type { Series } from '../series.ts';
import { axisOver, slotStart } from '../slots.ts';

/** 2026-03-18T17:30:00Z: half an hour before the evening peak. */
export const SYNTHETIC_DEMO_START: Instant = instant(Date.UTC(2026, 2, 18, 17, 30));

const STEP: Millis = millis(15 * MINUTE);
const BASE_G = 260;

/** Bumps of the day, in g/kWh, by the hour (UTC) of their centre and their standard deviation in hours. */
const BUMPS: readonly { readonly hour: number; readonly width: number; readonly heightG: number }[] = [
  { hour: 0.25, width: 2.4, heightG: -165 }, // night valley
  { hour: 0.25, width: 0.55, heightG: 400 }, // the wind lull in the middle of it
  { hour: 7.75, width: 1.3, heightG: 105 }, // morning ramp
  { hour: 12.75, width: 2.3, heightG: -125 }, // solar dip
  { hour: 18.5, width: 1.5, heightG: 185 }, // evening peak
];

export interface SyntheticOptions {
  /** Default 1. The same seed gives the same values for ever. */
  readonly seed?: number;
  /** Standard deviation, as a share, of the forecast error 24 h ahead; it grows with the square root. Default 0. */
  readonly forecastError?: number;
}

/** A number in [0, 1) for a seed and an integer: a bit mixer (Steele, Lea and Flood 2014, SplitMix), 32-bit constants. */
function hashed(seed: number, index: number): number {
  let x = (Math.imul(seed | 0, 0x9e3779b9) ^ Math.imul(index | 0, 0x85ebca6b)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/** Smooth noise in [-1, 1] that has a new value each whole `x`. */
function smooth(seed: number, x: number): number {
  const from = Math.floor(x);
  const weight = (1 - Math.cos(Math.PI * (x - from))) / 2;
  return 2 * (hashed(seed, from) * (1 - weight) + hashed(seed, from + 1) * weight) - 1;
}

/** The intensity of the synthetic grid at `at`, g/kWh. */
function truth(seed: number, at: Instant): number {
  const day = Math.floor(at / DAY);
  let value = BASE_G;
  for (const [i, bump] of BUMPS.entries()) {
    for (let d = day - 1; d <= day + 1; d += 1) {
      // Each bump of each day has its own strength, within 10 %, and a shift of up to 10 min.
      const strength = 1 + 0.1 * (2 * hashed(seed + i, d) - 1);
      const shift = (2 * hashed(seed + 100 + i, d) - 1) / 6;
      const distance = (at - d * DAY) / HOUR - bump.hour - shift;
      value += bump.heightG * strength * Math.exp(-((distance / bump.width) ** 2) / 2);
    }
  }
  return Math.max(40, value + 6 * smooth(seed + 1_000, at / HOUR));
}

/** A generated grid that serves any zone, past and future, in quarters of an hour. */
export function syntheticDay(options: SyntheticOptions = {}): Provider {
  const seed = options.seed ?? 1;
  const forecastError = options.forecastError ?? 0;
  if (!(forecastError >= 0 && forecastError <= 1)) throw new RangeError('forecastError is a share from 0 to 1');
  const signal = { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' } as const;
  return {
    id: 'synthetic',
    about: 'a generated day for demonstrations; no real grid',
    keys: [],
    isComputed: true,
    signal,
    covers: (zone) => zone !== '',
    async intensity(zone: string, range: Range, { clock, signal: abort }): Promise<Series> {
      abort.throwIfAborted();
      if (zone === '') throw new Failure('grid/no-zone', 'a zone needs a name', { value: zone });
      const now = clock.now();
      const axis = axisOver(range, STEP);
      const intensityG = new Float64Array(axis.length);
      const lowG = new Float64Array(axis.length);
      const highG = new Float64Array(axis.length);
      const issue = Math.floor(now / HOUR);
      for (let i = 0; i < axis.length; i += 1) {
        const at = slotStart(axis, i);
        const ahead = Math.max(0, between(now, at) / HOUR);
        const growth = Math.sqrt(Math.min(ahead, 48) / 24);
        const value =
          truth(seed, at) *
          Math.max(0.2, 1 + forecastError * growth * 1.7 * smooth(seed + 2_000 + issue, at / (3 * HOUR)));
        // p10 and p90: 2 % next door, 10 % a day ahead, more where the error is set larger.
        const band = ahead === 0 ? 0 : 0.02 + (0.08 + Z90 * forecastError) * growth;
        intensityG[i] = value;
        lowG[i] = value * (1 - Math.min(band, 0.5));
        highG[i] = value * (1 + Math.min(band, 0.5));
      }
      return {
        zone,
        signal,
        axis,
        intensityG,
        lowG,
        highG,
        quality: new Array<'synthetic'>(axis.length).fill('synthetic'),
        gaps: [],
        provenance: {
          provider: 'synthetic',
          source: `synthetic day, seed ${seed}`,
          licence: 'none needed: generated',
          fetchedAt: now,
          issuedAt: now,
          issuedAtBasis: 'provider',
        },
        warnings: [],
        labels: ['synthetic: generated for demonstration, no real grid'],
      };
    },
  };
}
