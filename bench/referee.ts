/**
 * The exact optimum of a small fleet by mixed-integer programming (HiGHS): the referee of solvers. It is written from
 * what `src/plan/fleet/check.ts` asks, without a kernel of the planner.
 *
 * @module
 */
import loadHighs, { type Highs } from 'highs';
import { item } from '../src/plan/at.ts';
import type { Fleet, Level, Place } from '../src/plan/fleet/fleet.ts';
import { narrowed, precedenceOf } from '../src/plan/fleet/precedence.ts';
import { type CellWeights, profileOf, soonestEnd, weighCells } from '../src/plan/fleet/weigh.ts';

/** What is known of the optimum: it lies in [bound, cost]. */
export interface Verdict {
  /** Infinite when no plan places all steps, or none was found in time. */
  readonly cost: number;
  readonly bound: number;
  readonly isInfeasible: boolean;
}

export const loadReferee = (): Promise<Highs> => loadHighs();

/**
 * @param seconds Limit of one judgement.
 * @throws RangeError for fluid work with tolls, which the referee does not know.
 */
export function judge(highs: Highs, fleet: Fleet, seconds: number): Verdict {
  const court = new Court(fleet);
  const { first, last } = narrowed(fleet, precedenceOf(fleet));
  const runs = Array.from({ length: fleet.steps.count }, (_, step) =>
    addStep(court, step, first[step] ?? 0, last[step] ?? 0),
  );
  addPrecedence(court, runs);
  court.limitLoads();
  return court.program.solve(highs, seconds);
}

type Entry = readonly [column: number, factor: number];
const NONE = Number.NEGATIVE_INFINITY;
const ANY = Number.POSITIVE_INFINITY;

/** Columns and rows as they come. */
class Program {
  private readonly cost: number[] = [];
  private readonly upper: number[] = [];
  private readonly whole: (0 | 1)[] = [];
  private readonly rowLower: number[] = [];
  private readonly rowUpper: number[] = [];
  private readonly starts: number[] = [0];
  private readonly indices: number[] = [];
  private readonly values: number[] = [];
  /** Added whatever the columns are. */
  constant = 0;

  /** A column in [0, upper]. */
  column(cost: number, upper = 1): number {
    this.upper.push(upper);
    this.whole.push(0);
    return this.cost.push(cost) - 1;
  }

  /** A column that is 0 or 1. */
  choice(cost = 0): number {
    const column = this.column(cost);
    this.whole[column] = 1;
    return column;
  }

  addCost(column: number, cost: number): void {
    this.cost[column] = (this.cost[column] ?? 0) + cost;
  }

  row(lower: number, entries: readonly Entry[], upper: number): void {
    for (const [column, factor] of entries) {
      this.indices.push(column);
      this.values.push(factor);
    }
    this.starts.push(this.indices.length);
    this.rowLower.push(lower);
    this.rowUpper.push(upper);
  }

  solve(highs: Highs, seconds: number): Verdict {
    const numCols = this.cost.length;
    const numRows = this.rowLower.length;
    const data = {
      numCols,
      numRows,
      offset: this.constant,
      colCost: this.cost,
      colLower: this.cost.map(() => 0),
      colUpper: this.upper,
      rowLower: this.rowLower,
      rowUpper: this.rowUpper,
      integrality: this.whole,
      matrix: {
        format: 'csr' as const,
        numRows,
        numCols,
        starts: this.starts,
        indices: this.indices,
        values: this.values,
      },
    };
    return highs.withModel(data, (model) => {
      model.options.set({ output_flag: false, mip_rel_gap: 1e-5, time_limit: seconds });
      model.run();
      const status = model.getModelStatus();
      const { modelStatus } = highs.constants;
      if (status === modelStatus.infeasible) return { cost: ANY, bound: ANY, isInfeasible: true };
      const found = model.info.get('primal_solution_status') === 2;
      const isMip = this.whole.includes(1);
      const cost = found ? model.getObjectiveValue() : ANY;
      const bound = isMip ? Number(model.info.get('mip_dual_bound')) : cost;
      return { cost, bound, isInfeasible: false };
    });
  }
}

