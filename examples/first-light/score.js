/**
 * Step 4: says for each image of the batch which digit it shows and how sure the model is.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { outPath, PIXELS, readImages, writeWhole } from './files.js';
import { places, predictSteadily, readModel } from './model.js';
import { likeliest } from './network.js';

const network = readModel();
const images = readImages('batch-images.idx');
const moves = places(2);
const count = images.length / PIXELS;

const lines = Array.from({ length: count }, (_, i) => {
  const probability = predictSteadily(network, images, i * PIXELS, moves);
  const digit = likeliest(probability);
  return `${i},${digit},${probability[digit].toFixed(4)}`;
});
writeWhole(outPath('predictions.csv'), `image,digit,probability\n${lines.join('\n')}\n`);

const { batch } = JSON.parse(readFileSync(outPath('split.json'), 'utf8'));
if (lines.length !== batch) {
  console.error(`${lines.length} predictions for a batch of ${batch}`);
  process.exitCode = 1;
}
console.log(`${lines.length} predictions in predictions.csv`);
