/**
 * One process at a time reads the past of a zone: who comes second waits, and finds what the first has kept. The claim of a
 * process that died counts for nothing.
 *
 * @module
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isAlive } from './manners.ts';
import { sharedState } from './private-file.ts';

const claimSchema = z.object({ by: z.number().int().optional() });
type Claim = z.infer<typeof claimSchema>;

/** How often a claim of another is looked at. */
const LOOK_MS = 250;
/** Claims of this process, which tells them from those of an earlier one that had its number. */
const ours = new Set<string>();

/** Runs `work` while no other has the claim `name` of `folder`. Rejects with what `work` rejects with, or when `signal` aborts. */
export async function asOneReader<T>(
  folder: string | undefined,
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  if (folder === undefined) return work();
  const file = join(folder, `${name}.reader.json`);
  const state = sharedState<Claim>(file, claimSchema, {});
  const isTaken = ({ by }: Claim): boolean => by !== undefined && (by === process.pid ? ours.has(file) : isAlive(by));
  const take = () =>
    state.change<boolean>((claim) => {
      if (isTaken(claim)) return { state: claim, result: false };
      ours.add(file);
      return { state: { by: process.pid }, result: true };
    });
  while (!(await take())) await delay(LOOK_MS, undefined, { signal });
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    ours.delete(file);
    await state.change((claim) => ({ state: claim.by === process.pid ? {} : claim, result: undefined }));
  }
}
