/**
 * Step 3: tries the model on digits that it never saw, as they are and moved, and refuses it under 90 %.
 *
 * @module
 */
import { outPath, PIXELS, readImages, readLabels, writeWhole } from './files.js';
import { move, places, readModel } from './model.js';
import { likeliest } from './network.js';
import { Random } from './random.js';

const REQUIRED_PERCENT = 90;
const RESAMPLES = 2000;

const network = readModel();
const images = readImages('held-out-images.idx');
const labels = readLabels('held-out-labels.idx');

const answers = Uint8Array.from(labels, (_, i) => likeliest(network.predict(images, i * PIXELS)));
const right = Uint8Array.from(labels, (label, i) => (answers[i] === label ? 1 : 0));
const accuracyPercent = percent(right);
const confusion = Array.from({ length: 10 }, () => new Array(10).fill(0));
for (const [i, label] of labels.entries()) confusion[label][answers[i]]++;

// A percentile bootstrap (Efron 1979): how far another thousand digits might have led us.
const random = new Random(3);
const resampled = Float64Array.from({ length: RESAMPLES }, () => {
  let sum = 0;
  for (let i = 0; i < right.length; i++) sum += right[Math.floor(random.next() * right.length)];
  return (sum / right.length) * 100;
}).sort();
const lowPercent = resampled[Math.floor(0.025 * RESAMPLES)];
const highPercent = resampled[Math.floor(0.975 * RESAMPLES)];

const movedPercent = places(3).map(([x, y]) => {
  const moved = new Uint8Array(PIXELS);
  const hits = Uint8Array.from(labels, (label, i) => {
    move(images, i * PIXELS, x, y, moved);
    return likeliest(network.predict(moved, 0)) === label ? 1 : 0;
  });
  return { right: x, down: y, accuracyPercent: percent(hits) };
});

writeWhole(
  outPath('evaluation.json'),
  `${JSON.stringify({ heldOut: labels.length, accuracyPercent, lowPercent, highPercent, confusion, movedPercent })}\n`,
);
console.log('written ↓ read →');
for (const [digit, row] of confusion.entries())
  console.log(`${digit} ${row.map((n) => String(n).padStart(4)).join('')}`);
console.log(
  `moved by up to 3 pixels: ${Math.min(...movedPercent.map((m) => m.accuracyPercent)).toFixed(1)} % at worst`,
);
console.log(
  `accuracy ${accuracyPercent.toFixed(1)} % on ${labels.length} held-out digits (95 % interval ${lowPercent.toFixed(1)} to ${highPercent.toFixed(1)})`,
);
if (accuracyPercent < REQUIRED_PERCENT) {
  console.error(`accuracy ${accuracyPercent.toFixed(1)} % is under the required ${REQUIRED_PERCENT} %`);
  process.exitCode = 1;
}

/** @param {Uint8Array} hits */
function percent(hits) {
  return (hits.reduce((a, b) => a + b, 0) / hits.length) * 100;
}
