/**
 * Quantities and instants: the branded numbers that travel through the house, how they are made,
 * combined, read from people's files, and written exactly. This is the only file that casts.
 *
 * @module
 */

declare const unit: unique symbol;
type Quantity<U extends string> = number & { readonly [unit]: U };
type ExactQuantity<U extends string> = bigint & { readonly [unit]: U };

/** Energy in kilowatt-hours. */
export type KilowattHours = Quantity<'kWh'>;
/** Mass of emissions in grams; CO2 or CO2e as the signal beside it says. */
export type Grams = Quantity<'g'>;
/** Carbon intensity in grams per kilowatt-hour. */
export type GramsPerKilowattHour = Quantity<'g/kWh'>;
/** Power in watts. */
export type Watts = Quantity<'W'>;
/** A length of time in milliseconds. */
export type Millis = Quantity<'ms'>;
/** A point in time: milliseconds since 1970-01-01T00:00Z. */
export type Instant = Quantity<'instant'>;
/** Energy as an exact whole number of microjoules. */
export type Microjoules = ExactQuantity<'µJ'>;
/** Mass as an exact whole number of micrograms. */
export type Micrograms = ExactQuantity<'µg'>;

export const kilowattHours = (value: number): KilowattHours => value as KilowattHours;
export const grams = (value: number): Grams => value as Grams;
export const gramsPerKilowattHour = (value: number): GramsPerKilowattHour => value as GramsPerKilowattHour;
export const watts = (value: number): Watts => value as Watts;
export const millis = (value: number): Millis => value as Millis;
export const instant = (epochMilliseconds: number): Instant => epochMilliseconds as Instant;
export const microjoules = (value: bigint): Microjoules => value as Microjoules;
export const micrograms = (value: bigint): Micrograms => value as Micrograms;

export const SECOND: Millis = millis(1_000);
export const MINUTE: Millis = millis(60_000);
export const HOUR: Millis = millis(3_600_000);
export const DAY: Millis = millis(86_400_000);

/** p10 and p90 of a normal quantity lie so many standard deviations from its middle; of a log-normal one, in logarithms. */
export const Z90 = 1.2816;

/** Joules in a kilowatt-hour. */
const JOULES_PER_KWH = 3_600_000;
const MICROJOULES_PER_KWH = 3_600_000_000_000n;

/** The instant `length` after `from`; a negative length goes back. */
export const after = (from: Instant, length: Millis | number): Instant => instant(from + length);

/** The length of the half-open interval [start, end). */
export const between = (start: Instant, end: Instant): Millis => millis(end - start);

/** Energy drawn at constant `power` over `length`. */
export const energyOf = (power: Watts, length: Millis): KilowattHours =>
  kilowattHours((power * length) / 1_000 / JOULES_PER_KWH);

/** Emissions of `energy` at constant `intensity`. */
export const emissionsOf = (energy: KilowattHours, intensity: GramsPerKilowattHour): Grams => grams(energy * intensity);

/** Exact microjoules as kilowatt-hours, to the nearest double or its neighbour. */
export const microjoulesToKWh = (energy: Microjoules): KilowattHours => {
  const whole = energy / MICROJOULES_PER_KWH;
  const rest = energy % MICROJOULES_PER_KWH;
  return kilowattHours(Number(whole) + Number(rest) / Number(MICROJOULES_PER_KWH));
};

/** Joules as the nearest whole microjoule. Above 2^53 µJ (2,502 kWh) a double cannot hold every one. */
export const joulesToMicrojoules = (joules: number): Microjoules => microjoules(BigInt(Math.round(joules * 1e6)));

/** Exact micrograms as grams, to the nearest double or its neighbour. */
export const microgramsToGrams = (mass: Micrograms): Grams => {
  const whole = mass / 1_000_000n;
  return grams(Number(whole) + Number(mass % 1_000_000n) / 1e6);
};

/**
 * Emissions of exact `energy` at `intensity`, as whole micrograms, rounded half to even once.
 * The intensity enters as whole milligrams per kilowatt-hour (its accounting resolution).
 *
 * @param intensityMilligramsPerKWh whole milligrams of emissions per kilowatt-hour
 */
