/**
 * Why nothing can be planned: the smallest sets of constraints that cannot hold together.
 *
 * @module
 */
import { changed } from './changes.ts';
import { type Constraint, constraintsOf, lifted, wordsOf } from './constraints.ts';
import { isFeasible } from './footing.ts';
import type { PlanRequest, StepPower } from './plan.ts';

/** Constraints that cannot hold together, though any of them could go and the others would. */
export interface ConflictSet {
  readonly constraints: readonly { readonly constraint: Constraint; readonly words: string }[];
}

/** So many sets are looked for. */
const MOST_SETS = 4;

/**
 * The conflicts of a request that has no plan, one after the other: each is minimal (with any one of its constraints
 * lifted, the others of it can hold), and no two share a constraint. Empty where a plan exists, or where no constraint
 * stands in its way (there is no site, or no data for it). All that can be dropped with the conflict still there is
 * dropped, halves first (deletion filtering: Chinneck and Dravnieks, ORSA Journal on Computing 1991; in halves as in
 * Junker, "QuickXplain", AAAI 2004). A set of k of n constraints takes O(k log(n/k) + k) trials.
 */
export function conflicts(request: PlanRequest, power: StepPower): readonly ConflictSet[] {
  const all = constraintsOf(request);
  /** Whether these alone, the others lifted, cannot hold. */
  const clash = (kept: readonly Constraint[]): boolean => {
    const rest = all.filter((constraint) => !kept.includes(constraint));
    return !isFeasible(
      changed(
        request,
        rest.map((constraint) => lifted(constraint, request)),
      ),
      power,
    );
  };
  const found: ConflictSet[] = [];
  let left = all;
  while (found.length < MOST_SETS && clash(left)) {
    const set = smallest(left, clash);
    if (set.length === 0) break;
    found.push({ constraints: set.map((constraint) => ({ constraint, words: wordsOf(constraint, request) })) });
    left = left.filter((constraint) => !set.includes(constraint));
  }
  return found;
}

/** A part of `clashing` that clashes, and of which no part does. */
function smallest<T>(clashing: readonly T[], clash: (kept: readonly T[]) => boolean): readonly T[] {
  let kept = clashing;
  for (let size = Math.ceil(clashing.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    kept = withoutBlocks(kept, size, clash);
  }
  // The search for room is no oracle: what was needed beside what has gone since is asked again.
  for (let before = kept.length + 1; kept.length < before; ) {
    before = kept.length;
    kept = withoutBlocks(kept, 1, clash);
  }
  return kept;
}

/** Drops block after block of so many that the clash does not need. */
function withoutBlocks<T>(all: readonly T[], size: number, clash: (kept: readonly T[]) => boolean): readonly T[] {
  let kept = all;
  for (let i = 0; i < all.length; i += size) {
    const block = all.slice(i, i + size);
    const rest = kept.filter((one) => !block.includes(one));
    if (rest.length < kept.length && clash(rest)) kept = rest;
  }
  return kept;
}
