/**
 * The certificate of a fleet's plan: what capacity prices prove that no plan can undercut. It knows nothing of how the
 * plan or the prices came about.
 *
 * @module
 */
import { item } from '../at.ts';
import type { Fleet, Prices } from './fleet.ts';
import { narrowed, precedenceOf, type Windows } from './precedence.ts';
import { Responder, type Terms } from './respond.ts';
import { placeOf, weighCells } from './weigh.ts';

/**
 * With capacity prices λ ≥ 0 (resource × cell), every plan that places the steps weighs at least
 *
 *     q(λ) = Σ over steps of the least weight of the step alone, its capacity paid at λ  −  Σ λ · capacity.
 *
 * Proof. Take a plan that keeps every promise. What it weighs is Σ w(step) ≥ Σ w(step) + Σ λ · (load − capacity), since
 * load ≤ capacity and λ ≥ 0; sorted by step that is Σ [w(step) + λ · its load] − Σ λ · capacity. Each bracket is what the
 * step's way weighs under the terms of λ, and its way lies in the window that precedence leaves ({@link narrowed}), in
 * cells that have capacity for it at all; {@link Responder} says for each step no more than the least over all of these:
 *
 * - at one size: exactly the least, for every kind;
 * - several sizes, free pauses: the hull greedy over every size that may run in part, exact for the relaxation in which
 *   any slot may be shared among sizes, and run in part;
 * - several sizes, in one piece or with costly pauses: a Lagrangian bound on the work (`response/multiplier.ts`);
 * - fluid: the hull greedy over all sites, at the lowest of the tolls.
 *
 * Precedence itself, the whole slots of several sizes and room that only a part of a fluid step finds are relaxed. ∎
 */
export class Dual {
  /** By resource and cell: what the least-weight ways of the last prices take, minus capacity: a supergradient of q. */
  readonly excess: readonly Float64Array[];
  private readonly fleet: Fleet;
  private readonly windows: Windows;
  private readonly responder: Responder;
  private readonly isOut: Uint8Array;
  private readonly unit: readonly (Float64Array | undefined)[];
  private readonly terms: Terms & { readonly held: readonly Float64Array[] };

  /** Steps with `isOut` 1 are not asked for. */
  constructor(fleet: Fleet, windows: Windows, responder: Responder, isOut: Uint8Array) {
    const { kilowatt, unit } = weighCells(fleet);
    this.fleet = fleet;
    this.windows = windows;
    this.responder = responder;
    this.isOut = isOut;
    this.unit = unit;
    this.excess = fleet.resources.map(({ capacity }) => new Float64Array(capacity.length));
    this.terms = {
      kilowatt,
      held: fleet.resources.map(({ capacity }) => new Float64Array(capacity.length)),
      room: fleet.resources.map(({ capacity }) => capacity),
      isBound: true,
    };
  }

  /** q at these prices; infinite when a step has no way to run even alone. One response a step. */
  value(prices: Prices): number {
    const { fleet, windows, responder, terms } = this;
    let sum = this.startAt(prices);
    for (let step = 0; step < fleet.steps.count; step++) {
      if (this.isOut[step] === 1) continue;
      responder.respond(terms, step, windows.first[step] ?? 0, windows.last[step] ?? 0);
      sum += responder.way.least;
      this.addLoad(step);
    }
    return sum;
  }

  /** Sets the terms, and gives what the capacity is worth, negative. */
  private startAt(prices: Prices): number {
    let worth = 0;
    this.fleet.resources.forEach(({ capacity }, r) => {
      const held = this.terms.held[r];
      const excess = this.excess[r];
      const price = prices[r];
      const unit = this.unit[r];
      if (held === undefined || excess === undefined || price === undefined) return;
      for (let cell = 0; cell < capacity.length; cell++) {
        const most = capacity[cell] ?? 0;
        const paid = price[cell] ?? 0;
        held[cell] = paid + (unit?.[cell] ?? 0);
        excess[cell] = -most;
        worth += paid * most;
      }
    });
    return -worth;
  }

  private addLoad(step: number): void {
    const { fleet, excess, responder } = this;
    const { way } = responder;
    if (way.place < 0) return;
    for (let i = 0; i < way.count; i++) {
      const cell = way.cell[i] ?? 0;
      const part = (way.share[i] ?? 0) * item(placeOf(fleet, step, way.place, cell).levels, way.level[i] ?? 0).needs;
      for (let r = 0; r < excess.length; r++) {
        const load = excess[r];
        if (load !== undefined) load[cell] = (load[cell] ?? 0) + part * (fleet.steps.needs[r]?.[step] ?? 0);
      }
    }
  }
}

/** {@link Dual} once, for a fleet of which the steps `leftOut` are not asked for. */
export function boundOf(fleet: Fleet, prices: Prices, leftOut: Iterable<number> = []): number {
  const isOut = new Uint8Array(fleet.steps.count);
  for (const step of leftOut) isOut[step] = 1;
  const windows = narrowed(fleet, precedenceOf(fleet), isOut);
  return new Dual(fleet, windows, new Responder(fleet), isOut).value(prices);
}
