/**
 * Seeded random numbers whose whole state is four 32-bit words, so that a checkpoint can hold it.
 *
 * @module
 */

/**
 * sfc32 ("small fast counter") of Chris Doty-Humphrey's PractRand: passes PractRand, period at least 2^32.
 */
export class Random {
  /** The whole state; save it and restore it to go on with the same numbers. */
  state = new Uint32Array(4);

  /** @param {number} seed a whole number */
  constructor(seed) {
    this.state.set([seed, 0x9e3779b9, 0x243f6a88, 1]);
    // The author's advice: the first numbers still show the seed.
    for (let i = 0; i < 15; i++) this.next();
  }

  /** @returns {number} in [0, 1) */
  next() {
    const s = this.state;
    let [a, b, c, counter] = s;
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    s[0] = a;
    s[1] = b;
    s[2] = c;
    s[3] = counter;
    return (sum >>> 0) / 2 ** 32;
  }

  /**
   * A number of the standard normal distribution (Box and Muller 1958; the second of the pair is not kept, so that
   * the state stays four words).
   *
   * @returns {number}
   */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /**
   * Every order equally likely (Fisher and Yates), in place.
   *
   * @template {number[] | Uint32Array} T
   * @param {T} items
   * @returns {T}
   */
  shuffle(items) {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }
}
