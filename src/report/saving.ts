/**
 * What run-now would have emitted with the energy that was measured, and whether the difference can be told from zero
 * (docs/methods/accounting.md, "Saving").
 *
 * @module
 */
import type { Factor } from '../ledger/index.ts';
import { type Grams, grams, microjoulesToKWh, Z90 } from '../units.ts';
import type { ReceiptInput, StepFacts, Stretch } from './facts.ts';
import type { Receipt } from './receipt.ts';
import { lengthOf, shareIn, union } from './stretches.ts';

/**
 * Part of the variance of an intensity's error that is common to a whole series (a wrong emission factor of a fuel);
 * the rest fades with the distance of two hours. Both numbers are assumptions until measured.
 */
const COMMON_SHARE = 0.5;
const FADING_MS = 6 * 3_600_000;

/** Relative error of a sum of doubles that is taken for zero. */
const ROUNDING = 1e-9;
/** Each posting is rounded to a whole microjoule. */
const MICROJOULE_KWH = 1 / 3.6e12;
/**
 * Percent below which a difference is not told from zero, whatever the intervals say: starting later than written by the
 * latency of a look, and energy laid evenly over an hour, make as much.
 */
const LEAST_PERCENT = 0.5;

/** Grams by intensity factor. */
type ByFactor = ReadonlyMap<string, number>;

/**
 * Emissions of run-now, settled: the energy that was measured while each step's kept runs really ran, less what its
 * pauses cost, laid evenly over the interval in which run-now would have run it (by the length that it really took), at
 * the intensities met there, with the PUE of its site.
 * Energy whose own intensity is unknown is left out, as it is from the actual emissions. `undefined` when an intensity
 * is unknown where energy is to be laid.
 *
 * @param signal the one signal that both sides are counted in; another one is not known
 * @param grain stretches shorter than this (ms) between a meter's reading and the run are the meter's own
 */
export function settle(input: ReceiptInput, grain: number, signal: string | undefined): ByFactor | undefined {
  const settled = new Map<string, number>();
  const factors = new Map(input.factors.map((factor) => [factor.id, factor]));
  for (const planned of input.counterfactual.steps) {
    const facts = input.facts.steps.find(({ step }) => step === planned.step);
    const energyKWh = facts === undefined ? 0 : usefulEnergy(input, facts, grain);
    if (energyKWh === 0) continue;
    const pieces = input.settling[planned.step] ?? [];
    const length = pieces.reduce((sum, piece) => sum + (piece.end - piece.start), 0);
    if (length <= 0) return undefined;
    for (const piece of pieces) {
      const factor = piece.factor === null ? undefined : factors.get(piece.factor);
      if (factor === undefined || signalKey(factor) !== signal) return undefined;
      const facilityKWh = ((energyKWh * (piece.end - piece.start)) / length) * (planned.pueMilli / 1000);
      add(settled, factor.id, facilityKWh * intensityG(factor));
    }
  }
  return settled;
}

/** kWh at the plug that run-now would have needed as well. */
function usefulEnergy(input: ReceiptInput, facts: StepFacts, grain: number): number {
  const kept = new Map(facts.runs.filter((run) => run.kept).map((run) => [run.run, union(run.stretches)]));
  const runOf = new Map(input.samples.map((sample) => [sample.id, sample.run]));
  let energyKWh = 0;
  for (const posting of input.postings) {
    if (posting.step !== facts.step || posting.account !== 'location/it' || posting.energy === null) continue;
    const stretches = kept.get(runOf.get(posting.sample) ?? '');
    if (stretches === undefined) continue;
    energyKWh += microjoulesToKWh(posting.energy) * runningShare(posting, stretches, grain);
  }
  const ran = lengthOf([...kept.values()].flat());
  const lost = facts.pauses * facts.pauseCost;
  return ran > 0 ? energyKWh * Math.max(0, 1 - lost / ran) : energyKWh;
}

function runningShare({ start, end }: Stretch, stretches: readonly Stretch[], grain: number): number {
  const share = shareIn(start, end, stretches);
  return share > 0 && (1 - share) * (end - start) <= grain ? 1 : share;
}

/**
 * What was emitted, by intensity factor. Without the rounding of each posting to whole micrograms, which the settled
 * side does not have: over many small postings it would look like a saving.
 */
