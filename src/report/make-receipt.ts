/**
 * Makes the receipt of a workflow run. Sums are exact until they are shown; nothing is rounded here.
 *
 * @module
 */

import { writeDuration } from '../figures.ts';
import type { Factor, Posting, Sample } from '../ledger/index.ts';
import {
  grams,
  instant,
  kilowattHours,
  micrograms,
  microgramsToGrams,
  microjoules,
  microjoulesToKWh,
  millis,
} from '../units.ts';
import { coverageOf } from './coverage.ts';
import type { ReceiptFacts, ReceiptInput, StepFacts } from './facts.ts';
import type { Receipt, ReceiptRow, ReceiptStep } from './receipt.ts';
import { actualByFactor, intensityG, savingOf, settle, signalKey, totalG } from './saving.ts';
import { type Band, spreadOfSum, type Term } from './spread.ts';
import { lengthOf, shareIn, union } from './stretches.ts';

/** Real time between a meter's reading and what it reads that is nobody's fault. */
const GRAIN_MS = 1_000;
/** Above this part of the running time or of the energy without figures, no saving is claimed. */
const UNKNOWN_ALLOWED = 0.1;

/** The receipt, from facts of the run and its rows of the ledger. Pure; same input, same receipt. */
export function receipt(input: ReceiptInput): Receipt {
  const { facts, counterfactual } = input;
  const index = indexOf(input);
  const grain = GRAIN_MS * Math.max(1, facts.speed);
  const { sigma, ...energies } = energiesOf(index);
  const coverage = coverageOf(input, grain);
  const location = locationOf(index);
  const settled = settle(input, grain, index.signal);
  const doubts = doubtsOf(input, index, coverage.coveragePercent, settled, grain);
  const actual = actualByFactor(input, index.signal);
  return {
    schemaVersion: 1,
    id: input.id,
    workflowRun: input.workflowRun,
    workflow: facts.workflow,
    outcome: facts.outcome,
    deadline: facts.deadline,
    early: millis(facts.deadline - facts.end),
    start: facts.submittedAt,
    end: facts.end,
    speed: facts.speed,
    steps: facts.steps.map((step) => stepOf(step, index)),
    strip: stripOf(facts),
    energy: { ...energies, ...coverage },
    emissions: { location },
    baseline: {
      name: counterfactual.name,
      writtenAt: counterfactual.writtenAt,
      expectedG: counterfactual.emissionsG,
      settledG: settled === undefined || location === null || facts.outcome !== 'done' ? null : totalG(settled),
    },
    saving:
      doubts === null && settled !== undefined
        ? savingOf(settled, actual, input.factors, sigma, input.postings.length)
        : null,
    savingWithheld: doubts,
    perUnit: perUnitOf(facts, location),
    signals: signalsOf(index),
    rows: rowsOf(index),
    events: input.events,
    notes: [...facts.notes, ...notesOf(index), ...facts.steps.flatMap((step) => overrunOf(step, grain) ?? [])],
    chain: input.chain,
  };
}

interface Index {
  readonly samples: readonly Sample[];
  readonly postings: readonly Posting[];
  readonly sample: ReadonlyMap<string, Sample>;
  readonly factor: ReadonlyMap<string, Factor>;
  /** The one signal that emissions are summed in: that of most of the energy. Others are told, never added. */
  readonly signal: string | undefined;
}

function indexOf({ samples, postings, factors }: ReceiptInput): Index {
  const factor = new Map(factors.map((one) => [one.id, one]));
  const energies = new Map<string, bigint>();
  for (const posting of postings) {
    const intensity = factor.get(posting.intensityFactor ?? '');
    if (intensity === undefined) continue;
    energies.set(signalKey(intensity), (energies.get(signalKey(intensity)) ?? 0n) + (posting.energy ?? 0n));
  }
  const [most] = [...energies].sort(([, a], [, b]) => (a === b ? 0 : a > b ? -1 : 1));
  return {
    samples,
    postings,
    sample: new Map(samples.map((sample) => [sample.id, sample])),
    factor,
    signal: most?.[0],
  };
}

/** Emissions that are summed: those of the one signal. */
const isCounted = (index: Index, posting: Posting): boolean => {
  const factor = factorOf(index, posting.intensityFactor);
  return posting.emissions !== null && factor !== undefined && signalKey(factor) === index.signal;
};

