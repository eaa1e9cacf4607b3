/**
 * What past runs of a step say about the next one: how long it runs, and what it draws. Formulae, their sources and
 * what they were measured to hold are in `docs/methods/learning.md`.
 *
 * @module
 */
import { MINUTE, millis, SECOND, watts } from '../units.ts';
import type { Learned, LearnedPower, Length } from '../workload/index.ts';

/** One run of a step from its start to its end, over all its pauses. */
export interface PastRun {
  /** When it ended; the order alone counts. */
  readonly endedAt: number;
  /** Running time in ms, without pauses, checkpoints and restarts. */
  readonly work: number;
  /** Somebody ended it: it would have run for longer. */
  readonly cut: boolean;
  /** Mean power at the plug while it ran, and the meter's geometric standard deviation; absent where it has gaps. */
  readonly power: { readonly watts: number; readonly gsd: number } | undefined;
}

/** What is taken for the power of a step that nobody has measured. */
export interface PowerPrior {
  readonly watts: number;
  /** Its owner said so; else it is the machine model's, at full load. */
  readonly declared: boolean;
}

/** Sites of one kind of hardware, and what ran on it. */
export interface PastPlace {
  readonly sites: readonly string[];
  readonly runs: readonly PastRun[];
  readonly prior: PowerPrior;
}

/** Geometric standard deviation of the energy of a step whose power was declared. */
export const DECLARED_GSD = 1.2;

/** Fewer runs that ended well than this say nothing. */
const FEWEST_RUNS = 3;
/** A run counts half as much as one that came so many runs later. */
const HALF_LIFE = 20;
/** How many runs a declared median is worth. */
const DECLARED_WORTH = 3;
/** With too few runs for a p90, and no declared length that they kept to, guards leave room for so many times the longest. */
const CAUTION = 2;
/** A run that is longer than was declared by less than this has kept to it. */
const TOLERANCE = 1.05;
/** Spread of power from run to run, as a logarithm, before any is seen, and how many runs that is worth. */
const PRIOR_SPREAD = Math.log(1.2);
const SPREAD_WORTH = 3;
/** How far the load of a step is from a full one, as a logarithm: what the machine model's power leaves open. */
const UNKNOWN_LOAD = Math.log(2);

/**
 * What runs say of a step, the slowest kind of hardware counting for its length; `undefined` with fewer than three runs
 * that ended well everywhere. O(runs · log runs).
 *
 * @param declared the length that its owner wrote
 */
export function learn(places: readonly PastPlace[], declared: Length | undefined): Learned | undefined {
  const known = places.filter(({ runs }) => wholeOf(runs).length >= FEWEST_RUNS);
  if (known.length === 0) return undefined;
  const unknown = known.length < places.length && declared !== undefined ? [{ ...declared, tellsP90: false }] : [];
  const lengths = [...known.map(({ runs }) => learnLength(runs, declared)), ...unknown];
  const whole = known.reduce((sum, { runs }) => sum + wholeOf(runs).length, 0);
  const powers = known.flatMap(({ sites, runs, prior }) => {
    const power = learnPower(runs, prior);
    return power === undefined ? [] : sites.map((site) => [site, power] as const);
  });
  return {
    runs: whole,
    cut: known.reduce((sum, { runs }) => sum + runs.length, 0) - whole,
    length: {
      p50: millis(Math.max(...lengths.map(({ p50 }) => p50))),
      p90: millis(Math.max(...lengths.map(({ p90 }) => p90))),
    },
    tellsP90: lengths.every(({ tellsP90 }) => tellsP90),
    power: Object.fromEntries(powers),
  };
}

const wholeOf = (runs: readonly PastRun[]): readonly PastRun[] => runs.filter(({ cut }) => !cut);

/**
 * Median and p90 of the next run's length, in ms, on a grain of at most a twentieth (p90 rounded up).
 *
 * p90 is that of the runs as soon as it can be told from them whatever their distribution; before, it is the declared
 * one, or twice the longest run where none was declared or a run was longer. The median is drawn towards the declared one
 * by credibility.
 *
 * @param runs at least one that was not cut
 */
