/**
 * What a sample and a factor must satisfy before the ledger takes them. A row that breaks these is a mistake in a meter
 * or an adapter, and is refused rather than accounted.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import type { Factor, Sample } from './entries.ts';

/** The sample itself. Throws `ledger/refused`. */
export function checkedSample(sample: Sample, workflowRun: string): Sample {
  const refuse = (what: string, value: unknown, expected: string): never => {
    throw new Failure('ledger/refused', `sample ${sample.id}: ${what}`, { value: String(value), expected });
  };
  if (sample.workflowRun !== workflowRun) refuse('belongs to another run', sample.workflowRun, workflowRun);
  if (!Number.isSafeInteger(sample.start)) refuse('start', sample.start, 'whole milliseconds');
  if (!Number.isSafeInteger(sample.end)) refuse('end', sample.end, 'whole milliseconds');
  if (sample.end < sample.start) refuse('ends before it starts', sample.end - sample.start, 'end at or after start');
  if (!(sample.gsd >= 1 && Number.isFinite(sample.gsd))) refuse('gsd', sample.gsd, 'a number of at least 1');
  if (!Number.isFinite(sample.timeScale)) refuse('time scale', sample.timeScale, 'a number');
  if ((sample.energy === null) !== (sample.status === 'missing')) {
    refuse('energy', sample.energy, 'null if and only if the status is missing');
  }
  if (sample.energy !== null && sample.energy < 0n) refuse('energy', sample.energy, 'zero or more');
  return sample;
}

/** The factor itself. Throws `ledger/refused`. */
export function checkedFactor(factor: Factor): Factor {
  const refuse = (what: string, value: unknown, expected: string): never => {
    throw new Failure('ledger/refused', `${factor.kind} factor of ${factor.key}: ${what}`, {
      value: String(value),
      expected,
    });
  };
  const { validFrom, validTo, publishedAt } = factor;
  for (const at of [validFrom, validTo, publishedAt]) {
    if (!Number.isSafeInteger(at)) refuse('instant', at, 'whole milliseconds');
  }
  if (validTo <= validFrom) refuse('validity', validTo - validFrom, 'an end after its start');
  if (!(factor.gsd >= 1 && Number.isFinite(factor.gsd))) refuse('gsd', factor.gsd, 'a number of at least 1');
  if (factor.quality === 'missing') refuse('quality', factor.quality, 'a known value, or no factor at all');
  if (factor.kind === 'pue') {
    if (factor.unit !== '1/1000') refuse('unit', factor.unit, '1/1000');
    if (factor.value < 1000n) refuse('value', factor.value, 'at least 1000');
  } else {
    if (factor.unit !== 'mg/kWh') refuse('unit', factor.unit, 'mg/kWh');
    if (factor.value < 0n) refuse('value', factor.value, 'zero or more');
  }
  return factor;
}
