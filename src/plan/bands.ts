/**
 * How sure the figures are: p10 and p90 of emissions and of a saving. Formulae in `docs/methods/planning.md`.
 *
 * @module
 */
import { type Instant, Z90 } from '../units.ts';
import { type Draught, draughtsOf, type Placed } from './account.ts';
import { at } from './at.ts';
import type { Integral } from './axis.ts';
import type { ZoneCurves } from './jobs.ts';
import type { Outlook } from './plan.ts';

/** How alike forecast errors at different hours are taken to be, where plan and baseline do not run at the same time. */
const CORRELATION = 0.7;

/** The quantile that is the expected value: forecasts are as often too low as too high. */
export const MEDIAN = 0.5;

/**
 * Standard deviations between the median and a quantile of a normal variable; error below 4.5e-4 (Abramowitz and Stegun,
 * Handbook of Mathematical Functions, 1964, 26.2.23).
 */
function deviations(quantile: number): number {
  const tail = Math.min(quantile, 1 - quantile);
  const t = Math.sqrt(-2 * Math.log(tail));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const z = t - numerator / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return quantile < MEDIAN ? -z : z;
}

/**
 * g/kWh by slot that is not exceeded with this probability: the p10 or p90 of the outlook, stretched in log space as if
 * normal on either side of what is expected.
 */
export function atQuantile({ intensityG, lowG, highG }: Outlook, quantile: number): Float64Array {
  if (quantile === MEDIAN) return intensityG;
  const part = deviations(quantile) / Z90;
  return intensityG.map((expected, i) => {
    const ratio = part > 0 ? at(highG, i) / expected : expected / at(lowG, i);
    return Number.isFinite(ratio) && ratio > 0 ? expected * ratio ** part : expected;
  });
}

export interface Band {
  readonly low: number;
  readonly high: number;
}

/** Something whose p10 and p90 under the forecast and whose geometric SD of energy are known. */
export interface Uncertain {
  readonly expectedG: number;
  readonly lowG: number;
  readonly highG: number;
  readonly gsd: number;
}

/** ln(a/b); 0 where there is nothing to compare. */
const logRatio = (a: number, b: number): number => (a > 0 && b > 0 ? Math.log(a / b) : 0);

/**
 * p10 and p90 of a sum of emissions. Forecast errors are taken as fully correlated in time and machine factors as
 * shared between steps (both conservative), the two as independent: half-widths add in quadrature in log space.
 */
export function emissionsBand(parts: readonly Uncertain[]): Band {
  const sum = (of: (part: Uncertain) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const expected = sum((part) => part.expectedG);
  const energyUp = logRatio(
    sum((part) => part.expectedG * part.gsd ** Z90),
    expected,
  );
  const energyDown = logRatio(
    expected,
    sum((part) => part.expectedG * part.gsd ** -Z90),
  );
  const gridUp = logRatio(
    sum((part) => part.highG),
    expected,
  );
  const gridDown = logRatio(
    expected,
    sum((part) => part.lowG),
  );
  return {
    low: expected * Math.exp(-Math.hypot(energyDown, gridDown)),
    high: expected * Math.exp(Math.hypot(energyUp, gridUp)),
  };
}

/** The draughts of a schedule in each zone, by their start. */
function draughtsByZone(schedule: readonly Placed[], now: Instant): ReadonlyMap<ZoneCurves, readonly Draught[]> {
  const zones = new Map<ZoneCurves, Draught[]>();
  for (const placed of schedule) {
    const { zone } = placed.option;
    const draughts = zones.get(zone) ?? [];
    draughts.push(...draughtsOf(placed, now));
    zones.set(zone, draughts);
  }
  for (const draughts of zones.values()) draughts.sort((a, b) => a.start - b.start);
  return zones;
}

/** Grams of what two schedules draw at one zone at the same time. */
function commonGrams(ours: readonly Draught[], theirs: readonly Draught[], expected: Integral): number {
  let common = 0;
  const lastEnd = theirs.reduce((last, { end }) => Math.max(last, end), Number.NEGATIVE_INFINITY);
  for (const a of ours) {
    if (a.start >= lastEnd) break;
    for (const b of theirs) {
      if (b.start >= a.end) break;
      const start = Math.max(a.start, b.start);
      const end = Math.min(a.end, b.end);
      if (start < end) common += Math.min(a.kw, b.kw) * expected(start, end);
    }
  }
  return common;
}

interface Totals {
  readonly expectedG: number;
  readonly lowG: number;
  readonly highG: number;
}

/**
 * p10 and p90 of the saving of `plan` against `baseline`, in percent. The energy factor is the same in both and
 * cancels. With R = plan/baseline and half-widths a of the plan and b of the baseline in log space, ln R has the
 * half-width √(a² + b² − 2ρab); ρ is 1 for the part that both emit at the same time and place, 0.7 for the rest, and
 * the wider of the upper and the lower half is used. A perfect forecast gives the saving itself twice.
 */
export function savingBand(
  plan: readonly Placed[],
  baseline: readonly Placed[],
  now: Instant,
  planTotals: Totals,
  baselineTotals: Totals,
): Band {
  const theirs = draughtsByZone(baseline, now);
  let common = 0;
  for (const [zone, ours] of draughtsByZone(plan, now)) {
    common += commonGrams(ours, theirs.get(zone) ?? [], zone.expected);
  }
  const smaller = Math.min(planTotals.expectedG, baselineTotals.expectedG);
  const share = smaller > 0 ? Math.min(1, common / smaller) : 1;
  const rho = share + (1 - share) * CORRELATION;
  const width = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a + b * b - 2 * rho * a * b));
  const half = Math.max(
    width(logRatio(planTotals.highG, planTotals.expectedG), logRatio(baselineTotals.highG, baselineTotals.expectedG)),
    width(logRatio(planTotals.expectedG, planTotals.lowG), logRatio(baselineTotals.expectedG, baselineTotals.lowG)),
  );
  const ratio = planTotals.expectedG / baselineTotals.expectedG;
  return { low: 100 * (1 - ratio * Math.exp(half)), high: 100 * (1 - ratio * Math.exp(-half)) };
}