/** The fleet as a program: what running in a cell weighs and takes is kept here. */
class Court {
  readonly program = new Program();
  readonly fleet: Fleet;
  private readonly weights: CellWeights;
  private readonly loads: readonly (readonly Entry[][])[];

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    this.weights = weighCells(fleet);
    this.loads = fleet.resources.map(({ capacity }) => Array.from(capacity, () => []));
  }

  /** Lets each unit of a column stand for `part` of a slot of the step at a level. */
  run(column: number, step: number, site: number, slot: number, level: Level, part: number): void {
    const { steps, slots } = this.fleet;
    const { kilowatt, unit } = this.weights;
    const cell = site * slots + slot;
    let weight = level.power * (steps.power[step] ?? 0) * (kilowatt[cell] ?? 0);
    this.loads.forEach((cells, r) => {
      const units = level.needs * (steps.needs[r]?.[step] ?? 0);
      if (units === 0) return;
      weight += units * (unit[r]?.[cell] ?? 0);
      cells[cell]?.push([column, part * units]);
    });
    this.program.addCost(column, part * weight);
  }

  limitLoads(): void {
    this.fleet.resources.forEach(({ capacity }, r) => {
      this.loads[r]?.forEach((entries, cell) => {
        if (entries.length > 0) this.program.row(NONE, entries, capacity[cell] ?? 0);
      });
    });
  }
}

/** When a step runs, for those it waits for: columns of 0 or 1, from slot `first` on. */
interface Run {
  readonly first: number;
  /** Its last slot is this one or a later. */
  readonly unfinished: readonly number[];
  /** Its first slot is this one or an earlier. */
  readonly begun: readonly number[];
}

function addStep(court: Court, step: number, first: number, last: number): Run {
  const { program, fleet } = court;
  const { kind, places } = profileOf(fleet, step);
  const running: Entry[][] = Array.from({ length: Math.max(0, last - first) }, () => []);
  if (kind === 'fluid') addFluid(court, step, first, running);
  else {
    const { grams, money } = fleet.weights;
    const chosen = places.map(({ tollGrams, tollMoney }) => program.choice(grams * tollGrams + money * tollMoney));
    program.row(1, chosen.map(unitOf), 1);
    places.forEach((place, i) => {
      const at = { step, place, chosen: chosen[i] ?? 0, first };
      if (kind === 'local') addParts(court, at, running);
      else addWhole(court, at, running);
    });
  }
  return addRun(court, step, first, running);
}

const unitOf = (column: number): Entry => [column, 1];

/** A step at one of its places; `chosen` is the column that says so, `first` the slot of position 0. */
interface At {
  readonly step: number;
  readonly place: Place;
  readonly chosen: number;
  readonly first: number;
}

const isOpen = (fleet: Fleet, step: number, place: Place, slot: number): boolean =>
  slot >= (fleet.steps.release[step] ?? 0) + place.lead;

/** Whether the units that a level needs are there, were nothing else to run. */
const isThere = ({ steps, resources, slots }: Fleet, step: number, site: number, slot: number, level: Level): boolean =>
  resources.every(
    ({ capacity }, r) => level.needs * (steps.needs[r]?.[step] ?? 0) <= (capacity[site * slots + slot] ?? 0) + 1e-9,
  );

/** Columns of the shares of some levels in one slot; the work they do is added to `work`. */
function addShares(
  court: Court,
  step: number,
  site: number,
  levels: readonly Level[],
  slot: number,
  work: Entry[],
): Entry[] {
  return levels.map((level): Entry => {
    const column = court.program.column(0);
    court.run(column, step, site, slot, level, 1);
    work.push([column, level.speed]);
    return [column, 1];
  });
}

function addFluid(court: Court, step: number, first: number, running: readonly Entry[][]): void {
  const { program, fleet } = court;
  const { places } = profileOf(fleet, step);
  if (places.some(({ tollGrams, tollMoney }) => tollGrams !== 0 || tollMoney !== 0)) {
    throw new RangeError(`step ${step} is fluid and has tolls`);
  }
  const atSites = places.filter((place, i) => places.findIndex(({ site }) => site === place.site) === i);
  const work: Entry[] = [];
  running.forEach((entries, t) => {
    const open = atSites.filter((place) => isOpen(fleet, step, place, first + t));
    const shares = open.flatMap((place) => addShares(court, step, place.site, place.levels, first + t, work));
    const runs = program.choice();
    entries.push([runs, 1]);
    program.row(NONE, [...shares, [runs, -1]], 0);
  });
  const length = fleet.steps.length[step] ?? 0;
  program.row(length, work, length);
}

