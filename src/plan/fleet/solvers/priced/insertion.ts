/**
 * Puts steps into a draft, one after the other, each where it weighs least in the room and the window that the others
 * leave it.
 *
 * @module
 */
import { item } from '../../../at.ts';
import type { Fleet } from '../../fleet.ts';
import { fewest, type Precedence, type Windows } from '../../precedence.ts';
import type { Responder, Terms } from '../../respond.ts';
import { Way } from '../../response/way.ts';
import { type CellWeights, profileOf, weighCells } from '../../weigh.ts';
import type { Book } from './ascent.ts';
import type { Draft } from './draft.ts';

/** Terms on a draft under a share of the capacity prices. */
export type PricedTerms = Terms & { readonly held: readonly (Float64Array | undefined)[] };

export class Insertion {
  /** By step: fewest slots from its begin to its end. */
  readonly fewest: Int32Array;
  readonly draft: Draft;
  private readonly fleet: Fleet;
  private readonly precedence: Precedence;
  private readonly windows: Windows;
  private readonly responder: Responder;
  private readonly weights: CellWeights;
  private readonly held: Way;
  /** By step: the slot that those to come leave it, and the round in which it is on the list. */
  private readonly limit: Int32Array;
  private readonly listed: Int32Array;
  private round = 0;
  private readonly stack: Int32Array;

  constructor(fleet: Fleet, precedence: Precedence, windows: Windows, responder: Responder, draft: Draft) {
    const { count } = fleet.steps;
    this.fleet = fleet;
    this.precedence = precedence;
    this.windows = windows;
    this.responder = responder;
    this.draft = draft;
    this.weights = weighCells(fleet);
    this.fewest = fewest(fleet);
    this.held = this.buffer();
    this.limit = new Int32Array(count);
    this.listed = new Int32Array(count);
    this.stack = new Int32Array(count + 1);
  }

  /** A buffer for a way of any step. */
  buffer(): Way {
    return new Way(this.responder.way.cell.length, this.fleet.slots);
  }

  /** The terms of this draft when capacity is paid at `share` of the prices. */
  terms(prices: Book, share: number): PricedTerms {
    const { kilowatt, unit } = this.weights;
    const held = prices.map((price, r) => price.map((grams, cell) => share * grams + (unit[r]?.[cell] ?? 0)));
    return { kilowatt, held: share === 0 ? unit : held, room: this.draft.room };
  }

  /**
   * Puts the listed steps in, in this order, in which none may stand before one it waits for. A step leaves those on the
   * list that wait for it their fewest slots; with `haste`, a random part of what is left over as well. Steps that find
   * no room stay out, and so do those that wait for them; stops at the first of these that `mayFail` does not allow.
   * Returns whether it went through.
   */
  forward(
    list: Int32Array,
    count: number,
    terms: Terms,
    mayFail: (step: number) => boolean,
    haste?: () => number,
  ): boolean {
    this.open(list, count);
    for (let i = count - 1; i >= 0; i--) this.limitEnd(list[i] ?? 0);
    for (let i = 0; i < count; i++) {
      const step = list[i] ?? 0;
      const first = this.firstAfter(step);
      let last = this.limit[step] ?? 0;
      if (haste !== undefined) last -= Math.floor(haste() * Math.max(0, last - first - (this.fewest[step] ?? 0) + 1));
      if (!this.insert(terms, step, first, last) && !mayFail(step)) return false;
    }
    return true;
  }

  /** The same from the end: the listed steps in reverse order, each leaving those before it their fewest slots. */
  backward(list: Int32Array, count: number, terms: Terms, haste?: () => number): boolean {
    this.open(list, count);
    for (let i = 0; i < count; i++) this.limitBegin(list[i] ?? 0);
    for (let i = count - 1; i >= 0; i--) {
      const step = list[i] ?? 0;
      const last = this.lastBefore(step);
      let first = this.limit[step] ?? 0;
      if (haste !== undefined) first += Math.floor(haste() * Math.max(0, last - first - (this.fewest[step] ?? 0) + 1));
      if (!this.insert(terms, step, first, last)) return false;
    }
    return true;
  }

