/**
 * Factors: how they are named by their content, which of several is in force at an instant, and how a stretch of time
 * falls apart at their edges.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Quality } from '../grid/index.ts';
import type { Site } from '../site/index.ts';
import { canonicalJson } from '../store/index.ts';
import { type Instant, instant } from '../units.ts';
import type { Factor } from './entries.ts';
import { fromFactor } from './rows.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The id of a factor: sha256 of the canonical JSON of its stored columns without `id`. */
export function factorId(factor: Factor): string {
  const { id: _, ...content } = fromFactor(factor);
  return sha256(canonicalJson(content));
}

/** Best-known first. A measured value beats a forecast of the same hour, and any hour's value a yearly average. */
const RANK = {
  measured: 0,
  estimated: 1,
  forecast: 2,
  replayed: 3,
  synthetic: 4,
  'yearly-average': 5,
  modelled: 6,
  missing: 7,
} as const satisfies Record<Quality, number>;

/**
 * Whether `a` is in force over `b` where both are valid: the better quality, then the later publication. `false` on a
 * tie, so that of equals the one recorded later wins when they are tried in the order of recording.
 */
const outranks = (a: Factor, b: Factor): boolean =>
  RANK[a.quality] === RANK[b.quality] ? a.publishedAt > b.publishedAt : RANK[a.quality] < RANK[b.quality];

/** May this intensity stand in the location-based book? A marginal one belongs to another book. */
export const isLocationIntensity = (factor: Factor): boolean =>
  factor.kind === 'intensity' && factor.signal?.kind !== 'marginal';

/** The factor in force at `at`, of `factors` in the order of recording. */
export function inForce(factors: readonly Factor[], at: Instant): Factor | undefined {
  let best: Factor | undefined;
  for (const factor of factors) {
    if (at < factor.validFrom || at >= factor.validTo) continue;
    if (best === undefined || !outranks(best, factor)) best = factor;
  }
  return best;
}

/** A half-open stretch over which the same factors are in force. */
export interface Piece {
  readonly start: Instant;
  readonly end: Instant;
  readonly intensity: Factor | undefined;
  readonly pue: Factor | undefined;
}

/**
 * Cuts [start, end) wherever the intensity or the PUE in force changes. A stretch without length is one piece. The
 * pieces touch, and cover the stretch exactly. O(n log n + n·m) for n edges inside and m factors.
 */
export function piecesOf(
  start: Instant,
  end: Instant,
  intensities: readonly Factor[],
  pues: readonly Factor[],
): Piece[] {
  const edges = new Set<Instant>();
  for (const { validFrom, validTo } of [...intensities, ...pues]) {
    if (validFrom > start && validFrom < end) edges.add(validFrom);
    if (validTo > start && validTo < end) edges.add(validTo);
  }
  const starts = [start, ...[...edges].sort((a, b) => a - b)];
  const pieces: Piece[] = [];
  for (const [i, from] of starts.entries()) {
    const piece: Piece = {
      start: from,
      end: starts[i + 1] ?? end,
      intensity: inForce(intensities, from),
      pue: inForce(pues, from),
    };
    const last = pieces.at(-1);
    const continues =
      last !== undefined && last.intensity?.id === piece.intensity?.id && last.pue?.id === piece.pue?.id;
    if (continues) pieces[pieces.length - 1] = { ...last, end: piece.end };
    else pieces.push(piece);
  }
  return pieces;
}

/** Whether `a` tells nothing that `b` does not: the same value for the same time, published or fetched again. */
export const saysTheSame = (a: Factor, b: Factor): boolean =>
  factorId({ ...a, publishedAt: instant(0), sha256: null }) ===
  factorId({ ...b, publishedAt: instant(0), sha256: null });

/** Uncertainty of a declared PUE (accounting methods, "spreads"). */
const DECLARED_PUE_GSD = 1.15;

/** The PUE of `site` over [start, end) as a factor. A PUE of 1 says that the plug is the boundary, and is certain. */
export function pueFactor(site: Site, start: Instant, end: Instant): Factor {
  const value = BigInt(Math.round(site.pue * 1000));
  const factor: Factor = {
    id: '',
    kind: 'pue',
    key: site.name,
    validFrom: start,
    validTo: end,
    value,
    unit: '1/1000',
    gsd: value === 1000n ? 1 : DECLARED_PUE_GSD,
    signal: null,
    quality: 'estimated',
    source: `declared for site ${site.name}`,
    licence: 'none needed',
    sha256: null,
    publishedAt: start,
  };
  return { ...factor, id: factorId(factor) };
}
