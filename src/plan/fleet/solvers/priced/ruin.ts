/**
 * Ruin and recreate (Schrimpf et al., "Record breaking optimization results using the ruin and recreate principle",
 * Journal of Computational Physics 2000): some steps that are in each other's way are lifted and put back in another
 * order; whether the outcome is kept is decided by annealing.
 *
 * @module
 */
import { item } from '../../../at.ts';
import type { Fleet } from '../../fleet.ts';
import type { Lists, Precedence, Windows } from '../../precedence.ts';
import { shuffle } from '../../random.ts';
import type { Way } from '../../response/way.ts';
import type { Draft } from './draft.ts';
import type { Insertion, PricedTerms } from './insertion.ts';

/** Steps that one ruin takes: at least, and at most. */
const FEWEST = 3;
const MOST = 20;
/** Of the mean weight of a step: how much worse a plan may become at the beginning, and at the end. */
const WARM = 4e-4;
const COLD = 4e-6;

export class Ruin {
  private readonly precedence: Precedence;
  private readonly windows: Windows;
  private readonly insertion: Insertion;
  private readonly draft: Draft;
  private readonly sizes: Float64Array;
  private readonly isOut: Uint8Array;
  private readonly random: () => number;
  private readonly near: Buckets;
  private readonly saved: readonly Way[];
  /** The steps of this ruin as they were found, whether they were in, and in the order in which they are put back. */
  private readonly taken = new Int32Array(MOST);
  private readonly wasIn = new Uint8Array(MOST);
  private readonly list = new Int32Array(MOST);
  private count = 0;
  private readonly mark: Int32Array;
  private readonly key: Float64Array;
  private round = 0;
  private hasOut = false;
  private exchanges = false;

  /** `sizes`: how much of the fleet's capacity each step needs. Steps with `isOut` 1 are never put in. */
  constructor(
    fleet: Fleet,
    precedence: Precedence,
    windows: Windows,
    insertion: Insertion,
    sizes: Float64Array,
    isOut: Uint8Array,
    random: () => number,
  ) {
    this.precedence = precedence;
    this.windows = windows;
    this.insertion = insertion;
    this.draft = insertion.draft;
    this.sizes = sizes;
    this.isOut = isOut;
    this.random = random;
    this.near = bucketsOf(fleet, windows, isOut);
    this.saved = Array.from({ length: MOST }, () => insertion.buffer());
    this.mark = new Int32Array(fleet.steps.count);
    this.key = new Float64Array(fleet.steps.count);
  }

  /** Copies of the offers whose energy is a little cheaper here and dearer there; see {@link disturb}. */
  private disturbed(offers: readonly PricedTerms[]): Disturbed[] {
    return offers.map((offer) => ({ ...offer, kilowatt: offer.kilowatt.slice(), calm: offer.kilowatt }));
  }

  /** So that steps also go where they are not drawn to: no order of insertion alone reaches every plan. */
  private disturb({ kilowatt, calm }: Disturbed): void {
    const { random } = this;
    const most = 0.4 * random() ** 2;
    for (let cell = 0; cell < kilowatt.length; cell++) {
      kilowatt[cell] = (calm[cell] ?? 0) * (1 + most * (2 * random() - 1));
    }
  }

  /** Improves the draft for so many rounds; `best` becomes the best that was seen, the draft itself included. */
  anneal(offers: readonly PricedTerms[], rounds: number, best: Draft): void {
    const { draft, random, isOut } = this;
    const { length } = isOut;
    let total = draft.total();
    let bestTotal = best.placed < draft.placed ? Number.POSITIVE_INFINITY : best.total();
    const keep = (): void => {
      if (draft.placed > best.placed || (draft.placed === best.placed && total < bestTotal)) {
        best.become(draft);
        bestTotal = total;
      }
    };
    const warm = (WARM * Math.abs(total)) / Math.max(1, draft.placed);
    const pace = Math.max(1, Math.floor(length / 100));
    const noisy = this.disturbed(offers);
    const disturbance = Math.max(0.1, 0.5 - length / 200);
    const every = Math.ceil((noisy[0]?.kilowatt.length ?? 0) / 50);
    keep();
    for (let round = 0; round < rounds; round++) {
      if (round % every === 0) this.disturb(item(noisy, Math.floor(random() * noisy.length)));
      const heat = warm * (COLD / WARM) ** (round / rounds);
      this.gather(this.seed());
      const placed = draft.placed;
      const before = this.liftAll();
      this.order();
      const offer = item(random() < disturbance ? noisy : offers, Math.floor(random() * offers.length));
      const worst = before - heat * Math.log(1 - random() + 1e-12);
      const after = this.recreate(offer);
      const isMore = draft.placed > placed && after < Number.POSITIVE_INFINITY;
      if (isMore || (draft.placed === placed && after < worst)) total += after - before;
      else this.restore();
      if (round % pace === 0) keep();
    }
    keep();
  }