/** Local work at one place: any part of any slot. */
function addParts(court: Court, { step, place, chosen, first }: At, running: readonly Entry[][]): void {
  const { program, fleet } = court;
  const work: Entry[] = [];
  running.forEach((entries, t) => {
    if (!isOpen(fleet, step, place, first + t)) return;
    const shares = addShares(court, step, place.site, place.levels, first + t, work);
    const runs = program.choice();
    entries.push([runs, 1]);
    program.row(NONE, [...shares, [runs, -1]], 0);
    program.row(
      NONE,
      [
        [runs, 1],
        [chosen, -1],
      ],
      0,
    );
  });
  program.row(0, [...work, [chosen, -(fleet.steps.length[step] ?? 0)]], 0);
}

/** Pausable work and work in one piece: by position, the column that says whether it runs; and where it begins anew. */
interface Whole extends At {
  readonly runs: readonly (number | undefined)[];
  readonly begins: readonly Entry[];
}

function addWhole(court: Court, at: At, running: readonly Entry[][]): void {
  const { program, fleet } = court;
  const { step, place, chosen, first } = at;
  const { kind, pause } = profileOf(fleet, step);
  const runs = running.map((_, t) => {
    const slot = first + t;
    const isThereAtAll = place.levels.some((level) => isThere(fleet, step, place.site, slot, level));
    return isThereAtAll && isOpen(fleet, step, place, slot) ? program.choice() : undefined;
  });
  runs.forEach((run, t) => {
    if (run === undefined) return;
    running[t]?.push([run, 1]);
    program.row(
      NONE,
      [
        [run, 1],
        [chosen, -1],
      ],
      0,
    );
  });
  const begins = kind === 'piece' || pause > 0 ? addBegins(program, runs) : [];
  if (kind === 'piece') program.row(0, [...begins, [chosen, -1]], 0);
  const whole = { ...at, runs, begins };
  if (place.levels.length === 1) addOneSize(court, whole);
  else addSizes(court, whole);
}

function addBegins(program: Program, runs: readonly (number | undefined)[]): Entry[] {
  return runs.flatMap((run, t): Entry[] => {
    if (run === undefined) return [];
    const before = runs[t - 1];
    const begin = program.choice();
    const earlier: Entry[] = before === undefined ? [] : [[before, 1]];
    program.row(0, [[begin, 1], [run, -1], ...earlier], ANY);
    program.row(
      NONE,
      [
        [begin, 1],
        [run, -1],
      ],
      0,
    );
    program.row(NONE, [[begin, 1], ...earlier], 1);
    return [[begin, 1]];
  });
}

/** A part of a slot that is run, where it may be: anywhere, or at an end of a stretch. */
function addPart(program: Program, { runs, begins }: Whole, t: number, run: number): number {
  const before = runs[t - 1];
  const after = runs[t + 1];
  const part = program.choice();
  program.row(
    NONE,
    [
      [part, 1],
      [run, -1],
    ],
    0,
  );
  if (begins.length > 0 && before !== undefined && after !== undefined) {
    program.row(
      NONE,
      [
        [part, 1],
        [before, 1],
        [after, 1],
      ],
      2,
    );
  }
  return part;
}