  /**
   * Puts the listed steps in as they are in another draft, that may be overfull: whole ones where they fit, local ones as
   * far as they fit. When all are in, what local ones lack is added where there is room at their site; the rest is put in
   * anew.
   */
  settle(list: Int32Array, overfull: Draft): void {
    const { draft, held, fleet } = this;
    const terms = { kilowatt: this.weights.kilowatt, held: this.weights.unit, room: draft.room };
    const lacking: number[] = [];
    const again: number[] = [];
    for (const step of list) {
      if (!overfull.isIn(step) || (overfull.first[step] ?? 0) < this.firstAfter(step)) {
        again.push(step);
        continue;
      }
      overfull.copy(step, held);
      const isWhole = this.clip(step, held);
      if (held.count > 0) draft.put(step, held);
      if (!isWhole) (held.count > 0 ? lacking : again).push(step);
    }
    for (const step of lacking) if (!this.complete(step)) again.push(step);
    for (const step of again) {
      if (draft.isIn(step)) draft.lift(step);
      this.insert(terms, step, this.firstAfter(step), this.lastBefore(step));
    }
    for (const step of list) if (draft.isIn(step) && this.firstAfter(step) === fleet.slots) draft.lift(step);
  }

  /** Takes away what does not fit, of work that is not local all of it; whether the way is still whole. */
  private clip(step: number, way: Way): boolean {
    const { fleet, draft } = this;
    const { kind, places } = profileOf(fleet, step);
    const levels = places[way.place]?.levels ?? [];
    let kept = 0;
    let lost = 0;
    for (let i = 0; i < way.count; i++) {
      const cell = way.cell[i] ?? 0;
      const share = way.share[i] ?? 0;
      const fits = kind === 'fluid' ? 0 : draft.fits(step, cell, levels[way.level[i] ?? 0]?.needs ?? 1);
      const part = fits >= share - 1e-9 ? share : kind === 'local' ? Math.max(0, fits) : 0;
      lost += share - part;
      if (part <= 1e-9) continue;
      way.cell[kept] = cell;
      way.share[kept] = part;
      way.level[kept] = way.level[i] ?? 0;
      kept++;
    }
    way.count = lost > 0 && (kind !== 'local' || levels.length > 1) ? 0 : kept;
    return lost <= 1e-9;
  }

  /** Adds to local work of one size what it lacks, in the cheapest slots with room at its site; whether it is whole. */
  private complete(step: number): boolean {
    const { fleet, draft, held } = this;
    draft.copy(step, held);
    const { site, lead, levels } = item(profileOf(fleet, step).places, held.place);
    const { speed, needs } = item(levels, 0);
    const last = this.lastBefore(step);
    const begin = Math.max(this.firstAfter(step), (fleet.steps.release[step] ?? 0) + lead);
    let lacks = (fleet.steps.length[step] ?? 0) / speed;
    for (let i = 0; i < held.count; i++) lacks -= held.share[i] ?? 0;
    draft.lift(step);
    while (lacks > 1e-9) {
      let best = -1;
      let price = Number.POSITIVE_INFINITY;
      let part = 0;
      for (let slot = begin; slot < last; slot++) {
        const cell = site * fleet.slots + slot;
        const own = held.shareIn(cell);
        const free = Math.min(1, draft.fits(step, cell, needs)) - own;
        const here = draft.priceIn(step, cell);
        if (free <= 1e-9 || here >= price) continue;
        best = cell;
        price = here;
        part = free;
      }
      if (best < 0) break;
      held.addTo(best, Math.min(part, lacks));
      lacks -= part;
    }
    held.sort();
    draft.put(step, held);
    return lacks <= 1e-9;
  }

  private open(list: Int32Array, count: number): void {
    this.round++;
    for (let i = 0; i < count; i++) this.listed[list[i] ?? 0] = this.round;
  }

  private insert(terms: Terms, step: number, first: number, last: number): boolean {
    const { responder, draft } = this;
    if (first + (this.fewest[step] ?? 0) > last) return false;
    responder.respond(terms, step, first, last);
    if (responder.way.place < 0) return false;
    draft.put(step, responder.way);
    return true;
  }

