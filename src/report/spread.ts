/**
 * Uncertainty of sums whose terms share causes (docs/methods/accounting.md, "Spreads").
 *
 * @module
 */
import { Z90 } from '../units.ts';

/** A log-normal quantity: its median, and what makes it uncertain. */
export interface Term {
  readonly value: number;
  /** Cause → σ of ln(value) that it gives. A cause that two terms share moves both together (fully correlated). */
  readonly causes: Readonly<Record<string, number>>;
}

export interface Band {
  readonly low: number;
  readonly high: number;
  /** σ of ln(sum). */
  readonly sigma: number;
}

/**
 * p10 and p90 of a sum of log-normal terms, as the log-normal of equal mean and variance (Fenton 1960, Wilkinson).
 * cov(X, Y) = m(X)·m(Y)·(exp(Σ σX·σY over shared causes) − 1), so the second moment is exact. Terms with equal causes
 * are joined first; O(k²) in the number of different ones. One term gives value·exp(±z·σ) exactly. Terms of value 0 are
 * left out; no term at all gives 0 … 0.
 */
export function spreadOfSum(terms: readonly Term[]): Band {
  const joined = join(terms);
  if (joined.length === 0) return { low: 0, high: 0, sigma: 0 };
  const means = joined.map(({ value, causes }) => value * Math.exp(shared(causes, causes) / 2));
  const mean = means.reduce((a, b) => a + b, 0);
  let variance = 0;
  for (const [i, a] of joined.entries()) {
    for (const [j, b] of joined.entries()) {
      variance += (means[i] ?? 0) * (means[j] ?? 0) * Math.expm1(shared(a.causes, b.causes));
    }
  }
  const sigma = Math.sqrt(Math.log1p(variance / (mean * mean)));
  const median = mean * Math.exp(-(sigma * sigma) / 2);
  return { low: median * Math.exp(-Z90 * sigma), high: median * Math.exp(Z90 * sigma), sigma };
}

function shared(a: Term['causes'], b: Term['causes']): number {
  let sum = 0;
  for (const [cause, sigma] of Object.entries(a)) sum += sigma * (b[cause] ?? 0);
  return sum;
}

function join(terms: readonly Term[]): Term[] {
  const byCauses = new Map<string, Term>();
  for (const { value, causes } of terms) {
    if (value === 0) continue;
    const key = JSON.stringify(causes);
    byCauses.set(key, { value: value + (byCauses.get(key)?.value ?? 0), causes });
  }
  return [...byCauses.values()];
}
