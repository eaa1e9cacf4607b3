/**
 * A fleet: many steps that share the capacity of sites, on one grid of slots. Columns of numbers, so that a million
 * steps fit; what many steps have in common (where they may run, at which sizes, what a pause costs) stands once, in a
 * profile.
 *
 * A **cell** is a slot at a site: cell = site × slots + slot. Values by cell are in arrays of sites × slots.
 *
 * @module
 */

export interface Fleet {
  /** Slots of the grid. */
  readonly slots: number;
  readonly slotHours: number;
  readonly sites: readonly string[];
  /** By cell: what a kWh at the plug emits there, g, PUE included. */
  readonly gramsPerKwh: Float64Array;
  /** By cell: what a kWh at the plug costs, PUE included. Absent: nothing. */
  readonly moneyPerKwh?: Float64Array;
  readonly resources: readonly Resource[];
  readonly weights: Weights;
  readonly profiles: readonly Profile[];
  readonly steps: Steps;
}

/** What is shared: CPUs, GPUs of a type, memory, kilowatts under a cap. */
export interface Resource {
  readonly name: string;
  /** By cell, in units. */
  readonly capacity: Float64Array;
  /** By cell: money for a unit held for an hour. Absent: nothing. */
  readonly price?: Float64Array;
}

/** What the plan minimises: grams × `grams` + money × `money` + slots of delay, summed over the steps, × `delay`. */
export interface Weights {
  readonly grams: number;
  /** Grams that one unit of money is worth. */
  readonly money: number;
  /** Grams that one slot between the earliest possible and the actual end of a step is worth. */
  readonly delay: number;
}

/**
 * How a step may be cut. `fluid`: any part of its needs in any slot, at any of its sites (work that scales down without
 * loss, and the relaxation of all other kinds). `local`: the same at one site. `pausable`: one site, whole needs, any
 * slots. `piece`: one site, whole needs, one stretch. With whole needs, which a cell has or has not, every slot is
 * run from end to end but one, and where pauses cost or are not allowed, that one begins or ends a stretch. Pauses cost where the kind is `pausable`.
 */
export type Kind = 'fluid' | 'local' | 'pausable' | 'piece';

export interface Profile {
  readonly kind: Kind;
  /** Slots of work that each pause adds (checkpoint and restart); 0 where pausing is free. */
  readonly pause: number;
  /** Ways to run it; in the order of preference among equals. At least one. */
  readonly places: readonly Place[];
}

/** A step at a site in one variant: a site may stand in several places. */
export interface Place {
  readonly site: number;
  readonly variant: string;
  /** Allowed sizes, by ascending speed; a step that is not elastic has one. */
  readonly levels: readonly Level[];
  /** Slots after the release during which its input is on the way. */
  readonly lead: number;
  /** Energy of moving its data, kWh at the mean intensity of the way, as grams; and the egress money. */
  readonly tollGrams: number;
  readonly tollMoney: number;
}

export interface Level {
  /** Slots of work that one slot does. */
  readonly speed: number;
  /** Multiples of the step's power and of its needs. */
  readonly power: number;
  readonly needs: number;
}

/** The steps, a column a property; `count` long unless said. */
export interface Steps {
  readonly count: number;
  /** First slot in which it may run. */
  readonly release: Int32Array;
  /** Slot by which it has ended: it runs in [release, deadline). */
  readonly deadline: Int32Array;
  /** Slots of running at speed 1; need not be whole, above 0. */
  readonly length: Float64Array;
  /** kW at the plug at power 1. */
  readonly power: Float64Array;
  /** By resource: units held while it runs at needs 1. */
  readonly needs: readonly Float64Array[];
  /** Position in the list of profiles. */
  readonly profile: Int32Array;
  /** Steps that must have ended before it: those of step i are `after.step[after.from[i] … after.from[i + 1])`. */
  readonly after?: { readonly from: Int32Array; readonly step: Int32Array };
}

/**
 * Where and when the steps run. The cells of step i are at `from[i] … from[i + 1]`, ascending in time; none: it was left
 * out. A successor starts in a later slot than the last of its predecessors'.
 */
export interface Assignment {
  readonly from: Int32Array;
  readonly cell: Int32Array;
  /** Part of the slot that it runs, in (0, 1]; for fluid work the part of needs × slot. */
  readonly share: Float64Array;
  /** Position of the level within the place. */
  readonly level: Uint8Array;
  /** `count` long: position of the place within the profile; for fluid work, which may have several, that of its first cell. */
  readonly place: Int32Array;
}

/** Capacity prices: by resource and cell, in grams a unit and slot; not below 0. */
export type Prices = readonly Float64Array[];

/** A plan for a fleet with its certificate. */
export interface FleetPlan {
  readonly assignment: Assignment;
  /** Positions of the steps that found no room. */
  readonly leftOut: Int32Array;
  /** What it weighs ({@link Weights}). */
  readonly cost: number;
  /** No plan of the steps that are not left out weighs less, under these intensities: the dual value of `prices`. */
  readonly bound: number;
  readonly prices: Prices;
  /** Why steps were left out, where the solver can tell. */
  readonly shortage?: Shortage;
}

/** Work for which there is no room, however it is placed, and a smallest set of constraints that says so. */
export interface Shortage {
  /** Units × slots, exact. */
  readonly units: number;
  /** Cells whose capacity is used up, ascending. */
  readonly cells: Int32Array;
  /** Steps that need those cells more than there is of them, ascending. */
  readonly steps: Int32Array;
}

/** A way to plan a fleet. One file each, listed in `solvers/index.ts`. */
export interface Solver {
  readonly name: string;
  /** Why it cannot plan this fleet, in words; `undefined` when it can. */
  readonly refuses: (fleet: Fleet) => string | undefined;
  /** The same fleet, seed and effort give the same plan. */
  readonly solve: (fleet: Fleet, options: SolveOptions) => FleetPlan;
}

export interface SolveOptions {
  readonly seed: number;
  /** 1 is the solver's own choice; more asks for a smaller gap at more time. */
  readonly effort: number;
}