export function actualByFactor(input: ReceiptInput, signal: string | undefined): ByFactor {
  const actual = new Map<string, number>();
  const factors = new Map(input.factors.map((factor) => [factor.id, factor]));
  for (const { energy, emissions, intensityFactor } of input.postings) {
    const factor = factors.get(intensityFactor ?? '');
    if (energy === null || emissions === null || factor === undefined || signalKey(factor) !== signal) continue;
    add(actual, factor.id, microjoulesToKWh(energy) * intensityG(factor));
  }
  return actual;
}

export const totalG = (byFactor: ByFactor): Grams => grams([...byFactor.values()].reduce((a, b) => a + b, 0));

/**
 * The saving with its p10 and p90.
 *
 * The percentage is uncertain only through intensity errors that do not cancel between the two sides: the same hour on
 * both sides cancels, an error common to the series cancels, and so does the energy's error, which scales both. The grams
 * are scaled by the level's and the energy's errors too. Linear in the errors; not distinguishable when an interval
 * contains zero.
 *
 * @param energySigma σ of ln(energy)
 * @param postings how many roundings are in the actual side
 */
export function savingOf(
  settled: ByFactor,
  actual: ByFactor,
  factors: readonly Factor[],
  energySigma: number,
  postings: number,
): NonNullable<Receipt['saving']> {
  const before = totalG(settled);
  const rest = before - totalG(actual);
  // What is left of two equal sums of doubles is no saving.
  const rounding =
    postings * MICROJOULE_KWH * Math.max(0, ...factors.filter(({ id }) => actual.has(id)).map(intensityG));
  const saved = Math.abs(rest) <= Math.max(ROUNDING * before, rounding) ? 0 : rest;
  const ratio = saved / before;
  const used = factors.filter(({ id }) => settled.has(id) || actual.has(id));
  const difference = used.map(({ id }) => (settled.get(id) ?? 0) - (actual.get(id) ?? 0));
  const relative = used.map(({ id }, i) => ((difference[i] ?? 0) - ratio * (settled.get(id) ?? 0)) / before);
  const deviationG = Z90 * deviation(used, difference);
  const deviationPercent = 100 * Z90 * deviation(used, relative);
  const percent = { expected: 100 * ratio, low: 100 * ratio - deviationPercent, high: 100 * ratio + deviationPercent };
  const mass = scaledBand(saved, deviationG, Z90 * energySigma);
  return {
    grams: { expected: grams(saved), low: grams(mass.low), high: grams(mass.high) },
    percent,
    distinguishable: Math.abs(percent.expected) >= LEAST_PERCENT && apart(percent) && apart(mass),
  };
}

const apart = ({ low, high }: { readonly low: number; readonly high: number }): boolean => low > 0 || high < 0;

/** Standard deviation of Σ weight·error over correlated intensity errors. */
function deviation(factors: readonly Factor[], weights: readonly number[]): number {
  let variance = 0;
  for (const [i, a] of factors.entries()) {
    for (const [j, b] of factors.entries()) {
      variance += (weights[i] ?? 0) * (weights[j] ?? 0) * Math.log(a.gsd) * Math.log(b.gsd) * correlation(a, b);
    }
  }
  // Differences that cancel leave a remainder of rounding, on either side of zero.
  return Math.sqrt(Math.max(0, variance));
}

function correlation(a: Factor, b: Factor): number {
  if (a.id === b.id) return 1;
  if (a.key !== b.key || a.source !== b.source) return 0;
  return COMMON_SHARE + (1 - COMMON_SHARE) * Math.exp(-Math.abs(a.validFrom - b.validFrom) / FADING_MS);
}

/** value ± width, of which all is multiplied by a log-normal factor with p90 = exp(spread). */
function scaledBand(value: number, width: number, spread: number): { readonly low: number; readonly high: number } {
  const low = value - width;
  const high = value + width;
  if (value > 0 && low > 0) {
    return {
      low: value * Math.exp(-Math.hypot(Math.log(value / low), spread)),
      high: value * Math.exp(Math.hypot(Math.log(high / value), spread)),
    };
  }
  if (high < 0) {
    const mirrored = scaledBand(-value, width, spread);
    return { low: -mirrored.high, high: -mirrored.low };
  }
  return { low: low * Math.exp(spread), high: high * Math.exp(spread) };
}

/** Names the signal of an intensity: kind, basis, scope and gas. */
export const signalKey = ({ signal }: Factor): string =>
  signal === null ? 'unknown' : `${signal.kind}/${signal.basis}/${signal.scope}/${signal.gas}`;

export const intensityG = (factor: Factor): number => Number(factor.value) / 1000;

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
