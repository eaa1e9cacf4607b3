/**
 * What may be passed on. Values of a restricted provider serve whoever holds the key: they are planned with, shown to
 * them and kept in their home, and figures computed from them (a plan, a receipt) may go anywhere. The series itself may
 * not: whatever writes one for others to read asks here first.
 *
 * @module
 */
import { PROVIDERS } from './providers.ts';
import type { Provenance } from './series.ts';

const RESTRICTED: ReadonlySet<string> = new Set(PROVIDERS.flatMap(({ id, restricted }) => (restricted ? [id] : [])));

/** Whether values of this provenance may leave the private store. A file that a user brought is for them to know. */
export const mayBePassedOn = ({ provider }: Pick<Provenance, 'provider'>): boolean =>
  // Our forecast of a provider's values is known by its name behind ours: `gridtide:watttime`.
  !RESTRICTED.has(provider.slice(provider.lastIndexOf(':') + 1));
