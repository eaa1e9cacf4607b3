/**
 * The one question that a replay asks its planner: this work, these places, what is left of them: when and where?
 *
 * @module
 */
import type { Curve } from './curve.ts';
import type { Room } from './room.ts';

/** Work that waits, or is paused. */
export interface Wish {
  readonly fromH: number;
  readonly dueH: number;
  /** Running time that is left. */
  readonly workH: number;
  readonly pausable: boolean;
  readonly cpus: number;
  readonly gpus: number;
  /** Where it has begun and stays; −1: anywhere. */
  readonly place: number;
}

export interface FleetPlace {
  readonly pue: number;
  /** What is expected of its grid. */
  readonly curve: Curve;
  /** What other work leaves of it; `undefined`: more than anybody asks for. */
  readonly room: Room | undefined;
}

export interface Placement {
  readonly place: number;
  /** Start, end, start, end, … in hours, ascending, half-open; they sum to the work. */
  readonly pieces: readonly number[];
  /** Whether it ends by its `dueH`: false where no room is left before. */
  readonly inTime: boolean;
}

/**
 * Places every wish, in the order of `wishes`, and reserves its room. A wish that finds no room before it is due gets the
 * earliest there is.
 */
export type PlanFleet = (wishes: readonly Wish[], places: readonly FleetPlace[]) => readonly Placement[];
