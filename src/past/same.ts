/**
 * What makes two runs comparable: the same work on the same hardware.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Site } from '../site/index.ts';
import { canonicalJson } from '../store/index.ts';
import type { UnmeasuredStep } from '../workload/index.ts';

/** Digest of what a step runs. Another command, environment, folder or need is other work. */
export const whatOf = ({ command, environment, folder, needs }: UnmeasuredStep): string =>
  createHash('sha256').update(canonicalJson({ command, environment, folder, needs })).digest('hex').slice(0, 16);

/** What a site runs on, as far as it is known. */
export const hardwareOf = ({ hardware, machine }: Site): string =>
  [hardware ?? '', machine.name, String(machine.threads)].join('|');
