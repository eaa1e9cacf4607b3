/**
 * From samples and factors to postings: the one rule by which emissions come about (docs/methods/accounting.md).
 * Pure, so that `verify` walks the same way again.
 *
 * @module
 */
import { divideHalfEven, exactEmissions, type Microjoules, micrograms, microjoules, splitExactly } from '../units.ts';
import type { Factor, Posting, Sample } from './entries.ts';
import { isLocationIntensity, type Piece, piecesOf } from './factor.ts';

/** Version of the rule below; a posting is recomputed by the rule it names. */
export const METHOD = 'location-average/1';

/**
 * The postings of `sample` in the location-based book.
 *
 * The interval is cut at every edge of the intensity and PUE in force; its energy is split over the pieces in proportion
 * to their length, exactly (largest remainder; constant power within a sample). Each piece posts
 *
 * - its IT energy with `exactEmissions(energy, mg/kWh)` on `location/it`, or, without an intensity, its energy with
 *   unknown emissions on `location/missing`;
 * - what the facility adds, `energy·(PUE − 1)` rounded half to even, on `location/overhead`, with the emissions of the
 *   facility's energy less those of the IT energy, so that the two add up to one multiplication. Without a PUE its
 *   energy and emissions are unknown (null), not zero; a PUE of 1 adds nothing and posts nothing.
 *
 * A sample without energy posts one unknown on `location/missing`.
 *
 * @param factors every factor recorded before the sample that may concern it, in the order of recording
 */
export function postingsOf(sample: Sample, factors: readonly Factor[]): Posting[] {
  const common = {
    workflowRun: sample.workflowRun,
    step: sample.step,
    sample: sample.id,
    basis: 'location-average',
    method: METHOD,
    reverses: null,
  } as const;
  if (sample.energy === null) {
    const unknown = { energy: null, emissions: null, intensityFactor: null, pueFactor: null } as const;
    const { start, end } = sample;
    return [{ ...common, ...unknown, id: `${sample.id}/0/missing`, account: 'location/missing', start, end }];
  }
  const intensities = factors.filter((factor) => factor.key === sample.zone && isLocationIntensity(factor));
  const pues = factors.filter((factor) => factor.key === sample.site && factor.kind === 'pue');
  const pieces = piecesOf(sample.start, sample.end, intensities, pues);
  const parts = splitExactly(
    sample.energy,
    pieces.map(({ start, end }) => end - start),
  );
  return pieces.flatMap((piece, i) => {
    const energy = microjoules(parts[i] ?? 0n);
    const { start, end, intensity, pue } = piece;
    const named = { ...common, start, end, intensityFactor: intensity?.id ?? null, pueFactor: pue?.id ?? null };
    const it: Posting = {
      ...named,
      id: `${sample.id}/${i}/it`,
      account: intensity === undefined ? 'location/missing' : 'location/it',
      energy,
      emissions: intensity === undefined ? null : exactEmissions(energy, intensity.value),
    };
    const overhead = overheadOf(energy, piece);
    if (overhead === 'none') return [it];
    return [it, { ...named, id: `${sample.id}/${i}/overhead`, account: 'location/overhead', ...overhead }];
  });
}

function overheadOf(energy: Microjoules, { intensity, pue }: Piece): Pick<Posting, 'energy' | 'emissions'> | 'none' {
  if (pue === undefined) return { energy: null, emissions: null };
  if (pue.value === 1000n) return 'none';
  const added = microjoules(divideHalfEven(energy * (pue.value - 1000n), 1000n));
  if (intensity === undefined) return { energy: added, emissions: null };
  const facility = exactEmissions(microjoules(energy + added), intensity.value);
  return { energy: added, emissions: micrograms(facility - exactEmissions(energy, intensity.value)) };
}
