/**
 * What a client is told of a failure: problem details (RFC 9457) with the members and titles that the Carbon Aware SDK
 * gives them. Nothing of this machine is in them.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CATALOGUE, type Failure } from '../errors.ts';

export const problem = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z.record(z.string(), z.array(z.string())).optional(),
  traceId: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** A W3C trace id (Trace Context, section 3.2), as the original's `traceId`. */
const traceId = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;

export const problemOf = (status: number, title: string, more: Pick<Problem, 'detail' | 'errors'> = {}): Problem => ({
  title,
  status,
  ...more,
  traceId: traceId(),
});

/** The fault of whoever asked. */
const INPUT: ReadonlySet<string> = new Set(['serve/invalid-request', 'grid/no-zone', 'plan/mixed-signals']);

/**
 * 400 for what the client can mend, 503 for what may be there later; anything else is 500 without details, which are of
 * no use to it and may name files of this machine.
 */
export function problemFrom(failure: Failure): Problem {
  if (failure.code === 'plan/mixed-signals')
    return problemOf(400, 'InvalidOperationException', { detail: failure.message });
  if (failure.code === 'grid/restricted') return problemOf(403, 'Forbidden', { detail: failure.message });
  if (INPUT.has(failure.code)) {
    const errors: Record<string, string[]> = {};
    for (const one of [failure, ...failure.others]) {
      const name = one.code === 'grid/no-zone' ? 'location' : (one.place?.file ?? '$');
      errors[name] = [...(errors[name] ?? []), one.code === 'grid/no-zone' ? unknownLocation(one) : one.message];
    }
    return problemOf(400, 'ArgumentException', { detail: 'Invalid parameters', errors });
  }
  const { class: kind, title } = CATALOGUE[failure.code];
  return kind === 'wait' ? problemOf(503, title, { detail: failure.message }) : problemOf(500, 'InternalServerError');
}

const unknownLocation = ({ value, message, expected }: Failure): string =>
  `Unknown Location: '${value ?? ''}' not found (${message.replace(/^location: /, '')}${expected === undefined ? '' : `; expected ${expected}`})`;
