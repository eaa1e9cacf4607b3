/**
 * How numbers are written for people: masses, energies, intensities, percentages, money, lengths of time, ranges.
 * Never `0` for something small, never more digits than an interval earns. Pure; the terminal and reports share it.
 *
 * @module
 */
import type { Grams, KilowattHours, Millis, Watts } from './units.ts';

/** What stands between a number and its unit: a plain space in the terminal, U+202F where type is set. */
export type Gap = ' ' | '\u202f';

export const MINUS = '\u2212';
/** What is written for a number that is not known. */
const UNKNOWN = '–';

export interface FigureOptions {
  readonly gap?: Gap;
}

export interface ScaledOptions extends FigureOptions {
  /** Takes the unit that this value would have, so that figures in one column can be compared. */
  readonly like?: number;
  /** p10 and p90 in the unit of the value: decimals that their width does not earn are dropped. */
  readonly spread?: { readonly low: number; readonly high: number };
}

export interface MassOptions extends ScaledOptions {
  /** Written after the unit: `953 gCO2e`. */
  readonly gas?: string;
  /** Grams as one integer up to 9999, as on a receipt; otherwise kilograms from 1000 g. */
  readonly whole?: boolean;
}

/** `12 345.6`: digits in threes from five digits on, U+2212 as the sign; `–` for what is not a number. */
export function writeNumber(value: number, decimals: number, gap: Gap = ' '): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const digits = Math.abs(value).toFixed(decimals);
  const [whole = '0', fraction] = digits.split('.');
  const grouped = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, gap);
  const sign = value < 0 && Number(digits) !== 0 ? MINUS : '';
  return `${sign}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

interface Scale {
  readonly unit: string;
  /** In the base unit. */
  readonly size: number;
  /** Smallest value, in the base unit, that is written in this unit. */
  readonly from: number;
  readonly decimals: (value: number) => number;
}

const few = (value: number): number => (value < 0.995 ? 2 : value < 9.95 ? 1 : 0);
const large = (value: number): number => (value < 99.995 ? 2 : value < 999.95 ? 1 : 0);
const tiny = (value: number): number => (value < 9.95 ? 1 : 0);

const MASS: readonly Scale[] = [
  { unit: 't', size: 1e6, from: 999_950, decimals: large },
  { unit: 'kg', size: 1e3, from: 999.5, decimals: large },
  { unit: 'g', size: 1, from: 0.0995, decimals: few },
  { unit: 'mg', size: 1e-3, from: 9.95e-5, decimals: few },
  { unit: 'µg', size: 1e-6, from: 0, decimals: tiny },
];

const ENERGY: readonly Scale[] = [
  { unit: 'GWh', size: 1e6, from: 99_999_500, decimals: large },
  { unit: 'MWh', size: 1e3, from: 99_999.5, decimals: large },
  { unit: 'kWh', size: 1, from: 0.0995, decimals: large },
  { unit: 'Wh', size: 1e-3, from: 1e-4, decimals: few },
  { unit: 'J', size: 1 / 3.6e6, from: 1 / 3.6e6, decimals: tiny },
  { unit: 'mJ', size: 1 / 3.6e9, from: 0, decimals: tiny },
];

const POWER: readonly Scale[] = [
  { unit: 'MW', size: 1e6, from: 999_500, decimals: large },
  { unit: 'kW', size: 1e3, from: 999.5, decimals: large },
  { unit: 'W', size: 1, from: 0.0995, decimals: tiny },
  { unit: 'mW', size: 1e-3, from: 0, decimals: tiny },
];

const ZERO: Record<string, string> = { g: 'g', kWh: 'kWh', W: 'W' };

function scaleFor(scales: readonly Scale[], base: string, value: number): Scale {
  const magnitude = Math.abs(value);
  const found = magnitude === 0 || !Number.isFinite(magnitude) ? undefined : scales.find((s) => magnitude >= s.from);
  return found ?? scales.find((s) => s.unit === ZERO[base]) ?? { unit: base, size: 1, from: 0, decimals: few };
}

/** Decimals that a p10 … p90 of this half-width earns: its first two digits. */
const earned = (half: number): number => (half > 0 ? Math.max(0, 1 - Math.floor(Math.log10(half))) : 9);

function decimalsFor(scale: Scale, value: number, spread: ScaledOptions['spread']): number {
  const inUnit = Math.abs(value / scale.size);
  if (inUnit === 0) return 0;
  const wanted = scale.decimals(inUnit);
  return spread === undefined ? wanted : Math.min(wanted, earned((spread.high - spread.low) / 2 / scale.size));
}

function writeScaled(
  scales: readonly Scale[],
  base: string,
  value: number,
  options: ScaledOptions,
  suffix = '',
): string {
  const gap = options.gap ?? ' ';
  const scale = scaleFor(scales, base, options.like ?? value);
  let decimals = decimalsFor(scale, value, options.spread);
  // A small part in the unit of its sum must not read as nothing.
  const inUnit = Math.abs(value / scale.size);
  if (inUnit > 0 && inUnit < 0.5 * 10 ** -decimals) decimals = Math.min(4, Math.ceil(-Math.log10(inUnit)));
  if (inUnit > 0 && inUnit < 0.00005) return `<0.0001${gap}${scale.unit}${suffix}`;
  return `${writeNumber(value / scale.size, decimals, gap)}${gap}${scale.unit}${suffix}`;
}

/** The scales of mass, with grams up to 9999 where they are wanted whole. */
const massScales = (whole: boolean | undefined): readonly Scale[] =>
  whole === true ? MASS.map((s) => (s.unit === 'kg' ? { ...s, from: 9_999.5 } : s)) : MASS;

/** `2.25 kg`, `76 g`, `3.1 mg`; with `whole`, `5781 g`. */
export const writeGrams = (value: Grams | number, options: MassOptions = {}): string =>
  writeScaled(massScales(options.whole), 'g', value, options, options.gas);

/** `20.36 kWh`, `41 Wh`, `180 J`. */
export const writeEnergy = (value: KilowattHours | number, options: ScaledOptions = {}): string =>
  writeScaled(ENERGY, 'kWh', value, options);

/** `180 W`, `1.20 kW`. */
export const writePower = (value: Watts | number, options: FigureOptions = {}): string =>
  writeScaled(POWER, 'W', value, options);

function writeRange(
  scales: readonly Scale[],
  base: string,
  [low, high]: readonly [number, number],
  centre: number,
  options: ScaledOptions,
  suffix = '',
): string {
  const gap = options.gap ?? ' ';
  const scale = scaleFor(scales, base, options.like ?? centre);
  const decimals = Math.max(
    decimalsFor(scale, centre, { low, high }),
    // Ends that differ must be seen to differ, within reason.
    low < high && high - low < scale.size ? Math.min(scale.decimals(centre / scale.size), 2) : 0,
  );
  const write = (value: number): string => writeNumber(value / scale.size, decimals, gap);
  return `${write(low)} … ${write(high)}${gap}${scale.unit}${suffix}`;
}

/** `1.87 … 2.72 kg`: the unit is that of the centre. */
export const writeGramRange = (
  low: Grams | number,
  high: Grams | number,
  centre: Grams | number,
  options: MassOptions = {},
): string => writeRange(massScales(options.whole), 'g', [low, high], centre, options, options.gas);

/** `18.4 ± 0.8 kg`: the half-width has one digit, two when it begins with 1; the value stops where it stops. */
export function writeGramsPlusMinus(value: Grams | number, half: Grams | number, options: MassOptions = {}): string {
  const gap = options.gap ?? ' ';
  if (!(half > 0)) return writeGrams(value, options);
  const scale = scaleFor(massScales(options.whole), 'g', options.like ?? value);
  const width = half / scale.size;
  const exponent = Math.floor(Math.log10(width));
  const digits = width / 10 ** exponent < 1.95 ? 1 : 0;
  const decimals = Math.min(3, Math.max(0, digits - exponent));
  return `${writeNumber(value / scale.size, decimals, gap)} ± ${writeNumber(width, decimals, gap)}${gap}${scale.unit}${options.gas ?? ''}`;
}

/**
 * `±4 %` from a p10 … p90 around a centre, or `−45 … +83 %` where the two sides differ by a tenth of their width and
 * more; relative; empty when there is no width.
 */
export function writeRelativeWidth(low: number, high: number, centre: number, options: FigureOptions = {}): string {
  if (!(centre > 0) || !(high > low)) return '';
  const [below, above] = [((centre - low) / centre) * 100, ((high - centre) / centre) * 100];
  const half = (below + above) / 2;
  if (Math.abs(above - below) <= 0.2 * half) return `±${writeShare(half, options)}`;
  const gap = options.gap ?? ' ';
  return `−${writeNumber(below, 0, gap)} … +${writeShare(above, options)}`;
}

/** `165 g/kWh`; one decimal below ten. */
export const writeIntensity = (value: number, options: FigureOptions = {}): string =>
  `${writeBareIntensity(value, options)}${options.gap ?? ' '}g/kWh`;

/** The number alone, for a column whose heading has the unit. */
export const writeBareIntensity = (value: number, options: FigureOptions = {}): string =>
  writeNumber(value, value !== 0 && Math.abs(value) < 9.95 ? 1 : 0, options.gap);

/** `41 %`, `0.9 %`; never `0 %` for something. */
export function writeShare(percent: number, options: FigureOptions = {}): string {
  const gap = options.gap ?? ' ';
  const magnitude = Math.abs(percent);
  if (magnitude > 0 && magnitude < 0.05) return `<0.1${gap}%`;
  return `${writeNumber(percent, magnitude > 0 && magnitude < 0.95 ? 1 : 0, gap)}${gap}%`;
}

/** The change that a saving of `percent` is: `−41 %`, `+3 %`, and `±0` where it rounds to nothing. */
export function writeChange(savingPercent: number, options: FigureOptions = {}): string {
  if (!Number.isFinite(savingPercent)) return UNKNOWN;
  const rounded = writeBareChange(savingPercent);
  return rounded === '±0' ? rounded : `${rounded}${options.gap ?? ' '}%`;
}

/** The number of {@link writeChange} alone, for a range: `−35`. */
export function writeBareChange(savingPercent: number): string {
  const magnitude = Math.abs(savingPercent);
  if (magnitude < 0.05) return '±0';
  return `${savingPercent > 0 ? MINUS : '+'}${writeNumber(magnitude, magnitude < 0.95 ? 1 : 0)}`;
}

/** `−41 % (−35 … −46)`; the interval is left out when it has no width. */
export function writeSaving(
  percent: number,
  low: number | null,
  high: number | null,
  options: FigureOptions = {},
): string {
  const centre = writeChange(percent, options);
  if (low === null || high === null || !(high - low > 0.05)) return centre;
  return `${centre} (${writeBareChange(low)} … ${writeBareChange(high)})`;
}

const SYMBOLS: Record<string, string> = { EUR: '€', GBP: '£', USD: '$' };

const LEAST_MONEY = 1e-6;

/** `€3.38`, `12.30 CHF`; two digits of what is below a cent. Typeset, a thin space follows the sign. */
export function writeMoney(
  money: { readonly amount: number; readonly currency: string },
  options: FigureOptions = {},
): string {
  const gap = options.gap ?? ' ';
  const magnitude = Math.abs(money.amount);
  const decimals = magnitude > 0 && magnitude < 0.00995 ? Math.min(6, 1 - Math.floor(Math.log10(magnitude))) : 2;
  const least = magnitude > 0 && magnitude < LEAST_MONEY;
  const number = writeNumber(least ? LEAST_MONEY : magnitude, decimals, gap);
  const sign = `${least ? '<' : ''}${money.amount < 0 ? MINUS : ''}`;
  const symbol = Object.hasOwn(SYMBOLS, money.currency) ? SYMBOLS[money.currency] : undefined;
  if (symbol === undefined) return `${sign}${number}${gap}${money.currency}`;
  return `${sign}${symbol}${gap === ' ' ? '' : gap}${number}`;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** `0.4 s`, `12 s`, `50 min`, `4 h 30`, `3 d 4 h`. Two minutes and less are given in seconds. */
export function writeDuration(length: Millis | number, options: FigureOptions = {}): string {
  const gap = options.gap ?? ' ';
  if (!Number.isFinite(length)) return UNKNOWN;
  const sign = length < 0 ? MINUS : '';
  const ms = Math.abs(length);
  if (ms < SECOND_MS) return ms === 0 ? `0${gap}s` : `${sign}${writeNumber(Math.max(ms / SECOND_MS, 0.1), 1)}${gap}s`;
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 120 && seconds % 60 !== 0) return `${sign}${seconds}${gap}s`;
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 60) return `${sign}${minutes}${gap}min`;
  if (minutes < 48 * 60)
    return `${sign}${Math.floor(minutes / 60)}${gap}h${gap}${String(minutes % 60).padStart(2, '0')}`;
  const hours = Math.round(ms / HOUR_MS);
  const rest = hours % 24;
  return `${sign}${Math.floor(hours / 24)}${gap}d${rest === 0 ? '' : `${gap}${rest}${gap}h`}`;
}

/** One unit only, as a sentence wants it: `13 h`, `50 min`, `3 days`. */
export function writeRoughDuration(length: Millis | number, options: FigureOptions = {}): string {
  const gap = options.gap ?? ' ';
  const ms = Math.abs(length);
  if (ms < 90 * MINUTE_MS)
    return writeDuration(ms, options)
      .replace(/h.00$/, 'h')
      .replace(/^1(.)h.(\d\d)$/, (_, __, m) => `${60 + Number(m)}${gap}min`);
  const hours = Math.round(ms / HOUR_MS);
  return hours < 48 ? `${hours}${gap}h` : `${Math.round(hours / 24)} days`;
}