const factorOf = (index: Index, id: string | null): Factor | undefined =>
  id === null ? undefined : index.factor.get(id);

const sumKWh = (rows: readonly { readonly energy: bigint | null }[]) =>
  microjoulesToKWh(microjoules(rows.reduce((sum, { energy }) => sum + (energy ?? 0n), 0n)));

const sumG = (postings: readonly Posting[]) =>
  microgramsToGrams(micrograms(postings.reduce((sum, { emissions }) => sum + (emissions ?? 0n), 0n)));

/** Every reading of one meter errs together: its model or its sensor is the same. */
const meterCause = (sample: Sample): Term['causes'] => ({ [`meter ${sample.meter}`]: Math.log(sample.gsd) });

function energiesOf(index: Index): Omit<Receipt['energy'], 'coveragePercent' | 'missing'> & { readonly sigma: number } {
  const known = index.samples.filter((sample) => sample.energy !== null);
  const it = sumKWh(known);
  const overheads = index.postings.filter((posting) => posting.account === 'location/overhead');
  const overhead = sumKWh(overheads);
  const itBand = spreadOfSum(known.map((sample) => ({ value: sumKWh([sample]), causes: meterCause(sample) })));
  const overheadBand = spreadOfSum(overheads.map((posting) => overheadTerm(index, posting)));
  return {
    it: { expected: it, ...kWhBand(itBand) },
    overhead: { expected: overhead, ...kWhBand(overheadBand) },
    pue: pueOf(index, it, overhead),
    tiers: [...new Set(known.map(({ tier }) => tier))].sort(),
    meters: [...new Set(known.map(({ meter }) => meter))].sort(),
    sigma: itBand.sigma,
  };
}

const kWhBand = ({ low, high }: Band) => ({ low: kilowattHours(low), high: kilowattHours(high) });

/** What the facility adds is energy·(PUE − 1): the same error of the PUE weighs more on it than on the whole. */
function overheadTerm(index: Index, posting: Posting): Term {
  const sample = index.sample.get(posting.sample);
  const pue = factorOf(index, posting.pueFactor);
  const causes = { ...(sample === undefined ? {} : meterCause(sample)) };
  if (pue !== undefined && pue.value > 1000n) {
    const value = Number(pue.value) / 1000;
    const relative = (value * Math.sqrt(Math.expm1(Math.log(pue.gsd) ** 2))) / (value - 1);
    causes[`pue ${pue.key}`] = Math.sqrt(Math.log1p(relative * relative));
  }
  return { value: sumKWh([posting]), causes };
}

function pueOf(index: Index, itKWh: number, overheadKWh: number): number {
  const values = new Set(index.postings.map((posting) => factorOf(index, posting.pueFactor)?.value));
  values.delete(undefined);
  const [only] = values;
  if (values.size === 1 && only !== undefined) return Number(only) / 1000;
  return itKWh > 0 ? (itKWh + overheadKWh) / itKWh : 1;
}

/** σ² = σ²(energy) + σ²(PUE) + σ²(intensity) for each posting; what comes from one meter, site or series errs together. */
function locationOf(index: Index): Receipt['emissions']['location'] {
  const known = index.postings.filter((posting) => isCounted(index, posting));
  if (known.length === 0) return null;
  const band = spreadOfSum(
    known.map((posting) => {
      const sample = index.sample.get(posting.sample);
      const intensity = factorOf(index, posting.intensityFactor);
      const pue = factorOf(index, posting.pueFactor);
      const causes = { ...(sample === undefined ? {} : meterCause(sample)) };
      if (intensity !== undefined) causes[`intensity ${intensity.key} ${intensity.source}`] = Math.log(intensity.gsd);
      if (pue !== undefined) causes[`pue ${pue.key}`] = Math.log(pue.gsd);
      return { value: sumG([posting]), causes };
    }),
  );
  return { expected: sumG(known), low: grams(band.low), high: grams(band.high) };
}

