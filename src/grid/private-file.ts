/**
 * Small files that only their owner may read: written whole or not at all, and changed by one process at a time.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';

/** Replaces `file`, making its folder where there is none: a reader sees the old or the new one, never half of one. */
export async function writePrivate(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, content, { mode: 0o600 });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/** How often a lock that another holds is looked at, and how many looks it may stand still before it counts as left behind. */
const LOOK_MS = 20;
const LOOKS = 50;

/** Waits until `file` can be made, and gives what removes it; where no file can be made, nobody is kept out. */
async function lock(file: string): Promise<() => Promise<void>> {
  let seen = '';
  for (let still = 0; ; still += 1) {
    try {
      await (await open(file, 'wx', 0o600)).close();
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return async () => {};
    }
    const holder = await stat(file, { bigint: true }).then(
      ({ ino, mtimeNs }) => `${ino} ${mtimeNs}`,
      () => '',
    );
    if (holder !== seen) still = 0;
    seen = holder;
    if (still >= LOOKS) await rm(file, { force: true });
    else await delay(LOOK_MS);
  }
}

export interface SharedState<T> {
  /** Gives `work` the state as all processes left it, and keeps what it makes of it. Rejects only with what `work` throws. */
  change<R>(work: (state: T) => { readonly state: T; readonly result: R }): Promise<R>;
}

/**
 * State that processes share in `file`; of this process alone without one. Where the file is damaged or cannot be
 * written, what this process last knew stands in.
 */
export function sharedState<T>(file: string | undefined, schema: z.ZodType<T>, initial: T): SharedState<T> {
  let known = initial;
  let before: Promise<unknown> = Promise.resolve();

  const read = async (path: string): Promise<T> => {
    try {
      return schema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch {
      return known;
    }
  };
  const turn = async <R>(work: (state: T) => { readonly state: T; readonly result: R }): Promise<R> => {
    if (file === undefined) {
      const { state, result } = work(known);
      known = state;
      return result;
    }
    await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(() => {});
    const unlock = await lock(`${file}.lock`);
    try {
      const found = await read(file);
      const { state, result } = work(found);
      known = state;
      if (state !== found) await writePrivate(file, JSON.stringify(state)).catch(() => {});
      return result;
    } finally {
      await unlock().catch(() => {});
    }
  };
  return {
    change(work) {
      const mine = before.then(() => turn(work));
      before = mine.catch(() => {});
      return mine;
    },
  };
}