  /** Latest end of a step, given those after it that are in, and those on the list. */
  private limitEnd(step: number): void {
    const { after } = this.precedence;
    let last = this.windows.last[step] ?? 0;
    for (let k = after.from[step] ?? 0; k < (after.from[step + 1] ?? 0); k++) {
      const next = after.step[k] ?? 0;
      if (this.draft.isIn(next)) last = Math.min(last, this.draft.first[next] ?? 0);
      else if (this.listed[next] === this.round) {
        last = Math.min(last, (this.limit[next] ?? 0) - (this.fewest[next] ?? 0));
      }
    }
    this.limit[step] = last;
  }

  private limitBegin(step: number): void {
    const { before } = this.precedence;
    let first = this.windows.first[step] ?? 0;
    for (let k = before.from[step] ?? 0; k < (before.from[step + 1] ?? 0); k++) {
      const other = before.step[k] ?? 0;
      if (this.draft.isIn(other)) first = Math.max(first, (this.draft.last[other] ?? 0) + 1);
      else if (this.listed[other] === this.round) {
        first = Math.max(first, (this.limit[other] ?? 0) + (this.fewest[other] ?? 0));
      } else first = this.fleet.slots;
    }
    this.limit[step] = first;
  }

  /** First slot after all that a step waits for; after the last when one of them is out. */
  firstAfter(step: number): number {
    const { before } = this.precedence;
    let first = this.windows.first[step] ?? 0;
    for (let k = before.from[step] ?? 0; k < (before.from[step + 1] ?? 0); k++) {
      const other = before.step[k] ?? 0;
      first = this.draft.isIn(other) ? Math.max(first, (this.draft.last[other] ?? 0) + 1) : this.fleet.slots;
    }
    return first;
  }

  /** Slot by which a step has to have ended for those that wait for it and are in. */
  lastBefore(step: number): number {
    const { after } = this.precedence;
    let last = this.windows.last[step] ?? 0;
    for (let k = after.from[step] ?? 0; k < (after.from[step + 1] ?? 0); k++) {
      const next = after.step[k] ?? 0;
      if (this.draft.isIn(next)) last = Math.min(last, this.draft.first[next] ?? 0);
    }
    return last;
  }

  /** Lifts each listed step in turn and puts it back where it weighs least under the terms; those out are tried too. */
  improve(list: Int32Array, terms: PricedTerms): void {
    const { draft, responder, held } = this;
    for (const step of list) {
      const first = this.firstAfter(step);
      const last = this.lastBefore(step);
      if (!draft.isIn(step)) {
        this.insert(terms, step, first, last);
        continue;
      }
      draft.copy(step, held);
      const cost = draft.cost[step] ?? 0;
      const before = draft.weigh(step, held, terms.held);
      draft.lift(step);
      const value = responder.respond(terms, step, first, last);
      if (value < before - 1e-9 * Math.abs(before)) draft.put(step, responder.way);
      else draft.put(step, held, cost);
    }
  }

  /** Brings steps into an order in which none stands before one on the list it waits for, else as they stand. */
  arrange(list: Int32Array, count: number): void {
    const { before } = this.precedence;
    if (before.step.length === 0) return;
    this.open(list, count);
    const waiting = list.slice(0, count);
    const { stack } = this;
    let placed = 0;
    for (const start of waiting) {
      let depth = 0;
      stack[depth++] = start;
      while (depth > 0) {
        const step = stack[depth - 1] ?? 0;
        const next = this.listed[step] === this.round ? this.waitsFor(step) : -1;
        if (next >= 0) {
          stack[depth++] = next;
          continue;
        }
        depth--;
        if (this.listed[step] !== this.round) continue;
        this.listed[step] = 0;
        list[placed++] = step;
      }
    }
  }

  /** A step on the list that this one waits for; −1 when there is none. */
  private waitsFor(step: number): number {
    const { before } = this.precedence;
    for (let k = before.from[step] ?? 0; k < (before.from[step + 1] ?? 0); k++) {
      const other = before.step[k] ?? 0;
      if (this.listed[other] === this.round) return other;
    }
    return -1;
  }
}