/** Why no saving may be claimed, or null. */
function doubtsOf(
  { facts, samples, counterfactual }: ReceiptInput,
  index: Index,
  coveragePercent: number,
  settled: ReadonlyMap<string, number> | undefined,
  grain: number,
): string | null {
  if (facts.outcome !== 'done') return 'the run did not end well, so it cannot be compared with one that does';
  const energies = index.postings.filter((posting) => posting.account !== 'location/overhead');
  const known = sumKWh(energies.filter((posting) => isCounted(index, posting)));
  const all = sumKWh(energies);
  if (all === 0) return 'no energy was measured';
  if (coveragePercent < 100 * (1 - UNKNOWN_ALLOWED)) {
    return `no meter saw ${Math.round(100 - coveragePercent)} % of the running time`;
  }
  if (all - known > UNKNOWN_ALLOWED * all) {
    return `no intensity is known for ${Math.round((100 * (all - known)) / all)} % of the energy`;
  }
  if (samples.some(({ start }) => start < counterfactual.writtenAt)) {
    return 'something was measured before the baseline was written; the clock may have been set back';
  }
  const levels = index.postings.map((posting) => factorOf(index, posting.intensityFactor)?.quality);
  if (facts.use !== 'level' || levels.includes('modelled') || levels.includes('yearly-average')) {
    return 'the grid is known by its yearly average only, which does not tell one hour from another';
  }
  const overran = facts.steps.find((step) => step.pauses > 0 && overrunOf(step, grain) !== undefined);
  if (overran !== undefined) {
    return `${overran.step} paused and ran longer than expected, so that what its pauses cost is not known`;
  }
  if (settled === undefined) return 'the intensity of the hours in which run-now would have run is not known';
  if (totalG(settled) === 0) return 'run-now would have emitted nothing';
  return null;
}

function stepOf(facts: StepFacts, index: Index): ReceiptStep {
  const stretches = union(facts.runs.flatMap((run) => run.stretches));
  const start = stretches[0]?.start ?? null;
  const end = stretches.at(-1)?.end ?? null;
  const ran = lengthOf(stretches);
  const postings = index.postings.filter(({ step }) => step === facts.step);
  return {
    step: facts.step,
    site: facts.site,
    zone: facts.zone,
    start,
    end,
    ran,
    declared: facts.declared,
    paused: millis(start === null || end === null ? 0 : end - start - ran),
    pauses: facts.pauses,
    attempts: facts.attempts,
    exitCode: facts.exitCode,
    outcome: facts.outcome,
    itEnergyKWh: sumKWh(index.samples.filter(({ step }) => step === facts.step)),
    facilityEnergyKWh: sumKWh(postings),
    emissionsG: sumG(postings.filter((posting) => isCounted(index, posting))),
  };
}

function stripOf(facts: ReceiptFacts): Receipt['strip'] {
  const stretches = union(facts.steps.flatMap((step) => step.runs.flatMap((run) => run.stretches)));
  return facts.strip.map((slot) => ({
    ...slot,
    ran: shareIn(slot.start, instant(slot.start + facts.slot), stretches) > 0,
  }));
}

function perUnitOf({ unit, outcome }: ReceiptFacts, location: Receipt['emissions']['location']): Receipt['perUnit'] {
  // Grams for no unit at all are undefined, never infinite and never the whole.
  if (unit === null || unit.count <= 0 || location === null || outcome !== 'done') return null;
  return { name: unit.name, grams: grams(location.expected / unit.count) };
}

/** By zone, what most of its energy was multiplied by. */
function signalsOf(index: Index): Receipt['signals'] {
  const signals: Record<string, Receipt['signals'][string]> = {};
  for (const [zone, factors] of intensitiesByZone(index)) {
    const [most] = [...factors].sort(([, a], [, b]) => (a === b ? 0 : a > b ? -1 : 1));
    if (most === undefined) continue;
    const [{ source, quality, licence, sha256, signal }] = most;
    const unknown = { kind: 'unknown', basis: 'unknown', scope: 'unknown', gas: 'unknown' } as const;
    signals[zone] = { ...(signal ?? unknown), source, quality, licence, sha256 };
  }
  return signals;
}

