/**
 * Where values come from, in headers: bodies have the fields of the original alone, since clients that are generated from its
 * description refuse others.
 *
 * Form: a list of strings with parameters (RFC 9651, sections 3.1 and 3.3.3).
 *
 * @module
 */
import type { Intensities } from './port.ts';

export const PROVENANCE = 'gridtide-provenance';
export const MISSING = 'gridtide-missing';

/** Clients refuse replies whose headers are long; what does not fit is left out whole. */
const LONGEST_HEADER = 4_096;

/** Bytes that no header may hold are percent-encoded. */
const quoted = (text: string): string =>
  `"${text
    .replace(/[^\x20-\x7e]+/g, (part) =>
      [...Buffer.from(part)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    )
    .replace(/["\\]/g, '\\$&')}"`;

function listOf(members: readonly (readonly [name: string, parameters: Readonly<Record<string, string>>])[]): string {
  let list = '';
  for (const [name, parameters] of members) {
    const words = Object.entries(parameters).map(([key, value]) => `;${key}=${quoted(value)}`);
    const next = `${list === '' ? '' : `${list}, `}${quoted(name)}${words.join('')}`;
    if (next.length <= LONGEST_HEADER) list = next;
  }
  return list;
}

/** `"eastus";zone="US-MIDA-PJM";signal="average/…";quality="measured";source="https://…";licence="…"`, … */
export const provenanceOf = (told: readonly (readonly [location: string, from: Intensities])[]): string =>
  listOf(
    [...new Map(told).entries()].map(([location, { zone, signal, quality, source, licence }]) => [
      location,
      { zone, signal: `${signal.kind}/${signal.basis}/${signal.scope}/${signal.gas}`, quality, source, licence },
    ]),
  );

/** `"eastus";reason="…"`, … */
export const missingOf = (missing: ReadonlyMap<string, string>): string =>
  listOf([...missing].map(([location, reason]) => [location, { reason }]));
