/**
 * Generation by source: megawatts of each slot, as they are kept beside the intensities that were computed from them.
 * Whole megawatts, source after source in one row of numbers, so that they pack as intensities do.
 *
 * @module
 */
import { FUELS } from './data/factors.ts';
import { pack, unpack } from './packing.ts';

/** In the order in which they are kept. Storage is none: what it gives back was generated before. */
export const SOURCES = [...FUELS, 'other'] as const;
export type Source = (typeof SOURCES)[number];

/** MW of each source that is known of, one a slot; `NaN` where a part of it is not published. */
export type Powers = ReadonlyMap<Source, Float64Array>;

/** The letter of each source in what is kept. */
const LETTER: Readonly<Record<Source, string>> = {
  coal: 'c',
  gas: 'g',
  oil: 'o',
  nuclear: 'n',
  hydro: 'h',
  wind: 'w',
  solar: 's',
  biomass: 'b',
  geothermal: 't',
  other: 'x',
};

export interface PackedPowers {
  /** A letter a source. */
  readonly sources: string | null;
  readonly power: Uint8Array | null;
}

/** Sources of which nothing is known in `length` slots are left out; `null` where that is all of them. */
export function packPowers(length: number, powerMW: (source: Source, slot: number) => number): PackedPowers {
  const known = SOURCES.flatMap((source) => {
    const values = Float64Array.from({ length }, (_, slot) => powerMW(source, slot));
    return values.every(Number.isNaN) ? [] : [{ source, values }];
  });
  if (known.length === 0) return { sources: null, power: null };
  const row = new Float64Array(known.length * length);
  known.forEach(({ values }, i) => {
    row.set(values, i * length);
  });
  return { sources: known.map(({ source }) => LETTER[source]).join(''), power: pack(row) };
}

/** What was packed. Throws `store/unusable` for what was not. */
export function unpackPowers({ sources, power }: PackedPowers): Powers {
  if (sources === null || power === null) return new Map();
  const row = unpack(power);
  const length = row.length / sources.length;
  return new Map(
    SOURCES.flatMap((source): [Source, Float64Array][] => {
      const place = sources.indexOf(LETTER[source]);
      return place === -1 ? [] : [[source, row.slice(place * length, (place + 1) * length)]];
    }),
  );
}

/** The powers of other slots: of slot i what `slotOf(i)` had; `NaN` where that is none of theirs. */
export const powersAt = (powers: Powers, length: number, slotOf: (i: number) => number): Powers =>
  new Map(
    Array.from(powers, ([source, values]) => [
      source,
      Float64Array.from({ length }, (_, i) => values[slotOf(i)] ?? Number.NaN),
    ]),
  );

/** Lays `values` of `source` into `powers` from slot `first` on, where they are known and have a place. */
export function layPower(
  powers: Map<Source, Float64Array>,
  length: number,
  source: Source,
  values: Float64Array,
  first: number,
): void {
  const laid = powers.get(source) ?? new Float64Array(length).fill(Number.NaN);
  powers.set(source, laid);
  values.forEach((value, i) => {
    if (!Number.isNaN(value) && first + i >= 0 && first + i < length) laid[first + i] = value;
  });
}
