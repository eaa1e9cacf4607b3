/**
 * What commands print with `--json`: instants as RFC 3339 in UTC, lengths of time in seconds, and the unit of a quantity
 * in its name or in that of the object around it.
 *
 * @module
 */
import type { Receipt, RunSnapshot } from '../app.ts';
import { formatInstant, instant } from '../units.ts';

const INSTANTS: ReadonlySet<string> = new Set([
  'at',
  'since',
  'heldSince',
  'start',
  'end',
  'now',
  'deadline',
  'submittedAt',
  'writtenAt',
  'asOf',
]);
const LENGTHS: ReadonlySet<string> = new Set([
  'early',
  'ran',
  'declared',
  'paused',
  'duration',
  'remaining',
  'overrun',
]);

/** A snapshot without the plan and the outlooks, which have their own form. */
export function snapshotToJson(snapshot: RunSnapshot): Readonly<Record<string, unknown>> {
  const { plan: _plan, outlooks: _outlooks, ...rest } = snapshot;
  return convert(rest);
}

export function receiptToJson(receipt: Receipt): Readonly<Record<string, unknown>> {
  const { energy, emissions, ...rest } = receipt;
  const { it: itKWh, overhead: overheadKWh, ...more } = energy;
  return convert({ ...rest, energy: { itKWh, overheadKWh, ...more }, emissions: { locationG: emissions.location } });
}

function convert(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => {
      if (typeof inner === 'number' && INSTANTS.has(key)) return [key, formatInstant(instant(inner))];
      if (typeof inner === 'number' && LENGTHS.has(key)) return [`${key}Seconds`, inner / 1000];
      // An intensity is no mass: inside the house its name may be short.
      return [key === 'intensityG' ? 'intensityGPerKWh' : key, convertAny(inner)];
    }),
  );
}

function convertAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convertAny);
  return typeof value === 'object' && value !== null ? convert(value) : value;
}
