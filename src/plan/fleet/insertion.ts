/**
 * Steps placed one after the other into cells with room, whole needs at one site each, at scale: the hardest first, each
 * where it is cheapest at a price between what a cell weighs and what it is worth.
 *
 * @module
 */
import { item } from '../at.ts';
import { cheapestOf } from './cheapest.ts';
import type { Assignment, Fleet } from './fleet.ts';
import type { Fluid } from './fluid.ts';
import { sortPart } from './react.ts';

/** Part of the capacity price that a step pays on top of what it weighs. */
const HALF = 0.5;
/** From this load on a cell gets dearer, by this part of the spread of weights when it is full. */
const NEARLY_FULL = 0.95;
const RAMP = 0.07;

/** A market of cells: what a unit is asked for in each of them, and what room they have. */
interface Market {
  /** Its arrays have cell (site, slot) at site × `siteStep` + slot × `slotStep`. */
  readonly siteStep: number;
  readonly slotStep: number;
  readonly base: Float64Array;
  readonly capacity: Float64Array;
  readonly ask: Float64Array;
  /** Units that it can still hold. */
  readonly free: Float64Array;
  readonly ramp: number;
  /** By slot: the cheapest cell's ask and site, of all sites. */
  readonly least: Float64Array;
  readonly leastSite: Int32Array;
  /** By site and block of slots: the least that a cell of it asks; by block: sites, those with the least at first. */
  readonly floor: Float64Array;
  readonly order: Int32Array;
}

const BLOCK = 16;

/** `weights` and `prices` by cell. Steps that find no room have no cells. */
export function insertAll(fleet: Fleet, fluid: Fluid, weights: Float64Array, prices: Float64Array): Assignment {
  const { count, most } = fluid;
  let market = marketOf(fluid, weights, prices);
  const kinds = fleet.profiles.map(({ kind }) => kind);
  const room = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) room[i + 1] = (room[i] ?? 0) + (most[i] ?? 0);
  const chosen = new Int32Array(room[count] ?? 0);
  const site = new Int32Array(count).fill(-1);
  const choice: Choice = { site: -1, slot: new Int32Array(most.reduce((a, b) => Math.max(a, b), 1)) };
  const cheapest = cheapestOf(choice.slot.length);
  for (const i of hardestFirst(fluid)) {
    choice.site = -1;
    const k = most[i] ?? 1;
    // Steps of one slot come last: from the first of them on nobody looks along the slots of a site.
    if (k === 1 && market.slotStep === 1) market = bySlot(market, fluid);
    if (k === 1) chooseSlot(fluid, market, i, choice);
    else if (item(kinds, fleet.steps.profile[i] ?? -1) === 'piece') choosePiece(fluid, market, i, choice);
    else chooseSlots(fluid, market, i, choice, cheapest);
    if (choice.site < 0) continue;
    site[i] = choice.site;
    for (let s = 0; s < k; s++) {
      const slot = choice.slot[s] ?? 0;
      chosen[(room[i] ?? 0) + s] = slot;
      take(fluid, market, choice.site, slot, s < k - 1 ? (fluid.width[i] ?? 0) : restOf(fluid, i));
    }
  }
  return written(fleet, fluid, room, chosen, site);
}

/** What the last of a step's slots holds; the others hold its width. */
const restOf = ({ work, most, width }: Fluid, i: number): number =>
  (work[i] ?? 0) - ((most[i] ?? 1) - 1) * (width[i] ?? 0);

/** Most slots first, then most units; of equals the first. */
function hardestFirst({ count, most, width }: Fluid): Int32Array {
  const widest = width.reduce((a, b) => Math.max(a, b), 0) + 1e-9;
  const longest = most.reduce((a, b) => Math.max(a, b), 1) + 1;
  // Difficulty and position in one number of 52 bits, so that numbers can be sorted as such.
  const positions = 2 ** Math.ceil(Math.log2(count + 1));
  const steps = 2 ** 52 / positions - 1;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const difficulty = ((most[i] ?? 0) + (0.999 * (width[i] ?? 0)) / widest) / longest;
    keys[i] = Math.floor((1 - difficulty) * steps) * positions + i;
  }
  keys.sort();
  const order = new Int32Array(count);
  for (let at = 0; at < count; at++) order[at] = (keys[at] ?? 0) % positions;
  return order;
}