export const exactEmissions = (energy: Microjoules, intensityMilligramsPerKWh: bigint): Micrograms =>
  micrograms(divideHalfEven(energy * intensityMilligramsPerKWh * 1_000n, MICROJOULES_PER_KWH));

/** Whole quotient of two integers, ties to the even neighbour. The divisor is positive. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  let quotient = dividend / divisor;
  let remainder = dividend % divisor;
  if (remainder < 0n) {
    quotient -= 1n;
    remainder += divisor;
  }
  const twice = remainder * 2n;
  if (twice > divisor || (twice === divisor && quotient % 2n !== 0n)) quotient += 1n;
  return quotient;
}

/**
 * Splits a whole amount in proportion to `weights` so that the parts sum to it exactly
 * (largest remainder; ties go to the earlier part). Weights are finite and non-negative, and are resolved to 2^-40 of
 * their sum; all zero means equal. A negative amount is split as its opposite. O(n log n).
 */
export function splitExactly(total: bigint, weights: readonly number[]): bigint[] {
  if (total < 0n) return splitExactly(-total, weights).map((part) => -part);
  // Scaled by the largest first, so that their sum is finite whatever their size.
  const largest = weights.reduce((a, b) => Math.max(a, b), 0);
  const relative = largest > 0 ? weights.map((w) => w / largest) : weights.map(() => 1);
  const sum = relative.reduce((a, b) => a + b, 0);
  const scaled = relative.map((w) => BigInt(Math.round((w / sum) * 2 ** 40)));
  const scaledSum = scaled.reduce((a, b) => a + b, 0n);
  const parts = scaled.map((s) => (total * s) / scaledSum);
  const order = scaled
    .map((s, index) => ({ index, rest: (total * s) % scaledSum }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  // What is left is less than the number of parts that have a remainder.
  const left = Number(total - parts.reduce((a, b) => a + b, 0n));
  for (const { index } of order.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}

/** RFC 3339 in UTC, whole seconds where they are whole: `2022-06-01T08:00:00Z`. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/**
 * Reads a length of time: `90s`, `2h30m`, `1.5 h`. Parts go from large to small, each unit once; spaces may stand
 * between parts and before a unit, never within a number or a unit. `undefined` when it is not one.
 */
export const parseDuration = (text: string): Millis | undefined => {
  if (!/^\s*(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+$/.test(text)) return undefined;
  const size: Record<string, number> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, amount, name] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)) {
    const one = size[name ?? ''] ?? Number.NaN;
    if (one >= previous) return undefined;
    previous = one;
    total += Number(amount) * one;
  }
  return Number.isFinite(total) ? millis(Math.round(total)) : undefined;
};

const SCALES = {
  power: { W: 1, kW: 1e3, MW: 1e6 },
  energy: { Wh: 1e-3, kWh: 1, MWh: 1e3, GWh: 1e6 },
  bytes: {
    B: 1,
    kB: 1e3,
    KB: 1e3,
    MB: 1e6,
    GB: 1e9,
    TB: 1e12,
    KiB: 2 ** 10,
    MiB: 2 ** 20,
    GiB: 2 ** 30,
    TiB: 2 ** 40,
  },
  percent: { '%': 1 },
} as const satisfies Record<string, Record<string, number>>;

function parseScaled(text: string, scale: Readonly<Record<string, number>>): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z%]+)\s*$/.exec(text);
  const factor = match === null || !Object.hasOwn(scale, match[2] ?? '') ? undefined : scale[match[2] ?? ''];
  if (match === null || factor === undefined) return undefined;
  const value = Number(match[1]) * factor;
  return Number.isFinite(value) ? value : undefined;
}

/** `180 W`, `1.2 kW` → watts. */
export const parsePower = (text: string): Watts | undefined => {
  const value = parseScaled(text, SCALES.power);
  return value === undefined ? undefined : watts(value);
};

/** `3.5 kWh` → kilowatt-hours. */
export const parseEnergy = (text: string): KilowattHours | undefined => {
  const value = parseScaled(text, SCALES.energy);
  return value === undefined ? undefined : kilowattHours(value);
};

/** `8 GB`, `512 MiB` → bytes. */
export const parseBytes = (text: string): number | undefined => parseScaled(text, SCALES.bytes);

/** `5 %` → 5, the number of percent. */
export const parsePercent = (text: string): number | undefined => parseScaled(text, SCALES.percent);
