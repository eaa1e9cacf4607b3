/**
 * What makes two runs comparable: the same work on the same hardware.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Site } from '../site/index.ts';
import { canonicalJson } from '../store/index.ts';
import type { UnmeasuredStep } from '../workload/index.ts';

/** Digest of the work of a step. Another command, environment, folder or need is other work. */
export const workDigest = ({ command, environment, folder, needs }: UnmeasuredStep): string =>
  createHash('sha256').update(canonicalJson({ command, environment, folder, needs })).digest('hex').slice(0, 16);

/** The work of a step, and how long its owner says it is: who says otherwise than before knows of a change. */
export const whatOf = (step: UnmeasuredStep): string => {
  const { declared } = step;
  return declared === undefined ? workDigest(step) : `${workDigest(step)}/${declared.p50}-${declared.p90}`;
};

/** What a site runs on, as far as it is known. */
export const hardwareOf = ({ hardware, machine }: Site): string =>
  [hardware ?? '', machine.name, String(machine.threads)].join('|');