function marketOf({ slots, sites, capacity }: Fluid, weights: Float64Array, prices: Float64Array): Market {
  const base = weights.map((weight, cell) =>
    (capacity[cell] ?? 0) > 0 ? weight + HALF * (prices[cell] ?? 0) : Number.POSITIVE_INFINITY,
  );
  const finite = weights.filter(Number.isFinite);
  const spread = finite.reduce((a, b) => Math.max(a, b), 0) - finite.reduce((a, b) => Math.min(a, b), 0);
  const blocks = Math.ceil(slots / BLOCK);
  const market: Market = {
    siteStep: slots,
    slotStep: 1,
    base,
    capacity,
    ask: base.slice(),
    free: capacity.slice(),
    ramp: RAMP * spread,
    least: new Float64Array(slots),
    leastSite: new Int32Array(slots),
    floor: new Float64Array(sites * blocks),
    order: new Int32Array(sites * blocks),
  };
  for (let block = 0; block < blocks; block++) {
    for (let site = 0; site < sites; site++) findFloor(market, slots, site, block);
    const order = new Int32Array(sites).map((_, site) => site);
    order.sort((a, b) => (market.floor[a * blocks + block] ?? 0) - (market.floor[b * blocks + block] ?? 0) || a - b);
    market.order.set(order, block * sites);
  }
  for (let slot = 0; slot < slots; slot++) findLeast(market, sites, slot);
  return market;
}

function findFloor({ ask, floor }: Market, slots: number, site: number, block: number): void {
  const stop = Math.min(slots, (block + 1) * BLOCK);
  let least = Number.POSITIVE_INFINITY;
  for (let t = block * BLOCK; t < stop; t++) least = Math.min(least, ask[site * slots + t] ?? 0);
  floor[site * Math.ceil(slots / BLOCK) + block] = least;
}

function findLeast({ siteStep, slotStep, ask, least, leastSite }: Market, sites: number, slot: number): void {
  let best = Number.POSITIVE_INFINITY;
  let where = 0;
  for (let site = 0; site < sites; site++) {
    const here = ask[site * siteStep + slot * slotStep] ?? 0;
    if (here < best) {
      best = here;
      where = site;
    }
  }
  least[slot] = best;
  leastSite[slot] = where;
}

/** The same market with the sites of a slot side by side, for those who look at all sites of one slot. */
function bySlot(market: Market, { slots, sites }: Fluid): Market {
  const turned = (values: Float64Array): Float64Array =>
    values.map((_, at) => values[(at % sites) * slots + Math.floor(at / sites)] ?? 0);
  const { base, capacity, ask, free } = market;
  return {
    ...market,
    siteStep: 1,
    slotStep: sites,
    base: turned(base),
    capacity: turned(capacity),
    ask: turned(ask),
    free: turned(free),
  };
}

function take({ slots, sites }: Fluid, market: Market, site: number, slot: number, amount: number): void {
  const { siteStep, slotStep, base, capacity, ask, free, ramp, leastSite } = market;
  const cell = site * siteStep + slot * slotStep;
  const left = (free[cell] ?? 0) - amount;
  free[cell] = left;
  const used = 1 - left / (capacity[cell] ?? 1);
  if (used <= NEARLY_FULL) return;
  // A full cell is asked for by nobody: it must not hide the next cheapest.
  ask[cell] =
    used >= 1 - 1e-9 ? Number.POSITIVE_INFINITY : (base[cell] ?? 0) + (ramp * (used - NEARLY_FULL)) / (1 - NEARLY_FULL);
  if (leastSite[slot] === site) findLeast(market, sites, slot);
  if (slotStep === 1) findFloor(market, slots, site, Math.floor(slot / BLOCK));
}

/** What is chosen for a step: a site, −1 for none, and slots, the one it need not fill at the last place. */
interface Choice {
  site: number;
  readonly slot: Int32Array;
}

const EXCESS = 1e-9;

function chooseSlot(fluid: Fluid, market: Market, i: number, choice: Choice): void {
  const { siteStep, slotStep, capacity, ask, free, least, leastSite } = market;
  const { work, width, group, groups } = fluid;
  const { sites } = item(groups, group[i] ?? -1);
  const amount = (work[i] ?? 0) - EXCESS;
  // While it runs, for however short a part of the slot, it needs all of its width.
  const wanted = (width[i] ?? 0) - EXCESS;
  const fits = (cell: number): boolean => amount <= (free[cell] ?? 0) && wanted <= (capacity[cell] ?? 0);
  const end = fluid.end[i] ?? 0;
  const mayRunAnywhere = groups.length === 1;
  let best = Number.POSITIVE_INFINITY;
  for (let t = fluid.first[i] ?? 0; t < end; t++) {
    const here = least[t] ?? 0;
    if (here >= best) continue;
    const cheapest = (leastSite[t] ?? 0) * siteStep + t * slotStep;
    if (mayRunAnywhere && fits(cheapest)) {
      best = here;
      choice.site = leastSite[t] ?? 0;
      choice.slot[0] = t;
      continue;
    }
    for (let k = 0; k < sites.length; k++) {
      const cell = (sites[k] ?? 0) * siteStep + t * slotStep;
      const asked = ask[cell] ?? 0;
      if (asked >= best || !fits(cell)) continue;
      best = asked;
      choice.site = sites[k] ?? 0;
      choice.slot[0] = t;
    }
  }
}

