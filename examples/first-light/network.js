/**
 * A perceptron with one hidden layer (784 pixels → hidden units with ReLU → softmax over 10 digits), its gradient by
 * back-propagation, and the update by stochastic gradient descent with momentum. Seeded, and the same bits each time.
 *
 * @module
 */
import { PIXELS } from './files.js';

/** The digits 0 to 9. */
export const CLASSES = 10;

/**
 * The parameters in one array, so that update, checkpoint and file are one loop or one write each:
 * `PIXELS × hidden` weights (row by pixel), `hidden` biases, `hidden × CLASSES` weights, `CLASSES` biases.
 *
 * @param {number} hidden units
 * @returns {number} length
 */
export const parameterCount = (hidden) => PIXELS * hidden + hidden + hidden * CLASSES + CLASSES;

/**
 * Weights by He et al. 2015 (variance 2 / inputs); biases 0.
 *
 * @param {number} hidden
 * @param {import('./random.js').Random} random
 * @returns {Float32Array}
 */
export function initialParameters(hidden, random) {
  const parameters = new Float32Array(parameterCount(hidden));
  const second = PIXELS * hidden + hidden;
  for (let i = 0; i < PIXELS * hidden; i++) parameters[i] = random.normal() * Math.sqrt(2 / PIXELS);
  for (let i = 0; i < hidden * CLASSES; i++) parameters[second + i] = random.normal() * Math.sqrt(2 / hidden);
  return parameters;
}

/** A network of given parameters, with the room that it needs to compute. */
export class Network {
  /**
   * @param {number} hidden units
   * @param {Float32Array} parameters kept, not copied
   */
  constructor(hidden, parameters) {
    this.hidden = hidden;
    this.parameters = parameters;
    this.activity = new Float32Array(hidden);
    this.probability = new Float32Array(CLASSES);
    this.blame = new Float32Array(hidden);
  }

  /**
   * The probability of each digit for one image, in `this.probability` until the next call.
   * O(hidden × pixels that are not empty).
   *
   * @param {Uint8Array} pixels
   * @param {number} from index of the image's first pixel
   * @returns {Float32Array}
   */
  predict(pixels, from) {
    const { hidden, parameters, activity, probability } = this;
    const bias = PIXELS * hidden;
    for (let h = 0; h < hidden; h++) activity[h] = parameters[bias + h];
    for (let p = 0; p < PIXELS; p++) {
      // Four pixels of five are empty: this is most of the speed.
      if (pixels[from + p] === 0) continue;
      const ink = pixels[from + p] / 255;
      const row = p * hidden;
      for (let h = 0; h < hidden; h++) activity[h] += ink * parameters[row + h];
    }
    const second = bias + hidden;
    const secondBias = second + hidden * CLASSES;
    for (let c = 0; c < CLASSES; c++) probability[c] = parameters[secondBias + c];
    for (let h = 0; h < hidden; h++) {
      if (activity[h] <= 0) activity[h] = 0;
      else for (let c = 0; c < CLASSES; c++) probability[c] += activity[h] * parameters[second + h * CLASSES + c];
    }
    const highest = Math.max(...probability);
    let sum = 0;
    for (let c = 0; c < CLASSES; c++) sum += probability[c] = Math.exp(probability[c] - highest);
    for (let c = 0; c < CLASSES; c++) probability[c] /= sum;
    return probability;
  }

  /**
   * Adds the gradient of one image's cross-entropy to `gradient`.
   *
   * @param {Uint8Array} pixels
   * @param {number} from index of the image's first pixel
   * @param {number} label
   * @param {Float32Array} gradient shaped like the parameters
   * @returns {number} the cross-entropy, in nats
   */
  learn(pixels, from, label, gradient) {
    const { hidden, parameters, activity, blame } = this;
    const error = this.predict(pixels, from);
    const loss = -Math.log(Math.max(error[label], 1e-30));
    error[label] -= 1;
    const bias = PIXELS * hidden;
    const second = bias + hidden;
    const secondBias = second + hidden * CLASSES;
    for (let c = 0; c < CLASSES; c++) gradient[secondBias + c] += error[c];
    for (let h = 0; h < hidden; h++) {
      blame[h] = 0;
      if (activity[h] === 0) continue;
      let sum = 0;
      for (let c = 0; c < CLASSES; c++) {
        sum += error[c] * parameters[second + h * CLASSES + c];
        gradient[second + h * CLASSES + c] += error[c] * activity[h];
      }
      blame[h] = sum;
      gradient[bias + h] += sum;
    }
    for (let p = 0; p < PIXELS; p++) {
      if (pixels[from + p] === 0) continue;
      const ink = pixels[from + p] / 255;
      const row = p * hidden;
      for (let h = 0; h < hidden; h++) gradient[row + h] += ink * blame[h];
    }
    return loss;
  }
}

/**
 * One step of gradient descent with momentum (Polyak 1964), and an empty gradient for the next.
 *
 * @param {Float32Array} parameters changed
 * @param {Float32Array} velocity changed
 * @param {Float32Array} gradient a sum over `count` images; set to zero
 * @param {number} count
 * @param {number} rate
 */
export function descend(parameters, velocity, gradient, count, rate) {
  for (let i = 0; i < parameters.length; i++) {
    velocity[i] = 0.9 * velocity[i] - (rate / count) * gradient[i];
    parameters[i] += velocity[i];
    gradient[i] = 0;
  }
}

/**
 * The likeliest digit; of equals the smallest.
 *
 * @param {Float32Array} probability
 * @returns {number}
 */
export function likeliest(probability) {
  let best = 0;
  for (let c = 1; c < CLASSES; c++) if (probability[c] > probability[best]) best = c;
  return best;
}
