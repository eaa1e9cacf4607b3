/**
 * What Gridtide comes to in a scene. Where a capacity binds so much that waiting for the grid does not pay, that is first
 * come, first served: no job is late for the grid's sake, and nothing more is emitted.
 *
 * @module
 */
import type { Grams } from '../units.ts';
import { type Account, accountOf } from './account.ts';
import { fifo } from './policies/fifo.ts';
import { gridtide } from './policies/gridtide.ts';
import type { Scene } from './scene.ts';
import type { Schedule } from './schedule.ts';

/** What Gridtide's own schedule comes to, where another is taken instead. */
export interface Outdone {
  readonly emissionsG: Grams;
  readonly misses: number;
}

export interface Ours {
  readonly schedule: Schedule;
  readonly account: Account;
  readonly outdone: Outdone | null;
}

/** More than this share of emissions is no rounding. */
const MORE = 1e-9;

/**
 * Under a capacity, the better of Gridtide and fifo: fewer jobs late, then fewer grams. The choice is made once for the whole
 * history, knowing how each ends. `byFifo` is the account of fifo where it is known already.
 */
export function walkOurs(scene: Scene, byFifo?: Account): Ours {
  const schedule = gridtide.walk(scene);
  const account = accountOf(schedule, scene);
  if (scene.capacity === undefined) return { schedule, account, outdone: null };
  const served = fifo.walk(scene);
  const other = byFifo ?? accountOf(served, scene);
  return isBetter(other, account)
    ? { schedule: served, account: other, outdone: { emissionsG: account.emissionsG, misses: account.misses } }
    : { schedule, account, outdone: null };
}

const isBetter = (one: Account, other: Account): boolean =>
  one.misses === other.misses ? one.emissionsG < other.emissionsG * (1 - MORE) : one.misses < other.misses;
