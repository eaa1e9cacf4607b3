/**
 * Small fleets for tests and benchmarks: random, of every feature that the model has.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Fleet, Kind, Level, Place, Profile, Resource } from './fleet.ts';
import { randomNumbers } from './random.ts';

export interface FleetSketch {
  readonly seed: number;
  readonly steps: number;
  readonly slots: number;
  readonly sites: number;
  /** Kinds that occur. */
  readonly kinds: readonly Kind[];
  readonly resources?: number;
  /** Capacity of each resource at each site, as a part of what all steps together need on average. */
  readonly tightness?: number;
  /** Whether these features occur. */
  readonly elastic?: boolean;
  readonly pauses?: boolean;
  readonly tolls?: boolean;
  readonly precedence?: boolean;
  readonly prices?: boolean;
  readonly delay?: number;
}

/** The same sketch gives the same fleet. */
export function randomFleet(sketch: FleetSketch): Fleet {
  const random = randomNumbers(sketch.seed);
  const { slots, sites, steps: count } = sketch;
  const cells = sites * slots;
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const profiles = Array.from({ length: 6 }, () => randomProfile(sketch, random));
  const profile = Int32Array.from({ length: count }, () => whole(0, profiles.length - 1));
  const length = Float64Array.from({ length: count }, () =>
    random() < 0.4 ? whole(1, 4) : Math.round((0.2 + 4 * random()) * 100) / 100,
  );
  const release = Int32Array.from({ length: count }, () => whole(0, Math.floor(slots / 3)));
  const deadline = Int32Array.from({ length: count }, (_, step) => {
    const { places, pause } = item(profiles, profile[step] ?? 0);
    const slowest = Math.max(...places.map(({ lead, levels }) => lead + (length[step] ?? 0) / item(levels, 0).speed));
    return Math.min(slots, Math.ceil((release[step] ?? 0) + slowest + pause) + whole(2, Math.ceil(slots / 2)));
  });
  const needs = Array.from({ length: sketch.resources ?? 1 }, (_, r) =>
    Float64Array.from({ length: count }, () => (r === 0 || random() < 0.4 ? whole(1, 4) : 0)),
  );
  const resources = needs.map((column, r): Resource => {
    const work = column.reduce((sum, units, step) => sum + units * (length[step] ?? 0), 0);
    const mean = ((sketch.tightness ?? 1.5) * work) / cells;
    const capacity = Float64Array.from({ length: cells }, () => 0);
    for (let site = 0; site < sites; site++) {
      const most = r > 0 && sites > 1 && random() < 0.3 ? 0 : Math.max(4, Math.ceil(mean * (0.5 + random())));
      capacity.fill(most, site * slots, (site + 1) * slots);
    }
    const price = Float64Array.from({ length: cells }, () => random() * 0.2);
    return { name: item(['cpus', 'gpus', 'memory'], r), capacity, ...(sketch.prices ? { price } : {}) };
  });
  const after = sketch.precedence ? randomArcs(count, release, random) : undefined;
  return {
    slots,
    slotHours: 1,
    sites: Array.from({ length: sites }, (_, site) => `site-${site}`),
    gramsPerKwh: Float64Array.from({ length: cells }, (_, cell) => {
      const hour = cell % slots;
      return Math.round(250 + 150 * Math.sin((hour + 5 * Math.floor(cell / slots)) / 3) + 100 * random());
    }),
    ...(sketch.prices ? { moneyPerKwh: Float64Array.from({ length: cells }, () => random() * 0.3) } : {}),
    resources,
    weights: { grams: 1, money: sketch.prices ? 200 : 0, delay: sketch.delay ?? 0 },
    profiles,
    steps: {
      count,
      release,
      deadline,
      length,
      power: Float64Array.from({ length: count }, () => Math.round((0.2 + random()) * 100) / 100),
      needs,
      profile,
      ...(after === undefined ? {} : { after }),
    },
  };
}

function randomProfile(sketch: FleetSketch, random: () => number): Profile {
  const kind = item(sketch.kinds, Math.floor(random() * sketch.kinds.length));
  const hasPause = sketch.pauses === true && kind === 'pausable' && random() < 0.6;
  const pause = hasPause ? item([0.1, 0.25, 1], Math.floor(random() * 3)) : 0;
  const isElastic = sketch.elastic === true && random() < 0.5;
  const levels = isElastic ? randomLevels(random) : [{ speed: 1, power: 1, needs: 1 }];
  const allowed = Array.from({ length: sketch.sites }, (_, site) => site).filter(() => random() < 0.7);
  const places = (allowed.length === 0 ? [0] : allowed).map((site): Place => {
    const hasToll = sketch.tolls === true && kind !== 'fluid' && random() < 0.5;
    return {
      site,
      variant: '',
      levels,
      lead: hasToll ? Math.floor(random() * 3) : 0,
      tollGrams: hasToll ? Math.round(80 * random()) : 0,
      tollMoney: hasToll && sketch.prices === true ? Math.round(10 * random()) / 100 : 0,
    };
  });
  return { kind, pause, places };
}

/** Up to three sizes; not always concave. */
function randomLevels(random: () => number): Level[] {
  const levels: Level[] = [];
  let speed = 0;
  let power = 0;
  for (let workers = 1; workers <= 3; workers++) {
    speed += workers === 1 ? 1 : Math.round((0.5 + 0.5 * random()) * 100) / 100;
    power += workers === 1 ? 1 : Math.round((0.4 + 0.8 * random()) * 100) / 100;
    levels.push({ speed, power, needs: workers });
  }
  return levels;
}

/** Each step waits for up to two others that are released no later. */
function randomArcs(
  count: number,
  release: Int32Array,
  random: () => number,
): { readonly from: Int32Array; readonly step: Int32Array } {
  const order = Array.from({ length: count }, (_, step) => step).sort(
    (a, b) => (release[a] ?? 0) - (release[b] ?? 0) || a - b,
  );
  const lists: number[][] = Array.from({ length: count }, () => []);
  order.forEach((step, i) => {
    const arcs = random() < 0.5 ? 0 : random() < 0.7 ? 1 : 2;
    for (let arc = 0; arc < Math.min(arcs, i); arc++) {
      const other = order[i - 1 - Math.floor(random() * Math.min(i, 4))] ?? 0;
      const list = item(lists, step);
      if (!list.includes(other)) list.push(other);
    }
  });
  const from = new Int32Array(count + 1);
  lists.forEach((list, step) => {
    from[step + 1] = (from[step] ?? 0) + list.length;
  });
  return { from, step: Int32Array.from(lists.flat()) };
}
