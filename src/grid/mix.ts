/**
 * From generation by fuel to intensity: Σ power · factor / Σ power over the fuels that a factor set knows.
 *
 * What a slot does not say is not counted as zero: a type that the publisher usually has and a slot lacks, a type without
 * a factor, and a fuel that the year has and the publisher never names, lower the covered share; below
 * {@link LEAST_COVERED} the slot is a gap. Storage is left out: what it gives back was generated before.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { DAY, formatInstant, HOUR, type Instant, type Millis } from '../units.ts';
import type { Fuel } from './data/factors.ts';
import type { Source } from './powers.ts';
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

/** A fuel that makes less of a year may rest for days. */
const LEAST_OF_YEAR = 0.05;
/** Without it for so long the sun may be below the horizon. */
const LONG_ENOUGH = DAY;

/**
 * A fall of generation by this part of all of it looks like figures that are not complete. It may be true (a plant that
 * trips, a blackout) and is believed when it lasts longer; water alone rises and falls as fast day by day.
 */
const DOUBTFUL_FALL = 0.4;
const LONGEST_DOUBT = 3 * HOUR;

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

/** What a type usually is. */
interface Usual {
  readonly source: Source;
  readonly meanMW: number;
}

/** Mean of what each type generates when it is published as a figure that can be; storage left out. */
function usualOf(slots: Slots): ReadonlyMap<string, Usual> {
  const figures = new Map<string, { source: Source; sum: number; count: number }>();
  for (const slot of slots.values()) {
    for (const { type, fuel, powerMW } of slot.values()) {
      if (fuel === 'storage' || Number.isNaN(powerMW)) continue;
      const { sum, count } = figures.get(type) ?? { sum: 0, count: 0 };
      const isFigure = powerMW <= HIGHEST_MW;
      figures.set(type, {
        source: fuel,
        sum: sum + (isFigure ? Math.max(0, powerMW) : 0),
        count: count + (isFigure ? 1 : 0),
      });
    }
  }
  return new Map(
    [...figures].map(([type, { source, sum, count }]) => [type, { source, meanMW: count === 0 ? 0 : sum / count }]),
  );
}

const percent = (share: number): string => `${Math.floor(share * 100)} %`;
const ofYear = (share: number): string => `${Math.round(share * 100)} %`;

/** A factor set, or as much of one as is used. */
interface Factors {
  readonly id: string;
  readonly gPerKWh: Readonly<Partial<Record<Fuel, number>>>;
}

/** A fuel of which nothing is published, and what it makes of a year's generation. */
type Absent = readonly [fuel: string, share: number];

/** What may stand under a type without a factor: oil shale, peat, waste, "other". */
const MAY_BE_OTHER: ReadonlySet<string> = new Set(['coal', 'gas', 'oil', 'biomass', 'geothermal']);

/** What the year has and no slot names. Nothing is missed before a day is told. */
function absentOf(slots: Slots, yearly: MixParts['yearly'] = {}): Absent[] {
  const starts = [...slots.keys()];
  const span = starts.reduce((a, b) => Math.max(a, b), 0) - starts.reduce((a, b) => Math.min(a, b), Number.MAX_VALUE);
  if (span < LONG_ENOUGH) return [];
  const named = new Set<string>();
  for (const slot of slots.values())
    for (const { fuel, powerMW } of slot.values())
      if (powerMW > 0 || (powerMW <= 0 && fuel !== 'other')) named.add(fuel);
  return Object.entries(yearly).filter(
    ([fuel, share]) => share >= LEAST_OF_YEAR && !named.has(fuel) && !(MAY_BE_OTHER.has(fuel) && named.has('other')),
  );
}

interface Known {
  readonly value: number;
  readonly covered: number;
  /** All generation of the slot, and what of it is no hydro power. */
  readonly totalMW: number;
  readonly firmMW: number;
  /** Whole MW; `NaN` where a type of the source is late. */
  readonly powerMW: ReadonlyMap<Source, number>;
}
type Judged = Known | { readonly reason: string };

