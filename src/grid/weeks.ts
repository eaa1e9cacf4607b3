/**
 * The past as it is kept, by the week: what a series says that is new about a week becomes a block, and blocks, one after
 * another, say what is known of their week.
 *
 * @module
 */
import type { Database } from '../store/index.ts';
import { DAY, type Millis } from '../units.ts';
import { pack, unpack } from './packing.ts';
import { layPower, type Powers, packPowers, type Source, unpackPowers } from './powers.ts';
import { QUALITIES, type Quality, type Series } from './series.ts';
import { slotStart } from './slots.ts';

/** Weeks are counted from 1970. */
export const WEEK = 7 * DAY;
/** After so many blocks, or as many slots as so many weeks have, the next block repeats all of its week. */
const BLOCKS_UNTIL_WHOLE = 256;
const WEEKS_UNTIL_WHOLE = 16;
/** A covered share is kept to a ten-thousandth; that it moved by less than this is no news. */
const COVERED_STEPS = 10_000;
const COVERED_NEWS = 0.01;

/** The letter of each quality that a past value can have. */
const LETTER: Partial<Readonly<Record<Quality, string>>> = {
  measured: 'm',
  estimated: 'e',
  modelled: 'd',
  replayed: 'r',
  synthetic: 's',
};
const QUALITY_OF: ReadonlyMap<string, Quality> = new Map(
  QUALITIES.flatMap((quality) => (LETTER[quality] === undefined ? [] : [[LETTER[quality], quality]])),
);
export const isPast = (quality: Quality | undefined): boolean => quality !== undefined && LETTER[quality] !== undefined;

export const BLOCK_COLUMNS = [
  'offset',
  'whole',
  'observed_at',
  'issued_at',
  'intensity',
  'covered',
  'quality',
  'sources',
  'power',
  'origin',
  'sha256',
] as const;
export type Block = Pick<Database['grid_block'], (typeof BLOCK_COLUMNS)[number]>;

/** What is known of one week. */
export interface Week {
  readonly intensityG: Float64Array;
  readonly covered: Float64Array;
  readonly quality: (Quality | undefined)[];
  readonly powerMW: Powers;
  /** Blocks since the last whole one, and their slots. */
  readonly blocks: number;
  readonly slots: number;
}

/** Whether blocks should be summed up before they cost more to read. */
export const isLong = ({ blocks, slots, intensityG }: Week): boolean =>
  blocks >= BLOCKS_UNTIL_WHOLE || slots >= WEEKS_UNTIL_WHOLE * intensityG.length;

export const chunkOf = (at: number): number => Math.floor(at / WEEK);

/** The weeks that a series says something about the past of: its slots [from, to), the first of which is `first`. */
export interface Part {
  readonly chunk: number;
  readonly from: number;
  readonly to: number;
  /** Index of `from` within the week. */
  readonly first: number;
}

export function weeksOf({ axis, quality }: Series): Part[] {
  const phase = ((axis.start % axis.step) + axis.step) % axis.step;
  const parts: Part[] = [];
  for (let from = 0; from < axis.length; ) {
    const start = slotStart(axis, from);
    const chunk = chunkOf(start - phase);
    const first = Math.round((start - phase - chunk * WEEK) / axis.step);
    const to = Math.min(axis.length, from + WEEK / axis.step - first);
    if (quality.slice(from, to).some(isPast)) parts.push({ chunk, from, to, first });
    from = to;
  }
  return parts;
}

/** What `blocks`, oldest first, say of their week. */
export function weekFrom(blocks: readonly Block[], step: Millis): Week {
  const length = WEEK / step;
  const intensityG = new Float64Array(length).fill(Number.NaN);
  const covered = new Float64Array(length).fill(Number.NaN);
  const quality = new Array<Quality | undefined>(length);
  const powerMW = new Map<Source, Float64Array>();
  let slots = 0;
  for (const block of blocks) {
    const values = unpack(block.intensity);
    const shares = block.covered === null ? undefined : unpack(block.covered);
    const qualities = qualitiesOf(block);
    slots += values.length;
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      intensityG[block.offset + i] = value;
      covered[block.offset + i] = shares?.[i] ?? Number.NaN;
      quality[block.offset + i] = qualities[i];
    });
    for (const [source, power] of unpackPowers(block)) layPower(powerMW, length, source, power, block.offset);
  }
  return { intensityG, covered, quality, powerMW, blocks: blocks.length, slots };
}

