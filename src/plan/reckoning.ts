/**
 * What a step is reckoned with, and who says so: its owner, or its past runs.
 *
 * @module
 */
import { MINUTE, SECOND } from '../units.ts';
import type { Learned, LearnedPower, Length, Step } from '../workload/index.ts';
import type { Option } from './jobs.ts';
import type { Reckoning } from './plan.ts';
import { duration, NARROW } from './words.ts';

export function reckoningOf(step: Step, { site, way, runningKw }: Option): Reckoning {
  const { declared, learned } = step;
  const power = learned?.power[site.name];
  return {
    p50Seconds: way.durationP50 / SECOND,
    p90Seconds: way.duration / SECOND,
    powerW: (runningKw * 1_000) / site.pue,
    declared: {
      p50Seconds: declared === undefined ? null : declared.p50 / SECOND,
      p90Seconds: declared === undefined ? null : declared.p90 / SECOND,
      powerW: step.power ?? null,
    },
    runs: learned?.runs ?? 0,
    cutRuns: learned?.cut ?? 0,
    words: [declaredWords(declared), learnedWords(learned), powerWords(power, step.power)]
      .filter((words) => words !== '')
      .join(', '),
  };
}

/** Seconds below a minute; else as {@link duration}. */
const length = (ms: number): string => (ms < MINUTE ? `${Math.ceil(ms / SECOND)}${NARROW}s` : duration(ms));

function declaredWords(declared: Length | undefined): string {
  if (declared === undefined) return '';
  const { p50, p90 } = declared;
  return p50 === p90 ? `declared ${length(p90)}` : `declared ${length(p50)} (p90 ${length(p90)})`;
}

function learnedWords(learned: Learned | undefined): string {
  if (learned === undefined) return '';
  const { runs, cut, tellsP90 } = learned;
  const { p50, p90 } = learned.length;
  const more = cut === 0 ? '' : ` and ${cut} that ${cut === 1 ? 'was' : 'were'} ended`;
  if (tellsP90) return `${runs} runs${more} say ${length(p50)} (p90 ${length(p90)})`;
  return `with ${runs} runs${more}: expects ${length(p50)} (guards leave ${length(p90)})`;
}

/** Two digits are what a meter knows. */
const watts = (value: number): string => `${Number(value.toPrecision(2))}${NARROW}W`;

function powerWords(power: LearnedPower | undefined, declared: number | undefined): string {
  if (power === undefined) return '';
  return `${watts(power.watts)}${declared === undefined ? '' : ` (declared ${watts(declared)})`}`;
}