function judge(
  slot: ReadonlyMap<string, Output>,
  usual: ReadonlyMap<string, Usual>,
  absent: readonly Absent[],
  factors: Factors,
): Judged {
  let known = 0;
  let emitted = 0;
  let rest = 0;
  let hydroMW = 0;
  const late: string[] = [];
  const bySource = new Map<Source, number>();
  for (const [type, { source, meanMW }] of usual) {
    const add = (powerMW: number): unknown => bySource.set(source, (bySource.get(source) ?? 0) + powerMW);
    const output = slot.get(type);
    if (output === undefined || Number.isNaN(output.powerMW)) {
      rest += meanMW;
      if (meanMW === 0) continue;
      late.push(type);
      add(Number.NaN);
      continue;
    }
    const { fuel, powerMW } = output;
    const factor = output.gPerKWh ?? (fuel === 'other' || fuel === 'storage' ? undefined : factors.gPerKWh[fuel]);
    if (powerMW < (LOWEST_MW[fuel] ?? LOWEST_OTHERWISE_MW) || powerMW > HIGHEST_MW)
      return { reason: `${type} is said to be ${powerMW} MW` };
    if (factor !== undefined && !isPlausible(factor))
      return { reason: `${type} is said to emit ${Math.round(factor)} g/kWh` };
    const power = Math.max(0, powerMW);
    add(power);
    if (fuel === 'hydro') hydroMW += power;
    if (factor === undefined) rest += power;
    else {
      known += power;
      emitted += power * factor;
    }
  }
  if (known === 0) return { reason: 'no generation is published' };
  const totalMW = known + rest;
  const covered = Math.min(
    known / totalMW,
    absent.reduce((left, [, share]) => left - share, 1),
  );
  const powerMW = new Map([...bySource].map(([source, power]) => [source, Math.round(power)]));
  if (covered >= LEAST_COVERED) return { value: emitted / known, covered, totalMW, firmMW: totalMW - hydroMW, powerMW };
  const unsaid = [...late, ...absent.map(([fuel, share]) => `${fuel} (${ofYear(share)} of a year)`)];
  const missing = unsaid.length === 0 ? '' : `; not published: ${unsaid.join(', ')}`;
  return { reason: `only ${percent(covered)} of generation is known by fuel${missing}` };
}

type KnownSlot = Known & { readonly start: Instant };

/** The slots of falls that are over, or not yet told further, within {@link LONGEST_DOUBT}. Slots ascend; O(n). */
function fallsOf(slots: readonly KnownSlot[]): ReadonlySet<KnownSlot> {
  const doubted: KnownSlot[] = [];
  let before: KnownSlot | undefined;
  let fallen: KnownSlot[] = [];
  for (const slot of slots) {
    const isFallen = before !== undefined && before.firmMW - slot.firmMW > DOUBTFUL_FALL * before.totalMW;
    if (isFallen && slot.start - (before?.start ?? 0) <= LONGEST_DOUBT) {
      fallen.push(slot);
      continue;
    }
    if (!isFallen) doubted.push(...fallen);
    fallen = [];
    before = slot;
  }
  return new Set([...doubted, ...fallen]);
}

export interface MixParts extends Omit<SeriesParts, 'samples' | 'provenance'> {
  readonly outputs: Iterable<Output>;
  readonly factors: Factors;
  readonly provenance: Provenance;
  /** What each fuel makes of a year's generation of the whole zone, 0 to 1, where the publisher should name them all. */
  readonly yearly?: Readonly<Partial<Record<Fuel, number>>>;
}

/**
 * The series of intensities computed from `outputs`, with the covered share of each slot. Outputs before the range tell
 * what is usual. O(slots · types).
 */
export function mixSeries({ outputs, factors, yearly, ...parts }: MixParts): Series {
  const { provider } = parts.provenance;
  const slots = slotsOf(outputs, provider);
  const usual = usualOf(slots);
  const absent = absentOf(slots, yearly);
  const known: KnownSlot[] = [];
  const refused = new Map<Instant, string>();
  for (const [start, slot] of slots) {
    const judged = judge(slot, usual, absent, factors);
    if ('reason' in judged) refused.set(start, judged.reason);
    else known.push({ start, ...judged });
  }
  known.sort((a, b) => a.start - b.start);
  const falls = fallsOf(known);
  const asked = known.filter(({ start }) => start > parts.range.start - parts.step && start < parts.range.end);
  const samples = asked.map((slot): Sample => {
    const { start, value, covered, powerMW } = slot;
    return { start, value, covered, powerMW, quality: falls.has(slot) ? 'estimated' : 'measured' };
  });
  const least = asked.reduce((low, { covered }) => Math.min(low, covered), 1);
  const fall = asked.find((slot) => falls.has(slot));
  const warnings = [
    ...absent.map(
      ([fuel, share]) => `nothing is published of ${fuel}, which makes ${ofYear(share)} of a year's generation`,
    ),
    ...(least < 0.995
      ? [`up to ${Math.round((1 - least) * 100)} % of generation is of no known fuel and left out`]
      : []),
    ...(fall === undefined
      ? []
      : [
          `generation falls by more than ${percent(DOUBTFUL_FALL)} at ${formatInstant(fall.start)}: it may be incomplete`,
        ]),
  ];
  return seriesOver({
    ...parts,
    samples,
    provenance: { ...parts.provenance, factors: factors.id },
    reason: (start) => refused.get(start) ?? parts.reason(start),
    warnings: [...(parts.warnings ?? []), ...warnings.map((warning) => `${provider}: ${warning}`)],
  });
}
