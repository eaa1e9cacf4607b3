/**
 * Step 1: reads the digits, splits them once and for all (seeded) into training, held-out and batch, adds bent copies
 * to the training part, and starts the output folder afresh.
 *
 * @module
 */
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { outPath, PIXELS, SIDE, writeImages, writeLabels, writeWhole } from './files.js';
import { Random } from './random.js';

const HELD_OUT = 1000;
const BATCH = 1000;
/** Bent copies of each training image. */
const COPIES = 1;
/** How far a copy is moved at most, in pixels. */
const SHIFT = 2;
/** Of the elastic distortion, in pixels: how far, and over which distance smooth (Simard et al. 2003 use 34 and 4). */
const REACH = 34;
const SMOOTHNESS = 4;

const random = new Random(1);
const require = createRequire(import.meta.url);

// What an earlier run left must not be taken for this run's.
for (const name of ['checkpoint.bin', 'model.bin', 'evaluation.json', 'predictions.csv'])
  rmSync(outPath(name), { force: true });

/** @type {{ label: number, pixels: Uint8Array }[]} */
const digits = [];
for (let label = 0; label < 10; label++) {
  /** @type {{ data: number[] }} */
  const { data } = JSON.parse(readFileSync(require.resolve(`mnist/src/digits/${label}.json`), 'utf8'));
  const ink = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) ink[i] = Math.round(data[i] * 255);
  for (let from = 0; from + PIXELS <= ink.length; from += PIXELS)
    digits.push({ label, pixels: ink.subarray(from, from + PIXELS) });
}

const order = random.shuffle(digits.map((_, i) => i)).map((i) => digits[i]);
const heldOut = order.slice(0, HELD_OUT);
const batch = order.slice(HELD_OUT, HELD_OUT + BATCH);
const originals = order.slice(HELD_OUT + BATCH);
const training = originals.flatMap(({ label, pixels }) => [
  { label, pixels },
  ...Array.from({ length: COPIES }, () => ({ label, pixels: bend(pixels) })),
]);

write('train', training);
write('held-out', heldOut);
// The batch is what the model will be asked about: its labels are not written.
writeImages('batch-images.idx', joined(batch));
writeWhole(
  outPath('split.json'),
  `${JSON.stringify({ training: training.length, originals: originals.length, heldOut: HELD_OUT, batch: BATCH })}\n`,
);
console.log(
  `${digits.length} digits: ${training.length} to train on (${originals.length} and ${COPIES} bent copies of each)`,
);
console.log(`${HELD_OUT} held out, ${BATCH} to score`);

/**
 * @param {string} name
 * @param {typeof digits} part
 */
function write(name, part) {
  writeImages(`${name}-images.idx`, joined(part));
  writeLabels(
    `${name}-labels.idx`,
    Uint8Array.from(part, ({ label }) => label),
  );
}

/** @param {typeof digits} part */
function joined(part) {
  const all = new Uint8Array(part.length * PIXELS);
  for (const [i, { pixels }] of part.entries()) all.set(pixels, i * PIXELS);
  return all;
}

/**
 * The image seen through uneven glass: each pixel comes from a place nearby, and neighbours from places that are
 * neighbours (elastic distortion: Simard, Steinkraus and Platt, ICDAR 2003); and moved a little.
 *
 * @param {Uint8Array} pixels
 * @returns {Uint8Array}
 */
function bend(pixels) {
  const across = smoothField();
  const down = smoothField();
  const right = (2 * random.next() - 1) * SHIFT;
  const lower = (2 * random.next() - 1) * SHIFT;
  const bent = new Uint8Array(PIXELS);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = y * SIDE + x;
      bent[at] = Math.round(between(pixels, x + across[at] - right, y + down[at] - lower));
    }
  }
  return bent;
}

/** A random field of mean 0, smoothed by a Gaussian along both axes. */
function smoothField() {
  const field = Float64Array.from({ length: PIXELS }, () => (2 * random.next() - 1) * REACH);
  return smoothed(smoothed(field, 1, SIDE), SIDE, 1);
}

/**
 * @param {Float64Array} field
 * @param {number} step from one value to the next along the axis
 * @param {number} line from one line to the next
 */
function smoothed(field, step, line) {
  const radius = 3 * SMOOTHNESS;
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * SMOOTHNESS ** 2)),
  );
  const total = kernel.reduce((a, b) => a + b);
  const result = new Float64Array(PIXELS);
  for (let l = 0; l < SIDE; l++) {
    for (let i = 0; i < SIDE; i++) {
      let sum = 0;
      const first = Math.max(0, i - radius);
      const last = Math.min(SIDE - 1, i + radius);
      for (let j = first; j <= last; j++) sum += kernel[j - i + radius] * field[l * line + j * step];
      result[l * line + i * step] = sum / total;
    }
  }
  return result;
}

/**
 * Bilinear; outside the image there is no ink.
 *
 * @param {Uint8Array} pixels
 * @param {number} x
 * @param {number} y
 */
function between(pixels, x, y) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  let ink = 0;
  for (const [column, row] of [
    [left, top],
    [left + 1, top],
    [left, top + 1],
    [left + 1, top + 1],
  ]) {
    if (column < 0 || row < 0 || column >= SIDE || row >= SIDE) continue;
    ink += pixels[row * SIDE + column] * (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
  }
  return ink;
}