  /** A random step; now and then one that is out and could be in. */
  private seed(): number {
    const { random, isOut, draft } = this;
    const { length } = isOut;
    const start = Math.floor(random() * length);
    if (draft.placed < length && random() < 0.3) {
      for (let i = 0; i < length; i++) {
        const step = (start + i) % length;
        if (isOut[step] === 0 && !draft.isIn(step)) return step;
      }
    }
    for (let i = 0; i < length; i++) {
      const step = (start + i) % length;
      if (isOut[step] === 0) return step;
    }
    return start;
  }

  /** Takes the seed, some of what it waits for or what waits for it, and some that may run at the same time. */
  private gather(seed: number): void {
    const { random, precedence } = this;
    this.round++;
    this.count = 0;
    this.take(seed);
    const most = FEWEST + Math.floor(random() * (MOST - FEWEST + 1));
    const relatives = random() < 0.5 ? most : Math.floor(most / 3);
    for (let i = 0; i < this.count && this.count < relatives; i++) {
      const step = this.taken[i] ?? 0;
      this.takeAll(precedence.before, step, relatives);
      this.takeAll(precedence.after, step, relatives);
    }
    const among = this.count;
    const { near } = this;
    for (let tries = 0; this.count < most && tries < 4 * most; tries++) {
      const of = this.taken[Math.floor(random() * among)] ?? seed;
      const first = this.windows.first[of] ?? 0;
      const last = this.windows.last[of] ?? 0;
      const bucket = Math.floor((first + random() * Math.max(1, last - first)) / near.width);
      const from = near.from[bucket] ?? 0;
      const to = near.from[bucket + 1] ?? from;
      if (to > from) this.take(near.step[from + Math.floor(random() * (to - from))] ?? seed);
    }
  }

  private takeAll({ from, step: steps }: Lists, step: number, most: number): void {
    for (let k = from[step] ?? 0; k < (from[step + 1] ?? 0) && this.count < most; k++) this.take(steps[k] ?? step);
  }

  private take(step: number): void {
    if (this.mark[step] === this.round || this.isOut[step] === 1) return;
    this.mark[step] = this.round;
    this.taken[this.count] = step;
    this.list[this.count] = step;
    this.count++;
  }

  private liftAll(): number {
    const { draft } = this;
    let sum = 0;
    this.hasOut = false;
    for (let i = 0; i < this.count; i++) {
      const step = this.taken[i] ?? 0;
      const isIn = draft.isIn(step);
      this.wasIn[i] = isIn ? 1 : 0;
      if (!isIn) this.hasOut = true;
      if (!isIn) continue;
      draft.copy(step, item(this.saved, i));
      sum += draft.cost[step] ?? 0;
      draft.lift(step);
    }
    return sum;
  }

  /** By chance, by size or by what time is left over, sometimes with two exchanged. */
  private order(): void {
    const { random, list, key, windows, sizes, insertion } = this;
    const chance = random();
    shuffle(list, this.count, random);
    if (chance >= 0.4) {
      for (let i = 0; i < this.count; i++) {
        const step = list[i] ?? 0;
        const spare = (windows.last[step] ?? 0) - (windows.first[step] ?? 0) - (insertion.fewest[step] ?? 0);
        key[step] = chance < 0.7 ? -(sizes[step] ?? 0) : spare;
      }
      sortBy(list, this.count, key);
      if (random() < 0.5) this.exchange();
    }
    insertion.arrange(list, this.count);
  }

