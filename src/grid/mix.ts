/**
 * From generation by fuel to intensity: Σ power · factor / Σ power over the fuels that a factor set knows.
 *
 * What a slot does not say is not counted as zero: a type that the publisher usually has and a slot lacks, and a type
 * without a factor, lower the covered share; below {@link LEAST_COVERED} the slot is a gap. Storage is left out: what it
 * gives back was generated before.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { formatInstant, type Instant, type Millis } from '../units.ts';
import type { Fuel } from './data/factors.ts';
import type { Provenance, Series } from './series.ts';
import { floorTo, isPlausible, type Sample, type SeriesParts, seriesOver } from './slots.ts';

/** What a publisher's type of generation is here; `other` has no factor. */
export type MixFuel = Fuel | 'storage' | 'other';

/** Mean power of one type over the slot that begins at `start`, or its energy, the same for all of a series. */
export interface Output {
  readonly start: Instant;
  /** The publisher's name for it. */
  readonly type: string;
  readonly fuel: MixFuel;
  readonly powerMW: number;
  /** Its intensity, where the publisher says what it emitted; else that of the factor set. */
  readonly gPerKWh?: number;
}

export const LEAST_COVERED = 0.9;

/**
 * Plants use electricity themselves, so a type may be a little below zero; that counts as zero. Further below, the figure
 * is wrong (MW, the limits of the parsers of Electricity Maps).
 */
const LOWEST_MW: Readonly<Partial<Record<MixFuel, number>>> = {
  solar: -100,
  coal: -50,
  other: -50,
  gas: -20,
  wind: -20,
};
const LOWEST_OTHERWISE_MW = -10;
/** No type of one zone generates as much; it is another unit, or no figure at all. */
const HIGHEST_MW = 500_000;

/** Outputs that begin somewhere in slots of `step`, as outputs of those slots: of several moments in one the last. */
export function lastMoments(outputs: readonly Output[], step: Millis): Output[] {
  const last = new Map<Instant, Instant>();
  for (const { start } of outputs) {
    const slot = floorTo(start, step);
    if (start >= (last.get(slot) ?? slot)) last.set(slot, start);
  }
  return outputs.flatMap((output) => {
    const slot = floorTo(output.start, step);
    return last.get(slot) === output.start ? [{ ...output, start: slot }] : [];
  });
}

/** Slots as they were published: type → power. */
type Slots = ReadonlyMap<Instant, ReadonlyMap<string, Output>>;

function slotsOf(outputs: Iterable<Output>, provider: string): Slots {
  const slots = new Map<Instant, Map<string, Output>>();
  for (const output of outputs) {
    const slot = slots.get(output.start) ?? new Map<string, Output>();
    if (slot.has(output.type))
      throw new Failure('grid/invalid-data', `${provider}: ${output.type} comes twice`, {
        value: formatInstant(output.start),
      });
    slot.set(output.type, output);
    slots.set(output.start, slot);
  }
  return slots;
}

/** Mean of what each type generates when it is published as a figure that can be; storage left out. */
function usualOf(slots: Slots): ReadonlyMap<string, number> {
  const figures = new Map<string, { sum: number; count: number }>();
  for (const slot of slots.values()) {
    for (const { type, fuel, powerMW } of slot.values()) {
      if (fuel === 'storage' || Number.isNaN(powerMW)) continue;
      const { sum, count } = figures.get(type) ?? { sum: 0, count: 0 };
      const isFigure = powerMW <= HIGHEST_MW;
      figures.set(type, { sum: sum + (isFigure ? Math.max(0, powerMW) : 0), count: count + (isFigure ? 1 : 0) });
    }
  }
  return new Map([...figures].map(([type, { sum, count }]) => [type, count === 0 ? 0 : sum / count]));
}

const percent = (share: number): string => `${Math.floor(share * 100)} %`;

/** A factor set, or as much of one as is used. */
interface Factors {
  readonly id: string;
  readonly gPerKWh: Readonly<Partial<Record<Fuel, number>>>;
}

type Judged = { readonly value: number; readonly covered: number } | { readonly reason: string };

function judge(slot: ReadonlyMap<string, Output>, usual: ReadonlyMap<string, number>, factors: Factors): Judged {
  let known = 0;
  let emitted = 0;
  let rest = 0;
  const late: string[] = [];
  for (const [type, mean] of usual) {
    const output = slot.get(type);
    if (output === undefined || Number.isNaN(output.powerMW)) {
      rest += mean;
      if (mean > 0) late.push(type);
      continue;
    }
    const { fuel, powerMW } = output;
    const factor = output.gPerKWh ?? (fuel === 'other' || fuel === 'storage' ? undefined : factors.gPerKWh[fuel]);
    if (powerMW < (LOWEST_MW[fuel] ?? LOWEST_OTHERWISE_MW) || powerMW > HIGHEST_MW)
      return { reason: `${type} is said to be ${powerMW} MW` };
    if (factor !== undefined && !isPlausible(factor))
      return { reason: `${type} is said to emit ${Math.round(factor)} g/kWh` };
    const power = Math.max(0, powerMW);
    if (factor === undefined) rest += power;
    else {
      known += power;
      emitted += power * factor;
    }
  }
  if (known === 0) return { reason: 'no generation is published' };
  const covered = known / (known + rest);
  if (covered >= LEAST_COVERED) return { value: emitted / known, covered };
  const missing = late.length === 0 ? '' : `; not published: ${late.join(', ')}`;
  return { reason: `only ${percent(covered)} of generation is known by fuel${missing}` };
}

export interface MixParts extends Omit<SeriesParts, 'samples' | 'provenance'> {
  readonly outputs: Iterable<Output>;
  readonly factors: Factors;
  readonly provenance: Provenance;
}

/** The series of intensities computed from `outputs`, with the covered share of each slot. O(slots · types). */
export function mixSeries({ outputs, factors, ...parts }: MixParts): Series {
  const slots = slotsOf(outputs, parts.provenance.provider);
  const usual = usualOf(slots);
  const samples: Sample[] = [];
  const refused = new Map<Instant, string>();
  for (const [start, slot] of slots) {
    const judged = judge(slot, usual, factors);
    if ('reason' in judged) refused.set(start, judged.reason);
    else samples.push({ start, quality: 'measured', ...judged });
  }
  const least = samples.reduce((low, { covered = 1 }) => Math.min(low, covered), 1);
  const partly = `${parts.provenance.provider}: up to ${Math.round((1 - least) * 100)} % of generation is of no known fuel and left out`;
  return seriesOver({
    ...parts,
    samples: samples.sort((a, b) => a.start - b.start),
    provenance: { ...parts.provenance, factors: factors.id },
    reason: (start) => refused.get(start) ?? parts.reason(start),
    warnings: [...(parts.warnings ?? []), ...(least < 0.995 ? [partly] : [])],
  });
}
