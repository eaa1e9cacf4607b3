/**
 * Values in few bytes, exactly: what publishers say are decimals with few digits, each near the one before it. Series of
 * other values keep their doubles. Stretches of NaN take two bytes.
 *
 * The first byte says how the rest is to be read: by which scale, and whether it is deflated. What follows is a row of
 * numbers of seven bits a byte, least first (LEB128, as in DWARF): 0 and a length for a stretch of NaN; n + 1 for the
 * difference n to the value before, its sign in the lowest bit; without a scale, the count of the doubles that follow.
 * Where values are packed as like others, n is what that difference is more than that of the others.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Failure } from '../errors.ts';

/** A value is a whole number over `power`, times `unit`. */
interface Scale {
  readonly power: number;
  readonly unit: number;
}

/** Pounds per megawatt-hour as grams per kilowatt-hour. */
const POUND = 0.45359237;
/** By their number in the first byte: never reordered. */
const SCALES: readonly Scale[] = [1, POUND].flatMap((unit) =>
  [0, 1, 2, 3, 4, 5, 6].map((decimals) => ({ power: 10 ** decimals, unit })),
);
const DOUBLES = 0x20;
/** Nothing but doubles, NaN as well: what was kept before values were packed. */
export const RAW = 0x21;
const DEFLATED = 0x80;
/** Differences of such are exact. */
const LARGEST_WHOLE = 2 ** 48;
/** What is shorter is not worth it. */
const LEAST_DEFLATED = 64;
/** Twice the five-minute slots of a year; no more is kept in one piece. */
const MOST_VALUES = 210_000;

const figureOf = (whole: number, { power, unit }: Scale): number => (whole / power) * unit;
const wholeOf = (value: number, { power, unit }: Scale): number => Math.round((value / unit) * power);

/** The first scale by which every value is exact; -1 when there is none. */
const scaleOf = (values: Float64Array): number =>
  SCALES.findIndex((scale) =>
    values.every((value) => {
      if (Number.isNaN(value)) return true;
      const whole = wholeOf(value, scale);
      // Of the two zeros only the plain one is a whole number of steps from another.
      return Math.abs(whole) <= LARGEST_WHOLE && !Object.is(whole, -0) && Object.is(figureOf(whole, scale), value);
    }),
  );

/** How far from `from` values are alike in being NaN. */
function stretchEnd(values: Float64Array, from: number): number {
  const isGap = Number.isNaN(values[from]);
  let end = from + 1;
  while (end < values.length && Number.isNaN(values[end]) === isGap) end += 1;
  return end;
}

/** By how much the values that others are like rise to each slot, in whole numbers of `scale`; 0 where they are missing. */
function risesOf(like: Float64Array | undefined, scale: Scale): (slot: number) => number {
  let before = 0;
  let next = 0;
  return (slot) => {
    let rise = 0;
    for (; next <= slot; next += 1) {
      const said = wholeOf(like?.[next] ?? Number.NaN, scale);
      const whole = Math.abs(said) <= LARGEST_WHOLE ? said : before;
      rise += whole - before;
      before = whole;
    }
    return rise;
  };
}

/** `values` in few bytes; in fewer where they are `like` others of the same slots, which {@link unpack} then wants too. */
export function pack(values: Float64Array, like?: Float64Array): Uint8Array {
  const form = scaleOf(values);
  const scale = SCALES[form];
  const rest: number[] = [];
  const number = (n: number): void => {
    let left = n;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) rest.push((left % 0x80) | 0x80);
    rest.push(left);
  };
  const rise = scale === undefined ? undefined : risesOf(like, scale);
  let before = 0;
  for (let from = 0, end = 0; from < values.length; from = end) {
    end = stretchEnd(values, from);
    if (Number.isNaN(values[from])) {
      number(0);
      number(end - from);
    } else if (scale === undefined || rise === undefined) {
      number(end - from);
      for (const byte of bytesOf(values.slice(from, end))) rest.push(byte);
    } else {
      for (let slot = from; slot < end; slot += 1) {
        const whole = wholeOf(values[slot] ?? Number.NaN, scale);
        const step = whole - before - rise(slot);
        number(1 + (step < 0 ? -2 * step - 1 : 2 * step));
        before = whole;
      }
    }
  }
  const plain = Uint8Array.from(rest);
  const first = scale === undefined ? DOUBLES : form;
  const deflated = plain.length < LEAST_DEFLATED ? plain : deflateRawSync(plain);
  return deflated.length < plain.length
    ? Buffer.concat([Uint8Array.of(first | DEFLATED), deflated])
    : Buffer.concat([Uint8Array.of(first), plain]);
}

/** What was packed. Throws `store/unusable` for what was not. */
export function unpack(packed: Uint8Array, like?: Float64Array): Float64Array {
  const [first] = packed;
  if (first === undefined) throw damaged();
  const form = first & ~DEFLATED;
  const rest = (first & DEFLATED) === 0 ? packed.subarray(1) : inflate(packed.subarray(1));
  if (form === RAW) return doublesOf(rest);
  const scale = SCALES[form];
  if (scale === undefined && form !== DOUBLES) throw damaged();
  const values: number[] = [];
  let at = 0;
  const number = (): number => {
    let n = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = rest[at];
      if (byte === undefined) throw damaged();
      at += 1;
      n += (byte & 0x7f) * weight;
      if (byte < 0x80) return n;
    }
  };
  const rise = scale === undefined ? undefined : risesOf(like, scale);
  let whole = 0;
  while (at < rest.length) {
    const said = number();
    const length = said === 0 ? number() : said;
    if ((said === 0 || scale === undefined) && values.length + length > MOST_VALUES) throw damaged();
    if (said === 0) for (let i = 0; i < length; i += 1) values.push(Number.NaN);
    else if (scale === undefined || rise === undefined) {
      for (const value of doublesOf(rest.subarray(at, at + 8 * length))) values.push(value);
      at += 8 * length;
    } else {
      const step = said - 1;
      whole += rise(values.length) + (step % 2 === 0 ? step / 2 : -(step + 1) / 2);
      values.push(figureOf(whole, scale));
    }
  }
  if (at > rest.length) throw damaged();
  return Float64Array.from(values);
}

const damaged = (): Failure => new Failure('store/unusable', 'values of the grid in the store cannot be read');

function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: 10 * MOST_VALUES });
  } catch {
    throw damaged();
  }
}

/** Doubles as little-endian bytes, as every machine that Node runs on has them. */
const bytesOf = (values: Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
/** A copy, since a double must begin at a multiple of eight and a row's bytes begin anywhere. */
function doublesOf(bytes: Uint8Array): Float64Array {
  if (bytes.length % 8 !== 0) throw damaged();
  return new Float64Array(Uint8Array.from(bytes).buffer);
}