  private exchange(): void {
    const { list, random, count } = this;
    const i = Math.floor(random() * count);
    const k = Math.floor(random() * count);
    const kept = list[i] ?? 0;
    list[i] = list[k] ?? 0;
    list[k] = kept;
  }

  /** Puts the steps back; what they weigh now, infinite when one that was in found no room. */
  private recreate(terms: PricedTerms): number {
    const { draft, insertion, list, random, precedence } = this;
    this.exchanges = this.hasOut && random() < 0.5;
    const chance = precedence.before.step.length === 0 ? 0 : random();
    const haste = chance > 0.5 ? random : undefined;
    const isBackward = chance > 0.25 && chance < 0.75;
    const went = isBackward
      ? insertion.backward(list, this.count, terms, haste)
      : insertion.forward(list, this.count, terms, (step) => this.mayStayOut(step), haste);
    if (!went) return Number.POSITIVE_INFINITY;
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += draft.cost[this.taken[i] ?? 0] ?? 0;
    return sum;
  }

  /** A step that was out; while others are out too, now and then one that was in and that none that is in waits for. */
  private mayStayOut(step: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.taken[i] === step && this.wasIn[i] === 0) return true;
    if (!this.exchanges) return false;
    const { from, step: steps } = this.precedence.after;
    for (let k = from[step] ?? 0; k < (from[step + 1] ?? 0); k++) if (this.draft.isIn(steps[k] ?? 0)) return false;
    return true;
  }

  private restore(): void {
    const { draft } = this;
    for (let i = 0; i < this.count; i++) {
      const step = this.taken[i] ?? 0;
      if (draft.isIn(step)) draft.lift(step);
    }
    for (let i = 0; i < this.count; i++) {
      const way = item(this.saved, i);
      if (this.wasIn[i] === 1) draft.put(this.taken[i] ?? 0, way, way.value);
    }
  }
}

type Disturbed = PricedTerms & { readonly calm: Float64Array };

/** Sorts the first `count` items by ascending key; few items. */
function sortBy(list: Int32Array, count: number, key: Float64Array): void {
  for (let i = 1; i < count; i++) {
    const step = list[i] ?? 0;
    const own = key[step] ?? 0;
    let z = i;
    while (z > 0 && (key[list[z - 1] ?? 0] ?? 0) > own) {
      list[z] = list[z - 1] ?? 0;
      z--;
    }
    list[z] = step;
  }
}

/** Steps by the stretches of time that their windows touch. */
interface Buckets extends Lists {
  readonly width: number;
}

function bucketsOf({ slots }: Fleet, { first, last }: Windows, isOut: Uint8Array): Buckets {
  let sum = 0;
  for (let step = 0; step < isOut.length; step++) sum += Math.max(0, (last[step] ?? 0) - (first[step] ?? 0));
  const width = Math.max(1, Math.floor(sum / Math.max(1, isOut.length) / 16));
  const from = new Int32Array(Math.ceil(slots / width) + 1);
  const each = (visit: (bucket: number, step: number) => void): void => {
    for (let step = 0; step < isOut.length; step++) {
      if (isOut[step] === 1) continue;
      const end = Math.ceil((last[step] ?? 0) / width);
      for (let bucket = Math.floor((first[step] ?? 0) / width); bucket < end; bucket++) visit(bucket, step);
    }
  };
  each((bucket) => {
    from[bucket + 1] = (from[bucket + 1] ?? 0) + 1;
  });
  for (let bucket = 0; bucket + 1 < from.length; bucket++) {
    from[bucket + 1] = (from[bucket + 1] ?? 0) + (from[bucket] ?? 0);
  }
  const next = from.slice();
  const step = new Int32Array(from[from.length - 1] ?? 0);
  each((bucket, one) => {
    const place = next[bucket] ?? 0;
    step[place] = one;
    next[bucket] = place + 1;
  });
  return { width, from, step };
}