/** One size: for each number of pauses so many slots, of which one lacks what is not asked for. */
function addOneSize(court: Court, whole: Whole): void {
  const { program, fleet } = court;
  const { step, place, chosen, first, runs, begins } = whole;
  const { kind, pause } = profileOf(fleet, step);
  const level = item(place.levels, 0);
  const isPaused = kind === 'pausable' && pause > 0;
  const slots: Entry[] = [];
  const cases: Entry[] = [];
  const stretches: Entry[] = [];
  runs.forEach((run, t) => {
    if (run === undefined) return;
    court.run(run, step, place.site, first + t, level, 1);
    slots.push([run, 1]);
  });
  const open = slots.length;
  for (let pauses = 0; pauses === 0 || (isPaused && 2 * pauses < open); pauses++) {
    const asked = ((fleet.steps.length[step] ?? 0) + pauses * pause) / level.speed;
    const count = Math.ceil(asked - 1e-9);
    if (count + pauses > open) break;
    const isCase = program.choice();
    cases.push([isCase, 1]);
    slots.push([isCase, -count]);
    stretches.push([isCase, -1 - pauses]);
    const lack = count - asked;
    if (lack < 1e-9) continue;
    const parts = runs.flatMap((run, t): Entry[] => {
      if (run === undefined) return [];
      const part = addPart(program, whole, t, run);
      court.run(part, step, place.site, first + t, level, -lack);
      return [[part, 1]];
    });
    program.row(0, [...parts, [isCase, -1]], 0);
  }
  program.row(0, [...cases, [chosen, -1]], 0);
  program.row(0, slots, 0);
  if (isPaused) program.row(0, [...begins, ...stretches], 0);
}

/** Several sizes: shares of each slot that is run, all of it but in one. */
function addSizes(court: Court, whole: Whole): void {
  const { program, fleet } = court;
  const { step, place, chosen, first, runs, begins } = whole;
  const { kind, pause } = profileOf(fleet, step);
  const work: Entry[] = [];
  const parts: Entry[] = [];
  runs.forEach((run, t) => {
    if (run === undefined) return;
    const sizes = place.levels.filter((level) => isThere(fleet, step, place.site, first + t, level));
    const shares = addShares(court, step, place.site, sizes, first + t, work);
    const part = addPart(program, whole, t, run);
    parts.push([part, 1]);
    program.row(NONE, [...shares, [run, -1]], 0);
    program.row(0, [...shares, [run, -1], [part, 1]], ANY);
  });
  program.row(NONE, [...parts, [chosen, -1]], 0);
  const ofPauses = kind === 'pausable' ? pause : 0;
  const length = fleet.steps.length[step] ?? 0;
  const added = ofPauses > 0 ? begins.map(([column]): Entry => [column, -ofPauses]) : [];
  program.row(0, [...work, ...added, [chosen, ofPauses - length]], 0);
}

/** When the step has begun and ended, and the delay of its end. */
function addRun({ program, fleet }: Court, step: number, first: number, running: readonly Entry[][]): Run {
  const { delay } = fleet.weights;
  if (delay === 0 && fleet.steps.after === undefined) return { first, unfinished: [], begun: [] };
  program.constant += delay * (first - soonestEnd(fleet, step));
  const unfinished = running.map(() => program.column(delay));
  const begun = running.map(() => program.column(0));
  running.forEach((runs, t) => {
    const open = unfinished[t] ?? 0;
    const has = begun[t] ?? 0;
    const opposite = runs.map(([column]): Entry => [column, -1]);
    program.row(0, [[open, 1], ...opposite], ANY);
    program.row(0, [[has, 1], ...opposite], ANY);
    const next = unfinished[t + 1];
    if (next !== undefined)
      program.row(
        0,
        [
          [open, 1],
          [next, -1],
        ],
        ANY,
      );
    const before = begun[t - 1];
    if (before !== undefined)
      program.row(
        0,
        [
          [has, 1],
          [before, -1],
        ],
        ANY,
      );
  });
  return { first, unfinished, begun };
}

function addPrecedence({ program, fleet }: Court, runs: readonly Run[]): void {
  const { after } = fleet.steps;
  if (after === undefined) return;
  runs.forEach((run, step) => {
    for (let k = after.from[step] ?? 0; k < (after.from[step + 1] ?? 0); k++) {
      const other = runs[after.step[k] ?? -1];
      other?.unfinished.forEach((open, t) => {
        const slot = other.first + t - run.first;
        const has = run.begun[Math.min(slot, run.begun.length - 1)];
        if (slot >= 0 && has !== undefined)
          program.row(
            NONE,
            [
              [open, 1],
              [has, 1],
            ],
            1,
          );
      });
    }
  });
}