/** What is said of one slot. */
interface Saying {
  readonly value: number;
  readonly quality: Quality | undefined;
  readonly covered: number;
  readonly powerMW: (source: Source) => number;
}

/** What `series` says of the past of its slot `i`; `undefined` when it says nothing. */
function sayingOf({ intensityG, quality, covered, powerMW }: Series, i: number): Saying | undefined {
  const value = intensityG[i] ?? Number.NaN;
  if (Number.isNaN(value) || !isPast(quality[i])) return undefined;
  const share = Math.round((covered?.[i] ?? Number.NaN) * COVERED_STEPS) / COVERED_STEPS;
  return { value, quality: quality[i], covered: share, powerMW: powerOf(powerMW, i) };
}

const powerOf =
  (powers: Powers | undefined, slot: number) =>
  (source: Source): number =>
    powers?.get(source)?.[slot] ?? Number.NaN;

type Said = Pick<Database['grid_block'], 'offset' | 'intensity' | 'covered' | 'quality' | 'sources' | 'power'>;

/** From the first slot of which `series` says something new to the last; `undefined` when it says nothing new. */
export function newsOf(series: Series, known: Week, { from, to, first }: Part): Said | undefined {
  const sources = [...(series.powerMW?.keys() ?? [])];
  const newsAt = (i: number): Saying | undefined => {
    const saying = sayingOf(series, i);
    if (saying === undefined) return undefined;
    const slot = first + i - from;
    const wasMW = powerOf(known.powerMW, slot);
    const isKnown =
      known.intensityG[slot] === saying.value &&
      known.quality[slot] === saying.quality &&
      (Number.isNaN(saying.covered) || Math.abs((known.covered[slot] ?? Number.NaN) - saying.covered) < COVERED_NEWS) &&
      sources.every((source) => Number.isNaN(saying.powerMW(source)) || saying.powerMW(source) === wasMW(source));
    return isKnown ? undefined : saying;
  };
  let low = from;
  while (low < to && newsAt(low) === undefined) low += 1;
  if (low === to) return undefined;
  let high = to;
  while (newsAt(high - 1) === undefined) high -= 1;
  return saidOf(first + low - from, high - low, (i) => newsAt(low + i));
}

/** The whole week as it is known with what `series` says. */
export const everything = (series: Series, known: Week, { from, to, first }: Part): Said =>
  saidOf(0, known.intensityG.length, (slot) => {
    const i = slot - first + from;
    const said = i >= from && i < to ? sayingOf(series, i) : undefined;
    const wasMW = powerOf(known.powerMW, slot);
    if (said === undefined)
      return {
        value: known.intensityG[slot] ?? Number.NaN,
        quality: known.quality[slot],
        covered: known.covered[slot] ?? Number.NaN,
        powerMW: wasMW,
      };
    const isMW = (source: Source): number => (Number.isNaN(said.powerMW(source)) ? wasMW : said.powerMW)(source);
    return { ...said, powerMW: isMW };
  });

function saidOf(offset: number, length: number, at: (i: number) => Saying | undefined): Said {
  const sayings = Array.from({ length }, (_, i) => at(i));
  const values = new Float64Array(length).fill(Number.NaN);
  const shares = new Float64Array(length).fill(Number.NaN);
  let letters = '';
  for (let i = 0; i < length; i += 1) {
    const { value, quality, covered } = sayings[i] ?? {};
    const letter = quality === undefined ? undefined : LETTER[quality];
    if (value !== undefined && covered !== undefined && letter !== undefined) {
      values[i] = value;
      shares[i] = covered;
    }
    letters += letter ?? '-';
  }
  return {
    offset,
    intensity: pack(values),
    covered: shares.every(Number.isNaN) ? null : pack(shares),
    ...packPowers(length, (source, i) => sayings[i]?.powerMW(source) ?? Number.NaN),
    // `mmme-` is written `m3e-`.
    quality: letters.replace(/(.)\1+/g, (run, letter: string) => `${letter}${run.length}`),
  };
}

/** The quality of each slot of a block; `undefined` where it says nothing. */
export const qualitiesOf = ({ quality }: Pick<Block, 'quality'>): (Quality | undefined)[] =>
  Array.from(
    quality.replace(/(\D)(\d{1,5})/g, (_, letter: string, count: string) => letter.repeat(Number(count))),
    (letter) => QUALITY_OF.get(letter),
  );