/** zone → one factor of each source and its energy in µJ. */
function intensitiesByZone(index: Index): Map<string, Map<Factor, bigint>> {
  const zones = new Map<string, Map<string, { readonly first: Factor; energy: bigint }>>();
  for (const posting of index.postings) {
    const factor = factorOf(index, posting.intensityFactor);
    if (factor === undefined) continue;
    const sources = zones.get(factor.key) ?? new Map<string, { readonly first: Factor; energy: bigint }>();
    zones.set(factor.key, sources);
    const key = `${factor.source}|${factor.quality}`;
    const entry = sources.get(key) ?? { first: factor, energy: 0n };
    entry.energy += posting.energy ?? 0n;
    sources.set(key, entry);
  }
  return new Map(
    [...zones].map(([zone, all]) => [zone, new Map([...all.values()].map((one) => [one.first, one.energy]))]),
  );
}

function rowsOf(index: Index): ReceiptRow[] {
  const groups = new Map<string, { readonly factor: Factor; readonly postings: Posting[] }>();
  for (const posting of index.postings) {
    const factor = factorOf(index, posting.intensityFactor);
    if (factor === undefined) continue;
    const key = `${posting.step}|${factor.id}`;
    const group = groups.get(key) ?? { factor, postings: [] };
    group.postings.push(posting);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ factor, postings }) => ({
      step: postings[0]?.step ?? '',
      start: instant(postings.reduce((first, { start }) => Math.min(first, start), Number.POSITIVE_INFINITY)),
      end: instant(postings.reduce((last, { end }) => Math.max(last, end), Number.NEGATIVE_INFINITY)),
      zone: factor.key,
      facilityEnergyKWh: sumKWh(postings),
      intensityG: intensityG(factor),
      emissionsG: sumG(postings),
      quality: factor.quality,
    }))
    .sort((a, b) => a.start - b.start);
}

function notesOf(index: Index): string[] {
  const notes: string[] = [];
  const missing = index.postings.filter((posting) => posting.account === 'location/missing' && posting.energy !== null);
  if (missing.length > 0) {
    const percent = (100 * sumKWh(missing)) / sumKWh(index.samples);
    const share = percent < 10 ? percent.toPrecision(2) : String(Math.round(percent));
    notes.push(`no intensity is known for ${share} % of the energy; its emissions are missing here`);
  }
  const others = index.postings.filter((posting) => posting.emissions !== null && !isCounted(index, posting));
  if (others.length > 0) {
    const percent = (100 * sumKWh(others)) / sumKWh(index.samples);
    const signals = [...new Set(others.flatMap((one) => factorOf(index, one.intensityFactor) ?? []).map(signalKey))];
    notes.push(
      `for ${percent.toPrecision(2)} % of the energy only an intensity of another signal is known (${signals.join(', ')}): its emissions are not added`,
    );
  }
  const readings = new Set(
    index.samples.flatMap(({ note, energy }) => (note === null || energy === null ? [] : [note])),
  );
  notes.push(...[...readings].map((note) => `of the energy: ${note}`));
  if ([...index.factor.values()].some(({ quality }) => quality === 'replayed')) {
    notes.push('decided with perfect knowledge of a recorded grid: an upper bound of what a forecast allows');
  }
  if (index.postings.some((posting) => posting.account === 'location/overhead' && posting.pueFactor === null)) {
    notes.push('the PUE of a site is not known; what its facility adds is missing here');
  }
  if (index.samples.some(({ boundary, energy }) => boundary !== 'machine' && energy !== null)) {
    notes.push('some energy was counted at a chip or device: what the rest of the machine drew is not in it');
  }
  for (const [zone, factors] of intensitiesByZone(index)) {
    if (factors.size > 1)
      notes.push(`the intensity of ${zone} comes from ${factors.size} sources or qualities; see the rows`);
  }
  return notes;
}

/** That its last attempt ran longer than expected, by more than `grain` (ms); its pauses and what they cost left out. */
function overrunOf({ step, runs, attempts, declared, pauseCost }: StepFacts, grain: number): string | undefined {
  const begin = runs.findLastIndex((_, i) => runs[i - 1]?.kept !== true);
  const stretches = runs.slice(begin).flatMap((run) => run.stretches);
  const worked = lengthOf(stretches) - Math.max(0, stretches.length - 1) * pauseCost;
  const [long, short] = [writeDuration(worked), writeDuration(declared)];
  if (worked - declared <= grain || long === short) return undefined;
  return `${step} ran ${long}${attempts > 1 ? ' in its last attempt' : ''}, at most ${short} expected`;
}
