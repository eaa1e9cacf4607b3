/**
 * Random numbers that are the same for the same seed, everywhere.
 *
 * @module
 */

/** Numbers in [0, 1): mulberry32, 32 bits of state. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
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

/** 0 … count − 1 in random order. */
export function shuffled(count: number, seed: number): Int32Array {
  const order = new Int32Array(count).map((_, i) => i);
  shuffle(order, count, randomNumbers(seed));
  return order;
}
