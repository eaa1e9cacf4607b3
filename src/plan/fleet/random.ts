/**
 * Chance that can be repeated.
 *
 * @module
 */

/** Numbers in [0, 1) that a seed determines: mulberry32, by Tommy Ettinger (public domain). */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Brings the first `count` items into random order. */
export function shuffle(items: Int32Array, count: number, random: () => number): void {
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    const kept = items[i] ?? 0;
    items[i] = items[other] ?? 0;
    items[other] = kept;
  }
}
