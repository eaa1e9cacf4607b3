/**
 * A fleet of every feature that the model has, as large as asked: workflows of up to eight steps on five sites, with CPUs,
 * GPUs at some of them, and a power cap; sizes, variants, pauses that cost, tolls and leads, allow-lists, prices, delay.
 *
 * @module
 */
import { item } from '../src/plan/at.ts';
import type { Fleet, Kind, Level, Place, Profile } from '../src/plan/fleet/fleet.ts';
import { randomNumbers } from '../src/plan/fleet/random.ts';

export interface Grid {
  readonly slots: number;
  readonly sites: readonly string[];
  /** By cell. */
  readonly gramsPerKwh: Float64Array;
}

const ONE: Level = { speed: 1, power: 1, needs: 1 };
const SCALES: readonly Level[] = [ONE, { speed: 1.9, power: 1.8, needs: 2 }, { speed: 3.4, power: 3.5, needs: 4 }];
/** A smaller model: faster and less power, allowed where quality does not matter. */
const SMALL: Level = { speed: 1.3, power: 0.9, needs: 1 };

/** The same seed gives the same fleet. `room`: capacity as a multiple of the mean demand. */
export function mixedFleet(grid: Grid, count: number, seed: number, room: number): Fleet {
  const { slots, sites, gramsPerKwh } = grid;
  const random = randomNumbers(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const profiles = Array.from({ length: 60 }, () => randomProfile(sites.length, random));
  const columns = {
    release: new Int32Array(count),
    deadline: new Int32Array(count),
    length: new Float64Array(count),
    power: new Float64Array(count),
    cpus: new Float64Array(count),
    gpus: new Float64Array(count),
    profile: new Int32Array(count),
  };
  const lists: number[][] = [];
  for (let step = 0; step < count; ) {
    const size = Math.min(count - step, whole(1, 8));
    const submitted = whole(0, slots - 49);
    const first = step;
    let path = 0;
    for (; step < first + size; step++) {
      const usesGpus = random() < 0.25;
      columns.profile[step] = whole(0, profiles.length - 1);
      columns.length[step] = random() < 0.3 ? whole(1, 4) : Math.round((0.25 + 4 * random() ** 2) * 4) / 4;
      columns.cpus[step] = whole(1, 8);
      columns.gpus[step] = usesGpus ? whole(1, 4) : 0;
      columns.power[step] = 0.05 * (columns.cpus[step] ?? 0) + 0.3 * (columns.gpus[step] ?? 0);
      const others = Array.from({ length: step - first }, (_, i) => first + i);
      lists.push(others.filter((other) => random() < (other === step - 1 ? 0.6 : 0.15)));
      path += Math.ceil(columns.length[step] ?? 0) + 1;
    }
    const end = Math.min(slots, submitted + path + 6 + whole(2, 30));
    for (let one = first; one < step; one++) {
      columns.release[one] = submitted;
      columns.deadline[one] = end;
    }
  }
  const { release, deadline, length, power, cpus, gpus, profile } = columns;
  const capacity = (needs: Float64Array, share: (site: number) => number): Float64Array => {
    const work = needs.reduce((sum, units, step) => sum + units * (length[step] ?? 0), 0);
    const shares = sites.map((_, site) => share(site));
    const total = shares.reduce((sum, one) => sum + one, 0);
    const values = new Float64Array(sites.length * slots);
    shares.forEach((one, site) => {
      values.fill(
        Math.ceil((room * work * one) / total / slots) + (one > 0 ? 16 : 0),
        site * slots,
        (site + 1) * slots,
      );
    });
    return values;
  };
  const from = new Int32Array(count + 1);
  lists.forEach((list, step) => {
    from[step + 1] = (from[step] ?? 0) + list.length;
  });
  return {
    slots,
    slotHours: 1,
    sites,
    gramsPerKwh,
    moneyPerKwh: gramsPerKwh.map((grams) => 0.05 + 0.0003 * grams * (0.5 + random())),
    resources: [
      { name: 'cpus', capacity: capacity(cpus, () => 1), price: gramsPerKwh.map(() => 0.01) },
      { name: 'gpus', capacity: capacity(gpus, (site) => (site % 2 === 0 ? 1 : 0)) },
      { name: 'kW', capacity: capacity(power, (site) => 1 + (site % 3)) },
    ],
    weights: { grams: 1, money: 50, delay: 0.5 },
    profiles,
    steps: {
      count,
      release,
      deadline,
      length,
      power,
      needs: [cpus, gpus, power],
      profile,
      after: { from, step: Int32Array.from(lists.flat()) },
    },
  };
}

/** GPUs are at every second site: each profile allows one of them at least. */
function randomProfile(sites: number, random: () => number): Profile {
  const kind = item<Kind>(['pausable', 'pausable', 'piece', 'piece', 'local', 'fluid'], Math.floor(random() * 6));
  const pause = kind === 'pausable' && random() < 0.5 ? item([0.1, 0.25, 1], Math.floor(random() * 3)) : 0;
  const isElastic = random() < 0.3;
  const home = Math.floor(random() * sites);
  const places: Place[] = [];
  for (let site = 0; site < sites; site++) {
    if (site !== home && random() < 0.4 && places.some((place) => place.site % 2 === 0)) continue;
    const isAway = site !== home && kind !== 'fluid';
    const place = {
      site,
      variant: 'large',
      levels: isElastic ? SCALES : [ONE],
      lead: isAway && random() < 0.5 ? 1 : 0,
      tollGrams: isAway ? Math.round(20 * random()) : 0,
      tollMoney: isAway ? Math.round(20 * random()) / 100 : 0,
    };
    places.push(place);
    if (!isElastic && kind !== 'fluid' && random() < 0.2) places.push({ ...place, variant: 'small', levels: [SMALL] });
  }
  return { kind, pause, places };
}