function chooseSlots(
  fluid: Fluid,
  { ask, free, floor, order }: Market,
  i: number,
  choice: Choice,
  { price, slot }: ReturnType<typeof cheapestOf>,
): void {
  const { slots, most, group, groups } = fluid;
  const first = fluid.first[i] ?? 0;
  const end = fluid.end[i] ?? 0;
  const k = most[i] ?? 1;
  const width = fluid.width[i] ?? 0;
  const wanted = width - EXCESS;
  const rest = restOf(fluid, i);
  const blocks = Math.ceil(slots / BLOCK);
  let best = Number.POSITIVE_INFINITY;
  const { sites } = item(groups, group[i] ?? -1);
  const all = fluid.sites;
  const begin = Math.floor(first / BLOCK) * all;
  for (let at = begin; at < begin + all; at++) {
    const site = order[at] ?? 0;
    if (sites.length < all && !sites.includes(site)) continue;
    let low = Number.POSITIVE_INFINITY;
    const stop = site * blocks + Math.floor((end - 1) / BLOCK);
    for (let b = site * blocks + Math.floor(first / BLOCK); b <= stop; b++) low = Math.min(low, floor[b] ?? 0);
    if (low * ((k - 1) * width + rest) >= best) continue;
    const base = site * slots;
    let found = 0;
    let limit = Number.POSITIVE_INFINITY;
    for (let t = first; t < end; t++) {
      const here = ask[base + t] ?? 0;
      if (here >= limit || wanted > (free[base + t] ?? 0)) continue;
      let q = found < k ? found++ : k - 1;
      while (q > 0 && (price[q - 1] ?? 0) > here) {
        price[q] = price[q - 1] ?? 0;
        slot[q] = slot[q - 1] ?? 0;
        q--;
      }
      price[q] = here;
      slot[q] = t;
      if (found === k) limit = price[k - 1] ?? 0;
    }
    if (found < k) continue;
    let total = (price[k - 1] ?? 0) * rest;
    for (let s = 0; s < k - 1; s++) total += (price[s] ?? 0) * width;
    if (!(total < best)) continue;
    best = total;
    choice.site = site;
    for (let s = 0; s < k; s++) choice.slot[s] = slot[s] ?? 0;
  }
}

/** One stretch; its last slot is the one it need not fill. */
function choosePiece(fluid: Fluid, { ask, free, capacity }: Market, i: number, choice: Choice): void {
  const { slots, most, group, groups } = fluid;
  const k = most[i] ?? 1;
  const width = fluid.width[i] ?? 0;
  const rest = restOf(fluid, i);
  const isFree = (cell: number, amount: number): boolean =>
    amount - EXCESS <= (free[cell] ?? 0) && width - EXCESS <= (capacity[cell] ?? 0) && Number.isFinite(ask[cell] ?? 0);
  let best = Number.POSITIVE_INFINITY;
  for (const site of item(groups, group[i] ?? -1).sites) {
    const base = site * slots;
    let whole = 0;
    let run = 0;
    for (let t = fluid.first[i] ?? 0; t < (fluid.end[i] ?? 0); t++) {
      // `run` slots before t have room for the width, and `whole` is what the last k − 1 of them ask together.
      if (run >= k - 1 && isFree(base + t, rest)) {
        const total = whole * width + (ask[base + t] ?? 0) * rest;
        if (total < best) {
          best = total;
          choice.site = site;
          for (let s = 0; s < k; s++) choice.slot[s] = t - k + 1 + s;
        }
      }
      if (!isFree(base + t, width)) {
        run = 0;
        whole = 0;
        continue;
      }
      run++;
      whole += ask[base + t] ?? 0;
      if (run > k - 1) whole -= ask[base + t - k + 1] ?? 0;
    }
  }
}

function written(fleet: Fleet, fluid: Fluid, room: Int32Array, chosen: Int32Array, site: Int32Array): Assignment {
  const { count, slots, width } = fluid;
  const from = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    from[i + 1] = (from[i] ?? 0) + ((site[i] ?? -1) < 0 ? 0 : (room[i + 1] ?? 0) - (room[i] ?? 0));
  }
  const total = from[count] ?? 0;
  const cell = new Int32Array(total);
  const share = new Float64Array(total);
  const placeAt = fleet.profiles.map(({ places }) =>
    fleet.sites.map((_, at) => places.findIndex((one) => one.site === at)),
  );
  const place = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const where = site[i] ?? -1;
    if (where < 0) continue;
    place[i] = placeAt[fleet.steps.profile[i] ?? 0]?.[where] ?? 0;
    const last = chosen[(room[i + 1] ?? 0) - 1] ?? 0;
    sortPart(chosen, room[i] ?? 0, room[i + 1] ?? 0);
    let at = from[i] ?? 0;
    for (let s = room[i] ?? 0; s < (room[i + 1] ?? 0); s++) {
      const slot = chosen[s] ?? 0;
      cell[at] = where * slots + slot;
      share[at++] = slot === last ? restOf(fluid, i) / (width[i] ?? 1) : 1;
    }
  }
  return { from, cell, share, level: new Uint8Array(total), place };
}