export function learnLength(
  runs: readonly PastRun[],
  declared: Length | undefined,
): Length & { readonly tellsP90: boolean } {
  const weighed = byAge(runs).map(({ work, cut, weight }) => ({ value: work, cut, weight }));
  const longest = Math.max(...runs.map(({ work }) => work));
  const isKept = declared !== undefined && longest <= TOLERANCE * declared.p90;
  const cautious = isKept ? Math.max(declared.p90, longest) : CAUTION * longest;
  // The next run has weight 1 and may be longer than all: so is what lies below exceeded in one case of ten at most.
  const told = quantile(weighed, 0.9, 1);
  const p90 = told ?? cautious;
  const seen = quantile(weighed, 0.5) ?? longest;
  const weight = weighed.reduce((sum, one) => sum + (one.cut ? 0 : one.weight), 0);
  const share = declared === undefined ? 1 : weight / (weight + DECLARED_WORTH);
  const p50 = Math.exp(share * Math.log(seen) + (1 - share) * Math.log(declared?.p50 ?? seen));
  const upper = Math.ceil(p90 / grainOf(p90)) * grainOf(p90);
  const middle = Math.max(1, Math.round(p50 / grainOf(p50))) * grainOf(p50);
  return { p50: millis(Math.min(middle, upper)), p90: millis(upper), tellsP90: told !== undefined };
}

/** With the weight of its age, the newest first. */
const byAge = (runs: readonly PastRun[]): readonly (PastRun & { readonly weight: number })[] =>
  [...runs]
    .sort((a, b) => b.endedAt - a.endedAt || a.work - b.work)
    .map((run, age) => ({ ...run, weight: 2 ** (-age / HALF_LIFE) }));

interface Weighed {
  readonly value: number;
  readonly weight: number;
  /** It would have been larger. */
  readonly cut?: boolean;
}

/**
 * The least of the values that a share q of the weight does not exceed, by a weighted Kaplan–Meier curve, with a weight
 * `beyond` that is larger than all of them; `undefined` where it lies beyond.
 */
function quantile(values: readonly Weighed[], q: number, beyond = 0): number | undefined {
  const ascending = [...values].sort((a, b) => a.value - b.value || Number(a.cut ?? false) - Number(b.cut ?? false));
  let atRisk = ascending.reduce((sum, { weight }) => sum + weight, beyond);
  let larger = 1;
  for (const { value, cut = false, weight } of ascending) {
    if (!cut) larger *= 1 - weight / atRisk;
    if (!cut && 1 - larger >= q - 1e-12) return value;
    atRisk -= weight;
  }
  return undefined;
}

/** Lengths lie on few different values, so that the ticks of a plan stay coarse. */
const GRAINS = [15 * MINUTE, 5 * MINUTE, MINUTE, 15 * SECOND, 5 * SECOND];

const grainOf = (length: number): number => GRAINS.find((grain) => grain <= length / 20) ?? SECOND;

/**
 * Mean power of the next run: the weighted median of those that were measured, drawn towards the prior by the inverse of
 * the variances of both, in logarithms. What all runs share, the error of their meter, does not shrink with their number.
 */
export function learnPower(runs: readonly PastRun[], prior: PowerPrior): LearnedPower | undefined {
  const measured = byAge(wholeOf(runs)).flatMap(({ power, weight }) =>
    power === undefined ? [] : [{ value: Math.log(power.watts), gsd: power.gsd, weight }],
  );
  if (measured.length < FEWEST_RUNS) return undefined;
  const weight = measured.reduce((sum, one) => sum + one.weight, 0);
  const log = (q: number): number => quantile(measured, q) ?? Number.NaN;
  const middle = log(0.5);
  // Two thirds of a normal variable lie within a standard deviation of its middle, whatever the last sixths do.
  const deviation = (log(0.84) - log(0.16)) / 2;
  const spread2 = (SPREAD_WORTH * PRIOR_SPREAD ** 2 + weight * deviation ** 2) / (SPREAD_WORTH + weight);
  const meter2 = measured.reduce((sum, one) => sum + one.weight * Math.log(one.gsd) ** 2, 0) / weight;
  // An owner's word and a meter err apart; the machine model errs as a meter that rests on it, and leaves the load open.
  const [prior2, against2] = prior.declared ? [Math.log(DECLARED_GSD) ** 2, meter2] : [UNKNOWN_LOAD ** 2, 0];
  const seen2 = against2 + spread2 / weight;
  const share = prior2 / (prior2 + seen2);
  const variance = share * seen2 + (meter2 - against2) + spread2;
  return {
    watts: watts(Math.exp(share * middle + (1 - share) * Math.log(prior.watts))),
    gsd: Math.exp(Math.sqrt(variance)),
    runs: measured.length,
  };
}
