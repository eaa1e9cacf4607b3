/**
 * The trained model: its size, how it is read, and how it looks at an image from several places.
 *
 * @module
 */
import { PIXELS, readArrays, SIDE } from './files.js';
import { CLASSES, Network, parameterCount } from './network.js';

/** Hidden units. */
export const HIDDEN = 128;

/**
 * @returns {Network}
 * @throws when no model was trained
 */
export function readModel() {
  const parameters = new Float32Array(parameterCount(HIDDEN));
  if (readArrays('model.bin', { parameters }, { hidden: HIDDEN }) === undefined)
    throw new Error('no model.bin in the output folder, or a damaged one; run train.js');
  return new Network(HIDDEN, parameters);
}

/**
 * Moves an image; what leaves the frame is lost.
 *
 * @param {Uint8Array} pixels
 * @param {number} from index of the image's first pixel
 * @param {number} right pixels
 * @param {number} down pixels
 * @param {Uint8Array} into `PIXELS` long
 */
export function move(pixels, from, right, down, into) {
  into.fill(0);
  for (let y = Math.max(0, -down); y < Math.min(SIDE, SIDE - down); y++) {
    for (let x = Math.max(0, -right); x < Math.min(SIDE, SIDE - right); x++)
      into[(y + down) * SIDE + x + right] = pixels[from + y * SIDE + x];
  }
}

/** All places up to `reach` pixels away, as [right, down]; (2 × reach + 1)² of them. @param {number} reach */
export const places = (reach) =>
  Array.from({ length: (2 * reach + 1) ** 2 }, (_, i) => [
    (i % (2 * reach + 1)) - reach,
    Math.floor(i / (2 * reach + 1)) - reach,
  ]);

/**
 * The mean of what the model says of an image in several places: steadier than a single look.
 *
 * @param {Network} network
 * @param {Uint8Array} pixels
 * @param {number} from index of the image's first pixel
 * @param {readonly number[][]} moves
 * @returns {Float32Array} probability of each digit
 */
export function predictSteadily(network, pixels, from, moves) {
  const moved = new Uint8Array(PIXELS);
  const mean = new Float32Array(CLASSES);
  for (const [right, down] of moves) {
    move(pixels, from, right, down, moved);
    const probability = network.predict(moved, 0);
    for (let c = 0; c < CLASSES; c++) mean[c] += probability[c] / moves.length;
  }
  return mean;
}
