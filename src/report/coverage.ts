/**
 * How much of the running time a meter saw, and what it did not see.
 *
 * @module
 */
import type { ReceiptInput } from './facts.ts';
import type { Receipt } from './receipt.ts';
import { lengthOf, union, without } from './stretches.ts';

export type Coverage = Pick<Receipt['energy'], 'coveragePercent' | 'missing'>;

/**
 * A stretch counts as seen when any sample of its run states energy there. Percent of all running time; 100 when nothing
 * ran. Stretches shorter than `grain` (ms) count as unseen but are not listed.
 */
export function coverageOf(input: ReceiptInput, grain: number): Coverage {
  let ran = 0;
  let unseen = 0;
  const missing: Receipt['energy']['missing'][number][] = [];
  for (const { step, runs } of input.facts.steps) {
    for (const { run, stretches } of runs) {
      const samples = input.samples.filter((sample) => sample.run === run);
      const whole = union(stretches);
      const holes = without(whole, union(samples.filter((sample) => sample.energy !== null)));
      ran += lengthOf(whole);
      unseen += lengthOf(holes);
      for (const { start, end } of holes) {
        if (end - start < grain) continue;
        const told = samples.find((sample) => sample.energy === null && sample.start < end && sample.end > start);
        missing.push({ step, start, end, why: told?.note ?? 'no meter spoke' });
      }
    }
  }
  return { coveragePercent: ran === 0 ? 100 : (100 * (ran - unseen)) / ran, missing };
}
